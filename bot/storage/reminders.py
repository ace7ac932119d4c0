"""Which reminders of a review were sent: each once, whatever the number of replicas."""

from __future__ import annotations

from sqlalchemy import and_, delete, update

from bot.storage import tables
from bot.storage.store import Store

_CLAIM_SECONDS = 600


class Reminders(Store):
    """Claims on reminders, as events are claimed."""

    async def begin_reminder(self, council: str, due: str, mark: str) -> bool:
        """Take a reminder to send, unless it was sent or is being sent. `due` is the review's date."""
        table = tables.reminders
        now = self._now
        key = {"council": council, "due": due, "mark": mark}
        insert = self._insert(table).values(**key, claimed=now, finished=False)
        take = insert.on_conflict_do_update(
            index_elements=list(key),
            set_={"claimed": now},
            where=and_(table.c.finished.is_(False), table.c.claimed <= now - _CLAIM_SECONDS),
        ).returning(table.c.claimed)
        async with self._at_once.connect() as connection:
            return (await connection.execute(take)).first() is not None

    async def finish_reminder(self, council: str, due: str, mark: str, sent: bool) -> None:
        """Record that it was sent; or, where it could not be, give it back for the next hour."""
        table = tables.reminders
        key = {"council": council, "due": due, "mark": mark}
        async with self._at_once.connect() as connection:
            done = update(table).values(finished=True) if sent else delete(table)
            await connection.execute(done.filter_by(**key))
