"""What a button carries: an answer as references and keys, never the question or a clause's words.

`pack` makes text short enough for any platform's button; `unpack` reads it back, trusting nothing: whatever somebody
has changed in it leads to `BadCarried`, never to other words than a protocol's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from bot import wording
from bot.answer import Answer, Confidence, Ending, Kind
from bot.errors import BotError
from knowledge.errors import KnowledgeError
from knowledge.model import Join, Reference, Role

_LONGEST = 2_000
_MOST = 8


class BadCarried(BotError):
    """A button's text is not one that `pack` made, or its clauses are gone."""


@dataclass(frozen=True, slots=True)
class Carried:
    """An answer as a button carries it. `differs` are places in `quotes`; `default` and `confirmed` as in `Escalation`."""

    ending: Ending
    kind: Kind
    confidence: Confidence | None
    intent: str | None
    theme: str | None
    asker: Role
    subject: Role | None
    private: bool
    sensitive: bool
    quotes: tuple[tuple[Reference, tuple[int, int] | None], ...] = ()
    differs: tuple[tuple[int, int], ...] = ()
    steps: tuple[tuple[str, Join], ...] = ()
    basis: Reference | None = None
    avoid: tuple[str, ...] = ()
    confirmed: bool = True
    places: tuple[str, ...] = ()
    urgent: tuple[str, ...] = ()


def pack(answer: Answer) -> str:
    """An answer as text for a button: references, keys and offsets only.

    >>> from datetime import date
    >>> from bot.answer import Question
    >>> hello = Answer(Question("hello", "newent", date(2026, 1, 1)), Ending.GREETING, Kind.NONE, None, None, False)
    >>> unpack(pack(hello)).ending
    <Ending.GREETING: 'greeting'>
    """
    escalation = answer.escalation
    references = [quote.reference for quote in answer.quotes]
    data = [
        answer.ending,
        answer.kind,
        answer.confidence,
        answer.intent,
        answer.theme,
        answer.question.asker,
        answer.subject,
        int(answer.private),
        int(answer.sensitive),
        [[str(quote.reference), *(quote.emphasis or ())] for quote in answer.quotes],
        [[references.index(one), references.index(other)] for one, other in answer.differs],
        [[step.contact.key, step.join] for step in escalation.steps] if escalation else [],
        str(escalation.basis.reference) if escalation and escalation.basis else None,
        list(escalation.avoid) if escalation else [],
        int(escalation.confirmed) if escalation else 1,
        [],
        [contact.key for contact in answer.urgent],
    ]
    headings = list(answer.places)
    while True:
        data[15] = headings
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        if len(text) <= _LONGEST or not headings:
            return text
        headings.pop()


def unpack(text: str) -> Carried:
    """Read what `pack` made.

    Raises:
        BadCarried: when it is anything else.
    """
    try:
        data: Any = json.loads(text) if len(text) <= _LONGEST else None
        if not isinstance(data, list) or any(isinstance(entry, list) and len(entry) > _MOST for entry in data):
            raise ValueError
        ending, kind, confidence, intent, theme, asker, subject, private, sensitive, *rest = data
        quotes, differs, steps, basis, avoid, confirmed, places, urgent = rest
        return Carried(
            Ending(ending),
            Kind(kind),
            Confidence(confidence) if confidence else None,
            intent,
            theme,
            Role(asker),
            Role(subject) if subject else None,
            bool(private),
            bool(sensitive),
            tuple(
                (Reference.parse(name, ""), (int(span[0]), int(span[1])) if span else None) for name, *span in quotes
            ),
            tuple((int(one), int(other)) for one, other in differs),
            tuple((str(key), Join(join)) for key, join in steps),
            Reference.parse(basis, "") if basis else None,
            tuple(map(str, avoid)),
            bool(confirmed),
            tuple(map(str, places)),
            tuple(map(str, urgent)),
        )
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, KnowledgeError) as error:
        raise BadCarried(wording.OLD_BUTTON) from error
