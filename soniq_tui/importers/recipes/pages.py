"""Pages that are kept, packed, so that trying again never asks a site again."""

import gzip
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.importers.recipes.links import digest
from soniq_tui.importers.recipes.save import TMP
from soniq_tui.importers.recipes.stored import Source

FOLDER = "pages"
_TOLD = ("final", "canonical", "fetched", "status")
MOST_BYTES = 8 * 1024 * 1024


@dataclass(slots=True)
class Kept:
    """A page from a file."""

    text: str
    sha256: str
    source: dict[str, Any] = field(default_factory=dict)
    """What is known of where it came from, without its address."""


def keep(folder: Path, page: str, source: Source) -> Path:
    """Keep a page below ``folder``; returns the file. Beside it lies where it came from."""
    room = folder / FOLDER
    room.mkdir(parents=True, exist_ok=True)
    file = room / f"{digest(source.url)}.html.gz"
    told = {n: v for n, v in msgspec.structs.asdict(source).items() if n != "url"}
    data = gzip.compress(
        msgspec.json.encode({"url": source.url, **told}) + b"\n" + page.encode("utf-8", "replace"),
        6,
    )
    temporary = room / f"{TMP}{os.getpid()}"
    temporary.write_bytes(data)
    temporary.replace(file)
    return file


def read(file: Path) -> Kept:
    """Return a page, kept by us or saved by a person.

    Raises:
        OSError: it cannot be read, or is larger than any page.
    """
    if file.suffix == ".gz":
        with gzip.open(file) as packed:
            head, _, body = packed.read(MOST_BYTES + 1).partition(b"\n")
        told = msgspec.json.decode(head, type=dict[str, Any])
        known: dict[str, Any] = {n: told[n] for n in _TOLD if n in told}
        return Kept(body.decode("utf-8", "replace"), str(told.get("html_sha256", "")), known)
    with file.open("rb") as plain:
        data = plain.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError(f"{file}: more than {MOST_BYTES // 1024 // 1024} MiB")
    return Kept(data.decode("utf-8", "replace"), hashlib.sha256(data).hexdigest())
