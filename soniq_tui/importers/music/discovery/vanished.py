"""Known files that are not there: gone, or only out of reach."""

import os

from soniq_tui.importers.base import Context
from soniq_tui.importers.music.discovery import disks
from soniq_tui.importers.music.discovery.known import PROGRESS_FILES, Known
from soniq_tui.importers.music.discovery.pending import Fault, unreadable
from soniq_tui.importers.music.discovery.stamps import is_gone, signed
from soniq_tui.importers.music.discovery.walk import Walk
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
    known.finish()
    unmet = {path for path, row in known.rows.items() if not row[4]} | set(known.broken)
    found = []
    for number, path in enumerate(sorted(unmet)):
        if not number % PROGRESS_FILES:
            ctx.progress(known.met, 0)
        if is_gone(path):
            found.append(path)
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
            size, mtime_ns, _, inode, *_ = known.rows[path]
            wanted.setdefault((size, mtime_ns, inode), set()).add(path)
    found: set[bytes] = set()
    for folder in Walk(root.path, root.options):
        ctx.progress(known.met, 0)
        for entry in folder.files:
            try:
                stat = entry.stat(follow_symlinks=root.options.follow_symlinks)
            except OSError:
                continue  # it was booked where it was met, or went away since
            key = stat.st_size, signed(stat.st_mtime_ns), signed(stat.st_ino)
            found |= wanted.get(key, set())
    return found


def is_no_more(root: Root) -> bool:
    """Say whether a root that was said to be gone still is not there."""
    return root.gone and not os.path.lexists(root.path)


def doubt(paths: list[bytes], known: Known, root: Root) -> tuple[set[bytes], Fault | None]:
    """Return which of the files that are not there are rather out of reach, and the reason."""
    if is_no_more(root):
        return set(), None
    try:
        device = signed(os.stat(root.path).st_dev)  # noqa: PTH116  paths are bytes
    except OSError as exc:  # it went away since it was walked, or while some folders of it were
        return set(paths), unreadable(root.path, exc)
    if root.options.force:
        return set(), None
    away = _out_of_reach(paths, known, device)
    left = len(paths) - len(away)
    total = known.total
    many = total >= GUARD_KNOWN and left > total * GUARD_SHARE
    if many or known.nothing_met:
        return set(paths), _fault(root, f"{len(paths):,} of {total:,} known files are not there")
    if away:
        where = "were on a disk that is not there"
        return away, _fault(root, f"{len(away):,} of {total:,} known files {where}", "of them ")
    return set(), None


def _fault(root: Root, what: str, whom: str = "") -> Fault:
    return Fault(
        root.path,
        ErrorKind.VANISHED,
        f"{what}: is the disk mounted? Nothing {whom}was marked missing. If they are really gone, "
        "scan again with --force",
    )


def _out_of_reach(paths: list[bytes], known: Known, device_of_root: int) -> set[bytes]:
    """Return the files on devices of which no file is there and that nobody has mounted.

    Device numbers of network mounts change at each mount. So what was on such a device is there as
    long as any file of it is.
    """
    missing = set(paths)
    by_device: dict[int, set[bytes]] = {}
    there = {device_of_root}
    for path, device in known.places():
        if path in missing:
            by_device.setdefault(device, set()).add(path)
        else:
            there.add(device)
    if not by_device.keys() <= there:
        there |= disks.mounted()
    return {path for device, own in by_device.items() if device not in there for path in own}
