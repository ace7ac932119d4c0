"""Fits what each kind of evidence is worth for tying intents to the clauses of an imported protocol.

    python tests/intents/fit_ties.py            # prints intents.tying.KNOWN and NEW, and how each protocol fares unseen

Each of the five protocols is seen as if its own ties were unknown, with the other four tied.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from intents.matching import Matcher
from intents.model import Speech
from intents.tying import Evidence
from knowledge.store import Library

WITHOUT_ALIKE = slice(3, None)

Table = NDArray[np.float64]


def _fit(rows: Table, tied: Table) -> Table:
    fitted = LogisticRegression(max_iter=3_000).fit(rows, tied)
    return np.concatenate([fitted.coef_[0], fitted.intercept_])


def _weights(evidence: dict[str, Table], tied: dict[str, Table], slugs: list[str]) -> tuple[Table, Table]:
    rows = np.concatenate([evidence[slug].reshape(-1, evidence[slug].shape[-1]) for slug in slugs])
    marks = np.concatenate([tied[slug].ravel() for slug in slugs])
    new = np.concatenate([np.zeros(3), _fit(rows[:, WITHOUT_ALIKE], marks)])
    return _fit(rows, marks), new


def main() -> int:
    """Print the weights, fitted to all five and, to judge them by, to four each time."""
    councils = Library().lenders()
    intents = [intent for intent in Matcher.load().intents if intent.speech is Speech.MATTER]
    evidence: dict[str, Table] = {}
    tied: dict[str, Table] = {}
    for council in councils:
        others = [other for other in councils if other is not council]
        evidence[council.slug] = np.stack(Evidence.of(council.protocol, others, intents).columns, -1)
        references = list(council.protocol.references())
        tied[council.slug] = np.array([[float(one in intent.clauses) for intent in intents] for one in references])
    for slug, rows in evidence.items():
        known, new = _weights(evidence, tied, [other for other in evidence if other != slug])
        others_speak = np.array([any(r.protocol != slug for r in intent.clauses) for intent in intents])
        scores = np.where(others_speak, rows @ known[:-1] + known[-1], rows @ new[:-1] + new[-1])
        speaks = tied[slug].any(axis=0)
        right = tied[slug][scores.argmax(axis=0), np.arange(len(intents))].astype(bool) & speaks
        print(f"{slug}: a right clause comes first for {right.sum()} of {speaks.sum()} intents")
    known, new = _weights(evidence, tied, list(evidence))
    print("KNOWN", np.round(known, 1).tolist())
    print("NEW", np.round(new, 1).tolist())
    return 0


if __name__ == "__main__":
    sys.exit(main())
