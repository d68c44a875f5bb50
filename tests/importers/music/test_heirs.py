"""Albums keep their numbers as long as most of their tracks stay together."""

from pathlib import Path

import pytest

from soniq_tui.importers.music import heirs, regroup, store
from tests.importers.music.library import end_scan
from tests.importers.music.shelf import shelve, song
from tests.importers.music.test_regroup import TRACKS, other_rules


def albums(data: Path) -> dict[str, int]:
    """Return the numbers of albums that have tracks, by their titles."""
    query = "SELECT title, id FROM album WHERE id IN (SELECT album_id FROM track) ORDER BY id"
    return dict(store.writer(data).execute(query))


def by_song(data: Path) -> dict[str, int]:
    """Return the numbers of albums by the first letters of the titles of their tracks."""
    return dict(store.writer(data).execute("SELECT substr(title, 1, 1), album_id FROM track"))


def songs(numbers: range, album: str) -> list[object]:
    """Return tracks of files that always lie where they did."""
    return [song(f"S{n}", "Ada", album, n, path=f"/m/Ada/{n}.mp3") for n in numbers]


@pytest.fixture
def old(data: Path) -> Path:
    shelve(data, *songs(range(10), "Old"), song("O", "Bob", "Other"))
    assert albums(data) == {"Old": 1, "Other": 2}
    return data


def test_a_title_that_was_mended_leaves_the_number(old: Path) -> None:
    """An album whose tracks all say another title now is the same album."""
    shelve(old, *songs(range(10), "New"))
    assert albums(old) == {"New": 1, "Other": 2}


def test_most_tracks_have_it(old: Path) -> None:
    """What few tracks say that leave an album is another one."""
    shelve(old, *songs(range(3), "Few"))
    assert albums(old) == {"Old": 1, "Other": 2, "Few": 3}
    shelve(old, *songs(range(4, 9), "Most"))  # of Old two are left
    assert albums(old) == {"Most": 1, "Other": 2, "Few": 3, "Old": 4}
    shelve(old, *songs(range(3, 10), "Most"))
    assert albums(old) == {"Most": 1, "Other": 2, "Few": 3}


@pytest.mark.parametrize("many", [1, 2, 5, 7, 9])
def test_several_jobs_bring_what_one_would(old: Path, many: int) -> None:
    """In however many parts the new title comes, the album keeps its number."""
    for first in range(0, 10, many):
        shelve(old, *songs(range(first, min(10, first + many)), "New"), end=False)
    end_scan(old)
    assert albums(old) == {"New": 1, "Other": 2}


def test_an_album_that_takes_in_another_keeps_its_own(old: Path) -> None:
    """Also of another with more tracks it takes no number."""
    shelve(old, *songs(range(10, 14), "More"))
    shelve(old, *songs(range(10, 14), "Old"))
    assert albums(old) == {"Old": 1, "Other": 2}
    shelve(old, *songs(range(20, 34), "Equal"))
    shelve(old, *songs(range(20, 34), "Old"))
    assert albums(old) == {"Old": 1, "Other": 2}


def test_two_that_become_one_have_the_number_of_the_larger(data: Path) -> None:
    """Under a title that neither had."""
    shelve(data, *songs(range(4), "A"), *songs(range(4, 10), "B"))
    shelve(data, *songs(range(10), "Both"))
    assert albums(data) == {"Both": 2}


def test_what_left_has_the_album_and_its_makers(old: Path) -> None:
    """They are told by the new number, and the other one by what is left."""
    shelve(old, *[song(f"S{n}", "Eva", "New", n, path=f"/m/Ada/{n}.mp3") for n in range(8)])
    rows = store.writer(old).execute(
        "SELECT album.id, album.title, artist.name FROM album"
        " JOIN album_artist ON album_id = album.id JOIN artist ON artist.id = artist_id"
        " ORDER BY album.id"
    )
    assert rows.fetchall() == [(1, "New", "Eva"), (2, "Other", "Bob"), (3, "Old", "Ada")]
    shelve(old, *songs(range(10, 11), "Old"))  # by what the writer remembers
    assert albums(old) == {"New": 1, "Other": 2, "Old": 3}


@pytest.mark.parametrize("slice_", [4, 1000])
def test_other_rules_leave_numbers(
    data: Path, slice_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Albums that other rules named otherwise are the albums they were."""
    monkeypatch.setattr(regroup, "SLICE", slice_)
    with other_rules():
        shelve(data, *TRACKS)
    before = by_song(data)
    end_scan(data)
    now = by_song(data)
    assert [now[title] for title in "ADFO"] == [before[title] for title in "ADFO"]
    assert (now["B"], now["C"], now["E"]) == (now["A"], now["D"], now["F"])


def test_nothing_is_kept_before_a_scan_has_ended(data: Path) -> None:
    """There is no index then, and each album would have all tracks looked at."""
    shelve(data, *songs(range(3), "Old"), end=False)
    shelve(data, *songs(range(3), "New"), end=False)
    assert albums(data) == {"New": 2}


@pytest.mark.parametrize("scatter", [True, False])
def test_tracks_of_an_album_are_counted_once(
    data: Path, monkeypatch: pytest.MonkeyPatch, *, scatter: bool
) -> None:
    """However many others they went to, or came from: an album may have all tracks there are."""
    titles = ["One"] * 9, [f"Own {n}" for n in range(9)]
    before, after = titles if scatter else titles[::-1]
    shelve(data, *songs(range(20, 40), "One"))
    shelve(data, *(each for n, t in enumerate(before) for each in songs(range(n, n + 1), t)))
    counted: list[int] = []
    real = heirs._there
    monkeypatch.setattr(heirs, "_there", lambda on, album: counted.append(album) or real(on, album))
    moved = [each for n, t in enumerate(after) for each in songs(range(n, n + 1), t)]
    shelve(data, *moved, end=False)
    assert len(counted) == len(set(counted))
    assert 1 in counted
