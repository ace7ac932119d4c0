"""Whom to go to: the ladder for a matter, an asker and a subject, from the protocol's own words.

Nobody is sent to the subject of their concern, nor to themselves. Where no text names anybody, the council's usual
contact for that asker is named, and said to be a default.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.model import Council, Join, Ladder, Reference, Role, Rung

LAST_RESORT = "county-association"
"""Outside every council and asked by all of them: named where asker and subject leave nobody else."""

_OWN_CONTACT = {Role.CLERK: "clerk", Role.CHAIR: "chair"}


@dataclass(frozen=True, slots=True)
class Climb:
    """A ladder with asker and subject taken out: contacts' keys in order, at least one.

    `ladder` is None where no text names anybody, or nobody whom it names is left. `avoided` are the keys taken out.
    """

    rungs: tuple[Rung, ...]
    ladder: Ladder | None
    avoided: tuple[str, ...]


def climb(
    council: Council,
    quoted: Council,
    reference: Reference | None,
    intent: str | None,
    asker: Role,
    subject: Role | None,
) -> Climb:
    """The ladder for one answer.

    `council` is the asker's own and gives the defaults; `quoted` is the one whose clause at `reference` is quoted first,
    and gives the ladders.
    """
    conflicted = tuple(
        dict.fromkeys(key for role in (asker, subject) if role and (key := _OWN_CONTACT.get(role)) is not None)
    )
    ladder = next(_fitting(quoted, reference, intent, asker, subject), None)
    if ladder is not None:
        left = tuple(rung for rung in ladder.rungs if rung.contact not in conflicted)
        taken = tuple(rung.contact for rung in ladder.rungs if rung.contact in conflicted)
        if left:
            return Climb(left, ladder, taken)
        return Climb((Rung(LAST_RESORT),), None, conflicted)
    usual = council.contacts.defaults.get(asker) or council.contacts.defaults.get(Role.UNKNOWN, ())
    first = next((key for key in usual if key not in conflicted), LAST_RESORT)
    return Climb((Rung(first, Join.THEN),), None, conflicted)


def _fitting(
    quoted: Council, reference: Reference | None, intent: str | None, asker: Role, subject: Role | None
) -> Iterator[Ladder]:
    """Ladders that apply, the most particular first: for this subject, this clause, this intent, then for this asker."""

    def rank(ladder: Ladder) -> tuple[bool, bool, bool, bool, bool]:
        exact = reference is not None and reference in ladder.clauses
        meant = intent is not None and intent in ladder.intents
        return (not ladder.subjects, not exact, not _names(ladder, reference), not meant, not ladder.askers)

    yield from sorted(
        (
            ladder
            for ladder in quoted.contacts.ladders
            if (_names(ladder, reference) or (intent is not None and intent in ladder.intents))
            and (not ladder.askers or asker in ladder.askers or asker is Role.UNKNOWN)
            and (not ladder.subjects or subject in ladder.subjects)
        ),
        key=rank,
    )


def _names(ladder: Ladder, reference: Reference | None) -> bool:
    """Whether the ladder serves the quoted clause: the clause itself, its bullet, or the clause that the bullet is of."""
    if reference is None:
        return False
    return reference in ladder.clauses or reference.clause in ladder.clauses
