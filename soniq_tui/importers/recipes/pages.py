"""Pages that are kept, packed, so that trying again never asks a site again."""

import gzip
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.importers.recipes import charset
from soniq_tui.importers.recipes.save import written
from soniq_tui.importers.recipes.stored import Source

FOLDER = "pages"
_PAGE, _TEXT = ".html.gz", ".txt.gz"
_TOLD = ("final", "canonical", "fetched", "status")
MOST_BYTES = 8 * 1024 * 1024


@dataclass(slots=True)
class Kept:
    """A page from a file."""

    text: str
    sha256: str
    source: dict[str, Any] = field(default_factory=dict)
    """What is known of where it came from, without its address."""


def place(folder: Path, url: str, *, text: bool = False) -> Path:
    """Return where a page, or a text, of an address is kept."""
    name = hashlib.blake2b(url.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return folder / FOLDER / f"{name}{_TEXT if text else _PAGE}"


def is_text(file: Path) -> bool:
    """Return whether a kept page is a text without markup."""
    return file.name.endswith(_TEXT)


def keep(folder: Path, page: str, source: Source, *, text: bool = False) -> Path:
    """Keep a page below ``folder``; returns the file, which begins with where it came from."""
    file = place(folder, source.url, text=text)
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {n: v for n, v in msgspec.structs.asdict(source).items() if n != "url"}
    data = gzip.compress(
        msgspec.json.encode({"url": source.url, **told}) + b"\n" + page.encode("utf-8", "replace"),
        6,
    )
    written(file.parent, data).replace(file)
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
    return Kept(charset.text_of(data), hashlib.sha256(data).hexdigest())
