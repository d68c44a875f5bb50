"""APEv1 and APEv2 tags with items that are not as the standard has them.

mutagen gives up on all of a tag, and on the file, where one item is bad. APEv1 says nothing of a
charset, and its programs wrote the user's own.

Reference: wiki.hydrogenaud.io ("APEv2 specification", "APE Tag Item").
"""

import struct
from typing import Any, BinaryIO

from mutagen.apev2 import BINARY, APEValue, _APEv2Data, error, is_valid_apev2_key

_ITEM = struct.Struct("<2I")
_MAX_KEY = 255
_NO_KIND = 3


def sound_items(file: BinaryIO) -> dict[str, Any]:
    """Return the items of a file's tag that can be read, as mutagen has them, by their keys.

    Texts that are not UTF-8 are read as Latin-1, of which the charsets of a folder make what they
    were. Items of a reserved kind or under a key that the standard forbids are left out; one that
    goes beyond the tag ends it.

    Raises:
        MutagenError: the system cannot read it, or its header or footer is cut.
    """
    try:
        data = _APEv2Data(file)
    except OSError as exc:
        raise error(exc) from exc
    tag = data.tag or b""
    items: dict[str, Any] = {}
    at = 0
    for _ in range(data.items or 0):
        name_end = tag.find(b"\0", at + _ITEM.size, at + _ITEM.size + _MAX_KEY + 1)
        if name_end < 0:
            break
        size, flags = _ITEM.unpack_from(tag, at)
        key = tag[at + _ITEM.size : name_end].decode("latin-1")
        at = name_end + 1 + size
        if at > len(tag):
            break
        kind = flags >> 1 & _NO_KIND
        if kind == _NO_KIND or not is_valid_apev2_key(key):
            continue
        value = tag[name_end + 1 : at]
        items[key] = APEValue(value if kind == BINARY else _text(value), kind)
    return items


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
