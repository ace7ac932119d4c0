"""Every number that decides an answer, in one place; chosen by cross-validation over voices, never by hand for one question."""

from __future__ import annotations

from dataclasses import dataclass, field

from intents.finding import Weights


@dataclass(frozen=True, slots=True)
class Tuning:
    """Thresholds of the answering core.

    An answer is `none` when the chance that nothing speaks to it exceeds `silence` times the chance that something
    does; it is borrowed when the silent intents' chance exceeds `borrow` times the own ones'; a first clause scoring
    under `low` is only offered as a choice; further clauses are shown down to `worth` of the first one's score. `sensitive` is the
    chance from which an answer goes to the asker alone; `asker` the chance from which an undeclared asker is taken
    for a role.
    """

    weights: Weights = field(default_factory=Weights)
    silence: float = 0.6
    borrow: float = 1.0
    low: float = 0.1
    worth: float = 0.03
    sensitive: float = 0.3
    asker: float = 0.8
