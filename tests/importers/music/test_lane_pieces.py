import base64
import random
import struct

import pytest

from soniq_tui.importers.music.lanes import ape, id3, mp4_tags, pieces, vorbis
from soniq_tui.importers.music.tags import names, values
from soniq_tui.importers.music.tags.names import pick
from tests.importers.music import test_lanes_mp4 as m4a
from tests.importers.music.differential import both_of
from tests.importers.music.test_lane_id3 import SOUND, apic, frame, tag, text
from tests.importers.music.test_lane_mpeg import ape as apev2
from tests.importers.music.test_lanes_flac import comment, flac, picture

TINY = b"\xff\xd8\xff\xe0" + bytes(range(1, 90))
OTHER = b"\x89PNG\r\n\x1a\n" + bytes(range(1, 90))
TABLES = {"ID3": names.ID3, "VORBIS": names.VORBIS, "MP4": names.MP4, "APE": names.APE}
WORDS = ("", " ", "A", "B\0C", "3/12", "1999-02-03", "-7.30 dB", "x" * 300)


def block_picture(data):
    made = struct.pack(">2I", 3, 9) + b"image/png" + struct.pack(">6I", 0, 1, 2, 24, 0, len(data))
    return b"METADATA_BLOCK_PICTURE=" + base64.b64encode(made + data)


def twice(folder, *files):
    """Read files one after the other, and again in the other order: always as mutagen does."""
    for data in (*files, *reversed(files)):
        found = both_of(folder, data)
        assert found.lane is not None
        assert found.lane == found.mutagen
        yield found.lane


@pytest.fixture
def forgotten():
    """Begin with nothing that was met."""
    met = [*id3._met.values(), vorbis._met, mp4_tags._met, ape._met]
    for one in met:
        one.clear()
    return met


def held(met):
    return sum(map(len, met))


@pytest.mark.parametrize("version", [3, 4])
def test_frames_again(tmp_path, forgotten, version):
    """A frame that comes again means the same, and a frame that differs in one byte its own."""
    files = [
        tag(
            text("TIT2", title, version=version),
            text("TPE1", "Artist", version=version),
            text("TALB", album, version=version),
            frame("TXXX", b"\3Album Version\0Live", version),
            apic(TINY, version=version),
            version=version,
        )
        + SOUND
        for title, album in (("One", "Album"), ("Two", "Album"), ("Two", "Albun"))
    ]
    found = list(twice(tmp_path, *files))
    assert [one["album"] for one in found[:3]] == ["Album", "Album", "Albun"]
    assert all(one["cover"] is not None for one in found)
    assert 0 < held(forgotten) < 8


def test_versions_apart(tmp_path, forgotten):
    """What stands in a frame of ID3v2.3 does not tell what the same bytes mean in ID3v2.4."""
    body = b"\3A\0B\0"
    for version in (3, 4, 3):
        data = tag(frame("TPE1", body, version), version=version) + SOUND
        found = both_of(tmp_path, data)
        assert found.lane == found.mutagen


def test_frame_of_another_size(tmp_path, forgotten):
    """A frame that was met is not taken where the tag ends within it."""
    whole = text("TALB", "An album of some length")
    assert both_of(tmp_path, tag(text("TIT2", "T"), whole) + SOUND).lane["album"]
    cut = tag(text("TIT2", "T"), whole[:-4]) + whole[-4:] + SOUND
    assert both_of(tmp_path, cut).differing == {}


def test_comments_again(tmp_path, forgotten):
    """Pictures in comments are there each time, however short; so are values of one name."""
    shared = (b"ARTIST=A", b"artist=B", b"DATE=1999", b"NAMELESS", b"UNKNOWN=1")
    files = [
        flac(comment(b"TITLE=One", *shared, block_picture(OTHER))),
        flac(comment(b"TITLE=Two", *shared[::-1]), picture(TINY)),
        flac(comment(b"TITLE=Two", *shared, b"ALBUM=" + b"x" * 400, block_picture(TINY))),
    ]
    found = list(twice(tmp_path, *files))
    assert found[0]["artists"] == ("A", "B")
    assert found[1]["artists"] == ("B", "A")
    assert all(one["cover"] is not None for one in found)


def test_atoms_again(tmp_path, forgotten):
    """Atoms that were met are put together with others as if they were new."""
    spelt = [m4a.free("ISRC", "I"), m4a.free("MusicBrainz Album Id", "x")]
    no, yes = (m4a.text("cpil", value, kind=21) for value in (b"\0", b"\1"))
    files = [
        m4a.mp4(*m4a.SIX, *spelt, m4a.cover(TINY)),
        m4a.mp4(*spelt, *m4a.SIX, m4a.cover(TINY), yes),
        m4a.mp4(no, yes, no, yes),
    ]
    found = list(twice(tmp_path, *files))
    assert [one.get("compilation") for one in found[:3]] == [None, True, True]
    other = m4a.mp4(*spelt, m4a.free("isrc", "J"))  # another text to mutagen
    assert both_of(tmp_path, other).lane is None


def test_items_again(tmp_path, forgotten):
    """Items of APEv2 that were met are put together with others as if they were new."""
    shared = {"Artist": "A", "ALBUM": "An album", "Year": "1999", "Genre": "Folk"}
    files = [
        SOUND + apev2({"Title": "One", **shared}, Front=TINY),
        SOUND + apev2({**shared, "Title": "Two"}, Front=TINY),
        SOUND + apev2({**shared, "ALBUM": "An albun", "Lyrics": "la " * 200}),
    ]
    found = list(twice(tmp_path, *files))
    assert [one["album"] for one in found[:3]] == ["An album", "An album", "An albun"]
    assert [one["cover"] is None for one in found[:3]] == [False, False, True]
    assert {key for key, _ in ape._met.values()} == {"artist", "album", "year", "genre"}
    same = SOUND + apev2({**shared, "Albun": "An album"}).replace(b"Albun", b"ALBUM")
    assert both_of(tmp_path, same).lane is None  # a name that comes twice


def test_memory_is_bounded():
    """What was met is forgotten before it becomes too much."""
    met = {}
    for number in range(3 * pieces._MOST_MET):
        pieces.remember(met, number.to_bytes(4), number)
        assert len(met) <= pieces._MOST_MET
    assert met


@pytest.mark.parametrize("table", TABLES)
def test_together_as_picked(table):
    """Pieces mean together what the values mean that are picked from all that a tag holds."""
    rng = random.Random(table)
    known = pieces.places(TABLES[table])
    for _ in range(400):
        drawn = [
            (rng.choice(list(known)), [rng.choice(WORDS) for _ in range(rng.choice((1, 1, 2)))])
            for _ in range(rng.randrange(30))
        ]
        tag_held = {}
        for name, texts in drawn:
            tag_held.setdefault(name, []).extend(texts)
        met = pieces.together([pieces.piece(known[name], texts) for name, texts in drawn])
        wanted = values.fields(pick(tag_held, TABLES[table]))
        assert values.combined(met) == wanted


def test_all_names_mean_something():
    """Every field of every table has a meaning."""
    for table in (*TABLES.values(), names.ASF):
        assert table.keys() <= values.MEANINGS.keys()
