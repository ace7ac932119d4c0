"""The catalogue: intents as YAML, a file for each theme, for people to read and mend.

An intent in `catalogue/<theme>.yaml`:

    - key: need-to-know
      title: Why a councillor may see a document, and who judges it
      speech: matter
      clauses: [somerset-model:7.3, somerset-model:7.4]
      canonical:
      - councillor | what's the test for seeing a file?
      not_examples:
      - {says: unknown | is there a need-to-know list for the party?, means: outside}

      Examples:
        clerks-and-chairs:
        - clerk | Member wants the sickness papers. Who says whether he has cause enough?
        - officer, sensitive, about councillor | He keeps opening the personnel drawer.

A line is who says it, whether it is sensitive, whom a concern is about, a bar, and the words. Examples stand under the
voice that wrote them, so that cross-validation can leave a whole voice out.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from intents.errors import BadCatalogue
from intents.model import Example, Intent, NotExample, Speech
from knowledge import yamlfile
from knowledge.model import Reference, Role

FOLDER = Path(__file__).parent / "catalogue"

_FIELDS = {"key", "title", "speech", "clauses", "canonical", "not_examples", "examples"}


@dataclass(frozen=True)
class Catalogue:
    """All intents, in the order of the files' names and of the intents in them."""

    intents: tuple[Intent, ...]

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Catalogue:
        """Read every theme's file.

        Raises:
            BadCatalogue: when an intent is repeated, lacks a part, or names one that does not exist.
            knowledge.errors.BadData: when a file is no YAML or repeats a key.
        """
        intents = tuple(intent for path in sorted(folder.glob("*.yaml")) for intent in _theme(path))
        keys = [intent.key for intent in intents]
        for key in keys:
            if keys.count(key) > 1:
                raise BadCatalogue(f"{folder}: the intent {key} stands twice; give one of them another key.")
        for intent in intents:
            for line in intent.not_examples:
                if line.means not in keys:
                    raise BadCatalogue(
                        f"{folder}: {intent.key} has a not_example meaning {line.means}, which is no intent."
                    )
        return cls(intents)

    def lines(self) -> Iterator[tuple[Intent, Example]]:
        """Every example with its intent, the canonical ones left out."""
        for intent in self.intents:
            for example in intent.examples:
                yield intent, example

    @property
    def voices(self) -> tuple[str, ...]:
        """The voices that wrote examples, sorted."""
        return tuple(sorted({example.voice for _, example in self.lines()}))


def parse_line(line: str, voice: str = "") -> Example:
    """Read one line of the catalogue.

    >>> parse_line("officer, sensitive, about clerk | She shouts at us.").subject
    <Role.CLERK: 'clerk'>

    Raises:
        BadCatalogue: when the words before the bar are not a role, `sensitive` and `about` a role or `somebody`.
    """
    head, bar, text = line.partition(" | ")
    asker, *marks = (part.strip() for part in head.split(","))
    sensitive, subject = False, None
    try:
        if not bar or not text.strip():
            raise ValueError
        for mark in marks:
            if mark == "sensitive":
                sensitive = True
            elif mark.startswith("about "):
                about = mark.removeprefix("about ")
                subject = Role.UNKNOWN if about == "somebody" else Role(about)
            else:
                raise ValueError
        return Example(text, Role(asker), sensitive, subject, voice)
    except ValueError as error:
        raise BadCatalogue(
            f"{line!r}: write it as `officer, sensitive, about clerk | words`; the middle two may be left out."
        ) from error


def line_of(example: Example) -> str:
    """An example as its line in the catalogue; the inverse of `parse_line`."""
    marks = ["sensitive"] if example.sensitive else []
    if example.subject is not None:
        marks.append("about " + ("somebody" if example.subject is Role.UNKNOWN else example.subject.value))
    return ", ".join([example.asker.value, *marks]) + " | " + example.text


def _theme(path: Path) -> Iterator[Intent]:
    data: Mapping[str, Any] = yamlfile.read(path)
    for entry in data["intents"]:
        if not {"key", "title", "speech", "examples"} <= set(entry) <= _FIELDS:
            raise BadCatalogue(
                f"{path}: {entry.get('key', 'an intent')} has parts missing or unknown: {sorted(entry)}."
            )
        yield _intent(path.stem, entry)


def _intent(theme: str, entry: Mapping[str, Any]) -> Intent:
    examples: Mapping[str, Sequence[str]] = entry["examples"]
    return Intent(
        key=entry["key"],
        title=entry["title"],
        theme=theme,
        speech=Speech(entry["speech"]),
        clauses=tuple(Reference.parse(reference, "") for reference in entry.get("clauses", ())),
        examples=tuple(parse_line(line, voice) for voice, lines in examples.items() for line in lines),
        canonical=tuple(parse_line(line) for line in entry.get("canonical", ())),
        not_examples=tuple(
            NotExample(example.text, line["means"], example.asker)
            for line in entry.get("not_examples", ())
            for example in [parse_line(line["says"])]
        ),
    )


def fingerprint(folder: Path = FOLDER) -> str:
    """What tells one state of the catalogue from another: SHA-256 over its files, in order."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def main() -> int:
    """Write every file of the catalogue in canonical form."""
    for path in sorted(FOLDER.glob("*.yaml")):
        yamlfile.write(path, yamlfile.read(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
