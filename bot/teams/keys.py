"""Microsoft's signing keys, fetched beside the event loop's work, at most so often, and given from memory.

The SDK fetches them with a blocking request on the event loop, whenever a token names a key that it does not know:
a slow key server would stall every channel, and anybody could cause requests. Here a fetch never blocks, ends after
some seconds, is made once for all that wait for it, and is not repeated for made-up key ids.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import aiohttp
import jwt

FETCH_SECONDS = 5.0
"""A fetch is given up after so many seconds."""
AGAIN_SECONDS = 30.0
"""An unknown key leads to a new fetch only so many seconds after the last one."""
AFTER_FAILURE_SECONDS = 2.0
"""After a fetch that failed, the next one may begin so soon."""
OLD_SECONDS = 3600.0
"""Keys older than this are fetched anew; while that fails, the old ones serve."""


class Unfetchable(Exception):
    """The keys cannot be had just now."""


class SigningKeys:
    """What the SDK's validator asks for keys, in place of its own client (`jwt.PyJWKClient`)."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._endorsed: dict[str, frozenset[str]] = {}
        self._fetched = self._tried = -OLD_SECONDS - 1
        self._failed = False
        self._fetching: asyncio.Task[None] | None = None

    async def warm(self, token: str) -> None:
        """Have the key of this token at hand, if there is one.

        Raises:
            jwt.InvalidTokenError: when the token is no token.
            Unfetchable: when there are no keys and none can be fetched.
        """
        known = _key_id(token) in self._keys
        now = self._clock()
        if known and now - self._fetched < OLD_SECONDS:
            return
        waited = now - self._tried
        if self._fetching is None and (waited > AGAIN_SECONDS or (self._failed and waited > AFTER_FAILURE_SECONDS)):
            self._tried = now
            self._fetching = asyncio.create_task(self._fetch())
        if self._fetching is not None and not known:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._fetching), FETCH_SECONDS)
        if _key_id(token) not in self._keys and (self._failed or self._fetching is not None):
            raise Unfetchable

    def get_signing_key_from_jwt(self, token: str) -> jwt.PyJWK:
        """The key that signed this token, from memory: the name is the SDK's.

        Raises:
            jwt.InvalidTokenError: when there is no such key.
        """
        found = self._keys.get(_key_id(token))
        if found is None:
            raise jwt.InvalidTokenError("no such key")
        return found

    def endorses(self, token: str, channel: str) -> bool:
        """Whether the key may sign for this channel: its endorsements, where it has some, name it."""
        endorsed = self._endorsed.get(_key_id(token))
        return not endorsed or channel in endorsed

    async def _fetch(self) -> None:
        try:
            timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
            async with aiohttp.ClientSession(timeout=timeout) as client, client.get(self._url) as answer:
                answer.raise_for_status()
                found = await answer.json(content_type=None)
            keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(found).keys if key.key_id}
            self._endorsed = {
                str(entry.get("kid")): frozenset(map(str, entry.get("endorsements") or ())) for entry in found["keys"]
            }
            self._keys, self._fetched, self._failed = keys, self._clock(), False
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError, AttributeError, jwt.PyJWTError):
            self._failed = True
        finally:
            self._fetching = None


def _key_id(token: str) -> str:
    return str(jwt.get_unverified_header(token).get("kid"))
