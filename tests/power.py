"""What a power cut would leave of what a test has written."""

import os
import stat
from pathlib import Path

import pytest


class Power:
    """Notes what is synced: of a file what is in it, of a folder which files have which names.

    Stricter than most file systems, which keep more than they promise.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._data: dict[int, bytes] = {}
        self._names: dict[int, dict[str, int]] = {}
        monkeypatch.setattr(os, "fsync", self._fsync)

    def _fsync(self, fd: int) -> None:
        found, path = os.fstat(fd), Path(f"/proc/self/fd/{fd}")
        if stat.S_ISDIR(found.st_mode):
            self._names[found.st_ino] = {e.name: e.inode() for e in os.scandir(path)}
        else:
            self._data[found.st_ino] = path.read_bytes()

    def left(self, folder: Path) -> dict[str, bytes]:
        """Return what is in each file below a folder after a cut, by name; empty: never synced."""
        return dict(self._below(folder.stat().st_ino, ""))

    def _below(self, folder: int, before: str) -> list[tuple[str, bytes]]:
        found: list[tuple[str, bytes]] = []
        for name, inode in self._names.get(folder, {}).items():
            if inode in self._names:
                found += self._below(inode, f"{before}{name}/")
            else:
                found.append((before + name, self._data.get(inode, b"")))
        return found
