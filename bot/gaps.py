"""The gap list: matters on which a council's protocol is silent and others are not. Worked out from the texts alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.answer import Quote
from intents.matching import Known
from intents.model import Speech
from knowledge.model import Council


@dataclass(frozen=True, slots=True)
class Gap:
    """A matter that the council's protocol does not speak to, with the first clause of another that does."""

    title: str
    theme: str
    quote: Quote


def gaps(council: Council, lenders: Sequence[Council], intents: Sequence[Known]) -> tuple[Gap, ...]:
    """What others settle and `council` does not, by theme and title; the clause is the first lender's that has one."""
    tied = {tie.intent for tie in council.ties if tie.references}
    found: list[Gap] = []
    for intent in intents:
        own = intent.key in tied or any(reference.protocol == council.protocol.slug for reference in intent.clauses)
        if intent.speech is not Speech.MATTER or own:
            continue
        quote = _lent(intent, council, lenders)
        if quote is not None:
            found.append(Gap(intent.title, intent.theme, quote))
    return tuple(sorted(found, key=lambda gap: (gap.theme, gap.title)))


def _lent(intent: Known, council: Council, lenders: Sequence[Council]) -> Quote | None:
    for lender in lenders:
        for reference in intent.clauses:
            if lender.slug != council.slug and reference.protocol == lender.protocol.slug:
                clause = lender.protocol.find(reference)
                if clause is not None:
                    return Quote(lender.protocol, clause, reference.item)
    return None
