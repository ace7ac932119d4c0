"""Runs `protocol-guide …` and samples what its main thread is at, by the CPU time that it uses: `sampled.py OUT serve`.

`sampled.py OUT teams URL` serves Teams whose Microsoft is the stand-in at URL.

Every five milliseconds of CPU time the innermost frame of a room that is known here is counted. OUT gets the counts as
JSON when the process ends.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

from bot.cli import main
from bot.logs import start_logging
from bot.serving import serve_house
from bot.settings import Settings
from bot.wiring import build
from tests.bot.teams.conftest import teams_of
from tests.bot.teams.standin import Microsoft

ROOMS = {
    "answering": ("/intents/", "/knowledge/", "/bot/answering.py", "/bot/presentation.py", "/bot/emphasis.py"),
    "Bolt": ("/slack_bolt/", "/bot/slack/", "/slack_sdk/models/", "/slack_sdk/signature/"),
    "Teams SDK": ("/microsoft_teams/", "/bot/teams/"),
    "HTTP": ("/uvicorn/", "/starlette/", "/h11/", "/httptools/", "/bot/serving.py"),
    "calls to the platform": ("/slack_sdk/", "/aiohttp/", "/yarl/", "/multidict/", "/httpx/"),
    "storage": ("/sqlalchemy/", "/asyncpg/", "/aiosqlite/", "/bot/storage/", "/cryptography/"),
    "logs": ("/logging/", "/bot/logs.py"),
}
"""What a frame's file says about what is being done; the first room that matches counts."""

SECONDS = 0.005


def room_of(frame: FrameType | None) -> str:
    """Which room the innermost known frame stands in."""
    while frame is not None:
        file = frame.f_code.co_filename
        for room, parts in ROOMS.items():
            if any(part in file for part in parts):
                return room
        frame = frame.f_back
    return "the rest"


async def serve_teams(url: str) -> None:
    """Serve Teams, with Microsoft's addresses replaced by the stand-in's."""
    settings = Settings.read().for_serving()
    start_logging(settings.log)
    house = await build(settings)
    await serve_house(house, [teams_of(house, Microsoft(url=url))])


def run(out: Path, arguments: list[str]) -> int:
    """Run one command, sampled."""
    counted: Counter[str] = Counter()

    def sample(_number: int, frame: FrameType | None) -> None:
        counted[room_of(frame)] += 1

    signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, SECONDS, SECONDS)
    try:
        if arguments[0] == "teams":
            asyncio.run(serve_teams(arguments[1]))
            return 0
        return main(arguments)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        out.write_text(json.dumps(counted), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), sys.argv[2:]))
