"""A folder of councils ⇄ objects.

A council's folder holds `council.yaml` (its names for people and bodies), `protocol.yaml` (the text in force) and
`contacts.yaml` (whom to go to), and after an import `ties.yaml`. Five come with the program; a data folder adds more.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from knowledge import shape, yamlfile
from knowledge.errors import BadData, BadReference, UnknownCouncil
from knowledge.model import (
    Clause,
    ClauseNumber,
    Contact,
    Contacts,
    Council,
    CouncilProtocol,
    Join,
    Ladder,
    Note,
    PartialDate,
    Reference,
    Role,
    Rung,
    Section,
    Status,
    Tie,
    is_slug,
)

Choice = TypeVar("Choice", Status, Role, Join)

SHIPPED = Path(__file__).parent / "councils"
LENDERS = ("somerset-model", "town-council", "newent", "great-linford", "honiton")
"""The shipped councils in the order in which they are borrowed from: the model protocol first."""


PUBLISHING = "publishing"
"""The file that names the version which is being put in force."""


class Library:
    """All councils that are known: the five shipped, and those of a data folder. Each is read when first asked for."""

    def __init__(self, data: Path | None = None) -> None:
        self._data = data
        self._read: dict[str, Council] = {}

    def folders(self) -> dict[str, Path]:
        """Every council's folder by its slug, the shipped ones first.

        Raises:
            BadData: when the data folder holds a slug that is shipped.
        """
        found = {slug: SHIPPED / slug for slug in sorted(LENDERS)}
        for slug in self.own():
            if slug in found:
                assert self._data is not None
                raise BadData(
                    self._data / slug, None, f"{slug} comes with the program; give this council another slug."
                )
            found[slug] = in_force(self._data / slug)  # type: ignore[operator]
        return found

    def own(self) -> tuple[str, ...]:
        """The slugs of the data folder, sorted: folders in which a protocol is in force."""
        if self._data is None or not self._data.is_dir():
            return ()
        return tuple(
            sorted(
                folder.name
                for folder in self._data.iterdir()
                if is_slug(folder.name) and (in_force(folder) / "protocol.yaml").is_file()
            )
        )

    def council(self, slug: str) -> Council:
        """The council of that slug; the same object each time until `forget`.

        Raises:
            UnknownCouncil: when there is none; names the nearest that there is.
            BadData: when its folder cannot be used.
        """
        kept = self._read.get(slug)
        if kept is None:
            folder = SHIPPED / slug if slug in LENDERS else self.folders().get(slug)
            if folder is None:
                known = list(self.folders())
                near = difflib.get_close_matches(slug, known, 1)
                hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known)}."
                raise UnknownCouncil(f"There is no council {slug!r}. {hint}")
            kept = _shipped(slug) if slug in LENDERS else load_council(folder)
            if kept.slug != slug:
                raise BadData(folder / "council.yaml", None, f"this says {kept.slug}, and its folder is {slug}.")
            self._read[slug] = kept
        return kept

    def lenders(self) -> tuple[Council, ...]:
        """The shipped councils, in the order in which they are borrowed from."""
        return tuple(self.council(slug) for slug in LENDERS)

    def forget(self, slug: str) -> None:
        """Read that council's folder anew when it is next asked for."""
        self._read.pop(slug, None)


@lru_cache
def _shipped(slug: str) -> Council:
    """A council that comes with the program, read once a process."""
    return load_council(SHIPPED / slug, shipped=True)


def in_force(folder: Path) -> Path:
    """Where what is in force in a council's folder lies.

    It is the folder itself; or, while a version is being put in force, or where that was cut off, the folder of that
    version, which the file `publishing` names.
    """
    try:
        version = folder / "versions" / (folder / PUBLISHING).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return folder
    return version if (version / "protocol.yaml").is_file() else folder


def load_council(folder: Path, *, shipped: bool = False) -> Council:
    """Read one council's folder.

    Raises:
        BadData: when a file is missing or broken, or names something that does not exist.
    """
    facts = _File(folder / "council.yaml")
    slug = facts.text("slug")
    if not is_slug(slug):
        raise facts.error(f"{slug!r} cannot be a slug: use lower-case words joined by hyphens.", "slug")
    protocol = load_protocol(folder / "protocol.yaml")
    if protocol.slug != slug:
        raise facts.error(f"this says {slug}, and protocol.yaml says {protocol.slug}: give both the same slug.", "slug")
    contacts = load_contacts(folder / "contacts.yaml", protocol)
    ties = load_ties(folder / "ties.yaml", protocol) if (folder / "ties.yaml").is_file() else ()
    called = {str(key): str(name) for key, name in facts.data.get("called", {}).items()}
    return Council(slug, facts.text("name"), protocol, contacts, called, ties, shipped)


def load_protocol(path: Path) -> CouncilProtocol:
    """Read a `protocol.yaml`, with the lead and the headings of each clause worked out.

    Raises:
        BadData: as `load_council`.
    """
    file = _File(path)
    slug = file.text("slug")
    clauses, sections = _body(file)
    numbers = {clause.number.text: clause for clause in clauses}

    def known(text: str, *place: str | int) -> Reference:
        reference = file.reference(text, slug, *place)
        clause = numbers.get(reference.number.text)
        if clause is None or (reference.item or 0) > len(clause.items):
            raise file.error(f"{text} is no clause of this protocol.", *place)
        return reference

    return CouncilProtocol(
        slug=slug,
        council=file.text("council"),
        title=file.text("title"),
        clauses=clauses,
        sections=sections,
        version=file.data.get("version"),
        adopted=file.date("adopted"),
        reviewed=file.date("reviewed"),
        review_due=file.date("review_due"),
        status=file.choice(Status, "status", Status.ADOPTED),
        source=file.data.get("source", "source.txt"),
        notes=tuple(
            Note(known(note["clause"], "notes", place).number, note["words"])
            for place, note in enumerate(file.data.get("notes", ()))
        ),
        differs=tuple(
            (known(pair[0], "differs", place), known(pair[1], "differs", place))
            for place, pair in enumerate(file.data.get("differs", ()))
        ),
        former=dict(file.data.get("former", {})),
    )


def _body(file: _File) -> tuple[tuple[Clause, ...], tuple[Section, ...]]:
    """The clauses and sections of a protocol's body, in the order of the source."""
    path: list[tuple[int, str]] = []
    written: list[tuple[ClauseNumber, tuple[str, ...], str, tuple[str, ...]]] = []
    opened: list[tuple[ClauseNumber | None, str, int, tuple[str, ...], int]] = []
    seen: set[str] = set()
    for place, entry in enumerate(file.data["body"]):
        if "heading" in entry:
            level = int(entry.get("level", "1"))
            path = [*(above for above in path if above[0] < level), (level, entry["heading"])]
            number = ClauseNumber.parse(entry["number"]) if entry.get("number") else None
            opened.append((number, entry["heading"], level, tuple(words for _, words in path), len(written)))
            continue
        try:
            number = ClauseNumber.parse(entry.get("number", ""))
        except BadReference as error:
            raise file.error(str(error), "body", place) from error
        if number.text in seen:
            raise file.error(f"clause {number} stands twice; number the second {number}~2.", "body", place)
        if not entry.get("text") and not entry.get("items"):
            raise file.error(f"clause {number} has neither text nor items.", "body", place)
        seen.add(number.text)
        written.append(
            (number, tuple(words for _, words in path), entry.get("text", ""), tuple(entry.get("items", ())))
        )
    texts = {number.text: (text, items) for number, _, text, items in written}
    clauses = tuple(
        Clause(number, heading, text, items, _lead(number, texts)) for number, heading, text, items in written
    )
    sections = []
    for position, (number, heading, level, headings, start) in enumerate(opened):
        end = next((later[4] for later in opened[position + 1 :] if later[2] <= level), len(clauses))
        sections.append(Section(number, heading, level, headings, tuple(range(start, end))))
    return clauses, tuple(sections)


def _lead(number: ClauseNumber, texts: Mapping[str, tuple[str, tuple[str, ...]]]) -> str | None:
    """The parent's text, where it ends in a colon and its list is its numbered children and not bullets of its own."""
    parent = number.parent
    text, items = texts.get(parent.text, ("", ())) if parent else ("", ())
    return text if text.endswith(":") and not items else None


def load_contacts(path: Path, protocol: CouncilProtocol) -> Contacts:
    """Read a `contacts.yaml`; every clause that it names must stand in `protocol`.

    Raises:
        BadData: as `load_council`.
    """
    file = _File(path)
    known = {}
    for entry in file.data["contacts"]:
        known[entry["key"]] = Contact(entry["key"], entry["name"], entry.get("how") or None, entry.get("email") or None)

    def contact(key: str, *place: str | int) -> str:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            raise file.error(f"there is no contact {key!r}" + (f"; did you mean {near[0]}?" if near else "."), *place)
        return key

    def references(texts: Sequence[str], place: int) -> tuple[Reference, ...]:
        found = tuple(file.reference(text, protocol.slug, "ladders", place) for text in texts)
        for reference in found:
            if protocol.find(reference) is None:
                raise file.error(f"{reference.within(protocol.slug)} is no clause of this protocol.", "ladders", place)
        return found

    ladders = []
    for place, entry in enumerate(file.data.get("ladders", ())):
        basis = references([entry["basis"]], place)[0]
        rungs = []
        for rung in entry["rungs"]:
            if not rung or (isinstance(rung, dict) and len(rung) > 1):
                raise file.error(
                    "a rung is a contact, or one of or, then and if unresolved with a contact.", "ladders", place
                )
            join, key = next(iter(rung.items())) if isinstance(rung, dict) else (Join.THEN.value, rung)
            rungs.append(Rung(contact(key, "ladders", place), file.as_choice(Join, join, "ladders", place)))
        ladders.append(
            Ladder(
                basis,
                tuple(rungs),
                tuple(dict.fromkeys((basis, *references(entry.get("clauses", ()), place)))),
                tuple(entry.get("intents", ())),
                tuple(file.as_choice(Role, role, "ladders", place) for role in entry.get("askers", ())),
                tuple(file.as_choice(Role, role, "ladders", place) for role in entry.get("subjects", ())),
                entry.get("confirmed", "yes") != "no",
            )
        )
    defaults = {
        file.as_choice(Role, role, "defaults"): tuple(contact(key, "defaults", role) for key in keys)
        for role, keys in file.data["defaults"].items()
    }
    return Contacts(known, tuple(ladders), defaults)


def load_ties(path: Path, protocol: CouncilProtocol) -> tuple[Tie, ...]:
    """Read a `ties.yaml`: intents tied to clauses of an imported protocol.

    Raises:
        BadData: as `load_council`.
    """
    file = _File(path)
    found = []
    for place, entry in enumerate(file.data["ties"]):
        references = tuple(file.reference(text, protocol.slug, "ties", place) for text in entry["clauses"])
        for reference in references:
            if protocol.find(reference) is None:
                raise file.error(f"{reference.within(protocol.slug)} is no clause of this protocol.", "ties", place)
        found.append(Tie(entry["intent"], references, float(entry.get("score", "1")), entry.get("confirmed") == "yes"))
    return tuple(found)


def ties_as_data(ties: Sequence[Tie]) -> dict[str, Any]:
    """What `load_ties` reads."""
    return {
        "ties": [
            {
                "intent": tie.intent,
                "clauses": [str(reference).split(":", 1)[1] for reference in tie.references],
                "score": f"{tie.score:.3f}",
                "confirmed": "yes" if tie.confirmed else "no",
            }
            for tie in ties
        ]
    }


class _File:
    """A YAML file with its place for errors."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data: dict[str, Any] = yamlfile.read(path)
        shape.check(path.name, self.data, self.error)

    def error(self, what: str, *place: str | int) -> BadData:
        return BadData(self.path, yamlfile.line_of(self.path, *place) if place else None, what)

    def text(self, key: str) -> str:
        value = self.data[key]
        if not isinstance(value, str) or not value:
            raise self.error(f"{key} should be a text.", key)
        return value

    def date(self, key: str) -> PartialDate | None:
        try:
            return PartialDate.parse(self.data[key]) if self.data.get(key) else None
        except BadReference as error:
            raise self.error(str(error), key) from error

    def reference(self, text: str, protocol: str, *place: str | int) -> Reference:
        try:
            return Reference.parse(text, protocol)
        except BadReference as error:
            raise self.error(str(error), *place) from error

    def choice(self, kind: type[Choice], key: str, default: Choice) -> Choice:
        return self.as_choice(kind, self.data[key], key) if key in self.data else default

    def as_choice(self, kind: type[Choice], text: str, *place: str | int) -> Choice:
        try:
            return kind(text)
        except ValueError as error:
            raise self.error(f"{text!r} should be one of {', '.join(kind)}.", *place) from error
