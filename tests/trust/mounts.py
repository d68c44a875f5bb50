"""Small file systems of our own: one that fills up, one whose power can be cut."""

import ctypes
import errno
import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

EXT4_IOC_SHUTDOWN = 0x8004587D
"""From the kernel's fs/ext4/ext4.h: ``_IOR('X', 125, __u32)``."""
NO_LOG_FLUSH = 2
"""EXT4_GOING_FLAGS_NOLOGFLUSH: what is not on the disk is lost, as when the power goes."""


def _run(*words: object) -> None:
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{words[0]} is not allowed here: {done.stderr.strip()}")


def _needs_root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A tmpfs of ``size``."""
    _needs_root()
    folder.mkdir()
    _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


class CutDisk:
    """An ext4 file system in a file, on a loop device."""

    def __init__(self, image: Path, place: Path) -> None:
        self.image, self.place = image, place
        place.mkdir()
        with image.open("wb") as file:
            file.truncate(96 * 1024 * 1024)
        _run("mkfs.ext4", "-q", "-F", image)
        self.mount()

    def mount(self) -> None:
        """Mount it; what its log holds is replayed."""
        _run("mount", "-o", "loop", self.image, self.place)

    def cut(self) -> None:
        """Cut the power: nothing reaches the disk from now on."""
        fd = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(fd, EXT4_IOC_SHUTDOWN, ctypes.c_uint32(NO_LOG_FLUSH))
        except OSError as exc:
            if exc.errno in {errno.ENOTTY, errno.EPERM, errno.EOPNOTSUPP}:
                pytest.skip(f"this kernel cannot cut the power of ext4: {exc}")
            raise
        finally:
            os.close(fd)

    def unmount(self) -> None:
        """Take it away; nothing may use it any more."""
        subprocess.run(["umount", str(self.place)], check=True)


@contextmanager
def cut_disk(folder: Path) -> Iterator[CutDisk]:
    """A disk whose power can be cut."""
    _needs_root()
    disk = CutDisk(folder / "disk.img", folder / "disk")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk.place)], check=False)
