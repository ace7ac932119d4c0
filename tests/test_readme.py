"""What the README tells to type is what the program takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from bot.cli import parser_for

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
TOLD = re.findall(r"^(?:[A-Z_]+=\S+ )*protocol-guide ([a-z].*)$", README, re.MULTILINE)


@pytest.mark.parametrize("line", TOLD)
def test_a_command_of_the_readme_is_understood(line: str) -> None:
    """Every `protocol-guide …` line parses, options and all."""
    words = shlex.split(line.split(" > ", maxsplit=1)[0].split("  #", maxsplit=1)[0])
    parser, commands = parser_for(words[0])
    assert words[0] in commands
    assert parser.parse_known_args(words)[1] == []


def test_the_readme_opens_with_the_two_commands() -> None:
    """A newcomer copies them as they stand."""
    fenced = re.findall(r"```\n(.*?)\n```", README, re.DOTALL)
    assert fenced[0].startswith("python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/protocol-guide ask ")
    assert fenced[1] == "python3 -m venv .venv && .venv/bin/pip install -q '.[dev]' && .venv/bin/pytest"


def test_the_model_command_is_named() -> None:
    """Whoever edits the catalogue finds how to train."""
    assert "python -m intents.training" in README
