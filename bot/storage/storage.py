"""All concerns of storage in one object."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.storage import tables
from bot.storage.councils import HostedCouncils
from bot.storage.counts import Counts
from bot.storage.errors import Unreachable
from bot.storage.events import Events
from bot.storage.keys import Keys
from bot.storage.opening import open_engine, read_url
from bot.storage.persons import Persons
from bot.storage.reminders import Reminders
from bot.storage.store import DAY
from bot.storage.workspaces import Workspaces

POOL = 10
"""Connections to PostgreSQL that one process opens at most."""

EVENT_DAYS = 2
"""Event ids are kept so many days; no platform sends an event again after a day."""

MONTHS = 24
"""Counts are kept so many months."""

_SEALED = (
    tables.secrets.c.sealed,
    tables.workspaces.c.sealed_clerk,
    tables.invitations.c.sealed_clerk,
    tables.installations.c.sealed,
    tables.states.c.sealed,
    tables.roles.c.sealed,
    tables.conversations.c.sealed,
)


class Storage(Workspaces, Events, Persons, Counts, HostedCouncils, Reminders):
    """What must outlive a process. Made by `open`; every method is safe from many tasks and many replicas at once."""

    @classmethod
    async def open(cls, url: str, keys: Keys, clock: Callable[[], float] = time.time, pool: int = POOL) -> Self:
        """Open the database at `url`, and bring its tables up to date under a lock.

        Raises:
            Unreachable: when the URL is wrong or the database does not answer.
            DatabaseTooNew: when a newer program made it.
            BadKeys: when it was written with other keys.
        """
        storage = cls(await open_engine(read_url(url), pool), keys, clock)
        try:
            await storage._unlock()
        except BaseException:
            await storage.close()
            raise
        return storage

    async def close(self) -> None:
        """Give every connection back."""
        await self._engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def ready(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            Unreachable: when it gives none.
        """
        try:
            async with self._at_once.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except (DBAPIError, OSError, TimeoutError) as error:
            raise Unreachable("The database does not answer. Is it running?") from error

    async def tidy(self) -> int:
        """Delete what has expired: event ids, states, invitations, what people were told, old counts.

        That a code has expired is remembered for 90 days, to be told so; the clerk's account in it is not.
        """
        now = self._now
        month = time.gmtime(now)
        oldest = month.tm_year * 12 + month.tm_mon - 1 - MONTHS
        since = f"{oldest // 12:04d}-{oldest % 12 + 1:02d}"
        expired = (
            delete(tables.events).where(tables.events.c.claimed < now - EVENT_DAYS * DAY),
            delete(tables.states).where(tables.states.c.expires <= now),
            delete(tables.invitations).where(tables.invitations.c.expires <= now - 90 * DAY),
            update(tables.invitations)
            .where(tables.invitations.c.expires <= now, tables.invitations.c.sealed_clerk.is_not(None))
            .values(sealed_clerk=None),
            delete(tables.told).where(tables.told.c.expires <= now),
            delete(tables.counts).where(tables.counts.c.month < since),
            delete(tables.feedback).where(tables.feedback.c.month < since),
        )
        gone = 0
        for statement in expired:
            async with self._at_once.connect() as connection:
                gone += (await connection.execute(statement)).rowcount
        return gone

    async def rotate(self) -> int:
        """Encrypt everything anew with the newest key, so that older keys can be dropped. Gives how many secrets.

        What another process writes meanwhile is left as it wrote it: with the newest key, once every process has it.

        Raises:
            BadKeys: when something was written with a key that we do not have; nothing is changed then.
        """
        renewed = 0
        async with self._engine.begin() as connection:
            for column in _SEALED:
                table = column.table
                for row in (await connection.execute(select(table).where(column.is_not(None)))).mappings().all():
                    key = {part.name: row[part.name] for part in table.primary_key}
                    fresh = {column.name: self._keys.renew(row[column.name])}
                    unchanged = update(table).filter_by(**key).where(column == row[column.name])
                    renewed += (await connection.execute(unchanged.values(**fresh))).rowcount
        return renewed
