"""Intents tied to the clauses of a protocol that nobody has tied by hand, each tie with a score.

Three kinds of evidence say how far a clause speaks to an intent: how near its words and the words above it are to those
of clauses that are tied already (protocols copy from one another and from models); how near they are to the intent's
title; and how far its words are those in which people ask about this intent and about no other. Each counts for itself,
as a share of what the best clause for the intent has, and as a share of what the best intent for the clause has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import log

import numpy as np
from numpy.typing import NDArray

from intents.matching import Known
from intents.model import Speech
from intents.telling import Telling, features_of
from knowledge.importing.proposals import names
from knowledge.model import Council, CouncilProtocol, Ladder, Reference, Tie
from knowledge.text import tokens


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence is worth for itself, among clauses and among intents.

    `likely` is what the chance of the intent among all others, by the words in which people ask, is worth.
    Fitted by logistic regression to the ties that were made by hand, each protocol seen as if its own were unknown:
    `python tests/intents/fit_ties.py` fits them anew.
    """

    alike: tuple[float, float, float]
    title: tuple[float, float, float]
    asked: tuple[float, float, float]
    likely: float
    constant: float


KNOWN = Weights((2.4, 1.3, 4.3), (-4.2, 2.1, 0.3), (0.1, 1.8, -0.6), 5.4, -8.0)
"""For an intent that another protocol speaks to."""
NEW = Weights((0, 0, 0), (-1.4, 2.2, 1.5), (-0.3, 2.8, 1.9), 3.6, -6.2)
"""For one that no tied protocol speaks to: only the title and how people ask can tell."""
NEW_SHARE = 0.5
"""What the second is worth beside the first when clauses are ranked for an intent of the first kind: a protocol of
another family than the tied ones is read by its own words too."""
LEAST = 0.1
"""Ties that score under this are not proposed."""
WORTH = 0.5
"""Further clauses are tied down to this part of the best one's score."""
MOST = 3
"""Clauses tied to one intent at most."""
LOW = 0.3
"""Ties that score under this are listed for the clerk to look at."""
SAME = 0.75
"""From this cosine on, a clause sends people where its counterpart does."""


def propose_ties(protocol: CouncilProtocol, tied: Sequence[Council], intents: Sequence[Known]) -> tuple[Tie, ...]:
    """Ties for `protocol`, in the order of `intents`; `tied` are councils whose clauses the intents name.

    Raises:
        intents.errors.BadModel: when what the words of the catalogue tell is missing or broken.
    """
    references = list(protocol.references())
    matters = [intent for intent in intents if intent.speech is Speech.MATTER]
    if not references or not matters:
        return ()
    lending = {council.protocol.slug for council in tied}
    evidence = Evidence.of(protocol, tied, matters)
    known, new = evidence.scores(KNOWN), evidence.scores(NEW)
    ties = []
    for column, intent in enumerate(matters):
        is_known = any(reference.protocol in lending for reference in intent.clauses)
        scores = known[:, column] if is_known else new[:, column]
        worth = scores ** (1 - NEW_SHARE) * new[:, column] ** NEW_SHARE if is_known else scores
        order = np.argsort(-worth, kind="stable")[:MOST]
        if scores.max() >= LEAST:
            kept = tuple(references[place] for place in order if worth[place] >= WORTH * worth[order[0]])
            ties.append(Tie(intent.key, kept, round(float(scores.max()), 3)))
    return tuple(ties)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for each tie, each of shape (references, intents).

    Cosines with tied clauses and with titles; how telling the words are, as the sum of their log odds; and the chance of
    the intent among all that follows from that.
    """

    alike: NDArray[np.float64]
    title: NDArray[np.float64]
    asked: NDArray[np.float64]
    likely: NDArray[np.float64]

    @classmethod
    def of(cls, protocol: CouncilProtocol, tied: Sequence[Council], intents: Sequence[Known]) -> Evidence:
        """The evidence for every clause and bullet of `protocol`, in its order."""
        own = [_Said.of(protocol, reference) for reference in protocol.references()]
        lent = {
            reference: _Said.of(council.protocol, reference)
            for council in tied
            for reference in council.protocol.references()
        }
        titles = [tokens(intent.title) for intent in intents]
        telling = Telling.load()
        rows = [telling.intents.index(intent.key) for intent in intents]
        asked = _as_asked(own, telling)[:, rows]
        chances = np.exp(asked - asked.max(axis=1, keepdims=True))
        return cls(
            _alike(own, lent, intents),
            _Space([*titles, *(said.words for said in own)]).cosines([said.all for said in own], titles),
            np.maximum(asked, 0),
            chances / chances.sum(axis=1, keepdims=True),
        )

    @property
    def columns(self) -> tuple[NDArray[np.float64], ...]:
        """Each kind for itself, among clauses and among intents, then `likely`: what `Weights` has a number for, in order."""
        kinds = (self.alike, self.title, self.asked)
        return (*(form for kind in kinds for form in _forms(kind)), self.likely)

    def scores(self, weights: Weights) -> NDArray[np.float64]:
        """How likely each reference speaks to each intent, from 0 to 1."""
        worth = (*weights.alike, *weights.title, *weights.asked, weights.likely)
        total = weights.constant + sum(one * column for one, column in zip(worth, self.columns, strict=True))
        scores: NDArray[np.float64] = 1 / (1 + np.exp(-np.asarray(total)))
        return scores


def _forms(part: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Evidence for itself, as a share of the intent's best, and as a share of the reference's best."""
    return tuple(
        part / np.maximum(best, 1e-9)
        for best in (1.0, part.max(axis=0, keepdims=True), part.max(axis=1, keepdims=True))
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """The stems of a clause or bullet: its own words, and those above it (lead and headings)."""

    words: list[str]
    above: list[str]

    @classmethod
    def of(cls, protocol: CouncilProtocol, reference: Reference) -> _Said:
        clause = protocol.by_number[reference.number.text]
        lead = clause.lead_of(reference.item) or ""
        return cls(tokens(_words_of(protocol, reference)), tokens(" ".join((lead, *clause.heading))))

    @property
    def all(self) -> Mapping[str, float]:
        """Its words with their weights; those above it count for less."""
        counts: Counter[str] = Counter()
        for words, worth in ((self.words, 1.0), (self.above, 0.4)):
            for word, count in Counter(words).items():
                counts[word] += worth * (1 + log(count))  # type: ignore[assignment]
        return counts


def _words_of(protocol: CouncilProtocol, reference: Reference) -> str:
    clause = protocol.by_number[reference.number.text]
    own = clause.words_of(reference.item)
    return " ".join((own, *clause.items)) if reference.item is None else own


class _Space:
    """Texts as TF-IDF vectors of length 1, over the vocabulary of some texts."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        counts = Counter(word for words in texts for word in set(words))
        self._column = {word: place for place, word in enumerate(sorted(counts))}
        self.idf = np.array([log((1 + len(texts)) / (1 + counts[word])) + 1 for word in sorted(counts)])

    def vectors(self, texts: Sequence[Iterable[str] | Mapping[str, float]]) -> NDArray[np.float64]:
        """Shape (texts, words); a text is its words, or its words with their weights."""
        found = np.zeros((len(texts), len(self._column)))
        for row, text in enumerate(texts):
            weights = (
                text if isinstance(text, Mapping) else {word: 1 + log(count) for word, count in Counter(text).items()}
            )
            for word, weight in weights.items():
                if (column := self._column.get(word)) is not None:
                    found[row, column] = weight * self.idf[column]
        return _of_length_1(found)

    def cosines(
        self,
        ones: Sequence[Iterable[str] | Mapping[str, float]],
        others: Sequence[Iterable[str] | Mapping[str, float]],
    ) -> NDArray[np.float64]:
        """Shape (ones, others)."""
        found: NDArray[np.float64] = self.vectors(ones) @ self.vectors(others).T
        return found


def _of_length_1(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    found: NDArray[np.float64] = rows / np.where(lengths == 0, 1, lengths)
    return found


def _alike(own: Sequence[_Said], lent: Mapping[Reference, _Said], intents: Sequence[Known]) -> NDArray[np.float64]:
    """The nearest tied clause of each intent to each reference; words above it that differ halve what its words say."""
    found = np.zeros((len(own), len(intents)))
    if not lent:
        return found
    texts = [*own, *lent.values()]
    words = _Space([said.words for said in texts]).cosines(
        [said.words for said in own], [said.words for said in lent.values()]
    )
    above = _Space([features_of(said.above) for said in texts]).cosines(
        [features_of(said.above) for said in own], [features_of(said.above) for said in lent.values()]
    )
    near = words * (0.5 + 0.5 * above)
    column = {reference: place for place, reference in enumerate(lent)}
    for place, intent in enumerate(intents):
        ties = [(order, column[reference]) for order, reference in enumerate(intent.clauses) if reference in column]
        for order, tie in ties:
            found[:, place] = np.maximum(found[:, place], near[:, tie] * 0.99**order)
    return found


def _as_asked(own: Sequence[_Said], telling: Telling) -> NDArray[np.float64]:
    """How telling each reference's words are of each intent; words above the reference count for less."""
    column, odds = telling.column, telling.odds
    found = np.zeros((len(own), len(odds)))
    for row, said in enumerate(own):
        known = [column[feature] for feature in set(features_of(said.words)) if feature in column]
        above = [column[feature] for feature in set(said.above) if feature in column]
        total = odds[:, known].sum(axis=1) + 0.3 * odds[:, above].sum(axis=1)
        found[row] = total / max(1, len(known)) ** 0.5
    return found


def propose_ladders(
    protocol: CouncilProtocol, read: Sequence[Ladder], ties: Sequence[Tie], tied: Sequence[Council]
) -> tuple[Ladder, ...]:
    """Ladders for `protocol`, unconfirmed: those `read` from its own words, and those of councils whose clauses say the same.

    Another council's ladder is carried over where its basis has a counterpart here that names every contact of it and
    that no ladder was read from. What a ladder serves is told by the intents that are tied to its basis, and by those
    that a ladder of the same contact serves elsewhere.
    """
    counterparts = [(council, _counterparts(protocol, council)) for council in tied]
    spoken_for = {ladder.basis for ladder in read}
    carried = [ladder for ladder in _carried(protocol, counterparts) if ladder.basis not in spoken_for]
    bases = {ladder.basis for ladder in (*read, *carried)}
    return tuple(_serving(ladder, ties, counterparts, bases - {ladder.basis}) for ladder in (*read, *carried))


Counterparts = Mapping[Reference, tuple[Reference, float]]
"""For clauses and bullets of another protocol the one here that says most nearly the same, with its cosine."""


def _carried(protocol: CouncilProtocol, counterparts: Sequence[tuple[Council, Counterparts]]) -> list[Ladder]:
    """Ladders of other councils at the counterparts of their clauses; for each basis, from the council that is nearest."""
    best: dict[Reference, tuple[float, str, list[Ladder]]] = {}
    for council, same in counterparts:
        for ladder in council.contacts.ladders:
            basis, near = same.get(ladder.basis, (None, 0.0))
            if basis is None or near < SAME:
                continue
            if not all(names(rung.contact, _words_of(protocol, basis)) for rung in ladder.rungs):
                continue
            named = [same[clause][0] for clause in ladder.clauses if clause in same]
            carried = replace(ladder, basis=basis, clauses=tuple(dict.fromkeys([basis, *named])), confirmed=False)
            score, slug, ladders = best.get(basis, (0.0, "", []))
            if slug == council.slug:
                ladders.append(carried)
            elif near > score:
                best[basis] = (near, council.slug, [carried])
    return [ladder for _, _, ladders in best.values() for ladder in ladders]


def _serving(
    ladder: Ladder, ties: Sequence[Tie], counterparts: Sequence[tuple[Council, Counterparts]], taken: Set[Reference]
) -> Ladder:
    """A ladder with the intents and clauses that it serves; clauses in `taken` have ladders of their own.

    An intent tied to its basis is one where another council's ladder for it names one of the same contacts. A ladder
    elsewhere with the same first contact tells more of them: where it is about the same people, or serves such an intent.
    """
    contacts = {rung.contact for rung in ladder.rungs}
    lent = [(other, same) for council, same in counterparts for other in council.contacts.ladders]
    known = {tie.intent for tie in ties}
    served = {
        intent for other, _ in lent if contacts & {rung.contact for rung in other.rungs} for intent in other.intents
    }
    here = {tie.intent for tie in ties if ladder.basis in tie.references} & served
    clauses = list(ladder.clauses)
    for other, same in lent:
        about_same = set(other.subjects) == set(ladder.subjects)
        shared = bool(here & set(other.intents)) and (about_same or not ladder.subjects)
        if other.rungs[0].contact == ladder.rungs[0].contact and (shared or (about_same and ladder.subjects)):
            here |= set(other.intents) & known
            clauses += [same[clause][0] for clause in other.clauses if same.get(clause, (clause, 0.0))[1] >= SAME]
    intents = tuple(sorted(here | (set(ladder.intents) & known)))
    return replace(ladder, intents=intents, clauses=tuple(c for c in dict.fromkeys(clauses) if c not in taken))


def _counterparts(protocol: CouncilProtocol, council: Council) -> Counterparts:
    """For each clause and bullet of another council the one here that says most nearly the same, with its cosine."""
    own, theirs = list(protocol.references()), list(council.protocol.references())
    if not own or not theirs:
        return {}
    words = [tokens(_words_of(protocol, reference)) for reference in own]
    lent = [tokens(_words_of(council.protocol, reference)) for reference in theirs]
    near = _Space([*words, *lent]).cosines(lent, words)
    best = near.argmax(axis=1)
    return {
        reference: (own[place], float(near[row, place]))
        for row, (reference, place) in enumerate(zip(theirs, best, strict=True))
        if near[row, place] >= 0.6
    }
