"""What a stranger's file may take: sixty seconds, a gigabyte, and no more words than a protocol could have."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest

from knowledge.errors import Unreadable
from knowledge.importing.apart import read_apart
from knowledge.importing.read import read
from tests.knowledge.importing.pdf import pdf_of

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE, _TEXT = (f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "text"))


def _zip(name: str, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return made.getvalue()


def _liar() -> bytes:
    """An archive whose directory says that a part of 150 MB has 1,000 bytes."""
    data = bytearray(_zip("word/document.xml", b"<a>" + b"x" * 150_000_000 + b"</a>"))
    for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = data.find(mark)
        data[place + at : place + at + 4] = (1_000).to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("suffix", "make"),
    [
        (".txt", lambda: b"1. words go on and on\n" * 800_000),
        (".txt", lambda: b"(a) " * 4_000_000),
        (".html", lambda: b"<body>" + b"<div>" * 500_000 + b"x"),
        (".md", lambda: b"\n".join(b"  " * depth + b"- x" for depth in range(3_000))),
        (".docx", _liar),
        (
            ".docx",
            lambda: _zip(
                "word/document.xml",
                f'<w:document xmlns:w="{_WORD}">{"<w:p><w:r><w:t>word</w:t></w:r></w:p>" * 400_000}</w:document>'.encode(),
            ),
        ),
        (
            ".odt",
            lambda: _zip(
                "content.xml",
                f'<o:d xmlns:o="{_OFFICE}" xmlns:t="{_TEXT}">{"<t:p>1. word</t:p>" * 1_000_000}</o:d>'.encode(),
            ),
        ),
        (
            ".docx",
            lambda: _zip(
                "word/document.xml",
                '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "aa">]><x>&a;</x>'.encode("utf-16"),
            ),
        ),
    ],
    ids=[
        "lines",
        "letters",
        "nested html",
        "nested list",
        "false size",
        "many words",
        "many paragraphs",
        "utf-16 entities",
    ],
)
def test_far_more_than_a_protocol_is_refused_soon(tmp_path: Path, suffix: str, make: object) -> None:
    """Before it has taken the time or the memory."""
    path = tmp_path / f"file{suffix}"
    path.write_bytes(make())  # type: ignore[operator]
    start = time.monotonic()
    with pytest.raises(Unreadable):
        read(path)
    assert time.monotonic() - start < 20


def test_a_file_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    """Its process is ended, and a sentence says so."""
    path = tmp_path / "long.pdf"
    path.write_bytes(pdf_of([["1. words"]] * 300))
    with pytest.raises(Unreadable, match=r"takes longer than 0 seconds"):
        read_apart(path, progress=False, seconds=0.2)


@pytest.mark.slow
def test_markup_that_swells_stays_within_a_gigabyte(tmp_path: Path) -> None:
    """Half a million unclosed stars are more than Markdown can hold in memory."""
    path = tmp_path / "stars.md"
    path.write_text("*a **b " * 500_000, encoding="utf-8")
    with pytest.raises(Unreadable, match=r"memory|seconds|too large"):
        read_apart(path, progress=False)


def test_a_page_is_read_as_it_was_printed(tmp_path: Path) -> None:
    """A thirty-page PDF within a few seconds, headers and page numbers aside."""
    pages = [
        ["Testby Town Council: Protocol", f"{page}.1 Councillors treat officers with courtesy at all times, and officers",
         "treat councillors so, whatever their views.", f"{page}"]
        for page in range(1, 31)
    ]  # fmt: skip
    path = tmp_path / "thirty.pdf"
    path.write_bytes(pdf_of(pages))
    start = time.monotonic()
    _, outcome = read_apart(path, progress=False)
    assert time.monotonic() - start < 15
    assert [clause.number for clause in outcome.clauses] == [f"{page}.1" for page in range(1, 31)]
    assert outcome.clauses[7].text.endswith("and officers treat councillors so, whatever their views.")


@pytest.mark.slow
def test_three_hundred_pages_are_counted_while_they_are_read(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """And take less than the minute that is allowed."""
    lines = [f"words of a line that goes on to the right margin, number {line} of its page" for line in range(38)]
    path = tmp_path / "three-hundred.pdf"
    path.write_bytes(pdf_of([[f"{page}. The clause of this page begins here.", *lines] for page in range(1, 301)]))
    _, outcome = read_apart(path, progress=True)
    said = capfd.readouterr().err
    assert "page 1 of 300" in said
    assert "page 300 of 300\n" in said
    assert len(outcome.clauses) == 300
