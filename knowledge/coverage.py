"""Whether everything that is quoted is really in the source, and everything in the source is accounted for.

Every word of a source is in exactly one clause, item or heading, or in what `protocol.yaml` declares as furniture (running
headers, signature lines) or metadata (title, adoption and review lines), in the order of the source. Words put together
over a page break are declared as joins. Bullets' marks and numbers are checked, and are not words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from knowledge import yamlfile
from knowledge.errors import BadData
from knowledge.model import CouncilProtocol, Reference

BULLET = re.compile(r"[-–·•*▪◦o]\Z")
"""A mark that opens a bullet, standing alone as a line's first word."""

_ROLES = re.compile(
    r"\b(clerk|proper officer|parish manager|chair(?:man)?|mayor|monitoring officer|line manager)\b", re.IGNORECASE
)
_RAISE = re.compile(r"\b(raised?|reported?|take up|concerns?|referred|dissatisfied|unhappy)\b", re.IGNORECASE)


class Part(StrEnum):
    """Where a word of the source went."""

    CLAUSE = "clause"
    ITEM = "item"
    HEADING = "heading"
    NUMBER = "number"
    FURNITURE = "furniture"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Problem:
    """Where source and protocol part: the source's line (from 1) and word, and what was expected there."""

    line: int
    word: str
    what: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.word!r}: {self.what}"


@dataclass(frozen=True)
class Coverage:
    """How many words of the source went where, and the first problem, if any."""

    counts: Mapping[Part, int]
    problem: Problem | None

    @property
    def words(self) -> int:
        """Words of the source that were accounted for, numbers left out."""
        return sum(count for part, count in self.counts.items() if part is not Part.NUMBER)


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    line: int
    end: int


def check(folder: Path) -> Coverage:
    """Hold a council's `protocol.yaml` against the source that lies beside it.

    Raises:
        BadData: when a file is missing or broken.
    """
    data = yamlfile.read(folder / "protocol.yaml")
    path = folder / data.get("source", "source.txt")
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(
            path, None, "the source cannot be read. Put back the text that the protocol was made from."
        ) from error
    return compare(source, data)


def compare(source: str, data: Mapping[str, Any]) -> Coverage:
    """Hold a protocol, as its file's contents, against its source's text."""
    counts: Counter[Part] = Counter()
    lines = dict(enumerate(source.splitlines(), start=1))
    for part, name in ((Part.FURNITURE, "furniture"), (Part.METADATA, "metadata")):
        for entry in data.get(name, ()):
            line, declared = int(entry["line"]), entry["words"]
            left = _without(lines.get(line, ""), declared)
            if left is None:
                return Coverage(
                    counts, Problem(line, declared, f"is declared as {name} and does not stand on this line")
                )
            lines[line] = left
            counts[part] += len(declared.split())
    found = list(_joined(_words(lines), data.get("joins", ())))
    declared_joins = {(join["before"].split()[-1], join["after"].split()[0]) for join in data.get("joins", ())}
    place = 0
    due = list(_expected(data["body"]))
    for following, (part, expected, opens, optional) in enumerate(due, start=1):
        if place >= len(found) and not optional:
            last = found[-1] if found else _Word("", 1, 1)
            return Coverage(
                counts, Problem(last.line, last.text, f"the source ends here, and {expected!r} should follow")
            )
        if part is Part.NUMBER and place < len(found) and following < len(due):
            found[place : place + 1] = _apart(found[place], expected, due[following][1])
        word = found[place] if place < len(found) else _Word("", 0, 0)
        if optional and not (_prints(word.text, expected) and _goes_on(found, place + 1, due, following)):
            continue
        if not (_prints(word.text, expected) if part is Part.NUMBER else word.text == expected):
            return Coverage(counts, Problem(word.line, word.text, f"the protocol has {expected!r} here"))
        before = found[place - 1] if place else word
        broken = not opens and any(not lines[line].strip() for line in range(before.end + 1, word.line))
        if broken and (before.text, word.text) not in declared_joins:
            return Coverage(
                counts, Problem(word.line, word.text, "this goes on from an earlier paragraph; declare the join")
            )
        counts[part] += 1
        place += 1
    if place < len(found):
        word = found[place]
        return Coverage(
            counts, Problem(word.line, word.text, "this word of the source is in no clause, item or heading")
        )
    return Coverage(counts, None)


def _goes_on(found: Sequence[_Word], place: int, due: Sequence[tuple[Part, str, bool, bool]], following: int) -> bool:
    """Whether the source has at `place` what is due there."""
    return place < len(found) and following < len(due) and found[place].text == due[following][1]


def _apart(word: _Word, number: str, following: str) -> list[_Word]:
    """A number with the word that follows it, where the source prints them without a space (`1.4.“Both`); else the word."""
    printed = word.text.removesuffix(following)
    if printed in ("", word.text) or _prints(word.text, number) or not _prints(printed, number):
        return [word]
    return [_Word(printed, word.line, word.end), _Word(following, word.line, word.end)]


def _prints(word: str, number: str) -> bool:
    """Whether a word prints a number: the whole path, or as lists do, its last step.

    >>> _prints("7.3.", "7.3"), _prints("(a)", "2.2(a)"), _prints("a)", "2.2(a)"), _prints("b)", "2.2(a)")
    (True, True, True, False)
    """
    last = number.rpartition("(")[2] if number.endswith(")") else number
    return word.rstrip(".:)") == number.rstrip(".:)") or word.strip("().:") == last.strip("().:")


def _without(line: str, declared: str) -> str | None:
    """The line without the declared words; None where they do not stand there, spaces apart."""
    pattern = r"\s+".join(re.escape(word) for word in declared.split())
    left, times = re.subn(pattern, " ", line, count=1)
    return left if times else None


def _words(lines: Mapping[int, str]) -> Iterator[_Word]:
    for line, text in sorted(lines.items()):
        words = text.split()
        if len(words) > 1 and BULLET.match(words[0]):
            words = words[1:]
        for word in words:
            yield _Word(word, line, line)


def _joined(words: Iterator[_Word], joins: Sequence[Mapping[str, str]]) -> Iterator[_Word]:
    """The source's words with those put together that a join without a space declares."""
    pairs = {(join["before"].split()[-1], join["after"].split()[0]) for join in joins if not join["with"]}
    held: _Word | None = None
    for word in words:
        if held is not None and (held.text, word.text) in pairs:
            word = _Word(held.text + word.text, held.line, word.end)  # noqa: PLW2901 - the pair stands for the word
        elif held is not None:
            yield held
        held = word
    if held is not None:
        yield held


def _expected(body: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Part, str, bool, bool]]:
    """The words that the source must hold, in order: where each belongs, whether it may open a paragraph, and whether it may lack.

    A clause that bears its heading's number may print it again.
    """
    opened: str | None = None
    for entry in body:
        number = entry.get("number")
        named = number and entry.get("heading", "").casefold().startswith(number.casefold())
        if number and not named and not number.startswith("¶"):
            for word in number.split("~")[0].split("/")[-1].split():
                yield Part.NUMBER, word, True, number.split("~")[0] == opened
        opened = number if "heading" in entry else None
        for part, name in ((Part.HEADING, "heading"), (Part.CLAUSE, "text")):
            for paragraph in entry.get(name, "").split("\n\n"):
                yield from ((part, word, place == 0, False) for place, word in enumerate(paragraph.split()))
        for item in entry.get("items", ()):
            yield from ((Part.ITEM, word, place == 0, False) for place, word in enumerate(item.split()))


def proposed_differences(protocol: CouncilProtocol) -> tuple[tuple[Reference, Reference], ...]:
    """Pairs of clauses that say where a concern goes and name different people, for the clerk to look at.

    A pair that the protocol declares already is left out. It is a proposal: two clauses may differ and both be right.
    """
    naming: list[tuple[Reference, frozenset[str]]] = []
    for clause in protocol.clauses:
        words = " ".join((clause.text, *clause.items))
        roles = frozenset(role.casefold() for role in _ROLES.findall(words))
        if roles and len(_RAISE.findall(words)) > 1:
            naming.append((Reference(protocol.slug, clause.number), roles))
    declared = {frozenset((one.clause, other.clause)) for one, other in protocol.differs}
    return tuple(
        (one, other)
        for place, (one, roles) in enumerate(naming)
        for other, others in naming[place + 1 :]
        if roles != others and frozenset((one, other)) not in declared
    )
