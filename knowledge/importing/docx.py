"""Word's .docx: paragraphs with their automatic numbers worked out, tracked changes taken as accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from knowledge.importing.archive import Archive
from knowledge.importing.document import Document, Finding, Paragraph, Part, Place, Severity
from knowledge.importing.numbers import letters, roman

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_LOST = {f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}delText", f"{_MC}Fallback", f"{_W}rPr", f"{_W}pPr"}
_TEXT_BOX = f"{_W}txbxContent"


@dataclass(frozen=True, slots=True)
class _Level:
    """One level of a list: how its number is written, and from where it counts."""

    form: str
    text: str
    start: int


@dataclass
class _Lists:
    """The document's lists: levels by list, and how far each has counted."""

    levels: Mapping[str, Mapping[int, _Level]]
    abstract: Mapping[str, str]
    counts: dict[str, list[int]] = field(default_factory=dict)
    begun: set[str] = field(default_factory=set)
    restarts: Mapping[str, Mapping[int, int]] = field(default_factory=dict)

    def next(self, number: str, depth: int) -> tuple[str | None, bool]:
        """The number that the next paragraph of a list bears, and whether it is a bullet."""
        levels = self.levels.get(number)
        if not levels or depth not in levels:
            return None, False
        level = levels[depth]
        if level.form == "bullet":
            return None, True
        key = self.abstract[number]
        counts = self.counts.setdefault(key, [])
        if number not in self.begun:
            self.begun.add(number)
            for deep, start in self.restarts.get(number, {}).items():
                while len(counts) <= deep:
                    counts.append(levels[len(counts)].start - 1 if len(counts) in levels else 0)
                del counts[deep:]
                counts.append(start - 1)
        while len(counts) <= depth:
            missing = len(counts)
            start = levels[missing].start if missing in levels else 1
            counts.append(start if missing < depth else start - 1)
        counts[depth] += 1
        del counts[depth + 1 :]
        text = level.text
        for place in range(depth + 1):
            form = levels[place].form if place in levels else "decimal"
            text = text.replace(f"%{place + 1}", _written(form, counts[place]))
        return text.strip() or None, level.form == "none"


def _written(form: str, count: int) -> str:
    match form:
        case "lowerLetter":
            return letters(count)
        case "upperLetter":
            return letters(count).upper()
        case "lowerRoman":
            return roman(count)
        case "upperRoman":
            return roman(count).upper()
        case "decimalZero":
            return f"{count:02d}"
        case _:
            return str(count)


def read_docx(archive: Archive) -> Document:
    """Every paragraph of a .docx, headers and footers and footnotes with their part."""
    body = archive.xml("word/document.xml")
    styles = _styles(archive.xml("word/styles.xml"))
    lists = _lists(archive.xml("word/numbering.xml"))
    paragraphs: list[Paragraph] = []
    numbered = changed = boxes = 0
    if body is not None:
        changed = sum(1 for _ in body.iter(f"{_W}ins", f"{_W}del"))
        boxes = sum(1 for box in body.iter(_TEXT_BOX) if not any(True for _ in box.iterancestors(f"{_MC}Fallback")))
        notes = {kind: _notes(archive.xml(f"word/{kind}s.xml"), kind) for kind in ("footnote", "endnote")}
        for line, element in enumerate(_paragraphs(body), start=1):
            paragraph = _paragraph(element, line, styles, lists)
            if paragraph is not None:
                paragraphs.append(paragraph)
                numbered += paragraph.number is not None
            for kind, known in notes.items():
                for reference in element.iter(f"{_W}{kind}Reference"):
                    texts = known.pop(reference.get(f"{_W}id") or "", ())
                    paragraphs += [Paragraph(text, Place(None, line), Part.FOOTNOTE) for text in texts]
        for known in notes.values():
            paragraphs += [Paragraph(text, Place(), Part.FOOTNOTE) for texts in known.values() for text in texts]
    for name, part in (("header", Part.HEADER), ("footer", Part.FOOTER)):
        for path in sorted(
            path for path in archive.names() if path.startswith(f"word/{name}") and path.endswith(".xml")
        ):
            root = archive.xml(path)
            found = [] if root is None else [_text(element) for element in _paragraphs(root)]
            paragraphs += [Paragraph(text, Place(), part) for text in dict.fromkeys(found) if text]
    findings = []
    if numbered:
        findings.append(_told("numbering-restored", f"{numbered} automatic numbers", "Compare a few with the paper."))
    if changed:
        findings.append(
            _told("tracked-changes", f"{changed} tracked changes", "They are taken as accepted: check them.")
        )
    if boxes:
        findings.append(_told("text-box", f"{boxes} text boxes", "Check that their words stand where they belong."))
    return Document(tuple(paragraphs), None, tuple(findings))


def _notes(root: Any | None, kind: str) -> dict[str, list[str]]:
    """The texts of foot- or endnotes by their id."""
    found: dict[str, list[str]] = {}
    for note in root.iter(f"{_W}{kind}") if root is not None else ():
        texts = [text for element in _paragraphs(note) if (text := _text(element))]
        if texts:
            found[note.get(f"{_W}id") or ""] = texts
    return found


def _told(code: str, words: str, todo: str) -> Finding:
    return Finding(code, Severity.INFO, Place(), None, words, todo)


def _paragraphs(root: Any) -> Iterator[Any]:
    """Paragraphs in reading order: those of a text box after the one that holds it; never a fallback's."""
    for element in root.iter(f"{_W}p"):
        if not any(True for _ in element.iterancestors(f"{_MC}Fallback")) and not any(
            True for _ in element.iterancestors(f"{_W}del", f"{_W}moveFrom")
        ):
            yield element


def _text(paragraph: Any) -> str:
    parts: list[str] = []

    def walk(element: Any) -> None:
        for child in element:
            if child.tag in _LOST or child.tag == _TEXT_BOX:
                continue
            if child.tag == f"{_W}t":
                parts.append(child.text or "")
            elif child.tag in {f"{_W}tab", f"{_W}br", f"{_W}cr"}:
                parts.append(" ")
            elif child.tag == f"{_W}noBreakHyphen":
                parts.append("-")
            else:
                walk(child)

    walk(paragraph)
    return " ".join("".join(parts).split())


def _paragraph(element: Any, line: int, styles: Mapping[str, Any], lists: _Lists) -> Paragraph | None:
    properties = element.find(f"{_W}pPr")
    style = properties.find(f"{_W}pStyle") if properties is not None else None
    known = styles.get(style.get(f"{_W}val"), {}) if style is not None else {}
    number, depth = known.get("numId"), known.get("ilvl", 0)
    numbering = properties.find(f"{_W}numPr") if properties is not None else None
    if numbering is not None:
        ident, level = numbering.find(f"{_W}numId"), numbering.find(f"{_W}ilvl")
        number = ident.get(f"{_W}val") if ident is not None else number
        depth = _count(level.get(f"{_W}val")) if level is not None else depth
    text = _text(element)
    if not text:
        return None
    printed, bullet = lists.next(number, depth) if number not in (None, "0") else (None, False)
    if bullet:
        printed = None
    contents = str(known.get("name", "")).startswith("toc")
    runs = [run for run in element.iter(f"{_W}r") if "".join(piece.text or "" for piece in run.iter(f"{_W}t")).strip()]
    bold = bool(runs) and all(_on(run.find(f"{_W}rPr/{_W}b")) for run in runs)
    part = Part.CONTENTS if contents else Part.BODY
    cell = any(True for _ in element.iterancestors(f"{_W}tc"))
    made = Paragraph(text, Place(None, line), part, printed, bullet, depth, known.get("outline"), bold, cell=cell)
    return made if printed or bullet else _typed_bullet(made)


def _typed_bullet(paragraph: Paragraph) -> Paragraph:
    from knowledge.importing.lines import bullet_of

    words = bullet_of(paragraph.text)
    return paragraph if words is None else replace(paragraph, text=words, bullet=True)


def _on(element: Any) -> bool:
    return element is not None and element.get(f"{_W}val") not in {"0", "false", "off"}


def _count(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 4 else 0


def _styles(root: Any | None) -> dict[str, dict[str, Any]]:
    """What each style says of numbering and outline, with what it inherits."""
    raw: dict[str, tuple[str | None, dict[str, Any]]] = {}
    for style in root.iter(f"{_W}style") if root is not None else ():
        said: dict[str, Any] = {}
        name = style.find(f"{_W}name")
        based = style.find(f"{_W}basedOn")
        if name is not None:
            said["name"] = (name.get(f"{_W}val") or "").casefold()
            if said["name"].startswith("heading ") and said["name"][8:].isdecimal():
                said["outline"] = int(said["name"][8:])
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        if outline is not None and _count(outline.get(f"{_W}val")) < 9:
            said["outline"] = _count(outline.get(f"{_W}val")) + 1
        ident, level = style.find(f"{_W}pPr/{_W}numPr/{_W}numId"), style.find(f"{_W}pPr/{_W}numPr/{_W}ilvl")
        if ident is not None:
            said["numId"] = ident.get(f"{_W}val")
        if level is not None:
            said["ilvl"] = _count(level.get(f"{_W}val"))
        raw[style.get(f"{_W}styleId") or ""] = (based.get(f"{_W}val") if based is not None else None, said)
    found: dict[str, dict[str, Any]] = {}
    for key in raw:
        chain: list[str] = []
        at = key
        while at in raw and at not in chain and len(chain) < 20:
            chain.append(at)
            at = raw[at][0] or ""
        merged: dict[str, Any] = {}
        for ancestor in reversed(chain):
            merged |= raw[ancestor][1]
        found[key] = merged
    return found


def _lists(root: Any | None) -> _Lists:
    abstracts: dict[str, dict[int, _Level]] = {}
    levels: dict[str, Mapping[int, _Level]] = {}
    abstract_of: dict[str, str] = {}
    restarts: dict[str, dict[int, int]] = {}
    for abstract in root.iter(f"{_W}abstractNum") if root is not None else ():
        abstracts[abstract.get(f"{_W}abstractNumId") or ""] = {
            _count(level.get(f"{_W}ilvl")): _level(level) for level in abstract.findall(f"{_W}lvl")
        }
    for number in root.iter(f"{_W}num") if root is not None else ():
        key = number.get(f"{_W}numId") or ""
        of = number.find(f"{_W}abstractNumId")
        name = (of.get(f"{_W}val") or "") if of is not None else ""
        abstract_of[key] = name
        own = dict(abstracts.get(name, {}))
        for override in number.findall(f"{_W}lvlOverride"):
            deep = _count(override.get(f"{_W}ilvl"))
            start, whole = override.find(f"{_W}startOverride"), override.find(f"{_W}lvl")
            if whole is not None:
                own[deep] = _level(whole)
            if start is not None:
                restarts.setdefault(key, {})[deep] = _count(start.get(f"{_W}val"))
        levels[key] = own
    return _Lists(levels, abstract_of, restarts=restarts)


def _level(element: Any) -> _Level:
    def value(name: str, default: str) -> str:
        found = element.find(f"{_W}{name}")
        said = found.get(f"{_W}val") if found is not None else None
        return default if said is None else str(said)

    return _Level(value("numFmt", "decimal"), value("lvlText", "%1."), _count(value("start", "1")))
