"""A protocol that nobody has curated is answered from nearly as well as the same one curated by hand."""

from __future__ import annotations

import pytest

from tests.bot.uncurated import FIGURES, Compared, compare, totals

POINTS = 0.05
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def compared() -> list[Compared]:
    return list(compare())


@pytest.mark.parametrize("figure", FIGURES)
def test_an_imported_protocol_is_within_five_points_of_the_curated_one(figure: str, compared: list[Compared]) -> None:
    """Over the questions of all five councils, each imported as if nobody had ever seen it."""
    curated, imported = totals(compared, figure)
    assert imported.of == curated.of >= 30
    assert imported.right / imported.of >= curated.right / curated.of - POINTS


@pytest.mark.parametrize("figure", ["top1", "kind"])
def test_no_council_is_left_behind(figure: str, compared: list[Compared]) -> None:
    """For each by itself: at most five points, or one question where there are few."""
    for one in compared:
        curated, imported = one.shares(figure)
        assert imported.right >= curated.right - max(1, POINTS * curated.of), one.slug
