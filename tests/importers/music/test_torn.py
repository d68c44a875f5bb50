"""Albums of which some tracks name who made them, and others nobody."""

from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.music import regroup, store, torn
from soniq_tui.importers.music.group import album_key, key_of_nobody
from soniq_tui.importers.music.words import Extracted, Track
from tests.importers.music.library import end_scan, insert
from tests.importers.music.shelf import names, page, shelve, track
from tests.importers.music.test_regroup import forget


def tracks(numbers: range, *makers: str, **said: Any) -> list[Track]:
    """Return tracks of files that always lie where they did."""
    fields = {"album": "Best", "artists": ("Guest",), "album_artists": makers} | said
    folder = fields.pop("folder", "/m/Best")
    return [track(f"{folder}/{n}.mp3", title=f"S{n}", track=n, **fields) for n in numbers]


def albums(data: Path) -> list[tuple[str, str, int]]:
    """Return makers, title and number of tracks of each album in view."""
    rows = page(data, "albums").rows
    return sorted((row.cells[1], row.cells[0], int(row.cells[3])) for row in rows)


def ids(data: Path) -> set[int]:
    return {row[0] for row in store.writer(data).execute("SELECT DISTINCT album_id FROM track")}


@pytest.mark.parametrize("order", [1, -1])
def test_those_that_name_nobody_join_the_others(data: Path, order: int) -> None:
    """Whichever came first, whoever sings, and on whichever disc; then all are settled."""
    parts = [tracks(range(3), "Ada"), tracks(range(3, 9), folder="/m/Best/CD2")]
    for part in parts[::order]:
        shelve(data, *part)
    assert albums(data) == [("Ada", "Best", 9)]
    assert names(data, "albums", "ada") == ["Best"]
    assert not names(data, "artists", "various")
    (open_,) = (
        store.writer(data)
        .execute(
            "SELECT (SELECT count(*) FROM album WHERE NOT settled)"
            " + (SELECT count(*) FROM artist WHERE NOT settled)"
        )
        .fetchone()
    )
    assert not open_
    before = store.writer(data).total_changes
    assert not list(torn.mend(store.writer(data)))
    assert store.writer(data).total_changes == before


@pytest.mark.parametrize(
    ("makers", "said"),
    [
        (["Ada"], {"album": "Worst"}),
        (["Ada"], {"album_version": "Live"}),
        (["Ada"], {"folder": "/m/elsewhere"}),
        (["Ada"], {"musicbrainz_album_id": "6a1d7b44-90c0-4d9e-9c4e-111111111111"}),
        (["Various Artists"], {"album": "Worst"}),
    ],
)
def test_other_albums_stay_apart(data: Path, makers: list[str], said: dict[str, Any]) -> None:
    """Another title, version, folder or release is another album."""
    shelve(data, *tracks(range(3), *makers), *tracks(range(3, 6), **said))
    assert [count for *_, count in albums(data)] == [3, 3]


@pytest.mark.parametrize("others", [["Bea"], ["Various Artists"], ["Ada", "Bea"]])
def test_where_they_do_not_agree_nothing_is_joined(data: Path, others: list[str]) -> None:
    """Two names, or a collection beside a name: who names nobody may be of either."""
    shelve(data, *tracks(range(3), "Ada"), *tracks(range(3, 6)))
    shelve(data, *tracks(range(6, 9), *others))
    joined = others == ["Various Artists"]
    assert sorted(count for *_, count in albums(data)) == [3, 6] if joined else [3, 3, 3]


def test_they_part_when_nobody_names_anyone_any_more(data: Path) -> None:
    """Tagged otherwise, gone, or named by two: they are what a scan of all would make of them."""
    shelve(data, *tracks(range(3), "Ada"), *tracks(range(3, 9)))
    empty = "DELETE FROM album WHERE id NOT IN (SELECT album_id FROM track)"
    assert store.writer(data).execute(empty).rowcount == 1  # as when what is gone is forgotten
    shelve(data, *tracks(range(1), "Bea"))
    assert sorted(count for *_, count in albums(data)) == [1, 2, 6]
    shelve(data, *tracks(range(1), "Ada"))
    assert albums(data) == [("Ada", "Best", 9)]
    shelve(data, *tracks(range(3), "Cem"))
    assert albums(data) == [("Cem", "Best", 9)]
    insert(data, Extracted(vanished=tuple(b"/m/Best/%d.mp3" % n for n in range(3))))
    end_scan(data)
    assert albums(data) == [("Cem", "Best", 3), ("Guest", "Best", 6)]


def test_only_titles_with_a_new_or_changed_album_are_looked_at(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large library all others stay as they are, torn or not."""
    for album in ("One", "Two", "Three"):
        said = {"album": album, "folder": f"/m/{album}"}
        for first, *makers in ((3, "Ada"), (6, "Bea"), (0,)):
            shelve(data, *tracks(range(first, first + 3), *makers, **said))
    looked: list[str] = []
    real = torn._join
    monkeypatch.setattr(
        torn,
        "_join",
        lambda on, titled, left: looked.append(titled.nobody) or real(on, titled, left),
    )
    shelve(data, *tracks(range(9, 12), "Eve", album="Two", folder="/m/Two"))
    assert len(looked) == 1
    shelve(data, *tracks(range(3), date="1999", album="Three", folder="/m/Three"))
    assert len(looked) == 2
    shelve(data, *tracks(range(3), album="Four", folder="/m/Four"))
    assert len(looked) == 2


def test_a_new_album_with_the_number_of_an_old_one_is_looked_at(data: Path) -> None:
    """As when all that name nobody have another title now, under which others name somebody."""
    shelve(data, *tracks(range(3), "Ada"), *tracks(range(3, 9), album="Old"))
    before = ids(data)
    shelve(data, *tracks(range(3, 9)))
    assert albums(data) == [("Ada", "Best", 9)]
    assert ids(data) < before


def test_the_album_keeps_its_number(data: Path) -> None:
    """Though the greater part of it is read anew, which comes as an album of its own first."""
    shelve(data, *tracks(range(3), "Ada"), *tracks(range(3, 9)))
    before = ids(data)
    shelve(data, *tracks(range(2, 9), date="1999"))
    assert ids(data) == before
    shelve(data, *tracks(range(9), "Ada"))
    assert ids(data) == before


def test_tracks_of_a_mended_album_are_not_grouped_anew(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other rules look at all tracks; those that were joined belong where they are."""
    shelve(data, *tracks(range(3), "Ada"), *tracks(range(3, 9)))
    forget()
    moved: list[object] = []
    monkeypatch.setattr(regroup, "RULES", 0)
    monkeypatch.setattr(regroup, "group_anew", lambda _, some: moved.extend(some))
    end_scan(data)
    assert moved == []
    assert albums(data) == [("Ada", "Best", 9)]


def test_keys_of_nobody() -> None:
    """They are those of the same tracks without their album artists."""
    (one,), (other,) = tracks(range(1), "Ada", "Bea"), tracks(range(1))
    key, nobody = album_key(one), album_key(other)
    assert key
    assert key != nobody
    assert key_of_nobody(key) == nobody == key_of_nobody(nobody or "")
