"""What the one process asks of a channel. Slack and Teams each give one, and neither knows the other.

`bot/slack/app.py` offers `build(settings: Settings, desk: Desk, storage: Storage) -> Channel`, `bot/teams/app.py` the
same with `local: bool = False` (no credentials, for the Agents Playground on a loopback address). Building starts
nothing, opens no socket, and raises `SettingsError` for what is wrong in the channel's own settings.

`bot/slack/doctor.py` and `bot/teams/doctor.py` each offer `async checks(settings: Settings) -> Sequence[Check]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.routing import BaseRoute

from bot.storage import Platform


class Channel(Protocol):
    """A chat platform's side of the process."""

    @property
    def platform(self) -> Platform:
        """Which platform it is."""

    def routes(self) -> Sequence[BaseRoute]:
        """The HTTP routes that it needs; empty for Slack's Socket Mode."""

    async def start(self) -> None:
        """Connect. Called once, inside the running event loop, after the database is open.

        With one council (`settings.council`), it finds out its own workspace or tenant here and ties it:
        `await storage.tie(platform, workspace, settings.council, settings.clerk)`.
        """

    async def stop(self) -> None:
        """Take no more work, finish what was begun (the process allows 8 seconds), and disconnect."""

    async def ready(self) -> str | None:
        """None when it can serve, or in a few words why not ("Slack is not connected")."""

    async def tell(self, workspace: str, account: str, text: str) -> bool:
        """Send a direct message of ours (never a quotation) to an account, such as the clerk's reminder of a review.

        Gives False where the platform refuses for good (account gone, app blocked); raises on what may pass.
        """


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that `protocol-guide doctor` looked at. `mend` says what to do where it is not in order."""

    what: str
    mend: str | None = None

    @property
    def well(self) -> bool:
        """Whether it is in order."""
        return self.mend is None
