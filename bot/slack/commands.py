"""`protocol-guide slack`: serve Slack alone, or print the app manifest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

Subparsers = Any  # argparse names its own type privately

_SLACK = """examples:
  protocol-guide slack manifest                                    # Socket Mode: paste it at api.slack.com/apps
  protocol-guide slack manifest --address https://guide.example.org
  PROTOCOL_GUIDE_COUNCIL=great-linford SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… protocol-guide slack"""


def register(subparsers: Subparsers) -> None:
    """Add the commands of this room."""
    what = "serve Slack alone, or print the app manifest"
    slack: argparse.ArgumentParser = subparsers.add_parser(
        "slack", help=what, description=f"{what[0].upper()}{what[1:]}.", epilog=_SLACK
    )
    slack.add_argument("what", nargs="?", choices=["manifest"], help="print the manifest to paste at Slack")
    slack.add_argument(
        "--address", metavar="URL", help="the public https address, for signed HTTP instead of Socket Mode"
    )
    slack.add_argument("--settings", type=Path, metavar="FILE", help="a file of NAME=value lines")
    slack.add_argument("--data", type=Path, metavar="DIR", help="the folder of your councils' data")
    slack.add_argument("--database", metavar="URL", help="sqlite:///FILE or postgresql://…")
    slack.set_defaults(run=_slack)


def _slack(args: argparse.Namespace) -> int:
    if args.what == "manifest":
        import json
        import sys

        from bot.slack.manifest import manifest

        json.dump(manifest(args.address), sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
        return 0
    from bot.operating import serve_slack

    return serve_slack(args)
