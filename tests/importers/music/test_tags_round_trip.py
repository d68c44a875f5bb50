import random

import msgspec
import pytest

from soniq_tui.importers.music.words import Track
from tests.importers.music.tagging import FAMILIES, MASTERS, master, read_bytes, tagged

MBID = "a36e6a2c-42bb-4e77-860a-66d3b6de7fc3"
OTHER = "5738882d-768d-4358-8818-5bc6b207ccb5"

CASES = {
    "title": (["Blåbär 🎷 № 1"], {"title": "Blåbär 🎷 № 1"}),
    "artists": (["Anna", "椎名林檎"], {"artists": ("Anna", "椎名林檎")}),
    "artist_list": (["AC/DC", "Ben"], {"artists": ("AC/DC", "Ben")}),
    "album": (["An Album"], {"album": "An Album"}),
    "album_artists": (["The Band"], {"album_artists": ("The Band",)}),
    "track": (["3/12"], {"track": 3, "track_total": 12}),
    "disc": (["1/2"], {"disc": 1, "disc_total": 2}),
    "date": (["2004-05-12"], {"date": "2004-05-12", "year": 2004}),
    "original_date": (["1971-01"], {"date": "1971-01", "year": 1971}),
    "genres": (["Soul/R&B; Jazz"], {"genres": ("Soul/R&B", "Jazz")}),
    "composers": (["Clara", "Fanny"], {"composers": ("Clara", "Fanny")}),
    "compilation": (["1"], {"compilation": True}),
    "recording": ([MBID], {"musicbrainz_recording_id": MBID}),
    "release": ([MBID], {"musicbrainz_album_id": MBID}),
    "artist_ids": ([MBID, OTHER], {"musicbrainz_artist_ids": (MBID, OTHER)}),
    "albumartist_ids": ([MBID], {"musicbrainz_albumartist_ids": (MBID,)}),
    "releasegroup": ([MBID], {"musicbrainz_releasegroup_id": MBID}),
    "acoustid": ([OTHER], {"acoustid_id": OTHER}),
    "isrc": (["USRC17607839"], {"isrc": "USRC17607839"}),
    "bpm": (["128"], {"bpm": 128.0}),
    "track_gain": (["-7.30 dB"], {"replaygain_track_gain_db": -7.3}),
    "album_gain": (["+1.5 dB"], {"replaygain_album_gain_db": 1.5}),
    "lyrics": (["one\ntwo"], {"lyrics": "one\ntwo"}),
    "artist_sort": (["Band, The"], {"artist_sort": "Band, The"}),
    "album_artist_sort": (["Band, A"], {"album_artist_sort": "Band, A"}),
}
STREAMS = {
    "mp3": ("mp3", "mp3", None),
    "mp3vbr": ("mp3", "mp3", None),
    "flac": ("flac", "flac", 16),
    "m4a": ("aac", "mp4", None),
    "ogg": ("vorbis", "ogg", None),
    "opus": ("opus", "ogg", None),
    "alac": ("alac", "mp4", 16),
    "wma": ("wmav2", "asf", None),
    "wav": ("pcm", "wav", 16),
    "aiff": ("pcm", "aiff", 16),
    "wv": ("wavpack", "wavpack", 16),
    "mpc": ("musepack", "musepack", None),
    "dsf": ("dsd", "dsf", 1),
    "ape": ("monkeys", "ape", 16),
    "aac": ("aac", "aac", None),
    "tta": ("tta", "tta", 16),
}
JPEG = b"\xff\xd8\xff\xe0" + random.Random(1).randbytes(40_000)
STAT = {"path": b"/x", "size": 1, "mtime_ns": 1, "ctime_ns": 1, "inode": 1, "device": 1}
PLAIN = Track(**STAT)


@pytest.mark.parametrize("field", CASES)
@pytest.mark.parametrize("name", MASTERS)
def test_field_round_trip(tmp_path, name, field):
    """Every format gives back every field it can hold, and nothing but that field."""
    values, expected = CASES[field]
    family = FAMILIES.get(name, "id3")
    if family == "ape" and field == "genres":
        values = ["Soul/R&B; Jazz"]
    fields = read_bytes(tmp_path, tagged(name, {field: values}))
    stream = {k for k in fields if k.endswith(("_s", "_kbps", "_hz"))}
    stream |= {"channels", "bits_per_sample", "codec", "container"}
    kept = {k: v for k, v in fields.items() if k not in stream and v != getattr(PLAIN, k)}
    assert kept == expected


@pytest.mark.parametrize("name", MASTERS)
def test_all_fields_at_once(tmp_path, name):
    """A file with every tag and a cover makes a Track that msgpack carries unchanged."""
    written = {k: v for k, (v, _) in CASES.items() if k != "artist_list"}
    track = Track(**STAT, **read_bytes(tmp_path, tagged(name, written, JPEG)))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(track), type=Track) == track
    for field in written:
        if field != "original_date":
            for key, value in CASES[field][1].items():
                assert getattr(track, key) == value


@pytest.mark.parametrize("name", MASTERS)
def test_cover(tmp_path, name):
    """The embedded cover has the same key in every format."""
    cover = read_bytes(tmp_path, tagged(name, {}, JPEG))["cover"]
    assert (cover.source, cover.mime, cover.length) == ("embedded", "image/jpeg", len(JPEG))
    flac = read_bytes(tmp_path, tagged("flac", {}, JPEG))["cover"]
    assert cover.key == flac.key


@pytest.mark.parametrize("name", MASTERS)
def test_stream(tmp_path, name):
    """Codec, container and bits per sample are those of the sound; the figures are there."""
    fields = read_bytes(tmp_path, master(name))
    assert (fields["codec"], fields["container"], fields["bits_per_sample"]) == STREAMS[name]
    assert 0 < fields["duration_s"] < 30
    assert fields["sample_rate_hz"] >= 8000
    assert fields["channels"] in {1, 2}


@pytest.mark.parametrize("name", sorted(set(MASTERS) - {"aac"}))
def test_content_decides(tmp_path, name):
    """A wrong file name changes nothing: the content tells the format."""
    data = tagged(name, {"title": ["T"]})
    right = read_bytes(tmp_path, data)
    for suffix in (".mp3", ".flac", ".m4a", ".txt"):
        assert read_bytes(tmp_path, data, "wrong" + suffix) == right


@pytest.mark.parametrize("name", MASTERS)
def test_without_tags(tmp_path, name):
    """A file without tags has no title: nothing is made up from its name."""
    fields = read_bytes(tmp_path, master(name), "01 - Name.mp3")
    assert fields.get("title") is None
    assert fields.get("artists", ()) == ()
    assert fields["cover"] is None
