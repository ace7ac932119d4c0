"""The answering core over a library of councils: all that the terminal needs, and nothing heavy imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bot.answering import Answerer
from intents.distress import Distress
from intents.matching import Matcher
from intents.tuning import Tuning
from knowledge.model import Council
from knowledge.store import Library


def build_answerer(library: Library, council_named: Callable[[str], Council] | None = None) -> Answerer:
    """An answerer for every council of `library`, borrowing from the shipped ones.

    `council_named` gives a council by its slug where something newer than the library's may be known.

    Raises:
        knowledge.errors.BadData: when a shipped council's folder is broken.
        intents.errors.BadModel: when the trained model is missing or broken.
    """
    return Answerer(council_named or library.council, library.lenders(), Matcher.load(), Distress.load(), Tuning())


def open_library(data: Path | None) -> Library:
    """The shipped councils, and those of a data folder where there is one."""
    return Library(data)
