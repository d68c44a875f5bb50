"""What a busy machine adds to any time, which is no fault of a program."""

import asyncio
import subprocess
import time
from contextlib import suppress
from pathlib import Path


def kept_waiting_s(pid: int | None = None) -> float:
    """Return how long a process's first thread, or this thread, has waited though it could run.

    From /proc/PID/schedstat (sched-stats in the kernel's documentation, the second figure, in ns);
    0 where the kernel does not tell.
    """
    place = Path("/proc/thread-self" if pid is None else f"/proc/{pid}/task/{pid}")
    with suppress(OSError):
        return int((place / "schedstat").read_bytes().split()[1]) / 1e9
    return 0.0


async def longest_gap_s() -> float:
    """Return, once cancelled, the longest time between two turns of a loop that has a processor."""
    longest_s, last_s = 0.0, time.perf_counter() - kept_waiting_s()
    try:
        while True:
            await asyncio.sleep(0)
            now_s = time.perf_counter() - kept_waiting_s()
            longest_s, last_s = max(longest_s, now_s - last_s), now_s
    except asyncio.CancelledError:
        return longest_s


def beginning_s() -> float:
    """Return how long it takes now to begin any program, a processor for this thread given."""
    began_s = time.perf_counter() - kept_waiting_s()
    process = subprocess.Popen(["true"])
    took_s = time.perf_counter() - kept_waiting_s() - began_s
    process.wait()
    return took_s
