"""The one process: what it tells of itself, what it refuses, how it stops."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bot import serving
from bot.serving import LARGEST
from bot.storage import Keys, Platform, Storage
from tests.bot.run.conftest import write_council
from tests.bot.run.replicas import POST, Office, Replica, free_port

LETTER = {"workspace": "T1", "user": "U1", "text": "Can a party group make an officer attend?"}
SEALED = {"x-seal": "valid"}


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """Where replies arrive."""
    async with Office().open() as opened:
        yield opened


@pytest.fixture
async def replica(tmp_path: Path, office: Office) -> AsyncIterator[Replica]:
    """One process on SQLite that serves testby, with workspace T1 tied to it."""
    write_council(tmp_path / "data", "testby", "A party group cannot make an officer attend its meetings.")
    database = tmp_path / "data" / "kept.sqlite3"
    async with await Storage.open(f"sqlite:///{database}", Keys.beside(database)) as storage:
        await storage.tie(Platform.SLACK, "T1", "testby")
    environment = {"PROTOCOL_GUIDE_DATA": str(tmp_path / "data"), "PROTOCOL_GUIDE_LOG": "debug"}
    started = await Replica(environment, [str(POST), office.url, ""], tmp_path / "log").start()
    yield started
    await started.stop()


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without limits of its own."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as opened:
        yield opened


async def test_a_letter_is_answered_and_measured(
    replica: Replica, office: Office, client: aiohttp.ClientSession
) -> None:
    """The answer quotes the council's own clause; the metrics hold channel and outcome, and nothing of the topic."""
    async with client.post(f"{replica.url}/letters", json={**LETTER, "event": "E1"}, headers=SEALED) as answer:
        assert answer.status == 200
        assert len(answer.headers["x-request-id"]) == 12
    assert "A party group cannot make an officer attend its meetings." in office.letters[0]["words"]
    async with client.get(f"{replica.url}/metrics") as answer:
        metrics = await answer.text()
    assert 'protocol_guide_questions_total{channel="slack",outcome="answered"} 1.0' in metrics
    assert "party" not in metrics
    assert "testby" not in metrics


async def test_health_and_readiness_tell_of_the_process(replica: Replica, client: aiohttp.ClientSession) -> None:
    """Alive, ready, and which councils' new data is broken."""
    async with client.get(f"{replica.url}/healthz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "alive"})
    async with client.get(f"{replica.url}/readyz") as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ready", "why": [], "broken": []})


async def test_what_is_no_letter_gets_a_plain_status(replica: Replica, client: aiohttp.ClientSession) -> None:
    """No traceback, no words, and a request id to find the line in the log by."""
    for path, headers, body, status in [
        ("/letters", {}, b"{}", 401),  # unsigned
        ("/letters", {"x-seal": "forged"}, b"{}", 401),  # forged
        ("/letters", SEALED, b"{", 400),  # malformed
        ("/letters", SEALED, b"[]", 400),  # of another shape
        ("/letters", SEALED, b"x" * (LARGEST + 1), 413),  # too large
        ("/nowhere", SEALED, b"{}", 404),  # no such place
    ]:
        async with client.post(replica.url + path, data=body, headers=headers) as answer:
            assert answer.status == status, (path, headers)
            assert "Traceback" not in await answer.text()
            assert answer.headers["x-request-id"]


async def test_a_body_that_grows_beyond_the_limit_is_cut_off(replica: Replica, client: aiohttp.ClientSession) -> None:
    """A chunked body without a length is counted as it comes."""

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 100_000

    try:
        async with client.post(f"{replica.url}/letters", data=endless(), headers=SEALED) as answer:
            assert answer.status == 413
    except aiohttp.ClientError:
        pass  # the connection was closed while we were still sending: as good
    async with client.get(f"{replica.url}/healthz") as answer:
        assert answer.status == 200


@pytest.mark.slow
async def test_a_body_that_never_arrives_is_given_up(
    replica: Replica, client: aiohttp.ClientSession, office: Office
) -> None:
    """After ten seconds the connection gets 408; meanwhile others are answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", replica.port)
    writer.write(b"POST /letters HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
    began = time.monotonic()
    async with client.post(f"{replica.url}/letters", json={**LETTER, "event": "E1"}, headers=SEALED) as answer:
        assert answer.status == 200
    assert b" 408 " in await asyncio.wait_for(reader.readline(), serving.BODY_SECONDS + 5)
    assert time.monotonic() - began >= serving.BODY_SECONDS - 1
    writer.close()


async def _refused(client: aiohttp.ClientSession, url: str) -> bool:
    """Whether nothing more is taken, within a second and a half."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1.5):
            while True:
                try:
                    await client.get(f"{url}/healthz")
                except aiohttp.ClientError:
                    return True
                await asyncio.sleep(0.05)
    return False


async def test_sigterm_finishes_what_was_begun_and_takes_nothing_new(
    replica: Replica, client: aiohttp.ClientSession, office: Office
) -> None:
    """A letter that takes two seconds is answered; the process ends cleanly within ten."""
    async with client.post(f"{replica.url}/letters", json={**LETTER, "event": "E0"}, headers=SEALED) as answer:
        assert answer.status == 200
    slow = asyncio.create_task(
        client.post(f"{replica.url}/letters", json={**LETTER, "event": "E1", "slow": 2}, headers=SEALED)
    )
    await asyncio.sleep(0.5)
    began = time.monotonic()
    os.kill(replica.pid, signal.SIGTERM)
    assert await _refused(client, replica.url)
    assert (await slow).status == 200
    assert await replica.ended() == 0
    assert time.monotonic() - began < 10
    assert [letter["event"] for letter in office.letters] == ["E0", "E1"]
    events = [json.loads(line)["event"] for line in replica.log.read_text().splitlines()]
    assert events[-1] == "stopped"


@pytest.mark.slow
async def test_sigterm_ends_within_ten_seconds_whatever_hangs(replica: Replica, client: aiohttp.ClientSession) -> None:
    """A letter that would take a minute is given up; its event can be taken again."""
    slow = asyncio.create_task(
        client.post(f"{replica.url}/letters", json={**LETTER, "event": "E1", "slow": 60}, headers=SEALED)
    )
    await asyncio.sleep(0.5)
    began = time.monotonic()
    os.kill(replica.pid, signal.SIGTERM)
    await replica.ended()
    assert time.monotonic() - began < 10
    with contextlib.suppress(aiohttp.ClientError):  # a closed connection is as good
        assert (await slow).status >= 500


async def test_sigterm_while_starting_ends_soon(tmp_path: Path) -> None:
    """Slack takes the connection and never answers: the process does not wait for it."""
    asked = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()  # until whoever asks has gone
        writer.close()

    silent = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    environment = {
        "PROTOCOL_GUIDE_DATA": str(tmp_path),
        "PROTOCOL_GUIDE_COUNCIL": "honiton",
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_SIGNING_SECRET": "secret",
        "SLACK_API_URL": f"http://127.0.0.1:{port}/api/",
    }
    replica = Replica(environment, ["-m", "bot.cli", "serve"], tmp_path / "log")
    starting = asyncio.create_task(replica.start())
    await asyncio.wait_for(asked.wait(), 30)
    began = time.monotonic()
    os.kill(replica.pid, signal.SIGTERM)
    assert await replica.ended() == 0
    assert time.monotonic() - began < 5
    with pytest.raises(AssertionError, match="stopped while starting"):
        await starting
    silent.close()


async def test_the_logs_hold_no_word_of_a_question(replica: Replica, client: aiohttp.ClientSession) -> None:
    """At DEBUG, with a canary in the text, in a header and in the path."""
    letter = {**LETTER, "event": "E1", "text": "may the clerk dance a cucumberwaltz?"}
    for path in ("/letters", "/cucumberwaltz", "/letters?q=cucumberwaltz"):
        async with client.post(replica.url + path, json=letter, headers={**SEALED, "x-note": "cucumberwaltz"}):
            pass
    log = replica.log.read_text()
    assert "asked" in log
    assert "cucumberwaltz" not in log
    assert all(json.loads(line) for line in log.splitlines())


async def test_a_channel_that_cannot_start_ends_the_process_with_its_sentence(tmp_path: Path) -> None:
    """Exit code 2, and what to put right as the last line."""
    write_council(tmp_path / "data", "testby", "Words.")
    replica = Replica({"PROTOCOL_GUIDE_DATA": str(tmp_path / "data")}, [str(POST), "closed", ""], tmp_path / "log")
    with pytest.raises(AssertionError, match="The office is closed: open it"):
        await replica.start()
    assert await replica.ended() == 2


async def test_a_port_that_is_taken_is_told(tmp_path: Path, office: Office) -> None:
    """The process ends instead of serving nobody."""
    write_council(tmp_path / "data", "testby", "Words.")
    port = free_port()
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", port)
    replica = Replica({"PROTOCOL_GUIDE_DATA": str(tmp_path / "data")}, [str(POST), office.url, ""], tmp_path / "log")
    replica.port = port
    replica._environment["PROTOCOL_GUIDE_PORT"] = str(port)
    replica.url = f"http://127.0.0.1:{port}"
    with pytest.raises(AssertionError, match="PROTOCOL_GUIDE_PORT"):
        await replica.start()
    server.close()
