"""Every sentence that the bot says in its own name. Quotations are never made here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from bot.answer import Answer, Ending, Escalation, Exact, Kind, LookUp, Quote
from knowledge.model import Council, CouncilProtocol, Join, Ladder, PartialDate, Reference, Role

EXAMPLES = (
    "Can a party group make me attend?",
    "Who do I see if I'm unhappy with an officer?",
    "Can a councillor give me orders?",
    "What can I expect from councillors?",
)

HELP = (
    "I quote the clause of the councillor–officer protocol that settles a question, say where it stands, and name whom "
    "to go to next. Ask in your own words, or look a clause up by its number or heading. I write no opinion of my own, "
    "and I keep no question."
)
GREETING = "Hello. " + HELP
THANKS = "You're welcome."
CHAT = (
    "I can only quote what the councillor–officer protocol says. Ask me who may ask what of whom, or where to go next."
)
MISUSE = "I can't help with that. I only quote the councillor–officer protocol and name whom to go to next."
EMPTY = "Ask me something about how councillors and officers work together, or look up a clause by its number."
TOO_LONG = "That is too long for me to read. Ask it again in a few sentences, without names."
NO_COUNCIL = "No council was chosen, so this is the shipped protocol of {council}. Choose yours with --council."
CHOICE = "I am not sure which of these you mean."
NONE_OF_THESE = "None of these"
FAULT = "Something went wrong on my side, and nothing was kept. Please ask again; if it happens again, tell whoever runs me."
OLD_BUTTON = "This button is too old to be of use. Please ask again."
THROTTLED = "That was a lot of questions at once. Please wait a minute and ask again."
REFUSED_WORKSPACE = (
    "This workspace is not tied to a council yet. Whoever installed me can do it with the council's invitation code."
)
NOT_INSTALLED = (
    "I am not installed in this workspace, or no longer. Please ask whoever administers it to install me again."
)
REFUSED_GUEST = "I answer only people of this council. Please ask the council's office."
NEUTRAL_IN_CHANNEL = "That is better answered in private, so I have answered the person who asked and nobody else."
QUESTION_IS_SEEN = "Your message in the channel can be read by everybody there; you may want to delete it."
ASK_IN_PRIVATE = "That is better asked in private. Please write to me in a direct message, or use {command}."
PRIVACY_IN_CHANNEL = (
    "Everybody in this channel can read it, and so can whoever administers the workspace. For anything confidential "
    "write to me in a direct message instead, and ask me there who can read that."
)
NO_FILES = "I can't open files. Please ask in a sentence or two, without names."
THE_REST = "The rest is too long to show here. Open the section on my Home tab, or look its clauses up one by one."
UNVERIFIED = "I could not show this clause word for word just now, so I only say where it stands. Please read it in the document."
URGENT = "If you or anybody else is in danger, or you feel that you cannot cope, first:"
UNCONFIRMED_CONTACT = "Whom to go to was read from the document's words and is not confirmed by the clerk yet."
BORROWED_CONTACT = "The contact follows the borrowed clause; your own council may do it differently."
FORMER_NUMBER = "Clause {former} of an earlier version is clause {now} today."
FORMER_ELSEWHERE = "In an earlier version, {former} was the number of what is clause {now} today."
FOUND_BY_WORDS = "No clause has that number or heading; these were found by their words."

THIS_ONE = "This one: {place}"
CLOSE = "Close"
GO_ON = "Go on reading"
WHOLE_SECTION = "Whole section"
RELATED = "Related clauses"
SHARE = "Share in channel"
SHARED = "Shared: the clause, and nothing of your question."
DRAFT = "Draft a message"
DRAFT_HINT = "Fill in the facts, copy it, and send it yourself. I send nothing and keep nothing. Leave out names and health matters."
DRAFT_SUBJECT = "A question under the councillor–officer protocol"
DRAFT_LABEL = "Your message"
OPEN_MAIL = "Open in your mail program"
DONE = "Done"
ASKING_AS = "I'm asking as…"
ROLE_NAMES = {
    Role.OFFICER: "Officer",
    Role.CLERK: "Clerk",
    Role.COUNCILLOR: "Councillor",
    Role.CHAIR: "Chair or Mayor",
}
REMEMBER = "Remember that I am {role}"
REMEMBERED = "I'll answer you as {role} from now on. “{command}” makes me forget it."
FORGOTTEN = "I have forgotten what I remembered of you."
HELPFUL = "Helpful"
NOT_HELPFUL = "Not helpful"
THANKS_FOR_COUNT = "Thank you. Only a number was counted, without your name or your words."
REVIEW_DUE = "Due for review in {due}."
FOR_EXAMPLE = "For example: {prompts}"
SECTIONS = "Sections"
CONTACTS = "Whom to go to"
PRIVACY = "Who else can read this"
CLAUSE = "Clause"
LOOK_UP = "Look up a clause"
LOOK_UP_LABEL = "Type a number such as 7.3, a heading, or words of the clause."
LOOK_UP_HINT = "A number, a heading or words"
ASK_PROTOCOL = "What does it say?"
NO_SUCH_SECTION = "There is no such section here any more."
TIED = "This workspace now belongs to {council}. Ask away."
INVITATION_HOW = "To tie this workspace to your council, type {command} with the code that you were given."
WORKING = "is looking it up…"
COMMANDS = "What you can type anywhere"
SLACK_HELP = (
    "/clause 7.3, /clause 3.2 bullet 5 or /clause political groups: a clause by its number, heading or words.\n"
    "/protocol and a question: an answer for you alone.\n"
    "/protocol as officer and a question: the same, asked as an officer, clerk, councillor or chair.\n"
    "/protocol contacts: whom to go to.\n"
    "/protocol sections: the whole protocol, to open and read.\n"
    "/protocol privacy: who else can read this.\n"
    "/protocol forget: I forget the role that you asked me to remember.\n"
    "In a thread, where commands do not work, mention me, or choose “What does it say?” from a message's menu."
)
NAME = "Protocol Guide"
SHORT_DESCRIPTION = "Quotes your councillor–officer protocol and names whom to go to next."
ASK_ABOUT_MESSAGE = "What does the protocol say?"
ASK_ABOUT_MESSAGE_HINT = "The clause that speaks to this message, for you alone"
TRY_PROMPT = "A question, as you would ask it"
ABOUT = (
    "It quotes the clauses of a council's own protocol word for word. It gives no legal advice, and what binds is the "
    "document that the council adopted. The program comes under the MIT licence, without warranty."
)
TERMS = "Terms"
TEAMS_HELP = (
    "clause 7.3, clause 3.2 bullet 5, clause political groups: a clause by number, heading or words.\n"
    "as officer, then your question: asked as an officer (or as clerk, councillor or chair).\n"
    "contacts, sections, privacy, help, forget. In a channel or group chat, mention me first."
)
TEAMS_CHANNEL_WELCOME = (
    "Mention me with a question, and I answer here in the thread. What is confidential belongs in the chat with me."
)
ANSWERED_PRIVATELY = "Your answer"
PRIVATE_UNREACHED = (
    "That is better answered in private, and I cannot reach whoever asked there yet. Open a chat with me and ask again."
)
OPEN_CHAT = "Open the chat with me"
FURTHER = "Further"
BACK = "Back to the answer"
INSERT = "Put it into my message"
CHOOSE_ROLE = "Answer me in that role"
INSTALL_AGAIN = "That did not work, or it took too long. Please begin the installation again."
INSTALLED = "Protocol Guide is installed. In Slack, type {command} and the code that your host gave you."
NO_WORDS_IN_MESSAGE = "That message holds no words that I could look up."

SEE_ALSO = "See also:"
PRIVATE_HERE = "In a channel, this answer would go to the asker alone."
CHAT_OPENING = "Ask about {council}'s protocol. /help says what else you can do; /quit leaves. Nothing is kept."
CHAT_HELP = """/as ROLE        say who you are: officer, clerk, councillor, chair or unknown
/council SLUG   ask about another council; without SLUG, list them
/clause QUERY   look a clause up: 7.3, 3.2 bullet 5, a heading, or words
/help           this
/quit           leave; Ctrl-D does too"""
CHAT_ROLES = "Say who you are with /as and one of: {roles}."
CHAT_AS = "Answers are now for {role}."
CHAT_COUNCIL = "Answers are now from the protocol of {council}."

PRIVACY_BEFORE_CONFIDING = (
    "Before you write anything confidential: only you see this conversation here, but whoever administers this workspace may be able to "
    "search, keep or export it, even after you delete it, and freedom-of-information requests may reach it. Do not type "
    "names or health matters. For a confidential matter use the telephone, or a channel that the council does not run."
)
PRIVACY_CLERK_FIRST = "Mind that in a small council the clerk often administers the workspace and could read this. "
PRIVACY_OURS = "I keep no question and no answer: not in a log, a database or a count."

NO_PROTOCOL_IN_FORCE = "This council has no protocol in force here yet. Whoever hosts me can publish one."
PROMPTS = (
    *EXAMPLES,
    "Who gives instructions to staff?",
    "What should I do if I have a complaint about a councillor?",
    "How should councillors and officers treat each other?",
    "Who speaks to the press for the council?",
    "Can a councillor see confidential papers?",
)
INVITATION_UNKNOWN = (
    "No council gave out that invitation code. Check it letter by letter, or ask whoever sent it for a new one."
)
INVITATION_USED = "That invitation code was used already; each works once. Ask whoever sent it for a new one."
INVITATION_EXPIRED = "That invitation code is too old. Ask whoever sent it for a new one."
TIED_ELSEWHERE = "This workspace is tied to another council already. Whoever hosts me can undo that."

_JOIN = {Join.OR: "or", Join.THEN: "then", Join.IF_UNRESOLVED: "if that does not resolve it,"}
_ROLE = {
    Role.OFFICER: "an officer",
    Role.CLERK: "the clerk",
    Role.COUNCILLOR: "a councillor",
    Role.CHAIR: "the chair",
    Role.UNKNOWN: "somebody whose role I don't know",
}


def role(asker: Role) -> str:
    """A role as it stands in a sentence: "a councillor"."""
    return _ROLE[asker]


def opening(answer: Answer, council: Council) -> str | None:
    """The sentence that opens an answer, or None where the quotation speaks for itself."""
    match answer.ending:
        case Ending.OWN:
            return None
        case Ending.BORROWED:
            return (
                f"{_document(council.protocol)} does not say. This is how another one puts it "
                f"({answer.quotes[0].protocol.council}); it is not your council's rule."
            )
        case Ending.CHOICE:
            if answer.kind is Kind.BORROWED:
                return f"{_document(council.protocol)} may not say. {CHOICE} They are from other councils, not yours:"
            return CHOICE
        case Ending.SILENT:
            return silent(council.protocol, answer.places)
        case Ending.GREETING:
            return GREETING
        case Ending.THANKS:
            return THANKS
        case Ending.HELP:
            return HELP
        case Ending.CHAT:
            return CHAT
        case Ending.MISUSE:
            return MISUSE
        case Ending.EMPTY:
            return EMPTY
        case Ending.TOO_LONG:
            return TOO_LONG


def silent(protocol: CouncilProtocol, places: Sequence[str]) -> str:
    """The honest answer where no clause speaks to a question, with headings as places to look."""
    look = f" You could look under: {'; '.join(places)}." if places else ""
    return f"{_document(protocol)} does not say.{look}"


def _document(protocol: CouncilProtocol) -> str:
    edition = f" ({protocol.edition})" if protocol.edition else ""
    return f"Your protocol, “{protocol.title}”{edition},"


def contact_line(escalation: Escalation, asker: Role) -> str:
    """Whom to go to, in steps, as one sentence."""
    first, *others = escalation.steps
    line = f"Go to: {first.contact.name}"
    for step in others:
        comma = "," if step.join is not Join.OR else ""
        line += f"{comma} {_JOIN[step.join]} {step.contact.name}"
    keys = {step.contact.key for step in escalation.steps}
    unless = [word for key, word in (("clerk", "the clerk"), ("chair", "the chair")) if key in keys]
    if asker is Role.UNKNOWN and unless:
        line += f" (unless you are {' or '.join(unless)})"
    return line + "."


def contact_lists(council: Council) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Whom a council's people go to, in lists with their headings: its ladders, the usual contacts, how to reach them."""
    contacts = council.contacts
    names = {key: contact.name for key, contact in contacts.known.items()}
    lists = (
        (LADDERS, tuple(ladder_line(ladder, names, council.protocol) for ladder in contacts.ladders)),
        (
            DEFAULTS,
            tuple(default_line(asker, [names[key] for key in keys]) for asker, keys in contacts.defaults.items()),
        ),
        (REACHED, tuple(f"{contact.name}: {contact.how}" for contact in contacts.known.values() if contact.how)),
    )
    return tuple((heading, lines) for heading, lines in lists if lines)


def contact_lines(council: Council) -> tuple[str, ...]:
    """The same, a line each, without headings."""
    return tuple(line for _, lines in contact_lists(council) for line in lines)


def draft(answer: Answer, *, in_full: bool = True) -> str:
    """A message to the contact: the clause (`in_full`) with its citation filled in, the facts left blank."""
    name = answer.escalation.first.name if answer.escalation else ""
    about = ""
    if answer.quotes and answer.ending is not Ending.CHOICE:
        first = answer.quotes[0]
        quoted = f":\n\n“{first.text or (first.lead or '')}”\n" if in_full else "."
        about = f" under {first.citation}{quoted}"
    return f"To: {name}\n\nI would like to raise a matter with you{about or '.'}\n\nWhat happened:\n\nWhen:\n\nWhat I ask for:\n"


LADDERS = "Whom to go to, by the protocol's own words"
DEFAULTS = "Whom to go to where no clause names anybody"
REACHED = "How to reach them"


def ladder_line(ladder: Ladder, names: Mapping[str, str], protocol: CouncilProtocol) -> str:
    """One ladder: who goes to whom, in steps, and the clause that says so."""
    first, *others = ladder.rungs
    steps = names[first.contact]
    for rung in others:
        comma = "," if rung.join is not Join.OR else ""
        steps += f"{comma} {_JOIN[rung.join]} {names[rung.contact]}"
    who = _roles(ladder.askers) or "anybody"
    about = f" about {_roles(ladder.subjects)}" if _roles(ladder.subjects) else ""
    confirmed = "" if ladder.confirmed else f" {UNCONFIRMED_CONTACT}"
    return f"{who[0].upper()}{who[1:]}{about}: {steps} – {protocol.citation(ladder.basis).place}.{confirmed}"


def _roles(roles: Sequence[Role]) -> str:
    *others, last = [_ROLE[known] for known in roles if known is not Role.UNKNOWN] or [""]
    return f"{', '.join(others)} or {last}" if others else last


def default_line(asker: Role, names: Sequence[str]) -> str:
    """Whom a kind of asker goes to where no clause names anybody."""
    who = "anybody else" if asker is Role.UNKNOWN else _ROLE[asker]
    return f"{who[0].upper()}{who[1:]}: {', else '.join(names)}"


def contact_reason(escalation: Escalation, asker: Role) -> str:
    """Why that contact: the clause that names it, or that no text does."""
    if escalation.default or escalation.basis is None:
        whose = "" if asker is Role.UNKNOWN else f" for {role(asker)}"
        return f"No clause names anybody for this, so this is the council's usual contact{whose}."
    basis = escalation.basis
    return f"Because of {basis.citation}."


def contact_how(escalation: Escalation) -> tuple[str, ...]:
    """How to reach each contact, where the council has said how."""
    return tuple(f"{step.contact.name}: {step.contact.how}" for step in escalation.steps if step.contact.how)


def review_notice(protocol: CouncilProtocol, today: date) -> str | None:
    """That the protocol's review is overdue, or None."""
    due: PartialDate | None = protocol.review_due
    return f"This protocol was due for review in {due}." if due and due.last_day < today else None


def review_reminder(council: Council, today: date) -> str:
    """The direct message to the clerk that the review of the protocol is coming, or overdue."""
    protocol = council.protocol
    due = protocol.review_due
    when = "is due" if due and due.last_day >= today else "was due"
    return (
        f"{council.name}'s protocol, “{protocol.title}”, {when} for review in {due}. Once it is reviewed, publish the new "
        f"version with its next review date, and I stop reminding you. You get this because you were named as the clerk."
    )


def borrowed_mark(quote: Quote) -> str:
    """The mark that every quotation from another protocol bears."""
    return f"Not your council's: from {quote.protocol.council}."


def look_up_opening(found: LookUp) -> str | None:
    """The sentence above a looked-up clause, or None where it is exact."""
    match found.exact:
        case Exact.NUMBER:
            return None
        case Exact.HEADING:
            return f"Section “{found.heading}”:" if found.heading else None
        case Exact.WORDS:
            return FOUND_BY_WORDS
        case Exact.NONE:
            if not found.nearest:
                return f"{found.protocol.title} has no clause with that number, heading or words."
            near = f"The nearest {'is' if len(found.nearest) == 1 else 'are'} {', '.join(found.nearest)}."
            return f"{found.protocol.title} has no clause {found.query}. {near}"


def differ(one: Reference, other: Reference) -> str:
    """That two quoted clauses disagree."""
    return f"Clause {one.number} and clause {other.number} do not say the same; both are shown."


def plain_contact(key: str) -> str:
    """A contact's name where the council has not given its own: "monitoring officer"."""
    return _PLAIN_CONTACTS.get(key, key.replace("-", " "))


_PLAIN_CONTACTS = {
    "clerk": "the clerk",
    "chair": "the chair of the council",
    "personnel-committee": "the personnel committee",
    "monitoring-officer": "the monitoring officer of the principal council",
    "county-association": "the county association of local councils",
    "slcc": "the Society of Local Council Clerks",
    "line-manager": "your line manager",
}
