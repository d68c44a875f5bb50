"""Pictures of the screen of results, from a frozen library."""

import pytest

from tests.ui import fakes
from tests.ui.fake_results import Library
from tests.ui.pilots import console, settle

PLAIN, WIDE, SMALL, HUGE = (80, 24), (120, 40), (60, 16), (160, 50)
SIZES = pytest.mark.parametrize("size", [PLAIN, WIDE, SMALL], ids=["80x24", "120x40", "60x16"])


def picture(snap_compare, library, size, *keys, **how):
    """Compare one screen with its picture, once typing and cursor have rested."""

    async def press(pilot):
        await settle(pilot)
        for key in ("4", *keys):
            await pilot.press(key)
            await settle(pilot)
        await pilot.pause(0.5)

    return snap_compare(console(library, **how), terminal_size=size, run_before=press)


def library(**how):
    """Return an engine with a library."""
    return Library(fakes.running(), **how)


@SIZES
def test_artists(snap_compare, size):
    """The list one begins with, names in many scripts."""
    assert picture(snap_compare, library(), size, "down")


@SIZES
def test_albums_of_one(snap_compare, size):
    """The albums of an artist."""
    assert picture(snap_compare, library(), size, *["down"] * 4, "enter", "down")


@pytest.mark.parametrize(
    "size", [PLAIN, WIDE, SMALL, HUGE], ids=["80x24", "120x40", "60x16", "160x50"]
)
def test_tracks(snap_compare, size):
    """The tracks of an album; wide screens show the cover of the marked one."""
    assert picture(snap_compare, library(), size, *["down"] * 4, "enter", "enter", "end")


@pytest.mark.parametrize("size", [PLAIN, SMALL], ids=["80x24", "60x16"])
def test_a_track_in_full(snap_compare, size):
    """The cover beside the facts, on a screen of its own."""
    assert picture(snap_compare, library(), size, "tab", "tab", "enter")


@SIZES
def test_search(snap_compare, size):
    """A search with accents while it is typed."""
    assert picture(snap_compare, library(), size, "slash", *"touré")


@SIZES
def test_search_of_everything(snap_compare, size):
    """Artists, tracks and broken files in one list, each with what it is."""
    every = library()
    every.with_all = True
    assert picture(snap_compare, every, size, "slash", "slash", *"n")


def test_problem(snap_compare):
    """A search that makes no sense says so under the line."""
    assert picture(snap_compare, library(), PLAIN, "slash", *"year:x")


@SIZES
def test_empty(snap_compare, size):
    """Nothing scanned yet, and what to do about it."""
    empty = Library(fakes.idle())
    empty.nothing = True
    assert picture(snap_compare, empty, size)


@pytest.mark.parametrize("size", [PLAIN, WIDE], ids=["80x24", "120x40"])
def test_health(snap_compare, size):
    """The report on the health of the library, and the files behind a check."""
    keys = ["shift+tab", "shift+tab", *(["enter"] if size is PLAIN else [])]
    assert picture(snap_compare, library(), size, *keys)


def test_hostile(snap_compare):
    """Names that would command a terminal are shown as what they are."""
    assert picture(snap_compare, library(names=fakes.HOSTILE), WIDE, "down")


@SIZES
def test_100_000_tracks(snap_compare, size):
    """A list of 100,000, its cursor on the last row."""
    assert picture(snap_compare, library(tracks=100_000), size, "tab", "tab", "end")


@pytest.mark.parametrize("theme", ["soniq-light", "ansi", "high-contrast", "mono"])
def test_themes(snap_compare, theme):
    """Each theme once; where there are few colours the picture is in shades."""
    glyphs = "ascii" if theme == "mono" else "unicode"
    assert picture(snap_compare, library(), WIDE, "tab", "tab", theme=theme, glyphs=glyphs)
