"""Replies as Slack messages: our objects in, Block Kit out. Buttons carry references, never the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from urllib.parse import quote as percent

from bot import wording
from bot.answer import Answer, Ending, LookUp, Quote
from bot.carried import pack
from bot.desk import Reply
from bot.presentation import Presentation, Shown, present_look_up
from bot.slack import blocks as kit
from bot.slack.blocks import Block, Message, escape
from knowledge.model import Council, CouncilProtocol, Role

SECTION = "section"
RELATED = "related"
AS = "as"
REMEMBER = "remember"
CHOOSE = "choose"
NONE = "none"
DRAFT = "draft"
SHARE = "share"
HELPFUL = "helpful"
UNHELPFUL = "unhelpful"
OPEN = "open"
"""Action ids: what a button does. `AS` is followed by the role, `CHOOSE` and `OPEN` by a place."""

ROLES = (Role.OFFICER, Role.CLERK, Role.COUNCILLOR, Role.CHAIR)


def answer_messages(
    reply: Reply, *, to_asker_alone: bool, in_channel: bool, before: str | None = None
) -> tuple[Message, ...]:
    """An answer with all that belongs around it. `in_channel` is a place where it may be shared.

    `before` stands above all but the national services.
    """
    shown, answer = reply.presentation, reply.answer
    blocks: list[Block] = []
    if shown.urgent:
        blocks.append(kit.strong(wording.URGENT))
        blocks += [block for contact in shown.urgent for block in kit.words(f"{contact.name}: {contact.how}")]
        blocks.append(kit.divider())
    above = [line for line in (before, reply.privacy) if line]
    blocks += [kit.small(line) for line in above]
    blocks += kit.words(shown.opening) if shown.opening else []
    for entry in shown.quotes:
        blocks += quotation(entry)
    for place, entry in enumerate(shown.choices):
        blocks += quotation(entry)
        if place < len(reply.choices):
            label = kit.shorten(wording.THIS_ONE.format(place=entry.quote.place), kit.BUTTON)
            blocks.append(kit.actions(kit.button(label, f"{CHOOSE}{place}", pack(reply.choices[place]))))
    blocks += [kit.strong(shown.contact)] if shown.contact else []
    blocks += kit.words(shown.reason) if shown.reason else []
    blocks += [block for how in shown.how for block in kit.words(how)]
    blocks += [kit.small(notice) for notice in shown.notices]
    blocks += _buttons(reply, shown, share=to_asker_alone and in_channel and not answer.sensitive)
    return kit.messages(escape("\n".join([*_urgent(shown), *above, _plain(shown)])), blocks)


def _urgent(shown: Presentation) -> list[str]:
    """The national services as lines, so that they are read out before anything else."""
    lines = [f"{contact.name}: {contact.how}" for contact in shown.urgent]
    return [wording.URGENT, *lines] if lines else []


def _plain(shown: Presentation) -> str:
    return replace(shown, urgent=()).plain()


def quotation(entry: Shown, *, lead: bool = True, in_full: bool = True) -> list[Block]:
    """One quotation: its mark, its lead, its words and bullets, and where they stand; only that where words would change."""
    quote = entry.quote
    marks = [kit.small(entry.mark)] if entry.mark else []
    cited = kit.small(f"— {quote.citation if in_full else quote.place}")
    found = kit.quoted(quote.lead) if quote.lead and lead else []
    if quote.text:
        found += kit.bullets([quote.text]) if quote.item is not None else kit.quoted(quote.text, quote.emphasis)
    found += kit.bullets(quote.items)
    words = "".join([quote.lead or "" if lead else "", quote.text, *quote.items])
    return [*marks, *(found if kit.shows(found, words) else kit.words(wording.UNVERIFIED)), cited]


def _buttons(reply: Reply, shown: Presentation, *, share: bool) -> list[Block]:
    answer = reply.answer
    rows: list[Block] = []
    if answer.quotes and answer.ending is not Ending.CHOICE:
        first = str(answer.quotes[0].reference)
        row = [kit.button(wording.WHOLE_SECTION, SECTION, first)]
        row += [kit.button(wording.RELATED, RELATED, pack(answer))] if shown.related else []
        row += [kit.button(wording.SHARE, SHARE, first)] if share else []
        row += [kit.button(wording.DRAFT, DRAFT, pack(answer))] if answer.escalation else []
        rows.append(kit.actions(*row))
    elif answer.escalation:
        row = [kit.button(wording.NONE_OF_THESE, NONE, pack(answer))] if shown.choices else []
        rows.append(kit.actions(*row, kit.button(wording.DRAFT, DRAFT, pack(answer))))
    others = [role for role in ROLES if role in reply.by_role and role is not answer.question.asker]
    if others and answer.escalation:
        rows.append(kit.small(wording.ASKING_AS))
        rows.append(
            kit.actions(
                *(kit.button(wording.ROLE_NAMES[role], f"{AS}-{role}", pack(reply.by_role[role])) for role in others)
            )
        )
    if answer.question.asker in ROLES and answer.question.asker is not reply.remembered and answer.escalation:
        remember = wording.REMEMBER.format(role=wording.role(answer.question.asker))
        rows.append(kit.actions(kit.button(remember, REMEMBER, answer.question.asker.value)))
    if answer.intent and answer.escalation:
        value = f"{answer.intent}|{answer.ending}"
        yes, no = kit.button(wording.HELPFUL, HELPFUL, value), kit.button(wording.NOT_HELPFUL, UNHELPFUL, value)
        rows.append(kit.actions(yes, no))
    return rows


def sentence(text: str) -> Message:
    """One sentence of the bot's own."""
    return Message(escape(text), tuple(kit.words(text)))


def look_up_messages(found: LookUp, *, share: bool) -> tuple[Message, ...]:
    """A looked-up clause, bullet, section or search; or the nearest numbers."""
    shown = present_look_up(found)
    blocks = kit.words(shown.opening) if shown.opening else []
    before: list[Quote] = []
    for entry in shown.quotes:
        blocks += quotation(entry, lead=not under_its_list(entry.quote, before), in_full=not before)
        if share and len(shown.quotes) <= 5:
            blocks.append(kit.actions(kit.button(wording.SHARE, SHARE, str(entry.quote.reference))))
        before.append(entry.quote)
    blocks += [kit.small(notice) for notice in shown.notices]
    return kit.messages(escape(shown.plain()), blocks)


def shared(quote: Quote) -> tuple[Message, ...]:
    """A clause for everybody: its words and where they stand, and nothing of who asked what."""
    return kit.messages(escape("\n".join(_lines(quote))), quotation(Shown(quote)))


def _lines(quote: Quote) -> list[str]:
    words = (quote.lead, quote.text, *(f"• {item}" for item in quote.items))
    return [*(line for line in words if line), f"— {quote.citation}"]


def section_view(quotes: Sequence[Quote], action: str, value: str, first: int = 0) -> Block:
    """A section from its clause number `first` on, one clause under the other, with a button to go on where it is long.

    `value` is what the button carried that opened it; it comes back with the place to go on from.
    """
    found: list[Block] = []
    for place, quote in enumerate(quotes[first:], first):
        drawn = quotation(
            Shown(quote), lead=not under_its_list(quote, quotes[max(first, place - 1) : place]), in_full=not found
        )
        if found and (len(found) + len(drawn) > _IN_A_PAGE or kit.length(found) + kit.length(drawn) > _PAGE):
            found.append(kit.actions(kit.button(wording.GO_ON, action, f"{value}{GO_ON}{place}")))
            break
        found += drawn
    heading = quotes[0].clause.heading[-1] if quotes[0].clause.heading else wording.SECTIONS
    return kit.modal(heading, [kit.strong(heading), *found] if len(heading) > kit.TITLE else found)


GO_ON = "|"
"""Parts what opened a section from the place of the clause to go on with."""
_IN_A_PAGE = kit.IN_A_VIEW - 5
_PAGE = 30_000


def under_its_list(quote: Quote, before: Sequence[Quote]) -> bool:
    """Whether the words that open a quotation's list stand above it already."""
    return any(quote.lead in (earlier.text, earlier.lead) for earlier in before)


def related_messages(shown: Presentation) -> tuple[Message, ...]:
    """The clauses that stand near an answer, in full."""
    lines = [line for entry in shown.related for line in (entry.mark, *_lines(entry.quote)) if line]
    return kit.messages(escape("\n".join(lines)), [block for entry in shown.related for block in quotation(entry)])


def contacts_message(council: Council) -> tuple[Message, ...]:
    """Whom a council's people go to."""
    text = "\n".join(line for heading, lines in wording.contact_lists(council) for line in (heading, *lines))
    return kit.messages(escape(text), _contacts(council))


def _contacts(council: Council) -> list[Block]:
    found: list[Block] = []
    for heading, lines in wording.contact_lists(council):
        found += [kit.strong(heading), *kit.bullets(lines, border=0)]
    return found


def sections_message(protocol: CouncilProtocol) -> tuple[Message, ...]:
    """The headings of a protocol, each opened by a button."""
    sections = [section for section in protocol.sections if section.clauses]
    text = escape("\n".join(section.heading for section in sections))
    return kit.messages(text, [*kit.words(protocol.title), *section_buttons(protocol)])


def section_buttons(protocol: CouncilProtocol) -> list[Block]:
    """A button for each section, up to five in a row."""
    numbered = [(place, section) for place, section in enumerate(protocol.sections) if section.clauses]
    buttons = [
        kit.button(
            f"{section.number} {section.heading}" if section.number else section.heading, f"{OPEN}-{place}", str(place)
        )
        for place, section in numbered
    ]
    return [kit.actions(*buttons[start : start + 5]) for start in range(0, len(buttons), 5)]


def home_view(council: Council, prompts: Sequence[str], privacy: str, today: date) -> Block:
    """The Home tab: the protocol and its state of review, sections to open, contacts, privacy, help."""
    protocol = council.protocol
    edition = f", {protocol.edition}" if protocol.edition else ""
    state = wording.review_notice(protocol, today) or (
        wording.REVIEW_DUE.format(due=protocol.review_due) if protocol.review_due else None
    )
    found = [kit.strong(council.name), *kit.words(f"{protocol.title}{edition}")]
    found += [kit.small(state)] if state else []
    found += kit.words(wording.HELP)
    found += [kit.small(wording.FOR_EXAMPLE.format(prompts="  ·  ".join(prompts)))] if prompts else []
    found += [kit.divider(), kit.strong(wording.SECTIONS), *section_buttons(protocol)[:50]]
    found += [kit.divider(), *_contacts(council)]
    found += [kit.divider(), kit.strong(wording.PRIVACY), *kit.words(privacy)]
    found += [kit.divider(), kit.strong(wording.COMMANDS), *kit.words(wording.SLACK_HELP)]
    return {"type": "home", "blocks": found}


def refusal_home(sentences: Sequence[str]) -> Block:
    """The Home tab of somebody who is not served."""
    return {"type": "home", "blocks": [block for sentence in sentences for block in kit.words(sentence)]}


def draft_view(answer: Answer) -> Block:
    """A message to the contact with the citation filled in and the facts left blank: to copy, or to open as a mail.

    Where the clause makes it too long for that, it is cited without its words: they are never cut.
    """
    whole, brief = wording.draft(answer), wording.draft(answer, in_full=False)
    written = whole if len(whole) <= kit.IN_AN_INPUT else brief
    element = {"type": "plain_text_input", "action_id": "draft", "multiline": True, "initial_value": written}
    label = {"type": "plain_text", "text": wording.DRAFT_LABEL}
    found = [*kit.words(wording.DRAFT_HINT), {"type": "input", "block_id": "draft", "label": label, "element": element}]
    email = answer.escalation.first.email if answer.escalation else None
    mails = (_mail(email or "", text) for text in (written, brief, ""))
    link = next(address for address in mails if len(escape(address)) <= kit.IN_A_LINK)
    found.append(kit.link(wording.OPEN_MAIL, link))
    return kit.modal(wording.DRAFT, found, submit={"type": "plain_text", "text": wording.DONE}, callback_id="drafted")


def _mail(email: str, text: str) -> str:
    """The address that opens a mail program; without an email, to be addressed there."""
    return f"mailto:{percent(email, safe='@')}?subject={percent(wording.DRAFT_SUBJECT)}&body={percent(text)}"


def options(quotes: Sequence[Quote]) -> list[Block]:
    """Clauses to choose from while somebody types."""
    return [
        {
            "text": {"type": "plain_text", "text": kit.shorten(f"{quote.place}: {quote.text}", kit.OPTION)},
            "value": str(quote.reference),
        }
        for quote in quotes
    ]


def look_up_view(chosen: Sequence[Block] = ()) -> Block:
    """Look up a clause: numbers, headings and words as they are typed; what was chosen beneath.

    A section with a menu, not an input: Slack takes an input only where there is something to submit.
    """
    menu = {
        "type": "external_select",
        "action_id": "clause",
        "min_query_length": 1,
        "placeholder": {"type": "plain_text", "text": wording.LOOK_UP_HINT},
    }
    label = {"type": "plain_text", "text": wording.LOOK_UP_LABEL}
    menu_block = {"type": "section", "block_id": "clause", "text": label, "accessory": menu}
    most = kit.IN_A_VIEW - 2
    below = chosen if len(chosen) <= most else [*chosen[:most], *kit.words(wording.THE_REST)]
    return kit.modal(wording.LOOK_UP, [menu_block, *below])
