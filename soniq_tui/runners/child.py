"""A child process: takes jobs from its socket one by one and sends back what came of them."""

import asyncio
import logging
import os
import socket
from contextlib import suppress
from pathlib import Path

import msgspec

from soniq_tui.model.job import Checkpoint, ErrorKind, Outcome
from soniq_tui.runners import board
from soniq_tui.runners.execute import execute, failed
from soniq_tui.runners.processes import end_children, has_children, this_process
from soniq_tui.runners.wire import Done, Frames, Part, Run, Setup, frame

READ_BYTES = 65536
"""The buffer is made anew for every read: a larger one costs more than it saves."""
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class ChildHost:
    """``execute.Host`` in a child: steps go to the board, checkpoints over the socket."""

    def __init__(self, setup: Setup, shared: board.Board, cell: int, work: socket.socket) -> None:
        self.data_dir = Path(setup.data_dir)
        self.spool_dir = Path(setup.spool_dir)
        self._board = shared
        self._cell, self._work = cell, work
        self._flag = board.GO

    def begin(self, job_id: int, fence: int) -> None:
        """Write on the board which job starts."""
        self._board.begin(self._cell, job_id, fence)
        self._flag = board.GO

    def ended(self) -> None:
        """Take the job off the board."""
        self._board.ended(self._cell)

    def step(self, done: int, total: int) -> bool:
        """Write on the board how far the stage is; returns whether it is to stop."""
        self._flag = self._board.step(self._cell, done, total)
        return self._flag != board.GO

    def cancelled(self) -> bool:
        """Whether stopping means cancelling."""
        return self._flag == board.CANCEL

    def hand_over(self, part: Checkpoint) -> None:
        """Send a checkpoint."""
        self._work.sendall(frame(Part(part=part)))


def serve(setup: Setup, shared: board.Board, cell: int, fd: int) -> None:
    """Run jobs until the host closes the socket."""
    logging.getLogger().handlers.clear()
    shared.enter(cell, this_process())
    with socket.socket(fileno=fd) as work, asyncio.Runner() as runner:
        host = ChildHost(setup, shared, cell, work)
        loop, memory = runner.get_loop(), Memory()
        frames = Frames()
        decoder = msgspec.msgpack.Decoder(Run)
        # A host that went away is the usual end, also while an answer was on its way.
        with suppress(BrokenPipeError, ConnectionResetError):
            while data := work.recv(READ_BYTES):
                for body in frames.feed(data):
                    job = decoder.decode(body).job
                    host.begin(job.id, job.fence)
                    # Runner.run does the same with 50 µs of setting up each time.
                    answer = _answer(loop.run_until_complete(execute(job, host)), memory)
                    if has_children():  # what a job started must not outlive it
                        end_children()
                    host.ended()
                    work.sendall(answer)


def _answer(outcome: Outcome, memory: "Memory") -> bytes:
    rss_bytes = memory.resident_bytes()
    try:
        return frame(Done(outcome=msgspec.structs.replace(outcome, rss_bytes=rss_bytes)))
    except ValueError as exc:
        replaced = failed(ErrorKind.INTERNAL, str(exc))
        replaced = msgspec.structs.replace(
            replaced, run_s=outcome.run_s, spools=outcome.spools, rss_bytes=rss_bytes
        )
        return frame(Done(outcome=replaced))


class Memory:
    """This process's memory, read from a file that is kept open: 2 µs instead of 15."""

    def __init__(self) -> None:
        self._fd = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)

    def resident_bytes(self) -> int:
        """Return what is resident now (not at its peak), in bytes."""
        return int(os.pread(self._fd, 128, 0).split()[1]) * _PAGE_BYTES
