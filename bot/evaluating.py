"""How good the answers are: labelled questions in, figures with their counts and intervals out.

A labelled question names its council, asker and place, the `kind` of answer that is right (`clause` the own protocol,
`silent` another one, `outside` none), `gold` clauses that may come first, `also` ones worth showing, acceptable first
`contact`s, contacts to `avoid`, and whether it is `sensitive`. Every figure is given twice: with the asker as labelled,
and with the asker unknown, as a chat platform at first has it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt
from typing import Any

from bot.answer import Answer, Confidence, Kind, Question, Where
from bot.answering import Answerer, Evidence
from bot.errors import BotError
from knowledge.errors import KnowledgeError
from knowledge.model import Reference, Role

_KINDS = {"clause": Kind.OWN, "silent": Kind.BORROWED, "outside": Kind.NONE}
_Z = 1.959964

FIGURES = {
    "top1": "right clause or bullet first (clause)",
    "top1_all": "right clause or bullet first (clause and silent)",
    "top3": "among the first three (clause and silent)",
    "kind": "own, borrowed or none, rightly",
    "borrowed": "borrowed, from the right clause",
    "none": "none where no protocol speaks to it",
    "answered": "answered where some clause does",
    "contact": "first contact right",
    "avoid": "first contact neither asker nor subject",
    "avoid_asker": "first contact not the declared asker",
    "private": "private when sensitive, in a channel",
    "open": "open when not sensitive, in a channel",
    "low": "answers of low confidence",
    "perfect": "all at once",
}
"""Every figure and what it counts."""


class BadLabels(BotError):
    """A labelled question cannot be used."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many right of so many, with the 95 % interval of Wilson (1927), which holds for small counts."""

    right: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper bound of the share, from 0 to 1; the whole range where nothing was counted."""
        if not self.of:
            return (0.0, 1.0)
        share, count, squared = self.right / self.of, self.of, _Z * _Z
        middle = (share + squared / (2 * count)) / (1 + squared / count)
        half = _Z * sqrt(share * (1 - share) / count + squared / (4 * count * count)) / (1 + squared / count)
        return (max(0.0, middle - half), min(1.0, middle + half))

    def __str__(self) -> str:
        if not self.of:
            return "-"
        low, high = self.interval
        return f"{self.right / self.of:6.1%} ({self.right}/{self.of}, {low:.0%}-{high:.0%})"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A labelled question, read."""

    id: str
    question: Question
    kind: Kind | None
    gold: tuple[Reference, ...]
    contact: frozenset[str]
    avoid: frozenset[str]
    sensitive: bool | None

    @classmethod
    def read(cls, values: Mapping[str, Any], place: int, today: date) -> Labelled:
        """From one line's values.

        Raises:
            BadLabels: when one is missing or none of those allowed, or when there is no label at all.
        """
        try:
            council = _text(values, "council")
            question = Question(
                _text(values, "question"),
                council,
                today,
                Role(values.get("asker") or "unknown"),
                Where(values.get("where") or "dm"),
            )
            labelled = cls(
                str(values.get("id") or place),
                question,
                _KINDS[values["kind"]] if values.get("kind") else None,
                tuple(Reference.parse(text, council) for text in _texts(values, "gold")),
                frozenset(_texts(values, "contact")),
                frozenset(_texts(values, "avoid")),
                values.get("sensitive"),
            )
            if labelled.sensitive not in {None, True, False}:
                raise ValueError("sensitive should be true, false or null")
        except (KeyError, ValueError, TypeError, AttributeError, KnowledgeError) as error:
            what = f"{error} is missing or not known" if isinstance(error, KeyError) else error
            raise BadLabels(
                f"Labelled question {place} cannot be used ({what}): it needs question and council; kind is one of "
                f"{', '.join(_KINDS)}; asker, where, gold, contact, avoid and sensitive as `evaluate --help` says."
            ) from error
        if labelled.kind is None and labelled.gold:
            raise BadLabels(f"Labelled question {place} has gold but no kind: add kind, one of {', '.join(_KINDS)}.")
        if labelled.kind is None and not (labelled.contact or labelled.avoid) and labelled.sensitive is None:
            raise BadLabels(
                f"Labelled question {place} carries no label, so there is nothing to score: "
                "add kind, gold, contact, avoid or sensitive."
            )
        return labelled


def _text(values: Mapping[str, Any], name: str) -> str:
    text = values[name]
    if not isinstance(text, str):
        raise TypeError(f"{name} should be a text in quotation marks")
    return text


def _texts(values: Mapping[str, Any], name: str) -> list[str]:
    texts = values.get(name) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"{name} should be a list of texts")
    return texts


@dataclass(frozen=True, slots=True)
class Marked:
    """One answer marked: each figure that the question counts for, and whether it was right. `evidence` is of a miss."""

    labelled: Labelled
    answer: Answer
    marks: Mapping[str, bool]
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Score:
    """All marks, with the asker as labelled and with the asker unknown."""

    labelled: tuple[Marked, ...]
    unknown: tuple[Marked, ...]

    def shares(self, marked: Sequence[Marked]) -> dict[str, Share]:
        """Every figure over some marked answers."""
        return {
            name: Share(sum(entry.marks[name] for entry in counted), len(counted))
            for name in FIGURES
            for counted in [[entry for entry in marked if name in entry.marks]]
        }

    def to_json(self) -> dict[str, Any]:
        """Every figure as counts, share and interval, under `labelled` and `unknown`, and by kind, council and asker."""

        def plain(marked: Sequence[Marked]) -> dict[str, Any]:
            return {
                name: {"right": share.right, "of": share.of, "interval": [round(bound, 4) for bound in share.interval]}
                for name, share in self.shares(marked).items()
            }

        return {
            "questions": len(self.labelled),
            "labelled": plain(self.labelled),
            "unknown": plain(self.unknown),
            "by": {name: plain(marked) for name, marked in groups(self.labelled)},
        }


def evaluate(answerer: Answerer, lines: Iterable[Mapping[str, Any]], today: date) -> Score:
    """Ask every labelled question, with and without its asker, and mark the answers.

    Raises:
        BadLabels: when a line is no labelled question.
        UnknownCouncil: when one names a council that does not exist.
    """
    questions = [Labelled.read(values, place, today) for place, values in enumerate(lines, start=1)]
    if not questions:
        raise BadLabels("The file holds no labelled question.")
    known = tuple(_marked(answerer, labelled) for labelled in questions)
    unknown = tuple(
        _marked(answerer, dataclasses.replace(one, question=dataclasses.replace(one.question, asker=Role.UNKNOWN)))
        for one in questions
    )
    return Score(known, unknown)


def _marked(answerer: Answerer, labelled: Labelled) -> Marked:
    answer = answerer.answer(labelled.question)
    marks = mark(answer, labelled, answerer)
    return Marked(
        labelled, answer, marks, None if marks["perfect"] else answerer.evidence(labelled.question, labelled.gold)
    )


def mark(answer: Answer, labelled: Labelled, answerer: Answerer) -> dict[str, bool]:
    """Each figure that counts for this question, and whether the answer is right in it."""
    right = [matches(quote.reference, labelled.gold, answerer) for quote in answer.quotes]
    kind = answer.kind is labelled.kind
    first = kind and bool(right) and right[0] and answer.confidence is Confidence.HIGH
    own, silent, outside = (labelled.kind is one for one in (Kind.OWN, Kind.BORROWED, Kind.NONE))
    contact = answer.escalation.first.key if answer.escalation else None
    marks = {"low": answer.confidence is Confidence.LOW} | ({"kind": kind} if labelled.kind else {})
    marks |= {"answered": answer.kind is not Kind.NONE} if own or silent else {}
    marks |= {"none": kind} if outside else {}
    if labelled.gold:
        marks |= {"top1": first} if own else {"borrowed": first}
        marks |= {"top1_all": first, "top3": any(right[:3])}
    marks |= {"contact": contact in labelled.contact} if labelled.contact else {}
    marks |= {"avoid": contact not in labelled.avoid} if labelled.avoid else {}
    if labelled.question.asker.value in labelled.avoid:
        marks["avoid_asker"] = contact != labelled.question.asker.value
    if labelled.question.where is Where.CHANNEL and labelled.sensitive is not None:
        marks |= {"private": answer.private} if labelled.sensitive else {"open": not answer.private}
    needed = ("kind", "top1_all", "contact", "avoid", "private", "open")
    return {**marks, "perfect": all(marks.get(name, True) for name in needed)}


def matches(quoted: Reference, gold: Sequence[Reference], answerer: Answerer) -> bool:
    """Whether what is quoted is one of the gold clauses: for a whole list, any of its bullets or numbered children too."""
    for wanted in gold:
        if quoted == wanted or (wanted.item is None and quoted.clause == wanted):
            return True
        if wanted.item is None and quoted.protocol == wanted.protocol:
            protocol = answerer.council(wanted.protocol).protocol
            if any(child.number == quoted.number and child.lead for child in protocol.children(wanted.number)):
                return True
    return False


def groups(marked: Sequence[Marked]) -> list[tuple[str, list[Marked]]]:
    """The marked answers by kind, by council and by asker."""
    found: dict[str, list[Marked]] = {}
    for entry in marked:
        question = entry.labelled.question
        for name in (
            f"kind {entry.labelled.kind or 'not told'}",
            f"council {question.council}",
            f"asker {question.asker}",
        ):
            found.setdefault(name, []).append(entry)
    return sorted(found.items())


def table(score: Score, *, misses: bool = False) -> str:
    """The figures as text, and with `misses` every question that is not perfect with the evidence that decided it."""
    labelled, unknown = score.shares(score.labelled), score.shares(score.unknown)
    width = max(map(len, FIGURES.values()))
    lines = [f"{len(score.labelled)} questions: share (right/counted, 95 % interval)", ""]
    lines.append(f"{'':<{width}}  {'asker as labelled':<28}  asker unknown")
    lines += [f"{what:<{width}}  {labelled[name]!s:<28}  {unknown[name]}" for name, what in FIGURES.items()]
    lines += ["", f"{'':<{width}}  {'first, clause and silent':<28}  all at once"]
    for name, entries in groups(score.labelled):
        shares = score.shares(entries)
        lines.append(f"{name:<{width}}  {shares['top1_all']!s:<28}  {shares['perfect']}")
    if misses:
        lines += [line for entry in score.labelled if not entry.marks["perfect"] for line in _miss(entry)]
    return "\n".join(lines)


def _miss(entry: Marked) -> list[str]:
    labelled, answer = entry.labelled, entry.answer
    wrong = [name for name, right in entry.marks.items() if not right and name not in {"low", "perfect"}]
    question = labelled.question
    got = ", ".join(quote.reference.within(question.council) for quote in answer.quotes) or "nothing"
    wanted = ", ".join(reference.within(question.council) for reference in labelled.gold) or "nothing"
    contact = answer.escalation.first.key if answer.escalation else "nobody"
    lines = ["", f"{labelled.id} {question.council}, {question.asker}: {json.dumps(question.text, ensure_ascii=False)}"]
    lines.append(f"  wrong in {', '.join(wrong)}: {answer.kind} {got} (wanted {wanted}); to {contact}")
    if labelled.contact or labelled.avoid:
        lines.append(f"  contact one of {sorted(labelled.contact) or 'any'}, not {sorted(labelled.avoid) or 'anybody'}")
    evidence = entry.evidence
    if evidence is not None:
        lines.append("  won: " + "; ".join(f"{key} {chance:.2f}" for key, chance in evidence.won))
        lines.append(
            "  should have: " + ("; ".join(f"{key} {chance:.2f}" for key, chance in evidence.wanted) or "no intent")
        )
        lines.append(
            f"  by words alone: {', '.join(r.within(question.council) for r in evidence.by_words) or 'nothing'}"
        )
    return lines
