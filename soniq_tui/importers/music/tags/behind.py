"""The sound of a file behind ID3v2 tags that stand before it, as if it were all of the file.

Some programs put these before formats that have tags of their own. Players pass over them; of the
parsers few do.
"""

import errno
import io
import os
from typing import Any, BinaryIO

_COPES = frozenset({"mpeg", "aac", "tta"})
"""Kinds whose parsers want such a tag, or pass over it."""
_BUFFER_BYTES = 16 * 1024


def sound(file: BinaryIO, kind: str | None, front: int) -> BinaryIO:
    """Return what the parser of a kind is to read.

    Args:
        file: open for reading; its position is moved, and may be by others, too.
        kind: what ``sniff`` has found.
        front: bytes of the tags before it.
    """
    if not front or kind is None or kind in _COPES:
        return file
    return io.BufferedReader(_Behind(file, front), _BUFFER_BYTES)


class _Behind(io.RawIOBase):
    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file, self._start, self._at = file, start, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        self._file.seek(self._start + self._at)
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        if whence == os.SEEK_CUR:
            offset += self._at
        elif whence == os.SEEK_END:
            offset += self._file.seek(0, os.SEEK_END) - self._start
        if offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._at = offset
        return offset

    def tell(self) -> int:
        return self._at
