"""Somebody in danger or distress: recognised before any clause, and pointed to the national services that apply.

Recognition is by plain words, on purpose: it can be explained, it errs towards showing the services, and its recall and
false alarms are measured by tests on lines that its author did not write. Signs and services stand in `distress.yaml`,
each service with the page that publishes its number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge import yamlfile

PATH = Path(__file__).parent / "distress.yaml"


@dataclass(frozen=True, slots=True)
class Service:
    """A national service, how to reach it, and where that is published."""

    key: str
    name: str
    how: str
    source: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A kind of danger or distress: what shows it, what only looks like it, and whom to name."""

    key: str
    shown_by: re.Pattern[str]
    looks_like: re.Pattern[str] | None
    services: tuple[str, ...]


class Distress:
    """Recognises signs of danger or distress in a question."""

    def __init__(self, signs: Sequence[Sign], services: Mapping[str, Service]) -> None:
        self._signs = tuple(signs)
        self._services = dict(services)

    @classmethod
    def load(cls, path: Path = PATH) -> Distress:
        """The shipped signs and services.

        Raises:
            knowledge.errors.BadData: when the file is missing or broken.
        """
        data = yamlfile.read(path)
        services = {entry["key"]: Service(**entry) for entry in data["services"]}
        signs = [
            Sign(entry["key"], _any(entry["patterns"]), _any(entry["not_patterns"]), tuple(entry["services"]))
            for entry in data["signs"]
        ]
        return cls(signs, services)

    def named(self, key: str) -> Service | None:
        """The service with that key, or None."""
        return self._services.get(key)

    def contacts(self, text: str) -> tuple[Service, ...]:
        """The services to name, the most urgent first; none where no sign is seen."""
        lowered = text.casefold().replace("’", "'")
        keys: dict[str, None] = {}
        for sign in self._signs:
            plain = sign.looks_like.sub(" ", lowered) if sign.looks_like else lowered
            if sign.shown_by.search(plain):
                keys |= dict.fromkeys(sign.services)
        return tuple(self._services[key] for key in keys)


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
