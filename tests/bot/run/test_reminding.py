"""Reminders of a review: each once, to the clerk alone, whatever the number of replicas and of their hiccups."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from starlette.routing import BaseRoute

from bot.hosting import publish_folder
from bot.reminding import remind
from bot.storage import Platform, Storage
from bot.taking_up import Councils
from knowledge.store import Library
from tests.bot.conftest import Clock
from tests.bot.run.conftest import write_council

SLACK, TEAMS = Platform.SLACK, Platform.TEAMS


class Told:
    """A channel that only tells. `how` says for each account what becomes of it: True, False, or an error."""

    def __init__(self, platform: Platform, how: dict[str, bool | Exception] | None = None) -> None:
        self._platform, self.how = platform, how or {}
        self.told: list[tuple[str, str, str]] = []

    @property
    def platform(self) -> Platform:
        return self._platform

    def routes(self) -> Sequence[BaseRoute]:
        return ()

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ready(self) -> str | None:
        return None

    async def tell(self, workspace: str, account: str, text: str) -> bool:
        await asyncio.sleep(0)
        how = self.how.get(account, True)
        if isinstance(how, Exception):
            raise how
        if how:
            self.told.append((workspace, account, text))
        return how


@pytest.fixture
async def three(storage: Storage, tmp_path: Path) -> list[Councils]:
    """Three replicas' councils: testby is hosted and due for review at the end of May 2027."""
    folder = write_council(tmp_path / "published", "testby", "Words.", "2027-05")
    await publish_folder(storage, folder)
    return [Councils(Library(None), tmp_path / "none", storage, 3) for _ in range(3)]


async def _day(storage: Storage, three: list[Councils], channel: Told, today: date) -> int:
    """One day on which all three replicas look at once; gives how many reminders went out."""
    before = len(channel.told)
    await asyncio.gather(*(remind(storage, councils, {channel.platform: channel}, today) for councils in three))
    return len(channel.told) - before


async def test_a_clerk_is_reminded_90_30_and_0_days_before_and_then_monthly(
    storage: Storage, three: list[Councils]
) -> None:
    """Day by day over five months, on three replicas: these days, one message each, and no other."""
    await storage.tie(SLACK, "T1", "testby", "UCLERK")
    channel = Told(SLACK)
    days = [date(2027, 2, 25) + timedelta(days=number) for number in range(160)]
    sent = [(day, await _day(storage, three, channel, day)) for day in days]
    assert [(day.isoformat(), count) for day, count in sent if count] == [
        ("2027-03-02", 1),  # 90 days before 31 May
        ("2027-05-01", 1),  # 30 days before
        ("2027-05-31", 1),  # the day itself
        ("2027-06-30", 1),  # and then monthly
        ("2027-07-31", 1),
    ]
    assert {(workspace, account) for workspace, account, _ in channel.told} == {("T1", "UCLERK")}


async def test_a_first_start_long_after_the_date_reminds_once(storage: Storage, three: list[Councils]) -> None:
    """What was missed is not made up for."""
    await storage.tie(SLACK, "T1", "testby", "UCLERK")
    channel = Told(SLACK)
    assert [await _day(storage, three, channel, date(2027, 9, number)) for number in (1, 2, 3)] == [1, 0, 0]


async def test_a_new_review_date_begins_anew(storage: Storage, three: list[Councils], tmp_path: Path) -> None:
    """Once the review is done and published, the next date counts."""
    await storage.tie(SLACK, "T1", "testby", "UCLERK")
    channel = Told(SLACK)
    assert await _day(storage, three, channel, date(2027, 5, 31)) == 1
    await publish_folder(storage, write_council(tmp_path / "again", "testby", "Words.", "2029-05"))
    assert await _day(storage, three, channel, date(2027, 6, 30)) == 0
    assert await _day(storage, three, channel, date(2029, 5, 1)) == 1


async def test_what_could_not_be_sent_is_sent_later_and_never_twice(
    storage: Storage, three: list[Councils], clock: Clock
) -> None:
    """A channel that is down for an hour delays the reminder; the next look sends it."""
    await storage.tie(SLACK, "T1", "testby", "UCLERK")
    channel = Told(SLACK, {"UCLERK": OSError("down")})
    assert await _day(storage, three, channel, date(2027, 5, 31)) == 0
    channel.how.clear()
    clock.now += 3600
    assert await _day(storage, three, channel, date(2027, 5, 31)) == 1
    assert await _day(storage, three, channel, date(2027, 5, 31)) == 0


@pytest.mark.parametrize("clerk", [None, "UGONE"])
async def test_without_a_clerk_who_can_be_reached_nobody_is_told(
    storage: Storage, three: list[Councils], clerk: str | None
) -> None:
    """None was named, or the account is gone; once somebody is named, they are told."""
    await storage.tie(SLACK, "T1", "testby", clerk)
    channel = Told(SLACK, {"UGONE": False})
    assert await _day(storage, three, channel, date(2027, 5, 31)) == 0
    await storage.redeem(await storage.invite("testby"), SLACK, "T1", "UNEW")
    assert await _day(storage, three, channel, date(2027, 5, 31)) == 1
    assert channel.told[0][1] == "UNEW"


async def test_a_council_in_two_workspaces_is_told_in_one(storage: Storage, three: list[Councils]) -> None:
    """The first where the clerk can be reached: Slack fails, so Teams it is."""
    await storage.tie(SLACK, "T1", "testby", "UGONE")
    await storage.tie(TEAMS, "tenant", "testby", "UCLERK")
    slack, teams = Told(SLACK, {"UGONE": False}), Told(TEAMS)
    for councils in three:
        await remind(storage, councils, {SLACK: slack, TEAMS: teams}, date(2027, 5, 31))
    assert (len(slack.told), len(teams.told)) == (0, 1)
