"""What a button carries, and what comes of a button that somebody has meddled with."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest

from bot.answer import Question, Where
from bot.answering import Answerer
from bot.carried import BadCarried, pack
from bot.library import build_answerer, open_library
from knowledge.model import Role

DEVELOPMENT = Path(__file__).parent.parent / "questions" / "development.jsonl"
TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def answerer() -> Answerer:
    return build_answerer(open_library(None))


def test_an_answer_comes_back_as_it_was_without_its_question(answerer: Answerer) -> None:
    """For every development question and role the recalled answer is the answer, but for the words asked."""
    for line in DEVELOPMENT.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        for asked in answerer.answers(Question(entry["question"], entry["council"], TODAY, where=Where.DM)).values():
            packed = pack(asked)
            assert len(packed) <= 2000
            assert entry["question"] not in packed
            silent = dataclasses.replace(asked, question=dataclasses.replace(asked.question, text=""))
            assert answerer.recall(packed, entry["council"], TODAY) == silent


@pytest.mark.parametrize(
    "packed",
    ["", "{}", "[]", "null", "[" * 3000, "[1,2,3]", '"' + "x" * 5000 + '"'],
    ids=["empty", "object", "list", "null", "deep", "short", "long"],
)
def test_what_is_no_answer_is_refused(answerer: Answerer, packed: str) -> None:
    """A button's text comes from outside: anything else than what was packed is refused with a sentence."""
    with pytest.raises(BadCarried, match="ask again"):
        answerer.recall(packed, "newent", TODAY)


def test_a_clause_that_is_gone_is_refused(answerer: Answerer) -> None:
    """A button made before a new version was published never quotes another clause instead."""
    answer = answerer.answer(Question("can a party group make me attend?", "great-linford", TODAY, Role.OFFICER))
    with pytest.raises(BadCarried, match="ask again"):
        answerer.recall(pack(answer).replace("great-linford:7.3", "great-linford:99.3"), "great-linford", TODAY)
