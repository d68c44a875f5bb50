"""What the machine has and what the engine takes of it."""

import os
from collections.abc import Iterable

import psutil

MIB = 1024 * 1024


class Load:
    """Processor and memory figures; each call costs some 20 µs a process."""

    def __init__(self) -> None:
        self.name = os.uname().nodename
        self.pid = os.getpid()
        self.cpu_percent: float | None = None
        self.rss_mib = 0.0
        self.peak_rss_mib = 0.0
        psutil.cpu_percent(interval=None)  # the first figure is since this call

    def sample(self, pids: Iterable[int]) -> None:
        """Measure the machine, and this process with the given children."""
        self.cpu_percent = psutil.cpu_percent(interval=None)
        total = 0
        for pid in (self.pid, *pids):
            try:
                total += psutil.Process(pid).memory_info().rss
            except psutil.Error:
                continue  # it ended meanwhile
        self.rss_mib = total / MIB
        self.peak_rss_mib = max(self.peak_rss_mib, self.rss_mib)
