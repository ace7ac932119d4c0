"""What a clerk should know of an imported document: each fault with where it stands and what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from knowledge.importing.document import Document, Finding, Part, Place, Severity
from knowledge.importing.proposals import sending
from knowledge.model import ClauseNumber

if TYPE_CHECKING:
    from knowledge.importing.structure import Entry, Outcome

CODES = {
    "numbering-restored": "automatic numbers were worked out",
    "tracked-changes": "tracked changes were taken as accepted",
    "text-box": "text boxes were read",
    "furniture-removed": "a running header or footer was left out",
    "joined": "a sentence was put together over a page break",
    "contents": "a table of contents was left out",
    "number-missing": "a number is missing between two others",
    "number-repeated": "a number stands twice",
    "number-alone": "a number stands without words",
    "number-out-of-order": "a number comes before its place",
    "unnumbered-text": "a paragraph without a number was put with the clause above",
    "after-bullets": "a paragraph without a number follows a list",
    "footnote": "a footnote was put with its clause",
    "unnumbered-bullets": "bullets without numbers are counted by their place",
    "cut-short": "a sentence seems to be cut short",
    "dangling-reference": "a clause is referred to that does not exist",
    "other-title": "somebody is called by a title that is not this council's",
    "names-contact": "the text names somebody to go to",
    "placeholder": "a place left for filling in",
    "words-lost": "words of the source went nowhere",
    "no-clauses": "no clause was found",
}
"""Every code and what it means."""

_TITLES = re.compile(r"\b(Town Clerk|Parish Clerk|Parish Manager|Town Manager|Chief Officer|Executive Officer)\b")
_PLACEHOLDER = re.compile(
    r"\[(?!bookmark|\^)[^\]]{2,80}\]|\binsert (?:name|date|council)\b|_{4,}|\bxx+\b|<insert[^>]*>", re.IGNORECASE
)
_REFERENCE = re.compile(
    r"\b(?:clause|paragraph|para|section)s?\s+(\d+(?:\.\d+)*)(?!\s*(?:\(\d+\)\s*)?of\s+the\s+[A-Z])", re.IGNORECASE
)
_CUT = re.compile(r"\b(?:the|a|an|of|to|or|and|their|personal|any|with|for|in|by)\Z|,\Z", re.IGNORECASE)


def findings_of(outcome: Outcome, document: Document) -> tuple[Finding, ...]:
    """Everything that the clerk should know, in the order of the source within each kind."""
    clauses = outcome.clauses
    found = [
        *_numbers(outcome.body),
        *_bullets(clauses),
        *_cut(clauses),
        *_references(outcome),
        *_titles(clauses),
        *_contacts(clauses),
        *_placeholders(clauses),
        *_lost(outcome, document),
    ]
    if not clauses:
        todo = "Is this the protocol? Bring the file that the council adopted."
        found.append(Finding("no-clauses", Severity.SEVERE, Place(), None, "", todo))
    return tuple(found)


def _numbers(body: Sequence[Entry]) -> Iterator[Finding]:
    siblings: dict[str, list[tuple[int, Entry]]] = {}
    for clause in body:
        number = re.fullmatch(r"(.*?)(\d+)(?:~\d+)?", str(clause.number))
        if number and not str(clause.number).startswith("¶"):
            siblings.setdefault(number[1], []).append((int(number[2]), clause))
    for stem, family in siblings.items():
        for (one, _), (two, clause) in pairwise(family):
            if two < one:
                todo = f"{stem}{two} stands after {stem}{one}. Is the order right?"
                yield Finding(
                    "number-out-of-order", Severity.WARNING, clause.place, clause.number, str(clause.number), todo
                )
            elif two > one + 1:
                missing = ", ".join(f"{stem}{number}" for number in range(one + 1, min(two, one + 6)))
                todo = f"Between {stem}{one} and {stem}{two} there is no {missing}. Is something missing?"
                yield Finding("number-missing", Severity.WARNING, clause.place, clause.number, missing, todo)


def _bullets(clauses: Sequence[Entry]) -> Iterator[Finding]:
    for clause in clauses:
        if clause.items:
            todo = f"Its {len(clause.items)} bullets bear no numbers and are quoted by their place, as bullet 1, 2 and so on."
            yield Finding("unnumbered-bullets", Severity.INFO, clause.place, clause.number, clause.items[0][:120], todo)


def _cut(clauses: Sequence[Entry]) -> Iterator[Finding]:
    for clause in clauses:
        ended = [item for item in clause.items if item.rstrip().endswith((".", ";", ",", "and", "or"))]
        for item in clause.items[:-1]:
            unlike = len(ended) >= 0.7 * len(clause.items) and item not in ended
            if unlike or _CUT.search(item.removesuffix(" and").removesuffix(" or").rstrip(",")):
                yield _cut_short(clause, item)
        paragraphs = clause.text.split("\n\n") if clause.text else []
        for paragraph in paragraphs:
            if len(paragraph.split()) > 8 and _CUT.search(paragraph.rstrip()):
                yield _cut_short(clause, paragraph)


def _cut_short(clause: Entry, words: str) -> Finding:
    todo = "This seems to be cut short. Compare it with the paper; if the paper has the same, it is kept as it is."
    return Finding("cut-short", Severity.WARNING, clause.place, clause.number, words[-120:], todo)


def _references(outcome: Outcome) -> Iterator[Finding]:
    known = {str(entry.number) for entry in outcome.body if entry.number}
    known |= {str(parent) for number in known if (parent := ClauseNumber(number).parent)}
    for clause in outcome.clauses:
        for words in (clause.text, *clause.items):
            for found in _REFERENCE.finditer(words):
                if found[1] not in known and f"{found[1]}.0" not in known:
                    todo = f"It refers to {found[0]}, which does not exist here. Correct the document, or leave it."
                    yield Finding("dangling-reference", Severity.WARNING, clause.place, clause.number, found[0], todo)


def _titles(clauses: Sequence[Entry]) -> Iterator[Finding]:
    counts = Counter(
        found[1] for clause in clauses for words in (clause.text, *clause.items) for found in _TITLES.finditer(words)
    )
    own = counts.most_common(1)[0][0] if counts else None
    for clause in clauses:
        others = {found[1] for words in (clause.text, *clause.items) for found in _TITLES.finditer(words)} - {own}
        for title in sorted(others):
            todo = f"It says “{title}” where the rest says “{own}”. It is quoted as it stands."
            yield Finding("other-title", Severity.WARNING, clause.place, clause.number, title, todo)


def _contacts(clauses: Sequence[Entry]) -> Iterator[Finding]:
    for clause, words, named in sending(clauses):
        todo = f"It names somebody to go to ({named}): confirm it with `protocol-guide confirm`."
        yield Finding("names-contact", Severity.INFO, clause.place, clause.number, words[:200], todo)


def _placeholders(clauses: Sequence[Entry]) -> Iterator[Finding]:
    for clause in clauses:
        for words in (clause.text, *clause.items):
            for found in _PLACEHOLDER.finditer(words):
                todo = "A place left for filling in. Fill it in and adopt it, or leave it: it is quoted as it stands."
                yield Finding("placeholder", Severity.WARNING, clause.place, clause.number, found[0], todo)


def _lost(outcome: Outcome, document: Document) -> Iterator[Finding]:
    """Words of the source that stand nowhere; there must be none."""
    kept = Counter(
        word
        for part in (
            *(
                f"{entry.heading or ''} {entry.number or ''} {entry.text} {' '.join(entry.items)}"
                for entry in outcome.body
            ),
            *(p.text for p in (*outcome.metadata, *outcome.furniture)),
        )
        for word in _words(part)
    )
    for paragraph in document.paragraphs:
        if paragraph.part is Part.CONTENTS:
            continue
        missing = Counter(_words(paragraph.text)) - kept
        kept -= Counter(_words(paragraph.text))
        if missing:
            todo = "These words are in no clause. Tell whoever runs the program; until then, do not publish."
            yield Finding("words-lost", Severity.SEVERE, paragraph.place, None, " ".join(missing), todo)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)
