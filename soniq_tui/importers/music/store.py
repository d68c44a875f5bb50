"""The catalogue, ``library.db``: the one writer, and the readers that discovery and exports need.

One job is one transaction of upserts by key, so a job that runs twice changes nothing the second
time and ids stay for ever. A row of ``track`` says what its file held when it could last be read:

- A file that can no longer be read gets a row in ``scan_error`` with its present signature, which
  is what keeps a rescan from opening it again. Its track row, if there is one, keeps the old fields
  *and the old signature*: with the new one the file would pass for unchanged and its error would
  be heard of no more.
- A file that is gone keeps its row as ``missing`` (it may be on a disk that is not mounted) and
  loses its ``scan_error``; when it is there again discovery has it read and ``missing`` ends.
"""

import atexit
import os
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui import sql
from soniq_tui.errors import DataDirError
from soniq_tui.importers.base import Context, RetryLater
from soniq_tui.importers.music.group import catalogue
from soniq_tui.importers.music.words import Broken, Catalogued, Extracted, Grouped, Track
from soniq_tui.model.job import ErrorKind
from soniq_tui.sql import load

FILE = "library.db"
VERSION = 1
"""Of the tables; for each number there is a ``migration_N`` in ``store.sql``."""
APPLICATION_ID = 0x736F6E71

SQL = load("soniq_tui.importers.music", "store.sql")

KnownRow = tuple[int, int, int, int, int]
"""size, mtime_ns, ctime_ns, inode, missing (0 or 1)."""
BrokenRow = tuple[int, int, int, int, ErrorKind, str]
"""size, mtime_ns, ctime_ns, inode, kind, reason."""

_decode = msgspec.msgpack.Decoder(Catalogued).decode
_json = msgspec.json.Encoder().encode
_loads = msgspec.json.Decoder(list[str]).decode

_writers: dict[Path, tuple[int, int, sqlite3.Connection]] = {}
"""By file: the process that opened it (a connection must not cross a fork), the inode, the
connection."""

_CLOSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
_PASSING = {
    sqlite3.SQLITE_FULL: ErrorKind.DISK_FULL,
    sqlite3.SQLITE_BUSY: ErrorKind.INTERNAL,
    sqlite3.SQLITE_LOCKED: ErrorKind.INTERNAL,
}


async def run(grouped: Grouped, ctx: Context) -> None:
    """Write one chunk into the catalogue; count its tracks once they are safe on disk."""
    part = _decode(ctx.read_spool(grouped.spool))
    try:
        write(writer(ctx.data_dir), part, time.time())
    except sqlite3.OperationalError as exc:
        kind = _PASSING.get(exc.sqlite_errorcode & 0xFF)
        if kind is None:
            raise
        raise RetryLater(f"{ctx.data_dir / FILE}: {exc}", kind) from exc
    if part.tracks:
        ctx.count(done=len(part.tracks))


def write(connection: sqlite3.Connection, part: Catalogued, now_s: float) -> None:
    """Upsert all of ``part`` in one transaction."""
    connection.execute(SQL["begin"])
    try:
        paths = [track.path for track, _, _ in part.tracks] + list(part.vanished)
        touched = _albums_of(connection, paths)
        _write_albums(connection, part)
        _write_tracks(connection, part, now_s)
        _many(connection, "upsert_error", (_error_row(b, now_s) for b in part.broken))
        _many(connection, "is_there", ((b.path,) for b in part.broken))
        _many(connection, "mark_missing", ((now_s, path) for path in part.vanished))
        _many(connection, "forget_error", ((path,) for path in part.vanished))
        for album in touched | _albums_of(connection, paths):
            _settle_album(connection, album)
        connection.execute(SQL["commit"])
    except BaseException:
        if (
            connection.in_transaction
        ):  # some errors, a full disk among them, roll back by themselves
            connection.execute(SQL["rollback"])
        raise


def _albums_of(connection: sqlite3.Connection, paths: Iterable[bytes]) -> set[int]:
    """Return the ids of the albums that tracks are in."""
    rows = (connection.execute(SQL["album_of_path"], (path,)).fetchone() for path in paths)
    return {row[0] for row in rows if row is not None}


def _settle_album(connection: sqlite3.Connection, album_id: int) -> None:
    """Let an album be what all its tracks say, in the order of their paths.

    Whatever chunks its tracks came in, and whenever, the same tracks make the same album. One whose
    tracks are all missing stays as it was.
    """
    rows = connection.execute(SQL["tracks_of_album"], (album_id,))
    tracks = tuple(_track_of(row) for row in rows)
    for album in catalogue(Extracted(tracks=tracks)).albums:
        values = (album.title, album.date, album.year, album.compilation)
        connection.execute(
            SQL["settle_album"], (*values, album.musicbrainz_releasegroup_id, album.key)
        )
        connection.execute(SQL["forget_album_artists"], (album.key,))
        _many(
            connection,
            "add_album_artist",
            ((at, album.key, key) for at, key in enumerate(album.artists)),
        )


def _track_of(row: tuple[Any, ...]) -> Track:
    """Return what grouping looks at: the tags of a row of ``tracks_of_album``, and no file."""
    (
        path,
        artists,
        album,
        album_artists,
        date,
        year,
        compilation,
        album_mbid,
        artist_mbids,
        albumartist_mbids,
        releasegroup_mbid,
        artist_sort,
        album_artist_sort,
    ) = row
    return Track(
        path=path,
        size=0,
        mtime_ns=0,
        ctime_ns=0,
        inode=0,
        device=0,
        artists=tuple(_loads(artists)),
        album=album,
        album_artists=tuple(_loads(album_artists)),
        date=date,
        year=year,
        compilation=None if compilation is None else bool(compilation),
        musicbrainz_album_id=album_mbid,
        musicbrainz_artist_ids=tuple(_loads(artist_mbids)),
        musicbrainz_albumartist_ids=tuple(_loads(albumartist_mbids)),
        musicbrainz_releasegroup_id=releasegroup_mbid,
        artist_sort=artist_sort,
        album_artist_sort=album_artist_sort,
    )


def _many(connection: sqlite3.Connection, name: str, rows: Iterable[tuple[object, ...]]) -> None:
    connection.executemany(SQL[name], rows)


def _write_albums(connection: sqlite3.Connection, part: Catalogued) -> None:
    _many(
        connection,
        "upsert_artist",
        ((a.key, a.name, a.sort_name, a.musicbrainz_id) for a in part.artists),
    )
    _many(
        connection,
        "upsert_album",
        (
            (
                a.key,
                a.title,
                a.date,
                a.year,
                a.compilation,
                a.musicbrainz_album_id,
                a.musicbrainz_releasegroup_id,
            )
            for a in part.albums
        ),
    )
    _many(connection, "forget_album_artists", ((a.key,) for a in part.albums if a.artists))
    _many(
        connection,
        "add_album_artist",
        ((at, album.key, key) for album in part.albums for at, key in enumerate(album.artists)),
    )


def _write_tracks(connection: sqlite3.Connection, part: Catalogued, now_s: float) -> None:
    _many(
        connection,
        "upsert_track",
        ((*_track_row(track), now_s, now_s, album) for track, album, _ in part.tracks),
    )
    paths = [(track.path,) for track, _, _ in part.tracks]
    _many(connection, "forget_track_artists", paths)
    _many(
        connection,
        "add_track_artist",
        ((at, track.path, key) for track, _, keys in part.tracks for at, key in enumerate(keys)),
    )
    _many(connection, "forget_error", paths)


def _track_row(track: Track) -> tuple[object, ...]:
    """Return the values of ``upsert_track`` in its order: the fields of Track, the cover spread."""
    *fields, cover = msgspec.structs.astuple(track)
    values = [_list(v) if type(v) is tuple else v for v in fields]
    if cover is None:
        return (*values, None, None, None, None, None)
    return (*values, cover.source, cover.mime, cover.length, cover.key, cover.file)


def _list(values: tuple[str, ...]) -> str:
    return _json(values).decode() if values else "[]"


def _error_row(broken: Broken, now_s: float) -> tuple[object, ...]:
    *signature, kind, reason = msgspec.structs.astuple(broken)
    return (*signature, "extract", kind, reason, now_s, now_s)


def writer(data_dir: Path) -> sqlite3.Connection:
    """Return this process's connection for writing; the catalogue is made or migrated first.

    Raises:
        DataDirError: the catalogue is not ours, is newer than this program, or cannot be opened.
    """
    file = data_dir / FILE
    held = _writers.get(file)
    if held is not None:
        pid, inode, connection = held
        if pid == os.getpid() and inode == _inode(file):
            return connection
        del _writers[file]
        if pid == os.getpid():
            connection.close()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as exc:
        raise DataDirError(f"{file} cannot be opened for writing: {exc}") from exc
    try:
        version = _version(connection, file)
        connection.executescript(SQL["open_writer"])
        for number in range(version + 1, VERSION + 1):
            connection.executescript(SQL[f"migration_{number}"])
    except BaseException:
        connection.close()
        raise
    _writers[file] = os.getpid(), _inode(file), connection
    return connection


def close() -> None:
    """Close this process's connections for writing."""
    while _writers:
        _, (pid, _, connection) = _writers.popitem()
        if pid == os.getpid():
            connection.close()


atexit.register(close)


def reader(data_dir: Path) -> sqlite3.Connection | None:
    """Return a connection that cannot write, for the caller to close; None before the first scan.

    Raises:
        DataDirError: the catalogue is not ours, is newer than this program, or cannot be read.
    """
    file = data_dir / FILE
    if not file.exists():
        return None
    try:
        connection = sqlite3.connect(sql.read_only(file), uri=True, isolation_level=None)
    except sqlite3.Error as exc:
        raise DataDirError(f"{file} cannot be read: {exc}") from exc
    try:
        connection.executescript(SQL["open_reader"])
        made = _version(connection, file)
    except BaseException:
        connection.close()
        raise
    if not made:  # the writer is only just making it
        connection.close()
        return None
    return connection


def _version(connection: sqlite3.Connection, file: Path) -> int:
    try:
        (owner,) = connection.execute(SQL["application_id"]).fetchone()
        (version,) = connection.execute(SQL["user_version"]).fetchone()
    except sqlite3.DatabaseError as exc:
        if exc.sqlite_errorcode & 0xFF in _CLOSED and (why := sql.denied(file)):
            raise DataDirError(why) from exc
        raise DataDirError(f"{file} cannot be read: {exc}; move it away and scan again") from exc
    if owner not in {0, APPLICATION_ID}:
        raise DataDirError(f"{file} belongs to another program; choose another data directory")
    if version > VERSION:
        raise DataDirError(
            f"{file} was written by a newer soniq-tui (catalogue version {version}, this one "
            f"knows {VERSION}); update soniq-tui or choose another data directory"
        )
    return int(version)


def _inode(file: Path) -> int:
    try:
        return file.stat().st_ino
    except FileNotFoundError:
        return 0


def known(data_dir: Path, root: bytes) -> dict[bytes, KnownRow]:
    """Return the tracks below ``root``, missing ones included, with what discovery compares."""
    return {
        path: (size, mtime_ns, ctime_ns, inode, missing)
        for path, size, mtime_ns, ctime_ns, inode, missing in _below(data_dir, root, "known")
    }


def broken(data_dir: Path, root: bytes) -> dict[bytes, BrokenRow]:
    """Return the files below ``root`` that could not be read, as they were then."""
    return {
        path: (size, mtime_ns, ctime_ns, inode, ErrorKind(kind), reason)
        for path, size, mtime_ns, ctime_ns, inode, kind, reason in _below(data_dir, root, "broken")
    }


def devices(data_dir: Path, root: bytes) -> set[int]:
    """Return the devices on which the tracks below ``root`` were."""
    return {device for (device,) in _below(data_dir, root, "devices")}


def _below(data_dir: Path, root: bytes, query: str) -> Iterable[tuple[Any, ...]]:
    """Run a query over the paths below ``root``: from ``root/`` up to ``root0``, its successor."""
    connection = reader(data_dir)
    if connection is None:
        return
    try:
        yield from connection.execute(SQL[query], (root + b"/", root + b"0"))
    finally:
        connection.close()
