"""Cover pictures: which one counts, its cheap key, and pictures that lie beside the music.

Nobody looks at a picture here: a scan only notes where it is and which pictures are the same.
"""

import base64
import binascii
import struct
from hashlib import blake2b

import msgspec

from soniq_tui.importers.music.words import CoverRef

EDGE = 4096
"""Bytes at each end of a picture that its key is made of.

1,593 embedded pictures fell into the same 142 groups by this key as by a hash of all their bytes,
at a tenth of the time.
"""
FRONT = 3
"""Picture type "front cover" of ID3, FLAC and ASF (ID3v2.4 frames, section 4.14)."""
_OTHER = 0
_MAX_PICTURE_HEADER = 2048


class Picture(msgspec.Struct, frozen=True, gc=False):
    """A picture in a tag."""

    type: int
    mime: str
    length: int
    """Bytes."""
    head: bytes
    """The first 4 KiB or more."""
    tail: bytes
    """The last 4 KiB or more."""


def picture(kind: int, mime: str, data: bytes) -> Picture:
    """Return a picture whose bytes are at hand."""
    return Picture(kind, mime, len(data), data[:EDGE], data[-EDGE:])


class _Chosen:
    """What was chosen last: the tracks of an album share their pictures."""

    of: tuple[list[Picture], CoverRef | None] = [], None


def choose(pictures: list[Picture]) -> CoverRef | None:
    """Return the front cover, else the first picture, None where none holds anything."""
    last = _Chosen.of
    if pictures == last[0]:
        return last[1]
    found = _choose(pictures)
    _Chosen.of = pictures.copy(), found
    return found


def _choose(pictures: list[Picture]) -> CoverRef | None:
    held = [p for p in pictures if p.length and p.mime != "-->"]  # "-->": a link, not a picture
    if not held:
        return None
    best = next((p for p in held if p.type == FRONT), held[0])
    return CoverRef(
        source="embedded",
        mime=_mime(best.head) or _declared(best.mime),
        length=best.length,
        key=_key(best.length, best.head[:EDGE], best.tail[-EDGE:]),
    )


def _key(length: int, head: bytes, tail: bytes) -> str:
    """Return the key of a picture by its length and its ends."""
    digest = blake2b(head, digest_size=16)
    digest.update(tail)
    return f"{length:x}-{digest.hexdigest()}"


def _mime(head: bytes) -> str | None:
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/bmp" if head.startswith(b"BM") else None


def _declared(mime: str) -> str | None:
    mime = mime.lower()
    known = mime.startswith("image/") and mime.isascii() and mime.isprintable()
    return mime[:64] if known else None


class _Decoded:
    """The ends of a picture in base64 that were decoded last; to hash them would cost as much."""

    of: tuple[tuple[str, str], tuple[bytes, bytes]] = ("", ""), (b"", b"")


def _decoded(ends: tuple[str, str]) -> tuple[bytes, bytes]:
    last = _Decoded.of
    if ends == last[0]:
        return last[1]
    head, tail = (binascii.a2b_base64(end, strict_mode=True) for end in ends)
    _Decoded.of = ends, (head, tail)
    return head, tail


def flac_block(encoded: str) -> Picture | None:
    """Return the picture of a METADATA_BLOCK_PICTURE comment, None where it is damaged.

    It is a FLAC picture block in base64 (xiph.org/flac/format.html#metadata_block_picture). Of a
    large one only the ends are decoded.
    """
    try:
        if len(encoded) % 4 or len(encoded) < 4 * EDGE:
            raise binascii.Error
        size = len(encoded) // 4 * 3 - encoded.count("=", -2)
        head, tail = _decoded((encoded[: 2 * EDGE], encoded[-2 * EDGE :]))
    except ValueError:  # small, or wrapped into lines
        try:
            head = tail = base64.b64decode(encoded.encode("ascii", "ignore"))
        except ValueError:
            return None
        size = len(head)
    try:
        kind, mime_len = struct.unpack_from(">2I", head)
        (words_len,) = struct.unpack_from(">I", head, 8 + mime_len)
        start = 8 + mime_len + 4 + words_len + 20
        (length,) = struct.unpack_from(">I", head, start - 4)
    except struct.error:
        return None
    if start > _MAX_PICTURE_HEADER or start + length > size:
        return None
    end = max(0, len(tail) - (size - start - length))
    edge = min(EDGE, length)
    mime = head[8 : 8 + mime_len].decode("latin-1")
    return Picture(kind, mime, length, head[start : start + edge], tail[max(0, end - edge) : end])


def coverart(encoded: str, mime: str) -> Picture | None:
    """Return the picture of the older COVERART comment: base64 alone."""
    try:
        return picture(_OTHER, mime, base64.b64decode(encoded.encode("ascii", "ignore")))
    except ValueError:
        return None


def asf_picture(data: bytes) -> Picture | None:
    """Return the picture of a WM/Picture attribute, None where it is damaged.

    Type (1 byte), length (4, little endian), MIME type and description (UTF-16, NUL at the end).
    """
    if len(data) < 5:  # noqa: PLR2004  type and length
        return None
    length = int.from_bytes(data[1:5], "little")
    at = 5
    words = []
    for _ in range(2):
        end = at
        while data[end : end + 2] != b"\0\0":
            if end - at > _MAX_PICTURE_HEADER or end >= len(data):
                return None
            end += 2
        words.append(data[at:end].decode("utf-16-le", "replace"))
        at = end + 2
    return picture(data[0], words[0], data[at : at + length])


def ape_picture(key: str, data: bytes) -> Picture:
    """Return the picture of an APEv2 item: a file name, NUL, then its bytes."""
    _, nul, image = data.partition(b"\0")
    return picture(FRONT if "front" in key else _OTHER, "", image if nul else data)
