"""The catalogue is whole: every line reads, every reference resolves, nothing stands twice, nothing echoes an exam."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from pathlib import Path

import pytest

from intents.catalogue import FOLDER, Catalogue, fingerprint, line_of, parse_line
from intents.errors import BadCatalogue
from intents.matching import Matcher
from intents.model import Speech
from intents.trained import Trained
from knowledge import yamlfile
from knowledge.store import Library

QUESTIONS = Path(__file__).parents[1] / "questions"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.read()


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9']+", text.casefold().replace("’", "'")))


def test_every_clause_that_an_intent_names_exists(catalogue: Catalogue) -> None:
    """A dangling reference would quote nothing, or the wrong words."""
    library = Library()
    for intent in catalogue.intents:
        for reference in intent.clauses:
            assert library.council(reference.protocol).protocol.find(reference), f"{intent.key}: {reference}"


def test_everything_quotable_is_tied_to_an_intent(catalogue: Catalogue) -> None:
    """Each clause with words of its own, or one of its bullets or children, is what some intent is about."""
    tied = {reference for intent in catalogue.intents for reference in intent.clauses}
    for council in Library().lenders():
        for reference in council.protocol.references():
            family = {reference, reference.clause} | {
                other
                for other in tied
                if other.protocol == reference.protocol
                and (other.clause == reference.clause or other.number.parent == reference.number)
            }
            assert family & tied, f"nothing leads to {reference}"


def test_every_matter_has_eighty_ways_of_asking_from_many_voices(catalogue: Catalogue) -> None:
    """The fewer voices, the worse strangers are understood."""
    for intent in catalogue.intents:
        if intent.speech is Speech.MATTER and intent.clauses:
            assert len(intent.examples) >= 80, f"{intent.key} has {len(intent.examples)} examples"
            assert len({example.voice for example in intent.examples}) >= 8, intent.key


def test_no_line_stands_twice(catalogue: Catalogue) -> None:
    """A line under two intents teaches neither."""
    lines = Counter(_plain(example.text) for _, example in catalogue.lines())
    assert [line for line, count in lines.items() if count > 1] == []


def test_held_out_lines_are_not_among_the_examples(catalogue: Catalogue) -> None:
    """Canonical lines and not_examples test the model, so it must never see them."""
    seen = {_plain(example.text) for _, example in catalogue.lines()}
    for intent in catalogue.intents:
        for text in [*(line.text for line in intent.canonical), *(line.text for line in intent.not_examples)]:
            assert _plain(text) not in seen, f"{intent.key}: {text}"


def test_canonical_questions_and_look_alikes_are_understood(catalogue: Catalogue) -> None:
    """A canonical question is about its intent, and a look-alike about the one that it means, ninety-nine times in a hundred."""
    matcher = Matcher.load()
    keys = [intent.key for intent in matcher.intents]
    lines = [(intent.key, line.text, line.asker) for intent in catalogue.intents for line in intent.canonical]
    lines += [(line.means, line.text, line.asker) for intent in catalogue.intents for line in intent.not_examples]
    wrong = [
        f"{text!r}: {found}, not {key}"
        for key, text, asker in lines
        for found in [keys[int(matcher.match(text, asker).chances.argmax())]]
        if found != key
    ]
    assert len(wrong) <= len(lines) / 100, wrong
    assert len(lines) > 300


@pytest.mark.parametrize("file", sorted(QUESTIONS.glob("*.jsonl")), ids=lambda file: file.stem)
def test_no_example_echoes_a_labelled_question(catalogue: Catalogue, file: Path) -> None:
    """Near-duplicates of the questions that answers are measured on would flatter the figures."""
    asked = {
        question: set(_plain(question).split())
        for question in (json.loads(line)["question"] for line in file.read_text(encoding="utf-8").splitlines())
    }
    holding: dict[str, set[str]] = {}
    for question, words in asked.items():
        for word in words:
            holding.setdefault(word, set()).add(question)
    for intent in catalogue.intents:
        for example in (*intent.examples, *intent.canonical):
            mine = set(_plain(example.text).split())
            rarest = sorted(mine, key=lambda word: len(holding.get(word, ())))[: len(mine) * 3 // 10 + 1]
            for question in {question for word in rarest for question in holding.get(word, ())}:
                theirs = asked[question]  # who shares seven words in ten shares one of any three in ten
                if len(mine & theirs) >= 0.7 * len(mine | theirs):
                    raise AssertionError(f"{intent.key}: {example.text!r} echoes {question!r}")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_files_are_in_canonical_form(path: Path) -> None:
    """One form, so that a change shows as what it is. `python -m intents.catalogue` mends it."""
    written = path.read_text(encoding="utf-8")
    canonical = yamlfile.canonical(yamlfile.read(path))
    difference = "\n".join(difflib.unified_diff(written.splitlines(), canonical.splitlines(), lineterm="", n=0))
    assert written == canonical, difference[:2000]


@pytest.mark.parametrize(
    "line",
    [
        "officer | Who decides?",
        "clerk, sensitive | He shouts.",
        "councillor, sensitive, about somebody | It was leaked.",
    ],
)
def test_a_line_reads_back_as_written(line: str) -> None:
    """Reading and writing are inverses."""
    assert line_of(parse_line(line)) == line


@pytest.mark.parametrize(
    "line", ["no bar", "wizard | who?", "officer, about dragon | who?", "officer, loud | who?", "officer | "]
)
def test_a_line_that_is_no_line_says_how_to_write_one(line: str) -> None:
    """The error shows the form."""
    with pytest.raises(BadCatalogue, match="write it as"):
        parse_line(line)


def test_the_model_was_made_from_this_catalogue() -> None:
    """A change of the catalogue without training would answer from the old one."""
    assert Trained.load().facts["catalogue"] == fingerprint()
