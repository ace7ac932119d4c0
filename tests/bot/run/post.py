"""A chat platform of the tests' own, "the Post": letters come in as signed HTTP requests, replies go out to its office.

It is small, but a whole channel: it claims events, asks the desk, sends the answer, and acknowledges when it was sent. So what
the process promises to every channel can be shown without Slack's or Teams' own manners.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from datetime import date

import aiohttp
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.answer import Where
from bot.desk import Asked, Reply
from bot.errors import SettingsError
from bot.logs import start_logging
from bot.serving import serve_house
from bot.settings import Settings
from bot.storage import Claim, Platform
from bot.wiring import House, build


class Post:
    """The channel. `die` names the moment at which the process kills itself, for the tests of `kill -9`."""

    def __init__(self, house: House, office: str, die: str = "") -> None:
        self._house, self._office, self._die = house, office, die
        self._client: aiohttp.ClientSession | None = None
        self.told: list[tuple[str, str]] = []

    @property
    def platform(self) -> Platform:
        return Platform.SLACK

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/letters", self.letter, methods=["POST"])]

    async def start(self) -> None:
        if self._office == "closed":
            raise SettingsError("The office is closed: open it.")
        self._client = aiohttp.ClientSession()

    async def stop(self) -> None:
        assert self._client is not None
        await self._client.close()

    async def ready(self) -> str | None:
        return None if self._client else "the Post is not connected"

    async def tell(self, workspace: str, account: str, text: str) -> bool:
        self.told.append((f"{workspace}/{account}", text))
        return account != "gone"

    async def letter(self, request: Request) -> Response:
        """Answer one letter, once."""
        if request.headers.get("x-seal") != "valid":
            return Response(status_code=401)
        try:
            body = json.loads(await request.body())
            event, workspace, user, text = (str(body[key]) for key in ("event", "workspace", "user", "text"))
        except (ValueError, KeyError, TypeError):
            return Response(status_code=400)
        storage = self._house.storage
        claim = await storage.begin_event(self.platform, workspace, event, claim_seconds=2)
        if claim is not Claim.MINE:
            return Response(status_code=200 if claim is Claim.DONE else 503)
        if self._die == text:
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(float(body.get("slow", 0)))
        reply = await self._house.desk.ask(
            Asked(self.platform, workspace, user, text, Where.CHANNEL, date(2026, 11, 24))
        )
        words = reply.presentation.plain() if isinstance(reply, Reply) else reply.sentence
        assert self._client is not None
        answer = {"event": event, "workspace": workspace, "words": words, "by": os.getpid()}
        await (await self._client.post(self._office, json=answer)).release()
        await storage.finish_event(self.platform, workspace, event)
        return JSONResponse({"by": os.getpid()})


async def _main(office: str, die: str) -> None:
    settings = Settings.read()
    start_logging(settings.log)
    house = await build(settings)
    await serve_house(house, [Post(house, office, die)])


if __name__ == "__main__":
    try:
        asyncio.run(_main(*sys.argv[1:]))
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
