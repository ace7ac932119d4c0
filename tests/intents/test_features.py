"""What the model sees of a question is the same in training and in answering."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from intents.catalogue import Catalogue
from intents.errors import BadModel
from intents.matching import Matcher
from intents.trained import PATH, Trained
from knowledge.model import Role


@pytest.fixture(scope="module")
def trained() -> Trained:
    return Trained.load()


@pytest.mark.parametrize("text", ["", "?", "🙂", "a", "x" * 4000, "ünïcödé ’’’ \u202e", "the the the the"])
def test_any_text_gets_finite_scores(trained: Trained, text: str) -> None:
    """Nothing that a person can type breaks the arithmetic."""
    assert np.isfinite(trained.scores(text, Role.UNKNOWN)).all()


def test_chances_add_up_to_one(trained: Trained) -> None:
    """Chances of intents, subjects and askers are each a whole."""
    match = Matcher(trained).match("Can a party group make me attend?", Role.OFFICER)
    assert match.chances.sum() == pytest.approx(1, abs=1e-5)
    assert sum(match.subjects.values()) == pytest.approx(1, abs=1e-5)
    assert sum(match.askers.values()) == pytest.approx(1, abs=1e-5)
    assert 0 <= match.sensitive <= 1


def test_the_role_of_the_asker_counts(trained: Trained) -> None:
    """The same "can they make me" from an officer is not the same as from a councillor."""
    matcher = Matcher(trained)
    officer = matcher.match("can they make me go to it", Role.OFFICER)
    councillor = matcher.match("can they make me go to it", Role.COUNCILLOR)
    assert np.abs(officer.chances - councillor.chances).max() > 0.01


def test_the_model_is_small(trained: Trained) -> None:
    """At most 10 MB in the repository, and at most 60 MB loaded."""
    from intents.trained import PATH

    assert PATH.stat().st_size <= 10_000_000
    arrays = (trained.idf, trained.packed, trained.scales, trained.bias)
    names = sum(len(name) + 60 for name in (*trained.words, *trained.characters))
    assert sum(array.nbytes for array in arrays) + 2 * names <= 60_000_000


def test_every_intent_of_the_catalogue_is_a_target(trained: Trained) -> None:
    """The model knows the catalogue's intents, no more and no fewer."""
    assert {intent.key for intent in Matcher(trained).intents} == {intent.key for intent in Catalogue.read().intents}


@pytest.mark.parametrize("keep", [0, 3, 5_000], ids=["empty", "no archive", "cut off"])
def test_a_broken_model_is_told(tmp_path: Path, keep: int) -> None:
    """With the command that makes it again."""
    broken = tmp_path / "trained.npz"
    broken.write_bytes(PATH.read_bytes()[:keep])
    with pytest.raises(BadModel, match="to make it again"):
        Trained.load(broken)
