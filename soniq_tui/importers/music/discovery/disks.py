"""What lies below a path: a disk that turns, a mount that is silent, numbers that do not last."""

import os
import re
import select
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from soniq_tui.importers.music.words import FileRef

_SILENT = re.compile(
    r"nfs|nfs4|cifs|smb3|smbfs|9p|afs|ceph|ncpfs|coda|lustre|gfs2?|ocfs2|virtiofs|vboxsf|prl_fs"
    r"|fuse(\..*)?|davfs|acfs|drvfs"
)
"""File systems that others can change without this kernel hearing of it: those of the network, of
the host of a virtual machine, and FUSE but for disks (``fuseblk``). No overlay: what lies below one
must not change at all (kernel, Documentation/filesystems/overlayfs.rst)."""

_PASSING_INODES = re.compile(r"vfat|msdos|exfat|fuse(\..*)?|fuseblk|9p|cifs|smb3|smbfs|davfs")
"""File systems whose inode numbers may be others after the next mount, or when memory was short:
the kernel makes them up (``iunique``) where the disk holds none."""
_FIXED_INODES = "serverino"
"""An option of CIFS: the numbers come from the server."""
_ESCAPE = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """One line of ``/proc/self/mountinfo``; see proc_pid_mountinfo(5)."""

    point: bytes
    device: str
    """Major and minor number: ``8:1``."""
    kind: str
    source: str
    options: tuple[str, ...]


def notifies(path: bytes, proc: Path = Path("/proc")) -> bool:
    """Say whether the kernel hears of all changes below a path."""
    mount = mount_of(path, proc)
    return mount is None or _SILENT.fullmatch(mount.kind) is None


def lasting_inodes(path: bytes, proc: Path = Path("/proc")) -> bool:
    """Say whether a file at a path keeps its inode number as long as it is there."""
    mount = mount_of(path, proc)
    if mount is None or _PASSING_INODES.fullmatch(mount.kind) is None:
        return True
    return _FIXED_INODES in mount.options


def kind(path: bytes, proc: Path = Path("/proc")) -> str:
    """Return what the file system is called that a path lies in; empty where nobody says."""
    mount = mount_of(path, proc)
    return "" if mount is None else mount.kind


def mount_of(path: bytes, proc: Path = Path("/proc")) -> Mount | None:
    """Return the mount that a path without links lies in; None where the kernel does not say."""
    best = None
    for mount in mounts(proc):
        point = mount.point.rstrip(b"/")
        inside = path == mount.point or path.startswith(point + b"/")
        # A later mount of the same place hides the earlier one.
        if inside and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def mounted(proc: Path = Path("/proc")) -> set[int]:
    """Return the devices (``st_dev``) of all that is mounted."""
    return {os.makedev(*map(int, mount.device.split(":"))) for mount in mounts(proc)}


def below(folder: bytes, proc: Path = Path("/proc")) -> frozenset[tuple[bytes, str]]:
    """Return what is mounted below a folder: where, and the device.

    Without what is mounted when somebody looks at it, and goes by itself: a walk would bring it.
    """
    inside = folder.rstrip(b"/") + b"/"
    known = mounts(proc)
    passing = tuple(mount.point + b"/" for mount in known if mount.kind == "autofs")
    return frozenset(
        (mount.point, mount.device)
        for mount in known
        if mount.point.startswith(inside) and not (mount.point + b"/").startswith(passing)
    )


class Mounting:
    """Tells that something was mounted or unmounted, at once and without reading the list.

    The kernel counts such changes for whoever holds the list open (proc_pid_mountinfo(5)).
    """

    def __init__(self, proc: Path = Path("/proc")) -> None:
        try:
            self._list: int | None = os.open(proc / "self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            self._list = None
            return
        self._poll = select.poll()
        self._poll.register(self._list, select.POLLPRI)

    def changed(self) -> bool:
        """Say whether anything was since the last time; never where the kernel does not say."""
        return self._list is not None and bool(self._poll.poll(0))

    def close(self) -> None:
        """Ask no more."""
        if self._list is not None:
            os.close(self._list)
            self._list = None


def mounts(proc: Path = Path("/proc")) -> list[Mount]:
    """Return what is mounted, as this process sees it; nothing where the kernel does not say."""
    try:
        lines = (proc / "self/mountinfo").read_bytes().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        own, dash, rest = line.partition(b" - ")
        fields, last = own.split(b" "), rest.split(b" ")
        if not dash or len(fields) < 5 or len(last) < 2:  # noqa: PLR2004  up to what is used
            continue
        options = b",".join((*fields[5:6], *last[2:3])).decode("latin-1").split(",")
        found.append(
            Mount(
                point=_unescaped(fields[4]),
                device=fields[2].decode("latin-1"),
                kind=last[0].decode("latin-1"),
                source=_unescaped(last[1]).decode("utf-8", "surrogateescape"),
                options=tuple(options),
            )
        )
    return found


def _unescaped(field: bytes) -> bytes:
    """Put blanks, tabs, line ends and backslashes back, which the kernel writes as octal."""
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 8)), field.decode("latin-1"))
    return text.encode("latin-1")


@lru_cache(64)
def rotating(device: int, sys: Path = Path("/sys"), proc: Path = Path("/proc")) -> bool:
    """Say whether what is stored on a device (``st_dev``) lies on a disk that turns."""
    number = f"{os.major(device)}:{os.minor(device)}"
    if not os.major(device):  # btrfs, ZFS: a number of no device; the mount names one
        number = _source(number, proc)
    return _turns(sys / "dev/block" / number, 0) if number else False


def _source(number: str, proc: Path) -> str:
    source = next((m.source for m in mounts(proc) if m.device == number), "")
    try:
        device = os.stat(source).st_rdev if source.startswith("/") else 0  # noqa: PTH116  nor is it a folder
    except OSError:
        device = 0
    return f"{os.major(device)}:{os.minor(device)}" if device else ""


_DEEPEST = 8
"""Partitions on volumes on encrypted volumes on RAIDs: nobody stacks more."""


def _turns(block: Path, depth: int) -> bool:
    """Look at a device, the disk it is a part of, and those that it is made from."""
    if depth > _DEEPEST:
        return False
    for folder in (block, block / ".."):
        try:
            below = list((folder / "slaves").iterdir())
        except OSError:
            below = []
        if below:
            return any(_turns(each, depth + 1) for each in below)
        if "/virtio" in os.path.realpath(folder):
            return False  # it says 1 whatever lies below
        try:
            return (folder / "queue/rotational").read_text().strip() == "1"
        except OSError:
            continue
    return False


def reading_order(files: Sequence[FileRef], turns: bool) -> list[int]:
    """Return in which order to read files, as positions.

    On a disk that turns by inode number, which follows the place on the disk more closely than
    names do; else as they stand.
    """
    places = range(len(files))
    return sorted(places, key=lambda at: files[at].inode) if turns else list(places)
