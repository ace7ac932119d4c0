"""Events: each is answered once, whatever the number of replicas and of deliveries."""

from __future__ import annotations

from sqlalchemy import and_, delete, select, update

from bot.storage.model import Claim, Platform
from bot.storage.store import Store
from bot.storage.tables import events

CLAIM_SECONDS = 30
"""After so many seconds an unfinished claim is taken for that of a process which died."""


class Events(Store):
    """Who answers an event, and whether it was answered."""

    async def begin_event(
        self, platform: Platform, workspace: str, event_id: str, claim_seconds: int = CLAIM_SECONDS
    ) -> Claim:
        """Take an event, unless it is answered or being answered. See `Claim` for what to do with each."""
        now = self._now
        key = {"platform": platform.value, "workspace": workspace, "event": event_id}
        insert = self._insert(events).values(**key, claimed=now, finished=False)
        take = insert.on_conflict_do_update(
            index_elements=list(key),
            set_={"claimed": now},
            where=and_(events.c.finished.is_(False), events.c.claimed <= now - claim_seconds),
        ).returning(events.c.claimed)
        async with self._at_once.connect() as connection:
            if (await connection.execute(take)).first() is not None:
                return Claim.MINE
            finished = await connection.execute(select(events.c.finished).filter_by(**key))
            return Claim.DONE if finished.scalar_one_or_none() else Claim.ELSEWHERE

    async def finish_event(self, platform: Platform, workspace: str, event_id: str) -> None:
        """Record that the event was answered."""
        key = {"platform": platform.value, "workspace": workspace, "event": event_id}
        async with self._at_once.connect() as connection:
            await connection.execute(update(events).filter_by(**key).values(finished=True))

    async def release_event(self, platform: Platform, workspace: str, event_id: str) -> None:
        """Give an event back that could not be answered, so that its next delivery is taken up at once."""
        key = {"platform": platform.value, "workspace": workspace, "event": event_id}
        async with self._at_once.connect() as connection:
            await connection.execute(delete(events).filter_by(**key, finished=False))
