"""Files from strangers: every format's own features, and what is refused with a sentence."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.coverage import compare
from knowledge.errors import Unreadable
from knowledge.importing.document import Part
from knowledge.importing.drafts import drafted
from knowledge.importing.read import read, read_bytes
from knowledge.importing.structure import structure
from tests.knowledge.importing.pdf import pdf_of

FILES = Path(__file__).parent / "files"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def _zip(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return made.getvalue()


def _encrypted(data: bytes) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt("secret")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _word(body: str) -> bytes:
    return _zip(
        **{"word__document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'.encode()}
    )


def test_tracked_changes_are_taken_as_accepted() -> None:
    """Inserted words are read, deleted ones are not, and the clerk is told."""
    run = "<w:r><w:t xml:space='preserve'>{}</w:t></w:r>"
    deleted = "<w:del><w:r><w:delText>may</w:delText></w:r></w:del>"
    inserted = f"<w:ins>{run.format('must')}</w:ins>"
    document = read_bytes(
        _word(f"<w:p>{run.format('1. The clerk ')}{deleted}{inserted}{run.format(' answer.')}</w:p>"), ".docx"
    )
    assert document.paragraphs[0].text == "1. The clerk must answer."
    assert [finding.code for finding in document.findings] == ["tracked-changes"]


def test_tables_text_boxes_headers_and_footers_of_word(tmp_path: Path) -> None:
    """Cells in reading order; running headers and footers are furniture."""
    made = docx.Document()
    made.sections[0].header.paragraphs[0].text = "Running header"
    made.add_paragraph("1. Before the table, some words.")
    table = made.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "left cell", "right cell"
    made.save(tmp_path / "x.docx")
    document = read(tmp_path / "x.docx")
    texts = [paragraph.text for paragraph in document.paragraphs if paragraph.part is Part.BODY]
    assert texts == ["1. Before the table, some words.", "left cell", "right cell"]
    assert [p.text for p in document.paragraphs if p.part is Part.HEADER] == ["Running header"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_in_any_common_encoding(encoding: str) -> None:
    """Typographic quotation marks survive."""
    text = "1. The clerk’s “own” report – and nobody else’s – is what the council hears.\n" * 3
    assert "“own” report –" in read_bytes(text.encode(encoding), ".txt").paragraphs[0].text


def test_odt_lists_are_numbered() -> None:
    """Numbers that LibreOffice would print."""
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    text, style = "urn:oasis:names:tc:opendocument:xmlns:text:1.0", "urn:oasis:names:tc:opendocument:xmlns:style:1.0"
    level = '<text:list-level-style-number text:level="{0}" style:num-format="1" style:num-suffix="." text:display-levels="{0}"/>'
    content = f"""<office:document-content xmlns:office="{office}" xmlns:text="{text}" xmlns:style="{style}">
    <text:list-style style:name="L">{level.format(1)}{level.format(2)}</text:list-style>
    <text:list text:style-name="L"><text:list-item><text:p>First words.</text:p>
    <text:list><text:list-item><text:p>Inner words.</text:p></text:list-item></text:list></text:list-item>
    <text:list-item><text:p>Second words.</text:p></text:list-item></text:list></office:document-content>"""
    document = read_bytes(_zip(**{"content.xml": content.encode()}), ".odt")
    assert [paragraph.number for paragraph in document.paragraphs] == ["1.", "1.1.", "2."]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Word .doc"),
        (b"{\\rtf1 words}", "rich text"),
        (b"\x89PNG\r\n", "picture"),
        (b"PK\x03\x04 broken", "damaged"),
        (_zip(**{"a.txt": b"x"}), "neither a Word"),
        (b"%PDF-1.7 broken", "damaged"),
        (_zip(**{"word__document.xml": b"<a"}), "damaged"),
        (_zip(**{"word__document.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}), "entities"),
        (_zip(**{"word__document.xml": b"<a>" * 300 + b"</a>" * 300}), "nested|damaged"),
        (_zip(**{"word__document.xml": b"x", "..__..__etc": b"x"}), "paths"),
        (_zip(**{"word__document.xml": b"<a>" + b" " * 70_000_000 + b"</a>"}), "unpacks"),
        (b"\0\x01\x02\x80\xff" * 50, "no text"),
        (pdf_of([[]] * 3), "picture. Bring the Word file"),
        (_encrypted(pdf_of([["1. Words of a page."]])), "PDF is encrypted"),
        (
            _zip(**{"content.xml": b"\x8a\x11", "META-INF__manifest.xml": b"<m><encryption-data/></m>"}),
            "OpenDocument text is encrypted",
        ),
        (b"GIF89a", "picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
    ],
    ids=[
        "doc",
        "rtf",
        "png",
        "zip",
        "other zip",
        "pdf",
        "xml",
        "entities",
        "deep",
        "paths",
        "bomb",
        "binary",
        "scan",
        "encrypted pdf",
        "encrypted odt",
        "gif",
        "jpeg",
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(tmp_path: Path, data: bytes, said: str) -> None:
    """One sentence, never a traceback; nothing is unpacked to disk."""
    path = tmp_path / "file.bin"
    path.write_bytes(data)
    with pytest.raises(Unreadable, match=said):
        read(path)


def test_a_file_that_is_too_large_missing_or_empty_is_refused(tmp_path: Path) -> None:
    """Before it is read."""
    large = tmp_path / "large.txt"
    large.write_bytes(b"x" * 20_000_001)
    empty = tmp_path / "empty.txt"
    empty.write_bytes(b"")
    for path in (large, empty, tmp_path / "nowhere.docx", tmp_path):
        with pytest.raises(Unreadable):
            read(path)


def _holds(data: bytes, suffix: str, *, ordered: bool = False) -> None:
    """Whatever it is, it is read without losing a word, or refused with a sentence; `ordered`, each word in its place too."""
    try:
        document = read_bytes(data, suffix)
    except Unreadable:
        return
    outcome = structure(document)
    assert not [finding for finding in outcome.findings if finding.code == "words-lost"]
    if not ordered:
        return
    protocol, lines = drafted("testby", "Testby", "file", document, outcome)
    problem = compare("\n".join(lines) + "\n", protocol).problem
    assert problem is None, problem


@settings(max_examples=100, deadline=2_000, suppress_health_check=list(HealthCheck))
@given(text=st.text(max_size=600), suffix=st.sampled_from([".txt", ".md", ".html"]))
def test_any_text_is_read_without_losing_a_word(text: str, suffix: str) -> None:
    """Never a traceback, never a lost word."""
    _holds(text.encode("utf-8", "replace"), suffix)


@pytest.mark.slow
@settings(max_examples=1_000, deadline=5_000, suppress_health_check=list(HealthCheck))
@given(
    lines=st.lists(
        st.builds(
            lambda number, words: f"{number}{words}",
            st.sampled_from(
                ["", "1. ", "1.1 ", "(a) ", "(i) ", "- ", "• ", "Part 2 ", "Appendix A\n", "12 ", "¶1 ", "A1 ", "2.0 "]
            ),
            st.text(alphabet=st.sampled_from("abcXY .,:;()[]-\n\f"), max_size=60),
        ),
        max_size=30,
    ),
    gap=st.sampled_from(["\n", "\n\n", "\r\n"]),
)
def test_a_thousand_malformed_documents(lines: list[str], gap: str) -> None:
    """Numbers in any order, bullets, parts, page breaks: nothing is refused and nothing is lost."""
    _holds(gap.join(lines).encode(), ".txt")


@pytest.mark.slow
@settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(path.name for path in FILES.iterdir() if path.suffix in {".docx", ".html", ".md"})),
    place=st.floats(0, 1),
    change=st.binary(min_size=1, max_size=30),
    cut=st.booleans(),
)
def test_a_thousand_mutated_files(name: str, place: float, change: bytes, cut: bool) -> None:
    """Bytes overwritten or the end cut off: a sentence, or a document without a lost word."""
    data = (FILES / name).read_bytes()
    at = int(place * len(data))
    mutated = data[:at] + change + (b"" if cut else data[at + len(change) :])
    _holds(mutated, Path(name).suffix, ordered=True)


def test_a_number_and_its_first_word_may_touch() -> None:
    """`2.“Both` prints a number and a word, as quoted paragraphs do."""
    _holds("1. Purpose of this.\n\n2.“Both are servants.”\n\n3.1.'Councillors' lead.\n".encode(), ".txt", ordered=True)


@pytest.mark.slow
def test_mutated_pdfs_are_read_or_refused() -> None:
    """The libraries' errors never come through."""
    data = (FILES / "honiton.pdf").read_bytes()
    for at in range(0, len(data), len(data) // 25):
        _holds(data[:at] + b"\0\xff<<" + data[at + 4 :], ".pdf")
        _holds(data[:at], ".pdf")
