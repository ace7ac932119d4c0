"""Numbers as documents write them: figures, letters, romans."""

from __future__ import annotations

import re

_ROMAN = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)

TYPED = re.compile(
    r"(?P<number>"
    r"\d{1,3}(?:\.\d{1,3}){0,5}(?:\([a-z]{1,4}\))*"
    r"|[A-Z]{1,2}\d{1,3}(?:\.\d{1,3})*"
    r"|\((?:[a-z]{1,2}|[ivxl]{1,6}|\d{1,3}|[A-Z])\)"
    r"|[a-z]\)|[ivx]{1,5}\)"
    r"|(?:[A-H]|[IVX]{1,5})(?=\.\s+[A-Z“])"
    r")(?:(?P<stop>[.):])(?=\s|$|[A-Z“\"'])|(?=\s|$))\s*(?P<words>.*)\Z",
    re.DOTALL,
)
"""A number that opens a paragraph: `7.3`, `7.`, `A3`, `(a)`, `a)`, `(ii)`, with the words after it."""

DIVISION = re.compile(
    r"(?P<kind>part|article|appendix|schedule|annex|section|chapter)\s+(?P<number>\d{1,3}|[A-Z]|[IVXL]{1,6}|one|two|three|four|five|six|seven|eight|nine|ten)\b\s*[:.–—-]?\s*(?P<words>.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
"""`Part 2`, `Article 4`, `Appendix A`, with the words after it."""


def letters(count: int) -> str:
    """1 is a, 26 is z, 27 is aa, as lists go on.

    >>> letters(1), letters(27)
    ('a', 'aa')
    """
    return chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1) if 0 < count < 200 else str(count)


def roman(count: int) -> str:
    """A count as lower-case roman numeral.

    >>> roman(4), roman(19)
    ('iv', 'xix')
    """
    if not 0 < count < 4000:
        return str(count)
    text = ""
    for value, sign in _ROMAN:
        while count >= value:
            text += sign
            count -= value
    return text
