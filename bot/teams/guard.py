"""What every request for Teams passes before and after the SDK: the weaknesses that were found there are closed here.

Before it: the body's size, the token's issuer, its key at hand without blocking, JSON that is an object. After it has
found the token good: whose tenant it is, what kind of activity, whether it was answered before. Only then is anything
answered; what fails is said in the log by kind and place, never with content.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import jwt
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.logs import new_request, say, say_error
from bot.measures import Measures
from bot.settings import LOOPBACK
from bot.storage import Claim, Platform, Storage
from bot.teams.keys import SigningKeys, Unfetchable
from bot.teams.post import Undeliverable
from bot.teams.sdk import ActivityEvent, App, HttpRequest, HttpResponse, InvokeResponse

LARGEST = 256 * 1024
"""Bytes of a request's body at most."""
LOCAL = "local"
"""The tenant of everybody who comes from the Agents Playground."""

_QUIET = frozenset(
    {
        *("messageUpdate", "messageDelete", "messageReaction", "typing", "event", "endOfConversation", "trace"),
        *("command", "commandResult", "handoff", "contactRelationUpdate", "suggestion"),
    }
)
"""Activities that are taken and let be."""
_TOLD = frozenset({"message", "installationUpdate", "conversationUpdate"})
_INVOKES = frozenset(
    {
        "adaptiveCard/action",
        *("composeExtension/query", "composeExtension/fetchTask", "composeExtension/submitAction"),
    }
)
_READING = frozenset({"composeExtension/query", "composeExtension/fetchTask"})
"""Invokes that change nothing, so that answering one twice does no harm."""

_Json = dict[str, Any]


class Guard:
    """The SDK's HTTP adapter, into our one Starlette application."""

    def __init__(self, storage: Storage, measures: Measures, tenant: str, *, one_council: bool) -> None:
        self._storage = storage
        self._measures = measures
        self._tenant = tenant
        self._one_council = one_council
        self._keys: SigningKeys | None = None
        self._issuer = ""
        self._handle: Callable[[HttpRequest], Awaitable[HttpResponse]] | None = None
        self._process: Callable[[ActivityEvent], Awaitable[InvokeResponse[Any]]] | None = None

    def register_route(self, method: str, path: str, handler: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        """The SDK tells us what handles its requests."""
        assert (method, path) == ("POST", "/api/messages")
        self._handle = handler

    def serve_static(self, path: str, directory: str) -> None:
        """Nothing is served from folders."""

    async def start(self, port: int) -> None:
        """The one process listens; the SDK never does."""

    async def stop(self) -> None:
        """The one process stops."""

    def stand_before(self, app: App, *, local: bool) -> None:
        """Stand before and behind the SDK of an app that is initialized."""
        if not local:
            assert app.server._token_validator is not None
            validator = app.server._token_validator._service_validator
            self._keys = SigningKeys(validator.options.jwks_uri)
            self._issuer = validator.options.valid_issuers[0]
            validator._jwks_client = self._keys  # type: ignore[assignment] # it asks ours for one thing only
        self._process = app.server.on_request
        app.server.on_request = self._authenticated

    def routes(self) -> list[BaseRoute]:
        """The one path that Teams needs."""
        return [Route("/api/messages", self._request, methods=["POST"])]

    async def _request(self, request: Request) -> Response:
        body = await request.body()
        if len(body) > LARGEST:
            return Response(status_code=413)
        if self._handle is None:
            return Response(status_code=503)
        if self._keys is not None and (refused := await self._unbelieved(self._keys, request.headers)) is not None:
            return Response(status_code=refused)
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        if not isinstance(found, dict) or not all(
            isinstance(found.get(name, ""), str) for name in ("type", "serviceUrl")
        ):
            return Response(status_code=400)
        if self._keys is not None and not self._keys.endorses(_bearer(request.headers), str(found.get("channelId"))):
            return Response(status_code=401)
        if self._keys is None and not _is_loopback(str(found.get("serviceUrl"))):
            return Response(status_code=403)
        answer = await self._handle(HttpRequest(body=found, headers=dict(request.headers)))
        if answer["body"] is None or answer["status"] >= 400:
            return Response(status_code=answer["status"])
        return JSONResponse(answer["body"], status_code=answer["status"])

    async def _unbelieved(self, keys: SigningKeys, headers: Any) -> int | None:
        """The status for a token that the SDK need not even see, or None. Nothing here is proof; the SDK's check is."""
        token = _bearer(headers)
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
            if claims.get("iss") != self._issuer:
                return 401
            await keys.warm(token)
        except jwt.PyJWTError:
            return 401
        except Unfetchable:
            return 503
        return None

    async def _authenticated(self, event: ActivityEvent) -> InvokeResponse[Any]:
        """An activity whose token was good."""
        new_request()
        activity = event.body.model_dump()
        kind, name = str(activity.get("type")), str(activity.get("name"))
        tenant = LOCAL if self._keys is None else tenant_of(activity)
        if tenant is None or activity.get("channelId") != "msteams" or not await self._ours(tenant):
            return InvokeResponse(status=403)
        if kind not in _TOLD | {"invoke"}:
            return InvokeResponse(status=200)
        if kind == "invoke" and name not in _INVOKES:
            return InvokeResponse(status=501)
        if not _is_whole(activity):
            return InvokeResponse(status=400)
        _prune(event)
        if kind == "invoke" and name in _READING:
            return await self._answered(event)
        return await self._once(tenant, _mark(activity), event)

    async def _ours(self, tenant: str) -> bool:
        """Whether the tenant may ask: our own, and where many are hosted, any; the desk asks it for its invitation."""
        return tenant == self._tenant or not self._one_council

    async def _once(self, tenant: str, mark: str, event: ActivityEvent) -> InvokeResponse[Any]:
        claim = await self._storage.begin_event(Platform.TEAMS, tenant, mark)
        if claim is Claim.DONE:
            return InvokeResponse(status=200)
        if claim is Claim.ELSEWHERE:
            return InvokeResponse(status=503)
        try:
            answer = await self._answered(event)
        except BaseException:
            await self._storage.release_event(Platform.TEAMS, tenant, mark)
            raise
        if answer.status >= 500:
            await self._storage.release_event(Platform.TEAMS, tenant, mark)
        else:
            await self._storage.finish_event(Platform.TEAMS, tenant, mark)
        return answer

    async def _answered(self, event: ActivityEvent) -> InvokeResponse[Any]:
        """What the SDK's routes and our listeners make of it; a fault becomes a status."""
        assert self._process is not None
        try:
            return await self._process(event)
        except ValidationError as error:  # the SDK's models refuse what has another shape
            say_error("teams activity refused", error)
            return InvokeResponse(status=400)
        except Undeliverable:
            say(logging.INFO, "teams cannot deliver")
            return InvokeResponse(status=200)
        except Exception as error:
            say_error("teams listener failed", error)
            self._measures.error("teams")
            return InvokeResponse(status=500)


def tenant_of(activity: _Json) -> str | None:
    """The tenant of an activity, or None where it has none, or two."""
    conversation = _at(activity, "conversation", "tenantId")
    channel = _at(activity, "channelData", "tenant", "id")
    if conversation and channel and conversation != channel:
        return None
    found = conversation or channel
    return found.lower() if found else None


def _prune(event: ActivityEvent) -> None:
    """Of the message that an action is about, keep its words alone: the SDK refuses much of what else can come with it."""
    value = getattr(event.body, "value", None)
    if isinstance(value, dict) and "messagePayload" in value:
        body = {"contentType": "html", "content": _at(value, "messagePayload", "body", "content")}
        value["messagePayload"] = {"id": "message", "body": body}


def _at(found: Any, *names: str) -> str:
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _is_whole(activity: _Json) -> bool:
    """Whether an activity says what it is, from whom and where: without that nothing can be answered."""
    return all(_at(activity, *names) for names in (("id",), ("from", "id"), ("conversation", "id")))


def _mark(activity: _Json) -> str:
    """What makes an activity itself, however often it comes; nothing can be read from it."""
    parts = (activity["type"], activity["conversation"]["id"], activity["id"], str(activity.get("action")))
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


def _bearer(headers: Any) -> str:
    scheme, _, token = str(headers.get("authorization", "")).partition(" ")
    return token if scheme == "Bearer" else ""


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK
