"""Who asks which host when: one request at a time and a pause after it, across all processes.

A host has a lock file; the lock (``flock``) goes with its process, so nothing is left behind by one
that was killed. The time of the file says when the last request ended.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from soniq_tui.importers.recipes.links import digest

GAP_S = 1.0
"""Between the end of one request to a host and the next."""
LOOK_S = 0.05
KEPT_S = 24 * 3600.0
_SUFFIX = ".host"


class Hosts:
    """The turns of hosts, kept in a folder that all who take part share.

    Args:
        room: the folder; None: this process alone keeps to itself.
        gap_s: the least pause between two requests to one host; None: as the setting says.
    """

    def __init__(self, room: Path | None, gap_s: float | None = None) -> None:
        self.room = room
        self._gap_s = float(os.environ.get("SONIQ_HOST_GAP_S", GAP_S)) if gap_s is None else gap_s

    def ask_for(self, gap_s: float) -> None:
        """Keep a longer pause from now on, where a site asks for one."""
        self._gap_s = max(self._gap_s, gap_s)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for the host to be free and rested; it is ours within."""
        if self.room is None:
            yield
            return
        fd = await self._locked(host)
        try:
            yield
        finally:
            os.utime(fd)
            os.close(fd)

    async def _locked(self, host: str) -> int:
        if self.room is None:
            raise RuntimeError("there is no room for locks")
        self.room.mkdir(parents=True, exist_ok=True)
        path = self.room / f"{digest(host)}{_SUFFIX}"
        fd = _opened(path)
        try:
            while True:
                try:
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    await asyncio.sleep(LOOK_S)
                    continue
                if os.fstat(fd).st_nlink:
                    break
                os.close(fd)  # it was swept away: the next one has another file
                fd = _opened(path)
            found = os.fstat(fd)
            if found.st_size:
                rest_s = found.st_mtime + self._gap_s - time.time()
                if 0 < rest_s <= self._gap_s:
                    await asyncio.sleep(rest_s)
            else:
                os.write(fd, b"1")
        except BaseException:
            os.close(fd)
            raise
        return fd


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def sweep(room: Path) -> int:
    """Delete what was not used for a day: turns, rules for robots, halves of them.

    A turn that somebody has is left to them. Returns how many files are gone.
    """
    if not room.is_dir():
        return 0
    count, before_s = 0, time.time() - KEPT_S
    for file in list(room.iterdir()):
        with suppress(FileNotFoundError, BlockingIOError):
            if file.stat().st_mtime >= before_s:
                continue
            fd = os.open(file, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                file.unlink()
                count += 1
            finally:
                os.close(fd)
    return count
