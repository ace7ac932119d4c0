"""The commands of a clerk: bring a protocol, look at the report, confirm, publish, go back; and the report on questions."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import operating
from bot.errors import BotError
from bot.settings import data_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intents.matching import Known
    from knowledge.importing.document import Finding
    from knowledge.model import Council, Ladder, Reference

Subparsers = Any  # argparse names its own type privately

_IMPORT = """examples:
  protocol-guide import Protocol-2024.docx --council testby --name "Testby Town Council"
  protocol-guide import protocol.pdf --council testby --data /srv/councils

Reads .docx, .pdf with a text layer, .odt, .html, .md and .txt. Makes a draft and its report; nothing is in force until
`protocol-guide publish testby`."""
_REPORT = """examples:
  protocol-guide report testby                       # what was found on importing: where, and what to do
  protocol-guide report testby --json
  protocol-guide report testby --html report.html    # as a page, to look at beside the source
  protocol-guide report --council testby             # what was asked in the last year, by theme, and the gap list"""
_CONFIRM = """examples:
  protocol-guide confirm testby                      # go through proposed contacts and ties: y, n, or q to stop
  protocol-guide confirm testby --all"""
_PUBLISH = """examples:
  protocol-guide publish testby
  protocol-guide publish testby --yes --in-force 2024-05-01
  protocol-guide publish testby --database postgresql://…   # what is in force here, for hosted replicas
  protocol-guide publish testby --database                  # the database of the settings, so that no password is typed"""


def register(subparsers: Subparsers) -> None:
    """Add the commands of this room."""
    brought = _command(subparsers, "import", _import, "read a council's protocol into a draft, with a report", _IMPORT)
    brought.add_argument("file", type=Path, metavar="FILE", help="the file that the council adopted")
    brought.add_argument("--council", required=True, metavar="SLUG", help="a short name, for example testby")
    brought.add_argument("--name", help="the council's full name")
    report = _command(subparsers, "report", _report, "what importing found; or what people asked about", _REPORT)
    report.add_argument("slug", nargs="?", metavar="SLUG", help="the council whose import is reported on")
    report.add_argument("--html", type=Path, metavar="FILE", help="write it as a page")
    report.add_argument("--json", action="store_true", help="print JSON")
    operating.add_report(report)
    confirm = _command(subparsers, "confirm", _confirm, "go through proposed contacts and ties", _CONFIRM)
    confirm.add_argument("slug", metavar="SLUG")
    confirm.add_argument("--all", action="store_true", help="confirm everything that is proposed")
    publish = _command(subparsers, "publish", _publish, "put a draft in force", _PUBLISH)
    publish.add_argument("slug", metavar="SLUG")
    publish.add_argument("--yes", action="store_true", help="do not ask; severe findings are accepted")
    publish.add_argument(
        "--in-force", type=_day, metavar="DATE", help="since when (default: its adoption date, else today)"
    )
    _with_database(publish, "publish what is in force here to a hosting database")
    for name, run, what in (
        ("diff", _diff, "what a draft changes of what is in force"),
        ("versions", _versions, "every version that was put in force"),
        ("rollback", _rollback, "put the version before in force again"),
    ):
        command = _command(subparsers, name, run, what, f"example:\n  protocol-guide {name} testby")
        command.add_argument("slug", metavar="SLUG")
        if run is not _diff:
            _with_database(command, "of a council that is hosted in a database")


def _command(
    subparsers: Subparsers, name: str, run: Callable[[argparse.Namespace], int], what: str, more: str
) -> argparse.ArgumentParser:
    description = f"{what[0].upper()}{what[1:]}."
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=what, description=description, epilog=more)
    parser.set_defaults(run=run)
    return parser


def _with_database(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--database", metavar="URL", nargs="?", const="", help=f"{what}: that of the URL, or else of the settings"
    )
    parser.add_argument("--settings", type=Path, metavar="FILE", help="a file of NAME=value lines")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write 2024-05-01") from error


def _say(text: str = "") -> None:
    sys.stdout.write(text + "\n")


def _data(args: argparse.Namespace) -> Path:
    """The data folder; for a clerk it is made where there is none."""
    if args.data is not None:
        args.data.mkdir(parents=True, exist_ok=True)
    return data_folder(args.data)


def _import(args: argparse.Namespace) -> int:
    from intents.matching import Matcher
    from knowledge.importing import drafts
    from knowledge.importing.apart import read_apart
    from knowledge.store import Library

    data = _data(args)
    drafts.folder_of(data, args.council)
    document, outcome = read_apart(args.file, progress=sys.stderr.isatty())
    draft = drafts.make_draft(data, args.council, args.name, args.file, document, outcome)
    low = tie(draft, Library().lenders(), Matcher.load().intents)
    bullets = sum(len(clause.items) for clause in outcome.clauses)
    _say(f"{draft}: {len(outcome.clauses)} clauses and {bullets} bullets, not in force yet.")
    _print_findings(outcome.findings)
    if low:
        _say(f"\n{len(low)} things that people ask about are tied to clauses with little certainty:")
        for title, where in low:
            _say(f"    {title} → clause {where}")
    _say(f"\nNext: protocol-guide confirm {args.council}, then protocol-guide publish {args.council}")
    return 0


def tie(draft: Path, tied: Sequence[Council], intents: Sequence[Known]) -> list[tuple[str, str]]:
    """Tie the catalogue's intents to a draft's clauses; give titles and clauses of those tied with little certainty."""
    from intents.tying import LOW, propose_ladders, propose_ties
    from knowledge import yamlfile
    from knowledge.store import load_contacts, load_protocol

    protocol = load_protocol(draft / "protocol.yaml")
    ties = propose_ties(protocol, tied, intents)
    listed = [
        {
            "intent": tie.intent,
            "clauses": [str(reference).split(":", 1)[1] for reference in tie.references],
            "score": f"{tie.score:.3f}",
            "confirmed": "no",
        }
        for tie in ties
    ]
    yamlfile.write(draft / "ties.yaml", {"ties": listed})
    contacts = load_contacts(draft / "contacts.yaml", protocol)
    if not any(ladder.confirmed for ladder in contacts.ladders):
        _write_ladders(draft, propose_ladders(protocol, contacts.ladders, ties, tied))
    titles = {intent.key: intent.title for intent in intents}
    return [
        (titles[tie.intent], ", ".join(reference.within(protocol.slug) for reference in tie.references))
        for tie in ties
        if tie.score < LOW
    ]


def _write_ladders(draft: Path, ladders: Sequence[Ladder]) -> None:
    """Put proposed ladders into a draft's `contacts.yaml`, those left out whose contacts it does not know."""
    from knowledge import yamlfile
    from knowledge.model import Join

    content = yamlfile.read(draft / "contacts.yaml")
    known = {contact["key"] for contact in content["contacts"]}

    def local(reference: Reference) -> str:
        return str(reference).split(":", 1)[1]

    listed = [
        {
            "basis": local(ladder.basis),
            "rungs": [
                rung.contact if place == 0 or rung.join is Join.THEN else {rung.join.value: rung.contact}
                for place, rung in enumerate(ladder.rungs)
            ],
            "clauses": [local(clause) for clause in ladder.clauses],
            **({"intents": list(ladder.intents)} if ladder.intents else {}),
            **({"askers": [role.value for role in ladder.askers]} if ladder.askers else {}),
            **({"subjects": [role.value for role in ladder.subjects]} if ladder.subjects else {}),
            "confirmed": "no",
        }
        for ladder in ladders
        if {rung.contact for rung in ladder.rungs} <= known
    ]
    content = {
        "contacts": content["contacts"],
        **({"ladders": listed} if listed else {}),
        "defaults": content["defaults"],
    }
    yamlfile.write(draft / "contacts.yaml", content)


def _print_findings(findings: Sequence[Finding]) -> None:
    """What matters most first; each with what it is, where, its words, and what to do."""
    from knowledge.importing.document import Place, Severity
    from knowledge.importing.findings import CODES

    for severity in reversed(Severity):
        for finding in (one for one in findings if one.severity is severity):
            clause = f"clause {finding.clause}" if finding.clause else ""
            where = ", ".join(part for part in ("" if finding.place == Place() else str(finding.place), clause) if part)
            _say(f"{severity.value:<8} {finding.code}: {CODES.get(finding.code, '')}{f' ({where})' if where else ''}")
            if finding.words:
                _say(f"         “{finding.words}”")
            _say(f"         {finding.todo}")


def _report(args: argparse.Namespace) -> int:
    if args.slug is None:
        if args.council is None:
            raise BotError("Name the council: protocol-guide report testby, or --council testby for its questions.")
        return operating.report(args)
    from bot.terminal.as_json import dumps
    from knowledge.importing import drafts

    data = data_folder(args.data)
    findings = drafts.report(data, args.slug)
    if args.html is not None:
        from knowledge.importing.page import page_of

        folder = drafts.folder_of(data, args.slug)
        held = folder / "draft" if (folder / "draft" / "protocol.yaml").is_file() else folder
        try:
            args.html.write_text(page_of(held, findings, drafts.marked_lines(data, args.slug)), encoding="utf-8")
        except OSError as error:
            raise BotError(f"--html: {args.html} cannot be written: {error.strerror}.") from error
        _say(f"{args.html} is written: {len(findings)} findings, and the clauses beside the source.")
    elif args.json:
        _say(dumps([{k: v for k, v in drafts.finding_to_json(f).items() if k != "page"} for f in findings], indent=2))
    else:
        _print_findings(findings)
    return 0


def _confirm(args: argparse.Namespace) -> int:
    from knowledge import yamlfile
    from knowledge.importing import drafts

    folder = drafts.folder_of(data_folder(args.data), args.slug) / "draft"
    if not folder.is_dir():
        folder = folder.parent
    shown = _Shown(folder)
    confirmed = left = 0
    stopped = False
    for name, kind in (("contacts.yaml", "ladders"), ("ties.yaml", "ties")):
        if not (folder / name).is_file():
            continue
        content = yamlfile.read(folder / name)
        kept = []
        for entry in content.get(kind, ()):
            if entry.get("confirmed", "yes") == "yes" or stopped:
                kept.append(entry)
                left += entry.get("confirmed") == "no"
                continue
            word = "y" if args.all else _asked(f"{shown.entry(kind, entry)}\nRight? [y/n/later/q] ")
            stopped = word == "q"
            if word == "y":
                entry["confirmed"] = "yes"
                confirmed += 1
            left += word not in {"y", "n"}
            kept += [entry] if word != "n" else []
        if kept or kind == "ties":
            content[kind] = kept
        else:
            content.pop(kind, None)
        yamlfile.write(folder / name, content)
    _say(f"{confirmed} confirmed, {left} left to look at.")
    return 0


class _Shown:
    """What is proposed for a council, in words that its clerk knows: titles, names, and the clauses' own words."""

    def __init__(self, folder: Path) -> None:
        from intents.matching import Matcher
        from knowledge.store import load_contacts, load_protocol

        self._protocol = load_protocol(folder / "protocol.yaml")
        self._contacts = load_contacts(folder / "contacts.yaml", self._protocol).known
        self._titles = {intent.key: intent.title for intent in Matcher.load().intents}

    def entry(self, kind: str, entry: dict[str, Any]) -> str:
        """One proposal, with the words that it rests on."""
        if kind == "ties":
            title = self._titles.get(entry["intent"], entry["intent"])
            quoted = "\n".join(self._quoted(reference) for reference in entry["clauses"])
            return f"\nAsked about “{title}”, this is quoted (score {entry['score']}):\n{quoted}"
        steps = " ".join(
            f"{next(iter(rung))} {self._name(next(iter(rung.values())))}"
            if isinstance(rung, dict)
            else self._name(rung)
            for rung in entry["rungs"]
        )
        askers = (
            f" {_listed(entry['askers'])} who ask{'s' if len(entry['askers']) == 1 else ''}"
            if entry.get("askers")
            else " whoever asks"
        )
        about = f" about the {' or the '.join(entry['subjects'])}" if entry.get("subjects") else ""
        return f"\nThis sends{askers}{about} to: {steps}\n{self._quoted(entry['basis'])}"

    def _name(self, contact: str) -> str:
        return self._contacts[contact].name if contact in self._contacts else contact

    def _quoted(self, text: str) -> str:
        from knowledge.model import Reference

        reference = Reference.parse(text, self._protocol.slug)
        clause = self._protocol.find(reference)
        words = clause.words_of(reference.item) or " ".join(clause.items) if clause else ""
        plain = " ".join(words.split())
        short = plain if len(plain) <= 300 else f"{plain[:300].rsplit(' ', 1)[0]} …"
        return f"    {reference.within(self._protocol.slug)}: “{short}”"


def _listed(roles: Sequence[str]) -> str:
    named = [
        "somebody whose role is unknown" if role == "unknown" else f"a {role}" if role != "officer" else "an officer"
        for role in roles
    ]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"


def _asked(question: str) -> str:
    """The first letter of what somebody answers; q where there is nobody to answer."""
    sys.stdout.write(question)
    sys.stdout.flush()
    answer = sys.stdin.readline()
    return answer.strip().casefold()[:1] if answer else "q"


def _publish(args: argparse.Namespace) -> int:
    from knowledge.importing import drafts
    from knowledge.importing.document import Severity

    data = data_folder(args.data)
    folder = drafts.folder_of(data, args.slug)
    if args.database is not None and not (folder / "draft").is_dir():
        return operating.publish_to_database(args, folder)
    draft = drafts.load_draft(data, args.slug)
    severe = [finding for finding in drafts.report(data, args.slug) if finding.severity is Severity.SEVERE]
    _print_findings(tuple(severe))
    if severe and args.yes:
        _say(f"{len(severe)} severe findings are accepted.")
    if not args.yes:
        _say(f"{draft.name}: {draft.protocol.title}, {len(draft.protocol.clauses)} clauses.")
        if _asked(f"Put it in force{', and accept the severe findings' if severe else ''}? [y/n] ") != "y":
            _say("Nothing was changed.")
            return 2
    adopted = draft.protocol.adopted
    day = args.in_force or (adopted.last_day if adopted and adopted.last_day <= date.today() else date.today())
    version = drafts.publish(data, args.slug, day)
    _say(f"{args.slug}: version {version.number} is in force, since {version.since.isoformat()}.")
    return operating.publish_to_database(args, folder) if args.database is not None else 0


def _diff(args: argparse.Namespace) -> int:
    from knowledge.importing import drafts
    from knowledge.store import load_protocol

    data = data_folder(args.data)
    draft = drafts.load_draft(data, args.slug)
    path = drafts.folder_of(data, args.slug) / "protocol.yaml"
    found = drafts.differences(load_protocol(path) if path.is_file() else None, draft.protocol)
    for difference in found:
        match difference.kind:
            case "renumbered":
                _say(f"renumbered  {difference.old} is {difference.new} now")
            case "reworded":
                _say(f"reworded    {difference.new}\n  - {difference.before}\n  + {difference.after}")
            case "added":
                _say(f"added       {difference.new}\n  + {difference.after}")
            case _:
                _say(f"removed     {difference.old}\n  - {difference.before}")
    if not found:
        _say("The draft says what is in force, word for word.")
    return 0


def _versions(args: argparse.Namespace) -> int:
    from knowledge.importing import drafts

    if args.database is not None:
        return operating.hosted_versions(args)
    kept = drafts.versions(data_folder(args.data), args.slug)
    if not kept:
        raise BotError(
            f"No version of {args.slug} was ever published. Begin with: protocol-guide import FILE --council {args.slug}"
        )
    for version in kept:
        _say(f"{version.number}  since {version.since.isoformat()}{'  in force' if version is kept[-1] else ''}")
    return 0


def _rollback(args: argparse.Namespace) -> int:
    from knowledge.importing import drafts

    if args.database is not None:
        return operating.hosted_rollback(args)
    version = drafts.roll_back(data_folder(args.data), args.slug)
    _say(f"{args.slug}: version {version.number} is in force again; what was in force is the draft now.")
    return 0
