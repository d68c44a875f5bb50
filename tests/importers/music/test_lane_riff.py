import random
import struct

import pytest

from soniq_tui.importers.music.demo import master
from tests.importers.music.tagging import tagged
from tests.importers.music.test_lane_id3 import (
    JPEG,
    SIX,
    agreed,
    apic,
    frame,
    id3v1,
    plain,
    tag,
    text,
)
from tests.importers.music.test_tags_round_trip import CASES

NAMES = ("wav", "aiff", "dsf")
TAG = tag(*(text(name, value) for name, value in SIX.items() if name != "TRCK"), apic(JPEG))
SHORT = [text("TCMP", "1"), frame("TIT2", b""), frame("TALB", b"\3")]
PCM = bytes(3000)


def chunk(name, body, order="<", size=None):
    padded = body + bytes(len(body) % 2)
    return name + struct.pack(order + "I", len(body) if size is None else size) + padded


def wav(*chunks, size=None):
    return chunk(b"RIFF", b"WAVE" + b"".join(chunks), size=size)


def aiff(*chunks, form=b"AIFF", size=None):
    return chunk(b"FORM", form + b"".join(chunks), ">", size)


def fmt(codec=1, channels=2, rate=44_100, block=4, bits=16, more=b"", byte_rate=0):
    figures = (codec, channels, rate, byte_rate, block, bits)
    return chunk(b"fmt ", struct.pack("<2H2I2H", *figures) + more)


def comm(channels=2, frames=750, bits=16, rate=b"\x40\x0e\xac\x44" + bytes(6), more=b""):
    return chunk(b"COMM", struct.pack(">hIh", channels, frames, bits) + rate + more, ">")


def dsf(rate=2_822_400, bits=1, samples=50_000, version=1, form=0, data=12, end=b""):
    at = 92 + len(PCM) if end else 0
    head = struct.pack("<4s3Q", b"DSD ", 28, at + len(end), at)
    head += struct.pack("<4sQ6IQ2I", b"fmt ", 52, version, form, 2, 2, rate, bits, samples, 4096, 0)
    return head + struct.pack("<4sQ", b"data", data + len(PCM)) + PCM + end


def big(name, body, size=None):
    return chunk(name, body, ">", size)


DATA = chunk(b"data", PCM)
SSND = big(b"SSND", PCM)
FILES = {
    **{name: master(name) for name in NAMES},
    "WAV": wav(fmt(), DATA),
    "WAV, mono, extensible": wav(fmt(0xFFFE, 1, 96_000, 3, 24, bytes(24)), DATA),
    "WAV, A-law": wav(fmt(6, 1, 8000, 1, 8), DATA),
    "WAV, ID3 last": wav(fmt(), DATA, chunk(b"id3 ", TAG)),
    **{f"WAV, {n} zeros last": wav(fmt(), DATA, chunk(b"id3 ", TAG + bytes(n))) for n in range(4)},
    **{
        f"WAV, {n} bytes of padding": wav(fmt(), DATA, chunk(b"id3 ", tag(*SHORT, padding=n)))
        for n in range(8, 14)
    },
    "WAV, ID3 first": wav(chunk(b"ID3 ", TAG), fmt(), DATA),
    "WAV, ID3 last, ID3v1": wav(fmt(), DATA, chunk(b"id3 ", TAG)) + id3v1(),
    "WAV, ID3 of 99 bytes": wav(fmt(), DATA, chunk(b"id3 ", tag(text("TIT2", "x" * 78)))),
    "WAV, INFO": wav(fmt(), chunk(b"LIST", b"INFO" + chunk(b"INAM", b"Name")), DATA),
    "WAV, odd chunk": wav(fmt(), chunk(b"abcd", b"x"), DATA),
    "WAV, cut short": wav(fmt(), DATA)[:-500],
    "WAV, endless data": wav(fmt(), chunk(b"data", PCM, size=0xFFFFFFFE), size=0xFFFFFFFF),
    "WAV, no data": wav(fmt(), chunk(b"abcd", PCM)),
    "WAV, no blocks": wav(fmt(block=0), DATA),
    "WAV, no rate": wav(fmt(rate=0), DATA),
    "WAV, two fmt": wav(fmt(), fmt(rate=8000), DATA),
    "AIFF": aiff(comm(), SSND),
    "AIFF, ID3 last": aiff(comm(), SSND, big(b"ID3 ", TAG)),
    "AIFF, ID3 first": aiff(big(b"ID3 ", TAG), comm(), SSND),
    "AIFF, small id3": aiff(comm(), SSND, big(b"id3 ", TAG)),
    "AIFF-C": aiff(comm(more=b"NONE\0\0"), SSND, form=b"AIFC"),
    "AIFF, no rate": aiff(comm(rate=bytes(10)), SSND),
    "AIFF, 96 kHz": aiff(comm(rate=b"\x40\x0f\xbb\x80" + bytes(6)), SSND),
    "AIFF, rate below 1": aiff(comm(rate=b"\x3f\xf0\x80\0" + bytes(6)), SSND),
    "AIFF, less than no channels": aiff(comm(channels=-2, bits=-16), SSND),
    "AIFF, cut short": aiff(comm(), SSND)[:-700],
    "DSF": dsf(),
    "DSF, ID3": dsf(end=TAG),
    "DSF, ID3, ID3v1": dsf(end=TAG + id3v1()),
    "DSF, high": dsf(22_579_200, 8, 2**40),
}
"""Files that the lanes read."""
ODD = {
    "WAV, two names of ID3": wav(fmt(), chunk(b"id3 ", TAG), chunk(b"ID3 ", tag()), DATA),
    "WAV, no tag in the chunk": wav(fmt(), DATA, chunk(b"id3 ", PCM)),
    "WAV, tag cut short": wav(fmt(), DATA, chunk(b"id3 ", TAG))[:-700],
    "WAV, short fmt": wav(chunk(b"fmt ", bytes(14)), DATA),
    "WAV, no fmt": wav(DATA),
    "WAV, no name": wav(fmt(), chunk(b"    ", b""), DATA),
    "WAV, name of no letters": wav(fmt(), chunk(b"\xff\0ab", b""), DATA),
    "WAV, empty list": wav(fmt(), chunk(b"LIST", b""), DATA),
    "WAV, list of no letters": wav(fmt(), chunk(b"LIST", b"\xff\xff\xff\xff"), DATA),
    "WAV of many chunks": wav(fmt(), *[chunk(b"abcd", b"")] * 70, DATA),
    "WAV, tab in a name": wav(fmt(), chunk(b"abc\t", b""), DATA),
    "RIFF of another kind": b"RIFF" + struct.pack("<I", 300) + b"WEBP" + PCM,
    "FORM of another kind": aiff(comm(), SSND, form=b"8SVX"),
    "AIFF, short COMM": aiff(big(b"COMM", bytes(16)), SSND),
    "AIFF, no COMM": aiff(SSND),
    "AIFF, rate below 0": aiff(comm(rate=b"\xc0\x0e\xac\x44" + bytes(6)), SSND),
    "AIFF, rate beyond numbers": aiff(comm(rate=b"\x7f\xff\xac\x44" + bytes(6)), SSND),
    "AIFF, rate too large": aiff(comm(rate=b"\x7f\xfe\xac\x44" + bytes(6)), SSND),
    "AIFF in AIFF": aiff(comm(), big(b"FORM", b"AIFF"), SSND),
    "DSF, no rate": dsf(rate=0),
    "DSF, no version": dsf(version=2),
    "DSF, other form": dsf(form=1),
    "DSF, small data": dsf(data=-len(PCM)),
    "DSF, no tag at its place": dsf(end=PCM),
    "DSF, tag beyond the end": dsf(end=TAG)[:-40_000],
}
"""Files that they leave to mutagen."""


@pytest.mark.parametrize("name", FILES)
def test_files(tmp_path, name):
    """A plain WAV, AIFF or DSF file gives what mutagen gives."""
    plain(tmp_path, FILES[name])


@pytest.mark.parametrize("name", ODD)
def test_odd_files(tmp_path, name):
    """What is not plain is left to mutagen."""
    assert agreed(tmp_path, ODD[name]).lane is None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", CASES)
def test_every_field(tmp_path, name, field):
    """Every field is the same both ways, and comes from the lane."""
    plain(tmp_path, tagged(name, {field: CASES[field][0]}, JPEG))


def info(**texts):
    parts = [chunk(name.encode(), value) for name, value in texts.items()]
    return chunk(b"LIST", b"INFO" + b"".join(parts))


SAID = {
    "INAM": b"Bl\xc3\xa5b\xc3\xa4r\0",
    "IART": b"Bj\xf6rk\0",
    "IPRD": b"Album\0junk",
    "ITRK": b"3/12",
    "IPRT": b"4",
    "ICRD": b"2004-05-12\0",
    "IGNR": b"Jazz\0",
    "IMUS": b"Clara\0",
    "ISFT": b"Lavf\0",
}
MEANT = {
    "title": "Bl\xe5b\xe4r",
    "artists": ("Bj\xf6rk",),
    "album": "Album",
    "track": 3,
    "track_total": 12,
    "date": "2004-05-12",
    "genres": ("Jazz",),
    "composers": ("Clara",),
}
LISTS = {
    "before the sound": ([fmt(), info(**SAID), DATA], MEANT),
    "behind it, and behind a list of marks": (
        [fmt(), DATA, chunk(b"LIST", b"adtl" + chunk(b"labl", b"x")), info(**SAID)],
        MEANT,
    ),
    "two": ([info(INAM=b"One"), info(INAM=b"Two", IART=b"A"), fmt(), DATA], {"title": "One"}),
    "a name twice": (
        [fmt(), chunk(b"LIST", b"INFO" + chunk(b"INAM", b"One") + chunk(b"INAM", b"Two")), DATA],
        {"title": "One"},
    ),
    "an empty one": ([fmt(), chunk(b"LIST", b"INFO"), DATA], {}),
    "longer than is read": (
        [fmt(), info(INAM=b"One", ICMT=b"c" * 70_000, IART=b"Anna"), DATA],
        {"title": "One"},
    ),
    "beside ID3": (
        [fmt(), info(**SAID), DATA, chunk(b"id3 ", tag(text("TIT2", "T"), text("TRCK", "A1")))],
        {**MEANT, "title": "T", "track": None, "track_total": None},
    ),
}
"""Chunks of a WAV file and what is read of them."""


@pytest.mark.parametrize("name", LISTS)
def test_lists_of_info(tmp_path, name):
    """A WAV file without a word of ID3 has what its INFO says, whoever reads it."""
    chunks, meant = LISTS[name]
    for more, taken in ([], True), ([chunk(b"abcd", b"")] * 70, False):
        found = agreed(tmp_path, wav(*chunks, *more))
        assert (found.lane is not None) is taken
        assert {f: found.mutagen[f] for f in MEANT if found.mutagen.get(f)} == {
            f: value for f, value in meant.items() if value
        }


def test_texts_of_aiff(tmp_path):
    """An AIFF file has the title and the author of its text chunks where ID3 says nothing."""
    texts = [big(b"NAME", b"Bj\xc3\xb6rk\0junk"), big(b"AUTH", b"An\xe9"), big(b"NAME", b"Two")]
    for more, taken in ([], True), ([big(b"abcd", b"")] * 70, False):
        found = agreed(tmp_path, aiff(*texts, comm(), SSND, *more))
        assert (found.lane is not None) is taken
        assert (found.mutagen["title"], found.mutagen["artists"]) == ("Björk", ("Ané",))
    tagged_too = aiff(*texts, comm(), SSND, big(b"ID3 ", tag(text("TIT2", "T"))))
    found = plain(tmp_path, tagged_too)
    assert (found["title"], found["artists"]) == ("T", ("Ané",))


@pytest.mark.parametrize("said", [3001, 1 << 31, 0xFFFFFFFE, 0xFFFFFFFF])
def test_sound_that_ends_with_the_file(tmp_path, said):
    """A WAV file out of a pipe, or cut short, is as long as the sound that is there."""
    for more, taken in ([], True), ([chunk(b"abcd", b"")] * 70, False):
        data = wav(fmt(), *more, chunk(b"data", PCM, size=said), size=0xFFFFFFFF)
        found = agreed(tmp_path, data)
        assert (found.lane is not None) is taken
        assert found.mutagen["duration_s"] == pytest.approx(len(PCM) / 4 / 44_100)


@pytest.mark.parametrize(
    ("form", "seconds", "kbps"),
    [
        (fmt(0x55, block=1, bits=0, byte_rate=16_000), 0.1875, 128),
        (fmt(0x11, block=1024, bits=4, byte_rate=24_000), 0.125, 192),
        (fmt(7, 1, 8000, 1, 8, byte_rate=9), 0.375, 64),
        (fmt(0x55, block=1, bits=0), None, None),
    ],
    ids=["MP3", "ADPCM", "one byte a sample", "no bytes of a second"],
)
def test_sound_that_is_no_pcm(tmp_path, form, seconds, kbps):
    """The length of compressed sound in WAV comes from its bytes of a second."""
    found = plain(tmp_path, wav(form, DATA))
    assert (found["duration_s"], found["bitrate_kbps"]) == (seconds, kbps)


@pytest.mark.parametrize(
    ("sound", "seconds", "kbps"),
    [
        ((chunk(b"fact", struct.pack("<I", 2205)), DATA), 0.05, 480),
        ((DATA, chunk(b"fact", struct.pack("<2I", 2205, 9))), 0.05, 480),
        ((chunk(b"fact", bytes(4)), DATA), 0.125, 192),
        ((chunk(b"fact", b""), DATA), 0.125, 192),
        ((chunk(b"fact", struct.pack("<I", 2205)), chunk(b"data", PCM, size=6000)), 0.125, 192),
    ],
    ids=["before", "behind", "of none", "empty", "of more than there is"],
)
def test_samples_of_compressed_sound(tmp_path, sound, seconds, kbps):
    """The bytes of a second are those that ffmpeg was asked for, and not those that there are."""
    form = fmt(0x11, block=1024, bits=4, byte_rate=24_000)
    found = plain(tmp_path, wav(form, *sound))
    assert (found["duration_s"], found["bitrate_kbps"]) == (seconds, kbps)
    assert plain(tmp_path, wav(fmt(), *sound[::-1]))["bitrate_kbps"] == 1411


def test_list_of_info_that_is_cut(tmp_path):
    """Of a list that goes beyond the file its whole texts are read."""
    data = wav(fmt(), DATA, info(INAM=b"One", IART=b"Anna"))[:-2]
    found = plain(tmp_path, data)
    assert (found["title"], found.get("artists", ())) == ("One", ())


def test_mutations(tmp_path):
    """However a file is damaged, the lane says what mutagen says, or gives up."""
    rng = random.Random(9)
    taken = 0
    for _ in range(800):
        data = bytearray(rng.choice([*FILES.values(), *ODD.values()])[:20_000])
        for _ in range(rng.randrange(1, 4)):
            at = rng.choice((rng.randrange(100), rng.randrange(len(data))))
            data[min(at, len(data) - 1)] = rng.choice((0, 1, 0x20, 0x7F, 0xFF, rng.randrange(256)))
        taken += agreed(tmp_path, bytes(data)).lane is not None
    assert taken > 200
