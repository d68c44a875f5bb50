"""Pictures of every kind, and libraries that hold them."""

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image

from soniq_tui.importers.music import store
from soniq_tui.importers.music.sides.folder_cover import choose_cover
from soniq_tui.importers.music.tags.read import by_mutagen
from soniq_tui.importers.music.words import Extracted, Track
from tests.importers.music.library import insert
from tests.importers.music.tagging import tagged

RED, BLUE = (220, 40, 40), (40, 40, 220)


def flag(mode: str = "RGB", size: tuple[int, int] = (400, 200)) -> Image.Image:
    """Return a picture whose left half is red and whose right half is blue."""
    width, height = size
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image.convert(mode)


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def jpeg(size: tuple[int, int] = (400, 200), **options: Any) -> bytes:
    return encoded(flag(size=size), "JPEG", **options)


def turned(orientation: int) -> bytes:
    """Return the flag as a camera keeps it that was held otherwise."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return jpeg(exif=exif)


def png_header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    """Return a PNG that claims to have so many pixels and holds next to none."""

    def block(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = block(b"IHDR", head) + block(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + body + block(b"IEND", b"")


def at(thumbnail: bytes, x: float, y: float = 0.5) -> tuple[int, ...]:
    """Return the colour at a place of a thumbnail, given in parts of its sides."""
    image = Image.open(io.BytesIO(thumbnail)).convert("RGB")
    place = int(x * (image.width - 1)), int(y * (image.height - 1))
    found = image.getpixel(place)
    assert isinstance(found, tuple)
    return found


def near(colour: tuple[int, ...], other: tuple[int, ...], most: int = 30) -> bool:
    return all(abs(a - b) <= most for a, b in zip(colour, other, strict=True))


def track(path: Path) -> Track:
    """Return what a scan would store of a file."""
    name = os.fsencode(path)
    found = path.stat()
    fields = by_mutagen(name, found.st_size)
    if fields["cover"] is None:
        beside = [os.fsencode(entry.name) for entry in path.parent.iterdir()]
        fields["cover"] = choose_cover(os.fsencode(path.parent), beside)
    signature = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)
    names = ("size", "mtime_ns", "ctime_ns", "inode", "device")
    return Track(path=name, **dict(zip(names, signature, strict=True)), **fields)


def song(path: Path, cover: bytes = b"") -> Path:
    """Write an audio file with a picture in it; the ending says of which kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fields = {"title": [path.stem], "album": [path.parent.name]}
    path.write_bytes(tagged(path.suffix[1:], fields, cover))
    return path


def stored(data_dir: Path, *paths: Path) -> None:
    """Let the catalogue be as after a scan that met these files."""
    insert(data_dir, Extracted(tracks=tuple(map(track, paths))))


def covers(data_dir: Path) -> list[dict[str, Any]]:
    """Return the rows of pictures, in the order of their numbers."""
    connection = store.reader(data_dir)
    assert connection is not None
    try:
        rows = connection.execute("SELECT * FROM cover ORDER BY id")
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows]
    finally:
        connection.close()


def thumbnails(data_dir: Path) -> list[Path]:
    return sorted(path for path in (data_dir / "covers").rglob("*") if path.is_file())


def decoded(payload: bytes, kind: type[Any]) -> Any:
    return msgspec.msgpack.decode(payload, type=kind)
