"""Contacts and ladders proposed from a protocol's own words, each with its clause, for the clerk to confirm."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.importing.structure import Entry

KEYS = {
    "clerk": r"(?:town |parish )?clerk|parish manager|town manager|proper officer|chief officer",
    "chair": (
        r"(?:town )?mayor|chair(?:man|woman|person)?(?: of the council)?"
        r"(?! of (?:the |a |any )?(?:[\w’']+ ){0,3}(?:sub-?)?committee)(?![\w-])"
    ),
    "personnel-committee": (
        r"(?:personnel|staffing|human resources|hr|employment) (?:committee|panel|sub-committee)|small group of councillors"
    ),
    "monitoring-officer": r"monitoring officer",
    "county-association": r"county association(?: of (?:nalc|local councils))?|\bnalc\b",
    "slcc": r"\bslcc\b|society of local council (?:town )?clerks",
    "line-manager": r"line manager",
}
"""What texts call each contact."""

NAMES = {
    "clerk": "Clerk",
    "chair": "Chair of the Council",
    "personnel-committee": "the council’s personnel committee",
    "monitoring-officer": "Monitoring Officer of the principal council",
    "county-association": "the county association of local councils",
    "slcc": "Society of Local Council Clerks",
    "line-manager": "your line manager",
}
DEFAULTS = {
    "officer": ["clerk", "chair", "county-association"],
    "clerk": ["chair", "slcc", "county-association"],
    "councillor": ["clerk", "chair", "monitoring-officer"],
    "chair": ["clerk", "county-association", "monitoring-officer"],
    "unknown": ["clerk", "chair", "county-association"],
}
"""Whom each kind of asker goes to where no clause names anybody, until the clerk says otherwise."""

_WHO = re.compile("|".join(f"(?P<{key.replace('-', '_')}>{words})" for key, words in KEYS.items()), re.IGNORECASE)
_VERBS = (
    r"(?:raise[ds]?|report(?:ed)?|refer(?:red)?|contact(?:ed)?|discuss(?:ed)?|consult(?:ed)?|sought|seek|approach(?:ed)?"
    r"|speak|spoken|go|dealt|take[n]?|made|obtained?)"
)
_SENDS = (
    re.compile(
        r"\b(?:should|must|can|may|will|to|be|is|are|shall)\b[^;]{0,120}?\b" + _VERBS + r"\b[^;]{0,90}?"
        r"\b(?:to|with|from|by|through)\b(?P<who>[^;]{3,160})",
        re.IGNORECASE,
    ),
    re.compile(r"\A(?:to )?" + _VERBS + r"\b[^;]{0,60}?\b(?:to|with|from)\b(?P<who>[^;]{3,160})", re.IGNORECASE),
    re.compile(r"\b(?:should|must|to|can|may)\s+(?:contact|consult|approach|see)\b(?P<who>[^;]{3,160})", re.IGNORECASE),
    re.compile(
        r"(?P<who>.{3,90}?)\b(?:is|are|being|be|has a[^;]{0,40})\s+(?:also )?(?:the |a )?(?:main |first |usual )?"
        r"(?:point of )?contact\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?P<who>.{3,90}?)\b(?:may|can|will|is)\s+(?:also )?(?:be )?(?:able to |available to )?(?:offer|provide|arrange)\b"
        r"[^;]{0,60}\b(?:mediat|conciliat|advice|support|independent)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:delegate|delegates|delegated|give|gives)\b[^;]{0,60}?\bto\b(?P<who>[^;]{3,90}?)\bto (?:deal|hear|handle)",
        re.IGNORECASE,
    ),
)
"""The ways in which a sentence sends somebody to somebody: each tells where in it they are named."""
_SENTENCE = re.compile(r"(?<=[.;])\s+(?=[A-Z“\"])|\n+")
_CONCERNING = re.compile(
    r"\b(?:concerns?|about|against|involv(?:es|ing)|relates? to|conduct of|complaints? of)\s+(?:the conduct of )?(?:the |a |any )?"
    r"(?P<whom>town clerk|parish clerk|clerk|parish manager|proper officer|chairman|chair|mayor|councillors?|members?)\b",
    re.IGNORECASE,
)
_DISSATISFIED = re.compile(r"\b(?:or another|or other|or any other)\b", re.IGNORECASE)
_ASKING = re.compile(
    r"\A(?:if|where|when|should|any|a|all|an)?\s*(?:a |an |any )?(?P<who>councillors?|members?|officers?|employees?)\b"
    r"(?![’'])",
    re.IGNORECASE,
)
_PERSONS = {"clerk": ["clerk"], "chair": ["chair"], "councillor": ["councillor", "chair"]}


def _subjects(sentence: str) -> list[str]:
    """Whom a sentence says that the concern is about, as roles; none where it does not say, or means several."""
    found = _CONCERNING.search(sentence)
    if not found or _DISSATISFIED.match(sentence[found.end() :].lstrip()):
        return []
    whom = found["whom"].casefold()
    if whom.startswith(("councillor", "member")):
        return _PERSONS["councillor"]
    return _PERSONS["chair" if whom.startswith(("chair", "mayor")) else "clerk"]


def _askers(sentence: str) -> list[str]:
    """Who a sentence says is to go to somebody, as roles; none where it does not say."""
    found = _ASKING.match(sentence)
    if not found:
        return []
    councillor = found["who"].casefold().startswith(("councillor", "member"))
    return ["councillor", "chair", "unknown"] if councillor else ["officer", "clerk", "unknown"]


_TITLE = re.compile(r"\b(Town Clerk|Parish Clerk|Parish Manager|Town Manager|Clerk)\b")
_CHAIR = re.compile(r"\b(Town Mayor|Mayor|Chairman of the Council|Chair of the Council|Chairman|Chair)\b")


def ladders_of(clauses: Sequence[Entry]) -> list[dict[str, Any]]:
    """Ladders as `contacts.yaml` has them, unconfirmed: for each sentence that sends somebody to somebody.

    A sentence that goes on where the one before it left off ("For example, ...") adds to its ladder.
    """
    found: list[dict[str, Any]] = []
    for clause in clauses:
        for item, words in enumerate((clause.text, *clause.items)):
            basis = f"{clause.number}/{item}" if item else str(clause.number)
            asking: list[str] = []
            before: dict[str, Any] | None = None
            for sentence in _SENTENCE.split(words):
                asking = _askers(sentence) or asking
                rungs = _sent(sentence)
                subjects = _subjects(sentence)
                if not rungs:
                    continue
                if before is not None and sentence.startswith("For example"):
                    before["rungs"] += [
                        {"or": rung} for rung in rungs if isinstance(rung, str) and rung not in before["rungs"]
                    ]
                    continue
                before = (
                    {"basis": basis, "rungs": rungs, "clauses": [basis]}
                    | ({"askers": asking} if asking else {})
                    | ({"subjects": subjects} if subjects else {})
                    | {"confirmed": "no"}
                )
                found.append(before)
    return found


def sending(clauses: Sequence[Entry]) -> Iterator[tuple[Entry, str, str]]:
    """Each sentence that sends somebody to somebody: its clause, its words, and whom it names first, as it names them."""
    for clause in clauses:
        for words in (clause.text, *clause.items):
            for sentence in _SENTENCE.split(words):
                if (rungs := _sent(sentence)) and (named := re.search(KEYS[rungs[0]], sentence, re.IGNORECASE)):
                    yield clause, sentence, named[0]


def _sent(sentence: str) -> list[Any]:
    """Whom a sentence sends somebody to, as rungs; none where it sends nobody."""
    for pattern in _SENDS:
        for sends in pattern.finditer(sentence):
            if rungs := _rungs(sends["who"]):
                return rungs
    return []


def names(contact: str, words: str) -> bool:
    """Whether some words name a contact, under any title that it is known by; one of no known title counts as named."""
    return contact not in KEYS or re.search(KEYS[contact], words, re.IGNORECASE) is not None


def _rungs(text: str) -> list[Any]:
    """Whom a text names, in order, joined as it joins them."""
    rungs: list[Any] = []
    named: set[str] = set()
    end = 0
    for who in _WHO.finditer(text):
        key = str(who.lastgroup).replace("_", "-")
        between = text[end : who.start()].casefold()
        end = who.end()
        if key in named:
            continue
        if not rungs:
            if len(between.split()) > 8:
                return []
            rungs.append(key)
        elif re.search(r"\bor\b", between):
            rungs.append({"or": key})
        elif "unresolved" in between or "not resolved" in between:
            rungs.append({"if unresolved": key})
        elif re.search(r"\bthen\b|\band\b", between):
            rungs.append({"then": key})
        else:
            break
        named.add(key)
    return rungs


def contacts_of(clauses: Sequence[Entry]) -> dict[str, Any]:
    """A whole `contacts.yaml`: the usual roles under this council's own titles, the proposed ladders, and defaults."""
    text = " ".join(" ".join((clause.text, *clause.items)) for clause in clauses)
    names = dict(NAMES)
    for key, pattern in (("clerk", _TITLE), ("chair", _CHAIR)):
        titles = [found[1] for found in pattern.finditer(text)]
        if titles:
            names[key] = max(sorted(set(titles)), key=lambda title: (titles.count(title), len(title)))
    known = [{"key": key, "name": name} for key, name in names.items()]
    ladders = ladders_of(clauses)
    return {"contacts": known} | ({"ladders": ladders} if ladders else {}) | {"defaults": DEFAULTS}
