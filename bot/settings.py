"""Every setting, read once: from the environment, or from one file of NAME=value lines.

Nothing else reads the environment. `protocol-guide settings` lists them. A wrong one is a `SettingsError` that
names it and says what to set.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from bot.errors import SettingsError

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""The names of this machine for itself; --local listens on nothing else."""

_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+\Z")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")


def _setting(name: str, what: str, default: Any = None, shown: str | None = None, secret: bool = False) -> Any:
    """A field that is read from the variable `name`. `shown` tells a default that is worked out."""
    return field(
        default=default, repr=not secret, metadata={"name": name, "what": what, "shown": shown, "secret": secret}
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, each read and checked by itself; `for_serving` checks them together."""

    file: Path | None = _setting(
        "PROTOCOL_GUIDE_SETTINGS", "A file of NAME=value lines; what the environment says goes before it."
    )
    council: str | None = _setting(
        "PROTOCOL_GUIDE_COUNCIL", "The one council that is served; leave it out to host many by invitation."
    )
    clerk: str | None = _setting(
        "PROTOCOL_GUIDE_CLERK", "The clerk's account (Slack user id, Teams user id), told when a review falls due."
    )
    data: Path | None = _setting(
        "PROTOCOL_GUIDE_DATA", "The folder of your councils' data.", shown="the user's data directory"
    )
    database: str | None = _setting(
        "PROTOCOL_GUIDE_DATABASE",
        "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE.",
        shown="sqlite, kept.sqlite3 in the data folder",
        secret=True,
    )
    keys: tuple[str, ...] = _setting(
        "PROTOCOL_GUIDE_KEYS",
        "Encryption keys, the newest first, parted by commas. `protocol-guide key` makes one.",
        (),
        shown="with SQLite, a key file beside the database",
        secret=True,
    )
    host: str = _setting("PROTOCOL_GUIDE_HOST", "The address to listen on.", "127.0.0.1")
    port: int = _setting("PROTOCOL_GUIDE_PORT", "The port to listen on.", 3000)
    address: str | None = _setting(
        "PROTOCOL_GUIDE_ADDRESS", "The public https address, for Slack's OAuth: https://guide.example.org."
    )
    log: str = _setting("PROTOCOL_GUIDE_LOG", "How much is logged: debug, info, warning or error.", "info")
    engines: int = _setting(
        "PROTOCOL_GUIDE_ENGINES", "How many councils' search engines a process keeps in memory.", 256
    )
    throttle: int = _setting(
        "PROTOCOL_GUIDE_THROTTLE",
        "Questions a minute that one person may ask; a workspace may ask 20 times as many.",
        20,
    )
    slack_bot_token: str | None = _setting(
        "SLACK_BOT_TOKEN", "Slack, one workspace: the bot's token (xoxb-…).", secret=True
    )
    slack_app_token: str | None = _setting(
        "SLACK_APP_TOKEN", "Slack, Socket Mode: the app-level token (xapp-…).", secret=True
    )
    slack_signing_secret: str | None = _setting(
        "SLACK_SIGNING_SECRET", "Slack over HTTP: the signing secret.", secret=True
    )
    slack_client_id: str | None = _setting("SLACK_CLIENT_ID", "Slack, many workspaces: the OAuth client's id.")
    slack_client_secret: str | None = _setting(
        "SLACK_CLIENT_SECRET", "Slack, many workspaces: the OAuth client's secret.", secret=True
    )
    slack_api_url: str = _setting("SLACK_API_URL", "Slack's Web API.", "https://slack.com/api/")
    teams_client_id: str | None = _setting("CLIENT_ID", "Teams: the app's (client) id.")
    teams_client_secret: str | None = _setting("CLIENT_SECRET", "Teams: the client secret.", secret=True)
    teams_tenant_id: str | None = _setting("TENANT_ID", "Teams: the tenant of the app's registration.")
    domain: str | None = _setting("PROTOCOL_GUIDE_DOMAIN", "Teams: the public host name, guide.example.org.")

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None, file: Path | None = None) -> Settings:
        """Read the environment (or `environment`) and, where it says nothing, `file` or PROTOCOL_GUIDE_SETTINGS.

        Raises:
            SettingsError: when a value cannot be read, or the file holds something else than settings.
        """
        said = dict(os.environ if environment is None else environment)
        path = file or (Path(said["PROTOCOL_GUIDE_SETTINGS"]) if said.get("PROTOCOL_GUIDE_SETTINGS") else None)
        if path is not None:
            said = {**_read_file(path), **said, "PROTOCOL_GUIDE_SETTINGS": str(path)}
        values: dict[str, Any] = {}
        for entry in fields(cls):
            text = said.get(entry.metadata["name"], "").strip()
            if text:
                values[entry.name] = _READ.get(entry.name, _plain)(entry.metadata["name"], text)
        return cls(**values)

    @classmethod
    def listed(cls, settings: Settings | None = None) -> tuple[Variable, ...]:
        """Every setting with its default and, given `settings`, its value; of a secret only whether it is set."""
        return tuple(
            Variable(
                entry.metadata["name"],
                entry.metadata["what"],
                entry.metadata["shown"] or ("" if entry.default in (None, ()) else str(entry.default)),
                entry.metadata["secret"],
                None if settings is None else _shown(getattr(settings, entry.name), entry.metadata["secret"]),
            )
            for entry in fields(cls)
        )

    @property
    def data_folder(self) -> Path:
        """The folder of the councils' data: the one that was set, or the user's data directory."""
        return self.data or default_data_folder()

    @property
    def database_url(self) -> str:
        """The database that was set, or the embedded one in the data folder."""
        return self.database or f"sqlite:///{self.data_folder.resolve() / 'kept.sqlite3'}"

    @property
    def embedded_database(self) -> Path | None:
        """The file of an embedded database, or None for a server."""
        return Path(self.database_url.removeprefix("sqlite:///")) if self.database_url.startswith("sqlite") else None

    @property
    def slack_over_http(self) -> bool:
        """Whether Slack sends signed HTTP requests."""
        return self.slack_signing_secret is not None

    @property
    def slack_hosted(self) -> bool:
        """Whether many workspaces install the app by OAuth."""
        return self.slack_client_id is not None

    @property
    def slack_on(self) -> bool:
        """Whether Slack is served at all."""
        return any((self.slack_bot_token, self.slack_app_token, self.slack_signing_secret, self.slack_client_id))

    @property
    def teams_on(self) -> bool:
        """Whether Teams is served at all."""
        return any((self.teams_client_id, self.teams_client_secret, self.teams_tenant_id))

    def for_serving(self, local: bool = False) -> Settings:
        """These settings, once it is sure that they go together. `local` is Teams without credentials, for the desk.

        Raises:
            SettingsError: for the first that is missing or contradicts another.
        """
        wrong = (*self._wrong_with_slack(), *self._wrong_with_teams(), *self._wrong_with_hosting(local))
        if wrong:
            raise SettingsError(wrong[0])
        return self

    def for_slack(self) -> Settings:
        """These settings, once it is sure that Slack is among them.

        Raises:
            SettingsError: when it is not, or its settings contradict each other.
        """
        if not self.slack_on:
            raise SettingsError(
                "SLACK_BOT_TOKEN and SLACK_APP_TOKEN are missing: set both (see `protocol-guide settings`)."
            )
        return self.for_serving()

    def for_teams(self) -> Settings:
        """These settings, once it is sure that Teams is among them.

        Raises:
            SettingsError: when it is not, or its settings contradict each other.
        """
        if not self.teams_on:
            raise SettingsError(
                "CLIENT_ID, CLIENT_SECRET and TENANT_ID are missing: set them (see `protocol-guide settings`)."
            )
        return self.for_serving()

    def _wrong_with_slack(self) -> Iterator[str]:
        hosted, http, socket = self.slack_hosted, self.slack_over_http, self.slack_app_token is not None
        if socket and (http or hosted):
            yield "SLACK_APP_TOKEN is for Socket Mode; unset it, or unset SLACK_SIGNING_SECRET and SLACK_CLIENT_ID."
        if hosted and self.slack_bot_token is not None:
            yield "SLACK_BOT_TOKEN is for one workspace and SLACK_CLIENT_ID for many: unset one of them."
        if hosted and self.slack_client_secret is None:
            yield "SLACK_CLIENT_SECRET is missing: set it beside SLACK_CLIENT_ID."
        if not hosted and self.slack_client_secret is not None:
            yield "SLACK_CLIENT_ID is missing: set it beside SLACK_CLIENT_SECRET."
        if hosted and not http:
            yield "SLACK_SIGNING_SECRET is missing: set it beside SLACK_CLIENT_ID."
        if hosted and self.address is None:
            yield "PROTOCOL_GUIDE_ADDRESS is missing: set the public https address that Slack sends people back to."
        if self.slack_on and not hosted and self.slack_bot_token is None:
            yield "SLACK_BOT_TOKEN is missing: set the token that starts with xoxb-."
        if self.slack_on and not (hosted or http or socket):
            yield "SLACK_APP_TOKEN is missing: set it for Socket Mode, or SLACK_SIGNING_SECRET for HTTP."

    def _wrong_with_teams(self) -> Iterator[str]:
        ids = {
            "CLIENT_ID": self.teams_client_id,
            "CLIENT_SECRET": self.teams_client_secret,
            "TENANT_ID": self.teams_tenant_id,
        }
        for name, value in ids.items():
            if self.teams_on and value is None:
                yield f"{name} is missing: Teams needs CLIENT_ID, CLIENT_SECRET and TENANT_ID."

    def _wrong_with_hosting(self, local: bool) -> Iterator[str]:
        one_workspace = self.slack_on and not self.slack_hosted
        if not (self.slack_on or self.teams_on or local):
            yield "No channel is on: set SLACK_BOT_TOKEN and SLACK_APP_TOKEN, or what Teams needs."
        if self.slack_hosted and self.council is not None:
            yield "PROTOCOL_GUIDE_COUNCIL is for one council and SLACK_CLIENT_ID for many: unset one of them."
        if (one_workspace or local) and self.council is None:
            yield "PROTOCOL_GUIDE_COUNCIL is missing: set the council that is served."
        if self.embedded_database is None and not self.keys:
            yield "PROTOCOL_GUIDE_KEYS is missing: a database server needs it; `protocol-guide key` makes one."
        if local and self.host not in LOOPBACK:
            yield "PROTOCOL_GUIDE_HOST must be 127.0.0.1 with --local: whoever reaches it is believed."


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting, as it is listed. `value` is what is set, "(set)" for a secret, or None."""

    name: str
    what: str
    default: str
    secret: bool
    value: str | None


def data_folder(given: Path | None = None) -> Path:
    """The folder of the councils' data, for a command: the one that is given, else set, else the user's own.

    Raises:
        SettingsError: when one is given or set that is no folder.
    """
    text = os.environ.get("PROTOCOL_GUIDE_DATA", "").strip()
    path = given or (_folder("PROTOCOL_GUIDE_DATA", text) if text else default_data_folder())
    if given is not None and not given.is_dir():
        raise SettingsError(f"--data: there is no folder {given}. Give the folder that holds your councils' folders.")
    return path


def named_council() -> str | None:
    """The council that is set, if one is."""
    text = os.environ.get("PROTOCOL_GUIDE_COUNCIL", "").strip()
    return _council("PROTOCOL_GUIDE_COUNCIL", text) if text else None


def plain_output() -> bool:
    """Whether a terminal is to show plain text: NO_COLOR is set (https://no-color.org), or it knows no codes."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"


@contextmanager
def hidden(names: Iterable[str]) -> Iterator[None]:
    """Keeps these variables from a library that would read them by itself, while it does."""
    taken = {name: os.environ.pop(name) for name in names if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(taken)


def default_data_folder() -> Path:
    """The user's data directory for this program, as the system has it."""
    home = Path.home()
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "protocol-guide"
    return Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "protocol-guide"


def _shown(value: object, secret: bool) -> str | None:
    if value in (None, ()):
        return None
    return "(set)" if secret else str(value)


def _read_file(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path}: the settings file cannot be read. Give a text file of NAME=value lines."
        ) from error
    known = {entry.metadata["name"] for entry in fields(Settings)}
    read: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = (part.strip() for part in line.removeprefix("export ").partition("="))
        if not equals or name not in known:
            near = _nearest(name, known)
            raise SettingsError(f"{path}, line {number}: {name!r} is no setting.{near}")
        if name in read:
            raise SettingsError(f"{path}, line {number}: {name} is set twice. Keep one of the lines.")
        quoted = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
        read[name] = value[1:-1] if quoted else value
    return read


def _nearest(name: str, known: set[str]) -> str:
    import difflib

    near = difflib.get_close_matches(name.upper(), sorted(known), n=1)
    return f" Did you mean {near[0]}?" if near else " `protocol-guide settings` lists them."


def _plain(name: str, text: str) -> str:
    if any(ord(letter) < 32 for letter in text):
        raise SettingsError(f"{name} holds a line break or a control character: copy it again.")
    return text


def _council(name: str, text: str) -> str:
    if not _SLUG.match(text):
        raise SettingsError(f"{name}: {text!r} is no council. Write its short name, for example great-linford.")
    return text


def _folder(name: str, text: str) -> Path:
    path = Path(text).expanduser()
    if path.exists() and not path.is_dir():
        raise SettingsError(f"{name}: {path} is a file. Give the folder that holds your councils' folders.")
    return path


def _keys(_name: str, text: str) -> tuple[str, ...]:
    return tuple(key for key in re.split(r"[\s,]+", text) if key)


def _number(smallest: int, largest: int) -> Any:
    def read(name: str, text: str) -> int:
        if not text.isdecimal() or not smallest <= int(text) <= largest:
            raise SettingsError(f"{name}: {text!r} is not a whole number from {smallest} to {largest}.")
        return int(text)

    return read


def _starting(prefix: str, where: str) -> Any:
    def read(name: str, text: str) -> str:
        if not text.startswith(prefix):
            raise SettingsError(f"{name} must start with {prefix} ({where}).")
        return _plain(name, text)

    return read


def _https(name: str, text: str) -> str:
    if not re.match(r"https://[^/\s]+\Z|http://(127\.0\.0\.1|localhost)(:\d+)?\Z", text.rstrip("/")):
        raise SettingsError(f"{name}: write an https address without a path, for example https://guide.example.org.")
    return text.rstrip("/")


def _api(name: str, text: str) -> str:
    if not re.match(r"https?://\S+\Z", text):
        raise SettingsError(f"{name}: {text!r} is no web address.")
    return text.rstrip("/") + "/"


def _domain(name: str, text: str) -> str:
    if not _HOST.match(text):
        raise SettingsError(
            f"{name}: {text!r} is no host name. Write it without https://, for example guide.example.org."
        )
    return text.lower()


def _guid(name: str, text: str) -> str:
    if not _GUID.match(text):
        raise SettingsError(f"{name} is no id as Microsoft gives them (8-4-4-4-12 hexadecimal digits): copy it again.")
    return text.lower()


def _level(name: str, text: str) -> str:
    if text.lower() not in ("debug", "info", "warning", "error"):
        raise SettingsError(f"{name}: write debug, info, warning or error, not {text!r}.")
    return text.lower()


def _url(name: str, text: str) -> str:
    if not re.match(r"(sqlite|postgres|postgresql)(\+\w+)?://", text):
        raise SettingsError(f"{name}: write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE.")
    return text


_READ: Mapping[str, Any] = {
    "file": lambda _name, text: Path(text),
    "council": _council,
    "data": _folder,
    "database": _url,
    "keys": _keys,
    "port": _number(0, 65535),
    "address": _https,
    "log": _level,
    "engines": _number(1, 100_000),
    "throttle": _number(1, 10_000),
    "slack_bot_token": _starting("xoxb-", "at api.slack.com, OAuth & Permissions"),
    "slack_app_token": _starting("xapp-", "at api.slack.com, Basic Information, App-Level Tokens"),
    "slack_api_url": _api,
    "teams_client_id": _guid,
    "teams_tenant_id": _guid,
    "domain": _domain,
}
