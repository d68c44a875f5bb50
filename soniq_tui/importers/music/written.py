"""What of a chunk is in the catalogue already: a retry need not read it again; and what is gone.

Of a job of hundreds of files a few fail, and a person retries those. What was written of the others
stands; only a scan that reads everything anew (``force``) reads them again in a retry, too.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from soniq_tui.importers.base import Context
from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import sums
from soniq_tui.importers.music.discovery.moves import Moves
from soniq_tui.importers.music.discovery.stamps import is_gone, numbers
from soniq_tui.importers.music.sides import together
from soniq_tui.importers.music.words import Chunk, FileRef, Folder, Moved
from soniq_tui.model.job import ErrorKind

_Names = dict[tuple[int, ...], set[bytes]]
"""Paths by inode, size and time of modification."""


def places(chunk: Chunk, ctx: Context) -> frozenset[int]:
    """Return which folders of a chunk have nothing to be read, by their places in it.

    Whole folders, for what one file means may hang on the others.
    """
    if not ctx.retries or chunk.forced:
        return frozenset()
    with _moves(ctx) as moves:
        folders = enumerate(chunk.folders)
        return frozenset(at for at, folder in folders if _is_written(moves, folder))


def lost(files: Sequence[tuple[bytes, FileRef]], ctx: Context) -> set[bytes]:
    """Return the paths of files that are not there, and of which nobody knows where they went.

    The others are known to be missing, or under another name, or their folder is there without
    them. Else the disk may be away, and they with it.
    """
    with _moves(ctx) as moves:
        broken = _broken(moves, [file for _, file in files])
        return {path for path, file in files if not _is_gone(moves, path, file, broken)}


def crashed(folder: bytes, ctx: Context) -> set[bytes]:
    """Return the paths of files of a folder that ended the process which read them."""
    with _moves(ctx) as moves:
        rows = moves.ask("broken", sums.bounds(folder)[:2])
        return {path for path, *_, kind, _, _ in rows if kind == ErrorKind.CRASHED}


def gone(files: Sequence[Moved], root: bytes, ctx: Context) -> tuple[bytes, ...]:
    """Return where the catalogue still has files that are neither there nor under their new names.

    They went before it was told of these, and who saw them go has told of the new names. A file
    whose disk may be away is none of them.

    Args:
        files: those that are not under their new names.
        root: of the scan.
        ctx: of the stage.
    """
    if not files:
        return ()
    known = []
    with _moves(ctx) as moves:
        for file in files:
            own = file.id, file.inode, file.size, file.mtime_ns
            known += [(path, file) for (path,) in moves.query(store.SQL["path_of"], own)]
    return tuple(
        path
        for path, file in known
        if b"\0" not in path and is_gone(path) and _disk_of(file.path, root) == file.device
    )


def _disk_of(path: bytes, root: bytes) -> int | None:
    """Return the device on which a path lies, or would lie; None where nothing of it is there."""
    folder = path
    while len(folder) > len(root):
        folder = os.path.dirname(folder)  # noqa: PTH120  paths are bytes
        try:
            return numbers(os.stat(folder))[4]  # noqa: PTH116
        except OSError:
            continue
    return None


@contextmanager
def _moves(ctx: Context) -> Iterator[Moves]:
    with store.patience(ctx.data_dir):
        moves = Moves(ctx.data_dir, follow=False)
        try:
            yield moves
        finally:
            moves.close()


def _broken(moves: Moves, files: Sequence[FileRef]) -> _Names:
    """Return under which names these files could not be read."""
    inodes = msgspec.json.encode(sorted({file.inode for file in files} - {0}))  # 0: none that lasts
    names: _Names = {}
    for path, *own in moves.query(store.SQL["broken_of_inodes"], (inodes,)):
        names.setdefault(tuple(own), set()).add(path)
    return names


def _is_gone(moves: Moves, path: bytes, file: FileRef, broken: _Names) -> bool:
    own = (file.inode, file.size, file.mtime_ns)
    rows = moves.query(store.SQL["is_gone_or_moved"], (path, *own))
    if any(known for (known,) in rows) or broken.get(own, set()) - {path}:
        return True
    try:
        folder = os.stat(os.path.dirname(path))  # noqa: PTH116, PTH120  paths are bytes
    except OSError:
        return False
    return numbers(folder)[4] == file.device


def _is_written(moves: Moves, folder: Folder) -> bool:
    """Say whether all files of a folder were read as they were met, and none failed since."""
    low, high, start = sums.bounds(folder.path)
    rows = {path: row for path, *row in moves.query(sums.SQL["in_folder"], (low, high, start))}
    failed = {path for path, *_ in moves.ask("broken", (low, high))}
    around: set[int] = set()
    for file in folder.files:
        path = low + file.name
        *there, beside = rows.get(path) or [None]
        if there != _there(file) or path in failed:
            return False
        around.add(beside)
    alone = {folder.signature}
    return around <= alone or around <= alone | {together.signature(folder.signature, folder.path)}


def _there(file: FileRef) -> list[int]:
    """Return the beginning of the row of a file that is there as it was met."""
    return [file.size, file.mtime_ns, file.ctime_ns, file.inode, False]
