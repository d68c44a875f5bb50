"""Single frames of ID3v2.3 and 2.4 but for pictures: what stands in them.

References: id3.org/id3v2.3.0, id3.org/id3v2.4.0-structure and -frames.
"""

from collections.abc import Callable

from soniq_tui.importers.music.lanes import Punt, id3_words
from soniq_tui.importers.music.lanes.id3_words import PLACES, V23, Key
from soniq_tui.importers.music.lanes.pieces import NOTHING, Piece, Place, piece
from soniq_tui.importers.music.tags import names

Met = tuple[Key, Piece]
"""What tells a frame from others of its tag, empty where that is nothing; what stands in it."""
SKIP: Met = ("", NOTHING)

_LATIN1, _UTF16, _UTF16_BE, _UTF8 = 0, 1, 2, 3
"""What the byte at the start of a text says of its encoding."""
ONE_BYTE = frozenset({_LATIN1, _UTF8})
_CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_LE, _BE = b"\xff\xfe", b"\xfe\xff"
_BOMS = frozenset({_LE, _BE})
_BOM, _SWAPPED_BOM = "\ufeff", "\ufffe"
_MAX_DESCRIPTIONS = 4096
_MAX_DESCRIPTION = 128  # bytes
_AFTER_LANGUAGE = 4
_OWNER = b"http://musicbrainz.org"
_OWNED = PLACES["UFID:http://musicbrainz.org"]
_LYRICS = PLACES["USLT"]

TEXTS = {
    name.encode(): (name, None if name in id3_words.RESPELT else PLACES[name])
    for alternatives in names.ID3.values()
    for name in (*alternatives, *id3_words.OLD)
    if name.startswith("T") and ":" not in name
}
"""Text frames that a field is made of, by their names in the file.

With what is made of them where values mean what they say.
"""
SKIPPED = frozenset(
    b"COMM GEOB GRP1 MCDI MVIN MVNM PCNT POPM PRIV TCAT TCOP TDEN TDES TDLY TDTG TENC TEXT TFLT"
    b" TGID TIPL TIT1 TIT3 TKEY TKWD TLAN TLEN TMCL TMED TMOO TOAL TOFN TOLY TOPE TOWN TPE3 TPE4"
    b" TPRO TPUB TRSN TRSO TSIZ TSOA TSOC TSOT TSSE TSST USER WCOM WCOP WOAF WOAR WOAS WORS WPAY"
    b" WPUB WXXX".split()
)
"""Frames that no field is made of and that mutagen never stumbles over, whatever they hold."""
_descriptions: dict[bytes, tuple[str, Place | None]] = {}
"""By the bytes of a description with its encoding: its words, and what is made of such a text."""


def _text(name: bytes, data: bytes, version: int) -> Met:
    encoding = data[0]
    if encoding == _UTF16 and data[1:3] not in _BOMS:
        raise Punt
    words = data[1:].decode(_CODECS[encoding])  # "utf-16" by its mark
    text, place = TEXTS[name]
    values = _values(words, encoding, data[1:3], version) if "\0" in words else [words]
    return text, id3_words.piece(text, values) if place is None else piece(place, values)


def _user_text(_: bytes, data: bytes, version: int) -> Met:
    encoding = data[0]
    if encoding in ONE_BYTE:
        stop = data.find(b"\0", 1)
        after = stop + 1
    else:
        stop = data.find(b"\0\0", 1)
        while stop > 0 and not stop & 1:  # a low byte and the high byte after it
            stop = data.find(b"\0\0", stop + 1)
        after = stop + 2
    if stop < 0 or after >= len(data):
        return SKIP  # a description alone
    key = data[:stop]
    words, place = _descriptions.get(key) or _describe(key)
    if place is None:
        return SKIP
    rest = data[after:]
    if encoding == _UTF16 and rest[:2] not in _BOMS:
        rest = _LE + rest  # as mutagen takes it
    text = rest.decode(_CODECS[encoding])
    values = _values(text, encoding, rest[:2], version) if "\0" in text else [text]
    return words, piece(place, values)


def _lyrics(_: bytes, data: bytes, version: int) -> Met:
    language = data[1:_AFTER_LANGUAGE].decode("ascii")
    if len(data) <= _AFTER_LANGUAGE:
        raise Punt
    rest = data[_AFTER_LANGUAGE:]
    description, *values = _values(decoded(data[0], rest), data[0], rest[:2], version)
    return ((description, language), piece(_LYRICS, values[:1])) if values else SKIP


def _file_id(_: bytes, data: bytes, _version: int) -> Met:
    owner, _, told = data.partition(b"\0")  # of frames of one owner the last counts, empty or not
    return ("UFID", piece(_OWNED, [told.decode("latin-1")])) if owner == _OWNER else SKIP


def _values(text: str, encoding: int, mark: bytes, version: int) -> list[str]:
    """Return the values of a text, which end with NULs or with the frame.

    Args:
        text: decoded, without its first byte order mark.
        encoding: by its number.
        mark: its first two bytes.
        version: of the tag.
    """
    nul = text.find("\0")
    if nul < 0:
        return [text]
    if nul == len(text) - 1:
        return [text[:-1]]
    if version == V23:  # one value, in principle: NULs at the end are padding
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


def _describe(data: bytes) -> tuple[str, Place | None]:
    """Return the words of a description, and what is made of such a text."""
    words = decoded(data[0], data[1:])
    found = words, PLACES.get("TXXX:" + words.lower())
    if len(data) <= _MAX_DESCRIPTION and len(_descriptions) < _MAX_DESCRIPTIONS:
        _descriptions[data] = found
    return found


def decoded(encoding: int, data: bytes) -> str:
    """Return a text without its NUL."""
    if encoding == _UTF16 and data and data[:2] not in _BOMS:
        raise Punt
    return data.decode(_CODECS[encoding])


READERS: dict[bytes, Callable[[bytes, bytes, int], Met] | None] = {
    **dict.fromkeys(SKIPPED),
    **dict.fromkeys(TEXTS, _text),
    b"TXXX": _user_text,
    b"UFID": _file_id,
    b"USLT": _lyrics,
    b"APIC": lambda *_: SKIP,  # read where it is: it may be large
}
"""What reads frames, by name: takes name, data, of more than one byte, and version of the tag."""
