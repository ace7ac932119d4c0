"""Teams as a channel: one route, the SDK behind a guard, and messages of our own accord."""

from __future__ import annotations

import html
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot import wording
from bot.desk import Desk
from bot.errors import SettingsError
from bot.settings import LOOPBACK, Settings
from bot.storage import Platform, Storage
from bot.teams.guard import LOCAL, Guard
from bot.teams.listeners import Listeners
from bot.teams.login import Login
from bot.teams.package import ABOUT
from bot.teams.post import Patience, Post, Undeliverable
from bot.teams.sdk import PUBLIC, Client, ClientOptions, CloudEnvironment, app_of

_SERVICE = "https://smba.trafficmanager.net/teams"
_NOBODY = "00000000-0000-0000-0000-00000000beef"
_TIMEOUT = 10.0


class TeamsChannel:
    """Teams' side of the process. `cloud` and `service` are Microsoft's addresses."""

    def __init__(
        self,
        settings: Settings,
        desk: Desk,
        storage: Storage,
        *,
        local: bool = False,
        cloud: CloudEnvironment = PUBLIC,
        service: str = _SERVICE,
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._local = local
        self._tenant = LOCAL if local else str(settings.teams_tenant_id)
        bot = _NOBODY if local else str(settings.teams_client_id)
        self._guard = Guard(storage, desk.measures, self._tenant, one_council=local or settings.council is not None)
        client = Client(ClientOptions(timeout=_TIMEOUT))
        client.use(Patience())
        self._app = app_of(
            client_id=bot,
            tenant_id=None if local else self._tenant,
            token=(lambda _scope, _tenant=None: None) if local else Login(settings, cloud).token,
            client=client,
            cloud=cloud,
            service_url=service,
            http_server_adapter=self._guard,
            fetch_user_token=False,
            state=False,
            telemetry={"agent365": False},
            dangerously_allow_unauthenticated_requests=local,
        )
        self._post = Post(self._app, storage)
        link = f"https://teams.microsoft.com/l/chat/0/0?users=28:{bot}"
        Listeners(desk, storage, self._app, self._post, local=local, bot_link=link).register()

    @property
    def platform(self) -> Platform:
        """Teams."""
        return Platform.TEAMS

    def routes(self) -> Sequence[BaseRoute]:
        """`/api/messages` for everything that Teams sends, and the page that the app's entry in Teams points to."""
        return [*self._guard.routes(), Route(ABOUT, _about)]

    async def start(self) -> None:
        """Make the SDK ready, and tie our own tenant to the council."""
        await self._app.initialize()
        self._guard.stand_before(self._app, local=self._local)
        if self._settings.council is not None:
            await self._storage.tie(Platform.TEAMS, self._tenant, self._settings.council, self._settings.clerk)

    async def stop(self) -> None:
        """Requests that were begun are finished by the process; connections are given back."""
        await self._app.http_client.http.aclose()
        await self._app.api.http.http.aclose()

    async def ready(self) -> str | None:
        """Teams comes to us: there is nothing to wait for."""
        return None

    async def tell(self, workspace: str, account: str, text: str) -> bool:
        """A message to an account alone; False where Teams will never deliver it."""
        try:
            where = await self._post.with_person(workspace, account, account)
            await self._post.sentence(where, text)
        except Undeliverable:
            await self._post.forget(workspace, account)
            return False
        return True


async def _about(_request: Request) -> Response:
    parts = (
        ("", wording.NAME, wording.HELP),
        ("privacy", wording.PRIVACY, Desk.privacy()),
        ("terms", wording.TERMS, wording.ABOUT),
    )
    shown = "".join(f'<h2 id="{at}">{html.escape(name)}</h2><p>{html.escape(text)}</p>' for at, name, text in parts)
    page = f'<!doctype html><html lang="en-GB"><meta charset="utf-8"><title>{wording.NAME}</title>{shown}</html>'
    return HTMLResponse(page, headers={"content-security-policy": "default-src 'none'"})


def build(settings: Settings, desk: Desk, storage: Storage, local: bool = False) -> TeamsChannel:
    """The channel, not started yet. `local` is without credentials, for the Agents Playground.

    Raises:
        SettingsError: when `local` would listen on more than this machine.
    """
    if local and settings.host not in LOOPBACK:
        raise SettingsError("PROTOCOL_GUIDE_HOST must be 127.0.0.1 with --local: whoever reaches it is believed.")
    return TeamsChannel(settings, desk, storage, local=local)
