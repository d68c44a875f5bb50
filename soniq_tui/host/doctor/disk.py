"""The disks: of the data directory, and the place in memory."""

import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from soniq_tui.engine.load import free_mib
from soniq_tui.host.doctor.findings import Finding, Probe, World, bad, ok, text, warn

PROBES_MOST = 20
PROBE_S = 2.0
BLOCK = 4096
SLOW_MS, VERY_SLOW_MS = 30.0, 150.0
"""Median time of an fsync; SD cards take 5 to 30 ms, solid-state disks less than 5."""
ROOM_MIB = 64.0
"""What stages hand to each other through memory: 32 chunks of 200 tracks are some 8 MiB."""
INODES_FEW = 1000
OTHER = "choose a local disk with --data-dir"
NETWORK = re.compile(
    r"(nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|ncpfs|virtiofs"
    r"|fuse\.(sshfs|rclone|glusterfs|s3fs|davfs\w*))\Z"
)
PLAIN = {"vfat", "msdos", "exfat", "fuseblk", "ntfs", "ntfs3"}
PASSING = {
    "overlay": "a layer that may be gone at the next start",
    "tmpfs": "memory, gone at the next start",
    "ramfs": "memory, gone at the next start",
}
_ESCAPED = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """A mounted file system."""

    point: str
    kind: str
    options: frozenset[str]


def data_directory(world: World) -> Iterator[Finding]:
    """Whether the data directory is there, can be written, and has room."""
    if not world.settings.data_dir:
        yield bad("data directory", "nobody can tell where it is", "name it with --data-dir")
        return
    folder = world.settings.data_path
    there = standing(folder)
    if not there.is_dir() or not os.access(there, os.R_OK | os.X_OK):
        yield bad("data directory", f"{there} is no folder that can be read", OTHER)
    elif not os.access(there, os.W_OK):
        yield bad("data directory", f"{there} cannot be written", f"give it to you, or {OTHER}")
    elif there == folder:
        yield ok("data directory", str(folder))
    else:
        yield ok("data directory", f"{folder} is not there yet; the first start makes it")
    yield from _space(world, there)


def _space(world: World, there: Path) -> Iterator[Finding]:
    free, needed = free_mib(there), world.settings.engine.min_free_disk_mib
    mend = "free some space, or choose another disk with --data-dir"
    if free is None:
        yield bad("disk space", f"cannot be told of {there}", OTHER)
    elif free < needed:
        yield bad(
            "disk space", f"{free:,.0f} MiB free, {needed:,} needed: nothing is started", mend
        )
    elif free < 5 * needed:
        yield warn("disk space", f"{free:,.0f} MiB free; below {needed:,} nothing is started", mend)
    else:
        yield ok("disk space", f"{free:,.0f} MiB free")
    if free is not None:
        disk = os.statvfs(there)
        if disk.f_files and disk.f_favail < INODES_FEW:
            yield warn("disk space", f"room for {disk.f_favail:,} more files only", mend)


def standing(folder: Path) -> Path:
    """Return ``folder``, or the nearest one above it that is there."""
    for place in (folder, *folder.parents):
        if os.path.lexists(place):
            return place
    return Path("/")


def memory_room(world: World) -> Iterator[Finding]:
    """Whether there is a place in memory for what stages hand to each other."""
    places = [world.system / "dev/shm"]
    if own := world.env.get("XDG_RUNTIME_DIR"):
        places.append(Path(own))
    for place in places:
        free = free_mib(place)
        if free is None or not os.access(place, os.W_OK):
            continue
        if free < ROOM_MIB:
            yield warn(
                "memory room", f"{place} has {free:,.0f} MiB free only", "delete files there"
            )
        else:
            yield ok("memory room", f"{place} has {free:,.0f} MiB free")
        return
    yield warn("memory room", "neither /dev/shm nor XDG_RUNTIME_DIR can be used", "mount /dev/shm")


def file_system(world: World) -> Iterator[Finding]:
    """Whether the data directory lies on a file system that keeps what was written."""
    if not world.settings.data_dir:
        return
    there = standing(world.settings.data_path)
    mount = mount_of(os.path.realpath(there), text(world.system / "proc/self/mountinfo"))
    if mount is None:
        yield ok("file system", "its kind cannot be told")
        return
    where = f"{mount.kind} at {mount.point}"
    if "ro" in mount.options:
        yield bad("file system", f"{where} is mounted read-only", "look for errors with 'dmesg'")
    elif NETWORK.match(mount.kind):
        yield bad("file system", f"{where}: the journal (WAL) does not work over a network", OTHER)
    elif mount.kind in PLAIN:
        yield warn(
            "file system", f"{where} knows no owners and no sockets: nobody can attach", OTHER
        )
    elif mount.kind in PASSING:
        yield warn("file system", f"{where}: {PASSING[mount.kind]}", OTHER)
    else:
        yield ok("file system", where)


def mount_of(path: str, mountinfo: str) -> Mount | None:
    """Return the file system that ``path`` lies on: proc(5), /proc/PID/mountinfo."""
    best = None
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        fields, kinds = before.split(" "), after.split(" ")
        if len(fields) < 6 or len(kinds) < 3:  # noqa: PLR2004  mount point, options; kind, options
            continue
        point = _ESCAPED.sub(lambda match: chr(int(match[1], 8)), fields[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        # A later mount at the same point covers an earlier one.
        if inside and (best is None or len(point) >= len(best.point)):
            options = frozenset((*fields[5].split(","), *kinds[2].split(",")))
            best = Mount(point, kinds[0], options)
    return best


def disk_speed(world: World) -> Iterator[Finding]:
    """How long a commit takes: some 4 KiB blocks, each written through to the disk."""
    folder = world.settings.data_path
    if not world.settings.data_dir or not os.access(folder, os.W_OK | os.X_OK):
        yield ok("disk speed", "not measured: there is no data directory that can be written yet")
        return
    try:
        times_ms = fsync_ms(folder)
    except OSError as exc:
        yield bad("disk speed", f"nothing can be written through in {folder}: {exc}", OTHER)
        return
    median, worst = statistics.median(times_ms), max(times_ms)
    fact = f"an fsync takes {median:.1f} ms, at worst {worst:.1f} ms"
    if median >= VERY_SLOW_MS:
        yield warn(
            "disk speed", f"{fact}: answers to commands will lag", "use a better card or SSD"
        )
    elif median >= SLOW_MS:
        yield warn("disk speed", f"{fact}: slow even for an SD card", "use a better card or an SSD")
    elif median >= SLOW_MS / 6:
        yield ok("disk speed", f"{fact}: usual for an SD card; commits are grouped")
    else:
        yield ok("disk speed", f"{fact}: fast")


def fsync_ms(folder: Path, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """Return how long fsyncs took; at most ``PROBES_MOST`` within ``PROBE_S``, at least one.

    The file has no name, so nothing stays behind however this ends.

    Raises:
        OSError: the disk refuses.
    """
    times_ms: list[float] = []
    begun_s = clock()
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        while len(times_ms) < PROBES_MOST and clock() - begun_s < PROBE_S:
            file.write(os.urandom(BLOCK))
            before_s = clock()
            os.fsync(file.fileno())
            times_ms.append((clock() - before_s) * 1000)
    return times_ms


PROBES: tuple[Probe, ...] = (data_directory, memory_room, file_system, disk_speed)
