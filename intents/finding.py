"""From intents to clauses: which clauses of a council's protocol speak to a question, and whether any does.

The chance of each intent is passed on to the clauses tied to it; BM25 over each clause in its context (words, lead,
headings, and the council's own names for its people) orders clauses that share an intent and lets a clause speak for
itself. What falls on intents that the own protocol is silent on is a reason to borrow; what falls on intents that
no protocol speaks to is a reason to say nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from intents.matching import Known, Match
from intents.model import Speech
from knowledge.index import Index
from knowledge.model import Council, Reference
from knowledge.text import tokens


@dataclass(frozen=True, slots=True)
class Weights:
    """How evidence for a clause is weighed.

    `bm25` is what the best clause by words adds, on the scale of an intent's chance; `later_tie` is what each further
    tie of an intent to the same protocol is worth beside the one before.
    """

    bm25: float = 0.05
    later_tie: float = 0.8


@dataclass(frozen=True, slots=True)
class Found:
    """A clause or bullet with its score, higher is better; scores of one question compare with one another."""

    reference: Reference
    score: float


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found for a question: the chances that the own, another or no protocol speaks to it, and the clauses."""

    own_chance: float
    borrowed_chance: float
    none_chance: float
    own: tuple[Found, ...]
    borrowed: tuple[Found, ...]


class Finder:
    """Finds clauses for one council. Built once a council; safe to share between threads."""

    def __init__(
        self,
        council: Council,
        lenders: Sequence[Council],
        intents: Sequence[Known],
        weights: Weights,
    ) -> None:
        self._weights = weights
        self.ties = council.ties
        self._slug = council.protocol.slug
        own_ties = _ties(council, intents)
        lent_ties = _lent_ties(lenders, intents)
        self._speaks = np.zeros(len(intents), dtype=bool)
        self._speaks[[intent for intent, _, _ in own_ties]] = True
        lent = np.zeros(len(intents), dtype=bool)
        lent[[intent for intent, _, _ in lent_ties]] = True
        self._lent = lent & ~self._speaks
        self._own_references, self._own = _matrix(own_ties, len(intents), weights.later_tie)
        borrowed = [tie for tie in lent_ties if self._lent[tie[0]]]
        self._lent_references, self._borrowed = _matrix(borrowed, len(intents), weights.later_tie)
        self._index = _ClauseIndex((council, *lenders))
        self._unspoken = np.array([intent.speech is not Speech.MATTER for intent in intents]) | ~(self._speaks | lent)

    def find(self, text: str, match: Match, limit: int = 5) -> Finding:
        """The clauses that speak to `text`, best first, of the own protocol and of others where the own is silent."""
        chances = match.chances
        by_words = self._index.shares(text)
        return Finding(
            float(chances[self._speaks].sum()),
            float(chances[self._lent].sum()),
            float(chances[self._unspoken].sum()),
            self._best(self._own_references, chances @ self._own, by_words, limit),
            self._best(self._lent_references, chances @ self._borrowed, by_words, limit),
        )

    def by_words(self, text: str, limit: int = 5) -> tuple[Reference, ...]:
        """The own protocol's clauses and bullets that share most with `text` by BM25 alone, best first."""
        return self.using(text, limit)[0]

    def using(self, text: str, limit: int = 5) -> tuple[tuple[Reference, ...], tuple[Reference, ...]]:
        """As `by_words`, and the same of the protocols that may be borrowed from."""
        found = list(self._index.shares(text, 100))
        own = [reference for reference in found if reference.protocol == self._slug]
        lent = [reference for reference in found if reference.protocol != self._slug]
        return tuple(own[:limit]), tuple(lent[:limit])

    def _best(
        self,
        references: Sequence[Reference],
        scores: NDArray[np.float32],
        by_words: Mapping[Reference, float],
        limit: int,
    ) -> tuple[Found, ...]:
        if not references:
            return ()
        words = np.array([by_words.get(reference, 0.0) for reference in references], dtype=np.float32)
        total = scores + self._weights.bm25 * words
        order = np.argsort(-total, kind="stable")[:limit]
        return tuple(Found(references[place], float(total[place])) for place in order)


class _ClauseIndex:
    """BM25 over everything quotable of some councils, each text with its lead and headings."""

    def __init__(self, councils: Sequence[Council]) -> None:
        self._references: list[Reference] = []
        texts: list[tuple[str, ...]] = []
        for council in councils:
            protocol = council.protocol
            for reference in protocol.references():
                clause = protocol.by_number[reference.number.text]
                parts = [
                    clause.words_of(reference.item),
                    clause.lead_of(reference.item) or "",
                    *clause.heading,
                    *(clause.items if reference.item is None else ()),
                ]
                self._references.append(reference)
                texts.append(_tokens(" ".join(parts)))
        self._index = Index(texts)

    def shares(self, text: str, limit: int = 20) -> dict[Reference, float]:
        """The best texts by words, each with its share of the best one's score."""
        hits = self._index.search(tokens(text), limit)
        best = hits[0].score if hits else 1.0
        return {self._references[hit.position]: hit.score / best for hit in hits}


@lru_cache(maxsize=1024)
def _tokens(text: str) -> tuple[str, ...]:
    """The tokens of a clause in its context; the lenders' clauses come with every council."""
    return tuple(tokens(text))


def _ties(council: Council, intents: Sequence[Known]) -> list[tuple[int, int, Reference]]:
    """(intent, place among the intent's clauses here from 0, reference) for everything that speaks to an intent here."""
    imported = {tie.intent: tie.references for tie in council.ties}
    found = []
    for number, intent in enumerate(intents):
        references = tuple(reference for reference in intent.clauses if reference.protocol == council.slug)
        if council.ties:
            references = imported.get(intent.key, ())
        found += [(number, place, reference) for place, reference in enumerate(references)]
    return found


def _lent_ties(lenders: Sequence[Council], intents: Sequence[Known]) -> list[tuple[int, int, Reference]]:
    """As `_ties` for the protocols that may be borrowed from, in the order in which the catalogue names their clauses."""
    slugs = {lender.slug for lender in lenders}
    found = []
    for number, intent in enumerate(intents):
        references = [reference for reference in intent.clauses if reference.protocol in slugs]
        found += [(number, place, reference) for place, reference in enumerate(references)]
    return found


def _matrix(
    ties: Sequence[tuple[int, int, Reference]], intents: int, later_tie: float
) -> tuple[tuple[Reference, ...], NDArray[np.float32]]:
    """The references of `ties`, and what an intent's chance is worth to each: shape (intents, references)."""
    references = tuple(dict.fromkeys(reference for _, _, reference in ties))
    column = {reference: number for number, reference in enumerate(references)}
    worth = np.zeros((intents, len(references)), dtype=np.float32)
    for intent, place, reference in ties:
        worth[intent, column[reference]] = later_tie**place
    return references, worth
