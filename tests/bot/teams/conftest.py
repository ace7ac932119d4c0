"""The real process on a real port, against the stand-in for Microsoft."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn

from bot.channel import Channel
from bot.logs import start_logging
from bot.serving import make_app
from bot.settings import Settings
from bot.teams.app import TeamsChannel
from bot.wiring import House, build
from tests.bot.teams.standin import APP, SECRET, TENANT, Microsoft, Person


def settings_for(data: Path, **further: str) -> Settings:
    """Settings of one council in one tenant."""
    values = {
        "PROTOCOL_GUIDE_COUNCIL": "great-linford",
        "PROTOCOL_GUIDE_DATA": str(data),
        "PROTOCOL_GUIDE_LOG": "debug",
        "PROTOCOL_GUIDE_THROTTLE": "1000",
        "PROTOCOL_GUIDE_DOMAIN": "guide.example.org",
        "CLIENT_ID": APP,
        "CLIENT_SECRET": SECRET,
        "TENANT_ID": TENANT,
        **further,
    }
    return Settings.read({name: value for name, value in values.items() if value})


def teams_of(house: House, microsoft: Microsoft, *, local: bool = False) -> TeamsChannel:
    """The channel, with Microsoft's addresses replaced by the stand-in's."""
    return TeamsChannel(
        house.settings, house.desk, house.storage, local=local, cloud=microsoft.cloud, service=microsoft.service
    )


@asynccontextmanager
async def served(house: House, channels: Sequence[Channel]) -> AsyncIterator[str]:
    """The process, on a port of its own."""
    app = make_app(house, channels)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=2))
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign]
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
            raise AssertionError("it did not start")
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


class Running:
    """One process's worth of Teams: its house, the stand-in, and a person in the tenant."""

    def __init__(self, house: House, teams: TeamsChannel, microsoft: Microsoft, url: str, log: io.StringIO) -> None:
        self.house, self.teams, self.microsoft, self.url, self.log = house, teams, microsoft, url, log
        self.person = Person(microsoft, url)

    @property
    def sent(self) -> list[str]:
        """What was sent, as text."""
        return [sent.text for sent in self.microsoft.sent]


@asynccontextmanager
async def serving(settings: Settings, microsoft: Microsoft, *, local: bool = False) -> AsyncIterator[Running]:
    """A process of these settings."""
    log = io.StringIO()
    start_logging("debug", log)
    house = await build(settings.for_serving(local))
    teams = teams_of(house, microsoft, local=local)
    async with served(house, [teams]) as url:
        yield Running(house, teams, microsoft, url, log)


@pytest.fixture
async def microsoft() -> AsyncIterator[Microsoft]:
    """The stand-in."""
    async with Microsoft().open() as opened:
        yield opened


@pytest.fixture
async def running(microsoft: Microsoft, tmp_path: Path) -> AsyncIterator[Running]:
    """One council's tenant."""
    async with serving(settings_for(tmp_path), microsoft) as opened:
        yield opened
