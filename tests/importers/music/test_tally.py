"""What a scan has changed, counted at what that costs and not what the library does."""

from pathlib import Path

import msgspec

from soniq_tui.importers.music import store
from soniq_tui.importers.music.library.tally import tally
from soniq_tui.importers.music.words import Track
from tests.importers.music.shelf import NOW_S, shelve, song

FIRST_S, LATER_S = NOW_S, NOW_S + 100


def again(track: Track, **fields: object) -> Track:
    return msgspec.structs.replace(track, mtime_ns=track.mtime_ns + 1, **fields)  # type: ignore[arg-type]


def test_new_again_and_missing(data: Path) -> None:
    """Of each it is told how many since a moment; what was there before is none of it."""
    a, b, c, d = (song(title, "Ada", number=n) for n, title in enumerate("ABCD", 1))
    shelve(data, a, b, c, at_s=FIRST_S)
    assert tally(data, FIRST_S, 3) == {"new_tracks": 3}
    assert tally(data, LATER_S, 3) == {}
    shelve(data, d, again(b), vanished=(c.path,), at_s=LATER_S)
    assert tally(data, LATER_S, 2) == {"new_tracks": 1, "tracks_read_again": 1, "missing_files": 1}
    assert tally(data, FIRST_S, 5) == {"new_tracks": 4, "missing_files": 1}
    assert tally(data, LATER_S + 1, 5) == {}


def test_read_twice_in_one_scan_is_counted_once(data: Path) -> None:
    """A file that is new and changes while the scan runs is new; an old one was read again."""
    a, b = song("A", "Ada"), song("B", "Ada", number=2)
    shelve(data, a, at_s=FIRST_S)
    for second in (0, 1):
        shelve(data, again(a, year=2000 + second), b, at_s=LATER_S + second, end=second > 0)
    assert tally(data, LATER_S, 4) == {"new_tracks": 1, "tracks_read_again": 1}


def test_a_track_known_again_is_not_new(data: Path) -> None:
    """What moved and was encoded anew keeps its day, so it was read again."""
    a = song("A", "Ada")
    shelve(data, a, at_s=FIRST_S)
    shelve(data, vanished=(a.path,), at_s=LATER_S)
    shelve(data, song("A", "Ada", path="/n/a.mp3"), at_s=LATER_S)
    assert tally(data, LATER_S, 1) == {"tracks_read_again": 1}


def steps(connection: store.Connection, since_s: float) -> int:
    """Return how many steps SQLite takes to count what was read."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection.set_progress_handler(step, 1)
    try:
        assert connection.execute(store.SQL["read_since"], (since_s,)).fetchone() == (1, 1)
    finally:
        connection.set_progress_handler(None, 1)
    return taken


def test_counting_costs_what_changed(data: Path) -> None:
    """Those read again are in an index of their own, the new ones have the highest numbers."""
    taken = []
    for more in range(2):
        first, *others = (song(f"{n}", f"B{more}", number=n) for n in range(1, 40))
        at_s = NOW_S + 10 * more
        shelve(data, first, *others, at_s=at_s)
        shelve(data, again(first), song("new", f"B{more}", number=99), at_s=at_s + 1)
        taken.append(steps(store.writer(data), at_s + 1))
    assert taken[0] == taken[1]
    explained = f"EXPLAIN QUERY PLAN {store.SQL['read_since']}"
    plan = [row[3] for row in store.writer(data).execute(explained, (NOW_S,))]
    assert "SEARCH track USING COVERING INDEX track_again (updated_at_s>?)" in plan
