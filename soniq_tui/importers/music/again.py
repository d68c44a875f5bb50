"""Tracks that are known again though their file is another one: moved and changed, encoded anew.

This waits for the end of the scan. Until then a file that seems gone may yet turn up under another
name, and it has the better claim to its row: the same inode.
"""

import os
from collections import deque

from soniq_tui.importers.music import store
from soniq_tui.importers.music.heirs import Leaving
from soniq_tui.importers.music.store import SQL, Connection

SLICE = 1000
"""New tracks of one transaction."""

_Row = tuple[int, int, bytes, int, int | None, int | None]
"""Numbers of a track and its file, path, whether it is missing, number of its album, disc."""


def take_over(connection: Connection) -> int:
    """Let new tracks have the numbers of those whose files they replace; how many were looked at.

    Only of files that are gone: two copies of a song are two tracks. Those on the same disc come
    first, for it may be but their folders that tell discs apart. Before the first scan has ended
    there is nothing to know again.
    """
    with store.transaction(connection):
        (after, last, searched) = connection.execute(SQL["known_again"]).fetchone()
        if after is None or after >= last:
            if after is None:  # else nothing is new, and nothing is written
                connection.execute(SQL["set_known_again"], (last,))
            return 0
        connection.execute(SQL["index_pids"])
        until: int = min(after + SLICE, last)
        taken: set[int] = set()
        same: dict[tuple[str, int | None], tuple[deque[_Row], deque[_Row]]] = {}
        leaving = Leaving()
        new = connection.execute(SQL["new_tracks"], (after, until)).fetchall()
        for number, pid, album, disc in new:
            if (pid, disc) not in same:
                rows: list[_Row] = connection.execute(SQL["same_track"], (pid, until)).fetchall()
                same[pid, disc] = (
                    deque(row for row in rows if row[-1] == disc),
                    deque(row for row in rows if row[-1] != disc),
                )
            own, others = same[pid, disc]
            found = _gone_before(own, number, taken) or _gone_before(others, number, taken)
            if found is not None:
                old, file_id, was_in = found
                taken |= {old, number}
                _replace(connection, old, file_id, number, searched)
                leaving.note(was_in, album)
        leaving.settle(connection)
        connection.execute(SQL["set_known_again"], (until,))
    return until - int(after)


def _gone_before(
    same: deque[_Row], number: int, taken: set[int]
) -> tuple[int, int, int | None] | None:
    """Return the oldest track before one whose file is gone, with those of the file and the album.

    Rows are taken from ``same``, so each file is looked for once however many songs of a disc say
    the same.
    """
    while same and same[0][0] < number:
        old, file_id, path, missing, album, _ = same.popleft()
        if old not in taken and (missing or _is_gone(path)):
            return old, file_id, album
    return None


def _is_gone(path: bytes) -> bool:
    """Say whether a file is not there; one that cannot be looked at may be."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # a name with a NUL is no name
        return True
    except OSError:
        return False
    return False


def _replace(connection: Connection, old: int, file_id: int, new: int, searched: int) -> None:
    """Give a track another number, and let what had it go."""
    connection.execute(SQL["unsettle_artists_of"], (old,))
    connection.execute(SQL["unsettle_album_of"], (old,))
    connection.execute(SQL["unsettle_album_artists_of"], (old,))
    for name in ("forget_credits", "forget_words"):
        connection.execute(SQL[name], (old,))
    for name in ("forget_words", "mended"):
        connection.execute(SQL[name], (new,))
    connection.execute(SQL["keep_day"], (old, new))
    connection.execute(SQL["forget_track"], (old,))
    connection.execute(SQL["forget_file"], (file_id,))
    for name in ("renumber_track", "renumber_credits", "renumber_in_playlists"):
        connection.execute(SQL[name], (old, new))
    if old <= searched:
        connection.execute(SQL["note_unsearched"], (old,))
