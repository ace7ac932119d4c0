"""From paragraphs to headings, numbered clauses and bullets, with a finding for whatever is not as it should be.

It never refuses: whatever a document holds, every word of its body is in exactly one clause, bullet, heading, title,
metadata or furniture afterwards. Only the numbering is interpreted, never the wording.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from knowledge.errors import BadReference
from knowledge.importing.document import Document, Finding, Paragraph, Part, Place, Severity
from knowledge.importing.numbers import DIVISION, TYPED, letters, roman
from knowledge.model import PartialDate

_ENDS = re.compile(r"[.;:,!?]\s*\Z")
_SIGNATORY = re.compile(
    r"(?:the\s+)?(?:(?:town|parish)\s+clerk|(?:vice[- ])?chair(?:man)?(?:\s+of\s+the\s+council)?|(?:town\s+)?mayor|clerk|proper officer)\Z",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"(?:signed|dated?|signature|name|position|clerk|chair(?:man)?)\b[^.]{0,40}[:_….]*\Z", re.IGNORECASE
)
_METADATA = re.compile(
    r"\(?\s*(?:adopted|approved|reviewed|review|next review|version|doc(?:ument)?\s+(?:number|history|control)|date of|"
    r"minute\b|policy (?:number|ref)|last (?:reviewed|updated)|to be reviewed|author|effective|draft\s*\d)",
    re.IGNORECASE,
)
_LABEL = re.compile(rf"(?={_METADATA.pattern})[^\d]{{3,40}}\Z", re.IGNORECASE)
"""The name of something about the document that stands apart from it, as in a table: `Date of next review`."""
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DATE = re.compile(
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?\s+)?(?P<month>" + "|".join(_MONTHS) + r")\s+(?P<year>(?:19|20)\d\d)"
    r"|(?P<iso>(?:19|20)\d\d-\d\d-\d\d)|(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>(?:19|20)\d\d)|(?P<only>\b(?:19|20)\d\d\b)",
    re.IGNORECASE,
)


@dataclass
class _Clause:
    """A clause while it is put together."""

    number: str
    place: Place
    texts: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """A heading (`heading` set) or a clause of the body, as `protocol.yaml` has them, with where it stands."""

    place: Place
    number: str | None = None
    heading: str | None = None
    level: int = 1
    text: str = ""
    items: tuple[str, ...] = ()

    def to_yaml(self) -> dict[str, Any]:
        """As an entry of a protocol's body."""
        if self.heading is not None:
            return (
                {"heading": self.heading}
                | ({"number": self.number} if self.number else {})
                | {"level": str(self.level)}
            )
        text = {"text": self.text} if self.text else {}
        return {"number": self.number, **text} | ({"items": list(self.items)} if self.items else {})


@dataclass(frozen=True)
class Outcome:
    """What a document was found to say. `metadata` and `furniture` are paragraphs that are no part of the text."""

    title: str | None
    council: str | None
    version: str | None
    adopted: PartialDate | None
    reviewed: PartialDate | None
    review_due: PartialDate | None
    body: tuple[Entry, ...]
    metadata: tuple[Paragraph, ...]
    furniture: tuple[Paragraph, ...]
    findings: tuple[Finding, ...]

    @property
    def clauses(self) -> tuple[Entry, ...]:
        """The body's clauses, in order."""
        return tuple(entry for entry in self.body if entry.heading is None)


def structure(document: Document) -> Outcome:
    """Find the clauses of a document; nothing is refused and no word is lost."""
    return _Structuring(document).outcome()


class _Structuring:
    def __init__(self, document: Document) -> None:
        self._findings = list(document.findings)
        self._furniture = [p for p in document.paragraphs if p.part in {Part.HEADER, Part.FOOTER, Part.CONTENTS}]
        told = {finding.words for finding in self._findings if finding.code == "furniture-removed"}
        for paragraph in self._furniture:
            if paragraph.part is not Part.CONTENTS and paragraph.text not in told:
                told.add(paragraph.text)
                todo = f"This {paragraph.part.value} was left out. Check that it is none of the text."
                self._tell("furniture-removed", Severity.INFO, paragraph.place, None, paragraph.text, todo)
        body = [p for p in document.paragraphs if p.part in {Part.BODY, Part.FOOTNOTE}]
        body, repeated = _without_contents(body)
        self._furniture += repeated
        for paragraph in [*(p for p in document.paragraphs if p.part is Part.CONTENTS), *repeated][:1]:
            self._tell(
                "contents",
                Severity.INFO,
                paragraph.place,
                None,
                paragraph.text,
                "A table of contents, which repeats the headings, was left out. Check that it is one.",
            )
        self._head, rest = self._split(body)
        self._rest = _with_numbers_of_their_own_lines(rest)
        self._document = document
        self._entries: list[Entry | _Clause] = []
        self._seen: dict[str, int] = {}
        self._division = ""
        self._path: list[tuple[str, str]] = []
        self._unnumbered = 0
        self._pending: str | None = None
        self._restarts = self._numbering_restarts()

    def outcome(self) -> Outcome:
        rest, signatures = _without_signatures(self._rest)
        self._furniture += signatures
        for place, paragraph in enumerate(rest):
            self._take(paragraph, rest[place + 1] if place + 1 < len(rest) else None)
        body = tuple(self._finished(entry) for entry in self._entries)
        for entry in body:
            if entry.heading is None and not entry.text and not entry.items:
                self._furniture += [p for p in rest if p.place == entry.place] or [
                    Paragraph(str(entry.number), entry.place, Part.HEADER)
                ]
                todo = "A number stands alone, without words. It was left out."
                self._tell("number-alone", Severity.WARNING, entry.place, entry.number, str(entry.number), todo)
        title, council = self._title()
        metadata = tuple(self._head)
        text = " ".join(p.text for p in self._head)
        dates = {name: _date_after(text, words) for name, words in _DATED.items()}
        outcome = Outcome(
            title,
            council,
            _version(text),
            dates["adopted"],
            dates["reviewed"],
            dates["due"],
            tuple(entry for entry in body if entry.heading is not None or entry.text or entry.items),
            metadata,
            tuple(self._furniture),
            (),
        )
        from knowledge.importing.findings import findings_of

        return Outcome(**{**_fields(outcome), "findings": (*self._findings, *findings_of(outcome, self._document))})

    def _tell(self, code: str, severity: Severity, place: Place, clause: str | None, words: str, todo: str) -> None:
        self._findings.append(Finding(code, severity, place, clause, words[:200], todo))

    def _split(self, body: Sequence[Paragraph]) -> tuple[list[Paragraph], list[Paragraph]]:
        """What stands before the text: title, adoption and review lines; and the text."""
        start = 0
        for place, paragraph in enumerate(body[:40]):
            labelled = place > 0 and bool(_LABEL.match(body[place - 1].text))
            if labelled and len(paragraph.text.split()) < 15:
                start = place + 1
                continue
            if (
                _number_of(paragraph)[0] is not None
                or paragraph.text.isdecimal()
                or (DIVISION.match(paragraph.text) and len(paragraph.text) < 90)
            ):
                break
            following = body[place + 1] if place + 1 < len(body) else None
            heads = following is not None and _opens_text(following) and not _METADATA.match(paragraph.text)
            long_text = len(paragraph.text.split()) > 14 and not _METADATA.match(paragraph.text)
            dated = following is not None and _METADATA.match(following.text)
            marked = ((paragraph.heading or 0) >= 2 and not dated) or paragraph.bullet
            if long_text or marked or (heads and place > 0 and _short(paragraph.text)):
                if (
                    long_text
                    and place > 0
                    and _short(body[place - 1].text)
                    and place > 1
                    and not _METADATA.match(body[place - 1].text)
                ):
                    return list(body[: place - 1]), list(body[place - 1 :])
                break
            start = place + 1
        return list(body[:start]), list(body[start:])

    def _title(self) -> tuple[str | None, str | None]:
        lines = [p.text for p in self._head if not _METADATA.match(p.text) and len(p.text) < 150]
        council = next(
            (
                line
                for line in lines
                if re.search(r"\bcouncil\b", line, re.IGNORECASE)
                and len(line) < 80
                and not re.search(r"protocol|policy|code|standing", line, re.IGNORECASE)
            ),
            None,
        )
        title = next((line for line in lines if line != council), None) or self._document.title
        return title, council

    def _numbering_restarts(self) -> bool:
        """Whether parts or appendices count anew, so that a number alone does not tell a clause."""
        seen: set[str] = set()
        division = False
        for paragraph in self._rest:
            if self._is_division(paragraph):
                division = True
            number, _ = _number_of(paragraph)
            if number is None or number.startswith("("):
                continue
            if number in seen and division:
                return True
            seen.add(number)
        return False

    def _is_division(self, paragraph: Paragraph) -> bool:
        found = DIVISION.match(paragraph.text)
        if not found or paragraph.number or len(paragraph.text) > 110:
            return False
        return not re.search(r"[.;,]\s*\Z", paragraph.text) and (
            not found["words"] or found["words"][:1].isupper() or paragraph.bold
        )

    def _take(self, paragraph: Paragraph, following: Paragraph | None) -> None:
        if self._is_division(paragraph):
            found = DIVISION.match(paragraph.text)
            assert found is not None
            self._division = f"{found['kind'].capitalize()} {found['number']}"
            self._path = []
            self._close()
            self._entries.append(Entry(paragraph.place, self._division, paragraph.text, 1))
            self._pending = None
            return
        number, words = _number_of(paragraph)
        if paragraph.part is Part.FOOTNOTE:
            self._continue(paragraph)
        elif number is not None:
            self._numbered(paragraph, number, words, following)
        elif paragraph.bullet:
            self._current(paragraph).items.append(paragraph.text)
        elif self._repeats_title(paragraph):
            self._furniture.append(paragraph)
            self._tell(
                "furniture-removed",
                Severity.INFO,
                paragraph.place,
                None,
                paragraph.text,
                "It was taken for a running header and left out. Check that it is none of the text.",
            )
        elif self._heads(paragraph, following):
            self._close()
            level = paragraph.heading or (
                2 if any(isinstance(e, Entry) and e.heading and e.number for e in self._entries) else 1
            )
            self._entries.append(Entry(paragraph.place, None, paragraph.text, level))
        else:
            self._continue(paragraph)

    def _numbered(self, paragraph: Paragraph, number: str, words: str, following: Paragraph | None) -> None:
        whole = self._whole(number)
        if self._numbered_heading(paragraph, whole, words, following):
            self._close()
            depth = len(whole.split("/")[-1].removesuffix(".0").split("."))
            self._entries.append(Entry(paragraph.place, whole, words, paragraph.heading or depth))
            self._pending = whole
            return
        self._pending = None
        self._begin(whole, paragraph.place)
        if words:
            self._current(paragraph).texts.append(words)

    def _begin(self, number: str, place: Place) -> None:
        times = self._seen.get(number, 0) + 1
        self._seen[number] = times
        if times > 1:
            self._tell(
                "number-repeated",
                Severity.SEVERE,
                place,
                number,
                number,
                f"This number stands twice; the second is kept as {number}~{times}. Correct the document, or accept it.",
            )
            number = f"{number}~{times}"
        self._entries.append(_Clause(number, place))

    def _continue(self, paragraph: Paragraph) -> None:
        clause = self._entries[-1] if self._entries else None
        note = paragraph.part is Part.FOOTNOTE
        if isinstance(clause, _Clause) and clause.items and note:
            clause.items[-1] += f"\n\n{paragraph.text}"
            todo = "A footnote was put with the bullet that it belongs to."
            self._tell("footnote", Severity.INFO, paragraph.place, clause.number, paragraph.text, todo)
            return
        if (
            isinstance(clause, _Clause)
            and not clause.items
            and (not clause.number.startswith("¶") or note or paragraph.cell)
        ):
            opens = not clause.texts
            clause.texts.append(paragraph.text)
            if note:
                todo = "A footnote was put with the clause that it belongs to."
                self._tell("footnote", Severity.INFO, paragraph.place, clause.number, paragraph.text, todo)
            elif not opens and not clause.number.startswith("¶"):
                todo = "A paragraph without a number was put with the clause above it."
                self._tell("unnumbered-text", Severity.INFO, paragraph.place, clause.number, paragraph.text, todo)
            return
        if isinstance(clause, _Clause) and clause.items:
            todo = f"A paragraph without a number follows the bullets of {clause.number}; it is quoted by itself, under its heading."
            self._tell("after-bullets", Severity.WARNING, paragraph.place, clause.number, paragraph.text, todo)
        if self._pending is not None:
            self._begin(self._pending, paragraph.place)
            self._pending = None
        else:
            self._unnumbered += 1
            self._begin(f"¶{self._unnumbered}", paragraph.place)
        self._current(paragraph).texts.append(paragraph.text)

    def _current(self, paragraph: Paragraph) -> _Clause:
        """The clause that is open, or one for what stands under a heading without a number of its own."""
        if self._entries and isinstance(self._entries[-1], _Clause):
            return self._entries[-1]
        if self._pending is not None:
            self._begin(self._pending, paragraph.place)
            self._pending = None
        else:
            self._unnumbered += 1
            self._begin(f"¶{self._unnumbered}", paragraph.place)
        opened = self._entries[-1]
        assert isinstance(opened, _Clause)
        return opened

    def _close(self) -> None:
        self._pending = None

    def _heads(self, paragraph: Paragraph, following: Paragraph | None) -> bool:
        """Whether an unnumbered paragraph is a heading."""
        if paragraph.heading is not None:
            return True
        if following is None or paragraph.cell or not _short(paragraph.text):
            return False
        last = self._entries[-1] if self._entries else None
        open_list = isinstance(last, _Clause) and last.texts and last.texts[-1].endswith(":") and not last.items
        next_number, _ = _number_of(following)
        if next_number is not None and not next_number.startswith("("):
            return not open_list or paragraph.bold
        return (
            paragraph.bold
            or paragraph.text.isupper()
            or (len(following.text.split()) > 12 and not open_list and self._all_unnumbered())
        )

    def _repeats_title(self, paragraph: Paragraph) -> bool:
        """Whether a line in the text is the title once more, as running headers have it, misspelt or in part."""
        if paragraph.heading is not None or not _short(paragraph.text):
            return False
        text = paragraph.text.casefold()
        for head in self._head:
            title = head.text.casefold()
            if _METADATA.match(head.text) or len(text) < 8:
                continue
            if text in title or difflib.SequenceMatcher(None, text, title[-len(text) - 4 :]).ratio() >= 0.75:
                return True
        return False

    def _all_unnumbered(self) -> bool:
        return not any(isinstance(entry, _Clause) and not entry.number.startswith("¶") for entry in self._entries)

    def _numbered_heading(self, paragraph: Paragraph, whole: str, words: str, following: Paragraph | None) -> bool:
        if not words or number_is_lettered(whole) or (not _short(words) and not words.isupper()):
            return False
        if paragraph.heading is not None or following is None:
            return paragraph.heading is not None
        next_number, _ = _number_of(following)
        if next_number is None:
            return not following.bullet or paragraph.bold or not words.endswith(":")
        if next_number.startswith("("):
            return paragraph.bold or words.isupper()
        child = self._whole(next_number, peek=True)
        stem = whole.removesuffix(".0")
        return child.startswith(f"{stem}.") or (paragraph.bold and words[:1].isupper())

    def _whole(self, number: str, *, peek: bool = False) -> str:
        """The path of a number as printed: letters and romans under the clause that they divide."""
        prefix = f"{self._division}/" if self._restarts and self._division else ""
        path = list(self._path)
        bare = number.strip("()")
        if not number.startswith("(") and not (number.endswith(")") and not number[0].isdigit()):
            path = [("number", prefix + number)]
        else:
            path = _lettered(path, bare)
        if not peek:
            self._path = path
        return "".join(part if kind == "number" else f"({part})" for kind, part in path)

    def _finished(self, entry: Entry | _Clause) -> Entry:
        if isinstance(entry, Entry):
            return entry
        return Entry(entry.place, entry.number, None, 1, "\n\n".join(entry.texts), tuple(entry.items))


def number_is_lettered(number: str) -> bool:
    """Whether a path ends in a letter or roman, and so is never a heading."""
    return number.endswith(")")


def _lettered(path: list[tuple[str, str]], bare: str) -> list[tuple[str, str]]:
    """The path on which a letter, roman or bracketed figure comes next."""
    if bare.isdecimal():
        base = [part for part in path if part[0] != "figure"]
        return [*base, ("figure", bare)]
    for depth in range(len(path) - 1, -1, -1):
        kind, last = path[depth]
        if kind == "letter" and bare == letters(_letter(last) + 1):
            return [*path[:depth], ("letter", bare)]
        if kind == "roman" and bare == roman(_roman(last) + 1):
            return [*path[:depth], ("roman", bare)]
        if kind == "capital" and len(bare) == 1 and len(last) == 1 and ord(bare) == ord(last) + 1:
            return [*path[:depth], ("capital", bare)]
    kind = "capital" if bare.isupper() else "roman" if bare == "i" else "letter"
    base = path
    while base and base[-1][0] == kind:
        base = base[:-1]
    return [*base, (kind, bare)]


def _letter(text: str) -> int:
    return (len(text) - 1) * 26 + ord(text[0]) - ord("a") + 1


def _roman(text: str) -> int:
    return next((count for count in range(1, 60) if roman(count) == text), 0)


def _number_of(paragraph: Paragraph) -> tuple[str | None, str]:
    """The number that a paragraph bears, and its words without it."""
    if paragraph.number:
        number = paragraph.number.strip().rstrip(".:").strip()
        if re.fullmatch(r"[a-z]{1,4}", number) or (paragraph.depth and number.isdecimal()):
            number = f"({number})"  # a letter, or a figure that counts within another's list
        if number.endswith(")") and "(" not in number:
            number = number[:-1] if number[:-1].isdecimal() else f"({number[:-1]})"
        if number and not DIVISION.match(number):
            return number, paragraph.text
    found = TYPED.match(paragraph.text)
    if not found:
        return None, paragraph.text
    number, words = found["number"], found["words"]
    plain = number.isdecimal()
    if re.fullmatch(r"[A-H]", number):
        number = f"({number})"
    if paragraph.bullet and (plain or number.startswith("(")):
        return None, paragraph.text
    if plain and not found["stop"] and (not words or not words[:1].isupper() or len(number) > 2):
        return None, paragraph.text
    if (
        number.isalpha()
        and re.match(r"[A-Z][\w.’']*(?:\s|$)", words)
        and len(words.split()) == 1
        and not words.isupper()
    ):
        return None, paragraph.text  # somebody's initial and name
    if number[0].isupper() and not words:
        return None, paragraph.text
    if number.endswith(")") and "(" not in number:
        number = f"({number[:-1]})"
    return number, words


def _short(text: str) -> bool:
    text = re.sub(r"(?:\s*\[\^?\w{1,3}\])+\Z", "", text)  # marks of footnotes
    words = text.split()
    return (
        0 < len(words) <= 13
        and len(text) <= 100
        and not _ENDS.search(text)
        and (text[:1].isupper() or text[:1].isdigit())
    )


def _opens_text(paragraph: Paragraph) -> bool:
    """Whether a numbered paragraph is a clause and no heading, so that what stands above it is one."""
    number, words = _number_of(paragraph)
    return number is not None and not _short(words)


def _with_numbers_of_their_own_lines(body: Sequence[Paragraph]) -> list[Paragraph]:
    """Figures that stand alone put before the heading after them, where clauses below them bear them: `2`, `Roles`, `2.1`."""
    numbers = {number for p in body if (number := _number_of(p)[0])}
    found: list[Paragraph] = []
    held: Paragraph | None = None
    for paragraph in body:
        if held is not None:
            if _number_of(paragraph)[0] is None and paragraph.part is Part.BODY and not paragraph.bullet:
                found.append(replace(paragraph, number=held.text, place=held.place))
            else:
                found += [held, paragraph]
            held = None
        elif paragraph.text.isdecimal() and not paragraph.number and f"{paragraph.text}.1" in numbers:
            held = paragraph
        else:
            found.append(paragraph)
    return [*found, *([held] if held is not None else [])]


def _without_contents(body: Sequence[Paragraph]) -> tuple[list[Paragraph], list[Paragraph]]:
    """The body, and a table of contents: short lines with dots or page numbers that later stand again as headings."""
    texts = [re.sub(r"[\s.…_]*\d{0,3}\s*\Z", "", p.text).casefold() for p in body]
    found = {
        place
        for place, p in enumerate(body[:120])
        if re.search(r"(?:\.{3,}|…|\s{2,}|\t)\s*\d{1,3}\Z", p.text) and len(p.text) < 140
    }
    found |= {
        place
        for place, p in enumerate(body[:120])
        if re.search(r"\s\d{1,3}\Z", p.text) and texts[place] in texts[place + 1 :] and len(p.text) < 100
    }
    found |= {
        place
        for place, p in enumerate(body[:60])
        if p.text.strip().casefold() in {"contents", "table of contents"} and place + 1 in found
    }
    return [p for place, p in enumerate(body) if place not in found], [body[place] for place in sorted(found)]


def _without_signatures(body: Sequence[Paragraph]) -> tuple[list[Paragraph], list[Paragraph]]:
    """The body, and the lines for signatures at its end."""
    kept = list(body)
    taken: list[Paragraph] = []
    while (
        kept
        and len(taken) < 8
        and (
            _SIGNATURE.match(re.sub(r"[._…]{2,}", " ", kept[-1].text).strip())
            or _SIGNATORY.match(kept[-1].text)
            or (len(kept) > 3 and _METADATA.match(kept[-1].text) and len(kept[-1].text) < 80)
        )
        and not kept[-1].number
        and not kept[-1].bullet
    ):
        taken.insert(0, kept.pop())
    return kept, taken


_DATED = {
    "adopted": r"(?:adopted|approved|effective)",
    "reviewed": r"(?:last )?reviewed",
    "due": r"(?:next (?:due )?review(?: date)?|review due|next due review|due for review)",
}


def _date_after(text: str, words: str) -> PartialDate | None:
    """The first date after some words, within the same breath."""
    for found in re.finditer(words, text, re.IGNORECASE):
        date = _DATE.search(text, found.end(), found.end() + 60)
        if date:
            return _partial(date)
    return None


def _partial(date: re.Match[str]) -> PartialDate | None:
    if date["iso"]:
        parts = [date["iso"]]
    elif date["month"]:
        month = _MONTHS.index(date["month"].casefold()) + 1
        parts = [date["year"], f"{month:02d}", *([f"{int(date['day']):02d}"] if date["day"] else [])]
    elif date["y"]:
        parts = [date["y"], f"{int(date['m']):02d}", f"{int(date['d']):02d}"]
    else:
        parts = [date["only"]]
    try:
        return PartialDate.parse("-".join(parts))
    except BadReference:
        return None


def _version(text: str) -> str | None:
    found = re.search(r"\bversion(?:\s+no)?[:.\s]+(\d+(?:\.\d+)*)", text, re.IGNORECASE)
    return found[1] if found else None


def _fields(outcome: Outcome) -> dict[str, Any]:
    return {name: getattr(outcome, name) for name in outcome.__dataclass_fields__}
