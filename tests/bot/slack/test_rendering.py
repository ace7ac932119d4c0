"""Every clause of the five protocols, a very long one, and hostile words, drawn within Slack's limits and verbatim."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest

from bot import wording
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
from bot.slack import messages as draw
from bot.slack.blocks import Message
from knowledge.model import Clause, ClauseNumber, Contact, Council, Role
from tests.bot.slack.limits import check_message, check_view
from tests.bot.slack.standin import unescape

COUNCILS = open_library(None).lenders()
TODAY = date(2026, 3, 1)
CONTACT = Contact("clerk", "Clerk <!channel>", "room 2 & *upstairs*", "clerk@example.org")
HOSTILE = "*bold* _it_ ~no~ <!channel> <https://x|y> &amp; `code` 1. one\n\n> quote • bullet"


def _with(council: Council, clause: Clause) -> Council:
    return dataclasses.replace(council, protocol=dataclasses.replace(council.protocol, clauses=(clause,), sections=()))


def _reply(council: Council, quotes: tuple[Quote, ...], ending: Ending = Ending.OWN, where: Where = Where.DM) -> Reply:
    question = Question("must I?", council.slug, TODAY, Role.UNKNOWN, where)
    escalation = Escalation((Step(CONTACT),), quotes[0] if quotes else None, not quotes)
    answer = Answer(question, ending, Kind.OWN, Confidence.HIGH, "intent", True, quotes, escalation, ("A notice.",))
    by_role = {role: dataclasses.replace(answer, question=dataclasses.replace(question, asker=role)) for role in Role}
    choices = tuple(dataclasses.replace(answer, quotes=(quote,)) for quote in quotes) if ending is Ending.CHOICE else ()
    return Reply(answer, council, by_role, present(answer, council), choices, "Who can read this.")


def _rich(messages: tuple[Message, ...]) -> str:
    """The words of all rich text that is no label of ours, put together."""

    def texts(found: Any) -> str:
        if isinstance(found, dict):
            if found.get("type") == "text":
                return str(found["text"])
            return "".join(texts(value) for value in found.values())
        return "".join(map(texts, found)) if isinstance(found, list) else ""

    return "".join(texts(block) for message in messages for block in message.blocks if block["type"] == "rich_text")


QUOTES = [
    (council, Quote(council.protocol, council.protocol.by_number[reference.number.text], reference.item))
    for council in COUNCILS
    for reference in council.protocol.references()
]


@pytest.mark.parametrize(
    ("council", "quote"), QUOTES, ids=lambda value: str(value.reference) if isinstance(value, Quote) else ""
)
def test_every_clause_is_drawn_verbatim_and_within_the_limits(council: Council, quote: Quote) -> None:
    """As an answer, as a look-up and shared; the quoted words are the stored ones, character for character."""
    messages = draw.answer_messages(_reply(council, (quote,)), to_asker_alone=True, in_channel=True)
    found = LookUp("x", council.protocol, Exact.NUMBER, (quote,))
    for message in (*messages, *draw.look_up_messages(found, share=True), *draw.shared(quote)):
        check_message(message.arguments())
    assert quote.text in _rich(messages)
    assert all(item in _rich(messages) for item in quote.items)
    assert quote.citation in unescape(messages[0].text)


@pytest.mark.parametrize("text", ["word " * 2_000, "x" * 10_000, HOSTILE], ids=["long", "unbroken", "hostile"])
@pytest.mark.parametrize("ending", [Ending.OWN, Ending.CHOICE])
def test_long_and_hostile_words_are_split_and_never_cut(text: str, ending: Ending) -> None:
    """A clause of 10,000 characters goes over blocks and messages; markup stays as it is written."""
    clause = Clause(ClauseNumber("1"), ("Heading *x*",), text, (HOSTILE, "y" * 5_000))
    council = _with(COUNCILS[0], clause)
    quote = Quote(council.protocol, clause, None, (0, 5))
    messages = draw.answer_messages(_reply(council, (quote,), ending), to_asker_alone=True, in_channel=True)
    for message in messages:
        check_message(message.arguments())
        assert "<!channel>" not in message.text
    assert text in _rich(messages)
    assert HOSTILE in _rich(messages)
    assert "y" * 5_000 in _rich(messages)


def test_the_deciding_sentence_is_bold_and_nothing_else_changes() -> None:
    """Emphasis splits the text into pieces that together are the text."""
    council, quote = QUOTES[0]
    marked = dataclasses.replace(quote, emphasis=(3, 9))
    messages = draw.answer_messages(_reply(council, (marked,)), to_asker_alone=True, in_channel=False)
    bold = [
        element["text"]
        for block in messages[0].blocks
        if block["type"] == "rich_text"
        for part in block["elements"]
        if part["type"] == "rich_text_quote"
        for element in part["elements"]
        if element.get("style")
    ]
    assert bold == [quote.text[3:9]]
    assert quote.text in _rich(messages)


def test_words_that_would_not_arrive_as_they_are_stored_are_not_quoted() -> None:
    """Only where they stand, with a plain sentence."""
    clause = Clause(ClauseNumber("1"), ("H",), "seen\x00unseen", ())
    council = _with(COUNCILS[0], clause)
    (message,) = draw.shared(Quote(council.protocol, clause))
    assert wording.UNVERIFIED in str(message.blocks)
    assert "clause 1" in str(message.blocks)
    assert "unseen" not in str(message.blocks)


def test_national_services_come_first() -> None:
    """Before the privacy sentence, before any clause."""
    council, quote = QUOTES[0]
    reply = _reply(council, (quote,))
    answer = dataclasses.replace(
        reply.answer, urgent=(NationalContact("x", "Samaritans", "telephone 116 123", "https://x"),)
    )
    urgent = dataclasses.replace(reply, answer=answer, presentation=present(answer, council))
    first = draw.answer_messages(urgent, to_asker_alone=True, in_channel=False)[0]
    assert "116 123" in str(first.blocks[1])


@pytest.mark.parametrize("council", COUNCILS, ids=lambda council: council.slug)
def test_views_are_within_the_limits(council: Council) -> None:
    """The Home tab, every section, the draft and the look-up."""
    check_view(draw.home_view(council, ("One?", "Two?"), "Who can read this.", TODAY))
    for section in council.protocol.sections:
        if section.clauses:
            quotes = [Quote(council.protocol, council.protocol.clauses[place]) for place in section.clauses]
            check_view(draw.section_view(quotes, "open-0", "0"))
    for clause in council.protocol.clauses:
        check_view(draw.draft_view(_reply(council, (Quote(council.protocol, clause),)).answer))
    check_view(draw.look_up_view())
    for message in (*draw.contacts_message(council), *draw.sections_message(council.protocol)):
        check_message(message.arguments())


def test_the_draft_opens_as_a_mail_with_the_facts_blank() -> None:
    """The citation is filled in; nothing is sent by the bot."""
    council, quote = QUOTES[0]
    view = draw.draft_view(_reply(council, (quote,)).answer)
    link = view["blocks"][-1]["text"]["text"]
    assert link.startswith("<mailto:clerk@example.org?subject=")
    assert "What%20happened%3A%0A" in link
    assert quote.citation in view["blocks"][1]["element"]["initial_value"]


def test_a_draft_never_cuts_a_clause() -> None:
    """Where its words do not fit, the clause is cited, and the facts are still there to fill in."""
    clause = Clause(ClauseNumber("1"), ("Heading",), "word " * 2_000, ())
    council = _with(COUNCILS[0], clause)
    view = draw.draft_view(_reply(council, (Quote(council.protocol, clause),)).answer)
    check_view(view)
    written = view["blocks"][1]["element"]["initial_value"]
    assert "clause 1" in written
    assert "word" not in written
    assert written.rstrip().endswith("What I ask for:")


def test_a_long_section_goes_on_over_pages_and_loses_nothing() -> None:
    """Two hundred clauses and a list of two hundred bullets: every word is on one of the pages, in order."""
    clauses = [Clause(ClauseNumber(str(n)), ("A heading longer than a title",), f"Words {n}.", ()) for n in range(199)]
    clauses.append(Clause(ClauseNumber("199"), ("H",), "A list:", tuple(f"Bullet {n}. {'x' * 90}" for n in range(200))))
    protocol = dataclasses.replace(COUNCILS[0].protocol, clauses=tuple(clauses), sections=())
    quotes = [Quote(protocol, clause) for clause in clauses]
    seen, first = "", "0"
    while first:
        view = draw.section_view(quotes, "open-0", "0", int(first))
        check_view(view)
        seen += _rich((Message("x", tuple(view["blocks"][:50])), Message("x", tuple(view["blocks"][50:]))))
        last = view["blocks"][-1]
        first = last["elements"][0]["value"].partition("|")[2] if last["type"] == "actions" else ""
    shown = seen.replace("A heading longer than a title", "")
    assert shown == "".join(word for clause in clauses for word in (clause.text, *clause.items))


def test_five_choices_of_ten_thousand_characters_fit_what_slack_takes() -> None:
    """Five messages, each within the limits, and all of it in the text."""
    clauses = [Clause(ClauseNumber(str(n)), ("H",), f"{n}".join(["word "] * 1_666), ()) for n in range(5)]
    protocol = dataclasses.replace(COUNCILS[0].protocol, clauses=tuple(clauses), sections=())
    council = dataclasses.replace(COUNCILS[0], protocol=protocol)
    quotes = tuple(Quote(protocol, clause) for clause in clauses)
    messages = draw.answer_messages(_reply(council, quotes, Ending.CHOICE), to_asker_alone=True, in_channel=True)
    assert len(messages) <= 5
    for message in messages:
        check_message(message.arguments())
    assert all(clause.text in "".join(message.text for message in messages) for clause in clauses)
    check_view(draw.kit.modal("x", [block for message in messages for block in message.blocks]))
