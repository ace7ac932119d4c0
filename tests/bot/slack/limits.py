"""Slack's limits, and rules for what slack_sdk's models miss (a missing value, an empty text, a doubled id, …).

`check_message` and `check_view` raise AssertionError at what Slack would refuse or cut.
"""

from __future__ import annotations

import json
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

IN_A_VIEW = {"actions", "context", "divider", "input", "rich_text", "section"}
IN_A_MESSAGE = IN_A_VIEW - {"input"}


def check_message(data: dict[str, Any]) -> None:
    """A message within every limit."""
    blocks = data.get("blocks") or []
    blocks = json.loads(blocks) if isinstance(blocks, str) else blocks
    assert data.get("text"), "the whole answer belongs in the text"
    assert len(data["text"]) <= 40_000
    assert "<" not in data["text"], "text is escaped: it mentions nobody"
    assert "metadata" not in data, "any app and member can read metadata"
    assert len(blocks) <= 50
    assert len(json.dumps(blocks)) < 60_000
    assert sum(_lengths(blocks)) <= 12_000
    _check_blocks(blocks, IN_A_MESSAGE)


def check_view(view: Any) -> None:
    """A modal or Home tab within every limit."""
    view = json.loads(view) if isinstance(view, str) else view
    View(**view).to_dict()
    assert view["type"] in {"modal", "home"}
    assert len(json.dumps(view)) <= 250_000
    assert 1 <= len(view["blocks"]) <= 100
    assert len(view.get("private_metadata", "")) <= 3_000
    assert len(view.get("callback_id", "")) <= 255
    for part in ("title", "submit", "close"):
        assert len(view.get(part, {}).get("text", "")) <= 24
    if view["type"] == "modal":
        assert view["title"]["text"]
        assert ("submit" in view) == any(block["type"] == "input" for block in view["blocks"])
    _check_blocks(view["blocks"], IN_A_VIEW if view["type"] == "modal" else IN_A_MESSAGE)


def check_options(options: list[dict[str, Any]]) -> None:
    """Options of a menu: at most a hundred, none doubled."""
    assert len(options) <= 100
    values = [option["value"] for option in options]
    assert len(values) == len(set(values))
    for option in options:
        assert 1 <= len(option["text"]["text"]) <= 75
        assert 1 <= len(option["value"]) <= 150


def _check_blocks(blocks: list[dict[str, Any]], allowed: set[str]) -> None:
    for parsed in Block.parse_all(blocks):
        parsed.to_dict()
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(ids) == len(set(ids))
    assert all(len(name) <= 255 for name in ids)
    for block in blocks:
        assert block["type"] in allowed
        _check_block(block)


def _check_block(block: dict[str, Any]) -> None:
    match block["type"]:
        case "section":
            assert 1 <= len(block["text"]["text"]) <= 3_000
            if block["text"]["type"] == "mrkdwn":
                assert block["text"]["text"].startswith("<mailto:"), "only a link of ours is markup"
            if "accessory" in block:
                _check_menu(block["accessory"])
        case "context":
            assert 1 <= len(block["elements"]) <= 10
            assert all(element["type"] == "plain_text" for element in block["elements"])
            assert all(1 <= len(element["text"]) <= 2_000 for element in block["elements"])
        case "actions":
            assert 1 <= len(block["elements"]) <= 25
            actions = [element["action_id"] for element in block["elements"]]
            assert len(actions) == len(set(actions))
            for element in block["elements"]:
                _check_button(element)
        case "rich_text":
            for element in block["elements"]:
                assert element["elements"]
                assert all(part["type"] in {"text", "rich_text_section"} for part in element["elements"])
            assert all(_texts(block))
        case "input":
            assert 1 <= len(block["label"]["text"]) <= 2_000
            assert len(block["element"].get("initial_value", "")) <= 3_000


def _check_button(element: dict[str, Any]) -> None:
    assert element["type"] == "button"
    assert 1 <= len(element["text"]["text"]) <= 75
    assert 1 <= len(element["value"]) <= 2_000
    assert 1 <= len(element["action_id"]) <= 255
    assert len(element.get("url", "")) <= 3_000


def _check_menu(element: dict[str, Any]) -> None:
    assert element["type"] == "external_select"
    assert 1 <= len(element["placeholder"]["text"]) <= 150
    assert 1 <= len(element["action_id"]) <= 255


def _texts(found: Any) -> list[str]:
    if isinstance(found, dict):
        own = [found["text"]] if found.get("type") == "text" else []
        return own + [text for value in found.values() for text in _texts(value)]
    return [text for value in found for text in _texts(value)] if isinstance(found, list) else []


def _lengths(found: Any) -> list[int]:
    if isinstance(found, dict):
        own = [len(found["text"])] if isinstance(found.get("text"), str) else []
        return own + [length for value in found.values() for length in _lengths(value)]
    return [length for value in found for length in _lengths(value)] if isinstance(found, list) else []
