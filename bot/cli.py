"""`protocol-guide …`: reads the command line, runs the command, and turns what a person did wrong into exit code 2.

Each room offers `register(subparsers)` and imports nothing heavy for it; a command's function is `args.run(args) -> int`.
The rooms are asked in order until one knows the command, so that `ask` never pays for the others.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from bot.errors import BotError
from knowledge.errors import KnowledgeError

BAD_INPUT = 2
"""The exit code for whatever a person can put right."""
_PIPE_CLOSED = 141
_INTERRUPTED = 130

ROOMS = ("bot.terminal.commands", "bot.clerk", "bot.operating", "bot.slack.commands", "bot.teams.commands")

_DESCRIPTION = """Quotes the clause of a council's councillor-officer protocol that settles a question, word for word, and names whom to
go to next."""

_EXAMPLES = """examples:
  protocol-guide ask "can a party group make me attend?"
  protocol-guide ask --council newent --as councillor "who do I see about an officer canvassing?"
  protocol-guide clause 7.3 --council great-linford
  protocol-guide chat --council honiton
  protocol-guide protocols

`protocol-guide COMMAND --help` shows what a command takes, with examples. Exit code 0: done; 2: something that you
can put right, said in one sentence on standard error."""


class Parser(argparse.ArgumentParser):
    """A parser that takes `--data DIR` everywhere, and says in one sentence what is wrong and what is nearest to it."""

    def __init__(self, **given: Any) -> None:
        given.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**{**given, "allow_abbrev": False, "conflict_handler": "resolve"})
        self.add_argument(
            "--data",
            type=Path,
            metavar="DIR",
            default=argparse.SUPPRESS,
            help="the folder of your councils' data (default: PROTOCOL_GUIDE_DATA, else your data directory)",
        )

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one sentence and leave with exit code 2."""
        one_line = " ".join(message.split())
        self.exit(BAD_INPUT, f"{self.prog}: {one_line} See `{self.prog} --help`.\n")

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Refuse what this command does not know, naming the nearest option that it does."""
        first = unknown[0].partition("=")[0]
        options = [option for action in self._actions for option in action.option_strings]
        near = nearest(first, options)
        self.error(f"{first!r} is not known here{near or '.'}")


class _Version(argparse.Action):
    """Prints the installed version; looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            known = version("protocol-guide")
        except PackageNotFoundError:
            known = "(not installed)"
        parser.exit(message=f"protocol-guide {known}\n")


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The end of a sentence about an unknown word, "; did you mean …?", or None where nothing comes near.

    >>> nearest("offcer", ["officer", "clerk"])
    '; did you mean officer?'
    """
    import difflib

    near = difflib.get_close_matches(word.casefold(), list(known), 1)
    return f"; did you mean {near[0]}?" if near else None


def parser_for(command: str | None) -> tuple[Parser, dict[str, Parser]]:
    """The parser and its commands by name: of the rooms up to the one that has `command`, or of all."""
    parser = Parser(prog="protocol-guide", description=_DESCRIPTION, epilog=_EXAMPLES)
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for room in ROOMS:
        importlib.import_module(room).register(commands)
        if command in commands.choices:
            break
    return parser, dict(commands.choices)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0
    except (KnowledgeError, BotError) as error:
        return _refused(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except KeyboardInterrupt:
        return _INTERRUPTED
    except Exception as error:
        from intents.errors import IntentsError

        if isinstance(error, IntentsError):
            return _refused(error)
        raise


def _refused(error: Exception) -> int:
    print(f"protocol-guide: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
    return BAD_INPUT


def _run(arguments: list[str]) -> int:
    command = _command_in(arguments)
    parser, commands = parser_for(command)
    if command is not None and command not in commands:
        parser.error(f"there is no command {command!r}{nearest(command, list(commands)) or '.'}")
    args, unknown = parser.parse_known_args(arguments)
    if command is None:
        if unknown:
            parser.refuse(unknown)
        parser.print_help()
        return 0
    if unknown:
        commands[command].refuse(unknown)
    args.data = getattr(args, "data", None)
    code: int = args.run(args)
    sys.stdout.flush()
    return code


def _command_in(arguments: Sequence[str]) -> str | None:
    """The first word that is neither an option nor the folder after `--data`."""
    skip = False
    for word in arguments:
        if skip:
            skip = False
        elif word == "--data":
            skip = True
        elif not word.startswith("-"):
            return word
    return None


if __name__ == "__main__":
    sys.exit(main())
