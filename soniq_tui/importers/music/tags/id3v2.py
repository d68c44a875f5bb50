"""Plain ID3v2.3 and 2.4 tags before MPEG audio, read without a parser for every kind of frame.

mutagen decodes UTF-16 byte by byte and copies a picture once for each frame before it, which is
half of the time that a scan takes. Here pictures are stepped over but for their ends, and texts are
decoded at once. The result must be what mutagen would have made of the tag, so whatever is not
plain is left to it: other versions, flags, sizes that do not add up, texts that do not decode,
frames that come twice, frames of which nothing is known here.

References: id3.org/id3v2.3.0, id3.org/id3v2.4.0-structure and -frames.
"""

import re
import struct
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from mutagen.id3 import TCON, ID3TimeStamp, ParseID3v1

from soniq_tui.importers.music.tags import names
from soniq_tui.importers.music.tags.pictures import EDGE, Picture
from soniq_tui.importers.music.tags.sniff import HEAD, mpeg_after, synchsafe

_WINDOW = 12 * 1024
"""Bytes read at a time: the texts of most tags, and less than the buffer of the file below."""
_HEADER = 10
"""Bytes of the header of a tag, and of a frame."""
_MAX_TAG = 64 << 20
"""A larger tag is left to mutagen, which reads all of it and so towards the bound of a file."""
_MAX_PICTURE_HEADER = 2048
_AFTER_LANGUAGE = 4
_V23, _V24 = 3, 4
_EMPTY = bytes(_HEADER)
_NO_NAME = bytes(4)
_FRAME = struct.Struct(">4sLH")
_ONE_BYTE_SIZE = 0x7F
_UTF16 = 1
_CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
"""By the byte that says how a text is encoded."""
_BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_BOM, _SWAPPED_BOM = "\ufeff", "\ufffe"
_NAME = re.compile(rb"[A-Z0-9]{4}")
_MAX_STEPS = 64
_MAX_CACHED = 256  # characters
_SHORT_MIMES = frozenset({"PNG", "JPG"})
"""Of ID3v2.2; mutagen replaces such a picture, at times one of the same description with it."""

_DATES_OF_23 = ("TYER", "TDAT", "TIME")
_YEAR = re.compile(r"([0-9]{4})(-[0-9]{2}-[0-9]{2})?\Z")
_TWO_NUMBERS = re.compile(r"([0-9]{2})([0-9]{2})\Z")

TEXTS = {
    name.encode(): name
    for alternatives in names.ID3.values()
    for name in (*alternatives, *_DATES_OF_23, "TORY")
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

_ID3V1_BYTES = 128
_BEFORE_ID3V1 = 3
"""``APE`` of ``APETAGEX``, which holds the mark ``TAG`` too."""


class Plain(NamedTuple):
    """What a plain tag holds."""

    held: dict[str, list[str]]
    """Values by name, as ``names.ID3`` spells it."""
    pictures: list[Picture]
    end: int
    """Where the sound begins: the first byte after the tag."""


class _Punt(Exception):  # noqa: N818  no error: somebody else does it
    """The tag is not plain."""


def plain(file: BinaryIO) -> Plain | None:
    """Return what the tag at the start of an MPEG file holds, None where it is not a plain one.

    Args:
        file: open for reading; its position is moved.
    """
    file.seek(0)
    head = file.read(_WINDOW)
    if not head.startswith(b"ID3"):
        return None
    try:
        return _Reader(file, head).tag()
    except (_Punt, ValueError, LookupError):  # a text that does not decode or does not end
        return None


class _Reader:
    """Reads one tag; every method raises _Punt, ValueError or LookupError on what is not plain."""

    def __init__(self, file: BinaryIO, head: bytes) -> None:
        self._file = file
        self._base = 0
        self._first = self._window = head
        self._version = head[3]
        self._texts: dict[str, list[str]] = {}
        self._described: set[tuple[str, ...]] = set()
        self._pictures: list[Picture] = []

    def tag(self) -> Plain:
        head = self._first[:_HEADER]
        end = _HEADER + synchsafe(head[6:])
        safe = max(head[6:]) <= _ONE_BYTE_SIZE and end <= _MAX_TAG
        if not safe or head[4] or head[5] or self._version not in {_V23, _V24}:
            raise _Punt
        self._frames(end)
        if not mpeg_after(self._take(end, HEAD, least=1)):
            raise _Punt
        self._add_id3v1()
        self._normalise()
        return Plain(self._texts, self._pictures, end)

    def _take(self, at: int, count: int, least: int | None = None) -> bytes:
        """Return ``count`` bytes, at the end of the file no fewer than ``least``."""
        start = at - self._base
        if start < 0 or start + count > len(self._window):
            self._file.seek(at)
            self._window = self._file.read(max(count, _WINDOW))
            self._base, start = at, 0
            if len(self._window) < (count if least is None else least):
                raise _Punt
        return self._window[start : start + count]

    def _frames(self, end: int) -> None:
        at = _HEADER
        # From the first frame whose size reads differently as a plain number: its place, and the
        # frames that mutagen would count from there.
        doubtful = counted = 0
        while at + _HEADER <= end:
            start = at - self._base
            if start + _HEADER > len(self._window):
                self._take(at, _HEADER)
                start = 0
            name, size, flags = _FRAME.unpack_from(self._window, start)
            if name == _NO_NAME:
                if size or flags:
                    raise _Punt
                break
            if size > _ONE_BYTE_SIZE and self._version == _V24:
                doubtful = doubtful or at
                flags |= size & 0x80808080  # not synchsafe
                size = synchsafe(self._window[start + 4 : start + 8])
            counted += doubtful > 0 and at < end - _HEADER
            body, at = at + _HEADER, at + _HEADER + size
            if flags or at > end:
                raise _Punt
            if name not in SKIPPED:
                self._frame(name, body, size)
        if doubtful:
            self._check_sizes(doubtful, end, counted)

    def _check_sizes(self, at: int, end: int, counted: int) -> None:
        """Make sure that mutagen takes the sizes for synchsafe ones.

        Old versions of iTunes wrote plain numbers into ID3v2.4 tags. mutagen decides by the reading
        that meets more frames.
        """
        for _ in range(_MAX_STEPS):
            if at >= end - _HEADER:
                return
            inside = at + _HEADER <= len(self._first)
            header = self._first[at : at + _HEADER] if inside else self._take(at, _HEADER)
            if header == _EMPTY:
                return
            if _NAME.match(header):
                counted -= 1
                if counted < 0:
                    raise _Punt
            at += _HEADER + int.from_bytes(header[4:8])
        raise _Punt

    def _frame(self, name: bytes, at: int, size: int) -> None:
        text = TEXTS.get(name)
        if text is None and name not in _OTHERS:
            raise _Punt
        if not size or (size == 1 and name != b"UFID"):
            return  # mutagen drops frames that hold nothing, or an encoding alone
        if text is None:
            _OTHERS[name](self, at, size)
        elif text in self._texts:
            raise _Punt  # mutagen merges them
        else:
            self._texts[text] = self._strings(self._take(at, size), 1)

    def _strings(self, body: bytes, at: int) -> list[str]:
        """Return the values of the text at ``at``, which end with NULs or with the frame."""
        codec = _CODECS[body[0]]
        if marked := body[0] == _UTF16:
            codec = _BOMS[body[at : at + 2]]
            at += 2
        text = body[at:].decode(codec)
        if "\0" not in text:
            return [text]
        if self._version == _V23:  # one value, in principle: NULs at the end are padding
            text = text.rstrip("\0")
        elif text.endswith("\0"):
            text = text[:-1]
        found = text.split("\0")
        if marked:
            # Each value has a mark of its own; to mutagen, one without is little-endian.
            for i, value in enumerate(found[1:], 1):
                if value.startswith(_SWAPPED_BOM) or (
                    value and codec == "utf-16-be" and not value.startswith(_BOM)
                ):
                    raise _Punt
                found[i] = value.removeprefix(_BOM)
        return found

    def _user_text(self, at: int, size: int) -> None:
        description, *values = self._strings(self._take(at, size), 1)
        if values:
            self._once("TXXX", description)
            self._texts.setdefault("TXXX:" + description.lower(), []).extend(values)

    def _lyrics(self, at: int, size: int) -> None:
        body = self._take(at, size)
        language = body[1:_AFTER_LANGUAGE].decode("ascii")
        if size <= _AFTER_LANGUAGE:
            raise _Punt
        description, *values = self._strings(body, _AFTER_LANGUAGE)
        if values:
            self._once("USLT", description, language)
            self._texts.setdefault("USLT", []).append(values[0])

    def _file_id(self, at: int, size: int) -> None:
        owner, _, value = self._take(at, size).decode("latin-1").partition("\0")
        self._once("UFID", owner)
        self._texts["UFID:" + owner] = [value]

    def _once(self, *key: str) -> None:
        if key in self._described:
            raise _Punt  # mutagen merges them, or keeps the last
        self._described.add(key)

    def _picture(self, at: int, size: int) -> None:
        head = self._take(at, min(size, _MAX_PICTURE_HEADER))
        mime_end = head.index(0, 1)
        mime = head[1:mime_end].decode("latin-1")
        start = _after_text(head, mime_end + 2, head[0])
        length = size - start
        edge = min(EDGE, length)
        first = self._take(at + start, edge)
        if mime in _SHORT_MIMES or not first.strip(b"\0"):
            raise _Punt  # of ID3v2.3, mutagen drops a picture of zeros
        last = first if length == edge else self._take(at + size - edge, edge)
        self._pictures.append(Picture(head[mime_end + 1], mime, length, first, last))

    def _add_id3v1(self) -> None:
        """Fill what is absent from the ID3v1 tag at the end of the file, as mutagen does."""
        texts = self._texts
        year = "TYER" if self._version == _V23 else "TDRC"
        if all(name in texts for name in ("TIT2", "TPE1", "TALB", "TRCK", "TCON", year)):
            return
        size = self._file.seek(0, 2)
        self._file.seek(max(0, size - _ID3V1_BYTES - _BEFORE_ID3V1))
        tail = self._file.read(_ID3V1_BYTES + _BEFORE_ID3V1)
        at = tail.find(b"TAG")
        if at < 0 or tail[max(0, at - _BEFORE_ID3V1) :].startswith(b"APETAGEX"):
            return
        for name, frame in (ParseID3v1(tail[at:], self._version) or {}).items():
            if name != "COMM":
                texts.setdefault(name, [str(value) for value in frame.text])

    def _normalise(self) -> None:
        """Bring dates and genres to the forms of ID3v2.4."""
        texts = self._texts
        old = [texts.pop(name, []) for name in _DATES_OF_23]
        if any(old):
            if max(map(len, old)) > 1:
                raise _Punt
            when = _recorded(*("".join(values) for values in old))
            if when and "TDRC" not in texts:
                texts["TDRC"] = [when]
        if "TORY" in texts:
            (year,) = texts.pop("TORY")  # ValueError where there are several
            if "," in year:
                raise _Punt
            texts.setdefault("TDOR", [year])
        for name in ("TDRC", "TDRL", "TDOR"):
            if name in texts:
                texts[name] = [_stamp(value) for value in texts[name]]
        if "TCON" in texts:
            texts["TCON"] = _genres("\0".join(texts["TCON"])).copy()


_OTHERS = {
    b"APIC": _Reader._picture,  # noqa: SLF001  the table stands outside so that it is made once
    b"TXXX": _Reader._user_text,  # noqa: SLF001
    b"UFID": _Reader._file_id,  # noqa: SLF001
    b"USLT": _Reader._lyrics,  # noqa: SLF001
}
"""Frames of a form of their own."""


def _after_text(data: bytes, start: int, encoding: int) -> int:
    """Return where the text that begins at ``start`` has ended with a NUL."""
    codec = _CODECS[encoding]
    if not codec.startswith("utf-16"):
        stop = data.index(0, start)
        data[start:stop].decode(codec)
        return stop + 1
    stop = start
    while (unit := data[stop : stop + 2]) != b"\0\0":
        if len(unit) < 2:  # noqa: PLR2004  bytes of UTF-16
            raise _Punt
        stop += 2
    if encoding == _UTF16 and stop > start:
        codec, start = _BOMS[data[start : start + 2]], start + 2
    data[start:stop].decode(codec)
    return stop + 2


@lru_cache(1024)
def _genres(value: str) -> list[str]:
    """Return the names of genres, which may be numbers: mutagen reads them twice over."""
    if len(value) > _MAX_CACHED:
        raise _Punt
    frame = TCON(encoding=3, text=value.split("\0"))
    frame.genres = frame.genres
    return list(frame.genres)


@lru_cache(1024)
def _stamp(value: str) -> str:
    """Return a date as mutagen spells it."""
    if len(value) > _MAX_CACHED:
        raise _Punt
    return str(ID3TimeStamp(value))


def _recorded(year: str, day: str, time: str) -> str:
    """Return the date that TYER, TDAT (DDMM) and TIME (HHMM) make, empty without a year."""
    years, days, times = _YEAR.match(year), _TWO_NUMBERS.match(day), _TWO_NUMBERS.match(time)
    if years is None:
        return ""
    when = years[1] + (f"-{days[2]}-{days[1]}" if days else years[2] or "")
    return when + (f"T{times[1]}:{times[2]}:00" if times and when != years[1] else "")
