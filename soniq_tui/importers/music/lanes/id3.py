"""Plain ID3v2.3 and 2.4 tags, and ID3v1, read without a parser for every kind of frame.

mutagen decodes UTF-16 byte by byte and copies a picture once for each frame before it. Here
pictures are stepped over but for their ends, descriptions that mean nothing to us are known by
their bytes, and texts are decoded at once. The result must be what mutagen would have made of the
tag, so whatever is not plain is left to it: other versions, flags, sizes that do not add up, texts
that do not decode, frames that come twice, frames of which nothing is known here.

References: id3.org/id3v2.3.0, id3.org/id3v2.4.0-structure and -frames, id3.org/ID3v1.
"""

import os
import re
import struct
from collections.abc import Callable

from soniq_tui.importers.music.lanes import Punt, Window, id3_words
from soniq_tui.importers.music.lanes.id3_frames import ONE_BYTE, READERS, SKIP, Met, decoded
from soniq_tui.importers.music.lanes.id3_words import V23, V24, Held
from soniq_tui.importers.music.lanes.pieces import OF_ONE_TRACK, remember, together
from soniq_tui.importers.music.tags.pictures import EDGE, Picture
from soniq_tui.importers.music.tags.sniff import synchsafe
from soniq_tui.importers.music.tags.values import Meanings

TAIL = 160
"""Bytes at the end of a file that tell whether ID3v1 or APEv2 is there: 128 and a footer of 32."""

_AHEAD = 8 * 1024
"""Bytes read at once where a tag is not in the head of the file."""
_BEHIND = 1536
"""Bytes read with the end of a picture: padding, and the first frame of the sound."""
_HEADER = 10
"""Bytes of the header of a tag, and of a frame."""
_MAX_TAG = 64 << 20
"""A larger tag is left to mutagen, which reads all of it and so towards the bound of a file."""
_MAX_PICTURE_HEADER = 512
_USUAL_PICTURE = re.compile(rb"[\0\3]([ -~]*)\0([\0-\xff])\0")
"""Encoding, MIME type and type of a picture without a description."""
_ID3V1_FIRST, _ID3V1_STOP = 32, 39
"""Where in the last bytes of a file an ID3v1 tag begins, which may be some bytes short."""
_EMPTY = bytes(_HEADER)
_PICTURE = b"APIC"
_tag = struct.Struct(">3sBHL").unpack_from
"""Mark, version, revision with flags, size."""
_frame = struct.Struct(">4sLH").unpack_from
"""Name, size and flags."""
_ONE_BYTE_SIZE = 0x7F
_NOT_SYNCHSAFE = 0x80808080
_NAME = re.compile(rb"[A-Z0-9]{4}")
_MAX_STEPS = 256
_NUL = frozenset({b"", b"\0"})
_SHORT_MIMES = frozenset({"PNG", "JPG"})
"""Of ID3v2.2; mutagen replaces such a picture, at times one of the same description with it."""

_met: dict[int, dict[bytes, Met]] = {V23: {}, V24: {}}
"""By version: frames met before, by their bytes."""
_LOW_SIZE = 7
"""Where in a frame the last byte of its size is."""


class Tag:
    """A plain ID3v2 tag, read as it is made.

    Raises:
        Punt, ValueError, LookupError, struct.error: there is none at ``start``, or it is not plain.
    """

    __slots__ = ("_found", "_w", "base", "buf", "end", "pictures", "version")

    def __init__(self, w: Window, start: int) -> None:
        self._w = w
        self.buf, self.base = w.head, 0
        """Bytes of the file at hand, and where they begin."""
        if start + _HEADER > len(w.head):
            self._fill(start)
        mark, version, revision, size = _tag(self.buf, start - self.base)
        if mark != b"ID3" or revision or size & _NOT_SYNCHSAFE or version not in _met:
            raise Punt
        self.version: int = version
        self.end: int = start + _HEADER + _of_seven_bits(size)
        """Where what follows the tag begins."""
        if self.end - start > _MAX_TAG or self.end > w.size:
            raise Punt
        self.pictures: list[Picture] = []
        self._frames(start + _HEADER)

    def _fill(self, at: int) -> None:
        """Have the bytes from ``at`` on at hand, as many as there are up to ``_AHEAD``."""
        self.buf, self.base = os.pread(self._w.fd, _AHEAD, at), at

    def take(self, at: int, count: int) -> bytes:
        """Return exactly ``count`` bytes from ``at`` on."""
        start = at - self.base
        if start >= 0 and start + count <= len(self.buf):
            return self.buf[start : start + count]
        return self._w.at(at, count)

    def _frames(self, at: int) -> None:  # noqa: C901, PLR0912, PLR0915  one loop
        """Read the frames from ``at`` on."""
        met, plain_sizes = _met[self.version].get, self.version == V23
        found: list[Met] = []
        add = found.append
        buf, base = self.buf, self.base
        start, end = at - base, self.end - base  # in ``buf``
        last = min(end, len(buf)) - _HEADER  # where a frame may begin that is at hand
        doubtful = 0  # the first frame whose size reads differently as a plain number
        while True:
            if start > last:
                if start + _HEADER > end:
                    break
                base += start
                self._fill(base)
                # A tag may end with the file: what is read beyond its last header is not used.
                buf = self.buf.ljust(_HEADER, b"\0")
                start, end = 0, self.end - base
                last = min(end, len(buf)) - _HEADER
            # All of a frame of usual size; no longer one was ever remembered.
            stop = start + _HEADER + buf[start + _LOW_SIZE]
            raw = buf[start:stop]
            known = met(raw)
            if known is not None:
                start = stop
            elif raw == _EMPTY:
                start = end  # padding
                break
            else:
                name, size, flags = _frame(buf, start)
                if size > _ONE_BYTE_SIZE and not plain_sizes:
                    doubtful = doubtful or base + start
                    flags |= size & _NOT_SYNCHSAFE
                    size = _of_seven_bits(size)
                body = base + start + _HEADER
                start += _HEADER + size
                if flags or start > end:
                    raise Punt
                whole = len(raw) == _HEADER + size
                read = READERS[name]  # KeyError: nothing is known of such frames
                if read is None or size <= 1:
                    known = SKIP  # mutagen drops frames that hold nothing, or an encoding alone
                elif name == _PICTURE:
                    self._picture(body, size)
                    buf, base = self.buf, self.base
                    start, end = body + size - base, self.end - base
                    last = min(end, len(buf)) - _HEADER
                    continue
                elif whole:
                    known = read(name, raw[_HEADER:], self.version)
                else:
                    known = read(name, self.take(body, size), self.version)
                if whole and known[1][1] not in OF_ONE_TRACK:
                    remember(_met[self.version], raw, known)
            if known is not SKIP:
                add(known)
        if start > end:
            raise Punt
        self._found = found
        self._check_sizes(doubtful)

    def _picture(self, at: int, size: int) -> None:
        head = self.take(at, min(size, _MAX_PICTURE_HEADER))
        usual = _USUAL_PICTURE.match(head)
        if usual is not None:
            mime, kind, start = usual[1].decode(), usual[2][0], usual.end()
        else:
            mime_end = head.index(0, 1)
            mime, kind = head[1:mime_end].decode("latin-1"), head[mime_end + 1]
            start = _after_text(head, mime_end + 2, head[0])
        length = size - start
        edge = min(EDGE, length)
        first = self.take(at + start, edge)
        if mime in _SHORT_MIMES or (first[:1] in _NUL and not first.strip(b"\0")):
            raise Punt  # of ID3v2.3, mutagen drops a picture of zeros
        last = first
        if length > edge:
            end = at + size
            last_at = end - edge
            if end - self.base > len(self.buf):
                rest = self.end - end
                ahead = rest + _BEHIND if rest <= EDGE else _HEADER
                self.buf, self.base = os.pread(self._w.fd, edge + ahead, last_at), last_at
            last = self.take(last_at, edge)
        self.pictures.append(Picture(kind, mime, length, first, last))

    def _check_sizes(self, at: int) -> None:
        """Make sure that mutagen takes the sizes from ``at`` on for synchsafe ones.

        Old versions of iTunes wrote plain numbers into ID3v2.4 tags. mutagen decides by the reading
        that meets more frames.

        Args:
            at: the first frame whose size reads differently in both ways, 0 without one.
        """
        if not at:
            return
        plain = self._named(at, int.from_bytes)
        if plain > 1 and plain > self._named(at, synchsafe):
            raise Punt

    def _named(self, at: int, number: Callable[[bytes], int]) -> int:
        """Return how many frames are met from ``at`` on with sizes that are read by ``number``."""
        found = 0
        for _ in range(_MAX_STEPS):
            if at >= self.end - _HEADER:
                return found
            header = self._w.at(at, _HEADER)
            if header == _EMPTY:
                return found
            found += _NAME.match(header) is not None
            at += _HEADER + number(header[4:8])
        raise Punt

    def meant(self, tail: bytes) -> Meanings:
        """Return what the texts mean, with what ID3v1 has where this tag says nothing.

        Args:
            tail: the last ``TAIL`` bytes of the file.
        """
        found = self._found
        if tail.find(b"TAG", _ID3V1_FIRST, _ID3V1_STOP) >= 0:
            held = _by_key(found)
            id3_words.fill(held, tail, self.version)
            found = list(held.items())
        meant = {field: what for _, (_, field, _, what) in found}
        own = len(meant) == len(found) and "" not in meant  # each stands for a field of its own
        if own and (meant.keys().isdisjoint(id3_words.OLD) or id3_words.dated(meant)):
            return meant
        held = _by_key(found)
        if not held.keys().isdisjoint(id3_words.OLD):
            id3_words.renew(held)
        return together(held.values())


def _by_key(found: list[Met]) -> Held:
    held = dict(found)
    if len(held) < len(found):
        raise Punt  # of frames that come twice mutagen merges some, or keeps the last
    return held


def _of_seven_bits(size: int) -> int:
    """Return a size of which each byte has seven bits, as ``synchsafe`` would."""
    return size & 0x7F | (size & 0x7F00) >> 1 | (size & 0x7F0000) >> 2 | (size & 0x7F000000) >> 3


def last(w: Window) -> bytes:
    """Return the last ``TAIL`` bytes of a file, zeros before what a shorter one has."""
    return w.at(w.size - TAIL, TAIL) if w.size >= TAIL else w.head.rjust(TAIL, b"\0")


def _after_text(data: bytes, start: int, encoding: int) -> int:
    """Return where the text that begins at ``start`` has ended with a NUL."""
    width = 1 if encoding in ONE_BYTE else 2
    stop = data.index(bytes(width), start)
    while (stop - start) % width:
        stop = data.index(bytes(width), stop + 1)
    decoded(encoding, data[start:stop])
    return stop + width
