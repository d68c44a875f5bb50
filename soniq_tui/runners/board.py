"""The slot board: a few bytes for each child process that both sides see without a message.

A child writes what it is working on before it starts (some 300 ns) and clears it when the work has
ended; the host reads it for the screen, and to tell which item a child was busy with when it died.
The host writes one word: which job is to stop. It names the job and its start, so that a child
which has gone on to the next one meanwhile does not stop that instead. The file lies in memory
(tmpfs), survives ``kill -9`` of anyone and is gone after a reboot. Where it lies on a disk it says
of which boot it is, and one of another boot tells nothing.
"""

import mmap
import os
from pathlib import Path
from typing import NamedTuple

from soniq_tui.model.job import Begun
from soniq_tui.runners.processes import Process, boot_digest

CELLS = 1024
"""So many children can exist at once."""
_CELL = 64
# A cell is eight words: job id, fence, step, process id, start time, two unused ones, and the flag
# with the job that it is meant for. Whole words are written with one store each (``struct`` clears
# the place first), so a reader in another process never sees half a number. Before the first cell
# stands a head of the same size: the boot, and who the template is.
_WORDS = _CELL // 8
_JOB, _FENCE, _STEP, _PID, _START = range(5)
_FLAG = _WORDS - 1
_BOOT, _TEMPLATE, _TEMPLATE_START = range(3)
_SIZE = (CELLS + 1) * _CELL
_HALF = 32
_FLAG_BITS, _FENCE_BITS = 2, 16

GO, PAUSE, CANCEL = 0, 1, 2
"""Values of the flag."""


class Work(NamedTuple):
    """What a child says of itself; a job id of 0: it has nothing to do."""

    job_id: int
    fence: int
    done: int
    """Number of the item it is working on, from 0."""
    total: int


NOTHING = Work(0, 0, 0, 0)


class Board:
    """The shared memory.

    Args:
        path: made, with nothing on it, when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(fd, 0, _SIZE)  # a full place is an error here, not SIGBUS later
            self._map = mmap.mmap(fd, _SIZE)
        finally:
            os.close(fd)
        self._bytes = memoryview(self._map)
        self._words = self._bytes.cast("Q")

    # ---------------------------------------------------------------- template and child

    def template(self, process: Process) -> None:
        """Template: say who it is."""
        self._words[_TEMPLATE], self._words[_TEMPLATE_START] = process

    def enter(self, cell: int, process: Process) -> None:
        """Child: say who it is."""
        at = _at(cell)
        self._words[at + _PID], self._words[at + _START] = process

    def begin(self, cell: int, job_id: int, fence: int) -> None:
        """Child: say which job is being started; nothing of it is done."""
        # The flag stays as it is: it is the host's, who may have asked already. The job goes last,
        # so that it is never seen with another one's step and fence.
        at = _at(cell)
        self._words[at + _STEP] = 0
        self._words[at + _FENCE] = fence
        self._words[at + _JOB] = job_id

    def step(self, cell: int, done: int, total: int, mine: int) -> int:
        """Child: say which item is being worked on; returns the flag of the job at ``mine``.

        That is its :func:`address`; a flag that is meant for another job is none.
        """
        words, at = self._words, (cell + 1) * _WORDS  # a cell that was entered; once for each file
        words[at + _STEP] = total << _HALF | done
        flag = words[at + _FLAG] ^ mine
        return flag if flag <= CANCEL else GO

    def ended(self, cell: int) -> None:
        """Child: the job has ended, and nothing of it runs any more."""
        self._words[_at(cell) + _JOB] = 0

    # ---------------------------------------------------------------- host

    def flag(self, cell: int, job_id: int, fence: int, value: int) -> None:
        """Host: ask for this start of a job to stop, or take it back with ``GO``."""
        self._words[_at(cell) + _FLAG] = address(job_id, fence) | value

    def read(self, cell: int) -> Work:
        """Host: what the child last said."""
        at = _at(cell)
        return _work(self._words[at : at + _STEP + 1])

    def clear(self, cell: int) -> None:
        """Host: the child is gone."""
        at = _at(cell)
        self._words[at + _JOB] = 0  # first: what is left of it then accuses nobody
        self._bytes[at * 8 : at * 8 + _CELL] = bytes(_CELL)

    # ---------------------------------------------------------------- what an earlier host left

    def begun(self) -> list[Begun]:
        """Return the jobs that were begun and had not ended when the last host died."""
        works = (_work(words[: _STEP + 1]) for words in self._left()[1:])
        return [
            Begun(job_id=work.job_id, fence=work.fence, position=work.done, total=work.total)
            for work in works
            if work.job_id
        ]

    def processes(self) -> list[Process]:
        """Return what the last host had running, the template first; it may have ended since."""
        left = self._left()
        found = [Process(*words[_TEMPLATE : _TEMPLATE_START + 1]) for words in left[:1]]
        found += [Process(*words[_PID : _START + 1]) for words in left[1:]]
        return [process for process in found if process.pid]

    def wipe(self) -> None:
        """Take everything off and begin anew, in the name of this boot."""
        words = self._file()
        for at in range(0, len(words), _WORDS):
            if any(words[at : at + _WORDS]):
                self._bytes[at * 8 : at * 8 + _CELL] = bytes(_CELL)
        self._words[_BOOT] = boot_digest()

    def _left(self) -> "list[memoryview[int]]":
        """Return the words of the head and of each cell; nothing when they are of another boot."""
        words = self._file()
        if words[_BOOT] != boot_digest():
            return []
        return [words[at : at + _WORDS] for at in range(0, len(words), _WORDS)]

    def _file(self) -> "memoryview[int]":
        """Return all words; read from the file, where cells never used cost no memory."""
        return memoryview(self.path.read_bytes()).cast("Q")

    def close(self) -> None:
        """Give the memory back; the file stays for whoever made it to delete."""
        self._words.release()
        self._bytes.release()
        self._map.close()


def address(job_id: int, fence: int) -> int:
    """Return what names a start of a job in the word of the flag."""
    return (job_id << _FENCE_BITS | fence & (1 << _FENCE_BITS) - 1) << _FLAG_BITS


def _at(cell: int) -> int:
    """Return the index of the first word of a cell."""
    if cell < 0:
        raise IndexError(cell)
    return (cell + 1) * _WORDS


def _work(words: "memoryview[int]") -> Work:
    job_id, fence, step = words
    return Work(job_id, fence, step & ((1 << _HALF) - 1), step >> _HALF)
