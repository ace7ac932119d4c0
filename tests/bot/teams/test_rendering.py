"""Every card, as the real renderer (npm adaptivecards) shows it in Chromium."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.answer import Ending, Quote
from bot.teams import cards as kit
from bot.teams import messages as draw
from bot.teams.cards import Card
from knowledge.model import Clause, ClauseNumber, Council
from tests.bot.teams.node import dumped, installed
from tests.bot.teams.standin import buttons
from tests.bot.teams.test_cards import (
    COUNCILS,
    HOSTILE,
    QUOTES,
    TODAY,
    Place,
    bodies,
    drawn,
    every_card,
    quoted,
    reply_of,
    with_clause,
)

pytestmark = pytest.mark.slow

PHONE, DESK = 360, 900


def page(folder: Path, cards: list[dict[str, Any]], theme: str, *, report: bool) -> Path:
    """A page that renders these cards; with `report`, it tells what became of each."""
    library = installed("adaptivecards") / "node_modules/adaptivecards/dist/adaptivecards.min.js"
    shutil.copy(library, folder / "adaptivecards.min.js")
    made = f"const cards = {json.dumps(cards)}, theme = {json.dumps(theme)}, report = {json.dumps(report)};"
    (folder / "cards.js").write_text(made, encoding="utf-8")
    shutil.copy(Path(__file__).parent / "render.html", folder / "page.html")
    return folder / "page.html"


def rendered(folder: Path, cards: list[Card], width: int = DESK, theme: str = "light") -> list[dict[str, Any]]:
    """What the renderer made of each card; each without a fault, with every button, no wider than its window."""
    shown = dumped(page(folder, [card.content() for card in cards], theme, report=True), folder / "profile", width)
    told = re.search(r'<pre id="told">(.*?)</pre>', shown, re.DOTALL)
    assert told, shown[-2_000:]
    results: list[dict[str, Any]] = json.loads(html.unescape(told[1]))
    assert len(results) == len(cards)
    for card, result in zip(cards, results, strict=True):
        assert result["faults"] == [], card.text[:200]
        assert result["buttons"] == len(buttons(list(card.body)))
        assert result["unlabelled"] == 0
        assert result["overflow"] == 0 or "xxx" in card.text, card.text[:200]  # no word is as long as that
        assert result["lists"] == 0, "Markdown was made of words"
    return results


@pytest.mark.parametrize("council", COUNCILS, ids=lambda council: council.slug)
def test_every_clause_is_rendered_word_for_word(council: Council, tmp_path: Path) -> None:
    """In every place, looked up and shared: the renderer shows the stored words, on a desk."""
    quotes = [quote for owner, quote in QUOTES if owner is council]
    cards = [(quote, card) for quote in quotes for cards in every_card(council, quote) for card in cards]
    results = rendered(tmp_path, [card for _, card in cards])
    for (quote, card), result in zip(cards, results, strict=True):
        assert result["quotations"] == quoted(card.body)
        assert quote.text in result["quotations"]


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_every_other_card_is_rendered_on_a_phone_in_every_theme(theme: str, tmp_path: Path) -> None:
    """Welcome, contacts, sections, a choice, a draft, a section, an answer: none is wider than a phone."""
    cards: list[Card] = []
    for council in COUNCILS:
        quote, other = [quote for owner, quote in QUOTES if owner is council][:2]
        reply = reply_of(council, (quote,))
        elements = [draw.contacts(council), draw.sections(council.protocol), draw.draft(reply.answer)]
        elements += [draw.welcome(council, ("One?", "Two?"), "Who can read this.", TODAY, place) for place in Place]
        elements += [draw.answer(reply_of(council, (quote, other), Ending.CHOICE), place, {}) for place in Place]
        elements += [draw.answer(reply, place, draw.by_role(reply)) for place in Place]
        elements += [draw.unreached("https://teams.microsoft.com/l/chat/0/0?users=28:x")]
        for section in council.protocol.sections:
            quotes = [Quote(council.protocol, council.protocol.clauses[at]) for at in section.clauses]
            elements += [draw.section(quotes)] if quotes else []
        cards += [card for shown in elements for card in kit.cards(shown)]
    results = rendered(tmp_path, cards, PHONE, theme)
    assert any(result["headings"] for result in results)


@pytest.mark.parametrize(
    "text", [HOSTILE, "word " * 2_000, "x" * 10_000, "€" * 10_000, "1. one\n2. two\n\n* three\n# four"]
)
def test_what_markdown_would_eat_survives(text: str, tmp_path: Path) -> None:
    """`*`, `_`, `<`, `&`, `1. ` and 10,000 characters, over as many cards as they need."""
    clause = Clause(ClauseNumber("1"), ("Heading *x*",), text, (HOSTILE,))
    council = with_clause(COUNCILS[0], clause)
    cards = drawn(reply_of(council, (Quote(council.protocol, clause, None, (0, 3)),)))
    results = rendered(tmp_path, list(cards), PHONE)
    together = "".join(result["quotations"] for result in results)
    assert together == quoted(bodies(cards))
    assert text in together
    assert HOSTILE in together
