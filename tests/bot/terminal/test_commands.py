"""The terminal's commands, run as somebody types them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main

PROGRAM = Path(sys.executable).parent / "protocol-guide"
SOMERSET = "somerset-model"


class Typed:
    """Runs commands in this process and keeps what they printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> tuple[str, str]:
        assert main(words) == code
        out, err = self._capsys.readouterr()
        return out, err

    def json(self, *words: str, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code)[0])


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Typed:
    for name in ("PROTOCOL_GUIDE_DATA", "PROTOCOL_GUIDE_COUNCIL", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "nobody"))
    return Typed(capsys)


class TestAsk:
    def test_the_deciding_clause_comes_word_for_word_with_its_citation(self, typed: Typed) -> None:
        """The README's own question gets Great Linford 7.3 and says that no council was chosen."""
        out, _ = typed("ask", "can a party group make me attend?")
        assert "Party political groups have no power to require the Parish Manager" in out
        assert "clause 7.3 (Political Groups)" in out
        assert "No council was chosen" in out

    def test_json_holds_every_key_of_the_format(self, typed: Typed) -> None:
        """Other programs rely on these keys being there in every answer."""
        answer = typed.json("ask", "can a party group make me attend?", "--council", "great-linford")
        assert list(answer)[:11] == [
            *("id", "question", "council", "asker", "where", "kind", "confidence", "intent", "private", "quotes"),
            "escalation",
        ]
        assert {"notices", "related", "differs", "places", "urgent"} < set(answer)
        first = answer["quotes"][0]
        assert (first["protocol"], first["clause"], first["item"]) == ("great-linford", "7.3", None)
        assert first["heading"] == ["Political Groups"]
        start, end = first["emphasis"]
        assert first["text"][start:end] in first["text"]

    def test_who_asks_and_where_are_taken(self, typed: Typed) -> None:
        """A councillor in a channel gets an answer for a councillor in a channel."""
        answer = typed.json(
            *("ask", "who do I see about an officer canvassing?", "--council", "newent"),
            *("--as", "councillor", "--in", "channel"),
        )
        assert (answer["asker"], answer["where"], answer["council"]) == ("councillor", "channel", "newent")

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (("ask",), "A question is missing"),
            (("ask", ""), "no words"),
            (("ask", "\x00\x07"), "no words"),
            (("ask", "x " * 50_000), "too long"),
            (("ask", "x", "--council", "nwent"), "Did you mean newent?"),
            (("ask", "x", "--council", "../etc"), "There is no council"),
            (("ask", "x", "--as", "clrk"), "invalid choice: 'clrk'"),
            (("ask", "x", "--jsn"), "did you mean --json?"),
            (("ask", "x", "--data", "/nowhere/at/all"), "there is no folder /nowhere/at/all"),
            (("ask", "x", "--batch", "y"), "not both"),
            (("ask", "--batch", "/nowhere.jsonl"), "cannot be read"),
            (("akk",), "did you mean ask?"),
            (("--nonsense",), "'--nonsense' is not known"),
            (("protocol",), "required: SLUG"),
            (("evaluate", "/nowhere.jsonl"), "cannot be read"),
        ],
    )
    def test_bad_input_gets_one_sentence_and_exit_code_2(self, typed: Typed, words: tuple[str, ...], said: str) -> None:
        """Nothing is printed as if it were an answer, and nobody sees a traceback."""
        out, err = typed(*words, code=2)
        assert out == ""
        assert said in err
        assert err.count("\n") == 1

    def test_a_batch_is_answered_in_order_and_a_bad_line_reported_in_its_place(
        self, typed: Typed, tmp_path: Path
    ) -> None:
        """The good lines lose nothing by the bad one between them; the exit code tells."""
        lines = [
            '{"id": "a", "question": "who gives orders to staff?", "council": "newent", "extra": [1]}',
            "",
            "not json",
            '{"id": 7, "question": "who gives orders to staff?", "council": "nowhere"}',
            '{"id": "c", "question": 5}',
            '["a list"]',
            '{"id": "d", "question": "x", "asker": "wizard"}',
            '{"id": "e", "question": "thanks", "where": "channel", "asker": null}',
            '{"id": "f", "question": "\\ud800"}',
        ]
        file = tmp_path / "questions.jsonl"
        file.write_text("\n".join(lines), encoding="utf-8")
        out, err = typed("ask", "--batch", str(file), "--json", code=2)
        answers = [json.loads(line) for line in out.splitlines()]
        assert [answer["id"] for answer in answers] == ["a", None, 7, "c", None, "d", "e", "f"]
        assert [answer.get("line") for answer in answers] == [None, 3, 4, 5, 6, 7, None, 9]
        assert answers[0]["quotes"]
        assert answers[6]["private"] is False
        assert "line 3: this is no JSON" in err

    def test_a_batch_without_json_shows_each_question_over_its_answer(self, typed: Typed, tmp_path: Path) -> None:
        """The reader sees which answer is to what."""
        file = tmp_path / "questions.jsonl"
        file.write_bytes(b'\xef\xbb\xbf{"question": "can a party group make me attend?"}\r\n')
        out, _ = typed("ask", "--batch", str(file))
        assert out.startswith("can a party group make me attend?\n\n")


class TestClause:
    @pytest.mark.parametrize(
        ("query", "council", "exact", "first", "count"),
        [
            ("7.3", "great-linford", "number", ("7.3", None), 1),
            ("7.3.", "great-linford", "number", ("7.3", None), 1),
            ("cl 6.1.4", "great-linford", "number", ("6.1.4", None), None),
            ("para 27", "newent", "number", ("27", None), 1),
            ("3.2 bullet 5", "honiton", "number", ("3.2", 5), 1),
            ("3.1.5(8)", SOMERSET, "number", ("3.1.5", 8), 1),
            ("section 7", "great-linford", "number", ("7.1", None), 6),
            ("political groups", "great-linford", "heading", ("7.1", None), 6),
            ("Politcal Groups", "great-linford", "heading", ("7.1", None), 6),
            ("made to attend the group's meeting", "great-linford", "words", None, 5),
        ],
    )
    def test_a_clause_is_found_however_its_number_is_written(
        self,
        typed: Typed,
        query: str,
        council: str,
        exact: str,
        first: tuple[str, int | None] | None,
        count: int | None,
    ) -> None:
        """By number, bullet, section, heading, a heading misspelt, or words."""
        found = typed.json("clause", query, "--council", council)
        quotes = found["quotes"]
        assert list(found) == ["query", "council", "exact", "quotes"]
        assert found["exact"] == exact
        assert first is None or (quotes[0]["clause"], quotes[0]["item"]) == first
        assert count is None or len(quotes) == count

    @pytest.mark.parametrize(
        ("query", "near"), [("7.9", "7.6"), ("99", "7.1"), ("7.3 bullet 2", "7.3"), ("3.2 bullet 99", "3.2")]
    )
    def test_a_number_that_does_not_exist_names_the_nearest(self, typed: Typed, query: str, near: str) -> None:
        """Standard output stays valid JSON, the nearest numbers are on standard error, the exit code is 2."""
        out, err = typed("clause", query, "--council", "great-linford", "--json", code=2)
        assert json.loads(out)["exact"] == "none"
        assert near in err

    def test_a_shipped_protocol_is_dated_by_its_last_date(self, typed: Typed) -> None:
        """From then on it is quoted for a day; what held before is not known."""
        out, _ = typed("clause", "27", "--council", "newent", "--on", "2023-01-01")
        assert "dissatisfied" in out
        for slug, said in (("newent", "this version is of 10 January 2022"), ("honiton", "gives no date")):
            _, err = typed("clause", "1", "--council", slug, "--on", "2021-01-01", code=2)
            assert said in err

    def test_a_parent_comes_with_its_numbered_children(self, typed: Typed) -> None:
        """Great Linford 6.2 opens a list whose children are numbered clauses."""
        quotes = typed.json("clause", "6.2", "--council", "great-linford")["quotes"]
        assert [quote["clause"] for quote in quotes[:3]] == ["6.2", "6.2.1", "6.2.2"]
        assert quotes[1]["lead"] == quotes[0]["text"]


class TestReading:
    def test_every_council_is_listed(self, typed: Typed) -> None:
        """Five come with the program."""
        out, _ = typed("protocols")
        assert [line.split()[0] for line in out.splitlines()] == [
            *("great-linford", "honiton", "newent", "somerset-model", "town-council")
        ]

    @pytest.mark.parametrize("slug", ["great-linford", "honiton", "newent", "somerset-model", "town-council"])
    def test_a_protocol_prints_every_clause_and_item_in_order(self, typed: Typed, slug: str) -> None:
        """One entry for each clause with words and for each bullet."""
        found = typed.json("protocol", slug)
        assert list(found) == [
            *("slug", "council", "title", "version", "adopted", "review_due", "status", "source", "clauses")
        ]
        entries = found["clauses"]
        assert all(set(entry) == {"clause", "item", "heading", "lead", "text"} for entry in entries)
        assert all(entry["text"] for entry in entries)
        drawn, _ = typed("protocol", slug)
        assert all(part in drawn for entry in entries for part in entry["text"].split("\n\n"))

    def test_contacts_are_shown_with_the_clauses_that_name_them(self, typed: Typed) -> None:
        """The ladders cite their basis, and each kind of asker has a usual contact."""
        out, _ = typed("contacts", "--council", "newent")
        assert "Mayor – clause 27 (Complaints)." in out
        data = typed.json("contacts", "--council", "newent")
        assert set(data["defaults"]) == {"officer", "clerk", "councillor", "chair", "unknown"}

    def test_check_accounts_for_every_word_of_the_five_sources(self, typed: Typed) -> None:
        """Exit code 0, and a line for each source."""
        out, _ = typed("check")
        assert out.count("words accounted for, in order") == 5

    def test_check_names_line_and_word_where_a_quotation_is_not_in_the_source(
        self, typed: Typed, tmp_path: Path, own_council: Callable[[Path, str], Path]
    ) -> None:
        """One word changed in a clause is found at its line of the source."""
        folder = own_council(tmp_path, "testby")
        file = folder / "protocol.yaml"
        file.write_text(file.read_text(encoding="utf-8").replace("no power", "every power"), encoding="utf-8")
        _, err = typed("check", "--council", "testby", "--data", str(tmp_path), code=2)
        assert "line " in err
        assert "'no'" in err


class TestDataFolder:
    def test_the_only_council_of_a_data_folder_answers(
        self, typed: Typed, tmp_path: Path, own_council: Callable[[Path, str], Path]
    ) -> None:
        """Nobody has to name it, and nothing says that none was chosen."""
        own_council(tmp_path, "testby")
        answer = typed.json("ask", "can a party group make me attend?", "--data", str(tmp_path))
        assert answer["council"] == "testby"
        assert not any("No council" in notice for notice in answer["notices"])

    @pytest.mark.parametrize(
        ("file", "old", "new", "said"),
        [
            ("protocol.yaml", "slug:", "slug: x\nslug:", "line 2"),
            ("protocol.yaml", "title:", "titel:", "did you mean title?"),
            ("contacts.yaml", "- clerk", "- clrk", "did you mean clerk?"),
            ("contacts.yaml", "'3.3'", "'33.3'", "33.3 is no clause of this protocol"),
            ("council.yaml", "name:", "name: [", "council.yaml"),
            ("contacts.yaml", None, "", "missing. Put it back"),
            ("council.yaml", "slug: testby", "slug: other", "give both the same slug"),
            ("council.yaml", "called:", "called: x\nname2:", "called should hold names and values"),
            ("protocol.yaml", "status: adopted", "status: wip", "should be one of adopted, model"),
            ("protocol.yaml", "body:", "former: 7\nbody:", "line 9: former should hold names and values"),
            ("protocol.yaml", "body:", "differs:\n- - '7.3'\nbody:", "each of differs should be a list of 2"),
            ("protocol.yaml", "level: '1'", "level: one", "level should be a whole number"),
            ("protocol.yaml", "body:", "joins:\n- clause: '7.3'\nbody:", "'before' is missing"),
            ("contacts.yaml", "rungs:\n  - clerk", "rungs:\n  - {}", "a rung is a contact"),
            ("contacts.yaml", "defaults:", "default:", "did you mean defaults?"),
        ],
    )
    def test_a_broken_file_is_named_with_its_line(
        self,
        typed: Typed,
        tmp_path: Path,
        own_council: Callable[[Path, str], Path],
        file: str,
        old: str | None,
        new: str,
        said: str,
    ) -> None:
        """A repeated key, a misspelt one, a dangling contact or clause, bad YAML, a missing file."""
        path = own_council(tmp_path, "testby") / file
        if old is None:
            path.unlink()
        else:
            path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
        _, err = typed("ask", "x", "--data", str(tmp_path), code=2)
        assert said in err
        assert file in err

    def test_a_slug_that_is_shipped_is_refused(
        self, typed: Typed, tmp_path: Path, own_council: Callable[[Path, str], Path]
    ) -> None:
        """Nobody's own data can pass for one of the five."""
        own_council(tmp_path, "newent")
        _, err = typed("protocols", "--data", str(tmp_path), code=2)
        assert "comes with the program" in err


class TestChat:
    def test_a_conversation_changes_role_and_council_and_ends(
        self, typed: Typed, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Every command of the conversation does what its help says."""
        lines = iter(
            [
                *("", "/help", "/as wizard", "/as officer", "/clause 7.3", "/clause 99", "/clause", "/council"),
                *("/council x", "/council honiton", "can a councillor bully me?", "/quit", "never reached"),
            ]
        )
        monkeypatch.setattr("builtins.input", lambda _prompt: next(lines))
        out, _ = typed("chat", "--council", "great-linford")
        for said in ("one of: officer", "for an officer", "Party political groups have no power", "The nearest are"):
            assert said in out
        assert "There is no council 'x'" in out
        assert "Honiton Town Council" in out
        assert next(lines) == "never reached"


class TestEvaluate:
    def test_the_figures_come_as_a_table_and_as_json(self, typed: Typed, tmp_path: Path) -> None:
        """Counts and intervals, with the asker as labelled and unknown."""
        file = tmp_path / "labelled.jsonl"
        line = {"council": "great-linford", "asker": "officer", "where": "channel", "kind": "clause", "gold": ["7.3"]}
        wrong = {**line, "question": "who buys the biscuits for the fair?", "gold": ["7.4"], "sensitive": True}
        file.write_text(
            json.dumps({**line, "question": "can a party group make me attend?"}) + "\n" + json.dumps(wrong) + "\n",
            encoding="utf-8",
        )
        out, _ = typed("evaluate", str(file), "--misses")
        assert "(1/2," in out
        assert "should have" in out
        data = typed.json("evaluate", str(file))
        assert data["labelled"]["top1"]["right"] == 1
        assert data["unknown"]["top1"]["of"] == 2

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ('{"question": "x", "council": "newent"}', "carries no label"),
            (
                '{"question": "x", "council": "newent", "gold": [], "contact": [], "sensitive": null}',
                "carries no label",
            ),
            ('{"question": "x", "council": "newent", "gold": ["27"]}', "has gold but no kind"),
            ('{"question": "x", "council": "newent", "kind": "clause", "gold": "27"}', "gold should be a list"),
            ('{"question": "x", "council": "newent", "kind": "claus"}', "'claus' is missing or not known"),
            ('{"question": "x", "council": 5, "kind": "outside"}', "council should be a text"),
            ('{"question": "x", "kind": "outside"}', "'council' is missing"),
            ('{"question": "x", "council": "newent", "sensitive": "yes"}', "sensitive should be true"),
        ],
    )
    def test_a_line_that_is_no_labelled_question_is_named(
        self, typed: Typed, tmp_path: Path, line: str, said: str
    ) -> None:
        """Its place is told, and what is needed."""
        file = tmp_path / "labelled.jsonl"
        good = '{"question": "who instructs staff?", "council": "newent", "kind": "clause", "gold": ["5"]}'
        for content, place in ((line, 1), (f"{good}\n{line}", 2)):
            file.write_text(content + "\n", encoding="utf-8")
            out, err = typed("evaluate", str(file), code=2)
            assert out == ""
            assert f"Labelled question {place}" in err
            assert said in err


class TestProcess:
    def test_in_a_terminal_the_deciding_sentence_stands_out(self, tmp_path: Path) -> None:
        """Bold codes in a terminal, none with NO_COLOR; the words are the same."""
        ask = [str(PROGRAM), "ask", "can a party group make me attend?", "--council", "great-linford"]
        environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path), "TERM": "xterm"}
        coloured = _in_terminal(ask, {name: value for name, value in environment.items() if name != "NO_COLOR"})
        assert "\x1b[1m" in coloured
        assert "│" in coloured
        assert "\x1b[" not in _in_terminal(ask, {**environment, "NO_COLOR": "1"})

    def test_nothing_of_slack_teams_sql_or_http_is_imported_to_ask(self) -> None:
        """What only a channel needs would double the time that a question takes."""
        script = (
            "import sys; from bot.cli import main; main(['ask', 'who instructs staff?', '--council', 'newent']);"
            "heavy = {'slack_bolt', 'slack_sdk', 'microsoft_teams', 'sqlalchemy', 'aiohttp', 'starlette', 'asyncio',"
            " 'cryptography', 'alembic', 'lxml', 'multiprocessing.pool'};"
            "print(sorted(heavy & set(sys.modules)))"
        )
        ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert ran.stdout.splitlines()[-1] == "[]"


def _in_terminal(command: list[str], environment: dict[str, str]) -> str:
    """What a command prints to a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower, env=environment)
    os.close(follower)
    said = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(leader)
    process.wait()
    return said.decode()
