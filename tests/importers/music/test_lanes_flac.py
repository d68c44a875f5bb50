import os
import random
import struct

import pytest

from soniq_tui.importers.music.demo import master
from soniq_tui.importers.music.tags.pictures import EDGE
from tests.importers.music.differential import both, both_of

SOUND = master("flac")
STREAMINFO = SOUND[8:42]
JPEG = b"\xff\xd8\xff\xe0" + random.Random(3).randbytes(60_000)


def block(kind, body, size=None):
    return kind, body, len(body) if size is None else size


def comment(*held, vendor=b"v", count=None, behind=b""):
    made = struct.pack("<I", len(vendor)) + vendor
    made += struct.pack("<I", len(held) if count is None else count)
    return block(4, made + b"".join(struct.pack("<I", len(h)) + h for h in held) + behind)


def picture(data, kind=3, mime=b"image/jpeg", words=b"", length=None):
    made = struct.pack(">2I", kind, len(mime)) + mime + struct.pack(">I", len(words)) + words
    size = len(data) if length is None else length
    return block(6, made + struct.pack(">5I", 1, 2, 24, 0, size) + data)


def flac(*blocks, info=STREAMINFO, sound=bytes(5000)):
    made = [b"fLaC"]
    blocks = (block(0, info), *blocks)
    for number, (kind, body, size) in enumerate(blocks, 1):
        made.append(bytes([kind | (0x80 if number == len(blocks) else 0)]) + size.to_bytes(3))
        made.append(body)
    return b"".join(made) + sound


def cuesheet(tracks=2, indexes=2, cut=0):
    track = struct.pack(">QB12sB13xB", 0, 1, b"", 0, indexes) + bytes(12) * indexes
    made = struct.pack(">128sQB258xB", b"", 0, 0, tracks) + track * tracks
    return block(5, made[: len(made) - cut])


TITLE = comment(b"TITLE=T", b"artist=A", b"ARTIST=B", b"TrackNumber=3/9")
TAKEN = {
    "no blocks": flac(),
    "no samples": flac(TITLE, info=STREAMINFO[:13] + b"\xf0" + bytes(20)),
    "odd figures": flac(TITLE, info=STREAMINFO[:10] + b"\x17\x70\x0e\xf0" + STREAMINFO[14:]),
    "padding": flac(block(1, bytes(70_000)), TITLE, block(1, b"")),
    "application": flac(block(2, b"riff" * 9000), TITLE),
    "seek table": flac(block(3, bytes(18 * 900 + 5)), TITLE),
    "cue sheet": flac(cuesheet(), TITLE),
    "cue sheet with spare bytes": flac(block(5, cuesheet()[1] + b"x"), TITLE),
    "pictures": flac(TITLE, picture(JPEG, 4), picture(JPEG[:900]), picture(JPEG[9:], 0)),
    "picture before the comment": flac(picture(JPEG), TITLE),
    "pictures without a comment": flac(picture(JPEG)),
    "many pictures": flac(TITLE, *(picture(JPEG[: 99 + n], 0) for n in range(17)), picture(JPEG)),
    "picture of 4096": flac(TITLE, picture(JPEG[:EDGE])),
    "picture of 4097": flac(TITLE, picture(JPEG[: EDGE + 1])),
    "empty picture": flac(TITLE, picture(b"")),
    "long words": flac(TITLE, picture(JPEG, words=b"w" * 2000, mime=b"image/" + b"x" * 2000)),
    "mime that is no UTF-8": flac(TITLE, picture(JPEG[9:], mime=b"image/\xe9")),
    "link": flac(TITLE, picture(b"http://x/y.jpg", mime=b"-->")),
    "large comment": flac(comment(b"LYRICS=" + b"la " * 30_000, b"TITLE=T")),
    "no equals sign": flac(comment(b"TITLE", b"", b"=T", b"ALBUM=B")),
    "names that are none": flac(comment(b"T\xcftle=x", b"\x1ftitle=x", b"title\x7f=y", b"ALBUM=B")),
    "names and alternatives": flac(comment(b"YEAR=1999", b"DATE=", b"Tempo=90", b"BPM=x", b"=")),
    "not UTF-8": flac(comment(b"TITLE=\xff\xfe\xc3", b"ARTIST=\xed\xa0\x80", b"ALBUM=a\0b")),
    "vendor that is no UTF-8": flac(comment(b"TITLE=T", vendor=b"\xff" * 300)),
    "base64 picture": flac(comment(b"METADATA_BLOCK_PICTURE=AAAA", b"COVERART=/9j/", b"TITLE=T")),
    "coverart": flac(comment(b"CoverArt=/9j/AAAA", b"COVERARTMIME=image/png")),
}
LEFT = {
    "id3v2 before": b"ID3\4\0\0\0\0\0\0" + flac(TITLE),
    "two comments": flac(TITLE, comment(b"TITLE=U")),
    "two seek tables": flac(block(3, bytes(18)), block(3, bytes(18)), TITLE),
    "two STREAMINFOs": flac(TITLE, block(0, STREAMINFO)),
    "comment first": b"fLaC" + flac(TITLE)[42:-5000][:4] + TITLE[1] + b"\x80\0\0\x22" + STREAMINFO,
    "unknown block": flac(block(7, b"x"), TITLE),
    "long STREAMINFO": flac(TITLE, info=STREAMINFO + b"x"),
    "no sample rate": flac(TITLE, info=STREAMINFO[:10] + b"\0\0\x02" + STREAMINFO[13:]),
    "comment ends before its block": flac(comment(b"TITLE=T", behind=b"rest")),
    "comment goes on": flac(block(4, TITLE[1], len(TITLE[1]) - 3), block(1, bytes(9))),
    "count too large": flac(comment(b"TITLE=T", count=9)),
    "picture goes on": flac(TITLE, picture(JPEG, length=len(JPEG) - 1)),
    "picture ends late": flac(TITLE, picture(JPEG, length=len(JPEG) + 1), block(1, bytes(99))),
    "cue sheet cut": flac(cuesheet(cut=1), TITLE),
    "cut": flac(TITLE, picture(JPEG))[:9000],
    "cut in STREAMINFO": flac()[:40],
    "cut in a header": flac(TITLE, block(1, b"x"), sound=b"")[:-3],
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken(tmp_path, name):
    """An unusual but sound FLAC file is read by the lane, every field as mutagen has it."""
    found = both_of(tmp_path, TAKEN[name])
    assert found.lane == found.mutagen


@pytest.mark.parametrize("name", LEFT)
def test_left(tmp_path, name):
    """What is damaged or not usual in FLAC files is left to mutagen."""
    assert both_of(tmp_path, LEFT[name]).lane is None


def test_little_is_read(tmp_path, monkeypatch):
    """Of a large cover the two ends alone are read, of the sound nothing."""
    path = tmp_path / "a.flac"
    path.write_bytes(flac(TITLE, picture(JPEG * 9), block(1, bytes(8192)), sound=bytes(300_000)))
    read = []
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda *a: (read.append(len(real(*a))), real(*a))[1])
    assert both(path).lane is not None
    assert len(read) == 2
    assert sum(read) < 16 * 1024 + 2 * EDGE
