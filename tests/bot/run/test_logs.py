"""Logs: one line of JSON an event, with a request id, and nothing that anybody wrote."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.logs import new_request, say, say_error, start_logging

CANARY = "cucumberwaltz"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged at DEBUG, with the root logger put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    start_logging("debug", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def test_ours_is_one_line_with_its_fields_and_request(lines: io.StringIO) -> None:
    """Event, level, time, request id and fields, as JSON."""
    request = new_request()
    say(logging.INFO, "asked", channel="slack", outcome="answered", ms=1.5)
    line = json.loads(lines.getvalue())
    assert line["event"] == "asked"
    assert line["request"] == request
    assert (line["channel"], line["outcome"], line["ms"], line["level"]) == ("slack", "answered", 1.5, "info")


@pytest.mark.parametrize("name", ["slack_bolt.AsyncApp", "microsoft_teams", "httpx", "sqlalchemy.engine", "asyncio"])
@pytest.mark.parametrize("level", [logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL])
def test_no_words_of_a_library_are_written_at_any_level(lines: io.StringIO, name: str, level: int) -> None:
    """Libraries log whole payloads: neither message, arguments nor an exception's text comes through."""
    try:
        raise ValueError(f"cannot read {CANARY}")
    except ValueError:
        logging.getLogger(name).log(level, f"body: {CANARY} %s", CANARY, exc_info=True)
    assert CANARY not in lines.getvalue()
    assert bool(lines.getvalue()) == (level >= logging.WARNING)


def test_an_error_is_told_by_kind_and_place(lines: io.StringIO) -> None:
    """Its message may hold a question, so it is left out."""
    try:
        raise KeyError(CANARY)
    except KeyError as error:
        say_error("request failed", error)
    line = json.loads(lines.getvalue())
    assert (line["event"], line["error"]) == ("request failed", "KeyError")
    assert "test_logs.py" in line["at"]
    assert CANARY not in lines.getvalue()
