"""What people do in Slack, each as a plain named function: translate in, ask the desk, translate out."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from aiohttp import ClientError
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot import wording
from bot.answer import Ending, LookUp, Where
from bot.desk import Asked, Desk, Reason, Refusal, Reply
from bot.errors import StorageError
from bot.logs import new_request, say_error
from bot.slack import blocks as kit
from bot.slack import messages as draw
from bot.slack.blocks import Block, Message
from bot.storage import Claim, Platform, Storage
from knowledge.model import Council, Role

SLACK = Platform.SLACK
_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>")
_LINK = re.compile(r"<(?:[#!@]|https?:|mailto:)[^|>]*(?:\|([^>]*))?>")
_GUEST_SECONDS = 600.0
_BELIEVED = 4_000
_KIND_SECONDS = 3.0
_LEFT = 256
_RESPONSES = 5
_SUGGESTED = 20
_TOLD = frozenset({None, "file_share", "me_message", "thread_broadcast"})
_WHO_READS = re.compile(
    r"(?:privacy|who (?:else )?can (?:read|see) (?:this|it|that|us|these messages|what i (?:write|type|say))"
    r"(?: (?:chat|conversation|message|here))?|is this (?:private|confidential))[ ?!.]*\Z",
    re.IGNORECASE,
)
_NEVER = frozenset(
    {
        "account_inactive",
        "cannot_dm_bot",
        "cannot_reply_to_message",
        "channel_not_found",
        "ekm_access_denied",
        "is_archived",
        "messages_tab_disabled",
        "missing_scope",
        "not_in_channel",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "thread_not_found",
        "user_not_found",
        "user_not_in_channel",
    }
)
"""What Slack says where a message can never be posted there: trying again is of no use."""
_AS = re.compile(r"as\s+(officer|clerk|councillor|chair|mayor)\b[\s,:]*", re.IGNORECASE)

Body = Mapping[str, Any]
Step = Callable[[], Awaitable[object]]
"""One message of an answer, to be posted."""
Retries = Callable[[], list[AsyncRetryHandler]]


class Listeners:
    """All listeners of one app, over one desk. Answers that were begun are finished by `finish`."""

    def __init__(self, desk: Desk, storage: Storage, retries: Retries) -> None:
        self._desk = desk
        self._storage = storage
        self._retries = retries
        self._begun: set[asyncio.Task[None]] = set()
        self._guests: dict[tuple[str, str], tuple[float, bool]] = {}
        self._left: dict[tuple[str, str], deque[Step]] = {}

    def register(self, app: AsyncApp) -> None:
        """Tell Bolt which function listens to what."""
        app.event("app_mention")(self.mentioned)
        app.event("message")(self.told)
        app.event("app_home_opened")(self.home_opened)
        app.event("app_uninstalled")(self.uninstalled)
        app.event("tokens_revoked")(self.revoked)
        app.command("/clause")(self.clause_command)
        app.command("/protocol")(self.protocol_command)
        app.shortcut("what_does_it_say")(self.message_shortcut)
        app.shortcut("look_up")(self.global_shortcut)
        app.options("clause")(self.suggest)
        app.action("clause")(self.clause_chosen)
        app.action(re.compile(r".*"))(self.pressed)
        app.view("drafted")(self.closed)
        app.error(self.failed)

    async def finish(self, seconds: float) -> None:
        """Wait until answers that were begun are given."""
        if self._begun:
            await asyncio.wait(self._begun, timeout=seconds)

    # Events: acknowledged once they are answered, so that what a killed process leaves is sent again.

    async def mentioned(self, event: Body, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """A mention in a channel: the answer in the thread, or to the asker alone where it is sensitive."""
        if event.get("bot_id") or event.get("edited"):
            return
        await self._once(body, context, lambda: self._answer_mention(event, context, client))

    async def told(self, event: Body, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """A message in a conversation with the bot alone. Edited, deleted and joined ones, and bots', are let be."""
        if event.get("channel_type") != "im" or event.get("bot_id") or not event.get("user"):
            return
        if event.get("subtype") in _TOLD:
            await self._once(body, context, lambda: self._answer_told(event, context, client))

    async def home_opened(self, event: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """The Home tab, or the suggested prompts of the conversation."""
        user = str(event["user"])
        council = await self._served(event, context, user, client)
        if event.get("tab") == "messages":
            if not isinstance(council, Refusal):
                prompts = [{"title": kit.shorten(p, 60), "message": p} for p in self._desk.suggested_prompts(council)]
                call = {"channel_id": event["channel"], "prompts": prompts}
                await _kindly(client.api_call("assistant.threads.setSuggestedPrompts", json=call))
            return
        if not isinstance(council, Refusal):
            view = draw.home_view(council, self._desk.suggested_prompts(council), self._desk.privacy(), _today())
        elif council.reason is Reason.UNKNOWN_WORKSPACE:
            how = _invitation_how()
            view = draw.refusal_home([council.sentence, how])
        else:
            view = draw.refusal_home([council.sentence])
        await client.views_publish(user_id=user, view=view)

    async def uninstalled(self, context: AsyncBoltContext) -> None:
        """The app was taken out of a workspace: everything of it is erased."""
        team = _team(context)
        self._guests = {key: kept for key, kept in self._guests.items() if key[0] != team}
        self._left = {key: left for key, left in self._left.items() if key[0] != team}
        await self._storage.delete_workspace(SLACK, team)

    async def revoked(self, event: Body, context: AsyncBoltContext) -> None:
        """Tokens were revoked. The bot's own: the app is gone from there. A person's alone: we never had one."""
        if event.get("tokens", {}).get("bot"):
            await self.uninstalled(context)

    # Commands, shortcuts, buttons: acknowledged at once, answered beside.

    async def clause_command(
        self, ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """The command `/clause 7.3`: the clause, to the asker alone."""
        await ack()
        self._begin(body, self._look_up(body, context, client, str(body.get("text") or "").strip()))

    async def protocol_command(
        self, ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """`/protocol …`: a question, or one of its words, to the asker alone."""
        await ack()
        self._begin(body, self._protocol(body, context, client))

    async def message_shortcut(
        self, ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """The shortcut "What does the protocol say?" on a message: the answer in a dialogue that its asker alone sees."""
        await ack()
        self._begin(body, self._about_message(body, context, client))

    async def global_shortcut(
        self, ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        """The shortcut "Look up a clause": a dialogue with type-ahead."""
        await ack()
        self._begin(body, self._open_look_up(body, context, client))

    async def suggest(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Clauses that fit what was typed so far."""
        found = await self._desk.search(SLACK, _team(context), str(body.get("value") or ""), _SUGGESTED)
        await ack(options=draw.options(() if isinstance(found, Refusal) else found))

    async def clause_chosen(self, ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """A clause was chosen in the look-up dialogue: it is shown there."""
        await ack()
        option = body["actions"][0].get("selected_option") or {}
        self._begin(body, self._show_chosen(body, context, client, str(option.get("value", ""))))

    async def pressed(self, ack: AsyncAck, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        """A button of ours."""
        await ack()
        self._begin(body, self._press(body, context, client))

    async def closed(self, ack: AsyncAck) -> None:
        """A draft was looked at and closed; nothing of it is read."""
        await ack()

    async def failed(self, error: Exception) -> None:
        """Anything else: said in the log, without content. Slack sends the event again."""
        if not isinstance(error, NotNow):
            say_error("slack listener failed", error)
            self._desk.measures.error("slack")
        raise error

    # What they do.

    async def _once(self, body: Body, context: AsyncBoltContext, prepare: Callable[[], Awaitable[deque[Step]]]) -> None:
        """Answer an event once, whichever process it reaches and however often it comes.

        Of an answer that went out in part, this process keeps what is left in memory, for when the event comes again.
        """
        new_request()
        team, event = _team(context), str(body.get("event_id"))
        claim = await self._storage.begin_event(SLACK, team, event)
        if claim is Claim.DONE:
            return
        if claim is Claim.ELSEWHERE:
            raise NotNow
        steps = self._left.pop((team, event), None)
        try:
            steps = await prepare() if steps is None else steps
            while steps:
                await steps[0]()
                steps.popleft()
        except BaseException:
            if steps:
                self._left[team, event] = steps
                while len(self._left) > _LEFT:
                    del self._left[next(iter(self._left))]
            await self._storage.release_event(SLACK, team, event)
            raise
        await self._storage.finish_event(SLACK, team, event)

    async def _answer_mention(self, event: Body, context: AsyncBoltContext, client: AsyncWebClient) -> deque[Step]:
        channel, user = str(event["channel"]), str(event["user"])
        thread = str(event.get("thread_ts") or event["ts"])
        text = str(event.get("text") or "")
        if _WHO_READS.match(_plain(text)):
            said = draw.sentence(wording.PRIVACY_IN_CHANNEL)
            return deque([lambda: _posted(client, channel, user, thread, said)])
        reply = await self._reply(event, context, client, text, Where.CHANNEL)
        if isinstance(reply, Refusal):
            refused = _said(reply.sentence)
            return deque(
                [lambda: _allowed(client.chat_postEphemeral(channel=channel, user=user, thread_ts=thread, **refused))]
            )
        if not reply.answer.private:
            answer = draw.answer_messages(reply, to_asker_alone=False, in_channel=True)
            return deque(partial(_posted, client, channel, user, thread, message) for message in answer)
        return _in_private(reply, client, channel, user, thread)

    async def _answer_told(self, event: Body, context: AsyncBoltContext, client: AsyncWebClient) -> deque[Step]:
        channel, user = str(event["channel"]), str(event["user"])
        thread = str(event.get("thread_ts") or event["ts"])
        status = {"channel_id": channel, "thread_ts": thread, "status": wording.WORKING}
        await _kindly(client.api_call("assistant.threads.setStatus", json=status))
        messages = await self._messages_told(event, context, client, user)
        return deque(partial(_posted, client, channel, user, thread, message) for message in messages)

    async def _messages_told(
        self, event: Body, context: AsyncBoltContext, client: AsyncWebClient, user: str
    ) -> Sequence[Message]:
        text = _plain(str(event.get("text") or ""))
        if not text and event.get("subtype") == "file_share":
            return [draw.sentence(wording.NO_FILES)]
        served = await self._served(event, context, user, client)
        if isinstance(served, Refusal):
            return [draw.sentence(served.sentence)]
        known = await self._said_to(text.casefold().rstrip(" ?!."), _team(context), user, served)
        if known is not None:
            return known
        reply = await self._reply(event, context, client, text, Where.DM)
        if isinstance(reply, Refusal):
            return [draw.sentence(reply.sentence)]
        return draw.answer_messages(reply, to_asker_alone=True, in_channel=False)

    async def _reply(
        self,
        source: Body,
        context: AsyncBoltContext,
        client: AsyncWebClient,
        text: str,
        where: Where,
        role: Role | None = None,
    ) -> Reply | Refusal:
        """The desk's reply, unless the asker is a guest or of another organisation."""
        team = _team(context)
        user = str(source.get("user") or source.get("user_id") or "")
        if await self._stranger(source, context, user, client):
            return Refusal(wording.REFUSED_GUEST, Reason.STRANGER)
        return await self._desk.ask(Asked(SLACK, team, user, _plain(text), where, _today(), role))

    async def _served(
        self, source: Body, context: AsyncBoltContext, user: str, client: AsyncWebClient
    ) -> Council | Refusal:
        """The council of a person here, unless they are a guest or of another organisation."""
        if await self._stranger(source, context, user, client):
            return Refusal(wording.REFUSED_GUEST, Reason.STRANGER)
        return await self._desk.council(SLACK, _team(context))

    async def _stranger(self, source: Body, context: AsyncBoltContext, user: str, client: AsyncWebClient) -> bool:
        """Whether a person is a guest here, or of another organisation. Without `users:read` guests cannot be told."""
        team = _team(context)
        ours = {team, context.enterprise_id}
        if (source.get("user_team") or source.get("source_team") or team) not in ours:
            return True
        now = time.monotonic()
        kept = self._guests.get((team, user))
        if kept is not None and kept[0] > now:
            return kept[1]
        try:
            found = (await client.users_info(user=user)).get("user") or {}
        except SlackApiError:
            return False
        strange = any(found.get(mark) for mark in ("is_restricted", "is_ultra_restricted", "is_stranger"))
        home = (found.get("enterprise_user") or {}).get("enterprise_id") or found.get("team_id", team)
        strange = strange or not {home, found.get("team_id", team)} & ours
        if len(self._guests) >= _BELIEVED:
            self._guests.clear()
        self._guests[team, user] = (now + _GUEST_SECONDS, strange)
        return strange

    async def _look_up(self, body: Body, context: AsyncBoltContext, client: AsyncWebClient, query: str) -> None:
        if not query or query.casefold() == "help":
            await self._respond(body, [draw.sentence(wording.SLACK_HELP)])
            return
        user = str(body["user_id"])
        found: LookUp | Refusal | Council = await self._served(body, context, user, client)
        if not isinstance(found, Refusal):
            found = await self._desk.look_up(SLACK, _team(context), user, query)
        if isinstance(found, Refusal):
            await self._respond(body, [draw.sentence(found.sentence)])
        else:
            await self._respond(body, draw.look_up_messages(found, share=not _with_bot_alone(body)))

    async def _open_look_up(self, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        source = {"user_team": body["user"].get("team_id")}
        council = await self._served(source, context, str(body["user"]["id"]), client)
        if isinstance(council, Refusal):
            await _opened(client, body, kit.modal(wording.LOOK_UP, kit.words(council.sentence)))
        else:
            await _opened(client, body, draw.look_up_view())

    async def _protocol(self, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        text = str(body.get("text") or "").strip()
        team, user = _team(context), str(body["user_id"])
        word, _, rest = text.partition(" ")
        if word.casefold() == "invitation":
            said = await self._redeem(rest, team, user) if rest.strip() else _invitation_how()
            await self._respond(body, [draw.sentence(said)])
            return
        served = await self._served(body, context, user, client)
        if isinstance(served, Refusal):
            await self._respond(body, [draw.sentence(served.sentence)])
            return
        role = None
        if found := _AS.match(text):
            named = found[1].casefold()
            role, text = Role.CHAIR if named == "mayor" else Role(named), text[found.end() :]
        known = None if role else await self._said_to(text.casefold().rstrip(" ?!."), team, user, served)
        if known is not None:
            await self._respond(body, known)
            return
        reply = await self._reply(body, context, client, text, Where.DM, role)
        if isinstance(reply, Refusal):
            await self._respond(body, [draw.sentence(reply.sentence)])
        else:
            share = not _with_bot_alone(body)
            await self._respond(body, draw.answer_messages(reply, to_asker_alone=True, in_channel=share))

    async def _said_to(self, word: str, team: str, user: str, council: Council) -> Sequence[Message] | None:
        """What a word of ours asks for, in private, or None where it is a question."""
        if _WHO_READS.match(word):
            return [draw.sentence(self._desk.privacy())]
        match word:
            case "forget" | "forget me":
                await self._desk.forget(SLACK, team, user)
                return [draw.sentence(wording.FORGOTTEN)]
            case "help":
                return [draw.sentence(f"{wording.HELP}\n{wording.SLACK_HELP}")]
            case "contacts":
                return draw.contacts_message(council)
            case "sections":
                return draw.sections_message(council.protocol)
        return None

    async def _redeem(self, code: str, team: str, user: str) -> str:
        try:
            await self._storage.redeem(code, SLACK, team, user)
        except StorageError as error:
            return str(error)
        council = await self._desk.council(SLACK, team)
        return council.sentence if isinstance(council, Refusal) else wording.TIED.format(council=council.name)

    async def _about_message(self, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        text = _plain(str(body.get("message", {}).get("text") or ""))
        source = {"user": body["user"]["id"], "user_team": body["user"].get("team_id")}
        if not re.search(r"\w", text):
            await _opened(client, body, kit.modal(wording.ASK_PROTOCOL, kit.words(wording.NO_WORDS_IN_MESSAGE)))
            return
        reply = await self._reply(source, context, client, text, Where.DM)
        if isinstance(reply, Refusal):
            messages: Sequence[Message] = [draw.sentence(reply.sentence)]
        else:
            messages = draw.answer_messages(reply, to_asker_alone=True, in_channel=False)
        await _opened(client, body, _dialogue(messages))

    async def _show_chosen(self, body: Body, context: AsyncBoltContext, client: AsyncWebClient, reference: str) -> None:
        number = reference.partition(":")[2]
        found = await self._desk.look_up(SLACK, _team(context), str(body["user"]["id"]), number)
        if isinstance(found, Refusal):
            view = draw.look_up_view(kit.words(found.sentence))
        else:
            messages = draw.look_up_messages(found, share=False)
            view = draw.look_up_view([block for message in messages for block in message.blocks])
        await client.views_update(view_id=body["view"]["id"], view=view)

    async def _press(self, body: Body, context: AsyncBoltContext, client: AsyncWebClient) -> None:
        action = body["actions"][0]
        name, value = str(action["action_id"]), str(action.get("value") or "")
        team, user = _team(context), str(body["user"]["id"])
        if await self._stranger({"user_team": body["user"].get("team_id")}, context, user, client):
            await self._show(body, client, [draw.sentence(wording.REFUSED_GUEST)])
        elif name == draw.SECTION or name.startswith(f"{draw.OPEN}-"):
            await self._show_section(body, client, name, value, team, user)
        elif name == draw.DRAFT:
            reply = await self._desk.recall(SLACK, team, user, value, _today())
            if isinstance(reply, Refusal):
                await _opened(client, body, kit.modal(wording.DRAFT, kit.words(reply.sentence)))
            else:
                await _opened(client, body, draw.draft_view(reply.answer))
        elif name in {draw.HELPFUL, draw.UNHELPFUL}:
            intent, _, ending = value.partition("|")
            known = Ending(ending) if ending in set(Ending) else Ending.OWN
            refusal = await self._desk.feedback(SLACK, team, user, intent, known, name == draw.HELPFUL, _today())
            said = refusal.sentence if refusal else wording.THANKS_FOR_COUNT
            await self._show(body, client, [draw.sentence(said)])
        elif name == draw.REMEMBER and value in set(Role):
            await self._desk.remember(SLACK, team, user, Role(value))
            told = wording.REMEMBERED.format(role=wording.role(Role(value)), command="/protocol forget")
            await self._show(body, client, [draw.sentence(told)])
        elif name == draw.SHARE:
            await self._share(body, team, user, value)
        elif name in {draw.NONE, draw.RELATED} or name.startswith((draw.AS, draw.CHOOSE)):
            await self._recalled(body, client, name, value, team, user)

    async def _show_section(
        self, body: Body, client: AsyncWebClient, name: str, value: str, team: str, user: str
    ) -> None:
        opened, _, first = value.partition(draw.GO_ON)
        if name == draw.SECTION:
            found = await self._desk.section(SLACK, team, user, opened)
        else:
            found = await self._desk.open_section(SLACK, team, opened)
        if isinstance(found, Refusal):
            await _opened(client, body, kit.modal(wording.SECTIONS, kit.words(found.sentence)))
            return
        from_clause = int(first) if first.isdecimal() and int(first) < len(found) else 0
        view = draw.section_view(found, name, opened, from_clause)
        if from_clause:
            await client.views_update(view_id=body["view"]["id"], view=view)
        else:
            await _opened(client, body, view)

    async def _share(self, body: Body, team: str, user: str, reference: str) -> None:
        quote = await self._desk.quote(SLACK, team, user, reference)
        if isinstance(quote, Refusal):
            await self._respond(body, [draw.sentence(quote.sentence)])
        else:
            await self._respond(body, draw.shared(quote), to_all=True)

    async def _recalled(self, body: Body, client: AsyncWebClient, name: str, value: str, team: str, user: str) -> None:
        """What another role is answered, what a choice leads to, what stands near, or nothing of all that."""
        reply = await self._desk.recall(SLACK, team, user, value, _today())
        if isinstance(reply, Refusal):
            messages: Sequence[Message] = [draw.sentence(reply.sentence)]
        elif name == draw.RELATED:
            messages = draw.related_messages(reply.presentation)
        elif name == draw.NONE:
            messages = draw.answer_messages(self._desk.none_of_these(reply), to_asker_alone=True, in_channel=False)
        else:
            share = not _in_dialogue(body) and not _with_bot_alone(body)
            messages = draw.answer_messages(reply, to_asker_alone=True, in_channel=share)
        await self._show(body, client, messages)

    async def _show(self, body: Body, client: AsyncWebClient, messages: Sequence[Message]) -> None:
        """Show something where a button was pressed: over the dialogue, or to the person alone."""
        if _in_dialogue(body):
            await _opened(client, body, _dialogue(messages))
        else:
            await self._respond(body, messages)

    async def _respond(self, body: Body, messages: Sequence[Message], *, to_all: bool = False) -> None:
        """Answer a command or a button where it came from: to the person alone, unless they share.

        Slack takes five answers: where there would be more, the fifth says where the rest can be read.
        """
        url = body.get("response_url")
        if not url:
            return
        if len(messages) > _RESPONSES:
            messages = [*messages[: _RESPONSES - 1], draw.sentence(wording.THE_REST)]
        webhook = AsyncWebhookClient(str(url), timeout=10, retry_handlers=self._retries())
        for message in messages:
            sent = await webhook.send_dict(
                {
                    **message.arguments(),
                    "response_type": "in_channel" if to_all else "ephemeral",
                    "replace_original": False,
                    **({"thread_ts": thread} if (thread := body.get("message", {}).get("thread_ts")) else {}),
                }
            )
            if sent.status_code >= 400:
                raise NotSent(sent.status_code)

    def _begin(self, body: Body, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the acknowledgement.

        What goes wrong is said in the log, without content, and to the person, where they can be reached.
        """

        async def done() -> None:
            new_request()
            try:
                await work
            except Exception as error:
                say_error("slack answer failed", error)
                self._desk.measures.error("slack")
                if not isinstance(error, NotSent):
                    await _kindly(self._respond(body, [draw.sentence(wording.FAULT)]))

        task = asyncio.create_task(done())
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)


class NotNow(Exception):
    """Another process answers this event; Slack is to send it again, should that one die."""


class NotSent(Exception):
    """Slack did not take a message."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")


async def _opened(client: AsyncWebClient, body: Body, view: Block) -> None:
    """Open a dialogue, or put it over the one that is open; Slack holds three, then the last one is replaced."""
    if not _in_dialogue(body):
        await client.views_open(trigger_id=str(body["trigger_id"]), view=view)
        return
    try:
        await client.views_push(trigger_id=str(body["trigger_id"]), view=view)
    except SlackApiError as error:
        if error.response.get("error") != "push_limit_reached":
            raise
        await client.views_update(view_id=body["view"]["id"], view=view)


def _dialogue(messages: Sequence[Message]) -> Block:
    """Messages as a dialogue."""
    return kit.modal(wording.ASK_PROTOCOL, [block for message in messages for block in message.blocks])


def _in_dialogue(body: Body) -> bool:
    return bool(body.get("view", {}).get("type") == "modal")


async def _posted(client: AsyncWebClient, channel: str, user: str, thread: str, message: Message) -> None:
    """Post in a thread; where that can never be, to the asker directly."""
    if not await _allowed(client.chat_postMessage(channel=channel, thread_ts=thread, **message.arguments())):
        await _kindly(client.chat_postMessage(channel=user, **message.arguments()))


def _in_private(reply: Reply, client: AsyncWebClient, channel: str, user: str, thread: str) -> deque[Step]:
    """A sensitive answer: to the asker alone in the channel, as a direct message too, and a neutral line for all."""
    messages = draw.answer_messages(reply, to_asker_alone=True, in_channel=False, before=wording.QUESTION_IS_SEEN)
    reached = False

    async def alone(message: Message) -> None:
        nonlocal reached
        reached |= await _allowed(client.chat_postEphemeral(channel=channel, user=user, **message.arguments()))

    async def directly(message: Message) -> None:
        nonlocal reached
        call = client.chat_postMessage(channel=user, **message.arguments())
        reached |= await (_kindly(call) if reached else _allowed(call))

    async def neutral() -> None:
        said = wording.NEUTRAL_IN_CHANNEL if reached else wording.ASK_IN_PRIVATE.format(command="/protocol")
        await _allowed(client.chat_postMessage(channel=channel, thread_ts=thread, **_said(said)))

    return deque([*(partial(alone, m) for m in messages), *(partial(directly, m) for m in messages), neutral])


async def _allowed(call: Awaitable[Any]) -> bool:
    """Do what a workspace may not allow: whether it did. What may pass is raised."""
    try:
        await call
    except SlackApiError as error:
        if error.response.get("error") in _NEVER:
            return False
        raise
    return True


async def _kindly(call: Awaitable[Any]) -> bool:
    """Do what would be nice, within a few seconds, and go on without it: whether it was done."""
    try:
        await asyncio.wait_for(call, _KIND_SECONDS)
    except (SlackApiError, NotSent, ClientError, OSError):
        return False
    return True


def _invitation_how() -> str:
    return wording.INVITATION_HOW.format(command="/protocol invitation")


def _team(context: AsyncBoltContext) -> str:
    return str(context.team_id or "")


def _with_bot_alone(body: Body) -> bool:
    channel = str(body.get("channel_id") or body.get("channel", {}).get("id") or "D")
    return channel.startswith("D")


def _said(text: str) -> dict[str, Any]:
    return draw.sentence(text).arguments()


def _plain(text: str) -> str:
    """What somebody typed, without mentions and with Slack's escaping undone."""
    bare = _LINK.sub(lambda link: link[1] or " ", _MENTION.sub(" ", text))
    return " ".join(bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").split())


def _today() -> date:
    return datetime.now(UTC).date()
