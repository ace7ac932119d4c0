"""How good answers are for a protocol imported without any curation, against the same one curated by hand.

    python tests/bot/uncurated.py               # the development questions, council by council

Each of the five sources is imported as if nobody had seen it: its own ties, contacts and clauses are unknown, the other
four councils are what the catalogue's ties lead to and what may be borrowed. Whatever is proposed is published as it is.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.answering import Answerer
from bot.clerk import tie
from bot.evaluating import Score, Share, evaluate
from intents.distress import Distress
from intents.matching import Known, Matcher
from intents.tuning import Tuning
from knowledge.importing import drafts
from knowledge.importing.read import read
from knowledge.importing.structure import structure
from knowledge.model import Council
from knowledge.store import LENDERS, SHIPPED, Library, load_council

QUESTIONS = Path(__file__).parents[1] / "questions" / "development.jsonl"
TODAY = date(2026, 11, 1)
FIGURES = ("top1", "kind", "contact")
NEWCOMER = "newcomer"


@dataclass(frozen=True, slots=True)
class Compared:
    """The scores of one council's questions: its protocol curated, and imported as if unknown."""

    slug: str
    curated: Score
    imported: Score

    def shares(self, figure: str) -> tuple[Share, Share]:
        """One figure, curated and imported."""
        return self.curated.shares(self.curated.labelled)[figure], self.imported.shares(self.imported.labelled)[figure]


def _import_unseen(slug: str, others: tuple[Council, ...], intents: tuple[Known, ...], data: Path) -> Council:
    source = SHIPPED / slug / "source.txt"
    document = read(source)
    draft = drafts.make_draft(data, NEWCOMER, "Newcomer Town Council", source, document, structure(document))
    tie(draft, others, intents)
    drafts.publish(data, NEWCOMER, TODAY)
    return load_council(data / NEWCOMER)


def compare(questions: Path = QUESTIONS) -> Iterator[Compared]:
    """Each council's questions asked of the curated protocol and of the imported one."""
    library, matcher, distress = Library(), Matcher.load(), Distress.load()
    lines: list[Mapping[str, Any]] = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    curated = Answerer(library.council, library.lenders(), matcher, distress, Tuning())
    for slug in sorted(LENDERS):
        own = [line for line in lines if line["council"] == slug]
        others = tuple(council for council in library.lenders() if council.slug != slug)
        with tempfile.TemporaryDirectory() as folder:
            newcomer = _import_unseen(slug, others, matcher.intents, Path(folder))
        councils = {NEWCOMER: newcomer, **{council.slug: council for council in others}}
        imported = Answerer(councils.__getitem__, others, matcher, distress, Tuning())
        yield Compared(
            slug,
            evaluate(curated, own, TODAY),
            evaluate(imported, [{**line, "council": NEWCOMER} for line in own], TODAY),
        )


def totals(compared: list[Compared], figure: str) -> tuple[Share, Share]:
    """One figure over all councils, curated and imported."""
    pairs = [one.shares(figure) for one in compared]
    curated, imported = (
        Share(sum(pair[place].right for pair in pairs), sum(pair[place].of for pair in pairs)) for place in (0, 1)
    )
    return curated, imported


def main() -> int:
    """Print the figures."""
    compared = list(compare())
    for figure in FIGURES:
        for one in compared:
            print(f"{figure:<8} {one.slug:<16} {one.shares(figure)[0]!s:<28} {one.shares(figure)[1]}")
        curated, imported = totals(compared, figure)
        print(f"{figure:<8} {'all':<16} {curated!s:<28} {imported}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
