"""The errors of this room that a person can put right. Each message says what its reader is to do.

BotError
├── SettingsError     a setting that is missing, wrong or contradicts another
└── StorageError      the database cannot do what was asked: see `bot.storage.errors`
"""

from __future__ import annotations


class BotError(Exception):
    """Something that a person can put right; its text is what they are shown."""


class SettingsError(BotError):
    """A setting is missing, wrong, or contradicts another; the message names it and what to set."""


class StorageError(BotError):
    """The database cannot do what was asked."""
