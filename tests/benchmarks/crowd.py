"""A crowd that asks: councils in one PostgreSQL, replicas behind a proxy, signed events, and the platform's side of it."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import itertools
import json
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

import aiohttp
import asyncpg
from aiohttp import web

from bot.storage import Keys, Platform, Storage
from knowledge.store import LENDERS, SHIPPED
from tests.bot.conftest import SERVER
from tests.bot.run.replicas import Replica, proxy
from tests.bot.teams.standin import APP, BOT, SECRET, STRANGER, TENANT, Microsoft, Person

QUESTIONS = Path(__file__).parents[1] / "questions" / "development.jsonl"
SAMPLED = Path(__file__).with_name("sampled.py")


class Crowd(Protocol):
    """What people of one platform send, and where the answers arrive. Another platform is another class like this."""

    answered: dict[int, float]
    command: Sequence[str]
    """What `sampled.py` is told to run as a replica, besides where the counts go."""

    def environment(self) -> Mapping[str, str]:
        """The settings of a replica, besides database and keys."""

    def open(self) -> contextlib.AbstractAsyncContextManager[object]:
        """The platform's own side; answers are noted in `answered`, by the event's number, with their moment."""

    async def tie(self, storage: Storage, councils: Sequence[str]) -> None:
        """Install the app in a workspace for each council."""

    def event(self, number: int, text: str) -> tuple[str, Mapping[str, str], bytes]:
        """Path, headers and body of event `number`."""

    def nuisance(self, number: int) -> tuple[str, Mapping[str, str], bytes]:
        """The same of something that must not be answered."""


@dataclass
class SlackCrowd:
    """Five hundred people in Slack, who mention the bot in channels; requests are signed."""

    answered: dict[int, float] = field(default_factory=dict)
    url: str = ""
    secret: str = "8f742231b10e8888abcd99yyyzzz85a5"
    councils: int = 1
    command: Sequence[str] = ("serve",)

    def environment(self) -> Mapping[str, str]:
        return {
            "PROTOCOL_GUIDE_ADDRESS": "https://guide.example.org",
            "SLACK_SIGNING_SECRET": self.secret,
            "SLACK_CLIENT_ID": "1.2",
            "SLACK_CLIENT_SECRET": "s3cret",
            "SLACK_API_URL": f"{self.url}/api/",
        }

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[SlackCrowd]:
        async def post(request: web.Request) -> web.Response:
            sent = await request.json() if request.content_type == "application/json" else await request.post()
            if "thread_ts" in sent:
                self.answered.setdefault(int(str(sent["thread_ts"]).split(".")[0]), time.perf_counter())
            return web.Response(body=b'{"ok":true,"ts":"1.1"}', content_type="application/json")

        async def other(_request: web.Request) -> web.Response:
            return web.Response(body=b'{"ok":true,"user":{}}', content_type="application/json")

        app = web.Application()
        app.router.add_post("/api/chat.postMessage", post)
        app.router.add_post("/api/chat.postEphemeral", other)
        app.router.add_route("*", "/api/{method}", other)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
        try:
            yield self
        finally:
            await runner.cleanup()

    async def tie(self, storage: Storage, councils: Sequence[str]) -> None:
        self.councils = len(councils)
        for number, council in enumerate(councils):
            await storage.tie(Platform.SLACK, f"T{number}", council)
            data = {"bot_token": "xoxb-1", "bot_id": "B1", "bot_user_id": "UBOT1", "installed_by": "U1"}
            await storage.save_installation(Platform.SLACK, f"T{number}", data)

    def event(self, number: int, text: str) -> tuple[str, Mapping[str, str], bytes]:
        team = f"T{number % self.councils}"
        body = {
            "type": "event_callback",
            "team_id": team,
            "api_app_id": "A1",
            "event_id": f"Ev{number}",
            "authorizations": [{"team_id": team, "user_id": "UBOT1", "is_bot": True}],
            "event": {
                "type": "app_mention",
                "user": f"U{number % 500}",
                "channel": "C1",
                "ts": f"{number}.1",
                "text": f"<@UBOT1> {text}",
            },
        }
        return self._signed(json.dumps(body).encode(), self.secret)

    def nuisance(self, number: int) -> tuple[str, Mapping[str, str], bytes]:
        _, _, body = self.event(number, "what may the clerk refuse?")
        return self._signed(body, "another secret")

    @staticmethod
    def _signed(body: bytes, secret: str) -> tuple[str, Mapping[str, str], bytes]:
        when = str(int(time.time()))
        seal = hmac.new(secret.encode(), f"v0:{when}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/json",
            "x-slack-request-timestamp": when,
            "x-slack-signature": f"v0={seal}",
        }
        return "/slack/events", headers, body


class _Connector(Microsoft):
    """The stand-in, which only notes when an answer came, by the channel's name."""

    def __init__(self, answered: dict[int, float]) -> None:
        super().__init__()
        self._answered = answered

    async def _activity(self, request: web.Request) -> web.Response:
        await request.read()
        number = request.match_info["id"].partition(";messageid=")[2]
        if number:
            self._answered.setdefault(int(number), time.perf_counter())
        return web.json_response({"id": "sent"}, status=201)


class TeamsCrowd:
    """Five hundred people in Teams, who mention the bot in channels; requests bear one signed token, as Microsoft's do."""

    def __init__(self) -> None:
        self.answered: dict[int, float] = {}
        self._microsoft = _Connector(self.answered)
        self._councils = 1
        self._tokens: dict[str, str] = {}

    @property
    def command(self) -> Sequence[str]:
        return ("teams", self._microsoft.url)

    def environment(self) -> Mapping[str, str]:
        return {
            "PROTOCOL_GUIDE_DOMAIN": "guide.example.org",
            "CLIENT_ID": APP,
            "CLIENT_SECRET": SECRET,
            "TENANT_ID": TENANT,
        }

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[TeamsCrowd]:
        async with self._microsoft.open():
            person = Person(self._microsoft, "")
            self._tokens = {
                "own": person.token(),
                "forged": Person(self._microsoft, "", signer=STRANGER).token(),
            }
            yield self

    @staticmethod
    def _tenant(number: int) -> str:
        return f"aaaaaaaa-0000-0000-0000-{number:012}"

    async def tie(self, storage: Storage, councils: Sequence[str]) -> None:
        self._councils = len(councils)
        for number, council in enumerate(councils):
            await storage.tie(Platform.TEAMS, self._tenant(number), council)

    def event(self, number: int, text: str) -> tuple[str, Mapping[str, str], bytes]:
        where = {
            "id": f"19:channel-{number}@thread.tacv2;messageid={number}",
            "conversationType": "channel",
            "isGroup": True,
        }
        tenant, account = self._tenant(number % self._councils), f"29:person-{number % self._councils}-{number % 500}"
        self._microsoft.members[account] = {"tenantId": tenant}
        person = Person(self._microsoft, "", account=account, tenant=tenant, conversation=where)
        mention = {"type": "mention", "text": "<at>Guide</at>", "mentioned": {"id": BOT, "name": "Guide"}}
        body = person.activity(type="message", id=f"act-{number}", text=f"<at>Guide</at> {text}", entities=[mention])
        return self._signed("own", body)

    def nuisance(self, number: int) -> tuple[str, Mapping[str, str], bytes]:
        _, _, body = self.event(number, "what may the clerk refuse?")
        return self._signed("forged", json.loads(body))

    def _signed(self, token: str, body: Mapping[str, object]) -> tuple[str, Mapping[str, str], bytes]:
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._tokens[token]}"}
        return "/api/messages", headers, json.dumps(body).encode()


CROWDS: Mapping[str, type[SlackCrowd | TeamsCrowd]] = {"slack": SlackCrowd, "teams": TeamsCrowd}
"""The platforms that can be measured, by what `--platform` takes."""


@dataclass
class Hosted:
    """Replicas that serve, and what a measurement needs of them."""

    crowd: Crowd
    replicas: list[Replica]
    front: str
    server: asyncpg.Connection
    database: str
    samples: list[Path]

    async def connections(self) -> int:
        """How many connections to the database the replicas hold."""
        wanted = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'protocol-guide'"
        return int(await self.server.fetchval(wanted, self.database))


def questions() -> list[str]:
    """Questions as people ask them."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["question"]) for line in lines]


async def publish(storage: Storage, slug: str, like: str) -> None:
    """Host a council whose protocol has the words of a shipped one."""
    files = {
        path.name: path.read_text(encoding="utf-8").replace(f"slug: {like}", f"slug: {slug}")
        for path in (SHIPPED / like).glob("*.yaml")
    }
    await storage.publish_council(slug, files, date(2026, 1, 1))


@contextlib.asynccontextmanager
async def hosting(crowd: Crowd, replicas: int, councils: int, folder: Path) -> AsyncIterator[Hosted]:
    """A fresh database with `councils` hosted councils, and so many replicas behind a proxy."""
    name = f"pg_bench_{uuid.uuid4().hex[:12]}"
    server = await asyncpg.connect(SERVER)
    await server.execute(f"CREATE DATABASE {name}")
    url, key = SERVER.rsplit("/", 1)[0] + f"/{name}", Keys.new()
    try:
        async with crowd.open(), contextlib.AsyncExitStack() as stack:
            async with await Storage.open(url, Keys([key])) as storage:
                slugs = [f"council-{number}" for number in range(councils)]
                for slug, like in zip(slugs, itertools.cycle(LENDERS), strict=False):
                    await publish(storage, slug, like)
                await crowd.tie(storage, slugs)
            environment = {
                "PROTOCOL_GUIDE_DATABASE": url,
                "PROTOCOL_GUIDE_KEYS": key,
                "PROTOCOL_GUIDE_DATA": str(folder / "nothing"),
                "PROTOCOL_GUIDE_THROTTLE": "10000",
                "PYTHONPATH": str(Path(__file__).parents[2]),
                **crowd.environment(),
            }
            samples = [folder / f"samples{number}" for number in range(replicas)]
            started = [
                await Replica(environment, [str(SAMPLED), str(out), *crowd.command], folder / f"log{number}").start()
                for number, out in enumerate(samples)
            ]
            for replica in started:
                stack.push_async_callback(replica.stop)
            front = await stack.enter_async_context(proxy(started)) if replicas > 1 else started[0].url
            yield Hosted(crowd, started, front, server, name, samples)
    finally:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.close()


def session() -> aiohttp.ClientSession:
    """A client without limits of its own."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all stay under; 0 where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
