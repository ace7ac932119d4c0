"""The app package to upload at Teams: a zip of the manifest (1.25) and two icons, made from settings alone."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy

from bot import wording
from bot.errors import SettingsError
from bot.settings import Settings

ABOUT = "/teams/about"
"""The page that the app's entry in Teams points to: what it is, and who can read what."""

_SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v1.25/MicrosoftTeams.schema.json"
_BLUE = (0x1D, 0x35, 0x57)
_COLOR, _OUTLINE = 192, 32
_COMMANDS = (
    ("clause", "A clause by number, heading or words: clause 7.3"),
    ("contacts", "Whom to go to"),
    ("sections", "The protocol's sections, to open"),
    ("as officer", "Ask as an officer (or clerk, councillor, chair): as officer, then your question"),
    ("privacy", "Who else can read this"),
    ("help", "What I can do"),
)
_ALONE = (("forget", "Forget what was remembered of me"),)
_CHARACTERS = {"name.short": 30, "name.full": 100, "description.short": 80, "description.full": 4_000}
_PACKAGE_BYTES = 1_000_000


def build_package(settings: Settings, version: str) -> bytes:
    """The zip.

    Raises:
        SettingsError: when the app's id or its public host name is missing.
    """
    if settings.teams_client_id is None:
        raise SettingsError("CLIENT_ID is missing: set the application (client) id of the app registration.")
    if settings.domain is None:
        raise SettingsError(
            "PROTOCOL_GUIDE_DOMAIN is missing: set the public host name, for example guide.example.org."
        )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in (
            ("manifest.json", _json(manifest(settings.teams_client_id, settings.domain, version))),
            ("color.png", color_icon()),
            ("outline.png", outline_icon()),
        ):
            package.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    made = packed.getvalue()
    wrong = faults(made)
    if wrong:
        raise SettingsError(f"The package would be refused: {' '.join(wrong)}")
    return made


def manifest(client_id: str, domain: str, version: str) -> dict[str, Any]:
    """The manifest: bot, message extension and commands, and nothing that is not needed."""
    page = f"https://{domain}{ABOUT}"
    scopes = ["personal", "team", "groupChat"]
    commands = {
        "personal": (*((prompt, wording.TRY_PROMPT) for prompt in wording.EXAMPLES[:3]), *_COMMANDS, *_ALONE),
        "team": _COMMANDS,
        "groupChat": _COMMANDS,
    }
    return {
        "$schema": _SCHEMA,
        "manifestVersion": "1.25",
        "version": version,
        "id": client_id,
        "developer": {
            "name": wording.NAME,
            "websiteUrl": page,
            "privacyUrl": f"{page}#privacy",
            "termsOfUseUrl": f"{page}#terms",
        },
        "name": {"short": wording.NAME, "full": f"{wording.NAME}: the councillor–officer protocol, quoted"},
        "description": {"short": wording.SHORT_DESCRIPTION, "full": f"{wording.HELP}\n\n{wording.PRIVACY_OURS}"},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#{:02x}{:02x}{:02x}".format(*_BLUE),
        "bots": [
            {
                "botId": client_id,
                "scopes": scopes,
                "isNotificationOnly": False,
                "supportsFiles": False,
                "commandLists": [
                    {
                        "scopes": [scope],
                        "commands": [{"title": title, "description": what} for title, what in commands[scope]],
                    }
                    for scope in scopes
                ],
            }
        ],
        "composeExtensions": [
            {
                "botId": client_id,
                "commands": [
                    {
                        "id": "search",
                        "type": "query",
                        "title": wording.LOOK_UP,
                        "description": wording.LOOK_UP_HINT,
                        "context": ["compose", "commandBox"],
                        "initialRun": True,
                        "parameters": [
                            {
                                "name": "words",
                                "title": wording.CLAUSE,
                                "description": wording.LOOK_UP_HINT,
                                "inputType": "text",
                            }
                        ],
                    },
                    {
                        "id": "ask",
                        "type": "action",
                        "title": wording.ASK_ABOUT_MESSAGE,
                        "description": wording.ASK_ABOUT_MESSAGE_HINT,
                        "context": ["message"],
                        "fetchTask": True,
                    },
                ],
            }
        ],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [domain],
    }


def faults(package: bytes) -> list[str]:
    """What Teams would refuse that the manifest's schema lets pass; empty where all is well."""
    return list(_faults(package))


def _faults(packed: bytes) -> Iterator[str]:
    if len(packed) > _PACKAGE_BYTES:
        yield "The package is too large."
    with zipfile.ZipFile(io.BytesIO(packed)) as package:
        names = package.namelist()
        if sorted(names) != ["color.png", "manifest.json", "outline.png"]:
            yield f"It must hold manifest.json, color.png and outline.png at its root and nothing else, not {names}."
            return
        made = json.loads(package.read("manifest.json"))
        for name, size in (("color.png", _COLOR), ("outline.png", _OUTLINE)):
            found = _size(package.read(name))
            if found != (size, size):
                yield f"{name} must be {size} by {size} pixels, not {found}."
    yield from _wrong_words(made)


def _wrong_words(made: Mapping[str, Any]) -> Iterator[str]:
    for url in _texts(made):
        if url.startswith("http://"):
            yield f"{url} must begin with https."
    for name, longest in _CHARACTERS.items():
        first, second = name.split(".")
        if len(made[first][second]) > longest:
            yield f"{name} has more than {longest} characters."
    for domain in made["validDomains"]:
        if re.search(r"[/:*\s]", domain):
            yield f"{domain} must be a host name alone."
    for commands in made["bots"][0]["commandLists"]:
        titles = [command["title"] for command in commands["commands"]]
        if len(titles) > 12 or len(set(titles)) < len(titles) or any(len(title) > 128 for title in titles):
            yield "A command list holds at most twelve commands of different titles."
    if not re.fullmatch(r"\d+\.\d+\.\d+", made["version"]):
        yield f"The version {made['version']} must be three numbers."


def color_icon() -> bytes:
    """The icon in colours: white quotation marks on blue."""
    ink = _marks(_COLOR)[..., None]
    ground = numpy.array(_BLUE, dtype=float)
    colours = ground + (255.0 - ground) * ink
    opaque = numpy.full((_COLOR, _COLOR, 1), 255.0)
    return _png(numpy.concatenate([colours, opaque], axis=2))


def outline_icon() -> bytes:
    """The icon for the side bar: the same marks, white on nothing."""
    ink = _marks(_OUTLINE)[..., None]
    white = numpy.full((_OUTLINE, _OUTLINE, 3), 255.0)
    return _png(numpy.concatenate([white, ink * 255.0], axis=2))


def _marks(size: int) -> Any:
    """Two opening quotation marks over two lines of text, from 0 to 1 a pixel, smoothed by eight samples a side."""
    fine = (numpy.arange(size * 8) + 0.5) / (size * 8)
    x, y = numpy.meshgrid(fine, fine)

    def disc(at: float, down: float, radius: float) -> Any:
        return (x - at) ** 2 + (y - down) ** 2 < radius**2

    ink = numpy.zeros_like(x, dtype=bool)
    for left in (0.33, 0.63):
        tail = disc(left + 0.07, 0.36, 0.175) & ~disc(left + 0.135, 0.34, 0.145) & (y < 0.43) & (x < left + 0.1)
        ink |= disc(left, 0.43, 0.105) | tail
    for down, until in ((0.66, 0.78), (0.77, 0.62)):
        ink |= (numpy.abs(y - down) < 0.025) & (x > 0.22) & (x < until)
    return ink.reshape(size, 8, size, 8).mean(axis=(1, 3))


def _png(pixels: Any) -> bytes:
    """A PNG of eight bits a channel with transparency: https://www.w3.org/TR/png-3/."""
    height, width, _ = pixels.shape
    rows = numpy.rint(pixels).astype(numpy.uint8)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")


def _size(png: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def _texts(found: Any) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping | list):
        for value in found.values() if isinstance(found, Mapping) else found:
            yield from _texts(value)


def _json(made: Mapping[str, Any]) -> str:
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"
