"""How telling words are of what people ask about: counted once from the catalogue, and kept beside the trained model.

The counts lie in the repository, because counting takes seconds and the first question of a council must not wait for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from intents.errors import BadModel
from intents.model import Intent, Speech
from knowledge.text import tokens

PATH = Path(__file__).parent / "telling.npz"
RARE = 3
"""Stems and pairs in fewer lines than this are not looked at."""
PRIOR = 30
"""Lines' worth of the whole catalogue that each intent's counts are drawn to."""


@dataclass(frozen=True)
class Telling:
    """In how many lines of each intent a stem, or a pair of stems, stands.

    `counts` has shape (intents, features), `lines` holds how many lines each intent has; rows are those of `intents`, the
    keys of the matters in the catalogue's order, columns those of `features`.
    """

    intents: tuple[str, ...]
    features: tuple[str, ...]
    counts: NDArray[np.uint16]
    lines: NDArray[np.uint16]

    @classmethod
    def of(cls, intents: Sequence[Intent]) -> Telling:
        """Count the examples of those intents that are matters."""
        matters = [intent for intent in intents if intent.speech is Speech.MATTER]
        each = [
            Counter(feature for example in intent.examples for feature in set(features_of(tokens(example.text))))
            for intent in matters
        ]
        overall: Counter[str] = Counter()
        for count in each:
            overall.update(count)
        column = {name: place for place, name in enumerate(sorted(f for f, n in overall.items() if n >= RARE))}
        counts = np.zeros((len(matters), len(column)), dtype=np.uint16)
        for row, count in enumerate(each):
            for feature, lines in count.items():
                if feature in column:
                    counts[row, column[feature]] = lines
        return cls(
            tuple(intent.key for intent in matters),
            tuple(column),
            counts,
            np.array([len(intent.examples) for intent in matters], dtype=np.uint16),
        )

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls) -> Telling:
        """The counts beside this file, read once a process.

        Raises:
            BadModel: when there are none or they cannot be read.
        """
        try:
            with PATH.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                keys, features = (tuple(bytes(arrays[name]).decode().split("\n")) for name in ("intents", "features"))
                counts = np.zeros((len(keys), len(features)), dtype=np.uint16)
                counts[arrays["rows"], arrays["columns"]] = arrays["counts"]
                return cls(keys, features, counts, arrays["lines"])
        except (OSError, KeyError, ValueError, IndexError, EOFError, BadZipFile) as error:
            raise BadModel(f"{PATH} cannot be read: run `python -m intents.training` to make it again.") from error

    def save(self) -> None:
        """Write the counts beside this file, the same bytes for the same counts; the many that are 0 are left out."""
        rows, columns = np.nonzero(self.counts)
        np.savez_compressed(
            PATH,
            intents=np.frombuffer("\n".join(self.intents).encode(), dtype=np.uint8),
            features=np.frombuffer("\n".join(self.features).encode(), dtype=np.uint8),
            rows=rows.astype(np.uint16),
            columns=columns.astype(np.uint32),
            counts=self.counts[rows, columns],
            lines=self.lines,
        )

    def same(self, other: Telling) -> bool:
        """Whether two hold the same counts."""
        return (self.intents, self.features) == (other.intents, other.features) and all(
            np.array_equal(one, another) for one, another in ((self.counts, other.counts), (self.lines, other.lines))
        )

    @cached_property
    def column(self) -> Mapping[str, int]:
        """In which column each feature stands."""
        return {name: place for place, name in enumerate(self.features)}

    @cached_property
    def odds(self) -> NDArray[np.float32]:
        """Log odds of each feature in an intent against all others (naive Bayes); shape (intents, features).

        They are held between -0.5 and 4, so that no one word decides.
        """
        every, total = self.counts.sum(axis=0, dtype=np.float32), float(self.lines.sum())
        found = np.empty(self.counts.shape, dtype=np.float32)
        for row, (counts, lines) in enumerate(zip(self.counts, self.lines.tolist(), strict=True)):
            here = counts.astype(np.float32)
            inside = (here + PRIOR * 0.3 * every / max(1.0, total)) / (lines + PRIOR)
            outside = (every - here + 1) / (total - lines + 2)
            found[row] = np.clip(np.log(inside / outside), -0.5, 4)
        return found


def features_of(stems: Sequence[str]) -> list[str]:
    """The stems and each two that stand side by side."""
    return [*stems, *(f"{one} {two}" for one, two in pairwise(stems))]
