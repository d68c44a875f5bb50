"""Reading a file from its start on in few and short reads."""

import os

from soniq_tui.importers.music.lanes import Punt, Window
from soniq_tui.importers.music.tags.pictures import EDGE, Picture

AHEAD = EDGE + 512
"""Bytes read where fewer are asked for: an end of a picture, and the header of what follows it."""


class Forward:
    """A window that keeps what it read last."""

    __slots__ = ("_base", "_read", "window")

    def __init__(self, window: Window) -> None:
        self.window = window
        self._read = window.head
        self._base = 0

    def at(self, offset: int, count: int) -> bytes:
        """Return exactly ``count`` bytes from ``offset`` on.

        Raises:
            Punt: the file ends before.
            OSError: as the system says.
        """
        start = offset - self._base
        if start < 0 or start + count > len(self._read):
            self.load(offset, count)
            start = 0
        return self._read[start : start + count]

    def load(self, offset: int, count: int, ahead: int = AHEAD) -> tuple[bytes, int]:
        """Make sure that ``count`` bytes from ``offset`` on are held, and return what is held.

        The second value is the offset of the first byte that is held. Where nothing of it is held,
        ``ahead`` bytes are read at least, if there are as many.

        Raises:
            Punt: the file ends before.
            OSError: as the system says.
        """
        start = offset - self._base
        if start < 0 or start + count > len(self._read):
            if offset < 0 or offset + count > self.window.size:
                raise Punt
            self._read = os.pread(self.window.fd, max(count, ahead), offset)
            self._base = offset
            if len(self._read) < count:
                raise Punt
        return self._read, self._base

    def picture(self, kind: int, mime: str, start: int, length: int) -> Picture:
        """Return a picture that lies in the file, of which the two ends are read."""
        edge = min(EDGE, length)
        first = self.at(start, edge)
        last = first if length == edge else self.at(start + length - edge, edge)
        return Picture(kind, mime, length, first, last)
