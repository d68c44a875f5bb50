"""What an earlier host left running is ended before its work is begun anew.

As a rule nothing is: template and children end with the host, ``kill -9`` included. What may be
left is a process that hung in the kernel at that moment, or one that a stage had started in a
session of its own when the template was killed, too. The board says who they were; what descends
from them is found by the kernel's word, and orphans by the mark in their environment. What a stage
started under another user, or with an environment that it had cleared, in a session of its own,
and that outlives template and host, is not found.
"""

import logging
import time
from collections.abc import Container

from soniq_tui.model.job import Begun
from soniq_tui.runners.board import Board
from soniq_tui.runners.processes import Process, descendants, end, marked, stat_of

log = logging.getLogger(__name__)


def end_leftovers(
    board: Board, timeout_s: float = 2.0, spare: Container[int] = ()
) -> dict[int, Begun]:
    """End what an earlier host left running and wipe its board; before anything else is begun.

    Blocks for the time that takes: some milliseconds where nothing runs.

    Args:
        board: of the earlier host, with nothing written on it by this one.
        timeout_s: so long killed processes are waited for. One that takes longer hangs in the
            kernel and runs no instruction of its own any more.
        spare: process ids of what this host has started already.

    Returns:
        What was being worked on when that host died, by job id; nothing after a reboot.
    """
    begun = {one.job_id: one for one in board.begun()}
    _end_all(board.processes(), f"{board.path}:", time.monotonic() + timeout_s, spare)
    board.wipe()
    return begun


def end_marked(mark: str, timeout_s: float = 2.0) -> None:
    """End what a template with this mark left that was killed; blocks as long as that takes."""
    _end_all([], mark, time.monotonic() + timeout_s)


def _end_all(known: list[Process], mark: str, until_s: float, spare: Container[int] = ()) -> None:
    """End processes, what descends from them and what bears the mark, until nobody new is met.

    Or until the time has come: one that ends and leaves an heir may do so for ever.
    """
    seen: set[Process] = set()
    while not seen or time.monotonic() < until_s:
        found = {process for process in known if _runs(process)}
        found.update(process for process in marked(mark) if process.pid not in spare)
        found.update(descendants(process.pid for process in set(found)))
        if not (new := found - seen):
            return
        log.warning("ending what was left running: processes %s", _numbers(new))
        if stuck := end(new, until_s):
            log.warning("killed, but hanging in the kernel: processes %s", _numbers(stuck))
        seen |= new


def _runs(process: Process) -> bool:
    stat = stat_of(process.pid)
    return stat is not None and stat.start_ticks == process.start_ticks and stat.state != b"Z"


def _numbers(processes: "set[Process] | list[Process]") -> str:
    return ", ".join(str(process.pid) for process in sorted(processes))
