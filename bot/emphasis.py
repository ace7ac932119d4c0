"""Which sentence of a clause decides a question: marked for the reader's eye, never reworded."""

from __future__ import annotations

import re

from knowledge.text import tokens

_END = re.compile(r"(?<=[.!?;])[”\"’)\]]*\s+(?=[A-Z“\"‘(\[])|\n\s*\n")
_NO_END = re.compile(r"(?:\b(?:e\.g|i\.e|etc|cl|para|no|Cllr|Cllrs|Mr|Mrs|Ms|Dr|St)\.|\b[A-Z]\.)\Z")
_RULE = re.compile(
    r"\b(?:must|should|shall|may|can|cannot|never|no power|not|only|entitled|responsible|right|prohibits?|referred|reported|raised?)\b",
    re.IGNORECASE,
)
_RULE_WORTH = 0.5
"""What a word that lays down a rule is worth beside a word shared with the question, once a sentence."""


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence of `text` starts and ends (end excluded), in order, spaces between them left out.

    >>> [text[a:b] for text in ["Ask e.g. the Clerk. He knows."] for a, b in sentences(text)]
    ['Ask e.g. the Clerk.', 'He knows.']
    """
    found: list[tuple[int, int]] = []
    start = 0
    for end in _END.finditer(text):
        if "\n" not in end.group() and _NO_END.search(text[start : end.start()]):
            continue
        closing = end.start() + len(end.group()) - len(end.group().lstrip('”"’)]'))
        if text[start:closing].strip():
            found.append((start, closing))
        start = end.end()
    if text[start:].strip():
        found.append((start, start + len(text[start:].rstrip())))
    return found


def deciding_sentence(text: str, question: str) -> tuple[int, int] | None:
    """Offsets of the sentence that shares most with the question, rules before descriptions; None where there is one sentence.

    None, too, where no sentence stands out by a shared word.
    """
    spans = sentences(text)
    if len(spans) < 2:
        return None
    asked = set(tokens(question))

    def shared(span: tuple[int, int]) -> int:
        return len(asked & set(tokens(text[span[0] : span[1]])))

    best = max(
        spans,
        key=lambda span: (shared(span) + _RULE_WORTH * bool(_RULE.search(text[span[0] : span[1]])), -span[0]),
    )
    return best if shared(best) else None
