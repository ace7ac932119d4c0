"""Counts by council, month, theme and outcome. Showing them (nothing under five) is the report's business."""

from __future__ import annotations

from sqlalchemy import select

from bot.storage import tables
from bot.storage.model import Feedback, Tally
from bot.storage.store import Store


class Counts(Store):
    """How many questions, and how many found their answer helpful. Nothing ties a count to a person."""

    async def count(self, council: str, theme: str, outcome: str, month: str) -> None:
        """Count one question. `month` is written 2026-11; `theme` is empty where there is none."""
        table = tables.counts
        key = {"council": council, "month": month, "theme": theme, "outcome": outcome}
        insert = self._insert(table).values(**key, count=1)
        more = insert.on_conflict_do_update(index_elements=list(key), set_={"count": table.c.count + 1})
        async with self._at_once.connect() as connection:
            await connection.execute(more)

    async def count_feedback(self, council: str, intent: str, outcome: str, helpful: bool, month: str) -> None:
        """Count one press of "helpful" or "not helpful"."""
        table = tables.feedback
        key = {"council": council, "month": month, "intent": intent, "outcome": outcome}
        column = table.c.helpful if helpful else table.c.unhelpful
        insert = self._insert(table).values(**key, helpful=int(helpful), unhelpful=int(not helpful))
        more = insert.on_conflict_do_update(index_elements=list(key), set_={column.name: column + 1})
        async with self._at_once.connect() as connection:
            await connection.execute(more)

    async def tallies(self, council: str, since: str) -> tuple[Tally, ...]:
        """All counts of a council from the month `since` on, in order of month, theme and outcome."""
        table = tables.counts
        wanted = select(table.c.month, table.c.theme, table.c.outcome, table.c.count)
        wanted = wanted.where(table.c.council == council, table.c.month >= since)
        wanted = wanted.order_by(table.c.month, table.c.theme, table.c.outcome)
        async with self._at_once.connect() as connection:
            return tuple(Tally(*row) for row in await connection.execute(wanted))

    async def feedbacks(self, council: str, since: str) -> tuple[Feedback, ...]:
        """All feedback of a council from the month `since` on, in order of month, intent and outcome."""
        table = tables.feedback
        wanted = select(table.c.month, table.c.intent, table.c.outcome, table.c.helpful, table.c.unhelpful)
        wanted = wanted.where(table.c.council == council, table.c.month >= since)
        wanted = wanted.order_by(table.c.month, table.c.intent, table.c.outcome)
        async with self._at_once.connect() as connection:
            return tuple(Feedback(*row) for row in await connection.execute(wanted))
