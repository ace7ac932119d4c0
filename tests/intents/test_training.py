"""Training: the repository's model is what the catalogue makes, and strangers are understood."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from intents.catalogue import Catalogue, fingerprint
from intents.trained import PATH, Trained


def test_the_model_is_of_this_catalogue() -> None:
    """Whoever edits the catalogue trains anew: `python -m intents.training`."""
    assert Trained.load().facts["catalogue"] == fingerprint()


def test_the_models_data_is_small() -> None:
    """At most ten megabytes in the repository."""
    assert PATH.stat().st_size <= 10_000_000


@pytest.mark.slow
def test_a_voice_that_was_never_seen_is_understood() -> None:
    """A whole voice held out, a third of the others' lines seen: the right intent first for three lines in four."""
    from sklearn.exceptions import ConvergenceWarning

    from intents.training import (  # only training needs scikit-learn, and it is slow to load
        clauses_as_lines,
        fit,
        lines_of,
    )

    catalogue = Catalogue.read()
    lines = lines_of(catalogue)
    strangers = [line for line in lines if line.voice == "clerks-and-chairs"]
    known = [line for line in lines if line.voice != "clerks-and-chairs"][::3]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = fit(known + clauses_as_lines(catalogue), steps=40)
    scores = fitted.scores([line.text for line in strangers], [line.asker for line in strangers])[
        :, : len(fitted.intents)
    ]
    names = np.array(fitted.intents)
    order = np.argsort(-scores, axis=1)[:, :3]
    first = np.mean([names[row[0]] == line.intent for row, line in zip(order, strangers, strict=True)])
    three = np.mean([line.intent in names[row] for row, line in zip(order, strangers, strict=True)])
    print(f"first {first:.3f}, among three {three:.3f} of {len(strangers)}")
    assert first >= 0.75
    assert three >= 0.88
