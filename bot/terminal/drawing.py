"""Answers drawn for a terminal, or as plain text where there is none. Nothing here decides or rewords anything.

In a terminal lines are broken at spaces, and the deciding sentence and whom to go to stand out; plain text has neither.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot import wording
from bot.answer import Answer, LookUp, Quote
from bot.presentation import Shown, present, present_look_up
from knowledge.model import Council

_BOLD, _DIM, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[0m"
_CODE = re.compile(r"\x1b\[\d+m")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_MARGIN = "  │ "
_INDENT = "    "
_BULLET = "• "
NARROWEST, WIDEST = 40, 100
"""Columns of a drawn line: a wider window is not filled, since long lines are hard to read."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What is drawn on. `width` is in columns, None for unbroken lines; `colour` allows bold and dim."""

    width: int | None = None
    colour: bool = False

    @classmethod
    def of_terminal(cls, columns: int, colour: bool) -> Paper:
        """A terminal so many columns wide."""
        return cls(max(NARROWEST, min(columns, WIDEST)), colour)

    def bold(self, text: str) -> str:
        """`text` so that it stands out, where that can be."""
        return f"{_BOLD}{text}{_RESET}" if self.colour and text else text

    def dim(self, text: str) -> str:
        """`text` so that it stands back, where that can be."""
        return f"{_DIM}{text}{_RESET}" if self.colour and text else text

    @property
    def margin(self) -> str:
        """What stands before every line of a quotation."""
        return _INDENT if self.width is None else self.dim(_MARGIN)

    def lines(self, text: str, indent: str = "") -> list[str]:
        """The bot's own words, broken to the width."""
        if self.width is None:
            return [indent + text]
        return textwrap.wrap(
            text,
            self.width,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


def draw_answer(answer: Answer, council: Council, paper: Paper) -> str:
    """An answer, top to bottom as `bot.presentation` lays it out."""
    shown = present(answer, council)
    blocks: list[list[str]] = []
    if shown.urgent:
        services = [line for contact in shown.urgent for line in paper.lines(f"{contact.name}: {contact.how}", _INDENT)]
        blocks.append([paper.bold(wording.URGENT), *services])
    if shown.opening:
        blocks.append(paper.lines(shown.opening))
    blocks += [_quotation(entry, paper) for entry in shown.quotes]
    blocks += [_quotation(entry, paper, f"{number}. ") for number, entry in enumerate(shown.choices, start=1)]
    if shown.contact:
        contact = [paper.bold(line) for line in paper.lines(shown.contact)]
        blocks.append([*contact, *(paper.lines(shown.reason) if shown.reason else [])])
        blocks += [[line for how in shown.how for line in paper.lines(how)]] if shown.how else []
    if shown.related:
        cited = [_cited(entry, council) for entry in shown.related]
        blocks.append([wording.SEE_ALSO, *(line for entry in cited for line in paper.lines(entry, _INDENT))])
    notices = [
        *shown.notices,
        *([wording.PRIVATE_HERE] if answer.private and answer.question.where == "channel" else []),
    ]
    if notices:
        blocks.append([paper.dim(line) for notice in notices for line in paper.lines(notice)])
    return _page(blocks)


def draw_look_up(found: LookUp, paper: Paper, notices: Sequence[str] = ()) -> str:
    """A looked-up clause, section or search: the document cited in full once, then each place in it."""
    shown = present_look_up(found)
    blocks = [paper.lines(shown.opening)] if shown.opening else []
    before: list[Quote] = []
    for entry in shown.quotes:
        under_its_list = any(earlier.text == entry.quote.lead for earlier in before)
        blocks.append(_quotation(entry, paper, lead=not under_its_list, in_full=not before))
        before.append(entry.quote)
    blocks += [[paper.dim(line) for line in paper.lines(notice)] for notice in (*notices, *shown.notices)]
    return _page(blocks)


def draw_protocol(council: Council, paper: Paper) -> str:
    """A whole protocol: its title and headings, and every clause with its number, in the order of the source."""
    protocol = council.protocol
    edition = f", {protocol.edition}" if protocol.edition else ""
    blocks = [[paper.bold(f"{protocol.council}: {protocol.title}{edition}")]]
    opened: dict[int, list[str]] = {section.clauses[0]: [] for section in protocol.sections if section.clauses}
    for section in protocol.sections:
        if section.clauses:
            named = section.number is not None and section.heading.casefold().startswith(str(section.number).casefold())
            number = f"{section.number} " if section.number and not named else ""
            opened[section.clauses[0]].append(paper.bold(f"{number}{section.heading}"))
    for place, clause in enumerate(protocol.clauses):
        blocks += [[heading] for heading in opened.get(place, ())]
        lines = _set_apart(clause.text, None, paper) if clause.text else []
        lines += [line for item in clause.items for line in _set_apart(item, None, paper, _BULLET)]
        blocks.append([str(clause.number), *lines])
    return _page(blocks)


def draw_contacts(council: Council, paper: Paper, notices: Sequence[str] = ()) -> str:
    """Whom a council's people go to: each contact, each ladder with its clause, and the usual contact of each asker."""
    contacts, protocol = council.contacts, council.protocol
    names = {key: contact.name for key, contact in contacts.known.items()}
    known = [f"{contact.name}: {contact.how}" if contact.how else contact.name for contact in contacts.known.values()]
    blocks = [[paper.bold(council.name), *(line for entry in known for line in paper.lines(entry, _INDENT))]]
    ladders = []
    for ladder in contacts.ladders:
        line = wording.ladder_line(ladder, names, protocol)
        ladders += paper.lines(line, _INDENT)
    blocks += [[paper.bold(wording.LADDERS), *ladders]] if ladders else []
    usual = [wording.default_line(role, [names[key] for key in keys]) for role, keys in contacts.defaults.items()]
    blocks.append([paper.bold(wording.DEFAULTS), *(line for entry in usual for line in paper.lines(entry, _INDENT))])
    blocks += [[paper.dim(line) for line in paper.lines(notice)] for notice in notices]
    return _page(blocks)


def _page(blocks: Sequence[Sequence[str]]) -> str:
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks if block)


def _cited(entry: Shown, council: Council) -> str:
    own = entry.quote.protocol.slug == council.protocol.slug
    return entry.quote.place if own else entry.quote.citation


def _quotation(entry: Shown, paper: Paper, before: str = "", *, lead: bool = True, in_full: bool = True) -> list[str]:
    """A quotation set apart, with its mark above and its citation beneath; only the citation where words would change."""
    quote = entry.quote
    cited = paper.lines(f"— {quote.citation if in_full else quote.place}", _INDENT)
    marks = paper.lines(f"{before}{entry.mark or ''}".rstrip()) if before or entry.mark else []
    bullet = _BULLET if quote.item is not None else ""
    parts: list[tuple[str, tuple[int, int] | None, str]] = [(quote.lead or "", None, "")] if lead else []
    parts += [(quote.text, quote.emphasis, bullet), *((item, None, _BULLET) for item in quote.items)]
    lines: list[str] = []
    for text, emphasis, mark in parts:
        drawn = _set_apart(text, emphasis, paper, mark) if text else []
        if not is_verbatim(drawn, text, paper, mark):
            return [*marks, *paper.lines(wording.UNVERIFIED), *cited]
        lines += drawn
    return [*marks, *lines, *map(paper.dim, cited)]


def _set_apart(text: str, emphasis: tuple[int, int] | None, paper: Paper, mark: str = "") -> list[str]:
    """Quoted words on lines of their own: broken only at spaces, `emphasis` bold, nothing added but margin and mark."""
    width = None if paper.width is None else paper.width - len(_MARGIN) - len(mark)
    strong_from, strong_to = emphasis or (0, 0)
    drawn: list[str] = []
    for start, end in spans(text, width):
        inner_from, inner_to = max(start, strong_from), min(end, strong_to)
        line = text[start:end]
        if inner_from < inner_to:
            line = text[start:inner_from] + paper.bold(text[inner_from:inner_to]) + text[inner_to:end]
        drawn.append(paper.margin + (" " * len(mark) if drawn else mark) + line)
    return drawn


def is_verbatim(lines: Sequence[str], text: str, paper: Paper, mark: str = "") -> bool:
    """Whether drawn lines show exactly `text` once codes, margin and mark are taken away and lines joined again.

    Never where `text` holds control characters, which a terminal would obey instead of showing.
    """
    taken = len(_CODE.sub("", paper.margin)) + len(mark)
    return not _CONTROL.search(text) and " ".join(_CODE.sub("", line)[taken:] for line in lines) == text.replace(
        "\n", " "
    )


def spans(text: str, width: int | None) -> Iterator[tuple[int, int]]:
    r"""Where each line of `text` starts and ends (end excluded), at most `width` columns where a space allows it.

    Between two lines lies one space or one line break of the text and nothing else, so nothing is lost.

    >>> list(spans("one two\n\nthree", 5))
    [(0, 3), (4, 7), (8, 8), (9, 14)]
    """
    start = 0
    for paragraph in text.split("\n"):
        end = start + len(paragraph)
        while width is not None and end - start > width:
            cut = text.rfind(" ", start, start + width + 1)
            if cut <= start:
                cut = text.find(" ", start + 1, end)
            if cut < 0:
                break
            yield start, cut
            start = cut + 1
        yield start, end
        start = end + 1
