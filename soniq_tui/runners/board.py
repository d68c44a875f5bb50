"""The slot board: a few bytes for each child process that both sides see without a message.

A child writes what it is working on before it starts (some 300 ns); the host reads it for the
screen, and to tell which item a child was busy with when it died. The host writes one flag byte:
stop. The file lies in memory (tmpfs), survives ``kill -9`` of anyone and is gone after a reboot.
"""

import mmap
import os
import struct
from pathlib import Path
from typing import NamedTuple

CELLS = 64
"""So many children can be shown at once."""
_CELL = 64
_WORK = struct.Struct("<QII")
"""Job id, fence, and four bytes of nothing."""
_STEP = struct.Struct("<II")
_STEP_AT = _WORK.size
_FLAG_AT = _CELL - 1

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

    def begin(self, cell: int, job_id: int, fence: int) -> None:
        """Child: say which job is being started; nothing of it is done."""
        # The flag stays as it is: it is the host's, who may have asked already.
        _WORK.pack_into(self._map, cell * _CELL, job_id, fence, 0)
        _STEP.pack_into(self._map, cell * _CELL + _STEP_AT, 0, 0)

    def step(self, cell: int, done: int, total: int) -> int:
        """Child: say which item is being worked on; returns the flag."""
        at = cell * _CELL
        _STEP.pack_into(self._map, at + _STEP_AT, done, total)
        return self._map[at + _FLAG_AT]

    def flag(self, cell: int, value: int) -> None:
        """Host: ask the child to stop, or take it back with ``GO``."""
        self._map[cell * _CELL + _FLAG_AT] = value

    def read(self, cell: int) -> Work:
        """Host: what the child last said."""
        at = cell * _CELL
        job_id, fence, _ = _WORK.unpack_from(self._map, at)
        return Work(job_id, fence, *_STEP.unpack_from(self._map, at + _STEP_AT))

    def close(self) -> None:
        """Give the memory back; the file stays for whoever made it to delete."""
        self._map.close()
