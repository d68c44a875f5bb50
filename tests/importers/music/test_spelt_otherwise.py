"""Names that people write in one, and others apart."""

from pathlib import Path

import pytest

from soniq_tui.importers.music.library import playlists
from soniq_tui.importers.music.library.search import Words, otherwise, parse
from tests.importers.music.shelf import names, page, shelve, song

BANDS = ("AC/DC", "R.E.M.", "blink-182", "a-ha", "MGMT", "\u0411\u0418-2", "Rem Koolhaas", "To Day")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("shelf")
    shelve(
        data, *(song(f"Hit {n}", band) for n, band in enumerate(BANDS)), song("Today", "Pumpkins")
    )
    return data


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("acdc", ["AC/DC"]),
        ("hit ACDC", ["AC/DC"]),
        ("artist:acdc", ["AC/DC"]),
        ("blink182", ["blink-182"]),
        ("aha", ["a-ha"]),
        ("\u0431\u04382", ["\u0411\u0418-2"]),
        ("m/g/m/t", ["MGMT"]),
        ("m.g.m.t.", ["MGMT"]),
        ("m g m t", []),  # four words
        ("today", ["Pumpkins"]),  # it stands there as it is
        ("rem", ["Rem Koolhaas"]),
        ("reme", []),
        ("acd", []),
        ("title:acdc", []),
        ("!acdc rem", ["Rem Koolhaas"]),
        ("acdc !hit", []),
    ],
)
def test_what_stands_nowhere_is_looked_for_otherwise(
    shelf: Path, text: str, found: list[str]
) -> None:
    """A word in parts, and what has signs between in one; in each list, and while a scan runs."""
    assert [row.cells[1] for row in page(shelf, text=text).rows] == found
    if found and text.isalnum() and text != "today":  # which is a title
        assert names(shelf, "artists", text) == found


def test_tracks_that_are_not_in_the_index_yet(data: Path) -> None:
    """While a scan runs its newest tracks are found so, too."""
    shelve(data, song("One", "AC/DC"), end=False)
    assert names(data, text="acdc") == ["One"]


def test_playlists_are_made_of_what_was_seen(shelf: Path) -> None:
    """A playlist of a search holds what the search has shown."""
    assert playlists.save(shelf, {"name": "x", "query": "acdc"}) == "playlist 'x' saved: 1 track"


def test_ways_to_write() -> None:
    """Two parts of two letters and more, or all letters apart; of few letters any two parts."""
    (words,) = parse("artist:acdc", 0.0).words
    assert otherwise(words).others == (
        ("a", "cdc"),
        ("ac", "dc"),
        ("acd", "c"),
        ("a", "c", "d", "c"),
    )
    assert otherwise(Words(("pumpk",))).others == (("pu", "mpk"), ("pum", "pk"), tuple("pumpk"))
    assert otherwise(Words(("ab",))).others == (("a", "b"),)
    assert otherwise(Words(("a",))).others == ()
    assert otherwise(Words(("a" * 100,))).others == ()
    assert otherwise(Words(("ac", "dc"))).others == (("acdc",),)
    assert otherwise(Words((), sign="!!!")).others == ()
