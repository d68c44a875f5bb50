"""A catalogue of other rules is grouped as a new one would be, and keeps its numbers."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.music import belonging, close, discs, group, regroup, store, torn
from soniq_tui.importers.music import credits as naming
from soniq_tui.importers.music.words import Track
from soniq_tui.words.told import told
from tests.importers.music.library import end_scan
from tests.importers.music.shelf import names, shelve, song, track

TRACKS = (
    song("A", "Ada", "X", 1, path="/m/X (Disc 1)/1.mp3"),
    song("B", "Ada", "X", 1, path="/m/X (Disc 2)/1.mp3", disc=2, date="1999-02-03"),
    song("C", "Guns N\u2019 Roses", "Y", 1, path="/m/Y/1.mp3"),
    song("D", "Guns N' Roses", "Y", 2, path="/m/Y/2.mp3"),
    track("/m/Z/1.mp3", title="E", album="Z", album_artists=("Various Artists",), artists=("E",)),
    track("/m/Z/2.mp3", title="F", album="Z", compilation=True, artists=("F",)),
    *(song(f"O{n}", "Ada", "Old", n) for n in range(6)),
    track("/m/alone.mp3", title="G"),
)


def forget() -> None:
    for known in (naming.name_key, naming.artists_of, group._named_key):
        known.cache_clear()


@contextmanager
def other_rules() -> Iterator[None]:
    """Rules that know of no discs side by side, no printers' marks, collections or torn albums.

    Nor do they tell the disc of a track whose tag does not.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discs, "numbered", lambda track: track)
        patch.setattr(naming, "_PLAIN", {})
        patch.setattr(group, "album_place", lambda folder: folder.decode())
        patch.setattr(group, "_NOBODY", frozenset())
        patch.setattr(torn, "mend", lambda _: ())
        for module in (group, belonging, regroup):
            patch.setattr(module, "RULES", 1)
        forget()
        yield
    forget()


def grouped(data: Path) -> list[tuple[Any, ...]]:
    """Return what each track belongs to, and what that is called."""
    return store.writer(data).execute(
        "SELECT track.title, track.disc, track.pid, album.key, album.title, album.date,"
        " album.compilation, album.settled,"
        " (SELECT group_concat(one) FROM ("
        "   SELECT artist.key || ':' || artist.name || ':' || track_artist.name AS one"
        "   FROM track_artist JOIN artist ON artist.id = artist_id"
        "   WHERE track_id = track.id ORDER BY position)),"
        " (SELECT group_concat(one) FROM ("
        "   SELECT artist.key || ':' || artist.name || ':' || album_artist.name"
        "     || ':' || coalesce(artist.sort_name, '') AS one"
        "   FROM album_artist JOIN artist ON artist.id = artist_id"
        "   WHERE album_artist.album_id = album.id ORDER BY position))"
        " FROM track LEFT JOIN album ON album.id = album_id ORDER BY track.title"
    ).fetchall()  # fmt: skip


def numbers(data: Path) -> dict[bytes, int]:
    query = "SELECT path, track.id FROM file JOIN track ON track.file_id = file.id"
    return dict(store.writer(data).execute(query))


@pytest.fixture
def new(tmp_path: Path) -> list[tuple[Any, ...]]:
    """What a catalogue is that knows no other rules."""
    shelve(tmp_path / "new", *TRACKS)
    return grouped(tmp_path / "new")


@pytest.fixture
def old(data: Path) -> Path:
    with other_rules():
        shelve(data, *TRACKS)
    return data


@pytest.mark.parametrize("slice_", [1, 5, 1000])
def test_it_is_what_a_new_one_is(
    old: Path, new: list[tuple[Any, ...]], slice_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next scan that ends groups all tracks anew; their numbers stay."""
    monkeypatch.setattr(regroup, "SLICE", slice_)
    before, known = grouped(old), numbers(old)
    assert before != new
    end_scan(old)
    assert grouped(old) == new
    assert numbers(old) == known
    assert names(old, "albums") == ["Old", "X", "Y", "Z"]
    assert len(names(old, "artists")) == 5  # Ada, E, F, Guns N' Roses, Various Artists


def test_it_says_what_takes_so_long(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once after an update, with how far it is; the scan after it has nothing to say."""
    monkeypatch.setattr(regroup, "SLICE", 5)
    said = end_scan(old)
    assert said.said == [close.ANEW]
    texts = [f"grouping anew, {n} tracks so far" for n in (5, 10, 13)]
    assert said.done_now == [*texts, ""]
    assert told(texts[0]) == texts[0]
    assert end_scan(old).said == []


def test_it_goes_on_where_it_was(old: Path, new: list[tuple[Any, ...]]) -> None:
    """A scan that dies half-way, or whose tracks change meanwhile, loses nothing of it."""
    connection = store.writer(old)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(regroup, "SLICE", 3)
        assert regroup.regroup(connection) == 3
    shelve(old, song("A", "Ada", "X", 1, path="/m/X (Disc 1)/1.mp3"), end=False)
    end_scan(old)
    assert grouped(old) == new


def test_a_first_scan_that_other_rules_began_is_grouped_anew(
    data: Path, new: list[tuple[Any, ...]]
) -> None:
    """No scan has ended yet, and all the same not all of it follows ours."""
    with other_rules():
        shelve(data, *TRACKS[::2], end=False)
    store.writer(data).execute("DELETE FROM meta WHERE name = 'rules'")  # they said none at first
    shelve(data, *TRACKS[1::2])
    assert grouped(data) == new


def test_rules_that_come_between_begin_with_the_first_track(
    old: Path, new: list[tuple[Any, ...]]
) -> None:
    """What others had grouped anew up to the middle follows ours no more than the rest."""
    connection = store.writer(old)
    with other_rules(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(regroup, "SLICE", 9)
        patch.setattr(regroup, "RULES", group.RULES + 1)
        assert regroup.regroup(connection) == 9
    end_scan(old)
    assert grouped(old) == new
    assert connection.execute("SELECT name FROM meta WHERE name GLOB 'group*'").fetchall() == []


def test_rules_that_come_after_tell_what_tags_said(data: Path) -> None:
    """Of discs that folders tell tags said nothing; of others they did."""
    recorded = song("H", "Ada", "Old", 9, disc=2, musicbrainz_track_id="t")
    shelve(data, *TRACKS, recorded, song("I", "Ada", "Old", 9, disc=2))
    before = grouped(data)
    store.writer(data).execute("UPDATE meta SET value = 1 WHERE name = 'rules'")
    end_scan(data)
    assert grouped(data) == before


PLACES = (
    "X",
    "X (Disc 1)",
    "X (Disc 2)",
    "X_CD1 [FLAC]",
    "X_CD2 [FLAC]",
    "X/CD1",
    "X (Disc 1)/CD2",
)
SINGERS = (
    "Ada",
    "ADA",
    "Be\u2019la",
    "BE'LA",
    "Ada (ft. Bob; C / D)",
    "AC / DC; Ada",
    "Various Artists",
)
MAKERS = (None, None, "Ada", "Various Artists", "VA", "Be\u2019la", "BE'LA")
TITLES = ("X", "X (Disc 2)", "x [cd1: Live]", "X \u2013 CD 3", "Y\u2019s", "Y's", None)


def any_track(rng: random.Random, number: int) -> Track:
    maker = rng.choice(MAKERS)
    return track(
        f"/m/{rng.choice(PLACES)}/{number}.mp3",
        title=f"T{number:02}",
        album=rng.choice(TITLES),
        artists=(rng.choice(SINGERS),),
        album_artists=(maker,) if maker else (),
        compilation=rng.choice((None, None, True)),
        artist_sort=rng.choice((None, "Ada, The")),
        album_artist_sort=rng.choice((None, "La, Be")),
        musicbrainz_album_id=rng.choice((None, None, None, f"id of {maker}")),
    )


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_same_bit_by_bit_and_by_other_rules_before(tmp_path: Path, seed: int) -> None:
    """Whatever tracks say, in whatever order they came."""
    rng = random.Random(seed)
    tracks = [any_track(rng, number) for number in range(rng.randint(4, 14))]
    shelve(tmp_path / "whole", *tracks)
    rng.shuffle(tracks)
    half = rng.randrange(len(tracks))
    with other_rules():
        shelve(tmp_path / "old", *tracks[:half], end=rng.random() < 0.5)
    for data, rest in (("old", tracks[half:]), ("bits", tracks)):
        for one in rest:
            shelve(tmp_path / data, one, end=False)
        end_scan(tmp_path / data)
        assert grouped(tmp_path / data) == grouped(tmp_path / "whole")


def test_once_is_enough(old: Path, data: Path) -> None:
    """Afterwards, and where no other rules ever were, no track is looked at."""
    end_scan(old)
    assert regroup.regroup(store.writer(old)) == 0
    other = data.parent / "other"
    shelve(other, *TRACKS)
    connection = store.writer(other)
    before = connection.total_changes
    assert regroup.regroup(connection) == 0
    assert connection.total_changes == before


def test_only_what_changes_is_written(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tracks that belong where they did are left alone."""
    written: list[Track] = []
    real = regroup.group_anew
    monkeypatch.setattr(
        regroup,
        "group_anew",
        lambda on, some: real(on, [written.append(s.track) or s for s in some]),
    )
    end_scan(old)
    assert {each.title for each in written} == {"A", "B", "C", "E"}
