"""Known files under new names: told by inode, size and time of modification, unread."""

import os
import stat as mode
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery.stamps import numbers, signed
from soniq_tui.importers.music.discs import tell_other_discs
from soniq_tui.importers.music.store import SQL
from soniq_tui.importers.music.words import FileRef, Moved

LINKS_FEW = 16
"""So many rows of one inode are asked for, and their names looked at, for each new name."""

_NUL = b"\0"
"""Ends the name of a file whose name another one has taken; see ``store.py``."""


class Found(NamedTuple):
    """A known file that has another name now."""

    moved: Moved
    old: bytes
    """What it was called."""
    beside: int
    """Signature of what lay around it when it was read."""


def has_moved(file: Moved) -> bool:
    """Say whether a file that was met under another name is still there, unchanged."""
    try:
        size, mtime_ns, _, inode, _ = numbers(os.stat(file.path))  # noqa: PTH116  paths are bytes
    except OSError:
        return False
    return (size, mtime_ns, inode) == (file.size, file.mtime_ns, file.inode)


class _Links(NamedTuple):
    """The rows of an inode that has many names."""

    rows: list[store.InodeRow]
    there: set[bytes]
    """Names under which the file is still there: none of their rows is free to go."""


class Moves:
    """Looks for the rows of files that are not where the catalogue has them."""

    def __init__(self, data_dir: Path, *, follow: bool) -> None:
        self._stat = os.stat if follow else os.lstat
        self._taken: set[int] = set()
        """Rows that have a new name already: those of hard links share an inode."""
        self._links: dict[int, _Links] = {}
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
        return self.query(SQL[query], values)

    def query(self, text: str, values: tuple[bytes | int, ...] = ()) -> Iterable[Any]:
        """Return the same for a query that stands elsewhere."""
        return () if self._connection is None else self._connection.execute(text, values)

    def find(self, path: bytes, file: FileRef) -> Found | None:
        """Return the known file that now is at ``path``; None where it is a new one.

        The row of a file that is back after it was missing is found under the same name.
        """
        if not file.inode:
            return None
        for number, old, _, _, beside in self._rows(file, path):
            if number not in self._taken and (old == path or self._left(old, file, {path})):
                self._taken.add(number)
                return Found(
                    Moved(
                        number, path, file.size, file.mtime_ns, file.ctime_ns, file.inode,
                        file.device,
                    ),
                    old,
                    beside,
                )  # fmt: skip
        return None

    def disc_is_open(self, found: Found) -> bool:
        """Say whether only its tag can tell of which disc a file is now.

        Else what it is known by tells whether the tag does; see ``anew.as_tagged``.
        """
        if not tell_other_discs(found.moved.path, found.old):
            return False
        return any(is_open for (is_open,) in self.query(SQL["disc_is_open"], (found.moved.id,)))

    def elsewhere(self, path: bytes, file: FileRef) -> Moved | None:
        """Return the known file that now is at ``path`` and has its row under another name."""
        if any(row[1] == path for row in self._rows(file, path)):
            return None
        found = self.find(path, file)
        return None if found is None else found.moved

    def _rows(self, file: FileRef, path: bytes = b"") -> list[store.InodeRow]:
        """Return the rows that are this file, those of its name first.

        Those that are known not to be free to go are left out, but for the one of ``path``.
        """
        if self._connection is None:
            return []
        links = self._links.get(file.inode)
        if links is None:
            rows: list[store.InodeRow] = self._connection.execute(
                SQL["by_inode"], (file.inode,)
            ).fetchall()
            if len(rows) > LINKS_FEW:
                self._links[file.inode] = _Links(rows, set())
        else:
            rows = [row for row in links.rows if row[1] not in links.there or row[1] == path]
        rows = [row for row in rows if row[2:4] == (file.size, file.mtime_ns)]
        if len(rows) > 1:
            own = b"/" + file.name
            rows.sort(key=lambda row: (not row[1].endswith(own), row[0]))
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
            if file.inode in self._links:
                self._links[file.inode].there.add(old)
            return False  # a hard link
        if not mode.S_ISREG(now.st_mode):
            return True  # a folder, or a link to where it is now
        there = FileRef(old.rpartition(b"/")[2], *numbers(now))
        seen.add(old)
        return any(
            path in seen or self._left(path, there, seen)
            for _, path, *_ in self._rows(there)
            if path != old
        )
