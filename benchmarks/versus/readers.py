"""Programs that only read tags, each a whole process, to compare a scan with.

``python readers.py NAME [WORKERS]``: full paths on standard input, separated by NUL; prints a line
of JSON. They are told what to read and do nothing with what they have read. Each runs on the
standard library and the one package that it is about.
"""

import io
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

CHUNK = 200


def mutagen_loop(paths: list[bytes], _workers: int) -> dict[str, int]:
    """One process, one ``mutagen.File`` after the other."""
    return {"read": _with_mutagen(paths)}


def mutagen_pool(paths: list[bytes], workers: int) -> dict[str, int]:
    """The same in several processes, in chunks as large as those of a scan."""
    chunks = [paths[i : i + CHUNK] for i in range(0, len(paths), CHUNK)]
    with ProcessPoolExecutor(workers) as pool:
        return {"read": sum(pool.map(_with_mutagen, chunks))}


def tinytag_loop(paths: list[bytes], _workers: int) -> dict[str, int]:
    """One process, one ``TinyTag.get`` after the other, pictures left out."""
    from tinytag import TinyTag

    read = 0
    for path in paths:
        try:
            TinyTag.get(path)
        except Exception:  # noqa: BLE001, S112  whatever a parser throws at broken files
            continue
        read += 1
    return {"read": read}


def bytes_of_mutagen(paths: list[bytes], _workers: int) -> dict[str, int]:
    """What ``mutagen.File`` reads of every second file; the others warm it up."""
    _with_mutagen(paths[::2])
    before = _io()
    return _since(before, _with_mutagen(paths[1::2]))


def bytes_of_ours(paths: list[bytes], _workers: int) -> dict[str, int]:
    """What the reader of a scan reads of every second file; the others warm it up."""
    from soniq_tui.importers.music.tags.read import read

    sizes = [(path, os.stat(path).st_size) for path in paths]  # noqa: PTH116  a path of bytes
    for path, size in sizes[::2]:
        read(path, size)
    before = _io()
    for path, size in sizes[1::2]:
        read(path, size)
    return _since(before, len(sizes[1::2]))


def _with_mutagen(paths: list[bytes]) -> int:
    import mutagen

    read = 0
    for path in paths:
        try:
            found = mutagen.File(path)
        except Exception:  # noqa: BLE001, S112  whatever a parser throws at broken files
            continue
        read += found is not None
    return read


def _io() -> dict[str, int]:
    """Return what this process has read: ``rchar`` bytes and ``syscr`` calls, see proc(5)."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return {name: int(value) for name, value in (line.split(": ") for line in lines)}


def _since(before: dict[str, int], read: int) -> dict[str, int]:
    now = _io()
    return {
        "read": read,
        "bytes": now["rchar"] - before["rchar"],
        "calls": now["syscr"] - before["syscr"],
    }


NAMES = {
    f.__name__: f
    for f in (mutagen_loop, mutagen_pool, tinytag_loop, bytes_of_mutagen, bytes_of_ours)
}

if __name__ == "__main__":
    stdin = io.FileIO(0).readall()
    given = [path for path in stdin.split(b"\0") if path]
    print(json.dumps(NAMES[sys.argv[1]](given, int(sys.argv[2]) if sys.argv[2:] else 1)))
