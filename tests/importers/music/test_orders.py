"""The order of a long list is kept between its pages, as long as it is true."""

from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import stamps
from soniq_tui.importers.music.library import listing, lists, orders
from tests.importers.music.shelf import NOW_S, names, page, shelve, song

SONGS = [song(f"S{n:02}", f"A{n % 7}", f"B{n % 5}", n, year=1990 + n % 3) for n in range(30)]


@pytest.fixture
def shelf(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Long ago written, and long from four tracks on."""
    monkeypatch.setattr(listing, "SORTED_FEW", 4)
    monkeypatch.setattr(stamps, "racy", lambda _: False)
    monkeypatch.setattr(orders, "_kept", [])
    shelve(data, *SONGS)
    return data


@pytest.fixture
def sorts(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Gathers the orders in which all of a list was sorted."""
    made: list[object] = []
    real = listing._ordered

    def ordered(look: Any, limits: Any, order: Any) -> list[int]:
        made.append(order)
        return real(look, limits, order)

    monkeypatch.setattr(listing, "_ordered", ordered)
    return made


@pytest.mark.parametrize("sort", ["year", "artist", "album", "number", "time"])
@pytest.mark.parametrize("descending", [False, True])
def test_pages_are_parts_of_one_order(
    shelf: Path, sorts: list[object], sort: str, descending: bool
) -> None:
    """All of it is sorted once, for whichever page asks first; the pages come to all of it."""
    whole = names(shelf, sort=sort, descending=descending)
    orders._kept.clear()
    sorts.clear()
    pages = {
        at: names(shelf, sort=sort, descending=descending, offset=at, limit=3)
        for at in (15, 12, 0, 3, 6, 9, 18, 21, 24, 27, 30)
    }
    assert [name for at in sorted(pages) for name in pages[at]] == whole
    assert len(sorts) == 1


def test_near_the_ends_nothing_is_kept(shelf: Path, sorts: list[object]) -> None:
    """Few rows are found without sorting the rest."""
    assert len(names(shelf, sort="year", limit=3)) == 3
    assert len(names(shelf, sort="year", offset=27, limit=3)) == 3
    assert sorts == []


def test_another_question_has_an_order_of_its_own(shelf: Path) -> None:
    """What is searched for, by which column, which way, and of which kind."""
    asked: list[dict[str, Any]] = [
        {"sort": "year"},
        {"sort": "year", "descending": True},
        {"sort": "number"},
        {"sort": "year", "text": "year:1991"},
        {"sort": "year", "view": "albums"},
        {"sort": "tracks", "view": "albums"},
        {"sort": "title", "view": "albums"},
    ]
    first = [names(shelf, **each, offset=1, limit=8) for each in asked]
    for each, before in zip(asked, first, strict=True):
        orders._kept.clear()
        assert names(shelf, **each, offset=1, limit=8) == before


@pytest.mark.parametrize("view", ["tracks", "albums"])
def test_what_was_written_since_is_seen(shelf: Path, view: str) -> None:
    """By whomever: the writer, or somebody who changes one thing beside it."""
    before = names(shelf, view, sort="year")
    shelve(shelf, song("New", "Zed", "New", 1, year=1900))
    assert names(shelf, view, sort="year") == ["New", *before]
    with store.changing(shelf) as connection:
        connection.execute("DELETE FROM track WHERE title = 'New'")
    assert names(shelf, view, sort="year") == before


def test_nothing_is_kept_while_clocks_cannot_tell(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that is yet to come may leave the same time on the file as the last one."""
    shelve(data, *SONGS)
    stats = [(data / name).stat() for name in ("library.db", "library.db-wal")]
    last_ns = max(max(stat.st_mtime_ns, stat.st_ctime_ns) for stat in stats)
    monkeypatch.setattr(stamps, "now_ns", lambda: last_ns + stamps.COARSE_NS + 1)
    assert orders.stamp(data)
    monkeypatch.setattr(stamps, "now_ns", lambda: last_ns + 1)
    assert orders.stamp(data) is None
    assert list(orders.keep(None, ("x",), lambda: [1])) == [1]
    assert list(orders.keep(None, ("x",), lambda: [2])) == [2]
    assert orders.held(None, ("x",)) is None


@pytest.mark.parametrize(
    ("view", "asked"),
    [
        ("tracks", {"text": "!live"}),
        ("tracks", {"text": "added:1d", "sort": "year"}),
        ("tracks", {"text": "path:m", "sort": "artist"}),
        ("recent", {}),
        ("albums", {"text": "b"}),
        ("albums", {"text": "changed:1d !changed:1d"}),
        ("artists", {"text": "a"}),
        ("all", {"text": "s"}),
        ("health", {}),
        ("health", {"key": "same-recording"}),
    ],
)
def test_what_fits_is_looked_for_once(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, view: str, asked: dict[str, str]
) -> None:
    """A page that comes later asks neither what fits nor, far from the ends, in which order."""
    monkeypatch.setattr(listing, "SORTED_MOST", 4)
    monkeypatch.setattr(lists.time, "time", lambda: NOW_S + 40.0)
    page(shelf, view, **asked, offset=14, limit=2)
    kept = list(orders._kept)
    assert kept
    monkeypatch.setattr(lists.time, "time", lambda: NOW_S + 41.0)
    page(shelf, view, **asked, offset=12, limit=2)
    assert orders._kept == kept
