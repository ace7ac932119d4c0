"""What can go wrong with the database, each with the sentence that its reader needs.

StorageError
├── Unreachable            the database does not answer, or its URL cannot be read
├── DatabaseTooNew         a newer version of the program made it
├── BadKeys                the keys are malformed, or are not the ones that it was written with
├── InvitationUnknown · InvitationUsed · InvitationExpired
└── TiedElsewhere          the workspace belongs to another council already
"""

from __future__ import annotations

from bot import wording
from bot.errors import StorageError


class Unreachable(StorageError):
    """The database does not answer, or its URL cannot be read."""


class DatabaseTooNew(StorageError):
    """The tables were made by a newer version of the program."""


class BadKeys(StorageError):
    """The keys are malformed, or not those with which the database was written."""


class InvitationUnknown(StorageError):
    """No invitation has that code."""

    def __init__(self) -> None:
        super().__init__(wording.INVITATION_UNKNOWN)


class InvitationUsed(StorageError):
    """The code was redeemed before."""

    def __init__(self) -> None:
        super().__init__(wording.INVITATION_USED)


class InvitationExpired(StorageError):
    """The code is too old."""

    def __init__(self) -> None:
        super().__init__(wording.INVITATION_EXPIRED)


class TiedElsewhere(StorageError):
    """The workspace is tied to another council."""

    def __init__(self) -> None:
        super().__init__(wording.TIED_ELSEWHERE)
