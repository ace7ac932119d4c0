"""The edges: who is believed, what is refused, what is waited for, what the doctor finds."""

from __future__ import annotations

import asyncio
import io
import json
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import wording
from bot.cli import main
from bot.errors import SettingsError
from bot.logs import start_logging
from bot.settings import Settings
from bot.slack.app import build as build_slack
from bot.storage import Platform
from bot.teams import keys, post
from bot.teams.app import build as build_teams
from bot.teams.doctor import checks
from bot.teams.guard import LARGEST
from bot.teams.keys import SigningKeys, Unfetchable
from bot.teams.login import Login
from bot.wiring import build
from tests.bot.slack.standin import Http, Slack
from tests.bot.slack.standin import Person as SlackPerson
from tests.bot.teams.conftest import Running, served, serving, settings_for, teams_of
from tests.bot.teams.standin import APP, MICROSOFT, OTHER_TENANT, SECRET, STRANGER, TENANT, Microsoft, Person, Signer

ATTEND = "can a party group make me attend?"
HOUR = 3600


def _now() -> int:
    return int(time.time())


FORGED: list[tuple[Signer, dict[str, Any]]] = [
    (STRANGER, {}),  # another key under the same name
    (Signer("unknown"), {}),  # a key that Microsoft does not name
    (MICROSOFT, {"iss": "https://evil.example.org"}),  # another issuer
    (MICROSOFT, {"iss": "https://sts.windows.net/bbbb/", "tid": "bbbb"}),  # one that the SDK would fetch keys for
    (MICROSOFT, {"aud": "00000000-0000-0000-0000-000000000001"}),  # another bot's
    (MICROSOFT, {"exp": 1, "iat": 0, "nbf": 0}),  # expired
    (MICROSOFT, {"serviceurl": "https://evil.example.org"}),  # for another service
]


async def test_what_microsoft_did_not_sign_for_us_is_refused(running: Running) -> None:
    """401, no word back, nothing sent, and no fetch anywhere but from the one key server."""
    for signer, claims in FORGED:
        running.person.signer, running.person.claims = signer, claims
        assert await running.person.tell(ATTEND) == (401, None), (signer.name, claims)
    assert running.microsoft.sent == []
    assert running.microsoft.requests == []
    assert running.microsoft.key_fetches == 1


async def test_what_is_not_signed_is_refused(running: Running) -> None:
    """Before anything is fetched."""
    body = json.dumps(running.person.activity(type="message", text=ATTEND)).encode()
    for headers in ({}, {"authorization": "Basic abc"}, {"authorization": "Bearer not.a.token"}):
        assert (await running.person.post(body, headers))[0] == 401
    assert running.microsoft.key_fetches == 0


async def test_made_up_key_names_cause_no_flood_of_fetches(running: Running) -> None:
    """A hundred forged tokens with names of their own: the keys are fetched once."""
    await running.person.tell("hello")
    for number in range(100):
        running.person.signer = Signer(f"forged-{number}", STRANGER.key)
        assert (await running.person.tell(ATTEND))[0] == 401
    assert running.microsoft.key_fetches <= 2


async def test_new_keys_are_found_when_microsoft_changes_them(microsoft: Microsoft) -> None:
    """Once an unknown name comes up and the last fetch is old enough."""
    now = [1_000.0]
    fetched = SigningKeys(f"{microsoft.url}/v1/.well-known/keys", lambda: now[0])
    await fetched.warm(MICROSOFT.sign({}))
    renewed = Signer("microsoft-2", STRANGER.key)
    microsoft.keys.append(renewed)
    await fetched.warm(renewed.sign({}))
    assert microsoft.key_fetches == 1
    now[0] += 60
    await fetched.warm(renewed.sign({}))
    assert fetched.get_signing_key_from_jwt(renewed.sign({})).key_id == "microsoft-2"
    assert fetched.endorses(renewed.sign({}), "msteams")
    assert not fetched.endorses(renewed.sign({}), "facebook")
    microsoft.keys.clear()
    now[0] += 2 * HOUR
    await fetched.warm(renewed.sign({}))  # old keys serve while new ones are fetched
    assert microsoft.key_fetches >= 2


NO_ACTIVITY = [
    (b"{", 400),
    (b"[]", 400),
    (b"\xff\xfe", 400),
    (b'"words"', 400),
    (b"[" * 100_000, 400),
    (b"x" * (LARGEST + 1), 413),
]


async def test_what_is_no_activity_gets_a_plain_status(running: Running) -> None:
    """No fault of ours, no word back."""
    for body, status in NO_ACTIVITY:
        assert await running.person.post(body) == (status, None), body[:20]
    assert running.microsoft.sent == []


NO_QUESTION: list[tuple[dict[str, Any], int]] = [
    ({"type": "noSuchThing"}, 200),  # unknown kinds of activity are taken and let be
    ({"type": "messageReaction", "reactionsAdded": [{"type": "like"}]}, 200),
    ({"type": "messageUpdate", "text": ATTEND, "channelData": {"eventType": "editMessage"}}, 200),
    ({"type": "typing"}, 200),
    ({"type": "invoke", "name": "no/such", "value": {}}, 501),
    ({"type": "invoke", "name": "fileConsent/invoke", "value": {}}, 501),  # one that the SDK knows and we do not
    ({"type": "message", "text": ATTEND, "from": None}, 400),
    ({"type": "message", "text": ATTEND, "id": None}, 400),
    ({"type": "message", "text": {"a": 1}}, 400),
    ({"type": "invoke", "name": "adaptiveCard/action", "value": "x"}, 400),
    ({"type": "message", "text": ATTEND, "channelId": "webchat"}, 403),
    ({"type": "message", "text": ATTEND, "channelData": {"tenant": {"id": OTHER_TENANT}}}, 403),
    ({"type": ["message"]}, 400),
    ({"type": None}, 400),
]


async def test_what_is_no_question_is_handled(running: Running) -> None:
    """Nothing is answered, and nothing is a fault."""
    for further, status in NO_QUESTION:
        assert (await running.person.send(**further))[0] == status, further
    assert running.microsoft.sent == []
    assert "failed" not in running.log.getvalue()


async def test_another_tenant_is_refused(running: Running) -> None:
    """However well signed: one council is served, and its tenant alone is answered."""
    running.person.tenant = OTHER_TENANT
    assert (await running.person.tell(ATTEND))[0] == 403
    assert running.microsoft.sent == []
    running.person.tenant = ""
    assert (await running.person.tell(ATTEND))[0] == 403


async def test_a_replayed_activity_is_answered_once(running: Running) -> None:
    """Five times, one after the other and all at once; other people's activities under the same id are their own."""
    again = running.person.activity(type="message", text=ATTEND)
    for _ in range(3):
        assert (await running.person.post(json.dumps(again).encode()))[0] == 200
    assert len(running.microsoft.sent) == 1
    both = json.dumps(running.person.activity(type="message", text=ATTEND)).encode()
    statuses = {status for status, _ in await asyncio.gather(*(running.person.post(both) for _ in range(5)))}
    assert statuses <= {200, 503}
    assert len(running.microsoft.sent) == 2
    other = {**again, "conversation": {"id": "a:another", "conversationType": "personal", "tenantId": TENANT}}
    await running.person.post(json.dumps(other).encode())
    assert len(running.microsoft.sent) == 3
    pressed = {"action": {"type": "Action.Execute", "verb": "helpful", "data": {"do": "helpful", "of": "x|own"}}}
    invoke = json.dumps(running.person.activity(type="invoke", name="adaptiveCard/action", value=pressed)).encode()
    for _ in range(3):
        assert (await running.person.post(invoke))[0] == 200
    (feedback,) = await running.house.storage.feedbacks("great-linford", "2000-01")
    assert feedback.helpful == 1


@pytest.mark.parametrize(
    ("failures", "waits"),
    [([(429, "1")], 1.0), ([(412, ""), (502, ""), (503, ""), (504, "")], 0.75)],
    ids=["429", "412, 502, 503, 504"],
)
async def test_what_teams_asks_to_send_again_is_sent_again(
    running: Running, monkeypatch: pytest.MonkeyPatch, failures: list[tuple[int, str]], waits: float
) -> None:
    """As late as it asks, else ever later; the answer is neither lost nor given twice."""
    monkeypatch.setattr(post, "FIRST_SECONDS", 0.05)
    running.microsoft.failing["send"] = [
        (status, {"error": {"code": "x"}}, {"retry-after": after} if after else {}) for status, after in failures
    ]
    began = time.monotonic()
    assert (await running.person.tell(ATTEND))[0] == 200
    assert len(running.microsoft.sent) == 1
    assert running.microsoft.requests.count("send") == len(failures) + 1
    assert time.monotonic() - began >= waits


async def test_what_waiting_does_not_help_is_taken_up_when_it_comes_again(running: Running) -> None:
    """A fault of the connector's own (500), or a wait beyond our patience: not acknowledged, and answered later."""
    activity = json.dumps(running.person.activity(type="message", text=ATTEND)).encode()
    for failure in ((500, {}, {}), (429, {}, {"retry-after": "600"})):
        running.microsoft.failing["send"] = [failure]
        assert (await running.person.post(activity))[0] == 500
    assert running.microsoft.sent == []
    assert (await running.person.post(activity))[0] == 200
    assert len(running.microsoft.sent) == 1


async def test_who_blocked_the_bot_is_not_tried_again(running: Running) -> None:
    """`MessageWritesBlocked`: no retry, the reference is erased, and the process goes on."""
    await running.person.tell("hello")
    blocked = {"error": {"code": "MessageWritesBlocked", "message": "blocked"}}
    running.microsoft.failing["send"] = [(403, blocked, {})]
    assert not await running.teams.tell(TENANT, running.person.directory, "The review is due.")
    assert running.microsoft.requests.count("send") == 2
    assert await running.house.storage.conversation(Platform.TEAMS, TENANT, running.person.directory) is None
    running.microsoft.failing["send"] = [(403, blocked, {})]
    assert (await running.person.tell(ATTEND))[0] == 200
    assert (await running.person.tell(ATTEND))[0] == 200
    assert len(running.microsoft.sent) == 2


async def test_a_message_of_our_own_accord_arrives_after_a_restart(microsoft: Microsoft, tmp_path: Path) -> None:
    """The conversation is kept, encrypted and without content; a person who never wrote is opened a chat with."""
    settings = settings_for(tmp_path)
    async with serving(settings, microsoft) as first:
        await first.person.tell(ATTEND)
    house = await build(settings)
    teams = teams_of(house, microsoft)
    await teams.start()
    assert await teams.tell(TENANT, first.person.directory, "The review is due.")
    assert microsoft.sent[-1].conversation == first.person.conversation["id"]
    assert microsoft.sent[-1].text == "The review is due."
    assert await teams.tell(TENANT, "29:the-clerk", "The review is due.")
    assert microsoft.sent[-1].conversation == "a:new-29:the-clerk"
    microsoft.failing["create"] = [(403, {"error": {"code": "BotNotInConversationRoster"}}, {})]
    assert not await teams.tell(TENANT, "29:nobody", "The review is due.")
    kept = (await house.storage.export(Platform.TEAMS, TENANT))["conversations"]
    assert {tuple(sorted(entry["reference"])) for entry in kept} == {("conversation", "service")}
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"a:chat-29:person-one" not in path.read_bytes()
    await teams.stop()
    await house.close()


async def test_a_key_server_that_hangs_stalls_nobody_else(
    microsoft: Microsoft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten people of Teams wait for it in vain; Slack's question in the same process is answered at once."""
    monkeypatch.setattr(keys, "FETCH_SECONDS", 3.0)
    monkeypatch.setattr(keys, "AFTER_FAILURE_SECONDS", 0.1)
    microsoft.keys_hang = True
    start_logging("debug", io.StringIO())
    slack_secret = "8f742231b10e8888abcd99yyyzzz85a5"
    async with Slack().open() as slack:
        settings = settings_for(
            tmp_path,
            SLACK_BOT_TOKEN="xoxb-one",
            SLACK_SIGNING_SECRET=slack_secret,
            SLACK_API_URL=f"{slack.url}/api/",
        )
        house = await build(settings.for_serving())
        channels = [build_slack(settings, house.desk, house.storage), teams_of(house, microsoft)]
        async with served(house, channels) as url:
            waiting = [asyncio.create_task(Person(microsoft, url).tell(ATTEND)) for _ in range(10)]
            await asyncio.sleep(0.3)
            began = time.monotonic()
            status, _ = await SlackPerson(Http(url, slack)).mention(ATTEND)
            assert status == 200
            assert "Party political groups" in slack.of("chat.postMessage")[0].text
            assert time.monotonic() - began < 2.5
            assert [(await task)[0] for task in waiting] == [503] * 10
            assert time.monotonic() - began < 8
            assert microsoft.key_fetches == 1
            microsoft.keys_hang = False
            await asyncio.sleep(0.2)
            assert (await Person(microsoft, url).tell(ATTEND))[0] == 200


async def test_keys_that_cannot_be_had_are_a_fault_that_passes(microsoft: Microsoft) -> None:
    """503 lets Teams try again; nobody is believed meanwhile."""
    fetched = SigningKeys("http://127.0.0.1:9/keys")
    with pytest.raises(Unfetchable):
        await fetched.warm(MICROSOFT.sign({}))


async def test_many_tenants_are_tied_by_invitation(microsoft: Microsoft, tmp_path: Path) -> None:
    """Without one council, a tenant redeems its code in the chat with the bot; until then it is told so."""
    async with serving(settings_for(tmp_path, PROTOCOL_GUIDE_COUNCIL=""), microsoft) as running:
        await running.person.send(type="installationUpdate", action="add")
        assert "not tied to a council" in running.sent[0]
        await running.person.tell(ATTEND)
        assert wording.REFUSED_WORKSPACE in running.sent[1]
        code = await running.house.storage.invite("newent")
        await running.person.tell(f"invitation {code}")
        assert "Newent" in running.sent[2]
        await running.person.tell(ATTEND)
        assert "Member/Officer Relations Policy" in running.sent[3]


async def test_the_playground_is_let_in_from_this_machine_alone(microsoft: Microsoft, tmp_path: Path) -> None:
    """No token, no login; nothing is ever sent to another machine; and only a loopback address is listened on."""
    bare = {"CLIENT_ID": "", "CLIENT_SECRET": "", "TENANT_ID": "", "PROTOCOL_GUIDE_DOMAIN": ""}
    async with serving(settings_for(tmp_path, **bare), microsoft, local=True) as running:
        body = running.person.activity(type="message", text=ATTEND)
        assert (await running.person.post(json.dumps(body).encode(), {}))[0] == 200
        assert "clause 7.3" in running.sent[0]
        assert "login" not in microsoft.requests
        away = {**body, "id": "x2", "serviceUrl": "https://smba.trafficmanager.net/teams"}
        assert (await running.person.post(json.dumps(away).encode(), {}))[0] == 403
    settings = settings_for(tmp_path, **bare, PROTOCOL_GUIDE_HOST="0.0.0.0")
    with pytest.raises(SettingsError, match=r"127\.0\.0\.1"):
        settings.for_serving(local=True)
    house = await build(settings)
    with pytest.raises(SettingsError, match=r"127\.0\.0\.1"):
        build_teams(settings, house.desk, house.storage, local=True)
    await house.close()


async def test_the_page_that_the_apps_entry_points_to(running: Running) -> None:
    """What it is, and who can read what."""
    async with aiohttp.ClientSession() as client, client.get(f"{running.url}/teams/about") as answer:
        page = await answer.text()
    assert answer.status == 200
    assert "whoever administers this workspace" in page


async def test_the_login_is_used_until_it_runs_out(microsoft: Microsoft, tmp_path: Path) -> None:
    """One token for many messages."""
    login = Login(settings_for(tmp_path), microsoft.cloud)
    tokens = {await login.token("https://api.botframework.com/.default") for _ in range(5)}
    assert len(tokens) == 1
    assert microsoft.requests == ["login"]


async def test_the_doctor_names_what_to_mend(running: Running, microsoft: Microsoft) -> None:
    """All well; a wrong secret; keys that cannot be had; a proxy that does not come through."""
    settings = running.house.settings
    assert all(check.well for check in await checks(settings, microsoft.cloud, running.url))
    wrong = Settings.read({"CLIENT_ID": TENANT, "CLIENT_SECRET": "wrong", "TENANT_ID": TENANT})
    mend = " ".join(check.mend or "" for check in await checks(wrong, microsoft.cloud))
    assert "CLIENT_SECRET: Microsoft says invalid_client (AADSTS7000215)" in mend
    assert "PROTOCOL_GUIDE_DOMAIN" in mend
    microsoft.keys.clear()
    mend = " ".join(check.mend or "" for check in await checks(settings, microsoft.cloud, microsoft.url))
    assert "keys cannot be read" in mend
    assert "answers 404" in mend


def test_no_stray_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `.env` in the working folder changes nothing: settings come from where they are said to come from."""
    import subprocess
    import sys

    (tmp_path / ".env").write_text("PROTOCOL_GUIDE_STRAY=1\nCLIENT_SECRET=stray\n")
    code = "import os; import bot.teams.app; print('PROTOCOL_GUIDE_STRAY' in os.environ, 'CLIENT_SECRET' in os.environ)"
    monkeypatch.delenv("CLIENT_SECRET", raising=False)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("local", [False, True], ids=["in a tenant", "local"])
async def test_the_environment_changes_nothing_but_the_settings(
    microsoft: Microsoft, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local: bool
) -> None:
    """Where the settings come from it, the SDK must not log in by itself, elsewhere, or let strangers in."""
    for name, value in {
        "CLIENT_ID": APP,
        "CLIENT_SECRET": SECRET,
        "TENANT_ID": TENANT,
        "CLOUD": "China",
        "SERVICE_URL": "http://127.0.0.1:9",
        "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true",
    }.items():
        monkeypatch.setenv(name, value)
    async with serving(settings_for(tmp_path), microsoft, local=local) as running:
        if not local:
            assert (await running.person.post(b"{}", {}))[0] == 401
        assert (await running.person.tell("can a party group make me attend?"))[0] == 200
        assert "clause" in running.sent[-1]
        assert bool(microsoft.sent[-1].token) is not local
        assert microsoft.requests.count("login") == (0 if local else 1)


def test_serving_teams_without_settings_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2 and the names of the settings."""
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TENANT_ID"):
        monkeypatch.delenv(name, raising=False)
    assert main(["teams"]) == 2
    assert "CLIENT_ID, CLIENT_SECRET and TENANT_ID" in capsys.readouterr().err
