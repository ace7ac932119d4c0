"""A stand-in for Slack at its edge: Web API, response_url, Socket Mode, OAuth; and what sends events as Slack does."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import re
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.bot.slack.limits import check_message, check_view

SLOW = 0
"""In place of a status: the call hangs for so many seconds."""
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
BOT, TEAM, USER, GUEST = "UBOT00001", "T00000001", "U00000001", "U0000GUEST"
SCOPES = "app_mentions:read,assistant:write,chat:write,commands,im:history,users:read"


@dataclass
class Call:
    """One call that reached Slack: the method, or `response_url`, and what was sent."""

    method: str
    data: dict[str, Any]
    token: str = ""

    @property
    def text(self) -> str:
        return str(self.data.get("text", ""))

    def button(self, action: str) -> dict[str, Any]:
        """The button with this action id."""
        for block in blocks_of(self.data):
            for element in block.get("elements", []):
                if element.get("action_id") == action:
                    return dict(element)
        raise AssertionError(f"no button {action} among {self.actions()}")

    def actions(self) -> list[str]:
        return [
            str(element["action_id"])
            for block in blocks_of(self.data)
            if block["type"] == "actions"
            for element in block["elements"]
        ]


def blocks_of(data: dict[str, Any]) -> list[dict[str, Any]]:
    found = data.get("blocks") or data.get("view", {}).get("blocks") or []
    return list(found)


def all_text(found: Any) -> str:
    """Every text in blocks, in order."""
    if isinstance(found, dict):
        own = found["text"] if isinstance(found.get("text"), str) else ""
        return own + "".join(all_text(value) for value in found.values() if not isinstance(value, str))
    return "".join(map(all_text, found)) if isinstance(found, list) else ""


@dataclass
class Slack:
    """The stand-in. `failing` maps a method to how its next calls go: a status and Retry-After, or an error's name."""

    calls: list[Call] = field(default_factory=list)
    failing: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    acknowledged: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    responses: dict[str, int] = field(default_factory=dict)
    scopes: str = SCOPES
    url: str = ""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Slack]:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_post("/respond/{name}", self._respond)
        app.router.add_get("/socket", self._socket)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.url = f"http://127.0.0.1:{port}"
        try:
            yield self
        finally:
            for socket in self.sockets:
                await socket.close()
            await runner.cleanup()

    async def _api(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        body = await request.text()
        if request.content_type == "application/json":
            data: dict[str, Any] = json.loads(body or "{}")
        else:
            data = {name: _maybe_json(str(value)) for name, value in (await request.post()).items()}
        data |= dict(request.query)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.failing.get(method):
            status, what = self.failing[method].pop(0)
            if status == SLOW:
                await asyncio.sleep(float(what))
                return web.json_response({"ok": True})
            if status == 429:
                return web.json_response(
                    {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": what}
                )
            if status >= 500:
                return web.Response(status=status)
            return web.json_response({"ok": False, "error": what})
        self.calls.append(Call(method, data, token))
        if method.startswith("chat."):
            check_message(data)
        if method.startswith("views."):
            check_view(data["view"])
        known: dict[str, dict[str, Any]] = {
            "auth.test": {"team_id": TEAM, "team": "Testby", "user_id": BOT, "bot_id": "B1", "url": "https://x/"},
            "apps.connections.open": {"url": self.url.replace("http", "ws") + "/socket"},
            "users.info": {"user": {"id": data.get("user"), "is_restricted": data.get("user") == GUEST}},
            "oauth.v2.access": {
                "access_token": "xoxb-installed",
                "bot_user_id": BOT,
                "team": {"id": "T0HOSTED"},
                "authed_user": {"id": USER},
            },
        }
        headers = {"x-oauth-scopes": self.scopes}
        return web.json_response({"ok": True, "ts": "1.1", **known.get(method, {})}, headers=headers)

    async def _respond(self, request: web.Request) -> web.Response:
        data = await request.json()
        if self.failing.get("response_url"):
            status, _ = self.failing["response_url"].pop(0)
            return web.Response(status=status, headers={"Retry-After": "1"})
        check_message(data)
        used = self.responses.get(request.path, 0) + 1
        self.responses[request.path] = used
        if used > 5:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        self.calls.append(Call("response_url", data))
        return web.Response(text="ok")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.sockets.append(socket)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT and message.data.startswith("{"):
                answer = json.loads(message.data)
                waiting = self.acknowledged.pop(answer.get("envelope_id", ""), None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer.get("payload") or {})
        self.sockets.remove(socket)
        return socket

    def of(self, *methods: str) -> list[Call]:
        """The calls of these methods, in order."""
        return [call for call in self.calls if call.method in methods]

    def said(self) -> list[Call]:
        """Everything that a person could read."""
        return self.of(
            "chat.postMessage",
            "chat.postEphemeral",
            "response_url",
            "views.open",
            "views.push",
            "views.update",
            "views.publish",
        )

    async def waited(self, *methods: str, count: int = 1) -> Call:
        """The call of these methods that arrives as number `count`, waited for."""
        for _ in range(1500):
            if len(found := self.of(*methods)) >= count:
                return found[count - 1]
            await asyncio.sleep(0.02)
        raise AssertionError(f"{methods} never came; there were {[call.method for call in self.calls]}")


def _maybe_json(text: str) -> Any:
    try:
        return json.loads(text) if text[:1] in "[{" else text
    except ValueError:
        return text


class Http:
    """Sends what Slack sends over HTTP, signed."""

    def __init__(self, url: str, slack: Slack) -> None:
        self.url = f"{url}/slack/events"
        self.slack = slack
        self.patience = 8.0

    async def send(self, kind: str, payload: dict[str, Any]) -> tuple[int, str]:
        """Status and body of the acknowledgement."""
        if kind == "events_api":
            body, content = json.dumps(payload), "application/json"
        elif kind == "slash_commands":
            body, content = urlencode(payload), "application/x-www-form-urlencoded"
        else:
            body, content = urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        return await self.post(body, content)

    async def post(
        self, body: str, content: str, *, secret: str = SECRET, age: float = 0, headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        when = str(int(time.time() - age))
        seal = hmac.new(secret.encode(), f"v0:{when}:{body}".encode(), hashlib.sha256).hexdigest()
        signed = {"content-type": content, "x-slack-request-timestamp": when, "x-slack-signature": f"v0={seal}"}
        async with (
            aiohttp.ClientSession() as client,
            client.post(
                self.url, data=io.BytesIO(body.encode()), headers=signed if headers is None else headers
            ) as answer,
        ):
            return answer.status, await answer.text()


class Socket:
    """Sends what Slack sends over Socket Mode."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack
        self.patience = 8.0

    async def send(self, kind: str, payload: dict[str, Any]) -> tuple[int, str]:
        """200 and the payload of the acknowledgement, or 504 where none came."""
        envelope = str(uuid.uuid4())
        waiting: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.slack.acknowledged[envelope] = waiting
        sent = {"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": True}
        for _ in range(200):
            if self.slack.sockets:
                break
            await asyncio.sleep(0.05)
        await self.slack.sockets[-1].send_json(sent)
        try:
            return 200, json.dumps(await asyncio.wait_for(waiting, self.patience))
        except TimeoutError:
            return 504, ""


@dataclass
class Person:
    """Somebody in the workspace, who does what people do."""

    wire: Http | Socket
    user: str = USER
    team: str = TEAM
    channel: str = "C00000001"

    @property
    def slack(self) -> Slack:
        return self.wire.slack

    def response_url(self) -> str:
        """A fresh one for each command and each press, as Slack gives."""
        return f"{self.slack.url}/respond/{uuid.uuid4().hex}"

    async def event(self, event: dict[str, Any], event_id: str | None = None) -> tuple[int, str]:
        payload = {
            "type": "event_callback",
            "team_id": self.team,
            "api_app_id": "A1",
            "event_id": event_id or f"Ev{uuid.uuid4().hex[:10]}",
            "event": event,
            "authorizations": [{"team_id": self.team, "user_id": BOT, "is_bot": True}],
        }
        return await self.wire.send("events_api", payload)

    async def mention(self, text: str, event_id: str | None = None, **further: Any) -> tuple[int, str]:
        event = {
            "type": "app_mention",
            "user": self.user,
            "channel": self.channel,
            "ts": "10.1",
            "text": f"<@{BOT}> {text}",
        }
        return await self.event({**event, **further}, event_id)

    async def tell(self, text: str, **further: Any) -> tuple[int, str]:
        event = {
            "type": "message",
            "channel_type": "im",
            "user": self.user,
            "channel": "D00000001",
            "ts": "20.1",
            "text": text,
        }
        return await self.event({**event, **further})

    async def command(self, command: str, text: str) -> tuple[int, str]:
        return await self.wire.send(
            "slash_commands",
            {
                "command": command,
                "text": text,
                "team_id": self.team,
                "user_id": self.user,
                "channel_id": self.channel,
                "trigger_id": "1.2.3",
                "response_url": self.response_url(),
            },
        )

    async def shortcut(self, callback: str, message: str | None = None) -> tuple[int, str]:
        payload: dict[str, Any] = {
            "type": "shortcut" if message is None else "message_action",
            "callback_id": callback,
            "trigger_id": "1.2.3",
            "team": {"id": self.team},
            "user": {"id": self.user, "team_id": self.team},
        }
        if message is not None:
            payload |= {"message": {"text": message, "ts": "5.5"}, "channel": {"id": self.channel}}
            payload["response_url"] = self.response_url()
        return await self.wire.send("interactive", payload)

    async def press_in(self, view: dict[str, Any], button: dict[str, Any]) -> tuple[int, str]:
        """Press a button in a dialogue or on the Home tab: there is no channel, message or response_url."""
        return await self.wire.send(
            "interactive",
            {
                "type": "block_actions",
                "trigger_id": "1.2.3",
                "team": {"id": self.team},
                "user": {"id": self.user, "team_id": self.team},
                "view": {"id": "V1", "type": view["type"]},
                "actions": [{"type": "button", "block_id": "b", **button}],
            },
        )

    async def press(self, button: dict[str, Any], channel: str | None = None) -> tuple[int, str]:
        return await self.wire.send(
            "interactive",
            {
                "type": "block_actions",
                "trigger_id": "1.2.3",
                "team": {"id": self.team},
                "user": {"id": self.user, "team_id": self.team},
                "channel": {"id": channel or self.channel},
                "message": {"ts": "9.9"},
                "actions": [{"type": "button", "block_id": "b", **button}],
                "response_url": self.response_url(),
            },
        )


def sent_words(call: Call) -> str:
    """All words of a call, blocks and text."""
    return f"{call.text} {all_text(call.data.get('blocks'))} {all_text(call.data.get('view'))}"


def unescape(text: str) -> str:
    return re.sub("&(lt|gt|amp);", lambda found: {"lt": "<", "gt": ">", "amp": "&"}[found[1]], text)
