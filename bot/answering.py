"""The answering core: a question in, an answer out. No network, no clock, no environment."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from bot import wording
from bot.answer import (
    Answer,
    Confidence,
    Ending,
    Escalation,
    Kind,
    LookUp,
    NationalContact,
    Question,
    Quote,
    Step,
    Where,
)
from bot.carried import BadCarried, unpack
from bot.emphasis import deciding_sentence
from bot.looking_up import look_up, suggest
from intents.distress import Distress
from intents.escalation import climb
from intents.finding import Finder, Finding, Found
from intents.matching import Known, Match, Matcher
from intents.model import Speech
from intents.tuning import Tuning
from knowledge.model import Contact, Council, CouncilProtocol, Reference, Role
from knowledge.text import words

LONGEST = 4_000
"""Characters of a question that are read; a longer one is refused, unread."""

QUOTES = 5
"""At most so many quotations in an answer."""

_ENDINGS = {
    Speech.GREETING: Ending.GREETING,
    Speech.THANKS: Ending.THANKS,
    Speech.HELP: Ending.HELP,
    Speech.CHAT: Ending.CHAT,
    Speech.MISUSE: Ending.MISUSE,
}
_SMALL_TALK = {Speech.GREETING, Speech.THANKS, Speech.HELP, Speech.CHAT}
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True)
class _Asked:
    """A question as understood: who asks, whom it is about, and what was found."""

    question: Question
    council: Council
    match: Match
    finding: Finding
    asker: Role
    subject: Role | None
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why an answer came out as it did: the likeliest intents, those tied to wanted clauses, and the clauses by words."""

    won: tuple[tuple[str, float], ...]
    wanted: tuple[tuple[str, float], ...]
    by_words: tuple[Reference, ...]


class Answerer:
    """Answers questions for any number of councils. Safe to share between threads and tasks.

    `council_named` gives a council by its slug, `lenders` are the shipped councils whose protocols may be borrowed from, the
    preferred one first.
    """

    def __init__(
        self,
        council_named: Callable[[str], Council],
        lenders: Sequence[Council],
        matcher: Matcher,
        distress: Distress,
        tuning: Tuning,
    ) -> None:
        self._council_named = council_named
        self._lenders = tuple(lenders)
        self._matcher = matcher
        self._distress = distress
        self._tuning = tuning
        self._finders: dict[str, tuple[Council, Finder]] = {}

    def council(self, slug: str) -> Council:
        """The council of that slug, as it is now.

        Raises:
            knowledge.errors.UnknownCouncil: when there is none.
        """
        return self._council_named(slug)

    def answer(self, question: Question) -> Answer:
        """Answer one question.

        Raises:
            knowledge.errors.UnknownCouncil: when the question names a council that does not exist.
        """
        council = self.council(question.council)
        text = clean(question.text)
        if not re.search(r"\w", text):
            return self._without_clause(question, Ending.EMPTY)
        if len(text) > LONGEST:
            return self._without_clause(question, Ending.TOO_LONG)
        asked = self._understand(question, council, text)
        answer = self._looked_up(asked, text) or self._quoted(asked) or self._silent(asked)
        return self._with_urgent(answer, text)

    def answers(self, question: Question) -> Mapping[Role, Answer]:
        """The answers for every role that could be asking, the unknown one included."""
        return {role: self.answer(dataclasses.replace(question, asker=role)) for role in Role}

    def recall(self, packed: str, council: str, asked_on: date, where: Where = Where.DM) -> Answer:
        """The answer that `bot.carried.pack` made a button of, with an empty question and today's words of its clauses.

        Raises:
            bot.carried.BadCarried: when it is none, or when its clauses or contacts are gone.
            knowledge.errors.UnknownCouncil: when there is no such council.
        """
        carried = unpack(packed)
        own = self.council(council)
        question = Question("", council, asked_on, carried.asker, where)
        quotes = tuple(self._recalled(reference, own, emphasis) for reference, emphasis in carried.quotes)
        if any(not 0 <= place < len(quotes) for pair in carried.differs for place in pair):
            raise BadCarried(wording.OLD_BUTTON)
        differs = tuple((quotes[one].reference, quotes[other].reference) for one, other in carried.differs)
        basis = self._recalled(carried.basis, own) if carried.basis else None
        steps = tuple(Step(self._contact(own, key), join) for key, join in carried.steps)
        escalation = Escalation(steps, basis, basis is None, carried.avoid, carried.confirmed) if steps else None
        services = (self._distress.named(key) for key in carried.urgent)
        return Answer(
            question=question,
            ending=carried.ending,
            kind=carried.kind,
            confidence=carried.confidence,
            intent=carried.intent,
            theme=carried.theme,
            private=carried.private,
            sensitive=carried.sensitive,
            subject=carried.subject,
            quotes=quotes,
            escalation=escalation,
            notices=_notices(question, own, quotes, escalation, differs) if escalation else (),
            related=self._related(quotes) if quotes else (),
            differs=differs,
            places=carried.places,
            urgent=tuple(NationalContact(**dataclasses.asdict(service)) for service in services if service),
        )

    def chosen(self, answer: Answer, place: int) -> Answer:
        """The answer that a choice leads to: that quotation alone, with the contact that its own clause names.

        Raises:
            IndexError: when there is no such choice.
        """
        quote, own = answer.quotes[place], self.council(answer.question.council)
        role, subject = answer.question.asker, answer.subject
        borrowed = quote.protocol.slug != own.protocol.slug
        escalation = self._climbed(own, quote, answer.intent, role, subject)
        return dataclasses.replace(
            answer,
            ending=Ending.BORROWED if borrowed else Ending.OWN,
            kind=Kind.BORROWED if borrowed else Kind.OWN,
            confidence=Confidence.HIGH,
            quotes=(quote,),
            escalation=escalation,
            differs=(),
            related=self._related((quote,)),
            notices=_notices(answer.question, own, (quote,), escalation, ()),
        )

    def nothing_chosen(self, answer: Answer) -> Answer:
        """The answer where none of the choices is what was meant: silence, and the usual contact."""
        own = self.council(answer.question.council)
        taken = climb(own, own, None, None, answer.question.asker, answer.subject)
        steps = tuple(Step(self._contact(own, rung.contact), rung.join) for rung in taken.rungs)
        escalation = Escalation(steps, default=True, avoid=taken.avoided)
        return dataclasses.replace(
            answer,
            ending=Ending.SILENT,
            kind=Kind.NONE,
            confidence=None,
            quotes=(),
            escalation=escalation,
            differs=(),
            related=(),
            notices=_notices(answer.question, own, (), escalation, ()),
        )

    def section(self, council: str, reference: Reference) -> tuple[Quote, ...]:
        """The clauses of the innermost section in which `reference` stands, of its own protocol or a borrowed one.

        Raises:
            knowledge.errors.UnknownCouncil: when there is no such council.
            bot.carried.BadCarried: when the clause is gone.
        """
        quote = self._recalled(reference, self.council(council))
        place = quote.protocol.clauses.index(quote.clause)
        holding = [section for section in quote.protocol.sections if place in section.clauses]
        inner = min(holding, key=lambda section: len(section.clauses)).clauses if holding else (place,)
        return tuple(Quote(quote.protocol, quote.protocol.clauses[number]) for number in inner)

    def _recalled(self, reference: Reference, own: Council, emphasis: tuple[int, int] | None = None) -> Quote:
        known = {council.protocol.slug: council.protocol for council in (*self._lenders, own)}
        protocol = known.get(reference.protocol)
        clause = protocol.find(reference) if protocol else None
        if protocol is None or clause is None:
            raise BadCarried(wording.OLD_BUTTON)
        start, end = emphasis or (0, 0)
        return Quote(
            protocol,
            clause,
            reference.item,
            emphasis if 0 <= start < end <= len(clause.words_of(reference.item)) else None,
        )

    def evidence(self, question: Question, wanted: Sequence[Reference]) -> Evidence:
        """What spoke for the answer to a question, and what spoke for clauses that were wanted instead."""
        match = self._matcher.match(clean(question.text), question.asker)
        named = [
            (intent.key, float(chance), intent.clauses)
            for intent, chance in sorted(
                zip(self._matcher.intents, match.chances, strict=True), key=lambda pair: -pair[1]
            )
        ]
        return Evidence(
            tuple((key, chance) for key, chance, _ in named[:3]),
            tuple((key, chance) for key, chance, clauses in named if set(clauses) & set(wanted))[:3],
            self._finder(self.council(question.council)).by_words(clean(question.text), 3),
        )

    def look_up(self, council: str, query: str) -> LookUp:
        """A clause, bullet or section by its number, heading or words.

        Raises:
            knowledge.errors.UnknownCouncil: when there is no such council.
        """
        known = self.council(council)
        return look_up(known.protocol, query, self._finder(known).by_words)

    def search(self, council: str, typed: str, limit: int = QUOTES) -> tuple[Quote, ...]:
        """Clauses of the council's own protocol for what somebody has typed so far: a number, a heading or words.

        Raises:
            knowledge.errors.UnknownCouncil: when there is no such council.
        """
        known = self.council(council)
        return suggest(known.protocol, typed, self._finder(known).by_words, limit)

    def forget(self, council: str) -> None:
        """Drop what is kept in memory for a council; it is made anew when the council is next asked about."""
        self._finders.pop(council, None)

    def with_ties(self, council: Council) -> Council:
        """The council as it is answered from: tied by its clerk, or where nobody did that, by its clauses' words."""
        return self._tied(council)

    def _understand(self, question: Question, council: Council, text: str) -> _Asked:
        match = self._matcher.match(text, question.asker, council.called)
        finding = self._finder(council).find(text, match, QUOTES)
        tuning = self._tuning
        subject = max(match.subjects, key=lambda role: match.subjects[role])
        if match.named and subject not in match.named and self._distress.contacts(text):
            subject = match.named[0]  # whoever is named by somebody in danger is never whom they are sent to
        asker = question.asker
        if asker is Role.UNKNOWN:
            likely = max(match.askers, key=lambda role: match.askers[role])
            asker = likely if match.askers[likely] >= tuning.asker else Role.UNKNOWN
        return _Asked(question, council, match, finding, asker, subject, match.sensitive >= tuning.sensitive)

    def _quoted(self, asked: _Asked) -> Answer | None:
        """The answer from the own protocol, or from another where the own is silent; None where none speaks to it."""
        finding, tuning = asked.finding, self._tuning
        if finding.none_chance > tuning.silence * (finding.own_chance + finding.borrowed_chance):
            return None
        borrowed = finding.borrowed_chance > tuning.borrow * finding.own_chance
        found = finding.borrowed if borrowed else finding.own
        if not found:
            return None
        return self._from(self._worth_showing(found), asked, borrowed, sure=found[0].score >= tuning.low)

    def _looked_up(self, asked: _Asked, text: str) -> Answer | None:
        """A choice of the clauses that use it, where all that was asked is one word: it is no question yet."""
        likeliest = self._matcher.intents[int(asked.match.chances.argmax())]
        if len(words(text)) > 1 or likeliest.speech in _SMALL_TALK:
            return None
        own, borrowed = self._finder(asked.council).using(text, QUOTES)
        found = own or borrowed
        return self._from(found, asked, not own, sure=False) if found else None

    def _from(self, found: Sequence[Reference], asked: _Asked, borrowed: bool, *, sure: bool) -> Answer:
        """The answer that quotes what was found, or where it is not sure, offers it as a choice."""
        kind = Kind.BORROWED if borrowed else Kind.OWN
        confidence = Confidence.HIGH if sure else Confidence.LOW
        intent = self._intent(asked.match, found[0], asked.council)
        quotes = tuple(self._quote(reference, asked) for reference in found)
        quotes, differs = self._with_differing(quotes)
        answered = Ending.BORROWED if borrowed else Ending.OWN
        ending = Ending.CHOICE if confidence is Confidence.LOW else answered
        escalation = self._escalation(asked, quotes[0], intent)
        return Answer(
            question=asked.question,
            ending=ending,
            kind=kind,
            confidence=confidence,
            intent=intent.key,
            theme=intent.theme,
            private=self._private(asked),
            sensitive=asked.sensitive,
            subject=asked.subject,
            quotes=quotes,
            escalation=escalation,
            notices=_notices(asked.question, asked.council, quotes, escalation, differs),
            related=self._related(quotes),
            differs=differs,
        )

    def _silent(self, asked: _Asked) -> Answer:
        """No clause speaks to it: small talk gets its sentence, a matter the headings to look under and the default contact."""
        best = int(asked.match.chances[self._speechless].argmax())
        intent = self._matcher.intents[self._speechless[best]]
        ending = _ENDINGS.get(intent.speech, Ending.SILENT)
        if ending is not Ending.SILENT:
            return self._without_clause(asked.question, ending, intent)
        taken = climb(asked.council, asked.council, None, None, asked.asker, asked.subject)
        escalation = Escalation(
            tuple(Step(self._contact(asked.council, rung.contact), rung.join) for rung in taken.rungs),
            default=True,
            avoid=taken.avoided,
        )
        places = tuple(
            dict.fromkeys(
                heading
                for entry in asked.finding.own
                for clause in [asked.council.protocol.find(entry.reference)]
                if clause
                for heading in clause.heading[-1:]
            )
        )[:3]
        return Answer(
            question=asked.question,
            ending=ending,
            kind=Kind.NONE,
            confidence=None,
            intent=intent.key,
            theme=intent.theme,
            private=self._private(asked),
            sensitive=asked.sensitive,
            subject=asked.subject,
            escalation=escalation,
            places=places,
            notices=_notices(asked.question, asked.council, (), escalation, ()),
        )

    def _without_clause(self, question: Question, ending: Ending, intent: Known | None = None) -> Answer:
        """A courteous fixed sentence: no clause and nobody to go to."""
        return Answer(
            question=question,
            ending=ending,
            kind=Kind.NONE,
            confidence=None,
            intent=intent.key if intent else None,
            theme=intent.theme if intent else None,
            private=question.where is Where.DM,
        )

    def _with_urgent(self, answer: Answer, text: str) -> Answer:
        """Put national services first, and answer privately, where somebody may be in danger or distress."""
        urgent: tuple[NationalContact, ...] = tuple(
            NationalContact(contact.key, contact.name, contact.how, contact.source)
            for contact in self._distress.contacts(text)
        )
        return dataclasses.replace(answer, urgent=urgent, private=True, sensitive=True) if urgent else answer

    def _private(self, asked: _Asked) -> bool:
        return asked.question.where is Where.DM or asked.sensitive

    def _finder(self, council: Council) -> Finder:
        kept = self._finders.get(council.slug)
        if kept is None or kept[0] is not council:
            lenders = [lender for lender in self._lenders if lender.slug != council.slug]
            kept = (council, Finder(self._tied(council), lenders, self._matcher.intents, self._tuning.weights))
            self._finders[council.slug] = kept
        return kept[1]

    def _tied(self, council: Council) -> Council:
        """The council with intents tied to its clauses: by the catalogue, by its clerk, or by the clauses' words."""
        if council.shipped or council.ties:
            return council
        from intents.tying import propose_ties  # not needed where a clerk has imported the protocol

        ties = propose_ties(council.protocol, self._lenders, self._matcher.intents)
        return dataclasses.replace(council, ties=ties)

    @cached_property
    def _speechless(self) -> list[int]:
        return [number for number, intent in enumerate(self._matcher.intents) if not intent.clauses]

    def _intent(self, match: Match, reference: Reference, council: Council) -> Known:
        """The likeliest intent among those that the quoted clause serves, for counting and for the ladder."""
        intents = self._matcher.intents
        tied = {tie.intent for tie in self._finder(council).ties if reference in tie.references}
        order: list[int] = (-match.chances).argsort().tolist()
        for number in order[:20]:
            if reference in intents[number].clauses or intents[number].key in tied:
                return intents[number]
        return intents[order[0]]

    def _quote(self, reference: Reference, asked: _Asked) -> Quote:
        protocol = self._protocol_of(reference, asked.council)
        clause = protocol.by_number[reference.number.text]
        text = clause.words_of(reference.item)
        return Quote(protocol, clause, reference.item, deciding_sentence(text, clean(asked.question.text)))

    def _protocol_of(self, reference: Reference, own: Council) -> CouncilProtocol:
        return self._council_of(reference, own).protocol

    def _council_of(self, reference: Reference, own: Council) -> Council:
        if reference.protocol == own.protocol.slug:
            return own
        return next(lender for lender in self._lenders if lender.slug == reference.protocol)

    def _worth_showing(self, found: Sequence[Found]) -> Sequence[Reference]:
        """The first, and what comes near enough to it to be worth a reader's time."""
        return [entry.reference for entry in found[:QUOTES] if entry.score >= found[0].score * self._tuning.worth]

    def _with_differing(
        self, quotes: tuple[Quote, ...]
    ) -> tuple[tuple[Quote, ...], tuple[tuple[Reference, Reference], ...]]:
        """Put beside the first clause the one that its protocol declares to disagree with it, in the protocol's order."""
        first = quotes[0]
        for pair in first.protocol.differs:
            if first.reference.clause not in (pair[0].clause, pair[1].clause):
                continue
            other = pair[1] if first.reference.clause == pair[0].clause else pair[0]
            beside = Quote(first.protocol, first.protocol.by_number[other.number.text], other.item)
            rest = tuple(quote for quote in quotes[1:] if quote.reference != other)
            return (first, beside, *rest)[:QUOTES], ((first.reference, other),)
        return quotes, ()

    def _related(self, quotes: tuple[Quote, ...]) -> tuple[Quote, ...]:
        """The list that a quoted bullet or numbered child stands in, where it is not quoted already."""
        first = quotes[0]
        parent = first.clause if first.item is not None else None
        if parent is None and first.clause.lead and (number := first.clause.number.parent):
            parent = first.protocol.by_number.get(number.text)
        if parent is None or any(quote.item is None and quote.clause is parent for quote in quotes):
            return ()
        return (Quote(first.protocol, parent),)

    def _escalation(self, asked: _Asked, first: Quote, intent: Known) -> Escalation:
        return self._climbed(asked.council, first, intent.key, asked.asker, asked.subject)

    def _climbed(self, own: Council, first: Quote, intent: str | None, asker: Role, subject: Role | None) -> Escalation:
        quoted = self._council_of(first.reference, own)
        taken = climb(own, quoted, first.reference, intent, asker, subject)
        basis = None
        if taken.ladder is not None:
            clause = quoted.protocol.by_number[taken.ladder.basis.number.text]
            basis = Quote(quoted.protocol, clause, taken.ladder.basis.item)
        return Escalation(
            tuple(Step(self._contact(own, rung.contact), rung.join) for rung in taken.rungs),
            basis=basis,
            default=basis is None,
            avoid=taken.avoided,
            confirmed=taken.ladder is None or taken.ladder.confirmed,
        )

    def _contact(self, council: Council, key: str) -> Contact:
        """The council's own name and details for a contact; the role's plain name where it has not said."""
        known = council.contacts.known.get(key)
        return known if known is not None else Contact(key, wording.plain_contact(key))


def _notices(
    question: Question,
    council: Council,
    quotes: Sequence[Quote],
    escalation: Escalation,
    differs: Sequence[tuple[Reference, Reference]],
) -> tuple[str, ...]:
    protocol = council.protocol
    notices = [wording.review_notice(protocol, question.asked_on)]
    if quotes and quotes[0].protocol.slug != protocol.slug and not escalation.default:
        notices.append(wording.BORROWED_CONTACT)
    if not escalation.confirmed:
        notices.append(wording.UNCONFIRMED_CONTACT)
    notices += [wording.differ(one, other) for one, other in differs]
    return tuple(notice for notice in notices if notice)


def clean(text: str) -> str:
    """A question as it is read: control and invisible characters become spaces, runs of space one."""
    return " ".join(_NOT_TEXT.sub(" ", text).split())
