"""YAML as this project reads and writes it: every scalar as it is typed, no key twice, one canonical form.

The only `import yaml`. YAML guesses otherwise: `1.10` would become 1.1, `no` False and `12:30` 750.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from knowledge.errors import BadData

_Base: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _Loader(_Base):  # type: ignore[misc]
    """BaseLoader (texts, lists and mappings only) that refuses a repeated key."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.MarkedYAMLError(problem="a key must be a word", problem_mark=key_node.start_mark)
        if key in found:
            raise yaml.MarkedYAMLError(problem=f"{key!r} stands twice", problem_mark=key_node.start_mark)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse(text: str, path: Path) -> Any:
    """Read YAML from `text`; `path` is named in errors.

    Raises:
        BadData: when it is no YAML or repeats a key; with the line.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a BaseLoader: texts, lists and mappings only
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadData(path, line, f"{error.problem}. Mend that line.") from error
    except yaml.YAMLError as error:
        raise BadData(path, None, f"this is no YAML: {error}") from error


def read(path: Path) -> Any:
    """Read a YAML file.

    Raises:
        BadData: when it is missing, no UTF-8, no YAML, or repeats a key.
    """
    try:
        return parse(path.read_text(encoding="utf-8"), path)
    except FileNotFoundError as error:
        raise BadData(path, None, "this file is missing. Put it back, or publish the protocol again.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadData(path, None, f"this file cannot be read: {error}") from error


def line_of(path: Path, *keys: str | int) -> int | None:
    """The line, from 1, of the value at `keys` in a YAML file, for an error's sake; None where it cannot be told."""
    try:
        node: Any = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Loader)
        for key in keys:
            named = None if isinstance(key, int) else (value for name, value in node.value if name.value == key)
            node = node.value[key] if named is None else next(named)
        return int(node.start_mark.line) + 1
    except (OSError, ValueError, yaml.YAMLError, AttributeError, IndexError, StopIteration, TypeError):
        return None


class _Dumper(yaml.SafeDumper):
    """Writes lists indented under their key's column and long texts as they are, on one line each."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
_Dumper.ignore_aliases = lambda self, data: True  # type: ignore[method-assign]


def canonical(data: Mapping[str, Any]) -> str:
    """`data` as YAML in the one form that this project keeps: keys in the order given, a text on one line."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9, default_flow_style=False)


def write(path: Path, data: Mapping[str, Any]) -> None:
    """Write `data` in canonical form, whole or not at all."""
    write_bytes(path, canonical(data).encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside it first, then in its place."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
