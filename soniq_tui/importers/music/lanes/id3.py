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
from soniq_tui.importers.music.lanes.id3_words import V23, V24, Key, piece
from soniq_tui.importers.music.lanes.pieces import (
    NOTHING,
    OF_ONE_TRACK,
    PICTURE,
    Piece,
    remember,
    together,
)
from soniq_tui.importers.music.tags import names
from soniq_tui.importers.music.tags.pictures import EDGE, Picture
from soniq_tui.importers.music.tags.sniff import synchsafe
from soniq_tui.importers.music.tags.values import Meanings

TAIL = 160
"""Bytes at the end of a file that tell whether ID3v1 or APEv2 is there: 128 and a footer of 32."""

_AHEAD = 16 * 1024
"""Bytes read at once where a tag is not in the head of the file."""
_BEHIND = 1536
"""Bytes read with the end of a picture: padding, and the first frame of the sound."""
_HEADER = 10
"""Bytes of the header of a tag, and of a frame."""
_TEXT = 11
"""Where in a frame a text begins, behind its encoding."""
_MAX_TAG = 64 << 20
"""A larger tag is left to mutagen, which reads all of it and so towards the bound of a file."""
_MAX_PICTURE_HEADER = 512
_USUAL_PICTURE = re.compile(rb"[\0\3]([ -~]*)\0([\0-\xff])\0")
"""Encoding, MIME type and type of a picture without a description."""
_AFTER_LANGUAGE = 4
_EMPTY = bytes(_HEADER)
_NO_NAME = bytes(4)
_TAG = struct.Struct(">3sBHL")
"""Mark, version, revision with flags, size."""
_FRAME = struct.Struct(">4sLHB2s")
"""Name, size and flags; then, where it is a text, its encoding and byte order mark."""
_ONE_BYTE_SIZE = 0x7F
_NOT_SYNCHSAFE = 0x80808080
_LATIN1, _UTF16, _UTF16_BE, _UTF8 = 0, 1, 2, 3
"""What the byte at the start of a text says of its encoding."""
_ONE_BYTE = frozenset({_LATIN1, _UTF8})
_CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_LE, _BE = b"\xff\xfe", b"\xfe\xff"
_BOMS = frozenset({_LE, _BE})
_BOM, _SWAPPED_BOM = "\ufeff", "\ufffe"
_NAME = re.compile(rb"[A-Z0-9]{4}")
_MAX_STEPS = 256
_MAX_DESCRIPTIONS = 4096
_MAX_DESCRIPTION = 128  # bytes
_NUL = frozenset({b"", b"\0"})
_SHORT_MIMES = frozenset({"PNG", "JPG"})
"""Of ID3v2.2; mutagen replaces such a picture, at times one of the same description with it."""
_OWNER = b"http://musicbrainz.org\0"

TEXTS = {
    name.encode(): name
    for alternatives in names.ID3.values()
    for name in (*alternatives, *id3_words.OLD)
    if name.startswith("T") and ":" not in name
}
"""Text frames that a field is made of, by their names in the file."""
SKIPPED = frozenset(
    b"COMM GEOB GRP1 MCDI MVIN MVNM PCNT POPM PRIV TCAT TCOP TDEN TDES TDLY TDTG TENC TEXT TFLT"
    b" TGID TIPL TIT1 TIT3 TKEY TKWD TLAN TLEN TMCL TMED TMOO TOAL TOFN TOLY TOPE TOWN TPE3 TPE4"
    b" TPRO TPUB TRSN TRSO TSIZ TSOA TSOC TSOT TSSE TSST USER WCOM WCOP WOAF WOAR WOAS WORS WPAY"
    b" WPUB WXXX".split()
)
"""Frames that no field is made of and that mutagen never stumbles over, whatever they hold."""
_Met = tuple[Key, Piece]
_SKIP: _Met = ("", NOTHING)
_ART: _Met = ("", PICTURE)
_met: dict[int, dict[bytes, _Met]] = {V23: {}, V24: {}}
"""By version: frames met before, by their bytes."""
_LOW_SIZE = 7
"""Where in a frame the last byte of its size is."""
_descriptions: dict[bytes, tuple[str | None, str]] = {}
"""By the bytes of a description with its encoding: the name of its field, and its words."""


class Tag:
    """A plain ID3v2 tag, read as it is made.

    Raises:
        Punt, ValueError, LookupError, struct.error: there is none at ``start``, or it is not plain.
    """

    __slots__ = ("_held", "_w", "base", "buf", "end", "pictures", "version")

    def __init__(self, w: Window, start: int) -> None:
        self._w = w
        self.buf, self.base = w.head, 0
        """Bytes of the file at hand, and where they begin."""
        if start + _HEADER > len(w.head):
            self._fill(start)
        mark, version, revision, size = _TAG.unpack_from(self.buf, start - self.base)
        if mark != b"ID3" or revision or size & _NOT_SYNCHSAFE or version not in _met:
            raise Punt
        self.version: int = version
        self.end: int = start + _HEADER + _of_seven_bits(size)
        """Where what follows the tag begins."""
        if self.end - start > _MAX_TAG or self.end > w.size:
            raise Punt
        self._held: dict[Key, Piece] = {}
        """Of text frames by name."""
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

    def _frames(self, at: int) -> None:  # noqa: C901  one loop: calls would be half of its time
        """Read the frames from ``at`` on."""
        held, met, plain_sizes = self._held, _met[self.version].get, self.version == V23
        buf, base, have = self.buf, self.base, len(self.buf)
        start, end = at - base, self.end - base  # in ``buf``
        doubtful = 0  # the first frame whose size reads differently as a plain number
        while start + _HEADER <= end:
            if start + _FRAME.size > have:
                base += start
                self._fill(base)
                # A tag may end with the file: what is read beyond its last header is not used.
                buf = self.buf.ljust(_FRAME.size, b"\0")
                have, start, end = len(buf), 0, self.end - base
            # All of a frame of usual size; no longer one was ever remembered.
            raw = buf[start : start + _HEADER + buf[start + _LOW_SIZE]]
            known = met(raw)
            if known is not None:
                start += len(raw)
            else:
                name, size, flags, encoding, mark = _FRAME.unpack_from(buf, start)
                if size > _ONE_BYTE_SIZE and not plain_sizes:
                    doubtful = doubtful or base + start
                    flags |= size & _NOT_SYNCHSAFE
                    size = _of_seven_bits(size)
                body = base + start + _HEADER
                start += _HEADER + size
                if flags or start > end or (name == _NO_NAME and size):
                    raise Punt
                if name == _NO_NAME:
                    return self._check_sizes(doubtful)  # padding
                known = self._read(name, body, size, encoding, mark)
                if known is _ART:
                    buf, base, have = self.buf, self.base, len(self.buf)
                    start, end = body + size - base, self.end - base
                elif len(raw) == _HEADER + size and known[1][1] not in OF_ONE_TRACK:
                    remember(_met[self.version], raw, known)
            key, one = known
            if key:
                if key in held:
                    raise Punt  # mutagen merges them, or keeps the last
                held[key] = one
        if start > end:
            raise Punt
        return self._check_sizes(doubtful)

    def _read(self, name: bytes, body: int, size: int, encoding: int, mark: bytes) -> _Met:
        """Return what a frame stands for.

        Args:
            name: as the file has it.
            body: where its data begins.
            size: bytes of it.
            encoding: its first byte.
            mark: the next two.
        """
        text = TEXTS.get(name)
        if text is None:
            if name in SKIPPED:
                return _SKIP
            other = _OTHERS[name]  # KeyError: nothing is known of it
            return other(self, body, size) if size > 1 else _SKIP
        if size <= 1:
            return _SKIP  # mutagen drops frames that hold nothing, or an encoding alone
        if encoding == _UTF16 and mark not in _BOMS:
            raise Punt
        words = self.take(body + 1, size - 1).decode(_CODECS[encoding])  # "utf-16" by its mark
        return text, piece(text, self._values(words, encoding, mark))

    def _values(self, text: str, encoding: int, mark: bytes) -> list[str]:
        """Return the values of a text, which end with NULs or with the frame.

        Args:
            text: decoded, without its first byte order mark.
            encoding: by its number.
            mark: its first two bytes.
        """
        nul = text.find("\0")
        if nul < 0:
            return [text]
        if nul == len(text) - 1:
            return [text[:-1]]
        if self.version == V23:  # one value, in principle: NULs at the end are padding
            text = text.rstrip("\0")
        elif text.endswith("\0"):
            text = text[:-1]
        found = text.split("\0")
        if encoding == _UTF16:
            # Each value has a mark of its own; to mutagen, one without is little-endian.
            big = mark == _BE
            for i, value in enumerate(found[1:], 1):
                if value.startswith(_SWAPPED_BOM) or (value and big and not value.startswith(_BOM)):
                    raise Punt
                found[i] = value.removeprefix(_BOM)
        return found

    def _user_text(self, at: int, size: int) -> _Met:
        start = at - self.base
        data = self.buf[start : start + size]
        if len(data) < size:
            data = self._w.at(at, size)
        encoding = data[0]
        if encoding in _ONE_BYTE:
            stop = data.find(b"\0", 1)
            after = stop + 1
        else:
            stop = data.find(b"\0\0", 1)
            while stop > 0 and not stop & 1:  # a low byte and the high byte after it
                stop = data.find(b"\0\0", stop + 1)
            after = stop + 2
        if stop < 0 or after >= size:
            return _SKIP  # a description alone
        key = data[:stop]
        name, words = _descriptions.get(key) or _describe(key)
        if name is None:
            return _SKIP
        rest = data[after:]
        if encoding == _UTF16 and rest[:2] not in _BOMS:
            rest = _LE + rest  # as mutagen takes it
        text = rest.decode(_CODECS[encoding])
        return words, piece(name, self._values(text, encoding, rest[:2]))

    def _lyrics(self, at: int, size: int) -> _Met:
        data = self.take(at, size)
        language = data[1:_AFTER_LANGUAGE].decode("ascii")
        if size <= _AFTER_LANGUAGE:
            raise Punt
        rest = data[_AFTER_LANGUAGE:]
        description, *values = self._values(_decoded(data[0], rest), data[0], rest[:2])
        return ((description, language), piece("USLT", values[:1])) if values else _SKIP

    def _file_id(self, at: int, size: int) -> _Met:
        data = self.take(at, size)
        if not data.startswith(_OWNER):
            return _SKIP
        value = data[len(_OWNER) :].decode("latin-1")
        return "UFID", piece("UFID:http://musicbrainz.org", [value])

    def _picture(self, at: int, size: int) -> _Met:
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
        return _ART

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
        if b"TAG" in tail:
            id3_words.fill(self._held, tail, self.version)
        if not self._held.keys().isdisjoint(id3_words.OLD):
            id3_words.renew(self._held)
        return together(self._held.values())


_OTHERS = {
    b"APIC": Tag._picture,  # noqa: SLF001  the table stands outside so that it is made once
    b"TXXX": Tag._user_text,  # noqa: SLF001
    b"UFID": Tag._file_id,  # noqa: SLF001
    b"USLT": Tag._lyrics,  # noqa: SLF001
}
"""Frames of a form of their own."""


def _of_seven_bits(size: int) -> int:
    """Return a size of which each byte has seven bits, as ``synchsafe`` would."""
    return size & 0x7F | (size & 0x7F00) >> 1 | (size & 0x7F0000) >> 2 | (size & 0x7F000000) >> 3


def last(w: Window) -> bytes:
    """Return the last ``TAIL`` bytes of a file, zeros before what a shorter one has."""
    return w.at(w.size - TAIL, TAIL) if w.size >= TAIL else w.head.rjust(TAIL, b"\0")


def _describe(data: bytes) -> tuple[str | None, str]:
    """Return the name of what a description stands for, None where no field is made of it."""
    words = _decoded(data[0], data[1:])
    name = "TXXX:" + words.lower()
    found = (name if name in names.ID3.places else None, words)
    if len(data) <= _MAX_DESCRIPTION and len(_descriptions) < _MAX_DESCRIPTIONS:
        _descriptions[data] = found
    return found


def _decoded(encoding: int, data: bytes) -> str:
    """Return a text without its NUL."""
    if encoding == _UTF16 and data and data[:2] not in _BOMS:
        raise Punt
    return data.decode(_CODECS[encoding])


def _after_text(data: bytes, start: int, encoding: int) -> int:
    """Return where the text that begins at ``start`` has ended with a NUL."""
    width = 1 if encoding in _ONE_BYTE else 2
    stop = data.index(bytes(width), start)
    while (stop - start) % width:
        stop = data.index(bytes(width), stop + 1)
    _decoded(encoding, data[start:stop])
    return stop + width
