"""A council of one's own, made from a shipped one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.store import SHIPPED


@pytest.fixture
def own_council() -> Callable[[Path, str], Path]:
    """Makes a council folder in a data folder, with Great Linford's words under another slug."""

    def make(data: Path, slug: str) -> Path:
        folder = data / slug
        shutil.copytree(SHIPPED / "great-linford", folder)
        for name in ("council.yaml", "protocol.yaml"):
            file = folder / name
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace("slug: great-linford", f"slug: {slug}"), encoding="utf-8")
        return folder

    return make
