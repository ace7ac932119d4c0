"""What storage promises to the channels, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest

from bot.storage import (
    BadKeys,
    Claim,
    Feedback,
    InvitationExpired,
    InvitationUnknown,
    InvitationUsed,
    Keys,
    Platform,
    Storage,
    Tally,
    TiedElsewhere,
    Workspace,
)
from knowledge.model import Role
from tests.bot.conftest import Clock

SLACK, TEAMS = Platform.SLACK, Platform.TEAMS
DAY = 86_400


class TestEvents:
    async def test_an_event_is_begun_once_and_known_as_done_afterwards(self, storage: Storage) -> None:
        """The first delivery is ours; a second is answered elsewhere while we work, and done once we have finished."""
        assert await storage.begin_event(SLACK, "T1", "E1") is Claim.MINE
        assert await storage.begin_event(SLACK, "T1", "E1") is Claim.ELSEWHERE
        await storage.finish_event(SLACK, "T1", "E1")
        assert await storage.begin_event(SLACK, "T1", "E1") is Claim.DONE

    async def test_of_fifty_deliveries_at_once_exactly_one_is_ours(self, storage: Storage) -> None:
        """Only one claim in a race is true, and only it."""
        claims = await asyncio.gather(*(storage.begin_event(SLACK, "T1", "E1") for _ in range(50)))
        assert [bool(claim) for claim in claims].count(True) == 1

    async def test_what_a_killed_process_left_is_taken_up_after_thirty_seconds(
        self, storage: Storage, clock: Clock
    ) -> None:
        """A claim that was never finished can be taken again, once, when it is thirty seconds old."""
        await storage.begin_event(SLACK, "T1", "E1")
        clock.now += 29
        assert not await storage.begin_event(SLACK, "T1", "E1")
        clock.now += 1
        assert await storage.begin_event(SLACK, "T1", "E1")
        assert not await storage.begin_event(SLACK, "T1", "E1")

    async def test_an_event_that_could_not_be_answered_is_given_back_at_once(self, storage: Storage) -> None:
        """Releasing makes the next delivery ours; releasing what is finished does nothing."""
        await storage.begin_event(SLACK, "T1", "E1")
        await storage.release_event(SLACK, "T1", "E1")
        assert await storage.begin_event(SLACK, "T1", "E1")
        await storage.finish_event(SLACK, "T1", "E1")
        await storage.release_event(SLACK, "T1", "E1")
        assert await storage.begin_event(SLACK, "T1", "E1") is Claim.DONE

    async def test_the_same_id_elsewhere_is_another_event(self, storage: Storage) -> None:
        """Platforms and workspaces number their events for themselves."""
        assert await storage.begin_event(SLACK, "T1", "E1")
        assert await storage.begin_event(SLACK, "T2", "E1")
        assert await storage.begin_event(TEAMS, "T1", "E1")

    async def test_event_ids_are_kept_two_days(self, storage: Storage, clock: Clock) -> None:
        """Tidying deletes what no platform will send again, and nothing younger."""
        await storage.begin_event(SLACK, "T1", "old")
        clock.now += 2 * DAY + 1
        await storage.begin_event(SLACK, "T1", "new")
        assert await storage.tidy() == 1
        assert await storage.begin_event(SLACK, "T1", "new") is Claim.ELSEWHERE


class TestInvitations:
    async def test_a_code_ties_the_workspace_and_names_who_redeemed_it_as_clerk(self, storage: Storage) -> None:
        """Without a clerk's account in the invitation, the account that redeems it is the clerk's."""
        code = await storage.invite("testby")
        assert await storage.redeem(code, SLACK, "T1", "U1") == "testby"
        assert await storage.council_of(SLACK, "T1") == "testby"
        assert await storage.workspaces("testby") == (Workspace(SLACK, "T1", "testby", "U1"),)

    async def test_an_invitation_can_name_the_clerk(self, storage: Storage) -> None:
        """An IT supplier redeems the code, and the clerk is still the clerk."""
        code = await storage.invite("testby", clerk="U9")
        await storage.redeem(code, SLACK, "T1", "U1")
        assert (await storage.workspaces())[0].clerk == "U9"

    async def test_a_code_works_however_it_is_typed(self, storage: Storage) -> None:
        """Lower case, spaces and missing hyphens are no obstacle."""
        code = await storage.invite("testby")
        assert await storage.redeem(f" {code.lower().replace('-', ' ')} ", SLACK, "T1", "U1") == "testby"

    async def test_a_code_works_once_even_in_a_race(self, storage: Storage) -> None:
        """Of ten workspaces that redeem one code at once, one is tied."""
        code = await storage.invite("testby")
        tries = (storage.redeem(code, SLACK, f"T{number}", "U1") for number in range(10))
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert results.count("testby") == 1
        assert sum(isinstance(result, InvitationUsed) for result in results) == 9
        assert len(await storage.workspaces()) == 1

    @pytest.mark.parametrize(
        ("wait", "code", "error"),
        [
            (0, "AAAA-BBBB-CCCC-DDDD-EEEE", InvitationUnknown),  # nobody gave it out
            (0, "", InvitationUnknown),  # nothing was typed
            (14 * DAY, None, InvitationExpired),  # a fortnight has passed
        ],
    )
    async def test_a_bad_code_ties_nothing(
        self, storage: Storage, clock: Clock, wait: int, code: str | None, error: type[Exception]
    ) -> None:
        """Each kind of bad code has its own sentence, and leaves the workspace untied."""
        made = await storage.invite("testby")
        clock.now += wait
        with pytest.raises(error):
            await storage.redeem(made if code is None else code, SLACK, "T1", "U1")
        assert await storage.council_of(SLACK, "T1") is None

    async def test_the_clerks_account_in_a_code_that_nobody_redeemed_goes_when_it_expires(
        self, storage: Storage, clock: Clock
    ) -> None:
        """The code is still told to be expired, and once more tidying finds nothing."""
        code = await storage.invite("testby", clerk="U9")
        clock.now += 14 * DAY
        assert [await storage.tidy(), await storage.tidy()] == [1, 0]
        with pytest.raises(InvitationExpired):
            await storage.redeem(code, SLACK, "T1", "U1")

    async def test_a_tied_workspace_cannot_be_claimed_for_another_council(self, storage: Storage) -> None:
        """The other council's code is refused there, and stays good for its own workspace."""
        await storage.redeem(await storage.invite("testby"), SLACK, "T1", "U1")
        other = await storage.invite("otherham")
        with pytest.raises(TiedElsewhere):
            await storage.redeem(other, SLACK, "T1", "U2")
        assert await storage.council_of(SLACK, "T1") == "testby"
        assert await storage.redeem(other, SLACK, "T2", "U2") == "otherham"

    async def test_a_second_code_of_the_same_council_names_a_new_clerk(self, storage: Storage) -> None:
        """When the clerk changes, the council invites once more."""
        await storage.redeem(await storage.invite("testby"), SLACK, "T1", "U1")
        await storage.redeem(await storage.invite("testby"), SLACK, "T1", "U2")
        assert (await storage.workspaces())[0].clerk == "U2"

    async def test_whoever_runs_the_program_ties_without_a_code_and_keeps_the_clerk(self, storage: Storage) -> None:
        """With one council, its workspace is tied at each start; a clerk that is named stays named."""
        await storage.tie(SLACK, "T1", "testby", "U1")
        await storage.tie(SLACK, "T1", "testby")
        assert await storage.workspaces() == (Workspace(SLACK, "T1", "testby", "U1"),)


class TestPersons:
    async def test_a_role_is_remembered_where_it_was_asked_for_only(self, storage: Storage) -> None:
        """The same account in another workspace, or on another platform, is another person."""
        await storage.remember_role(SLACK, "T1", "U1", Role.OFFICER)
        await storage.remember_role(SLACK, "T1", "U1", Role.CLERK)
        assert await storage.role_of(SLACK, "T1", "U1") is Role.CLERK
        assert await storage.role_of(SLACK, "T2", "U1") is None
        assert await storage.role_of(TEAMS, "T1", "U1") is None
        await storage.forget_role(SLACK, "T1", "U1")
        assert await storage.role_of(SLACK, "T1", "U1") is None

    async def test_people_are_told_once_and_again_after_half_a_year(self, storage: Storage, clock: Clock) -> None:
        """`told` is False the first time, then True, then False when 180 days have passed."""
        assert [await storage.told(SLACK, "T1", "U1", "privacy") for _ in range(3)] == [False, True, True]
        assert not await storage.told(SLACK, "T1", "U1", "welcome")
        clock.now += 180 * DAY
        assert [await storage.told(SLACK, "T1", "U1", "privacy") for _ in range(2)] == [False, True]

    async def test_a_conversation_reference_survives_and_is_forgotten(self, storage: Storage) -> None:
        """How to write to a person is there again as it was, until it is forgotten."""
        reference = {"id": "a:1", "service": "https://smba.example/uk/"}
        await storage.save_conversation(TEAMS, "tenant", "user", reference)
        assert await storage.conversation(TEAMS, "tenant", "user") == reference
        await storage.forget_conversation(TEAMS, "tenant", "user")
        assert await storage.conversation(TEAMS, "tenant", "user") is None

    async def test_forgetting_a_person_leaves_nothing_of_them_and_all_of_others(self, storage: Storage) -> None:
        """Role, what they were told, conversation and their being the clerk go; a colleague's stay."""
        await storage.tie(SLACK, "T1", "testby", "U1")
        for user in ("U1", "U2"):
            await storage.remember_role(SLACK, "T1", user, Role.OFFICER)
            await storage.told(SLACK, "T1", user, "privacy")
            await storage.save_conversation(SLACK, "T1", user, {"id": user})
        assert await storage.forget_user(SLACK, "T1", "U1") == 4
        assert await storage.forget_user(SLACK, "T1", "U1") == 0
        assert (await storage.workspaces())[0].clerk is None
        assert await storage.role_of(SLACK, "T1", "U1") is None
        assert await storage.conversation(SLACK, "T1", "U1") is None
        assert await storage.role_of(SLACK, "T1", "U2") is Role.OFFICER
        assert await storage.told(SLACK, "T1", "U2", "privacy")


class TestWorkspaces:
    async def test_an_uninstalled_workspace_leaves_nothing(self, storage: Storage) -> None:
        """Deleting a workspace deletes its installation, tie, events and persons, and no other's."""
        for workspace in ("T1", "T2"):
            await storage.tie(SLACK, workspace, "testby", "U1")
            await storage.save_installation(SLACK, workspace, {"bot_token": "xoxb-secret"})
            await storage.begin_event(SLACK, workspace, "E1")
            await storage.remember_role(SLACK, workspace, "U1", Role.CLERK)
        assert await storage.delete_workspace(SLACK, "T1") == 4
        assert await storage.council_of(SLACK, "T1") is None
        assert await storage.installation(SLACK, "T1") is None
        assert await storage.installation(SLACK, "T2") == {"bot_token": "xoxb-secret"}
        assert await storage.workspaces_with_persons() == ((SLACK, "T2"),)

    async def test_a_state_is_taken_once_and_in_time(self, storage: Storage, clock: Clock) -> None:
        """What an installation must find again is there once, for ten minutes."""
        await storage.save_state("one", {"code": "A"})
        await storage.save_state("two", {"code": "B"})
        assert await storage.take_state("one") == {"code": "A"}
        assert await storage.take_state("one") is None
        clock.now += 600
        assert await storage.take_state("two") is None
        assert await storage.take_state("never") is None

    async def test_an_export_shows_all_and_no_secret(self, storage: Storage) -> None:
        """Everything that is kept is in it, readable; of a token only that there is one."""
        await storage.tie(SLACK, "T1", "testby", "U1")
        await storage.save_installation(SLACK, "T1", {"bot_token": "xoxb-secret", "user_id": "U7"})
        await storage.remember_role(SLACK, "T1", "U1", Role.CLERK)
        await storage.told(SLACK, "T1", "U1", "privacy")
        await storage.save_conversation(SLACK, "T1", "U1", {"id": "a:1"})
        await storage.begin_event(SLACK, "T1", "E1")
        shown = await storage.export(SLACK, "T1")
        assert "xoxb-secret" not in str(shown)
        assert shown["tied"][0]["clerk"] == "U1"
        assert shown["installation"][0]["user_id"] == "U7"
        assert shown["roles"][0]["role"] == "clerk"
        assert shown["told"][0]["what"] == "privacy"
        assert shown["conversations"][0]["reference"] == {"id": "a:1"}
        assert shown["event_ids"] == 1


class TestCounts:
    async def test_counts_add_up_from_many_tasks(self, storage: Storage) -> None:
        """Forty questions counted at once are forty."""
        await asyncio.gather(*(storage.count("testby", "press", "own", "2026-11") for _ in range(40)))
        assert await storage.tallies("testby", "2026-01") == (Tally("2026-11", "press", "own", 40),)
        assert await storage.tallies("otherham", "2026-01") == ()

    async def test_feedback_is_counted_by_intent_and_outcome(self, storage: Storage) -> None:
        """Two found it helpful, one did not."""
        for helpful in (True, False, True):
            await storage.count_feedback("testby", "blind-copies", "own", helpful, "2026-11")
        assert await storage.feedbacks("testby", "2026-11") == (Feedback("2026-11", "blind-copies", "own", 2, 1),)

    async def test_counts_are_kept_two_years(self, storage: Storage, clock: Clock) -> None:
        """Tidying in January 2027 deletes what is older than January 2025."""
        for month in ("2024-12", "2025-01", "2027-01"):
            await storage.count("testby", "press", "own", month)
        clock.now = 1_799_000_000.0  # 3 January 2027
        await storage.tidy()
        assert [tally.month for tally in await storage.tallies("testby", "2020-01")] == ["2025-01", "2027-01"]


class TestKeys:
    async def test_keys_are_rotated_without_losing_anything(self, url: str, clock: Clock) -> None:
        """With the new key before the old one everything reads; after rotating, the new key alone is enough."""
        old, new = Keys.new(), Keys.new()
        async with await Storage.open(url, Keys([old]), clock) as storage:
            await storage.tie(SLACK, "T1", "testby", "U1")
            await storage.save_installation(SLACK, "T1", {"bot_token": "xoxb-secret"})
            await storage.remember_role(SLACK, "T1", "U1", Role.CLERK)
            await storage.save_conversation(SLACK, "T1", "U1", {"id": "a:1"})
        async with await Storage.open(url, Keys([new, old]), clock) as storage:
            assert await storage.installation(SLACK, "T1") == {"bot_token": "xoxb-secret"}
            assert await storage.rotate() == 5
        async with await Storage.open(url, Keys([new]), clock) as storage:
            assert await storage.installation(SLACK, "T1") == {"bot_token": "xoxb-secret"}
            assert await storage.role_of(SLACK, "T1", "U1") is Role.CLERK
            assert await storage.conversation(SLACK, "T1", "U1") == {"id": "a:1"}
            assert (await storage.workspaces())[0].clerk == "U1"

    async def test_a_wrong_key_is_told_at_once(self, url: str, clock: Clock) -> None:
        """Opening with a key that the database was not written with fails, and says what to do."""
        async with await Storage.open(url, Keys([Keys.new()]), clock):
            pass
        with pytest.raises(BadKeys, match="PROTOCOL_GUIDE_KEYS"):
            await Storage.open(url, Keys([Keys.new()]), clock)


class TestHostedCouncils:
    async def test_versions_are_published_served_and_rolled_back(self, storage: Storage) -> None:
        """The newest is served, every one is kept, and rolling back serves the one before."""
        assert await storage.council_files("testby") is None
        assert await storage.publish_council("testby", {"council.yaml": "one"}) == 1
        assert await storage.publish_council("testby", {"council.yaml": "two"}) == 2
        assert await storage.council_files("testby") == (2, {"council.yaml": "two"})
        assert await storage.rollback_council("testby") == 1
        assert await storage.council_files("testby") == (1, {"council.yaml": "one"})
        assert await storage.rollback_council("testby") is None
        assert await storage.publish_council("testby", {"council.yaml": "three"}) == 3
        assert [(each.revision, each.current) for each in await storage.council_versions("testby")] == [
            (1, False),
            (2, False),
            (3, True),
        ]
        assert await storage.hosted_councils() == ("testby",)

    async def test_publishing_from_two_places_at_once_keeps_both(self, storage: Storage) -> None:
        """Ten publications in a race get ten revisions."""
        tries = (storage.publish_council("testby", {"council.yaml": str(number)}) for number in range(10))
        assert sorted(await asyncio.gather(*tries)) == list(range(1, 11))


class TestReminders:
    async def test_a_reminder_is_taken_once_and_again_when_it_could_not_be_sent(
        self, storage: Storage, clock: Clock
    ) -> None:
        """One replica sends it; what failed is given back; what a killed one left is taken up after ten minutes."""
        key = ("testby", "2026-12-01", "30 days")
        assert await storage.begin_reminder(*key)
        assert not await storage.begin_reminder(*key)
        await storage.finish_reminder(*key, sent=False)
        assert await storage.begin_reminder(*key)
        clock.now += 600
        assert await storage.begin_reminder(*key)
        await storage.finish_reminder(*key, sent=True)
        clock.now += 10_000
        assert not await storage.begin_reminder(*key)
