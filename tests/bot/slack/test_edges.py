"""The edges: who is believed, who may install, what is printed to paste, and what the doctor finds."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import aiohttp
import pytest

from bot import wording
from bot.cli import main
from bot.errors import SettingsError
from bot.slack.app import build
from bot.slack.doctor import checks
from bot.slack.manifest import EVENTS, SCOPES, manifest
from bot.storage import Platform
from bot.wiring import build as build_house
from knowledge.model import Role
from tests.bot.run.replicas import free_port
from tests.bot.slack.conftest import serving, settings_for
from tests.bot.slack.standin import SLOW, TEAM, USER, Http, Person, Slack, Socket

ATTEND = "can a party group make me attend?"
HOSTED = {
    "PROTOCOL_GUIDE_COUNCIL": "",
    "SLACK_BOT_TOKEN": "",
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "s3cret",
    "PROTOCOL_GUIDE_ADDRESS": "https://guide.example.org",
}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"secret": "another"}, 401),  # forged
        ({"age": 600}, 401),  # replayed ten minutes later
        ({"headers": {}}, 401),  # unsigned
        ({"headers": {"x-slack-signature": "v0=zz", "x-slack-request-timestamp": "soon"}}, 401),  # malformed
    ],
    ids=["forged", "replayed", "unsigned", "malformed"],
)
async def test_what_slack_did_not_sign_is_refused(
    slack: Slack, tmp_path: Path, given: dict[str, object], status: int
) -> None:
    """Nothing is answered, and no word comes back."""
    async with serving(settings_for("http", slack, tmp_path)) as (_, url):
        body = json.dumps({"type": "event_callback", "event": {"type": "app_mention", "text": ATTEND}})
        found, said = await Http(url, slack).post(body, "application/json", **given)  # type: ignore[arg-type]
        assert found == status
        assert "attend" not in said
        assert slack.said() == []


async def test_an_oversized_request_is_refused(slack: Slack, tmp_path: Path) -> None:
    """Before its signature is even looked at."""
    async with serving(settings_for("http", slack, tmp_path)) as (_, url):
        assert (await Http(url, slack).post("x" * 1_100_000, "application/json"))[0] == 413


async def test_many_workspaces_install_by_oauth_and_are_tied_by_invitation(
    slack: Slack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Install, be refused, redeem the code, be answered, uninstall: nothing is left.

    Bolt reads the same variables from the environment by itself; what it makes of them must not get in the way.
    """
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET"):
        monkeypatch.setenv(name, HOSTED[name])
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    async with (
        serving(settings_for("http", slack, tmp_path, **HOSTED)) as (house, url),
        aiohttp.ClientSession() as client,
    ):
        async with client.get(f"{url}/slack/install", allow_redirects=False) as answer:
            query = parse_qs(urlparse(answer.headers["location"]).query)
        assert set(query["scope"][0].split(",")) == set(SCOPES)
        back = f"{url}/slack/oauth_redirect?code=abc&state={query['state'][0]}"
        async with client.get(back) as answer:
            assert answer.status == 200
        async with client.get(back) as answer:
            assert answer.status == 400  # a state works once
        person = Person(Http(url, slack), team="T0HOSTED")
        await person.tell(ATTEND)
        assert "not tied to a council" in slack.of("chat.postMessage")[0].text
        assert slack.of("chat.postMessage")[0].token == "xoxb-installed"
        code = await house.storage.invite("newent")
        await person.command("/protocol", "invitation WRONG-CODE")
        assert "No council gave out" in (await slack.waited("response_url")).text
        await person.command("/protocol", f"invitation {code}")
        assert "Newent" in (await slack.waited("response_url", count=2)).text
        await person.tell(ATTEND, ts="20.2")
        assert "Member/Officer Relations Policy" in slack.of("chat.postMessage")[1].text
        for path in tmp_path.rglob("*"):
            assert not path.is_file() or b"xoxb-installed" not in path.read_bytes()
        await person.event({"type": "app_uninstalled"})
        assert await house.storage.installation(Platform.SLACK, "T0HOSTED") is None
        assert await house.storage.council_of(Platform.SLACK, "T0HOSTED") is None
        assert not (tmp_path / "home").exists()


async def test_a_workspace_that_never_installed_gets_nothing(slack: Slack, tmp_path: Path) -> None:
    """A signed event of an unknown workspace is answered to nobody; a command, which can be, gets a sentence."""
    async with serving(settings_for("http", slack, tmp_path, **HOSTED)) as (_, url):
        person = Person(Http(url, slack), team="T0NOBODY")
        await person.tell(ATTEND)
        await person.mention(ATTEND)
        assert slack.said() == []
        await person.command("/protocol", ATTEND)
        assert (await slack.waited("response_url")).text == wording.NOT_INSTALLED


async def test_socket_mode_comes_back_after_a_disconnect(slack: Slack, tmp_path: Path) -> None:
    """Slack closes sockets as it likes; the next question is answered over a new one."""
    async with serving(settings_for("socket", slack, tmp_path)) as (_, _url):
        person = Person(Socket(slack))
        await person.tell(ATTEND)
        await slack.sockets[0].close()
        assert (await person.tell(ATTEND, ts="20.2"))[0] == 200
        assert len(slack.of("chat.postMessage")) == 2


async def test_socket_mode_moves_to_a_new_socket_when_slack_asks(slack: Slack, tmp_path: Path) -> None:
    """Slack says so before it closes one; questions before and after are answered once each."""
    async with serving(settings_for("socket", slack, tmp_path)) as (_, _url):
        person = Person(Socket(slack))
        await person.tell(ATTEND)
        opened = len(slack.of("apps.connections.open"))
        await slack.sockets[0].send_json({"type": "disconnect", "reason": "refresh_requested"})
        await slack.waited("apps.connections.open", count=opened + 1)
        await asyncio.sleep(0.2)
        assert (await person.tell(ATTEND, ts="20.2"))[0] == 200
        assert len(slack.of("chat.postMessage")) == 2


@pytest.mark.parametrize("mode", ["http", "socket"])
async def test_after_a_restart_nothing_is_answered_twice_and_what_was_remembered_is_known(
    slack: Slack, tmp_path: Path, mode: str
) -> None:
    """The same event again is let be, a new one is answered, and a role is still known."""
    event: dict[str, object] = {"type": "app_mention", "user": USER, "channel": "C1", "ts": "10.1", "text": ATTEND}
    for _ in range(2):
        async with serving(settings_for(mode, slack, tmp_path)) as (house, url):
            person = Person(Http(url, slack) if mode == "http" else Socket(slack))
            assert (await person.event(event, "EvSame"))[0] == 200
            assert len(slack.of("chat.postMessage")) == 1
            await house.storage.remember_role(Platform.SLACK, TEAM, USER, Role.CLERK)
    async with serving(settings_for(mode, slack, tmp_path)) as (house, url):
        person = Person(Http(url, slack) if mode == "http" else Socket(slack))
        await person.event(event, "EvNew")
        assert "as-clerk" not in slack.of("chat.postMessage")[1].actions()
        assert "as-officer" in slack.of("chat.postMessage")[1].actions()


@pytest.mark.slow
async def test_what_a_killed_process_leaves_is_taken_up_at_slacks_retry(slack: Slack, tmp_path: Path) -> None:
    """`kill -9` while Slack does not answer the posting: a new process answers it when Slack sends it again."""
    slack.failing["chat.postMessage"] = [(SLOW, "60")]
    variables = {
        "PATH": os.environ["PATH"],
        "PROTOCOL_GUIDE_COUNCIL": "great-linford",
        "PROTOCOL_GUIDE_DATA": str(tmp_path),
        "SLACK_BOT_TOKEN": "xoxb-one",
        "SLACK_APP_TOKEN": "xapp-one",
        "SLACK_API_URL": f"{slack.url}/api/",
    }
    event: dict[str, object] = {"type": "app_mention", "user": USER, "channel": "C1", "ts": "10.1", "text": ATTEND}
    command = [sys.executable, "-m", "bot.cli", "slack"]

    async def started(port: int) -> asyncio.subprocess.Process:
        sockets = len(slack.of("apps.connections.open"))
        environment = {**variables, "PROTOCOL_GUIDE_PORT": str(port)}
        process = await asyncio.create_subprocess_exec(*command, env=environment, stderr=asyncio.subprocess.DEVNULL)
        await slack.waited("apps.connections.open", count=sockets + 1)
        return process

    person = Person(Socket(slack))
    first = await started(free_port())
    person.wire.patience = 1.0
    assert (await person.event(event, "EvKilled"))[0] == 504
    first.kill()
    await first.wait()
    assert slack.of("chat.postMessage") == []
    second = await started(free_port())
    try:
        assert (await person.event(event, "EvKilled"))[0] == 504  # at once: it might still be answered
        await asyncio.sleep(31)
        person.wire.patience = 8.0
        assert (await person.event(event, "EvKilled"))[0] == 200  # after a minute
        assert len(slack.of("chat.postMessage")) == 1
    finally:
        second.terminate()
        assert await second.wait() == 0


@pytest.mark.slow
async def test_a_start_without_a_network_says_so(tmp_path: Path, slack: Slack) -> None:
    """In one sentence, and the doctor says the same."""
    settings = settings_for("socket", slack, tmp_path, SLACK_API_URL="http://127.0.0.1:9/api/")
    house = await build_house(settings)
    with pytest.raises(SettingsError, match="Slack cannot be reached"):
        await build(settings, house.desk, house.storage).start()
    await house.close()
    assert [check.well for check in await checks(settings)] == [False, False]


async def test_a_token_that_slack_does_not_take_stops_the_start(slack: Slack, tmp_path: Path) -> None:
    """The setting is named, and what to do."""
    slack.failing["auth.test"] = [(200, "invalid_auth")]
    settings = settings_for("http", slack, tmp_path)
    house = await build_house(settings)
    with pytest.raises(SettingsError, match="SLACK_BOT_TOKEN: Slack says invalid_auth"):
        await build(settings, house.desk, house.storage).start()
    await house.close()


async def test_the_doctor_names_what_to_mend(slack: Slack, tmp_path: Path) -> None:
    """Good tokens; a missing scope; a refused app-level token."""
    settings = settings_for("socket", slack, tmp_path)
    assert all(check.well for check in await checks(settings))
    slack.scopes = "chat:write,commands"
    slack.failing["apps.connections.open"] = [(200, "invalid_auth")]
    mend = " ".join(check.mend or "" for check in await checks(settings))
    assert "im:history" in mend
    assert "SLACK_APP_TOKEN" in mend


async def test_a_reminder_is_told_to_the_clerk(slack: Slack, tmp_path: Path) -> None:
    """And an account that is gone is not tried for ever."""
    settings = settings_for("http", slack, tmp_path)
    house = await build_house(settings)
    channel = build(settings, house.desk, house.storage)
    assert await channel.tell("T1", "U1", "The review is due.")
    slack.failing["chat.postMessage"] = [(200, "account_inactive")]
    assert not await channel.tell("T1", "U1", "The review is due.")
    await house.close()


NEEDED = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "message.im": {"im:history"},
    "tokens_revoked": set(),
}
"""What Slack asks for before it sends an event; its schema of manifests does not look at that."""


@pytest.mark.parametrize("address", [None, "https://guide.example.org"])
def test_the_manifest_asks_for_no_more_than_is_used(address: str | None) -> None:
    """Names, lengths, and an address wherever Slack has to reach us."""
    made = manifest(address)
    assert made["oauth_config"]["scopes"]["bot"] == list(SCOPES)
    assert made["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)
    assert made["settings"]["socket_mode_enabled"] is (address is None)
    assert len(made["display_information"]["name"]) <= 35
    assert len(made["display_information"]["description"]) <= 140
    assert all(len(shortcut["name"]) <= 24 for shortcut in made["features"]["shortcuts"])
    assert all(("url" in command) is (address is not None) for command in made["features"]["slash_commands"])
    assert all(1 <= len(shortcut["description"]) <= 150 for shortcut in made["features"]["shortcuts"])
    assert all(len(command["command"]) <= 32 for command in made["features"]["slash_commands"])
    assert len(made["features"]["agent_view"]["suggested_prompts"]) <= 4
    assert all(set(prompt) == {"title", "message"} for prompt in made["features"]["agent_view"]["suggested_prompts"])
    scopes = set(SCOPES)
    assert all(NEEDED[event] <= scopes for event in EVENTS)
    assert scopes == {"chat:write", "commands", "assistant:write", "users:read"} | set().union(*NEEDED.values())
    assert "user" not in made["oauth_config"]["scopes"]
    urls = [made["settings"]["event_subscriptions"], made["settings"]["interactivity"]]
    assert all(("request_url" in part) is (address is not None) for part in urls)
    assert ("redirect_urls" in made["oauth_config"]) is (address is not None)


def test_the_manifest_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Ready to paste."""
    assert main(["slack", "manifest"]) == 0
    assert json.loads(capsys.readouterr().out) == manifest()


def test_serving_slack_without_a_token_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2 and the names of the settings."""
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    assert main(["slack"]) == 2
    assert "SLACK_BOT_TOKEN" in capsys.readouterr().err
