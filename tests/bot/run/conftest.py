"""A data folder with a council that is not shipped, and a house built on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.wiring import House, build

Maker = Callable[..., Path]

_PROTOCOL = """slug: {slug}
council: {name}
title: Protocol on councillors and officers
{due}body:
- heading: Working together
  number: '1'
  level: 1
- number: '1.1'
  text: Councillors and officers treat one another with respect.
- number: '1.2'
  text: {words}
- number: '1.3'
  text: A complaint about an officer is made to the clerk, in confidence.
"""
_CONTACTS = """contacts:
- key: clerk
  name: the Clerk
- key: chair
  name: the Chair
- key: county-association
  name: the County Association
ladders:
- basis: '1.3'
  rungs: [clerk]
defaults:
  officer: [clerk, chair]
  clerk: [chair, county-association]
  councillor: [clerk, chair]
  chair: [clerk, county-association]
  unknown: [clerk, chair]
"""


def write_council(folder: Path, slug: str, words: str, due: str = "") -> Path:
    """A council's folder in `folder`; clause 1.2 says `words`."""
    place = folder / slug
    place.mkdir(parents=True, exist_ok=True)
    name = slug.replace("-", " ").title() + " Parish Council"
    due_line = f"review_due: {due}\n" if due else ""
    text = _PROTOCOL.format(slug=slug, name=name, words=words, due=due_line)
    (place / "council.yaml").write_text(f"slug: {slug}\nname: {name}\n", encoding="utf-8")
    (place / "contacts.yaml").write_text(_CONTACTS, encoding="utf-8")
    (place / "protocol.yaml").write_text(text, encoding="utf-8")
    return place


@pytest.fixture
def council(tmp_path: Path) -> Maker:
    """Writes a council's folder into the data folder: `council("testby", "The words of clause 1.2.")`."""
    return lambda slug, words, due="": write_council(tmp_path / "data", slug, words, due)


@pytest.fixture
async def house(tmp_path: Path, council: Maker) -> AsyncIterator[House]:
    """Everything but channels, on SQLite, with the council testby in the data folder."""
    council("testby", "A party group cannot make an officer attend its meetings.", "2026-05")
    built = await build(Settings.read({"PROTOCOL_GUIDE_DATA": str(tmp_path / "data"), "PROTOCOL_GUIDE_THROTTLE": "50"}))
    yield built
    await built.close()
