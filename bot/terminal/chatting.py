"""`chat`: a conversation at a keyboard. Its history is the terminal's, in memory, and goes with it."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

from bot import wording
from bot.answer import Exact, Question
from bot.answering import Answerer
from bot.terminal.drawing import Paper, draw_answer, draw_look_up
from knowledge.errors import KnowledgeError
from knowledge.model import Role

if TYPE_CHECKING:
    from bot.terminal.commands import Desktop


def converse(desktop: Desktop, paper: Paper) -> int:
    """Answer line after line of standard input until it ends or somebody quits."""
    conversation = Conversation(desktop, paper)
    prompt = "> " if sys.stdin.isatty() and sys.stdout.isatty() else ""
    if prompt:
        import readline  # noqa: F401 - gives `input` editing and history, in memory alone
    _print("\n".join([*desktop.notices, wording.CHAT_OPENING.format(council=desktop.council.name)]))
    while not conversation.ended:
        try:
            line = input(prompt)
        except EOFError:
            break
        reply = conversation.reply(line)
        if reply:
            _print(f"\n{reply}\n")
    return 0


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Conversation:
    """Who speaks for which council, and what is said to each line."""

    def __init__(self, desktop: Desktop, paper: Paper) -> None:
        self._library = desktop.library
        self._answerer: Answerer = desktop.answerer
        self._paper = paper
        self._slug = desktop.slug
        self._role = Role.UNKNOWN
        self.ended = False

    def reply(self, line: str) -> str:
        """What is said to a line: an answer, or what a command does. Empty to an empty line."""
        words = line.strip()
        if not words.startswith("/"):
            return self._answer(words) if words else ""
        command, _, rest = words.partition(" ")
        match command.casefold():
            case "/quit" | "/exit" | "/q":
                self.ended = True
                return ""
            case "/as":
                return self._speak_as(rest.strip().casefold())
            case "/council":
                return self._change_council(rest.strip())
            case "/clause":
                return self._look_up(rest.strip())
            case _:
                return wording.CHAT_HELP

    def _answer(self, words: str) -> str:
        answer = self._answerer.answer(Question(words, self._slug, date.today(), self._role))
        return draw_answer(answer, self._answerer.council(self._slug), self._paper)

    def _speak_as(self, word: str) -> str:
        try:
            self._role = Role(word)
        except ValueError:
            return wording.CHAT_ROLES.format(roles=", ".join(Role))
        return wording.CHAT_AS.format(role=wording.role(self._role))

    def _change_council(self, slug: str) -> str:
        if not slug:
            return "\n".join(self._library.folders())
        try:
            council = self._library.council(slug)
        except KnowledgeError as error:
            return str(error)
        self._slug = slug
        return wording.CHAT_COUNCIL.format(council=council.name)

    def _look_up(self, query: str) -> str:
        if not query:
            return wording.CHAT_HELP
        found = self._answerer.look_up(self._slug, query)
        if found.exact is Exact.NONE:
            return wording.look_up_opening(found) or ""
        return draw_look_up(found, self._paper)
