"""The real process on a real port, or on Socket Mode, against the stand-in."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from bot.logs import start_logging
from bot.serving import make_app
from bot.settings import Settings
from bot.wiring import House, build, channels
from tests.bot.slack.standin import SECRET, Http, Person, Slack, Socket


class Running:
    """One process's worth of Slack: its house, its stand-in, and a person in the workspace."""

    def __init__(self, house: House, slack: Slack, url: str, person: Person, log: io.StringIO) -> None:
        self.house, self.slack, self.url, self.person, self.log = house, slack, url, person, log


def settings_for(mode: str, slack: Slack, data: Path, **further: str) -> Settings:
    """Settings of one workspace, over HTTP or on Socket Mode."""
    values = {
        "PROTOCOL_GUIDE_COUNCIL": "great-linford",
        "PROTOCOL_GUIDE_DATA": str(data),
        "PROTOCOL_GUIDE_LOG": "debug",
        "PROTOCOL_GUIDE_THROTTLE": "1000",
        "SLACK_BOT_TOKEN": "xoxb-one",
        "SLACK_API_URL": f"{slack.url}/api/",
        **({"SLACK_SIGNING_SECRET": SECRET} if mode == "http" else {"SLACK_APP_TOKEN": "xapp-one"}),
        **further,
    }
    return Settings.read({name: value for name, value in values.items() if value})


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[House, str]]:
    """The process, on a port of its own."""
    house = await build(settings.for_serving())
    app = make_app(house, channels(house))
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
            raise AssertionError("it did not start")
        await asyncio.sleep(0.01)
    try:
        yield house, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    """The stand-in."""
    async with Slack().open() as opened:
        yield opened


@pytest.fixture(params=["socket", pytest.param("http", marks=pytest.mark.slow)])
async def running(request: pytest.FixtureRequest, slack: Slack, tmp_path: Path) -> AsyncIterator[Running]:
    """One council's workspace, on Socket Mode and, in the slower suites, over HTTP."""
    log = io.StringIO()
    start_logging("debug", log)
    mode: str = request.param
    async with serving(settings_for(mode, slack, tmp_path)) as (house, url):
        wire = Http(url, slack) if mode == "http" else Socket(slack)
        yield Running(house, slack, url, Person(wire), log)


Make = Callable[..., Any]
