"""The examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import bot
import intents
import knowledge


def _modules() -> list[str]:
    """Every module of the light rooms; channels and storage have tests of their own."""
    found = []
    for package in (knowledge, intents, bot):
        found += [
            module.name
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
            if not module.name.startswith(("bot.slack", "bot.teams", "bot.storage", "intents.training"))
        ]
    return found


@pytest.mark.parametrize("name", _modules())
def test_examples_in_docstrings_hold(name: str) -> None:
    """What a docstring shows is what happens."""
    assert doctest.testmod(importlib.import_module(name)).failed == 0
