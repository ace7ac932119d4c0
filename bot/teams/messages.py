"""Replies as Adaptive Cards: our objects in, cards out. Buttons carry references, never the question."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any
from urllib.parse import quote as percent

from bot import wording
from bot.answer import Answer, Ending, LookUp, Quote
from bot.carried import pack
from bot.desk import Reply
from bot.presentation import Shown, present_look_up
from bot.teams import cards as kit
from bot.teams.cards import CARD, Element
from knowledge.model import Council, CouncilProtocol, Role

SECTION, RELATED, AS, REMEMBER, CHOOSE, NONE, DRAFT, SHARE, HELPFUL, UNHELPFUL, OPEN, BACK = (
    *(
        "section",
        "related",
        "as",
        "remember",
        "choose",
        "none",
        "draft",
        "share",
        "helpful",
        "unhelpful",
        "open",
        "back",
    ),
)
"""What a button does."""
SECTIONS = "sections"
"""What a button carries to come back to the list of sections, instead of an answer or a clause's reference."""

ROLES = (Role.OFFICER, Role.CLERK, Role.COUNCILLOR, Role.CHAIR)
_LONGEST_LINK = 2_000
_LONGEST_DRAFT = 3_000
_CARRIED = 3_000
"""Characters of answers for other roles that a button carries only to come back to them."""


class Place(Enum):
    """Where a card stands, which decides its buttons.

    `CHAT`: in the conversation with the bot alone. `SHARED`: among others, for all of them. `ALONE`: among others, but
    seen by whoever pressed a button. `DIALOGUE`: in a dialogue about a message, seen by whoever opened it.
    """

    CHAT = "chat"
    SHARED = "shared"
    ALONE = "alone"
    DIALOGUE = "dialogue"


def by_role(reply: Reply) -> dict[str, str]:
    """The answers for every role as a button carries them."""
    return {role.value: pack(reply.by_role[role]) for role in ROLES if role in reply.by_role}


def answer(reply: Reply, place: Place, by: Mapping[str, str]) -> list[Element]:
    """An answer with all that belongs around it. `by` holds the answers for every role, as they were carried."""
    shown = reply.presentation
    found: list[Element] = []
    if shown.urgent:
        found += kit.strong(wording.URGENT)
        found += [line for contact in shown.urgent for line in kit.words(f"{contact.name}: {contact.how}")]
    found += kit.small(reply.privacy) if reply.privacy else []
    found += kit.words(shown.opening) if shown.opening else []
    for entry in shown.quotes:
        found += quotation(entry)
    for entry, leads_to in zip(shown.choices, reply.choices, strict=True):
        found += quotation(entry)
        label = wording.THIS_ONE.format(place=entry.quote.place)
        found.append(kit.actions(turn(place, label, CHOOSE, pack(leads_to))))
    found += kit.strong(shown.contact) if shown.contact else []
    found += kit.words(shown.reason) if shown.reason else []
    found += [line for how in shown.how for line in kit.words(how)]
    if shown.related:
        near = (entry.quote.citation if entry.mark else entry.quote.place for entry in shown.related)
        found += kit.small(f"{wording.SEE_ALSO} {'; '.join(near)}")
    found += [line for notice in shown.notices for line in kit.small(notice)]
    return [*found, *_buttons(reply, place, by)]


def quotation(entry: Shown, *, lead: bool = True, in_full: bool = True) -> list[Element]:
    """One quotation: its mark, its lead, its words and bullets, and where they stand."""
    quote = entry.quote
    found = kit.small(entry.mark) if entry.mark else []
    found += kit.quoted(quote.lead) if quote.lead and lead else []
    if quote.text:
        found += kit.bullets([quote.text]) if quote.item is not None else kit.quoted(quote.text, quote.emphasis)
    found += kit.bullets(quote.items)
    return [*found, *kit.small(f"— {quote.citation if in_full else quote.place}")]


def turn(place: Place, title: str, do: str, of: str, **further: object) -> Element:
    """A button whose answer takes the card's place."""
    make = kit.submit if place is Place.DIALOGUE else kit.execute
    return make(title, do, of, **further)


def _buttons(reply: Reply, place: Place, by: Mapping[str, str]) -> list[Element]:
    answer, shown = reply.answer, reply.presentation
    rows: list[Element] = []
    here = pack(answer)
    back: dict[str, Any] = {"at": here, **({"by": dict(by)} if sum(map(len, by.values())) <= _CARRIED else {})}
    if answer.quotes and answer.ending is not Ending.CHOICE:
        first = str(answer.quotes[0].reference)
        row = [turn(place, wording.WHOLE_SECTION, SECTION, first, **back)]
        row += [turn(place, wording.RELATED, RELATED, here, **back)] if shown.related else []
        row += [turn(place, wording.DRAFT, DRAFT, here, **back)] if answer.escalation else []
        if not answer.sensitive:
            row += [kit.execute(wording.SHARE, SHARE, first)] if place is Place.ALONE else []
            row += [kit.submit(wording.INSERT, SHARE, first)] if place is Place.DIALOGUE else []
        rows.append(kit.actions(*row))
    elif answer.escalation:
        row = [turn(place, wording.NONE_OF_THESE, NONE, here)] if shown.choices else []
        rows.append(kit.actions(*row, turn(place, wording.DRAFT, DRAFT, here, **back)))
    others = [role for role in ROLES if role.value in by]
    if others and answer.escalation:
        names = {role.value: wording.ROLE_NAMES[role] for role in others}
        now = answer.question.asker.value
        chosen = {now: names[now], **names} if now in names else names
        rows.append(kit.choice("role", wording.ASKING_AS, chosen))
        row = [kit.with_inputs(turn(place, wording.CHOOSE_ROLE, AS, "", by=dict(by)))]
        if not reply.by_role and answer.question.asker in ROLES:
            remember = wording.REMEMBER.format(role=wording.role(answer.question.asker))
            row.append(turn(place, remember, REMEMBER, now))
        rows.append(kit.actions(*row))
    if answer.intent and answer.escalation:
        value = f"{answer.intent}|{answer.ending}"
        yes, no = (
            turn(place, title, do, value)
            for title, do in ((wording.HELPFUL, HELPFUL), (wording.NOT_HELPFUL, UNHELPFUL))
        )
        rows.append(kit.actions(yes, no))
    return rows


def look_up(found: LookUp) -> list[Element]:
    """A looked-up clause, bullet, section or search; or the nearest numbers."""
    shown = present_look_up(found)
    elements = kit.words(shown.opening) if shown.opening else []
    before: list[Quote] = []
    for entry in shown.quotes:
        under_its_list = any(earlier.text == entry.quote.lead for earlier in before)
        elements += quotation(entry, lead=not under_its_list, in_full=not before)
        before.append(entry.quote)
    elements += [line for notice in shown.notices for line in kit.small(notice)]
    if len(shown.quotes) == 1:
        here = str(shown.quotes[0].quote.reference)
        elements.append(kit.actions(kit.execute(wording.WHOLE_SECTION, SECTION, here, at=here)))
    return elements


def shared(quote: Quote) -> list[Element]:
    """A clause by itself: its words and where they stand, and nothing of who asked what."""
    return quotation(Shown(quote))


def section(quotes: Sequence[Quote]) -> list[Element]:
    """The clauses of a section, one under the other."""
    found: list[Element] = []
    for place, quote in enumerate(quotes):
        found += quotation(Shown(quote), in_full=place == 0)
    return found


def related(reply: Reply) -> list[Element]:
    """The clauses that stand near or speak to the same matter."""
    return [element for entry in reply.presentation.related for element in quotation(entry)]


def contacts(council: Council) -> list[Element]:
    """Whom a council's people go to."""
    lines = [element for line in wording.contact_lines(council) for element in kit.words(line)]
    return [*kit.heading(wording.CONTACTS), *lines]


def sections(protocol: CouncilProtocol) -> list[Element]:
    """The headings of a protocol, each opened by a button."""
    numbered = [(place, section) for place, section in enumerate(protocol.sections) if section.clauses]
    buttons = [
        kit.execute(
            f"{section.number} {section.heading}" if section.number else section.heading, OPEN, str(place), at=SECTIONS
        )
        for place, section in numbered
    ]
    rows = [kit.actions(*buttons[start : start + 5]) for start in range(0, len(buttons), 5)]
    return [*kit.heading(wording.SECTIONS), *kit.words(protocol.title), *rows]


def welcome(council: Council, prompts: Sequence[str], privacy: str, today: date, place: Place) -> list[Element]:
    """What the bot is, what it can be asked, who else can read it, and the state of the protocol."""
    protocol = council.protocol
    edition = f", {protocol.edition}" if protocol.edition else ""
    state = wording.review_notice(protocol, today)
    found = [*kit.strong(council.name), *kit.words(f"{protocol.title}{edition}"), *(kit.small(state) if state else [])]
    found += kit.words(wording.HELP)
    if place is Place.CHAT:
        found += kit.words(privacy)
        found += [kit.actions(*(kit.say(prompt) for prompt in prompts[:5]))] if prompts else []
    else:
        found += kit.words(wording.TEAMS_CHANNEL_WELCOME)
        found += kit.small(wording.FOR_EXAMPLE.format(prompts="  ·  ".join(prompts))) if prompts else []
    return [*found, *kit.small(wording.TEAMS_HELP)]


def draft(answer: Answer) -> list[Element]:
    """A message to the contact with the citation filled in and the facts left blank: to copy, or to open as a mail."""
    whole, brief = wording.draft(answer), wording.draft(answer, in_full=False)
    text = whole if len(whole) <= _LONGEST_DRAFT else brief
    found = [*kit.words(wording.DRAFT_HINT), kit.written(wording.DRAFT, text)]
    email = answer.escalation.first.email if answer.escalation else None
    for body in (text, brief) if email else ():
        address = f"mailto:{email}?subject={percent(wording.DRAFT_SUBJECT)}&body={percent(body)}"
        if len(address) <= _LONGEST_LINK:
            found.append(kit.actions(kit.link(wording.OPEN_MAIL, address)))
            break
    return found


def unreached(address: str) -> list[Element]:
    """That the answer waits in private, and the way there; nothing of the question."""
    return [*kit.words(wording.PRIVATE_UNREACHED), kit.actions(kit.link(wording.OPEN_CHAT, address))]


def firsts(protocol: CouncilProtocol) -> list[Quote]:
    """The first clause of each section, to begin with where nothing was typed yet."""
    return [Quote(protocol, protocol.clauses[section.clauses[0]]) for section in protocol.sections if section.clauses]


def attachment(quote: Quote) -> dict[str, Any]:
    """A clause for a message that somebody writes: the card, and its beginning as a label to choose it by.

    Such a card cannot be split; of a clause that is too long for one, only where it stands is given.
    """
    card = (
        kit.single(shared(quote)) or kit.cards([*kit.words(wording.UNVERIFIED), *kit.small(f"— {quote.citation}")])[0]
    )
    label = {"title": html.escape(quote.place), "text": html.escape(kit.shorten(quote.text or quote.lead or "", 120))}
    return {
        "contentType": CARD,
        "content": card.content(),
        "preview": {"contentType": "application/vnd.microsoft.card.thumbnail", "content": label},
    }
