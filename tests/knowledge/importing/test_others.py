"""Documents unlike the five: standing orders, codes, procedures with letters, romans and parts."""

from __future__ import annotations

import pytest

from knowledge.importing.formats import read_html, read_markdown, read_text
from knowledge.importing.structure import structure

LETTERS = """Testby Parish Council

Complaints Procedure

1. Anybody may complain about how the council does its work.
(a) A complaint is written to the clerk.
(b) The clerk answers within ten working days:
(i) with a decision, or
(ii) with a date by which there will be one.
(c) A complaint about the clerk goes to the chairman.
2. The council's committee hears an appeal once.
"""
STANDING_ORDERS = """Standing Orders

1. Rules of debate at meetings
a) Motions are taken in the order of the agenda.
b) A motion is not put until it is seconded.
2. Conduct at meetings
a) Nobody obstructs the business of a meeting.
"""
PARTS = """Code of Conduct

Part 1 General

1. A member treats others with respect.
2. A member bullies nobody.

Part 2 Interests

1. A member registers interests within 28 days.
2. A member says so when an interest comes up.

Appendix A Forms

1. The form for the register of interests.
"""
ARTICLES = """Constitution of the Committee

Article 1 Name
The committee is called the Hall Committee.

Article 2 Members
It has five members, and three of them are a quorum.
"""
UNNUMBERED = """# Working together

Councillors and staff treat one another well, and say so when they feel that it is not the case.

## Instructions

Only the clerk gives instructions to the staff, and the council gives them to the clerk.

Nobody else does so, whatever they are called.

## Complaints

A complaint about the staff goes to the clerk in confidence.
"""
CONTENTS = """Protocol

Contents
1. Purpose ........ 2
2. Roles .......... 3

1. Purpose
1.1 This protocol says who may ask what of whom in this council.
2. Roles
2.1 Councillors decide, and officers carry out what they decide.
"""
REPEATED = """Policy

1. First words of the policy, which go on a little.
2. Second words of the policy, which go on a little.
2. Another second clause, which somebody forgot to count.
4. The fourth clause, after a third that is not there.
"""
PREFIXED = """Grievance Policy

A1 This part is for employees who have a grievance.
A2 A grievance is put in writing to the line manager.
A3 The manager:
(a) meets the employee;
(b) decides; and
(c) says how to appeal.
B1 This part is for managers who hear a grievance.
"""
DEEP = """Scheme of Delegation

1. Officers

1.1. The clerk decides on:
1.1.1. purchases up to the limit that the council sets;
1.1.2. emergencies, after speaking with the chairman.

1.2. The clerk reports each decision at the next meeting, see clause 9.9.
"""
OWN_LINE = """Social Media Policy

1.

Councillors write in their own name and not in the council's.

2.

Nobody publishes what was said in confidence.
"""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (LETTERS, ["1", "1(a)", "1(b)", "1(b)(i)", "1(b)(ii)", "1(c)", "2"]),
        (STANDING_ORDERS, ["1", "1(a)", "1(b)", "2", "2(a)"]),
        (PARTS, ["Part 1/1", "Part 1/2", "Part 2/1", "Part 2/2", "Appendix A/1"]),
        (CONTENTS, ["1.1", "2.1"]),
        (REPEATED, ["1", "2", "2~2", "4"]),
        (PREFIXED, ["A1", "A2", "A3", "A3(a)", "A3(b)", "A3(c)", "B1"]),
        (DEEP, ["1.1", "1.1.1", "1.1.2", "1.2"]),
        (OWN_LINE, ["1", "2"]),
    ],
    ids=["letters", "standing orders", "parts", "contents", "repeated", "prefixed", "deep", "number on its own line"],
)
def test_numbers_are_the_path_as_printed(text: str, numbers: list[str]) -> None:
    """Letters under figures, romans under letters, parts where they restart the numbering."""
    outcome = structure(read_text(text.encode()))
    assert [clause.number for clause in outcome.clauses] == numbers
    assert not [finding for finding in outcome.findings if finding.code == "words-lost"]


def test_articles_are_divisions_with_their_text() -> None:
    """An article's unnumbered text is kept under its heading."""
    outcome = structure(read_text(ARTICLES.encode()))
    assert [entry.heading for entry in outcome.body if entry.heading] == ["Article 1 Name", "Article 2 Members"]
    assert [clause.text for clause in outcome.clauses] == [
        "The committee is called the Hall Committee.",
        "It has five members, and three of them are a quorum.",
    ]


def test_an_unnumbered_document_is_cited_by_paragraph() -> None:
    """Headings and paragraphs carry the citation."""
    outcome = structure(read_markdown(UNNUMBERED.encode()))
    assert [clause.number for clause in outcome.clauses] == ["¶1", "¶2", "¶3", "¶4"]
    assert [entry.heading for entry in outcome.body if entry.heading][-2:] == ["Instructions", "Complaints"]


def test_lists_of_html_are_numbered_as_a_browser_shows_them() -> None:
    """Nested, lettered, started elsewhere."""
    page = """<ol start=3><li>The third rule of this page.<ol type=a><li>its first part</li><li>its second part</li></ol></li>
    <li>The fourth rule of this page.</li></ol>"""
    outcome = structure(read_html(page.encode()))
    assert [clause.number for clause in outcome.clauses] == ["3", "3(a)", "3(b)", "4"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (REPEATED, "number-repeated"),
        (DEEP, "dangling-reference"),
        ("1.1 First words of this.\n\n1.3 Third words of this.\n", "number-missing"),
        ("2. Second words of this.\n\n1. First words of this.\n", "number-out-of-order"),
        ("1. The [insert name] shall decide on this.\n", "placeholder"),
        ("1. A concern should be raised with the Mayor in the first place.\n", "names-contact"),
        (CONTENTS, "contents"),
        ("Only a title\n", "no-clauses"),
    ],
)
def test_what_is_not_as_it_should_be_is_told(text: str, code: str) -> None:
    """Each with what to do."""
    found = [finding for finding in structure(read_text(text.encode())).findings if finding.code == code]
    assert found
    assert all(finding.todo for finding in found)
