"""Archives and XML from strangers, within limits: nothing is unpacked to disk, nothing is fetched, nothing expands."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

from lxml import etree

from knowledge.errors import Unreadable

LARGEST_FILE = 20_000_000
"""Bytes of a file that is read."""
LARGEST_PART = 60_000_000
"""Bytes of all parts of an archive together, unpacked."""
MOST_PARTS = 2_000
MOST_TAGS = 1_500_000
"""Opening angle brackets of one part."""
DEEPEST = 200
"""Levels of elements within elements."""


class Archive:
    """A zip archive held in memory, checked before anything is unpacked."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
            parts = self._zip.infolist()
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise Unreadable("The file is damaged. Open it in its program and save it again.") from error
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_PART:
            raise Unreadable("The file unpacks to far more than a protocol can be. Save it again without pictures.")
        if any(part.filename.startswith(("/", "\\")) or ".." in part.filename.split("/") for part in parts):
            raise Unreadable("The file holds paths that lead out of it, as no word processor makes them.")
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable("The file is encrypted. Save it without a password.")

    def names(self) -> list[str]:
        """The parts' names."""
        return self._zip.namelist()

    def mentions(self, name: str, words: bytes) -> bool:
        """Whether a part is there and holds some bytes."""
        return name in self._zip.namelist() and words in self._bytes(name)

    def xml(self, name: str) -> Any | None:
        """A part as an element tree's root, or None where there is no such part.

        Raises:
            Unreadable: when it is no XML, or declares a document type.
        """
        return parse_xml(self._bytes(name)) if name in self._zip.namelist() else None

    def _bytes(self, name: str) -> bytes:
        try:
            return self._zip.read(name)
        except (zipfile.BadZipFile, OSError, RuntimeError, EOFError, NotImplementedError, ValueError) as error:
            raise Unreadable("The file is damaged. Open it in its program and save it again.") from error
        except Exception as error:  # zlib raises an error of its own
            raise Unreadable("The file is damaged. Open it in its program and save it again.") from error


def parse_xml(data: bytes) -> Any:
    """The root of an XML document.

    Raises:
        Unreadable: when it is no XML, declares a document type, or is nested beyond `DEEPEST`.
    """
    plain = data.replace(b"\0", b"")  # UTF-16 too
    if plain.count(b"<") > MOST_TAGS:
        raise Unreadable("The file holds far more than a protocol. Save the protocol by itself.")
    if b"<!DOCTYPE" in plain[:2_000] or b"<!ENTITY" in plain:
        raise Unreadable("The file declares entities, as no word processor does. Save it again in its program.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("The file is damaged. Open it in its program and save it again.") from error
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            raise Unreadable("The file is nested far deeper than any document. Save it again in its program.")
    return root
