"""The one process: health, metrics, the channels' routes, and what runs beside them, from start to SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.channel import Channel
from bot.errors import SettingsError, StorageError
from bot.logs import new_request, say, say_error, start_logging
from bot.measures import Measures
from bot.reminding import remind
from bot.settings import Settings
from bot.wiring import House, build, channels

LARGEST = 1_000_000
"""Bytes of a request's body that are read; Slack's own largest are some 250 kB."""

BODY_SECONDS = 10.0
"""A body must have arrived within so many seconds."""

HANDLING_SECONDS = 25.0
"""A request is answered within so many seconds, or given up so that the platform sends it again."""

DRAIN_SECONDS = 5
"""After SIGTERM, requests that were begun are given so many seconds."""

STOP_SECONDS = 3.0
"""Then channels are given so many seconds to finish and disconnect."""

AT_ONCE = 1_000
"""Connections beyond so many are told to come again (HTTP 503)."""

_TIDY = 600.0
_REMIND = 3600.0


class Door:
    """What every HTTP request passes: a request id, limits of size and time, a measure and one line in the log."""

    def __init__(self, app: ASGIApp, measures: Measures, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._measures = measures
        self._known = {route.path for route in routes if isinstance(route, Route | Mount)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = new_request()
        began = time.perf_counter()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request.encode())]
            await send(message)

        try:
            await self._limited(scope, receive, answer, lambda: status != 0)
        except Exception as error:
            say_error("request failed", error)
            self._measures.error("http")
            if not status:
                await _plain(500)(scope, receive, answer)
        route = scope["path"] if scope["path"] in self._known else "other"
        seconds = time.perf_counter() - began
        self._measures.request(route, status or 500, seconds)
        if route not in {"/healthz", "/readyz", "/metrics"}:
            say(logging.INFO, "request", route=route, status=status or 500, ms=round(seconds * 1000, 1))

    async def _limited(self, scope: Scope, receive: Receive, send: Send, begun: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(scope, receive)
        except TimeoutError:
            await _plain(408)(scope, receive, send)
            return
        if body is None:
            await _plain(413)(scope, receive, send)
            return
        given = False

        async def once() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        try:
            async with asyncio.timeout(HANDLING_SECONDS):
                await self._app(scope, once, send)
        except TimeoutError:
            say(logging.ERROR, "request took too long")
            if not begun():
                await _plain(503)(scope, receive, send)


async def _body(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body, or None where it is too large."""
    length = dict(scope["headers"]).get(b"content-length", b"0")
    if not length.isdigit() or int(length) > LARGEST:
        return None
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if sum(map(len, parts)) > LARGEST:
            return None
        if not message.get("more_body"):
            return b"".join(parts)


def _plain(status: int) -> Response:
    return Response(status_code=status, headers={"connection": "close"})


def make_app(house: House, served: Sequence[Channel]) -> Starlette:
    """The application: health, readiness, metrics and the channels' routes; channels start and stop with it."""
    state = ProcessState()

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        why = await _unready(house, served, state)
        body = {"status": "ready" if not why else "not ready", "why": why, "broken": sorted(house.councils.broken)}
        return JSONResponse(body, status_code=503 if why else 200)

    async def metrics(_request: Request) -> Response:
        house.measures.councils(len(house.councils), len(house.councils.broken))
        return Response(house.measures.text(), media_type="text/plain; version=0.0.4")

    routes: list[BaseRoute] = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
        *(route for channel in served for route in channel.routes()),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            begun = await _start(served, state)
        except BaseException as error:
            state.failure = error
            await _stop(served)
            await house.close()
            raise
        if not begun:
            await _stop(served)
            await house.close()
            say(logging.INFO, "stopped while starting")
            yield
            return
        beside = (
            asyncio.create_task(_again_and_again(_TIDY, house.storage.tidy)),
            asyncio.create_task(_again_and_again(_REMIND, lambda: _remind(house, served))),
        )
        state.started = True
        say(logging.INFO, "started", channels=" ".join(channel.platform.value for channel in served))
        try:
            yield
        finally:
            state.started = False
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await _stop(served)
            await house.close()
            say(logging.INFO, "stopped")

    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.process = state
    app.add_middleware(Door, measures=house.measures, routes=routes)
    return app


class ProcessState:
    """Whether the channels have started, and why they could not; `leaving` tells that the process is to stop."""

    def __init__(self) -> None:
        self.started = False
        self.failure: BaseException | None = None
        self.leaving: Callable[[], bool] = lambda: False


async def _unready(house: House, served: Sequence[Channel], state: ProcessState) -> list[str]:
    """Why requests should go elsewhere; empty when they may come."""
    why = [] if state.started else ["starting or stopping"]
    try:
        await asyncio.wait_for(house.storage.ready(), 5)
    except (StorageError, TimeoutError):
        why.append("the database does not answer")
    for channel in served:
        unready = await channel.ready()
        if unready:
            why.append(unready)
    return why


async def _again_and_again(seconds: float, work: Callable[[], Awaitable[object]]) -> None:
    """Do `work` now and every so many seconds, not quite at the same moment as other replicas; failures are logged."""
    while True:
        try:
            await work()
        except Exception as error:
            say_error("background work failed", error)
        await asyncio.sleep(seconds * random.uniform(0.9, 1.1))  # noqa: S311 - spreads replicas, protects nothing


async def _remind(house: House, served: Sequence[Channel]) -> None:
    today = datetime.now(UTC).date()
    sent = await remind(house.storage, house.councils, {channel.platform: channel for channel in served}, today)
    for platform in sent:
        house.measures.reminder(platform.value)


async def _start(served: Sequence[Channel], state: ProcessState) -> bool:
    """Start every channel; False where the process was told to stop meanwhile, and they were given up."""
    starting = asyncio.ensure_future(asyncio.gather(*(channel.start() for channel in served)))
    while not starting.done():
        await asyncio.wait((starting,), timeout=0.2)
        if state.leaving() and not starting.done():
            starting.cancel()
            await asyncio.wait((starting,), timeout=STOP_SECONDS)
            return False
    await starting
    return True


async def _stop(served: Sequence[Channel]) -> None:
    """Stop every channel; one that does not stop in time is left behind."""
    stopping = [asyncio.create_task(channel.stop()) for channel in served]
    if stopping:
        done, late = await asyncio.wait(stopping, timeout=STOP_SECONDS)
        for task in late:
            task.cancel()
            say(logging.WARNING, "a channel did not stop in time")
        for task in done:
            error = task.exception()
            if error is not None:
                say_error("a channel did not stop cleanly", error)


async def serve(settings: Settings, local: bool = False) -> None:
    """Serve until SIGTERM or SIGINT. `local` lets the Agents Playground in without credentials.

    Raises:
        SettingsError, StorageError, KnowledgeError, IntentsError: when it cannot start, with what to put right.
    """
    start_logging(settings.log)
    house = await build(settings)
    try:
        served = channels(house, local)
    except BaseException:
        await house.close()
        raise
    await serve_house(house, served)


async def serve_house(house: House, served: Sequence[Channel]) -> None:
    """Serve these channels until SIGTERM or SIGINT, and close the house.

    Raises:
        BotError: when a channel cannot start, with what to put right.
    """
    app = make_app(house, served)
    settings = house.settings
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="on",
            limit_concurrency=AT_ONCE,
            timeout_keep_alive=65,
            timeout_graceful_shutdown=DRAIN_SECONDS,
            h11_max_incomplete_event_size=64 * 1024,
        )
    )
    app.state.process.leaving = lambda: server.should_exit
    # uvicorn raises the signal that stopped it once more when it is done: by then there is nothing left to do.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    try:
        await server.serve()
    except SystemExit as error:  # how uvicorn says that it could not start
        where = f"{settings.host} port {settings.port}"
        raise app.state.process.failure or SettingsError(
            f"Nothing can listen on {where}: another program does, or it is no address of this machine. "
            "Set PROTOCOL_GUIDE_HOST and PROTOCOL_GUIDE_PORT."
        ) from error
