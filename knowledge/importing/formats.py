"""PDF, OpenDocument, HTML, Markdown and text: each to paragraphs with where they stand."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from typing import Any

from knowledge.errors import Unreadable
from knowledge.importing.archive import Archive
from knowledge.importing.document import Document, Paragraph, Part, Place
from knowledge.importing.lines import Line, bullet_of, paragraphs_of
from knowledge.importing.numbers import TYPED, letters, roman

LONGEST = 4_000_000
"""Characters of a text, its markup included: a thousand pages and more."""
Progress = Callable[[int, int], None]

_T = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_S = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_BLOCKS = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "dt",
        "dd",
        "td",
        "th",
        "blockquote",
        "pre",
        "caption",
        "address",
        "figcaption",
        "summary",
    ]
)
_UNSEEN = frozenset(["script", "style", "head", "template", "noscript", "nav", "button", "select"])


def read_text(data: bytes) -> Document:
    """Text in any common encoding. Each line is a paragraph where lines are long; else they are put together."""
    text = _within(decode(data)).replace("\r\n", "\n").replace("\r", "\n")
    lines = _lines(text)
    lengths = [len(line.text) for line in lines if line.text.strip()]
    return paragraphs_of(lines, wrapped=bool(lengths) and max(lengths) <= 130)


def decode(data: bytes) -> str:
    """Text from bytes.

    Raises:
        Unreadable: when they are no text in any common encoding.
    """
    from charset_normalizer import from_bytes

    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):  # every other byte of English text is zero there
        if len(data) > 8 and data[offset:4_000:2].count(0) > 0.7 * len(data[offset:4_000:2]):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        if b"\0" in data:
            raise Unreadable("This is no text. Save the protocol as .docx, .pdf, .odt, .html or .txt.") from None
        best = from_bytes(data).best()
        return str(best) if best is not None else data.decode("cp1252", errors="replace")


def _within(text: str) -> str:
    """The text, where it is not longer than any protocol.

    Raises:
        Unreadable: when it is.
    """
    if len(text) > LONGEST:
        raise Unreadable("The file holds far more than a protocol. Save the protocol by itself.")
    return text


def _lines(text: str) -> list[Line]:
    found: list[Line] = []
    gap = True
    for number, raw in enumerate(text.split("\n"), start=1):
        new_page = "\f" in raw
        plain = "".join(" " if ord(letter) < 32 or letter == "\u00a0" else letter for letter in raw)
        if plain.strip():
            found.append(Line(plain, Place(None, number), gap, new_page))
            gap = False
        else:
            gap = True
    return found


def read_markdown(data: bytes) -> Document:
    """Markdown: headings, paragraphs, lists with the numbers that they print."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": False}).enable("table").parse(_within(decode(data)))
    found: list[Paragraph] = []
    lists: list[list[Any]] = []
    opened: str | None = None
    heading: int | None = None
    bullet = cell = False
    for token in tokens:
        match token.type:
            case "table_open" | "table_close":
                cell = token.type == "table_open"
            case "heading_open":
                heading = int(token.tag[1:])
            case "ordered_list_open" | "bullet_list_open":
                lists.append([token.type.startswith("ordered")])
            case "ordered_list_close" | "bullet_list_close":
                lists.pop()
            case "list_item_open":
                ordered = lists[-1][0]
                opened, bullet = (token.info if ordered else None), not ordered
            case "list_item_close":
                opened, bullet = None, False
            case "inline" | "code_block" | "fence" | "html_block":
                text = _inline(token) if token.type == "inline" else token.content
                for part in text.split("\n\n"):
                    words = " ".join(part.split())
                    if words:
                        place = Place(None, token.map[0] + 1 if token.map else None)
                        number = f"{opened}." if opened is not None else None
                        depth = max(0, len(lists) - 1)
                        found.append(Paragraph(words, place, Part.BODY, number, bullet, depth, heading, cell=cell))
                        opened, bullet = None, False
                heading = None
            case _:
                pass
    return Document(tuple(_typed(paragraph) for paragraph in found))


def _inline(token: Any) -> str:
    parts: list[str] = []

    def walk(children: Any) -> None:
        for child in children or ():
            if child.type in {"softbreak", "hardbreak"}:
                parts.append(" ")
            elif child.type in {"text", "code_inline", "html_inline"}:
                parts.append(child.content)
            walk(child.children)

    walk(token.children)
    return "".join(parts)


def _typed(paragraph: Paragraph) -> Paragraph:
    words = None if paragraph.number or paragraph.bullet else bullet_of(paragraph.text)
    if words is None:
        return paragraph
    return replace(paragraph, text=words, number=None, bullet=True)


def read_html(data: bytes) -> Document:
    """HTML: headings, paragraphs, tables, lists with their numbers worked out."""
    from lxml import html

    text = _within(decode(data))
    try:
        root = html.document_fromstring(
            text.encode(), parser=html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
        )
    except Exception as error:  # lxml raises errors of several families on malformed markup
        raise Unreadable("This is no HTML that can be read. Open it in a browser and save it as .txt.") from error
    found: list[Paragraph] = []
    counts: list[list[Any]] = []
    held: list[str] = []
    state: dict[str, Any] = {"heading": None, "number": None, "bullet": False, "line": None, "cells": 0}

    def flush() -> None:
        text = " ".join("".join(held).split())
        held.clear()
        if text:
            place = Place(None, state["line"])
            depth = max(0, len(counts) - 1)
            number, bullet, heading = state["number"], state["bullet"], state["heading"]
            found.append(
                _typed(Paragraph(text, place, Part.BODY, number, bullet, depth, heading, cell=state["cells"] > 0))
            )
            state["number"], state["bullet"] = None, False

    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        element, leaving = stack.pop()
        if not isinstance(element.tag, str) or element.tag in _UNSEEN:
            if not leaving and element.tail and element.getparent() is not None:
                held.append(element.tail)
            continue
        tag = element.tag.lower()
        if leaving:
            if tag in _BLOCKS or tag in {"ol", "ul", "div", "section", "body", "tr", "table"}:
                flush()
            if tag in {"ol", "ul"} and counts:
                counts.pop()
            state["cells"] -= tag in {"td", "th"}
            if tag.startswith("h") and tag[1:].isdecimal():
                state["heading"] = None
            if element is not root and element.tail:
                held.append(element.tail)
            continue
        if tag in _BLOCKS or tag in {"ol", "ul", "div", "section", "tr", "table"}:
            flush()
            state["line"] = element.sourceline
        state["cells"] += tag in {"td", "th"}
        if tag in {"ol", "ul"}:
            start = element.get("start", "1")
            counts.append(
                [tag == "ol", element.get("type", "1"), (int(start) if start.lstrip("-").isdecimal() else 1) - 1]
            )
        elif tag == "li" and counts:
            value = element.get("value", "")
            counts[-1][2] = int(value) if value.isdecimal() else counts[-1][2] + 1
            state["number"] = _counted(counts[-1][1], counts[-1][2]) if counts[-1][0] else None
            state["bullet"] = not counts[-1][0]
        elif tag.startswith("h") and tag[1:].isdecimal():
            state["heading"] = int(tag[1:])
        elif tag == "br":
            held.append(" ")
        if element.text:
            held.append(element.text)
        stack.append((element, True))
        stack += [(child, False) for child in reversed(element)]
    flush()
    title = root.find(".//title")
    return Document(tuple(found), " ".join((title.text or "").split()) or None if title is not None else None)


def _counted(kind: str, count: int) -> str:
    match kind:
        case "a" | "A":
            text = letters(count)
        case "i" | "I":
            text = roman(count)
        case _:
            return f"{count}."
    return f"({text.upper() if kind.isupper() else text})"


def read_odt(archive: Archive) -> Document:
    """OpenDocument text: headings, paragraphs, lists with their numbers worked out."""
    root = archive.xml("content.xml")
    found: list[Paragraph] = []
    if root is not None:
        forms = _list_forms(root) | _list_forms(archive.xml("styles.xml"))
        for line, paragraph in enumerate(_odt_paragraphs(root, forms), start=1):
            found.append(_typed(replace(paragraph, place=Place(None, line))))
    styles = archive.xml("styles.xml")
    if styles is not None:
        for name, part in (("header", Part.HEADER), ("footer", Part.FOOTER)):
            texts = [_odt_text(p) for area in styles.iter(f"{_S}{name}") for p in area.iter(f"{_T}p")]
            found += [Paragraph(text, Place(), part) for text in dict.fromkeys(texts) if text]
    return Document(tuple(found))


def _list_forms(root: Any | None) -> dict[str, dict[int, tuple[str, str, str, int, int]]]:
    """For each list style and level: form, prefix, suffix, levels shown and start; a bullet's form is empty."""
    forms: dict[str, dict[int, tuple[str, str, str, int, int]]] = {}
    for style in root.iter(f"{_T}list-style") if root is not None else ():
        levels = forms.setdefault(style.get(f"{_S}name") or "", {})
        for level in style:
            depth = int(level.get(f"{_T}level") or 1)
            if level.tag == f"{_T}list-level-style-number":
                shown, start = level.get(f"{_T}display-levels") or "1", level.get(f"{_T}start-value") or "1"
                levels[depth] = (
                    level.get(f"{_S}num-format") or "",
                    level.get(f"{_S}num-prefix") or "",
                    level.get(f"{_S}num-suffix") or "",
                    int(shown),
                    int(start),
                )
    return forms


def _odt_text(element: Any) -> str:
    parts: list[str] = []

    def walk(node: Any) -> None:
        if node.text:
            parts.append(node.text)
        for child in node:
            if child.tag in {f"{_T}s", f"{_T}tab", f"{_T}line-break"}:
                parts.append(" ")
            elif child.tag not in {f"{_T}tracked-changes", f"{_T}note", f"{_T}list", f"{_T}p"}:
                walk(child)
            if child.tail:
                parts.append(child.tail)

    walk(element)
    return " ".join("".join(parts).split())


def _odt_paragraphs(root: Any, forms: dict[str, dict[int, tuple[str, str, str, int, int]]]) -> Iterator[Paragraph]:
    counts: dict[str, list[int]] = {}

    def walk(node: Any, style: str, depth: int, first: bool) -> Iterator[Paragraph]:
        for child in node:
            if child.tag in {f"{_T}p", f"{_T}h"}:
                text = _odt_text(child)
                heading = int(child.get(f"{_T}outline-level") or 1) if child.tag == f"{_T}h" else None
                number, bullet = None, False
                if depth and first and text:
                    form = forms.get(style, {}).get(depth)
                    number, bullet = (
                        _odt_number(counts.setdefault(style, []), forms.get(style, {}), depth),
                        form is None,
                    )
                    first = False
                if text:
                    cell = any(True for _ in child.iterancestors(f"{_TABLE}table-cell"))
                    printed = None if bullet else number
                    yield Paragraph(text, Place(), Part.BODY, printed, bullet, max(0, depth - 1), heading, cell=cell)
                for note in child.iter(f"{_T}note-body"):
                    for text in filter(None, map(_odt_text, note)):
                        yield Paragraph(text, Place(), Part.FOOTNOTE)
                yield from walk(child, style, depth, False)
            elif child.tag == f"{_T}list":
                name = child.get(f"{_T}style-name") or style
                if (
                    not depth
                    and child.get(f"{_T}continue-numbering") != "true"
                    and child.get(f"{_T}continue-list") is None
                ):
                    counts.pop(name, None) if name in counts and not forms.get(name) else None
                for item in child:
                    yield from walk(item, name, depth + 1, True)
            elif child.tag not in {f"{_T}tracked-changes", f"{_T}note"} and isinstance(child.tag, str):
                yield from walk(child, style, depth, first)

    yield from walk(root, "", 0, False)


def _odt_number(counts: list[int], levels: dict[int, tuple[str, str, str, int, int]], depth: int) -> str | None:
    form = levels.get(depth)
    if form is None:
        return None
    while len(counts) < depth:
        counts.append(levels[len(counts) + 1][4] - 1 if len(counts) + 1 in levels else 0)
    counts[depth - 1] += 1
    del counts[depth:]
    shown = range(max(1, depth - form[3] + 1), depth + 1)
    written = [
        _counted(levels[place][0] if place in levels else "1", counts[place - 1]).strip("().") for place in shown
    ]
    return f"{form[1]}{'.'.join(written)}{form[2]}".strip() or None


def read_pdf(data: bytes, progress: Progress) -> Document:
    """A PDF's text layer, in the better of two orders: as it lies on the page, or as the file has it.

    Raises:
        Unreadable: when it is encrypted, damaged, or a picture of text.
    """
    from pypdf import PdfReader

    for name in ("pypdf", "pdfminer"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted:
            raise Unreadable("This PDF is encrypted. Save it without a password, or bring the Word file.")
        count = len(reader.pages)
        laid = _laid_out(data, count, progress)
        words = sum(len(line.text.split()) for line in laid)
        streamed = _streamed(reader) if words < 10 * max(1, count) or not _orderly(laid)[0] else []
    except Unreadable:
        raise
    except Exception as error:  # the libraries raise whatever a malformed file makes them stumble over
        raise Unreadable("This PDF is damaged. Print it to a new PDF, or bring the Word file.") from error
    best = max((laid, streamed), key=_orderly)
    if sum(len(line.text.split()) for line in best) < 10 * max(1, count) and sum(len(line.text) for line in best) < 200:
        raise Unreadable("This PDF holds no text: it is a picture. Bring the Word file, or a PDF with a text layer.")
    return paragraphs_of(best, wrapped=True)


def _laid_out(data: bytes, count: int, progress: Progress) -> list[Line]:
    """Lines as they lie on the pages, top to bottom, with what their places tell: gaps, full lines, bold."""
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LAParams

    found: list[Line] = []
    for number, page in enumerate(extract_pages(BytesIO(data), laparams=LAParams(boxes_flow=None)), start=1):
        rows = _rows(page)
        right = max((row[3] for row in rows), default=0.0)
        gaps = sorted(one[0] - other[0] for one, other in pairwise(rows) if 0 < one[0] - other[0] < 60)
        usual = gaps[len(gaps) // 4] if gaps else 14.0
        for place, (top, text, start, end, bold) in enumerate(rows):
            gap = place > 0 and rows[place - 1][0] - top > 1.35 * usual
            following = rows[place + 1][1].split()[0] if place + 1 < len(rows) else "mmmmmmmm"
            full = end + (len(following) + 1) * (end - start) / len(text) > right - 0.03 * (
                right - start
            )  # the next word had no room
            found.append(Line(text, Place(number, place + 1), gap, place == 0 and number > 1, full, bold))
        progress(number, count)
    return found


def _rows(page: Any) -> list[tuple[float, str, float, float, bool]]:
    """What stands on one height, as one line: its height, words, left and right end, and whether it is bold."""
    from pdfminer.layout import LTChar, LTTextContainer, LTTextLine

    pieces: list[tuple[float, float, float, str, bool]] = []
    waiting: list[Any] = [page]
    while waiting:
        element = waiting.pop()
        if isinstance(element, LTTextLine):
            text = element.get_text()
            if text.strip():
                letters_of = [letter for letter in element if isinstance(letter, LTChar) and letter.get_text().strip()]
                bold = bool(letters_of) and all("bold" in letter.fontname.casefold() for letter in letters_of)
                pieces.append((element.y0, element.x0, element.x1, text, bold))
        elif isinstance(element, LTTextContainer) or hasattr(element, "__iter__"):
            waiting += list(element)
    pieces.sort(key=lambda piece: (-piece[0], piece[1]))
    rows: list[tuple[float, str, float, float, bool]] = []
    for y, left, right, text, bold in pieces:
        plain = " ".join("".join(" " if ord(letter) < 32 or letter == "\u00a0" else letter for letter in text).split())
        if rows and abs(rows[-1][0] - y) < 3:
            top, before, start, end, was = rows[-1]
            rows[-1] = (top, f"{before} {plain}", min(start, left), max(end, right), was and bold)
        elif plain:
            rows.append((y, plain, left, right, bold))
    return rows


def _streamed(reader: Any) -> list[Line]:
    """Lines in the order in which the file has them."""
    found: list[Line] = []
    for number, page in enumerate(reader.pages, start=1):
        for place, raw in enumerate((page.extract_text() or "").split("\n"), start=1):
            plain = "".join(" " if ord(letter) < 32 or letter == "\u00a0" else letter for letter in raw)
            if plain.strip():
                found.append(Line(plain, Place(number, place), False, place == 1 and number > 1))
    return found


def _orderly(lines: list[Line]) -> tuple[int, int]:
    """How many numbers follow one another: the order that loses none is the better."""
    numbers = [
        found["number"] for line in lines if (found := TYPED.match(line.text.strip())) and "(" not in found["number"]
    ]
    keys = [tuple(int(part) for part in number.split(".") if part.isdecimal()) for number in numbers]
    return sum(1 for one, other in pairwise(keys) if one < other), len(numbers)
