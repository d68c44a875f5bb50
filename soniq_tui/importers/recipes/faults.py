"""Why a scraper has no recipe."""

import errno
import re

from soniq_tui.errors import SoniqError
from soniq_tui.model.job import ErrorKind

_SCRIPT = re.compile("<script", re.IGNORECASE)
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class ScrapeError(SoniqError):
    """No recipe came of it.

    Attributes:
        kind: of the closed list.
        passing: trying again may help.
    """

    def __init__(self, kind: ErrorKind, reason: str) -> None:
        super().__init__(reason)
        self.kind, self.passing = kind, kind is ErrorKind.DISK_FULL


def of_system(exc: OSError) -> ScrapeError:
    """Return what it means that the system refuses something."""
    reason = f"{exc.filename}: {exc.strerror}" if exc.filename and exc.strerror else str(exc)
    if exc.errno in _FULL:
        return ScrapeError(ErrorKind.DISK_FULL, reason)
    if exc.errno == errno.EFBIG:
        return ScrapeError(ErrorKind.TOO_BIG, exc.strerror or reason)  # it is what was named
    gone = isinstance(exc, FileNotFoundError)
    return ScrapeError(ErrorKind.VANISHED if gone else ErrorKind.UNREADABLE, reason)


def of_little_text(page: str) -> ScrapeError:
    """Return what it means that a page has next to no text: only scripts can make more of it."""
    if _SCRIPT.search(page):
        reason = "the page has no text of its own: it is made by scripts"
        return ScrapeError(ErrorKind.JS_REQUIRED, reason)
    return ScrapeError(ErrorKind.NO_RECIPE, "the page says next to nothing")
