"""The level of the answers that was reached, held; and an imported protocol against the same one curated."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.answer import Ending, Question
from bot.answering import Answerer
from bot.cli import main
from bot.evaluating import Share, evaluate
from bot.library import build_answerer, open_library
from knowledge.store import LENDERS

QUESTIONS = Path(__file__).parent.parent / "questions"
FILES = Path(__file__).parent.parent / "knowledge" / "importing" / "files"
TODAY = date(2026, 3, 1)


def _lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (QUESTIONS / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return build_answerer(open_library(None))


@pytest.fixture(scope="module")
def reached(answerer: Answerer) -> Callable[[str], Mapping[str, Share]]:
    """Every figure of a file of questions, asked once."""
    return cache(lambda name: _labelled(answerer, _lines(name)))


def _labelled(answerer: Answerer, lines: list[dict[str, Any]]) -> Mapping[str, Share]:
    score = evaluate(answerer, lines, TODAY)
    return score.shares(score.labelled)


@pytest.mark.parametrize(
    ("file", "figure", "floor"),
    [
        ("development.jsonl", "top1", 0.9),
        ("development.jsonl", "top3", 0.97),
        ("development.jsonl", "kind", 0.97),
        ("development.jsonl", "borrowed", 0.92),
        ("development.jsonl", "none", 0.97),
        ("development.jsonl", "answered", 0.97),
        ("development.jsonl", "contact", 0.94),
        ("development.jsonl", "avoid", 0.97),
        ("development.jsonl", "avoid_asker", 1.0),
        ("development.jsonl", "private", 0.95),
        ("development.jsonl", "open", 0.93),
        ("development.jsonl", "perfect", 0.88),
        ("further.jsonl", "none", 0.92),
        ("further.jsonl", "avoid", 0.95),
        ("further.jsonl", "avoid_asker", 1.0),
        ("further.jsonl", "private", 0.95),
        ("further.jsonl", "open", 0.96),
        ("fresh.jsonl", "top1", 0.82),
        ("fresh.jsonl", "top3", 0.9),
        ("fresh.jsonl", "kind", 0.94),
        ("fresh.jsonl", "borrowed", 0.9),
        ("fresh.jsonl", "none", 0.9),
        ("fresh.jsonl", "answered", 0.97),
        ("fresh.jsonl", "avoid", 0.96),
        ("fresh.jsonl", "avoid_asker", 1.0),
        ("fresh.jsonl", "private", 0.84),
        ("fresh.jsonl", "open", 0.89),
        ("fresh.jsonl", "perfect", 0.79),
    ],
)
def test_the_level_is_held(reached: Callable[[str], Mapping[str, Share]], file: str, figure: str, floor: float) -> None:
    """None of these questions, nor anything near them, is among the examples."""
    share = reached(file)[figure]
    assert share.right / share.of >= floor, share


@pytest.mark.parametrize("word", ["meeting", "officers", "politics", "Bullying?"])
def test_one_word_is_looked_up(answerer: Answerer, word: str) -> None:
    """Nobody can tell from one word what is asked: the clauses that use it are offered."""
    answer = answerer.answer(Question(word, "great-linford", TODAY))
    assert answer.ending is Ending.CHOICE
    assert all(word.casefold()[:4] in str(quote.clause).casefold() for quote in answer.quotes)


def test_few_answers_are_of_low_confidence(reached: Callable[[str], Mapping[str, Share]]) -> None:
    """At most one in twenty."""
    share = reached("development.jsonl")["low"]
    assert share.right / share.of <= 0.05


def test_an_imported_protocol_answers_as_the_curated_one_does(
    answerer: Answerer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Word files of the five, imported and published without any curation: within five points."""
    for slug in LENDERS:
        assert main(["import", str(FILES / f"{slug}.docx"), "--council", f"{slug}-copy", "--data", str(tmp_path)]) == 0
        assert main(["publish", f"{slug}-copy", "--yes", "--data", str(tmp_path)]) == 0
    capsys.readouterr()
    lines = _lines("development.jsonl")
    curated = _labelled(answerer, lines)
    copies = [{**line, "council": f"{line['council']}-copy"} for line in lines]
    imported = _labelled(build_answerer(open_library(tmp_path)), copies)
    for figure in ("top1", "kind", "contact"):
        one, other = curated[figure], imported[figure]
        assert one.right / one.of - other.right / other.of <= 0.05, (figure, str(one), str(other))
