"""From a URL to an engine whose tables are up to date."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.storage.errors import DatabaseTooNew, Unreachable

HEAD = "0002"
"""The newest migration. A test compares it with the migrations that there are."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x70_72_6F_74_6F_63_6F_6C  # "protocol": the advisory lock under which PostgreSQL is migrated
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


def read_url(url: str) -> URL:
    """Read `sqlite:///file` or `postgresql://user:password@host/database`, and choose the driver.

    Raises:
        Unreachable: when it is neither.
    """
    try:
        read = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise Unreachable(_no_url()) from error
    backend = read.drivername.split("+")[0]
    if backend not in _DRIVERS or (backend != "sqlite" and not read.host and "host" not in read.query):
        raise Unreachable(_no_url())
    if backend == "sqlite" and read.database in (None, "", ":memory:"):
        raise Unreachable(
            "PROTOCOL_GUIDE_DATABASE: name a file, for example sqlite:////var/lib/protocol-guide/kept.sqlite3."
        )
    return read.set(drivername=_DRIVERS[backend])


def _no_url() -> str:
    return "PROTOCOL_GUIDE_DATABASE: write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE."


async def open_engine(url: URL, pool: int) -> AsyncEngine:
    """An engine on tables that are up to date. `pool` is how many connections PostgreSQL is asked for at most.

    Raises:
        Unreachable: when the database does not answer.
        DatabaseTooNew: when a newer program made the tables.
    """
    engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url, pool)
    try:
        await _patiently(engine)
    except DatabaseTooNew:
        await engine.dispose()
        raise
    except (DBAPIError, OSError, TimeoutError) as error:
        await engine.dispose()
        shown = url.render_as_string(hide_password=True)
        raise Unreachable(
            f"The database {shown} does not answer ({type(error).__name__}). Is it running, and the URL right?"
        ) from error
    return engine


async def _patiently(engine: AsyncEngine) -> None:
    """Bring the tables up to date; where another process is making a new SQLite file just now, try again.

    SQLite does not wait for a lock, whatever its timeout, while a file is being turned to its write-ahead log.
    """
    for tries in range(1, 21):
        try:
            async with engine.connect() as connection:
                await _bring_up_to_date(connection)
                return
        except OperationalError as error:
            if tries == 20 or "locked" not in str(error.orig):
                raise
            await asyncio.sleep(0.05 * tries)


def _sqlite(url: URL) -> AsyncEngine:
    """One connection for the whole process: SQLite writes one at a time, and so nothing waits for a lock of ours."""
    file = Path(str(url.database))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)  # its owner's only, and with it the files that SQLite keeps beside it
    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=30, connect_args={"timeout": 15})

    @event.listens_for(engine.sync_engine, "connect")
    def _set(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _postgresql(url: URL, pool: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={"timeout": 10, "command_timeout": 30, "server_settings": {"application_name": "protocol-guide"}},
    )


async def _bring_up_to_date(connection: AsyncConnection) -> None:
    """Run the migrations that are missing, one process at a time."""
    if await _version(connection) == HEAD:
        return
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    else:
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
    await connection.run_sync(_migrate)
    await connection.commit()


async def _version(connection: AsyncConnection) -> str | None:
    """The migration that the tables are at, or None where there are none. Leaves no transaction open."""
    found = None
    if await connection.run_sync(lambda plain: inspect(plain).has_table("alembic_version")):
        found = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()
    await connection.rollback()
    return None if found is None else str(found)


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise DatabaseTooNew(
            "A newer version of Protocol Guide made this database. Run that version, or restore a backup from before."
        ) from error
