"""What needs a database runs twice: on SQLite, and on a real PostgreSQL where there is one."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from bot.storage import Keys, Storage

SERVER = os.environ.get("PROTOCOL_GUIDE_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/postgres")


async def _run(server: str, *statements: str) -> None:
    connection = await asyncpg.connect(server, timeout=3)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def database() -> Iterator[str | None]:
    """The URL of a database of our own on the test server, dropped at the end; None where there is no server."""
    name = f"pg_test_{uuid.uuid4().hex[:12]}"
    try:
        asyncio.run(_run(SERVER, f"CREATE DATABASE {name}"))
    except (OSError, asyncpg.PostgresError, TimeoutError):
        yield None
        return
    yield SERVER.rsplit("/", 1)[0] + f"/{name}"
    asyncio.run(_run(SERVER, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def postgresql(database: str | None) -> str:
    """The URL of an empty database on the test server."""
    if database is None:
        pytest.skip("no PostgreSQL: set PROTOCOL_GUIDE_TEST_POSTGRESQL to one where databases may be created")
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    emptied = ("SET client_min_messages = error", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    asyncio.run(_run(database, f"{others} AND pid <> pg_backend_pid()", *emptied))
    return database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/kept.sqlite3"
    made: str = request.getfixturevalue("postgresql")
    return made


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The storage's clock."""
    return Clock()


@pytest.fixture
def keys() -> Keys:
    """One encryption key."""
    return Keys([Keys.new()])


@pytest.fixture
async def storage(url: str, keys: Keys, clock: Clock) -> AsyncIterator[Storage]:
    """An open, empty storage."""
    async with await Storage.open(url, keys, clock) as opened:
        yield opened
