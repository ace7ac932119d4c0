"""The one contract of all channels: whatever the way in, the same quotation, citation, contact and notices come out."""

from __future__ import annotations

import asyncio
import io
import json
import uuid
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.cli import main
from bot.settings import Settings
from bot.slack.app import build as build_slack
from bot.storage import Platform
from bot.wiring import build
from knowledge.model import Role
from tests.bot.slack.standin import SECRET as SLACK_SECRET
from tests.bot.slack.standin import Http, Slack, all_text, blocks_of
from tests.bot.slack.standin import Person as SlackPerson
from tests.bot.teams.conftest import served, teams_of
from tests.bot.teams.standin import APP, SECRET, TENANT, Microsoft
from tests.bot.teams.standin import Person as TeamsPerson

QUESTIONS = Path(__file__).parent.parent / "questions" / "development.jsonl"
FIFTY = 50


@dataclass(frozen=True)
class Said:
    """What of one answer can be compared, as one channel's reader sees it."""

    quoted: tuple[str, ...]
    citations: tuple[str, ...]
    contacts: tuple[str, ...]
    notices: tuple[str, ...]


def fifty() -> list[dict[str, Any]]:
    """Every third labelled question, up to fifty: all five councils, every kind of answer, every asker."""
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()][::3][:FIFTY]
    assert len(rows) == FIFTY
    assert len({row["council"] for row in rows}) == 5
    assert {row["where"] for row in rows} == {"channel", "dm"}
    return rows


def in_the_terminal(file: Path, *options: str) -> str:
    """What `protocol-guide ask --batch` prints."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        assert main(["ask", "--batch", str(file), *options]) == 0
    return printed.getvalue()


def said(text: str, answer: Mapping[str, Any]) -> Said:
    """What a reader sees, read off the text; `answer` names the quotations and notices to look for."""
    lines = [line.strip() for line in text.splitlines()]
    whole = " ".join(" ".join(lines).split())

    def shown(words: str) -> bool:
        return " ".join(words.split()) in whole

    return Said(
        tuple(quote["text"] for quote in answer["quotes"] if shown(quote["text"])),
        tuple(sorted({line.removeprefix("— ") for line in lines if line.startswith("— ")})),
        tuple(sorted({line for line in lines if line.startswith(("Go to: ", "Because of ", "No clause names"))})),
        tuple(notice for notice in answer["notices"] if shown(notice)),
    )


async def test_every_channel_says_the_same(tmp_path: Path) -> None:
    """Terminal, Slack and Teams, over real HTTP, for fifty questions of the labelled ones."""
    rows = fifty()
    file = tmp_path / "fifty.jsonl"
    file.write_text("\n".join(json.dumps({**row, "id": str(at)}) for at, row in enumerate(rows)), encoding="utf-8")
    answers = [json.loads(line) for line in in_the_terminal(file, "--json").splitlines()]
    terminal = []
    for row in rows:
        file.write_text(json.dumps(row), encoding="utf-8")
        terminal.append(in_the_terminal(file).removeprefix(row["question"]))
    async with Slack().open() as slack, Microsoft().open() as microsoft:
        settings = Settings.read(
            {
                "PROTOCOL_GUIDE_DATA": str(tmp_path),
                "PROTOCOL_GUIDE_THROTTLE": "10000",
                "SLACK_BOT_TOKEN": "xoxb-one",
                "SLACK_SIGNING_SECRET": SLACK_SECRET,
                "SLACK_API_URL": f"{slack.url}/api/",
                "CLIENT_ID": APP,
                "CLIENT_SECRET": SECRET,
                "TENANT_ID": TENANT,
            }
        )
        house = await build(settings)
        places: dict[str, tuple[str, str]] = {}
        for number, slug in enumerate(sorted({row["council"] for row in rows})):
            places[slug] = (f"T0{number}", f"aaaaaaaa-0000-0000-0000-00000000000{number}")
            for platform, workspace in zip((Platform.SLACK, Platform.TEAMS), places[slug], strict=True):
                await house.storage.tie(platform, workspace, slug)
                for role in Role:
                    if role is not Role.UNKNOWN:
                        await house.storage.remember_role(platform, workspace, f"U-{role}", role)
        channels = [build_slack(settings, house.desk, house.storage), teams_of(house, microsoft)]
        async with served(house, channels) as url:
            for row, answer, printed in zip(rows, answers, terminal, strict=True):
                team, tenant = places[row["council"]]
                user = f"U-{row['asker']}"
                person = TeamsPerson(microsoft, url, f"29:{user}", user, tenant)
                microsoft.members[person.account] = {"tenantId": tenant}
                on_slack = await _on_slack(SlackPerson(Http(url, slack), user, team), row)
                on_teams = await _on_teams(person, row)
                expected = said(printed, answer)
                assert expected.quoted[:1] == tuple(quote["text"] for quote in answer["quotes"][:1]), row["question"]
                assert bool(expected.citations) is bool(answer["quotes"])
                assert expected.notices == tuple(answer["notices"])
                assert bool(expected.contacts) is bool(answer["escalation"])
                assert said(on_slack, answer) == expected, row["question"]
                assert said(on_teams, answer) == expected, row["question"]


async def _on_slack(person: SlackPerson, row: Mapping[str, Any]) -> str:
    before = len(person.slack.calls)
    if row["where"] == "dm":
        await person.tell(row["question"], ts=f"{uuid.uuid4().int % 10**9}.1")
    else:
        await person.mention(row["question"])
    await asyncio.sleep(0)
    return "\n".join(all_text(block) for call in person.slack.calls[before:] for block in blocks_of(call.data))


async def _on_teams(person: TeamsPerson, row: Mapping[str, Any]) -> str:
    before = len(person.microsoft.sent)
    ask: Callable[..., Any] = person.tell if row["where"] == "dm" else person.among("channel").mention
    await ask(row["question"])
    return "\n".join(sent.text for sent in person.microsoft.sent[before:])
