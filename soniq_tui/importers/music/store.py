"""The catalogue, ``library.db``: how it is opened, by its one writer and by everybody else.

A row of ``file`` says what the file was when it could last be read, its rows of ``track`` what it
held then:

- A file that can no longer be read gets a row in ``scan_error`` with its present signature, which
  is what keeps a rescan from opening it again. Its row in ``file``, if there is one, keeps the *old
  signature*: with the new one the file would pass for unchanged and its error would be heard of no
  more.
- ``beside`` is the signature of what lay around a file when it was read (``together.py``); a file
  around which things have changed since is read again, each for itself.
- A file that is gone keeps its row as ``missing`` (it may be on a disk that is not mounted) and
  loses its ``scan_error``; when it is there again discovery has it read and ``missing`` ends. It
  goes for good only when somebody wants that (``library/missing.py``).
- A file that was overwritten by another one keeps its row under its old name with a NUL and its
  number behind: whoever has its inode now gives it a new name.

Numbers of tracks, albums and artists stay for ever; those of what has gone are not given again.
"""

import atexit
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from soniq_tui import sql
from soniq_tui.errors import DataDirError, UsageError
from soniq_tui.importers.base import RetryLater
from soniq_tui.model.job import ErrorKind
from soniq_tui.sql import load

FILE = "library.db"
VERSION = 2
"""Of the tables; for each number there is a ``migration_N`` in ``store.sql``."""
APPLICATION_ID = 0x736F6E71

_NOTHING = "nothing was scanned yet; 'soniq-tui scan PATH' does that"

NULL = float("nan")
"""What SQLite stores as NULL. Of None sqlite3 asks its adapters, which takes five times as long."""
ROWS_AT_ONCE = 32
"""Rows of one statement, where there are many to add or to look for."""
_ALIKE_AT_ONCE = (8, 4, 2, 1)
"""The same of rows that share most of their columns: an album takes few statements of few kinds."""
_ROW = re.compile(r"\([?1,\s]+\)")
_KEYS = f"({', '.join('?' * ROWS_AT_ONCE)})"
SQL = load("soniq_tui.importers.music", "store.sql")


class Connection(sqlite3.Connection):
    """A connection that can be the key of what is remembered with it (the plain one cannot)."""


class BusyError(DataDirError):
    """Another program holds the catalogue so that nobody else can even look at it."""


KnownRow = tuple[int, int, int, int, int, int]
"""size, mtime_ns, ctime_ns, inode, missing (0 or 1), beside."""
BrokenRow = tuple[int, int, int, int, ErrorKind, str, float]
"""size, mtime_ns, ctime_ns, inode, kind, reason, when it was last tried (seconds since 1970)."""
InodeRow = tuple[int, bytes, int, int, int]
"""number of the file, path, size, mtime_ns, beside."""

_writers: dict[Path, tuple[int, int, Connection]] = {}
"""By file: the process that opened it (a connection must not cross a fork), the inode, the
connection."""

_CLOSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
_PASSING = {
    sqlite3.SQLITE_FULL: ErrorKind.DISK_FULL,
    sqlite3.SQLITE_BUSY: ErrorKind.INTERNAL,
    sqlite3.SQLITE_LOCKED: ErrorKind.INTERNAL,
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Make all that is written inside last at once, or none of it."""
    connection.execute(SQL["begin"])
    try:
        yield
        connection.execute(SQL["commit"])
    except BaseException:
        # Some errors, a full disk among them, roll back by themselves.
        if connection.in_transaction:
            connection.execute(SQL["rollback"])
        raise


def bound(values: Iterable[object]) -> list[object]:
    """Return values as they are quickest to bind."""
    return [NULL if value is None else value for value in values]


def add_rows(connection: Connection, name: str, values: list[object]) -> None:
    """Run an INSERT of one row for many rows, which stand in ``values`` one behind the other.

    For small rows: a statement of many takes a quarter less for each, for it begins and ends once.
    """
    many, width = _of_many(SQL[name])
    step = ROWS_AT_ONCE * width
    rest = len(values) - len(values) % step
    connection.executemany(many, [values[at : at + step] for at in range(0, rest, step)])
    rows = range(rest, len(values), width)
    connection.executemany(SQL[name], [values[at : at + width] for at in rows])


def of_keys(
    connection: Connection, name: str, keys: Iterable[str | bytes]
) -> Iterator[tuple[Any, ...]]:
    """Yield what a query for one key gives for each of many, in any order."""
    query = SQL[name].replace("(?)", _KEYS)
    wanted = list(dict.fromkeys(keys))
    for at in range(0, len(wanted), ROWS_AT_ONCE):
        some = wanted[at : at + ROWS_AT_ONCE]
        yield from connection.execute(query, [*some, *[NULL] * (ROWS_AT_ONCE - len(some))])


def add_alike(
    connection: Connection, name: str, shared: list[object], values: list[object]
) -> None:
    """Run an INSERT of one row for rows that have the same in their first columns.

    Those are bound once for several rows; for rows of many columns, most of them shared.

    Args:
        connection: in a transaction.
        name: of the statement.
        shared: what the first columns hold.
        values: the other columns of each row, one behind the other.
    """
    at = 0
    for rows in _ALIKE_AT_ONCE:
        query, width = _of_alike(SQL[name], rows, len(shared))
        while at + width <= len(values):
            connection.execute(query, shared + values[at : at + width])
            at += width


@cache
def _of_alike(query: str, rows: int, shared: int) -> tuple[str, int]:
    """Return an INSERT of one row as one of several, and how many values they do not share."""
    row = _ROW.findall(query)[0]
    own = row.count("?") - shared
    first = [f"?{at}" for at in range(1, shared + 1)]
    ends = range(shared + own, shared + own * rows + 1, own)
    many = ((*first, *(f"?{at}" for at in range(end - own + 1, end + 1))) for end in ends)
    return query.replace(row, ", ".join(f"({', '.join(each)})" for each in many)), own * rows


@cache
def _of_many(query: str) -> tuple[str, int]:
    """Return an INSERT of one row as one of many rows, and how many values a row has."""
    row = _ROW.findall(query)[0]
    return query.replace(row, ", ".join([row] * ROWS_AT_ONCE)), row.count("?")


def script(connection: Connection, name: str) -> None:
    """Run some statements that are one transaction; where one fails it is rolled back."""
    try:
        connection.executescript(SQL[name])
    except BaseException:
        if connection.in_transaction:
            connection.execute(SQL["rollback"])
        raise


@contextmanager
def patience(data_dir: Path) -> Iterator[None]:
    """Turn what may pass (a full disk, a lock) into a request to try again.

    Raises:
        RetryLater: the catalogue cannot be written now.
        DataDirError: it is damaged.
    """
    try:
        yield
    except BusyError as exc:
        raise RetryLater(str(exc)) from exc
    except sqlite3.DatabaseError as exc:
        kind = _PASSING.get(_code(exc))
        if kind is not None:
            raise RetryLater(f"{data_dir / FILE}: {exc}", kind) from exc
        if (damage := _damage(data_dir / FILE, exc)) is None:
            raise
        raise damage from exc


def _code(exc: sqlite3.Error) -> int:
    """Return what SQLite calls an error; 0 for one of the module around it."""
    return getattr(exc, "sqlite_errorcode", 0) & 0xFF


def _damage(file: Path, exc: sqlite3.Error) -> DataDirError | None:
    """Return what to do about a catalogue that holds nonsense; None for another error."""
    if _code(exc) not in _DAMAGED:
        return None
    return DataDirError(f"{file} is damaged: {exc}; move it away and scan again")


def writer(data_dir: Path) -> Connection:
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
        connection = sqlite3.connect(
            file, isolation_level=None, check_same_thread=False, factory=Connection
        )
    except (OSError, sqlite3.Error) as exc:
        raise DataDirError(f"{file} cannot be opened for writing: {exc}") from exc
    try:
        version = _version(connection, file)
        connection.executescript(SQL["open_writer"])
        if version < VERSION:
            due = (f"migration_{number}" for number in range(version + 1, VERSION + 1))
            connection.executescript("".join(SQL[name] for name in ("begin", *due, "commit")))
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


def reader(data_dir: Path) -> Connection | None:
    """Return a connection that cannot write, for the caller to close; None before the first scan.

    Raises:
        DataDirError: the catalogue is not ours, is newer than this program, or cannot be read;
            ``BusyError`` where that may pass.
    """
    file = data_dir / FILE
    if not file.exists():
        return None
    try:
        connection = sqlite3.connect(
            sql.read_only(file), uri=True, isolation_level=None, factory=Connection
        )
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


@contextmanager
def looking(data_dir: Path) -> Iterator[Connection | None]:
    """Give a connection that sees the catalogue as it is at one moment; None before a first scan.

    Raises:
        DataDirError: the catalogue cannot be read, or is of another version.
    """
    connection = reader(data_dir)
    if connection is None:
        yield None
        return
    file = data_dir / FILE
    try:
        _up_to_date(connection, file)
        connection.execute(SQL["begin_looking"])
        yield connection
    except sqlite3.Error as exc:
        raise (_damage(file, exc) or DataDirError(f"{file} cannot be read: {exc}")) from exc
    finally:
        connection.close()


@contextmanager
def changing(data_dir: Path) -> Iterator[Connection]:
    """Give a connection for one short transaction beside the writer's: what people make.

    Raises:
        UsageError: nothing was scanned yet.
        DataDirError: the catalogue cannot be written, or is of another version.
    """
    file = data_dir / FILE
    if not file.exists():
        raise UsageError(_NOTHING)
    try:
        connection = sqlite3.connect(file, isolation_level=None, factory=Connection)
    except sqlite3.Error as exc:
        raise DataDirError(f"{file} cannot be opened for writing: {exc}") from exc
    try:
        connection.executescript(SQL["open_changer"])
        _up_to_date(connection, file)
        with transaction(connection):
            yield connection
    except sqlite3.Error as exc:
        now = DataDirError(f"{file} cannot be written now: {exc}; nothing was changed")
        raise (_damage(file, exc) or now) from exc
    finally:
        connection.close()


def _up_to_date(connection: Connection, file: Path) -> None:
    made = _version(connection, file)
    if not made:
        raise UsageError(_NOTHING)
    if made < VERSION:
        raise DataDirError(
            f"{file} was made by an older soniq-tui; the next scan brings it up to date"
        )


def _version(connection: sqlite3.Connection, file: Path) -> int:
    try:
        (owner,) = connection.execute(SQL["application_id"]).fetchone()
        (version,) = connection.execute(SQL["user_version"]).fetchone()
    except sqlite3.DatabaseError as exc:
        if _PASSING.get(_code(exc)) is ErrorKind.INTERNAL:
            raise BusyError(f"{file} is held by another program: {exc}; try again later") from exc
        if _code(exc) in _CLOSED and (why := sql.denied(file)):
            raise DataDirError(why) from exc
        if damage := _damage(file, exc):
            raise damage from exc
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
    """Return the files below ``root``, missing ones included, with what discovery compares."""
    return {row[0]: row[1:] for row in _below(data_dir, root, "known")}


def broken(data_dir: Path, root: bytes) -> dict[bytes, BrokenRow]:
    """Return the files below ``root`` that could not be read, as they were then."""
    return {
        path: (*signature, ErrorKind(kind), reason, last_at_s)
        for path, *signature, kind, reason, last_at_s in _below(data_dir, root, "broken")
    }


def _below(data_dir: Path, root: bytes, query: str) -> Iterable[tuple[Any, ...]]:
    """Run a query over the paths below ``root``: from ``root/`` up to ``root0``, its successor."""
    connection = reader(data_dir)
    if connection is None:
        return
    try:
        yield from connection.execute(SQL[query], (root + b"/", root + b"0"))
    finally:
        connection.close()
