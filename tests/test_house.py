"""The house's rules: who may import whom, one door for each library, and one reader of the environment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("knowledge", "intents", "bot")

DOORS = {
    "yaml": "knowledge/yamlfile.py",
    "rank_bm25": "knowledge/index.py",
    "Stemmer": "knowledge/text.py",
    "slack_bolt": "bot/slack/",
    "slack_sdk": "bot/slack/",
    "microsoft_teams": "bot/teams/",
    "sqlalchemy": "bot/storage/",
    "alembic": "bot/storage/",
    "prometheus_client": "bot/measures.py",
}
"""Each library and the one place that may import it: what comes in there is translated there."""

CHANNELS = ("bot/terminal/", "bot/slack/", "bot/teams/")


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


MODULES = dict(_modules())


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize(("room", "forbidden"), [("knowledge", ("intents", "bot")), ("intents", ("bot",))])
def test_imports_go_one_way(room: str, forbidden: tuple[str, ...]) -> None:
    """Bot → intents → knowledge, never back."""
    backwards = [
        (path, name)
        for path, tree in MODULES.items()
        if path.startswith(f"{room}/")
        for name in _imports(tree)
        if name.split(".")[0] in forbidden
    ]
    assert backwards == []


@pytest.mark.parametrize(("library", "door"), sorted(DOORS.items()))
def test_a_library_has_one_door(library: str, door: str) -> None:
    """A library's quirks stay in one room."""
    elsewhere = [
        path
        for path, tree in MODULES.items()
        if not path.startswith(door) and any(name.split(".")[0] == library for name in _imports(tree))
    ]
    assert elsewhere == []


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_channel_knows_another(channel: str) -> None:
    """Deleting a channel deletes one folder."""
    others = tuple(other.rstrip("/").replace("/", ".") for other in CHANNELS if other != channel)
    known = [
        (path, name)
        for path, tree in MODULES.items()
        if path.startswith(channel)
        for name in _imports(tree)
        if name.startswith(others)
    ]
    assert known == []


def test_only_the_settings_read_the_environment() -> None:
    """`os.environ` and `os.getenv` stand in bot/settings.py and nowhere else."""
    readers = {
        path
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}
    }
    assert readers == {"bot/settings.py"}


@pytest.mark.parametrize("path", ["bot/answering.py", "bot/presentation.py", "bot/emphasis.py", "bot/looking_up.py"])
def test_the_core_reads_no_clock(path: str) -> None:
    """A question carries the day on which it is asked."""
    clocks = {"now", "today", "time", "monotonic", "utcnow", "perf_counter"}
    assert not [node for node in ast.walk(MODULES[path]) if isinstance(node, ast.Attribute) and node.attr in clocks]


def test_nothing_happens_on_import() -> None:
    """A module's top level defines; it calls nothing that reads, prints or starts."""
    acting = [
        (path, ast.unparse(node)[:60])
        for path, tree in MODULES.items()
        if "/migrations/" not in path
        for node in tree.body
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
        if not ast.unparse(node).startswith(("_Loader.add_", "_Dumper.add_"))  # how PyYAML is told what it reads
    ]
    assert acting == []


def test_every_module_says_what_it_is() -> None:
    """A newcomer reads a module's first line and knows whether to go on."""
    assert [path for path, tree in MODULES.items() if not ast.get_docstring(tree)] == []
