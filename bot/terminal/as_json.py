"""Answers, looked-up clauses and protocols as plain data for `--json`, in the format that README.md describes.

Other programs rely on every key; each is there in every answer, with null or an empty list where there is nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bot.answer import Answer, Escalation, LookUp, Quote
from knowledge.model import Contact, Council, CouncilProtocol, Ladder, PartialDate, Reference

Data = dict[str, Any]


def dumps(data: Any, *, indent: int | None = None) -> str:
    r"""`data` as JSON that any reader takes: no NaN, and letters as they are unless they are no text at all.

    >>> dumps({"heading": "“Leader”"}), dumps("\ud800")
    ('{"heading": "“Leader”"}', '"\\ud800"')
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(data, allow_nan=False, indent=indent)
    return text


def answer_to_json(answer: Answer) -> Data:
    """An answer as data; see `tests/bot/terminal/test_as_json.py` for every key."""
    question = answer.question
    return {
        "id": question.id,
        "question": question.text,
        "council": question.council,
        "asker": question.asker.value,
        "where": question.where.value,
        "kind": answer.kind.value,
        "confidence": answer.confidence.value if answer.confidence else None,
        "intent": answer.intent,
        "private": answer.private,
        "quotes": [quote_to_json(quote) for quote in answer.quotes],
        "escalation": _escalation(answer.escalation) if answer.escalation else None,
        "notices": list(answer.notices),
        "related": [quote_to_json(quote) for quote in answer.related],
        "differs": [[_reference(one), _reference(other)] for one, other in answer.differs],
        "places": list(answer.places),
        "urgent": [
            {"contact": contact.key, "name": contact.name, "how": contact.how, "source": contact.source}
            for contact in answer.urgent
        ],
    }


def quote_to_json(quote: Quote) -> Data:
    """A quotation as data: of a bullet its own words, of a whole list the opening words and the bullets'."""
    data: Data = {
        "protocol": quote.protocol.slug,
        "clause": quote.clause.number.text,
        "item": quote.item,
        "heading": list(quote.clause.heading),
        "lead": quote.lead,
        "text": quote.text,
        "items": list(quote.items),
        "citation": quote.citation,
    }
    if quote.emphasis:
        data["emphasis"] = list(quote.emphasis)
    return data


def look_up_to_json(found: LookUp) -> Data:
    """A looked-up clause, section or search as data."""
    return {
        "query": found.query,
        "council": found.protocol.slug,
        "exact": found.exact.value,
        "quotes": [quote_to_json(quote) for quote in found.quotes],
    }


def protocol_to_json(protocol: CouncilProtocol) -> Data:
    """A whole protocol as data: one entry for each clause with words and one for each bullet, in the source's order."""

    def entries() -> Iterator[Data]:
        for reference in protocol.references():
            clause = protocol.by_number[reference.number.text]
            yield {
                "clause": clause.number.text,
                "item": reference.item,
                "heading": list(clause.heading),
                "lead": clause.lead_of(reference.item),
                "text": clause.words_of(reference.item),
            }

    return {
        "slug": protocol.slug,
        "council": protocol.council,
        "title": protocol.title,
        "version": protocol.version,
        "adopted": _date(protocol.adopted),
        "review_due": _date(protocol.review_due),
        "status": protocol.status.value,
        "source": protocol.source,
        "clauses": list(entries()),
    }


def contacts_to_json(council: Council) -> Data:
    """A council's contacts, its ladders with their clauses, and its defaults, as data."""
    return {
        "council": council.slug,
        "contacts": [_contact(contact) for contact in council.contacts.known.values()],
        "ladders": [_ladder(ladder) for ladder in council.contacts.ladders],
        "defaults": {role.value: list(keys) for role, keys in council.contacts.defaults.items()},
    }


def _contact(contact: Contact) -> Data:
    return {"contact": contact.key, "name": contact.name, "how": contact.how}


def _ladder(ladder: Ladder) -> Data:
    return {
        "basis": _reference(ladder.basis),
        "steps": [
            {"contact": rung.contact, "join": rung.join.value if place else None}
            for place, rung in enumerate(ladder.rungs)
        ],
        "clauses": [_reference(reference) for reference in ladder.clauses],
        "intents": list(ladder.intents),
        "askers": [role.value for role in ladder.askers],
        "subjects": [role.value for role in ladder.subjects],
        "confirmed": ladder.confirmed,
    }


def _escalation(escalation: Escalation) -> Data:
    first, *others = escalation.steps
    data: Data = {
        **_contact(first.contact),
        "basis": _reference(escalation.basis.reference) if escalation.basis else None,
        "then": [step.contact.key for step in others],
        "avoid": list(escalation.avoid),
        "joins": [step.join.value for step in others],
    }
    if escalation.default:
        data["default"] = True
    return data


def _reference(reference: Reference) -> Data:
    return {"protocol": reference.protocol, "clause": reference.number.text, "item": reference.item}


def _date(when: PartialDate | None) -> str | None:
    return when.iso if when else None
