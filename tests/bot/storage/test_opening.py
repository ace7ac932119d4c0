"""Opening a database: URLs, migrations, several replicas at once, and what goes wrong."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.storage import BadKeys, DatabaseTooNew, Keys, Platform, Storage, Unreachable, migrations
from bot.storage.opening import HEAD, read_url
from bot.storage.tables import metadata


async def test_six_replicas_that_start_at_once_on_an_empty_database_all_open(url: str, keys: Keys) -> None:
    """The migrations run once, under a lock, and all share one key of hashes."""
    opened = await asyncio.gather(*(Storage.open(url, keys) for _ in range(6)))
    await opened[0].told(Platform.SLACK, "T1", "U1", "privacy")
    assert [await each.told(Platform.SLACK, "T1", "U1", "privacy") for each in opened] == [True] * 6
    for each in opened:
        await each.close()


async def test_the_migrations_make_exactly_the_tables_that_the_code_uses(url: str, keys: Keys) -> None:
    """Names, columns, keys and nullability of a migrated database equal `bot.storage.tables`."""
    await (await Storage.open(url, keys)).close()
    engine = create_async_engine(read_url(url))
    async with engine.connect() as connection:
        found = await connection.run_sync(
            lambda plain: {
                table: {
                    column["name"]: (column["nullable"], column["name"] in _keys_of(plain, table))
                    for column in inspect(plain).get_columns(table)
                }
                for table in inspect(plain).get_table_names()
                if table != "alembic_version"
            }
        )
    await engine.dispose()
    assert found == {
        table.name: {column.name: (column.nullable, column.primary_key) for column in table.columns}
        for table in metadata.tables.values()
    }


def _keys_of(connection: object, table: str) -> list[str]:
    return inspect(connection).get_pk_constraint(table)["constrained_columns"]  # type: ignore[no-any-return,attr-defined]


def test_the_newest_migration_is_the_one_that_opening_expects() -> None:
    """There is one line of migrations, and `HEAD` names its end."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


async def test_a_database_of_the_first_migration_is_brought_forward_with_its_data(url: str, keys: Keys) -> None:
    """What the first tables held is there after the later migrations ran, by whichever of four replicas was first."""
    async with await Storage.open(url, keys) as storage:
        await storage.tie(Platform.SLACK, "T1", "testby", "U1")
    engine = create_async_engine(read_url(url))
    async with engine.begin() as connection:  # back to what the first migration made
        for table in ("hosted_councils", "hosted_versions", "reminders"):
            await connection.execute(text(f"DROP TABLE {table}"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    await engine.dispose()
    for storage in await asyncio.gather(*(Storage.open(url, keys) for _ in range(4))):
        assert await storage.council_of(Platform.SLACK, "T1") == "testby"
        assert await storage.hosted_councils() == ()
        await storage.close()


async def test_a_database_of_a_newer_program_is_refused_untouched(url: str, keys: Keys) -> None:
    """The message says which program can open it."""
    await (await Storage.open(url, keys)).close()
    engine = create_async_engine(read_url(url))
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(DatabaseTooNew, match="newer version"):
        await Storage.open(url, keys)


@pytest.mark.parametrize(
    "wrong",
    [
        "mysql://somewhere/db",  # another kind of server
        "nonsense",  # no URL
        "sqlite://",  # in memory: gone with the process
        "postgresql:///nowhere",  # no host
    ],
)
async def test_a_url_that_cannot_be_used_is_told_with_its_setting(wrong: str, keys: Keys) -> None:
    """The message names PROTOCOL_GUIDE_DATABASE and shows how to write it."""
    with pytest.raises(Unreachable, match="PROTOCOL_GUIDE_DATABASE"):
        await Storage.open(wrong, keys)


async def test_a_server_that_does_not_answer_is_told_without_its_password(keys: Keys) -> None:
    """Nobody listens on port 1; the password stays out of the message."""
    with pytest.raises(Unreachable) as caught:
        await Storage.open("postgresql://someone:topsecret@127.0.0.1:1/db", keys)
    assert "topsecret" not in str(caught.value)


def test_the_key_beside_an_embedded_database_is_made_once_and_private(tmp_path: Path) -> None:
    """The file is its owner's only, and the second process reads the first one's key."""
    first = Keys.beside(tmp_path / "kept.sqlite3")
    second = Keys.beside(tmp_path / "kept.sqlite3")
    assert second.decrypt(first.encrypt("a secret")) == "a secret"
    made = tmp_path / "kept.sqlite3.key"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [made.name]


@pytest.mark.parametrize("wrong", [(), ("short",), ("é" * 44,)])
def test_malformed_keys_are_refused(wrong: tuple[str, ...]) -> None:
    """None, too short, or no base64: the message names the setting and the command that makes one."""
    with pytest.raises(BadKeys, match="protocol-guide key"):
        Keys(wrong)


async def test_nothing_secret_lies_readable_in_the_file(tmp_path: Path) -> None:
    """Tokens, accounts, roles and references are not found in the bytes of an embedded database."""
    async with await Storage.open(f"sqlite:///{tmp_path}/kept.sqlite3", Keys([Keys.new()])) as storage:
        await storage.tie(Platform.SLACK, "T1", "testby", "UCLERKCANARY")
        await storage.invite("testby", clerk="UINVITECANARY")
        await storage.save_installation(Platform.SLACK, "T1", {"bot_token": "TOKENCANARY"})
        await storage.save_state("STATECANARY", {"code": "CODECANARY"})
        await storage.told(Platform.SLACK, "T1", "UTOLDCANARY", "privacy")
        await storage.save_conversation(Platform.SLACK, "T1", "UTALKCANARY", {"id": "REFERENCECANARY"})
    for path in tmp_path.iterdir():
        assert b"CANARY" not in path.read_bytes(), path
