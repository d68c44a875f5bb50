"""Files that have other names now, are gone, or are there again: their tracks are not read."""

import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from soniq_tui.importers.music import discs, store
from soniq_tui.importers.music.anew import Grouping, regrouped
from soniq_tui.importers.music.belonging import Belonging
from soniq_tui.importers.music.group import catalogue
from soniq_tui.importers.music.memory import Memory
from soniq_tui.importers.music.rows import track_of
from soniq_tui.importers.music.store import SQL, Connection
from soniq_tui.importers.music.words import Catalogued, Moved

_json = msgspec.json.Encoder().encode


class _Before(NamedTuple):
    """A file before it got another name."""

    path: bytes
    missing: bool


def group_anew(connection: Connection, tracks: Iterable[Grouping]) -> None:
    """Let tracks belong to what they say, in a transaction of the caller."""
    memory = Memory()
    Moving(connection, memory, time.time()).anew(list(tracks))
    memory.leaving.settle(connection)


class Moving(Belonging):
    """One transaction, as far as files are only found elsewhere.

    All of a job at once: a library that has moved is no less files than one that is new.
    """

    def __init__(self, connection: Connection, memory: Memory, now_s: float) -> None:
        super().__init__(connection, memory, now_s)
        (self._searched,) = self._execute(SQL["searched"]).fetchone()

    def _move(self, moved: Sequence[Moved]) -> None:
        """Give files their new names; two may have changed places, so names are freed first.

        A row that has become another file since discovery looked keeps its name.
        """
        before = self._before(moved)
        moved = [file for file in moved if file.id in before]
        if not moved:
            return
        self._memory.words.forget()  # some are found by the names of their files
        self._free({file.path: file.id for file in moved})
        for name in ("make_moved", "make_moved_forgotten"):
            self._execute(SQL[name])
        was: list[object] = []
        for file in moved:
            if (old := before[file.id].path) != file.path:
                was += file.id, bytearray(old), self._now_s  # see ``store.NULL``
        store.add_rows(self._connection, "note_moved", was)
        self._many(
            "move_file",
            [(f.path, f.size, f.mtime_ns, f.ctime_ns, f.inode, f.device, f.id) for f in moved],
        )
        ids = _json(sorted(before)).decode()
        # What says no title is found by the name of its file.
        self._execute(SQL["note_unsearched_of"], (ids, self._searched))
        found, back, other = [], [], []
        discs_of = {f.id for f in moved if discs.tell_other_discs(f.path, before[f.id].path)}
        for *said, number, album, file_id in self._execute(SQL["tracks_of_files"], (ids,)):
            found.append(Grouping(number, album, track_of(said)))
            if before[file_id].missing:
                back.append((number,))
            if file_id in discs_of:
                other.append((number,))
        self._many("unsettle_artists_of", back)
        self._regroup(found)
        if other:
            self.anew(list(regrouped(self._connection, other)))

    def _before(self, moved: Sequence[Moved]) -> dict[int, "_Before"]:
        """Return by number what files were; not those that are others now."""
        own = {file.id: (file.inode, file.size, file.mtime_ns) for file in moved}
        rows = self._execute(SQL["still_are"], (_json(sorted(own)).decode(),))
        return {
            number: _Before(path.partition(b"\0")[0], bool(missing))
            for number, path, missing, *row in rows
            if own[number] == tuple(row)
        }

    def _free(self, comes: dict[bytes, int]) -> None:
        """Free names for files of these numbers: who had them is gone, and what was wrong there."""
        between = min(comes), max(comes)
        are_known, are_broken = self._execute(SQL["any_between"], between).fetchone()
        if are_broken:
            self._many("forget_error", [(path,) for path in comes])
        if are_known:
            for number, path in list(store.of_keys(self._connection, "files_of", comes)):
                if number != comes[path]:
                    self._execute(SQL["displace"], (self._now_s, path, comes[path]))
                    self._revise(number)

    def _regroup(self, tracks: Sequence[Grouping]) -> tuple[Catalogued, list[int]]:
        """Put tracks into the albums that they belong to where they lie now.

        Returns their artists and albums, and the numbers of the artists by place.
        """
        part = catalogue(each.track for each in tracks)
        self._memory.look_up(self._connection, part)
        artists, albums = self._numbers(part)
        self._made.difference_update(albums)  # others that moved have a say in them, too
        changed: set[int | None] = set()
        others = []
        for (number, old, _), belongs in zip(tracks, part.tracks, strict=True):
            album = None if belongs.album is None else albums[belongs.album]
            if album != old:
                others.append((album, number))
                self._memory.leaving.note(old, album)
            changed |= {old, album}
        self._many("move_track", others)
        for each in changed:
            self._unsettle(each)
        return part, artists

    def anew(self, tracks: Sequence[Grouping]) -> None:
        """Put tracks that are there to the artists and into the albums that they name."""
        for name in ("unsettle_artists_of", "forget_credits"):
            self._many(name, [(each.id,) for each in tracks])
        part, artists = self._regroup(tracks)
        credits_, places = [], []
        for (number, _, track), belongs in zip(tracks, part.tracks, strict=True):
            for at, place in enumerate(belongs.artists):
                credits_.append((number, at, artists[place], *part.artists[place].names))
            places.append((belongs.pid, discs.numbered(track).disc, number))
        self._many("add_credit", credits_)
        self._many("set_place", places)

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
