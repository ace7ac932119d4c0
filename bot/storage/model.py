"""The value objects that storage takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum


class Platform(StrEnum):
    """Where a workspace (Slack) or tenant (Teams) lives."""

    SLACK = "slack"
    TEAMS = "teams"


class Claim(Enum):
    """Whose an event is. Only `MINE` is true, so `if await storage.begin_event(...)` reads as it should.

    `ELSEWHERE`: another process is answering it; should that process die, the platform must send the event again, so
    do not acknowledge it (HTTP 503). `DONE`: it was answered; acknowledge it and do nothing.
    """

    MINE = "mine"
    ELSEWHERE = "elsewhere"
    DONE = "done"

    def __bool__(self) -> bool:
        return self is Claim.MINE


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace or tenant that is tied to a council. `clerk` is the account that the council named, or None."""

    platform: Platform
    workspace: str
    council: str
    clerk: str | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many questions of a month ended in one way on one theme. `theme` is empty where there is none."""

    month: str
    theme: str
    outcome: str
    count: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """How many people found answers about an intent helpful, or not, in a month."""

    month: str
    intent: str
    outcome: str
    helpful: int
    unhelpful: int
