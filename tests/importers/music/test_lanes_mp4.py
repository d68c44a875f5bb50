import os
import random
import struct

import pytest

from soniq_tui.importers.music.tags import fragments
from soniq_tui.importers.music.tags.pictures import EDGE
from tests.importers.music.differential import both, both_of

JPEG = b"\xff\xd8\xff\xe0" + random.Random(3).randbytes(60_000)
DSI = bytes.fromhex("1210")
"""AAC LC, 44,100 Hz, two channels (ISO 14496-3, section 1.6.2.1)."""


def atom(name, *inner, size=None):
    body = b"".join(inner)
    name = name.encode("latin-1")
    return struct.pack(">I", len(body) + 8 if size is None else size) + name + body


def data(value, kind=1, size=None):
    return atom("data", struct.pack(">2I", kind, 0), value, size=size)


def text(name, *values, kind=1):
    return atom(name, *(data(v.encode() if isinstance(v, str) else v, kind) for v in values))


def free(name, *values, mean="com.apple.iTunes", kind=1):
    head = (atom("mean", bytes(4), mean.encode()), atom("name", bytes(4), name.encode()))
    return atom("----", *head, *(data(value.encode(), kind) for value in values))


def pair(name, *numbers):
    return atom(name, data(struct.pack(">4H", 0, *numbers, 0), 0))


def cover(*images, kind=13):
    return atom("covr", *(data(image, kind) for image in images))


def descriptor(tag, body, wide=True):
    return bytes([tag]) + (b"\x80\x80\x80" if wide else b"") + bytes([len(body)]) + body


def esds(dsi=DSI, kind=0x40, average=192_000, flags=0, wide=True, version=0):
    info = descriptor(5, dsi, wide) if dsi is not None else b""
    config = bytes([kind, 0x15, 0, 6, 0]) + struct.pack(">2I", 200_000, average) + info
    es = b"\0\1" + bytes([flags]) + descriptor(4, config, wide) + descriptor(6, b"\2", wide)
    return atom("esds", bytes([version, 0, 0, 0]), descriptor(3, es, wide))


def alac(version=0, compatible=0):
    cookie = struct.pack(">I6B", 4096, compatible, 24, 40, 10, 14, 2)
    cookie += struct.pack(">HIII", 255, 9000, 800_000, 96_000)
    return atom("alac", bytes([version, 0, 0, 0]), cookie)


def entry(name="mp4a", extra=None, channels=2, rate=44_100, more=b"", size=None):
    figures = bytes(7) + b"\1" + bytes(8) + struct.pack(">2H4xI", channels, 16, rate << 16)
    return atom(name, figures, esds() if extra is None else extra, more, size=size)


def stsd(*entries, count=None, version=0):
    count = len(entries) if count is None else count
    return atom("stsd", bytes([version, 0, 0, 0]), struct.pack(">I", count), *entries)


def mdhd(version=0, scale=44_100, duration=441_000):
    if version == 1:
        return atom("mdhd", b"\1\0\0\0" + bytes(16), struct.pack(">IQ", scale, duration), bytes(4))
    made = struct.pack(">2I", scale, duration)
    return atom("mdhd", bytes([version, 0, 0, 0]) + bytes(8), made, bytes(4))


def hdlr(kind=b"soun"):
    return atom("hdlr", bytes(8), kind, bytes(13))


def trak(described=None, *, head=None, kind=b"soun", tables=900, spare=b""):
    described = stsd(entry()) if described is None else described
    stbl = atom("stbl", described, atom("stsz", bytes(tables)), atom("stco", bytes(40)))
    minf = atom("minf", atom("smhd", bytes(8)), stbl)
    head = mdhd() if head is None else head
    return atom("trak", atom("tkhd", bytes(84)), atom("mdia", head, hdlr(kind), minf), spare)


def tagged(*atoms, beside=b"", behind=b""):
    ilst = atom("ilst", *atoms)
    return atom("udta", atom("meta", bytes(4), hdlr(b"mdir"), ilst, atom("free")), beside), behind


def moov(*atoms, sound=None):
    return atom("moov", atom("mvhd", bytes(100)), sound or trak(), *atoms)


CHPL = atom("chpl", bytes(8), b"\1", bytes(8), b"\1c")
FTYP = atom("ftyp", b"M4A \0\0\0\0isom")
MDAT = atom("mdat", bytes(3000))


def mp4(*atoms, sound=None):
    return FTYP + moov(*tagged(*atoms), sound=sound) + MDAT


SIX = (
    text("©nam", "Blåbär 🎷"),
    text("©ART", "Anna", "Ben"),
    text("©alb", "B", kind=0),
    pair("trkn", 3, 12),
    pair("disk", 1, 2),
    text("©day", "2004-05-12"),
)
WITH_SIX = tagged(*SIX)[0]
TAKEN = {
    "six": mp4(*SIX),
    "no tags": FTYP + moov() + MDAT,
    "tags elsewhere": FTYP + moov(trak(kind=b"vide", spare=WITH_SIX)) + MDAT,
    "moov last": FTYP + MDAT * 9 + moov(WITH_SIX),
    "moov of large tables": FTYP + MDAT * 9 + moov(WITH_SIX, sound=trak(tables=70_000)),
    "moov first and large": FTYP + moov(WITH_SIX, sound=trak(tables=70_000)) + atom("free") + MDAT,
    "sound of 64 bits": FTYP
    + moov(WITH_SIX)
    + struct.pack(">I4sQ", 1, b"mdat", 3016)
    + bytes(3000),
    "sound to the end": FTYP + moov(WITH_SIX) + atom("mdat", bytes(3000), size=0),
    "sound that is cut": (FTYP + moov(WITH_SIX) + MDAT)[:-900],
    "rest of an atom": mp4(*SIX) + b"rest",
    "chapters as a track": FTYP + moov(trak(kind=b"text"), WITH_SIX) + MDAT,
    "text before sound": FTYP + moov(trak(), WITH_SIX, sound=trak(kind=b"text")) + MDAT,
    "another order": mp4(*reversed(SIX)),
    "64-bit durations": mp4(*SIX, sound=trak(head=mdhd(1, duration=1 << 35))),
    "no time scale": mp4(*SIX, sound=trak(head=mdhd(scale=0))),
    "short descriptors": mp4(*SIX, sound=trak(stsd(entry(extra=esds(wide=False))))),
    "no bit rate": mp4(*SIX, sound=trak(stsd(entry(extra=esds(average=0))))),
    "bit rates after": mp4(*SIX, sound=trak(stsd(entry(more=atom("btrt", bytes(12)))))),
    "no specific info": mp4(*SIX, sound=trak(stsd(entry(extra=esds(None))))),
    "mono": mp4(*SIX, sound=trak(stsd(entry(extra=esds(bytes.fromhex("1208")))))),
    "SBR": mp4(*SIX, sound=trak(stsd(entry(extra=esds(bytes.fromhex("2b920800")))))),
    "SBR implied": mp4(*SIX, sound=trak(stsd(entry(extra=esds(bytes.fromhex("139056e5a0")))))),
    "MP3": mp4(*SIX, sound=trak(stsd(entry(extra=esds(None, kind=0x6B))))),
    "ALAC": mp4(*SIX, sound=trak(stsd(entry("alac", alac(), rate=0)))),
    "texts without data": mp4(atom("©nam"), *SIX[1:]),
    "empty texts": mp4(text("©nam", ""), text("©ART", "", "A"), text("aART", "\0")),
    "twice": mp4(*SIX, text("©ART", "C"), pair("trkn", 4, 5), text("©nam", "U")),
    "numbers": mp4(pair("trkn", 0, 0), pair("disk", 65_535, 1), text("tmpo", b"\0\x80", kind=21)),
    "tempo of many sizes": mp4(text("tmpo", b"\x7f", b"\1\0\0\0", b"\0\0\1", kind=0)),
    "genres by number": mp4(text("gnre", b"\0\x12", kind=0), text("©gen", "Own")),
    "flags": mp4(text("cpil", b"\1", kind=21), text("pgap", b"\0", kind=21)),
    "flag twice": mp4(text("cpil", b"\1", kind=21), text("cpil", b"\0", kind=0)),
    "free": mp4(free("ARTISTS", "A", "B"), free("MusicBrainz Track Id", "x-y"), free("other", "z")),
    "free twice": mp4(free("ISRC", "A"), text("©nam", "T"), free("ISRC", "B")),
    "free of others": mp4(
        free("ISRC", "A", mean="org.x"), free("ISRC", "B", mean="COM.APPLE.ITUNES")
    ),
    "free that is no UTF-8": mp4(atom("----", *[free("ISRC")[8:], data(b"\xff\xc3")])),
    "free without values": mp4(free("ISRC"), *SIX),
    "long free": mp4(free("other", "x" * 70_000), *SIX),
    "long lyrics": mp4(text("©lyr", "la " * 30_000), *SIX),
    "texts of no use": mp4(
        text("©too", b"\xff", kind=9), atom("©cmt", b"rubbish"), atom("xyz "), *SIX
    ),
    "covers": mp4(cover(JPEG, JPEG[:900]), *SIX, cover(JPEG[9:], kind=14)),
    "cover of 4096": mp4(*SIX, cover(JPEG[:EDGE], kind=0)),
    "cover of 4097": mp4(*SIX, cover(JPEG[: EDGE + 1], kind=27)),
    "empty covers": mp4(cover(), cover(b""), *SIX),
    "chapters": FTYP + moov(tagged(*SIX, beside=CHPL)[0]) + MDAT,
    "fewer chapters than it says": FTYP
    + moov(tagged(*SIX, beside=atom("chpl", bytes(8), b"\5"))[0])
    + MDAT,
    "chapters of another charset": FTYP + moov(tagged(*SIX, beside=CHPL[:-1] + b"\xcf")[0]) + MDAT,
    "udta of other things": FTYP + moov(tagged(*SIX, beside=atom("name", b"x"))[0]) + MDAT,
}
LEFT = {
    "two moov": FTYP + moov(WITH_SIX) + moov() + MDAT,
    "no moov": FTYP + MDAT,
    "moov cut": (FTYP + MDAT + moov(WITH_SIX))[:-9],
    "fragments": mp4(*SIX) + atom("moof", atom("traf")),
    "size beyond all files": mp4(*SIX) + struct.pack(">I4sQ", 1, b"free", 1 << 63),
    "damage behind": mp4(*SIX) + atom("free", bytes(20), size=5),
    "two udta": FTYP + moov(tagged()[0], WITH_SIX) + MDAT,
    "chapters cut": FTYP + moov(tagged(*SIX, beside=CHPL[:-3] + bytes(1))[0]) + MDAT,
    "no sound": FTYP + moov(WITH_SIX, sound=trak(kind=b"vide")) + MDAT,
    "no handler": FTYP + moov(WITH_SIX, sound=atom("trak", atom("mdia"))) + MDAT,
    "two stsd": mp4(*SIX, sound=trak(stsd(entry()) + stsd(entry("alac", alac())))),
    "rest in a container": FTYP + moov(WITH_SIX, b"\0\0\0\0") + MDAT,
    "child larger than its parent": FTYP + moov(WITH_SIX[:3] + b"\x40" + WITH_SIX[4:]) + MDAT,
    "another version of mdhd": mp4(*SIX, sound=trak(head=mdhd(2))),
    "another version of stsd": mp4(*SIX, sound=trak(stsd(entry(), version=1))),
    "no entries": mp4(*SIX, sound=trak(stsd())),
    "two entries": mp4(*SIX, sound=trak(stsd(entry(), entry()))),
    "entry cut": mp4(*SIX, sound=trak(stsd(entry(size=900)))),
    "AC-3": mp4(*SIX, sound=trak(stsd(entry("ac-3", atom("dac3", b"\x10\x3d\xe0"))))),
    "encrypted": mp4(*SIX, sound=trak(stsd(entry("drms")))),
    "unknown object": mp4(*SIX, sound=trak(stsd(entry(extra=esds(kind=0xE1))))),
    "another version of esds": mp4(*SIX, sound=trak(stsd(entry(extra=esds(version=1))))),
    "esds with options": mp4(*SIX, sound=trak(stsd(entry(extra=esds(flags=0x80))))),
    "specific info cut": mp4(*SIX, sound=trak(stsd(entry(extra=atom("esds", esds()[8:-8]))))),
    "another version of alac": mp4(*SIX, sound=trak(stsd(entry("alac", alac(1))))),
    "incompatible alac": mp4(*SIX, sound=trak(stsd(entry("alac", alac(compatible=1))))),
    "text in UTF-16": mp4(text("©nam", b"\0T", kind=2), *SIX[1:]),
    "text that is no UTF-8": mp4(text("©nam", b"\xff"), *SIX[1:]),
    "text in another case": mp4(text("©art", "X"), *SIX),
    "data of another name": mp4(atom("©nam", atom("date", bytes(8), b"T")), *SIX[1:]),
    "data too long": mp4(atom("©nam", data(b"T", size=40)), *SIX[1:]),
    "data of no size": mp4(atom("©nam", data(b"T", size=0)), *SIX[1:]),
    "pair too short": mp4(atom("trkn", data(b"\0\0\0\1", 0)), *SIX),
    "number of another type": mp4(text("tmpo", b"\0\x80", kind=1), *SIX),
    "number of another size": mp4(text("tmpo", b"\0\0\0\0\x80", kind=21), *SIX),
    "genre that is none": mp4(text("gnre", b"\0\0", kind=0), *SIX),
    "flag too long": mp4(text("cpil", b"\0\1", kind=21), *SIX),
    "free in two cases": mp4(free("ARTISTS", "A"), free("Artists", "B"), free("ARTISTS", "C")),
    "free without a name": mp4(atom("----", atom("mean", bytes(4), b"x"), data(b"T")), *SIX),
    "free cut": mp4(atom("----", free("ISRC", "A")[8:-1]), *SIX),
    "named cover": mp4(atom("covr", data(JPEG, 13), atom("name", b"x")), *SIX),
    "cover too long": mp4(atom("covr", data(JPEG, 13, size=70_000)), *SIX),
    "tag of a container's name": mp4(atom("meta", bytes(4)), *SIX),
}


@pytest.mark.parametrize("name", TAKEN)
def test_taken(tmp_path, name):
    """An unusual but sound MP4 file is read by the lane, every field as mutagen has it."""
    found = both_of(tmp_path, TAKEN[name])
    assert found.lane == found.mutagen


@pytest.mark.parametrize("name", LEFT)
def test_left(tmp_path, name):
    """What is damaged or not usual in MP4 files is left to mutagen."""
    assert both_of(tmp_path, LEFT[name]).lane is None


@pytest.mark.parametrize(
    ("dsi", "channels"),
    [
        ("118856e500", 1),
        ("138856e500", 1),
        ("119056e500", 2),
        ("118856e580", 2),
        ("1188", 2),
    ],
    ids=["mono", "mono of 22,050 Hz", "stereo", "extended", "not said"],
)
@pytest.mark.parametrize("wide", [True, False])
def test_one_channel(tmp_path, dsi, channels, wide):
    """AAC of one channel that says that it is no more is mono, whatever stands beside it."""
    for kind in (0x40, 0x67):
        sound = trak(stsd(entry(extra=esds(bytes.fromhex(dsi), kind, wide=wide))))
        found = both_of(tmp_path, mp4(*SIX, sound=sound))
        assert found.lane == found.mutagen
        assert found.mutagen["channels"] == channels


@pytest.mark.parametrize("first", [True, False])
def test_little_is_read(tmp_path, monkeypatch, first):
    """Of a large cover the ends are read, of the tables of samples and the sound nothing."""
    path = tmp_path / "a.m4a"
    sound = [MDAT * 100] if first else []
    behind = [] if first else [MDAT * 100]
    tags = tagged(*SIX, cover(JPEG * 9))[0]
    path.write_bytes(b"".join([FTYP, *sound, moov(tags, sound=trak(tables=90_000)), *behind]))
    read = []
    real = os.pread
    monkeypatch.setattr(os, "pread", lambda *a: (read.append(len(real(*a))), real(*a))[1])
    assert both(path).lane is not None
    assert sum(read) < 16 * 1024 + 5 * (EDGE + 512)


TRACK = 7
TKHD = atom("tkhd", bytes(12), struct.pack(">I", TRACK), bytes(68))
SILENT = trak(head=mdhd(duration=0)).replace(atom("tkhd", bytes(84)), TKHD)
TREX = atom("mvex", atom("trex", bytes(4), struct.pack(">5I", TRACK, 1, 1024, 0, 0)))
EMPTY = FTYP + moov(WITH_SIX, TREX, sound=SILENT)


def traf(*runs, track=TRACK, flags=0, fields=()):
    head = struct.pack(f">2I{len(fields)}I", flags, track, *fields)
    return atom("traf", atom("tfhd", head), *(atom("trun", run) for run in runs))


def run(*fields, flags=0, count=1):
    return struct.pack(f">2I{len(fields)}I", flags, count, *fields)


def moof(*trafs, wide=False):
    inner = atom("mfhd", bytes(8)) + b"".join(trafs)
    if wide:
        return struct.pack(">I4sQ", 1, b"moof", len(inner) + 16) + inner
    return atom("moof", inner)


FRAGMENTS = {
    "by the usual duration": (moof(traf(run(count=441))) * 100, 1024),
    "by that of a fragment": (moof(traf(run(count=44_100), flags=0x8, fields=(9,))), 9),
    "behind other fields": (moof(traf(run(count=441), flags=0xB, fields=(0, 0, 1, 500))), 5),
    "by that of each sample": (
        moof(traf(run(44_100, 22_050, flags=0x100, count=2), run(22_050, flags=0x100))),
        2,
    ),
    "with sizes, flags and offsets": (
        moof(traf(run(8, 9, 44_100, 5, 6, 7, 88_200, 5, 6, 7, flags=0xF05, count=2))),
        3,
    ),
    "of two tracks": (moof(traf(run(count=9), track=1), traf(run(count=44_100))), 1024),
    "64-bit sizes": (moof(traf(run(count=44_100)), wide=True), 1024),
    "no fragment": (b"", None),
    "a run that is cut": (moof(traf(run(5, flags=0x100, count=1 << 31))), None),
    "sound that is cut": (moof(traf(run(count=44_100))) + MDAT[:-900], 1024),
    "a fragment without a head": (moof(atom("traf", atom("trun", run(count=44_100)))), 1024),
    "sound to the end": (moof(traf(run(count=44_100))) + atom("mdat", b"x", size=0), 1024),
}
"""Behind an empty table: fragments, and the seconds of sound in them."""


@pytest.mark.parametrize("name", FRAGMENTS)
def test_fragments(tmp_path, name):
    """A file in fragments, as it comes from a stream, is as long as their samples together."""
    pieces, seconds = FRAGMENTS[name]
    found = both_of(tmp_path, EMPTY + MDAT + pieces)
    assert found.differing == {}
    assert found.mutagen["title"] == "Blåbär 🎷"
    assert found.mutagen["duration_s"] == (seconds and pytest.approx(seconds))


def test_more_fragments_than_are_counted(tmp_path, monkeypatch):
    """No length is better than that of the first part of a file."""
    monkeypatch.setattr(fragments, "_MAX_ATOMS", 10)
    start, one = EMPTY + MDAT, moof(traf(run(count=441)))
    assert both_of(tmp_path, start + one * 7).mutagen["duration_s"] == pytest.approx(7 * 10.24)
    assert both_of(tmp_path, start + one * 8).mutagen["duration_s"] is None
