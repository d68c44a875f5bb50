import io
import os
import random
import struct

import pytest
from mutagen import id3
from mutagen.apev2 import APEv2
from mutagen.mp3 import MP3, MPEGInfo

from soniq_tui.importers.music.demo import master
from soniq_tui.importers.music.lanes import HEAD, dispatch
from soniq_tui.importers.music.lanes import id3_frames as lane
from soniq_tui.importers.music.tags.pictures import EDGE
from tests.importers.music.differential import both_of
from tests.importers.music.tagging import read_bytes, tagged
from tests.importers.music.test_tags_round_trip import CASES

FRAMES = ("mp3", "mp3vbr")
ENCODINGS = (0, 1, 2, 3)
CODECS = ("latin-1", "utf-16", "utf-16-be", "utf-8")
SOUND = master("mp3")
RANDOM = random.Random(3)
JPEG = b"\xff\xd8\xff\xe0" + RANDOM.randbytes(60_000)
PNG = b"\x89PNG\r\n\x1a\n" + RANDOM.randbytes(900)
SIX = {"TIT2": "T", "TPE1": "A", "TALB": "B", "TRCK": "1/2", "TCON": "Rock", "TDRC": "1999"}


def synchsafe(size):
    return bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))


def frame(name, body, version=4, flags=b"\0\0", size=None):
    """Return a frame as no library would write it."""
    length = synchsafe(len(body)) if version == 4 else struct.pack(">I", len(body))
    return name.encode() + (size or length) + flags + body


def text(name, value, encoding=3, version=4):
    return frame(name, bytes([encoding]) + value.encode(CODECS[encoding]), version)


def apic(data, mime=b"image/jpeg", kind=3, desc=b"\0", encoding=0, version=4):
    return frame("APIC", bytes([encoding]) + mime + b"\0" + bytes([kind]) + desc + data, version)


def tag(*frames, version=4, padding=0, flags=0):
    body = b"".join(frames) + bytes(padding)
    return b"ID3" + bytes([version, 0, flags]) + synchsafe(len(body)) + body


def id3v1(title=b"Old title", year=b"1987"):
    return struct.pack("3s30s30s30s4s28sBBB", b"TAG", title, b"Old", b"Older", year, b"c", 0, 7, 17)


def written(version, encoding, save=None, **frames):
    """Return a file that mutagen has tagged."""
    tags = id3.ID3()
    for name, value in {**SIX, **frames}.items():
        if value is not None:
            tags.add(getattr(id3, name)(encoding=encoding, text=value))
    tags.add(id3.TXXX(encoding=encoding, desc="MusicBrainz Album Id", text=["x-y"]))
    tags.add(id3.TXXX(encoding=encoding, desc="Any\xe9thing", text=["v", "w"]))
    tags.add(id3.USLT(encoding=encoding, lang="eng", desc="d", text="la\nla " * 40))
    tags.add(id3.COMM(encoding=encoding, lang="eng", desc="", text="no comment"))
    tags.add(id3.PRIV(owner="WM/x", data=b"\0\1"))
    tags.add(id3.APIC(encoding=encoding, mime="image/jpeg", type=3, desc="Front", data=JPEG))
    if version == 3:
        tags.update_to_v23()
    file = io.BytesIO(SOUND)
    tags.save(file, v2_version=version, **(save or {}))
    return file.getvalue()


def agreed(folder, data):
    """Return what both ways make of a file, having made sure that the lane tells no lie."""
    found = both_of(folder, data)
    assert not found.differing
    return found


def plain(folder, data):
    """Return what both ways make of a file that the lane takes."""
    found = agreed(folder, data)
    assert found.lane is not None
    return found.lane


def _picked(frames, version=4, **kwargs):
    return tag(*frames, version=version, **kwargs) + SOUND


def _six(version=4):
    return [text(n, v, 0, version) for n, v in SIX.items() if version == 4 or n != "TDRC"]


PLAIN = {
    **{f"written {v} {e}": written(v, e) for v in (3, 4) for e in ENCODINGS},
    "many values": written(4, 1, TPE1=["A", "B", "C"], TCON=["17", "(4)Euro", "((x", "RX"]),
    "joined by NUL in 2.3": written(3, 1, {"v23_sep": None}, TPE1=["A", "B"], TCON=["(17)(4)", ""]),
    "no padding": written(4, 3, {"padding": lambda _info: 0}),
    "much padding": written(4, 3, {"padding": lambda _info: 70_000}),
    "id3v1 too": written(4, 3, TIT2=None, TRCK=None, TDRC=None) + id3v1(),
    "id3v1 too, 2.3": written(3, 1, TIT2=None, TDRC=None) + id3v1(),
    "id3v1 not needed": written(4, 3) + id3v1(),
    "picture first": _picked([apic(JPEG), *_six()]),
    "picture far away": _picked([text("TCOM", "c" * 11_000, 0), apic(JPEG), *_six()]),
    "pictures": _picked(
        [apic(PNG, b"image/png", 0), apic(JPEG, kind=3), apic(JPEG[:EDGE], kind=4), *_six()]
    ),
    "picture of 4096": _picked([apic(JPEG[:EDGE]), *_six()]),
    "picture of 4097": _picked([*_six(), apic(JPEG[: EDGE + 1])]),
    "description in UTF-16": _picked([apic(JPEG, desc=b"\xff\xfeF\0\0\0", encoding=1), *_six()]),
    "description without mark": _picked([apic(JPEG, desc=b"\0\0", encoding=1), *_six()]),
    "link": _picked([apic(b"http://x/y.jpg", b"-->"), *_six()]),
    "empty frames": _picked([frame("TIT2", b""), frame("TPE1", b"\1"), frame("COMM", b"")]),
    "texts of NULs": _picked([frame("TIT2", b"\0\0\0\0"), frame("TPE1", b"\3a\0\0b\0\0")]),
    "NULs in 2.3": _picked([frame("TPE1", b"\0a\0\0b\0\0", 3), frame("TIT2", b"\0\0\0", 3)], 3),
    "values without mark": _picked([frame("TPE1", b"\1\xff\xfea\0\0\0b\0\0\0\0\0c\0")]),
    "big-endian values": _picked([frame("TPE1", b"\1\xfe\xff\0a\0\0\xfe\xff\0b")]),
    "lyrics": _picked([frame("USLT", b"\1eng\xff\xfe\0\0\xff\xfel\0a\0")]),
    "two lyrics": _picked([frame("USLT", b"\0engx\0one"), frame("USLT", b"\0deux\0two")]),
    "description alone": _picked([frame("TXXX", b"\0BPM\0"), frame("USLT", b"\0engx\0")]),
    "description in two cases": _picked(
        [frame("TXXX", b"\0ARTISTS\0a"), frame("TXXX", b"\0artists\0b\0c")]
    ),
    "descriptions of nothing": _picked([frame("TXXX", b"\0a\0" + x) for x in (b"b", b"c")]),
    "big-endian description": _picked([frame("TXXX", b"\1\xfe\xff\0B\0P\0M\0\0\xff\xfe9\0")]),
    "zeros inside a description": _picked([frame("TXXX", b"\1\xff\xfeB\0\0\1\0\0\xff\xfe9\0")]),
    "value without mark": _picked([frame("TXXX", b"\1\xfe\xff\0B\0P\0M\0\0009\0")]),
    "owners of nothing": _picked([frame("UFID", b"a\0b"), frame("UFID", b"a\0c"), *_six()]),
    "ids": _picked([frame("UFID", b"http://musicbrainz.org\0a-b"), frame("UFID", b"x"), *_six()]),
    "TYER, TDAT, TIME": _picked(
        [text(n, v, 0, 3) for n, v in (("TYER", "2004"), ("TDAT", "3112"), ("TIME", "2359"))], 3
    ),
    "TYER wins nothing": _picked([text("TYER", "2004"), text("TDRC", "2001-02")]),
    "TYER that is no year": _picked([text("TYER", "04", 0, 3), text("TDAT", "0102", 0, 3)], 3),
    "TORY": _picked([text("TORY", "1971", 0, 3)], 3),
    "odd dates": _picked([text("TDRC", "1999-5-7T1:2"), text("TDOR", "about 1960, or so")]),
    "no frames": _picked([], padding=100),
    "rest of a header": _picked([*_six(), b"junk"]),
    "mutagen's unmapped frames": _picked([frame(n.decode(), b"\3x\0y") for n in lane.SKIPPED]),
}
"""Files that the quick lane reads."""

GENRES = frame("TCON", b"\0" + b"9" * 5000)
ODD = {
    "2.2": b"ID3\2\0\0" + synchsafe(9) + b"TT2\0\0\3\0ab" + SOUND,
    "2.5": _picked(_six(), 5),
    "unsynchronised": _picked(_six(), flags=0x80),
    "extended header": _picked([b"\0\0\0\6\1\0", *_six()], flags=0x40),
    "footer": tag(*_six(), flags=0x10) + b"3DI\4\0\x10" + synchsafe(99) + SOUND,
    "compressed": _picked([frame("TIT2", b"\0\0\0\4xxxx", 4, b"\0\x09"), *_six()[1:]]),
    "encrypted": _picked([frame("TIT2", b"\1xxxx", 4, b"\0\4"), *_six()[1:]]),
    "grouped": _picked([frame("TIT2", b"\1\0xxxx", 3, b"\0\x20"), *_six(3)[1:]], 3),
    "duplicates": _picked([*_six(), text("TIT2", "other"), text("TPE1", "other")]),
    "same description": _picked([frame("TXXX", b"\0BPM\0b"), frame("TXXX", b"\0BPM\0c")]),
    "same owner": _picked([frame("UFID", b"http://musicbrainz.org\0" + x) for x in (b"b", b"c")]),
    "same owner, once without an end": _picked(
        [frame("UFID", b"http://musicbrainz.org" + x) for x in (b"\0b", b"")]
    ),
    "same lyrics": _picked([frame("USLT", b"\0engx\0one"), frame("USLT", b"\0engx\0two")]),
    "plain sizes": _picked([frame("TIT2", b"\0" + b"x" * 299, 3), *_six()[1:]]),
    "frames inside a frame, by plain sizes": _picked(
        [text("TIT2", "x" * 199), frame("PRIV", b"x" * 118 + frame("TPE1", b"\0f") * 10)]
    ),
    "size beyond the tag": _picked([frame("TIT2", b"\0abc", 4, size=synchsafe(9999))]),
    "no size": _picked([*_six(), b"\0\0\0\0\1\1\1\1\1\1"]),
    "RVA2": _picked([frame("RVA2", b"track\0\1\xfd\0\0"), *_six()]),
    "RVA2 cut short": _picked([frame("RVA2", b"track\0\1\xfd"), *_six()]),
    "chapters": _picked([frame("CHAP", b"c\0" + bytes(16) + text("TIT2", "chapter")), *_six()]),
    "unknown": _picked([frame("ABCD", b"x"), *_six()]),
    "name of 2.2": _picked([frame("TT2\0", b"\0x", 3), *_six(3)], 3),
    "encoding 9": _picked([frame("TIT2", b"\x09x"), *_six()[1:]]),
    "no mark": _picked([frame("TIT2", b"\1a\0b\0"), *_six()[1:]]),
    "odd UTF-16": _picked([frame("TIT2", b"\1\xff\xfea\0b"), *_six()[1:]]),
    "both byte orders": _picked([frame("TPE1", b"\1\xff\xfea\0\0\0\xfe\xff\0b")]),
    "no mark after big-endian": _picked([frame("TPE1", b"\1\xfe\xff\0a\0\0\0b")]),
    "lone surrogate": _picked([frame("TIT2", b"\1\xff\xfe\x3d\xd8a\0"), *_six()[1:]]),
    "bad UTF-8": _picked([frame("TIT2", b"\3\xff\xff"), *_six()[1:]]),
    "genre of 5000 digits": _picked([GENRES]),
    "PNG by its short name": _picked([apic(JPEG, desc=b"a\0"), apic(PNG, b"PNG", desc=b"a\0")]),
    "picture of zeros": _picked([apic(bytes(50), version=3), *_six(3)], 3),
    "picture cut off": _picked([frame("APIC", b"\0image/png"), *_six()]),
    "endless description": _picked([apic(b"x" * 5000, desc=b""), *_six()]),
    "years": _picked([frame("TYER", b"\0002001\0002002", 3), text("TDAT", "0102", 0, 3)], 3),
    "two originals": _picked([frame("TORY", b"\0001971\0001972", 3)], 3),
    "lyrics in no language": _picked([frame("USLT", b"\0\xff\xff\xffx\0one"), *_six()]),
    "two tags": tag(*_six()) + tag(text("TIT2", "second")) + SOUND,
    "flac": tag(*_six()) + master("flac"),
    "aac": tag(*_six()) + master("aac"),
    "no sound": tag(*_six()),
    "silence": tag(*_six()) + bytes(5000),
    "silence without tags": tag(padding=50) + bytes(5000),
    "tag cut short": tag(*_six(), apic(JPEG))[:3000],
}
"""Files that it leaves to mutagen, or reads as mutagen does."""


@pytest.mark.parametrize("name", PLAIN)
def test_plain(tmp_path, name):
    """A plain tag takes the lane and gives what mutagen gives."""
    plain(tmp_path, PLAIN[name])


@pytest.mark.parametrize("name", ODD)
def test_odd(tmp_path, name):
    """What is not plain is left to mutagen."""
    assert agreed(tmp_path, ODD[name]).lane is None


@pytest.mark.parametrize("master_name", FRAMES)
@pytest.mark.parametrize("field", CASES)
def test_every_field(tmp_path, field, master_name):
    """Every field is the same both ways, and comes from the lane."""
    plain(tmp_path, tagged(master_name, {field: CASES[field][0]}, JPEG))


def test_ape_at_the_end(tmp_path):
    """An APEv2 tag at the end fills what is absent, ID3v1 after it or not."""
    for after in (b"", id3v1()):
        file = io.BytesIO(written(4, 3, TALB=None))
        ape = APEv2()
        ape["Album"], ape["Composer"], ape["Title"] = "Ape", "Clara", "not this"
        ape.save(file)
        found = plain(tmp_path, file.getvalue() + after)
        assert (found["composers"], found["title"]) == (("Clara",), "T")


def test_mutagen_parses_nothing(tmp_path, monkeypatch):
    """For a plain file mutagen is not asked."""

    def refuse(*_args, **_kwargs):
        raise AssertionError

    monkeypatch.setattr(MP3, "load", refuse)
    monkeypatch.setattr(id3.ID3, "load", refuse)
    monkeypatch.setattr(MPEGInfo, "__init__", refuse)
    assert read_bytes(tmp_path, PLAIN["written 3 1"])["title"] == "T"


@pytest.mark.parametrize(
    ("frames", "date"),
    [
        ({"TYER": "2004-05"}, "2004-05"),
        ({"TYER": "20040512"}, "2004-05-12"),
        ({"TYER": "2004 "}, "2004"),
        ({"TYER": "12/05/2004", "TDAT": "1205"}, "2004"),
        ({"TYER": "2004-05-12T10:00:00Z"}, "2004-05-12"),
        ({"TYER": "unknown", "TDRL": "2003"}, "2003"),
        ({"TYER": "2004-05", "TDRC": "2001"}, "2001"),
        ({"TYER": "2004", "TDAT": "1205"}, "2004-05-12"),
    ],
)
def test_years_as_people_write_them(tmp_path, frames, date):
    """A year of ID3v2.3 that mutagen drops, being more or less than four digits, is the date."""
    texts = [text(name, value, 0, 3) for name, value in frames.items()]
    assert plain(tmp_path, _picked(texts, 3))["date"] == date
    compressed = frame("TPE1", b"\0\0\0\4xxxx", 3, b"\0\x80")
    left = agreed(tmp_path, _picked([*texts, compressed], 3))
    assert (left.lane, left.mutagen["date"]) == (None, date)


@pytest.mark.parametrize("name", ["TDRC", "TDRL", "TDOR", "TORY", "TYER"])
@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("May 2004", "2004"),
        ("2004年", "2004"),
        ("2004;2009", "2004"),
        ("c. 1999", "1999"),
        ("2004-05-12", "2004-05-12"),
        ("a while ago", None),
    ],
)
def test_dates_that_are_no_stamps(tmp_path, name, said, date):
    """A text that mutagen can make no time stamp of tells its year, in both versions of a tag."""
    version = 3 if name in {"TORY", "TYER"} else 4
    body = b"\1\xff\xfe" + said.encode("utf-16-le")
    assert plain(tmp_path, _picked([frame(name, body, version)], version))["date"] == date
    grouped = frame("TPE1", b"\1\0x", version, b"\0\x20" if version == 3 else b"\0\x40")
    left = agreed(tmp_path, _picked([frame(name, body, version), grouped], version))
    assert (left.lane, left.mutagen["date"]) == (None, date)


@pytest.mark.parametrize("first", ["a while ago", "", "1975"])
def test_another_date_counts_where_one_says_nothing(tmp_path, first):
    """A date that tells no year leaves the field to the next name."""
    texts = [text("TDOR", first), frame("TXXX", b"\3originaldate\x001971-02")]
    expected = "1975" if first == "1975" else "1971-02"
    assert plain(tmp_path, _picked(texts))["date"] == expected


def test_version_2_2(tmp_path):
    """A tag of ID3v2.2 is read by mutagen, its year as people write it."""
    words = b"TT2\0\0\3\0ab" + b"TYE\0\0\x08\x002004-05"
    found = agreed(tmp_path, b"ID3\2\0\0" + synchsafe(len(words)) + words + SOUND)
    assert found.lane is None
    assert (found.mutagen["title"], found.mutagen["date"]) == ("ab", "2004-05")


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        (b"CNT", b"\xff" * 1_000_000),
        (b"POP", b"x\0\1" + b"\xff" * 1_000_000),
        (b"IPL", b"\0" + b"x\0" * 500_000),
    ],
    ids=["endless counter", "endless count of a rating", "endless list"],
)
def test_frame_of_version_2_2_that_mutagen_stumbles_over(tmp_path, name, odd):
    """An endless one does not cost the file either, and the others are still brought up to date."""
    frames = [(b"TT2", b"\0ab"), (name, odd), (b"TXX", b"\0ORIGINALYEAR\x001999")]
    words = b"".join(each + len(body).to_bytes(3) + body for each, body in frames)
    found = agreed(tmp_path, b"ID3\2\0\0" + synchsafe(len(words)) + words + SOUND)
    assert (found.mutagen["title"], found.mutagen["date"]) == ("ab", "1999")


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize(
    "odd",
    [
        ("RVA2", b"track\0\1\xfd"),
        ("PCNT", b"\xff" * 1_000_000),
        ("POPM", b"x\0\1" + b"\xff" * 1_000_000),
        ("IPLS", b"\0" + b"x\0" * 500_000),
        ("CHAP", b"x\0" + bytes(16) + frame("IPLS", b"\0" + b"x\0" * 500_000, 3)),
    ],
    ids=[
        "volume cut short",
        "endless counter",
        "endless count of a rating",
        "endless list",
        "endless list of a chapter",
    ],
)
def test_frame_that_mutagen_stumbles_over(tmp_path, odd, version):
    """One frame that is cut or endless costs neither the file nor the time that one may take."""
    grouped = frame("TPE1", b"\1\0x", version, b"\0\x20" if version == 3 else b"\0\x40")
    frames = [frame(*odd, version), grouped, text("TIT2", "T", 0, version)]
    found = agreed(tmp_path, _picked(frames, version))
    assert (found.lane, found.mutagen["title"]) == (None, "T")


def test_pairs_are_no_texts(tmp_path):
    """Lists of people do not stop a file from being read, on either way."""
    people = id3.TIPL(encoding=3, people=[["producer", "P"], ["mix", "M"]])
    for odd in (False, True):
        file = io.BytesIO(SOUND)
        tags = id3.ID3()
        for each in (people, id3.TMCL(encoding=3, people=[["flute", "F"]])):
            tags.add(each)
        tags.add(id3.TIT2(encoding=3, text="T"))
        if odd:
            tags.add(id3.RVA2(desc="track", channel=1, gain=-3.0, peak=0.5))
        tags.save(file)
        found = agreed(tmp_path, file.getvalue())
        assert (found.lane is None) is odd
        assert found.mutagen["title"] == "T"


def test_frames_are_mutagens():
    """Each frame that is stepped over or read is one that mutagen knows: it counts known frames."""
    known = {name.encode() for name in id3.Frames}
    assert known >= lane.SKIPPED
    assert known >= set(lane.TEXTS)
    assert not lane.SKIPPED & set(lane.TEXTS)


def test_picture_is_not_read(tmp_path, monkeypatch):
    """Of a large picture only the ends are read, and with its end what follows the tag."""
    real, counts = os.pread, []

    def counting(fd, count, offset):
        found = real(fd, count, offset)
        counts.append(len(found))
        return found

    path = tmp_path / "x.mp3"
    path.write_bytes(_picked([*_six(), apic(RANDOM.randbytes(3_000_000))], padding=1000))
    fd = os.open(path, os.O_RDONLY)
    head = real(fd, HEAD, 0)
    monkeypatch.setattr(os, "pread", counting)
    assert dispatch.quick(fd, head, path.stat().st_size)["cover"].length == 3_000_000
    os.close(fd)
    assert (len(counts), sum(counts) < 8000) == (2, True)


def mutated(rng, data):
    """Return a copy with a few bytes changed, most of them in the tag."""
    changed = bytearray(data)
    end = min(len(data), 10 + int.from_bytes(data[8:10]) + 600)
    places = [m for m in range(10, min(end, 4000)) if data[m : m + 1].isupper()] or [0]
    for _ in range(rng.choice((1, 1, 2, 4))):
        near = min(rng.choice(places) + rng.randrange(16), len(data) - 1)
        at = rng.choice((rng.randrange(10), near, near, rng.randrange(end), rng.randrange(end)))
        at = min(at, len(changed) - 1)
        way = rng.randrange(5)
        if way == 0:
            changed[at] ^= 1 << rng.randrange(8)
        elif way == 1:
            changed[at] = rng.choice((0, 1, 2, 3, 4, 0x7F, 0x80, 0xFE, 0xFF))
        elif way == 2:
            del changed[at : at + rng.choice((1, 2, 5))]
        elif way == 3:
            changed[at:at] = rng.choice((b"\0", b"\0\0", b"\xff\xfe", b"\xfe\xff", b"TPE1"))
        else:
            changed[at] = rng.randrange(256)
    return bytes(changed[: rng.randrange(len(changed))] if rng.random() < 0.03 else changed)


@pytest.mark.parametrize("seed", range(8))
def test_mutations(tmp_path, seed):
    """However a tag is damaged, the lane says what mutagen says, or gives up."""
    rng = random.Random(seed)
    sources = [data for data in {**PLAIN, **ODD}.values() if len(data) < 200_000]
    taken = 0
    for _ in range(400):
        taken += agreed(tmp_path, mutated(rng, rng.choice(sources))).lane is not None
    assert taken > 30
