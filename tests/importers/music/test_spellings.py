"""What artists are called after a first scan is settled by what was counted on the way."""

import random
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.music import close, group, insert, memory, store
from soniq_tui.importers.music.words import Extracted, Track
from tests.importers.music.shelf import NOW_S, shelve, song, track

SPELT = ("Ada", "ADA", "ada", "Béla", "BÉLA", "Ada feat. Béla")
IDS = (None, "6a1d7b44-90c0-4d9e-9c4e-111111111111", "6a1d7b44-90c0-4d9e-9c4e-222222222222")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path


def tracks(seed: int, count: int = 60) -> list[Track]:
    """Return tracks of few artists that are spelt in many ways."""
    dice = random.Random(seed)
    made = []
    for n in range(count):
        name, release = dice.choice(SPELT), dice.choice(IDS)
        sort_name = dice.choice((None, "Ada, The", "ada"))
        ids = () if release is None else (release,)
        made.append(
            song(
                f"{n}",
                name,
                f"Album {n // 9}",
                n,
                artist_sort=sort_name,
                musicbrainz_artist_ids=ids,
            )
        )
    return made


def write(data: Path, *some: Track) -> None:
    found = Extracted(tracks=some)
    insert.write(store.writer(data), found, group.catalogue(found.tracks), NOW_S)


def called(data: Path) -> list[tuple[Any, ...]]:
    rows = store.writer(data).execute(
        "SELECT id, key, name, sort_name, musicbrainz_id FROM artist WHERE settled ORDER BY id"
    )
    return rows.fetchall()


def read_anew(data: Path) -> list[tuple[Any, ...]]:
    """Return what artists are called when all that tracks and albums say is read."""
    connection = store.writer(data)
    connection.execute("UPDATE artist SET settled = 0, name = 'x', sort_name = 'x'")
    while close._artists(connection):
        pass
    return called(data)


def is_whole(data: Path) -> bool:
    return memory.of(store.writer(data)).spellings.whole


@pytest.mark.parametrize("seed", range(12))
def test_it_is_what_reading_gives(data: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In chunks that part albums, the same comes out as where all is read again at the end."""
    made = tracks(seed)
    for at in range(0, len(made), 17):
        write(data, *made[at : at + 17])
    assert is_whole(data)
    settled: list[int] = []
    settle = close._settle_artist
    monkeypatch.setattr(close, "_settle_artist", lambda *a: (settled.append(a[1]), settle(*a)))
    close._counted_artists(store.writer(data), memory.take(store.writer(data)))
    assert settled
    monkeypatch.undo()
    shelve(data)
    counted = called(data)
    assert counted == read_anew(data)


def test_what_is_read_again_is_not_counted(data: Path) -> None:
    """A track that is written a second time says something else from then on."""
    made = tracks(1)
    write(data, *made)
    write(data, made[3])
    assert not is_whole(data)
    shelve(data)
    assert called(data) == read_anew(data)


def test_what_one_track_says_of_the_album_artist_counts(data: Path) -> None:
    """A sort name or an id that any track of an album gives is the artist's for good."""
    said = (
        {},
        {"album_artist_sort": "Knife, The"},
        {"musicbrainz_albumartist_ids": ("id",)},
        {"album_artist_sort": "Knives"},
    )
    songs = [
        track(f"/m/{n}.mp3", album="X", artists=("Guest",), album_artists=("The Knife",), **each)
        for n, each in enumerate(said)
    ]
    shelve(data, *songs)
    query = "SELECT name, sort_name, musicbrainz_id, settled FROM artist WHERE key = 'the knife'"
    connection = store.writer(data)
    assert connection.execute(query).fetchall() == [("The Knife", "Knife, The", "id", 1)]
    for table in ("album", "artist"):
        connection.execute(f"UPDATE {table} SET settled = 0")  # noqa: S608
    shelve(data)
    assert connection.execute(query).fetchall() == [("The Knife", "Knife, The", "id", 1)]


def test_what_is_gone_is_not_counted(data: Path) -> None:
    """A file that went while the scan was at work says nothing."""
    made = tracks(2)
    write(data, *made)
    shelve(data, vanished=(made[5].path,), end=False)
    assert not is_whole(data)


def test_a_catalogue_that_holds_somebody_is_read(data: Path) -> None:
    """A second scan knows nothing of what the first one has written."""
    shelve(data, *tracks(3))
    write(data, *tracks(4))
    assert not is_whole(data)


def test_nothing_stays_counted_that_was_rolled_back(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chunk that could not be written is written again, and counted once."""
    made = tracks(5)
    monkeypatch.setattr(insert, "to_come", _fail)
    with pytest.raises(RuntimeError, match="as if"):
        write(data, *made)
    monkeypatch.undo()
    assert not is_whole(data)
    write(data, *made)
    counts = {
        (number, *spelt): count for number, *spelt, count in memory.of(store.writer(data)).spellings
    }
    assert is_whole(data)
    assert (
        sum(counts.values())
        == store.writer(data).execute("SELECT count(*) FROM track_artist").fetchone()[0]
    )


def _fail(*_: object) -> int:
    raise RuntimeError("as if")


def test_what_another_has_written_is_read(data: Path) -> None:
    """Where another connection wrote before the end, nothing that was counted is used."""
    write(data, *tracks(6))
    with store.changing(data) as other:
        other.execute("UPDATE artist SET sort_name = NULL WHERE 0")
        other.execute("INSERT INTO playlist (name, made_at_s) VALUES ('mine', 0)")
    met = memory.take(store.writer(data))
    close._counted_artists(store.writer(data), met)
    assert not met.spellings.whole


def test_there_is_a_bound(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of very many spellings is read instead."""
    monkeypatch.setattr(memory, "MOST_SPELLINGS", 3)
    write(data, *tracks(7))
    assert not is_whole(data)
    assert not list(memory.of(store.writer(data)).spellings)
