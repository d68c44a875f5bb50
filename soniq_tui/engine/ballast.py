"""Room kept in reserve: a file that is deleted when the disk is full.

What runs then can still be written down, and whoever frees some space finds the engine well.
"""

import logging
import os
from pathlib import Path

BYTES = 4 * 1024 * 1024
ROOM = 4
"""It is made only where so many times its size is free: it must not fill the disk itself."""

log = logging.getLogger(__name__)


class Ballast:
    """The file; belongs to one thread.

    Args:
        path: where it lies.
        size: in bytes.
    """

    def __init__(self, path: Path, size: int = BYTES) -> None:
        self._path, self._size = path, size
        self.there = False

    def make(self) -> None:
        """Make it where there is room; nothing happens where there is none."""
        try:
            room = os.statvfs(self._path.parent)
            self.there = self._path.exists() and self._path.stat().st_blocks > 0
            if self.there or room.f_bavail * room.f_frsize < ROOM * self._size:
                return
            with self._path.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, self._size)
            self.there = True
        except OSError as exc:
            log.info("nothing is kept in reserve on the disk of %s: %s", self._path.parent, exc)
            self.free()

    def free(self) -> bool:
        """Give the room back; tell whether there was any."""
        self.there = False
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        except OSError as exc:
            log.warning("%s cannot be deleted: %s", self._path, exc)
            return False
        return True
