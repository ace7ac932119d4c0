"""From a council's folder into the database from which all replicas serve: what `--database` does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from bot.errors import StorageError
from bot.library import build_answerer
from bot.storage import HostedVersion, Storage
from bot.taking_up import council_of_texts
from knowledge import yamlfile
from knowledge.store import LENDERS, Library, ties_as_data


async def publish_folder(storage: Storage, folder: Path, in_force: date | None = None) -> int:
    """Put the council in `folder` in force for every replica, whole or not at all; gives its revision.

    Raises:
        BadData: when the folder cannot be used; nothing is changed then.
        StorageError: when its slug is one that comes with the program.
    """
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yaml"))}
    council = council_of_texts(files)
    if council.slug in LENDERS:
        raise StorageError(f"{council.slug} comes with the program; give this council another slug.")
    if not council.ties:  # worked out once here, and not by every replica whenever it takes the council up
        files["ties.yaml"] = yamlfile.canonical(ties_as_data(build_answerer(Library()).with_ties(council).ties))
    due = council.protocol.review_due
    return await storage.publish_council(council.slug, files, in_force, due.last_day if due else None)


async def versions(storage: Storage, council: str) -> tuple[HostedVersion, ...]:
    """Every version of a hosted council, the oldest first.

    Raises:
        StorageError: when the council is not hosted.
    """
    found = await storage.council_versions(council)
    if not found:
        raise StorageError(_not_hosted(council))
    return found


async def roll_back(storage: Storage, council: str) -> int:
    """Serve the version before the one that is served; gives its revision.

    Raises:
        StorageError: when the council is not hosted, or has no earlier version.
    """
    revision = await storage.rollback_council(council)
    if revision is None:
        raise StorageError(f"{council} has no earlier version in the database. Nothing was changed.")
    return revision


def _not_hosted(council: str) -> str:
    return f"{council} is not in the database. Publish it there with --database."
