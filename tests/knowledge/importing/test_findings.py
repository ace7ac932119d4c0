"""Every code that a report may bear, with a document that brings it about."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace

import pytest

from knowledge.importing.document import Document, Finding, Severity
from knowledge.importing.findings import CODES, findings_of
from knowledge.importing.read import read_bytes
from knowledge.importing.structure import structure

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RUN = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>"
_LISTS = """<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>
<w:lvlText w:val="%1."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>"""
_BOX = "<w:pict><w:txbxContent><w:p>{}</w:p></w:txbxContent></w:pict>"


def _word(body: str, **parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, inner in {"document": f"<w:body>{body}</w:body>", **parts}.items():
            archive.writestr(f"word/{name}.xml", f'<w:{name} xmlns:w="{_W}">{inner}</w:{name}>')
    return made.getvalue()


def _paragraph(text: str, more: str = "") -> str:
    return f"<w:p>{more}{_RUN.format(text)}</w:p>"


_NUMBERED = "<w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr></w:pPr>"
FIRST = "1. Councillors treat officers with courtesy at all times.\n\n"
DOCUMENTS: dict[str, tuple[str, bytes]] = {
    "numbering-restored": (".docx", _word(_paragraph("The clerk answers.", _NUMBERED), numbering=_LISTS)),
    "tracked-changes": (".docx", _word(f"<w:p>{_RUN.format('1. Now ')}<w:ins>{_RUN.format('added.')}</w:ins></w:p>")),
    "text-box": (
        ".docx",
        _word(f"<w:p>{_RUN.format('1. Beside a box.')}<w:r>{_BOX.format(_RUN.format('In the box.'))}</w:r></w:p>"),
    ),
    "footnote": (
        ".docx",
        _word(
            f"<w:p>{_RUN.format('1. The clerk decides.')}<w:r><w:footnoteReference w:id='2'/></w:r></w:p>"
            + _paragraph("2. The council is told."),
            footnotes=f"<w:footnote w:id='2'>{_paragraph('After asking the chairman.')}</w:footnote>",
        ),
    ),
    "furniture-removed": (".docx", _word(_paragraph("1. Words."), header1=_paragraph("Running header"))),
    "joined": (".txt", b"1. Councillors treat officers\n\fwith courtesy at all times.\n"),
    "contents": (
        ".txt",
        b"Protocol\n\nContents\n1. Purpose ..... 2\n\n1. Purpose\n\n1.1 To say who asks what of whom here.\n",
    ),
    "number-missing": (".txt", b"1.1 First words of this.\n\n1.3 Third words of this.\n"),
    "number-repeated": (".txt", (FIRST + FIRST).encode()),
    "number-alone": (".txt", (FIRST + "2.\n\n3. Officers do so too, whatever their views.\n").encode()),
    "number-out-of-order": (".txt", b"2. Second words of this.\n\n1. First words of this.\n"),
    "unnumbered-text": (
        ".txt",
        (FIRST + "It holds in the office and out of it, and at every meeting of the council too.\n").encode(),
    ),
    "unnumbered-bullets": (".txt", b"1. Officers can expect:\n- courtesy;\n- time to answer.\n"),
    "after-bullets": (
        ".txt",
        b"1. Officers can expect:\n- courtesy;\n- time.\n\nThis holds at all times and for all who work here.\n",
    ),
    "cut-short": (
        ".txt",
        b"1. Councillors do not ask officers for information that is of a personal\n\n2. They wait.\n",
    ),
    "dangling-reference": (".txt", b"1. Complaints are dealt with under clause 9.9 of this protocol.\n"),
    "other-title": (
        ".txt",
        b"1. The Town Clerk decides.\n\n2. The Town Clerk answers.\n\n3. The Parish Clerk is told.\n",
    ),
    "names-contact": (".txt", b"1. A concern should be raised with the Mayor in the first place.\n"),
    "placeholder": (".txt", b"1. The [insert name] decides on this.\n"),
    "no-clauses": (".txt", b"Only a title\n"),
}


def _found(code: str) -> list[Finding]:
    suffix, data = DOCUMENTS[code]
    return [finding for finding in structure(read_bytes(data, suffix)).findings if finding.code == code]


def test_every_code_has_a_document() -> None:
    """Nothing is listed that does not occur; lost words never do."""
    assert set(DOCUMENTS) | {"words-lost"} == set(CODES)


@pytest.mark.parametrize("code", DOCUMENTS)
def test_each_is_found_and_says_what_to_do(code: str) -> None:
    """With words, where there are any, and a sentence."""
    found = _found(code)
    assert found
    assert all(finding.todo.endswith((".", "?")) for finding in found)


def test_a_lost_word_would_be_told_and_is_severe() -> None:
    """If ever a paragraph went nowhere, nobody could publish without accepting it."""
    document = read_bytes(FIRST.encode(), ".txt")
    more = Document((*document.paragraphs, replace(document.paragraphs[0], text="Forgotten words")))
    lost = [finding for finding in findings_of(structure(document), more) if finding.code == "words-lost"]
    assert [(finding.severity, finding.words) for finding in lost] == [(Severity.SEVERE, "Forgotten words")]


def test_a_footnote_stands_with_its_clause() -> None:
    """And not with the last one of the document."""
    suffix, data = DOCUMENTS["footnote"]
    assert [clause.text for clause in structure(read_bytes(data, suffix)).clauses] == [
        "The clerk decides.\n\nAfter asking the chairman.",
        "The council is told.",
    ]
