"""Hosted councils: their files, version by version, so that every replica serves the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import func, select, update

from bot.storage import tables
from bot.storage.store import Store


@dataclass(frozen=True, slots=True)
class HostedVersion:
    """One published version of a council's files. `in_force`: from which day it counts; `current`: it is served."""

    revision: int
    in_force: date | None
    published: datetime
    current: bool


class HostedCouncils(Store):
    """Councils whose data lies in the database."""

    async def publish_council(
        self, slug: str, files: Mapping[str, str], in_force: date | None = None, review_due: date | None = None
    ) -> int:
        """Put a new version in force, whole or not at all; gives its revision. Every earlier version stays.

        `files` are the texts of council.yaml, protocol.yaml, contacts.yaml and what else the folder holds, by name.
        Whoever publishes has read them with `knowledge.store` first. `review_due` is the last day of the review's date.
        """
        councils, versions = tables.hosted_councils, tables.hosted_versions
        async with self._engine.begin() as connection:
            make = self._insert(councils).values(slug=slug, revision=0)
            await connection.execute(make.on_conflict_do_update(index_elements=["slug"], set_={"slug": slug}))
            newest = select(func.coalesce(func.max(versions.c.revision), 0)).filter_by(slug=slug)
            revision = int((await connection.execute(newest)).scalar_one()) + 1
            await connection.execute(
                versions.insert().values(
                    slug=slug,
                    revision=revision,
                    in_force=in_force.isoformat() if in_force else None,
                    review_due=review_due.isoformat() if review_due else None,
                    files=json.dumps(dict(files), ensure_ascii=False),
                    published=self._now,
                )
            )
            await connection.execute(update(councils).filter_by(slug=slug).values(revision=revision))
        return revision

    async def council_revision(self, slug: str) -> int | None:
        """The revision that is served, or None where the council is not hosted here."""
        async with self._at_once.connect() as connection:
            wanted = select(tables.hosted_councils.c.revision).filter_by(slug=slug)
            found: int | None = (await connection.execute(wanted)).scalar_one_or_none()
            return found

    async def council_files(self, slug: str) -> tuple[int, Mapping[str, str]] | None:
        """The revision that is served and its files, or None where the council is not hosted here."""
        councils, versions = tables.hosted_councils, tables.hosted_versions
        wanted = (
            select(versions.c.revision, versions.c.files)
            .join(councils, (councils.c.slug == versions.c.slug) & (councils.c.revision == versions.c.revision))
            .where(councils.c.slug == slug)
        )
        async with self._at_once.connect() as connection:
            found = (await connection.execute(wanted)).one_or_none()
        return None if found is None else (found.revision, json.loads(found.files))

    async def council_versions(self, slug: str) -> tuple[HostedVersion, ...]:
        """Every version that was published, the oldest first."""
        versions = tables.hosted_versions
        current = await self.council_revision(slug)
        wanted = select(versions.c.revision, versions.c.in_force, versions.c.published).filter_by(slug=slug)
        async with self._at_once.connect() as connection:
            rows = await connection.execute(wanted.order_by(versions.c.revision))
            return tuple(
                HostedVersion(
                    row.revision,
                    date.fromisoformat(row.in_force) if row.in_force else None,
                    datetime.fromtimestamp(row.published, UTC),
                    row.revision == current,
                )
                for row in rows
            )

    async def rollback_council(self, slug: str) -> int | None:
        """Serve the version before the one that is served; gives its revision, or None where there is none."""
        councils, versions = tables.hosted_councils, tables.hosted_versions
        async with self._engine.begin() as connection:
            lock = update(councils).filter_by(slug=slug).values(slug=slug).returning(councils.c.revision)
            current = (await connection.execute(lock)).scalar_one_or_none()
            if current is None:
                return None
            before = select(func.max(versions.c.revision)).where(versions.c.slug == slug, versions.c.revision < current)
            revision: int | None = (await connection.execute(before)).scalar_one()
            if revision is not None:
                await connection.execute(update(councils).filter_by(slug=slug).values(revision=revision))
            return revision

    async def review_dates(self) -> Mapping[str, date | None]:
        """When each hosted council's protocol is due for review, by slug."""
        councils, versions = tables.hosted_councils, tables.hosted_versions
        wanted = select(councils.c.slug, versions.c.review_due).join(
            versions, (councils.c.slug == versions.c.slug) & (councils.c.revision == versions.c.revision)
        )
        async with self._at_once.connect() as connection:
            rows = await connection.execute(wanted)
            return {row.slug: date.fromisoformat(row.review_due) if row.review_due else None for row in rows}

    async def hosted_councils(self) -> tuple[str, ...]:
        """The slugs of all hosted councils, sorted."""
        async with self._at_once.connect() as connection:
            slug = tables.hosted_councils.c.slug
            rows = await connection.execute(select(slug).order_by(slug))
            return tuple(rows.scalars())
