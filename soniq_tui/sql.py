"""Read the named queries of a ``.sql`` file.

A block starts with a line ``-- name: what it is for`` at the left edge and ends before the next
one. Comments inside a block are indented. SQL stands in such files and nowhere else, so a reader
finds every access to a database by opening one file.
"""

import pkgutil
import re

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
