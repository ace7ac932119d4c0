"""Encryption of what is secret, with keys that can be changed, and keyed hashes for what must only be recognised."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.storage.errors import BadKeys

_MAKE_ONE = "`protocol-guide key` makes one."


class Keys:
    """The encryption keys, the newest first: it encrypts, and all of them decrypt.

    To change keys, put a new one before the old, restart every replica, run `protocol-guide rotate`, and drop the old.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise BadKeys(f"PROTOCOL_GUIDE_KEYS is empty. Set it to at least one key; {_MAKE_ONE}")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise BadKeys(
                f"PROTOCOL_GUIDE_KEYS holds something that is no key (32 bytes, URL-safe base64); {_MAKE_ONE}"
            ) from error

    @classmethod
    def beside(cls, database: Path) -> Keys:
        """The key in the file beside an embedded database, made (readable by its owner only) when both are new.

        Raises:
            BadKeys: when the file cannot be read or holds no key, or is missing beside a database that is in use.
        """
        path = database.with_name(database.name + ".key")
        in_use = database.exists() and database.stat().st_size > 0  # looked at first: the key is made before it
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                if in_use:
                    raise BadKeys(f"{path} is missing: put it back from your backup, or set PROTOCOL_GUIDE_KEYS.")
                _write_once(path, cls.new() + "\n")
            return cls(path.read_text(encoding="ascii").split())
        except (OSError, UnicodeDecodeError) as error:
            raise BadKeys(
                f"{path}: the key file cannot be used. Make it readable, or set PROTOCOL_GUIDE_KEYS."
            ) from error

    @staticmethod
    def new() -> str:
        """A fresh key, for PROTOCOL_GUIDE_KEYS."""
        return Fernet.generate_key().decode()

    def encrypt(self, value: Mapping[str, Any] | str) -> str:
        """`value` as text that only these keys open."""
        return self._fernet.encrypt(json.dumps(value, ensure_ascii=False).encode()).decode()

    def decrypt(self, token: str) -> Any:
        """What `encrypt` was given.

        Raises:
            BadKeys: when none of the keys opens it.
        """
        try:
            return json.loads(self._fernet.decrypt(token.encode()))
        except InvalidToken as error:
            raise BadKeys(
                "The database was written with a key that PROTOCOL_GUIDE_KEYS does not hold: add it after the newest."
            ) from error

    def renew(self, token: str) -> str:
        """The same secret, encrypted with the newest key.

        Raises:
            BadKeys: when none of the keys opens it.
        """
        return self.encrypt(self.decrypt(token))


def _write_once(path: Path, text: str) -> None:
    """Write a whole private file, unless another process was first: nobody ever sees half of it."""
    handle, fresh = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
    finally:
        Path(fresh).unlink()


def keyed_hash(key: bytes, *parts: str) -> str:
    """Recognises the same parts again without telling what they were (HMAC-SHA-256, 32 hex digits)."""
    message = b"".join(len(encoded).to_bytes(4, "big") + encoded for encoded in (part.encode() for part in parts))
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:32]
