"""A child process: takes jobs from its inbox one by one and sends back what came of them."""

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.importers.base import Ran
from soniq_tui.model.job import Checkpoint, ErrorKind, Outcome
from soniq_tui.runners import board
from soniq_tui.runners.execute import execute, failed
from soniq_tui.runners.inbox import FOLLOWS, Reader
from soniq_tui.runners.processes import end_children, has_children, this_process
from soniq_tui.runners.stage_output import STDERR, STDOUT, Mouth, Stream, Voice
from soniq_tui.runners.wire import Done, Frames, Part, Run, Said, Setup, frame

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
        self._mouth = Mouth()
        logging.getLogger().handlers[:] = [self._mouth]
        sys.stdout, sys.stderr = Stream(self._mouth, STDOUT), Stream(self._mouth, STDERR)
        self._flag, self._mine, self._job_id = board.GO, 0, 0

    def begin(self, job_id: int, fence: int) -> None:
        """Write on the board which job starts."""
        self._board.begin(self._cell, job_id, fence)
        self._flag, self._mine = board.GO, board.address(job_id, fence)
        self._job_id = job_id

    def ended(self) -> None:
        """Take the job off the board."""
        self._board.ended(self._cell)

    def step(self, done: int, total: int) -> bool:
        """Write on the board how far the stage is; returns whether it is to stop."""
        self._flag = self._board.step(self._cell, done, total, self._mine)
        return self._flag != board.GO

    def cancelled(self) -> bool:
        """Whether stopping means cancelling."""
        return self._flag == board.CANCEL

    def hand_over(self, part: Checkpoint) -> None:
        """Send a checkpoint."""
        self._work.sendall(frame(Part(job_id=self._job_id, part=part)))

    def said(self, lines: Sequence[str]) -> None:
        """Send what the stage said."""
        self._work.sendall(frame(Said(job_id=self._job_id, lines=tuple(lines))))

    def doing(self, text: str) -> None:
        """Send it as something that the stage said: on the board there is room for numbers only."""
        self.said([text])

    async def written(self) -> None:
        """Refuse: a host tells its children nothing while they work."""
        raise NotImplementedError("stages whose place is the loop wait for the disk")

    async def run(self, argv: Sequence[str], **how: Any) -> Ran:
        """Refuse: what a process of the pool starts would have to be ended with it."""
        raise NotImplementedError("programs are run by stages whose place is the loop")

    def speaks(self, voice: Voice | None) -> None:
        """What is printed or logged in this process is what the stage says."""
        self._mouth.voice = voice


def serve(setup: Setup, shared: board.Board, cell: int, fd: int, inbox_fd: int) -> None:
    """Run jobs until the host closes inbox and stream."""
    shared.enter(cell, this_process())
    with (
        socket.socket(fileno=fd) as work,
        socket.socket(fileno=inbox_fd) as inbox,
        asyncio.Runner() as runner,
    ):
        host = ChildHost(setup, shared, cell, work)
        loop, memory = runner.get_loop(), Memory()
        decoder = msgspec.msgpack.Decoder(Run)
        # A host that went away is the usual end, also while an answer was on its way.
        with suppress(BrokenPipeError, ConnectionResetError):
            for body in _jobs(Reader(inbox), work):
                job = decoder.decode(body).job
                host.begin(job.id, job.fence)
                # Runner.run does the same with 50 µs of setting up each time.
                outcome = loop.run_until_complete(execute(job, host))
                answer = _answer(job.id, outcome, memory)
                if has_children():  # what a job started must not outlive it
                    end_children()
                host.ended()
                work.sendall(answer)


def _jobs(inbox: Reader, work: socket.socket) -> Iterator[memoryview | bytes]:
    """Yield what the host wants done, one by one, as long as it is there."""
    frames = Frames()
    while (body := inbox.take()) and not _ended(work):
        if body != FOLLOWS:
            yield body
            continue
        while data := work.recv(READ_BYTES):
            if bodies := frames.feed(data):
                yield bodies[0]  # the next one comes when this one is done
                break


def _ended(work: socket.socket) -> bool:
    """Whether the host is gone; what it had left in the inbox is then not begun."""
    try:
        return not work.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False


def _answer(job_id: int, outcome: Outcome, memory: "Memory") -> bytes:
    rss_bytes = memory.resident_bytes()
    try:
        answer = msgspec.structs.replace(outcome, rss_bytes=rss_bytes)
        return frame(Done(job_id=job_id, outcome=answer))
    except ValueError as exc:
        replaced = failed(ErrorKind.INTERNAL, str(exc))
        replaced = msgspec.structs.replace(
            replaced, run_s=outcome.run_s, spools=outcome.spools, rss_bytes=rss_bytes
        )
        return frame(Done(job_id=job_id, outcome=replaced))


class Memory:
    """This process's memory, read from a file that is kept open: 2 µs instead of 15."""

    def __init__(self) -> None:
        self._fd = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)

    def resident_bytes(self) -> int:
        """Return what is resident now (not at its peak), in bytes."""
        return int(os.pread(self._fd, 128, 0).split()[1]) * _PAGE_BYTES
