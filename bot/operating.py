"""The commands of whoever runs the program: serve, doctor, keys, invitations, erasure, the clerk's report."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.channel import Check
    from bot.storage import Platform, Storage

Subparsers = Any  # argparse names its own type privately


def register(subparsers: Subparsers) -> None:
    """Add the commands of this room. `report --council` is added by `add_report`, since `report` has two meanings."""
    serve = _command(subparsers, "serve", _serve, "run everything that the settings turn on", _SERVE)
    serve.add_argument("--local", action="store_true", help="let the Agents Playground in without credentials")
    serve.add_argument("--host", help="listen on this address (default: 127.0.0.1)")
    serve.add_argument("--port", type=int, help="listen on this port (default: 3000)")
    _command(subparsers, "doctor", _doctor, "check settings, data, database and channels, and say what to mend")
    _command(subparsers, "settings", _settings, "list every setting with its default and what is set")
    _command(subparsers, "key", _key, "make an encryption key for PROTOCOL_GUIDE_KEYS")
    _command(subparsers, "rotate", _rotate, "encrypt everything anew with the newest key", _ROTATE)
    invite = _command(subparsers, "invite", _invite, "make a code that ties one workspace to a council", _INVITE)
    invite.add_argument(
        "--council", required=True, metavar="SLUG", help="the council that the workspace will belong to"
    )
    invite.add_argument("--clerk", metavar="ACCOUNT", help="the clerk's account (default: whoever redeems the code)")
    forget = _command(subparsers, "forget", _forget, "erase what is kept of a workspace or of a person", _FORGET)
    forget.add_argument("--workspace", metavar="W", help="a Slack workspace (T…) or a Teams tenant")
    forget.add_argument("--user", metavar="U", help="a person's account, in that workspace or in all")
    forget.add_argument("--platform", choices=("slack", "teams"), help="only there")
    export = _command(subparsers, "export", _export, "show everything that is kept of a workspace, as JSON", _EXPORT)
    export.add_argument("--workspace", metavar="W", required=True, help="a Slack workspace (T…) or a Teams tenant")
    export.add_argument("--platform", choices=("slack", "teams"), help="only there")


def add_report(parser: argparse.ArgumentParser) -> None:
    """Add the clerk's report to the parser of `report`; where `--council` is given, `report` below runs it."""
    parser.add_argument(
        "--council", metavar="SLUG", help="the clerk's report: counts of a rolling year, and the gap list"
    )
    parser.add_argument(
        "--month", metavar="YYYY-MM", help="the year that ends with this month (default: the last that is over)"
    )
    _shared(parser)


def report(args: argparse.Namespace) -> int:
    """Print the clerk's report on `args.council`, or write it as a page to `args.html`."""
    return run_with_storage(args, _report)


def publish_to_database(args: argparse.Namespace, folder: Path) -> int:
    """Put what is in force in a council's folder into the database."""

    async def work(args: argparse.Namespace, _settings: Settings, storage: Storage) -> int:
        from bot.hosting import publish_folder

        revision = await publish_folder(storage, folder, args.in_force)
        _print(f"{args.slug}: revision {revision} is served from the database.")
        return 0

    return run_with_storage(args, work)


def hosted_versions(args: argparse.Namespace) -> int:
    """List what was published to the database."""

    async def work(args: argparse.Namespace, _settings: Settings, storage: Storage) -> int:
        from bot.hosting import versions

        for version in await versions(storage, args.slug):
            since = f"  since {version.in_force.isoformat()}" if version.in_force else ""
            served = "  served" if version.current else ""
            _print(f"{version.revision}  published {version.published:%Y-%m-%d %H:%M}{since}{served}")
        return 0

    return run_with_storage(args, work)


def hosted_rollback(args: argparse.Namespace) -> int:
    """Serve the version before the newest in the database."""

    async def work(args: argparse.Namespace, _settings: Settings, storage: Storage) -> int:
        from bot.hosting import roll_back

        _print(f"{args.slug}: revision {await roll_back(storage, args.slug)} is served again.")
        return 0

    return run_with_storage(args, work)


_SERVE = """examples:
  PROTOCOL_GUIDE_COUNCIL=great-linford SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… protocol-guide serve
  protocol-guide serve --settings /etc/protocol-guide.env --host 0.0.0.0"""
_ROTATE = """To change keys: put a new one (`protocol-guide key`) before the old in PROTOCOL_GUIDE_KEYS, restart every
replica, run `protocol-guide rotate`, then drop the old one."""
_INVITE = """example:
  protocol-guide invite --council testby-town        # prints the code once; it is not kept, and works for 14 days"""
_FORGET = """examples:
  protocol-guide forget --workspace T0123ABCD
  protocol-guide forget --user U0456EFGH             # in every workspace"""
_EXPORT = """example:
  protocol-guide export --workspace T0123ABCD        # tokens are never shown, only that there are some"""


def _command(
    subparsers: Subparsers, name: str, run: Callable[[argparse.Namespace], int], what: str, more: str = ""
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _shared(parser)
    parser.set_defaults(run=run)
    return parser


def _shared(parser: argparse.ArgumentParser) -> None:
    known = {option for action in parser._actions for option in action.option_strings}
    if "--data" not in known:
        parser.add_argument("--data", type=Path, metavar="DIR", help="the folder of your councils' data")
    if "--database" not in known:
        parser.add_argument("--database", metavar="URL", help="sqlite:///FILE or postgresql://…")
    if "--settings" not in known:
        parser.add_argument("--settings", type=Path, metavar="FILE", help="a file of NAME=value lines")


def settings_of(args: argparse.Namespace) -> Settings:
    """The settings of the environment or file, with what the command line says instead.

    Raises:
        SettingsError: when one cannot be read.
    """
    read = Settings.read(file=getattr(args, "settings", None))
    said = {name: getattr(args, name, None) for name in ("data", "database", "host", "port")}
    return replace(read, **{name: value for name, value in said.items() if value not in (None, "")})


def run_with_storage(
    args: argparse.Namespace, work: Callable[[argparse.Namespace, Settings, Storage], Coroutine[Any, Any, int]]
) -> int:
    """Open the database, do `work`, and close it."""
    import asyncio

    from bot.logs import start_logging
    from bot.wiring import open_storage

    settings = settings_of(args)
    start_logging("warning")

    async def whole() -> int:
        async with await open_storage(settings) as storage:
            return await work(args, settings, storage)

    return asyncio.run(whole())


def _serve(args: argparse.Namespace) -> int:
    import asyncio

    from bot.serving import serve

    asyncio.run(serve(settings_of(args).for_serving(args.local), args.local))
    return 0


def serve_slack(args: argparse.Namespace) -> int:
    """Serve Slack and nothing else."""
    import asyncio

    from bot.serving import serve

    asyncio.run(serve(settings_of(args).for_slack()))
    return 0


def serve_teams(args: argparse.Namespace) -> int:
    """Serve Teams, with whatever else is set."""
    import asyncio

    from bot.serving import serve

    asyncio.run(serve(settings_of(args).for_teams()))
    return 0


def _settings(args: argparse.Namespace) -> int:
    for variable in Settings.listed(settings_of(args)):
        value = variable.value if variable.value is not None else "(not set)"
        default = f" Default: {variable.default}." if variable.default else ""
        _print(f"{variable.name}\n    {value}\n    {variable.what}{default}")
    return 0


def _key(_args: argparse.Namespace) -> int:
    from bot.storage import Keys

    _print(Keys.new())
    return 0


def _rotate(args: argparse.Namespace) -> int:
    async def work(_args: argparse.Namespace, _settings: Settings, storage: Storage) -> int:
        _print(f"{await storage.rotate()} secrets are encrypted with the newest key. The older keys can be dropped.")
        return 0

    return run_with_storage(args, work)


def _invite(args: argparse.Namespace) -> int:
    async def work(args: argparse.Namespace, settings: Settings, storage: Storage) -> int:
        await _councils(settings, storage).take_up(args.council)
        code = await storage.invite(args.council, args.clerk)
        _print(code)
        print(  # noqa: T201 - beside the code, which alone goes to standard output
            f"It ties one workspace to {args.council}, once, within 14 days. It is not kept here.", file=sys.stderr
        )
        return 0

    return run_with_storage(args, work)


def _forget(args: argparse.Namespace) -> int:
    from bot.errors import SettingsError

    if not args.workspace and not args.user:
        raise SettingsError("Say what to forget: --workspace W, or --user U, or both.")

    async def work(args: argparse.Namespace, _settings: Settings, storage: Storage) -> int:
        gone = 0
        for platform, workspace in await _places(args, storage):
            if args.user:
                gone += await storage.forget_user(platform, workspace, args.user)
            else:
                gone += await storage.delete_workspace(platform, workspace)
        _print(f"{gone} entries erased." if gone else "Nothing was kept.")
        return 0

    return run_with_storage(args, work)


async def _places(args: argparse.Namespace, storage: Storage) -> Sequence[tuple[Platform, str]]:
    """What `--workspace` and `--platform` mean: one on either platform, or all of which anything is kept."""
    from bot.storage import Platform

    platforms = (Platform(args.platform),) if args.platform else tuple(Platform)
    if args.workspace:
        return [(platform, args.workspace) for platform in platforms]
    return [place for place in await storage.workspaces_with_persons() if place[0] in platforms]


def _export(args: argparse.Namespace) -> int:
    async def work(args: argparse.Namespace, _settings: Settings, storage: Storage) -> int:
        kept = [await storage.export(platform, workspace) for platform, workspace in await _places(args, storage)]
        _print(json.dumps(kept, ensure_ascii=False, indent=2))
        return 0

    return run_with_storage(args, work)


async def _report(args: argparse.Namespace, settings: Settings, storage: Storage) -> int:
    from datetime import UTC, datetime

    from bot.errors import SettingsError
    from bot.gaps import gaps
    from bot.report import as_page, as_text, first_month, is_month, make_report, month_before
    from intents.matching import Matcher
    from knowledge.store import Library

    running = datetime.now(UTC).strftime("%Y-%m")
    month = args.month or month_before(running)
    if not is_month(month):
        raise SettingsError(f"--month: {month!r} is no month. Write it as 2026-11.")
    if month >= running:  # a report made before and after a question would tell on what it was
        raise SettingsError(f"--month: {month} is not over yet. The newest report is that of {month_before(running)}.")
    councils = _councils(settings, storage)
    await councils.take_up(args.council)
    council = councils.council(args.council)
    intents = Matcher.load().intents
    first = first_month(month)
    made = make_report(
        council.name,
        month,
        await storage.tallies(council.slug, first),
        await storage.feedbacks(council.slug, first),
        {intent.theme for intent in intents},
        gaps(council, Library().lenders(), intents),
    )
    page = getattr(args, "html", None)
    if page is None:
        _print(as_text(made))
    else:
        Path(page).write_text(as_page(made), encoding="utf-8")
        print(f"Written to {page}.", file=sys.stderr)  # noqa: T201 - a word to whoever waits
    return 0


def _councils(settings: Settings, storage: Storage) -> Any:
    from bot.library import open_library
    from bot.taking_up import Councils

    return Councils(open_library(settings.data_folder), settings.data_folder, storage, settings.engines)


def _doctor(args: argparse.Namespace) -> int:
    import asyncio

    from bot.logs import start_logging

    start_logging("error")
    checks = asyncio.run(_checks(args))
    for check in checks:
        _print(f"{'ok  ' if check.well else 'MEND'}  {check.what}" + (f"\n      {check.mend}" if check.mend else ""))
    wrong = sum(not check.well for check in checks)
    _print("Everything is in order." if not wrong else f"{wrong} to mend.")
    return 2 if wrong else 0


async def _checks(args: argparse.Namespace) -> list[Check]:
    from bot.channel import Check
    from bot.errors import BotError, SettingsError
    from bot.wiring import open_storage
    from knowledge.errors import KnowledgeError

    try:
        settings = settings_of(args)
    except SettingsError as error:
        return [Check("settings", str(error))]
    found: list[Check] = []
    well: list[Check] = []
    try:
        settings.for_serving()
        found.append(Check("settings"))
    except SettingsError as error:
        found.append(Check("settings", str(error)))
    try:
        async with await open_storage(settings) as storage:
            await storage.ready()
            found.append(Check("database: open, its tables up to date, its keys the right ones"))
            councils = _councils(settings, storage)
            for slug in [settings.council] if settings.council else await _served(settings, storage):
                try:
                    await councils.take_up(slug)
                    well.append(Check(f"council {slug}"))
                except KnowledgeError as error:
                    found.append(Check(f"council {slug}", str(error)))
            found += well if len(well) <= _LISTED else [Check(f"{len(well)} councils")]
    except BotError as error:
        found.append(Check("database", str(error)))
    if settings.slack_on:
        from bot.slack.doctor import checks as slack_checks

        found += await slack_checks(settings)
    if settings.teams_on:
        try:
            from bot.teams.doctor import checks as teams_checks
        except ImportError:
            found.append(Check("Teams", "It is not installed here: pip install 'protocol-guide[teams]'."))
        else:
            found += await teams_checks(settings)
    return found


_LISTED = 20
"""More councils than these, where nothing is to be mended, are told by their number."""


async def _served(settings: Settings, storage: Storage) -> list[str]:
    """Every council that a workspace is tied to, and every one of the data folder."""
    from bot.library import open_library

    tied = {entry.council for entry in await storage.workspaces()}
    return sorted(tied | set(open_library(settings.data_folder).own()))


def _print(text: str) -> None:
    print(text)  # noqa: T201 - a command's output
