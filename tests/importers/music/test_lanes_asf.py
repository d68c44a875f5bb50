import os
import random
import struct

import pytest

from soniq_tui.importers.music.lanes import asf as lane
from soniq_tui.importers.music.tags.pictures import EDGE
from tests.importers.music.differential import both, both_of

JPEG = b"\xff\xd8\xff\xe0" + random.Random(3).randbytes(60_000)
PADDING = bytes.fromhex("74d40618dfca0945a4ba9aabcb96aae8")
UNKNOWN = bytes(16)


def made(guid, body, size=None):
    return guid + struct.pack("<Q", len(body) + 24 if size is None else size) + body


def utf(text):
    return text if isinstance(text, bytes) else (text + "\0").encode("utf-16-le")


def description(*texts):
    texts = [utf(text) if text else b"" for text in texts] + [b""] * (5 - len(texts))
    return made(lane._DESCRIPTION, struct.pack("<5H", *map(len, texts)) + b"".join(texts))


def coded(name, held):
    """Return name, type and value as bytes and number; a text or bytes tell their type."""
    if not isinstance(held, tuple):
        held = (0, utf(held)) if isinstance(held, str) else (1, held)
    return utf(name), *held


def attributes(*held, count=None, behind=b""):
    body = [struct.pack("<H", len(held) if count is None else count)]
    for name, kind, content in (coded(*each) for each in held):
        body += [struct.pack("<H", len(name)), name]
        body += [struct.pack("<HH", kind, len(content)), content]
    return made(lane._ATTRIBUTES, b"".join(body) + behind)


def filed(*held, guid=lane._LIBRARY):
    body = [struct.pack("<H", len(held))]
    for name, kind, content in (coded(*each) for each in held):
        body += [struct.pack("<HHHHI", 0, 0, len(name), kind, len(content)), name, content]
    return made(guid, b"".join(body))


def extension(*objects, size=None):
    body = b"".join(objects)
    head = bytes(16) + b"\6\0" + struct.pack("<I", len(body) if size is None else size)
    return made(lane._EXTENSION, head + body)


def picture(image, kind=3, mime="image/jpeg", words="", length=None):
    length = len(image) if length is None else length
    return bytes([kind]) + struct.pack("<I", length) + utf(mime) + utf(words) + image


def codecs(*entries, count=None):
    body = bytes(16) + struct.pack("<I", len(entries) if count is None else count)
    for kind, identity in entries:
        body += struct.pack("<HH", kind, 2) + b"n\0\0\0" + struct.pack("<H", 1) + b"d\0"
        body += struct.pack("<H", len(identity)) + identity
    return made(lane._CODECS, body)


FILE = made(lane._FILE, bytes(40) + struct.pack("<QQQ", 100_000_000, 0, 1600) + bytes(16))
STREAM = made(lane._STREAM, bytes(56) + struct.pack("<HII", 2, 44_100, 16_000) + bytes(12))
WMA = codecs((2, b"\x61\x01"))


def asf(*objects, count=None, size=None, basic=(FILE, STREAM, WMA)):
    objects = (*basic, *objects)
    body = b"".join(objects)
    size = len(body) + 30 if size is None else size
    count = len(objects) if count is None else count
    return lane._HEADER + struct.pack("<QI", size, count) + b"\1\2" + body + bytes(3000)


SIX = attributes(
    ("WM/AlbumTitle", "An Album"),
    ("WM/AlbumArtist", "The Band"),
    ("WM/TrackNumber", "3/12"),
    ("WM/Year", "2004"),
    ("WM/Genre", "Jazz"),
    ("WM/Composer", "Clara"),
)
TITLE = description("Blåbär 🎷", "Anna")
TAKEN = {
    "no tags": asf(),
    "usual": asf(TITLE, SIX),
    "no codec list": asf(TITLE, basic=(FILE, STREAM)),
    "video before sound": asf(TITLE, basic=(FILE, STREAM, codecs((1, b"WMV3"), (2, b"\x62\x01")))),
    "no sound in the list": asf(TITLE, basic=(FILE, STREAM, codecs((1, b"WMV3")))),
    "no identity": asf(TITLE, basic=(FILE, STREAM, codecs((2, b"")))),
    **{
        f"codec {number:#x}": asf(basic=(FILE, STREAM, codecs((2, struct.pack("<H", number)))))
        for number in (0x0A, 0x160, 0x161, 0x162, 0x163)
    },
    "preroll longer than the file": asf(basic=(FILE[:-24] + b"\xff" * 8 + bytes(16), STREAM)),
    "NULs around": asf(description("\0\0T\0", "A\0B"), attributes(("\0WM/Year\0", "\0" + "1999"))),
    "empty texts": asf(description("\0", ""), attributes(("WM/Year", ""), ("", "x"))),
    "types": asf(
        attributes(
            ("WM/TrackNumber", (3, b"\7\0\0\0")),
            ("WM/PartOfSet", (5, b"\2\0")),
            ("WM/BeatsPerMinute", (4, b"\x80\0\0\0\0\0\0\0")),
            ("WM/IsCompilation", (2, b"\1\0\0\0")),
            ("WM/Genre", (6, b"g" * 16)),
            ("WM/Composer", b"bytes"),
        )
    ),
    "yes and no elsewhere": asf(extension(filed(("WM/IsCompilation", (2, b"\1\0"))))),
    "yes that is none": asf(attributes(("WM/IsCompilation", (2, b"\2\0\0\0")))),
    "names in other cases": asf(
        attributes(("title", "U"), ("AUTHOR", "B"), ("wm/year", "1")), TITLE
    ),
    "sign of kelvin": asf(attributes(("MusicBrainz/Trac\u212a Id", "x-y"))),
    "name of a picture in another case": asf(attributes(("wm/picture", "x"))),
    "everywhere": asf(
        extension(
            filed(("Author", "D"), ("Author", "E")),
            made(PADDING, bytes(900)),
            filed(("Author", "C"), guid=lane._METADATA),
            made(UNKNOWN, b"x" * 50),
        ),
        attributes(("Author", "B")),
        TITLE,
    ),
    "unknown objects": asf(
        made(UNKNOWN, b"x"), made(UNKNOWN, b"y"), made(PADDING, bytes(9000)), SIX
    ),
    "objects beyond the count": asf(TITLE, SIX, made(lane._FILE, b""), count=5),
    "header size beyond the file": asf(TITLE, SIX, size=1 << 40),
    "bytes behind the attributes": asf(attributes(("WM/Year", "1999"), behind=b"rest")),
    "picture": asf(TITLE, attributes(("WM/Picture", picture(JPEG)), ("WM/Year", "1999"))),
    "pictures": asf(
        extension(filed(("WM/Picture", picture(JPEG * 3, 4)), ("WM/Genre", "Jazz"))),
        attributes(("WM/Picture", picture(JPEG[:900], 0, words="w"))),
    ),
    "picture of 4096": asf(attributes(("WM/Picture", picture(JPEG[:EDGE])))),
    "picture cut": asf(attributes(("WM/Picture", picture(JPEG, length=70_000)))),
    "picture that ends early": asf(attributes(("WM/Picture", picture(JPEG, length=50_000)))),
    "picture without an end of words": asf(attributes(("WM/Picture", b"\3\1\0\0\0" + b"x" * 90))),
    "picture of nothing": asf(attributes(("WM/Picture", b""), ("WM/Year", "1999"))),
    "large bytes": asf(extension(filed(("x", JPEG * 30), ("WM/Genre", "Jazz")))),
}
LEFT = {
    "no stream properties": asf(basic=(FILE,)),
    "no file properties": asf(basic=(STREAM,)),
    "two descriptions": asf(TITLE, TITLE),
    "two lists of attributes": asf(SIX, SIX),
    "two extensions": asf(extension(), extension()),
    "metadata in the header": asf(filed(("WM/Genre", "Jazz"))),
    "description in the extension": asf(extension(TITLE)),
    "header in the header": asf(made(lane._HEADER, b"x")),
    "count too large": asf(TITLE, count=9),
    "header size too small": asf(TITLE, size=200),
    "object too small": asf(made(UNKNOWN, b"", size=3)),
    "object too large": asf(made(UNKNOWN, b"", size=9000)),
    "object in the extension too large": asf(extension(made(UNKNOWN, b"x", size=99))),
    "extension too long": asf(extension(made(UNKNOWN, b"x"), size=99)),
    "text cut in a character": asf(description(b"T\0x")),
    "half a pair": asf(attributes(("WM/Year", (0, b"\0\xd8")))),
    "text of no use, half a pair": asf(attributes(("x", (0, b"\0\xd8")))),
    "texts beyond the description": asf(made(lane._DESCRIPTION, struct.pack("<5H", 9, 9, 0, 0, 0))),
    "unknown type": asf(attributes(("x", (9, b"")))),
    "number of another size": asf(attributes(("x", (3, b"\1")))),
    "yes of another size": asf(attributes(("x", (2, b"\1\0")))),
    "attributes too few": asf(attributes(("WM/Year", "1999"), count=3)),
    "attribute too long": asf(made(lane._ATTRIBUTES, attributes(("x", "y"))[24:-2])),
    "picture that is a text": asf(attributes(("WM/Picture", "x"))),
    "picture of long words": asf(
        attributes(("WM/Picture", picture(JPEG[:40_000], words="w" * 3000)))
    ),
    "unknown codec": asf(basic=(FILE, STREAM, codecs((2, b"\x55\x00")))),
    "codec list cut": asf(basic=(FILE, STREAM, codecs((1, b"x"), count=2))),
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken(tmp_path, name):
    """An unusual but sound ASF file is read by the lane, every field as mutagen has it."""
    found = both_of(tmp_path, TAKEN[name])
    assert found.lane == found.mutagen


@pytest.mark.parametrize("name", LEFT)
def test_left(tmp_path, name):
    """What is damaged or not usual in ASF files is left to mutagen."""
    assert both_of(tmp_path, LEFT[name]).lane is None


def test_picture_that_is_a_text(tmp_path):
    """A picture that is none takes nothing from the rest."""
    found = both_of(tmp_path, asf(TITLE, attributes(("WM/Picture", "x"), ("WM/Year", "1999"))))
    assert (found.mutagen["date"], found.mutagen["cover"]) == ("1999", None)


def test_little_is_read(tmp_path, monkeypatch):
    """Of a large cover the two ends alone are read, of the sound nothing."""
    path = tmp_path / "a.wma"
    tags = filed(("WM/Picture", picture(JPEG * 9)), ("WM/Genre", "Jazz"))
    path.write_bytes(asf(TITLE, extension(tags), SIX) + bytes(300_000))
    read = []
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda *a: (read.append(len(real(*a))), real(*a))[1])
    assert both(path).lane is not None
    assert sum(read) < 16 * 1024 + 2 * (EDGE + 512)
