"""An answer as every channel shows it: the same parts, in the same order, with the same words.

A channel lays these parts out and adds its own buttons; it decides nothing about them.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot import wording
from bot.answer import Answer, Ending, LookUp, NationalContact, Quote
from knowledge.model import Council


@dataclass(frozen=True, slots=True)
class Shown:
    """One quotation to show, with the mark that it bears when it is not the reader's own council's."""

    quote: Quote
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Presentation:
    """What is shown, top to bottom.

    `urgent` first; then `opening`; `quotes` in full; or `choices` to choose from, none of them the answer; `related`
    by citation only; whom to go to, why and how; `notices` last.
    """

    urgent: tuple[NationalContact, ...]
    opening: str | None
    quotes: tuple[Shown, ...]
    choices: tuple[Shown, ...]
    related: tuple[Shown, ...]
    contact: str | None
    reason: str | None
    how: tuple[str, ...]
    notices: tuple[str, ...]

    def plain(self) -> str:
        """All of it as plain text, for notifications, screen readers and logs of nothing but the terminal."""
        parts: list[str] = []
        if self.urgent:
            parts.append(wording.URGENT)
            parts += [f"{contact.name}: {contact.how}" for contact in self.urgent]
        if self.opening:
            parts.append(self.opening)
        for shown in self.quotes + self.choices:
            parts += [shown.mark] if shown.mark else []
            parts += [shown.quote.lead] if shown.quote.lead else []
            parts += [shown.quote.text] if shown.quote.text else []
            parts += [f"• {item}" for item in shown.quote.items]
            parts.append(f"— {shown.quote.citation}")
        parts += [part for part in (self.contact, self.reason) if part]
        parts += self.how
        if self.related:
            parts.append("See also: " + "; ".join(shown.quote.citation for shown in self.related))
        return "\n".join([*parts, *self.notices])


def present(answer: Answer, council: Council) -> Presentation:
    """Lay an answer out for the people of `council`, its asker's own."""

    def shown(quote: Quote) -> Shown:
        own = quote.protocol.slug == council.protocol.slug
        return Shown(quote, None if own else wording.borrowed_mark(quote))

    choice = answer.ending is Ending.CHOICE
    disagreeing = {reference for pair in answer.differs for reference in pair}
    in_full = [quote for place, quote in enumerate(answer.quotes) if place == 0 or quote.reference in disagreeing]
    beneath = [quote for quote in answer.quotes if quote not in in_full]
    beneath += [quote for quote in answer.related if quote not in beneath and quote not in in_full]
    escalation = answer.escalation
    return Presentation(
        urgent=answer.urgent,
        opening=wording.opening(answer, council),
        quotes=() if choice else tuple(map(shown, in_full)),
        choices=tuple(map(shown, answer.quotes)) if choice else (),
        related=() if choice else tuple(map(shown, beneath)),
        contact=wording.contact_line(escalation, answer.question.asker) if escalation else None,
        reason=wording.contact_reason(escalation, answer.question.asker) if escalation else None,
        how=wording.contact_how(escalation) if escalation else (),
        notices=answer.notices,
    )


def present_look_up(found: LookUp) -> Presentation:
    """Lay out a looked-up clause or section."""
    return Presentation(
        urgent=(),
        opening=wording.look_up_opening(found),
        quotes=tuple(Shown(quote) for quote in found.quotes),
        choices=(),
        related=(),
        contact=None,
        reason=None,
        how=(),
        notices=found.notices,
    )
