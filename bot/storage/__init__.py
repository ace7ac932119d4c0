"""What must outlive a process: SQLite for one council, PostgreSQL for many, the same methods on both.

model       Platform, Claim and what methods give back
errors      what can go wrong, as sentences
keys        encryption with rotation, and keyed hashes
tables      the tables; migrations/ makes them
opening     a URL → an engine whose tables are up to date
events, persons, workspaces, counts, councils, reminders    one concern each
storage     all of them in one object
"""

from bot.storage.councils import HostedVersion
from bot.storage.errors import (
    BadKeys,
    DatabaseTooNew,
    InvitationExpired,
    InvitationUnknown,
    InvitationUsed,
    TiedElsewhere,
    Unreachable,
)
from bot.storage.keys import Keys
from bot.storage.model import Claim, Feedback, Platform, Tally, Workspace
from bot.storage.storage import Storage

__all__ = [
    "BadKeys",
    "Claim",
    "DatabaseTooNew",
    "Feedback",
    "HostedVersion",
    "InvitationExpired",
    "InvitationUnknown",
    "InvitationUsed",
    "Keys",
    "Platform",
    "Storage",
    "Tally",
    "TiedElsewhere",
    "Unreachable",
    "Workspace",
]
