"""What a scan of an unchanged library, a watch or a key press asks does not read all of it."""

from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.music import store, torn
from soniq_tui.importers.music.covers.batch import SQL as COVERS
from soniq_tui.importers.music.discovery.sums import SQL as SUMS
from soniq_tui.importers.music.library import find
from soniq_tui.importers.music.library.find import SQL as LIBRARY
from soniq_tui.importers.music.store import Connection
from tests.importers.music.shelf import broken, shelve, song

BELOW = (b"/m/", b"/m0")
UNSETTLED = ["SCAN album USING INDEX album_unsettled", "SCAN artist USING INDEX artist_unsettled"]


@pytest.fixture
def library(data: Path) -> Connection:
    """A catalogue whose first scan has ended."""
    shelve(data, *(song(f"{n}", f"Artist {n % 7}", f"Album {n % 9}", n) for n in range(1, 60)))
    return store.writer(data)


def plan(library: Connection, text: str, values: Any = ()) -> list[str]:
    return [row[3] for row in library.execute(f"EXPLAIN QUERY PLAN {text}", values)]


def scans(lines: list[str], *tables: str) -> list[str]:
    """Return which tables are gone through as a whole, and by which index."""
    return [each for each in lines if each.split()[0] == "SCAN" and each.split()[1] in tables]


def test_nothing_to_settle_is_found_without_looking_at_albums_and_artists(
    library: Connection,
) -> None:
    """A watch asks each time something was written, a scan at its end."""
    assert scans(plan(library, store.SQL["owing"]), "album", "artist") == UNSETTLED
    for name, line in zip(("unsettled_albums", "unsettled_artists"), UNSETTLED, strict=True):
        assert plan(library, store.SQL[name], (9,)) == [line]


def test_what_became_of_a_file_is_told_by_indexes(library: Connection) -> None:
    """A retry asks it of each file that is not there: of thousands, where a disk is away."""
    lines = plan(library, store.SQL["is_gone_or_moved"], (b"/x", 1, 2, 3))
    assert not scans(lines, "file", "scan_error"), lines


def test_no_new_pictures_are_found_without_looking_at_files(library: Connection) -> None:
    """A scan ends with asking for those that nobody has looked at."""
    lines = plan(library, COVERS["pictures_to_look_at"], (False, -1))
    assert not scans(lines, "file", "track"), lines
    assert any("INDEX track_cover" in line for line in lines), lines


def test_a_track_in_playlists_is_found_by_its_number(library: Connection) -> None:
    """A library that was encoded anew has each of its tracks looked for there."""
    lines = plan(library, store.SQL["renumber_in_playlists"], (1, 2))
    assert lines == ["SEARCH playlist_track USING COVERING INDEX playlist_track_track (track_id=?)"]


def test_albums_that_have_tracks_are_told_by_an_index(library: Connection) -> None:
    """A row of a track is long, and a list of albums asks nothing of it."""
    library.create_function("sortable", 1, str)
    for name in ("albums", "artists", "artist_albums"):
        lines = plan(library, LIBRARY[name].format(where="1", order="1"))
        assert scans(lines, "track") == ["SCAN track USING COVERING INDEX track_album"], lines


def test_how_many_were_there(data: Path, library: Connection) -> None:
    """Counted by their paths alone; what is gone, or lies elsewhere, is left out."""
    lines = plan(library, SUMS["there"], BELOW)
    assert "SCAN file USING INDEX file_missing" in lines
    assert any("file USING COVERING INDEX" in line for line in lines), lines
    elsewhere = song("x", "y", path="/n/x.mp3")
    unreadable = (broken("/m/x"), broken("/n/y"), broken("/m/Artist 1/Album 1/01 1.mp3"))
    shelve(data, elsewhere, broken=unreadable)
    assert library.execute(SUMS["there"], BELOW).fetchone() == (60,)
    library.execute("UPDATE file SET missing = 1 WHERE id <= 5 OR path >= x'2f6e'")
    missing = library.execute(
        "SELECT count(*) FROM file WHERE missing AND path < x'2f6e'"
    ).fetchone()[0]
    assert missing == 5
    assert library.execute(SUMS["there"], BELOW).fetchone() == (55,)


@pytest.mark.parametrize("searched", [0, 30, 57, 59])
@pytest.mark.parametrize("limit", [1, 4, 100])
def test_what_the_index_of_words_lacks(library: Connection, searched: int, limit: int) -> None:
    """The newest first, those with old words among them; found without the others."""
    library.execute("INSERT INTO unsearched VALUES (2), (58), (40), (900)")
    values = {"searched": searched, "limit": limit}
    lacking = sorted({2, 40, 58, *range(searched + 1, 60)}, reverse=True)
    found = [row[0] for row in library.execute(LIBRARY["unindexed"], values)]
    assert found == lacking[:limit]
    lines = plan(library, LIBRARY["unindexed"], values)
    assert not scans(lines, "track", "file"), lines


def test_old_words_do_not_hide_a_track(data: Path, library: Connection) -> None:
    """A search finds a track by its new title before the index has it."""
    library.execute("UPDATE track SET title = 'Nightingale' WHERE id = 3")
    library.execute("INSERT INTO unsearched VALUES (3)")
    with store.looking(data) as connection:
        assert connection is not None
        found = find.tracks(connection, find.Search((find.Words(("nightingale",)),)))
    assert found is not None
    assert found.ids == [3]


def test_what_moved_is_looked_up_from_what_moved(library: Connection) -> None:
    """A scan ends with counting it, and the list of changes holds it."""
    library.execute("ANALYZE file")  # nobody counts a table that was made since
    library.execute(store.SQL["make_moved"])
    counted = plan(library, store.SQL["moved_since"], (1.0,))
    assert not scans(counted, "file"), counted
    listed = plan(library, LIBRARY["changes"].format(moved=LIBRARY["moved"]))
    assert scans(listed, "track") == ["SCAN track USING COVERING INDEX track_again"], listed


def test_albums_that_are_new_or_have_changed_are_found_without_looking_at_others(
    library: Connection,
) -> None:
    """A watch asks each time something was written which titles may be torn."""
    lines = plan(library, torn.SQL["touched"], (9,))
    assert [line for line in lines if "album" in line] == [
        "SEARCH album USING INTEGER PRIMARY KEY (rowid>?)",
        UNSETTLED[0],
    ]


def test_faults_under_names_that_are_left_are_found_by_inode(data: Path) -> None:
    """Each job of a scan that finds thousands of broken files asks for them."""
    shelve(data, broken=(broken("/m/bad.mp3"),), end=False)
    lines = plan(store.writer(data), store.SQL["broken_of_inodes"], (b"[1]",))
    assert not scans(lines, "scan_error"), lines
