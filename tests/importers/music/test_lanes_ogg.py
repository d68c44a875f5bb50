import base64
import os
import random
import struct

import pytest

from soniq_tui.importers.music.lanes.vorbis import missing
from soniq_tui.importers.music.tags.pictures import EDGE
from tests.importers.music.differential import both, both_of
from tests.importers.music.tagging import flac_picture
from tests.importers.music.test_lanes_flac import comment

SERIAL = 0x1234
VORBIS = b"\1vorbis" + struct.pack("<IBI3iBB", 0, 2, 44_100, 0, 128_000, 0, 0xB8, 1)
SETUP = b"\5vorbis" + b"s" * 500
OPUS = b"OpusHead" + struct.pack("<BBHIhB", 1, 2, 312, 44_100, 0, 0)
TITLE = (b"TITLE=T", b"artist=A", b"ARTIST=B", b"TRACKNUMBER=3/9")
JPEG = b"\xff\xd8\xff\xe0" + random.Random(3).randbytes(60_000)


def page(body, sequence, flags=0, position=0, lacing=None, serial=SERIAL, version=0):
    if lacing is None:
        lacing = laced(body)
    head = struct.pack("<4sBBqIII", b"OggS", version, flags, position, serial, sequence, 0)
    return head + bytes([len(lacing)]) + lacing + body


def laced(packet):
    return b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])


def paged(*packets, most=255, sequence=1, serial=SERIAL):
    """Spread packets over pages of so many segments."""
    lacing, body = b"".join(map(laced, packets)), b"".join(packets)
    pages, at = [], 0
    for start in range(0, len(lacing), most):
        part = lacing[start : start + most]
        flags = 1 if start and lacing[start - 1] == 255 else 0
        position = 0 if part.strip(b"\xff") else -1  # where no packet ends
        pages.append(page(body[at : at + sum(part)], sequence, flags, position, part, serial))
        at += sum(part)
        sequence += 1
    return pages


def ogg(*held, head=VORBIS, mark=b"\3vorbis", behind=b"\1", most=255, last=None, raw=None, **first):
    """Return an Ogg file; ``last`` are its last pages."""
    packet = mark + (comment(*held)[1] if raw is None else raw) + behind
    sound = [page(b"x" * 900, 90, position=9000)]
    last = [page(b"y" * 700, 91, 4, 441_000)] if last is None else last
    first = page(head, 0, **{"flags": 2, **first})
    return b"".join([first, *paged(packet, SETUP, most=most), *sound, *last])


def opus(*held, head=OPUS, behind=b"", **more):
    return ogg(*held, head=head, mark=b"OpusTags", behind=behind, **more)


def block_picture(data):
    return b"METADATA_BLOCK_PICTURE=" + base64.b64encode(flac_picture(data).write())


def rates(most, nominal, least, rate=44_100):
    return VORBIS[:11] + struct.pack("<BI3i", 2, rate, most, nominal, least) + VORBIS[-2:]


LARGE = block_picture(JPEG)
TAKEN = {
    "vorbis": ogg(*TITLE),
    "opus": opus(*TITLE),
    "no comments": ogg(),
    "small pages": ogg(*TITLE, b"LYRICS=" + b"la " * 9000, most=2),
    "pages of 4 KiB": ogg(*TITLE, LARGE, b"ALBUM=C", most=16),
    "no position where packets end": ogg(*TITLE, LARGE, most=16).replace(
        b"OggS\0\1" + bytes(8), b"OggS\0\1" + b"\xff" * 8
    ),
    "pages of 64 KiB": opus(*TITLE, LARGE, b"ALBUM=C"),
    "two pictures": opus(LARGE, *TITLE, block_picture(JPEG[:EDGE]), b"COVERART=/9j/", most=17),
    "picture in lines": ogg(*TITLE, b"METADATA_BLOCK_PICTURE=" + base64.encodebytes(LARGE[23:])),
    "picture with other letters": ogg(LARGE[:50_000] + "é".encode() * 2 + LARGE[50_004:], *TITLE),
    "picture that is none": ogg(*TITLE, b"METADATA_BLOCK_PICTURE=" + b"?" * 90_000),
    "padding": ogg(*TITLE, behind=b"\1" + bytes(9000)),
    "padding of opus": opus(*TITLE, behind=bytes(9000)),
    "more behind opus tags": opus(*TITLE, behind=b"\1kept"),
    "packet of 255 times something": ogg(b"LYRICS=" + b"l" * (255 * 3 - 7 - 8 - 4 - 1 - 5 - 7)),
    "page full of segments": ogg(b"LYRICS=" + b"l" * (255 * 255 - 32), *TITLE),
    "max below nominal": ogg(*TITLE, head=rates(96_000, 128_000, 0)),
    "min above nominal": ogg(*TITLE, head=rates(0, 128_000, 160_000)),
    "no nominal": ogg(*TITLE, head=rates(160_000, 0, 96_000)),
    "no rates": ogg(*TITLE, head=rates(-1, -1, -1)),
    "end of opus before its start": opus(*TITLE, last=[page(b"y", 91, 4, 12)]),
    "opus without sound": opus(*TITLE, last=[page(b"y", 91, 4, 312)]),
    "negative end": ogg(*TITLE, last=[page(b"y", 91, 4, -5)]),
    "large last page": ogg(*TITLE, last=[page(b"y" * 40_000, 91, 4, 441_000)]),
    "bytes behind": ogg(*TITLE) + bytes(3000),
    "opus of more channels": opus(*TITLE, head=OPUS[:9] + b"\6" + OPUS[10:18] + b"\1\4\2\0\1\2\3"),
}
LEFT = {
    "not first": ogg(*TITLE, flags=0),
    "another version": ogg(*TITLE, version=1),
    "another mapping of opus": opus(*TITLE, head=OPUS[:8] + b"\x10" + OPUS[9:]),
    "no sample rate": ogg(*TITLE, head=rates(0, 128_000, 0, rate=0)),
    "head too long": ogg(*TITLE, head=VORBIS + b"x"),
    "no framing bit": ogg(*TITLE, behind=b"\2"),
    "nothing behind the comments": ogg(*TITLE, behind=b""),
    "another packet": ogg(*TITLE, mark=b"\4vorbis"),
    "comment cut": opus(raw=comment(*TITLE)[1][:-2]),
    "no last page": ogg(*TITLE, last=[]),
    "last page cut": ogg(*TITLE)[:-1],
    "last page without end of packet": ogg(*TITLE, last=[page(b"y", 91, 4, -1)]),
    "chained": ogg(*TITLE) + ogg(b"TITLE=U").replace(struct.pack("<I", SERIAL), b"abcd"),
    "page of another stream": b"".join(
        [page(VORBIS, 0, 2), *paged(b"x", serial=7), *paged(b"\3vorbis" + comment()[1] + b"\1")]
    ),
    "wrong sequence": ogg(*TITLE, b"LYRICS=" + b"l" * 5000, most=9).replace(
        b"\2\0\0\0", b"\3\0\0\0"
    ),
    "far end": ogg(*TITLE) + bytes(70_000),
    "mark in the last page": ogg(*TITLE, last=[page(b"yyOggSyy", 91, 4, 441_000)]),
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken(tmp_path, name):
    """An unusual but sound Vorbis or Opus file is read by the lane, every field as mutagen's."""
    found = both_of(tmp_path, TAKEN[name])
    assert found.lane == found.mutagen


@pytest.mark.parametrize("name", LEFT)
def test_left(tmp_path, name):
    """What is damaged, chained, multiplexed or not usual in Ogg files is left to mutagen."""
    assert both_of(tmp_path, LEFT[name]).lane is None


@pytest.mark.parametrize(("segments", "reads"), [(16, 3), (255, 4)])
def test_few_reads(tmp_path, monkeypatch, segments, reads):
    """A cover over many pages is read at once, and of the sound the end alone."""
    path = tmp_path / "a.opus"
    sound = [page(b"z" * 50_000, 80 + n, position=n) for n in range(9)]
    last = [*sound, page(b"y" * 700, 91, 4, 441_000)]
    path.write_bytes(
        opus(TITLE[0], LARGE, *TITLE[1:], b"ISRC=" + b"x" * 400, most=segments, last=last)
    )
    read = []
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda *a: (read.append(len(real(*a))), real(*a))[1])
    assert both(path).lane is not None
    assert len(read) <= reads
    assert sum(read) < 1.1 * len(LARGE) + 30_000


def test_nothing_is_missing_behind_the_last_comment():
    """What pads a comment packet is not taken for comments of which more has to be read."""
    held = comment(*TITLE)[1]
    assert missing(held[:-2], 0) == 2 + 4
    assert missing(held + b"\xff" * 500, 0) == 4
