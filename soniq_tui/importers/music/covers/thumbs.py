"""Thumbnails: one file for each picture, by its key, and pictures for the console made of them.

They lie in ``covers/ab/<key>.jpg`` of the data directory; ``ab`` begins the digest in the key.
Nothing there is precious: what is missing or damaged is made again.
"""

import logging
import os
import re
import time
from pathlib import Path

from soniq_tui.importers.music.covers import image
from soniq_tui.importers.music.covers.source import Wanted, picture_of, read
from soniq_tui.importers.music.tags import Unusable
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.results import Picture

FOLDER = "covers"
MAX_SIDE = 1024
SPOT_PIXELS = 25_000_000
"""Of a picture that is decoded where it is shown, beside the engine: 75 MB as RGB."""
_KEY = re.compile(r"[0-9a-f]+-([0-9a-f]{2})[0-9a-f]{30}\Z")
"""As ``tags.pictures`` makes them."""
_LEFT_S = 3600.0
"""A file that is being written for longer was left by a process that died."""
_KILO = 1000
log = logging.getLogger(__name__)


def place(data_dir: Path, key: str) -> Path:
    """Return where the thumbnail of a picture lies, or will.

    Raises:
        ValueError: it is no key of ours.
    """
    match = _KEY.match(key)
    if match is None:
        raise ValueError(f"not the key of a picture: {key!r}")
    return data_dir / FOLDER / match[1] / f"{key}.jpg"


def has(data_dir: Path, key: str) -> bool:
    """Say whether there is a thumbnail; an empty file, as power cuts leave them, is none."""
    try:
        return place(data_dir, key).stat().st_size > 0
    except FileNotFoundError:
        return False


def keep(data_dir: Path, key: str, thumbnail: bytes) -> None:
    """Write a thumbnail under its final name, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    file = place(data_dir, key)
    for folder in (file.parent.parent, file.parent):
        folder.mkdir(mode=0o700, exist_ok=True)
    # Of two that write the same one at once each has its own file, and the last name counts.
    half = file.with_name(f"{key}.{os.getpid()}-{time.monotonic_ns()}.part")
    try:
        fd = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(fd, "wb") as out:  # noqa: PTH123  it is open already
            out.write(thumbnail)
        half.rename(file)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def drop(data_dir: Path, key: str) -> None:
    """Delete the thumbnail of a picture that nothing has any more; one that stays does no harm."""
    try:
        place(data_dir, key).unlink(missing_ok=True)
    except (OSError, ValueError) as exc:  # ValueError: a key of an older version
        log.warning("the thumbnail %s cannot be deleted: %s", key, exc)


def sweep(data_dir: Path) -> None:
    """Delete what processes left that died while they wrote."""
    now_s = time.time()
    for half in (data_dir / FOLDER).glob("*/*.part"):
        try:
            if now_s - half.stat().st_mtime > _LEFT_S:
                half.unlink()
        except FileNotFoundError:
            continue  # it was finished, or somebody else sweeps


def picture(data_dir: Path, cover_id: int, side: int) -> Picture | str:
    """Return a picture for painting, or why there is none.

    Its thumbnail is made on the spot where there is none yet, and kept if that can be; what the
    picture is stands in the catalogue only after a covers batch, because only the writer writes
    there. For a thread: it reads files and computes.

    Args:
        data_dir: where catalogue and thumbnails are.
        cover_id: number of the picture in the catalogue.
        side: pixels of the longer side, from 1 to 1024.
    """
    side = min(max(1, side), MAX_SIDE)
    picture = picture_of(data_dir, cover_id)
    if isinstance(picture, str):
        return picture
    try:
        held = _kept(data_dir, picture.key, side) or _made(data_dir, picture, side)
    except Unusable as fault:
        return str(fault)
    return Picture(width=held.width, height=held.height, rgb=held.rgb, about=_about(picture, held))


def _kept(data_dir: Path, key: str, side: int) -> image.Pixels | None:
    """Return what is on disk; None where there is nothing that can be used."""
    try:
        thumbnail = place(data_dir, key).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        log.warning("the thumbnail %s cannot be read: %s", key, exc)
        return None
    try:
        return image.pixels(thumbnail, side)
    except Unusable as fault:
        log.warning("the thumbnail %s is made again: %s", key, fault)
        return None


def _made(data_dir: Path, asked: Wanted, side: int) -> image.Pixels:
    if asked.problem is not None and asked.looked_at_s is not None:
        raise Unusable(ErrorKind.CORRUPT, asked.problem)
    looked = image.look(read(asked), SPOT_PIXELS)
    if looked.thumbnail is None:
        pixels = (looked.width or 0) * (looked.height or 0)
        if SPOT_PIXELS < pixels <= image.MAX_PIXELS:
            again = "" if asked.looked_at_s is None else " --all"  # its thumbnail was deleted
            mends = f"soniq-tui covers{again} makes it small"
            raise Unusable(ErrorKind.TOO_BIG, f"{looked.problem}: {mends}")
        raise Unusable(looked.kind or ErrorKind.CORRUPT, looked.problem or "no picture")
    try:
        keep(data_dir, asked.key, looked.thumbnail)
    except OSError as exc:
        log.warning("the thumbnail %s is not kept: %s", asked.key, exc)
    return image.pixels(looked.thumbnail, side)


def _about(asked: Wanted, held: image.Pixels) -> str:
    """Say what the picture is: "embedded JPEG, 1,400 by 1,400, 312 kB"."""
    form = (asked.mime or "picture").removeprefix("image/").upper()
    beside = bool(asked.places) and asked.places[0].source == "folder"
    words = [f"{form} beside the music" if beside else f"embedded {form}"]
    if held.of is not None:
        words.append(f"{held.of[0]:,} by {held.of[1]:,}")
    size = asked.length
    words.append(f"{size / _KILO:,.0f} kB" if size >= _KILO else f"{size} bytes")
    return ", ".join(words)
