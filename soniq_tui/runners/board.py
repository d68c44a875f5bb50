"""The slot board: a few bytes for each child process that both sides see without a message.

A child writes what it is working on before it starts (some 300 ns); the host reads it for the
screen, and to tell which item a child was busy with when it died. The host writes one flag byte:
stop. The file lies in memory (tmpfs), survives ``kill -9`` of anyone and is gone after a reboot.
"""

import mmap
import os
from pathlib import Path
from typing import NamedTuple

CELLS = 1024
"""So many children can exist at once; a cell that was never used takes no memory."""
_CELL = 64
# A cell is eight words: job id, fence, step, four unused ones, and the flag in the last byte of the
# last one. Whole words are written with one store each (``struct`` clears the place first), so a
# reader in another process never sees half a number.
_WORDS = _CELL // 8
_JOB, _FENCE, _STEP = range(3)
_FLAG_AT = _CELL - 1
_HALF = 32

GO, PAUSE, CANCEL = 0, 1, 2
"""Values of the flag byte."""


class Work(NamedTuple):
    """What a child says of itself."""

    job_id: int
    fence: int
    done: int
    """Number of the item it is working on, from 0."""
    total: int


class Board:
    """The shared memory.

    Args:
        path: made, with nothing on it, when it is not there.
    """

    def __init__(self, path: Path) -> None:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(fd, CELLS * _CELL)
            self._map = mmap.mmap(fd, CELLS * _CELL)
        finally:
            os.close(fd)
        self._bytes = memoryview(self._map)
        self._words = self._bytes.cast("Q")

    def begin(self, cell: int, job_id: int, fence: int) -> None:
        """Child: say which job is being started; nothing of it is done."""
        # The flag stays as it is: it is the host's, who may have asked already. The step goes
        # first, so that the new job is never seen with the old one's.
        at = cell * _WORDS
        self._words[at + _STEP] = 0
        self._words[at + _JOB] = job_id
        self._words[at + _FENCE] = fence

    def step(self, cell: int, done: int, total: int) -> int:
        """Child: say which item is being worked on; returns the flag."""
        self._words[cell * _WORDS + _STEP] = total << _HALF | done
        return self._bytes[cell * _CELL + _FLAG_AT]

    def flag(self, cell: int, value: int) -> None:
        """Host: ask the child to stop, or take it back with ``GO``."""
        self._bytes[cell * _CELL + _FLAG_AT] = value

    def read(self, cell: int) -> Work:
        """Host: what the child last said."""
        job_id, fence, step = self._words[cell * _WORDS : cell * _WORDS + _STEP + 1]
        return Work(job_id, fence, step & ((1 << _HALF) - 1), step >> _HALF)

    def close(self) -> None:
        """Give the memory back; the file stays for whoever made it to delete."""
        self._words.release()
        self._bytes.release()
        self._map.close()
