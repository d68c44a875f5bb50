"""What a scan changed in the library, counted."""

from pathlib import Path

from soniq_tui.importers.music import store
from soniq_tui.importers.music.store import SQL
from soniq_tui.words import mark

WORDS = (
    mark("new tracks"),
    mark("tracks read again"),
    mark("moved files"),
    mark("missing files"),
)


def tally(data_dir: Path, since_s: float, done: int) -> dict[str, int]:
    """Return how much is new, read again, moved or missing since a moment (seconds since 1970).

    What other scans did meanwhile is among it.

    Args:
        data_dir: where the library is.
        since_s: the moment.
        done: so many files were taken in, those that moved too; without any, tracks need not be
            looked through.

    Raises:
        DataDirError: the library cannot be read.
    """
    with store.looking(data_dir) as connection:
        if connection is None:
            return {}
        read = connection.execute(SQL["read_since"], (since_s,)).fetchone() if done else (0, 0)
        moved = (0,)
        if done and connection.execute(SQL["knows_moves"]).fetchone()[0]:
            moved = connection.execute(SQL["moved_since"], (since_s,)).fetchone()
        gone = connection.execute(SQL["gone_since"], (since_s,)).fetchone()
    told = zip(WORDS, (*read, *moved, *gone), strict=True)
    return {word.replace(" ", "_"): count for word, count in told if count}
