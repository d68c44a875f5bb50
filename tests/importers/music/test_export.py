"""Exports: exactly the fields that scripts may rely on."""

import base64
import json
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from soniq_tui.errors import DataDirError
from soniq_tui.importers.music import store
from soniq_tui.importers.music.export import EXPORTS
from soniq_tui.importers.music.words import CoverRef, Extracted, Track
from tests.importers.music.library import end_scan, insert

TRACK_FIELDS = (
    "path, title, artists, album, album_artists, track, track_total, disc, disc_total, date, year, "
    "genres, composers, compilation, duration_s, bitrate_kbps, sample_rate_hz, channels, "
    "bits_per_sample, codec, container, musicbrainz_recording_id, musicbrainz_album_id, "
    "musicbrainz_artist_ids, musicbrainz_albumartist_ids, musicbrainz_releasegroup_id, "
    "acoustid_id, isrc, bpm, replaygain_track_gain_db, replaygain_album_gain_db, lyrics, "
    "artist_sort, album_artist_sort, cover, size_bytes, mtime_ns, missing, path_bytes, "
    "album_version, musicbrainz_track_id, part, start_s, raw"
)


def track(path: bytes, **fields: Any) -> Track:
    return Track(path=path, size=1, mtime_ns=2, ctime_ns=3, inode=4, device=5, **fields)


def stored(data: Path, *tracks: Track, vanished: tuple[bytes, ...] = ()) -> None:
    insert(data, Extracted(tracks=tracks, vanished=vanished))
    end_scan(data)


def export(data: Path, what: str) -> list[dict[str, Any]]:
    """Export by way of JSON, as scripts see it."""
    return [json.loads(msgspec.json.encode(row)) for row in EXPORTS[what](data)]


def test_tracks(tmp_path: Path) -> None:
    """A track is exported with all its fields and values, in the order of the reference."""
    full = track(
        b"/m/1.mp3",
        title="T",
        artists=("A", "B"),
        album="X",
        album_artists=("A",),
        track=1,
        genres=("Rock",),
        compilation=True,
        duration_s=1.5,
        bpm=99.5,
        lyrics="l\u2028l",
        musicbrainz_artist_ids=("i",),
        album_artist_sort="s",
        cover=CoverRef("folder", "image/png", 9, "k", b"c.png"),
    )
    stored(tmp_path, full)
    (row,) = export(tmp_path, "tracks")
    assert ", ".join(row) == TRACK_FIELDS
    for name in set(Track.__struct_fields__) & set(row) - {"path", "cover", "part", "raw"}:
        value = getattr(full, name)
        assert row[name] == (list(value) if isinstance(value, tuple) else value), name
    assert row["cover"] == {
        "source": "folder",
        "mime": "image/png",
        "key": "k",
        "width": None,
        "height": None,
        "sha256": None,
    }
    assert (row["path"], row["path_bytes"], row["size_bytes"]) == ("/m/1.mp3", None, 1)
    assert row["missing"] is False


def test_bare_track(tmp_path: Path) -> None:
    """What a file does not say is null, lists are empty."""
    stored(tmp_path, track(b"/m/1.mp3"))
    (row,) = export(tmp_path, "tracks")
    said = {name: value for name, value in row.items() if value not in (None, [])}
    assert said == {"path": "/m/1.mp3", "size_bytes": 1, "mtime_ns": 2, "missing": False}


def test_paths(tmp_path: Path) -> None:
    """Tracks come in the order of their bytes; a name that is no UTF-8 has its bytes beside it."""
    names = [b"/m/z.mp3", b"/m/caf\xe9.mp3", b"/m/B.mp3"]
    stored(tmp_path, *map(track, names), vanished=(names[2],))
    found = export(tmp_path, "tracks")
    assert [row["path"] for row in found] == ["/m/B.mp3", "/m/caf\\xe9.mp3", "/m/z.mp3"]
    assert base64.b64decode(found[1]["path_bytes"]) == names[1]
    assert [row["missing"] for row in found] == [True, False, False]


def test_albums(tmp_path: Path) -> None:
    """An album is exported with its artists in order and what its tracks add up to."""
    base = {"album": "X", "album_artists": ("Z", "A"), "year": 1999, "date": "1999-02"}
    stored(
        tmp_path,
        track(b"/m/1.mp3", disc=1, duration_s=1.5, **base),
        track(b"/m/2.mp3", disc=2, duration_s=2.0, **base),
        track(b"/m/3.mp3", disc=2, **base, musicbrainz_releasegroup_id="g"),
        track(b"/m/4.mp3", album="Old"),
        vanished=(b"/m/2.mp3",),
    )
    stored(tmp_path, track(b"/m/4.mp3"))  # retagged: nothing is left of the album
    assert export(tmp_path, "albums") == [
        {
            "title": "X",
            "version": None,
            "album_artists": ["Z", "A"],
            "year": 1999,
            "date": "1999-02",
            "tracks": 3,
            "discs": 2,
            "duration_s": 3.5,
            "compilation": False,
            "musicbrainz_album_id": None,
            "musicbrainz_releasegroup_id": "g",
            "missing": 1,
        }
    ]


def test_artists(tmp_path: Path) -> None:
    """An artist is exported with the albums and tracks that are there; one without any is not."""
    stored(
        tmp_path,
        track(b"/m/1.mp3", artists=("B", "a"), album="X", album_artists=("Both",)),
        track(b"/m/2.mp3", artists=("B",), artist_sort="B, The", musicbrainz_artist_ids=("i",)),
        track(b"/m/3.mp3", artists=("Gone",), album="Y"),
    )
    stored(tmp_path, track(b"/m/3.mp3"))
    assert [tuple(row.values()) for row in export(tmp_path, "artists")] == [
        ("a", None, None, 0, 1),
        ("B", "B, The", "i", 0, 2),
        ("Both", None, None, 1, 0),
    ]
    assert list(export(tmp_path, "artists")[0]) == [
        *("name", "sort_name", "musicbrainz_id", "albums", "tracks"),
    ]


@pytest.mark.parametrize("what", ["tracks", "albums", "artists"])
def test_nothing_yet(tmp_path: Path, what: str) -> None:
    """Before the first scan there is nothing to export, and no file is made."""
    assert export(tmp_path, what) == []
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", ["tracks", "albums", "artists"])
def test_older_catalogue(tmp_path: Path, what: str) -> None:
    """What to do with a catalogue of before an update is told, not which table it lacks."""
    before = sqlite3.connect(tmp_path / store.FILE)
    before.executescript(store.SQL["migration_1"])
    before.close()
    with pytest.raises(DataDirError, match="the next scan brings it up to date"):
        export(tmp_path, what)


def test_given_up_half_way(tmp_path: Path) -> None:
    """An export that nobody reads to the end lets go of the catalogue."""
    stored(tmp_path, *(track(b"/m/%d" % n) for n in range(9)))
    rows = EXPORTS["tracks"](tmp_path)
    next(rows)
    rows.close()  # type: ignore[attr-defined]
    store.close()
    assert {file.name for file in tmp_path.iterdir()} == {store.FILE}
