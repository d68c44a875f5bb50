"""Processes as the kernel tells of them in ``/proc``: who descends from whom, and their end.

A process is named by its number and its start time: numbers are used again. A *subreaper* is given
what its descendants leave behind when they end, whatever session they made for themselves; so
whoever is one can end everything that it ever started.
"""

import ctypes
import os
import select
import signal
import time
from collections.abc import Collection, Container, Iterable, Iterator
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from soniq_tui.runners.starting import MARK

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
"""From linux/prctl.h."""
END_S = 0.5
"""So long a killed process is waited for. One that takes longer hangs in the kernel (state D) and
runs no instruction of its own any more."""
ROUNDS = 20
_REST_S = 0.0005
_STAT_BYTES = 4096


class Process(NamedTuple):
    """One process, told from a later one with the same number."""

    pid: int
    start_ticks: int
    """When it started, in clock ticks since boot."""


class Stat(NamedTuple):
    """What ``/proc/PID/stat`` says (proc_pid_stat(5), fields 3 to 5 and 22)."""

    state: bytes
    parent: int
    group: int
    start_ticks: int


def stat_of(pid: int) -> Stat | None:
    """Return what the kernel says of a process, None when there is none."""
    try:
        # Unbuffered: it is read by the hundred.
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = os.read(fd, _STAT_BYTES)
        finally:
            os.close(fd)
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(b")")[2].split()  # the name in parentheses may hold anything
    return Stat(fields[0], int(fields[1]), int(fields[2]), int(fields[19]))


def this_process() -> Process:
    """Return the process that asks."""
    stat = stat_of(os.getpid())
    return Process(os.getpid(), stat.start_ticks if stat else 0)


def boot_digest() -> int:
    """Return a number of 64 bits that stands for this boot of the machine; never 0."""
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_bytes().strip()
    return int.from_bytes(blake2b(boot_id, digest_size=8).digest(), "big") or 1


# -------------------------------------------------------------------- what binds processes


@cache
def _libc() -> ctypes.CDLL:
    """Return the C library; forks of who asked once have it."""
    return ctypes.CDLL(None, use_errno=True)


def die_with(parent_pid: int, number: signal.Signals) -> None:
    """Ask for a signal when the parent ends; end now if it has ended already."""
    _libc().prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(0)


def adopt_orphans() -> None:
    """Become a subreaper."""
    _libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


# -------------------------------------------------------------------- looking


def everyone() -> dict[int, Stat]:
    """Return all processes; some 15 µs for each."""
    found = ((int(name), stat_of(int(name))) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208  names alone, by the hundred
    return {pid: stat for pid, stat in found if stat is not None}


def children() -> list[int]:
    """Return the children of this process, those included that wait to be reaped."""
    own = os.getpid()
    try:
        return _children_of(own)
    except FileNotFoundError:
        return [pid for pid, stat in everyone().items() if stat.parent == own]


def _children_of(pid: int) -> list[int]:
    """Return the children of a process; the kernel may leave some out while others of them end.

    Raises:
        FileNotFoundError: the kernel does not tell (CONFIG_PROC_CHILDREN), or the process or one of
            its threads has ended.
    """
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(word) for thread in threads for word in (thread / "children").read_bytes().split()]


def _near_descendants(root: int) -> list[Process]:
    """Return what :func:`descendants` does, in a fraction of the time; some may be missing."""
    found: list[Process] = []
    level = [root]
    try:
        while level:
            level = [child for pid in level for child in _children_of(pid)]
            stats = ((pid, stat_of(pid)) for pid in level)
            found += [Process(pid, stat.start_ticks) for pid, stat in stats if stat is not None]
    except (FileNotFoundError, ProcessLookupError):
        return descendants([root])
    return found


def descendants(roots: Iterable[int]) -> list[Process]:
    """Return all that descends from some processes, nearest first, themselves left out."""
    by_parent: dict[int, list[Process]] = {}
    for pid, stat in everyone().items():
        by_parent.setdefault(stat.parent, []).append(Process(pid, stat.start_ticks))
    found: list[Process] = []
    level = list(roots)
    while level:
        following = [process for pid in level for process in by_parent.pop(pid, ())]
        found += following
        level = [process.pid for process in following]
    return found


def marked(mark: str) -> list[Process]:
    """Return the other processes whose variable ``MARK`` begins with ``mark``; 20 µs for each.

    Those that belong to somebody else, or have cleared their environment, are not found.
    """
    wanted = b"\0" + os.fsencode(f"{MARK}={mark}")
    return [process for process in _others() if wanted in b"\0" + _environ(process.pid)]


def _others() -> Iterator[Process]:
    for pid, stat in everyone().items():
        if pid != os.getpid() and stat.state not in {b"Z", b"X"}:
            yield Process(pid, stat.start_ticks)


def _environ(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # it ended meanwhile, or is somebody else's
        return b""


# -------------------------------------------------------------------- signals and ends


def tell(processes: Iterable[Process], *numbers: signal.Signals) -> None:
    """Send signals to processes, if they are still the ones that are meant."""
    for process in processes:
        with suppress(OSError), _Handle(process) as fd:
            for number in numbers:
                signal.pidfd_send_signal(fd, number)


def tell_descendants(pid: int, *numbers: signal.Signals) -> None:
    """Send signals to all that descends from a process, whatever session it is in.

    Asks again until it meets nobody new: one that was not yet stopped may start another; and
    ``ROUNDS`` times at the most, for one that ignores the signal may do so for ever.
    """
    told: set[Process] = set()
    for _ in range(ROUNDS):
        if not (new := set(_near_descendants(pid)) - told):
            return
        tell(new, *numbers)
        told |= new


def kill(pid: int) -> None:
    """Kill a child of this process and the group it leads; not reaped, the number is still its."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)
    signal_group(pid, signal.SIGKILL)


def signal_group(leader: int, number: signal.Signals) -> None:
    """Send a signal to a process group, as far as it is there and ours."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def has_children() -> bool:
    """Return whether this process has any children; costs a microsecond."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def ended(known: Iterable[int]) -> list[int]:
    """Return children of this process that have ended and are not reaped, nothing where none has.

    All those of ``known``, and one at the most of the others.
    """
    if (one := _ended(os.P_ALL, 0)) is None:
        return []
    return [one, *(pid for pid in known if pid != one and _ended(os.P_PID, pid))]


def _ended(kind: int, pid: int) -> int | None:
    try:
        info = os.waitid(kind, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return info.si_pid if info is not None else None


def end_children(spare: Container[int] = ()) -> None:
    """Kill and reap all children of this process but those to spare, with all that they started.

    For subreapers: what a killed one leaves becomes a child of this process and has its turn. The
    first are killed in any case: a busy machine may let all the time pass before that.
    """
    until_s = time.monotonic() + END_S
    while has_children():
        victims = [pid for pid in children() if pid not in spare]
        for pid in victims:
            kill(pid)
        for pid in victims:
            _reap(pid, until_s)
        if not victims or time.monotonic() >= until_s:
            return


def _reap(pid: int, until_s: float) -> None:
    with suppress(ChildProcessError):  # somebody else in this process waited for it
        while os.waitpid(pid, os.WNOHANG)[0] == 0 and time.monotonic() < until_s:
            time.sleep(_REST_S)


def end(processes: Collection[Process], until_s: float) -> list[Process]:
    """Kill processes that need not be children of this one and wait until they have ended.

    Returns:
        Those that had not ended at ``until_s`` (monotonic).
    """
    left = []
    tell(processes, signal.SIGKILL)
    for process in processes:
        try:
            with _Handle(process) as fd:
                poll = select.poll()
                poll.register(fd, select.POLLIN)
                if not poll.poll(max(0.0, until_s - time.monotonic()) * 1000):
                    left.append(process)
        except ProcessLookupError:
            continue
    return left


def wait_for(pid: int, timeout_s: float | None) -> bool:
    """Wait for the end of a child of this process, however long with None; reap nothing.

    Told by the kernel, not by looking again. Returns whether it has ended.
    """
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:  # it has been reaped
        return True
    try:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        return bool(poll.poll(None if timeout_s is None else timeout_s * 1000))
    finally:
        os.close(fd)


class _Handle:
    """A pidfd of a process, as a context.

    Raises:
        ProcessLookupError: it has ended; the number may be another one's.
    """

    def __init__(self, process: Process) -> None:
        self._fd = os.pidfd_open(process.pid)
        stat = stat_of(process.pid)  # only now it cannot become somebody else's unnoticed
        if stat is None or stat.start_ticks != process.start_ticks:
            os.close(self._fd)
            raise ProcessLookupError(process.pid)

    def __enter__(self) -> int:
        return self._fd

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
