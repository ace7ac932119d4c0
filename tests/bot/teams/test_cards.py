"""Every clause of the five protocols, a very long one, and hostile words, drawn within Teams' limits and verbatim."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest

from bot.answer import (
    Answer,
    Confidence,
    Ending,
    Escalation,
    Exact,
    Kind,
    LookUp,
    NationalContact,
    Question,
    Quote,
    Step,
    Where,
)
from bot.desk import Reply
from bot.library import open_library
from bot.presentation import present
from bot.teams import cards as kit
from bot.teams import messages as draw
from bot.teams.cards import Card, Element
from bot.teams.messages import Place
from knowledge.model import Clause, ClauseNumber, Contact, Council, Role
from tests.bot.teams.schema import check_card

COUNCILS = open_library(None).lenders()
TODAY = date(2026, 3, 1)
CONTACT = Contact("clerk", "Clerk *of* <at>all</at>", "room 2 & _upstairs_", "clerk@example.org")
HOSTILE = "*bold* _it_ ~no~ <at>all</at> [x](https://x) &amp; `code` 1. one\n\n> quote • bullet\n1. two"


def with_clause(council: Council, clause: Clause) -> Council:
    return dataclasses.replace(council, protocol=dataclasses.replace(council.protocol, clauses=(clause,), sections=()))


def reply_of(council: Council, quotes: tuple[Quote, ...], ending: Ending = Ending.OWN) -> Reply:
    """A reply with everything that can belong to one."""
    question = Question("must I?", council.slug, TODAY, Role.UNKNOWN, Where.DM)
    escalation = Escalation((Step(CONTACT),), quotes[0] if quotes else None, not quotes)
    answer = Answer(question, ending, Kind.OWN, Confidence.HIGH, "intent", True, quotes, escalation, ("A notice.",))
    by_role = {role: dataclasses.replace(answer, question=dataclasses.replace(question, asker=role)) for role in Role}
    choices = tuple(dataclasses.replace(answer, quotes=(quote,)) for quote in quotes) if ending is Ending.CHOICE else ()
    return Reply(answer, council, by_role, present(answer, council), choices, "Who can read this.")


def drawn(reply: Reply, place: Place = Place.CHAT) -> tuple[Card, ...]:
    return kit.cards(draw.answer(reply, place, draw.by_role(reply)))


def quoted(elements: Any) -> str:
    """The words of all quotations, put together."""

    def runs(found: Any) -> str:
        if isinstance(found, dict):
            own = str(found["text"]) if found.get("type") == "TextRun" else ""
            return own + "".join(runs(value) for value in found.values() if isinstance(value, dict | list))
        return "".join(map(runs, found)) if isinstance(found, list | tuple) else ""

    return "".join(runs(element) for element in elements if element["type"] == "Container")


def bodies(cards: tuple[Card, ...]) -> list[Element]:
    return [element for card in cards for element in card.body]


def draft_link() -> str:
    council, quote = QUOTES[0]
    elements = draw.draft(reply_of(council, (quote,)).answer)
    return str(elements[-1]["actions"][0]["url"])


QUOTES = [
    (council, Quote(council.protocol, council.protocol.by_number[reference.number.text], reference.item))
    for council in COUNCILS
    for reference in council.protocol.references()
]


def every_card(council: Council, quote: Quote) -> list[tuple[Card, ...]]:
    """An answer in every place, a look-up, and the clause shared."""
    reply = reply_of(council, (quote,))
    found = LookUp("x", council.protocol, Exact.NUMBER, (quote,))
    shown = [drawn(reply, place) for place in Place]
    return [*shown, kit.cards(draw.look_up(found)), kit.cards(draw.shared(quote))]


@pytest.mark.parametrize("council", COUNCILS, ids=lambda council: council.slug)
def test_every_clause_is_drawn_verbatim_and_within_the_limits(council: Council) -> None:
    """In every place, as a look-up, shared, and in a message; character for character, on one card each."""
    for _, quote in (entry for entry in QUOTES if entry[0] is council):
        for cards in every_card(council, quote):
            assert len(cards) == 1, quote.reference
            assert cards[0].size < kit.LARGEST
            assert quote.text in quoted(bodies(cards))
            assert all(item in quoted(bodies(cards)) for item in quote.items)
            assert quote.citation in cards[0].text
        assert quote.text in quoted(draw.attachment(quote)["content"]["body"])


@pytest.mark.slow
@pytest.mark.parametrize("council", COUNCILS, ids=lambda council: council.slug)
def test_every_card_of_every_clause_fits_the_schema(council: Council) -> None:
    """The schema of 1.5, and Teams' own limits; drafts too."""
    for _, quote in (entry for entry in QUOTES if entry[0] is council):
        shown = [*every_card(council, quote), kit.cards(draw.draft(reply_of(council, (quote,)).answer))]
        for card in (card for cards in shown for card in cards):
            check_card(card.content())
        check_card(draw.attachment(quote)["content"])


@pytest.mark.parametrize(
    "text", ["word " * 2_000, "x" * 10_000, HOSTILE, "€" * 10_000], ids=["long", "unbroken", "hostile", "wide"]
)
@pytest.mark.parametrize("ending", [Ending.OWN, Ending.CHOICE])
def test_long_and_hostile_words_are_split_and_never_cut(text: str, ending: Ending) -> None:
    """A clause of 10,000 characters goes over blocks and cards; markup stays as it is written."""
    clause = Clause(ClauseNumber("1"), ("Heading *x*",), text, (HOSTILE, "y" * 5_000))
    council = with_clause(COUNCILS[0], clause)
    quote = Quote(council.protocol, clause, None, (0, 5))
    cards = drawn(reply_of(council, (quote,), ending))
    for card in cards:
        check_card(card.content())
    assert (len(cards) > 1) is (len(text) > 1_000)
    together = quoted(bodies(cards))
    assert text in together
    assert HOSTILE in together
    assert "y" * 5_000 in together
    assert all(card.content()["speak"] == card.text for card in cards)
    for cards in (kit.cards(draw.draft(reply_of(council, (quote,), ending).answer)), kit.cards(draw.shared(quote))):
        for card in cards:
            check_card(card.content())
    check_card(draw.attachment(quote)["content"])


def test_where_one_card_alone_can_be_shown_the_rest_is_a_button_away() -> None:
    """Page by page, until all is shown."""
    clause = Clause(ClauseNumber("1"), (), "word " * 4_000)
    council = with_clause(COUNCILS[0], clause)
    elements = draw.answer(reply_of(council, (Quote(council.protocol, clause),)), Place.ALONE, {})
    further = kit.execute("Further", "as", "x" * 2_000)
    pages = [kit.page(elements, number, further) for number in range(10)]
    for card in pages:
        check_card(card.content())
    more = [further in card.body[-1].get("actions", []) for card in pages]
    last = more.index(False)
    assert 1 <= last <= 5
    assert not any(more[last:])
    assert clause.text in quoted([element for card in pages[: last + 1] for element in card.body])


def test_the_deciding_sentence_is_bold_and_nothing_else_changes() -> None:
    """Emphasis splits the text into pieces that together are the text."""
    council, quote = QUOTES[0]
    cards = drawn(reply_of(council, (dataclasses.replace(quote, emphasis=(3, 9)),)))
    bold = [
        run["text"]
        for element in cards[0].body
        if element["type"] == "Container"
        for block in element["items"]
        for run in block["inlines"]
        if run.get("weight") == "Bolder"
    ]
    assert bold == [quote.text[3:9]]
    assert quote.text in quoted(cards[0].body)


def test_national_services_come_first() -> None:
    """Before the privacy sentence, before any clause."""
    council, quote = QUOTES[0]
    reply = reply_of(council, (quote,))
    urgent = (NationalContact("x", "Samaritans", "telephone 116 123", "https://x"),)
    answer = dataclasses.replace(reply.answer, urgent=urgent)
    card = drawn(dataclasses.replace(reply, answer=answer, presentation=present(answer, council)))[0]
    assert card.text.index("116 123") < card.text.index("Who can read this.")


@pytest.mark.parametrize("council", COUNCILS, ids=lambda council: council.slug)
def test_every_other_card_is_within_the_limits(council: Council) -> None:
    """Welcome, contacts, sections, every section, related clauses."""
    shown = [draw.contacts(council), draw.sections(council.protocol)]
    shown += [draw.welcome(council, ("One?", "Two?"), "Who can read this.", TODAY, place) for place in Place]
    for section in council.protocol.sections:
        if section.clauses:
            shown.append(
                draw.section([Quote(council.protocol, council.protocol.clauses[at]) for at in section.clauses])
            )
    for elements in shown:
        for card in kit.cards(elements):
            check_card(card.content())
    for quote in draw.firsts(council.protocol):
        check_card(draw.attachment(quote)["content"])


def test_the_draft_opens_as_a_mail_with_the_facts_blank() -> None:
    """Nothing is sent by the bot; of a long clause only the citation goes into the address."""
    assert draft_link().startswith("mailto:clerk@example.org?subject=")
    clause = Clause(ClauseNumber("1"), (), "word " * 1_000)
    council = with_clause(COUNCILS[0], clause)
    elements = draw.draft(reply_of(council, (Quote(council.protocol, clause),)).answer)
    link = elements[-1]["actions"][0]["url"]
    assert len(link) <= 2_000
    assert "clause%201" in link
    assert "word%20word" not in link
