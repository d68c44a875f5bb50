"""What of a chunk is in the catalogue already: a retry need not read it again.

Of a job of hundreds of files a few fail, and a person retries those. What was written of the others
stands; only a scan that reads everything anew (``force``) reads them again in a retry, too.
"""

from soniq_tui.importers.base import Context
from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import sums
from soniq_tui.importers.music.discovery.moves import Moves
from soniq_tui.importers.music.words import Chunk, FileRef, Folder


def places(chunk: Chunk, ctx: Context) -> frozenset[int]:
    """Return which folders of a chunk have nothing to be read, by their places in it.

    Whole folders, for what one file means may hang on the others.
    """
    if not ctx.retries or chunk.forced:
        return frozenset()
    with store.patience(ctx.data_dir):
        moves = Moves(ctx.data_dir, follow=False)
        try:
            folders = enumerate(chunk.folders)
            return frozenset(at for at, folder in folders if _is_written(moves, folder))
        finally:
            moves.close()


def _is_written(moves: Moves, folder: Folder) -> bool:
    """Say whether all files of a folder were read as they were met, and none failed since."""
    low, high, start = sums.bounds(folder.path)
    rows = {path: row for path, *row in moves.query(sums.SQL["in_folder"], (low, high, start))}
    failed = {path for path, *_ in moves.ask("broken", (low, high))}
    return all(
        rows.get(path := low + file.name, [])[:5] == _there(file) and path not in failed
        for file in folder.files
    )


def _there(file: FileRef) -> list[int]:
    """Return the beginning of the row of a file that is there as it was met."""
    return [file.size, file.mtime_ns, file.ctime_ns, file.inode, False]
