"""The last stage for every chunk: what it found goes into the catalogue, in one transaction.

Everything is an upsert by key, so a job that runs twice changes nothing the second time. What
follows from more than one chunk (what an album is called, who made it, the index of words) is only
marked here; ``close.py`` sees to it when the scan ends.
"""

import time
from collections.abc import Iterable
from itertools import chain, groupby
from typing import NamedTuple

import msgspec

from soniq_tui.importers.base import Context
from soniq_tui.importers.music import discs, store
from soniq_tui.importers.music import memory as memories
from soniq_tui.importers.music.credits import artists_of
from soniq_tui.importers.music.group import RULES, album_key, at_hand, catalogue, persistent_id
from soniq_tui.importers.music.memory import Memory
from soniq_tui.importers.music.rows import Rows, track_of
from soniq_tui.importers.music.store import NULL, SQL, Connection
from soniq_tui.importers.music.wordindex import SLICE, index_words, to_come
from soniq_tui.importers.music.words import (
    Album,
    Artist,
    Belongs,
    Broken,
    Catalogued,
    CoverRef,
    Extracted,
    Grouped,
    Moved,
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
        held = _tracks(ctx.read_spool(grouped.spool)), _keys(ctx.read_spool(grouped.keys))
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


class Grouping(NamedTuple):
    """A track as the catalogue has it."""

    id: int
    album: int | None
    """In which it is."""
    track: Track


def group_anew(connection: Connection, tracks: Iterable[Grouping]) -> None:
    """Let tracks belong to what they say, in a transaction of the caller."""
    memory = Memory()
    writing = _Writing(connection, memory, time.time())
    for number, album, track in tracks:
        writing.anew(number, album, track)
    memory.leaving.settle(connection)


_Parts = dict[int, tuple[int, int | None]]
"""Numbers of the tracks that a file had, and of the albums they were in, by part."""
_NO_PARTS: _Parts = {}  # of a file that is new


class _Writing:
    """One transaction."""

    def __init__(self, connection: Connection, memory: Memory, now_s: float) -> None:
        self._connection, self._memory, self._now_s = connection, memory, now_s
        self._execute = connection.execute
        memory.bound()
        self._next_file: int
        self._next_track: int
        self._next_album: int
        self._next_artist: int
        self._next_cover: int
        (self._next_file, self._next_track, self._next_album, self._next_artist,
         self._next_cover) = self._execute(SQL["next_ids"]).fetchone()  # fmt: skip
        if self._next_artist == 1:
            memory.spellings.begin()
        if self._next_track == 1:
            self._execute(SQL["set_grouped"], (RULES,))  # and no track by others
        (self._searched,) = self._execute(SQL["searched"]).fetchone()
        self._known: dict[bytes, int] = {}
        """Numbers of files of this chunk that have a row."""
        self._files: list[object] = []
        """Rows of those that have none yet, for ``store.add_rows``."""
        self._covers: list[tuple[object, ...]] = []
        """Rows of pictures that are new."""
        self._album_credits: list[tuple[object, ...]] = []
        """Rows of who made the albums that are new."""
        self._left: list[_Parts] = []
        """Of files that are known: what of their tracks was not met again yet."""
        self._unsettled: set[int] = set()
        """Artists that this transaction has marked."""
        self._made: set[int] = set()
        """Albums that this transaction has added: they are all that their tracks say."""

    def all(self, found: Extracted, part: Catalogued) -> None:
        self._move((*found.moved, *found.others_moved))
        covers = (track.cover.key for track in found.tracks if track.cover is not None)
        self._memory.look_up(self._connection, part, covers)
        artists = [self._artist(artist) for artist in part.artists]
        albums = [self._album(album, part, artists) for album in part.albums]
        self._credit()
        self._write(found, part, artists, albums)
        there = [broken for broken in found.broken if broken.kind != ErrorKind.VANISHED]
        self._many("upsert_error", [_error_row(broken, self._now_s) for broken in there])
        for broken in there:
            self._come_back(broken.path)
        for broken in found.broken:
            if broken.kind == ErrorKind.VANISHED:  # nothing is known to be there
                self._execute(SQL["forget_error"], (broken.path,))
        for path in found.vanished:
            self._vanish(path)
        if self._memory.leaving.settle(self._connection):
            self._memory.albums.clear()

    def _many(self, name: str, rows: Iterable[tuple[object, ...]]) -> None:
        self._connection.executemany(SQL[name], rows)

    # ---------------------------------------------------------------- files that moved or went

    def _move(self, moved: Iterable[Moved]) -> None:
        """Give files their new names; two may have changed places, so names are freed first.

        A row that has become another file since discovery looked keeps its name.
        """
        missing = {file.id: self._is_missing(file) for file in moved}
        moved = [file for file in moved if missing[file.id] is not None]
        if moved:
            self._memory.words.forget()  # some are found by the names of their files
        for file in moved:
            self._displace(file.path, file.id)
        for file in moved:
            values = (file.size, file.mtime_ns, file.ctime_ns, file.inode, file.device)
            self._execute(SQL["move_file"], (file.path, *values, file.id))
            self._execute(SQL["forget_error"], (file.path,))
            # What says no title is found by the name of its file.
            self._execute(SQL["note_unsearched_of"], (file.id, self._searched))
            for row in self._execute(SQL["tracks_of_files"], (file.id,)).fetchall():
                *said, track_id, old_album = row
                if missing[file.id]:
                    self._execute(SQL["unsettle_artists_of"], (track_id,))
                self._regroup(track_of(said), track_id, old_album)

    def _displace(self, path: bytes, by: int) -> None:
        row = self._execute(SQL["file_of"], (path,)).fetchone()
        if row is None or row[0] == by:
            return
        self._execute(SQL["displace"], (self._now_s, path, by))
        self._revise(*row)

    def _is_missing(self, file: Moved) -> bool | None:
        """Say whether a file was missing until now; None where the row is another file by now."""
        values = (file.id, file.inode, file.size, file.mtime_ns)
        row = self._execute(SQL["still_is"], values).fetchone()
        return None if row is None else bool(row[0])

    def _regroup(self, track: Track, track_id: int, old_album: int | None) -> None:
        """Put a track into the album that it belongs to where it lies now."""
        key = album_key(track)
        album = None
        if key is not None:
            part = catalogue((track,))
            self._memory.look_up(self._connection, part)
            artists = [self._artist(artist) for artist in part.artists]
            album = self._album(part.albums[0], part, artists)
            self._credit()
            self._made.discard(album)  # others that moved have a say in it, too
        if album != old_album:
            self._execute(SQL["move_track"], (album, track_id))
            self._memory.leaving.note(old_album, album)
        for changed in {album, old_album} - {None}:
            self._unsettle(changed)

    def anew(self, number: int, album: int | None, track: Track) -> None:
        """Put a track that is there to the artists and into the album that it names."""
        self._execute(SQL["unsettle_artists_of"], (number,))
        self._execute(SQL["forget_credits"], (number,))
        own = artists_of(track.artists, track.artist_sort, track.musicbrainz_artist_ids)
        self._memory.look_up(self._connection, Catalogued(artists=own))
        made_by = [(number, at, self._artist(each), *each.names) for at, each in enumerate(own)]
        self._many("add_credit", made_by)
        self._execute(SQL["set_place"], (persistent_id(track), discs.numbered(track).disc, number))
        self._regroup(track, number, album)

    def _vanish(self, path: bytes) -> None:
        self._execute(SQL["forget_error"], (path,))
        if not self._execute(SQL["mark_missing"], (self._now_s, path)).rowcount:
            return
        self._revise(*self._execute(SQL["file_of"], (path,)).fetchone())

    def _come_back(self, path: bytes) -> None:
        """A file that cannot be read is there all the same."""
        if self._execute(SQL["is_there"], (path,)).rowcount:
            self._revise(*self._execute(SQL["file_of"], (path,)).fetchone())

    def _revise(self, file_id: int) -> None:
        """The tracks of a file have a say no more, or again."""
        for track_id, _, album in self._execute(SQL["tracks_of_file"], (file_id,)).fetchall():
            self._leave(track_id, album)

    def _leave(self, track_id: int, album: int | None) -> None:
        """What a track said of its artists and its album may no longer be said."""
        self._memory.spellings.spoil()
        self._execute(SQL["unsettle_artists_of"], (track_id,))
        self._unsettle(album)

    def _unsettle(self, album: int | None) -> None:
        if album is not None and album not in self._made:
            self._execute(SQL["unsettle_album"], (album,))
            self._execute(SQL["unsettle_album_artists"], (album,))

    # ---------------------------------------------------------------- artists, albums, pictures

    def _artist(self, artist: Artist) -> int:
        """Return the number of an artist; note where tracks spell it otherwise."""
        held = self._memory.artists.get(artist.key)
        if held is None:
            held = self._memory.artists[artist.key] = self._next_artist, artist
            self._next_artist += 1
            self._execute(SQL["add_artist"], (held[0], *msgspec.structs.astuple(artist)))
        number, known = held
        if known != artist and number not in self._unsettled:
            both = known.agreed(artist)
            if both is None:
                self._unsettled.add(number)
                self._execute(SQL["unsettle_artist"], (number,))
            elif both != known:
                self._memory.artists[artist.key] = number, both
                self._execute(SQL["complete_artist"], (*both.names[1:], number))
        return number

    def _album(self, album: Album, part: Catalogued, artists: list[int]) -> int:
        """Return the number of an album; one that was there before may have to change."""
        number = self._memory.albums.get(album.key)
        if number is None:
            return self._add_album(album, part, artists)
        self._unsettle(number)
        return number

    def _add_album(self, album: Album, part: Catalogued, artists: list[int]) -> int:
        number = self._memory.albums[album.key] = self._next_album
        self._next_album += 1
        self._made.add(number)
        values = (album.title, album.version, album.date, album.year, album.compilation,
                  album.musicbrainz_album_id, album.musicbrainz_releasegroup_id)  # fmt: skip
        self._execute(SQL["add_album"], (number, album.key, *values))
        self._album_credits += album_credits(number, album, part, artists)
        return number

    def _credit(self) -> None:
        """Say of the albums that are new who made them."""
        self._many("add_album_credit", self._album_credits)
        self._album_credits.clear()

    def _cover(self, cover: CoverRef) -> int:
        number = self._memory.covers.get(cover.key)
        if number is None:
            number = self._memory.covers[cover.key] = self._next_cover
            self._next_cover += 1
            self._covers.append((number, cover.key, cover.mime, cover.length))
        return number

    # ---------------------------------------------------------------- tracks

    def _write(
        self, found: Extracted, part: Catalogued, artists: list[int], albums: list[int]
    ) -> None:
        self._look_up(found.tracks)
        others = set(found.others)
        names = (artist.names for artist in part.artists)
        rows = Rows([(number, *each) for number, each in zip(artists, names, strict=True)])
        path, file_id, parts, first = b"", 0, _NO_PARTS, self._next_track
        for track, belongs in zip(found.tracks, part.tracks, strict=True):
            if track.path != path:
                path = track.path
                ignored = path in others and path not in self._known
                file_id, parts = (0, _NO_PARTS) if ignored else self._file(track)
            if file_id:
                album = None if belongs.album is None else albums[belongs.album]
                number = self._number(track, album, parts)
                head = self._head(number, file_id, track, belongs, album)
                rows.add(head, track, belongs.artists, is_new=number >= first)
        for number, _ in chain.from_iterable(parts.values() for parts in self._left):
            for name in _FORGET:
                self._execute(SQL[name], (number,))
        self._many("add_cover", self._covers)
        store.add_rows(self._connection, "add_file", self._files)
        rows.write(self._connection)
        self._memory.spellings.add(rows.spellings())

    def _number(self, track: Track, album: int | None, parts: _Parts) -> int:
        """Return the number of a track; one that its file had before is taken from ``parts``."""
        held = parts.pop(track.part, None) if parts else None
        if held is None:
            number = self._next_track
            self._next_track += 1
            self._memory.words.add(number, track)
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

    def _head(
        self, number: int, file_id: int, track: Track, belongs: Belongs, album: int | None
    ) -> list[object]:
        """Return the row of a track up to what it says."""
        cover = track.cover
        picture: tuple[object, ...] = (NULL, NULL, NULL)
        if cover is not None:
            picture = self._cover(cover), cover.source, NULL if cover.file is None else cover.file
        return [number, file_id, belongs.pid, album, *picture, self._now_s, self._now_s]

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


def album_credits(
    number: int, album: Album, part: Catalogued, artists: list[int]
) -> list[tuple[object, ...]]:
    """Return the rows of ``add_album_credit``; ``artists`` are numbers by place in ``part``."""
    return [
        (number, at, artists[place], *part.artists[place].names)
        for at, place in enumerate(album.artists)
    ]


def _error_row(broken: Broken, now_s: float) -> tuple[object, ...]:
    *signature, kind, reason = msgspec.structs.astuple(broken)
    return (*signature, "extract", kind, reason, now_s, now_s)
