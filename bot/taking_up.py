"""The newest data of each council, taken up while serving: never half of it, never broken data instead of good.

A council's data lies in the database (hosted, published with `--database`), else in its folder. What was read is kept
for the `capacity` councils that were asked for last.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.logs import say
from bot.storage import Storage
from knowledge.errors import BadData, KnowledgeError, UnknownCouncil
from knowledge.model import Council, is_slug
from knowledge.store import LENDERS, Library, in_force, load_council

SETTLED = 1.0
"""Files must lie still for so many seconds before they replace others, so that half a change is never taken for all."""

LOOK_AGAIN = 2.0
"""Whether a council has newer data is asked at most every so many seconds."""

_TRIES = 20
"""A council is read again so often, where others drove it out before its asker came to its turn, or its files changed."""

_Version = int | tuple[tuple[str, int, int], ...]
"""What tells one state of a council's data from another: a revision, or names, times and sizes of files."""


@dataclass(slots=True)
class _Kept:
    """A council as served, from which version; when it was last looked at, and a version that could not be used."""

    council: Council
    version: _Version
    looked: float
    refused: _Version | None = None


class Councils:
    """The councils of this process. `take_up` goes before `council`, which is what the answerer calls.

    Data that cannot be used leaves what was served before in place, and stands in `broken` with what is wrong with it.
    `dropped` is called with the slug of a council that is kept no longer.
    """

    def __init__(
        self,
        library: Library,
        data: Path,
        storage: Storage,
        capacity: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._library = library
        self._data = data
        self._storage = storage
        self._capacity = capacity
        self._clock = clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._taking: dict[str, asyncio.Task[None]] = {}
        self.broken: dict[str, str] = {}
        self.dropped: Callable[[str], None] = lambda _slug: None

    def __len__(self) -> int:
        return len(self._kept)

    def council(self, slug: str) -> Council:
        """The council as it was last taken up.

        Raises:
            UnknownCouncil: when it was not, and is not shipped either.
        """
        kept = self._kept.get(slug)
        return self._library.council(slug) if kept is None else kept.council

    async def take_up(self, slug: str) -> None:
        """See whether the council has newer data, and take it up when all of it is there.

        Raises:
            UnknownCouncil: when there is no such council, or it cannot be read because its files never lie still.
            BadData: when its data cannot be used, and none was served before.
        """
        if slug in LENDERS:
            return
        for _ in range(_TRIES):
            kept = self._kept.get(slug)
            if kept is not None:
                self._kept.move_to_end(slug)
                if 0 <= self._clock() - kept.looked < LOOK_AGAIN:
                    return
            task = self._taking.get(slug)
            if task is None:
                task = self._taking[slug] = asyncio.create_task(self._look(slug))
                task.add_done_callback(lambda _done: self._taking.pop(slug, None))
            await asyncio.shield(task)
            if slug in self._kept:
                return
        raise UnknownCouncil(
            f"The data of {slug!r} changed again and again while it was read. Leave it alone a moment."
        )

    async def _look(self, slug: str) -> None:
        now = self._clock()
        kept = self._kept.get(slug)
        revision = await self._storage.council_revision(slug)
        folder = in_force(self._data / slug) if is_slug(slug) else None
        try:
            if revision is not None:
                await self._take_up_hosted(slug, revision, kept, now)
            elif folder is not None and (folder / "protocol.yaml").is_file():
                await self._take_up_folder(slug, folder, kept, now)
            elif kept is None:
                raise UnknownCouncil(f"There is no council {slug!r} in the data folder or the database.")
        finally:
            if kept is not None:
                kept.looked = now

    async def _take_up_hosted(self, slug: str, revision: int, kept: _Kept | None, now: float) -> None:
        if kept is not None and revision in (kept.version, kept.refused):
            return
        found = await self._storage.council_files(slug)
        assert found is not None, "a hosted council has files"
        await self._read(slug, lambda: council_of_texts(found[1]), found[0], kept, now)

    async def _take_up_folder(self, slug: str, folder: Path, kept: _Kept | None, now: float) -> None:
        version = _files(folder)
        if kept is not None:
            settled = all(now - changed / 1e9 >= SETTLED for _, changed, _ in version)
            if version in (kept.version, kept.refused) or not settled:
                return
        await self._read(slug, lambda: _unchanged(folder, version), version, kept, now)

    async def _read(
        self, slug: str, read: Callable[[], Council | None], version: _Version, kept: _Kept | None, now: float
    ) -> None:
        try:
            council = await asyncio.to_thread(read)
        except KnowledgeError as error:
            if kept is None:
                raise
            kept.refused = version
            self.broken[slug] = str(error)
            say(logging.ERROR, "new council data cannot be used, the old is served", council=slug)
            return
        if council is None:
            return
        self._kept[slug] = _Kept(council, version, now)
        self._kept.move_to_end(slug)
        self.broken.pop(slug, None)
        if kept is not None:
            say(logging.INFO, "new council data taken up", council=slug)
        while len(self._kept) > self._capacity:
            oldest, _ = self._kept.popitem(last=False)
            self.dropped(oldest)


def council_of_texts(files: Mapping[str, str]) -> Council:
    """A council from the texts of its files, by name, read exactly as a folder is.

    Raises:
        BadData: when a file is missing or broken, or is none of a council's folder.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            if Path(name).name != name:
                raise BadData(Path(name), None, "this is no file of a council's folder.")
            (Path(folder) / name).write_text(text, encoding="utf-8")
        return load_council(Path(folder))


def _unchanged(folder: Path, version: _Version) -> Council | None:
    """The council in `folder`, or None where its files changed while they were read."""
    council = load_council(folder)
    return council if _files(folder) == version else None


def _files(folder: Path) -> tuple[tuple[str, int, int], ...]:
    states = ((path.name, path.stat()) for path in sorted(folder.glob("*.yaml")))
    return tuple((name, state.st_mtime_ns, state.st_size) for name, state in states)
