"""One search over all that was imported, each kind of thing in its turn."""

from pathlib import Path

import pytest

from soniq_tui.importers.music import importer
from soniq_tui.importers.music.library.listing import LISTS
from tests.importers.music.shelf import about, broken, page, shelve, song
from tests.ui.fakes import HOSTILE


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("everything")
    shelve(
        data,
        song("Blue", "Joni Mitchell", "Blue", 1, year=1971),
        song("Carey", "Joni Mitchell", "Blue", 2, year=1971),
        song("Blue Train", "John Coltrane", "Blue Train", 1, year=1957),
        song("Song", "Blue", "Boys", 1, year=1999),
        song("Sinnerman", "Nina Simone", "Baltimore", 9, year=1965),
        broken=(broken("/m/blue movie.mp3"), broken("/m/other.mp3")),
    )
    words = {"name": "Blue hours", "query": "train"}
    importer.deeds["playlist.save"](data, words)
    return data


def told(found) -> list[tuple[str, str]]:
    return [(row.cells[0], row.cells[1]) for row in found.rows]


def test_each_kind_in_its_turn(shelf: Path) -> None:
    """Artists, albums, tracks, playlists, errors; each row says what it is."""
    found = page(shelf, "all", "blue")
    assert found.title == "Everything"
    assert told(found) == [
        ("artist", "Blue"),
        ("album", "Blue"),
        ("album", "Blue Train"),
        ("album", "Boys"),
        ("track", "Blue"),
        ("track", "Blue Train"),
        ("track", "Song"),
        ("track", "Carey"),
        ("playlist", "Blue hours"),
        ("error", "/m/blue movie.mp3"),
    ]
    assert found.total == 10
    assert {len(row.cells) for row in found.rows} == {len(found.columns)}


def test_rows_lead_where_those_of_their_own_lists_do(shelf: Path) -> None:
    """What a row opens, or its details, is that of the thing itself."""
    rows = {row.kind: row for row in reversed(page(shelf, "all", "blue").rows)}
    assert page(shelf, rows["artist"].opens, key=rows["artist"].key).title == "Albums of Blue"
    assert page(shelf, rows["album"].opens, key=rows["album"].key).title == "Blue"
    assert page(shelf, rows["playlist"].opens, key=rows["playlist"].key).total == 1
    for kind in ("artist", "album", "track", "playlist", "error"):
        assert about(shelf, kind, rows[kind].key).facts


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8])
def test_pages_of_any_size_are_parts_of_the_whole(shelf: Path, size: int) -> None:
    """A page that goes over from one kind to the next neither loses nor repeats a row."""
    whole = page(shelf, "all", "blue")
    parts = []
    for offset in range(0, 12, size):
        part = page(shelf, "all", "blue", offset=offset, limit=size)
        assert part.total == whole.total
        parts += part.rows
    assert tuple(parts) == whole.rows


def test_filters_mean_music_alone(shelf: Path) -> None:
    """``year:`` says nothing of playlists and broken files: they are left out."""
    assert told(page(shelf, "all", "year:1971")) == [
        ("artist", "Joni Mitchell"),
        ("album", "Blue"),
        ("track", "Blue"),
        ("track", "Carey"),
    ]


def test_without_words_nothing_is_listed(shelf: Path) -> None:
    """An empty search says what to type; one that finds nothing, and a wrong one, say so."""
    empty = page(shelf, "all")
    assert (empty.total, empty.rows) == (0, ())
    assert "words find artists" in empty.empty
    assert page(shelf, "all", "zebra").empty == "nothing fits"
    assert "there is no filter 'colour:'" in page(shelf, "all", "colour:red").problem
    assert "cannot be sorted" in page(shelf, "all", "blue", sort="name").problem
    assert "all" in dict(LISTS)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words(shelf: Path, text: str) -> None:
    """Whatever is typed, the answer is a page or a problem in words."""
    found = page(shelf, "all", text)
    assert found.total == len(found.rows)
