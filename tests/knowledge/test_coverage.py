"""Nothing that is quoted is not in the source, and nothing in the source is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from knowledge import yamlfile
from knowledge.coverage import check, compare, proposed_differences
from knowledge.store import LENDERS, SHIPPED, Library


@pytest.mark.parametrize("slug", LENDERS)
def test_every_word_of_each_source_is_accounted_for(slug: str) -> None:
    """The five protocols hold their sources, word for word, in order."""
    coverage = check(SHIPPED / slug)
    assert coverage.problem is None
    assert coverage.words > 500


def _newent() -> tuple[str, dict[str, Any]]:
    folder = SHIPPED / "newent"
    return (folder / "source.txt").read_text(encoding="utf-8"), yamlfile.read(folder / "protocol.yaml")


def _clause(data: dict[str, Any], number: str) -> dict[str, Any]:
    found: dict[str, Any] = next(entry for entry in data["body"] if entry.get("number") == number and "text" in entry)
    return found


def test_a_changed_word_is_named_with_its_line() -> None:
    """A "must" for "should" is the kind of slip that this is for."""
    source, data = _newent()
    clause = _clause(data, "20")
    clause["text"] = clause["text"].replace("should raise", "must raise")
    problem = compare(source, data).problem
    assert problem is not None
    assert problem.word == "should"
    assert "must" in problem.what
    assert source.splitlines()[problem.line - 1].startswith("20. Members should raise")


def test_a_dropped_word_a_dropped_clause_and_a_swapped_pair_are_found() -> None:
    """Each loss is found where it happens."""
    for spoil in (
        lambda data: _clause(data, "5").update(text=_clause(data, "5")["text"].replace("not ", "", 1)),
        lambda data: data["body"].remove(_clause(data, "15")),
        lambda data: _clause(data, "8")["items"].reverse(),
        lambda data: _clause(data, "8")["items"].pop(),
        lambda data: data.pop("metadata"),
    ):
        source, data = _newent()
        spoil(data)
        assert compare(source, data).problem is not None


def test_words_of_a_source_that_go_nowhere_are_found_at_its_end() -> None:
    """An appendix that nobody took over."""
    source, data = _newent()
    problem = compare(source + "\nAppendix\n", data).problem
    assert problem is not None
    assert problem.word == "Appendix"


def test_words_put_together_over_a_page_break_must_be_declared() -> None:
    """A join is a change of the printed text, so somebody must have looked at it."""
    folder = SHIPPED / "honiton"
    source, data = (folder / "source.txt").read_text(encoding="utf-8"), yamlfile.read(folder / "protocol.yaml")
    del data["joins"]
    problem = compare(source, data).problem
    assert problem is not None
    assert "declare the join" in problem.what
    assert problem.word == "work"


def test_pairs_that_may_differ_are_proposed() -> None:
    """Clauses that send the same concern to different people are shown to the clerk, declared ones not again."""
    pairs = {(str(one), str(other)) for one, other in proposed_differences(Library().council("newent").protocol)}
    assert ("newent:20", "newent:27") in pairs
    declared = proposed_differences(Library().council("somerset-model").protocol)
    assert ("somerset-model:4.5", "somerset-model:10.2.1") not in {(str(one), str(other)) for one, other in declared}


def test_a_missing_source_says_so(tmp_path: Path) -> None:
    """Without its source a protocol cannot be checked."""
    yamlfile.write(tmp_path / "protocol.yaml", {"slug": "x", "source": "source.txt", "body": []})
    with pytest.raises(Exception, match="source cannot be read"):
        check(tmp_path)
