"""The clerk's report: nothing under five is shown, and nothing under five can be worked out."""

from __future__ import annotations

import itertools
import re

import pytest

from bot.gaps import gaps
from bot.report import Report, as_page, as_text, make_report
from bot.storage import Feedback, Tally
from intents.matching import Matcher
from knowledge.store import Library

THEMES = ("conduct", "information", "politics", "press", "roles")


def _report(counts: dict[str, int], outcome: str = "own", month: str = "2026-11") -> Report:
    tallies = [Tally(month, theme, outcome, count) for theme, count in counts.items()]
    return make_report("Testby Town Council", "2026-11", tallies, (), THEMES, ())


def _figures(report: Report) -> object:
    return (report.questions, report.this_month, report.months, report.themes, report.rare)


@pytest.mark.parametrize("output", [as_text, as_page])
def test_a_count_under_five_is_nowhere(output: object) -> None:
    """A theme asked about four times, and one never asked about, read alike; the others as bands."""
    shown = output(_report({"conduct": 12, "press": 4, "roles": 7}))  # type: ignore[operator]
    assert "10–14" in shown
    assert "5–9" in shown
    assert re.search(r"Fewer than 5 each, or none: Information, Politics, Press", shown)
    assert not re.search(r"\b(4|12|23)\b(?!–|px|%)", re.sub(r"<svg.*?</svg>|<style>.*?</style>", "", shown))


def test_a_small_theme_cannot_be_worked_out_from_the_total_and_the_rest() -> None:
    """Whatever its count from 0 to 4, other counts give the very same report."""
    reports: dict[str, set[int]] = {}
    for small, large, other in itertools.product(range(5), range(5, 15), range(5, 10)):
        report = _report({"press": small, "conduct": large, "roles": other})
        reports.setdefault(repr(_figures(report)), set()).add(small)
    assert not [smalls for smalls in reports.values() if len(smalls) == 1]


def test_two_months_reports_do_not_betray_what_was_asked_between_them() -> None:
    """From 10 to 13 nothing changes; a change of band says only that it lies between one and nine."""
    assert _figures(_report({"press": 10})) == _figures(_report({"press": 13}))


def test_the_year_is_the_twelve_months_up_to_the_one_that_was_asked_for() -> None:
    """What lies before is not counted, nor what lies after."""
    tallies = [Tally(month, "press", "own", 5) for month in ("2025-11", "2025-12", "2026-11", "2026-12")]
    report = make_report("Testby Town Council", "2026-11", tallies, (), THEMES, ())
    assert str(report.questions) == "10–14"
    assert [entry.name for entry in report.months][0::11] == ["December 2025", "November 2026"]


def test_small_talk_is_no_question() -> None:
    """Greetings, thanks and misuse are not counted among the questions."""
    assert str(_report({"press": 50}, outcome="greeting").questions) == "fewer than 5"


def test_unanswered_unsure_and_helpful_are_told() -> None:
    """How many found no clause, how many were offered a choice, and how many were found helpful."""
    tallies = [Tally("2026-11", "press", "silent", 6), Tally("2026-11", "press", "choice", 11)]
    voices = [Feedback("2026-11", "press", "own", 25, 3)]
    report = make_report("Testby Town Council", "2026-11", tallies, voices, THEMES, ())
    shown = [str(band) for band in (report.unanswered, report.unsure, report.helpful, report.unhelpful)]
    assert shown == ["5–9", "10–14", "25–29", "fewer than 5"]


def test_the_gap_list_comes_from_the_texts_and_quotes_word_for_word() -> None:
    """Honiton is silent where others speak: each gap quotes a stored clause of another protocol, whole."""
    library = Library()
    found = gaps(library.council("honiton"), library.lenders(), Matcher.load().intents)
    assert found
    for gap in found:
        assert gap.quote.protocol.slug != "honiton"
        assert gap.quote.text == gap.quote.protocol.by_number[gap.quote.clause.number.text].words_of(gap.quote.item)
    report = make_report("Honiton Town Council", "2026-11", (), (), THEMES, found)
    assert all(gap.quote.citation in as_text(report) for gap in found)


def test_the_page_is_whole_in_itself_and_escapes_what_it_shows() -> None:
    """It loads nothing from anywhere, and a council's name is text, never markup."""
    report = make_report("Test<b>y & Co", "2026-11", [Tally("2026-11", "press", "own", 9)], (), THEMES, ())
    page = as_page(report)
    assert "Test&lt;b&gt;y &amp; Co" in page
    assert not re.search(r"(src|href)=|@import|url\(", page)
    assert "<svg" in page
