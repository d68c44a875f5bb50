"""What discovery has met and not yet handed over."""

import errno
from collections.abc import Sequence
from typing import NamedTuple

from soniq_tui.importers.music.sides.beside import Names
from soniq_tui.importers.music.words import FileRef, Folder, Moved
from soniq_tui.model.job import ErrorKind

ROW_BYTES = 64
"""Of a file or a folder in a chunk, at most: its numbers, and how long its names are."""
NAME_BYTES = 3
"""Of one more name: how long it is."""

LASTING = frozenset(
    {
        ErrorKind.CORRUPT,
        ErrorKind.UNSUPPORTED,
        ErrorKind.TOO_BIG,
        ErrorKind.INVALID,
        ErrorKind.CRASHED,
        ErrorKind.MEMORY,
    }
)
"""Faults that lie in the file: an unchanged file has them still, so it is not opened again. The
others (permissions, timeouts) can mend without a change of the file."""


class Fault(NamedTuple):
    """A file or folder that could not be looked at."""

    path: bytes
    kind: ErrorKind
    reason: str

    @property
    def name(self) -> bytes:
        """Below its folder."""
        return self.path.rpartition(b"/")[2]


class Renamed(NamedTuple):
    """A known file under a new name."""

    moved: Moved
    file: FileRef | None
    """To be read as well: what lies beside it is not the same. None: it need not be."""
    old: bytes = b""
    """The path that the catalogue has of it."""

    @property
    def name(self) -> bytes:
        """Below its folder."""
        return self.moved.path.rpartition(b"/")[2]


Change = FileRef | Renamed | Fault


class Place(NamedTuple):
    """A folder, and what lies beside its music."""

    path: bytes
    beside: Names
    signature: int

    @property
    def size_bytes(self) -> int:
        """What it takes in a chunk, its files left out."""
        return ROW_BYTES + len(self.path) + sum(NAME_BYTES + len(n) for n in self.beside.common)


class _Piece(NamedTuple):
    """Some files of one folder."""

    place: Place
    files: list[FileRef]
    lyrics: set[bytes]

    def folder(self) -> Folder:
        beside = self.place.beside.common
        if self.lyrics:
            beside = tuple(sorted({*beside, *self.lyrics}))
        return Folder(self.place.path, tuple(self.files), beside, self.place.signature)


class Pending:
    """What was met since the last checkpoint, all of it at or before its end."""

    def __init__(self, files_most: int, bytes_most: int) -> None:
        self._files_most, self._bytes_most = files_most, bytes_most
        self._pieces: list[_Piece] = []
        self.moved: list[Moved] = []
        self.first = b""
        """The folder of what was met first: of which kind ever."""
        self.files = 0
        """Of both."""
        self._bytes = 0
        self.skipped = 0
        self.faults: list[Fault] = []

    def take(self, place: Place, changes: Sequence[tuple[int, Change]]) -> bool:
        """Take all of a folder as ``add`` would; return False, and take none, where that is not so.

        Where there is nothing but files to be read, and room for all of them: as a rule, once.
        """
        files = [change for _, change in changes if isinstance(change, FileRef)]
        begun = bool(self._pieces) and self._pieces[-1].place.path == place.path
        if begun or place.beside.lyrics or len(files) < len(changes):
            return False
        more = place.size_bytes + sum([ROW_BYTES + len(file.name) for file in files])
        full = self.files + len(files) > self._files_most
        if full or self._bytes + more > self._bytes_most:
            return False
        if not self.files:
            self.first = place.path
        self._bytes += more
        self.files += len(files)
        self._pieces.append(_Piece(place, files, set()))
        return True

    def add(self, place: Place, change: FileRef | Renamed) -> bool:
        """Take something that is to be read, or written down as it is; return False when full."""
        piece = self._pieces[-1] if self._pieces else None
        if piece is not None and piece.place.path != place.path:
            piece = None
        file, more = _to_read(change)
        lyrics = None
        if file is not None:
            more += ROW_BYTES + len(file.name)
            if piece is None:
                more += place.size_bytes
            if place.beside.lyrics and (lyrics := place.beside.of_song(file.name)):
                more += NAME_BYTES + len(lyrics)
        full = self.files >= self._files_most
        if self.files and (full or self._bytes + more > self._bytes_most):
            return False
        if not self.files:
            self.first = place.path
        self._bytes += more
        self.files += 1
        if isinstance(change, Renamed):
            self.moved.append(change.moved)
        if file is not None:
            self._read(place, piece, file, lyrics)
        return True

    def _read(
        self, place: Place, piece: _Piece | None, file: FileRef, lyrics: bytes | None
    ) -> None:
        if piece is None:
            piece = _Piece(place, [], set())
            self._pieces.append(piece)
        piece.files.append(file)
        if lyrics:
            piece.lyrics.add(lyrics)

    @property
    def folders(self) -> tuple[Folder, ...]:
        """What is to be read, folder by folder, in the order of the walk."""
        return tuple(piece.folder() for piece in self._pieces)


def _to_read(change: FileRef | Renamed) -> tuple[FileRef | None, int]:
    """Return the file to be read, if any, and the bytes that all else takes in a chunk."""
    if isinstance(change, FileRef):
        return change, 0
    return change.file, ROW_BYTES + len(change.moved.path)


def unreadable(path: bytes, exc: OSError) -> Fault:
    """Return the fault that an error of the system is."""
    kind = ErrorKind.VANISHED if exc.errno == errno.ENOENT else ErrorKind.UNREADABLE
    return Fault(path, kind, exc.strerror or str(exc))
