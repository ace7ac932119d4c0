"""The words of the trade as value objects: a council's protocol, its clauses, and references to them.

Everything here is frozen, compares by value and knows nothing of files, channels or questions.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from knowledge.errors import BadReference

_SEGMENT = re.compile(r"\d+|[A-Za-z]+|[^\dA-Za-z]+")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


def is_slug(text: str) -> bool:
    """Whether `text` can name a council's folder: lower-case words and digits joined by hyphens.

    >>> is_slug("great-linford"), is_slug("../etc"), is_slug("")
    (True, False, False)
    """
    return len(text) <= 64 and bool(_SLUG.match(text))


@dataclass(frozen=True, slots=True)
class ClauseNumber:
    """A clause's number as its source prints it, without the closing full stop. It is text, never a quantity.

    >>> sorted([ClauseNumber("1.10"), ClauseNumber("1.9")])[0].text
    '1.9'
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> ClauseNumber:
        """Read `7.3`, `7.3.`, ` 3(a)(ii) `, `A3(d)`, `Part 2/1` or `¶4`.

        >>> ClauseNumber.parse(" 7.3. ").text
        '7.3'

        Raises:
            BadReference: when nothing is left to read.
        """
        cleaned = " ".join(text.split()).rstrip(".")
        if not cleaned:
            raise BadReference("A clause number is missing. Write it as the protocol prints it, for example 7.3.")
        return cls(cleaned)

    @property
    def sort_key(self) -> tuple[tuple[int, int, str], ...]:
        """Orders numbers as they are counted: `1.10` after `1.9`, `3` before `3(a)`, figures before letters."""
        return tuple(
            (0, int(part), "") if part.isdecimal() else (1, 0, part.casefold())
            for part in _SEGMENT.findall(self.text)
            if part.strip(" ./()")
        )

    @property
    def parent(self) -> ClauseNumber | None:
        """The number one level up, or None at the top.

        >>> [str(ClauseNumber(n).parent) for n in ("6.2.5", "3(a)(ii)", "Part 2/1", "27")]
        ['6.2', '3(a)', 'Part 2', 'None']
        """
        for pattern in (r"(.+)\([^()]*\)\Z", r"(.+)[./][^./()]+\Z"):
            if found := re.match(pattern, self.text):
                return ClauseNumber(found.group(1))
        return None

    def __lt__(self, other: ClauseNumber) -> bool:
        return self.sort_key < other.sort_key

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Reference:
    """Points at a clause, or at one bullet of it, of one protocol: `newent:9/6` is bullet 6 of Newent's clause 9."""

    protocol: str
    number: ClauseNumber
    item: int | None = None

    @classmethod
    def parse(cls, text: str, protocol: str) -> Reference:
        """Read `7.3`, `3.2/5` or `town-council:5.3`; `protocol` is meant where the text names none.

        >>> str(Reference.parse("3.2/5", "honiton")), str(Reference.parse("town-council:5.3", "newent"))
        ('honiton:3.2/5', 'town-council:5.3')

        Raises:
            BadReference: when the number is missing or the bullet is no count from 1.
        """
        slug, colon, rest = text.rpartition(":")
        number, slash, item = rest.rpartition("/")
        if slash and item.isdecimal() and not number.startswith(("Part ", "Appendix ", "Schedule ", "Annex ")):
            if int(item) < 1:
                raise BadReference(f"{text!r}: bullets are counted from 1.")
            return cls(slug if colon else protocol, ClauseNumber.parse(number), int(item))
        return cls(slug if colon else protocol, ClauseNumber.parse(rest))

    @property
    def clause(self) -> Reference:
        """The same reference without its bullet."""
        return self if self.item is None else Reference(self.protocol, self.number)

    def within(self, protocol: str) -> str:
        """As short as a reader of `protocol` needs it: without the slug where it is that protocol's own."""
        return self._local if self.protocol == protocol else str(self)

    @property
    def _local(self) -> str:
        return str(self.number) if self.item is None else f"{self.number}/{self.item}"

    def __str__(self) -> str:
        return f"{self.protocol}:{self._local}"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as a document gives it: a year, a month or a day. It stays partial and falls due on its last day.

    >>> PartialDate.parse("2022-05").last_day, str(PartialDate.parse("2022-05"))
    (datetime.date(2022, 5, 31), 'May 2022')
    """

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read `2024`, `2022-05` or `2019-11-25`.

        Raises:
            BadReference: when it is no such date.
        """
        found = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", text.strip())
        if not found:
            raise BadReference(f"{text!r} is no date. Write 2024, 2024-05 or 2024-05-31.")
        year, month, day = (int(part) if part else None for part in found.groups())
        assert year is not None
        try:
            date(year, month or 1, day or 1)
        except ValueError as error:
            raise BadReference(f"{text!r} is no date in the calendar.") from error
        return cls(year, month, day)

    @property
    def last_day(self) -> date:
        """The day on which it falls due."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def iso(self) -> str:
        """As written in data: `2022-05`."""
        parts = [f"{self.year:04d}"] + [f"{part:02d}" for part in (self.month, self.day) if part is not None]
        return "-".join(parts)

    def __str__(self) -> str:
        month = calendar.month_name[self.month] if self.month else None
        return " ".join(str(part) for part in (self.day, month, self.year) if part)


@dataclass(frozen=True, slots=True)
class Clause:
    """A numbered unit of a protocol, word for word.

    `heading` is outermost first, as printed, without numbers. `text` is the clause's own words, its paragraphs parted
    by a blank line; it is empty where a numbered heading has bullets and no words of its own. `items` are the
    unnumbered bullets. `lead` is the parent's text where the clause is a numbered child of that list.
    """

    number: ClauseNumber
    heading: tuple[str, ...]
    text: str
    items: tuple[str, ...] = ()
    lead: str | None = None

    def words_of(self, item: int | None) -> str:
        """The words that a quotation of this clause, or of one of its bullets (from 1), shows as its own."""
        return self.text if item is None else self.items[item - 1]

    def lead_of(self, item: int | None) -> str | None:
        """The words that open the list in which the clause or bullet stands, or None."""
        return self.lead if item is None else (self.text or None)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the protocol with what stands under it, in the order of the source.

    `number` is the heading's own number where it has one; `level` counts from 1, outermost. `clauses` are the
    positions (in `CouncilProtocol.clauses`) of every clause under it, those of its subsections included.
    """

    number: ClauseNumber | None
    heading: str
    level: int
    path: tuple[str, ...]
    clauses: tuple[int, ...]


class Status(StrEnum):
    """What a protocol is: a council's own, adopted; or a model that councils adopt."""

    ADOPTED = "adopted"
    MODEL = "model"


@dataclass(frozen=True)
class CouncilProtocol:
    """One council's text, at one version. Clauses are unique by number and in the order of the source."""

    slug: str
    council: str
    title: str
    clauses: tuple[Clause, ...]
    sections: tuple[Section, ...] = ()
    version: str | None = None
    adopted: PartialDate | None = None
    reviewed: PartialDate | None = None
    review_due: PartialDate | None = None
    status: Status = Status.ADOPTED
    source: str = "source.txt"
    notes: tuple[Note, ...] = ()
    differs: tuple[tuple[Reference, Reference], ...] = ()
    former: Mapping[str, str] = field(default_factory=dict)
    """Numbers of earlier versions that are free now, each with the number that its clause has today."""

    @cached_property
    def by_number(self) -> dict[str, Clause]:
        """Clauses by their number's text."""
        return {clause.number.text: clause for clause in self.clauses}

    def find(self, reference: Reference) -> Clause | None:
        """The clause at `reference`, or None where the clause, or its bullet, does not exist here."""
        clause = self.by_number.get(reference.number.text) if reference.protocol == self.slug else None
        if clause is None or (reference.item is not None and not 1 <= reference.item <= len(clause.items)):
            return None
        return clause

    def children(self, number: ClauseNumber) -> tuple[Clause, ...]:
        """The clauses numbered one level below `number`, in order."""
        return tuple(clause for clause in self.clauses if clause.number.parent == number)

    def references(self) -> Iterator[Reference]:
        """Everything that can be quoted: each clause with words, and each bullet, in the order of the source."""
        for clause in self.clauses:
            if clause.text:
                yield Reference(self.slug, clause.number)
            for item in range(1, len(clause.items) + 1):
                yield Reference(self.slug, clause.number, item)

    @property
    def edition(self) -> str | None:
        """What tells this version from another on paper: its version, else its latest date, or None."""
        if self.version:
            return f"version {self.version}"
        if self.reviewed:
            return f"reviewed {self.reviewed}"
        return f"adopted {self.adopted}" if self.adopted else None

    def citation(self, reference: Reference) -> Citation:
        """Where the words at `reference` stand, for somebody with the paper in hand.

        Raises:
            BadReference: when there is no such clause or bullet.
        """
        clause = self.find(reference)
        if clause is None:
            raise BadReference(f"{reference} does not exist in {self.title}.")
        return Citation(
            self.council,
            self.title,
            self.edition,
            clause.number,
            reference.item,
            clause.heading[-1] if clause.heading else None,
        )


@dataclass(frozen=True, slots=True)
class Note:
    """Something wrong in the source that is kept as it stands, told to the clerk and to nobody else."""

    number: ClauseNumber
    words: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Enough to find the words on paper.

    >>> str(Citation("Honiton Town Council", "Protocol", None, ClauseNumber("3.2"), 5, "Expectations"))
    'Honiton Town Council, Protocol, clause 3.2, bullet 5 (Expectations)'
    """

    council: str
    title: str
    edition: str | None
    number: ClauseNumber
    item: int | None
    heading: str | None

    @property
    def place(self) -> str:
        """The part that follows the document's name: `clause 3.2, bullet 5 (Expectations)`."""
        unit = "paragraph" if self.number.text.startswith("¶") else "clause"
        bullet = "" if self.item is None else f", bullet {self.item}"
        heading = f" ({self.heading})" if self.heading else ""
        return f"{unit} {self.number.text.removeprefix('¶')}{bullet}{heading}"

    def __str__(self) -> str:
        return ", ".join(part for part in (self.council, self.title, self.edition, self.place) if part)


class Role(StrEnum):
    """Who asks, or whom a concern is about. A committee chair is a councillor."""

    OFFICER = "officer"
    CLERK = "clerk"
    COUNCILLOR = "councillor"
    CHAIR = "chair"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person or body to go to, by role. `how` says how to reach it, in the council's own words, or None.

    `email` fills the address of a drafted message and is never shown as a quotation of the protocol.
    """

    key: str
    name: str
    how: str | None = None
    email: str | None = None


class Join(StrEnum):
    """How the text joins a step of a ladder to the one before it."""

    OR = "or"
    THEN = "then"
    IF_UNRESOLVED = "if unresolved"


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder as the text gives it; the first rung's join is ignored."""

    contact: str
    join: Join = Join.THEN


@dataclass(frozen=True, slots=True)
class Ladder:
    """Contacts in steps, with the clause that names them, and when it applies.

    It applies to a question whose first quotation is one of `clauses` or whose intent is one of `intents`, and, where
    `askers` or `subjects` are given, only to those. `confirmed` is false for one proposed from the words of an
    imported document that the clerk has not looked at yet.
    """

    basis: Reference
    rungs: tuple[Rung, ...]
    clauses: tuple[Reference, ...] = ()
    intents: tuple[str, ...] = ()
    askers: tuple[Role, ...] = ()
    subjects: tuple[Role, ...] = ()
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Contacts:
    """A council's contacts by key, its ladders, and whom each kind of asker goes to where no text names anybody.

    `defaults` lists contacts in order of preference; the first who is neither the asker nor the subject is named.
    """

    known: Mapping[str, Contact]
    ladders: tuple[Ladder, ...]
    defaults: Mapping[Role, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Tie:
    """An intent tied to clauses of an imported protocol, with a score from 0 to 1 and whether the clerk confirmed it."""

    intent: str
    references: tuple[Reference, ...]
    score: float
    confirmed: bool = False


@dataclass(frozen=True)
class Council:
    """The body whose people ask: its protocol, contacts, and its own words for its people and committees.

    `called` gives the council's names for roles and bodies by contact key (`{"clerk": "Parish Manager"}`); they serve
    searching and the bot's own sentences and never touch a quotation. `shipped` is true for the five that come with
    the program.
    """

    slug: str
    name: str
    protocol: CouncilProtocol
    contacts: Contacts
    called: Mapping[str, str]
    ties: tuple[Tie, ...] = ()
    shipped: bool = False
