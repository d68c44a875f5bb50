"""A digest of each folder's known files, by which a folder is seen to be unchanged in one go.

Of a hundred thousand known files a rescan would load a hundred thousand rows to find each as it
was. Instead the catalogue keeps one digest for each folder, of what its rows say. Where the folder
on disk gives the same, nothing in it has changed; else its rows are loaded and compared one by one.

What makes a digest true: it is made of the rows alone, by the one process that writes them, and
triggers note every file whose row changes afterwards. A folder of such a file, or of a file that is
newer than the digests, has none as long as it is not made anew (at the end of each scan, but the
first, which has nobody to save work for).
"""

from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from struct import Struct, error
from typing import NamedTuple, Protocol

from soniq_tui import sql
from soniq_tui.importers.base import Context
from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery.moves import Moves
from soniq_tui.importers.music.discovery.walk import File
from soniq_tui.importers.music.sides import together
from soniq_tui.importers.music.words import Root

SQL = sql.load("soniq_tui.importers.music.discovery", "sums.sql")
SLICE = 500
"""Folders of one transaction."""

packed = Struct("=4q").pack
"""Returns size, two times and inode of a file in order, as bytes.

What does not fit into 64 bits is not the same as anything: it raises ``struct.error``.
"""
_COUNT = Struct("=q")
_NUL = b"\0"


Sum = tuple[int, bytes, int | None]
"""What is known of the files of one folder: how many, their digest, and the signature of what lay
around all of them when they were read; None: they differ."""


class Part(NamedTuple):
    """A half of a root; see ``halves.py``."""

    at: tuple[bytes, ...]
    """Names below the root: where it is cut."""
    behind: bool
    """What lies at and behind the cut; else what lies before it."""


def digest(names: list[bytes], numbers: list[bytes]) -> bytes:
    """Return the digest of some files in order of name: of each size, two times and inode.

    No name can hold a NUL.

    Args:
        names: of the files.
        numbers: of each, as ``packed`` returns them.
    """
    said = b"".join([_COUNT.pack(len(names)), *numbers, _NUL.join(names)])
    return blake2b(said, digest_size=16).digest()


class Outline(NamedTuple):
    """What there is of sums of a root."""

    files: int
    """How many known files they stand for."""
    middle: bytes
    """The folder below it before which, by path, lie as many as behind it; empty: there is none."""


class Placed(Protocol):
    """What is needed of a ``Context``."""

    data_dir: Path


class Sums:
    """The sums of a root, as far as they are true; each folder is to be met once.

    Attributes:
        valid: those not met yet. Of a half of a root it may be more than is met there.
        stale: folders not met yet that have known files, and no true sum.
    """

    def __init__(self, valid: dict[bytes, Sum], stale: set[bytes]) -> None:
        self.valid, self.stale = valid, stale

    def is_unchanged(self, folder: bytes, files: list[File], beside: int) -> bool:
        """Say whether a folder is as it is known.

        Args:
            folder: its path.
            files: in order of name; those that are known to be broken, and nothing else, left out.
            beside: signature of what lies there.
        """
        known = self.valid.get(folder)
        if known is None or known[0] != len(files) or not files:
            return False
        _, its_digest, around = known
        numbers: list[bytes] = []
        try:
            for entry in files:
                stat = entry.stat(follow_symlinks=False)
                numbers.append(
                    packed(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)
                )
            if digest([entry.name for entry in files], numbers) != its_digest:
                return False
        except (OSError, error):
            return False  # whatever it is, it is told of file by file
        if around != beside and around != together.signature(beside, folder):
            return False
        del self.valid[folder]
        return True

    def is_known(self, folder: bytes) -> bool:
        """Say, once, whether a folder has rows that must be looked at."""
        known = self.valid.pop(folder, None) is not None
        if folder in self.stale:
            self.stale.discard(folder)
            return True
        return known

    def take(self, more: "Sums", root: bytes, part: Part | None) -> None:
        """Take those of the folders of a part, which are still to be met, from others."""
        found = more.valid.items()
        self.valid |= {path: known for path, known in found if belongs(path, root, part)}
        self.stale |= {path for path in more.stale if belongs(path, root, part)}

    def unmet(self) -> set[bytes]:
        """Return the folders with known files that were not met."""
        return self.stale.union(self.valid)


def outline(root: Root, ctx: Placed) -> Outline | None:
    """Return what there is of sums of a root; None where a walk cannot make use of them.

    They stand for whole folders, all files of which are compared as they are.
    """
    options = root.options
    partly = root.cursor or options.limit is not None or options.include or options.exclude
    if partly or options.follow_symlinks or options.force:
        return None
    moves = Moves(ctx.data_dir, follow=False)
    try:
        if not any(made for (made,) in moves.query(SQL["made"])):
            return None
        path, between = root.path, (root.path + b"/", root.path + b"0")
        ((count, files),) = moves.query(SQL["counted"], (path, *between))
        middle = [name for (name,) in moves.query(SQL["nth"], (*between, count // 2))]
        return Outline(int(files), middle[0] if middle else b"") if count else None
    finally:
        moves.close()


def load(root: Root, ctx: Placed, part: Part | None = None) -> Sums:
    """Return the sums of a root that has an outline, at least those of the folders of ``part``."""
    moves = Moves(ctx.data_dir, follow=False)
    try:
        path = root.path
        low, high = path + b"/", path + b"0"
        # Sums and what makes them untrue are of one moment: another scan may be about to end.
        moves.query(store.SQL["begin_looking"])
        between = low, high
        if part is not None and _parts_by_path(moves, path, part.at):
            at = b"/".join((path, *part.at))
            between = (at, high) if part.behind else (low, at)
        found = moves.query(SQL["folders"], (path, *between))
        sums: dict[bytes, Sum] = {row[0]: row[1:] for row in found}
        stale = {file.rpartition(b"/")[0] for (file,) in moves.query(SQL["stale"])}
        stale = {folder for folder in stale if folder == path or low <= folder < high}
        for folder in stale:
            sums.pop(folder, None)
        return Sums(sums, stale)
    finally:
        moves.close()


def _parts_by_path(moves: Moves, root: bytes, at: tuple[bytes, ...]) -> bool:
    """Say whether all folders whose paths come before a cut lie before it in a walk.

    Both orders differ where one path ends a name and the other goes on with a sign before "/".
    """
    path = b"/".join((root, *at))
    for end in range(len(root) + 1, len(path)):
        start, following = path[:end], path[end : end + 1]
        between = (start, start + b"/") if following == b"/" else (start + b"/", start + b"0")
        if following <= b"/" and any(said for (said,) in moves.query(SQL["any_within"], between)):
            return False
    return True


def there(moves: Moves, root: bytes) -> int:
    """Return how many files below a root were known to be there, readable or not."""
    ((count,),) = moves.query(SQL["there"], (root + b"/", root + b"0"))
    return int(count)


def bounds(folder: bytes) -> tuple[bytes, bytes, int]:
    """Return what ``in_folder`` is asked with."""
    return folder + b"/", folder + b"0", len(folder) + 2


def sum_up(connection: store.Connection, ctx: Context) -> None:
    """Give all folders that need it their sums."""
    if not connection.execute(SQL["made"]).fetchone()[0]:
        _make(connection)
        return
    folders = {file.rpartition(b"/")[0] for (file,) in connection.execute(SQL["stale"])}
    if not folders:
        return
    ordered = sorted(folders)
    for at in range(0, len(ordered), SLICE):
        ctx.progress(0, 0)
        with store.transaction(connection):
            for folder in ordered[at : at + SLICE]:
                _sum_up(connection, folder)
    with store.transaction(connection):
        connection.execute(SQL["untouch"])
        connection.execute(SQL["summed"])


def _make(connection: store.Connection) -> None:
    try:
        connection.executescript(SQL["make"])
    except BaseException:
        if connection.in_transaction:
            connection.execute(store.SQL["rollback"])
        raise


def _sum_up(connection: store.Connection, folder: bytes) -> None:
    rows = connection.execute(SQL["in_folder"], bounds(folder)).fetchall()
    if not rows:
        connection.execute(SQL["forget"], (folder,))
        return
    there = sorted(row for row in rows if not row[5])
    names = [row[0].rpartition(b"/")[2] for row in there]
    numbers = [packed(*row[1:5]) for row in there]
    sides = {row[6] for row in there}
    beside = sides.pop() if len(sides) == 1 else None
    connection.execute(SQL["sum_up"], (folder, len(there), digest(names, numbers), beside))


def belongs(folder: bytes, root: bytes, part: Part | None) -> bool:
    """Say whether the files of a folder are met in a part of a walk."""
    return part is None or (names_below(folder, root) >= part.at) == part.behind


def names_below(folder: bytes, root: bytes) -> tuple[bytes, ...]:
    """Return the names of folders on the way from a root to a folder, which is the last."""
    return tuple(folder[len(root) + 1 :].split(b"/")) if folder != root else ()


def places(folders: Iterable[bytes], root: bytes, part: Part | None) -> list[bytes]:
    """Return the folders whose files are met in a part of a walk, sorted."""
    return sorted(folder for folder in folders if belongs(folder, root, part))
