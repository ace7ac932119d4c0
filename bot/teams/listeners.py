"""What people do in Teams, each as a plain named function: translate in, ask the desk, translate out."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import httpx

from bot import wording
from bot.answer import Ending, Exact, LookUp, Quote, Where
from bot.carried import pack
from bot.desk import Asked, Desk, Refusal, Reply
from bot.errors import StorageError
from bot.storage import Platform, Storage
from bot.teams import cards as kit
from bot.teams import messages as draw
from bot.teams.cards import CARD, Element
from bot.teams.guard import LOCAL
from bot.teams.messages import Place
from bot.teams.post import Conversation, Post, Undeliverable
from bot.teams.sdk import (
    ActivityBase,
    ActivityContext,
    AdaptiveCardInvokeActivity,
    App,
    ConversationUpdateActivity,
    InstalledActivity,
    InvokeResponse,
    MessageActivity,
    MessageExtensionFetchTaskInvokeActivity,
    MessageExtensionQueryInvokeActivity,
    MessageExtensionSubmitActionInvokeActivity,
    UninstalledActivity,
)
from knowledge.model import Role

TEAMS = Platform.TEAMS
_AT = re.compile(r"<at[^>]*>.*?</at>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_AS = re.compile(r"as\s+(officer|clerk|councillor|chair|mayor)\b[\s,:]*", re.IGNORECASE)
_CLAUSE = re.compile(r"clause\b\s*(?P<query>[^?]*)\Z", re.IGNORECASE)
_PRIVACY = frozenset({"privacy", "who can read this", "who can read this?"})
_STRANGE_SECONDS = 600.0
_BELIEVED = 4_000
_FOUND = 8

_Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Came:
    """Who did something, and where. `person` is their id in the tenant's directory, `account` the one in Teams."""

    tenant: str
    person: str
    account: str
    where: Conversation
    alone: bool

    @property
    def place(self) -> Place:
        """Where a card that answers a press of theirs stands."""
        return Place.CHAT if self.alone else Place.ALONE


@dataclass(frozen=True, slots=True)
class View:
    """What a button leads to."""

    title: str
    elements: Sequence[Element]


class Listeners:
    """All listeners of one app, over one desk. `bot_link` is the address of the chat with the bot."""

    def __init__(self, desk: Desk, storage: Storage, app: App, post: Post, *, local: bool, bot_link: str) -> None:
        self._desk = desk
        self._storage = storage
        self._app = app
        self._post = post
        self._local = local
        self._bot_link = bot_link
        self._strange: dict[tuple[str, str], tuple[float, bool]] = {}

    def register(self) -> None:
        """Tell the SDK which function listens to what."""
        self._app.on_message(self.told)
        self._app.on_card_action(self.pressed)
        self._app.on_message_ext_query(self.searched)
        self._app.on_message_ext_open(self.asked_about_message)
        self._app.on_message_ext_submit(self.pressed_about_message)
        self._app.on_install_add(self.installed)
        self._app.on_install_remove(self.removed)
        self._app.on_conversation_update(self.joined)

    # Messages.

    async def told(self, context: ActivityContext[MessageActivity]) -> None:
        """A message to the bot alone, or one that mentions it among others."""
        came = self._came(context.activity)
        try:
            await self._told(came, context.activity)
        except Undeliverable:
            await self._post.forget(came.tenant, came.person)
            raise

    async def _told(self, came: Came, activity: MessageActivity) -> None:
        if await self._stranger(came):
            await self._post.sentence(came.where, wording.REFUSED_GUEST)
            return
        if came.alone:
            await self._post.save(came.tenant, came.person, came.where)
        if isinstance(activity.value, dict) and "do" in activity.value:
            await self._pressed_in_old_client(came, activity.value)
            return
        text = _plain(activity.text or "")
        said = await self._command(came, text)
        if isinstance(said, str):
            await self._post.sentence(came.where, said)
        elif said is not None:
            await self._post.cards(came.where, said)
        elif came.alone:
            await self._answer(came, text)
        else:
            await self._answer_among_others(came, text)

    async def _answer(self, came: Came, text: str) -> None:
        reply = await self._reply(came, text, Where.DM)
        if isinstance(reply, Refusal):
            await self._post.sentence(came.where, reply.sentence)
        else:
            elements = draw.answer(reply, Place.CHAT, draw.by_role(reply))
            await self._post.cards(came.where, elements, _summary(reply))

    async def _answer_among_others(self, came: Came, text: str) -> None:
        """The answer in the thread; a sensitive one in the chat with the asker, and a neutral line in the thread."""
        reply = await self._reply(came, text, Where.CHANNEL)
        if isinstance(reply, Refusal):
            await self._post.sentence(came.where, reply.sentence)
            return
        if not reply.answer.private:
            await self._post.cards(came.where, draw.answer(reply, Place.SHARED, draw.by_role(reply)))
            return
        elements = draw.answer(reply, Place.CHAT, draw.by_role(reply))
        try:
            alone = await self._post.with_person(came.tenant, came.person, came.account, came.where.service)
            await self._post.to_person(came.tenant, came.person, alone, elements, wording.ANSWERED_PRIVATELY)
        except Undeliverable:
            await self._post.cards(came.where, draw.unreached(self._bot_link))
        else:
            await self._post.sentence(came.where, wording.NEUTRAL_IN_CHANNEL)

    async def _reply(self, came: Came, text: str, where: Where) -> Reply | Refusal:
        role = None
        if found := _AS.match(text):
            named = found[1].casefold()
            role, text = Role.CHAIR if named == "mayor" else Role(named), text[found.end() :]
        return await self._desk.ask(Asked(TEAMS, came.tenant, came.person, text, where, _today(), role))

    async def _command(self, came: Came, text: str) -> Sequence[Element] | str | None:
        """What a command of the app's menu leads to, or None where it is a question."""
        word, _, rest = text.partition(" ")
        if word.casefold() == "invitation" and rest.strip() and came.alone:
            return await self._redeem(came, rest)
        if found := _CLAUSE.match(text):
            return await self._look_up(came, found["query"].strip())
        match text.casefold():
            case command if command in _PRIVACY:
                return self._desk.privacy()
            case "forget":
                await self._desk.forget(TEAMS, came.tenant, came.person)
                return wording.FORGOTTEN
            case "help":
                return f"{wording.HELP}\n{wording.TEAMS_HELP}"
            case "contacts" | "sections" as command:
                council = await self._desk.council(TEAMS, came.tenant)
                if isinstance(council, Refusal):
                    return council.sentence
                return draw.contacts(council) if command == "contacts" else draw.sections(council.protocol)
        return None

    async def _look_up(self, came: Came, query: str) -> Sequence[Element] | str:
        if not query:
            return wording.TEAMS_HELP
        found = await self._desk.look_up(TEAMS, came.tenant, came.person, query)
        return found.sentence if isinstance(found, Refusal) else draw.look_up(found)

    async def _redeem(self, came: Came, code: str) -> str:
        try:
            await self._storage.redeem(code, TEAMS, came.tenant, came.person)
        except StorageError as error:
            return str(error)
        council = await self._desk.council(TEAMS, came.tenant)
        return council.sentence if isinstance(council, Refusal) else wording.TIED.format(council=council.name)

    # Buttons.

    async def pressed(self, context: ActivityContext[AdaptiveCardInvokeActivity]) -> InvokeResponse[Any]:
        """A button of a card: what it leads to takes the card's place, for whoever pressed it."""
        came = self._came(context.activity)
        data = context.activity.value.action.data
        found = await self._press(came, data, came.place)
        if isinstance(found, View):
            found = _with_way_back(found, came.place, data)
        if isinstance(found, str):
            return _ok({"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": found})
        further = kit.execute(wording.FURTHER, _text(data, "do"), _text(data, "of"), **_kept(data))
        card = kit.page(found.elements, _part(data), further)
        return _ok({"statusCode": 200, "type": CARD, "value": card.content()})

    async def _pressed_in_old_client(self, came: Came, data: Mapping[str, Any]) -> None:
        """A client without universal actions sends a button as a message; it is answered with one, where it is private."""
        if not came.alone:
            return
        found = await self._press(came, data, Place.CHAT)
        if isinstance(found, str):
            await self._post.sentence(came.where, found)
        else:
            await self._post.cards(came.where, found.elements, wording.ANSWERED_PRIVATELY)

    async def _press(self, came: Came, data: Mapping[str, Any], place: Place) -> View | str:
        """What a button leads to: something to show, or a sentence."""
        if await self._stranger(came):
            return wording.REFUSED_GUEST
        do, of = _text(data, "do"), _text(data, "of")
        match do:
            case draw.SECTION | draw.OPEN:
                return await self._section(came, do, of)
            case draw.SHARE:
                return await self._share(came, of)
            case draw.HELPFUL | draw.UNHELPFUL:
                intent, _, ending = of.partition("|")
                known = Ending(ending) if ending in set(Ending) else Ending.OWN
                helpful = do == draw.HELPFUL
                refused = await self._desk.feedback(TEAMS, came.tenant, came.person, intent, known, helpful, _today())
                return refused.sentence if refused else wording.THANKS_FOR_COUNT
            case draw.REMEMBER if of in set(Role):
                await self._desk.remember(TEAMS, came.tenant, came.person, Role(of))
                return wording.REMEMBERED.format(role=wording.role(Role(of)), command="forget")
            case draw.BACK if not _text(data, "at").startswith("["):
                return await self._back(came, _text(data, "at"))
            case draw.AS | draw.BACK | draw.CHOOSE | draw.NONE | draw.RELATED | draw.DRAFT:
                return await self._recalled(came, data, place)
            case _:
                return wording.OLD_BUTTON

    async def _recalled(self, came: Came, data: Mapping[str, Any], place: Place) -> View | str:
        """What another role is answered, what a choice leads to, what stands near, or nothing of all that."""
        do, of, by = _text(data, "do"), _text(data, "of"), _by(data)
        packed = {draw.AS: by.get(_text(data, "role"), ""), draw.BACK: _text(data, "at")}.get(do, of)
        reply = await self._desk.recall(TEAMS, came.tenant, came.person, packed, _today())
        if isinstance(reply, Refusal):
            return reply.sentence
        match do:
            case draw.RELATED:
                return View(wording.RELATED, draw.related(reply))
            case draw.DRAFT:
                return View(wording.DRAFT, draw.draft(reply.answer))
            case draw.NONE:
                return View(wording.ASK_ABOUT_MESSAGE, draw.answer(self._desk.none_of_these(reply), place, {}))
            case _:
                return View(wording.ASK_ABOUT_MESSAGE, draw.answer(reply, place, by))

    async def _section(self, came: Came, do: str, of: str) -> View | str:
        if do == draw.SECTION:
            found = await self._desk.section(TEAMS, came.tenant, came.person, of)
        else:
            found = await self._desk.open_section(TEAMS, came.tenant, of)
        if isinstance(found, Refusal):
            return found.sentence
        heading = found[0].clause.heading[-1] if found[0].clause.heading else wording.SECTIONS
        return View(heading, draw.section(found))

    async def _back(self, came: Came, at: str) -> View | str:
        """The list of sections, or the clause by itself, from which a section was opened."""
        if at == draw.SECTIONS:
            council = await self._desk.council(TEAMS, came.tenant)
            if isinstance(council, Refusal):
                return council.sentence
            return View(wording.SECTIONS, draw.sections(council.protocol))
        quote = await self._desk.quote(TEAMS, came.tenant, came.person, at)
        if isinstance(quote, Refusal):
            return quote.sentence
        return View(wording.CLAUSE, draw.look_up(LookUp("", quote.protocol, Exact.NUMBER, (quote,))))

    async def _share(self, came: Came, reference: str) -> str:
        quote = await self._desk.quote(TEAMS, came.tenant, came.person, reference)
        if isinstance(quote, Refusal):
            return quote.sentence
        await self._post.cards(came.where, draw.shared(quote))
        return wording.SHARED

    # The message extension.

    async def searched(self, context: ActivityContext[MessageExtensionQueryInvokeActivity]) -> InvokeResponse[Any]:
        """Clauses by number, heading or words, while somebody writes a message; the chosen one goes into it."""
        came = self._came(context.activity)
        given = (entry.value for entry in context.activity.value.parameters or () if entry.name != "initialRun")
        words = str(next(given, None) or "").strip()
        if await self._stranger(came):
            return _ok(_message(wording.REFUSED_GUEST))
        if words:
            found = await self._desk.look_up(TEAMS, came.tenant, came.person, words)
            if isinstance(found, Refusal):
                return _ok(_message(found.sentence))
            if not found.quotes:
                return _ok(_message(wording.look_up_opening(found) or wording.LOOK_UP_HINT))
            return _ok(_result(found.quotes))
        council = await self._desk.council(TEAMS, came.tenant)
        if isinstance(council, Refusal):
            return _ok(_message(council.sentence))
        return _ok(_result(draw.firsts(council.protocol)))

    async def asked_about_message(
        self, context: ActivityContext[MessageExtensionFetchTaskInvokeActivity]
    ) -> InvokeResponse[Any]:
        """The action on a message: the answer in a dialogue that whoever asked sees alone."""
        came = self._came(context.activity)
        payload = context.activity.value.message_payload
        text = _plain(_TAG.sub(" ", (payload.body.content if payload and payload.body else None) or ""))
        if await self._stranger(came):
            return _ok(_task(wording.ASK_ABOUT_MESSAGE, kit.words(wording.REFUSED_GUEST), {}))
        if not re.search(r"\w", text):
            return _ok(_task(wording.ASK_ABOUT_MESSAGE, kit.words(wording.NO_WORDS_IN_MESSAGE), {}))
        reply = await self._desk.ask(Asked(TEAMS, came.tenant, came.person, text, Where.DM, _today()))
        if isinstance(reply, Refusal):
            return _ok(_task(wording.ASK_ABOUT_MESSAGE, kit.words(reply.sentence), {}))
        by = draw.by_role(reply)
        packed = pack(reply.answer)
        elements = draw.answer(reply, Place.DIALOGUE, by)
        return _ok(_task(wording.ASK_ABOUT_MESSAGE, elements, {"do": draw.BACK, "at": packed, "by": by}))

    async def pressed_about_message(
        self, context: ActivityContext[MessageExtensionSubmitActionInvokeActivity]
    ) -> InvokeResponse[Any]:
        """A button of that dialogue: another view in it, or the clause into the message that is being written."""
        came = self._came(context.activity)
        data = context.activity.value.data
        if isinstance(data, dict) and data.get("do") == draw.SHARE and not await self._stranger(came):
            quote = await self._desk.quote(TEAMS, came.tenant, came.person, _text(data, "of"))
            if not isinstance(quote, Refusal):
                return _ok(_result([quote]))
        given = data if isinstance(data, dict) else {}
        found = await self._press(came, given, Place.DIALOGUE)
        if isinstance(found, str):
            found = View(wording.ASK_ABOUT_MESSAGE, kit.words(found))
        found = _with_way_back(found, Place.DIALOGUE, given)
        return _ok(_task(found.title, found.elements, given))

    # Coming and going.

    async def installed(self, context: ActivityContext[InstalledActivity]) -> None:
        """The app was installed for a person, a team or a group chat."""
        await self._welcome(self._came(context.activity))

    async def joined(self, context: ActivityContext[ConversationUpdateActivity]) -> None:
        """Somebody joined; when it is the bot, it says what it is."""
        activity = context.activity
        if any(member.id == activity.recipient.id for member in activity.members_added or ()):
            await self._welcome(self._came(activity))

    async def removed(self, context: ActivityContext[UninstalledActivity]) -> None:
        """The app was removed: of a person everything is erased, of a team that it was welcomed."""
        came = self._came(context.activity)
        if came.alone:
            await self._desk.forget(TEAMS, came.tenant, came.person)
            await self._post.forget(came.tenant, came.person)
        await self._desk.forget(TEAMS, came.tenant, _base(came.where))

    async def _welcome(self, came: Came) -> None:
        """What the bot is, once a conversation."""
        if came.alone:
            await self._post.save(came.tenant, came.person, came.where)
        if await self._storage.told(TEAMS, came.tenant, _base(came.where), "welcome"):
            return
        council = await self._desk.council(TEAMS, came.tenant)
        if isinstance(council, Refusal):
            how = wording.INVITATION_HOW.format(command="invitation")
            await self._post.sentence(came.where, f"{council.sentence} {how}")
            return
        prompts = self._desk.suggested_prompts(council)
        place = Place.CHAT if came.alone else Place.SHARED
        elements = draw.welcome(council, prompts, self._desk.privacy(), _today(), place)
        await self._post.cards(came.where, elements, wording.GREETING)

    # Who it is.

    def _came(self, activity: ActivityBase) -> Came:
        channel = activity.channel_data.tenant.id if activity.channel_data and activity.channel_data.tenant else None
        tenant = LOCAL if self._local else (activity.conversation.tenant_id or channel or "").lower()
        service = (activity.service_url or self._app.api.service_url).rstrip("/")
        alone = activity.conversation.conversation_type == "personal" or (
            activity.conversation.conversation_type is None and not activity.conversation.is_group
        )
        person = activity.from_.aad_object_id or activity.from_.id
        return Came(tenant, person, activity.from_.id, Conversation(activity.conversation.id, service), alone)

    async def _stranger(self, came: Came) -> bool:
        """Whether a person is a guest here, or of another organisation; where Teams does not say, not."""
        if self._local:
            return False
        now = time.monotonic()
        kept = self._strange.get((came.tenant, came.person))
        if kept is not None and kept[0] > now:
            return kept[1]
        api = self._app.api.clone(service_url=came.where.service)
        try:
            found = await api.conversations.get_member_by_id(_base(came.where), came.account)
        except httpx.HTTPError:
            return False
        strange = (found.user_role or "").casefold() in {"guest", "anonymous"}
        strange = strange or (found.tenant_id or came.tenant).lower() != came.tenant
        strange = strange or "#ext#" in (found.user_principal_name or "").casefold()
        if len(self._strange) >= _BELIEVED:
            self._strange.clear()
        self._strange[came.tenant, came.person] = (now + _STRANGE_SECONDS, strange)
        return strange


def _with_way_back(view: View, place: Place, data: Mapping[str, Any]) -> View:
    """The view, and the button that leads back to where it was opened."""
    at = _text(data, "at")
    if not at or _text(data, "do") == draw.BACK:
        return view
    return View(
        view.title, [*view.elements, kit.actions(draw.turn(place, wording.BACK, draw.BACK, "", at=at, by=_by(data)))]
    )


def _base(where: Conversation) -> str:
    """The conversation itself, whatever thread of it was meant."""
    return where.id.partition(";")[0]


def _summary(reply: Reply) -> str | None:
    """What a notification shows of an answer to one person: of a sensitive one nothing, for screens are seen."""
    return wording.ANSWERED_PRIVATELY if reply.answer.sensitive else None


def _ok(body: _Json) -> InvokeResponse[Any]:
    return InvokeResponse(status=200, body=body)


def _task(title: str, elements: Sequence[Element], data: Mapping[str, Any]) -> _Json:
    """A dialogue with the part of these elements that was asked for."""
    further = kit.submit(wording.FURTHER, _text(data, "do"), _text(data, "of"), **_kept(data))
    card = kit.page(elements, _part(data), further)
    shown = {"contentType": CARD, "content": card.content()}
    value = {"title": kit.shorten(title, 60), "height": "large", "width": "medium", "card": shown}
    return {"task": {"type": "continue", "value": value}}


def _result(quotes: Sequence[Quote]) -> _Json:
    attachments = [draw.attachment(quote) for quote in quotes[:_FOUND]]
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": attachments}}


def _message(text: str) -> _Json:
    return {"composeExtension": {"type": "message", "text": text}}


def _text(data: Mapping[str, Any], name: str) -> str:
    found = data.get(name)
    return found if isinstance(found, str) else ""


def _by(data: Mapping[str, Any]) -> dict[str, str]:
    """The answers for every role that a button carries; trusting nothing."""
    found = data.get("by")
    return {str(role): str(packed) for role, packed in found.items()} if isinstance(found, dict) else {}


def _part(data: Mapping[str, Any]) -> int:
    found = data.get("part")
    return found if isinstance(found, int) else 0


def _kept(data: Mapping[str, Any]) -> _Json:
    """What the button to the next part carries on."""
    kept: _Json = {name: data[name] for name in ("at", "by", "role") if name in data}
    return {**kept, "part": _part(data) + 1}


def _plain(text: str) -> str:
    """What somebody typed, without mentions and with Teams' escaping undone."""
    return " ".join(html.unescape(_AT.sub(" ", text)).split())


def _today() -> date:
    return datetime.now(UTC).date()
