"""What the words of the catalogue tell: counted from it, small, and at hand at once."""

from __future__ import annotations

from intents.catalogue import Catalogue
from intents.telling import PATH, Telling


def test_the_counts_are_of_this_catalogue() -> None:
    """Whoever edits the catalogue counts anew: `python -m intents.training`."""
    assert Telling.of(Catalogue.read().intents).same(Telling.load())


def test_other_counts_are_told_apart() -> None:
    """A catalogue that lacks one matter does not count the same."""
    intents = Catalogue.read().intents[1:]
    assert not Telling.of(intents).same(Telling.load())


def test_the_counts_are_small() -> None:
    """They are data in the repository: at most half a megabyte."""
    assert PATH.stat().st_size <= 500_000
