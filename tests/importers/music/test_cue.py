"""Cue sheets: what is read of them, which file they mean, how a file is split."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.importers.music.sides import cue
from soniq_tui.importers.music.sides.cue import Sheet
from soniq_tui.importers.music.words import Track

SHEET = """\
REM GENRE "Art Rock"
REM DATE 1973-03-01
REM DISCNUMBER 2
REM TOTALDISCS 3
REM REPLAYGAIN_ALBUM_GAIN -7.89 dB
REM COMMENT "ExactAudioCopy v1.0"
CATALOG 0724382975229
PERFORMER "Pink Floyd"
TITLE "The Dark Side of the Moon"
FILE "C:\\rips\\Dark Side.wav" WAVE
  TRACK 01 AUDIO
    TITLE "Speak to Me"
    PERFORMER "Pink Floyd; Clare Torry"
    SONGWRITER "Mason"
    ISRC GBN9Y1100083
    REM REPLAYGAIN_TRACK_GAIN +1.25 dB
    FLAGS DCP
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE Breathe
    INDEX 00 01:04:00
    INDEX 01 01:05:37
  TRACK 03 AUDIO
    TITLE "On "the" Run"
    INDEX 01 102:00:74
"""
VINYL = """\
TITLE "Live"
FILE "a.wav" WAVE
TRACK 01 AUDIO
INDEX 01 00:00:00
TRACK 02 AUDIO
INDEX 01 01:00:00
FILE "b.wav" WAVE
TRACK 03 AUDIO
INDEX 01 00:00:00
TRACK 04 AUDIO
INDEX 01 02:00:00
"""


def track(**fields: Any) -> Track:
    return Track(path=b"/m/1.flac", size=1, mtime_ns=1, ctime_ns=1, inode=1, device=1, **fields)


def sheet(text: bytes | str = SHEET) -> Sheet:
    parsed = cue.parse(text)
    assert parsed is not None
    return parsed


def lines(*starts: str, file: str = 'FILE "x.wav" WAVE') -> str:
    """Return a sheet of one file whose tracks begin at these times."""
    tracks = [f"TRACK {n:02} AUDIO\nINDEX 01 {at}" for n, at in enumerate(starts, start=1)]
    return "\n".join([file, *tracks])


# --- Reading


def test_words_of_a_sheet() -> None:
    """A sheet says things of the album before its first track, then of each track."""
    found = sheet()
    assert found.files == ("C:\\rips\\Dark Side.wav",)
    assert found.total == 3
    assert found.said["TITLE"] == "The Dark Side of the Moon"
    assert found.said["CATALOG"] == "0724382975229"
    assert found.said["REM DATE"] == "1973-03-01"
    assert [entry.number for entry in found.entries] == [1, 2, 3]
    assert [entry.said["TITLE"] for entry in found.entries] == [
        "Speak to Me",
        "Breathe",
        'On "the" Run',
    ]


def test_times() -> None:
    """A track begins at its INDEX 01, in frames of 1/75 s; minutes have no end."""
    assert [entry.start for entry in sheet().entries] == [0, 65 * 75 + 37, 102 * 60 * 75 + 74]
    assert sheet("TRACK 1 AUDIO\nINDEX 00 00:02:00").entries[0].start == 150


@pytest.mark.parametrize(
    "time", ["-1:00:00", "00:60:00", "00:00:75", "0:0", "x", "99999:00:00", ""]
)
def test_times_that_are_none(time: str) -> None:
    """A time that cannot be is no time, and a track without one is no track."""
    assert cue.parse(f"TRACK 01 AUDIO\nINDEX 01 {time}") is None
    assert len(sheet(f"{lines('00:00:00')}\nTRACK 02 AUDIO\nINDEX 01 {time}").entries) == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", " \t\n"])
def test_line_ends(end: str) -> None:
    """Lines end as on any system, and white space around them does not count."""
    assert sheet(SHEET.replace("\n", end)) == sheet()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8-r"])
def test_charsets(codec: str) -> None:
    """A sheet is read in Unicode and in the charsets of old."""
    text = SHEET.replace("Pink Floyd", "Группа Кино").replace("Breathe", "Звезда по имени Солнце")
    assert sheet(text.encode(codec)) == sheet(text)


def test_western_charset() -> None:
    """A sheet of no other charset is in Windows-1252."""
    text = SHEET.replace("Pink Floyd", "Sigur Rós").replace("Breathe", "Svefn-g-englar · Ágætis")
    assert sheet(text.encode("cp1252")) == sheet(text)


def test_junk() -> None:
    """Lines that mean nothing, and tracks of data, are passed over."""
    junk = "\x00\x01\nFOO\nINDEX 01 00:00:10\nTRACK 00 MODE1/2352\nINDEX 01 00:00:00\nTITLE\n!"
    found = sheet(f"{junk}\n{SHEET}\n{junk}")
    assert [entry.number for entry in found.entries] == [1, 2, 3]


@pytest.mark.parametrize("data", [b"", "", "TITLE x", b"\xff\xfe", b"\x89PNG\r\n\x1a\n", "TRACK 1"])
def test_no_sheets(data: bytes | str) -> None:
    """What names no track of sound is no sheet."""
    assert cue.parse(data) is None


def test_bounds() -> None:
    """Of a huge sheet 64 KiB and 999 tracks are read."""
    many = "\n".join(f"TRACK {n % 99} AUDIO\nINDEX 1 1:1:1" for n in range(1500))
    assert len(many) < 64 * 1024
    assert len(sheet(many).entries) == 999
    assert sheet(f"{SHEET}{'x' * 10_000_000}\n{lines('00:00:00')}") == sheet()
    assert cue.parse("TITLE " + " " * 60_000 + "\x00") is None


@given(st.binary(max_size=600) | st.text(max_size=600))
def test_any_sheet(data: bytes | str) -> None:
    """No bytes and no text do harm."""
    cue.parse(data)


WORDS = st.sampled_from(
    ['FILE "a.wav" WAVE', "FILE b", "TRACK 1 AUDIO", "TRACK 2 MODE1", "INDEX 01 00:01:00",
     "INDEX 00 01:00:00", 'TITLE "', "REM DATE x", "REM", "PERFORMER \x00", "INDEX 01 -1:00:00"]
)  # fmt: skip


@given(st.lists(WORDS), st.none() | st.floats(0.01, 1e4))
def test_any_lines(drawn: list[str], duration: float | None) -> None:
    """Known lines in any order do no harm either, to the end of the way."""
    found = cue.parse("\n".join(drawn))
    if found is not None:
        cue.split(track(duration_s=duration), found)
        cue.matching([b"a.flac", b"b.mp3"], b"a.cue", found)


# --- Splitting


def test_split() -> None:
    """A file becomes its tracks: from one start to the next, the last one to the end."""
    one, two, three = cue.split(track(duration_s=7000.0), sheet())
    assert [t.part for t in (one, two, three)] == [1, 2, 3]
    assert (one.start_s, one.duration_s) == (0.0, pytest.approx(65 + 37 / 75))
    assert two.start_s == one.duration_s
    assert three.start_s == pytest.approx(6120 + 74 / 75)
    assert (three.duration_s or 0) + (three.start_s or 0) == 7000.0
    assert [t.title for t in (one, two, three)] == ["Speak to Me", "Breathe", 'On "the" Run']
    assert [t.track for t in (one, two, three)] == [1, 2, 3]
    assert {t.track_total for t in (one, two, three)} == {3}
    assert one.artists == ("Pink Floyd; Clare Torry",)
    assert two.artists == ("Pink Floyd",)
    assert (one.isrc, two.isrc) == ("GBN9Y1100083", None)
    assert one.composers == ("Mason",)
    assert (one.replaygain_track_gain_db, two.replaygain_track_gain_db) == (1.25, None)


def test_album_of_the_sheet() -> None:
    """Where the file says nothing of the album, the sheet does."""
    part = cue.split(track(duration_s=7000.0), sheet())[0]
    assert part.album == "The Dark Side of the Moon"
    assert part.album_artists == ("Pink Floyd",)
    assert (part.date, part.year) == ("1973-03-01", 1973)
    assert part.genres == ("Art Rock",)
    assert (part.disc, part.disc_total) == (2, 3)
    assert part.replaygain_album_gain_db == -7.89


def test_album_of_the_file() -> None:
    """What the file says of the album wins, and what it says of its sound stays."""
    said = {
        "album": "DSOTM",
        "album_artists": ("PF",),
        "date": "2011",
        "year": 2011,
        "genres": ("Rock",),
        "disc": 1,
        "replaygain_album_gain_db": 0.0001,
        "codec": "flac",
        "sample_rate_hz": 44100,
        "musicbrainz_album_id": "x",
    }
    for part in cue.split(track(duration_s=7000.0, **said), sheet()):
        assert {name: getattr(part, name) for name in said} == said


def test_what_is_not_inherited() -> None:
    """What is true of one recording, the sheet itself and texts that were replaced stay behind."""
    whole = track(
        duration_s=7000.0,
        title="Whole",
        cue=SHEET,
        lyrics="la",
        isrc="X",
        musicbrainz_recording_id="r",
        raw=(("title", "Ã"), ("album", "Ä"), ("artists", "Å")),
        artists=("A",),
    )
    for part in cue.split(whole, sheet()):
        assert part.title != "Whole"
        assert (part.cue, part.lyrics, part.musicbrainz_recording_id) == (None, None, None)
        assert part.raw == (("album", "Ä"),)
    nameless = cue.split(whole, sheet(lines("00:00:00", "00:10:00")))
    assert [part.title for part in nameless] == [None, None]
    assert nameless[0].artists == ("A",)
    assert nameless[0].raw == (("album", "Ä"), ("artists", "Å"))


@pytest.mark.parametrize(
    "text",
    [
        lines("00:00:00"),
        lines("00:05:00", "00:05:00"),
        lines("00:00:00", "00:10:00", "50:00:00").replace("00:10:00", "40:00:00"),
        VINYL,
    ],
)
def test_not_split(text: str) -> None:
    """A sheet with one track that fits, or that only lists files, splits nothing."""
    whole = track(duration_s=600.0)
    assert cue.split(whole, sheet(text)) == (whole,)


def test_out_of_range() -> None:
    """Tracks that begin after the end of the file are dropped, their number is still counted."""
    parts = cue.split(track(duration_s=60.0), sheet(lines("00:00:00", "00:30:00", "01:00:00")))
    assert [(t.start_s, t.duration_s, t.track_total) for t in parts] == [(0, 30, 3), (30, 30, 3)]


def test_no_duration() -> None:
    """Where nobody knows how long the file is, the last part has no end."""
    parts = cue.split(track(), sheet(lines("00:00:00", "00:30:00")))
    assert [(t.start_s, t.duration_s) for t in parts] == [(0, 30), (30, None)]


@given(st.lists(st.integers(0, 75 * 5000), max_size=40), st.floats(0.1, 6000))
def test_parts_cover_the_file(starts: list[int], duration: float) -> None:
    """Parts follow each other without overlap or gap from the first start to the end."""
    times = [f"{n // 4500:02}:{n // 75 % 60:02}:{n % 75:02}" for n in starts]
    found = cue.parse(lines(*times))
    whole = track(duration_s=duration)
    parts = (whole,) if found is None else cue.split(whole, found)
    inside = {n for n in starts if n / 75 < duration}
    assert len(parts) == max(1, len(inside))
    if len(parts) > 1:
        assert [t.part for t in parts] == list(range(1, len(parts) + 1))
        ends = [(t.start_s or 0) + (t.duration_s or 0) for t in parts]
        assert ends[:-1] == pytest.approx([t.start_s for t in parts[1:]])
        assert ends[-1] == pytest.approx(duration)
        assert all((t.duration_s or 0) > 0 for t in parts)


# --- Which file


@pytest.mark.parametrize(
    ("line", "files", "meant"),
    [
        ('FILE "a.flac" WAVE', [b"A.FLAC", b"a.flac"], b"a.flac"),
        ('FILE "a.flac" WAVE', [b"A.Flac", b"a.mp3"], b"A.Flac"),
        ('FILE "A.wav" WAVE', [b"a.flac", b"b.flac"], b"a.flac"),
        ('FILE "..\\..\\a.wav" WAVE', [b"a.ape"], b"a.ape"),
        ('FILE "C:\\x\\a.wav" WAVE', [b"a.ape"], b"a.ape"),
        ('FILE "/home/x/a.wav" WAVE', [b"a.ape"], b"a.ape"),
        ("FILE a b.wav WAVE", [b"a b.wv"], b"a b.wv"),
        ("FILE a.wav", [b"a.wv"], b"a.wv"),
        ('FILE "Café.wav" WAVE', ["Cafe\u0301.flac".encode()], "Cafe\u0301.flac".encode()),
        ('FILE "gone.wav" WAVE', [b"Album.flac", b"else.flac"], b"Album.flac"),
        ("", [b"album.tta"], b"album.tta"),
        ('FILE "gone.wav" WAVE', [b"else.flac"], None),
        ('FILE "a.wav" WAVE', [b"a.jpg", b"a.cue"], None),
        ('FILE "a.wav" WAVE', [b"a.mp3", b"a.flac"], b"a.flac"),
        ('FILE "" WAVE', [b"\xff.flac"], None),
    ],
)
def test_which_file(line: str, files: list[bytes], meant: bytes | None) -> None:
    """A FILE line means a file by name, by stem, or the sheet's own stem; folders do not count."""
    found = cue.matching(files, b"album.cue", sheet(lines("0:0:0", "1:0:0", file=line)))
    assert list(found) == ([] if meant is None else [meant])


def test_sheet_named_after_the_whole_name() -> None:
    """``a.flac.cue`` means ``a.flac``."""
    assert list(cue.matching([b"a.flac"], b"a.flac.cue", sheet())) == [b"a.flac"]


def test_sheet_of_several_files() -> None:
    """Of a sheet with many tracks in each of several files, each file is split by its part."""
    found = cue.matching([b"a.flac", b"b.flac"], b"live.cue", sheet(VINYL))
    assert list(found) == [b"a.flac", b"b.flac"]
    parts = cue.split(track(duration_s=300.0), found[b"b.flac"])
    assert [(t.part, t.track, t.track_total, t.album) for t in parts] == [
        (1, 3, 4, "Live"),
        (2, 4, 4, "Live"),
    ]


def test_listing() -> None:
    """A sheet with one track in each file splits none, even where pregaps cross files."""
    listing = """FILE "1.wav" WAVE
        TRACK 01 AUDIO\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 00 03:00:00
        FILE "2.wav" WAVE\nINDEX 01 00:00:00"""
    found = cue.matching([b"1.flac", b"2.flac"], b"x.cue", sheet(listing))
    assert [cue.split(track(), part) for part in found.values()] == [(track(),), (track(),)]


def test_beside_wins() -> None:
    """Of a sheet beside a file and one in its tag, the one beside wins; neither is kept."""
    whole = track(duration_s=600.0, cue=lines("00:00:00", "01:00:00"))
    beside = sheet(lines("00:00:00", "01:00:00", "02:00:00"))
    assert len(cue.parts(whole, beside)) == 3
    assert len(cue.parts(whole)) == 2
    assert {part.cue for part in cue.parts(whole)} == {None}
    assert cue.parts(track(cue="no sheet")) == (track(),)


# --- Files


def test_read(tmp_path: Path) -> None:
    """A sheet is read from a regular file; anything else is none."""
    path = tmp_path / "a.cue"
    path.write_text(SHEET)
    assert cue.read(bytes(path)) == sheet()
    (tmp_path / "link.cue").symlink_to(path)
    os.mkfifo(tmp_path / "pipe.cue")
    (tmp_path / "dir.cue").mkdir()
    (tmp_path / "no.cue").write_bytes(b"\xff\xd8\xff")
    for name in ("link.cue", "pipe.cue", "dir.cue", "gone.cue", "no.cue"):
        assert cue.read(bytes(tmp_path / name)) is None


def test_read_is_bounded(tmp_path: Path) -> None:
    """Of a file of gigabytes 64 KiB are read."""
    path = tmp_path / "a.cue"
    path.write_text(SHEET)
    os.truncate(path, 4 << 30)
    assert cue.read(bytes(path)) == sheet()
