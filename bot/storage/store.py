"""What every concern of storage shares: the engine, the keys, the clock and the key of the hashes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.storage import tables
from bot.storage.keys import Keys, keyed_hash
from bot.storage.model import Platform

DAY = 86_400


class Store:
    """The base of each concern. `clock` gives seconds since 1970."""

    def __init__(self, engine: AsyncEngine, keys: Keys, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._at_once = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._keys = keys
        self._clock = clock
        self._hash_key = b""

    @property
    def _now(self) -> int:
        return int(self._clock())

    def _insert(self, table: Table) -> Any:
        """An insert that can say what happens on conflict, in the engine's own dialect."""
        return postgresql.insert(table) if self._engine.dialect.name == "postgresql" else sqlite.insert(table)

    async def _upsert(self, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        """Insert a row, or give the one with that key new values."""
        statement = self._insert(table).values(**key, **values)
        statement = statement.on_conflict_do_update(index_elements=list(key), set_=values)
        async with self._at_once.connect() as connection:
            await connection.execute(statement)

    def _person(self, platform: Platform, workspace: str, person: str) -> str:
        """What stands for a person, or a conversation, of a workspace."""
        return keyed_hash(self._hash_key, "person", platform, workspace, person)

    def _code(self, kind: str, code: str) -> str:
        """What stands for a code that only its holder knows."""
        return keyed_hash(self._hash_key, kind, code)

    async def _unlock(self) -> None:
        """Read the key of the hashes, or make it: the first process to come does, and all use the same.

        Raises:
            BadKeys: when our keys do not open it.
        """
        made = self._keys.encrypt(secrets.token_hex(32))
        insert = self._insert(tables.secrets).values(name="hash", sealed=made).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            await connection.execute(insert)
            sealed = await connection.execute(select(tables.secrets.c.sealed).where(tables.secrets.c.name == "hash"))
            self._hash_key = bytes.fromhex(self._keys.decrypt(sealed.scalar_one()))
