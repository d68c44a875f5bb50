"""Rows of a chunk: whatever their number, and whatever they say or do not say, they are stored."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from soniq_tui.importers.music import insert, memory, store
from soniq_tui.importers.music.group import catalogue, persistent_id
from soniq_tui.importers.music.wordindex import add_words, words_of
from soniq_tui.importers.music.words import CoverRef, Extracted, Track

SAID: dict[str, Any] = {
    "title": "Song", "artists": ("A",), "album": "B", "album_artists": ("C",), "track": 1,
    "track_total": 2, "disc": 3, "disc_total": 4, "date": "2001-01", "year": 2001,
    "genres": ("Rock",), "composers": ("D",), "compilation": True, "duration_s": 5.5,
    "bitrate_kbps": 6, "sample_rate_hz": 7, "channels": 8, "bits_per_sample": 9, "codec": "flac",
    "container": "ogg", "musicbrainz_recording_id": "e", "musicbrainz_album_id": "f",
    "musicbrainz_artist_ids": ("g",), "musicbrainz_albumartist_ids": ("h",),
    "musicbrainz_releasegroup_id": "i", "replaygain_track_gain_db": -1.5, "lyrics": "la",
    "artist_sort": "j", "album_artist_sort": "k", "part": 0, "raw": (("title", "S"),),
}  # fmt: skip
SELDOM: dict[str, Any] = {
    "acoustid_id": "l", "isrc": "m", "bpm": 10.5, "replaygain_album_gain_db": -2.5,
    "album_version": "n", "musicbrainz_track_id": "o", "start_s": 11.5,
}  # fmt: skip


def track(number: int, **said: Any) -> Track:
    path = b"/m/%d.mp3" % number
    return Track(path=path, size=1, mtime_ns=2, ctime_ns=3, inode=number, device=5, **said)


def write(data: Path, *tracks: Track) -> store.Connection:
    connection = store.writer(data)
    insert.write(connection, Extracted(tracks=tracks), catalogue(tracks), 1.0)
    return connection


def stored(data: Path, *tracks: Track) -> list[dict[str, Any]]:
    """Write tracks of one chunk; return what the catalogue has of each, lists read."""
    cursor = write(data, *tracks).execute("SELECT * FROM track ORDER BY id")
    names = [column[0] for column in cursor.description]
    lists = {name for name, value in SAID.items() if isinstance(value, tuple)}
    return [
        {k: msgspec.json.decode(v) if k in lists else v for k, v in zip(names, row, strict=True)}
        for row in cursor
    ]


@pytest.mark.parametrize("said", [SAID, SAID | SELDOM, {}], ids=["usual", "all", "nothing"])
def test_what_is_said_is_stored(tmp_path: Path, said: dict[str, Any]) -> None:
    """Each field arrives in its column, and what is not said is NULL, or an empty list."""
    (row,) = stored(tmp_path, track(1, **said))
    silent = {k: [] if isinstance(v, tuple) else None for k, v in (SAID | SELDOM).items()}
    expected = silent | {"part": 0} | msgspec.json.decode(msgspec.json.encode(said))
    assert {name: row[name] for name in expected} == expected


@pytest.mark.parametrize("name", SELDOM)
def test_what_few_say_is_stored(tmp_path: Path, name: str) -> None:
    """One track says what others of its chunk do not."""
    say = {"title": "x"}
    found = stored(tmp_path, track(1, **say), track(2, **say, **{name: SELDOM[name]}), track(3))
    assert [row[name] for row in found] == [None, SELDOM[name], None]
    assert [row["title"] for row in found] == ["x", "x", None]


def test_known_tracks_are_written_over(tmp_path: Path) -> None:
    """A track that is known, among others that are new, keeps its number and loses what it said."""
    stored(tmp_path, track(1, **SAID, **SELDOM))
    found = stored(tmp_path, track(0, title="new"), track(1, title="other"))
    assert [(row["id"], row["title"], row["isrc"]) for row in found] == [
        (1, "other", None),
        (2, "new", None),
    ]


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 70])
def test_any_number_of_rows(tmp_path: Path, count: int) -> None:
    """Rows are added once each, be they as many as go into one statement, fewer or more."""
    connection = store.writer(tmp_path)
    many = [(number, 0, 7, f"a{number}", None, "x") for number in range(count)]
    store.add_rows(connection, "add_credit", [value for row in many for value in row])
    assert connection.execute("SELECT * FROM track_artist ORDER BY track_id").fetchall() == many


@pytest.mark.parametrize("count", [1, 32, 70])
def test_any_number_of_names(tmp_path: Path, count: int) -> None:
    """Artists, albums and pictures that the catalogue has are found there, however many."""
    tracks = [
        track(at, artists=(f"a{at}",), album=f"b{at}", cover=CoverRef("", None, 1, f"{at}"))
        for at in range(count)
    ]
    connection = write(tmp_path, *tracks)
    memory.take(connection)
    write(tmp_path, *tracks)
    for table in ("artist", "album", "cover", "album_artist", "track"):
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (count,)  # noqa: S608


def test_lists_of_each_track(tmp_path: Path) -> None:
    """Lists are those of each track, be they as those of the one before or not."""
    said = [("a",), ("a",), (), ("b", "c"), ("a",)]
    found = stored(tmp_path, *(track(at, genres=each) for at, each in enumerate(said)))
    assert [tuple(row["genres"]) for row in found] == said


def test_the_columns_are_the_fields_of_a_track_in_order() -> None:
    """All of them but those that tell of its file, or are for others."""
    columns = store.SQL["upsert_track"].partition("(")[2].partition(")")[0]
    names = re.findall(r"\w+", columns)
    own = {"album_id", "cover_id", "cover_source", "cover_file", "added_at_s", "updated_at_s"}
    said = [name for name in names if name not in own | {"id", "file_id", "pid"}]
    assert said == list(Track.__struct_fields__[7:-2])
    assert store.SQL["add_track"].startswith(store.SQL["upsert_track"].partition(",\n  acoust")[0])


@pytest.mark.parametrize("count", [1, 7, 8, 9, 21])
def test_any_number_of_tracks_of_an_album(tmp_path: Path, count: int) -> None:
    """What they share and what is their own is stored for each, however many they are."""
    found = stored(
        tmp_path,
        *(track(at, **SAID | {"title": f"{at}", "track": at}) for at in range(count)),
        *(track(count + at, album="other", track=at) for at in range(count)),
    )
    assert [(row["title"], row["track"]) for row in found[:count]] == [
        (f"{at}", at) for at in range(count)
    ]
    assert [row["track"] for row in found[count:]] == list(range(count))
    said = {(row["album"], row["lyrics"], row["codec"], row["bpm"]) for row in found}
    assert said == {("B", "la", "flac", None), ("other", None, None, None)}


def test_what_was_made_beside_the_writer_is_what_it_makes(tmp_path: Path) -> None:
    """By what tracks are known again and found is the same, whoever works it out."""
    tracks = track(1, **SAID), track(2), track(3, **SAID | SELDOM | {"title": "\u00c1g\u00e6tis"})
    pids, words = tuple(map(persistent_id, tracks)), tuple(words_of(tracks))
    rows = []
    for made in ((), (pids, words)):
        connection = store.writer(tmp_path / f"{len(made)}")
        found = Extracted(tracks=tracks, **dict(zip(("pids", "words"), made, strict=False)))
        insert.write(connection, found, catalogue(tracks, found.pids), 1.0)
        add_words(connection)
        texts = "SELECT id, pid, search.* FROM track JOIN search ON search.rowid = track.id"
        rows.append(connection.execute(texts).fetchall())
    assert rows[0] == rows[1]
    made_of = zip(pids, words, strict=True)
    assert [row[1:] for row in rows[0]] == [(pid, *found_by) for pid, found_by in made_of]
