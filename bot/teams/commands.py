"""`protocol-guide teams`: serve Teams alone, or build the app package."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

Subparsers = Any  # argparse names its own type privately

_TEAMS = """examples:
  CLIENT_ID=… PROTOCOL_GUIDE_DOMAIN=guide.example.org protocol-guide teams package --out protocol-guide-teams.zip
  protocol-guide teams --settings /etc/protocol-guide.env
  PROTOCOL_GUIDE_COUNCIL=great-linford protocol-guide serve --local --port 3978   # for the Agents Playground"""


def register(subparsers: Subparsers) -> None:
    """Add the commands of this room."""
    what = "serve Teams alone, or build the app package"
    teams: argparse.ArgumentParser = subparsers.add_parser(
        "teams", help=what, description=f"{what[0].upper()}{what[1:]}.", epilog=_TEAMS
    )
    teams.add_argument("what", nargs="?", choices=["package"], help="build the package to upload at Teams")
    teams.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        default=Path("protocol-guide-teams.zip"),
        help="where the package goes (default: protocol-guide-teams.zip)",
    )
    teams.add_argument("--settings", type=Path, metavar="FILE", help="a file of NAME=value lines")
    teams.set_defaults(run=_teams)


def _teams(args: argparse.Namespace) -> int:
    if args.what == "package":
        return _package(args)
    from bot.operating import serve_teams

    return serve_teams(args)


def _package(args: argparse.Namespace) -> int:
    from importlib.metadata import version

    from bot.errors import SettingsError
    from bot.settings import Settings
    from bot.teams.package import build_package

    packed = build_package(Settings.read(file=args.settings), version("protocol-guide"))
    try:
        args.out.write_bytes(packed)
    except OSError as error:
        raise SettingsError(f"--out: {args.out} cannot be written ({error.strerror}). Name another file.") from error
    print(f"Written to {args.out}. Upload it in the Teams admin centre, Manage apps.", file=sys.stderr)  # noqa: T201 - a word to whoever waits
    return 0
