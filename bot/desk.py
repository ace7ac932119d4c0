"""What happens around an answer, the same on every platform: whose council, how often, what is said first."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot import wording
from bot.answer import Answer, Confidence, Ending, Kind, LookUp, Question, Quote, Where, whole_section
from bot.answering import Answerer
from bot.carried import BadCarried
from bot.logs import say
from bot.measures import Measures, Outcome, outcome_of
from bot.presentation import Presentation, present
from bot.storage import Platform, Storage
from bot.throttle import Throttle
from knowledge.errors import KnowledgeError
from knowledge.model import Council, Reference, Role, is_slug

_A_MINUTE = 20
_PRIVACY = "privacy"
_PROMPTS = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a channel received it. `role` is one that the asker declared with it; `today` the day it came."""

    platform: Platform
    workspace: str
    user: str
    text: str
    where: Where
    today: date
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and what belongs around it.

    `by_role` holds the answers for every role, for "I'm asking as…"; `choices` what each choice leads to. `privacy` is
    said before the answer when it is the first private one, or when the subject is the clerk. `remembered` is the role
    that the asker once asked to be remembered.
    """

    answer: Answer
    council: Council
    by_role: Mapping[Role, Answer]
    presentation: Presentation
    choices: tuple[Answer, ...] = ()
    privacy: str | None = None
    remembered: Role | None = None


class Reason(StrEnum):
    """Why a question is not answered."""

    UNKNOWN_WORKSPACE = "unknown workspace"
    NO_PROTOCOL = "no protocol"
    THROTTLED = "throttled"
    OLD_BUTTON = "old button"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A courteous sentence instead of an answer."""

    sentence: str
    reason: Reason


async def _nothing_to_do(_council: str) -> None:
    """All councils are at hand."""


class Desk:
    """Takes questions from any channel. Safe to share between tasks.

    `take_up` makes a council's newest data ready for the answerer before it is asked (hosted councils lie in the
    database); by default there is nothing to do.
    """

    def __init__(
        self,
        answerer: Answerer,
        storage: Storage,
        throttle: Throttle | None = None,
        measures: Measures | None = None,
        take_up: Callable[[str], Awaitable[None]] = _nothing_to_do,
    ) -> None:
        self._answerer = answerer
        self._storage = storage
        self._throttle = throttle or Throttle(_A_MINUTE, time.monotonic)
        self.measures = measures or Measures()
        self._take_up = take_up
        self._prompts: dict[str, tuple[Council, tuple[str, ...]]] = {}

    async def ask(self, asked: Asked) -> Reply | Refusal:
        """Answer a question: whose council, may they ask, in what role, the answer, what is said first, the count."""
        began = time.perf_counter()
        if not self._throttle.allowed(asked.platform.value, asked.workspace, asked.user):
            self._record(asked.platform, Outcome.THROTTLED, began)
            return Refusal(wording.THROTTLED, Reason.THROTTLED)
        remembered = await self._storage.role_of(asked.platform, asked.workspace, asked.user)
        council = await self.council(asked.platform, asked.workspace)
        if isinstance(council, Refusal):
            self._record(asked.platform, Outcome.REFUSED, began)
            return council
        role = asked.role or remembered or Role.UNKNOWN
        question = Question(asked.text, council.slug, asked.today, role, asked.where)
        before = time.perf_counter()
        by_role = self._answerer.answers(question)
        answering = time.perf_counter() - before
        answer = by_role[role]
        privacy = await self._privacy(asked, answer)
        month = asked.today.strftime("%Y-%m")
        await self._storage.count(council.slug, answer.theme or "", answer.ending.value, month)
        self._record(asked.platform, outcome_of(answer.ending), began, answering)
        return Reply(answer, council, by_role, present(answer, council), self._choices(answer), privacy, remembered)

    async def recall(
        self, platform: Platform, workspace: str, user: str, packed: str, today: date, where: Where = Where.DM
    ) -> Reply | Refusal:
        """The answer that a button carries (`bot.carried.pack`), as it was for the role that it was given for.

        `by_role` holds nothing: the buttons that carry the other roles' answers stand beside it.
        """
        council = await self._allowed_council(platform, workspace, user)
        if isinstance(council, Refusal):
            return council
        try:
            answer = self._answerer.recall(packed, council.slug, today, where)
        except BadCarried as error:
            return Refusal(str(error), Reason.OLD_BUTTON)
        return Reply(answer, council, {}, present(answer, council), self._choices(answer))

    def _choices(self, answer: Answer) -> tuple[Answer, ...]:
        if answer.ending is not Ending.CHOICE:
            return ()
        return tuple(self._answerer.chosen(answer, place) for place in range(len(answer.quotes)))

    async def section(
        self, platform: Platform, workspace: str, user: str, reference: str
    ) -> tuple[Quote, ...] | Refusal:
        """The whole section in which a clause stands that a button carries as a reference."""
        council = await self._allowed_council(platform, workspace, user)
        if isinstance(council, Refusal):
            return council
        try:
            return self._answerer.section(council.slug, Reference.parse(reference, council.slug))
        except KnowledgeError:
            return Refusal(wording.OLD_BUTTON, Reason.OLD_BUTTON)
        except BadCarried as error:
            return Refusal(str(error), Reason.OLD_BUTTON)

    async def open_section(self, platform: Platform, workspace: str, place: str) -> tuple[Quote, ...] | Refusal:
        """A section of the council's own protocol by its place, from 0."""
        council = await self.council(platform, workspace)
        if isinstance(council, Refusal):
            return council
        sections = council.protocol.sections
        if not place.isdecimal() or int(place) >= len(sections) or not sections[int(place)].clauses:
            return Refusal(wording.NO_SUCH_SECTION, Reason.OLD_BUTTON)
        return whole_section(council.protocol, sections[int(place)].clauses)

    def none_of_these(self, reply: Reply) -> Reply:
        """What somebody is told who finds none of the choices to be theirs: that the protocol does not say."""
        answer = self._answerer.nothing_chosen(reply.answer)
        return Reply(answer, reply.council, {}, present(answer, reply.council))

    async def quote(self, platform: Platform, workspace: str, user: str, reference: str) -> Quote | Refusal:
        """The clause that a button carries as a reference, to be shared."""
        found = await self.section(platform, workspace, user, reference)
        if isinstance(found, Refusal):
            return found
        item = Reference.parse(reference, found[0].protocol.slug)
        return next(
            Quote(quote.protocol, quote.clause, item.item) for quote in found if quote.clause.number == item.number
        )

    async def council(self, platform: Platform, workspace: str) -> Council | Refusal:
        """The council of a workspace, for what needs no question: its sections, contacts, state of review."""
        slug = await self._storage.council_of(platform, workspace)
        if slug is None:
            return Refusal(wording.REFUSED_WORKSPACE, Reason.UNKNOWN_WORKSPACE)
        try:
            await self._take_up(slug)
            return self._answerer.council(slug)
        except KnowledgeError:
            say(logging.ERROR, "council without a protocol that can be used", council=slug)
            return Refusal(wording.NO_PROTOCOL_IN_FORCE, Reason.NO_PROTOCOL)

    async def look_up(self, platform: Platform, workspace: str, user: str, query: str) -> LookUp | Refusal:
        """A clause, bullet or section by number, heading or words."""
        council = await self._allowed_council(platform, workspace, user)
        if isinstance(council, Refusal):
            return council
        self.measures.look_up(platform.value)
        return self._answerer.look_up(council.slug, query)

    async def search(
        self, platform: Platform, workspace: str, words: str, limit: int = 5
    ) -> tuple[Quote, ...] | Refusal:
        """What fits some words best, for type-ahead; it is neither throttled nor counted."""
        council = await self.council(platform, workspace)
        if isinstance(council, Refusal):
            return council
        return self._answerer.search(council.slug, words, limit)

    async def feedback(
        self, platform: Platform, workspace: str, user: str, intent: str, ending: Ending, helpful: bool, today: date
    ) -> Refusal | None:
        """Count that an answer helped, or did not; by intent and outcome, without user or words."""
        council = await self._allowed_council(platform, workspace, user)
        if isinstance(council, Refusal):
            return council
        if is_slug(intent):
            month = today.strftime("%Y-%m")
            await self._storage.count_feedback(council.slug, intent, ending.value, helpful, month)
        return None

    async def remember(self, platform: Platform, workspace: str, user: str, role: Role) -> None:
        """Remember the role of a person who asks for it."""
        await self._storage.remember_role(platform, workspace, user, role)

    async def forget(self, platform: Platform, workspace: str, user: str) -> None:
        """Forget all that is kept of a person."""
        await self._storage.forget_user(platform, workspace, user)

    async def privacy_once(self, platform: Platform, workspace: str, user: str) -> str | None:
        """Who else can read this, the first time; None when the person was told already."""
        told = await self._storage.told(platform, workspace, user, _PRIVACY)
        return None if told else self.privacy()

    @staticmethod
    def privacy() -> str:
        """Who else can read a private conversation, and what is kept of it."""
        return f"{wording.PRIVACY_BEFORE_CONFIDING} {wording.PRIVACY_OURS}"

    def suggested_prompts(self, council: Council) -> tuple[str, ...]:
        """Up to four questions that this council's own protocol answers."""
        kept = self._prompts.get(council.slug)
        if kept is None or kept[0] is not council:
            if len(self._prompts) >= 64:
                self._prompts.clear()
            kept = (council, tuple(filter(lambda prompt: self._answered(council, prompt), wording.PROMPTS))[:_PROMPTS])
            self._prompts[council.slug] = kept
        return kept[1]

    def _answered(self, council: Council, prompt: str) -> bool:
        answer = self._answerer.answer(Question(prompt, council.slug, date.min))
        return answer.kind is Kind.OWN and answer.confidence is Confidence.HIGH and not answer.sensitive

    async def _allowed_council(self, platform: Platform, workspace: str, user: str) -> Council | Refusal:
        if not self._throttle.allowed(platform.value, workspace, user):
            return Refusal(wording.THROTTLED, Reason.THROTTLED)
        return await self.council(platform, workspace)

    async def _privacy(self, asked: Asked, answer: Answer) -> str | None:
        """What is said before a private answer: always when the subject is the clerk, else the first time."""
        if not answer.private:
            return None
        first = await self.privacy_once(asked.platform, asked.workspace, asked.user)
        if answer.subject is Role.CLERK:
            return wording.PRIVACY_CLERK_FIRST + self.privacy()
        return first

    def _record(self, platform: Platform, outcome: Outcome, began: float, answering: float | None = None) -> None:
        seconds = time.perf_counter() - began
        self.measures.question(platform.value, outcome, seconds, answering)
        say(logging.INFO, "asked", channel=platform.value, outcome=outcome.value, ms=round(seconds * 1000, 1))
