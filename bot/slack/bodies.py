"""What a request's body must be before Bolt reads it: Bolt reads before it looks at the signature, and fails on the rest."""

from __future__ import annotations

import json
from urllib.parse import parse_qs


def readable(body: bytes, content: str) -> bool:
    """Whether a body has the shape of what Slack sends: an object as JSON, or a form, which may hold one as `payload`.

    >>> readable(b'{"type": "event_callback"}', "application/json"), readable(b"[]", "application/json")
    (True, False)
    >>> readable(b"command=/clause", "application/x-www-form-urlencoded"), readable(b"payload=x", "text/plain")
    (True, False)
    """
    try:
        text = body.decode()
        if content.startswith("application/json") or text.lstrip()[:1] in {"{", "["}:
            return isinstance(json.loads(text), dict)
        payload = parse_qs(text).get("payload")
        return payload is None or isinstance(json.loads(payload[0]), dict)
    except (ValueError, RecursionError):
        return False
