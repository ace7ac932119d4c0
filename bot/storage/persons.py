"""What may be kept about a person: a role, that they were told something, and how to reach them on Teams.

A person is a keyed hash of platform, workspace and account; what is kept under it is encrypted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, delete, select

from bot.storage import tables
from bot.storage.model import Platform
from bot.storage.store import DAY, Store
from knowledge.model import Role

TOLD_DAYS = 180
"""After so many days a person is told again."""


class Persons(Store):
    """Roles, what people were told, and conversation references."""

    async def role_of(self, platform: Platform, workspace: str, user: str) -> Role | None:
        """The role that this person asked to be remembered, or None."""
        sealed = await self._sealed(tables.roles, platform, workspace, user)
        return None if sealed is None else Role(self._keys.decrypt(sealed))

    async def remember_role(self, platform: Platform, workspace: str, user: str, role: Role) -> None:
        """Remember the role, at the person's own request."""
        await self._upsert(
            tables.roles, self._key(platform, workspace, user), {"sealed": self._keys.encrypt(role.value)}
        )

    async def forget_role(self, platform: Platform, workspace: str, user: str) -> None:
        """Forget the role."""
        async with self._at_once.connect() as connection:
            await connection.execute(delete(tables.roles).filter_by(**self._key(platform, workspace, user)))

    async def told(self, platform: Platform, workspace: str, user: str, what: str) -> bool:
        """Whether the person was told `what` before; from now on they were. False again after `TOLD_DAYS` days."""
        key = {**self._key(platform, workspace, user), "what": what}
        now = self._now
        insert = self._insert(tables.told).values(**key, expires=now + TOLD_DAYS * DAY)
        first = insert.on_conflict_do_update(
            index_elements=list(key), set_={"expires": now + TOLD_DAYS * DAY}, where=tables.told.c.expires <= now
        ).returning(tables.told.c.expires)
        async with self._at_once.connect() as connection:
            return (await connection.execute(first)).first() is None

    async def save_conversation(
        self, platform: Platform, workspace: str, user_or_channel: str, reference: Mapping[str, Any]
    ) -> None:
        """Keep how to write to a person or channel (ids and a service address; never content)."""
        await self._upsert(
            tables.conversations,
            self._key(platform, workspace, user_or_channel),
            {"sealed": self._keys.encrypt(dict(reference)), "saved": self._now},
        )

    async def conversation(self, platform: Platform, workspace: str, user_or_channel: str) -> Mapping[str, Any] | None:
        """How to write to that person or channel, or None."""
        sealed = await self._sealed(tables.conversations, platform, workspace, user_or_channel)
        return None if sealed is None else dict(self._keys.decrypt(sealed))

    async def forget_conversation(self, platform: Platform, workspace: str, user_or_channel: str) -> None:
        """Forget how to write to that person or channel: the app was removed there, or blocked."""
        async with self._at_once.connect() as connection:
            key = self._key(platform, workspace, user_or_channel)
            await connection.execute(delete(tables.conversations).filter_by(**key))

    def _key(self, platform: Platform, workspace: str, person: str) -> dict[str, str]:
        return {
            "platform": platform.value,
            "workspace": workspace,
            "person": self._person(platform, workspace, person),
        }

    async def _sealed(self, table: Table, platform: Platform, workspace: str, person: str) -> str | None:
        async with self._at_once.connect() as connection:
            key = self._key(platform, workspace, person)
            found: str | None = (await connection.execute(select(table.c.sealed).filter_by(**key))).scalar_one_or_none()
            return found
