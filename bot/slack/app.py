"""Slack as a channel: Socket Mode for one workspace, or signed HTTP for one or for many by OAuth."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from aiohttp import ClientError
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot import wording
from bot.desk import Desk
from bot.errors import SettingsError
from bot.logs import say
from bot.settings import Settings
from bot.slack import messages as draw
from bot.slack.bodies import readable
from bot.slack.listeners import Listeners
from bot.slack.manifest import SCOPES
from bot.storage import Platform, Storage

Found = TypeVar("Found")

_FINISH_SECONDS = 6.0
_GONE = frozenset(
    {"account_inactive", "channel_not_found", "user_not_found", "cannot_dm_bot", "user_disabled", "is_archived"}
)


def retries() -> list[AsyncRetryHandler]:
    """Fresh handlers: a dropped connection, a rate limit (waited for as Slack says), a fault of Slack's own."""
    return [
        AsyncConnectionErrorRetryHandler(max_retry_count=2),
        AsyncRateLimitErrorRetryHandler(max_retry_count=5),
        _FaultRetryHandler(max_retry_count=3),
    ]


class _FaultRetryHandler(AsyncServerErrorRetryHandler):
    """A fault of Slack's, or of a gateway on the way there, which slack_sdk's own handler leaves out."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        return response is not None and response.status_code in {500, 502, 503, 504}


def client_of(settings: Settings, token: str | None = None) -> AsyncWebClient:
    """A client of Slack's Web API with all our patience."""
    return AsyncWebClient(token=token, base_url=settings.slack_api_url, timeout=10, retry_handlers=retries())


class SlackChannel:
    """Slack's side of the process."""

    def __init__(self, settings: Settings, desk: Desk, storage: Storage) -> None:
        self._settings = settings
        self._storage = storage
        self._listeners = Listeners(desk, storage, retries)

        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
            return await self._authorize(enterprise_id, team_id or "")

        self._bolt = AsyncApp(
            client=client_of(settings, settings.slack_bot_token),
            signing_secret=settings.slack_signing_secret or "",
            authorize=authorize if settings.slack_hosted else None,  # type: ignore[arg-type] # None: not installed
            process_before_response=True,
            request_verification_enabled=settings.slack_over_http,
            user_facing_authorize_error_message=wording.NOT_INSTALLED,
        )
        self._listeners.register(self._bolt)
        self._socket: AsyncSocketModeHandler | None = None

    @property
    def platform(self) -> Platform:
        """Slack."""
        return Platform.SLACK

    def routes(self) -> Sequence[BaseRoute]:
        """`/slack/events` for everything that Slack sends, and where many install, the two steps of OAuth."""
        if not self._settings.slack_over_http:
            return ()
        handler = AsyncSlackRequestHandler(self._bolt)

        async def events(request: Request) -> Response:
            if not request.headers.get("x-slack-request-timestamp", "").isdecimal():
                return Response(status_code=401)  # Bolt fails on a timestamp that is no number
            if not readable(await request.body(), request.headers.get("content-type", "")):
                return Response(status_code=400)  # and reads a body before it looks at the signature
            return await handler.handle(request)

        routes: list[BaseRoute] = [Route("/slack/events", events, methods=["POST"])]
        if self._settings.slack_hosted:
            routes.append(Route("/slack/install", self._install))
            routes.append(Route("/slack/oauth_redirect", self._installed))
        return routes

    async def start(self) -> None:
        """Find out which workspace this is, tie it to the council, and connect.

        Raises:
            SettingsError: when Slack does not take a token.
        """
        settings = self._settings
        if not settings.slack_hosted:
            found = await _tried("SLACK_BOT_TOKEN", self._bolt.client.auth_test())
            if settings.council is not None:
                await self._storage.tie(Platform.SLACK, str(found["team_id"]), settings.council, settings.clerk)
            say(logging.INFO, "slack takes the token", workspace=str(found["team_id"]), council=settings.council)
        if not settings.slack_over_http:
            self._socket = AsyncSocketModeHandler(self._bolt, settings.slack_app_token, web_client=client_of(settings))
            await _tried("SLACK_APP_TOKEN", self._socket.connect_async())  # type: ignore[no-untyped-call]

    async def stop(self) -> None:
        """Take nothing more, finish what was begun, and disconnect."""
        if self._socket is not None:
            self._socket.client.auto_reconnect_enabled = False
        await self._listeners.finish(_FINISH_SECONDS)
        if self._socket is not None:
            await self._socket.close_async()  # type: ignore[no-untyped-call]

    async def ready(self) -> str | None:
        """Whether Slack can reach us."""
        if self._socket is not None and not await self._socket.client.is_connected():
            return "Slack is not connected"
        return None

    async def tell(self, workspace: str, account: str, text: str) -> bool:
        """A direct message to an account; False where Slack will never deliver it."""
        token = self._settings.slack_bot_token
        if self._settings.slack_hosted:
            installed = await self._storage.installation(Platform.SLACK, workspace)
            if installed is None:
                return False
            token = str(installed["bot_token"])
        try:
            await client_of(self._settings, token).chat_postMessage(channel=account, **draw.sentence(text).arguments())
        except SlackApiError as error:
            if error.response.get("error") in _GONE:
                return False
            raise
        return True

    async def _authorize(self, enterprise: str | None, team: str) -> AuthorizeResult | None:
        """The token of the workspace that a request is from."""
        installed = await self._storage.installation(Platform.SLACK, team)
        if installed is None:
            return None
        return AuthorizeResult(
            enterprise_id=enterprise,
            team_id=team,
            bot_token=str(installed["bot_token"]),
            bot_id=str(installed["bot_id"]),
            bot_user_id=str(installed["bot_user_id"]),
        )

    async def _install(self, _request: Request) -> Response:
        """Send whoever installs to Slack, with a state that any replica finds again."""
        state = secrets.token_urlsafe(24)
        await self._storage.save_state(state, {"for": "slack"})
        address = AuthorizeUrlGenerator(
            client_id=str(self._settings.slack_client_id), scopes=list(SCOPES), redirect_uri=self._redirect
        )
        return RedirectResponse(address.generate(state))

    async def _installed(self, request: Request) -> Response:
        """Slack sends them back: the tokens are kept, encrypted, and nothing else."""
        state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
        if not code or await self._storage.take_state(state) is None:
            return HTMLResponse(wording.INSTALL_AGAIN, status_code=400)
        try:
            found = await client_of(self._settings).oauth_v2_access(
                client_id=str(self._settings.slack_client_id),
                client_secret=str(self._settings.slack_client_secret),
                code=code,
                redirect_uri=self._redirect,
            )
        except SlackApiError:
            return HTMLResponse(wording.INSTALL_AGAIN, status_code=400)
        token = str(found["access_token"])
        who = await client_of(self._settings, token).auth_test()
        data = {
            "bot_token": token,
            "bot_id": str(who.get("bot_id") or ""),
            "bot_user_id": str(found["bot_user_id"]),
            "installed_by": str(found["authed_user"]["id"]),
        }
        await self._storage.save_installation(Platform.SLACK, str(found["team"]["id"]), data)
        return HTMLResponse(wording.INSTALLED.format(command="/protocol invitation"))

    @property
    def _redirect(self) -> str:
        return f"{self._settings.address}/slack/oauth_redirect"


async def _tried(setting: str, call: Awaitable[Found]) -> Found:
    """What Slack says to a token at the start."""
    try:
        return await call
    except SlackApiError as error:
        raise SettingsError(f"{setting}: Slack says {said(error)}. Copy it again.") from error
    except (ClientError, OSError) as error:
        raise SettingsError(
            f"Slack cannot be reached ({type(error).__name__}). See whether this machine has a way out to slack.com, "
            "then start again."
        ) from error


def said(error: SlackApiError) -> str:
    """Slack's own word for what is wrong, or the HTTP status where it gave none."""
    try:
        return str(error.response["error"])
    except (KeyError, TypeError, ValueError):
        return "nothing that can be read"


def build(settings: Settings, desk: Desk, storage: Storage) -> SlackChannel:
    """The channel, not connected yet.

    Raises:
        SettingsError: when a setting of Slack's is wrong.
    """
    return SlackChannel(settings, desk, storage)
