"""How fast the index and an answer are: `pytest -m benchmark tests/benchmarks`. Figures are reported in the README as ratios.

Texts are drawn from the words of the five protocols, and queries are the development questions.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from rank_bm25 import BM25Plus

from bot.answer import Question
from bot.library import build_answerer, open_library
from knowledge.index import Index
from knowledge.store import Library
from knowledge.text import tokens

pytestmark = pytest.mark.benchmark

DEVELOPMENT = Path(__file__).parent.parent / "questions" / "development.jsonl"


def _texts(count: int) -> list[list[str]]:
    """So many texts of the length and with the word frequencies of the five protocols' clauses."""
    real = [
        tokens(council.protocol.by_number[reference.number.text].words_of(reference.item))
        for council in Library().lenders()
        for reference in council.protocol.references()
    ]
    pool = np.array([word for text in real for word in text], dtype=object)
    drawn = np.random.default_rng(7)
    lengths = drawn.choice([len(text) for text in real if text], size=count)
    words = pool[drawn.integers(0, len(pool), int(lengths.sum()))]
    return [list(text) for text in np.split(words, np.cumsum(lengths)[:-1])]


def _queries() -> list[list[str]]:
    """The development questions, as they are asked."""
    lines = DEVELOPMENT.read_text(encoding="utf-8").splitlines()
    return [tokens(json.loads(line)["question"]) for line in lines]


def _seconds(search: Callable[[list[str]], object], queries: list[list[str]]) -> float:
    for query in queries[:5]:
        search(query)
    found = []
    for query in queries:
        began = time.perf_counter()
        search(query)
        found.append(time.perf_counter() - began)
    return median(found)


def test_at_a_hundred_thousand_clauses_against_other_engines(capsys: pytest.CaptureFixture[str]) -> None:
    """Two hundred times faster than the library's own walk, and within twice the faster of bm25s and tantivy."""
    import bm25s
    import tantivy

    texts = _texts(100_000)
    queries = _queries()
    index = Index(texts)
    library = BM25Plus(texts)
    ours = _seconds(lambda query: index.search(query, 5), queries)
    walk = _seconds(lambda query: np.argsort(library.get_scores(query))[-5:], queries[:15])
    sparse = bm25s.BM25(method="bm25+")
    sparse.index(texts, show_progress=False)
    theirs = _seconds(lambda query: sparse.retrieve([query], k=5, show_progress=False), queries)
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", tokenizer_name="whitespace")
    engine = tantivy.Index(builder.build())
    writer = engine.writer()
    for text in texts:
        writer.add_document(tantivy.Document(body=" ".join(text)))
    writer.commit()
    engine.reload()
    searcher = engine.searcher()
    rust = _seconds(
        lambda query: searcher.search(
            engine.parse_query(" ".join(word.replace("'", "") for word in query), ["body"]), 5
        ),
        queries,
    )
    with capsys.disabled():
        print(
            f"\n100,000 clauses, best five, median: ours {ours * 1e3:.2f} ms; the library's walk {walk * 1e3:.0f} ms"
            f" ({walk / ours:.0f} times ours); bm25s {theirs * 1e3:.2f} ms; tantivy {rust * 1e3:.2f} ms"
        )
    for query in queries[:5]:
        assert np.allclose(index.scores(query), library.get_scores(query), atol=1e-9)
    assert walk / ours >= 200
    assert ours <= 2 * min(theirs, rust)


def test_at_a_million_clauses(capsys: pytest.CaptureFixture[str]) -> None:
    """A query's median is at most 25 ms."""
    texts = _texts(1_000_000)
    queries = _queries()
    index = Index(texts)
    ours = _seconds(lambda query: index.search(query, 5), queries)
    with capsys.disabled():
        print(f"\n1,000,000 clauses, best five, median: {ours * 1e3:.2f} ms")
    assert ours <= 0.025


def test_a_warm_answer(benchmark: BenchmarkFixture) -> None:
    """At most a millisecond over the five protocols with the whole catalogue."""
    answerer = build_answerer(open_library(None))
    question = Question("the leader's lot want me at their pre-meet, must I go?", "great-linford", date(2026, 3, 1))
    answerer.answer(question)
    benchmark(answerer.answer, question)
    assert benchmark.stats.stats.median <= 0.001


def test_the_whole_ask_process(capsys: pytest.CaptureFixture[str]) -> None:
    """At most two and a half times a Python process that only imports rank_bm25."""
    program = Path(sys.executable).parent / "protocol-guide"

    def seconds(command: list[str]) -> float:
        began = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        return time.perf_counter() - began

    ask = [str(program), "ask", "can a party group make me attend?", "--council", "newent"]
    only = [sys.executable, "-c", "import rank_bm25"]
    seconds(ask), seconds(only)
    pairs = [(seconds(ask), seconds(only)) for _ in range(15)]
    asked, imported = (median(pair[side] for pair in pairs) for side in (0, 1))
    ratio = median(one / other for one, other in pairs)
    with capsys.disabled():
        print(f"\nask {asked * 1e3:.0f} ms, import rank_bm25 {imported * 1e3:.0f} ms, ratio {ratio:.2f}")
    assert ratio <= 2.5
