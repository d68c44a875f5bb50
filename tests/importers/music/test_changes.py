"""Which files a scan found moved, gone or changed: counted, listed, and found by filters."""

import time
from pathlib import Path

from soniq_tui.importers.music import store
from soniq_tui.importers.music.library.tally import tally
from soniq_tui.importers.music.words import Moved, Track
from tests.importers.music.shelf import facts, names, page, shelve, song
from tests.importers.music.test_tally import again

HOUR_S = 3600.0


def moved(data: Path, old: Track, path: str) -> Moved:
    """Return a track's file under another name."""
    query = "SELECT id FROM file WHERE path = ?"
    (number,) = store.writer(data).execute(query, (old.path,)).fetchone()
    stat = (old.size, old.mtime_ns, old.ctime_ns, old.inode, old.device)
    return Moved(number, path.encode(), *stat)


def upheaval(data: Path, now_s: float) -> list[Track]:
    """Let four tracks be there for an hour, and then one be changed, one gone, one elsewhere."""
    tracks = [song(title, "Ada", number=n) for n, title in enumerate("ABCD", 1)]
    a, b, c, _ = tracks
    shelve(data, *tracks, at_s=now_s - HOUR_S)
    shelve(data, again(a), at_s=now_s - 30)
    shelve(data, vanished=(b.path,), at_s=now_s - 20)
    shelve(data, moved=(moved(data, c, "/n/c.mp3"),), at_s=now_s - 10)
    return tracks


def test_moved_files_are_counted(data: Path) -> None:
    """Those that are there under another name; not one that is back where it was, nor one gone."""
    now_s = time.time()
    a, b, c, _ = upheaval(data, now_s)
    counted = {"tracks_read_again": 1, "moved_files": 1, "missing_files": 1}
    assert tally(data, now_s - 60, 2) == counted
    assert tally(data, now_s - 60, 0) == {"missing_files": 1}
    shelve(data, moved=(moved(data, b, b.path.decode()),), at_s=now_s)
    assert tally(data, now_s - 60, 3) == {"tracks_read_again": 1, "moved_files": 1}
    shelve(data, vanished=(b"/n/c.mp3",), at_s=now_s)
    assert tally(data, now_s - 60, 1) == {"tracks_read_again": 1, "missing_files": 1}
    assert a.path != c.path


def test_filters_find_them(data: Path) -> None:
    """Each by how long ago it was; so they work in the console, in search and for purge."""
    upheaval(data, time.time())
    found = {name: names(data, text=f"{name}:1m") for name in ("changed", "moved", "gone")}
    assert found == {"changed": ["A"], "moved": ["C"], "gone": ["B"]}
    assert names(data, text="!moved:1h !gone:1h") == ["A", "D"]
    assert "'moved:soon': 7d:" in page(data, text="moved:soon").problem


def test_a_first_scan_changes_nothing(data: Path) -> None:
    """The list says where what is new stands; a catalogue in which nothing moved knows no moves."""
    shelve(data, song("A", "Ada"))
    empty = page(data, "changes")
    assert (empty.total, empty.empty[:7]) == (0, "no scan")
    assert page(data, "changes", "x").empty == "nothing fits"
    assert names(data, text="moved:1h") == []
    assert names(data, text="!moved:1h") == ["A"]


def test_the_list_of_changes(data: Path) -> None:
    """The newest first, with what happened; details tell where it was."""
    tracks = upheaval(data, time.time())
    rows = page(data, "changes").rows
    assert [(row.cells[0], row.cells[2].partition(" 20")[0]) for row in rows] == [
        ("C", "moved"),
        ("B", "gone since"),
        ("A", "read again"),
    ]
    assert (rows[0].cells[3], rows[1].muted) == ("/n/c.mp3", True)
    known = facts(data, "track", rows[0].key)
    assert known["Was at"] == tracks[2].path.decode()
    assert known["Moved"] == rows[0].cells[2].removeprefix("moved ")
    assert "Was at" not in facts(data, "track", rows[2].key)
    assert names(data, "changes", "title:a") == ["A"]
    assert names(data, "changes", sort="title") == ["A", "B", "C"]


def test_names_that_changed_places(data: Path) -> None:
    """Each was where the other is; what a forgotten file was called is forgotten with it."""
    a, b = song("A", "Ada"), song("B", "Ada", number=2)
    shelve(data, a, b)
    ways = (moved(data, a, b.path.decode()), moved(data, b, a.path.decode()))
    shelve(data, moved=ways)
    keys = {row.cells[0]: row.key for row in page(data).rows}
    assert facts(data, "track", keys["A"])["Was at"] == a.path.decode()
    assert facts(data, "track", keys["B"])["Was at"] == b.path.decode()
    connection = store.writer(data)
    connection.execute("DELETE FROM file WHERE id = ?", (ways[0].id,))
    assert connection.execute("SELECT file_id FROM moved").fetchall() == [(ways[1].id,)]


def test_a_name_that_was_taken(data: Path) -> None:
    """A file whose name another one has got was there all the same, when it is found elsewhere."""
    a, b = song("A", "Ada"), song("B", "Ada", number=2)
    shelve(data, a, b)
    elsewhere = moved(data, a, "/n/a.mp3")
    shelve(data, moved=(moved(data, b, a.path.decode()),))
    shelve(data, moved=(elsewhere,))
    keys = {row.cells[0]: row.key for row in page(data).rows}
    assert facts(data, "track", keys["A"])["Was at"] == a.path.decode()
    assert facts(data, "track", keys["B"])["Was at"] == b.path.decode()


def test_files_that_move_beside_new_ones_share_their_album(data: Path) -> None:
    """All that one job brings have a say in an album, those that are only found elsewhere too."""
    old = song("A", "Ada", "X", path="/m/Old/1.mp3", year=1990, date="1990")
    shelve(data, old)
    fresh = [
        song(title, "Ada", "X", n, path=f"/m/New/{n}.mp3", year=2000, date="2000")
        for n, title in enumerate("BCD", 2)
    ]
    shelve(data, *fresh, moved=(moved(data, old, "/m/New/9.mp3"),))
    assert [row.cells[:4] for row in page(data, "albums").rows] == [("X", "Ada", "2000", "4")]
