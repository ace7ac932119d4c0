"""Which workspace or tenant is which council, how it was installed, and how all of it is shown and erased."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table, delete, func, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import StorageError
from bot.storage import tables
from bot.storage.errors import InvitationExpired, InvitationUnknown, InvitationUsed, TiedElsewhere
from bot.storage.model import Platform, Workspace
from bot.storage.store import DAY, Store

INVITATION_DAYS = 14
"""An invitation is good for so many days."""

STATE_SECONDS = 600
"""An installation that was begun must be finished within so many seconds."""

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_OF_A_WORKSPACE = (
    tables.workspaces,
    tables.installations,
    tables.events,
    tables.roles,
    tables.told,
    tables.conversations,
)
_OF_A_PERSON = (tables.roles, tables.told, tables.conversations)


class Workspaces(Store):
    """Workspaces and tenants: tied to a council, installed, shown, erased."""

    async def council_of(self, platform: Platform, workspace: str) -> str | None:
        """The slug of the council to which a workspace is tied, or None."""
        table = tables.workspaces
        wanted = select(table.c.council).filter_by(platform=platform.value, workspace=workspace)
        async with self._at_once.connect() as connection:
            found: str | None = (await connection.execute(wanted)).scalar_one_or_none()
            return found

    async def tie(self, platform: Platform, workspace: str, council: str, clerk: str | None = None) -> None:
        """Tie a workspace to a council, because whoever runs the program said so. The clerk's account stays if None."""
        values: dict[str, Any] = {"council": council, "tied": self._now}
        if clerk is not None:
            values["sealed_clerk"] = self._keys.encrypt(clerk)
        await self._upsert(tables.workspaces, {"platform": platform.value, "workspace": workspace}, values)

    async def invite(self, council: str, clerk: str | None = None) -> str:
        """A code that ties one workspace to `council`, once, within `INVITATION_DAYS`. It is not kept, only its hash.

        `clerk` is the clerk's account on the platform; where None, it is the account that redeems the code.
        """
        code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(5))
        insert = tables.invitations.insert().values(
            code=self._code("invitation", code.replace("-", "")),
            council=council,
            sealed_clerk=None if clerk is None else self._keys.encrypt(clerk),
            expires=self._now + INVITATION_DAYS * DAY,
        )
        async with self._at_once.connect() as connection:
            await connection.execute(insert)
        return code

    async def redeem(self, code: str, platform: Platform, workspace: str, account: str) -> str:
        """Tie a workspace to the council that gave out `code`, and give that council's slug.

        Raises:
            InvitationUnknown, InvitationUsed, InvitationExpired: when the code is no good.
            TiedElsewhere: when the workspace belongs to another council; the code stays good.
        """
        table = tables.invitations
        plain = "".join(letter for letter in code.upper() if letter.isalnum())
        hashed = self._code("invitation", plain)
        take = (
            update(table)
            .where(table.c.code == hashed, table.c.used.is_(None), table.c.expires > self._now)
            .values(used=self._now)
            .returning(table.c.council, table.c.sealed_clerk)
        )
        async with self._engine.begin() as connection:
            taken = (await connection.execute(take)).one_or_none()
            if taken is None:
                raise await self._refusal(connection, hashed)
            clerk = taken.sealed_clerk or self._keys.encrypt(account)
            key = {"platform": platform.value, "workspace": workspace}
            await connection.execute(update(table).filter_by(code=hashed).values(sealed_clerk=None))
            values = {"council": taken.council, "sealed_clerk": clerk, "tied": self._now}
            tie = (
                self._insert(tables.workspaces)
                .values(**key, **values)
                .on_conflict_do_update(
                    index_elements=list(key), set_=values, where=tables.workspaces.c.council == taken.council
                )
                .returning(tables.workspaces.c.council)
            )
            if (await connection.execute(tie)).one_or_none() is None:
                raise TiedElsewhere
            return str(taken.council)

    async def _refusal(self, connection: AsyncConnection, hashed: str) -> StorageError:
        found = (await connection.execute(select(tables.invitations).filter_by(code=hashed))).one_or_none()
        if found is None:
            return InvitationUnknown()
        return InvitationUsed() if found.used is not None else InvitationExpired()

    async def tied_councils(self) -> tuple[str, ...]:
        """The slugs of all councils to which a workspace is tied, sorted."""
        council = tables.workspaces.c.council
        async with self._at_once.connect() as connection:
            return tuple((await connection.execute(select(council).distinct().order_by(council))).scalars())

    async def workspaces(self, council: str | None = None) -> tuple[Workspace, ...]:
        """Every workspace that is tied to `council`, or to any."""
        wanted = select(tables.workspaces).order_by(tables.workspaces.c.platform, tables.workspaces.c.workspace)
        if council is not None:
            wanted = wanted.filter_by(council=council)
        async with self._at_once.connect() as connection:
            return tuple(
                Workspace(
                    Platform(row.platform),
                    row.workspace,
                    row.council,
                    None if row.sealed_clerk is None else self._keys.decrypt(row.sealed_clerk),
                )
                for row in await connection.execute(wanted)
            )

    async def save_installation(self, platform: Platform, workspace: str, data: Mapping[str, Any]) -> None:
        """Keep how the app is installed, tokens included, encrypted."""
        await self._upsert(
            tables.installations,
            {"platform": platform.value, "workspace": workspace},
            {"sealed": self._keys.encrypt(dict(data)), "saved": self._now},
        )

    async def installation(self, platform: Platform, workspace: str) -> Mapping[str, Any] | None:
        """How the app is installed there, or None."""
        table = tables.installations
        wanted = select(table.c.sealed).filter_by(platform=platform.value, workspace=workspace)
        async with self._at_once.connect() as connection:
            sealed = (await connection.execute(wanted)).scalar_one_or_none()
            return None if sealed is None else dict(self._keys.decrypt(sealed))

    async def save_state(self, state: str, data: Mapping[str, Any], seconds: int = STATE_SECONDS) -> None:
        """Keep what an installation that was begun must find again, on whichever replica it ends."""
        insert = tables.states.insert().values(
            code=self._code("state", state), sealed=self._keys.encrypt(dict(data)), expires=self._now + seconds
        )
        async with self._at_once.connect() as connection:
            await connection.execute(insert)

    async def take_state(self, state: str) -> Mapping[str, Any] | None:
        """What was kept under `state`, once; None where there is nothing, or it is too old."""
        table = tables.states
        ours = table.c.code == self._code("state", state)
        take = delete(table).where(ours).returning(table.c.sealed, table.c.expires)
        async with self._at_once.connect() as connection:
            taken = (await connection.execute(take)).one_or_none()
        return None if taken is None or taken.expires <= self._now else dict(self._keys.decrypt(taken.sealed))

    async def delete_workspace(self, platform: Platform, workspace: str) -> int:
        """Erase everything of a workspace: it was uninstalled, or its people wish it. Gives how many rows went."""
        return await self._erase(_OF_A_WORKSPACE, {"platform": platform.value, "workspace": workspace})

    async def forget_user(self, platform: Platform, workspace: str, user: str) -> int:
        """Erase everything of a person in a workspace, the clerk's account included. Gives how many rows went."""
        person = self._person(platform, workspace, user)
        key = {"platform": platform.value, "workspace": workspace}
        gone = await self._erase(_OF_A_PERSON, {**key, "person": person})
        async with self._engine.begin() as connection:
            clerk = select(tables.workspaces.c.sealed_clerk).filter_by(**key)
            sealed = (await connection.execute(clerk)).scalar_one_or_none()
            if sealed is not None and self._keys.decrypt(sealed) == user:
                await connection.execute(update(tables.workspaces).filter_by(**key).values(sealed_clerk=None))
                gone += 1
        return gone

    async def workspaces_with_persons(self) -> tuple[tuple[Platform, str], ...]:
        """Every workspace of which anything about a person is kept, tied to a council or not."""
        where = (*_OF_A_PERSON, tables.workspaces)
        wanted = union(*(select(table.c.platform, table.c.workspace) for table in where))
        async with self._at_once.connect() as connection:
            return tuple((Platform(row.platform), row.workspace) for row in await connection.execute(wanted))

    async def _erase(self, of: tuple[Table, ...], key: Mapping[str, str]) -> int:
        gone = 0
        async with self._engine.begin() as connection:
            for table in of:
                gone += (await connection.execute(delete(table).filter_by(**key))).rowcount
        return gone

    async def export(self, platform: Platform, workspace: str) -> Mapping[str, Any]:
        """All that is kept of a workspace, readable, except secrets: of a token only that there is one."""
        key = {"platform": platform.value, "workspace": workspace}
        async with self._engine.connect() as connection:
            rows = {
                table.name: (await connection.execute(select(table).filter_by(**key))).mappings().all()
                for table in _OF_A_WORKSPACE
                if table is not tables.events
            }
            events = select(func.count()).select_from(tables.events).filter_by(**key)
            count = (await connection.execute(events)).scalar_one()
        return {
            "platform": platform.value,
            "workspace": workspace,
            "tied": [
                {
                    "council": row["council"],
                    "clerk": None if row["sealed_clerk"] is None else self._keys.decrypt(row["sealed_clerk"]),
                    "since": row["tied"],
                }
                for row in rows["workspaces"]
            ],
            "installation": [
                {"since": row["saved"], **_without_secrets(self._keys.decrypt(row["sealed"]))}
                for row in rows["installations"]
            ],
            "roles": [{"person": row["person"], "role": self._keys.decrypt(row["sealed"])} for row in rows["roles"]],
            "told": [{"person": row["person"], "what": row["what"], "until": row["expires"]} for row in rows["told"]],
            "conversations": [
                {"person": row["person"], "since": row["saved"], "reference": self._keys.decrypt(row["sealed"])}
                for row in rows["conversations"]
            ],
            "event_ids": count,
        }


def _without_secrets(data: Mapping[str, Any]) -> dict[str, Any]:
    secret = ("token", "secret")
    return {
        name: "kept, not shown" if value and any(word in name for word in secret) else value
        for name, value in data.items()
    }
