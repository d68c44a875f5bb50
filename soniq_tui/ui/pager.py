"""The person's pager: which it is, and the file it shows. No Textual here."""

import os
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from soniq_tui.model.text import shown

DEFAULTS = (("less", "-R"), ("more",))
"""What is tried where ``PAGER`` names nothing: the first that there is."""
LINE_MOST_CHARS = 16_384
MOST_ROWS = 10_000
"""So many rows are shown at once; a file holds more."""


def command(environ: Mapping[str, str]) -> list[str]:
    """Return the pager with its arguments; nothing where there is none."""
    try:
        chosen = shlex.split(environ.get("PAGER", ""))
    except ValueError:  # quotes that do not match
        chosen = []
    path = environ.get("PATH")
    for words in (chosen, *map(list, DEFAULTS)):
        if words and (found := shutil.which(words[0], path=path)):
            return [found, *words[1:]]
    return []


def clean(text: str) -> str:
    """Return text of many lines without anything that a terminal obeys."""
    lines = text.expandtabs().split("\n")
    return "\n".join(shown(line, LINE_MOST_CHARS) for line in lines)


def new_file() -> Path:
    """Make an empty file that only its owner can read; whoever asked deletes it.

    Raises:
        OSError: there is no place for it.
    """
    descriptor, name = tempfile.mkstemp(prefix="soniq-", suffix=".txt")
    os.close(descriptor)
    return Path(name)


def fill(path: Path, text: str) -> None:
    """Write text into an empty file. Runs in a thread.

    Raises:
        OSError: it cannot be written, or was deleted: then it is not made anew.
    """
    with path.open("r+", encoding="utf-8", errors="replace") as file:
        file.write(clean(text))
