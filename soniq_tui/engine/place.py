"""Whether the journal that is written is still the one that whoever begins next would find.

A file that is open can be written when it was removed, or its folder moved away and another one put
there: what was told would be on no disk then, and two hosts could be at work in one place.
"""

import os
from pathlib import Path

from soniq_tui.errors import JournalGoneError


class AwayError(OSError):
    """The folder of the journal is not there, as on a disk that was unplugged."""


class Place:
    """A file, and where it has to be.

    Raises:
        OSError: it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        # By O_PATH: to close another descriptor would take away the locks that SQLite holds.
        self._fd = os.open(self._path, os.O_PATH | os.O_CLOEXEC)

    def close(self) -> None:
        """Look no more."""
        os.close(self._fd)

    def check(self) -> None:
        """Return when it is there; some 3 µs.

        Raises:
            AwayError: its folder is not there, and it lies elsewhere.
            JournalGoneError: it was removed, or another is there.
        """
        known = os.fstat(self._fd)
        try:
            found = self._path.stat()
        except (FileNotFoundError, NotADirectoryError) as exc:
            if known.st_nlink:
                raise AwayError(str(exc)) from exc
        except OSError:
            return  # of a disk that fails, or a folder that was closed, the commit tells
        else:
            if os.path.samestat(known, found):
                return
        raise JournalGoneError(
            f"the data directory {self._path.parent} was removed, or its journal replaced, while "
            "an engine worked there, which ends; 'soniq-tui' begins anew"
        )
