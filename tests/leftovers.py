"""What a host may leave behind, and how to find it."""

import hashlib
import os
from pathlib import Path


def processes(mark: str) -> dict[int, str]:
    """Return the command lines of other live processes with ``mark`` in their environment."""
    found = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            if mark.encode() not in (folder / "environ").read_bytes():
                continue
            if (folder / "stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z":
                continue
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
        except OSError:
            continue  # it ended meanwhile, or is somebody else's
        found[int(folder.name)] = words.decode(errors="replace")
    return found


def rooms_in_memory(place: Path) -> list[Path]:
    """Return where the hosts of all data directories below ``place`` keep things in memory."""
    # Not ``rglob``, which fails where a process that still runs removes a folder meanwhile.
    return [room_in_memory(Path(top)) for top, _, names in os.walk(place) if "host.lock" in names]


def room_in_memory(data_dir: Path) -> Path:
    """Return where a host of ``data_dir`` keeps things in shared memory, without a better place."""
    mark = hashlib.blake2b(os.fsencode(data_dir), digest_size=6).hexdigest()
    return Path("/dev/shm", f"soniq-{os.getuid()}-{mark}")  # noqa: S108  as the host does
