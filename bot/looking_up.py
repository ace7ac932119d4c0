"""A clause by its number, its heading or its words."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence

from bot import wording
from bot.answer import Exact, LookUp, Quote
from knowledge.model import Clause, ClauseNumber, CouncilProtocol, Reference, Section

ByWords = Callable[[str, int], Sequence[Reference]]
"""Gives the clauses and bullets that share most with some words, best first, at most so many."""

BY_WORDS = 5
NEAREST = 3

_PREFIX = re.compile(
    r"(?:clause|cl|paragraph|paras?|section|sect|sec|s|number|no|§)\b\.?\s*(?=[\d(A-Z¶])", re.IGNORECASE
)
_BULLET = re.compile(
    r"(?P<number>.+?)(?:\s*,?\s*(?:bullet|item|point)\s*(?P<bullet>\d{1,3})|\s*/\s*(?P<slash>\d{1,3})|\s*\((?P<bracket>\d{1,3})\))\Z",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?:¶\s*\d+|(?:part|appendix|schedule|annex)\s+\w+(?:/.+)?|[A-Z]?\d[\w.()~]*|\([a-z0-9]+\)[\w.()]*)\Z",
    re.IGNORECASE,
)


def look_up(protocol: CouncilProtocol, query: str, by_words: ByWords) -> LookUp:
    """Find what `query` names in `protocol`: a number with or without a bullet, a section, a heading, or words.

    A clause comes with its numbered children, a section with all its clauses. `Exact.NONE` names the nearest numbers.
    """
    asked = " ".join(query.split())
    plain = _PREFIX.sub("", asked, count=1).strip().rstrip(".:,;")
    return (
        _by_number(protocol, query, plain)
        or _by_heading(protocol, query, plain)
        or _unknown_number(protocol, query, plain)
        or _by_words(protocol, query, asked, by_words)
    )


def suggest(protocol: CouncilProtocol, typed: str, by_words: ByWords, limit: int) -> tuple[Quote, ...]:
    """Clauses for what somebody has typed so far: of that number, under such a heading, with such words; each once."""
    begun = typed.strip().casefold()
    if not begun:
        return tuple(Quote(protocol, clause) for clause in protocol.clauses[:limit])
    number = _PREFIX.sub("", begun, count=1)
    looked_up = look_up(protocol, typed, by_words)
    found = [Quote(protocol, clause) for clause in protocol.clauses if clause.number.text.casefold().startswith(number)]
    for section in protocol.sections:
        if begun in section.heading.casefold():
            found += [Quote(protocol, protocol.clauses[place]) for place in section.clauses]
    if len(begun) > 2:
        found += [Quote(protocol, clause) for clause in protocol.clauses if begun in clause.text.casefold()]
    found = [*found, *looked_up.quotes] if looked_up.exact is Exact.WORDS else [*looked_up.quotes, *found]
    return tuple({quote.reference: quote for quote in found}.values())[:limit]


def _by_number(protocol: CouncilProtocol, query: str, plain: str) -> LookUp | None:
    clause = _clause(protocol, plain)
    if clause is not None:
        return LookUp(
            query, protocol, Exact.NUMBER, _with_children(protocol, clause), notices=_former_of(protocol, plain)
        )
    if found := _BULLET.match(plain):
        clause = _clause(protocol, found["number"].rstrip("., "))
        item = int(found["bullet"] or found["slash"] or found["bracket"])
        if clause is not None and 1 <= item <= len(clause.items):
            return LookUp(query, protocol, Exact.NUMBER, (Quote(protocol, clause, item),))
    section = next((section for section in protocol.sections if _same(section.number, plain)), None)
    if section is not None and section.clauses:
        return _section(protocol, query, section, Exact.NUMBER)
    now = protocol.former.get(plain)
    if now is not None and (clause := _clause(protocol, now)) is not None:
        notice = wording.FORMER_NUMBER.format(former=plain, now=now)
        return LookUp(query, protocol, Exact.NUMBER, _with_children(protocol, clause), notices=(notice,))
    return None


def _former_of(protocol: CouncilProtocol, number: str) -> tuple[str, ...]:
    """That the number asked for was once another clause's, where it was."""
    now = protocol.former.get(number)
    return (wording.FORMER_ELSEWHERE.format(former=number, now=now),) if now and now != number else ()


def _by_heading(protocol: CouncilProtocol, query: str, plain: str) -> LookUp | None:
    wanted = plain.casefold()
    sections = [section for section in protocol.sections if section.clauses]
    exact = [section for section in sections if section.heading.casefold().rstrip(":") == wanted]
    if not exact and len(wanted) > 3:
        close = difflib.get_close_matches(wanted, [section.heading.casefold() for section in sections], 1, cutoff=0.85)
        exact = [section for section in sections if section.heading.casefold() in close]
    return _section(protocol, query, exact[0], Exact.HEADING) if exact else None


def _unknown_number(protocol: CouncilProtocol, query: str, plain: str) -> LookUp | None:
    """What looks like a number but is none here: the nearest numbers."""
    number = plain
    if found := _BULLET.match(plain):
        number = found["number"].rstrip("., ") if _clause(protocol, found["number"].rstrip("., ")) else plain
    if not _NUMBER.match(number):
        return None
    if (clause := _clause(protocol, number)) is not None:
        count = len(clause.items)
        near = tuple(f"{clause.number} bullet {item}" for item in range(max(1, count - 1), count + 1)) or (
            str(clause.number),
        )
        return LookUp(query, protocol, Exact.NONE, (), near)
    known = [clause.number for clause in protocol.clauses]
    wanted = ClauseNumber.parse(number)
    figures = tuple(int(part) for part in re.findall(r"\d+", number))

    def distance(other: ClauseNumber) -> tuple[int, float, int]:
        theirs = tuple(int(part) for part in re.findall(r"\d+", other.text))
        shared = next(
            (place for place, (one, two) in enumerate(zip(figures, theirs, strict=False)) if one != two),
            min(len(figures), len(theirs)),
        )
        gap = abs(figures[shared] - theirs[shared]) if shared < min(len(figures), len(theirs)) else 0
        return (-shared, gap, abs(len(figures) - len(theirs)))

    nearest = sorted(sorted(known, key=distance)[:NEAREST])
    return LookUp(query, protocol, Exact.NONE, (), tuple(str(number) for number in nearest if number != wanted))


def _by_words(protocol: CouncilProtocol, query: str, asked: str, by_words: ByWords) -> LookUp:
    quotes = tuple(
        Quote(protocol, protocol.by_number[reference.number.text], reference.item)
        for reference in by_words(asked, BY_WORDS)
    )
    return LookUp(query, protocol, Exact.WORDS if quotes else Exact.NONE, quotes)


def _section(protocol: CouncilProtocol, query: str, section: Section, exact: Exact) -> LookUp:
    quotes = tuple(Quote(protocol, protocol.clauses[place]) for place in section.clauses)
    return LookUp(query, protocol, exact, quotes, heading=section.heading)


def _clause(protocol: CouncilProtocol, text: str) -> Clause | None:
    wanted = text.strip().casefold().removesuffix(".0") if text.count(".") > 1 else text.strip().casefold()
    return next((clause for clause in protocol.clauses if clause.number.text.casefold() == wanted), None)


def _same(number: ClauseNumber | None, text: str) -> bool:
    if number is None:
        return False
    return number.text.casefold().removesuffix(".0") == text.strip().casefold().removesuffix(".0")


def _with_children(protocol: CouncilProtocol, clause: Clause) -> tuple[Quote, ...]:
    """The clause, and beneath it its numbered children and theirs."""
    found = [clause]
    for child in protocol.children(clause.number):
        found += [quote.clause for quote in _with_children(protocol, child)]
    return tuple(Quote(protocol, entry) for entry in found)
