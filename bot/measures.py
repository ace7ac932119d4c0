"""What is measured while serving, for Prometheus: channels and outcomes, nothing of topics, councils or people."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from bot.answer import Ending

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Outcome(StrEnum):
    """How a question ended, as coarsely as whoever runs the program needs it."""

    ANSWERED = "answered"
    CHOICE = "choice"
    SILENT = "silent"
    SENTENCE = "sentence"
    REFUSED = "refused"
    THROTTLED = "throttled"


def outcome_of(ending: Ending) -> Outcome:
    """The coarse outcome of an ending."""
    match ending:
        case Ending.OWN | Ending.BORROWED:
            return Outcome.ANSWERED
        case Ending.CHOICE:
            return Outcome.CHOICE
        case Ending.SILENT:
            return Outcome.SILENT
        case _:
            return Outcome.SENTENCE


class Measures:
    """The counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        named: Any = {"registry": self.registry, "namespace": "protocol_guide"}
        self._questions = Counter("questions", "Questions by how they ended.", ["channel", "outcome"], **named)
        self._look_ups = Counter("look_ups", "Clauses looked up.", ["channel"], **named)
        self._errors = Counter("errors", "Requests that failed on our side.", ["channel"], **named)
        self._reminders = Counter("reminders", "Review reminders sent to clerks.", ["channel"], **named)
        self._answering = Histogram("answering_seconds", "Finding an answer.", buckets=_BUCKETS, **named)
        self._asking = Histogram(
            "asking_seconds", "From a question to its answer, storage included.", ["channel"], buckets=_BUCKETS, **named
        )
        self._requests = Histogram("http_seconds", "HTTP requests.", ["route", "status"], buckets=_BUCKETS, **named)
        self._engines = Gauge("engines", "Councils whose search engine is in memory.", **named)
        self._broken = Gauge("broken_councils", "Councils whose new data cannot be used; the old is served.", **named)
        self._tasks = Gauge("tasks", "Things that are being done at this moment.", **named)
        ProcessCollector(registry=self.registry)

    def question(self, channel: str, outcome: Outcome, seconds: float, answering: float | None = None) -> None:
        """A question was dealt with, in `seconds`, of which `answering` to find the answer."""
        self._questions.labels(channel, outcome.value).inc()
        self._asking.labels(channel).observe(seconds)
        if answering is not None:
            self._answering.observe(answering)

    def look_up(self, channel: str) -> None:
        """A clause was looked up."""
        self._look_ups.labels(channel).inc()

    def error(self, channel: str) -> None:
        """A request failed on our side."""
        self._errors.labels(channel).inc()

    def reminder(self, channel: str) -> None:
        """A clerk was reminded."""
        self._reminders.labels(channel).inc()

    def request(self, route: str, status: int, seconds: float) -> None:
        """An HTTP request was answered. `route` is one of ours, never a path that a stranger typed."""
        self._requests.labels(route, f"{status // 100}xx").observe(seconds)

    def councils(self, engines: int, broken: int) -> None:
        """How many councils are in memory, and how many have broken new data. Called in the event loop."""
        self._engines.set(engines)
        self._broken.set(broken)
        self._tasks.set(len(asyncio.all_tasks()))

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)
