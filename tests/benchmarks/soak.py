"""Serves for an hour and says whether memory, files, connections or tasks grew.

    python -m tests.benchmarks.soak                     # an hour
    python -m tests.benchmarks.soak --seconds 900

Events come evenly, one in ten of them twice, one in ten forged. What a replica tells at /metrics is written down every
few seconds; the medians of the second and of the last fifth are compared. Ends with 1 where something grew.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from tests.benchmarks.crowd import CROWDS, Hosted, hosting, questions, session

TOLD = {
    "memory (MB)": ("process_resident_memory_bytes", 1e-6),
    "files": ("process_open_fds", 1.0),
    "tasks": ("protocol_guide_tasks", 1.0),
}
ALLOWED = {"memory (MB)": 5.0, "files": 2.0, "tasks": 2.0, "connections": 2.0}
"""How much more the last fifth may have than the second, per replica: an allocator's and a keep-alive's slack, and
connections that the pool opens, up to its ten, when more questions meet than before."""


async def state_of(hosted: Hosted, client: aiohttp.ClientSession) -> dict[str, float]:
    """What all replicas together hold."""
    found = dict.fromkeys(TOLD, 0.0)
    for replica in hosted.replicas:
        async with client.get(f"{replica.url}/metrics") as answer:
            text = await answer.text()
        for what, (name, scale) in TOLD.items():
            line = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
            assert line, name
            found[what] += float(line[1]) * scale
    return {**found, "connections": float(await hosted.connections())}


async def ask(hosted: Hosted, client: aiohttp.ClientSession, seconds: float, rate: float) -> tuple[int, int]:
    """Send events evenly; gives how many there were, and how many of them were acknowledged with 200."""
    texts = questions()
    done = 0

    async def send(path: str, headers: Mapping[str, str], body: bytes) -> int:
        async with client.post(hosted.front + path, data=body, headers=headers) as answer:
            return answer.status

    async def one(number: int) -> None:
        nonlocal done
        event = hosted.crowd.event(number, texts[number % len(texts)])
        status = await send(*event)
        done += status == 200
        if number % 10 == 0:
            assert await send(*event) == 200
            assert await send(*hosted.crowd.nuisance(number)) == 401
        hosted.crowd.answered.clear()

    began = time.perf_counter()
    count = int(seconds * rate)
    async with asyncio.TaskGroup() as group:
        for number in range(1, count + 1):
            await asyncio.sleep(began + number / rate - time.perf_counter())
            group.create_task(one(number))
    return count, done


async def soak(platform: str, replicas: int, councils: int, seconds: float, rate: float) -> int:
    """Serve, watch, and print; 1 where something grew."""
    states: list[dict[str, float]] = []

    async def watch(hosted: Hosted, client: aiohttp.ClientSession) -> None:
        while True:
            states.append(await state_of(hosted, client))
            await asyncio.sleep(max(1.0, seconds / 300))

    with tempfile.TemporaryDirectory() as folder:
        async with hosting(CROWDS[platform](), replicas, councils, Path(folder)) as hosted, session() as client:
            watching = asyncio.create_task(watch(hosted, client))
            sent, done = await ask(hosted, client, seconds, rate)
            watching.cancel()
    print(f"{platform}, {replicas} replica(s), {seconds:.0f} s, {sent} events, {done} acknowledged, {sent - done} not")
    return int(compare(states, replicas) or done != sent)


def compare(states: Sequence[Mapping[str, float]], replicas: int) -> bool:
    """Print how the second fifth compares with the last; whether anything grew more than it may."""
    fifth = len(states) // 5
    grew = False
    for what in states[0]:
        values = [state[what] for state in states]
        first, last = statistics.median(values[fifth : 2 * fifth]), statistics.median(values[-fifth:])
        too_much = last - first > ALLOWED[what] * replicas
        grew = grew or too_much
        print(
            f"{what:<12} at start {values[0]:8.1f}   second fifth {first:8.1f}   last fifth {last:8.1f}   "
            f"most {max(values):8.1f}   {'GREW' if too_much else 'steady'}"
        )
    return grew


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platform", choices=CROWDS, default="slack")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--councils", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--rate", type=float, default=5)
    args = parser.parse_args()
    sys.exit(asyncio.run(soak(args.platform, args.replicas, args.councils, args.seconds, args.rate)))


if __name__ == "__main__":
    main()
