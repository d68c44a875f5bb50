import io
import struct

import pytest
from mutagen.apev2 import APEv2, APEValue

from soniq_tui.importers.music.demo import master
from soniq_tui.importers.music.lanes import mpeg
from tests.importers.music.differential import both_of
from tests.importers.music.test_lane_id3 import SIX, agreed, id3v1, plain, tag, text

VERSIONS = {"1": 0x18, "2": 0x10, "2.5": 0x00}
LAYERS = {1: 0x06, 2: 0x04, 3: 0x02}
STEREO, MONO = 0x00, 0xC0
TITLED = tag(*(text(name, value) for name, value in SIX.items()))
LAME = b"LAME3.100" + b"\4\xbe" + bytes(10) + b"\x24\x05\x76" + bytes(12)
"""The tag of an encoder: delay 576, padding 1398."""


def header(version="1", layer=3, rate=9, mode=STEREO, padding=0):
    return bytes([0xFF, 0xE1 | VERSIONS[version] | LAYERS[layer], rate << 4 | padding << 1, mode])


def frame(*args, inside=b"", at=4, **kwargs):
    """Return one frame with bytes of zero, and ``inside`` at an offset."""
    head = header(*args, **kwargs)
    body = bytearray(mpeg._frame(head).length - 4)
    body[at - 4 : at - 4 + len(inside)] = inside
    return head + bytes(body)


def xing(flags, *, name=b"Xing", frames=500, size=209_000, lame=LAME):
    parts = [name, struct.pack(">I", flags)]
    parts += [struct.pack(">I", frames)] if flags & 1 else []
    parts += [struct.pack(">I", size)] if flags & 2 else []
    parts += [bytes(100)] if flags & 4 else []
    parts += [struct.pack(">I", 57)] if flags & 8 else []
    return b"".join(parts) + lame


def vbri(version=1, entry=2, entries=10, frames=500):
    head = (version, 0, 75, 209_000, frames, entries, 1, entry, 50)
    body = b"VBRI" + struct.pack(">HHHIIHHHH", *head)
    return body + bytes(entries * entry)


RUN = frame() * 6
STREAMS = {
    **{
        f"MPEG-{version}, layer {layer}, {mode}": frame(version, layer, mode=mode) * 6
        for version in VERSIONS
        for layer in LAYERS
        for mode in (STEREO, MONO)
    },
    **{f"Xing {flags}": frame(inside=xing(flags), at=36) + RUN for flags in range(16)},
    "Info": frame(inside=xing(15, name=b"Info"), at=36) + RUN,
    "mono": frame(mode=MONO, inside=xing(15), at=21) + RUN,
    "MPEG-2": frame("2", rate=14, inside=xing(15), at=21) + RUN,
    "MPEG-2.5, mono": frame("2.5", rate=14, mode=MONO, inside=xing(15), at=13) + RUN,
    "no LAME": frame(inside=xing(15, lame=b"Lavf58.29"), at=36) + RUN,
    "LAME 3.99": frame(inside=xing(15, lame=b"LAME3.99r" + LAME[9:]), at=36) + RUN,
    "LAME of another revision": frame(inside=xing(15, lame=LAME[:9] + b"\x14"), at=36) + RUN,
    "no frames": frame(inside=xing(15, frames=0), at=36) + RUN,
    "fewer samples than padding": frame(inside=xing(15, frames=1), at=36) + RUN,
    "no bytes": frame(inside=xing(15, size=3), at=36) + RUN,
    "no bytes, short": frame(inside=xing(15, frames=2, size=3, lame=b"Lavf58.29"), at=36) + RUN,
    "VBRI": frame(inside=vbri(), at=36) + RUN,
    "VBRI, long entries": frame(inside=vbri(entry=4), at=36) + RUN,
    "padded frames": frame(padding=1) + RUN,
    "frames of other sizes": frame(rate=14) + frame(rate=1) + RUN,
    "the largest frames": frame(rate=14) * 6,
    "master": master("mp3"),
    "variable master": master("mp3vbr"),
}
"""Streams that the lane reads."""
ODD = {
    "three frames": frame() * 3,
    "a break after three": frame() * 3 + bytes(500),
    "silence first": bytes(100) + RUN,
    "free format": frame() + header(rate=0) + bytes(5000),
    "reserved rate": header(rate=9)[:2] + b"\x9c\0" + bytes(5000),
    "layer 0": b"\xff\xf9\x90\0" + bytes(5000),
    "Xing in the second frame": frame() + frame(inside=xing(15), at=36) + RUN,
    "VBRI in the third": frame() * 2 + frame(inside=vbri(), at=36) + RUN,
    "VBRI of another version": frame(inside=vbri(version=2), at=36) + RUN,
    "VBRI of odd entries": frame(inside=vbri(entry=3), at=36) + RUN,
    "old LAME": frame(inside=xing(15, lame=b"LAME3.90 (alpha)"), at=36) + RUN,
    "LAME without a version": frame(inside=xing(15, lame=b"LAME" + bytes(30)), at=36) + RUN,
    "MP4 by its fifth byte": header() + b"ftyp" + bytes(5000),
    "cut short": frame()[:150],
}
"""Streams that it leaves to mutagen."""


def ape(fields, **pictures):
    """Return an APEv2 tag."""
    file = io.BytesIO()
    tags = APEv2()
    tags.update(fields)
    for name, data in pictures.items():
        tags[f"Cover Art ({name})"] = APEValue(b"name.jpg\0" + data, 1)
    tags.save(file)
    return file.getvalue()


JPEG = b"\xff\xd8\xff" + bytes(range(256)) * 200
FULL = {"Title": "From APE", "Artist": "A\0B", "Year": "1999", "Composer": "Clara", "Genre": "Folk"}
TAILS = {
    "nothing": b"",
    "ID3v1": id3v1(),
    "ID3v1 without a track": id3v1()[:-3] + b"cc\xff",
    "ID3v1, empty": b"TAG" + bytes(125),
    "ID3v1, short year": b"TAG" + bytes(90) + b"19" + bytes(31),
    "APEv2": ape(FULL),
    "APEv2, ID3v1": ape(FULL) + id3v1(),
    "APEv2 with a cover": ape(FULL, Front=JPEG, Back=JPEG[:90]),
    "APEv2 with a small cover": ape({}, front=JPEG[:4096]) + id3v1(),
    "APEv2 with long lyrics": ape({**FULL, "Lyrics": "la " * 30_000}),
    "APEv2 with a link": ape({**FULL, "Cover Art (Link)": APEValue("http://x/y", 2)}),
}


@pytest.mark.parametrize("front", [b"", TITLED, tag()], ids=["bare", "ID3v2", "empty ID3v2"])
@pytest.mark.parametrize("name", STREAMS)
def test_streams(tmp_path, name, front):
    """The figures of a stream are what mutagen has, with a tag before it or not."""
    plain(tmp_path, front + STREAMS[name])


@pytest.mark.parametrize("front", [b"", TITLED], ids=["bare", "ID3v2"])
@pytest.mark.parametrize("name", ODD)
def test_odd_streams(tmp_path, name, front):
    """A stream that mutagen has to search for is left to it."""
    assert agreed(tmp_path, front + ODD[name]).lane is None


@pytest.mark.parametrize("front", [b"", TITLED], ids=["bare", "ID3v2"])
@pytest.mark.parametrize("name", TAILS)
def test_tails(tmp_path, name, front):
    """Tags at the end are merged as ever, and not taken for sound."""
    for stream in (RUN, master("mp3"), master("mp3vbr")):
        plain(tmp_path, front + stream + TAILS[name])


@pytest.mark.parametrize("front", [b"", TITLED], ids=["bare", "ID3v2"])
@pytest.mark.parametrize("start", ["Xing 15", "Xing 1", "VBRI", "no LAME"])
def test_cut_anywhere(tmp_path, start, front):
    """A file that ends within its first frames is what it is to mutagen."""
    taken = set()
    for length in (*range(1, 240), *range(240, 2000, 61)):
        taken.add(agreed(tmp_path, front + STREAMS[start][:length]).lane is not None)
    assert taken == {False, True}


def test_tail_of_comma(tmp_path):
    """A year with a comma, which mutagen takes for two, is left to it."""
    assert agreed(tmp_path, RUN + id3v1(year=b"1,2 ")).lane is None


@pytest.mark.parametrize("tail", [b"", id3v1(), ape(FULL)], ids=["bare", "ID3v1", "APEv2"])
def test_header_of_no_frames(tmp_path, tail):
    """Where a header was never filled in the length is reckoned, a tag at the end left out."""
    for inside, name in ((xing(15, frames=0), "Xing"), (vbri(frames=0), "VBRI")):
        stream = frame(inside=inside, at=36) + RUN
        sound = len(stream) + (128 if tail[:3] == b"TAG" else 0)
        found = plain(tmp_path, stream + tail)
        assert found["duration_s"] == pytest.approx(8 * sound / 128_000), name


def test_header_of_no_bytes_before_a_tag(tmp_path):
    """A file whose header gives it no bit rate is read, and its tag at the end with it."""
    stream = frame(inside=xing(15, size=0), at=36) + RUN
    found = agreed(tmp_path, stream + ape(FULL)).mutagen
    assert (found["title"], round(found["duration_s"])) == ("From APE", 13)


def test_lyrics3_is_left(tmp_path):
    """A Lyrics3v2 tag before ID3v1 is left to mutagen."""
    lyrics3 = b"LYRICSBEGINLYR00005hello000024LYRICS200"
    for before in (b"", ape(FULL)):
        assert agreed(tmp_path, RUN + before + lyrics3 + id3v1()).lane is None


@pytest.mark.parametrize("change", range(12))
def test_damaged_ape(tmp_path, change):
    """An APEv2 tag that does not add up is left to mutagen, whatever that makes of it."""
    good = ape(FULL)
    number = struct.Struct("<I")
    data = bytearray(good)
    footer = len(good) - 32
    if change < 4:
        number.pack_into(data, footer + 12, (0, 31, 32, 1 << 30)[change])
    elif change < 8:
        number.pack_into(data, footer + 16, (0, 1, 99, 1 << 31)[change - 4])
    elif change < 10:
        number.pack_into(data, 32, (9999, 1 << 31)[change - 8])
    else:
        data[32 + 4] = (6, 0xFF)[change - 10]
    agreed(tmp_path, TITLED + RUN + bytes(data))
    agreed(tmp_path, RUN + bytes(data) + id3v1())


def test_large_tag_is_not_read(tmp_path):
    """A cover in an APEv2 tag comes out with the key that the same cover has in ID3v2."""
    found = both_of(tmp_path, RUN + ape({}, Front=JPEG))
    assert found.lane["cover"] == found.mutagen["cover"]
    assert found.lane["cover"].length == len(JPEG)
