"""What a document says, whatever its format: paragraphs in reading order, and where each stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, for somebody with the file open: a page and a line on it, each from 1, where known."""

    page: int | None = None
    line: int | None = None

    def __str__(self) -> str:
        parts = [f"page {self.page}"] if self.page else []
        parts += [f"line {self.line}"] if self.line else []
        return ", ".join(parts) or "no known place"


class Part(StrEnum):
    """What a paragraph belongs to."""

    BODY = "body"
    HEADER = "header"
    FOOTER = "footer"
    FOOTNOTE = "footnote"
    CONTENTS = "contents"
    """A table of contents, which repeats the headings."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph, its words exactly as written, runs of white space one space; never empty.

    `number` is an automatic number as the format's program prints it ("7.3", "(a)", "1."), None where the number, if
    any, is typed and so part of `text`. `bullet` is true for an automatic or a typed bullet (its mark is not in `text`).
    `depth` is the level of an automatic list, from 0. `heading` is the outline level, from 1, where the format gives
    one. `bold` is true where all of it is bold. `joined` are the places (line or page breaks inside a sentence) where
    lines were joined over a page break. `cell` is true in a table: a cell's words are never a heading.
    """

    text: str
    place: Place
    part: Part = Part.BODY
    number: str | None = None
    bullet: bool = False
    depth: int = 0
    heading: int | None = None
    bold: bool = False
    joined: tuple[Place, ...] = ()
    cell: bool = False


class Severity(StrEnum):
    """How much a finding matters: only told, to be looked at, or to be accepted before publishing."""

    INFO = "info"
    WARNING = "warning"
    SEVERE = "severe"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the clerk should know of. `code` is one of `CODES`; `words` are the document's; `todo` is a sentence."""

    code: str
    severity: Severity
    place: Place
    clause: str | None
    words: str
    todo: str


@dataclass(frozen=True, slots=True)
class Document:
    """A file as read: every word of it is in exactly one paragraph. `title` is what the format's properties call it."""

    paragraphs: tuple[Paragraph, ...]
    title: str | None = None
    findings: tuple[Finding, ...] = ()
