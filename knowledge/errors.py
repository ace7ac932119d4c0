"""The errors of this room. Each message says what the reader is to do; each names a file and line where it can.

KnowledgeError
├── BadReference      a clause number, reference or date that cannot be read
├── BadData           a file of a council's folder that is broken, missing or contradictory
├── Unreadable        a file that cannot be imported
└── UnknownCouncil    no council of that name
"""

from __future__ import annotations

from pathlib import Path


class KnowledgeError(Exception):
    """Something that a person can put right; its text is what they are shown."""


class BadReference(KnowledgeError):
    """A clause number, reference or date cannot be read, or leads nowhere."""


class BadData(KnowledgeError):
    """A file of council data cannot be used as it is."""

    def __init__(self, path: Path, line: int | None, what: str) -> None:
        self.path, self.line, self.what = path, line, what
        super().__init__(f"{path}, line {line}: {what}" if line else f"{path}: {what}")


class Unreadable(KnowledgeError):
    """A file cannot be imported; the message says what to save it as."""


class UnknownCouncil(KnowledgeError):
    """No council of that name is known."""
