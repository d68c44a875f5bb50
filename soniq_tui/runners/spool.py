"""Data on its way from one stage to the next, too large for the journal: one file for each run.

Names are ``<job id>-<fence>-<number>``, so it is always known whose a file is: it is deleted once
the commit that used it is on disk, and what a dead host left is recognised. The folder lies in
memory where there is some; after a power cut, or when a log-out clears the user's memory, the
files are gone and their jobs go back to the stage that made them.
"""

import re
from collections.abc import Container
from pathlib import Path

_NAME = re.compile(r"(?P<job>\d+)-(?P<fence>\d+)-\d+\Z")


def name_of(job_id: int, fence: int, number: int) -> str:
    """Return the name of the file number ``number`` of one run of a job."""
    return f"{job_id}-{fence}-{number}"


def write(folder: Path, job_id: int, fence: int, number: int, data: bytes) -> str:
    """Keep ``data`` and return its name."""
    name = name_of(job_id, fence, number)
    folder.mkdir(mode=0o700, exist_ok=True)  # a log-out may have cleared the user's memory
    with (folder / name).open("wb", buffering=0) as file:
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]
    return name


def read(folder: Path, name: str) -> bytes:
    """Return what was kept.

    Raises:
        FileNotFoundError: it is gone.
        ValueError: ``name`` is no name of ours.
    """
    if not _NAME.match(name):
        raise ValueError(f"not the name of a spool file: {name!r}")
    return (folder / name).read_bytes()


def drop_run(folder: Path, job_id: int, fence: int) -> None:
    """Delete what one run of a job kept that ended without a word: nobody knows the names."""
    for file in folder.glob(f"{job_id}-{fence}-*"):
        file.unlink(missing_ok=True)


class Keeper:
    """``model.ports.SpoolKeeper`` over one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sweep(self, live: Container[int]) -> dict[int, list[str]]:
        """Delete what belongs to no live job; return the names of the rest by job."""
        kept: dict[int, list[str]] = {}
        for entry in self._folder.iterdir():
            match = _NAME.match(entry.name)
            if match and int(match["job"]) in live:
                kept.setdefault(int(match["job"]), []).append(entry.name)
            elif match:
                entry.unlink(missing_ok=True)
        return kept

    def delete(self, names: list[str]) -> None:
        """Delete files; those that are gone already do not matter."""
        for name in names:
            if _NAME.match(name):
                (self._folder / name).unlink(missing_ok=True)
