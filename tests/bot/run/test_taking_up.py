"""New council data is taken up without a restart, whole, and never in place of good data when it is broken."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.hosting import publish_folder, roll_back, versions
from bot.storage import Storage
from bot.taking_up import Councils
from knowledge.errors import BadData, UnknownCouncil
from knowledge.store import Library
from tests.bot.conftest import Clock
from tests.bot.run.conftest import Maker, write_council


@pytest.fixture
async def councils(tmp_path: Path, storage: Storage, clock: Clock) -> Councils:
    """The councils of a data folder and of a database, three kept at most."""
    clock.now = 2_000_000_000.0  # later than any file of the test
    return Councils(Library(tmp_path / "data"), tmp_path / "data", storage, 3, clock)


async def _says(councils: Councils, slug: str = "testby") -> str:
    await councils.take_up(slug)
    return councils.council(slug).protocol.by_number["1.2"].text


class TestFolders:
    async def test_a_change_is_taken_up_at_the_next_look(
        self, councils: Councils, council: Maker, clock: Clock
    ) -> None:
        """Two seconds later the new words are served."""
        council("testby", "The old words.")
        assert await _says(councils) == "The old words."
        council("testby", "The new words, which are longer.")
        assert await _says(councils) == "The old words."
        clock.now += 2
        assert await _says(councils) == "The new words, which are longer."

    async def test_files_that_still_change_are_left_until_they_lie_still(
        self, councils: Councils, council: Maker, clock: Clock
    ) -> None:
        """A file written this very moment may be half of a change."""
        folder = council("testby", "The old words.")
        await _says(councils)
        council("testby", "The new words, which are longer.")
        clock.now += 2
        os.utime(folder / "protocol.yaml", (clock.now - 0.5, clock.now - 0.5))
        assert await _says(councils) == "The old words."
        clock.now += 2
        assert await _says(councils) == "The new words, which are longer."

    @pytest.mark.parametrize(
        "broken",
        [
            "slug: [",  # no YAML
            "",  # emptied
            "slug: testby\ncouncil: T\ntitle: T\nbody:\n- number: '9'\n  text: Nine.\n",  # contacts point at 1.3
        ],
    )
    async def test_a_broken_folder_keeps_the_old_data_and_is_reported(
        self, councils: Councils, council: Maker, clock: Clock, broken: str
    ) -> None:
        """The old words stay; `broken` says which file; mending it takes it up and clears the report."""
        folder = council("testby", "The old words.")
        await _says(councils)
        (folder / "protocol.yaml").write_text(broken, encoding="utf-8")
        clock.now += 2
        assert await _says(councils) == "The old words."
        assert "yaml" in councils.broken["testby"]
        council("testby", "Mended words, which are longer.")
        clock.now += 2
        assert await _says(councils) == "Mended words, which are longer."
        assert councils.broken == {}

    async def test_a_folder_that_was_never_good_is_an_error(self, councils: Councils, council: Maker) -> None:
        """There is nothing to serve instead."""
        (council("testby", "Words.") / "contacts.yaml").unlink()
        with pytest.raises(BadData):
            await councils.take_up("testby")

    @pytest.mark.parametrize("slug", ["nowhere", "../data/testby", ""])
    async def test_what_is_no_council_is_unknown(self, councils: Councils, council: Maker, slug: str) -> None:
        """A missing folder, a path, nothing at all."""
        council("testby", "Words.")
        with pytest.raises(UnknownCouncil):
            await councils.take_up(slug)


class TestHosted:
    async def test_a_published_version_is_served_by_every_replica_within_seconds(
        self, councils: Councils, storage: Storage, tmp_path: Path, clock: Clock
    ) -> None:
        """Two processes on one database: both serve the new version at their next look."""
        other = Councils(Library(None), tmp_path / "none", storage, 3, clock)
        folder = write_council(tmp_path / "published", "testby", "Version one.")
        await publish_folder(storage, folder)
        assert [await _says(each) for each in (councils, other)] == ["Version one."] * 2
        write_council(tmp_path / "published", "testby", "Version two.")
        await publish_folder(storage, folder)
        clock.now += 2
        assert [await _says(each) for each in (councils, other)] == ["Version two."] * 2
        assert await roll_back(storage, "testby") == 1
        clock.now += 2
        assert [await _says(each) for each in (councils, other)] == ["Version one."] * 2
        assert [version.current for version in await versions(storage, "testby")] == [True, False]

    async def test_a_broken_or_shipped_council_cannot_be_published(self, storage: Storage, tmp_path: Path) -> None:
        """Nothing is changed then."""
        broken = write_council(tmp_path, "testby", "Words.")
        (broken / "contacts.yaml").unlink()
        with pytest.raises(BadData):
            await publish_folder(storage, broken)
        with pytest.raises(StorageError, match="comes with the program"):
            await publish_folder(storage, write_council(tmp_path, "newent", "Words."))
        assert await storage.hosted_councils() == ()
        with pytest.raises(StorageError, match="--database"):
            await versions(storage, "testby")
        with pytest.raises(StorageError, match="no earlier version"):
            await roll_back(storage, "testby")

    async def test_no_more_councils_are_kept_than_the_capacity(
        self, councils: Councils, storage: Storage, tmp_path: Path
    ) -> None:
        """The council that was asked for longest ago goes, and whoever keeps something for it is told."""
        dropped: list[str] = []
        councils.dropped = dropped.append
        for number in range(5):
            await publish_folder(storage, write_council(tmp_path, f"c{number}", f"Words of {number}."))
            assert await _says(councils, f"c{number}") == f"Words of {number}."
        assert len(councils) == 3
        assert dropped == ["c0", "c1"]
        assert await _says(councils, "c0") == "Words of 0."

    async def test_many_askers_at_once_read_a_council_once(
        self, councils: Councils, storage: Storage, tmp_path: Path
    ) -> None:
        """Fifty questions to a council that is not in memory wait for one reading."""
        await publish_folder(storage, write_council(tmp_path, "testby", "Words."))
        await asyncio.gather(*(councils.take_up("testby") for _ in range(50)))
        first = councils.council("testby")
        assert all(councils.council("testby") is first for _ in range(3))
