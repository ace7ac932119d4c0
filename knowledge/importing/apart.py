"""A stranger's file is read in a process of its own, which gets so much time and memory and no more.

python -m knowledge.importing.apart FILE [--progress]       # what was read, pickled, on standard output
"""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

from knowledge.errors import Unreadable
from knowledge.importing.document import Document
from knowledge.importing.read import SAVE_AS, read
from knowledge.importing.structure import Outcome, structure

SECONDS = 60
MEMORY = 1_000_000_000
"""Bytes of address space."""


def read_apart(path: Path, *, progress: bool, seconds: float = SECONDS) -> tuple[Document, Outcome]:
    """Read a file and find its clauses, within limits; with `progress`, pages are counted on standard error.

    Raises:
        Unreadable: when it cannot be read, or not within the limits.
    """
    command = [sys.executable, "-m", "knowledge.importing.apart", str(path), *(["--progress"] if progress else [])]
    try:
        ran = subprocess.run(  # noqa: S603 - our own module, and the file as an argument
            command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(f"{path} takes longer than {seconds:.0f} seconds to read. {SAVE_AS}") from error
    if ran.returncode != 0:
        raise Unreadable(f"{path} cannot be read within {MEMORY // 1_000_000} MB of memory. {SAVE_AS}")
    found = pickle.loads(ran.stdout)  # noqa: S301 - what our own process has written
    if isinstance(found, str):
        raise Unreadable(found)
    document, outcome = found
    return document, outcome


def _counted(done: int, of: int) -> None:
    sys.stderr.write(f"\rpage {done} of {of}" + ("\n" if done == of else ""))
    sys.stderr.flush()


def main(path: str, *options: str) -> int:
    """Read one file for whoever started this process."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):
        pass  # not on Windows; the time holds there too
    try:
        document = read(Path(path), _counted if "--progress" in options else lambda _done, _of: None)
        found: object = (document, structure(document))
    except Unreadable as error:
        found = str(error)
    except MemoryError:
        return 1
    sys.stdout.buffer.write(pickle.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
