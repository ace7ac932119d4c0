"""The index gives the library's own scores, and its best five."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Plus

from knowledge.index import Index

WORD = st.sampled_from([f"w{number}" for number in range(12)])
TEXTS = st.lists(st.lists(WORD, max_size=9), min_size=1, max_size=12).filter(any)


@settings(max_examples=300, deadline=None)
@given(texts=TEXTS, query=st.lists(WORD, max_size=6))
def test_scores_equal_the_librarys_own(texts: list[list[str]], query: list[str]) -> None:
    """To 1e-9, for every text and any query, repeats and unknown words included."""
    assert np.allclose(Index(texts).scores(query), BM25Plus(texts).get_scores(query), atol=1e-9, rtol=0)


@settings(max_examples=300, deadline=None)
@given(texts=TEXTS, query=st.lists(WORD, max_size=6), limit=st.integers(0, 15))
def test_search_gives_the_best_texts_that_share_a_word(texts: list[list[str]], query: list[str], limit: int) -> None:
    """Best first, equal ones in order, and none without a word in common."""
    scores = BM25Plus(texts).get_scores(query)
    sharing = [place for place, text in enumerate(texts) if set(text) & set(query)]
    expected = sorted(sharing, key=lambda place: (-round(scores[place], 9), place))[:limit]
    found = Index(texts).search(query, limit)
    assert [round(scores[hit.position], 9) for hit in found] == [round(scores[place], 9) for place in expected]
    assert all(hit.position in sharing and abs(hit.score - scores[hit.position]) < 1e-9 for hit in found)


def test_no_texts_no_hits() -> None:
    """An empty protocol, and one of empty texts, answer nothing and do not fail."""
    assert Index([]).search(["w1"]) == []
    assert Index([[], []]).search(["w1"]) == []
    assert Index([[], []]).scores(["w1"]).tolist() == [0.0, 0.0]
