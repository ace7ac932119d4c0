"""A council's file → `Document`, whatever its format, within limits. The file's beginning tells its format, not its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from knowledge.errors import Unreadable
from knowledge.importing.archive import LARGEST_FILE, Archive
from knowledge.importing.document import Document
from knowledge.importing.docx import read_docx
from knowledge.importing.formats import LONGEST, read_html, read_markdown, read_odt, read_pdf, read_text

SAVE_AS = "Save the protocol as .docx, .pdf with a text layer, .odt, .html, .md or .txt, and import that."
MOST_PARAGRAPHS = 30_000
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM", b"RIFF")


def read(path: Path, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Document:
    """Read a file; `progress` is told how many pages of how many are done.

    Raises:
        Unreadable: when it cannot be read, with what to save it as.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise Unreadable(f"{path} is larger than {LARGEST_FILE // 1_000_000} MB. {SAVE_AS}")
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}. Give the file that the council adopted.") from error
    try:
        document = read_bytes(data, path.suffix.casefold(), progress)
    except Unreadable as error:
        raise Unreadable(f"{path}: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise Unreadable(f"{path} is nested too deeply or too large. {SAVE_AS}") from error
    if len(document.paragraphs) > MOST_PARAGRAPHS or sum(len(p.text) for p in document.paragraphs) > LONGEST:
        raise Unreadable(f"{path} holds far more than a protocol. Save the protocol by itself. {SAVE_AS}")
    if not document.paragraphs:
        raise Unreadable(f"{path} holds no words. {SAVE_AS}")
    return document


def read_bytes(data: bytes, suffix: str, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Document:
    """Read a file's bytes; `suffix` (".md") decides between formats that are all text.

    Raises:
        Unreadable: when they cannot be read.
    """
    start = data[:1_024].lstrip()
    if data.startswith(b"PK"):
        archive = Archive(data)
        if "word/document.xml" in archive.names():
            return read_docx(archive)
        if "content.xml" in archive.names():
            if archive.mentions("META-INF/manifest.xml", b"encryption-data"):
                raise Unreadable(f"This OpenDocument text is encrypted. Save it without a password. {SAVE_AS}")
            return read_odt(archive)
        raise Unreadable(f"This archive is neither a Word nor an OpenDocument text. {SAVE_AS}")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(f"This is an old Word .doc, or an encrypted file. {SAVE_AS}")
    if start.startswith(b"{\\rtf"):
        raise Unreadable(f"This is rich text (.rtf). {SAVE_AS}")
    if data.startswith(_PICTURES):
        raise Unreadable(f"This is a picture. {SAVE_AS}")
    if start.startswith(b"%PDF"):
        return read_pdf(data, progress)
    if suffix in {".html", ".htm"} or start[:15].lower().startswith((b"<!doctype html", b"<html")):
        return read_html(data)
    if suffix in {".md", ".markdown"}:
        return read_markdown(data)
    return read_text(data)
