"""The errors of this room, for whoever writes the catalogue.

IntentsError
├── BadCatalogue    a catalogue file that cannot be used as it is
└── BadModel        the trained model is missing, or was made from another catalogue
"""

from __future__ import annotations


class IntentsError(Exception):
    """Something that a person can put right; its text is what they are shown."""


class BadCatalogue(IntentsError):
    """A file of the catalogue contradicts itself or names something that does not exist."""


class BadModel(IntentsError):
    """The trained model cannot be used."""
