"""What the model sees of a question: stems, pairs of stems, the characters of its words, and who asks.

The same code serves training and answering.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, pairwise

from knowledge.model import Role
from knowledge.text import stems, words

CHARACTERS = (3, 4, 5)
"""Lengths of the character sequences, inside a word with its edges marked: they bridge spelling mistakes and endings."""

ROLES = (Role.OFFICER, Role.CLERK, Role.COUNCILLOR, Role.CHAIR)


def word_features(text: str) -> list[str]:
    """Stems and neighbouring pairs of stems, with the question's edges marked.

    >>> word_features("Who decides?")
    ['who', 'decid', '^ who', 'who decid', 'decid $']
    """
    found = stems(text)
    edged = ["^", *found, "$"]
    return found + [f"{one} {two}" for one, two in pairwise(edged)] if found else []


_COUNCILLOR = """councillor councillors cllr cllrs cllor member members mayor mayors mayoress chair chairman chairwoman
chairperson vice leader group groups elected politician politicians alderman committee"""
_OFFICER = """officer officers staff clerk clerks employee employees manager managers deputy receptionist caretaker
groundsman groundswoman warden wardens cleaner assistant apprentice admin secretary office employer worker workers
supervisor gardener bookkeeper rfo"""
_SPEAKER = "i me my myself mine us we our i'm i've i'd i'll we're we've"
PEOPLE = {
    **dict.fromkeys(_COUNCILLOR.split(), "@councillor"),
    **dict.fromkeys(_OFFICER.split(), "@officer"),
    **dict.fromkeys(_SPEAKER.split(), "@me"),
}
"""Words for people, and on which side of the council table they stand; `@me` is whoever asks."""


_SIDES = {
    Role.OFFICER: "@officer",
    Role.CLERK: "@officer",
    Role.COUNCILLOR: "@councillor",
    Role.CHAIR: "@councillor",
}


def people_features(text: str, asker: Role) -> list[str]:
    """Who is named before whom, by itself and by who asks: the direction of an obligation.

    With `=` stand the sides of the table: whoever asks is on one of them, where that is known.

    >>> people_features("The receptionist was rude to me", Role.COUNCILLOR)
    ['@officer', '@officer>@me', '@me', 'councillor:@officer', 'councillor:@officer>@me', 'councillor:@me', '=@officer>@councillor']
    """
    sides = [side for word in words(text) if (side := PEOPLE.get(word.removesuffix("'s"))) is not None]
    named = _once(sides)
    found = [part for one, two in pairwise([*named, ""]) for part in ([one, f"{one}>{two}"] if two else [one])]
    if asker in ROLES:
        found += [f"{asker}:{part}" for part in found]
    at_table = _once([_SIDES.get(asker, side) if side == "@me" else side for side in sides])
    return found + [f"={one}>{two}" for one, two in pairwise(at_table)]


def _once(sides: Iterable[str]) -> list[str]:
    """Each run of the same side as one."""
    return [side for side, _ in groupby(sides)]


def character_features(word: str) -> list[str]:
    """The character sequences of one word.

    >>> character_features("at")
    [' at', 'at ', ' at ']
    """
    padded = f" {word} "
    return [
        padded[start : start + length] for length in CHARACTERS for start in range(max(0, len(padded) - length + 1))
    ]


def characters(text: str) -> list[str]:
    """The character sequences of all words of `text`."""
    return all_of(character_features(word) for word in words(text))


def all_of(lists: Iterable[list[str]]) -> list[str]:
    """One list of many."""
    return [entry for entries in lists for entry in entries]
