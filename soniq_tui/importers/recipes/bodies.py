"""Bodies of answers: unpacked as they come, and whether they can be a page."""

import codecs
import re
import zlib
from collections.abc import Iterator

PACKED = frozenset({"gzip", "x-gzip", "deflate"})
OTHERS = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
"""Ways to pack that are not asked for; whatever else is named, as "none" or "utf-8", is none."""
_GZIP = 31
"""What zlib calls a gzip header; 15 is its own, -15 none."""
_OTHER = re.compile(r"(?:image|audio|video|font)/|application/(?:pdf|zip|gzip|x-tar)\b")
_HEADS = {
    b"%PDF-": "application/pdf",
    b"PK\x03\x04": "application/zip",
    b"\x1f\x8b": "application/gzip",
    b"bplist00": "application/x-webarchive",
}
_PICTURES = {
    re.compile(rb"\xff\xd8\xff"): "image/jpeg",
    re.compile(rb"\x89PNG"): "image/png",
    re.compile(rb"GIF8"): "image/gif",
    re.compile(rb"RIFF.{4}WEBP", re.DOTALL): "image/webp",
    re.compile(rb".{4}ftypavi[fs]", re.DOTALL): "image/avif",
}
_MHTML = re.compile(
    rb"^(?:from: .{0,9}saved by|snapshot-content-location:)", re.IGNORECASE | re.MULTILINE
)
"""A page that a browser saved in one file; letters with pictures look alike but for this."""
_MARKS_OF_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HEAD_BYTES = 4096


class Unpacker:
    """Unpacks what comes in pieces.

    Args:
        encoding: one of :data:`PACKED`.
        most: so many bytes and one more are made at once, at most.
    """

    def __init__(self, encoding: str, most: int) -> None:
        self._gzip, self._most = "gzip" in encoding, most
        self._inner = zlib.decompressobj(_GZIP if self._gzip else 15)
        self._begun = False

    @property
    def whole(self) -> bool:
        """Whether all that has begun has ended."""
        return not self._begun or self._inner.eof

    def fed(self, data: bytes) -> Iterator[bytes]:
        """Yield what a piece holds; gzip may be several, one behind the other.

        Raises:
            zlib.error: it cannot be unpacked.
        """
        while data:
            if self._inner.eof:
                if not (self._gzip and data.startswith(b"\x1f")):
                    return  # what follows the end is no part of it
                self._inner = zlib.decompressobj(_GZIP)
            try:
                made = self._inner.decompress(data, self._most + 1)
            except zlib.error:
                if self._begun or self._gzip:
                    raise
                self._inner = zlib.decompressobj(-15)  # "deflate" without its header
                made = self._inner.decompress(data, self._most + 1)
            self._begun = True
            yield made
            data = self._inner.unconsumed_tail or self._inner.unused_data


def is_markup(body: bytes) -> bool:
    """Return whether a body begins as pages and SVG do."""
    return body[:64].removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")


def picture_of(body: bytes) -> str:
    """Return the media type of a picture by how it begins; nothing where it is not known."""
    return next((kind for head, kind in _PICTURES.items() if head.match(body)), "")


def no_page(media_type: str, body: bytes) -> str:
    """Return what is told to be, or begins like, something else than a page; nothing for a page."""
    if _OTHER.match(media_type):
        return media_type
    other = next((name for head, name in _HEADS.items() if body.startswith(head)), "")
    return other or picture_of(body)


def no_text(data: bytes) -> str:
    """Return what the bytes of a file are in place of a text; nothing for a text."""
    head = data[:_HEAD_BYTES]
    if other := no_page("", head):
        return other
    if not is_markup(head) and _MHTML.search(head):
        return "multipart/related (MHTML)"
    machines = b"\0" in head and not head.startswith(_MARKS_OF_UTF16)
    return "application/octet-stream" if machines else ""
