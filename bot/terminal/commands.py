"""The commands of somebody at a keyboard: ask, look up, converse, read, check, evaluate."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot import wording
from bot.answer import LookUp
from bot.answering import Answerer
from bot.errors import BotError
from bot.library import build_answerer, open_library
from bot.settings import data_folder, named_council, plain_output
from bot.terminal.drawing import Paper
from knowledge.model import Council, Role
from knowledge.store import Library

FALLBACK = "great-linford"
"""The shipped council that answers in a terminal where none is chosen."""

Subparsers = Any  # argparse names its own type privately

_ASK = """examples:
  protocol-guide ask "can a party group make me attend?"
  protocol-guide ask --council newent --as councillor --in channel "who do I see about an officer canvassing?"
  protocol-guide ask --batch questions.jsonl --json > answers.jsonl

A line of a batch is a JSON object with question and, if you like, id, council, asker and where; further fields are
ignored. A line that cannot be read is reported and the rest is answered."""
_CLAUSE = """examples:
  protocol-guide clause 7.3 --council great-linford
  protocol-guide clause "3.2 bullet 5" --council honiton
  protocol-guide clause "political groups"
  protocol-guide clause "attend a meeting" --json"""
_CHAT = """examples:
  protocol-guide chat --council honiton

In the conversation: /as officer, /council newent, /clause 7.3, /help, /quit. Nothing is kept."""
_PROTOCOL = """examples:
  protocol-guide protocol newent
  protocol-guide protocol newent --json"""
_CONTACTS = """examples:
  protocol-guide contacts --council newent"""
_CHECK = """examples:
  protocol-guide check
  protocol-guide check --council newent

Every word of a source must stand in exactly one clause, bullet or heading, or be declared as furniture or metadata."""
_EVALUATE = """examples:
  protocol-guide evaluate questions.jsonl
  protocol-guide evaluate questions.jsonl --misses
  protocol-guide evaluate questions.jsonl --json

A line of the file is a labelled question: council, asker, where, question, kind (clause, silent or outside), gold, also,
contact, avoid, sensitive."""


def register(subparsers: Subparsers) -> None:
    """Add the commands of this room."""
    ask = _command(subparsers, "ask", _ask, "ask a question in your own words", _ASK)
    ask.add_argument("question", nargs="*", help="the question, in quotation marks")
    ask.add_argument("--batch", type=Path, metavar="FILE", help="answer every line of a JSON Lines file (- for input)")
    _of_council(ask)
    ask.add_argument("--as", dest="asker", choices=[role.value for role in Role], default="unknown", help="who asks")
    ask.add_argument("--in", dest="where", choices=["channel", "dm"], default="dm", help="where (default: dm)")
    _as_json(ask)
    clause = _command(subparsers, "clause", _clause, "look a clause up by number, heading or words", _CLAUSE)
    clause.add_argument("query", nargs="+", help="7.3, 3.2 bullet 5, section 7, a heading, or words")
    _of_council(clause)
    clause.add_argument("--on", metavar="DATE", help="as it was in force on a day: 2024-05-01")
    _as_json(clause)
    chat = _command(subparsers, "chat", _chat, "a conversation; nothing of it is kept", _CHAT)
    _of_council(chat)
    _command(subparsers, "protocols", _protocols, "list the councils and their protocols")
    protocol = _command(subparsers, "protocol", _protocol, "read a whole protocol", _PROTOCOL)
    protocol.add_argument("council", metavar="SLUG", help="the council, as `protocol-guide protocols` lists it")
    _as_json(protocol)
    contacts = _command(
        subparsers, "contacts", _contacts, "whom a council's people go to, and by which clause", _CONTACTS
    )
    _of_council(contacts)
    _as_json(contacts)
    check = _command(subparsers, "check", _check, "hold what is quoted against its source, word by word", _CHECK)
    check.add_argument("--council", metavar="SLUG", help="only this council")
    evaluate = _command(subparsers, "evaluate", _evaluate, "score the answers to labelled questions", _EVALUATE)
    evaluate.add_argument("questions", type=Path, metavar="FILE", help="labelled questions as JSON Lines")
    evaluate.add_argument("--misses", action="store_true", help="show each miss with the evidence for and against it")
    _as_json(evaluate)


def _command(
    subparsers: Subparsers, name: str, run: Callable[[argparse.Namespace], int], what: str, more: str = ""
) -> argparse.ArgumentParser:
    description = f"{what[0].upper()}{what[1:]}."
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=what, description=description, epilog=more)
    parser.set_defaults(run=run)
    return parser


def _of_council(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--council", metavar="SLUG", help=f"the council (default: the only one of your data folder, else {FALLBACK})"
    )


def _as_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


@dataclass(frozen=True)
class Desktop:
    """What a command works with: the councils, the one that is meant, and whether it had to be guessed."""

    library: Library
    slug: str
    guessed: bool

    @classmethod
    def of(cls, args: argparse.Namespace) -> Desktop:
        """From the command line and the settings.

        Raises:
            BotError, KnowledgeError: when the data folder or the council does not exist.
        """
        library = open_library(data_folder(args.data))
        named = getattr(args, "council", None) or named_council()
        if named is not None:
            library.council(named)
            return cls(library, named, False)
        own = library.own()
        return cls(library, own[0], False) if len(own) == 1 else cls(library, FALLBACK, True)

    @property
    def council(self) -> Council:
        """The council that is meant."""
        return self.library.council(self.slug)

    @property
    def answerer(self) -> Answerer:
        """The answering core over these councils."""
        return build_answerer(self.library)

    @property
    def notices(self) -> tuple[str, ...]:
        """That the council was not chosen, where it was not."""
        return (wording.NO_COUNCIL.format(council=self.council.name),) if self.guessed else ()


def paper() -> Paper:
    """What standard output is: a terminal so many columns wide, or something that takes plain text."""
    import shutil

    if not sys.stdout.isatty() or plain_output():
        return Paper()
    return Paper.of_terminal(shutil.get_terminal_size().columns, colour=True)


def say(text: str) -> None:
    """Print to standard output."""
    sys.stdout.write(text + "\n")


def warn(text: str) -> None:
    """Print a sentence to standard error."""
    sys.stderr.write(f"protocol-guide: {text}\n")


def _ask(args: argparse.Namespace) -> int:
    from bot.terminal import asking

    if args.batch is not None and args.question:
        raise BotError("Give either a question or --batch FILE, not both.")
    if args.batch is None and not args.question:
        raise BotError('A question is missing. Ask it in quotation marks: protocol-guide ask "who instructs staff?"')
    desktop = Desktop.of(args)
    if args.batch is not None:
        return asking.batch(desktop, args.batch, args.asker, args.where, args.json)
    return asking.one(desktop, " ".join(args.question), args.asker, args.where, args.json)


def _clause(args: argparse.Namespace) -> int:
    from bot.answer import Exact
    from bot.terminal.drawing import draw_look_up

    desktop = Desktop.of(args)
    query = " ".join(args.query)
    found = _as_it_was(desktop, query, args) if args.on else desktop.answerer.look_up(desktop.slug, query)
    if args.json:
        from bot.terminal.as_json import dumps, look_up_to_json

        say(dumps(look_up_to_json(found), indent=2))
        for notice in (*desktop.notices, *found.notices):
            warn(notice)
    elif found.exact is not Exact.NONE:
        say(draw_look_up(found, paper(), desktop.notices))
    if found.exact is Exact.NONE:
        warn(wording.look_up_opening(found) or "")
        return 2
    return 0


def _as_it_was(desktop: Desktop, query: str, args: argparse.Namespace) -> LookUp:
    """A clause as it was in force on a day, from the versions that were kept."""
    from bot.looking_up import look_up
    from knowledge.importing.drafts import in_force_on

    try:
        day = date.fromisoformat(args.on)
    except ValueError as error:
        raise BotError(f"--on: {args.on!r} is no date. Write 2024-05-01.") from error
    council = desktop.council
    if not council.shipped:
        return look_up(in_force_on(data_folder(args.data), desktop.slug, day), query, lambda _words, _limit: ())
    since = council.protocol.reviewed or council.protocol.adopted
    if since is None or day < since.last_day:
        told = f"this version is of {since}" if since else "its source gives no date"
        raise BotError(f"Nobody here knows what was in force at {council.name} on {day.isoformat()}: {told}.")
    return desktop.answerer.look_up(desktop.slug, query)


def _chat(args: argparse.Namespace) -> int:
    from bot.terminal.chatting import converse

    return converse(Desktop.of(args), paper())


def _protocols(args: argparse.Namespace) -> int:
    library = open_library(data_folder(args.data))
    rows = []
    for slug in library.folders():
        protocol = library.council(slug).protocol
        notice = wording.review_notice(protocol, date.today())
        state = notice or (f"Review due in {protocol.review_due}." if protocol.review_due else "")
        edition = f", {protocol.edition}" if protocol.edition else ""
        rows.append((slug, f"{protocol.council}: {protocol.title}{edition} ({len(protocol.clauses)} clauses). {state}"))
    width = max(len(slug) for slug, _ in rows)
    for slug, text in rows:
        say(f"{slug:<{width}}  {text}".rstrip())
    return 0


def _protocol(args: argparse.Namespace) -> int:
    council = Desktop.of(args).council
    if args.json:
        from bot.terminal.as_json import dumps, protocol_to_json

        say(dumps(protocol_to_json(council.protocol), indent=2))
    else:
        from bot.terminal.drawing import draw_protocol

        say(draw_protocol(council, paper()))
    return 0


def _contacts(args: argparse.Namespace) -> int:
    desktop = Desktop.of(args)
    if args.json:
        from bot.terminal.as_json import contacts_to_json, dumps

        say(dumps(contacts_to_json(desktop.council), indent=2))
        for notice in desktop.notices:
            warn(notice)
    else:
        from bot.terminal.drawing import draw_contacts

        say(draw_contacts(desktop.council, paper(), desktop.notices))
    return 0


def _check(args: argparse.Namespace) -> int:
    from bot.terminal.checking import check_councils

    return check_councils(open_library(data_folder(args.data)), args.council)


def _evaluate(args: argparse.Namespace) -> int:
    from bot.evaluating import evaluate, table
    from bot.terminal.as_json import dumps
    from bot.terminal.asking import read_objects

    library = open_library(data_folder(args.data))
    score = evaluate(build_answerer(library), read_objects(args.questions), date.today())
    say(dumps(score.to_json(), indent=2) if args.json else table(score, misses=args.misses))
    return 0
