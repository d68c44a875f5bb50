"""What discovery has met and not yet handed over."""

import errno
from typing import NamedTuple

from soniq_tui.importers.music.beside import Names
from soniq_tui.importers.music.words import Broken, FileRef, Folder, Moved
from soniq_tui.model.job import ErrorKind


class Fault(NamedTuple):
    """A file or folder that could not be looked at."""

    path: bytes
    kind: ErrorKind
    reason: str


class Renamed(NamedTuple):
    """A known file under a new name."""

    moved: Moved
    file: FileRef | None
    """To be read as well: what lies beside it is not the same. None: it need not be."""

    @property
    def name(self) -> bytes:
        """Below its folder."""
        return self.moved.path.rpartition(b"/")[2]


Change = FileRef | Renamed | Broken | Fault


class Place(NamedTuple):
    """A folder, and what lies beside its music."""

    path: bytes
    beside: Names
    signature: int
    noted: bool
    """The catalogue has this signature already."""

    @property
    def name_bytes(self) -> int:
        """What it takes in a chunk, its files left out."""
        return len(self.path) + sum(map(len, self.beside.common))


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

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self.broken: list[Broken] = []
        self.moved: list[Moved] = []
        self.files = 0
        """Of all three."""
        self._name_bytes = 0
        self.skipped = 0
        self.faults: list[Fault] = []

    def add(self, place: Place, change: FileRef | Renamed | Broken) -> None:
        """Take something that is to be read, or to be written down as it is."""
        self._name_bytes = self.would_be(place, change)
        self.files += 1
        file = change if isinstance(change, FileRef) else None
        if isinstance(change, Broken):
            self.broken.append(change)
        elif isinstance(change, Renamed):
            self.moved.append(change.moved)
            file = change.file
        if file is None and place.noted:
            return
        if not self._has(place):
            self._pieces.append(_Piece(place, [], set()))
        if file is not None:
            self._pieces[-1].files.append(file)
            if lyrics := place.beside.of_song(file.name):
                self._pieces[-1].lyrics.add(lyrics)

    def would_be(self, place: Place, change: FileRef | Renamed | Broken) -> int:
        """Return the bytes of all names with one more."""
        more = 0 if self._has(place) else place.name_bytes
        if isinstance(change, Broken):
            return self._name_bytes + more + len(change.path) + len(change.reason)
        if isinstance(change, Renamed):
            more += len(change.moved.path)
        return (
            self._name_bytes
            + more
            + len(change.name)
            + len(place.beside.of_song(change.name) or b"")
        )

    def _has(self, place: Place) -> bool:
        return bool(self._pieces) and self._pieces[-1].place.path == place.path

    @property
    def folders(self) -> tuple[Folder, ...]:
        """What is to be read, folder by folder, in the order of the walk."""
        return tuple(piece.folder() for piece in self._pieces)

    @property
    def first(self) -> bytes:
        """The folder of what was met first: of which kind ever."""
        if self._pieces:
            return self._pieces[0].place.path
        one = self.moved[0] if self.moved else self.broken[0]
        return one.path.rpartition(b"/")[0]


def unreadable(path: bytes, exc: OSError) -> Fault:
    """Return the fault that an error of the system is."""
    kind = ErrorKind.VANISHED if exc.errno == errno.ENOENT else ErrorKind.UNREADABLE
    return Fault(path, kind, exc.strerror or str(exc))
