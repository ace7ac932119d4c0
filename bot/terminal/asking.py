"""`ask`: one question, or a file of them."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.answer import Answer, Ending, Question, Where
from bot.answering import Answerer
from bot.errors import BotError
from bot.terminal.as_json import answer_to_json, dumps
from bot.terminal.drawing import draw_answer
from knowledge.errors import KnowledgeError
from knowledge.model import Role

if TYPE_CHECKING:
    from bot.terminal.commands import Desktop

LONGEST_LINE = 1_000_000
"""Bytes of a line of a batch that are read."""


class BadLine(BotError):
    """A line of a file of questions cannot be used."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a JSON Lines file, from 1: what it holds, or what is wrong with it."""

    number: int
    values: Mapping[str, Any]
    wrong: str | None = None


def one(desktop: Desktop, text: str, asker: str, where: str, as_json: bool) -> int:
    """Answer one question on standard output."""
    from bot.terminal.commands import paper, say

    question = Question(text, desktop.slug, date.today(), Role(asker), Where(where))
    answer = _answered(desktop.answerer, question, desktop.notices)
    say(dumps(answer_to_json(answer), indent=2) if as_json else draw_answer(answer, desktop.council, paper()))
    return 0


def batch(desktop: Desktop, path: Path, asker: str, where: str, as_json: bool) -> int:
    """Answer every line of a file, in order. A bad line is reported in its place, and the rest is answered."""
    from bot.terminal.commands import paper, say, warn

    answerer = desktop.answerer
    failed = False
    drawn_on = paper()
    lines = list(read_lines(path))
    progress = sys.stderr.isatty()
    for count, line in enumerate(lines, start=1):
        try:
            council = line.values.get("council")
            notices = desktop.notices if council is None else ()
            answer = _answered(answerer, _question(line, desktop.slug, asker, where), notices)
            if as_json:
                say(dumps({**answer_to_json(answer), "id": line.values.get("id")}))
            else:
                say(
                    f"{answer.question.text}\n\n{draw_answer(answer, answerer.council(answer.question.council), drawn_on)}\n"
                )
        except (BotError, KnowledgeError) as error:
            failed = True
            if as_json:
                say(dumps({"id": line.values.get("id"), "line": line.number, "error": str(error)}))
            warn(f"{path}, line {line.number}: {error}")
        if progress:
            sys.stderr.write(f"\r{count} of {len(lines)}" + ("\n" if count == len(lines) else ""))
    return 2 if failed else 0


def read_objects(path: Path) -> list[Mapping[str, Any]]:
    """Every line of a JSON Lines file, all of which must be good.

    Raises:
        BadLine: for the first that is not, with its number.
    """
    found = []
    for line in read_lines(path):
        if line.wrong:
            raise BadLine(f"{path}, line {line.number}: {line.wrong}")
        found.append(line.values)
    return found


def read_lines(path: Path) -> Iterator[Line]:
    """The lines of a JSON Lines file that hold anything; `-` is standard input.

    Raises:
        BadLine: when the file cannot be read at all.
    """
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise BadLine(f"{path} cannot be read: {error.strerror}. Give a file with one JSON object a line.") from error
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if raw.strip():
            yield _line(number, raw)


def _line(number: int, raw: bytes) -> Line:
    if len(raw) > LONGEST_LINE:
        return Line(number, {}, f"this line is longer than {LONGEST_LINE:,} bytes. Ask in a few sentences.")
    try:
        values = json.loads(raw)
    except (ValueError, RecursionError):
        return Line(
            number, {}, 'this is no JSON. Write one object a line, for example {"question": "who instructs staff?"}.'
        )
    if not isinstance(values, dict):
        return Line(number, {}, 'this is no JSON object. Write for example {"question": "who instructs staff?"}.')
    return Line(number, values)


def _question(line: Line, council: str, asker: str, where: str) -> Question:
    if line.wrong:
        raise BadLine(line.wrong)
    texts = {"council": council, "asker": asker, "where": where, "question": "", **line.values}
    for name in ("question", "council", "asker", "where"):
        if texts[name] is None and name != "question":
            texts[name] = {"council": council, "asker": asker, "where": where}[name]
        if not isinstance(texts[name], str):
            raise BadLine(f"{name} should be a text in quotation marks.")
    try:
        role, place = Role(texts["asker"]), Where(texts["where"])
    except ValueError as error:
        raise BadLine(
            f"{error.args[0].split(' is not')[0]} is not known: asker is one of {', '.join(Role)}; "
            f"where is one of {', '.join(Where)}."
        ) from error
    return Question(texts["question"], texts["council"], date.today(), role, place)


def _answered(answerer: Answerer, question: Question, notices: tuple[str, ...]) -> Answer:
    """The answer, with notices about this run before its own.

    Raises:
        BadLine: for a question without words, and for one that is too long to be read.
    """
    from bot import wording

    answer = answerer.answer(question)
    if answer.ending is Ending.EMPTY:
        raise BadLine(f"The question has no words. {wording.EMPTY}")
    if answer.ending is Ending.TOO_LONG:
        raise BadLine(wording.TOO_LONG)
    return dataclasses.replace(answer, notices=(*notices, *answer.notices)) if notices else answer
