"""Three real processes, a real PostgreSQL, and a proxy in front, serving Slack's people over signed HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import aiohttp
import asyncpg
import pytest
from aiohttp import web

from bot.hosting import publish_folder
from bot.storage import Keys, Platform, Storage
from knowledge.store import SHIPPED
from tests.bot.run.conftest import write_council
from tests.bot.run.replicas import Replica, proxy
from tests.bot.slack.standin import SECRET, Http, Person, Slack, sent_words

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

SERVE = ("-m", "bot.cli", "serve")
ASKED = "can a party group make me attend?"


@dataclass
class SlackThatMayWait(Slack):
    """While `holding` is set, posting waits for it, and `held` tells that somebody does."""

    holding: asyncio.Event | None = None
    held: asyncio.Event = field(default_factory=asyncio.Event)

    async def _api(self, request: web.Request) -> web.Response:
        if self.holding is not None and request.match_info["method"] == "chat.postMessage":
            self.held.set()
            await self.holding.wait()
        return await super()._api(request)


class Hosted:
    """What a test of replicas has at hand."""

    def __init__(
        self, replicas: list[Replica], front: str, slack: SlackThatMayWait, storage: Storage, folder: Path
    ) -> None:
        self.replicas, self.front, self.slack, self.storage, self.folder = replicas, front, slack, storage, folder

    def person(self, place: int | None = None) -> Person:
        """Somebody whose requests reach one replica, or whichever the proxy chooses."""
        return Person(Http(self.front if place is None else self.replicas[place].url, self.slack), team="T0HOSTED")


def _environment(database: str, key: str, slack: Slack, folder: Path) -> dict[str, str]:
    """The settings of a replica."""
    return {
        "PROTOCOL_GUIDE_DATABASE": database,
        "PROTOCOL_GUIDE_KEYS": key,
        "PROTOCOL_GUIDE_DATA": str(folder / "nothing"),
        "PROTOCOL_GUIDE_ADDRESS": "https://guide.example.org",
        "PROTOCOL_GUIDE_LOG": "debug",
        "PROTOCOL_GUIDE_THROTTLE": "10000",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "s3cret",
        "SLACK_API_URL": f"{slack.url}/api/",
    }


@pytest.fixture
async def hosted(tmp_path: Path, postgresql: str) -> AsyncIterator[Hosted]:
    """Three replicas of `protocol-guide serve`, with one workspace installed and tied to testby in the database."""
    key = Keys.new()
    folder = write_council(tmp_path / "councils", "testby", "A party group cannot make an officer attend its meetings.")
    slack = SlackThatMayWait()
    async with slack.open(), await Storage.open(postgresql, Keys([key])) as storage:
        await publish_folder(storage, folder, date(2026, 1, 1))
        await storage.tie(Platform.SLACK, "T0HOSTED", "testby")
        data = {"bot_token": "xoxb-installed", "bot_id": "B1", "bot_user_id": "UBOT00001", "installed_by": "U1"}
        await storage.save_installation(Platform.SLACK, "T0HOSTED", data)
        environment = _environment(postgresql, key, slack, tmp_path)
        replicas = [await Replica(environment, SERVE, tmp_path / f"log{number}").start() for number in range(3)]
        async with proxy(replicas) as front:
            yield Hosted(replicas, front, slack, storage, folder)
        for replica in replicas:
            await replica.stop()


async def test_an_event_that_reaches_every_replica_is_answered_once(hosted: Hosted) -> None:
    """Whoever does not hold it tells Slack to come again, and finds it done."""
    first = await asyncio.gather(*(hosted.person(place).mention(ASKED, event_id="Ev1") for place in range(3)))
    again = [await hosted.person(place).mention(ASKED, event_id="Ev1") for place in range(3)]
    assert 200 in {status for status, _ in first}
    assert {status for status, _ in again} == {200}
    assert len(hosted.slack.of("chat.postMessage")) == 1


async def test_what_a_killed_replica_leaves_is_taken_up_by_another(hosted: Hosted) -> None:
    """`kill -9` between taking and answering: at Slack's next try, once the claim has run out, another answers."""
    hosted.slack.holding = asyncio.Event()
    cut = asyncio.create_task(hosted.person(0).mention(ASKED, event_id="Ev2"))
    await hosted.slack.held.wait()
    os.kill(hosted.replicas[0].pid, signal.SIGKILL)
    await asyncio.gather(cut, return_exceptions=True)
    hosted.slack.holding = None
    hosted.slack.calls.clear()
    for _ in range(60):
        status, _ = await hosted.person(1).mention(ASKED, event_id="Ev2")
        if status == 200:
            break
        await asyncio.sleep(1)
    assert len(hosted.slack.of("chat.postMessage")) == 1


async def test_an_installation_begun_on_one_ends_on_another(hosted: Hosted) -> None:
    """Without sticky sessions."""
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{hosted.replicas[0].url}/slack/install", allow_redirects=False) as answer:
            state = parse_qs(urlparse(answer.headers["location"]).query)["state"][0]
        async with client.get(f"{hosted.replicas[2].url}/slack/oauth_redirect?code=abc&state={state}") as answer:
            assert answer.status == 200


async def test_a_published_version_is_served_by_all_within_seconds(hosted: Hosted) -> None:
    """And no replica quotes the old words afterwards."""
    write_council(hosted.folder.parent, "testby", "A party group may never make any officer attend its meetings.")
    await publish_folder(hosted.storage, hosted.folder, date(2026, 2, 1))
    for _ in range(50):
        hosted.slack.calls.clear()
        for place in range(3):
            await hosted.person(place).mention(ASKED)
        texts = [call.text for call in hosted.slack.of("chat.postMessage")]
        if all("may never make any officer" in text for text in texts):
            break
        await asyncio.sleep(0.2)
    assert len(texts) == 3
    assert all("may never make any officer" in text for text in texts)


async def _until_taken(person: Person, event_id: str) -> None:
    """Ask, and go on sending the same event as Slack does, until it is acknowledged. Its thread is named as the event."""
    for _ in range(90):
        with contextlib.suppress(aiohttp.ClientError):
            status, _ = await person.mention(ASKED, event_id=event_id, ts=event_id)
            if status == 200:
                return
        await asyncio.sleep(1)
    raise AssertionError(f"{event_id} was never taken")


async def test_every_event_is_answered_once_through_the_proxy_while_a_replica_is_killed(hosted: Hosted) -> None:
    """Ninety events, each delivered twice at once; one replica dies among them. Slack sends again what was not taken."""

    async def twice(number: int) -> None:
        await asyncio.sleep((number - 100) / 50)
        await asyncio.gather(*(_until_taken(hosted.person(), f"Ev{number}") for _ in range(2)))

    async def kill() -> None:
        await asyncio.sleep(0.9)
        os.kill(hosted.replicas[1].pid, signal.SIGKILL)

    await asyncio.gather(kill(), *map(twice, range(100, 190)))
    answers = Counter(str(call.data["thread_ts"]) for call in hosted.slack.of("chat.postMessage"))
    assert set(answers) == {f"Ev{number}" for number in range(100, 190)}
    assert max(answers.values()) <= 2  # whatever was posted and not yet recorded when it was killed comes once more


async def test_two_hundred_councils_asked_at_once_never_show_in_one_anothers_answers(
    tmp_path: Path, postgresql: str
) -> None:
    """Two replicas with room for twenty councils each; six hundred questions under way at once; each protocol's marker."""
    slugs = [f"town-{number:03d}" for number in range(200)]
    key = Keys.new()
    async with Slack().open() as slack:
        async with await Storage.open(postgresql, Keys([key])) as storage:
            for slug in slugs:
                words = f"A party group cannot make an officer of {slug} attend its meetings."
                await publish_folder(storage, write_council(tmp_path / "councils", slug, words))
                await storage.tie(Platform.SLACK, f"T-{slug}", slug)
                data = {"bot_token": f"xoxb-{slug}", "bot_id": "B1", "bot_user_id": "UBOT00001", "installed_by": "U1"}
                await storage.save_installation(Platform.SLACK, f"T-{slug}", data)
        environment = {**_environment(postgresql, key, slack, tmp_path), "PROTOCOL_GUIDE_ENGINES": "20"}
        replicas = [await Replica(environment, SERVE, tmp_path / f"log{number}").start() for number in range(2)]
        async with proxy(replicas) as front:
            people = [Person(Http(front, slack), team=f"T-{slug}") for slug in slugs for _ in range(3)]
            await asyncio.gather(*(_until_taken(person, f"Ev{number}") for number, person in enumerate(people)))
        for replica in replicas:
            await replica.stop()
    answers = slack.of("chat.postMessage")
    assert len({call.data["thread_ts"] for call in answers}) == 600
    for call in answers:
        own = call.token.removeprefix("xoxb-")
        assert f"officer of {own} attend" in sent_words(call)
        assert set(re.findall(r"town.\d{3}", json.dumps(call.data).casefold())) <= {own, own.replace("-", " ")}


async def test_ten_thousand_councils_in_one_database(tmp_path: Path, postgresql: str) -> None:
    """Start in seconds; memory bounded by PROTOCOL_GUIDE_ENGINES; a council not in memory is answered in under 100 ms."""
    key = Keys.new()
    async with Slack().open() as slack:
        async with await Storage.open(postgresql, Keys([key])) as storage:
            shutil.copytree(SHIPPED / "somerset-model", tmp_path / "like")  # the longest protocol that we have
            for file in (tmp_path / "like").glob("*.yaml"):
                text = file.read_text(encoding="utf-8").replace("slug: somerset-model", "slug: council-0")
                file.write_text(text, encoding="utf-8")
            await publish_folder(storage, tmp_path / "like")
            await storage.tie(Platform.SLACK, "T0", "council-0", "UCLERK")
            data = {"bot_token": "xoxb-0", "bot_id": "B1", "bot_user_id": "UBOT00001", "installed_by": "U1"}
            await storage.save_installation(Platform.SLACK, "T0", data)
        await _ten_thousand(postgresql)
        environment = {**_environment(postgresql, key, slack, tmp_path), "PROTOCOL_GUIDE_ENGINES": "100"}
        began = time.perf_counter()
        replica = await Replica(environment, SERVE, tmp_path / "log").start()
        start = time.perf_counter() - began
        at_first, waits, memory = _memory(replica), [], []
        for number in range(500):
            began = time.perf_counter()
            status, _ = await Person(Http(replica.url, slack), team=f"T{number * 19}").mention(ASKED)
            waits.append(time.perf_counter() - began)
            memory.append(_memory(replica))
            assert status == 200
        await replica.stop()
    assert len(slack.of("chat.postMessage")) == 500
    waits.sort()
    p50, p90, p99 = (f"{1000 * waits[place]:.0f} ms" for place in (250, 450, 495))
    print(
        f"start {start:.2f} s; not in memory: p50 {p50}, p90 {p90}, p99 {p99}; memory at first {at_first:.0f} MB, "
        f"with 100 councils {memory[99]:.0f} MB, after 500 {memory[-1]:.0f} MB"
    )
    assert start < 10
    assert waits[125] < 0.1  # a quarter of them: other work on the machine shall not fail this
    assert memory[-1] - memory[199] < 10


async def _ten_thousand(url: str) -> None:
    """Copies council-0 and its workspace into council-1 to council-9999."""
    connection = await asyncpg.connect(url)
    numbers = "generate_series(1, 9999) AS number"
    for statement in (
        f"INSERT INTO hosted_councils SELECT 'council-' || number, revision FROM hosted_councils, {numbers}",
        f"""INSERT INTO hosted_versions SELECT 'council-' || number, revision, in_force, review_due,
            replace(files, 'slug: council-0', 'slug: council-' || number), published FROM hosted_versions, {numbers}""",
        f"""INSERT INTO workspaces SELECT platform, 'T' || number, 'council-' || number, sealed_clerk, tied
            FROM workspaces, {numbers}""",
        f"INSERT INTO installations SELECT platform, 'T' || number, sealed, saved FROM installations, {numbers}",
    ):
        await connection.execute(statement)
    await connection.close()


def _memory(replica: Replica) -> float:
    """Resident memory in MB."""
    status = Path(f"/proc/{replica.pid}/status").read_text(encoding="utf-8")
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


async def test_ten_thousand_bad_requests_cost_nobody_an_answer(hosted: Hosted) -> None:
    """Forged, unsigned, replayed and malformed ones by the thousand: every real event between them is answered, soon."""
    wire = Http(hosted.replicas[0].url, hosted.slack)
    body = json.dumps(
        {
            "type": "event_callback",
            "team_id": "T0HOSTED",
            "event_id": "EvReal",
            "event": {"type": "app_mention", "user": "U1", "channel": "C1", "ts": "1.1", "text": "cucumberwaltz"},
        }
    )
    bad: list[tuple[str, str, dict[str, Any]]] = [
        (body, "application/json", {"secret": "another"}),  # forged
        (body, "application/json", {"headers": {"content-type": "application/json"}}),  # unsigned
        (body, "application/json", {"age": 600}),  # replayed ten minutes later
        (body, "application/json", {}),  # replayed at once: it was answered already
        ("cucumberwaltz{", "application/json", {}),  # signed, and no JSON
        ('["cucumberwaltz"]', "application/json", {}),  # signed JSON of another shape
        ("payload=cucumberwaltz", "application/x-www-form-urlencoded", {}),  # a signed form of another shape
        ("cucumberwaltz", "text/plain", {"headers": {"x-slack-request-timestamp": "soon", "x-slack-signature": "v0"}}),
    ]
    assert (await wire.post(body, "application/json"))[0] == 200
    slots = asyncio.Semaphore(20)
    said: set[str] = set()

    async def send(sent: str, content: str, how: dict[str, Any]) -> int:
        async with slots:
            status, words = await wire.post(sent, content, **how)
            said.add(words)
            return status

    async def real(number: int) -> float:
        await asyncio.sleep(number / 2)
        began = time.monotonic()
        person = Person(wire, team="T0HOSTED", user=f"U{number}")
        assert (await person.mention(ASKED, event_id=f"EvReal{number}"))[0] == 200
        return time.monotonic() - began

    flood = [send(*bad[number % len(bad)]) for number in range(10_000)]
    statuses, took = await asyncio.gather(asyncio.gather(*flood), asyncio.gather(*map(real, range(1, 31))))
    print(f"statuses {Counter(statuses)}; of the real ones the slowest took {max(took):.2f} s; said {said}")
    assert set(statuses) == {200, 400, 401}
    assert len(hosted.slack.of("chat.postMessage")) == 31
    assert sorted(took)[15] < 3  # the median: other work on the machine shall not fail this
    assert not any("cucumberwaltz" in words or "Traceback" in words for words in said)
    assert "cucumberwaltz" not in hosted.replicas[0].log.read_text()
