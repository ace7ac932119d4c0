"""Whom to go to: never the asker, never the subject, in the text's own order."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from intents.catalogue import Catalogue
from intents.escalation import LAST_RESORT, climb
from knowledge.model import Join, Reference, Role
from knowledge.store import Library

LIBRARY = Library()
COUNCILS = {council.slug: council for council in LIBRARY.lenders()}


@pytest.mark.parametrize(
    ("council", "clause", "intent", "asker", "subject", "keys", "joins"),
    [
        # The clause names the association "or" the society: neither is a fallback of the other.
        ("great-linford", "7.6", None, Role.OFFICER, None, ["county-association", "slcc"], [Join.OR]),
        # The Clerk in the first instance, unless the matter concerns the Clerk.
        (
            "town-council",
            "5.5",
            None,
            Role.COUNCILLOR,
            Role.OFFICER,
            ["clerk", "personnel-committee"],
            [Join.IF_UNRESOLVED],
        ),
        (
            "town-council",
            "5.5",
            None,
            Role.COUNCILLOR,
            Role.CLERK,
            ["chair", "personnel-committee"],
            [Join.IF_UNRESOLVED],
        ),
        # Newent says "Town Clerk or Mayor": with the clerk as the subject, the Mayor is left.
        ("newent", "27", None, Role.COUNCILLOR, Role.OFFICER, ["clerk", "chair"], [Join.OR]),
        ("newent", "27", None, Role.COUNCILLOR, Role.CLERK, ["chair"], []),
        # The somerset model: reported to the chair and then raised with the officer.
        ("somerset-model", "10.2.1", None, Role.COUNCILLOR, Role.OFFICER, ["chair", "clerk"], [Join.THEN]),
        ("somerset-model", "10.1.4", None, Role.COUNCILLOR, Role.COUNCILLOR, ["monitoring-officer"], []),
        ("newent", "17", None, Role.COUNCILLOR, None, ["clerk"], []),
        ("newent", "20", None, Role.COUNCILLOR, Role.OFFICER, ["clerk"], []),
    ],
)
def test_the_ladder_is_the_texts_own(
    council: str, clause: str, intent: str | None, asker: Role, subject: Role | None, keys: list[str], joins: list[Join]
) -> None:
    """Contacts come in the order, and with the joins, of the clause that names them."""
    own = COUNCILS[council]
    taken = climb(own, own, Reference.parse(clause, council), intent, asker, subject)
    assert [rung.contact for rung in taken.rungs] == keys
    assert [rung.join for rung in taken.rungs[1:]] == joins
    assert taken.ladder is not None


def test_nobody_is_sent_to_themselves_or_to_the_subject() -> None:
    """Over every council, every tied clause, every asker and every subject."""
    conflicts = {Role.CLERK: "clerk", Role.CHAIR: "chair"}
    tied = {(reference, intent.key) for intent in Catalogue.read().intents for reference in intent.clauses}
    for (reference, intent), asker, subject in itertools.product(sorted(tied, key=str), Role, [None, *Role]):
        quoted = COUNCILS[reference.protocol]
        for own in (quoted, COUNCILS["honiton"]):
            named = {rung.contact for rung in climb(own, quoted, reference, intent, asker, subject).rungs}
            assert named, (reference, asker, subject)
            assert conflicts.get(asker) not in named, (reference, asker)
            assert subject is None or conflicts.get(subject) not in named, (reference, subject)


def test_where_nobody_is_left_the_county_association_is_named_as_a_default() -> None:
    """The last resort is outside every council."""
    own = COUNCILS["newent"]
    taken = climb(own, own, Reference.parse("17", "newent"), None, Role.CLERK, None)
    assert [rung.contact for rung in taken.rungs] == [LAST_RESORT]
    assert taken.ladder is None


def test_without_a_ladder_the_councils_default_for_that_asker_is_named() -> None:
    """Honiton's text names nobody; the default skips whoever the concern is about."""
    own = COUNCILS["honiton"]
    clause = Reference.parse("3.2/5", "honiton")
    assert climb(own, own, clause, None, Role.OFFICER, Role.COUNCILLOR).rungs[0].contact == "clerk"
    assert climb(own, own, clause, None, Role.OFFICER, Role.CLERK).rungs[0].contact == "chair"
    assert climb(own, own, clause, None, Role.OFFICER, Role.CLERK).ladder is None


def test_a_council_without_defaults_still_names_somebody() -> None:
    """An imported council may not have filled them in yet."""
    own = COUNCILS["honiton"]
    bare = dataclasses.replace(own, contacts=dataclasses.replace(own.contacts, defaults={}))
    assert climb(bare, bare, None, None, Role.OFFICER, None).rungs[0].contact == LAST_RESORT
