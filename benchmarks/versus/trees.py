"""Programs with all that they start: run apart, watched from outside, ended for good."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

LOOK_S = 0.05
GRACE_S = 5.0
"""From being asked to end to being killed."""


class Peak(NamedTuple):
    """The most that was seen at one look."""

    pss_mib: float = 0.0
    """Sum of the proportional set sizes: what several share counts once."""
    processes: int = 0


class Watch:
    """Looks at the memory of a tree of processes every ``LOOK_S`` until it is closed.

    Args:
        pid: of its root. A process that was seen in the tree stays in it when its parent ends.
    """

    def __init__(self, pid: int) -> None:
        self.peak = Peak()
        self.looks = 0
        self._tree, self._others = {pid}, set(_pids()) - {pid}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._over.wait(LOOK_S):
            for pid in sorted(set(_pids()) - self._tree - self._others):
                # In order: a parent has the lower number, but for the moment when they wrap.
                (self._tree if _parent(pid) in self._tree else self._others).add(pid)
            sizes = [size for pid in self._tree if (size := _pss_kib(pid))]
            self.peak = max(self.peak, Peak(sum(sizes) / 1024, len(sizes)))
            self.looks += 1


@contextlib.contextmanager
def running(command: list[str], **options: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program that leads a process group; ask it to end, then kill what is left of it."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, start_new_session=True, **options
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(GRACE_S)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def family(pid: int) -> list[int]:
    """Return a process and all that it has started, in order."""
    found, parents = {pid}, {other: _parent(other) for other in _pids()}
    while more := {p for p, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def pss_mib(pids: list[int]) -> float:
    """Return what processes take of the memory; what several share counts once."""
    return sum(map(_pss_kib, pids)) / 1024


def cpu_s(pids: list[int]) -> float:
    """Return the processor time that all threads of processes have taken so far."""
    taken_ns = 0
    for pid in pids:
        for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                taken_ns += int(file.read_bytes().split()[0])
    return taken_ns / 1e9


def wakes(pids: list[int]) -> int:
    """Return how often threads of processes have slept and been woken so far."""
    found = 0
    for pid in pids:
        for file in Path(f"/proc/{pid}/task").glob("*/status"):
            with contextlib.suppress(OSError):
                found += int(file.read_text().partition("voluntary_ctxt_switches:")[2].split()[0])
    return found


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdecimal()]  # noqa: PTH208


def _parent(pid: int) -> int:
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_bytes()
        return int(stat[stat.rindex(b")") :].split()[2])
    return 0


def _pss_kib(pid: int) -> int:
    """Return the proportional set size of a process; 0 where there is none (any more)."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1])
    return 0
