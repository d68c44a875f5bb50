"""What the numbers of a file say, and when they say too little."""

import errno
import os
import stat as mode
from time import time_ns as now_ns

TICK_NS = 20_000_000
"""The kernel stamps with the clock of its last tick: two changes within one look like one. At 100
ticks a second that is 10 ms; twice as much is on the safe side."""
COARSE_NS = 2_000_000_000
"""FAT keeps times to two seconds, HFS+ and some network mounts to one."""
AHEAD_NS = 60_000_000_000
"""The clock of a file server may be ahead of ours. What is further in the future was set by hand,
and must not be read again at every scan until then."""

_SECOND_NS = 1_000_000_000


def signed(value: int) -> int:
    """Wrap into 64 bits with sign, what SQLite and msgpack hold.

    Some file systems give inodes above 2**63 and times beyond the year 2262.
    """
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


_HALF = 1 << 63


def numbers(stat: os.stat_result) -> tuple[int, int, int, int, int]:
    """Return size, time of modification and of change, inode and device as they are kept."""
    mtime_ns, ctime_ns, inode, device = stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_dev
    if not (-_HALF <= mtime_ns < _HALF > ctime_ns >= -_HALF and inode < _HALF > device):
        mtime_ns, ctime_ns, inode, device = map(signed, (mtime_ns, ctime_ns, inode, device))
    return stat.st_size, mtime_ns, ctime_ns, inode, device


def new_ns() -> int:
    """Return a time; what was changed before, and is met after, is not ``racy``."""
    return now_ns() - COARSE_NS


def racy(stat: os.stat_result) -> bool:
    """Say whether a file is so new that a change yet to come could leave the same stamps."""
    margin = TICK_NS if stat.st_mtime_ns % _SECOND_NS else COARSE_NS
    age = now_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns)
    return -AHEAD_NS < age < margin


def is_gone(path: bytes) -> bool:
    """Say whether there is no file; one that cannot be looked at may be there."""
    try:
        stat = os.stat(path)  # noqa: PTH116  paths are bytes
    except OSError as exc:
        return exc.errno in {errno.ENOENT, errno.ENOTDIR}
    return not mode.S_ISREG(stat.st_mode)
