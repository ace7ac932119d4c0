"""The trained model as it lies in the repository: arrays and names, nothing but NumPy to read it.

One row a feature (words, characters, people, then the asker's roles), one column a target: the intents, then
`sensitive`, then the subjects, then the askers. A weight is four bits: a whole number from -7 to 7 whose signed square,
times the scale of its row, is the weight (companding: small weights, which are most, keep their relative precision).
Each row has one scale for the intents and one for the other targets.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from intents.errors import BadModel
from intents.features import ROLES, characters, people_features, word_features
from knowledge.model import Role

PATH = Path(__file__).parent / "trained.npz"
ROLE_WEIGHT = 0.3
"""How much the asker's role counts beside a question's words, each block of which has length 1."""

PEOPLE_WEIGHT = 1.0
"""The same of who is named before whom."""


LEVELS = 7
"""A weight is one of so many steps either way, and zero."""

_WORTH = np.array([np.sign(step) * (step / LEVELS) ** 2 for step in range(-8, 8)], dtype=np.float32)


def pack(weights: NDArray[np.float64], intents: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Weights of shape (features, targets) as four bits each, two to a byte, and the scales; shape (features, 2)."""
    scales = np.stack(
        [np.abs(part).max(axis=1, initial=0.0) for part in (weights[:, :intents], weights[:, intents:])], axis=1
    ).astype(np.float16)
    scales[scales == 0] = 1.0
    shares = weights / np.repeat(scales.astype(np.float64), [intents, weights.shape[1] - intents], axis=1)
    steps = np.rint(np.sign(shares) * np.sqrt(np.abs(shares)) * LEVELS).clip(-LEVELS, LEVELS).astype(np.int8) + 8
    steps = np.pad(steps, ((0, 0), (0, steps.shape[1] % 2)), constant_values=8).astype(np.uint8)
    return steps[:, ::2] << 4 | steps[:, 1::2], scales.astype(np.float32)


@dataclass(frozen=True)
class Trained:
    """A linear model over weighted features; see the module for rows, columns and how `packed` and `scales` hold the weights.

    `facts` holds what is not an array: names of the targets and the catalogue's own summary.
    """

    words: tuple[str, ...]
    characters: tuple[str, ...]
    people: tuple[str, ...]
    idf: NDArray[np.float32]
    packed: NDArray[np.uint8]
    scales: NDArray[np.float32]
    bias: NDArray[np.float32]
    facts: dict[str, Any]

    @classmethod
    def load(cls, path: Path = PATH) -> Trained:
        """Read the model from `path`.

        Raises:
            BadModel: when there is none or it cannot be read.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return cls(
                    tuple(bytes(arrays["words"]).decode().split("\n")),
                    tuple(bytes(arrays["characters"]).decode().split("\n")),
                    tuple(bytes(arrays["people"]).decode().split("\n")),
                    arrays["idf"].astype(np.float32),
                    arrays["packed"],
                    arrays["scales"].astype(np.float32),
                    arrays["bias"].astype(np.float32),
                    json.loads(bytes(arrays["facts"]).decode()),
                )
        except (OSError, KeyError, ValueError, EOFError, BadZipFile) as error:
            raise BadModel(f"{path} cannot be read: run `python -m intents.training` to make it again.") from error

    def save(self, path: Path = PATH) -> None:
        """Write the model to `path`, the same bytes for the same model."""

        def blob(text: str) -> NDArray[np.uint8]:
            return np.frombuffer(text.encode(), dtype=np.uint8)

        np.savez(
            path,
            words=blob("\n".join(self.words)),
            characters=blob("\n".join(self.characters)),
            people=blob("\n".join(self.people)),
            idf=self.idf.astype(np.float16),
            packed=self.packed,
            scales=self.scales.astype(np.float16),
            bias=self.bias.astype(np.float32),
            facts=blob(json.dumps(self.facts, ensure_ascii=False, sort_keys=True)),
        )

    @cached_property
    def _word_rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.words)}

    @cached_property
    def _character_rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.characters, start=len(self.words))}

    @cached_property
    def _people_rows(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.people, start=len(self.words) + len(self.characters))}

    def weights(self, rows: NDArray[np.int32]) -> NDArray[np.float32]:
        """The weights of some features, unpacked; shape (rows, targets)."""
        packed = self.packed[rows]
        steps = np.stack([packed >> 4, packed & 15], axis=2).reshape(len(rows), -1)[:, : len(self.bias)]
        found = _WORTH[steps]
        intents = len(self.facts["intents"])
        found[:, :intents] *= self.scales[rows, :1]
        found[:, intents:] *= self.scales[rows, 1:]
        return found

    def _block(self, rows: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Rows once each with their weight: (1 + log of the count) × idf, the whole of length 1 (sublinear TF-IDF)."""
        unique, counts = np.unique(rows, return_counts=True)
        values = (1.0 + np.log(counts)).astype(np.float32) * self.idf[unique]
        return unique, values / (np.sqrt(values @ values) or 1.0)

    def scores(self, text: str, asker: Role) -> NDArray[np.float32]:
        """The score of every target for a question; shape (targets,)."""
        table = self._word_rows
        blocks = []
        in_words = np.array([table[name] for name in word_features(text) if name in table], dtype=np.int32)
        if len(in_words):
            blocks.append(self._block(in_words))
        characters_known = self._character_rows
        in_characters = [characters_known[name] for name in characters(text) if name in characters_known]
        if in_characters:
            blocks.append(self._block(np.array(in_characters, dtype=np.int32)))
        people = self._people_rows
        of_people = [people[name] for name in people_features(text, asker) if name in people]
        if of_people:
            unique, values = self._block(np.array(of_people, dtype=np.int32))
            blocks.append((unique, values * np.float32(PEOPLE_WEIGHT)))
        if asker in ROLES:
            row = len(self.words) + len(self.characters) + len(self.people) + ROLES.index(asker)
            blocks.append((np.array([row], dtype=np.int32), np.array([ROLE_WEIGHT], dtype=np.float32)))
        if not blocks:
            return self.bias
        rows = np.concatenate([block[0] for block in blocks])
        values = np.concatenate([block[1] for block in blocks])
        scores: NDArray[np.float32] = values @ self.weights(rows) + self.bias
        return scores
