"""What the numbers of a file say, and when they say too little."""

import os
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


def racy(stat: os.stat_result) -> bool:
    """Say whether a file is so new that a change yet to come could leave the same stamps."""
    margin = TICK_NS if stat.st_mtime_ns % _SECOND_NS else COARSE_NS
    age = now_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns)
    return -AHEAD_NS < age < margin
