"""A stand-in for Microsoft at its edge: the Bot Connector, its key server, the login; and what sends activities as Teams does."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from bot.teams.sdk import PUBLIC, CloudEnvironment
from tests.bot.teams.schema import check_card

APP = "11111111-2222-3333-4444-555555555555"
TENANT = "aaaaaaaa-2222-3333-4444-555555555555"
OTHER_TENANT = "bbbbbbbb-2222-3333-4444-555555555555"
BOT = f"28:{APP}"
SECRET = "s3cret~value"
CARD = "application/vnd.microsoft.card.adaptive"


@dataclass(frozen=True)
class Signer:
    """A key that signs tokens."""

    name: str
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def public(self) -> dict[str, Any]:
        return {
            **RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True),
            "kid": self.name,
            "use": "sig",
            "endorsements": ["msteams", "webchat"],
        }

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.key, "RS256", headers={"kid": self.name})


MICROSOFT = Signer("microsoft-1")
STRANGER = Signer("microsoft-1")
"""Another key under the same name."""


@dataclass
class Sent:
    """One message that reached the connector: to which conversation, and what."""

    conversation: str
    activity: dict[str, Any]
    token: str

    @property
    def card(self) -> dict[str, Any]:
        return dict(self.activity["attachments"][0]["content"])

    @property
    def text(self) -> str:
        """All that can be read of it."""
        found = str(self.activity.get("text") or "")
        return found + "".join(words(entry["content"]) for entry in self.activity.get("attachments", ()))


def words(found: Any) -> str:
    """Every word that a card shows, in order."""
    if isinstance(found, dict):
        own = found["text"] if isinstance(found.get("text"), str) else ""
        end = "\n" if found.get("type") in {"RichTextBlock", "TextBlock"} else ""
        return own + "".join(words(value) for value in found.values() if isinstance(value, dict | list)) + end
    return "".join(map(words, found)) if isinstance(found, list) else ""


def buttons(card: Any) -> list[dict[str, Any]]:
    """Every button of a card."""
    if isinstance(card, dict):
        own = [card] if str(card.get("type", "")).startswith("Action.") else []
        return own + [button for value in card.values() for button in buttons(value)]
    return [button for value in card for button in buttons(value)] if isinstance(card, list) else []


def button(card: Any, do: str) -> dict[str, Any]:
    """The button that does this."""
    for found in buttons(card):
        if found.get("data", {}).get("do") == do:
            return found
    raise AssertionError(f"no button {do}")


@dataclass
class Microsoft:
    """The stand-in. `failing` maps "send", "create", "member" or "login" to how its next calls go."""

    sent: list[Sent] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    created: list[dict[str, Any]] = field(default_factory=list)
    failing: dict[str, list[tuple[int, dict[str, Any], dict[str, str]]]] = field(default_factory=dict)
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: list[Signer] = field(default_factory=lambda: [MICROSOFT])
    key_fetches: int = 0
    keys_hang: bool = False
    url: str = ""

    @property
    def service(self) -> str:
        return f"{self.url}/teams"

    @property
    def cloud(self) -> CloudEnvironment:
        return dataclasses.replace(
            PUBLIC,
            login_endpoint=f"{self.url}/login",
            openid_metadata_url=f"{self.url}/v1/.well-known/openidconfiguration",
        )

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Microsoft]:
        app = web.Application()
        app.router.add_get("/v1/.well-known/keys", self._keys)
        app.router.add_post("/login/{tenant}/oauth2/v2.0/token", self._login)
        app.router.add_post("/teams/v3/conversations", self._create)
        app.router.add_post("/teams/v3/conversations/{id}/activities", self._activity)
        app.router.add_get("/teams/v3/conversations/{id}/members/{user}", self._member)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
        try:
            yield self
        finally:
            await runner.cleanup()

    def _fails(self, what: str) -> web.Response | None:
        self.requests.append(what)
        if not self.failing.get(what):
            return None
        status, body, headers = self.failing[what].pop(0)
        return web.json_response(body, status=status, headers=headers)

    async def _keys(self, _request: web.Request) -> web.Response:
        self.key_fetches += 1
        if self.keys_hang:
            await asyncio.sleep(60)
        return web.json_response({"keys": [signer.public() for signer in self.keys]})

    async def _login(self, request: web.Request) -> web.Response:
        if (failed := self._fails("login")) is not None:
            return failed
        form = await request.post()
        if form["client_secret"] != SECRET:
            said = {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided."}
            return web.json_response(said, status=401)
        token = MICROSOFT.sign({"aud": str(form["scope"]), "tid": request.match_info["tenant"]})
        return web.json_response({"access_token": token, "expires_in": 3600, "token_type": "Bearer"})

    async def _create(self, request: web.Request) -> web.Response:
        if (failed := self._fails("create")) is not None:
            return failed
        body = await request.json()
        self.created.append(body)
        return web.json_response({"id": f"a:new-{body['members'][0]['id']}"}, status=201)

    async def _activity(self, request: web.Request) -> web.Response:
        if (failed := self._fails("send")) is not None:
            return failed
        body = await request.read()
        assert len(body) < 100_000, "a message of more than 100 KB"
        activity = json.loads(body)
        for attachment in activity.get("attachments", ()):
            check_card(attachment["content"])
        token = request.headers.get("authorization", "")
        self.sent.append(Sent(request.match_info["id"], activity, token))
        return web.json_response({"id": f"sent-{len(self.sent)}"}, status=201)

    async def _member(self, request: web.Request) -> web.Response:
        if (failed := self._fails("member")) is not None:
            return failed
        user = request.match_info["user"]
        found = {"id": user, "name": "Somebody", "tenantId": TENANT, "userRole": "user", **self.members.get(user, {})}
        return web.json_response(found)


@dataclass
class Person:
    """Somebody in the tenant, who does what people do. `bot` is the address of the process."""

    microsoft: Microsoft
    bot: str
    account: str = "29:person-one"
    directory: str = "cccccccc-0000-0000-0000-000000000001"
    tenant: str = TENANT
    conversation: dict[str, Any] = field(default_factory=dict)
    signer: Signer = MICROSOFT
    claims: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.conversation:
            self.conversation = {"id": f"a:chat-{self.account}", "conversationType": "personal"}

    def among(self, kind: str, name: str = "19:general@thread.tacv2;messageid=1") -> Person:
        """The same person in a channel or a group chat."""
        where = {"id": name, "conversationType": kind, "isGroup": True}
        return dataclasses.replace(self, conversation=where)

    def activity(self, **further: Any) -> dict[str, Any]:
        return {
            "id": f"act-{uuid.uuid4().hex[:10]}",
            "channelId": "msteams",
            "serviceUrl": self.microsoft.service,
            "from": {"id": self.account, "name": "Somebody", "aadObjectId": self.directory},
            "recipient": {"id": BOT, "name": "Protocol Guide"},
            "conversation": {**self.conversation, "tenantId": self.tenant},
            "channelData": {"tenant": {"id": self.tenant}},
            "timestamp": "2026-11-25T10:00:00.000Z",
            "locale": "en-GB",
            **further,
        }

    def token(self) -> str:
        now = int(time.time())
        return self.signer.sign(
            {
                "iss": "https://api.botframework.com",
                "aud": APP,
                "iat": now - 10,
                "nbf": now - 10,
                "exp": now + 3600,
                "serviceurl": self.microsoft.service,
                **self.claims,
            }
        )

    async def post(self, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status and body of the answer."""
        signed = {"authorization": f"Bearer {self.token()}"} if headers is None else headers
        async with (
            aiohttp.ClientSession() as client,
            client.post(
                f"{self.bot}/api/messages", data=body, headers={"content-type": "application/json", **signed}
            ) as answer,
        ):
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def send(self, **further: Any) -> tuple[int, Any]:
        return await self.post(json.dumps(self.activity(**further)).encode())

    async def tell(self, text: str, **further: Any) -> tuple[int, Any]:
        return await self.send(type="message", text=text, **further)

    async def mention(self, text: str, **further: Any) -> tuple[int, Any]:
        mention = {
            "type": "mention",
            "text": "<at>Protocol Guide</at>",
            "mentioned": {"id": BOT, "name": "Protocol Guide"},
        }
        return await self.tell(f"<at>Protocol Guide</at> {text}\n", entities=[mention], **further)

    async def invoke(self, name: str, value: Any, **further: Any) -> Any:
        status, body = await self.send(type="invoke", name=name, value=value, **further)
        assert status == 200, status
        return body

    async def press(self, pressed: dict[str, Any], **chosen: str) -> Any:
        """Press a button of a card: what takes the card's place, or the sentence."""
        data = {**pressed["data"], **chosen}
        action = {"type": pressed["type"], "verb": pressed.get("verb"), "data": data}
        body = await self.invoke("adaptiveCard/action", {"action": action, "trigger": "manual"})
        assert body["statusCode"] == 200
        if body["type"] == CARD:
            check_card(body["value"])
        return body["value"]

    async def search(self, text: str) -> Any:
        parameter = {"name": "words", "value": text} if text else {"name": "initialRun", "value": "true"}
        value = {
            "commandId": "search",
            "parameters": [parameter],
            "queryOptions": {"skip": 0, "count": 25},
        }
        body = await self.invoke("composeExtension/query", value)
        for attachment in body["composeExtension"].get("attachments", ()):
            check_card(attachment["content"])
        return body["composeExtension"]

    async def about(self, content: str) -> Any:
        """The action on a message."""
        value = {
            "commandId": "ask",
            "commandContext": "message",
            "context": {"theme": "default"},
            "messagePayload": {
                "id": "1700000000000",
                "createdDateTime": "2026-11-25T09:00:00.000Z",
                "body": {"contentType": "html", "content": content},
                "from": {
                    "user": {"id": "x", "displayName": "Somebody else", "userIdentityType": "another"},
                    "device": 7,
                },
                "attachments": [{"contentType": None}],
                "mentions": [{"id": 0, "mentioned": {"conversation": None}}],
                "reactions": [{"reactionType": "unheardOf"}],
                "importance": "unheardOf",
            },
        }
        return shown(await self.invoke("composeExtension/fetchTask", value))

    async def press_about(self, pressed: dict[str, Any], **chosen: str) -> Any:
        """A button of that dialogue: the next card, or what goes into the message."""
        value = {"commandId": "ask", "commandContext": "message", "data": {**pressed["data"], **chosen}}
        body = await self.invoke("composeExtension/submitAction", value)
        return shown(body) if "task" in body else body["composeExtension"]


def shown(body: Any) -> Any:
    """The card of a dialogue."""
    assert body["task"]["type"] == "continue"
    card = body["task"]["value"]["card"]["content"]
    check_card(card)
    return card
