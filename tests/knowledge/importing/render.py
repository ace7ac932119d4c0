"""Renders the five protocols as .docx (real automatic numbering, running headers, bullets), .pdf from that, .html and .md.

    python tests/knowledge/importing/render.py            # needs python-docx, and LibreOffice's `soffice` for the PDFs

The files are committed; the golden tests read them.
"""

from __future__ import annotations

import html
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from knowledge import yamlfile
from knowledge.store import LENDERS, SHIPPED

FILES = Path(__file__).parent / "files"
BULLET = "bullet"


def _element(name: str, **values: str) -> Any:
    made = OxmlElement(name)
    for key, value in values.items():
        made.set(qn(f"w:{key}"), value)
    return made


class Numbering:
    """Lists of a document: one multilevel list whose levels write the printed numbers, and one of bullets."""

    def __init__(self, document: Any, zero: bool) -> None:
        self._zero = zero
        self._root = document.part.numbering_part.element
        for old in list(self._root):
            self._root.remove(old)
        self._lists: dict[tuple[str, ...], int] = {}
        self._counts: dict[int, list[int]] = {}
        self._next = 1
        self._add_abstract(0, [("bullet", "•")])
        self._add_number(1, 0)

    def _add_abstract(self, ident: int, levels: list[tuple[str, str]]) -> None:
        abstract = _element("w:abstractNum", abstractNumId=str(ident))
        for depth, (form, text) in enumerate(levels):
            level = _element("w:lvl", ilvl=str(depth))
            level.append(_element("w:start", val="1"))
            level.append(_element("w:numFmt", val=form))
            level.append(_element("w:lvlText", val=text))
            abstract.append(level)
        before = self._root.find(qn("w:num"))
        self._root.append(abstract) if before is None else before.addprevious(abstract)

    def _add_number(self, ident: int, abstract: int, starts: list[int] | None = None) -> None:
        number = _element("w:num", numId=str(ident))
        number.append(_element("w:abstractNumId", val=str(abstract)))
        for depth, start in enumerate(starts or ()):
            override = _element("w:lvlOverride", ilvl=str(depth))
            override.append(_element("w:startOverride", val=str(start)))
            number.append(override)
        self._root.append(number)
        self._next = max(self._next, ident) + 1

    def put(self, paragraph: Any, number: str) -> None:
        """Number a paragraph automatically so that it prints as `number`."""
        ident, depth = (1, 0) if number == BULLET else self._list_for(number)
        properties = paragraph._p.get_or_add_pPr()
        numbered = _element("w:numPr")
        numbered.append(_element("w:ilvl", val=str(depth)))
        numbered.append(_element("w:numId", val=str(ident)))
        properties.append(numbered)

    def _list_for(self, number: str) -> tuple[int, int]:
        parts = [int(part) for part in number.removesuffix(".0").split(".")]
        depth = len(parts) - 1
        kind = ("all",)
        if kind not in self._lists:
            abstract = len(self._lists) + 1
            self._lists[kind] = abstract
            texts = [".".join(f"%{place + 1}" for place in range(deep + 1)) + "." for deep in range(4)]
            self._add_abstract(
                abstract, [("decimal", "%1.0" if self._zero and deep == 0 else text) for deep, text in enumerate(texts)]
            )
            self._counts[abstract] = []
        abstract = self._lists[kind]
        counts = self._counts[abstract]
        natural = [*counts[:depth], (counts[depth] if len(counts) > depth else 0) + 1]
        ident = self._next
        if natural != parts or not counts:
            self._add_number(ident, abstract, parts)
            self._current = getattr(self, "_current", {})
            self._current[abstract] = ident
        else:
            ident = self._current[abstract]
        self._counts[abstract] = parts
        return ident, depth


def _entries(slug: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    data = yamlfile.read(SHIPPED / slug / "protocol.yaml")
    return data, data["body"]


def to_docx(slug: str) -> None:
    """A Word file with automatic numbers and bullets, headings in bold, and a running header and footer."""
    data, body = _entries(slug)
    document = docx.Document()
    numbering = Numbering(document, any(str(entry.get("number", "")).endswith(".0") for entry in body))
    section = document.sections[0]
    section.header.paragraphs[0].text = f"{data['council']}: papers"
    section.footer.paragraphs[0].text = "Printed for the council office"
    document.add_paragraph(data["council"]).runs[0].bold = True
    document.add_paragraph(data["title"]).runs[0].bold = True
    headed = ""
    for entry in body:
        if "heading" in entry:
            paragraph = document.add_paragraph(entry["heading"])
            paragraph.runs[0].bold = True
            headed = entry.get("number", "")
            if headed:
                numbering.put(paragraph, headed)
            continue
        texts = entry.get("text", "").split("\n\n") if entry.get("text") else []
        for place, text in enumerate(texts):
            paragraph = document.add_paragraph(text)
            if place == 0 and entry["number"] != headed:
                numbering.put(paragraph, entry["number"])
        for item in entry.get("items", ()):
            numbering.put(document.add_paragraph(item), BULLET)
    document.core_properties.title = ""
    document.save(FILES / f"{slug}.docx")


def to_html(slug: str) -> None:
    """A web page: typed numbers, lists for bullets."""
    data, body = _entries(slug)
    parts = [f"<h1>{html.escape(data['council'])}</h1>", f"<p><strong>{html.escape(data['title'])}</strong></p>"]
    headed = ""
    for entry in body:
        if "heading" in entry:
            headed = entry.get("number", "")
            number = f"{headed} " if headed else ""
            parts.append(
                f"<h{int(entry['level']) + 1}>{number}{html.escape(entry['heading'])}</h{int(entry['level']) + 1}>"
            )
            continue
        texts = entry.get("text", "").split("\n\n") if entry.get("text") else []
        for place, text in enumerate(texts):
            number = f"{entry['number']} " if place == 0 and entry["number"] != headed else ""
            parts.append(f"<p>{number}{html.escape(text)}</p>")
        if entry.get("items"):
            parts.append("<ul>" + "".join(f"<li>{html.escape(item)}</li>" for item in entry["items"]) + "</ul>")
    (FILES / f"{slug}.html").write_text(
        "<!doctype html><html lang='en'><body>\n" + "\n".join(parts) + "\n</body></html>\n", encoding="utf-8"
    )


def to_markdown(slug: str) -> None:
    """Markdown: typed numbers, hyphens for bullets; what Markdown would take for markup is escaped."""
    data, body = _entries(slug)
    parts = [f"# {data['council']}", f"**{data['title']}**"]
    headed = ""

    def plain(text: str) -> str:
        return "".join(f"\\{letter}" if letter in "\\*_[]<>`" else letter for letter in text)

    for entry in body:
        if "heading" in entry:
            headed = entry.get("number", "")
            parts.append(
                "#" * (int(entry["level"]) + 1) + (f" {headed}" if headed else "") + f" {plain(entry['heading'])}"
            )
            continue
        texts = entry.get("text", "").split("\n\n") if entry.get("text") else []
        for place, text in enumerate(texts):
            number = f"{entry['number']} " if place == 0 and entry["number"] != headed else ""
            parts.append(number + plain(text))
        if entry.get("items"):
            parts.append("\n".join(f"- {plain(item)}" for item in entry["items"]))
    (FILES / f"{slug}.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def main() -> int:
    """Render all twenty files."""
    if shutil.which("soffice") is None:
        print("LibreOffice makes the PDFs: install it (Debian: apt-get install libreoffice-writer).", file=sys.stderr)
        return 2
    FILES.mkdir(exist_ok=True)
    for slug in LENDERS:
        to_docx(slug)
        to_html(slug)
        to_markdown(slug)
    words = [str(FILES / f"{slug}.docx") for slug in LENDERS]
    subprocess.run(["soffice", "--headless", "--convert-to", "pdf", "--outdir", str(FILES), *words], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
