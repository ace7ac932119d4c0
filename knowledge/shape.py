"""What each file of a council's folder is made of, so that a file of another shape is named with its place.

A shape is `TEXT`; a list of one shape, for any number of it, or of two, for a pair; a tuple of a text and a mapping, for
either; `COUNT` and `SHARE` for a text that is a number; or a mapping from names to shapes, in which `OTHER` stands for
any other name.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Any

TEXT = "text"
COUNT = "count"
SHARE = "share"
OTHER = "*"

_WRITTEN = {TEXT: r".*", COUNT: r"[0-9]{1,8}", SHARE: r"[01](\.[0-9]{1,9})?"}
_MEANT = {TEXT: "a text", COUNT: "a whole number", SHARE: "a number from 0 to 1"}
_FURNITURE = [{"line": COUNT, "words": TEXT}]
SHAPES: Mapping[str, Mapping[str, Any]] = {
    "council.yaml": {"slug": TEXT, "name": TEXT, "called": {OTHER: TEXT}},
    "protocol.yaml": {
        **dict.fromkeys(("slug", "council", "title", "version", "adopted", "reviewed", "review_due", "status"), TEXT),
        "source": TEXT,
        "body": [{"heading": TEXT, "number": TEXT, "level": COUNT, "text": TEXT, "items": [TEXT]}],
        "notes": [{"clause": TEXT, "words": TEXT}],
        "differs": [[TEXT, TEXT]],
        "furniture": _FURNITURE,
        "metadata": _FURNITURE,
        "joins": [{"clause": TEXT, "before": TEXT, "after": TEXT, "with": TEXT}],
        "former": {OTHER: TEXT},
    },
    "contacts.yaml": {
        "contacts": [{"key": TEXT, "name": TEXT, "how": TEXT, "email": TEXT}],
        "ladders": [
            {
                "basis": TEXT,
                "rungs": [(TEXT, {OTHER: TEXT})],
                "clauses": [TEXT],
                "intents": [TEXT],
                "askers": [TEXT],
                "subjects": [TEXT],
                "confirmed": TEXT,
            }
        ],
        "defaults": {OTHER: [TEXT]},
    },
    "ties.yaml": {"ties": [{"intent": TEXT, "clauses": [TEXT], "score": SHARE, "confirmed": TEXT}]},
}
"""By the file's name."""
NEEDED: Mapping[str, tuple[str, ...]] = {
    "council.yaml": ("slug", "name"),
    "protocol.yaml": ("slug", "council", "title", "body"),
    "contacts.yaml": ("contacts", "defaults"),
    "contacts": ("key", "name"),
    "ladders": ("basis", "rungs"),
    "notes": ("clause", "words"),
    "joins": ("before", "after", "with"),
    "furniture": ("line", "words"),
    "metadata": ("line", "words"),
    "ties.yaml": ("ties",),
    "ties": ("intent", "clauses"),
}
"""The names that must be there: of a file, and of each entry of a list."""


def check(name: str, data: Any, fault: Callable[..., Exception]) -> None:
    """Hold a file's data against its shape; `fault(what, *place)` makes the error that is raised at the first departure."""
    if not isinstance(data, dict):
        raise fault("this file should hold names and values.")
    _check(data, SHAPES[name], (name,), fault)


def _check(data: Any, shape: Any, place: tuple[str | int, ...], fault: Callable[..., Exception]) -> None:
    called = next((str(part) for part in reversed(place) if isinstance(part, str)), "")
    named = f"each of {called}" if isinstance(place[-1], int) else called
    if isinstance(shape, tuple):
        shape = shape[1] if isinstance(data, dict) else shape[0]
    if isinstance(shape, str):
        if not isinstance(data, str) or not re.fullmatch(_WRITTEN[shape], data, re.DOTALL):
            raise fault(f"{named} should be {_MEANT[shape]}.", *place[1:])
    elif isinstance(shape, list):
        if not isinstance(data, list):
            raise fault(f"{named} should be a list.", *place[1:])
        if len(shape) > 1 and len(data) != len(shape):
            raise fault(f"{named} should be a list of {len(shape)}.", *place[1:])
        for number, entry in enumerate(data):
            _check(entry, shape[0], (*place, number), fault)
    else:
        _check_names(data, shape, called, place, fault)


def _check_names(
    data: Any, shape: Mapping[str, Any], called: str, place: tuple[str | int, ...], fault: Callable[..., Exception]
) -> None:
    if not isinstance(data, dict):
        named = f"each of {called}" if isinstance(place[-1], int) else called
        raise fault(f"{named} should hold names and values.", *place[1:])
    for key, value in data.items():
        if key not in shape and OTHER not in shape:
            near = difflib.get_close_matches(key, list(shape), 1)
            raise fault(f"{key!r} is not known here" + (f"; did you mean {near[0]}?" if near else "."), *place[1:], key)
        _check(value, shape.get(key, shape.get(OTHER)), (*place, key), fault)
    for key in NEEDED.get(called, ()):
        if key not in data:
            raise fault(f"{key!r} is missing. Add it.", *place[1:])
