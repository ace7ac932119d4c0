"""What the words of the catalogue tell: counted from it, small, and at hand at once."""

from __future__ import annotations

import dataclasses

from intents import trained
from intents.catalogue import Catalogue
from intents.telling import PATH, Telling


def test_the_counts_are_of_this_catalogue() -> None:
    """Whoever edits the catalogue counts anew: `python -m intents.training`."""
    assert Telling.of(Catalogue.read().intents).same(Telling.load())


def test_other_counts_are_told_apart() -> None:
    """One line more of one matter is not the same."""
    kept = Telling.load()
    lines = kept.lines.copy()
    lines[3] += 1
    assert not dataclasses.replace(kept, lines=lines).same(kept)


def test_the_counts_are_small() -> None:
    """With the trained model they are data in the repository: at most ten megabytes together."""
    assert PATH.stat().st_size + trained.PATH.stat().st_size <= 10_000_000
