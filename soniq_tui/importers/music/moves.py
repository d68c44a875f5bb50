"""Known files under new names: told by inode, size and time of modification, unread."""

import os
import stat as mode
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from soniq_tui.importers.music import store
from soniq_tui.importers.music.stamps import numbers, signed
from soniq_tui.importers.music.store import SQL
from soniq_tui.importers.music.words import FileRef, Moved

_NUL = b"\0"
"""Ends the name of a file whose name another one has taken; see ``store.py``."""


class Found(NamedTuple):
    """A known file that has another name now."""

    moved: Moved
    old: bytes
    """What it was called."""


class Moves:
    """Looks for the rows of files that are not where the catalogue has them."""

    def __init__(self, data_dir: Path, *, follow: bool) -> None:
        self._stat = os.stat if follow else os.lstat
        self._taken: set[int] = set()
        """Rows that have a new name already: those of hard links share an inode."""
        self._connection = store.reader(data_dir)
        if self._connection is None:
            return
        (version,) = self._connection.execute(SQL["user_version"]).fetchone()
        if version != store.VERSION:  # the writer will bring it up to date; all is read again
            self.close()

    def close(self) -> None:
        """Look no more."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def knows(self) -> bool:
        """Whether there is a catalogue that can be compared with."""
        return self._connection is not None

    def ask(self, query: str, values: tuple[bytes, ...]) -> Iterable[Any]:
        """Return the rows of a query; none where there is no catalogue to compare with."""
        return () if self._connection is None else self._connection.execute(SQL[query], values)

    def signature(self, folder: bytes) -> int:
        """Return what lay beside the music in a folder when it was read, 0 for nothing."""
        if self._connection is None:
            return 0
        row = self._connection.execute(SQL["signature_of"], (folder,)).fetchone()
        return row[0] if row else 0

    def find(self, path: bytes, file: FileRef) -> Found | None:
        """Return the known file that now is at ``path``; None where it is a new one.

        The row of a file that is back after it was missing is found under the same name.
        """
        if not file.inode:
            return None
        for number, old in self._rows(file):
            if number not in self._taken and (old == path or self._left(old, file, {path})):
                self._taken.add(number)
                return Found(
                    Moved(
                        number, path, file.size, file.mtime_ns, file.ctime_ns, file.inode,
                        file.device,
                    ),
                    old,
                )  # fmt: skip
        return None

    def _rows(self, file: FileRef) -> list[tuple[int, bytes]]:
        """Return number and path of the rows that are this file, those of its name first."""
        if self._connection is None:
            return []
        found = self._connection.execute(SQL["by_inode"], (file.inode,)).fetchall()
        rows = [(n, path) for n, path, *rest in found if rest == [file.size, file.mtime_ns]]
        if len(rows) > 1:
            rows.sort(key=lambda row: (row[1].rpartition(b"/")[2] != file.name, row[0]))
        return rows

    def _left(self, old: bytes, file: FileRef, seen: set[bytes]) -> bool:
        """Say whether a file is no longer at ``old``, and its row is free to go.

        Where another one is now the row stays, for it is changed in place: that keeps its number
        whatever is met first, and whoever writes first. Unless the other one brings a row of its
        own: names were shifted or have changed places.
        """
        if _NUL in old:
            return True
        try:
            now = self._stat(old)
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False  # it may be there
        if (signed(now.st_ino), signed(now.st_dev)) == (file.inode, file.device):
            return False  # a hard link
        if not mode.S_ISREG(now.st_mode):
            return True  # a folder, or a link to where it is now
        there = FileRef(old.rpartition(b"/")[2], *numbers(now))
        seen.add(old)
        return any(
            path in seen or self._left(path, there, seen)
            for _, path in self._rows(there)
            if path != old
        )
