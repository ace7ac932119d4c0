"""What a question is about: the intents that it may mean, each with a chance, and what else can be told from its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from intents.features import ROLES
from intents.model import Speech
from intents.trained import Trained
from knowledge.model import Reference, Role
from knowledge.text import words

SUBJECTS: tuple[Role | None, ...] = (None, Role.CLERK, Role.CHAIR, Role.COUNCILLOR, Role.OFFICER, Role.UNKNOWN)
"""Whom a concern may be about, as the model's targets have them in order; None is nobody."""


SENSITIVE = (3.0, 1.58, 1.28)
"""Whether a question is sensitive: a constant, the weight of its own words' score, and that of the log odds with which
the intents that it may mean are sensitive. Fitted by logistic regression on the development, further and unseen questions."""

SUBJECT = 0.5
"""What the usual subjects of the intents that a question may mean are worth beside its own words."""

NOBODY = 8.0
"""How much less likely it is that nobody is meant, where answering in the open would surely expose somebody."""

NAMED, UNNAMED = 3.0, -2.0
"""What it is worth for the clerk, or the chair, to be the one whom a concern is about that they are named, or not named,
by somebody else than themselves. Sending somebody to the subject of their concern does harm; sending them to the next
one does little."""

_NAMES = {
    Role.CLERK: frozenset({"clerk", "clerks", "clerk's"}),
    Role.CHAIR: frozenset(
        {"chair", "chairman", "chairwoman", "chairperson", "mayor", "mayoress", "chair's", "mayor's"}
    ),
}
_TITLES = {
    Role.CLERK: {
        (title, post) for title in ("parish", "town", "executive", "proper", "chief") for post in ("manager", "officer")
    },
    Role.CHAIR: {("first", "citizen"), ("her", "worship"), ("his", "worship"), ("civic", "head")},
}
_ONLY_ONE = ("the", "our")
"""Before the last word of a council's own name for a post, they mean whoever holds it: "the Manager" of a Parish Manager."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the matcher keeps of an intent: enough to answer with, without its examples."""

    key: str
    title: str
    theme: str
    speech: Speech
    clauses: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """What a question was found to be about.

    `chances` has one number an intent, in the matcher's order, adding up to 1. `sensitive` is the chance that answering
    in the open would expose somebody; `subjects` and `askers` are the chances of each role; `named` are the clerk and the
    chair where somebody else names them.
    """

    chances: NDArray[np.float32]
    sensitive: float
    subjects: Mapping[Role | None, float]
    askers: Mapping[Role, float]
    named: tuple[Role, ...] = ()


class Matcher:
    """Matches questions to the intents of the catalogue with the trained model. Safe to share between threads."""

    def __init__(self, trained: Trained) -> None:
        self._trained = trained
        self.intents: tuple[Known, ...] = tuple(
            Known(
                entry["key"],
                entry["title"],
                entry["theme"],
                Speech(entry["speech"]),
                tuple(Reference.parse(reference, "") for reference in entry["clauses"]),
            )
            for entry in trained.facts["intents"]
        )
        usual = [[entry["sensitive"], *entry["subjects"]] for entry in trained.facts["intents"]]
        self._usual: NDArray[np.float32] = np.array(usual, dtype=np.float32)

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Matcher:
        """The matcher over the shipped model, read once a process.

        Raises:
            intents.errors.BadModel: when it is missing or broken.
        """
        return cls(Trained.load())

    def match(self, text: str, asker: Role = Role.UNKNOWN, called: Mapping[str, str] = MappingProxyType({})) -> Match:
        """What `text` is about when `asker` says it, in a council that has its own names for its people (`Council.called`)."""
        scores = self._trained.scores(text, asker)
        count = len(self.intents)
        chances = _softmax(scores[:count])
        usual = chances @ self._usual
        often = float(np.log(usual[0] / (1 - usual[0])))
        sensitive = SENSITIVE[0] + SENSITIVE[1] * float(scores[count]) + SENSITIVE[2] * often
        exposing = float(1 / (1 + np.exp(-sensitive)))
        about = scores[count + 1 : count + 1 + len(SUBJECTS)] + SUBJECT * np.log(usual[1:])
        named = _named(text, asker, called)
        subjects = _softmax(about + _weight_of(named) - np.array([NOBODY * exposing, 0, 0, 0, 0, 0]))
        askers = _softmax(scores[count + 1 + len(SUBJECTS) :])
        return Match(
            chances,
            exposing,
            dict(zip(SUBJECTS, map(float, subjects), strict=True)),
            dict(zip(ROLES, map(float, askers), strict=True)),
            named,
        )


def _named(text: str, asker: Role, called: Mapping[str, str]) -> tuple[Role, ...]:
    """The clerk and the chair, where somebody else than themselves names them."""
    said = words(text)
    pairs = set(pairwise(said))
    found = []
    for role, names in _NAMES.items():
        post = words(called.get(role.value, "").partition(" of ")[0])
        titles = _TITLES[role] | set(pairwise(post)) | {(word, name) for word in _ONLY_ONE for name in post[-1:]}
        if asker is not role and (names & set(said) or titles & pairs):
            found.append(role)
    return tuple(found)


def _weight_of(named: Sequence[Role]) -> NDArray[np.float32]:
    """For each subject what its being named, or not, adds to its score; shape (subjects,)."""
    found = np.zeros(len(SUBJECTS), dtype=np.float32)
    for role in _NAMES:
        found[SUBJECTS.index(role)] = NAMED if role in named else UNNAMED
    return found


def _softmax(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(scores - scores.max())
    chances: NDArray[np.float32] = powers / powers.sum()
    return chances
