"""Lines of text, as text files and PDFs have them, made into paragraphs: furniture set apart, sentences put together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.importing.document import Document, Finding, Paragraph, Part, Place, Severity
from knowledge.importing.numbers import DIVISION, TYPED

_BULLET = re.compile(r"(?:[-–—•·*▪◦●○■□➢✓]|o(?=\s{1,}[A-Z]))\s+(?P<words>\S.*)\Z", re.DOTALL)
_ENDS = re.compile(r"[.;:?!”’\")\]]\s*\Z|\b(?:and|or)\s*\Z")
_PAGE = re.compile(
    r"(?:page\s+\d+(?:\s*(?:of|/)\s*\d+)?|\d+\s*(?:of|/)\s*\d+|[-–]?\s*\d{1,3}\s*[-–]?|\[bookmark: [^\]]*\])\Z",
    re.IGNORECASE,
)
_STOPS = re.compile(r"[.;:?!”’\")\]]\s*\Z")
_BOOKMARK = re.compile(r"\A\[bookmark: [^\]]*\]\s*")
_TITLE_LINES = 6
_CUT = re.compile(r"[a-z,]\s*\Z|\b[Tt]he\s*\Z")


@dataclass(frozen=True, slots=True)
class Line:
    """A physical line with where it stands. `gap` is true after an empty line or a new page's begin.

    `full` tells whether it reaches the right margin, and so is likely to go on in the next; None where that is unknown.
    """

    text: str
    place: Place
    gap: bool = False
    new_page: bool = False
    full: bool | None = None
    bold: bool = False


def bullet_of(text: str) -> str | None:
    """The words after a typed bullet, or None where there is none.

    >>> bullet_of("• To act"), bullet_of("To act")
    ('To act', None)
    """
    found = _BULLET.match(text)
    return found["words"] if found else None


def paragraphs_of(lines: Sequence[Line], *, wrapped: bool) -> Document:
    """Paragraphs of some lines. `wrapped` lines are broken where the page ends, so that lines of one paragraph join."""
    furniture = _furniture(lines)
    found: list[Paragraph] = []
    findings: list[Finding] = []
    told: set[str] = set()
    after_furniture = False
    last: Line | None = None
    for line in lines:
        text = " ".join(line.text.split())
        if not text:
            continue
        if line in furniture:
            part = furniture[line]
            found.append(Paragraph(text, line.place, part))
            after_furniture = True
            if text not in told:
                told.add(text)
                todo = "It was taken for a running header or footer and left out. Check that it is none of the text."
                findings.append(Finding("furniture-removed", Severity.INFO, line.place, None, text, todo))
            continue
        previous = next((place for place in reversed(range(len(found))) if found[place].part is Part.BODY), None)
        broken = after_furniture or line.new_page
        if mark := _BOOKMARK.match(text):
            text = text[mark.end() :]
            todo = "An editor's mark was left out. It is no part of the protocol; nothing needs doing."
            findings.append(Finding("furniture-removed", Severity.INFO, line.place, None, mark[0].strip(), todo))
        if previous is not None and _goes_on(found[previous].text, text, line, last, wrapped, broken):
            before = found[previous]
            broken = broken or line.gap
            joined = (*before.joined, line.place) if broken else before.joined
            found[previous] = replace(before, text=_put_together(before.text, text), joined=joined)
            if broken:
                words = f"{before.text[-40:]} … {text[:40]}"
                todo = "A sentence was put together over a page break. Check that nothing is missing."
                findings.append(Finding("joined", Severity.INFO, line.place, None, words, todo))
        else:
            found.append(replace(_fresh(text, line.place), bold=line.bold))
        after_furniture = False
        last = line
    return Document(tuple(found), None, tuple(findings))


def _fresh(text: str, place: Place) -> Paragraph:
    words = bullet_of(text)
    return Paragraph(text, place) if words is None else Paragraph(words, place, bullet=True)


def _opens(text: str) -> bool:
    """Whether a line opens a paragraph of its own: a number, a bullet, a division."""
    return bool(bullet_of(text) or TYPED.match(text) or (DIVISION.match(text) and len(text) < 80))


def _goes_on(before: str, text: str, line: Line, last: Line | None, wrapped: bool, broken: bool) -> bool:
    if bullet_of(text):
        return False
    opens = _opens(text)
    small = text[:1].islower() or text[:1] in "(“‘\"'"
    if broken:
        unfinished = before.rstrip().endswith((",", "-")) or (bool(_CUT.search(before)) and not _heading(text))
        unfinished = unfinished or bool(last and last.full and not line.gap and not line.bold)
        return not opens and not _STOPS.search(before) and (small or unfinished)
    if line.gap and not opens and not _STOPS.search(before) and text[:1].islower() and not _heading(before):
        return True
    if line.gap or opens or not wrapped:
        return False
    if last is not None and last.full is not None:
        return last.full or (small and not _STOPS.search(before))
    return small or (not (_ENDS.search(before) and text[:1].isupper() and len(before) < 60) and not _heading(before))


def _heading(text: str) -> bool:
    words = text.split()
    bare = TYPED.match(text)
    start = bare["words"] if bare and bare["words"] else text
    return len(words) <= 9 and not _ENDS.search(text) and start[:1].isupper() and not text.endswith(",")


def _put_together(before: str, text: str) -> str:
    """Two halves of a line: a hyphen between letters stays, since only the clerk knows whether it was the line's."""
    return before + text if before.endswith("-") and not before.endswith(" -") else f"{before} {text}"


def _furniture(lines: Sequence[Line]) -> dict[Line, Part]:
    """Lines that are running headers or footers: page numbers, and what repeats, its figures aside."""
    seen: Counter[str] = Counter()
    for line in lines:
        text = _shape(line.text)
        if text:
            seen[text] += 1
    found: dict[Line, Part] = {}
    filled = [line for line in lines if line.text.strip()]
    for place, line in enumerate(filled):
        text = " ".join(line.text.split())
        shape = _shape(line.text)
        around = filled[place - 1].text if place else ""
        alone = _PAGE.match(text) and not text.isdecimal()
        number = text.isdecimal() and (line.new_page or line.gap) and _interrupts(filled, place)
        repeated = (
            seen[shape] > 1
            and len(text) <= 120
            and not text[:1].islower()
            and bullet_of(text) is None
            and not TYPED.match(text)
        )
        if (
            alone
            or number
            or (repeated and (line.new_page or _interrupts(filled, place) or _page_side(filled, place)))
            or (repeated and around and not _ENDS.search(around) and not _heading(around))
        ):
            found[line] = Part.HEADER
    shapes = {_shape(line.text) for line in found}
    for place, line in enumerate(filled):
        if _shape(line.text) in shapes and seen[_shape(line.text)] > 1:
            found[line] = Part.HEADER
            if place < _TITLE_LINES and line.place.page is None and not _PAGE.match(" ".join(line.text.split())):
                del found[line]  # its first time, at the top, it is the title
                seen[_shape(line.text)] = 0
                shapes_kept = _shape(line.text)
                found |= {other: Part.HEADER for other in filled[place + 1 :] if _shape(other.text) == shapes_kept}
    return found


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", " ".join(text.casefold().split()))


def _interrupts(lines: Sequence[Line], place: int) -> bool:
    """Whether a line stands in the middle of a sentence."""
    before = lines[place - 1].text.strip() if place else ""
    after = lines[place + 1].text.strip() if place + 1 < len(lines) else ""
    return bool(before and after and not _ENDS.search(before) and after[:1].islower())


def _page_side(lines: Sequence[Line], place: int) -> bool:
    """Whether a line is a page's first or last."""
    return lines[place].place.page is not None and (
        place + 1 == len(lines) or lines[place + 1].new_page or lines[place].new_page
    )
