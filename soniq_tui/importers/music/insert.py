"""The last stage for every chunk: what it found goes into the catalogue, in one transaction.

Everything is an upsert by key, so a job that runs twice changes nothing the second time. What
follows from more than one chunk (what an album is called, who made it, the index of words) is only
marked here; ``close.py`` sees to it when the scan ends.
"""

import time
from collections.abc import Sequence
from itertools import chain, groupby

import msgspec

from soniq_tui.importers.base import Context
from soniq_tui.importers.music import memory as memories
from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery.stamps import is_gone
from soniq_tui.importers.music.group import at_hand, opened
from soniq_tui.importers.music.memory import Memory
from soniq_tui.importers.music.moving import Moving
from soniq_tui.importers.music.rows import Rows
from soniq_tui.importers.music.store import SQL, Connection
from soniq_tui.importers.music.wordindex import SLICE, Words, index_words, to_come, words_of
from soniq_tui.importers.music.words import (
    Broken,
    Catalogued,
    CoverRef,
    Extracted,
    Grouped,
    Track,
)
from soniq_tui.model.job import ErrorKind

_FORGET = ("forget_track", "forget_credits", "leave_playlists", "forget_words", "mended")
_tracks = msgspec.msgpack.Decoder(Extracted).decode
_keys = msgspec.msgpack.Decoder(Catalogued).decode


async def run(grouped: Grouped, ctx: Context) -> None:
    """Write one chunk into the catalogue; count its files once they are safe on disk."""
    held = at_hand.pop((grouped.spool, grouped.keys), None)
    if held is None:
        held = opened(grouped.spool, _tracks, ctx), opened(grouped.keys, _keys, ctx)
    found, part = held
    with store.patience(ctx.data_dir):
        connection = store.writer(ctx.data_dir)
        write(connection, found, part, time.time())
    moved = {file.path for file in found.moved} - {file.path for file in found.broken}
    # Others were met in another chunk, or not at all.
    files = {track.path for track in found.tracks}.difference(found.others) | moved
    if files:
        ctx.count(done=len(files))


def write(connection: Connection, found: Extracted, part: Catalogued, now_s: float) -> None:
    """Write all of a chunk in one transaction."""
    memory = memories.of(connection)
    try:
        with store.transaction(connection):
            memory.heed(*connection.execute(SQL["data_version"]).fetchone())
            _Writing(connection, memory, now_s).all(found, part)
            if to_come(connection) >= SLICE:  # so that little is left for the end of the scan
                index_words(connection, memory.words)
    except BaseException:
        memory.forget()  # its numbers may have been rolled back
        raise


_Parts = dict[int, tuple[int, int | None]]
"""Numbers of the tracks that a file had, and of the albums they were in, by part."""
_NO_PARTS: _Parts = {}  # of a file that is new


class _Writing(Moving):
    """One transaction."""

    def __init__(self, connection: Connection, memory: Memory, now_s: float) -> None:
        super().__init__(connection, memory, now_s)
        self._known: dict[bytes, int] = {}
        """Numbers of files of this chunk that have a row."""
        self._files: list[object] = []
        """Rows of those that have none yet, for ``store.add_rows``."""
        self._covers: list[tuple[object, ...]] = []
        """Rows of pictures that are new."""
        self._left: list[_Parts] = []
        """Of files that are known: what of their tracks was not met again yet."""

    def all(self, found: Extracted, part: Catalogued) -> None:
        self._move((*found.moved, *found.others_moved))
        covers = (track.cover.key for track in found.tracks if track.cover is not None)
        self._memory.look_up(self._connection, part, covers)
        self._write(found, part, *self._numbers(part))
        there = [broken for broken in found.broken if broken.kind != ErrorKind.VANISHED]
        self._many("upsert_error", [_error_row(broken, self._now_s) for broken in there])
        self._forget_left(there)
        for broken in there:
            self._come_back(broken.path)
            if broken.inode:
                self._execute(SQL["disown"], (broken.path, broken.inode))
        for broken in found.broken:
            if broken.kind == ErrorKind.VANISHED:  # nothing is known to be there
                self._execute(SQL["forget_error"], (broken.path,))
        for path in found.vanished:
            self._vanish(path)
        if self._memory.leaving.settle(self._connection):
            self._memory.albums.clear()

    def _picture(self, cover: CoverRef | None) -> tuple[int | None, str | None, bytes | None]:
        """Return the number of a picture, where it is, and its file; it is added if it is new."""
        if cover is None:
            return None, None, None
        number = self._memory.covers.get(cover.key)
        if number is None:
            number = self._memory.covers[cover.key] = self._next_cover
            self._next_cover += 1
            self._covers.append((number, cover.key, cover.mime, cover.length))
        return number, cover.source, cover.file

    def _forget_left(self, there: Sequence[Broken]) -> None:
        """Forget faults under names that files have no more: nobody may look there again."""
        own = {(file.inode, file.size, file.mtime_ns) for file in there if file.inode}
        if not own:
            return
        self._execute(SQL["make_broken_inode"])
        inodes = msgspec.json.encode(sorted({inode for inode, *_ in own}))
        rows = self._execute(SQL["broken_of_inodes"], (inodes,)).fetchall()
        told = {file.path for file in there}
        for path, *known in rows:
            if tuple(known) in own and path not in told and is_gone(path):
                self._execute(SQL["forget_error"], (path,))

    def _write(
        self, found: Extracted, part: Catalogued, artists: list[int], albums: list[int]
    ) -> None:
        self._look_up(found.tracks)
        others = set(found.others)
        names = (artist.names for artist in part.artists)
        spelt = [(number, *each) for number, each in zip(artists, names, strict=True)]
        rows = Rows(spelt, self._now_s)
        path, file_id, parts, first = b"", 0, _NO_PARTS, self._next_track
        words = found.words or words_of(found.tracks)
        for track, belongs, found_by in zip(found.tracks, part.tracks, words, strict=True):
            if track.path != path:
                path = track.path
                ignored = path in others and path not in self._known
                file_id, parts = (0, _NO_PARTS) if ignored else self._file(track)
            if file_id:
                album = None if belongs.album is None else albums[belongs.album]
                number = self._number(track, found_by, album, parts)
                where = album, *self._picture(track.cover)
                rows.add(number, file_id, track, where, belongs, is_new=number >= first)
        for number, _ in chain.from_iterable(parts.values() for parts in self._left):
            for name in _FORGET:
                self._execute(SQL[name], (number,))
        self._many("add_cover", self._covers)
        store.add_rows(self._connection, "add_file", self._files)
        rows.write(self._connection)
        self._memory.spellings.add(rows.spellings())

    def _number(self, track: Track, found_by: Words, album: int | None, parts: _Parts) -> int:
        """Return the number of a track; one that its file had before is taken from ``parts``."""
        held = parts.pop(track.part, None) if parts else None
        if held is None:
            number = self._next_track
            self._next_track += 1
            self._memory.words.add(number, found_by)
            return number
        number, old_album = held
        self._memory.leaving.note(old_album, album)
        if number <= self._searched:
            self._execute(SQL["note_unsearched"], (number,))
        return number

    def _look_up(self, tracks: tuple[Track, ...]) -> None:
        """Find the rows of files that are known, a folder at a time; forget their errors."""
        if not tracks:
            return
        paths = [track.path for track in tracks]
        between = min(paths), max(paths)
        are_known, are_broken = self._execute(SQL["any_between"], between).fetchone()
        if are_broken:
            self._many("forget_error", [(path,) for path in paths])
        if not are_known:
            return
        for _, group in groupby(paths, key=lambda path: path[: path.rfind(b"/")]):
            own = list(group)
            below = min(own), max(own), own[0].rfind(b"/") + 2
            self._known.update(self._execute(SQL["files_between"], below).fetchall())

    def _file(self, track: Track) -> tuple[int, _Parts]:
        """Return the number of a file and the tracks it had; a new one is added."""
        values = (
            track.size, track.mtime_ns, track.ctime_ns, track.inode, track.device, track.beside
        )  # fmt: skip
        number = self._known.get(track.path)
        if number is None:
            number = self._next_file
            self._next_file += 1
            # No adapter is asked about a bytearray; see store.NULL.
            self._files += number, bytearray(track.path), *values
            return number, _NO_PARTS
        self._execute(SQL["update_file"], (*values, number))
        self._memory.words.forget()
        parts: _Parts = {}
        for track_id, place, album in self._execute(SQL["tracks_of_file"], (number,)).fetchall():
            self._leave(track_id, album)
            self._execute(SQL["forget_credits"], (track_id,))
            parts[place] = track_id, album
        self._left.append(parts)
        return number, parts


def _error_row(broken: Broken, now_s: float) -> tuple[object, ...]:
    *signature, kind, reason = msgspec.structs.astuple(broken)
    return (*signature, "extract", kind, reason, now_s, now_s)
