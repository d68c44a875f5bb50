"""Pictures of the screen of results, from a frozen library: as text; covers as SVG."""

import pytest

from tests.ui import fakes
from tests.ui.fake_results import Library
from tests.ui.goldens import picture
from tests.ui.pilots import console, quiet, settle
from tests.ui.test_snapshots import REST_S, SIZES, SOON_S, goldens, named
from tests.ui.tour import tour

__all__ = ["goldens"]  # the fixture
PLAIN, WIDE = (80, 24), (120, 40)
ONE = [*["down"] * 4, "enter"]
"""Leads to the albums of Nina Simone."""
WAYS = {
    "artists": ["down"],
    "albums": [*ONE, "down"],
    "tracks": [*ONE, "enter", "end"],
    "thing": ["tab", "tab", "i"],
    "search": ["slash", *"touré"],
    "problem": ["slash", *"year:x"],
    "name": [*ONE, "enter", "p", *"Blue"],
    "health": ["shift+tab", "shift+tab"],
    "files": ["shift+tab", "shift+tab", "enter"],
    "everything": ["ctrl+f", *"blues"],
}


@SIZES
async def test_lists(size, goldens):
    """What the lists lead to, in every size."""
    for name, keys in WAYS.items():
        library = Library(fakes.running())
        library.with_all = name == "everything"
        async with tour(fake=library, size=size, eager=True) as led:
            await led.to("results")
            for key in keys:
                await led.press(key)
                if len(key) > 1:  # a letter goes into a field
                    await led.arrived()
                    await led.still(SOON_S)
            await led.still(REST_S)
            goldens.compare(named(size, "results", name), picture(led.app))


def covers(snap_compare, size, *keys, **how):
    """Compare one screen with its picture, once the cursor has rested."""

    async def press(pilot):
        await settle(pilot)
        for key in ("4", *keys):
            await pilot.press(key)
            await settle(pilot)
        await quiet(soon_s=0.5)
        await pilot.pause()

    app = console(Library(fakes.running()), **how)
    return snap_compare(app, terminal_size=size, run_before=press)


def test_cover_beside_a_list(snap_compare):
    """Wide screens show the cover of the marked track."""
    assert covers(snap_compare, WIDE, *ONE, "enter", "end")


def test_cover_in_full(snap_compare):
    """The cover beside the facts, on a screen of its own."""
    assert covers(snap_compare, PLAIN, "tab", "tab", "i")


@pytest.mark.parametrize("theme", ["soniq-light", "mono"])
def test_covers_in_themes(snap_compare, theme):
    """Where there are few colours there is no picture."""
    glyphs = "ascii" if theme == "mono" else "unicode"
    assert covers(snap_compare, WIDE, "tab", "tab", theme=theme, glyphs=glyphs)
