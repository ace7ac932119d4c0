"""The desk: what is the same around an answer on every platform."""

from __future__ import annotations

from datetime import date

import pytest

from bot import wording
from bot.answer import Ending, Kind, LookUp, Where
from bot.desk import Asked, Reason, Refusal, Reply
from bot.settings import Settings
from bot.storage import Feedback, Platform
from bot.wiring import House, build
from knowledge.model import Role

SLACK = Platform.SLACK
TODAY = date(2026, 11, 24)


def _asked(text: str = "Can a party group make me attend?", **others: object) -> Asked:
    given = {"platform": SLACK, "workspace": "T1", "user": "U1", "text": text, "where": Where.DM, "today": TODAY}
    return Asked(**{**given, **others})  # type: ignore[arg-type]


@pytest.fixture
async def tied(house: House) -> House:
    """The house, with workspace T1 tied to great-linford."""
    await house.storage.tie(SLACK, "T1", "great-linford")
    return house


async def _reply(house: House, asked: Asked) -> Reply:
    reply = await house.desk.ask(asked)
    assert isinstance(reply, Reply)
    return reply


async def test_a_workspace_that_is_tied_to_no_council_is_refused(house: House) -> None:
    """The sentence says who can change that."""
    assert await house.desk.ask(_asked()) == Refusal(wording.REFUSED_WORKSPACE, Reason.UNKNOWN_WORKSPACE)
    assert isinstance(await house.desk.look_up(SLACK, "T1", "U1", "7.3"), Refusal)
    assert isinstance(await house.desk.council(SLACK, "T1"), Refusal)


async def test_a_workspace_whose_council_has_no_protocol_is_told_so(house: House) -> None:
    """It was invited before its protocol was published."""
    await house.storage.tie(SLACK, "T1", "nowhere")
    assert await house.desk.ask(_asked()) == Refusal(wording.NO_PROTOCOL_IN_FORCE, Reason.NO_PROTOCOL)


async def test_the_answer_is_that_of_the_workspaces_own_council(tied: House) -> None:
    """Two workspaces, two councils, the same question: each gets its own protocol's words."""
    await tied.storage.tie(SLACK, "T2", "newent")
    first = await _reply(tied, _asked())
    second = await _reply(tied, _asked(workspace="T2"))
    assert first.council.slug == "great-linford"
    assert second.council.slug == "newent"
    assert first.answer.quotes[0].protocol.slug == "great-linford"


async def test_the_answers_for_every_role_are_there_and_the_declared_one_is_shown(tied: House) -> None:
    """A role declared with the question goes before the remembered one, and that before none."""
    assert (await _reply(tied, _asked())).answer.question.asker is Role.UNKNOWN
    await tied.desk.remember(SLACK, "T1", "U1", Role.OFFICER)
    reply = await _reply(tied, _asked())
    assert (reply.answer.question.asker, reply.remembered) == (Role.OFFICER, Role.OFFICER)
    reply = await _reply(tied, _asked(role=Role.CHAIR))
    assert reply.answer.question.asker is Role.CHAIR
    assert set(reply.by_role) == set(Role)
    await tied.desk.forget(SLACK, "T1", "U1")
    assert (await _reply(tied, _asked())).remembered is None


async def test_who_can_read_it_is_said_before_the_first_private_answer_only(tied: House) -> None:
    """In a direct message the first time; then no more; a colleague is told in turn."""
    first = await _reply(tied, _asked())
    assert first.privacy is not None
    assert first.privacy.startswith(wording.PRIVACY_BEFORE_CONFIDING)
    assert (await _reply(tied, _asked())).privacy is None
    assert (await _reply(tied, _asked(user="U2"))).privacy is not None


async def test_nothing_of_privacy_is_said_in_the_open(tied: House) -> None:
    """A question about the rules in a channel is answered there, without a word about who reads along."""
    reply = await _reply(tied, _asked(where=Where.CHANNEL))
    assert not reply.answer.private
    assert reply.privacy is None


async def test_when_the_subject_is_the_clerk_that_is_said_first_every_time(tied: House) -> None:
    """In a small council the clerk often administers the workspace."""
    await tied.storage.tie(SLACK, "T1", "town-council")
    for _ in range(2):
        reply = await _reply(tied, _asked("the clerk shouts at me", role=Role.COUNCILLOR))
        assert reply.answer.subject is Role.CLERK
        assert reply.privacy is not None
        assert reply.privacy.startswith(wording.PRIVACY_CLERK_FIRST)


async def test_too_many_questions_are_refused_courteously(tied: House) -> None:
    """Fifty in a minute are answered, and soon after that the sentence comes; a colleague is still answered."""
    replies = [await tied.desk.ask(_asked()) for _ in range(70)]
    assert all(isinstance(reply, Reply) for reply in replies[:50])
    assert Refusal(wording.THROTTLED, Reason.THROTTLED) in replies[50:]
    assert isinstance(await tied.desk.ask(_asked(user="U2")), Reply)


async def test_questions_are_counted_by_theme_and_outcome_and_nothing_else(tied: House) -> None:
    """The database holds neither the words nor the person."""
    reply = await _reply(tied, _asked("can a party group make me attend their cucumberwaltz?"))
    (tally,) = await tied.storage.tallies("great-linford", "2026-11")
    assert (tally.month, tally.theme, tally.outcome, tally.count) == (
        "2026-11",
        reply.answer.theme,
        reply.answer.ending.value,
        1,
    )


async def test_feedback_is_counted_and_an_intent_that_is_none_is_not(tied: House) -> None:
    """What a forged button sends as an intent is never kept."""
    desk = tied.desk
    assert await desk.feedback(SLACK, "T1", "U1", "party-group-attendance", Ending.OWN, True, TODAY) is None
    assert await desk.feedback(SLACK, "T1", "U1", "the clerk is <b>awful</b>", Ending.OWN, False, TODAY) is None
    assert await tied.storage.feedbacks("great-linford", "2026-11") == (
        Feedback("2026-11", "party-group-attendance", "own", 1, 0),
    )


async def test_a_clause_is_looked_up_in_the_workspaces_own_protocol(tied: House) -> None:
    """Clause 7.3 of great-linford, and type-ahead over its words."""
    found = await tied.desk.look_up(SLACK, "T1", "U1", "7.3")
    assert isinstance(found, LookUp)
    assert found.quotes[0].clause.number.text == "7.3"
    quotes = await tied.desk.search(SLACK, "T1", "political groups")
    assert not isinstance(quotes, Refusal)
    assert {quote.protocol.slug for quote in quotes} == {"great-linford"}


@pytest.mark.parametrize("slug", ["great-linford", "town-council", "somerset-model", "newent", "honiton"])
async def test_every_suggested_prompt_is_answered_by_the_councils_own_protocol(house: House, slug: str) -> None:
    """One to four prompts, each with an answer of the council's own, none of them sensitive."""
    await house.storage.tie(SLACK, "T9", slug)
    council = await house.desk.council(SLACK, "T9")
    assert not isinstance(council, Refusal)
    prompts = house.desk.suggested_prompts(council)
    assert 1 <= len(prompts) <= 4
    for prompt in prompts:
        reply = await _reply(house, _asked(prompt, workspace="T9", where=Where.CHANNEL))
        assert reply.answer.kind is Kind.OWN
        assert not reply.answer.private


async def test_a_council_that_does_not_exist_stops_the_start(tmp_path: object) -> None:
    """The message names the setting."""
    from bot.errors import SettingsError

    settings = Settings.read({"PROTOCOL_GUIDE_DATA": str(tmp_path), "PROTOCOL_GUIDE_COUNCIL": "great-linfrod"})
    with pytest.raises(SettingsError, match="PROTOCOL_GUIDE_COUNCIL"):
        await build(settings)
