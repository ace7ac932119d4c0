"""One line of JSON an event, with a request id and an outcome, and never content.

Our own records carry a constant name and named fields. What other libraries say may hold a question (Bolt and
the Teams SDK log whole payloads), so of their records only the place and the kind of error are written,
and only from warnings up.
"""

from __future__ import annotations

import contextvars
import json
import logging
import secrets
import sys
import time
import traceback
from typing import Any, TextIO

OURS = "protocol_guide"
"""The logger under which all of ours stand."""

_request: contextvars.ContextVar[str] = contextvars.ContextVar("request", default="")


def new_request() -> str:
    """Begin a request: every line until the end of this task bears its id."""
    request = secrets.token_hex(6)
    _request.set(request)
    return request


def say(level: int, event: str, **fields: str | int | float | bool | None) -> None:
    """Write one line. `event` is a constant; `fields` hold counts, times, outcomes and ids, never people's words."""
    logging.getLogger(OURS).log(level, event, extra={"fields": fields})


def say_error(event: str, error: BaseException, **fields: str | int | float | bool | None) -> None:
    """Write what kind of error happened and where, without its message, which may hold content."""
    say(logging.ERROR, event, error=type(error).__name__, at=_places(error), **fields)


def start_logging(level: str, stream: TextIO | None = None) -> logging.Handler:
    """Send everything through one handler that writes nothing but these lines. Gives the handler."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Lines())
    handler.addFilter(_wanted)
    root = logging.getLogger()
    for other in list(root.handlers):
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(level.upper())
    return handler


def _wanted(record: logging.LogRecord) -> bool:
    return _is_ours(record) or record.levelno >= logging.WARNING


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name == OURS


class Lines(logging.Formatter):
    """Writes a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. Of a foreign record: logger, place and kind of error, never its message."""
        line: dict[str, Any] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
        }
        if _is_ours(record):
            line["event"] = record.msg
            if request := _request.get():
                line["request"] = request
            line |= getattr(record, "fields", {})
        else:
            line |= {"event": "library", "logger": record.name, "at": f"{record.module}:{record.lineno}"}
            if record.exc_info and record.exc_info[1] is not None:
                line["error"] = record.exc_info[0].__name__ if record.exc_info[0] else ""
                line["raised"] = _places(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def _places(error: BaseException) -> str:
    """The last places of a traceback, as `module:line`, the raising one first."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " ".join(f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}" for frame in reversed(frames))
