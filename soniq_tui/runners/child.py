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
from soniq_tui.runners.wire import Done, Frames, Part, Run, Setup, frame

READ_BYTES = 262144
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
    with socket.socket(fileno=fd) as work, asyncio.Runner() as runner:
        host = ChildHost(setup, shared, cell, work)
        frames = Frames()
        decoder = msgspec.msgpack.Decoder(Run)
        # A host that went away is the usual end, also while an answer was on its way.
        with suppress(BrokenPipeError, ConnectionResetError):
            while data := work.recv(READ_BYTES):
                for body in frames.feed(data):
                    job = decoder.decode(body).job
                    host.begin(job.id, job.fence)
                    work.sendall(_answer(runner.run(execute(job, host))))


def _answer(outcome: Outcome) -> bytes:
    rss_bytes = resident_bytes()
    try:
        return frame(Done(outcome=msgspec.structs.replace(outcome, rss_bytes=rss_bytes)))
    except ValueError as exc:
        replaced = failed(ErrorKind.INTERNAL, str(exc))
        replaced = msgspec.structs.replace(
            replaced, run_s=outcome.run_s, spools=outcome.spools, rss_bytes=rss_bytes
        )
        return frame(Done(outcome=replaced))


def resident_bytes() -> int:
    """Return this process's resident memory now (not its peak), in bytes; from /proc/self/statm."""
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * _PAGE_BYTES
