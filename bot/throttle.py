"""How much one person, and one workspace, may ask. Kept in memory only, by a hash whose key dies with the process."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable

_WORKSPACE = 20
"""A workspace may ask so many times what a person may."""

_KEPT = 100_000
"""At most so many persons and workspaces are kept in mind; the longest silent are dropped."""


class Throttle:
    """A bucket for each person and each workspace, filled evenly. Each replica counts for itself.

    `a_minute` is how many questions a person may ask in one minute; `clock` gives seconds that only go forwards.
    """

    def __init__(self, a_minute: int, clock: Callable[[], float]) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._key = secrets.token_bytes(32)
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()

    def allowed(self, platform: str, workspace: str, user: str) -> bool:
        """Whether this person may ask now; if so, it is counted."""
        now = self._clock()
        self._drop_full(now)
        person = self._left((platform, workspace, user), self._a_minute, now)
        everybody = self._left((platform, workspace), self._a_minute * _WORKSPACE, now)
        for (name, left), taken in ((person, person[1] >= 1), (everybody, person[1] >= 1 and everybody[1] >= 1)):
            self._buckets[name] = (left - 1 if taken else left, now)
            self._buckets.move_to_end(name)
        return person[1] >= 1 and everybody[1] >= 1

    def _left(self, who: tuple[str, ...], a_minute: int, now: float) -> tuple[bytes, float]:
        name = hashlib.blake2b("\0".join(who).encode(), key=self._key, digest_size=16).digest()
        left, then = self._buckets.get(name, (float(a_minute), now))
        return name, min(float(a_minute), left + (now - then) * a_minute / 60)

    def _drop_full(self, now: float) -> None:
        """Forget whoever has been silent for a minute (their bucket is full again), and the oldest beyond the limit."""
        while self._buckets:
            name = next(iter(self._buckets))
            if now - self._buckets[name][1] <= 60 and len(self._buckets) <= _KEPT:
                return
            del self._buckets[name]
