"""Known files that are not there: gone, or only out of reach."""

import errno
import os
import stat as mode

from soniq_tui.importers.base import Context
from soniq_tui.importers.music import store
from soniq_tui.importers.music.known import PROGRESS_FILES, Known
from soniq_tui.importers.music.pending import Fault
from soniq_tui.importers.music.stamps import signed
from soniq_tui.importers.music.walk import Walk
from soniq_tui.importers.music.words import Root
from soniq_tui.model.job import ErrorKind

GUARD_KNOWN = 20
GUARD_SHARE = 0.25
"""More than this share of at least GUARD_KNOWN known files gone: rather a disk than a person."""


def gone(known: Known, root: Root, ctx: Context) -> list[bytes]:
    """Return the known files that are not there, sorted.

    Those that were not met may be there all the same: ignored by now, below a folder that cannot be
    read, or before the cursor. What cannot be looked at is not called gone.
    """
    unmet = {path for path, row in known.rows.items() if not row[4]} | set(known.broken)
    found = []
    for number, path in enumerate(sorted(unmet)):
        if not number % PROGRESS_FILES:
            ctx.progress(known.met, 0)
        try:
            stat = os.stat(path)  # noqa: PTH116  paths are bytes
        except OSError as exc:
            if exc.errno in {errno.ENOENT, errno.ENOTDIR}:
                found.append(path)
        else:
            if mode.S_ISDIR(stat.st_mode):
                found.append(path)
            elif path in known.rows:
                known.same += known.rows[path][3] == signed(stat.st_ino)
    if found and root.cursor:
        met = _moved_before(known, root, ctx, found)
        found = [path for path in found if path not in met]
    return found


def _moved_before(known: Known, root: Root, ctx: Context, gone_paths: list[bytes]) -> set[bytes]:
    """Return which of the files that seem gone have other names before the cursor.

    An earlier run has met them there and handed them over; what it knew of that is lost.
    """
    wanted: dict[tuple[int, int, int], set[bytes]] = {}
    for path in gone_paths:
        if path in known.rows:
            size, mtime_ns, _, inode, _ = known.rows[path]
            wanted.setdefault((size, mtime_ns, inode), set()).add(path)
    found: set[bytes] = set()
    for folder in Walk(root.path, root.options):
        ctx.progress(known.met, 0)
        for _, entry in folder.files:
            try:
                stat = entry.stat(follow_symlinks=root.options.follow_symlinks)
            except OSError:
                continue  # it was booked where it was met, or went away since
            key = stat.st_size, signed(stat.st_mtime_ns), signed(stat.st_ino)
            found |= wanted.get(key, set())
    return found


def doubt(count: int, known: Known, root: Root, ctx: Context) -> Fault | None:
    """Return why files that are not there are rather thought to be out of reach; None: they are."""
    if root.options.force:
        return None
    total = known.total
    share = total >= GUARD_KNOWN and count > total * GUARD_SHARE
    if not share and not _another_device(known, root, ctx):
        return None
    return Fault(
        root.path,
        ErrorKind.VANISHED,
        f"{count:,} of {total:,} known files are not there: is the disk mounted? Nothing was "
        "marked missing. If they are really gone, scan again with --force",
    )


def _another_device(known: Known, root: Root, ctx: Context) -> bool:
    # Device numbers of network mounts change at each mount, so another one alone says nothing.
    if known.same:
        return False
    devices = store.devices(ctx.data_dir, root.path)
    device = os.stat(root.path).st_dev  # noqa: PTH116  paths are bytes
    return bool(devices) and signed(device) not in devices
