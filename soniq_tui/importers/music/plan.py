"""Planning: which folders a scan may start in, and a first look at what lies there."""

import os
import time
from pathlib import Path

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Plan, wanted
from soniq_tui.importers.music.words import Root, ScanOptions
from soniq_tui.model.forms import Preview
from soniq_tui.model.job import Spawn
from soniq_tui.model.text import path_text

OPTIONS_BYTES = 32 * 1024
"""Of a job that may carry 64 KiB: the rest is how far it is, and where it had faults."""
LOOK_S = 3.0
"""How long a preview looks."""

SYSTEM_TREES = (
    "/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run",
    "/sbin", "/sys", "/usr",
)  # fmt: skip
"""Refused with all below."""
ALLOWED_BELOW = ("/usr/local", "/usr/share", "/run/media", "/run/user", "/dev/shm")  # noqa: S108
"""In system trees, but folders below them hold people's files: udisks mounts under /run/media,
gvfs under /run/user."""
SYSTEM_FOLDERS = ("/", "/var", "/var/lib")
"""Refused themselves; what lies below is fine."""

_KILO = 1000
_MAX_NAMED = 2


def plan(options: ScanOptions, data_dir: Path) -> Plan:
    """Check the paths and make one discovery of each.

    Of several it says what is known of them, for they are walked one after another.

    Raises:
        UsageError: a path is missing, no folder, unreadable or the system's, or none is given.
    """
    folders = roots(options, data_dir)
    # A link may lead into any of them; else each knows of itself, however many they are.
    others = tuple(folders) if options.follow_symlinks else ()
    own = msgspec.structs.replace(options, paths=others)
    if len(msgspec.msgpack.encode(own)) > OPTIONS_BYTES:
        raise UsageError(
            "these are more folders and globs than one scan can follow; scan the folder above them"
        )
    known: list[int | None] = [None] * len(folders)
    if len(folders) > 1 and options.limit is None:
        from soniq_tui.importers.music.discovery.ahead import known_below

        known = known_below(data_dir, map(os.fsencode, folders))
    jobs = [
        Spawn(
            key=path,
            label=path,
            payload=msgspec.msgpack.encode(
                Root(path=os.fsencode(path), options=own, gone=not os.path.lexists(path))
            ),
            stage="watch" if options.watch else "discover",
            items=0,
            expected=expected,
        )
        for path, expected in zip(folders, known, strict=True)
    ]
    label = ", ".join(folders) if len(folders) <= _MAX_NAMED else f"{len(folders)} folders"
    if options.watch:
        label = f"{label} ({_how_watched(folders)})"
    return Plan(label=label, jobs=tuple(jobs))


def roots(options: ScanOptions, data_dir: Path) -> list[str]:
    """Return the real paths to scan, in the order given; those inside another are left out.

    A folder that is not there can be scanned by ``force`` where the library has files of it: it
    says that they are gone.

    Raises:
        UsageError: as of :func:`plan`.
    """
    if options.limit is not None and options.limit < 1:
        raise UsageError(f"the limit is {options.limit}; it must be 1 or more")
    if options.watch and options.limit is not None:
        raise UsageError("a limit ends a scan, and watching goes on: leave one of them out")
    if not any(options.paths):
        raise UsageError("no folder given; name the folder that holds your music")
    gone = options.force and not options.watch
    found = list(dict.fromkeys(_checked(p, data_dir, gone=gone) for p in options.paths if p))
    return [p for p in found if not any(p.startswith(f"{q}/") for q in found)]


def _checked(given: str, data_dir: Path, *, gone: bool) -> str:
    path = os.path.realpath(os.path.expanduser(given))
    try:
        path.encode()
    except UnicodeEncodeError:
        name = path_text(os.fsencode(path))
        raise UsageError(f"the name of {name} is not UTF-8; scan the folder above it") from None
    if is_system(path):
        raise UsageError(f"{path} belongs to the system; scan the folder that holds your music")
    if not os.path.lexists(path):
        from soniq_tui.importers.music.discovery.ahead import any_below

        if not any_below(data_dir, os.fsencode(path)):
            raise UsageError(f"{path} does not exist")
        if gone:
            return path
        raise UsageError(
            f"{path} does not exist; if its music is gone for good, a scan with --force says so, "
            "and purge forgets it"
        )
    if not Path(path).is_dir():
        raise UsageError(f"{path} is a file; scan its folder: {Path(path).parent}")
    try:
        os.scandir(path).close()
    except OSError as exc:
        raise UsageError(f"{path} cannot be read: {exc.strerror}") from exc
    return path


def is_system(path: str) -> bool:
    """Say whether a real path is one of the system's, where nobody keeps music."""
    if path in SYSTEM_FOLDERS:
        return True
    if any(path.startswith(f"{top}/") for top in ALLOWED_BELOW):
        return False
    return any(path == top or path.startswith(f"{top}/") for top in SYSTEM_TREES)


def _how_watched(folders: list[str]) -> str:
    """Say how it is known what changes in folders."""
    from soniq_tui.importers.music.discovery.listen import SWEEP_S, why_deaf

    deaf = {kind for folder in folders if (kind := why_deaf(os.fsencode(folder)))}
    if not deaf:
        return "watched"
    return f"looked through every {SWEEP_S / 60:.0f} minutes: {', '.join(sorted(deaf))}"


def preview(options: ScanOptions, data_dir: Path) -> Preview:
    """Count audio files for a moment, or say why the scan cannot be launched."""
    try:
        folders = roots(options, data_dir)
    except UsageError as exc:
        return Preview(ok=False, text=str(exc))
    text, some = _first_look(folders, options)
    if options.watch:  # music may come
        return Preview(ok=True, text=f"{text}; then {_how_watched(folders)}")
    return Preview(ok=True, text=text, doubt=not some)


def _first_look(folders: list[str], options: ScanOptions) -> tuple[str, bool]:
    """Return what there is, in words, and whether there is or may be any music."""
    from soniq_tui.importers.music.discovery.walk import Walk  # planning needs none

    options = msgspec.structs.replace(options, paths=tuple(folders))
    end_s = time.monotonic() + LOOK_S
    files = size = holders = 0
    for folder in folders:
        for met in Walk(os.fsencode(folder), options):
            holders += bool(met.files)
            for entry in met.files:
                files += 1
                try:
                    size += entry.stat(follow_symlinks=options.follow_symlinks).st_size
                except OSError:
                    continue  # the scan itself will tell
            if time.monotonic() >= end_s or not wanted():
                found = f"{_count(files, 'audio file')}, {_size(size)}"
                return f"{found} in the first {LOOK_S:g} s", True
    if not files:
        return f"no audio files under {', '.join(folders)}", False
    return f"{_count(files, 'audio file')} in {_count(holders, 'folder')}", True


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _size(size_bytes: float) -> str:
    """Return a size as disks are sold: 12 GB, 1.2 GB, 640 MB."""
    unit, *larger = "bytes", "kB", "MB", "GB", "TB"
    while size_bytes >= _KILO and larger:
        size_bytes /= _KILO
        unit, *larger = larger
    digits = 1 if size_bytes < 10 and unit not in {"bytes", "kB"} else 0  # noqa: PLR2004
    return f"{size_bytes:.{digits}f} {unit}"
