"""`check`: every council's protocol held against its source."""

from __future__ import annotations

from bot.terminal.commands import say, warn
from knowledge.coverage import Part, check, proposed_differences
from knowledge.errors import KnowledgeError
from knowledge.store import Library


def check_councils(library: Library, only: str | None) -> int:
    """Print the coverage of each source; exit code 2 where a word is missing, added or out of order."""
    if only is not None:
        library.council(only)
    failed = False
    for slug, folder in library.folders().items():
        if only not in (None, slug):
            continue
        try:
            protocol = library.council(slug).protocol
            coverage = check(folder)
        except KnowledgeError as error:
            failed = True
            warn(str(error))
            continue
        counts = ", ".join(f"{coverage.counts[part]} {part}" for part in Part if coverage.counts.get(part))
        if coverage.problem is not None:
            failed = True
            warn(f"{folder / protocol.source}, {coverage.problem}")
            say(f"{slug}: not covered after {coverage.words} words ({counts}).")
            continue
        say(f"{slug}: all {coverage.words} words accounted for, in order ({counts}).")
        declared = {frozenset(pair) for pair in protocol.differs}
        for one, other in proposed_differences(protocol):
            if frozenset((one, other)) not in declared:
                say(
                    f"  {one.number} and {other.number} may not say the same: read both, and declare them under differs."
                )
        for note in protocol.notes:
            say(f"  {note.number}: {note.words}")
    return 2 if failed else 0
