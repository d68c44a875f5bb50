"""Files that are gone, forgotten for good because somebody wants that: what goes with them.

Each slice is one short transaction beside the writer's, between which it has its turn; after each
the catalogue is whole, whatever ends the rest.
"""

import os
import stat as mode
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from soniq_tui.errors import DataDirError, UsageError
from soniq_tui.importers.base import wanted
from soniq_tui.importers.music import store
from soniq_tui.importers.music.covers import thumbs
from soniq_tui.importers.music.discovery import disks
from soniq_tui.importers.music.discovery.stamps import signed
from soniq_tui.importers.music.library import find, playlists
from soniq_tui.importers.music.library.find import Where, ids_json
from soniq_tui.importers.music.library.listing import Look
from soniq_tui.importers.music.library.lists import number_of
from soniq_tui.importers.music.library.search import Search, parse
from soniq_tui.importers.music.store import Connection
from soniq_tui.model.ages import seconds_of
from soniq_tui.model.results import ResultQuery
from soniq_tui.sql import load

SQL = load("soniq_tui.importers.music.library", "missing.sql")
SLICE = 250
"""Files of one transaction."""
REST_MOST_S = 0.5
TRUE_SINCE_S = 1_735_689_600.0
"""2025: a clock that said less was not set, and what it said tells no age."""
Words = dict[str, str]
T = TypeVar("T")


class Gone(NamedTuple):
    """A file that is gone."""

    id: int
    path: bytes


class Weight(NamedTuple):
    """What goes, and what of it may only be out of reach."""

    files: tuple[Gone, ...] = ()
    tracks: int = 0
    albums: int = 0
    """Of which no track is left."""
    entries: int = 0
    playlists: int = 0
    """In which these entries are."""
    unmounted: int = 0
    """Files on disks that are not mounted now: among ``files`` where they were asked for, else
    left out."""


class Forgotten(NamedTuple):
    """What has gone, and what has not."""

    files: int = 0
    tracks: int = 0
    albums: int = 0
    artists: int = 0
    entries: int = 0
    back: int = 0
    """Files that are there again; they stay."""
    unsure: int = 0
    """Files at which nobody could look; they stay."""

    def plus(self, more: "Forgotten") -> "Forgotten":
        """Return the sum of both."""
        return Forgotten(*(a + b for a, b in zip(self, more, strict=True)))


# -------------------------------------------------------------------- deeds


def weigh_deed(data_dir: Path, words: Words) -> str:
    """Say what would go; see :func:`weigh`.

    Raises:
        UsageError: nothing is gone there.
    """
    weight = weigh(data_dir, words)
    if not weight.files:
        raise UsageError("nothing to forget: no such file is gone")
    goes = (
        _counted(len(weight.files), "file"), _counted(weight.tracks, "track"),
        _counted(weight.albums, "whole album"), _entries(weight.entries),
    )  # fmt: skip
    text = ", ".join(filter(None, goes))
    if not weight.unmounted:
        return text
    return f"{text}; on disks that are not mounted now: {_counted(weight.unmounted, 'file')}"


def forget_deed(data_dir: Path, words: Words) -> str:
    """Forget what is gone, and say what went; see :func:`forget`."""
    return told(forget(data_dir, weigh(data_dir, words).files))


def told(done: Forgotten) -> str:
    """Return what was forgotten, and what stays, in a line."""
    went = (
        _counted(done.tracks, "track"), _counted(done.albums, "whole album"),
        _entries(done.entries),
    )  # fmt: skip
    steps = [f"forgotten: {', '.join(filter(None, went))}"] if done.files else ["nothing forgotten"]
    if done.back:
        steps.append(f"there again, so they stay: {_counted(done.back, 'file')}")
    if done.unsure:
        steps.append(f"cannot be looked at, so they stay: {_counted(done.unsure, 'file')}")
    return "; ".join(steps)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}" if count else ""


def _entries(count: int) -> str:
    if not count:
        return ""
    return "1 entry of playlists" if count == 1 else f"{count:,} entries of playlists"


# -------------------------------------------------------------------- what is meant


def weigh(data_dir: Path, words: Words) -> Weight:
    """Return what goes with the files that words mean, as the catalogue has it now.

    All that are gone; or those of them with tracks that ``query`` finds, with ``view`` and ``key``
    in what that list shows; or of ``tracks``, which are keys with spaces between; below ``folder``;
    ``older`` than an age like ``90d``; found to be gone ``until`` a moment (seconds since 1970), so
    that nobody agrees to more than they were told. Files on disks that are not mounted count only
    where words say ``unmounted``.

    Raises:
        UsageError: that makes no sense, or nothing was scanned yet.
        DataDirError: the catalogue cannot be read.
    """
    with store.looking(data_dir) as connection:
        if connection is None:
            raise UsageError("nothing was scanned yet; 'soniq-tui scan PATH' does that")
        rows = _chosen(connection, words, time.time())
        away = _unmounted(connection) if rows else set()
        out_of_reach = sum(row[2] in away for row in rows)
        if not words.get("unmounted"):
            rows = [row for row in rows if row[2] not in away]
        files = tuple(Gone(number, path) for number, path, _ in rows)
        values = {"files": ids_json(file.id for file in files)}
        tracks, albums, entries, lists = connection.execute(SQL["weigh"], values).fetchone()
    return Weight(files, tracks, albums, entries, lists, out_of_reach)


def _chosen(connection: Connection, words: Words, now_s: float) -> list[tuple[int, bytes, int]]:
    limits = _tracks(connection, words, now_s)
    tracks = SQL["with_tracks"].format(where=limits.sql) if limits else "1"
    low, high = _below(words.get("folder", ""))
    values = {
        "low": low,
        "high": high,
        "before": _before(words.get("older", ""), now_s),
        "known": TRUE_SINCE_S,
        "until": _until(words.get("until", "")),
        **(limits.values if limits else {}),
    }
    return connection.execute(SQL["chosen"].format(tracks=tracks), values).fetchall()


def _tracks(connection: Connection, words: Words, now_s: float) -> Where | None:
    """Return what tracks must be; None where files are meant, whatever is on them."""
    search = parse(words.get("query", ""), now_s)
    view, key = words.get("view", ""), words.get("key", "")
    if words.get("tracks", "").strip():
        ids = [number_of(each) for each in words["tracks"].split()]
        return find.where("ids", ids=ids_json(ids))
    if view and (view, key) != ("health", "missing") and (view, key) != ("tracks", ""):
        look = Look(connection, ResultQuery(importer="music"), Search())
        inner = {"view": view, "key": key}
        return find.where("ids", ids=ids_json(playlists.listed(look, inner, search)))
    return find.fitting(connection, search)[0] if search else None


def _below(folder: str) -> tuple[bytes | None, bytes | None]:
    """Return between which paths the files of a folder are; "0" follows "/"."""
    if not folder:
        return None, None
    path = os.fsencode(os.path.realpath(os.path.expanduser(folder))).rstrip(b"/")
    return path + b"/", path + b"0"


def _before(age: str, now_s: float) -> float | None:
    if not age:
        return None
    age_s = seconds_of(age.strip())
    if age_s is None:
        text = f"{age[:60]!r} is no age: give 90d, or another number with h, d, w, m or y"
        raise UsageError(text)
    return now_s - age_s


def _until(moment: str) -> float | None:
    try:
        return float(moment) if moment else None
    except ValueError as exc:
        raise UsageError(f"{moment[:60]!r} is no moment: give seconds since 1970") from exc


def _unmounted(connection: Connection) -> set[int]:
    """Return the devices of files that are gone which are not mounted.

    A network mount has another number each time: where a file of it would lie on one now, nobody
    knows, and it counts as mounted. Btrfs gives files numbers that no mount has: what it holds is
    there as long as any file of it is.
    """
    mounted = disks.mounted()
    if not mounted:
        return set()  # the kernel does not say
    rows = connection.execute(SQL["one_of_each_device"]).fetchall()
    return {device for device, path in rows if not _is_mounted(connection, device, path, mounted)}


def _is_mounted(connection: Connection, device: int, path: bytes, mounted: set[int]) -> bool:
    if device in mounted:
        return True
    folder = _there(path)
    if not disks.notifies(folder) or signed(os.stat(folder).st_dev) == device:  # noqa: PTH116
        return True
    return any(_is_there(path) for (path,) in connection.execute(SQL["some_on_device"], (device,)))


def _there(path: bytes) -> bytes:
    """Return the nearest folder above a path that is there."""
    folder = path.partition(b"\0")[0]
    while len(folder) > 1:
        folder = os.path.dirname(folder)  # noqa: PTH120  paths are bytes
        if os.path.isdir(folder):  # noqa: PTH112
            break
    return folder


# -------------------------------------------------------------------- doing it


def forget(data_dir: Path, files: Sequence[Gone]) -> Forgotten:
    """Forget files that are gone, and what nothing has any more; those that are back stay.

    It ends between two slices when nobody wants it any more.

    Raises:
        DataDirError: the catalogue cannot be written now; what it says of before is done.
    """
    done = Forgotten()
    reader = store.reader(data_dir)
    if reader is None:
        return done
    try:  # held open, or each slice would move the log into the catalogue
        for part in _parts(files):
            done = done.plus(_slice(data_dir, part))
        if done.files:
            _sweep(data_dir, reader)
    except DataDirError as exc:
        if not done.files:
            raise
        raise DataDirError(f"{told(done)}; no more, for {exc}") from exc
    finally:
        reader.close()
    return done


def _parts(numbers: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield slices, as long as somebody wants them, with as much rest between as each has taken.

    The writer may be waiting for its turn, and looks for it now and then only.
    """
    for at in range(0, len(numbers), SLICE):
        if not wanted():
            return
        began_s = time.monotonic()
        yield numbers[at : at + SLICE]
        if at + SLICE < len(numbers):
            time.sleep(min(time.monotonic() - began_s, REST_MOST_S))


def _slice(data_dir: Path, files: Sequence[Gone]) -> Forgotten:
    back, unsure, gone = 0, 0, []
    for file in files:  # a mount may hang: not while the catalogue is held
        there = _is_there(file.path)
        if there is None:
            unsure += 1
        elif there:
            back += 1
        else:
            gone.append(file)
    if not gone:
        return Forgotten(back=back, unsure=unsure)
    with store.changing(data_dir) as connection:
        change = _Change(connection, data_dir)
        known = set(change.rows("gone_still", files=[file.id for file in gone]))
        # What a scan has met meanwhile is there, or is another file by now.
        ids = [file.id for file in gone if file in known]
        done = change.forget(ids) if ids else Forgotten()
    return done.plus(Forgotten(back=back + len(gone) - len(ids), unsure=unsure))


def _sweep(data_dir: Path, reader: Connection) -> None:
    """Forget what was left before: albums whose tracks went elsewhere, names that nobody uses.

    They are looked for by somebody who holds nobody up, and once more by who takes them away.
    """
    for kind in ("albums", "artists", "covers"):
        left = [number for (number,) in reader.execute(SQL[f"left_{kind}"])]
        for part in _parts(left):
            with store.changing(data_dir) as connection:
                _Change(connection, data_dir).clear(**{kind: part})


def _is_there(path: bytes) -> bool | None:
    """Say whether a file, or a link, is there; None where nobody can tell."""
    try:
        stat = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # a name with a NUL is no name
        return False
    except OSError:
        return None
    return mode.S_ISREG(stat.st_mode) or mode.S_ISLNK(stat.st_mode)


class _Change:
    """One transaction."""

    def __init__(self, connection: Connection, data_dir: Path) -> None:
        self._connection, self._data_dir = connection, data_dir

    def rows(self, query: str, **ids: Iterable[int]) -> list[tuple[Any, ...]]:
        """Run a query with lists of numbers; return its rows."""
        values = {name: ids_json(numbers) for name, numbers in ids.items()}
        return self._connection.execute(SQL[query], values).fetchall()

    def count(self, query: str, **ids: Iterable[int]) -> int:
        """Run a query with lists of numbers; return how many rows it has taken away."""
        values = {name: ids_json(numbers) for name, numbers in ids.items()}
        return self._connection.execute(SQL[query], values).rowcount

    def forget(self, files: list[int]) -> Forgotten:
        """Forget files with their tracks, and whatever has nothing else."""
        rows = self.rows("tracks", files=files)
        tracks = [row[0] for row in rows]
        artists = {row[0] for row in self.rows("artists_of_tracks", tracks=tracks)}
        self.rows("keep_numbers")
        entries = self.count("leave_playlists", tracks=tracks)
        for query in ("forget_credits", "forget_words", "forget_unsearched", "forget_tracks"):
            self.rows(query, tracks=tracks)
        self.rows("forget_files", files=files)
        albums, nobody = self.clear(
            {row[1] for row in rows} - {None}, artists, {row[2] for row in rows} - {None}
        )
        return Forgotten(len(files), len(tracks), albums, nobody, entries)

    def clear(
        self,
        albums: Iterable[int] = (),
        artists: Iterable[int] = (),
        covers: Iterable[int] = (),
    ) -> tuple[int, int]:
        """Forget those that nothing has; return how many albums and artists these were."""
        self.rows("keep_numbers")
        empty = [row[0] for row in self.rows("empty_albums", albums=albums)]
        artists = {*artists, *(row[0] for row in self.rows("artists_of_albums", albums=empty))}
        for query in ("forget_album_credits", "forget_albums"):
            self.rows(query, albums=empty)
        nobody = self.count("forget_artists", artists=artists)
        unused = self.rows("unused_covers", covers=covers)
        for _, key in unused:  # a thumbnail that goes too soon is made again; one left is nobody's
            thumbs.drop(self._data_dir, key)
        self.rows("forget_covers", covers=[row[0] for row in unused])
        return len(empty), nobody
