import base64
from types import SimpleNamespace

import pytest

from soniq_tui.importers.music.tags import MAX_LYRICS, MAX_TEXT, MAX_VALUES, pictures, values
from soniq_tui.importers.music.words import Track
from tests.importers.music.tagging import flac_picture


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2004", "2004"),
        ("2004-05", "2004-05"),
        ("2004-05-12", "2004-05-12"),
        ("2004-5-1", "2004-05-01"),
        ("20040512", "2004-05-12"),
        ("2004-05-12T07:00:00Z", "2004-05-12"),
        ("2004-05-12 07:00", "2004-05-12"),
        ("2004-13-40", "2004"),
        ("2004-02-99", "2004-02"),
        ("2004-02-29", "2004-02-29"),
        ("2003-02-29", "2003-02"),
        ("20040431", "2004-04"),
        ("2004-00-00", "2004"),
        ("12/05/2004", "2004"),
        ("c. 1967", "1967"),
        ("0000", None),
        ("99999", None),
        ("9999", None),
        ("soon", None),
        ("", None),
        ("٢٠٠٤", None),
    ],
)
def test_dates(said, meant):
    """A date is as exact as what is said and can be true."""
    assert values.date([said]) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("3", (3, None)),
        ("03/12", (3, 12)),
        (" 3 / 12 ", (3, 12)),
        ("3 of 12", (3, 12)),
        ("/12", (None, 12)),
        ("0/0", (None, None)),
        ("A1", (None, None)),
        ("100000", (None, None)),
        ("9" * 4000, (None, None)),
        ("0" * 4000, (None, None)),
        ("-1", (None, None)),
    ],
)
def test_numbers(said, meant):
    """Track and disc numbers are small and positive, or unknown."""
    assert values.number([said]) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("-7.30 dB", -7.3),
        ("+2", 2.0),
        ("1,5", 1.5),
        ("nan", None),
        ("inf", None),
        ("1e9", 1.0),
        ("99999", None),
        ("", None),
    ],
)
def test_gains(said, meant):
    """A gain is a finite number of decibels that can be one."""
    assert values.gain_db([said]) == meant


def test_opus_gain():
    """The gain of Opus counts 1/256 dB from -23 LUFS, ReplayGain from -18; the latter wins."""
    assert values.fields({"track_gain_r128": ["-1792"]})["replaygain_track_gain_db"] == -2.0
    both = values.fields({"track_gain_r128": ["0"], "replaygain_track_gain_db": ["-3 dB"]})
    assert both["replaygain_track_gain_db"] == -3.0


def test_hostile_text():
    """Megabytes, NULs and lone surrogates become bounded text that msgpack takes."""
    assert len(values.text("x" * 2_000_000)) == MAX_TEXT
    assert values.text(" \0a\0b\0 ") == "ab"
    assert values.text("a\ud800b\ud83c\udfb7") == "a\ufffdb🎷"
    assert values.text("a\x1b[31mb") == "a\x1b[31mb"
    assert len(values.lyrics(["la\n" * 100_000])) <= MAX_LYRICS
    assert len(values.many(["a"] * 1000)) == MAX_VALUES
    assert len(values.many(["\0".join(["a"] * 100_000)])) <= MAX_VALUES
    assert len(values.genres([";".join(map(str, range(100_000)))])) == MAX_VALUES


def test_lists():
    """NULs part values, empty ones are dropped, a bare slash parts nothing."""
    assert values.many(["A\0B", "", "  ", "\0", "AC/DC"]) == ("A", "B", "AC/DC")
    assert values.genres(["Rock; Pop;Rock", "Soul/R&B"]) == ("Rock", "Pop", "Soul/R&B")
    assert values.ids(["a/b; c"]) == ("a", "b", "c")


def test_artist_list():
    """The list of artists counts where the artist itself is one value."""
    assert values.fields({"artists": ["A & B"], "artist_list": ["A", "B"]})["artists"] == ("A", "B")
    several = values.fields({"artists": ["A", "B"], "artist_list": ["A"]})
    assert several["artists"] == ("A", "B")
    assert values.fields({"artist_list": ["A"]})["artists"] == ("A",)
    assert values.fields({"artists": ["A"], "artist_list": [" "]})["artists"] == ("A",)


@pytest.mark.parametrize(
    ("listed", "ids", "artists"),
    [
        ("Ann/Ben", "x/y", ("Ann", "Ben")),
        ("AC/DC; Ben", "x; y", ("AC/DC", "Ben")),
        ("Ann / Ben/Cem", "x/y/z", ("Ann", "Ben", "Cem")),
        ("AC/DC/Ben", "x/y", ("Ann feat. Ben",)),
        ("AC/DC", "x", ("AC/DC",)),
        ("AC/DC", "", ("AC/DC",)),
    ],
)
def test_artist_list_in_one_text(listed, ids, artists):
    """Names that ID3v2.3 had to join are parted where that makes as many as there are ids."""
    texts = {"artist_list": [listed], "musicbrainz_artist_ids": [ids]}
    assert values.fields({**texts, "artists": ["Ann feat. Ben"]})["artists"] == artists
    alone = (listed,) if artists == ("Ann feat. Ben",) else artists
    assert values.fields(texts)["artists"] == alone


def test_flags():
    """A compilation is said to be one, said to be none, or nothing is said."""
    assert values.flag(["1"]) is True
    assert values.flag(["False"]) is False
    assert values.flag(["maybe"]) is None


def test_fields_are_of_a_track():
    """Every field that values make is one of Track's."""
    names = set(values.fields({name: ["1"] for name in Track.__struct_fields__}))
    assert names <= set(Track.__struct_fields__)


@pytest.mark.parametrize("size", [0, 10, 3000, 12_287, 12_288, 12_289, 12_290, 200_000])
@pytest.mark.parametrize("wrapped", [False, True])
def test_flac_block(size, wrapped):
    """A picture in a comment has the same key whether its middle was decoded or not."""
    data = bytes(i * 31 % 251 for i in range(size))
    code = base64.encodebytes if wrapped else base64.b64encode
    found = pictures.flac_block(code(flac_picture(data).write()).decode())
    assert found is not None
    whole = pictures.picture(3, "image/jpeg", data)
    assert pictures.choose([found]) == pictures.choose([whole])


def test_pictures_that_begin_or_end_alike():
    """Each of an album's has its own key, whichever was looked at before."""
    data = bytes(i * 31 % 251 for i in range(30_000))
    for other in (data, data[:-1] + b"!", b"!" + data[1:], data):
        found = pictures.flac_block(base64.b64encode(flac_picture(other).write()).decode())
        assert found is not None
        whole = pictures.picture(3, "image/jpeg", other)
        assert pictures.choose([found]) == pictures.choose([whole])


def test_damaged_pictures():
    """A damaged picture is none."""
    for damage in ("", "AAAA", "A", "é" * 9, "A" * 40_000, "////" * 10_000):
        found = [pictures.flac_block(damage), pictures.asf_picture(damage.encode())]
        assert pictures.choose([p for p in found if p]) is None


def test_which_picture():
    """The front cover counts, else the first that holds anything; a link is no picture."""
    back, front = pictures.picture(4, "", b"back"), pictures.picture(3, "image/x-odd", b"front!")
    assert pictures.choose([back, front]).length == 6
    assert pictures.choose([back, front]).mime == "image/x-odd"
    assert pictures.choose([pictures.picture(3, "", b""), back]).length == 4
    assert pictures.choose([pictures.picture(3, "-->", b"http://x")]) is None
    assert pictures.choose([]) is None


def test_figures_of_a_stream():
    """What parsers say for unknown is unknown here."""
    odd = SimpleNamespace(nan=float("nan"), big=1e300)
    for value in (0, -1, None, "44100", odd.nan, odd.big):
        assert values.measured(value) is None
    assert values.whole(127_900, per=1000) == 128
