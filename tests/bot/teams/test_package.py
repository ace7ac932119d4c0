"""The app package: what is in it, what is refused, and that Microsoft's own schema takes it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from bot.errors import SettingsError
from bot.settings import Settings
from bot.teams.package import build_package, faults, manifest
from tests.bot.teams.conftest import settings_for
from tests.bot.teams.node import installed
from tests.bot.teams.standin import APP


def opened(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def changed(package: bytes, **changes: Any) -> bytes:
    """The package with another manifest, or other files."""
    files = opened(package)
    made = json.loads(files["manifest.json"])
    files["manifest.json"] = json.dumps({**made, **changes.pop("manifest", {})}).encode()
    files |= changes.pop("files", {})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return packed.getvalue()


def test_the_package_is_built_from_settings(tmp_path: Path) -> None:
    """Manifest and both icons, the same bytes every time, and small."""
    package = build_package(settings_for(tmp_path), "0.1.0")
    assert package == build_package(settings_for(tmp_path), "0.1.0")
    assert len(package) < 20_000
    files = opened(package)
    assert set(files) == {"manifest.json", "color.png", "outline.png"}
    made = json.loads(files["manifest.json"])
    assert made["manifestVersion"] == "1.25"
    assert made["id"] == made["bots"][0]["botId"] == made["composeExtensions"][0]["botId"] == APP
    assert made["validDomains"] == ["guide.example.org"]
    assert {tuple(entry["scopes"]) for entry in made["bots"][0]["commandLists"]} == {
        ("personal",),
        ("team",),
        ("groupChat",),
    }
    titles = {command["title"] for entry in made["bots"][0]["commandLists"] for command in entry["commands"]}
    assert titles >= {"clause", "contacts", "sections", "privacy", "help"}
    assert faults(package) == []


@pytest.mark.parametrize("missing", ["CLIENT_ID", "PROTOCOL_GUIDE_DOMAIN"])
def test_what_is_missing_is_named(tmp_path: Path, missing: str) -> None:
    """The setting, and what to set."""
    with pytest.raises(SettingsError, match=missing):
        build_package(settings_for(tmp_path, **{missing: ""}), "0.1.0")


def test_what_teams_refuses_and_its_schema_lets_pass_is_found(tmp_path: Path) -> None:
    """Http addresses, wrong icon sizes, files too many, two commands of one name, a host name that is an address."""
    package = build_package(settings_for(tmp_path), "0.1.0")
    made = json.loads(opened(package)["manifest.json"])
    icons = opened(package)
    http = {**made["developer"], "websiteUrl": "http://guide.example.org"}
    twice = [{"scopes": ["personal"], "commands": [{"title": "a", "description": "b"}] * 2}]
    for wrong, said in (
        (changed(package, manifest={"developer": http}), "https"),
        (changed(package, files={"color.png": icons["outline.png"]}), "192"),
        (changed(package, files={"outline.png": icons["color.png"]}), "32"),
        (changed(package, files={"more.txt": b""}), "nothing else"),
        (changed(package, manifest={"bots": [{**made["bots"][0], "commandLists": twice}]}), "twelve"),
        (changed(package, manifest={"validDomains": ["https://guide.example.org"]}), "host name"),
        (changed(package, manifest={"version": "1.0"}), "three numbers"),
        (changed(package, manifest={"name": {"short": "x" * 31, "full": "x"}}), "30"),
    ):
        assert said in " ".join(faults(wrong))


def test_the_command_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """To the file that is named; what cannot be written is told."""
    monkeypatch.setenv("CLIENT_ID", APP)
    monkeypatch.setenv("PROTOCOL_GUIDE_DOMAIN", "guide.example.org")
    out = tmp_path / "protocol-guide-teams.zip"
    assert main(["teams", "package", "--out", str(out)]) == 0
    assert faults(out.read_bytes()) == []
    assert main(["teams", "package", "--out", str(tmp_path / "no" / "such.zip")]) == 2
    assert "--out" in capsys.readouterr().err


@pytest.mark.slow
def test_the_manifest_fits_microsofts_schema() -> None:
    """As published in @microsoft/app-manifest, at the version that the manifest names."""
    from jsonschema import Draft4Validator

    folder = installed("@microsoft/app-manifest") / "node_modules/@microsoft/app-manifest/build/json-schemas/teams"
    schema = json.loads((folder / "v1.25" / "MicrosoftTeams.schema.json").read_text(encoding="utf-8-sig"))
    made = manifest(APP, "guide.example.org", "0.1.0")
    assert [f"{error.json_path}: {error.message}" for error in Draft4Validator(schema).iter_errors(made)] == []


def test_settings_are_read_from_a_file(tmp_path: Path) -> None:
    """As everywhere."""
    file = tmp_path / "settings"
    file.write_text(f"CLIENT_ID={APP}\nPROTOCOL_GUIDE_DOMAIN=guide.example.org\n")
    assert build_package(Settings.read({}, file), "1.2.3")
