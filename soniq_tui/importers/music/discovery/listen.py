"""Hears what changes below a folder, as long as the kernel tells of it.

``watchfiles`` is imported by who listens, never by who only scans.
"""

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

from soniq_tui.importers.music.discovery import disks

SWEEP_S = 600.0
"""Where nothing is heard all is walked so often."""
BEAT_MS = 400
"""So often there is a word, be it that nothing has changed: then a job can be stopped."""
GROUP_MS = 200
STEP_MS = 50
"""Changes that come within a step of each other are told together, after a group's time at most."""
LIMIT = "fs.inotify.max_user_watches"


class Deaf(Exception):  # noqa: N818  a state of the world, and no fault
    """The kernel does not tell of changes here; the message says why."""


def why_deaf(root: bytes) -> str:
    """Return why nobody hears of changes below a root; empty where the kernel tells of them."""
    if disks.notifies(root):
        return ""
    return f"{disks.kind(root)} does not tell of changes"


class Listener:
    """Listens from the moment it is made."""

    def __init__(self, root: bytes) -> None:
        """Begin to listen.

        Raises:
            Deaf: nothing would be heard.
        """
        if why := why_deaf(root):
            raise Deaf(why)
        import watchfiles

        self._heard = watchfiles.watch(
            os.fsdecode(root),
            watch_filter=None,
            debounce=GROUP_MS,
            step=STEP_MS,
            rust_timeout=BEAT_MS,
            yield_on_timeout=True,
            force_polling=False,
            ignore_permission_denied=True,
        )
        try:
            self._first: set[bytes] | None = self._next()
        except OSError as exc:
            raise Deaf(_too_many(exc)) from exc

    def beats(self) -> Iterator[set[bytes] | None]:
        """Yield what has changed since the last time, several times a second, for ever.

        None: it cannot be said what, so all has to be looked at, and there will be no more.
        """
        yield self._first
        while True:
            try:
                changed = self._next()
            except OSError:
                yield None
                return
            yield changed

    def _next(self) -> set[bytes]:
        try:
            return {os.fsencode(path) for _, path in next(self._heard)}
        except RuntimeError as exc:
            # What watchfiles raises for names that are no text, among others.
            raise OSError(errno.EILSEQ, str(exc)) from exc

    def close(self) -> None:
        """Listen no more."""
        self._heard.close()


class Silence:
    """Stands for a listener where nothing can be heard."""

    def beats(self) -> Iterator[set[bytes] | None]:
        """Yield that nothing has changed, several times a second, for ever."""
        while True:
            time.sleep(BEAT_MS / 1000)
            yield set()

    def close(self) -> None:
        """Be what a listener is."""


def _too_many(exc: OSError) -> str:
    text = str(exc)
    if exc.errno == errno.ENOSPC or "watch limit" in text.lower():
        try:
            most = Path("/proc/sys/fs/inotify/max_user_watches").read_text().strip()
        except OSError:
            most = "?"
        return f"more folders than the kernel lets one watch ({LIMIT} is {most})"
    return text or type(exc).__name__
