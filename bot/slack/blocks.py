"""Tiny builders of Block Kit, within Slack's limits. Quoted words go into rich text, which shows them as they are.

Limits are those of https://docs.slack.dev/reference/block-kit, and of what was found by trying.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, repeat
from typing import Any

from bot import wording

Block = dict[str, Any]

IN_A_MESSAGE = 50
"""Blocks of a message at most."""
CHARACTERS = 11_000
"""Characters of all blocks of a message together: Slack refuses some 13,000, undocumented."""
IN_A_VIEW = 100
"""Blocks of a dialogue or of the Home tab at most."""
IN_THE_TEXT = 39_000
"""Characters of a message's text: Slack cuts it over 40,000."""
IN_A_RICH_TEXT = 2_800
"""Characters of one rich text block that we fill."""
IN_AN_INPUT = 3_000
"""Characters that a field to type in may hold at first."""
IN_A_LINK = 2_900
"""Characters of a link: a section holds 3,000 with its label."""
BUTTON = 75
TITLE = 24
OPTION = 75


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: the whole of it as text, for screen readers and notifications, and as blocks."""

    text: str
    blocks: tuple[Block, ...]

    def __post_init__(self) -> None:
        assert len(self.blocks) <= IN_A_MESSAGE

    def arguments(self) -> dict[str, Any]:
        """As arguments of Slack's methods and of a response_url."""
        return {"text": self.text, "blocks": list(self.blocks), "unfurl_links": False, "unfurl_media": False}


def escape(text: str) -> str:
    """Text that mentions nobody and marks up nothing by `<`, `>` or `&`.

    >>> escape("<!channel> & co")
    '&lt;!channel&gt; &amp; co'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def words(text: str) -> list[Block]:
    """The bot's own words, split over sections where they are long."""
    return [{"type": "section", "text": {"type": "plain_text", "text": part}} for part in split(text, 2_900)]


def small(text: str) -> Block:
    """A line in small print."""
    return {"type": "context", "elements": [{"type": "plain_text", "text": shorten(text, 1_900)}]}


def strong(text: str) -> Block:
    """The bot's own words in bold, as they are."""
    return _rich([{"type": "rich_text_section", "elements": [{"type": "text", "text": text, "style": {"bold": True}}]}])


def quoted(text: str, emphasis: tuple[int, int] | None = None) -> list[Block]:
    """Quoted words, split over blocks where they are long, and never cut: put together again they are `text`."""
    start, end = emphasis or (0, 0)
    found = []
    at = 0
    for part in split(text, IN_A_RICH_TEXT):
        cuts = sorted({0, len(part), *(cut - at for cut in (start, end) if 0 < cut - at < len(part))})
        pieces = [_text(part[one:other], bold=start <= at + one and at + other <= end) for one, other in pairwise(cuts)]
        found.append(_rich([{"type": "rich_text_quote", "elements": pieces}]))
        at += len(part)
    return found


def bullets(items: Sequence[str], *, border: int = 1) -> list[Block]:
    """Bullets, each whole, in as few lists as hold them. With a border they are quoted words."""
    found: list[Block] = []
    held = IN_A_RICH_TEXT + 1
    for item in items:
        first, *others = split(item, IN_A_RICH_TEXT) or [""]
        if held + len(first) > IN_A_RICH_TEXT:
            found.append(_rich([{"type": "rich_text_list", "style": "bullet", "border": border, "elements": []}]))
            held = 0
        found[-1]["elements"][0]["elements"].append({"type": "rich_text_section", "elements": [_text(first)]})
        held += len(first)
        if others:
            found += [block for part in others for block in quoted(part)]
            held = IN_A_RICH_TEXT + 1
    return found


def button(text: str, action: str, value: str) -> Block:
    """A button; `value` comes back when it is pressed."""
    assert len(value) <= 2_000
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": shorten(text, BUTTON)},
        "action_id": action,
        "value": value or "-",
    }


def link(text: str, address: str) -> Block:
    """A link on a line of its own. `address` is percent-encoded; `text` is ours."""
    assert not set("<>|") & set(address + text)
    return {"type": "section", "text": {"type": "mrkdwn", "text": f"<{escape(address)}|{text}>"}}


def actions(*buttons: Block) -> Block:
    """Buttons in a row."""
    return {"type": "actions", "elements": list(buttons)}


def divider() -> Block:
    """A line across."""
    return {"type": "divider"}


def modal(title: str, blocks: Sequence[Block], **further: Any) -> Block:
    """A dialogue over the conversation."""
    assert len(blocks) <= IN_A_VIEW
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": shorten(title, TITLE)},
        "close": {"type": "plain_text", "text": wording.CLOSE},
        "blocks": list(blocks),
    } | further


def shows(blocks: Sequence[Block], text: str) -> bool:
    """Whether blocks show exactly `text`, put together, and nothing in it that a reader's program might drop."""
    drops = any(unicodedata.category(letter) == "Cc" and letter not in "\n\t" for letter in text)
    return not drops and "".join(found for block in blocks for found in _texts(block)) == text


def length(blocks: Sequence[Block]) -> int:
    """Characters that are shown."""
    return sum(sum(map(len, _texts(block))) for block in blocks)


def messages(text: str, blocks: Sequence[Block]) -> tuple[Message, ...]:
    """As few messages as Slack's limits allow, in order. All of `text` stands with the first, where it has room."""
    groups: list[list[Block]] = [[]]
    for block in blocks:
        full = len(groups[-1]) >= IN_A_MESSAGE - 1 or length(groups[-1]) + length([block]) > CHARACTERS
        if full and groups[-1]:
            groups.append([])
        groups[-1].append(block)
    texts = chain(split(text, IN_THE_TEXT), repeat("…"))
    return tuple(Message(part, tuple(group)) for part, group in zip(texts, groups, strict=False))


def split(text: str, longest: int) -> list[str]:
    """`text` in parts of at most `longest` characters, broken after a space where one is near; joined they are `text`.

    >>> split("one two three", 8)
    ['one two ', 'three']
    """
    parts = []
    while len(text) > longest:
        cut = text.rfind(" ", longest // 2, longest) + 1 or longest
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text] if text else parts


def shorten(text: str, longest: int) -> str:
    """`text`, or its beginning and an ellipsis. Only for labels: a quotation is never shortened."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _rich(elements: Sequence[Block]) -> Block:
    return {"type": "rich_text", "elements": list(elements)}


def _text(text: str, *, bold: bool = False) -> Block:
    return {"type": "text", "text": text} | ({"style": {"bold": True}} if bold else {})


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        for name, value in found.items():
            if name == "text" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(found, list):
        for value in found:
            yield from _texts(value)
