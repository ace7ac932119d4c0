"""What a clerk does: bring a file, look at the report, confirm, publish, change, go back."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from knowledge.importing import drafts
from knowledge.model import Clause
from knowledge.store import SHIPPED, Library, load_council, load_protocol

SOURCE = SHIPPED / "newent" / "source.txt"


class Clerk:
    """Runs commands on one data folder."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data, self._capsys = data, capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        assert main([*words, "--data", str(self.data)]) == code
        found = self._capsys.readouterr()
        return found.out + found.err

    def json(self, *words: str) -> Any:
        assert main([*words, "--json", "--data", str(self.data)]) == 0
        return json.loads(self._capsys.readouterr().out)


@pytest.fixture
def clerk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Clerk:
    return Clerk(tmp_path / "data", capsys)


def test_an_hour_later_the_bot_quotes_it(clerk: Clerk) -> None:
    """Import, report, confirm, publish, check, ask: the clause comes word for word from the new council."""
    said = clerk("import", str(SOURCE), "--council", "testby", "--name", "Testby Town Council")
    assert "27 clauses and 23 bullets, not in force yet" in said
    assert "cut-short" in clerk("report", "testby")
    findings = clerk.json("report", "testby")
    assert set(findings[0]) == {"code", "severity", "line", "clause", "words", "todo"}
    assert "There is no council" in clerk("ask", "x", "--council", "testby", code=2)
    assert "confirmed, 0 left" in clerk("confirm", "testby", "--all")
    assert "since 2019-11-25" in clerk("publish", "testby", "--yes")
    assert "all 1469 words accounted for" in clerk("check", "--council", "testby")
    answer = clerk.json(
        "ask", "the clerk isn't doing the job, who do I take that to?", "--council", "testby", "--as", "councillor"
    )
    assert (answer["quotes"][0]["protocol"], answer["quotes"][0]["clause"]) == ("testby", "27")
    assert answer["escalation"]["contact"] == "chair"
    assert answer["quotes"][0]["citation"].startswith("Testby Town Council, Member/Officer Relations Policy")


def test_the_original_is_kept_byte_for_byte(clerk: Clerk) -> None:
    """Beside the text that was made from it."""
    clerk("import", str(SOURCE), "--council", "testby")
    assert (clerk.data / "testby" / "draft" / "original.txt").read_bytes() == SOURCE.read_bytes()


def test_the_report_is_a_page_too(clerk: Clerk, tmp_path: Path) -> None:
    """With every finding and every clause, and nothing fetched from anywhere."""
    clerk("import", str(SOURCE), "--council", "testby")
    clerk("report", "testby", "--html", str(tmp_path / "report.html"))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "a sentence seems to be cut short" in page
    assert "<mark>" in page
    assert "http" not in page.replace("https://www.local.gov.uk", "")


def test_unconfirmed_contacts_answer_with_a_notice(clerk: Clerk) -> None:
    """Until the clerk has looked at them; what is refused goes."""
    clerk("import", str(SOURCE), "--council", "testby")
    clerk("publish", "testby", "--yes")
    ladders = load_council(clerk.data / "testby").contacts.ladders
    assert ladders
    assert not any(ladder.confirmed for ladder in ladders)
    answer = clerk.json(
        "ask", "who do I see about an employee's poor performance?", "--council", "testby", "--as", "councillor"
    )
    assert any("not confirmed by the clerk" in notice for notice in answer["notices"])


def test_a_new_version_is_told_apart_and_the_old_one_kept(clerk: Clerk, tmp_path: Path) -> None:
    """Reworded, removed, renumbered; former numbers lead on; a day in the past quotes what was in force; rollback."""
    first = tmp_path / "first.txt"
    first.write_text(
        "Protocol\n\nAdopted 1 May 2020\n\n1. Only the clerk gives instructions to the staff of this council.\n"
        "2. Councillors treat officers with courtesy at all times.\n3. A complaint about the clerk goes to the Mayor.\n",
        encoding="utf-8",
    )
    second = tmp_path / "second.txt"
    second.write_text(
        "Protocol\n\nAdopted 1 May 2024\n\n1. The purpose of this protocol is to say who asks what of whom.\n"
        "2. Councillors treat officers with courtesy and respect at all times.\n"
        "5. A complaint about the clerk goes to the Mayor.\n6. Only the clerk gives instructions to the staff of this council.\n",
        encoding="utf-8",
    )
    clerk("import", str(first), "--council", "testby")
    clerk("publish", "testby", "--yes")
    clerk("import", str(second), "--council", "testby")
    difference = clerk("diff", "testby")
    for said in ("renumbered  3 is 5 now", "reworded    2", "renumbered  1 is 6 now"):
        assert said in difference
    assert "1. Only" not in clerk("clause", "1", "--council", "testby")
    clerk("publish", "testby", "--yes")
    assert "Clause 3 of an earlier version is clause 5 today" in clerk("clause", "3", "--council", "testby")
    assert "was the number of what is clause 6 today" in clerk("clause", "1", "--council", "testby")
    assert "Only the clerk gives" in clerk("clause", "1", "--council", "testby", "--on", "2021-01-01")
    assert "was in force on 2019-01-01" in clerk("clause", "1", "--council", "testby", "--on", "2019-01-01", code=2)
    assert clerk("versions", "testby").count("since") == 2
    clerk("rollback", "testby")
    assert "Only the clerk gives" in clerk("clause", "1", "--council", "testby")
    assert "no earlier version" in clerk("rollback", "testby", code=2)


def test_severe_findings_must_be_accepted(clerk: Clerk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked without --yes, they are shown; anything but y changes nothing."""
    import io

    file = tmp_path / "twice.txt"
    file.write_text(
        "1. Some words that go on for a little while.\n1. Other words that go on for a while.\n", encoding="utf-8"
    )
    clerk("import", str(file), "--council", "testby")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    said = clerk("publish", "testby", code=2)
    assert "number-repeated" in said
    assert "Nothing was changed" in said
    assert "1 severe findings are accepted" in clerk("publish", "testby", "--yes")


def _killed_at(step: int, act: Callable[[], object]) -> bool:
    """Do something in a process that is killed (signal 9) at its so-manieth change to a file; whether it was."""
    child = os.fork()
    if child == 0:
        count = 0

        def dying(real: Callable[..., Any]) -> Callable[..., Any]:
            def changed(*arguments: Any, **named: Any) -> Any:
                nonlocal count
                if count == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                count += 1
                return real(*arguments, **named)

            return changed

        for owner, name in (
            (os, "replace"),
            (os, "rename"),
            (os, "unlink"),
            (os, "rmdir"),
            (os, "mkdir"),
            (os, "fsync"),
        ):
            setattr(owner, name, dying(getattr(owner, name)))
        for name in ("replace", "rename", "unlink"):
            setattr(Path, name, dying(getattr(Path, name)))
        shutil.copyfile = dying(shutil.copyfile)  # type: ignore[assignment]
        try:
            act()
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _newest(data: Path) -> tuple[Clause, ...]:
    """The clauses of the last version that `versions` lists."""
    return load_protocol(drafts.versions(data, "testby")[-1].folder / "protocol.yaml").clauses


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # the child changes files and ends
@pytest.mark.parametrize("act", ["publish", "rollback"])
def test_a_crash_at_any_moment_leaves_a_whole_version(clerk: Clerk, tmp_path: Path, act: str) -> None:
    """Killed before each change to a file in turn: the council is as it was, or as it will be, and can go on from there."""
    clerk("import", str(SOURCE), "--council", "testby")
    clerk("publish", "testby", "--yes")
    clerk("import", str(SHIPPED / "honiton" / "source.txt"), "--council", "testby")
    if act == "rollback":
        clerk("publish", "testby", "--yes")
    before = Library(clerk.data).council("testby").protocol.clauses
    step, outcomes = 0, set()
    while True:
        data = tmp_path / f"step-{step}"
        shutil.copytree(clerk.data, data)
        killed = _killed_at(
            step,
            lambda data=data: (  # type: ignore[misc]
                drafts.publish(data, "testby", date(2026, 1, 1))
                if act == "publish"
                else drafts.roll_back(data, "testby")
            ),
        )
        held = Library(data).council("testby").protocol
        assert len(held.clauses) in {12, 27}
        outcomes.add(held.clauses == before)
        assert _newest(data) == held.clauses
        if not killed:
            break
        if held.clauses == before:
            drafts.publish(data, "testby", date(2026, 1, 1)) if act == "publish" else drafts.roll_back(data, "testby")
            after = Library(data).council("testby").protocol.clauses
            assert after != before
            assert _newest(data) == after
        step += 1
    assert step > 15
    assert outcomes == {True, False}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("import", "/nowhere.docx", "--council", "testby"), "cannot be read"),
        (("import", str(SOURCE), "--council", "newent"), "comes with the program"),
        (("import", str(SOURCE), "--council", "../x"), "cannot be a council's short name"),
        (("publish", "testby"), "There is no draft"),
        (("report", "testby"), "Nothing was imported"),
        (("diff", "testby"), "There is no draft"),
        (("versions", "testby"), "was ever published"),
        (("report",), "Name the council"),
    ],
)
def test_bad_input_gets_a_sentence(clerk: Clerk, words: tuple[str, ...], said: str) -> None:
    """And exit code 2."""
    clerk.data.mkdir()
    assert said in clerk(*words, code=2)


def test_a_failed_import_leaves_the_draft_that_was_there(clerk: Clerk, tmp_path: Path) -> None:
    """Nothing is lost by a file that cannot be read."""
    clerk("import", str(SOURCE), "--council", "testby")
    picture = tmp_path / "scan.png"
    picture.write_bytes(b"\x89PNG\r\n")
    clerk("import", str(picture), "--council", "testby", code=2)
    assert len(drafts.load_draft(clerk.data, "testby").protocol.clauses) == 27
