"""Discovery: which files of a root are new, changed, known or gone.

Nothing is booked as it is met. What was met is gathered in :class:`Pending` and handed over all at
once (jobs, counts, errors, then the checkpoint), so whatever moment a crash or a pause picks, the
cursor and what was booked tell the same story: no file is spawned or counted twice, none forgotten.
"""

import errno
import os
import stat as mode
from hashlib import blake2b

import msgspec

from soniq_tui.importers.base import Context
from soniq_tui.importers.music import store
from soniq_tui.importers.music.pending import Fault, Pending, unreadable
from soniq_tui.importers.music.walk import Met, Walk
from soniq_tui.importers.music.words import Broken, Chunk, FileRef, Folder, Root
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.text import path_text

CHUNK_FILES = 200
"""Smaller jobs drown in bookkeeping (chunks of 10 lose 39 %), larger ones pause late."""
CHUNK_NAME_BYTES = 40 * 1024
"""With the figures of 200 files this stays below what a job may carry."""
VANISHED_FILES = 500
"""Gone files of one job: one short transaction."""
SETTLE_FILES = 5_000
"""Unchanged files after which the count on screen moves on, changed ones or none."""
PROGRESS_FILES = 500
"""Within a folder: half a second on a mount that takes a millisecond a file."""
AGAIN_BYTES = 16 * 1024
"""Of paths of folders with faults: the rest of a payload is the cursor and the options."""
GUARD_KNOWN = 20
GUARD_SHARE = 0.25
"""More than this share of at least GUARD_KNOWN known files gone: rather a disk than a person."""

LASTING = frozenset(
    {
        ErrorKind.CORRUPT,
        ErrorKind.UNSUPPORTED,
        ErrorKind.TOO_BIG,
        ErrorKind.INVALID,
        ErrorKind.CRASHED,
        ErrorKind.MEMORY,
    }
)
"""Faults that lie in the file: an unchanged file has them still, so it is not opened again. The
others (permissions, timeouts) can mend without a change of the file."""


async def run(root: Root, ctx: Context) -> None:
    """Walk a root; spawn what is to be read, count what is not, mark what is gone."""
    _Discovery(root, ctx).run()


class _Discovery:
    """One walk of one root."""

    def __init__(self, root: Root, ctx: Context) -> None:
        self._root = root
        self._ctx = ctx
        self._options = root.options
        self._known = store.known(ctx.data_dir, root.path)
        self._broken = store.broken(ctx.data_dir, root.path)
        self._known_total = sum(not row[4] for row in self._known.values()) + sum(
            path not in self._known for path in self._broken
        )
        self._spawned = root.found
        self._met = 0
        self._same = 0
        """Known files met where they were: the disk is the one we know."""
        self._pending = Pending()
        self._last: tuple[bytes, bytes] | None = None
        """Folder and name of the last file settled in this run."""
        self._late: list[Fault] = []
        """Faults that lie behind ``_last``: booked with the next file or at the end."""
        self._retrying = bool(ctx.retries and root.again)
        self._again: dict[bytes, None] = {} if self._retrying else dict.fromkeys(root.again)
        """Folders with faults, in order: what a retry goes over."""

    def run(self) -> None:
        complete = self._go_over_again() if self._retrying else self._walk()
        self._hand_over()
        options = self._options
        if complete and options.limit is None and not options.include and not options.exclude:
            self._vanished()
        if self._to_go_over() != self._root.again:
            self._checkpoint()
        # Last, so that they go with the end of the job: they lie behind the cursor, and after a
        # crash they are met again.
        self._book(self._late)

    def _go_over_again(self) -> bool:
        """Walk the folders with faults once more; what is unchanged there was counted before."""
        complete = True
        for folder in self._root.again:
            for met in Walk(folder, self._options):
                self._ctx.progress(self._met, 0)
                complete = self._faults(met) and complete
                self._folder(met)
        return complete

    def _faults(self, met: Met) -> bool:
        """Gather the faults of a folder; return whether the root itself could be read."""
        for path, exc in met.faults:
            self._late.append(unreadable(path, exc))
            self._again[met.path] = None
        return all(path != self._root.path for path, _ in met.faults)

    def _walk(self) -> bool:
        """Walk to the end or to the limit; return whether all of the root was seen."""
        limit = self._options.limit
        if limit is not None and self._spawned >= limit:
            return False  # an earlier run died between its last checkpoint and its end
        complete = True
        for met in Walk(self._root.path, self._options, self._root.cursor):
            if not met.files:
                self._ctx.progress(self._met, 0)
            complete = self._faults(met) and complete
            if met.files and not self._folder(met):
                return False
            if self._pending.skipped >= SETTLE_FILES:
                self._hand_over()
        return complete

    def _folder(self, met: Met) -> bool:
        """Settle the files of one folder; return False when the limit is reached."""
        changes, total = self._changes(met)
        self._met += total
        if self._pending.files and self._pending.files + len(changes) > CHUNK_FILES:
            self._hand_over()
        settled = 0
        for at, change in changes:
            if self._full(met.path, change):
                self._hand_over()
            self._pending.skipped += at - settled
            settled = at + 1
            if isinstance(change, Fault):
                self._settle(met.path, change.path.rpartition(b"/")[2])
                self._pending.faults.append(change)
                self._again[met.path] = None
                continue
            if isinstance(change, Broken):
                self._settle(met.path, change.path.rpartition(b"/")[2])
                self._pending.add_broken(change)
            else:
                self._settle(met.path, change.name)
                self._pending.add(met.path, change)
            self._spawned += 1
            if self._spawned == self._options.limit:
                return False
        if settled < total:
            self._pending.skipped += total - settled
            self._settle(met.path, met.files[-1][0])
        return True

    def _settle(self, folder: bytes, name: bytes) -> None:
        self._last = folder, name
        self._pending.faults += self._late
        self._late.clear()

    def _full(self, folder: bytes, change: FileRef | Broken | Fault) -> bool:
        pending = self._pending
        more = len(folder) + len(change.name) if isinstance(change, FileRef) else 0
        full = pending.files >= CHUNK_FILES or pending.name_bytes + more > CHUNK_NAME_BYTES
        return bool(pending.files) and full

    def _changes(self, met: Met) -> tuple[list[tuple[int, FileRef | Broken | Fault]], int]:
        """Compare a folder with what is known.

        Returns what is not plainly unchanged, each with its number among the files that are there,
        and how many are there.
        """
        prefix = met.path + b"/"
        known, force, follow = (
            self._known,
            self._options.force,
            self._options.follow_symlinks,
        )
        changes: list[tuple[int, FileRef | Broken | Fault]] = []
        at = 0
        for name, entry in met.files:
            if at % PROGRESS_FILES == 0:
                self._ctx.progress(self._met + at, 0)
            path = prefix + name
            try:
                stat = entry.stat(follow_symlinks=follow)
            except FileNotFoundError:
                continue  # went away while we walked; what is known of it is looked at in the end
            except OSError as exc:
                known.pop(path, None)
                changes.append((at, unreadable(path, exc)))
                at += 1
                continue
            row = known.pop(path, None)
            if (
                row is not None
                and row == (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, False)
                and not force
            ):
                self._same += 1
            elif mode.S_ISREG(stat.st_mode):
                change = self._compare(path, name, row, stat)
                if change is not None:
                    changes.append((at, change))
            else:
                continue  # became a FIFO or a device under our eyes
            at += 1
        return changes, at

    def _compare(
        self, path: bytes, name: bytes, row: store.KnownRow | None, stat: os.stat_result
    ) -> FileRef | Broken | None:
        """Say what is to be done about one file that does not equal its row as it stands."""
        file = FileRef(
            name,
            stat.st_size,
            _signed(stat.st_mtime_ns),
            _signed(stat.st_ctime_ns),
            _signed(stat.st_ino),
            _signed(stat.st_dev),
        )
        signature = (file.size, file.mtime_ns, file.ctime_ns, file.inode)
        self._same += row is not None and row[3] == file.inode
        broken = self._broken.pop(path, None)
        if self._options.force:
            return file
        if row == (*signature, False):
            return None
        if broken is not None and broken[:4] == signature and broken[4] in LASTING:
            return Broken(path, *signature, file.device, broken[4].value, broken[5])
        return file

    def _hand_over(self) -> None:
        """Spawn and book what is pending, then checkpoint."""
        pending = self._pending
        if self._last is None or not (pending.files or pending.skipped or pending.faults):
            return
        if pending.files:
            self._spawn(
                Chunk(
                    root=self._root.path,
                    folders=tuple(Folder(path, tuple(files)) for path, files in pending.folders),
                    broken=tuple(pending.broken),
                ),
                label=path_text(
                    pending.folders[0][0]
                    if pending.folders
                    else pending.broken[0].path.rpartition(b"/")[0]
                ),
                items=pending.files,
            )
        if pending.skipped and not self._retrying:
            self._ctx.found(pending.skipped)
            self._ctx.count(skipped=pending.skipped)
        self._book(pending.faults)
        self._pending = Pending()
        self._checkpoint()
        self._ctx.progress(self._met, 0)

    def _spawn(self, chunk: Chunk, *, label: str, items: int) -> None:
        key = blake2b(msgspec.msgpack.encode(chunk), digest_size=12).hexdigest()
        self._ctx.spawn(chunk, key=key, label=label, stage="extract", items=items)

    def _checkpoint(self) -> None:
        cursor = self._root.cursor
        if self._last is not None and not self._retrying:
            folder, name = self._last
            below = folder[len(self._root.path) + 1 :]
            cursor = (*(below.split(b"/") if below else ()), name)
        self._ctx.checkpoint(
            msgspec.structs.replace(
                self._root, cursor=cursor, found=self._spawned, again=self._to_go_over()
            )
        )

    def _to_go_over(self) -> tuple[bytes, ...]:
        """Return the folders with faults; the root for all when they are too many to carry."""
        if sum(map(len, self._again)) > AGAIN_BYTES:
            self._again = {self._root.path: None}
        return tuple(self._again)

    def _book(self, faults: list[Fault]) -> None:
        for fault in faults:
            self._ctx.found(1)
            self._ctx.fail(path_text(fault.path), fault.kind, fault.reason)

    def _vanished(self) -> None:
        """Mark the known files that are gone, unless it looks as if the disk were.

        After a crash this may hand over a file a second time: marking it twice is marking it once.
        """
        gone = self._gone()
        if not gone:
            return
        if not self._options.force and self._looks_unmounted(len(gone)):
            self._again = {self._root.path: None}
            self._late.append(
                Fault(
                    self._root.path,
                    ErrorKind.VANISHED,
                    f"{len(gone):,} of {self._known_total:,} known files are not there: is the "
                    "disk mounted? Nothing was marked missing. If they are really gone, scan "
                    "again with --force",
                )
            )
            return
        label = f"vanished files of {path_text(self._root.path)}"
        portion: list[bytes] = []
        size = 0
        for path in gone:
            if portion and (len(portion) == VANISHED_FILES or size + len(path) > CHUNK_NAME_BYTES):
                self._spawn(
                    Chunk(root=self._root.path, vanished=tuple(portion)), label=label, items=0
                )
                self._checkpoint()
                portion, size = [], 0
            portion.append(path)
            size += len(path)
        self._spawn(Chunk(root=self._root.path, vanished=tuple(portion)), label=label, items=0)

    def _gone(self) -> list[bytes]:
        """Return the known files that are not there, sorted.

        Those that were not met may be there all the same: ignored by now, below a folder that
        cannot be read, or before the cursor. What cannot be looked at is not called gone.
        """
        unmet = {path for path, row in self._known.items() if not row[4]} | set(self._broken)
        gone = []
        for number, path in enumerate(sorted(unmet)):
            if number % CHUNK_FILES == 0:
                self._ctx.progress(self._met, 0)
            try:
                found = os.stat(path)  # noqa: PTH116  paths are bytes
            except OSError as exc:
                if exc.errno in {errno.ENOENT, errno.ENOTDIR}:
                    gone.append(path)
            else:
                if mode.S_ISDIR(found.st_mode):
                    gone.append(path)
                elif path in self._known:
                    self._same += self._known[path][3] == _signed(found.st_ino)
        return gone

    def _looks_unmounted(self, gone: int) -> bool:
        total = self._known_total
        if total >= GUARD_KNOWN and gone > total * GUARD_SHARE:
            return True
        # Device numbers of network mounts change at each mount, so another one alone says nothing.
        if self._same:
            return False
        devices = store.devices(self._ctx.data_dir, self._root.path)
        device = os.stat(self._root.path).st_dev  # noqa: PTH116  paths are bytes
        return bool(devices) and _signed(device) not in devices


def _signed(value: int) -> int:
    """Wrap into 64 bits with sign, what SQLite and msgpack hold.

    Some file systems give inodes above 2**63 and times beyond the year 2262.
    """
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)
