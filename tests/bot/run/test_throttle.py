"""The throttle: nobody is kept from asking by somebody else, and nothing of anybody is kept."""

from __future__ import annotations

from bot.throttle import Throttle
from tests.bot.conftest import Clock


def test_a_person_may_ask_so_many_times_a_minute_and_then_waits_a_little(clock: Clock) -> None:
    """With six a minute, the seventh is refused; ten seconds later one more is allowed."""
    throttle = Throttle(6, clock)
    assert [throttle.allowed("slack", "T1", "U1") for _ in range(7)] == [True] * 6 + [False]
    clock.now += 10
    assert [throttle.allowed("slack", "T1", "U1") for _ in range(2)] == [True, False]


def test_others_are_not_held_up(clock: Clock) -> None:
    """A colleague, and the same account elsewhere, may ask while one person is refused."""
    throttle = Throttle(1, clock)
    assert throttle.allowed("slack", "T1", "U1")
    assert not throttle.allowed("slack", "T1", "U1")
    assert throttle.allowed("slack", "T1", "U2")
    assert throttle.allowed("slack", "T2", "U1")
    assert throttle.allowed("teams", "T1", "U1")


def test_one_person_alone_cannot_use_up_the_workspace(clock: Clock) -> None:
    """A person's refused questions cost the workspace nothing."""
    throttle = Throttle(1, clock)
    for _ in range(1000):
        throttle.allowed("slack", "T1", "U1")
    assert throttle.allowed("slack", "T1", "U2")


def test_a_workspace_may_ask_twenty_times_as_much(clock: Clock) -> None:
    """Of a hundred people at once, with one question a minute each, twenty are answered."""
    throttle = Throttle(1, clock)
    assert sum(throttle.allowed("slack", "T1", f"U{number}") for number in range(100)) == 20


def test_nobody_is_kept_in_mind_for_longer_than_a_minute(clock: Clock) -> None:
    """After a minute of silence nothing is left, and what there is holds no account's name."""
    throttle = Throttle(5, clock)
    throttle.allowed("slack", "T1", "UCANARY")
    assert "CANARY" not in str(vars(throttle))
    clock.now += 61
    throttle.allowed("slack", "T2", "U2")
    assert len(throttle._buckets) == 2  # the new person and their workspace
