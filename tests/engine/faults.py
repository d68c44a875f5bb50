"""Connections and disks that fail when they are told to."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from soniq_tui.engine.journal import Journal


class Faults:
    """Which statements fail, how often and with what."""

    def __init__(self) -> None:
        self.at = ""
        """How the statement begins."""
        self.code = sqlite3.SQLITE_FULL
        self.left = 0
        """How many times it still fails."""
        self.after = False
        """It takes effect, and fails all the same: what the disk holds is not known."""
        self.seen: list[str] = []

    def hit(self, text: str, *, after: bool) -> None:
        if not after:
            self.seen.append(text)
        if self.left and self.at and text.startswith(self.at) and after is self.after:
            self.left -= 1
            raise error(self.code)


def error(code: int) -> sqlite3.OperationalError:
    """Return an error as SQLite raises it."""
    exc = sqlite3.OperationalError("injected")
    exc.sqlite_errorcode = code
    return exc


class Faulty:
    """A connection of which some statements fail."""

    def __init__(self, db: sqlite3.Connection, faults: Faults) -> None:
        self._db, self._faults = db, faults

    def execute(self, text: str, *args: Any) -> sqlite3.Cursor:
        self._faults.hit(text, after=False)
        cursor = self._db.execute(text, *args)
        self._faults.hit(text, after=True)
        return cursor

    def executemany(self, text: str, rows: Any) -> sqlite3.Cursor:
        values = list(rows)
        if values:
            self._faults.hit(text, after=False)
        return self._db.executemany(text, values)

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def close(self) -> None:
        self._db.close()


class Opened:
    """A journal, and what it told."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.path = path
        self.stored: list[int] = []
        self.failures: list[BaseException] = []
        self.blocked: list[str] = []
        self.journal = Journal(
            path,
            on_stored=lambda jobs: self.stored.extend(job.id for job in jobs),
            on_failure=self.failures.append,
            on_blocked=self.blocked.append,
            **options,
        )


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a file system of a few kilobytes; only root may."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
