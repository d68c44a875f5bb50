"""Pages that are kept, packed, so that trying again never asks a site again.

Beside them lies the text of each page a recipe was made of, to hold the recipe against. Both are
bounded by :func:`sweep`, which looks at each launch: what is gone is asked for again, or not shown.
"""

import errno
import gzip
import hashlib
import os
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.importers.recipes import bodies, charset, links, save
from soniq_tui.importers.recipes.stored import Source
from soniq_tui.importers.recipes.words import ARCHIVES

FOLDER = "pages"
PASTED = "pasted-"
"""How the names of pages begin that were pasted without an address."""
_PAGE, _TEXT, _SEEN = ".html.gz", ".txt.gz", ".seen.gz"
_TOLD = ("final", "canonical", "fetched", "status", "outside")
MOST_BYTES = 8 * 1024 * 1024
ARCHIVE_MOST_BYTES = 64 * 1024 * 1024
"""Of one page with all its pictures."""
SEEN_MOST_CHARS = 60_000
"""Of a page's text that is shown; of 1,108 real pages the longest has 25,600."""
KEPT_S = 30 * 24 * 3600.0
"""Older pages are deleted."""
KEPT_MOST_BYTES = 256 * 1024 * 1024
"""Of all of them together; some 4,000 pages of 60 kB, or 80,000 texts."""
FRESH_S = 24 * 3600.0
"""A page that is younger is not asked for again where a model is to look at it once more, and not
deleted, whatever there is of others: a job may wait for it."""


@dataclass(slots=True)
class Kept:
    """A page from a file."""

    text: str
    sha256: str
    source: dict[str, Any] = field(default_factory=dict)
    """What is known of where it came from, without its address."""
    other: str = ""
    """What it is in place of a text."""
    url: str = ""
    """Where it is from, as the browser noted that saved it."""


def place(folder: Path, url: str, *, text: bool = False) -> Path:
    """Return where a page, or a text, of an address is kept."""
    name = hashlib.blake2b(url.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return folder / FOLDER / f"{name}{_TEXT if text else _PAGE}"


def is_text(file: Path) -> bool:
    """Return whether a kept page is a text without markup."""
    return file.name.endswith(_TEXT)


def is_kept(file: Path) -> bool:
    """Return whether a file is a page that was kept, by its name."""
    return file.name.endswith((_PAGE, _TEXT))


def url_of(file: Path) -> str:
    """Return the address of a pasted page, as it tells it itself; nothing where it tells none."""
    if not (file.name.startswith(PASTED) and is_kept(file)):
        return ""
    try:
        return str(_unpacked(file)[0].get("url") or "")
    except OSError:
        return ""  # its job says why it cannot be read


def _unpacked(file: Path) -> tuple[dict[str, Any], bytes]:
    """Return what a kept page tells of itself, and the page; of one that others packed, no more.

    Raises:
        OSError: it cannot be read, or is damaged.
    """
    try:
        with gzip.open(file) as packed:
            data = packed.read(MOST_BYTES + 1)
    except (EOFError, zlib.error) as exc:
        raise OSError(errno.EIO, f"damaged: {exc}", str(file)) from exc
    head, _, page = data.partition(b"\n")
    try:
        return msgspec.json.decode(head, type=dict[str, Any]), page
    except (msgspec.DecodeError, RecursionError):
        return {}, data


def keep(folder: Path, page: str, source: Source, *, text: bool = False, name: str = "") -> Path:
    """Keep a page below ``folder``; returns the file, which begins with where it came from.

    Its address names the file, or ``name`` does.
    """
    file = place(folder, source.url, text=text)
    if name:
        file = file.with_name(f"{name}{_TEXT if text else _PAGE}")
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {n: v for n, v in msgspec.structs.asdict(source).items() if n != "url"}
    data = gzip.compress(
        msgspec.json.encode({"url": source.url, **told}) + b"\n" + page.encode("utf-8", "replace"),
        6,
    )
    save.put(file, data)
    return file


def read(file: Path) -> Kept:
    """Return a page, kept by us or saved by a person.

    Raises:
        OSError: it cannot be read, or is larger than any page.
    """
    if file.suffix == ".gz":
        told, data = _unpacked(file)
        if not told:
            return _of_bytes(data)
        known: dict[str, Any] = {n: told[n] for n in _TOLD if n in told}
        return Kept(data.decode("utf-8", "replace"), str(told.get("html_sha256", "")), known)
    archive = file.suffix.lower() in ARCHIVES
    most = ARCHIVE_MOST_BYTES if archive else MOST_BYTES
    with file.open("rb") as plain:
        data = plain.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"more than {most // 1024 // 1024} MiB", str(file))
    if archive:
        return _of_archive(data)
    return _of_bytes(data)


def _of_bytes(data: bytes) -> Kept:
    return Kept(charset.text_of(data), _sha256(data), other=bodies.no_text(data))


def _of_archive(data: bytes) -> Kept:
    """Return the page of a browser's archive."""
    from soniq_tui.importers.recipes.web_archives import page_of

    page = page_of(data)
    if page is None or len(page.body) > MOST_BYTES:
        return Kept("", _sha256(data), other=bodies.no_text(data) or "application/octet-stream")
    url = links.without_login(page.url) if links.found_in(page.url) == [page.url] else ""
    text = charset.text_of(page.body, page.charset)
    return Kept(text, _sha256(data), other=bodies.no_text(page.body), url=url)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def keep_seen(folder: Path, url: str, text: str) -> None:
    """Keep the text of the page that a recipe was made of.

    Unlike a page it need not survive a power cut: no file waits for the disk.

    Raises:
        OSError: it cannot be written.
    """
    file = _seen(folder, url)
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f"{save.TMP}{os.getpid()}-{file.name}")
    temporary.write_bytes(gzip.compress(text[:SEEN_MOST_CHARS].encode("utf-8", "replace"), 6))
    temporary.replace(file)


def seen(folder: Path, url: str) -> str:
    """Return the text of the page that a recipe was made of; nothing where none is kept (whole)."""
    try:
        with gzip.open(_seen(folder, url)) as packed:
            return packed.read(SEEN_MOST_CHARS * 4).decode("utf-8", "replace")
    except (OSError, EOFError, zlib.error):
        return ""


def _seen(folder: Path, url: str) -> Path:
    return place(folder, url).with_name(place(folder, url).name.removesuffix(_PAGE) + _SEEN)


def sweep(folder: Path) -> int:
    """Delete pages that are old, and the oldest of too many; returns how many."""
    room = folder / FOLDER
    if not room.is_dir():
        return 0
    now_s = time.time()
    kept = []
    with os.scandir(room) as entries:
        for entry in entries:
            if entry.name.startswith(save.TMP) or not entry.is_file(follow_symlinks=False):
                continue
            with suppress(FileNotFoundError):  # another launch sweeps as well
                state = entry.stat(follow_symlinks=False)
                kept.append((state.st_mtime, state.st_size, entry.path))
    total, gone = sum(size for _, size, _ in kept), 0
    for at_s, size, path in sorted(kept):
        age_s = now_s - at_s
        if age_s < KEPT_S and (total <= KEPT_MOST_BYTES or age_s < FRESH_S):
            break
        Path(path).unlink(missing_ok=True)
        total, gone = total - size, gone + 1
    return gone
