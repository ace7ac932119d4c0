"""Whom a document's own words send people to."""

from __future__ import annotations

from typing import Any

import pytest

from knowledge.importing.document import Place
from knowledge.importing.proposals import contacts_of, ladders_of
from knowledge.importing.structure import Entry


def _clause(text: str, *items: str) -> Entry:
    return Entry(Place(None, 1), "5", None, 1, text, items)


@pytest.mark.parametrize(
    ("text", "items", "expected"),
    [
        ("A concern should be raised with the Mayor.", (), [("5", ["chair"], None, None)]),
        ("The matter is raised with the Town Clerk or Mayor.", (), [("5", ["clerk", {"or": "chair"}], None, None)]),
        (
            "The matter should be raised with the Clerk. If the matter concerns the Clerk, it should be raised with the Mayor.",
            (),
            [("5", ["clerk"], None, None), ("5", ["chair"], None, ["clerk"])],
        ),
        (
            "If a Councillor is dissatisfied with the conduct of the Clerk or another employee, it should be raised with the chair.",
            (),
            [("5", ["chair"], ["councillor", "chair", "unknown"], None)],
        ),
        (
            "The Monitoring Officer is the main contact for complaints about the conduct of Councillors.",
            (),
            [("5", ["monitoring-officer"], None, ["councillor", "chair"])],
        ),
        (
            "The Monitoring Officer may be able to offer mediation. For example, the SLCC may provide an independent person.",
            (),
            [("5", ["monitoring-officer", {"or": "slcc"}], None, None)],
        ),
        ("Councillors should:", ("take up the concern with the chair.",), [("5/1", ["chair"], None, None)]),
        (
            "It should be raised with the Chairman of the Personnel Committee.",
            (),
            [("5", ["personnel-committee"], None, None)],
        ),
        ("The Clerk manages the staff and the Mayor takes the chair.", (), []),
    ],
)
def test_a_sentence_that_sends_somebody_to_somebody_is_a_ladder(
    text: str, items: tuple[str, ...], expected: list[Any]
) -> None:
    """With its clause as the basis, who is sent, and about whom; a sentence that sends nobody is none."""
    found = ladders_of([_clause(text, *items)])
    assert [(one["basis"], one["rungs"], one.get("askers"), one.get("subjects")) for one in found] == expected
    assert all(one["confirmed"] == "no" for one in found)


def test_contacts_bear_the_council_s_own_titles() -> None:
    """The one that the text uses most."""
    text = "The Parish Manager decides. The Parish Manager answers to the Chairman. The Town Clerk is not here."
    names = {one["key"]: one["name"] for one in contacts_of([_clause(text)])["contacts"]}
    assert (names["clerk"], names["chair"]) == ("Parish Manager", "Chairman")
