"""Each of the five protocols, as its source, as Word, PDF, HTML and Markdown, imports to the curated clauses."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.importing.read import read
from knowledge.importing.structure import Outcome, structure
from knowledge.store import LENDERS, SHIPPED, Library

FILES = Path(__file__).parent / "files"
FORMS = ("txt", "docx", "pdf", "html", "md")


def _read(slug: str, form: str) -> Outcome:
    return structure(read(SHIPPED / slug / "source.txt" if form == "txt" else FILES / f"{slug}.{form}"))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("slug", LENDERS)
def test_every_number_item_and_word_is_the_curated_one(slug: str, form: str) -> None:
    """And no furniture among them; headings and their numbers too."""
    protocol = Library().council(slug).protocol
    outcome = _read(slug, form)
    assert [(c.number, c.text, c.items) for c in outcome.clauses] == [
        (clause.number.text, clause.text, clause.items) for clause in protocol.clauses
    ]
    assert [(entry.number, entry.heading) for entry in outcome.body if entry.heading] == [
        (section.number.text if section.number else None, section.heading) for section in protocol.sections
    ]
    assert not [finding for finding in outcome.findings if finding.severity == "severe"]


@pytest.mark.parametrize(
    ("slug", "code", "words"),
    [
        ("newent", "cut-short", "views or personal"),
        ("great-linford", "other-title", "Town Clerk"),
        ("great-linford", "furniture-removed", "Officer relations"),
        ("honiton", "furniture-removed", "Protocol on Member / Officer Relations"),
        ("honiton", "joined", "work of a"),
        ("somerset-model", "joined", "officer"),
        ("somerset-model", "placeholder", "[Councillors of the executive,]"),
        ("town-council", "furniture-removed", "[bookmark: _GoBack]"),
        ("somerset-model", "joined", "Councillor-"),
        ("somerset-model", "joined", "influenced or"),
        ("somerset-model", "joined", "should observe"),
        ("somerset-model", "unnumbered-text", "At the heart of this relationship"),
        ("somerset-model", "unnumbered-bullets", "To determine Council policy"),
        ("great-linford", "furniture-removed", "CIIr"),
        ("honiton", "unnumbered-text", "In giving such advice"),
        ("honiton", "unnumbered-bullets", "Close personal relationships"),
        ("newent", "unnumbered-text", "Councillors and Officers are servants"),
        ("honiton", "unnumbered-bullets", "To determine Council policy"),
    ],
)
def test_the_faults_of_the_sources_are_found(slug: str, code: str, words: str) -> None:
    """Each fault that is known of the five sources stands in the report."""
    found = [finding for finding in _read(slug, "txt").findings if finding.code == code]
    assert any(words in finding.words for finding in found), [finding.words for finding in found]


def test_dates_and_versions_are_read() -> None:
    """Adoption, review and version lines are metadata."""
    newent, linford = _read("newent", "txt"), _read("great-linford", "txt")
    assert (newent.adopted and newent.adopted.iso, newent.review_due and newent.review_due.iso) == (
        "2019-11-25",
        "2024",
    )
    assert (linford.version, linford.review_due and linford.review_due.iso) == ("1", "2022-05")
