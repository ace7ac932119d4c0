"""What the slow suite runs in Node and in a browser: packages from npm, and Chromium without a window."""

from __future__ import annotations

import functools
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

VERSIONS = {"@microsoft/app-manifest": "1.1.2", "adaptivecards": "3.0.6"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@functools.cache
def installed(package: str) -> Path:
    """A folder with that package in its `node_modules`, installed once on this machine."""
    wanted = f"{package}@{VERSIONS[package]}"
    name = hashlib.sha256(wanted.encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"protocol-guide-npm-{name}"
    if not (folder / "node_modules" / package / "package.json").is_file():
        npm = shutil.which("npm")
        assert npm, "npm is not installed: apt-get install npm"
        folder.mkdir(exist_ok=True)
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
        subprocess.run([*command, wanted], check=True, timeout=300)
    return folder


def dumped(page: Path, profile: Path, width: int = 900) -> str:
    """The page as Chromium has it once its scripts ran, as HTML."""
    return _chromium(profile, width, "--dump-dom", page.as_uri())


def pictured(page: Path, profile: Path, to: Path, width: int, height: int) -> None:
    """A picture of the page."""
    _chromium(profile, width, f"--screenshot={to}", page.as_uri(), height=height)


def _chromium(profile: Path, width: int, *arguments: str, height: int = 1200) -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    assert found, "Chromium is not installed: apt-get install chromium"
    command = [
        found,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--allow-file-access-from-files",
        "--virtual-time-budget=10000",
        f"--user-data-dir={profile}",
        f"--window-size={width},{height}",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=True)
    return done.stdout
