"""Our own login at Microsoft Entra: the token with which the bot writes to Teams.

The client-credentials flow of https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication,
over aiohttp, so that a slow login holds up nothing else.
"""

from __future__ import annotations

import asyncio
import time

import aiohttp

from bot.errors import BotError
from bot.settings import Settings
from bot.teams.sdk import CloudEnvironment

_EARLY = 300.0
_TIMEOUT = aiohttp.ClientTimeout(total=10)


class LoginRefused(BotError):
    """Microsoft does not take the id, the secret or the tenant. The message says which setting to mend."""


class Login:
    """Gives the token for a scope, and gets a new one some minutes before it runs out."""

    def __init__(self, settings: Settings, cloud: CloudEnvironment) -> None:
        self._settings = settings
        self._url = f"{cloud.login_endpoint}/{settings.teams_tenant_id}/oauth2/v2.0/token"
        self._kept: dict[str, tuple[str, float]] = {}
        self._lock = asyncio.Lock()

    async def token(self, scope: str | list[str], _tenant: str | None = None) -> str:
        """The token, as the SDK asks for it.

        Raises:
            LoginRefused: when Microsoft says no.
            aiohttp.ClientError, TimeoutError: when it says nothing.
        """
        wanted = scope if isinstance(scope, str) else " ".join(scope)
        async with self._lock:
            token, until = self._kept.get(wanted, ("", 0.0))
            if until <= time.monotonic():
                token, seconds = await self._get(wanted)
                self._kept[wanted] = token, time.monotonic() + max(seconds - _EARLY, 30.0)
        return token

    async def _get(self, scope: str) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": str(self._settings.teams_client_id),
            "client_secret": str(self._settings.teams_client_secret),
            "scope": scope,
        }
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as client, client.post(self._url, data=form) as answer:
            if answer.status >= 500:
                answer.raise_for_status()
            found = await answer.json(content_type=None)
        if "access_token" not in found:
            raise LoginRefused(_refusal(str(found.get("error")), str(found.get("error_description", ""))))
        return str(found["access_token"]), float(found.get("expires_in", 3600))


def _refusal(error: str, description: str) -> str:
    """What to mend; of Microsoft's long description only its code (AADSTS…), which is not about a person."""
    code = description.split(":", 1)[0] if description.startswith("AADSTS") else ""
    says = f"Microsoft says {error}{f' ({code})' if code else ''}"
    match code:
        case "AADSTS7000215" | "AADSTS7000222":
            return f"CLIENT_SECRET: {says}. Make a new client secret in the app registration, and copy its value, not its id."
        case "AADSTS700016":
            return f"CLIENT_ID: {says}. Copy the application (client) id of the app registration."
        case "AADSTS90002" | "AADSTS900023":
            return f"TENANT_ID: {says}. Copy the directory (tenant) id."
        case _:
            return f"CLIENT_ID, CLIENT_SECRET, TENANT_ID: {says}. Copy them again from the app registration."
