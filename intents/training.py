"""Train the model from the catalogue: `python -m intents.training`, or `--check` that the repository's is what it makes.

Needs the `dev` extra (scikit-learn, SciPy); answering needs NumPy only. The same catalogue gives the same model, up to
the last bit of linear algebra, which differs between machines: `--check` allows one step of quantising.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.linear_model import LogisticRegression

from intents.catalogue import Catalogue, fingerprint
from intents.features import ROLES, characters, people_features, word_features
from intents.matching import SUBJECTS
from intents.model import Intent
from intents.telling import Telling
from intents.trained import PATH, PEOPLE_WEIGHT, ROLE_WEIGHT, Trained, pack
from knowledge.model import Role
from knowledge.store import Library

REGULARISATION = 20.0
"""scikit-learn's C of the intents; chosen by cross-validation over voices."""
STEPS = 100
"""Steps of L-BFGS; more change nothing that cross-validation can see."""
RARE_WORDS, RARE_PAIRS, RARE_CHARACTERS = 1, 3, 3
"""Features in fewer lines than this are not looked at; rare words are what slang is made of, so every one counts."""


@dataclass(frozen=True)
class Line:
    """One line to learn from: its words, its asker and every target."""

    text: str
    asker: Role
    intent: str
    sensitive: bool
    subject: Role | None
    voice: str


def lines_of(catalogue: Catalogue) -> list[Line]:
    """The examples of the catalogue as lines; canonical lines and not_examples are never among them."""
    return [
        Line(example.text, example.asker, intent.key, example.sensitive, example.subject, example.voice)
        for intent, example in catalogue.lines()
    ]


def clauses_as_lines(catalogue: Catalogue) -> list[Line]:
    """What a protocol says as a way of asking about it: the first clause that speaks to each intent, by protocol."""
    library = Library()
    found = []
    for intent in catalogue.intents:
        first = {reference.protocol: reference for reference in reversed(intent.clauses)}
        for reference in first.values():
            clause = library.council(reference.protocol).protocol.by_number[reference.number.text]
            text = f"{clause.lead_of(reference.item) or ''} {clause.words_of(reference.item)}".strip()
            if text:
                found.append(Line(text, Role.UNKNOWN, intent.key, False, None, "protocols"))
    return found


class Vocabulary:
    """Features seen in some lines, and lines as weighted features: each block sublinear TF-IDF of length 1."""

    def __init__(self, asked: Sequence[tuple[str, Role]]) -> None:
        texts = [text for text, _ in asked]
        self.words = _common(map(word_features, texts), lambda name: RARE_PAIRS if " " in name else RARE_WORDS)
        self.characters = _common(map(characters, texts), lambda name: RARE_CHARACTERS)
        self.people = _common((people_features(text, asker) for text, asker in asked), lambda name: RARE_CHARACTERS)
        count = len(texts)
        self.idf = np.concatenate(
            [
                _idf(self.words, map(word_features, texts), count),
                _idf(self.characters, map(characters, texts), count),
                _idf(self.people, (people_features(text, asker) for text, asker in asked), count),
            ]
        )
        self._word_rows = {name: row for row, name in enumerate(self.words)}
        self._character_rows = {name: row for row, name in enumerate(self.characters)}
        self._people_rows = {name: row for row, name in enumerate(self.people)}

    def matrix(self, texts: Sequence[str], askers: Sequence[Role]) -> csr_matrix:
        """Texts and who asks, as rows; shape (texts, words + characters + people + roles)."""
        split, end = len(self.words), len(self.words) + len(self.characters)
        roles = np.zeros((len(texts), len(ROLES)))
        for row, asker in enumerate(askers):
            if asker in ROLES:
                roles[row, ROLES.index(asker)] = ROLE_WEIGHT
        return hstack(
            [
                _block(map(word_features, texts), self._word_rows, self.idf[:split]),
                _block(map(characters, texts), self._character_rows, self.idf[split:end]),
                PEOPLE_WEIGHT * _block(map(people_features, texts, askers), self._people_rows, self.idf[end:]),
                csr_matrix(roles),
            ]
        ).tocsr()


def _common(lists: Any, needed: Callable[[str], int]) -> list[str]:
    counts: Counter[str] = Counter()
    for names in lists:
        counts.update(set(names))
    return sorted(name for name, count in counts.items() if count >= needed(name) and "\n" not in name)


def _idf(names: Sequence[str], lists: Any, count: int) -> NDArray[np.float64]:
    known = {name: row for row, name in enumerate(names)}
    found = np.zeros(len(names))
    for present in lists:
        for name in set(present):
            if name in known:
                found[known[name]] += 1
    inverse: NDArray[np.float64] = np.log((1 + count) / (1 + found)) + 1
    return inverse


def _block(lists: Iterable[list[str]], rows: dict[str, int], idf: NDArray[np.float64]) -> csr_matrix:
    data: list[float] = []
    places: list[int] = []
    starts = [0]
    for names in lists:
        counts = Counter(rows[name] for name in names if name in rows)
        columns = sorted(counts)
        values = np.array([(1 + np.log(counts[column])) * idf[column] for column in columns])
        data += list(values / (np.sqrt(values @ values) or 1.0)) if columns else []
        places += columns
        starts.append(len(places))
    return csr_matrix((data, places, starts), shape=(len(starts) - 1, len(rows)))


@dataclass(frozen=True)
class Fit:
    """A fitted model before pruning: weights (targets, features) and bias (targets,), targets as `Trained` has them."""

    vocabulary: Vocabulary
    intents: tuple[str, ...]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def scores(self, texts: Sequence[str], askers: Sequence[Role]) -> NDArray[np.float64]:
        """Scores of every target; shape (texts, targets)."""
        found: NDArray[np.float64] = self.vocabulary.matrix(texts, askers) @ self.weights.T + self.bias
        return found


def fit(lines: Sequence[Line], steps: int = STEPS) -> Fit:
    """Fit all targets to some lines, each seen once with its asker and once without."""
    texts = [line.text for line in lines]
    vocabulary = Vocabulary([(line.text, line.asker) for line in lines])
    known = vocabulary.matrix(texts, [line.asker for line in lines])
    unknown = vocabulary.matrix(texts, [Role.UNKNOWN] * len(lines))
    both = vstack([known, unknown]).tocsr()
    names = sorted({line.intent for line in lines})

    def regression(strength: float) -> LogisticRegression:
        return LogisticRegression(C=strength, max_iter=steps)

    parts: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    intents = regression(REGULARISATION).fit(both, [line.intent for line in lines] * 2)
    parts.append((intents.coef_, intents.intercept_))
    marked = _marked(lines)
    twice = vstack([known[marked], unknown[marked]]).tocsr()
    sensitive = regression(1.0).fit(twice, [lines[place].sensitive for place in marked] * 2)
    parts.append((sensitive.coef_, sensitive.intercept_))
    subject = regression(5.0).fit(twice, [SUBJECTS.index(lines[place].subject) for place in marked] * 2)
    parts.append((subject.coef_, subject.intercept_))
    told = [place for place, line in enumerate(lines) if line.asker in ROLES]
    asker = regression(5.0).fit(unknown[told], [ROLES.index(lines[place].asker) for place in told])
    parts.append((asker.coef_, asker.intercept_))
    return Fit(
        vocabulary,
        tuple(names),
        np.vstack([weights for weights, _ in parts]),
        np.concatenate([bias for _, bias in parts]),
    )


def _marked(lines: Sequence[Line]) -> list[int]:
    """Lines of voices that were read for what is sensitive and whom it is about: those with any mark at all."""
    read = {line.voice for line in lines if line.sensitive or line.subject is not None}
    return [place for place, line in enumerate(lines) if line.voice in read]


def compress(fitted: Fit, catalogue: Catalogue) -> Trained:
    """Store each weight in four bits; what a feature says of all intents alike says nothing, and is taken off first."""
    vocabulary = fitted.vocabulary
    intents = len(fitted.intents)
    weights = fitted.weights.T.copy()
    weights[:, :intents] -= weights[:, :intents].mean(axis=1, keepdims=True)
    packed, scales = pack(weights, intents)
    rates = _rates(lines_of(catalogue), fitted.intents)
    return Trained(
        tuple(vocabulary.words),
        tuple(vocabulary.characters),
        tuple(vocabulary.people),
        vocabulary.idf.astype(np.float32),
        packed,
        scales,
        fitted.bias.astype(np.float32),
        {
            "catalogue": fingerprint(),
            "intents": [_summary(catalogue, *one) for one in zip(fitted.intents, rates, strict=True)],
        },
    )


def _summary(catalogue: Catalogue, key: str, rates: NDArray[np.float64]) -> dict[str, Any]:
    intent: Intent = next(intent for intent in catalogue.intents if intent.key == key)
    return {
        "key": intent.key,
        "title": intent.title,
        "theme": intent.theme,
        "speech": intent.speech.value,
        "clauses": [str(reference) for reference in intent.clauses],
        "sensitive": round(float(rates[0]), 4),
        "subjects": [round(float(rate), 4) for rate in rates[1:]],
    }


def _rates(lines: Sequence[Line], names: Sequence[str]) -> NDArray[np.float64]:
    """For each intent the shares of sensitive lines and of each subject, drawn to the average by ten lines' weight.

    Shape (intents, 1 + subjects); only voices that were read for it count.
    """
    counts = np.zeros((len(names), 2 + len(SUBJECTS)))
    row = {name: number for number, name in enumerate(names)}
    for place in _marked(lines):
        line = lines[place]
        counts[row[line.intent], [0, 2 + SUBJECTS.index(line.subject)]] += 1
        counts[row[line.intent], 1] += line.sensitive
    average = counts[:, 1:].sum(axis=0) / counts[:, 0].sum()
    smoothed: NDArray[np.float64] = (counts[:, 1:] + 10 * average) / (counts[:, :1] + 10)
    return smoothed


def same(one: Trained, other: Trained) -> bool:
    """Whether two models are the same up to one step of quantising in a hundredth of the weights."""
    if (one.words, one.characters, one.people, one.facts) != (other.words, other.characters, other.people, other.facts):
        return False
    apart = [np.abs((one.packed >> half & 15).astype(int) - (other.packed >> half & 15)) for half in (4, 0)]
    return bool(
        max(part.max() for part in apart) <= 1
        and sum((part > 0).mean() for part in apart) / 2 < 1e-2
        and np.allclose(one.bias, other.bias, atol=1e-2)
    )


def main() -> int:
    """Train and write the model, or check that what lies in the repository is what training makes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="train, compare with the repository's model, write nothing"
    )
    arguments = parser.parse_args()
    catalogue = Catalogue.read()
    trained = compress(fit(lines_of(catalogue) + clauses_as_lines(catalogue)), catalogue)
    telling = Telling.of(catalogue.intents)
    if not arguments.check:
        trained.save()
        telling.save()
        print(f"{PATH}: {len(trained.packed):,} features, {PATH.stat().st_size / 1e6:.1f} MB")
        return 0
    if same(trained, Trained.load()) and telling.same(Telling.load()):
        print("The model in the repository is what the catalogue makes.")
        return 0
    print(
        "The model in the repository is not what the catalogue makes: run `python -m intents.training`.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
