"""What a scan changed in the library, counted."""

import sqlite3
from pathlib import Path

from soniq_tui.errors import DataDirError
from soniq_tui.importers.music import store
from soniq_tui.importers.music.store import SQL
from soniq_tui.words import mark

WORDS = (mark("new tracks"), mark("tracks read again"), mark("missing files"))


def tally(data_dir: Path, since_s: float) -> dict[str, int]:
    """Return how much is new, read again or missing since a moment (seconds since 1970).

    What other scans did meanwhile is among it.

    Raises:
        DataDirError: the catalogue cannot be read.
    """
    connection = store.reader(data_dir)
    if connection is None:
        return {}
    try:
        counts = connection.execute(SQL["changed_since"], (since_s,)).fetchone()
    except sqlite3.Error as exc:
        raise DataDirError(f"{data_dir / store.FILE} cannot be read: {exc}") from exc
    finally:
        connection.close()
    told = zip(WORDS, counts, strict=True)
    return {word.replace(" ", "_"): count for word, count in told if count}
