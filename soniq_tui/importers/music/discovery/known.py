"""What the catalogue knows of a root, compared with what lies there."""

import os
import stat as mode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
from msgspec.structs import replace

from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import disks, stamps, sums
from soniq_tui.importers.music.discovery.ahead import Ahead, by_folder, is_whole
from soniq_tui.importers.music.discovery.handed import Handed
from soniq_tui.importers.music.discovery.here import Here
from soniq_tui.importers.music.discovery.moves import Moves
from soniq_tui.importers.music.discovery.pending import LASTING, Change, Fault, Renamed, unreadable
from soniq_tui.importers.music.discovery.sums import Part, Sums
from soniq_tui.importers.music.discovery.walk import Met, globbed
from soniq_tui.importers.music.discs import album_folder
from soniq_tui.importers.music.sides.beside import Names, signature
from soniq_tui.importers.music.words import FileRef, Root
from soniq_tui.model.job import ErrorKind

PROGRESS_FILES = 500
"""Within a folder: half a second on a mount that takes a millisecond a file."""

_NO_NAMES = Names()


class Changes(msgspec.Struct, frozen=True):
    """What became of one folder."""

    files: list[tuple[int, Change]]
    """What is not plainly unchanged, each with its number among the files that are there."""
    total: int
    """How many are there."""
    beside: Names
    signature: int
    """Of what lies beside the music."""


class Rest(NamedTuple):
    """What is left when a half was walked."""

    rows: dict[bytes, store.KnownRow]
    broken: dict[bytes, store.BrokenRow]
    left: set[bytes]
    """Paths of files that were found under other names."""
    total: int


class Asking(Protocol):
    """What is needed of a ``Context``."""

    data_dir: Path

    def progress(self, done: int, total: int) -> None:
        """Say how far it is; may raise ``Stopped``."""


class Known:
    """The files of a root, or of some folders of it, as the catalogue has them.

    Attributes:
        rows: those not met yet.
        broken: those of them that could not be read.
        met: how many files were met, for the screen.
    """

    def __init__(
        self,
        root: Root,
        ctx: Asking,
        only: Mapping[bytes, bool] | None = None,
        handed: Handed | None = None,
        *,
        part: Part | None = None,
        known: Sums | None = None,
        retries: bool = False,
    ) -> None:
        """Load what is known.

        ``known``: the rows of a folder are loaded only where its sum says that they must be.
        ``retries``: of what this scan found broken, what it told unread is to be read again.
        """
        self._retries = retries
        self._ctx, self._root, self._options = ctx, root, root.options
        self._since_s = root.began_s
        self.rows: dict[bytes, store.KnownRow] = {}
        self.broken: dict[bytes, store.BrokenRow] = {}
        self.met = 0
        self._total = 0
        """Of the rows that were loaded."""
        self._only = only
        self._is_let_in = globbed(root.path, root.options)
        self._whole = only is None and not root.cursor
        self._left: set[bytes] = set()
        self._device, self._lasting = -1, True
        self._moves = Moves(ctx.data_dir, follow=root.options.follow_symlinks)
        self._sums, self._part = known, part
        self._with_broken: set[bytes] = set()
        self._ahead: Ahead | None = None
        if known is not None:
            self._load_broken(part)
        elif only is None:
            self.load(part)
        else:
            for folder, deep in only.items():
                self._load(folder, deep=deep)
        self._handed = handed
        if handed is not None:
            self._overlay(handed, only)

    def load(self, part: Part | None) -> None:
        """Take in what is known of a root, or of a part of it, where another was before."""
        self._ahead = None
        if self._sums is not None:
            self._part = None
            self._sums.take(sums.load(self._root, self._ctx, part), self._root.path, part)
            self._load_broken(part)
            return
        path = self._root.path
        if part is None:
            self._load(path)
            return
        at = b"/".join((path, *part.at))
        self._load(path, low=at if part.behind else None, high=None if part.behind else at)

    def _load_broken(self, part: Part | None) -> None:
        root = self._root.path
        for path, row in self._ask_broken((root + b"/", root + b"0")):
            folder = path.rpartition(b"/")[0]
            if sums.belongs(folder, root, part):
                self.broken[path] = row
                self._with_broken.add(folder)

    def _load_folder(self, folder: bytes) -> None:
        """Take in the rows of the files of one folder, but those that have another name by now."""
        for path, *row in self._moves.query(sums.SQL["in_folder"], sums.bounds(folder)):
            if path not in self._left:
                self.rows[path] = tuple(row)

    def _ask_broken(self, between: tuple[bytes, bytes]) -> Iterator[tuple[bytes, store.BrokenRow]]:
        for path, *stats, kind, reason, last_at_s in self._moves.ask("broken", between):
            yield path, (*stats, ErrorKind(kind), reason, last_at_s)

    def _load(
        self,
        folder: bytes,
        *,
        deep: bool = True,
        low: bytes | None = None,
        high: bytes | None = None,
    ) -> None:
        between = low or folder + b"/", high or folder + b"0"  # "0" follows "/"
        rows: dict[bytes, store.KnownRow] = {
            row[0]: row[1:] for row in self._moves.ask("known", between)
        }
        broken = dict(self._ask_broken(between))
        if not deep:
            rows = {path: row for path, row in rows.items() if _near(path, folder)}
            broken = {path: row for path, row in broken.items() if _near(path, folder)}
        if self._is_let_in is not None:
            rows = {path: row for path, row in rows.items() if self._is_let_in(path)}
            broken = {path: row for path, row in broken.items() if self._is_let_in(path)}
        self._total += sum(not row[4] for row in rows.values())
        self._total += sum(path not in rows for path in broken)
        self.rows |= rows
        self.broken |= broken

    def _overlay(self, handed: Handed, only: Mapping[bytes, bool] | None) -> None:
        """Count as known what was handed over and is not in the catalogue yet, by its new name."""
        for path in handed.leaving(self.rows):
            self._left.add(path)
            self._total -= not self.rows.pop(path)[4]
        for path, row in list(handed.items()):
            known = self.rows.get(path)
            if (known and known[:5] == row[:5]) or self.broken.get(path, ())[:4] == row[:4]:
                del handed[path]
            elif only is None or any(
                path.startswith(folder + b"/") and (deep or _near(path, folder))
                for folder, deep in only.items()
            ):
                # What the catalogue says of its surroundings stands until it has been read.
                self._total += path not in self.broken if known is None else known[4]
                self.rows[path] = row if known is None else (*row[:5], known[5])

    @property
    def total(self) -> int:
        """How many files of the whole root, readable or not, were known to be there.

        Those that globs do not let in are left out.
        """
        if self._sums is None and self._only is None:
            return self._total
        root = self._root.path
        if self._sums is not None:
            return sums.there(self._moves, root)
        below = root + b"/", root + b"0"
        handed = self._handed or Handed()
        others = {path for path, _ in self._ask_broken(below)} | handed.keys()
        is_let_in = self._is_let_in or bool
        there = 0
        for path, *row in self._moves.ask("known", below):
            if not (row[4] or handed.leaves(path, tuple(row))) and is_let_in(path):
                there += 1
                others.discard(path)
        return there + sum(map(is_let_in, others))

    @property
    def tells(self) -> bool:
        """Whether it tells how much there may be: all that there was is known, and it is some.

        Of a walk that goes on nothing was known behind its cursor if it is the first one.
        """
        cursor = self._root.cursor
        if cursor:
            return self.ahead(b"/".join((self._root.path, *cursor[:-1]))) > 0
        # Where two processes walk there is much, if not in the part of this one.
        some = self._sums is not None or self._part is not None or self._total > 0
        return some and is_whole(self._moves)

    def ahead(self, folder: bytes) -> int:
        """Return how many known files lie behind a folder in what is walked here."""
        if self._ahead is None:
            self._ahead = Ahead(self._by_folder())
        return self._ahead.behind(folder)

    def _by_folder(self) -> Counter[bytes]:
        """Return where the files are that were not met, and some of those that were."""
        files = by_folder(path for path in self.broken if path not in self.rows)
        if self._sums is None:
            files.update(by_folder(path for path, row in self.rows.items() if not row[4]))
        else:
            for folder, (count, *_) in self._sums.valid.items():
                if sums.belongs(folder, self._root.path, self._part):
                    files[folder] += count
        return files

    @property
    def nothing_met(self) -> bool:
        """Whether there is no file of music at all where many, or few, were."""
        return self._whole and not self.met

    def places(self) -> Iterable[tuple[bytes, int]]:
        """Yield the known files of the whole root with their devices."""
        path = self._root.path
        return self._moves.ask("places", (path + b"/", path + b"0"))

    def rest(self) -> Rest:
        """Return what is left, for the other half."""
        self.finish()
        return Rest(self.rows, self.broken, self._left, self._total)

    def finish(self) -> None:
        """Take in what is known of folders that were not met."""
        if self._sums is not None:
            for folder in sums.places(self._sums.unmet(), self._root.path, self._part):
                self._sums.is_known(folder)
                self._load_folder(folder)

    def absorb(self, rest: Rest) -> None:
        """Take in what is left of the other half."""
        self.rows |= rest.rows
        self.broken |= rest.broken
        self._left |= rest.left
        for path in self._left:
            self.rows.pop(path, None)
        self._total += rest.total

    def close(self) -> None:
        """Let go of the catalogue."""
        self._moves.close()

    def changes(self, met: Met) -> Changes:
        """Compare a folder with what is known of it."""
        now = signature(met.sides) if met.sides else 0
        if self._sums is not None:
            here, rest, broken = met.path + b"/", met.files, list[int]()
            if met.path in self._with_broken:
                broken = [at for at, f in enumerate(rest) if here + f.name in self.broken]
                rest = [f for f in rest if here + f.name not in self.broken]
            if self._sums.is_unchanged(met.path, rest, now):
                self.met += len(rest)
                same = Changes([], len(rest), _NO_NAMES, now)
                return self._beside_unchanged(met, now, broken) if broken else same
            if self._sums.is_known(met.path):
                self._load_folder(met.path)
        return self._file_by_file(met, now) if met.files else Changes([], 0, _NO_NAMES, now)

    def _beside_unchanged(self, met: Met, now: int, broken: list[int]) -> Changes:
        """Compare the broken files of a folder, by place; its others, with rows, are unchanged."""
        found = self._file_by_file(replace(met, files=[met.files[at] for at in broken]), now)
        if found.total < len(broken):  # one went away, and places are of those that are there
            return replace(found, total=len(met.files) - len(broken) + found.total)
        changes = [(broken[at], change) for at, change in found.files]
        return replace(found, files=changes, total=len(met.files))

    def _file_by_file(self, met: Met, now: int) -> Changes:
        prefix = met.path + b"/"
        same = now
        force, follow = self._options.force, self._options.follow_symlinks
        here: Here | None = None
        changes: list[tuple[int, Change]] = []
        take, at = self.rows.pop, 0
        for entry in met.files:
            if not at % PROGRESS_FILES:
                self._ctx.progress(self.met + at, 0)
            path = prefix + entry.name
            try:
                stat = entry.stat(follow_symlinks=follow)
            except FileNotFoundError:
                continue  # went away while we walked; what is known of it is looked at in the end
            except OSError as exc:
                take(path, None)
                changes.append((at, unreadable(path, exc)))
                at += 1
                continue
            row = take(path, None)
            if (
                row is not None
                and row == (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, 0, same)
                and not force
            ):
                at += 1
            elif mode.S_ISREG(stat.st_mode):
                if here is None:
                    here = Here(met, now)
                change = self._compare(here, path, entry.name, row, stat)
                if change is not None:
                    changes.append((at, change))
                    if self._handed is not None:
                        self._handed.remember(path, change, now)
                same = here.around
                at += 1
            # Else it became a FIFO or a device under our eyes.
        self.met += at
        beside = here.beside if here is not None and changes else _NO_NAMES
        return Changes(changes, at, beside, now)

    def _compare(
        self,
        here: Here,
        path: bytes,
        name: bytes,
        row: store.KnownRow | None,
        stat: os.stat_result,
    ) -> FileRef | Fault | Renamed | None:
        """Say what is to be done about one file that does not equal its row as it stands."""
        size, mtime_ns, ctime_ns, inode, device = stamps.numbers(stat)
        if device != self._device:
            self._device, self._lasting = device, disks.lasting_inodes(path)
        if not self._lasting:
            inode = 0
        stats = size, mtime_ns, ctime_ns, inode
        broken = self.broken.pop(path, None)
        if not self._options.force:
            if row is not None and row[:5] == (*stats, 0) and here.is_around(row[5]):
                return None
            if broken is not None and broken[:4] == stats and not self._opens_again(broken):
                stands = broken[4] in LASTING and broken[6] < self._since_s
                before = self._handed is None or stands
                return Fault(path, broken[4], broken[5]) if before and not self._retries else None
        if (mtime_ns > here.new_ns or ctime_ns > here.new_ns) and stamps.racy(stat):
            ctime_ns -= 1  # the next scan finds it changed
        told = 0 if self._handed is None else self._handed.told(path, broken, stats, self._since_s)
        file = FileRef(name, size, mtime_ns, ctime_ns, inode, device, told)
        if row is not None and row[3] == inode and not row[4]:
            return file
        return (self._moved(here, path, file) or file) if self._moves.knows else file

    def _opens_again(self, broken: store.BrokenRow) -> bool:
        """Say whether a file is opened again that is as it was when it could not be read.

        Not in a watch, whose first walk did; nor by a retry if a job told of it: that has its own.
        """
        earlier = broken[6] < self._since_s
        return earlier if self._retries else self._handed is None and broken[4] not in LASTING

    def _moved(self, here: Here, path: bytes, file: FileRef) -> Renamed | None:
        """Return a file as a known one under another name; None where it is a new one."""
        found = self._moves.find(path, file)
        if found is None:
            return None
        self._left.add(found.old)
        self.rows.pop(found.old, None)
        # A cue sheet and a lyrics file belong to one name.
        named = here.beside.texts and file.name != found.old.rpartition(b"/")[2]
        named = named or self._moves.disc_is_open(found)
        unlike = self._options.force or named or not here.is_around(found.beside)
        return Renamed(found.moved, file if unlike else None, found.old)


def _near(path: bytes, folder: bytes) -> bool:
    """Say whether a file lies in a folder itself or in one of a single disc in it."""
    own = path.rpartition(b"/")[0]
    return own == folder or (own.rpartition(b"/")[0] == folder and album_folder(own) == folder)
