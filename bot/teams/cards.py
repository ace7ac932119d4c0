"""Tiny builders of Adaptive Cards 1.5, within Teams' limits. Words go into rich text, which shows them as they are.

A `TextBlock` is Markdown ("1. " becomes a list, `*` vanishes), so nothing that a council wrote is ever put into one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Element = dict[str, Any]

CARD = "application/vnd.microsoft.card.adaptive"
"""The type of an attachment that is a card."""
LARGEST = 24_000
"""Bytes of one card at most: Teams takes 28 KB of a card in some places, and 100 KB of a message."""
IN_A_BLOCK = 3_000
"""Bytes of one rich text block at most; what is longer goes over several."""
_FRAME = 600
_LINE = re.compile(r"[^\n]*\n+|[^\n]+")
_BUTTON = 60


@dataclass(frozen=True, slots=True)
class Card:
    """A card, and all its words for screen readers and for clients that cannot show it."""

    text: str
    body: tuple[Element, ...]

    def content(self) -> dict[str, Any]:
        """As Teams takes it. Its words are said beside it unless it would become too large for that."""
        card = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.5",
            "msteams": {"width": "Full"},
            "body": list(self.body),
        }
        said = card | {"speak": self.text, "fallbackText": self.text}
        return said if _bytes(said) <= LARGEST else card

    @property
    def size(self) -> int:
        """Its bytes as they are sent."""
        return _bytes(self.content())


def words(text: str) -> list[Element]:
    """The bot's own words and a council's names, as they are."""
    return [_rich([_run(part)]) for part in _parts(text)]


def small(text: str) -> list[Element]:
    """A line in small print."""
    return [_rich([_run(part, size="Small", isSubtle=True)], spacing="Small") for part in _parts(text)]


def strong(text: str) -> list[Element]:
    """The bot's own words in bold, as they are."""
    return [_rich([_run(part, weight="Bolder")]) for part in _parts(text)]


def heading(text: str) -> list[Element]:
    """One of our own fixed labels, which screen readers announce as a heading."""
    assert not re.search(r"[*_`\[\]#>]|^\d+\.", text)
    return [{"type": "TextBlock", "text": text, "weight": "Bolder", "size": "Medium", "wrap": True, "style": "heading"}]


def quoted(text: str, emphasis: tuple[int, int] | None = None) -> list[Element]:
    """Quoted words, split over blocks where they are long, and never cut: put together again they are `text`."""
    start, end = emphasis or (0, 0)
    found: list[Element] = []
    at = 0
    for part in _parts(text):
        cuts = sorted({0, len(part), *(cut - at for cut in (start, end) if 0 < cut - at < len(part))})
        runs = [
            _run(part[one:other], **({"weight": "Bolder"} if start <= at + one and at + other <= end else {}))
            for one, other in pairwise(cuts)
        ]
        found.append(_quotation(_rich(runs), first=not found))
        at += len(part)
    return found


def bullets(items: Sequence[str]) -> list[Element]:
    """Quoted bullets; each whole, its mark in a run of its own."""
    found: list[Element] = []
    for item in items:
        first, *others = _parts(item) or [""]
        found.append(_quotation(_rich([_run("•  "), _run(first)])))
        found += [_quotation(_rich([_run(part)]), first=False) for part in others]
    return found


def actions(*buttons: Element) -> Element:
    """Buttons in a row; at most five, of which a phone puts one under the other."""
    assert len(buttons) <= 5
    return {"type": "ActionSet", "actions": list(buttons)}


def execute(title: str, do: str, of: str, **further: Any) -> Element:
    """A button whose answer takes the card's place, for whoever pressed it."""
    return _button("Action.Execute", title, {"do": do, "of": of, **further}) | {"verb": do}


def submit(title: str, do: str, of: str, **further: Any) -> Element:
    """A button of a dialogue: what it leads to takes the dialogue's place."""
    return _button("Action.Submit", title, {"do": do, "of": of, **further})


def say(prompt: str) -> Element:
    """A button that says one of our own suggested prompts for the reader."""
    return _button("Action.Submit", prompt, {"msteams": {"type": "imBack", "value": prompt}})


def with_inputs(button: Element) -> Element:
    """The button, sending what was chosen in the card. Others send no inputs: a draft's words never come to us."""
    return {name: value for name, value in button.items() if name != "associatedInputs"}


def link(title: str, url: str) -> Element:
    """A button that opens an address."""
    return {"type": "Action.OpenUrl", "title": shorten(title, _BUTTON), "url": url}


def choice(name: str, label: str, choices: Mapping[str, str]) -> Element:
    """A list to choose one from: value to title."""
    return {
        "type": "Input.ChoiceSet",
        "id": name,
        "label": label,
        "style": "compact",
        "choices": [{"title": title, "value": value} for value, title in choices.items()],
        "value": next(iter(choices)),
    }


def written(label: str, text: str) -> Element:
    """Text to be copied or changed by the reader; what they write is never sent to us."""
    return {"type": "Input.Text", "id": "draft", "label": label, "isMultiline": True, "value": text}


def cards(elements: Sequence[Element], most: int = LARGEST) -> tuple[Card, ...]:
    """As few cards as Teams' limits allow, in order; together their texts are all that is said."""
    groups: list[list[Element]] = [[]]
    size = _FRAME
    for element in elements:
        cost = _bytes(element) + 2 * _bytes("\n".join(_texts(element))) + 8
        if groups[-1] and size + cost > most:
            groups.append([])
            size = _FRAME
        groups[-1].append(element)
        size += cost
    return tuple(map(_card, groups))


def page(elements: Sequence[Element], number: int, further: Element) -> Card:
    """The card of that number (from 0), where only one can be shown; `further` is the button to the next one."""
    found = cards(elements, LARGEST - _bytes(further) - 200)
    place = min(max(number, 0), len(found) - 1)
    if place == len(found) - 1:
        return found[place]
    return Card(found[place].text, (*found[place].body, actions(further)))


def single(elements: Sequence[Element]) -> Card | None:
    """All of it in one card, or None where that is too large."""
    card = _card(elements)
    return card if card.size <= LARGEST else None


def shorten(text: str, longest: int) -> str:
    """`text`, or its beginning and an ellipsis. Only for labels: a quotation is never shortened."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _parts(text: str) -> list[str]:
    """`text` by its lines, and long lines in parts, broken after a space where one is near; joined they are `text`."""
    return [part for line in _LINE.findall(text) for part in _split(line)]


def _split(text: str) -> Iterator[str]:
    while _bytes(text) > IN_A_BLOCK:
        cut = len(text)
        while _bytes(text[:cut]) > IN_A_BLOCK:
            cut = cut * 2 // 3
        cut = text.rfind(" ", cut // 2, cut) + 1 or cut
        yield text[:cut]
        text = text[cut:]
    if text:
        yield text


def _card(elements: Sequence[Element]) -> Card:
    return Card("\n".join(text for element in elements for text in _texts(element)), tuple(elements))


def _button(kind: str, title: str, data: dict[str, Any]) -> Element:
    return {"type": kind, "title": shorten(title, _BUTTON), "data": data, "associatedInputs": "none"}


def _quotation(block: Element, *, first: bool = True) -> Element:
    return {"type": "Container", "style": "emphasis", "spacing": "Small" if first else "None", "items": [block]}


def _rich(runs: Sequence[Element], **further: Any) -> Element:
    return {"type": "RichTextBlock", **further, "inlines": list(runs)}


def _run(text: str, **further: Any) -> Element:
    return {"type": "TextRun", "text": text, **further}


def _bytes(found: Any) -> int:
    return len(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode())


def _texts(element: Element) -> list[str]:
    """The words of an element, block by block; of buttons and inputs none."""
    match element["type"]:
        case "RichTextBlock":
            return ["".join(run["text"] for run in element["inlines"]).strip("\n")]
        case "TextBlock":
            return [element["text"]]
        case "Input.Text":
            return [element["value"]]
        case _:
            return [text for item in element.get("items", ()) for text in _texts(item)]
