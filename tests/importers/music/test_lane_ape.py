import struct

import pytest
from mutagen.apev2 import APEValue

from soniq_tui.importers.music.demo import master
from tests.importers.music.tagging import tagged
from tests.importers.music.test_lane_id3 import agreed, id3v1, plain
from tests.importers.music.test_lane_mpeg import FULL, JPEG, ape
from tests.importers.music.test_tags_round_trip import CASES

NAMES = ("wv", "mpc", "ape")
NOISE = bytes(range(256)) * 20


def wavpack(flags=0x04800001, total=44_100, block=0):
    return (
        struct.pack("<4sIHBB5I", b"wvpk", 5000, 0x410, 0, 0, total, block, 4410, flags, 0) + NOISE
    )


def monkeys(version=3990, level=2000, frames=3, rate=44_100, inside=b""):
    if version >= 3980:
        head = b"MAC " + struct.pack("<H50x3I2HI", version, 73_728, 500, frames, 16, 2, rate)
    else:
        head = b"MAC " + struct.pack("<2H2xHI8x2I", version, level, 2, rate, frames, 500)
        head = head.ljust(48, b"\0") + inside.ljust(28, b"\0")
    return head + NOISE


def sv7(frames=500, flags=0, version=7):
    return struct.pack("<3sB2I16x", b"MP+", version, frames, flags) + NOISE


def packet(name, body, size=None):
    return name + bytes([size or len(body) + 3]) + body


SH = b"\0\0\0\0\x08\x81\x82\x40\x05" + b"\x20\x10"
RG = bytes(9)


def sv8(*packets):
    return b"MPCK" + b"".join(packets or (packet(b"SH", SH), packet(b"RG", RG), b"SE\3")) + NOISE


STREAMS = {
    **{name: master(name) for name in NAMES},
    "WavPack, mono": wavpack(0x04800005),
    "WavPack, 24 bits": wavpack(0x04800002),
    "WavPack, no samples": wavpack(total=0),
    **{f"Monkey's {v}": monkeys(v) for v in (3800, 3900, 3950, 3980)},
    "Monkey's, extra high": monkeys(3800, 4),
    "Monkey's, old": monkeys(3700),
    "Monkey's with a WAV header": monkeys(3900, inside=b"WAVEfmt ".ljust(26, b"\0") + b"\x10\0"),
    "Monkey's, no frames": monkeys(frames=0),
    "Monkey's, no rate": monkeys(rate=0),
    "SV7": sv7(flags=3 << 16),
    "SV7.1": sv7(version=0x17),
    "SV7, no frames": sv7(frames=0),
    "SV8": sv8(),
    "SV8, other packets": sv8(
        packet(b"EI", bytes(4)), packet(b"RG", RG), packet(b"SO", b"x"), packet(b"SH", SH), b"AP\3"
    ),
}
"""Streams that the lane reads."""
ODD = {
    "WavPack, length not known": wavpack(total=0xFFFFFFFF),
    "WavPack, not the first block": wavpack(block=1),
    "WavPack, reserved rate": wavpack(0x07800001),
    "WavPack, DSD": wavpack(0x84800000),
    "WavPack, first of several": wavpack(0x04800801),
    "SV6": sv7(version=6),
    "SV8 without gains": sv8(packet(b"SH", SH), b"SE\3"),
    "SV8, a packet twice": sv8(packet(b"SH", SH), packet(b"SH", SH), packet(b"RG", RG), b"SE\3"),
    "SV8, small letters": sv8(packet(b"sh", SH), packet(b"RG", RG), b"SE\3"),
    "SV8, end of small letters": sv8(packet(b"SH", SH), packet(b"RG", RG), b"se\3"),
    "SV8, short gains": sv8(packet(b"SH", SH), packet(b"RG", RG[:5]), b"SE\3"),
    "SV8, short header": sv8(packet(b"SH", SH[:-1]), packet(b"RG", RG), b"SE\3"),
    "SV8, endless number": sv8(packet(b"SH", b"\0\0\0\0\x08" + b"\xff" * 12), packet(b"RG", RG)),
    "SV8, reserved rate": sv8(packet(b"SH", SH[:-2] + b"\xe0\x10"), packet(b"RG", RG), b"SE\3"),
    "SV8, no size": sv8(b"SH\0" + SH, packet(b"RG", RG), b"SE\3"),
    "behind ID3v2": b"ID3\4\0\0\0\0\0\x0a" + bytes(10) + master("wv"),
}
"""Streams that it leaves to mutagen."""


@pytest.mark.parametrize("name", STREAMS)
def test_streams(tmp_path, name):
    """Streams give what mutagen has, with tags and without."""
    for end in (b"", ape(FULL), ape(FULL, Front=JPEG) + id3v1(), id3v1()):
        plain(tmp_path, STREAMS[name] + end)


@pytest.mark.parametrize("name", ODD)
def test_odd_streams(tmp_path, name):
    """What mutagen goes through block by block, or refuses, is left to it."""
    assert agreed(tmp_path, ODD[name] + ape(FULL)).lane is None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", CASES)
def test_every_field(tmp_path, name, field):
    """Every field is the same both ways, and comes from the lane."""
    plain(tmp_path, tagged(name, {field: CASES[field][0]}, JPEG))


def test_keys(tmp_path):
    """Names in any case, links, bytes and empty texts are what they are to mutagen."""
    items = {
        "TITLE": "T",
        "aRTIST": "A\0\0B",
        "Album": "",
        "Link": APEValue("http://x", 2),
        "Cover Art (Link)": APEValue("http://x", 2),
        "Cover Art (Back)": APEValue(b"no name", 1),
        "cover art (other)": APEValue(b"n" * 600 + b"\0" + JPEG, 1),
        "Cuesheet": APEValue(b"bytes", 1),
    }
    plain(tmp_path, master("wv") + ape({k: v for k, v in items.items() if k[0] != "c"}))
    assert agreed(tmp_path, master("wv") + ape(items)).lane is not None


@pytest.mark.parametrize(
    "item",
    [
        b"\0\0\0\0\0\0\0\0T\0",
        b"\0\0\0\0\0\0\0\0OggS\0",
        b"\0\0\0\0\0\0\0\0T\x7f\0",
        b"\0\0\0\0\0\0\0\0T\xff\0",
        b"\1\0\0\0\0\0\0\0Title\0\xff",
        b"\1\0\0\0\4\0\0\0Link\0\xff",
        b"\1\0\0\0\6\0\0\0Title\0x",
        b"\1\0\0\0\0\0\0\0Title\0x\1\0\0\0\0\0\0\0TITLE\0y",
        b"\2\0\0\0\0\0\0\0Title\0x",
    ],
)
def test_bad_items(tmp_path, item):
    """An item that mutagen refuses, or takes for another, is left to it."""
    count = item.count(b"itle") + item.count(b"ITLE") or 1
    footer = struct.pack("<8s4I8x", b"APETAGEX", 2000, len(item) + 32, count, 0)
    found = agreed(tmp_path, master("wv") + item + footer)
    assert found.lane is None


def item(key, value, kind=0):
    return struct.pack("<2I", len(value), kind << 1) + key + b"\0" + value


def footer(items, version=2000, count=None):
    body = b"".join(items)
    count = len(items) if count is None else count
    return body + struct.pack("<8s4I8x", b"APETAGEX", version, len(body) + 32, count, 0)


GOOD = [item(b"Title", b"Bj\xf6rk"), item(b"ALBUM", "Blåbär".encode())]
TAGS = {
    "APEv1": footer(GOOD, 1000),
    "forbidden keys": footer([item(b"T", b"x"), item(b"Key\xe9", b"x"), item(b"TAG", b"x"), *GOOD]),
    "a reserved kind": footer([item(b"Artist", b"x", 3), *GOOD]),
    "more items than there are": footer(GOOD, count=1 << 31),
    "an item beyond the end": footer([*GOOD, item(b"Artist", b"xyz")[:-1]]),
    "an endless key": footer([*GOOD, bytes(8) + b"k" * 300 + b"\0"]),
    "a picture that is a text": footer([item(b"Cover Art (Front)", b"\xff\xd8"), *GOOD]),
}


@pytest.mark.parametrize("front", ["ape", "wv", "mpc", "mp3"])
@pytest.mark.parametrize("name", TAGS)
def test_tags_with_bad_items(tmp_path, name, front):
    """Where an item is bad, or is of another charset, the others are read, and so is the file."""
    found = agreed(tmp_path, master(front) + TAGS[name])
    assert found.lane is None
    assert (found.mutagen["title"], found.mutagen["album"]) == ("Björk", "Blåbär")
    assert not found.mutagen.get("artists")
    assert found.mutagen["cover"] is None
    assert found.mutagen["duration_s"] == agreed(tmp_path, master(front)).mutagen["duration_s"]


def test_picture_beside_a_bad_item(tmp_path):
    """A cover in a tag with a text of another charset is the one that it is in a good tag."""
    cover = item(b"Cover Art (Front)", b"x.jpg\0" + JPEG, 1)
    bad = agreed(tmp_path, master("ape") + footer([cover, *GOOD])).mutagen
    assert bad["cover"] == plain(tmp_path, master("ape") + footer([cover]))["cover"]


def note(kind, value):
    """Return a sub-block of WavPack."""
    return bytes([kind, len(value) // 2]) + value


LARGE = b"\xa1" + (40).to_bytes(3, "little") + bytes(80)
"""A sub-block whose length takes three bytes."""


def block(flags, *notes, total=352_800, samples=352_800, index=0):
    body = b"".join(notes) + note(0x0A, bytes(100))
    numbers = (len(body) + 24, 0x410, 0, 0, total, index, samples, flags, 0)
    return struct.pack("<4sIHBB5I", b"wvpk", *numbers) + body


PCM, OTHER = 0x04801801, 0x07801801
"""Flags of a block of 44.1 kHz, and of one whose rate is said in it."""
RATE = note(0x27, (176_400).to_bytes(4, "little"))
SIX = note(0x0D, b"\6\x3f")
TOGETHER = (block(0x04800821, SIX), block(0x04800001), block(0x04801001))
UNKNOWN = (block(0x04800821, SIX, total=0xFFFFFFFF), *TOGETHER[1:])
WAVPACKS = {
    "another rate": ([block(OTHER, LARGE, RATE)], 2, 176_400, 2, 16),
    "no word of another rate": ([block(OTHER)], None, None, 2, 16),
    "six channels": (TOGETHER, 8, 44_100, 6, 16),
    "six channels, length not known": (UNKNOWN + TOGETHER, 16, 44_100, 6, 16),
    "length not known": ([block(PCM, total=0xFFFFFFFF), block(PCM)], 16, 44_100, 2, 16),
    "from the middle": ([block(PCM, index=9)], 8, 44_100, 2, 16),
    "no channels": ([block(0x04800821)], 8, 44_100, 2, 16),
    "DSD64": ([block(0x86001800, note(0x0E, b"\2\1"))], 1, 2_822_400, 2, 1),
    "DSD128": ([block(0x86001800, note(0x0E, b"\3\1"))], 0.5, 5_644_800, 2, 1),
}
"""Blocks, and what they are: seconds, rate, channels, bits."""


@pytest.mark.parametrize("name", WAVPACKS)
def test_wavpack_beyond_stereo_and_192_khz(tmp_path, name):
    """Rates, channels and powers of DSD that a header has no room for are found in the block."""
    blocks, *said = WAVPACKS[name]
    found = agreed(tmp_path, b"".join(blocks) + ape(FULL)).mutagen
    assert found["title"] == FULL["Title"]
    names = ("duration_s", "sample_rate_hz", "channels", "bits_per_sample")
    assert [found[figure] for figure in names] == said


def test_wavpack_cut_in_its_header(tmp_path):
    """A WavPack file of less than a header is damaged, and said to be cut."""
    found = agreed(tmp_path, block(PCM)[:31]).mutagen
    assert str(found) == "damaged or cut short"


@pytest.mark.parametrize("name", [*NAMES, "aac"])
def test_id3v1_alone(tmp_path, name):
    """An ID3v1 tag behind a format of other tags counts where no other says anything."""
    for before in (b"", ape({"Comment": "c"})):
        found = agreed(tmp_path, master(name) + before + id3v1())
        assert (found.lane is not None) is (name != "aac")
        assert (found.mutagen["title"], found.mutagen["date"]) == ("Old title", "1987")
    found = agreed(tmp_path, master(name) + ape({"Album": "Own"}) + id3v1()).mutagen
    assert (found["album"], found.get("title")) == ("Own", None)
