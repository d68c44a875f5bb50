"""The bytes of a picture, from any file that has it.

A scan notes only where a picture is and its cheap key. What is read here counts when it has that
key: a file may have been tagged anew since then, and may hold several pictures.
"""

import base64
import errno
import io
import os
import stat
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from soniq_tui.importers.music import store
from soniq_tui.importers.music.sides.folder_cover import open_picture
from soniq_tui.importers.music.store import Connection
from soniq_tui.importers.music.tags import Unusable
from soniq_tui.importers.music.tags.pictures import choose, picture
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.text import path_text
from soniq_tui.sql import load

SQL = load("soniq_tui.importers.music.covers", "covers.sql")
MAX_BYTES = 64 * 1024 * 1024
"""Of one picture; scans of whole covers at 600 dpi have 20 MiB."""
MAX_PLACES = 4
"""Files that are tried."""
_MAX_READ = 2 * MAX_BYTES
"""What reading one audio file may read of it: a picture in base64 is a third longer."""
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ELOOP})
_CHANGED = "it is not what the last scan saw; scan again"


class Place(NamedTuple):
    """Where a picture is."""

    path: bytes
    """Of the audio file."""
    source: str
    """``embedded`` or ``folder``."""
    beside: bytes | None
    """From the folder of the audio file to the picture."""

    @property
    def file(self) -> bytes:
        """The file that holds the picture's bytes."""
        if self.beside is None:
            return self.path
        return os.path.join(os.path.dirname(self.path), self.beside)  # noqa: PTH118, PTH120


class Wanted(NamedTuple):
    """A picture of the catalogue."""

    id: int
    key: str
    mime: str | None
    length: int
    problem: str | None
    """Why it could not be shown or found when last looked for."""
    looked_at_s: float | None
    """When its content was looked at, seconds since 1970; None: nobody has."""
    places: tuple[Place, ...]
    """Files that have it and were there at the last scan; pictures beside the music first."""

    @property
    def name(self) -> str:
        """What to call it in a list of faults."""
        return path_text(self.places[0].file) if self.places else f"picture {self.id}"


def wanted(connection: Connection, cover_id: int) -> Wanted | None:
    """Return what the catalogue knows of a picture; None where it knows none of that number."""
    row = connection.execute(SQL["picture"], (cover_id,)).fetchone()
    if row is None:
        return None
    places: dict[bytes, Place] = {}
    for values in connection.execute(SQL["places_of_picture"], (cover_id,)):
        place = Place(*values)
        places.setdefault(place.file, place)
        if len(places) == MAX_PLACES:
            break
    return Wanted._make((*row, tuple(places.values())))


def picture_of(data_dir: Path, cover_id: int) -> Wanted | str:
    """Return what the catalogue knows of a picture, or why it knows nothing."""
    with store.looking(data_dir) as connection:
        if connection is None:
            return "there is no music library yet"
        return wanted(connection, cover_id) or "there is no such picture in the library"


def fetch(data_dir: Path, cover_id: int) -> bytes | str:
    """Return the bytes of a picture of the catalogue, or why they cannot be had."""
    picture = picture_of(data_dir, cover_id)
    if isinstance(picture, str):
        return picture
    try:
        return read(picture)
    except Unusable as fault:
        return str(fault)


def read(asked: Wanted) -> bytes:
    """Return the bytes of a picture from the first file that still has it.

    Raises:
        Unusable: no file has it; why the first one does not.
    """
    if asked.length > MAX_BYTES:
        raise Unusable(ErrorKind.TOO_BIG, f"a picture of more than {MAX_BYTES >> 20} MiB")
    first = Unusable(ErrorKind.VANISHED, "no file that has it is there")
    for number, place in enumerate(asked.places):
        try:
            return _read_at(place, asked)
        except Unusable as fault:
            first = first if number else fault
    raise first


def _read_at(place: Place, asked: Wanted) -> bytes:
    try:
        if place.source == "folder":
            return _checked([_beside(place.file, asked.length)], asked)
        return _embedded(place.file, asked)
    except OSError as exc:
        gone = exc.errno in _GONE
        kind = ErrorKind.VANISHED if gone else ErrorKind.UNREADABLE
        said = "it is no longer there" if gone else exc.strerror or "it cannot be read"
        raise Unusable(kind, said) from exc


def _checked(pictures: Iterable[bytes], asked: Wanted) -> bytes:
    for data in pictures:
        if len(data) == asked.length:
            found = choose([picture(0, "", data)])
            if found is not None and found.key == asked.key:
                return data
    raise Unusable(ErrorKind.VANISHED, _CHANGED)


def _beside(path: bytes, length: int) -> bytes:
    fd = open_picture(path)
    try:
        info = os.fstat(fd)
        if not stat.S_ISREG(info.st_mode) or info.st_size != length:
            raise Unusable(ErrorKind.VANISHED, _CHANGED)
        with open(fd, "rb", closefd=False) as file:
            return file.read(length)
    finally:
        os.close(fd)


# ---------------------------------------------------------------- pictures in tags


class _Bounded(io.FileIO):
    """A file that can be read from only so much in all."""

    left = _MAX_READ

    def readinto(self, buffer: Any, /) -> int | None:
        got = super().readinto(buffer)
        self.left -= got or 0
        if self.left < 0:
            mib = _MAX_READ >> 20
            raise Unusable(ErrorKind.TOO_BIG, f"its pictures do not end within {mib} MiB")
        return got


def _embedded(path: bytes, asked: Wanted) -> bytes:
    # O_NONBLOCK: opening a named pipe must not wait for a writer. It means nothing to a file.
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        return _checked(_pictures(fd, path), asked)
    except (Unusable, OSError):
        raise
    except Exception as exc:
        # mutagen lets out what its arithmetic meets on damaged input; the last scan could read it.
        cause = exc.args[0] if exc.args else None
        if isinstance(cause, OSError) and cause.errno is not None:  # it wraps what the system said
            raise cause from exc
        raise Unusable(ErrorKind.VANISHED, _CHANGED) from exc
    finally:
        os.close(fd)


def _pictures(fd: int, path: bytes) -> Iterator[bytes]:
    if stat.S_ISREG(os.fstat(fd).st_mode):
        raw = _Bounded(fd, closefd=False)
        raw.name = path
        with io.BufferedReader(raw) as file:
            yield from _parsed(file)


def _parsed(file: Any) -> Iterator[bytes]:
    """Yield the pictures of an audio file: those of its own tag, then those of spare tags."""
    from mutagen import File, MutagenError
    from mutagen.id3 import ID3

    from soniq_tui.importers.music.tags import behind
    from soniq_tui.importers.music.tags.ape_tag import sound_items
    from soniq_tui.importers.music.tags.mutagen_files import KINDS, parse
    from soniq_tui.importers.music.tags.sniff import kind_of

    name, front = kind_of(file)
    own = behind.sound(file, name, front)
    own.seek(0)
    parsed: Any = parse(KINDS[name], own) if name in KINDS else File(file)
    for block in getattr(parsed, "pictures", ()):  # FLAC keeps some outside its tag
        yield block.data
    if parsed is not None and parsed.tags is not None:
        yield from _of_tag(parsed.tags)
    for spare in (ID3, sound_items):
        file.seek(0)
        try:
            tag = spare(file)
        except MutagenError:
            continue  # it has none of this family
        yield from _of_tag(tag)


def _of_tag(tag: Any) -> Iterator[bytes]:
    from mutagen.apev2 import APEv2
    from mutagen.asf import ASFTags
    from mutagen.id3 import ID3Tags
    from mutagen.mp4 import MP4Tags

    families: tuple[tuple[type, Callable[[Any], Iterator[bytes]]], ...] = (
        (ID3Tags, _id3),
        (MP4Tags, _mp4),
        (APEv2, _ape),
        (dict, _ape),
        (ASFTags, _asf),
    )
    family = next((of for kind, of in families if isinstance(tag, kind)), _vorbis)
    yield from family(tag)


def _id3(tag: Any) -> Iterator[bytes]:
    for frame in tag.values():
        if frame.FrameID == "APIC":
            yield frame.data


def _mp4(tag: Any) -> Iterator[bytes]:
    yield from map(bytes, tag.get("covr", ()))


def _ape(tag: Any) -> Iterator[bytes]:
    """An item is a file name, NUL, then the picture."""
    for name, value in tag.items():
        if name.lower().startswith("cover art"):
            data = bytes(value.value) if isinstance(value.value, bytes) else b""
            before, nul, image = data.partition(b"\0")
            yield image if nul else before


def _asf(tag: Any) -> Iterator[bytes]:
    """Type (1 byte), length (4), MIME type and description (UTF-16, NUL at the end), picture."""
    for name, value in tag:
        if name != "WM/Picture" or not isinstance(value.value, bytes):
            continue
        data, at = value.value, 5
        for _ in range(2):
            while data[at : at + 2] not in {b"\0\0", b"\0", b""}:
                at += 2
            at += 2
        yield data[at : at + int.from_bytes(data[1:5], "little")]


def _vorbis(tag: Any) -> Iterator[bytes]:
    """A FLAC picture block in base64, or in older files a picture alone."""
    from mutagen import MutagenError
    from mutagen.flac import Picture

    for name, value in tag:
        kind = name.lower()
        if kind not in {"metadata_block_picture", "coverart"}:
            continue
        try:
            data = base64.b64decode(value.encode("ascii", "ignore"))
            yield data if kind == "coverart" else Picture(data).data
        except (ValueError, struct.error, MutagenError):
            continue  # damaged: a scan passes over it, too
