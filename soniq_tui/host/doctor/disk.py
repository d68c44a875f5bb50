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
from soniq_tui.words import _, figure, labelled, mark

PLACE = mark("data directory")
SPACE = mark("disk space")
ROOM = mark("memory room")
SYSTEM = mark("file system")
SPEED = mark("disk speed")
PROBES_MOST = 20
PROBE_S = 2.0
BLOCK = 4096
SLOW_MS, VERY_SLOW_MS = 30.0, 150.0
"""Median time of an fsync; SD cards take 5 to 30 ms, solid-state disks less than 5."""
ROOM_MIB = 64.0
"""What stages hand to each other through memory: 32 chunks of 200 tracks are some 8 MiB."""
INODES_FEW = 1000
OTHER = mark("choose a local disk with --data-dir")
CARD = mark("use a better card or an SSD")
NETWORK = re.compile(
    r"(nfs\d?|cifs|smb\w*|9p|afs|ceph|glusterfs|lustre|ncpfs|virtiofs"
    r"|fuse\.(sshfs|rclone|glusterfs|s3fs|davfs\w*))\Z"
)
PLAIN = {"vfat", "msdos", "exfat", "fuseblk", "ntfs", "ntfs3"}
PASSING = {
    "overlay": mark("a layer that may be gone at the next start"),
    "tmpfs": mark("memory, gone at the next start"),
    "ramfs": mark("memory, gone at the next start"),
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
        yield bad(PLACE, _("nobody can tell where it is"), _("name it with --data-dir"))
        return
    folder = world.settings.data_path
    there = standing(folder)
    if not there.is_dir() or not os.access(there, os.R_OK | os.X_OK):
        yield bad(PLACE, _("{folder} is no folder that can be read").format(folder=there), _(OTHER))
    elif not os.access(there, os.W_OK):
        mend = _("give it to you, or choose a local disk with --data-dir")
        yield bad(PLACE, _("{folder} cannot be written").format(folder=there), mend)
    elif there == folder:
        yield ok(PLACE, str(folder))
    else:
        fact = _("{folder} is not there yet; the first start makes it")
        yield ok(PLACE, fact.format(folder=folder))
    yield from _space(world, there)


def _space(world: World, there: Path) -> Iterator[Finding]:
    free, needed = free_mib(there), world.settings.engine.min_free_disk_mib
    mend = _("free some space, or choose another disk with --data-dir")
    if free is None:
        yield bad(SPACE, _("cannot be told of {folder}").format(folder=there), _(OTHER))
        return
    figures = {"mib": figure(free), "needed": figure(needed)}
    if free < needed:
        fact = _("{mib} MiB free, {needed} needed: nothing is started")
        yield bad(SPACE, fact.format(**figures), mend)
    elif free < 5 * needed:
        fact = _("{mib} MiB free; below {needed} nothing is started")
        yield warn(SPACE, fact.format(**figures), mend)
    else:
        yield ok(SPACE, _("{mib} MiB free").format(**figures))
    disk = os.statvfs(there)
    if disk.f_files and disk.f_favail < INODES_FEW:
        fact = _("room for {n} more files only")
        yield warn(SPACE, fact.format(n=figure(disk.f_favail)), mend)


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
        figures = {"folder": place, "mib": figure(free)}
        if free < ROOM_MIB:
            fact = _("{folder} has {mib} MiB free only")
            yield warn(ROOM, fact.format(**figures), _("delete files there"))
        else:
            yield ok(ROOM, _("{folder} has {mib} MiB free").format(**figures))
        return
    fact = _("neither /dev/shm nor XDG_RUNTIME_DIR can be used")
    yield warn(ROOM, fact, _("mount /dev/shm"))


def file_system(world: World) -> Iterator[Finding]:
    """Whether the data directory lies on a file system that keeps what was written."""
    if not world.settings.data_dir:
        return
    there = standing(world.settings.data_path)
    mount = mount_of(os.path.realpath(there), text(world.system / "proc/self/mountinfo"))
    if mount is None:
        yield ok(SYSTEM, _("its kind cannot be told"))
        return
    where = _("{kind} at {place}").format(kind=mount.kind, place=mount.point)
    if "ro" in mount.options:
        fact = _("{where} is mounted read-only")
        yield bad(SYSTEM, fact.format(where=where), _("look for errors with 'dmesg'"))
    elif NETWORK.match(mount.kind):
        fact = _("{where}: the journal (WAL) does not work over a network")
        yield bad(SYSTEM, fact.format(where=where), _(OTHER))
    elif mount.kind in PLAIN:
        fact = _("{where} knows no owners and no sockets: nobody can attach")
        yield warn(SYSTEM, fact.format(where=where), _(OTHER))
    elif mount.kind in PASSING:
        yield warn(SYSTEM, labelled(where, _(PASSING[mount.kind])), _(OTHER))
    else:
        yield ok(SYSTEM, where)


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
        fact = _("not measured: there is no data directory that can be written yet")
        yield ok(SPEED, fact)
        return
    try:
        times_ms = fsync_ms(folder)
    except OSError as exc:
        fact = _("nothing can be written through in {folder}: {why}")
        yield bad(SPEED, fact.format(folder=folder, why=exc), _(OTHER))
        return
    median, worst = statistics.median(times_ms), max(times_ms)
    form = _("an fsync takes {median} ms, at worst {worst} ms: {verdict}")
    figures = {"median": figure(median, 1), "worst": figure(worst, 1)}
    if median >= VERY_SLOW_MS:
        verdict = _("answers to commands will lag")
    elif median >= SLOW_MS:
        verdict = _("slow even for an SD card")
    elif median >= SLOW_MS / 6:
        verdict = _("usual for an SD card; commits are grouped")
    else:
        verdict = _("fast")
    fact = form.format(**figures, verdict=verdict)
    yield warn(SPEED, fact, _(CARD)) if median >= SLOW_MS else ok(SPEED, fact)


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
