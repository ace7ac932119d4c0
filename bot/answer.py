"""A question and its answer, the same for every channel.

An `Answer` holds the clauses themselves, never copies of their words, so nothing on the way to a reader can reword one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from knowledge.model import Clause, Contact, CouncilProtocol, Join, Reference, Role


class Where(StrEnum):
    """Where a question was asked: among others, or in a conversation with the bot alone."""

    CHANNEL = "channel"
    DM = "dm"


class Kind(StrEnum):
    """Whose protocol speaks to the question: the asker's own, another one, or none."""

    OWN = "own"
    BORROWED = "borrowed"
    NONE = "none"


class Confidence(StrEnum):
    """Whether the first quotation is the answer, or the quotations are only offered as a choice."""

    HIGH = "high"
    LOW = "low"


class Ending(StrEnum):
    """Every way in which answering ends. Each has its own words in `bot.wording`."""

    OWN = "own"
    BORROWED = "borrowed"
    CHOICE = "choice"
    SILENT = "silent"
    GREETING = "greeting"
    THANKS = "thanks"
    HELP = "help"
    CHAT = "chat"
    MISUSE = "misuse"
    EMPTY = "empty"
    TOO_LONG = "too long"


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks. `asked_on` is the day it is asked: nothing inside reads a clock."""

    text: str
    council: str
    asked_on: date
    asker: Role = Role.UNKNOWN
    where: Where = Where.DM
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A clause, or one bullet of it, quoted. `emphasis` marks the deciding sentence: offsets into `text`, end excluded."""

    protocol: CouncilProtocol
    clause: Clause
    item: int | None = None
    emphasis: tuple[int, int] | None = None

    @property
    def reference(self) -> Reference:
        """What is quoted."""
        return Reference(self.protocol.slug, self.clause.number, self.item)

    @property
    def text(self) -> str:
        """The quoted words, exactly as stored. For a whole list, the words that open it."""
        return self.clause.words_of(self.item)

    @property
    def items(self) -> tuple[str, ...]:
        """The bullets, when the whole list is quoted."""
        return self.clause.items if self.item is None else ()

    @property
    def lead(self) -> str | None:
        """The words that open the list in which it stands."""
        return self.clause.lead_of(self.item)

    @property
    def citation(self) -> str:
        """Where the words stand, for somebody with the paper in hand."""
        return str(self.protocol.citation(self.reference))

    @property
    def place(self) -> str:
        """The citation without the document's name: `clause 7.3 (Political Groups)`."""
        return self.protocol.citation(self.reference).place


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a ladder, after the asker and the subject were taken out. The first step's join is not shown."""

    contact: Contact
    join: Join = Join.THEN


@dataclass(frozen=True, slots=True)
class Escalation:
    """Whom to go to next, in steps, and the clause that makes them the right ones.

    `basis` is None and `default` true where no text names anybody. `avoid` are the keys of contacts that were taken
    out, because they are the asker or the subject. `confirmed` is false while a clerk has not looked at an imported ladder.
    """

    steps: tuple[Step, ...]
    basis: Quote | None = None
    default: bool = False
    avoid: tuple[str, ...] = ()
    confirmed: bool = True

    @property
    def first(self) -> Contact:
        """The contact of the first step; there always is one."""
        return self.steps[0].contact


@dataclass(frozen=True, slots=True)
class NationalContact:
    """A national service for somebody in danger or distress. `source` is where its number is published."""

    key: str
    name: str
    how: str
    source: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot says to a question, on any channel.

    `quotes` are best first, at most five; for a choice none of them is the answer. `related` are clauses that stand
    near or speak to the same matter; `differs` are pairs among `quotes` and `related` that disagree; `places` are
    headings to look at where nothing answers. `intent` is the catalogue's key, and `theme` its file's, for counting.
    `urgent` comes before everything else. `subject` is whom the concern was taken to be about, None for nobody.
    """

    question: Question
    ending: Ending
    kind: Kind
    confidence: Confidence | None
    intent: str | None
    private: bool
    quotes: tuple[Quote, ...] = ()
    escalation: Escalation | None = None
    notices: tuple[str, ...] = ()
    related: tuple[Quote, ...] = ()
    differs: tuple[tuple[Reference, Reference], ...] = ()
    places: tuple[str, ...] = ()
    urgent: tuple[NationalContact, ...] = ()
    theme: str | None = None
    sensitive: bool = False
    subject: Role | None = None


class Exact(StrEnum):
    """How a looked-up clause was found."""

    NUMBER = "number"
    HEADING = "heading"
    WORDS = "words"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class LookUp:
    """What a clause query leads to. `nearest` are numbers close to one that does not exist; `notices` as in an answer."""

    query: str
    protocol: CouncilProtocol
    exact: Exact
    quotes: tuple[Quote, ...]
    nearest: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    heading: str | None = None


def whole_section(protocol: CouncilProtocol, numbers: Sequence[int]) -> tuple[Quote, ...]:
    """Quotations of the clauses at these positions of the protocol, in its order."""
    return tuple(Quote(protocol, protocol.clauses[number]) for number in numbers)
