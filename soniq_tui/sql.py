"""Read the named queries of a ``.sql`` file; say how a database of somebody else is read.

A block starts with a line ``-- name: what it is for`` at the left edge and ends before the next
one. Comments inside a block are indented. SQL stands in such files and nowhere else, so a reader
finds every access to a database by opening one file.
"""

import os
import pkgutil
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

# sqlite3 asks its adapters about every value but plain numbers and texts. Where there is none it
# goes on to ask the value and makes an error of the answer: half a microsecond for each NULL, and
# half of the columns of a track are NULL. Builtins that give back what they are given are quick.
_SAME: dict[None, None] = {}
sqlite3.register_adapter(type(None), _SAME.get)
sqlite3.register_adapter(bytes, bytes)
sqlite3.register_adapter(bool, int)

_HEAD = re.compile(r"^-- ([a-z][a-z0-9_]*): \S.*$")


def load(package: str, file: str) -> dict[str, str]:
    """Return the queries of ``file``, which lies in ``package``, by name.

    Raises:
        ValueError: a name occurs twice, a block is empty, or text stands before the first block.
    """
    data = pkgutil.get_data(package, file)
    if data is None:
        raise ValueError(f"{package} has no files of its own")
    blocks: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for number, line in enumerate(data.decode().splitlines(), 1):
        if head := _HEAD.match(line):
            if head[1] in blocks:
                raise ValueError(f"{file}:{number}: {head[1]} is there twice")
            lines = blocks[head[1]] = []
        elif lines is not None:
            lines.append(line)
        elif line.strip():
            raise ValueError(f"{file}:{number}: expected '-- name: what it is for'")
    queries = {name: "\n".join(block).strip() for name, block in blocks.items()}
    for name, query in queries.items():
        if not query:
            raise ValueError(f"{file}: {name} is empty")
    return queries


def read_only(path: Path) -> str:
    """Return the URI by which a database in WAL mode is opened for reading.

    SQLite makes two files beside such a database, also to read it; where it may not, it calls the
    database unreadable, or not writable. Where no log lies there all is in the database, and
    nobody has it open: then it can be read as it stands.

    A database is turned to WAL mode when it is made, under a journal of the older kind. Who is
    killed just then leaves that behind, and SQLite refuses all who only read until a writer comes
    and rolls it back; here that is done first.

    Raises:
        sqlite3.Error: it has to be rolled back and cannot be.
    """
    uri = f"file:{quote(os.fspath(path.absolute()))}"
    if path.with_name(f"{path.name}-journal").exists():
        with closing(sqlite3.connect(f"{uri}?mode=rw", uri=True)) as writer:
            writer.execute("PRAGMA schema_version").fetchone()
    log = path.with_name(f"{path.name}-wal")
    alone = not os.access(path.parent, os.W_OK) and not log.exists()
    return f"{uri}?mode=ro{'&immutable=1' if alone else ''}"


def denied(path: Path) -> str:
    """Return why we may not read a database of somebody else, with the next step; or nothing."""
    files = [path, *(path.with_name(f"{path.name}-{end}") for end in ("wal", "shm"))]
    closed = next((f for f in files if f.exists() and not os.access(f, os.R_OK)), None)
    if closed is None and not os.access(path.parent, os.W_OK):
        closed = path  # its log needs files that we may not make there
    return f"permission denied: {closed}; run as its owner" if closed else ""
