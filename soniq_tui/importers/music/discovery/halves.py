"""The second half of a large walk, done by a process of its own.

A rescan reads nothing, so one core would look at a hundred thousand files while the others wait.
The other process looks at the folders behind a cut, compares them with what is known, and says what
is not as it was; the first one takes that in when it has come to the cut, as if it had met it.
"""

import mmap
import os
import pickle
import select
import signal
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Self

from soniq_tui.importers.base import Context
from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import disks, sums
from soniq_tui.importers.music.discovery.known import Changes, Known, Rest
from soniq_tui.importers.music.discovery.pending import Fault, unreadable
from soniq_tui.importers.music.discovery.sums import Outline, Part, names_below
from soniq_tui.importers.music.discovery.walk import Walk
from soniq_tui.importers.music.store import SQL
from soniq_tui.importers.music.words import Root

KNOWN_LEAST = 20_000
"""Of fewer files the walk is done before another process is at work."""
SAME_MOST = 5_000
"""Unchanged files that are told of at once."""
FOLDERS_MOST = 64
"""Folders with changes that are told of at once."""
UNTAKEN_MOST = 4 * 2**20
"""Bytes that are told and not taken yet, above which the other process waits: until it has come to
the cut the first one takes nothing, and a pipe holds no more than 64 KiB."""
WRITE_BYTES = 64 * 1024
"""Of them at once."""
BEAT_S = 0.4
"""So often it is asked whether to stop."""
SAME_S = 1.0
"""After this time fewer unchanged files are told of, too."""
TELL_FIRST_S, TELL_S = 0.8, 0.2
"""After that time the other process says how far it is, and then so often. Whoever wants to know
does not ask sooner than after a second."""

_LENGTH = struct.Struct("=I")
_MET, _SAME, _AHEAD = range(3)
"""What the other process says of how far it is, in memory that both see: files it has met, those of
them that are unchanged, known files that it has still before it (-1: it does not know yet)."""


class Met(NamedTuple):
    """A folder as the other process met it."""

    path: bytes
    last: bytes
    """Name of its last file."""
    faults: tuple[Fault, ...]
    changes: Changes


class Same(NamedTuple):
    """Folders in which nothing has changed, by the last of them."""

    path: bytes
    last: bytes
    files: int


class Lost(Exception):  # noqa: N818  nobody is to blame; the work is done another way
    """The other process ended before its work did."""


def cut(root: Root, ctx: Context, summed: Outline | None = None) -> tuple[bytes, ...] | None:
    """Return where to cut a walk in two: names below the root; None where it does not pay.

    The cut lies at a name in the folder in which what is known first goes apart. Names before it
    belong to the first half, it and all others to the second, and so do the rows of what is known:
    no name before the cut may begin a path that comes after it, as "AC" and "AC DC" would
    (a blank comes before a slash).

    Where folders have sums, rows are looked for by folder, and any folder is a place to cut.
    """
    options = root.options
    if root.cursor or options.limit is not None or options.follow_symlinks or options.force:
        return None
    if len(os.sched_getaffinity(0)) < 2 or threading.active_count() > 1:  # noqa: PLR2004
        return None
    try:
        if disks.rotating(os.stat(root.path).st_dev):  # noqa: PTH116  paths are bytes
            return None  # one head cannot be in two places
    except OSError:
        return None  # the walk will say so
    if summed is None:
        return _middle(root.path, ctx.data_dir)
    pays = summed.files >= KNOWN_LEAST and summed.middle
    return names_below(summed.middle, root.path) if pays else None


def _middle(root: bytes, data_dir: Path) -> tuple[bytes, ...] | None:
    connection = store.reader(data_dir)
    if connection is None:
        return None
    try:
        if connection.execute(SQL["user_version"]).fetchone() != (store.VERSION,):
            return None
        low, high = root + b"/", root + b"0"
        (count,) = connection.execute(SQL["count_below"], (low, high)).fetchone()
        if count < KNOWN_LEAST:
            return None
        (first,) = connection.execute(SQL["path_below"], (low, high, 0)).fetchone()
        (middle,) = connection.execute(SQL["path_below"], (low, high, count // 2)).fetchone()
        (last,) = connection.execute(SQL["last_below"], (low, high)).fetchone()
        folder = os.path.commonpath([first, last])
        name = middle[len(folder) + 1 :].partition(b"/")[0]
        for end in range(1, len(name)):
            start = folder + b"/" + name[:end]
            if (
                name[end : end + 1] < b"/"
                and connection.execute(
                    SQL["path_below"], (start + b"/", start + b"0", 0)
                ).fetchone()
            ):
                name = name[:end]
                break
        start = b"%b/%b" % (folder, name)
        loose = (start, folder + b"0", len(folder) + 2)
        if connection.execute(SQL["loose_below"], loose).fetchone():
            return None  # files of the folder itself, which belong to the first half
        at = (*folder[len(root) + 1 :].split(b"/"), name) if folder != root else (name,)
        for path, *_ in connection.execute(SQL["broken"], (low, high)):
            names = tuple(path[len(root) + 1 :].split(b"/")[:-1])
            if (names >= at) != (path >= start):
                return None  # by its name it belongs to one half, by its place to the other
        return at
    finally:
        connection.close()


class Half:
    """The other process, as the first one sees it."""

    def __init__(self, root: Root, ctx: Context, at: tuple[bytes, ...], *, summed: bool) -> None:
        """Let another process do what lies at and behind a cut; ``summed``: by sums of folders.

        It loads what it needs itself, on its own core.
        """
        self.at = at
        self._ctx = ctx
        self._words = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("q")
        self._words[_AHEAD] = -1
        self._met = self._same = 0
        """What was taken of it."""
        self._read, write = os.pipe()
        try:
            self._pid = os.fork()
        except OSError:  # no more processes are allowed: as if it had ended at once
            self._pid = 0
            os.close(write)
            return
        if not self._pid:
            status = 1
            try:
                os.close(self._read)
                _Other(root, ctx, at, write, self._words, summed=summed).run()
                status = 0
            finally:  # whatever it was: nobody else's frames are to be unwound here
                os._exit(status)
        os.close(write)

    def tidings(self) -> Iterator[Met | Same | Rest]:
        """Yield what the other process meets, in its order; last of all what it did not meet.

        Raises:
            Lost: it has ended before.
            Stopped: the job is to stop.
        """
        while True:
            (length,) = _LENGTH.unpack(self._take(_LENGTH.size))
            for each in pickle.loads(self._take(length)):  # noqa: S301  from our own process
                if isinstance(each, Same):
                    self._met += each.files
                    self._same += each.files
                elif isinstance(each, Met):
                    self._met += each.changes.total
                    self._same += each.changes.total - len(each.changes.files)
                yield each
                if isinstance(each, Rest):
                    return

    def _take(self, length: int) -> bytes:
        taken = bytearray()
        while len(taken) < length:
            while not select.select([self._read], [], [], BEAT_S)[0]:
                self._ctx.progress(0, 0)
            data = os.read(self._read, length - len(taken))
            if not data:
                raise Lost
            taken += data
        return bytes(taken)

    def ahead(self) -> tuple[int, int, int]:
        """Return how far the other process is.

        Files it has met that were not taken, those of them that are unchanged, and the known ones
        that it has still before it (below 0: nobody knows yet).
        """
        met, same, ahead = self._words[:3]
        return max(0, met - self._met), max(0, same - self._same), ahead

    def lost(self) -> None:
        """Whatever the other process had still before it is done by the first one."""
        self._words[_MET] = self._words[_SAME] = self._words[_AHEAD] = 0

    def close(self) -> None:
        """End the other process, if it is still there."""
        if self._read >= 0:
            os.close(self._read)
            self._read = -1
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Quiet:
    """What the other process has of the world."""

    def __init__(self, ctx: Context) -> None:
        self.data_dir = ctx.data_dir

    def progress(self, done: int, total: int) -> None:
        """Go on: who stops it does not ask."""


class _Other:
    """The other process, as it sees itself."""

    def __init__(
        self,
        root: Root,
        ctx: Context,
        at: tuple[bytes, ...],
        write: int,
        words: "memoryview[int]",
        *,
        summed: bool,
    ) -> None:
        self._root, self._at, self._write, self._summed = root, at, write, summed
        self._words = words
        self._unchanged = 0
        self._tells_s = time.monotonic() + TELL_FIRST_S
        self._sends_s = 0.0
        self._ctx = _Quiet(ctx)
        self._tidings: list[Met | Same | Rest] = []
        self._same: Same | None = None
        self._untaken = bytearray()
        os.set_blocking(write, False)

    def run(self) -> None:
        root = self._root
        part = Part(self._at, behind=True)
        loaded = sums.load(root, self._ctx, part) if self._summed else None
        known = Known(root, self._ctx, part=part, known=loaded)
        self._sends_s = time.monotonic() + SAME_S
        for met in Walk(root.path, root.options, (*self._at, b"")):
            faults = tuple(unreadable(path, exc) for path, exc in met.faults) if met.faults else ()
            changes = known.changes(met)
            self._unchanged += changes.total - len(changes.files)
            if (now_s := time.monotonic()) >= self._tells_s:
                self._tells_s = now_s + TELL_S
                self._tell(known, met.path)
            last = met.files[-1].name if met.files else b""
            if faults or changes.files:
                self._flush_same()
                self._tidings.append(Met(met.path, last, faults, changes))
                if len(self._tidings) >= FOLDERS_MOST:
                    self._send()
            elif changes.total:
                before = self._same.files if self._same else 0
                self._same = Same(met.path, last, before + changes.total)
                if self._same.files >= SAME_MOST or now_s >= self._sends_s:
                    self._flush_same()
                    self._send()
        self._words[_MET], self._words[_SAME] = known.met, self._unchanged
        self._words[_AHEAD] = 0
        self._flush_same()
        self._tidings.append(known.rest())
        self._send(whole=True)

    def _tell(self, known: Known, folder: bytes) -> None:
        """Say how far it is."""
        self._words[_MET], self._words[_SAME] = known.met, self._unchanged
        self._words[_AHEAD] = known.ahead(folder)

    def _flush_same(self) -> None:
        if self._same is not None:
            self._tidings.append(self._same)
            self._same = None

    def _send(self, *, whole: bool = False) -> None:
        """Tell what was gathered; wait while very much is not taken, or if ``whole`` any of it."""
        self._sends_s = time.monotonic() + SAME_S
        untaken_most = 0 if whole else UNTAKEN_MOST
        data = pickle.dumps(self._tidings, pickle.HIGHEST_PROTOCOL)
        self._tidings = []
        self._untaken += _LENGTH.pack(len(data)) + data
        while self._untaken:
            try:
                del self._untaken[: os.write(self._write, self._untaken[:WRITE_BYTES])]
            except BlockingIOError:
                if len(self._untaken) <= untaken_most:
                    return
                select.select([], [self._write], [])
