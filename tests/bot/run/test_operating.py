"""The commands of whoever runs the program, on both kinds of database."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.report import month_before
from bot.settings import Settings
from bot.storage import Keys, Platform, Storage
from knowledge.model import Role
from tests.bot.conftest import SERVER
from tests.bot.run.conftest import write_council

DOCS = (Path(__file__).parents[3] / "docs" / "operating.md").read_text(encoding="utf-8")
SLACK, TEAMS = Platform.SLACK, Platform.TEAMS
LAST = month_before(datetime.now(UTC).strftime("%Y-%m"))


class Operator:
    """Somebody at a terminal of the machine that serves, with the settings in the environment."""

    def __init__(self, url: str, data: Path, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.url, self.data = url, data
        self._capsys, self._patch = capsys, patch
        patch.setenv("PROTOCOL_GUIDE_DATA", str(data))
        self.use(url, Keys.new())

    def use(self, url: str, *keys: str) -> None:
        """From now on, this database and these keys."""
        self.url, self.keys = url, keys
        self._patch.setenv("PROTOCOL_GUIDE_DATABASE", url)
        self._patch.setenv("PROTOCOL_GUIDE_KEYS", ",".join(keys))

    def run(self, *words: str, code: int = 0) -> str:
        """What a command prints; on standard error, where it ends with 2."""
        assert main(list(words)) == code
        said = self._capsys.readouterr()
        return said.err if code else said.out

    def kept(self, work: Callable[[Storage], Awaitable[Any]]) -> Any:
        """Do something in the database, as a serving process would."""

        async def whole() -> Any:
            async with await Storage.open(self.url, Keys(self.keys)) as storage:
                return await work(storage)

        return asyncio.run(whole())

    def fill(self) -> None:
        """A workspace with everything that may be kept of it."""

        async def work(storage: Storage) -> None:
            await storage.tie(SLACK, "T1", "testby", "UCLERK")
            data = {"bot_token": "xoxb-secret", "bot_user_id": "UBOT", "installed_by": "UCLERK"}
            await storage.save_installation(SLACK, "T1", data)
            await storage.remember_role(SLACK, "T1", "U1", Role.OFFICER)
            await storage.told(SLACK, "T1", "U1", "privacy")
            await storage.save_conversation(TEAMS, "tenant", "U1", {"id": "a:1"})
            await storage.begin_event(SLACK, "T1", "E1")
            for _ in range(7):
                await storage.count("testby", "press", "own", LAST)

        self.kept(work)


@pytest.fixture
def operator(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Operator:
    """With the council testby in the data folder."""
    write_council(tmp_path / "data", "testby", "Version one.")
    return Operator(url, tmp_path / "data", capsys, monkeypatch)


def test_a_council_is_published_to_the_database_listed_and_rolled_back(operator: Operator) -> None:
    """With `--database` alone the database of the settings is meant; with a URL, that one."""
    assert "revision 1 is served" in operator.run("publish", "testby", "--database")
    write_council(operator.data, "testby", "Version two.")
    assert "revision 2 is served" in operator.run("publish", "testby", "--database", operator.url)
    assert re.fullmatch(r"1  published .*\n2  published .*  served\n", operator.run("versions", "testby", "--database"))
    assert "revision 1 is served again" in operator.run("rollback", "testby", "--database")
    assert "no earlier version" in operator.run("rollback", "testby", "--database", code=2)
    assert "not in the database" in operator.run("versions", "elsewhere", "--database", code=2)


def test_what_is_published_brings_its_ties_along(operator: Operator) -> None:
    """They are worked out once, so that a replica takes an uncached council up fast."""
    operator.run("publish", "testby", "--database")
    _, files = operator.kept(lambda storage: storage.council_files("testby"))
    assert {"council.yaml", "contacts.yaml", "protocol.yaml", "ties.yaml"} == set(files)
    assert "confirmed: 'no'" in files["ties.yaml"]


def test_an_invitation_is_printed_once_and_ties_a_workspace(operator: Operator) -> None:
    """Standard output holds the code alone, so that it can be piped; the database holds only its hash."""
    code = operator.run("invite", "--council", "testby", "--clerk", "UCLERK").strip()
    assert re.fullmatch(r"(\w{4}-){4}\w{4}", code)
    assert operator.kept(lambda storage: storage.redeem(code, SLACK, "T1", "U1")) == "testby"
    assert operator.kept(lambda storage: storage.workspaces("testby"))[0].clerk == "UCLERK"
    assert "no council 'nowhere'" in operator.run("invite", "--council", "nowhere", code=2)


def test_all_that_is_kept_of_a_workspace_is_shown_without_its_secrets_and_erased(operator: Operator) -> None:
    """Export, forget, export: nothing is left. Another workspace is not touched."""
    operator.fill()
    shown = operator.run("export", "--workspace", "T1", "--platform", "slack")
    kept = json.loads(shown)[0]
    assert kept["tied"][0]["clerk"] == "UCLERK"
    assert kept["installation"][0]["bot_token"] == "kept, not shown"
    assert [role["role"] for role in kept["roles"]] == ["officer"]
    assert (len(kept["told"]), kept["event_ids"]) == (1, 1)
    assert "secret" not in shown
    assert "5 entries erased" in operator.run("forget", "--workspace", "T1")
    left = json.loads(operator.run("export", "--workspace", "T1", "--platform", "slack"))[0]
    assert not any(left[name] for name in ("tied", "installation", "roles", "told", "conversations", "event_ids"))
    assert json.loads(operator.run("export", "--workspace", "tenant", "--platform", "teams"))[0]["conversations"]
    assert "Nothing was kept" in operator.run("forget", "--workspace", "T1")


def test_a_person_is_forgotten_everywhere(operator: Operator) -> None:
    """Role, what they were told, Teams' reference; and the clerk's account, where it is theirs."""
    operator.fill()
    assert "3 entries erased" in operator.run("forget", "--user", "U1")
    assert "1 entries erased" in operator.run("forget", "--user", "UCLERK", "--platform", "slack")
    assert operator.kept(lambda storage: storage.workspaces())[0].clerk is None
    assert "--workspace W, or --user U" in operator.run("forget", code=2)


def test_keys_are_changed_without_losing_anything(operator: Operator) -> None:
    """New before old, rotate, drop the old. Dropped too early, the old one is asked for by its setting's name."""
    operator.fill()
    old, new = operator.keys[0], Keys.new()
    operator.use(operator.url, new)
    assert "PROTOCOL_GUIDE_KEYS" in operator.run("export", "--workspace", "T1", code=2)
    operator.use(operator.url, new, old)
    assert re.match(r"\d+ secrets are encrypted with the newest key", operator.run("rotate"))
    operator.use(operator.url, new)
    kept = operator.kept(lambda storage: storage.installation(SLACK, "T1"))
    assert kept["bot_token"] == "xoxb-secret"
    assert operator.kept(lambda storage: storage.role_of(SLACK, "T1", "U1")) is Role.OFFICER


def test_the_clerks_report_is_of_months_that_are_over(operator: Operator, tmp_path: Path) -> None:
    """As text and as a page; a month that runs is refused, since a band that changes overnight would tell."""
    operator.fill()
    shown = operator.run("report", "--council", "testby")
    assert re.search(r"Questions in twelve months: +5–9\n", shown)
    assert re.search(r"Press +5–9\n", shown)
    assert "your protocol is silent and another council's is not" in shown
    assert shown == operator.run("report", "--council", "testby", "--month", LAST)
    page = tmp_path / "report.html"
    operator.run("report", "--council", "testby", "--html", str(page))
    assert "<svg" in page.read_text(encoding="utf-8")
    running = datetime.now(UTC).strftime("%Y-%m")
    assert "not over yet" in operator.run("report", "--council", "testby", "--month", running, code=2)
    assert "is no month" in operator.run("report", "--council", "testby", "--month", "November", code=2)


def test_settings_are_listed_and_no_secret_is_shown(operator: Operator) -> None:
    """Every setting by name; of keys and database only that they are set."""
    shown = operator.run("settings")
    assert all(variable.name in shown for variable in Settings.listed())
    assert operator.keys[0] not in shown
    assert operator.url not in shown
    assert re.search(r"PROTOCOL_GUIDE_KEYS\n +\(set\)", shown)


def _told(heading: str, **filled: str) -> list[list[str]]:
    """The commands under a heading of docs/operating.md, with the names that stand for the reader's own filled in."""
    section = DOCS.split(f"\n### {heading}\n")[1].split("```\n")[1]
    for name, value in filled.items():
        section = section.replace(name, value)
    return [shlex.split(line, comments=True) for line in section.splitlines() if line.strip()]


def _follow(commands: list[list[str]]) -> None:
    for command in commands:
        subprocess.run(command, check=True, capture_output=True)


def test_a_backup_of_an_embedded_database_is_restored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the commands of docs/operating.md, taken while the database is in use."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    write_council(data, "testby", "Version one.")
    copy.mkdir()
    operator = Operator(f"sqlite:///{data}/kept.sqlite3", data, capsys, monkeypatch)
    monkeypatch.delenv("PROTOCOL_GUIDE_KEYS")
    (data / "kept.sqlite3.key").write_text(operator.keys[0], encoding="ascii")
    operator.fill()
    before = operator.run("export", "--workspace", "T1")
    places = {"/var/lib/protocol-guide": str(data), "/srv/backup": str(copy)}

    async def meanwhile(storage: Storage) -> None:
        assert await storage.council_of(SLACK, "T1") == "testby"
        _follow(_told("One council: SQLite", **places))

    operator.kept(meanwhile)
    shutil.rmtree(data)
    _follow(_told("Restoring SQLite", **places))
    assert "kept.sqlite3.key is missing" in operator.run("export", "--workspace", "T1", code=2)
    (data / "kept.sqlite3.key").write_text(operator.keys[0], encoding="ascii")
    assert operator.run("export", "--workspace", "T1") == before
    assert "Version one" in operator.run("clause", "1.2", "--council", "testby")


@pytest.mark.postgres
def test_a_backup_of_a_hosting_database_is_restored(
    postgresql: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the commands of docs/operating.md, into another database; without the keys nothing can be read there."""
    if shutil.which("pg_dump") is None:
        pytest.skip("no pg_dump: install postgresql-client")
    write_council(tmp_path / "data", "testby", "Version one.")
    operator = Operator(postgresql, tmp_path / "data", capsys, monkeypatch)
    operator.fill()
    operator.run("publish", "testby", "--database")
    before = operator.run("export", "--workspace", "T1")
    name = postgresql.rsplit("/", 1)[1] + "_restored"
    restored = SERVER.rsplit("/", 1)[0] + f"/{name}"
    places = {"postgresql://guide@database/restored": restored, "postgresql://guide@database/guide": postgresql}
    places |= {"/srv/backup": str(tmp_path), "guide_restored": name, "postgresql://postgres@database": SERVER}
    try:
        _follow(_told("Many councils: PostgreSQL", **places))
        operator.use(restored, *operator.keys)
        assert operator.run("export", "--workspace", "T1") == before
        assert "1  published" in operator.run("versions", "testby", "--database")
        operator.use(restored, Keys.new())
        assert "PROTOCOL_GUIDE_KEYS" in operator.run("export", "--workspace", "T1", code=2)
    finally:
        subprocess.run(
            ["psql", "--quiet", SERVER, "--command", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"], check=True
        )
