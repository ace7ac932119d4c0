"""How messages reach people in Teams: to a conversation, to a person, patiently, and once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx

from bot.storage import Platform, Storage
from bot.teams import cards as kit
from bot.teams.cards import CARD, Element
from bot.teams.sdk import Account, App, Attachment, CreateConversationParams, MessageActivityInput

PATIENCE_SECONDS = 12.0
"""All waiting for one message together: Teams waits some 15 seconds for us."""

FIRST_SECONDS = 0.5
"""The first wait where Teams names none; each further one is twice as long."""

_AGAIN = frozenset({412, 429, 502, 503, 504})
"""What Teams asks to try again: https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability"""
_TRIES = 6
_GONE = frozenset({403, 404, 405})


class Undeliverable(Exception):
    """Teams will not take it: the app is not installed there, was blocked (`MessageWritesBlocked`), or is gone."""


class Patience:
    """Middleware of the SDK's HTTP client: tries again what Teams asks to try again, as late as it asks."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep

    async def send(self, _context: object, following: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """Send, and send again."""
        waited = 0.0
        for tried in range(_TRIES):
            try:
                return await following()
            except httpx.HTTPStatusError as error:
                wait = _wait(error.response, tried)
                if wait is None or tried == _TRIES - 1 or waited + wait > PATIENCE_SECONDS:
                    raise
            except (httpx.ConnectError, httpx.ConnectTimeout):  # it did not arrive, so it cannot arrive twice
                wait = FIRST_SECONDS * 2**tried
                if tried == _TRIES - 1 or waited + wait > PATIENCE_SECONDS:
                    raise
            await self._sleep(wait)
            waited += wait
        raise AssertionError("the last try returns or raises")


def _wait(response: httpx.Response, tried: int) -> float | None:
    """Seconds until the next try, or None where trying again is no use."""
    if response.status_code not in _AGAIN:
        return None
    asked = response.headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() else FIRST_SECONDS * 2.0**tried


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where a message goes."""

    id: str
    service: str


class Post:
    """Sends cards and sentences, and finds or opens the conversation with a person."""

    def __init__(self, app: App, storage: Storage) -> None:
        self._app = app
        self._storage = storage
        self._saved: dict[tuple[str, str], Conversation] = {}

    async def cards(self, where: Conversation, elements: Sequence[Element], summary: str | None = None) -> None:
        """Send these elements, over as many messages as they need. `summary` is what a notification shows.

        Raises:
            Undeliverable: when Teams will never take it.
        """
        for card in kit.cards(elements):
            attachment = Attachment(content_type=CARD, content=card.content())
            message = {"type": "message", "summary": summary or card.text, "attachments": [attachment]}
            await self._send(where, MessageActivityInput.model_validate(message))

    async def sentence(self, where: Conversation, text: str) -> None:
        """Send the bot's own words.

        Raises:
            Undeliverable: when Teams will never take it.
        """
        await self._send(where, MessageActivityInput(text=text, text_format="plain"))

    async def save(self, tenant: str, person: str, where: Conversation) -> None:
        """Keep how to write to a person, when it is new."""
        if self._saved.get((tenant, person)) == where:
            return
        await self._storage.save_conversation(
            Platform.TEAMS, tenant, person, {"conversation": where.id, "service": where.service}
        )
        if len(self._saved) >= 4_000:
            self._saved.clear()
        self._saved[tenant, person] = where

    async def forget(self, tenant: str, person: str) -> None:
        """The app was removed there, or blocked."""
        self._saved.pop((tenant, person), None)
        await self._storage.forget_conversation(Platform.TEAMS, tenant, person)

    async def with_person(self, tenant: str, person: str, account: str, service: str | None = None) -> Conversation:
        """The conversation with a person alone: the one that is kept, or a new one.

        Raises:
            Undeliverable: when the app is not installed for that person.
        """
        kept = await self._storage.conversation(Platform.TEAMS, tenant, person)
        if kept is not None:
            return Conversation(str(kept["conversation"]), str(kept["service"]))
        api = self._app.api.clone(service_url=service or self._app.api.service_url)
        params = CreateConversationParams(
            members=[Account(id=account)], tenant_id=tenant, channel_data={"tenant": {"id": tenant}}
        )
        try:
            opened = await api.conversations.create(params)
        except httpx.HTTPStatusError as error:
            if error.response.status_code in {400, *_GONE}:  # 400: no such account
                raise Undeliverable from error
            raise
        where = Conversation(opened.id, api.service_url)
        await self.save(tenant, person, where)
        return where

    async def to_person(
        self, tenant: str, person: str, where: Conversation, elements: Sequence[Element], summary: str
    ) -> None:
        """Send to a person alone; what is kept of a conversation that is no more is erased.

        Raises:
            Undeliverable: when the person blocked the app or removed it.
        """
        try:
            await self.cards(where, elements, summary)
        except Undeliverable:
            await self.forget(tenant, person)
            raise

    async def _send(self, where: Conversation, activity: MessageActivityInput) -> None:
        try:
            await self._app.send(where.id, activity, service_url=where.service)
        except httpx.HTTPStatusError as error:
            if error.response.status_code in _GONE:
                raise Undeliverable from error
            raise
