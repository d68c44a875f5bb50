"""Recipes on disk: whole or not at all, and never over another one.

The picture first, the recipe last. Who publishes holds a lock meanwhile, so that a name which is
free stays free until picture and recipe have it: of twenty that want one name each gets one of its
own. ``link`` does not write over a file of a program that knows nothing of the lock. What a kill
leaves behind are files named ``.tmp-…``; :func:`sweep` deletes them.
"""

import fcntl
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.errors import SoniqError
from soniq_tui.files import sync
from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.links import digest

SUFFIX = ".recipe.json"
TMP = ".tmp-"
MOST_NAMES = 1000
STALE_S = 3600.0
_KINDS, _OTHER = ("jpg", "png", "webp", "gif", "avif"), "img"
_LOCAL = re.compile(r"images/[^/]+")
MOST_BYTES = 4 * 1024 * 1024
"""Of a recipe file that is read; the largest real ones have some 60 kB."""


class HereAlreadyError(SoniqError):
    """Nothing was saved: the recipe whose name this tells is the same."""


def read(file: Path) -> dict[str, Any]:
    """Return a stored recipe.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not a recipe, or far too large.
    """
    # Whoever opens a pipe waits for a writer unless told not to; a file never waits.
    fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise ValueError("no file, but a pipe, a device or a folder")
        with open(fd, "rb", closefd=False) as source:
            data = source.read(MOST_BYTES + 1)
    finally:
        os.close(fd)
    if len(data) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES // 1024 // 1024} MiB")
    try:
        found = msgspec.json.decode(data)
    except RecursionError as exc:
        raise ValueError("nested too deeply") from exc
    if not isinstance(found, dict) or not (found.get("name") or found.get("metadata")):
        raise ValueError("not a recipe")
    return found


def edited(recipe: dict[str, Any]) -> bool:
    """Return whether a person says of a recipe that it was changed by hand."""
    return bool(reading.ours(recipe).get("edited"))


def batch_of(file: Path) -> str:
    """Return the token of the batch that saved a recipe; nothing where it tells none."""
    try:
        return str(reading.ours(read(file), "import").get("batch") or "")
    except (OSError, ValueError):
        return ""


def publish(
    folder: Path,
    slug: str,
    make: Callable[[str], dict[str, Any]],
    ours: Callable[[dict[str, Any]], bool] | None = None,
    same: Callable[[dict[str, Any]], bool] | None = None,
) -> tuple[str, Path]:
    """Write a new recipe under ``slug``, or with a number behind it where that name is taken.

    Args:
        folder: made when it is not there.
        slug: the name that is wanted.
        make: the recipe for the name that it got.
        ours: tells of a recipe that has such a name whether it is this very one, of a run that was
            broken off: then it is written over.
        same: tells of a recipe that has such a name whether no other like it is wanted. What is
            saved stays where its import is cancelled before it is kept, so it counts at once.

    Returns:
        The name it got and the file, which is on the disk.

    Raises:
        HereAlreadyError: the same is here, and none of them is ours.
    """
    here = ""
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        for number in range(1, MOST_NAMES):
            name = slug if number == 1 else f"{slug}-{number}"
            final = folder / f"{name}{SUFFIX}"
            if final.exists():
                if ours is not None and _is(final, ours):
                    replace(final, make(name))
                    return name, final
                if not here and same is not None and _is(final, same):
                    here = name
                continue
            if here:
                raise HereAlreadyError(here)
            if _published(final, make(name)):
                return name, final
    raise OSError(f"{slug}: {MOST_NAMES} recipes have this name")


def _published(final: Path, recipe: dict[str, Any]) -> bool:
    temporary = _written(final.parent, _encoded(recipe))
    try:
        os.link(temporary, final)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    sync(final.parent)
    _drop_images(final, but=images_of(recipe))
    return True


def _is(file: Path, ours: Callable[[dict[str, Any]], bool]) -> bool:
    try:
        return ours(read(file))
    except (OSError, ValueError):
        return False


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep all others from publishing there; the lock, of the folder, goes with its process."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def replace(file: Path, recipe: dict[str, Any]) -> None:
    """Write a recipe over an older version of itself, which leaves it its picture."""
    if not images_of(recipe):
        try:
            older = images_of(read(file))
        except (OSError, ValueError):
            older = []
        if older:
            recipe = {**recipe, "image": older}
    put(file, _encoded(recipe))
    _drop_images(file, but=images_of(recipe))


def withdraw(file: Path, recipe: dict[str, Any]) -> None:
    """Delete a recipe and its pictures; that it is gone already is no fault."""
    file.unlink(missing_ok=True)
    for image in images_of(recipe):
        if image.startswith(f"images/{name_of(file)}."):  # and no other recipe's
            (file.parent / image).unlink(missing_ok=True)
    sync(file.parent)


def name_of(file: Path) -> str:
    """Return the name of the recipe in a file."""
    return file.name.removesuffix(SUFFIX)


def images_of(recipe: dict[str, Any]) -> list[str]:
    """Return the pictures of a recipe that lie beside it, as paths from there."""
    told = recipe.get("image")
    images = told if isinstance(told, list) else [told]
    return [image for image in images if isinstance(image, str) and _LOCAL.fullmatch(image)]


def _drop_images(file: Path, but: list[str]) -> None:
    """Delete pictures of this name that the recipe does not have (any more)."""
    for suffix in (*_KINDS, _OTHER):
        image = f"images/{name_of(file)}.{suffix}"
        if image not in but:
            (file.parent / image).unlink(missing_ok=True)


def keep_image(folder: Path, slug: str, data: bytes, media_type: str) -> str:
    """Keep a picture beside the recipes; returns its path from there."""
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    kind = media_type.partition(";")[0].strip().lower().removeprefix("image/")
    suffix = {"jpeg": "jpg"}.get(kind, kind if kind in _KINDS else _OTHER)
    final = images / f"{slug}.{suffix}"
    put(final, data)
    return f"images/{final.name}"


def sweep(folder: Path) -> int:
    """Delete what killed writers left an hour ago and before; returns how many files."""
    before_s = time.time() - STALE_S
    stale = [
        file
        for room in (folder, folder / "images", folder / "pages")
        if room.is_dir()
        for file in room.glob(f"{TMP}*")
        if _older(file, before_s)
    ]
    for file in stale:
        file.unlink(missing_ok=True)
    return len(stale)


def _older(file: Path, before_s: float) -> bool:
    try:
        return file.stat().st_mtime < before_s
    except FileNotFoundError:
        return False  # its writer has just ended


def _encoded(recipe: dict[str, Any]) -> bytes:
    data = msgspec.json.format(msgspec.json.encode(recipe), indent=1)
    if msgspec.json.decode(data) != msgspec.to_builtins(recipe):
        raise ValueError("what would be written does not read back as the same recipe")
    return data


def put(file: Path, data: bytes) -> None:
    """Write a file, or over an older one; it and its name are on the disk when this returns."""
    _written(file.parent, data).replace(file)
    sync(file.parent)


def _written(folder: Path, data: bytes) -> Path:
    """Write a temporary file that is on the disk when this returns."""
    temporary = folder / f"{TMP}{os.getpid()}-{digest(f'{time.monotonic_ns()}')}"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        with os.fdopen(fd, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
