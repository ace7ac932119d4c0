"""Real processes, a proxy that spreads requests over them, and the office that gathers what they send."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import aiohttp
from aiohttp import web

POST = Path(__file__).with_name("post.py")


class Office:
    """Where replies arrive."""

    def __init__(self) -> None:
        self.letters: list[dict[str, str]] = []
        self.url = ""

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[Office]:
        """Gather replies until the end."""

        async def receive(request: web.Request) -> web.Response:
            self.letters.append(await request.json())
            return web.Response()

        app = web.Application()
        app.router.add_post("/", receive)
        runner = web.AppRunner(app)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{port}/"
        try:
            yield self
        finally:
            await runner.cleanup()


class Replica:
    """One serving process."""

    def __init__(self, environment: Mapping[str, str], arguments: Sequence[str], log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {**environment, "PROTOCOL_GUIDE_PORT": str(self.port)}
        self._arguments = arguments
        self.log = log
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> Replica:
        """Start it, and wait until it is ready."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, *self._arguments, env={**inherited, **self._environment}, stdout=log, stderr=log
            )
        async with aiohttp.ClientSession() as client:
            for _ in range(600):
                if self._process.returncode is not None:
                    break
                with contextlib.suppress(aiohttp.ClientError):
                    async with client.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return self
                await asyncio.sleep(0.05)
        raise AssertionError(f"it did not start: {self.log.read_text()[-2000:]}")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def ended(self, seconds: float = 15) -> int:
        """Wait until it has ended; gives its exit code."""
        assert self._process is not None
        return await asyncio.wait_for(self._process.wait(), seconds)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """End it, if it still runs."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
            await self.ended()


@contextlib.asynccontextmanager
async def proxy(replicas: Sequence[Replica]) -> AsyncIterator[str]:
    """A load balancer in front: each connection to the next replica that takes it. Gives its address."""
    turn = 0

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        nonlocal turn
        for _ in replicas:
            turn += 1
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", replicas[turn % len(replicas)].port)
        raise ConnectionRefusedError

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            back, forth = await connect()
        except ConnectionRefusedError:
            writer.close()
            return
        await asyncio.gather(pipe(reader, forth), pipe(back, writer))

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
