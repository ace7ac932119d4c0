"""Settings: each wrong one stops the start with its name and what to set, and no secret is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings

BOT, APP = "xoxb-1-secretbot", "xapp-1-secretapp"
GUID = "00000000-0000-0000-0000-00000000beef"
ONE = {"PROTOCOL_GUIDE_COUNCIL": "great-linford", "SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": APP}
HOSTED = {
    "SLACK_CLIENT_ID": "1.2",
    "SLACK_CLIENT_SECRET": "secretclient",
    "SLACK_SIGNING_SECRET": "secretsigning",
    "PROTOCOL_GUIDE_ADDRESS": "https://guide.example.org",
}
TEAMS = {"CLIENT_ID": GUID, "CLIENT_SECRET": "secretteams", "TENANT_ID": GUID}


@pytest.mark.parametrize(
    "environment",
    [
        ONE,  # one council over Socket Mode
        {**ONE, "SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "x"},  # one council over HTTP; empty is as good as unset
        HOSTED,  # many workspaces
        {**HOSTED, **TEAMS},  # both platforms for many
        {**TEAMS, "PROTOCOL_GUIDE_COUNCIL": "newent"},  # Teams alone, one council
    ],
)
def test_settings_that_go_together_start(environment: dict[str, str]) -> None:
    """Each way of running that the README describes passes the check."""
    settings = Settings.read(environment)
    assert settings.for_serving() is settings


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "SLACK_BOT_TOKEN"),  # no channel at all
        ({**ONE, "SLACK_APP_TOKEN": ""}, "SLACK_APP_TOKEN"),  # a bot without a way to hear
        ({**ONE, "SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),  # ears without a mouth
        ({**ONE, "PROTOCOL_GUIDE_COUNCIL": ""}, "PROTOCOL_GUIDE_COUNCIL"),  # whose protocol?
        ({**ONE, "SLACK_SIGNING_SECRET": "x"}, "SLACK_APP_TOKEN"),  # Socket Mode and HTTP at once
        ({**HOSTED, "SLACK_BOT_TOKEN": BOT}, "SLACK_BOT_TOKEN"),  # one workspace and many at once
        ({**HOSTED, "PROTOCOL_GUIDE_COUNCIL": "newent"}, "PROTOCOL_GUIDE_COUNCIL"),  # one council and many at once
        ({**HOSTED, "SLACK_CLIENT_SECRET": ""}, "SLACK_CLIENT_SECRET"),  # half an OAuth client
        ({**HOSTED, "SLACK_CLIENT_ID": ""}, "SLACK_CLIENT_ID"),  # the other half
        ({**HOSTED, "SLACK_SIGNING_SECRET": ""}, "SLACK_SIGNING_SECRET"),  # anybody could send events
        ({**HOSTED, "PROTOCOL_GUIDE_ADDRESS": ""}, "PROTOCOL_GUIDE_ADDRESS"),  # where would Slack send people back?
        ({**TEAMS, "CLIENT_SECRET": ""}, "CLIENT_SECRET"),  # the SDK would take a managed identity silently
        ({**TEAMS, "TENANT_ID": ""}, "TENANT_ID"),  # the app's own tenant
        (
            {**HOSTED, "PROTOCOL_GUIDE_DATABASE": "postgresql://u@h/d"},
            "PROTOCOL_GUIDE_KEYS",
        ),  # no file to keep a key in
    ],
)
def test_a_missing_or_contradictory_setting_stops_the_start_with_its_name(
    environment: dict[str, str], name: str
) -> None:
    """The message names the setting to change."""
    with pytest.raises(SettingsError, match=name):
        Settings.read(environment).for_serving()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLACK_BOT_TOKEN", "xapp-1"),  # the two tokens were swapped
        ("SLACK_APP_TOKEN", "xoxb-1"),  # the same
        ("CLIENT_ID", "beef"),  # cut short while copying
        ("PROTOCOL_GUIDE_PORT", "eighty"),  # no number
        ("PROTOCOL_GUIDE_PORT", "70000"),  # no port
        ("PROTOCOL_GUIDE_LOG", "loud"),  # no level
        ("PROTOCOL_GUIDE_ADDRESS", "http://guide.example.org"),  # Slack demands https
        ("PROTOCOL_GUIDE_ADDRESS", "https://guide.example.org/slack"),  # paths are ours
        ("PROTOCOL_GUIDE_DOMAIN", "https://guide.example.org"),  # a host name, no address
        ("PROTOCOL_GUIDE_COUNCIL", "../etc"),  # no slug
        ("PROTOCOL_GUIDE_DATABASE", "mysql://h/d"),  # another server
        ("PROTOCOL_GUIDE_THROTTLE", "0"),  # nobody could ask
        ("SLACK_SIGNING_SECRET", "one\ntwo"),  # copied with a line break
    ],
)
def test_a_value_that_cannot_be_read_is_told_by_its_name(name: str, value: str) -> None:
    """Each is refused when read, before anything starts."""
    with pytest.raises(SettingsError, match=name):
        Settings.read({name: value})


def test_a_file_is_read_and_the_environment_goes_before_it(tmp_path: Path) -> None:
    """Comments, quotes and `export` are understood; what the environment says wins."""
    file = tmp_path / "guide.env"
    file.write_text('# ours\nexport PROTOCOL_GUIDE_COUNCIL="newent"\nPROTOCOL_GUIDE_PORT=8080\n\n', encoding="utf-8")
    settings = Settings.read({"PROTOCOL_GUIDE_PORT": "9090"}, file)
    assert (settings.council, settings.port) == ("newent", 9090)
    assert Settings.read({"PROTOCOL_GUIDE_SETTINGS": str(file)}).port == 8080


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("PROTOCOL_GUIDE_COUNCL=newent", "Did you mean PROTOCOL_GUIDE_COUNCIL"),  # a slip of the finger
        ("just words", "is no setting"),  # something else
        ("PROTOCOL_GUIDE_PORT=1\nPROTOCOL_GUIDE_PORT=2", "line 2.*twice"),  # which one?
    ],
)
def test_a_wrong_line_of_the_file_is_told_with_its_number(tmp_path: Path, line: str, what: str) -> None:
    """The message holds the file, the line and the nearest setting."""
    file = tmp_path / "guide.env"
    file.write_text(line, encoding="utf-8")
    with pytest.raises(SettingsError, match=what):
        Settings.read({}, file)


def test_no_secret_is_listed_or_printed() -> None:
    """The list says that a secret is set, and the object's own text holds none of them."""
    settings = Settings.read({**ONE, **HOSTED, **TEAMS, "PROTOCOL_GUIDE_DATABASE": "postgresql://u:secretdb@h/d"})
    listed = {variable.name: variable.value for variable in Settings.listed(settings)}
    assert listed["SLACK_BOT_TOKEN"] == "(set)"
    assert listed["PROTOCOL_GUIDE_COUNCIL"] == "great-linford"
    assert "secret" not in str(listed.values())
    assert "secret" not in repr(settings)
