"""Dockerfile, compose.yaml and docs/hosting.md name settings, ports, paths and folders that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.measures import Measures
from bot.settings import Settings

ROOT = Path(__file__).parents[3]
KNOWN = {variable.name for variable in Settings.listed()}
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
TEXTS = ("Dockerfile", "compose.yaml", ".env.example", "SECURITY.md", "README.md", *sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")
))  # fmt: skip
NOT_SETTINGS = {"PROTOCOL_GUIDE_TEST_POSTGRESQL"}


@pytest.mark.parametrize("name", TEXTS)
def test_every_setting_that_is_named_exists(name: str) -> None:
    """No file tells anybody to set what nothing reads."""
    named = set(re.findall(r"\b(?:PROTOCOL_GUIDE|SLACK)_[A-Z_]+\b", (ROOT / name).read_text(encoding="utf-8")))
    assert named - KNOWN - NOT_SETTINGS == set()


def test_the_settings_of_the_replicas_go_together() -> None:
    """What compose.yaml and the image set, filled in as .env.example says, is accepted for serving."""
    told = re.findall(r"(PROTOCOL_GUIDE_[A-Z]+)=(\S+?)(?: \\)?$", DOCKERFILE, re.MULTILINE)
    environment = {**dict(told), **COMPOSE["services"]["guide-1"]["environment"]}
    filled = {"POSTGRES_PASSWORD": "s3cret", "PROTOCOL_GUIDE_DOMAIN": "guide.example.org", "SLACK_CLIENT_ID": "1.2"}
    filled |= {"PROTOCOL_GUIDE_KEYS": "a-key", "SLACK_CLIENT_SECRET": "c", "SLACK_SIGNING_SECRET": "d"}

    def fill(text: str) -> str:
        return re.sub(r"\$\{([A-Z_]+)[^}]*\}", lambda found: filled.get(found[1], ""), text)

    settings = Settings.read({name: fill(value) for name, value in environment.items()}).for_serving()
    assert (settings.host, settings.port, settings.slack_hosted) == ("0.0.0.0", 3000, True)
    assert settings.address == "https://guide.example.org"


def test_port_and_paths_agree_everywhere() -> None:
    """The image's port is the one that is exposed, checked and proxied to, on paths that are served."""
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.MULTILINE) == ["3000"]
    assert "http://127.0.0.1:3000/healthz" in DOCKERFILE
    proxy = COMPOSE["configs"]["proxy"]["content"]
    assert "guide-1:3000 guide-2:3000" in proxy
    assert "health_uri /readyz" in proxy
    serving = (ROOT / "bot" / "serving.py").read_text(encoding="utf-8")
    assert all(f'Route("{path}"' in serving for path in ("/healthz", "/readyz", "/metrics"))
    assert 'Route("/slack/events"' in (ROOT / "bot" / "slack" / "app.py").read_text(encoding="utf-8")
    assert "/metrics" not in proxy


def test_the_image_is_built_from_what_the_package_needs() -> None:
    """Each folder and file that pyproject.toml names is let in and copied."""
    needed = {"bot", "intents", "knowledge", "pyproject.toml", "README.md", "LICENSE", "NOTICE"}
    copied = {word for line in re.findall(r"^COPY (?!--)(.*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()}
    assert copied == needed
    let_in = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(let_in) == needed


def test_both_replicas_are_shut_in() -> None:
    """Not root, a root that cannot be written, no capabilities; and enough time to stop."""
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    for name in ("guide-1", "guide-2"):
        service = COMPOSE["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["tmpfs"] == ["/tmp"]
        assert service["stop_grace_period"] == "15s"


def test_every_image_is_pinned() -> None:
    """To a version, not to whatever is newest."""
    images = [*re.findall(r"^ARG PYTHON=(\S+)$", DOCKERFILE, re.MULTILINE)]
    images += [service["image"] for service in COMPOSE["services"].values() if service["image"] != "protocol-guide"]
    assert len(images) == 3
    assert all(re.search(r":\d+\.\d+(\.\d+)?-", image) for image in images)


def test_the_kubernetes_settings_are_well_formed_and_agree_with_the_image() -> None:
    """Port, probes, user and settings of the manifest in docs/hosting.md."""
    text = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")
    manifests = [
        one for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) for one in yaml.safe_load_all(block)
    ]
    deployment = next(one for one in manifests if one["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert container["ports"] == [{"containerPort": 3000}]
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": 3000}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": 3000}
    assert pod["securityContext"]["runAsUser"] == 10001
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["terminationGracePeriodSeconds"] >= 15
    assert {entry["name"] for entry in container["env"]} <= KNOWN


def test_every_metric_that_is_documented_exists_and_the_other_way_round() -> None:
    """docs/operating.md lists what /metrics gives, and its labels."""
    measures = Measures()
    given = {family.name for family in measures.registry.collect() if family.name.startswith("protocol_guide")}
    text = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    told = {name.removesuffix("_total") for name in re.findall(r"`(protocol_guide_\w+)", text)}
    assert told == given
