"""What `protocol-guide doctor` looks at in Teams."""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp
import jwt

from bot.channel import Check
from bot.settings import Settings
from bot.teams.login import Login, LoginRefused
from bot.teams.sdk import PUBLIC, CloudEnvironment

_TIMEOUT = aiohttp.ClientTimeout(total=10)
_OPEN = "Open outgoing HTTPS to it."


async def checks(settings: Settings, cloud: CloudEnvironment = PUBLIC, address: str | None = None) -> Sequence[Check]:
    """Whether Microsoft takes id and secret, its keys can be had, and Teams can reach us. `address` is the public one."""
    found: list[Check] = []
    if settings.teams_client_secret and settings.teams_client_id and settings.teams_tenant_id:
        found.append(await _login(settings, cloud))
    found.append(await _keys(cloud))
    if settings.domain is None:
        mend = "Set PROTOCOL_GUIDE_DOMAIN to the public host name: the app package and this check need it."
        return [*found, Check("Teams' way to us", mend)]
    return [*found, await _reach(address or f"https://{settings.domain}")]


async def _login(settings: Settings, cloud: CloudEnvironment) -> Check:
    what = "Teams' login (CLIENT_ID, CLIENT_SECRET, TENANT_ID)"
    try:
        token = await Login(settings, cloud).token(cloud.bot_scope)
    except LoginRefused as error:
        return Check(what, str(error))
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return Check(what, f"{cloud.login_endpoint} does not answer ({type(error).__name__}). {_OPEN}")
    try:
        tenant = jwt.decode(token, options={"verify_signature": False}).get("tid")
    except jwt.PyJWTError:
        tenant = None
    if tenant is not None and str(tenant).lower() != settings.teams_tenant_id:
        return Check(what, "The token is for another tenant: set TENANT_ID to the tenant of the app's registration.")
    return Check(what)


async def _keys(cloud: CloudEnvironment) -> Check:
    what = "Teams' signing keys"
    url = cloud.openid_metadata_url.replace("openidconfiguration", "keys")
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as client, client.get(url) as answer:
            answer.raise_for_status()
            jwt.PyJWKSet.from_dict(await answer.json(content_type=None))
    except (aiohttp.ClientError, TimeoutError, ValueError, AttributeError, jwt.PyJWTError) as error:
        return Check(what, f"{url} cannot be read ({type(error).__name__}). {_OPEN}")
    return Check(what)


async def _reach(address: str) -> Check:
    """An unsigned request from outside must come through to us, and be refused."""
    what = "Teams' way to us"
    url = f"{address}/api/messages"
    proxy = f"Let your reverse proxy pass {url} on to this program, while it runs."
    try:
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT) as client,
            client.post(url, json={}, allow_redirects=False) as answer,
        ):
            ours = answer.status == 401 and "x-request-id" in answer.headers
            status = answer.status
    except (aiohttp.ClientError, TimeoutError) as error:
        return Check(what, f"{url} does not answer ({type(error).__name__}). {proxy}")
    return Check(what, None if ours else f"{url} answers {status}, not as this program does. {proxy}")
