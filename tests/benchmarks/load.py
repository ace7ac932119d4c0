"""How many events a second are answered, how soon, and where the CPU time goes; one replica against several.

    python -m tests.benchmarks.load --platform slack --replicas 1
    python -m tests.benchmarks.load --platform slack --replicas 3
    python -m tests.benchmarks.load --platform teams --replicas 1

Needs a PostgreSQL (PROTOCOL_GUIDE_TEST_POSTGRESQL). First as fast as it goes, `--at-once` events under way at any
time; then evenly at half of that rate, for how long people wait. The crowd, the platform's stand-in, the proxy and
the database run on the same machine and take their share of it, which is told too.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.benchmarks.crowd import CROWDS, Crowd, Hosted, hosting, percentile, questions, session


@dataclass
class Run:
    """What one run measured: seconds to acknowledgement and to answer, and how each event was acknowledged."""

    seconds: float = 0.0
    acknowledged: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def line(self, name: str) -> str:
        rate = len(self.acknowledged) / self.seconds
        waits = "  ".join(
            f"{what} p50 {1000 * percentile(values, 0.5):6.1f} ms, p99 {1000 * percentile(values, 0.99):6.1f} ms"
            for what, values in (("acknowledged", self.acknowledged), ("answered", self.answered))
        )
        return f"{name:<18}{rate:7.1f} events/s  {waits}  {dict(self.statuses)}"


class Sender:
    """Sends numbered events and times them. Some are answered to their asker alone and so count as acknowledged only."""

    def __init__(self, client: aiohttp.ClientSession, front: str, crowd: Crowd) -> None:
        self._client, self._front, self._crowd = client, front, crowd
        self._numbers = itertools.count(1)
        self._texts = itertools.cycle(questions())

    async def send(self, run: Run) -> None:
        number = next(self._numbers)
        path, headers, body = self._crowd.event(number, next(self._texts))
        began = time.perf_counter()
        async with self._client.post(self._front + path, data=body, headers=headers) as answer:
            run.statuses[answer.status] += 1
        run.acknowledged.append(time.perf_counter() - began)
        if number in self._crowd.answered:
            run.answered.append(self._crowd.answered.pop(number) - began)


async def as_fast_as_it_goes(sender: Sender, seconds: float, at_once: int) -> Run:
    """So many events under way at any time."""
    run = Run()
    began = time.perf_counter()

    async def keep_asking() -> None:
        while time.perf_counter() - began < seconds:
            await sender.send(run)

    await asyncio.gather(*(keep_asking() for _ in range(at_once)))
    run.seconds = time.perf_counter() - began
    return run


async def evenly(sender: Sender, seconds: float, rate: float) -> Run:
    """So many events a second, whether or not the ones before are answered."""
    run = Run()
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(int(seconds * rate)):
            await asyncio.sleep(began + number / rate - time.perf_counter())
            group.create_task(sender.send(run))
    run.seconds = time.perf_counter() - began
    return run


def cpu_seconds(pid: int | str) -> float:
    """CPU time that a process has used."""
    parts = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


async def used(hosted: Hosted) -> Mapping[str, float]:
    """CPU time so far, by who used it."""
    wanted = "SELECT pid FROM pg_stat_activity WHERE datname = $1"
    backends = [row["pid"] for row in await hosted.server.fetch(wanted, hosted.database)]
    return {
        "replicas": sum(cpu_seconds(replica.pid) for replica in hosted.replicas),
        "database": sum(cpu_seconds(pid) for pid in backends if Path(f"/proc/{pid}").exists()),
        "crowd, stand-in and proxy": cpu_seconds("self"),
    }


async def measure(platform: str, replicas: int, councils: int, seconds: float, at_once: int) -> None:
    """Measure, and print."""
    crowd = CROWDS[platform]()
    with tempfile.TemporaryDirectory() as folder:
        async with hosting(crowd, replicas, councils, Path(folder)) as hosted, session() as client:
            sender = Sender(client, hosted.front, crowd)
            await as_fast_as_it_goes(sender, 3, at_once)  # warm
            before, began = await used(hosted), time.perf_counter()
            fast = await as_fast_as_it_goes(sender, seconds, at_once)
            after, took = await used(hosted), time.perf_counter() - began
            even = await evenly(sender, seconds, len(fast.acknowledged) / fast.seconds / 2)
            samples = hosted.samples
        counted: Counter[str] = Counter()
        for path in samples:
            counted.update(json.loads(path.read_text(encoding="utf-8")))
    print(f"{platform}, {replicas} replica(s), {councils} councils, {os.cpu_count()} cores")
    print(fast.line(f"{at_once} at once"))
    print(even.line("evenly, half of it"))
    shares = (f"{who} {(after[who] - before[who]) / took:.2f}" for who in after)
    print("cores in use:     " + ", ".join(shares))
    each = 1000 * (after["replicas"] - before["replicas"]) / len(fast.acknowledged)
    print(f"a replica's CPU:  {each:.1f} ms an event, so {1000 / each:.0f} events/s of a core that it has for itself")
    whole = sum(counted.values())
    print("of it:            " + ", ".join(f"{room} {count / whole:.0%}" for room, count in counted.most_common()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platform", choices=CROWDS, default="slack")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--councils", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--at-once", type=int, default=16)
    args = parser.parse_args()
    asyncio.run(measure(args.platform, args.replicas, args.councils, args.seconds, args.at_once))


if __name__ == "__main__":
    main()
