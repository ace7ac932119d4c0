"""A council's draft, its report, and its publishing: whole or not at all, with every version kept.

<data>/<slug>/council.yaml protocol.yaml contacts.yaml [ties.yaml] source.txt    what is in force
<data>/<slug>/draft/…                                                           the same files, not in force yet
<data>/<slug>/versions/0001/…                                                   what was in force, the oldest first
"""

from __future__ import annotations

import json
import math
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from knowledge import yamlfile
from knowledge.errors import BadData, KnowledgeError
from knowledge.importing.document import Document, Finding, Place, Severity
from knowledge.importing.proposals import contacts_of
from knowledge.importing.structure import Outcome
from knowledge.model import Council, CouncilProtocol, is_slug
from knowledge.store import LENDERS, PUBLISHING, in_force, load_council, load_protocol

FILES = ("council.yaml", "protocol.yaml", "contacts.yaml", "ties.yaml", "source.txt", "report.json", "in-force.json")


class NotPublished(KnowledgeError):
    """A draft cannot be published, or there is none; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version that was put in force, from 1. `folder` holds its files; `since` is from when it was in force."""

    number: int
    since: date
    folder: Path


def folder_of(data: Path, slug: str) -> Path:
    """Where a council of one's own lies.

    Raises:
        NotPublished: when the slug cannot be one, or is that of a shipped council.
    """
    if not is_slug(slug):
        raise NotPublished(
            f"{slug!r} cannot be a council's short name: use lower-case words joined by hyphens, as testby-town."
        )
    if slug in LENDERS:
        raise NotPublished(f"{slug} comes with the program as it is; a council of your own needs another short name.")
    return data / slug


def make_draft(data: Path, slug: str, name: str | None, original: Path, document: Document, outcome: Outcome) -> Path:
    """Write a draft of what was read, beside the original byte for byte; an earlier draft is replaced as a whole.

    Raises:
        NotPublished: when the slug is no good or the folder cannot be written.
    """
    folder = folder_of(data, slug)
    council = name or outcome.council or slug.replace("-", " ").title()
    before = _read_if_there(in_force(folder) / "protocol.yaml")
    protocol, lines = drafted(slug, council, original.stem, document, outcome)
    former = _former(before, protocol["body"]) if before else {}
    protocol |= {"former": former} if former else {}
    contacts = _read_if_there(in_force(folder) / "contacts.yaml")
    called = {
        entry["key"]: entry["name"]
        for entry in contacts_of(outcome.clauses)["contacts"]
        if entry["key"] in {"clerk", "chair"}
    }
    with _Whole(folder, "draft") as making:
        yamlfile.write(making / "council.yaml", {"slug": slug, "name": council, "called": called})
        yamlfile.write(making / "protocol.yaml", protocol)
        kept = (
            contacts if contacts and _fits(contacts, making / "protocol.yaml", making) else contacts_of(outcome.clauses)
        )
        yamlfile.write(making / "contacts.yaml", kept)
        (making / "source.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
        told = [{**finding_to_json(f), "source": _source_line(f.place, document)} for f in outcome.findings]
        (making / "report.json").write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        shutil.copyfile(original, making / f"original{original.suffix.casefold()}")
    return folder / "draft"


def drafted(
    slug: str, council: str, name: str, document: Document, outcome: Outcome
) -> tuple[dict[str, Any], list[str]]:
    """What `protocol.yaml` holds of a document, and the lines of the text that it is held against; `name` is the file's."""
    protocol: dict[str, Any] = {"slug": slug, "council": council, "title": outcome.title or name}
    for key, value in (("version", outcome.version), ("status", "adopted")):
        protocol |= {key: value} if value else {}
    for key, when in (("adopted", outcome.adopted), ("reviewed", outcome.reviewed), ("review_due", outcome.review_due)):
        protocol |= {key: when.iso} if when else {}
    protocol["source"] = "source.txt"
    protocol["body"] = [entry.to_yaml() for entry in outcome.body]
    lines, furniture, metadata = _source(document, outcome)
    protocol |= {"furniture": furniture} if furniture else {}
    protocol |= {"metadata": metadata} if metadata else {}
    return protocol, lines


def _source_line(place: Place, document: Document) -> int | None:
    """The line of the text that was made from the document on which a place of the document itself stands."""

    def at(one: Place) -> tuple[int, int]:
        return (one.page or 0, one.line or 0)

    if place == Place():
        return None
    body = [(number, p.place) for number, p in enumerate(document.paragraphs, 1) if p.place != Place()]
    return max(((at(one), number) for number, one in body if at(one) <= at(place)), default=(None, None))[1]


def _fits(contacts: Mapping[str, Any], protocol: Path, making: Path) -> bool:
    """Whether the contacts in force still name clauses that the draft has."""
    from knowledge.store import load_contacts

    yamlfile.write(making / "contacts.yaml", contacts)
    try:
        load_contacts(making / "contacts.yaml", load_protocol(protocol))
    except BadData:
        return False
    return True


def _source(document: Document, outcome: Outcome) -> tuple[list[str], list[dict[str, str]], list[dict[str, str]]]:
    """The text that was read, a paragraph a line, numbers as printed; and which lines are furniture and metadata."""
    lines: list[str] = []
    furniture, metadata = [], []
    aside = {id(p) for p in outcome.furniture}
    heads = {id(p) for p in outcome.metadata}
    for paragraph in document.paragraphs:
        mark = f"{paragraph.number} " if paragraph.number else "- " if paragraph.bullet else ""
        lines.append(mark + paragraph.text)
        entry = {"line": str(len(lines)), "words": mark + paragraph.text}
        if id(paragraph) in aside:
            furniture.append(entry)
        elif id(paragraph) in heads:
            metadata.append(entry)
    return lines, furniture, metadata


def _former(before: Mapping[str, Any], body: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Numbers of the version in force whose words stand under another number now."""
    now = {_plain(entry): str(entry["number"]) for entry in body if "heading" not in entry}
    moved = {str(entry["number"]): now.get(_plain(entry)) for entry in before.get("body", ()) if "heading" not in entry}
    kept = {str(old): str(new) for old, new in dict(before.get("former", {})).items()}
    numbers = {str(entry["number"]) for entry in body if "heading" not in entry}
    chained = {old: moved.get(new) or new for old, new in kept.items()}
    changed = {old: new for old, new in moved.items() if new is not None and new != old}
    return {old: new for old, new in {**chained, **changed}.items() if new in numbers and new != old}


def _plain(entry: Mapping[str, Any]) -> str:
    return " ".join(" ".join((str(entry.get("text", "")), *entry.get("items", ()))).split())


def report(data: Path, slug: str) -> tuple[Finding, ...]:
    """The findings of the draft, or where there is none, of what is in force.

    Raises:
        NotPublished: when nothing was imported.
    """
    return tuple(
        Finding(f["code"], Severity(f["severity"]), Place(f.get("page"), f["line"]), f["clause"], f["words"], f["todo"])
        for f in _reported(data, slug)
    )


def _reported(data: Path, slug: str) -> list[dict[str, Any]]:
    for folder in (folder_of(data, slug) / "draft", in_force(folder_of(data, slug))):
        if (folder / "report.json").is_file():
            found: list[dict[str, Any]] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
            return found
    raise NotPublished(f"Nothing was imported for {slug}. Begin with: protocol-guide import FILE --council {slug}")


def marked_lines(data: Path, slug: str) -> tuple[int | None, ...]:
    """For each finding of the report, in its order, the line of `source.txt` that it is about; None where there is none.

    Raises:
        NotPublished: when nothing was imported.
    """
    return tuple(entry.get("source") for entry in _reported(data, slug))


def finding_to_json(finding: Finding) -> dict[str, Any]:
    """A finding as data."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "line": finding.place.line,
        "page": finding.place.page,
        "clause": finding.clause,
        "words": finding.words,
        "todo": finding.todo,
    }


def load_draft(data: Path, slug: str) -> Council:
    """The draft as a council.

    Raises:
        NotPublished: when there is none.
        BadData: when it cannot be used, with file and line.
    """
    draft = folder_of(data, slug) / "draft"
    if not (draft / "protocol.yaml").is_file():
        raise NotPublished(f"There is no draft of {slug}. Begin with: protocol-guide import FILE --council {slug}")
    return load_council(draft)


def publish(data: Path, slug: str, since: date) -> Version:
    """Put the draft in force. The version before is kept; a crash at any moment leaves it, or the new one, whole.

    Raises:
        NotPublished, BadData: when there is no draft, or it cannot be used; nothing is changed then.
    """
    load_draft(data, slug)
    folder = folder_of(data, slug)
    number = max((version.number for version in versions(data, slug)), default=0) + 1
    with _Whole(folder / "versions", f"{number:04d}") as making:
        for path in sorted((folder / "draft").iterdir()):
            shutil.copyfile(path, making / path.name)
        (making / "in-force.json").write_text(
            json.dumps({"number": number, "since": since.isoformat()}), encoding="utf-8"
        )
    _put_in_force(folder, folder / "versions" / f"{number:04d}")
    shutil.rmtree(folder / "draft", ignore_errors=True)
    return Version(number, since, folder / "versions" / f"{number:04d}")


def _put_in_force(folder: Path, version: Path) -> None:
    """Copy a version's files beside their folder. Until all are there, `publishing` leads whoever reads to the version."""
    _write(folder / PUBLISHING, version.name.encode())
    for name in (
        "source.txt",
        "report.json",
        "in-force.json",
        "ties.yaml",
        "council.yaml",
        "contacts.yaml",
        "protocol.yaml",
    ):
        if (version / name).is_file():
            _write(folder / name, (version / name).read_bytes())
        elif (folder / name).is_file():
            (folder / name).unlink()
    (folder / PUBLISHING).unlink()


def _write(path: Path, data: bytes) -> None:
    """Write a file in one step: whoever reads finds the old one or the new."""
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(handle, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    Path(made).replace(path)


def versions(data: Path, slug: str) -> tuple[Version, ...]:
    """Every version up to the one in force, the oldest first.

    A later one that lies there never came into force, or was taken back, by something that was cut off.
    """
    council = folder_of(data, slug)
    root = council / "versions"
    last = _told(in_force(council)).get("number", math.inf)
    return tuple(
        Version(int(folder.name), date.fromisoformat(_told(folder)["since"]), folder)
        for folder in (sorted(root.iterdir()) if root.is_dir() else ())
        if folder.name.isdecimal() and int(folder.name) <= last and _told(folder)
    )


def _told(folder: Path) -> dict[str, Any]:
    """Which version lies in a folder, `number`, and `since` when it is in force; nothing where none was put in force."""
    path = folder / "in-force.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def in_force_on(data: Path, slug: str, day: date) -> CouncilProtocol:
    """The protocol that was in force on a day.

    Raises:
        NotPublished: when none was.
    """
    held = [version for version in versions(data, slug) if version.since <= day]
    if not held:
        raise NotPublished(f"No version of {slug}'s protocol that is kept here was in force on {day.isoformat()}.")
    return load_protocol(max(held, key=lambda version: (version.since, version.number)).folder / "protocol.yaml")


def roll_back(data: Path, slug: str) -> Version:
    """Put the version before in force again; what was in force becomes the draft.

    Raises:
        NotPublished: when there is no earlier version.
    """
    kept = versions(data, slug)
    if len(kept) < 2:
        raise NotPublished(f"{slug} has no earlier version to go back to. Nothing was changed.")
    folder = folder_of(data, slug)
    newest, before = kept[-1], kept[-2]
    with _Whole(folder, "draft") as making:
        for path in sorted(newest.folder.iterdir()):
            if path.name != "in-force.json":
                shutil.copyfile(path, making / path.name)
    _put_in_force(folder, before.folder)
    shutil.rmtree(newest.folder)
    return before


@dataclass(frozen=True, slots=True)
class Difference:
    """One clause that a draft changes: `added`, `removed`, `reworded` or `renumbered`, under its old and new number."""

    kind: str
    old: str | None
    new: str | None
    before: str = ""
    after: str = ""


def differences(before: CouncilProtocol | None, after: CouncilProtocol) -> tuple[Difference, ...]:
    """What a draft changes of what is in force, in the draft's order, what is removed last."""
    old = {clause.number.text: _words(clause) for clause in before.clauses} if before else {}
    new = {clause.number.text: _words(clause) for clause in after.clauses}
    where = {words: number for number, words in old.items()}
    found: list[Difference] = []
    moved: set[str] = set()
    for number, words in new.items():
        if old.get(number) == words:
            continue
        former = where.get(words)
        if former is not None and new.get(former) != words:
            moved.add(former)
            found.append(Difference("renumbered", former, number, words, words))
        elif number in old and old[number] not in new.values():
            found.append(Difference("reworded", number, number, old[number], words))
        else:
            found.append(Difference("added", None, number, "", words))
    kept = {difference.old for difference in found}
    found += [
        Difference("removed", number, None, words, "")
        for number, words in old.items()
        if number not in kept and number not in moved and new.get(number) != words
    ]
    return tuple(found)


def _words(clause: Any) -> str:
    return "\n".join((clause.text, *clause.items))


def _read_if_there(path: Path) -> dict[str, Any] | None:
    return dict(yamlfile.read(path)) if path.is_file() else None


class _Whole:
    """Makes a folder beside its place and moves it there when all of it is written; otherwise nothing is left."""

    def __init__(self, parent: Path, name: str) -> None:
        self._parent, self._place = parent, parent / name

    def __enter__(self) -> Path:
        try:
            self._parent.mkdir(parents=True, exist_ok=True)
            self._making = Path(tempfile.mkdtemp(dir=self._parent, prefix=".making-"))
        except OSError as error:
            raise NotPublished(
                f"{self._parent} cannot be written ({error.strerror}). Choose another folder with --data."
            ) from error
        return self._making

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            shutil.rmtree(self._making, ignore_errors=True)
            return
        old = self._parent / f".old-{self._place.name}"
        shutil.rmtree(old, ignore_errors=True)
        if self._place.exists():
            self._place.rename(old)
        self._making.rename(self._place)
        shutil.rmtree(old, ignore_errors=True)
