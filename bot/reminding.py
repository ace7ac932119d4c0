"""Reminders to the clerk that a review is coming or overdue, each once, whatever the number of replicas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot import wording
from bot.channel import Channel
from bot.logs import say_error
from bot.storage import Platform, Storage, Workspace
from bot.taking_up import Councils
from knowledge.errors import KnowledgeError

DAYS_BEFORE = (90, 30, 0)
"""Days before the review's date on which the clerk is told; from then on monthly."""


def mark_of(due: date, today: date) -> str | None:
    """Which reminder is the newest that is owed today, or None while there is none.

    >>> [mark_of(date(2026, 5, 31), date(2026, *day)) for day in ((1, 1), (3, 2), (5, 1), (5, 31), (6, 29), (6, 30))]
    [None, '90 days', '30 days', '0 days', '0 days', 'month 1']
    """
    months = (today.year - due.year) * 12 + today.month - due.month
    if today > due and (today.day < due.day and not _is_last_day(today)):
        months -= 1
    if today > due and months > 0:
        return f"month {months}"
    left = (due - today).days
    passed = [days for days in DAYS_BEFORE if left <= days]
    return f"{passed[-1]} days" if passed else None


def _is_last_day(day: date) -> bool:
    return date.fromordinal(day.toordinal() + 1).month != day.month


async def remind(
    storage: Storage, councils: Councils, channels: Mapping[Platform, Channel], today: date
) -> Sequence[Platform]:
    """Send what is owed today, for every council with a clerk's account; gives the platform of each that was sent."""
    sent: list[Platform] = []
    hosted = await storage.review_dates()
    for slug in await storage.tied_councils():
        try:
            due = hosted[slug] if slug in hosted else await _review_date(councils, slug)
            mark = None if due is None else mark_of(due, today)
            if due is None or mark is None or not await storage.begin_reminder(slug, due.isoformat(), mark):
                continue
            workspaces = await storage.workspaces(slug)
            reachable = [entry for entry in workspaces if entry.clerk and entry.platform in channels]
            platform = await _tell(councils, channels, slug, reachable, today) if reachable else None
            await storage.finish_reminder(slug, due.isoformat(), mark, sent=platform is not None)
        except KnowledgeError as error:
            say_error("a council cannot be reminded", error, council=slug)
            continue
        if platform is not None:
            sent.append(platform)
    return sent


async def _review_date(councils: Councils, slug: str) -> date | None:
    await councils.take_up(slug)
    due = councils.council(slug).protocol.review_due
    return None if due is None else due.last_day


async def _tell(
    councils: Councils,
    channels: Mapping[Platform, Channel],
    slug: str,
    workspaces: Sequence[Workspace],
    today: date,
) -> Platform | None:
    """Tell the clerk, wherever they can be reached first; None where that failed everywhere."""
    await councils.take_up(slug)
    text = wording.review_reminder(councils.council(slug), today)
    for entry in workspaces:
        try:
            if entry.clerk and await channels[entry.platform].tell(entry.workspace, entry.clerk, text):
                return entry.platform
        except Exception as error:  # a channel that is down must not keep the others from being tried
            say_error("a reminder could not be sent", error, channel=entry.platform.value)
    return None
