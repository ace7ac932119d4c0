"""Intents: what people ask about, and the ways in which they ask it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from knowledge.model import Reference, Role


class Speech(StrEnum):
    """What kind of thing an intent is, for the ending of an answer."""

    MATTER = "matter"
    """Something that a protocol may speak to."""
    OUTSIDE = "outside"
    """Council business, or anything else, that no councillor–officer protocol settles."""
    GREETING = "greeting"
    THANKS = "thanks"
    HELP = "help"
    CHAT = "chat"
    MISUSE = "misuse"


@dataclass(frozen=True, slots=True)
class Example:
    """One way of asking. `asker` is who says it. `sensitive` is whether answering it in the open would expose somebody.

    `subject` is whom a concern is about: a role, `Role.UNKNOWN` where it is somebody but not told who, None for nobody.
    `voice` is who wrote it, so that cross-validation can leave a whole voice out.
    """

    text: str
    asker: Role = Role.UNKNOWN
    sensitive: bool = False
    subject: Role | None = None
    voice: str = ""


@dataclass(frozen=True, slots=True)
class NotExample:
    """A line that looks like the intent and belongs to another one, `means`."""

    text: str
    means: str
    asker: Role = Role.UNKNOWN


@dataclass(frozen=True, slots=True)
class Intent:
    """A thing that people ask about, tied to the clauses that speak to it, the most telling of each protocol first.

    `canonical` are a few plain ways of asking, and with `not_examples` they are never shown to the model: tests ask them.
    """

    key: str
    title: str
    theme: str
    speech: Speech
    clauses: tuple[Reference, ...] = ()
    examples: tuple[Example, ...] = ()
    canonical: tuple[Example, ...] = ()
    not_examples: tuple[NotExample, ...] = ()
