"""What is left out of the sources that were named, in words."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from soniq_tui.importers.recipes.words import PAGES
from soniq_tui.model.text import shown, without_logins

_NO_RECIPES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".gif", ".heic", ".avif", ".bmp", ".svg", ".tif", ".tiff"}
    | {".css", ".js", ".ini", ".db", ".lnk", ".url", ".tmp", ".bak", ".log"}
)
"""How the names of pictures end, and of what nobody takes for a recipe."""
LINE_CHARS = 80
"""So much is shown of a line that has no address."""


def folders_below(folder: Path) -> int:
    """Return how many folders lie in one, but for hidden ones and those of saved pages.

    Raises:
        OSError: it cannot be read.
    """
    names, stems = [], set()
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                names.append(entry.name)
            elif Path(entry.name).suffix.lower() in PAGES:
                stems.add(Path(entry.name).stem)
    return sum(not (name.startswith(".") or _beside(name) & stems) for name in names)


def _beside(name: str) -> set[str]:
    """Return of which pages a folder may have the rest: ``soup_files``, ``soup-Dateien``."""
    return {name.rpartition(sign)[0] for sign in "_-"}


def other_kinds(there: Iterable[Path], read: Iterable[Path]) -> list[str]:
    """Return the names of files that are not read, but for pictures and what systems leave."""
    left = (file for file in set(there) - set(read) if not file.name.startswith("."))
    return sorted(
        file.name for file in left if file.suffix.lower() not in _NO_RECIPES and file.is_file()
    )


def note_of(folders: int, lines: Sequence[str], others: Sequence[str] = ()) -> str:
    """Return what is to be said of folders, lines without an address and files; empty: nothing."""
    said = []
    if folders:
        said.append(f"{folders:,} folder{'' if folders == 1 else 's'} below left out")
    if others:
        said.append(_left_out("file of another kind", "files of other kinds", others))
    if lines:
        said.append(_left_out("line without an address", "lines without an address", lines))
    return "; ".join(said)


def _left_out(one: str, many: str, found: Sequence[str]) -> str:
    first = shown(without_logins(found[0]), LINE_CHARS)
    count = f"1 {one} left out" if len(found) == 1 else f"{len(found):,} {many} left out, the first"
    return f"{count}: {first}"
