"""BM25 over texts: fitted by rank-bm25, scored from postings.

rank-bm25 walks every text for every word of a query. Its scores do not need that walk: what a word adds to a text does
not depend on the query. So the library fits the model, the weights are laid out once as postings (word → texts and
weights), and a query adds up a few arrays. `rank_bm25.BM25Plus.get_scores` is the oracle: `Index.scores` equals it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Plus


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that shares at least one word with the query. `position` counts from 0 in the order of fitting."""

    position: int
    score: float


class Index:
    """BM25+ (Lv and Zhai 2011, with rank-bm25's k1 = 1.5, b = 0.75, delta = 1) over texts given as lists of tokens.

    Any number of texts may be empty, or there may be none; a text that shares no word with a query is never a hit.
    """

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self.size = len(texts)
        self._vocabulary: dict[Hashable, int] = {}
        self._idf: NDArray[np.float64] = np.zeros(0)
        self._starts: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        self._positions: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._weights: NDArray[np.float64] = np.zeros(0)
        self._delta = 0.0
        if any(texts):
            self._lay_out(BM25Plus([list(text) for text in texts]))

    def _lay_out(self, fitted: BM25Plus) -> None:
        """Turn the library's counts into postings sorted by word, then by text."""
        self._vocabulary = {word: number for number, word in enumerate(fitted.idf)}
        self._idf = np.fromiter(fitted.idf.values(), dtype=np.float64, count=len(fitted.idf))
        self._delta = float(fitted.delta)
        lengths = np.asarray(fitted.doc_len, dtype=np.float64)
        count = sum(len(frequencies) for frequencies in fitted.doc_freqs)
        terms = np.fromiter(
            (self._vocabulary[word] for frequencies in fitted.doc_freqs for word in frequencies), np.int32, count
        )
        frequency = np.fromiter(
            (times for frequencies in fitted.doc_freqs for times in frequencies.values()), np.float64, count
        )
        texts = np.repeat(np.arange(self.size, dtype=np.int32), [len(frequencies) for frequencies in fitted.doc_freqs])
        order = np.argsort(terms, kind="stable")
        terms, frequency, texts = terms[order], frequency[order], texts[order]
        damped = fitted.k1 * (1 - fitted.b + fitted.b * lengths[texts] / fitted.avgdl)
        self._positions = texts
        self._weights = self._idf[terms] * frequency * (fitted.k1 + 1) / (damped + frequency)
        self._starts = np.concatenate(([0], np.cumsum(np.bincount(terms, minlength=len(self._vocabulary)))))

    def _spans(self, query: Sequence[str]) -> list[tuple[int, int, int]]:
        """For each token of the query that is known: its number and where its postings start and end."""
        numbers = [self._vocabulary[token] for token in query if token in self._vocabulary]
        return [(number, int(self._starts[number]), int(self._starts[number + 1])) for number in numbers]

    def scores(self, query: Sequence[str]) -> NDArray[np.float64]:
        """The score of every text, equal to the library's own; shape (size,). Repeats in the query count again."""
        scores = np.zeros(self.size)
        baseline = 0.0
        for number, start, end in self._spans(query):
            scores[self._positions[start:end]] += self._weights[start:end]
            baseline += float(self._idf[number]) * self._delta
        return scores + baseline

    def search(self, query: Sequence[str], limit: int = 5) -> list[Hit]:
        """The best texts that share a word with the query, best first; equal scores in the order of fitting."""
        spans = self._spans(query)
        if not spans or limit < 1:
            return []
        total = np.zeros(self.size)
        for _, start, end in spans:
            total[self._positions[start:end]] += self._weights[start:end]
        baseline = sum(float(self._idf[number]) * self._delta for number, _, _ in spans)
        hits: list[Hit] = []
        while len(hits) < limit:  # finding the largest a few times over is faster than sorting or partitioning
            place = int(total.argmax())
            if total[place] <= 0:
                break
            hits.append(Hit(place, float(total[place]) + baseline))
            total[place] = 0
        return hits
