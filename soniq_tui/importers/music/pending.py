"""What discovery has met and not yet handed over."""

import errno
from typing import NamedTuple

from soniq_tui.importers.music.words import Broken, FileRef
from soniq_tui.model.job import ErrorKind


class Fault(NamedTuple):
    """A file or folder that could not be looked at."""

    path: bytes
    kind: ErrorKind
    reason: str


class Pending:
    """What was met since the last checkpoint, all of it at or before ``last``."""

    def __init__(self) -> None:
        self.folders: list[tuple[bytes, list[FileRef]]] = []
        self.broken: list[Broken] = []
        self.files = 0
        """Of both."""
        self.name_bytes = 0
        self.skipped = 0
        self.faults: list[Fault] = []

    def add(self, folder: bytes, file: FileRef) -> None:
        """A file is to be read."""
        if not self.folders or self.folders[-1][0] != folder:
            self.folders.append((folder, []))
            self.name_bytes += len(folder)
        self.folders[-1][1].append(file)
        self.files += 1
        self.name_bytes += len(file.name)

    def add_broken(self, file: Broken) -> None:
        """A file is as broken as it was."""
        self.broken.append(file)
        self.files += 1
        self.name_bytes += len(file.path) + len(file.reason)


def unreadable(path: bytes, exc: OSError) -> Fault:
    """Return the fault that an error of the system is."""
    kind = ErrorKind.VANISHED if exc.errno == errno.ENOENT else ErrorKind.UNREADABLE
    return Fault(path, kind, exc.strerror or str(exc))
