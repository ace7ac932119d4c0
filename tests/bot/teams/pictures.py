"""Draws real cards with the real renderer into a folder, for whoever changes them: `python -m tests.bot.teams.pictures FOLDER`.

The pictures in docs/pictures are from the Agents Playground, by hand; these need npm and Chromium alone.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import date
from pathlib import Path

from bot.answer import Ending, Question
from bot.desk import Reply
from bot.library import build_answerer, open_library
from bot.presentation import present
from bot.teams import cards as kit
from bot.teams import messages as draw
from bot.teams.messages import Place
from knowledge.model import Role
from tests.bot.teams.node import pictured
from tests.bot.teams.test_rendering import page

ASKED = {
    "answer": "can a party group make me attend?",
    "choice": "can he do that",
    "sensitive": "the chair keeps shouting at me and I dread coming in",
}


def main(folder: Path) -> None:
    library = open_library(None)
    answerer = build_answerer(library, library.council)
    council = answerer.council("great-linford")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ASKED.items():
        by_role = answerer.answers(Question(text, council.slug, date.today()))
        answer = by_role[Role.UNKNOWN]
        unsure = answer.ending is Ending.CHOICE
        choices = tuple(answerer.chosen(answer, at) for at in range(len(answer.quotes))) if unsure else ()
        reply = Reply(answer, council, by_role, present(answer, council), choices)
        cards = [card.content() for card in kit.cards(draw.answer(reply, Place.CHAT, draw.by_role(reply)))]
        for theme, width in (("light", 640), ("dark", 640), ("contrast", 360)):
            with tempfile.TemporaryDirectory() as made:
                shown = page(Path(made), cards, theme, report=False)
                to = folder / f"{name}-{theme}.png"
                pictured(shown, Path(made) / "profile", to.resolve(), width, 900)
                print(to)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
