"""Every screen in every size and state, from frozen snapshots, as text; colours as SVG."""

import pytest

from scripts.screenshots import in_cells
from tests.ui import fakes
from tests.ui.fake_results import Library
from tests.ui.goldens import FOLDER, SEEN, Goldens, picture
from tests.ui.pilots import console, quiet, settle
from tests.ui.tour import SCREENS, STATES, tour

PLAIN, WIDE, LARGE, SMALL = (80, 24), (120, 40), (160, 50), (60, 16)
SIZES = pytest.mark.parametrize("size", [PLAIN, WIDE, SMALL], ids=["80x24", "120x40", "60x16"])
LOOKED_AT = ("dash", "jobs", "errors", "queues", "results", "log", "trends")
SLOW = {"results", "launch", "recents", "jobs", "job", "dash"}
"""Screens that ask for more as soon as the keys have rested."""
SOON_S, REST_S = 0.05, 0.5


@pytest.fixture
def goldens(request):
    """The pictures that are kept; what differs from them is told in the end."""
    kept = Goldens(update=request.config.option.update_snapshots)
    yield kept
    assert not kept.wrong, "\n\n".join(kept.wrong)


def named(size, *words):
    """Return the name of a picture."""
    return "-".join([*words, f"{size[0]}x{size[1]}"])


async def show(led, goldens, name, screen, *keys):
    """Go to a screen, press keys there, and compare what it shows once all has come."""
    assert await led.to(screen), f"{screen} cannot be reached"
    for key in keys:
        await led.press(key)
        if len(key) > 1:  # a letter goes into a field
            await led.arrived()
            await led.still(SOON_S)
    await led.still(REST_S if screen in SLOW else SOON_S)
    goldens.compare(name, picture(led.app))


@SIZES
async def test_every_screen(size, goldens):
    """All screens of the table while work is running."""
    async with tour("running", size, minutes=400, eager=True) as led:
        for screen in SCREENS:
            if screen not in {"small", "filter"}:
                await show(led, goldens, named(size, screen), screen)
        await show(led, goldens, named(size, "filter"), "jobs", "slash", *"state:x ")
        await show(led, goldens, named(size, "help-2"), "help", "tab")


async def test_large_screens(goldens):
    """Where there is room for everything."""
    async with tour("running", LARGE, minutes=400, eager=True) as led:
        for screen in (*LOOKED_AT, "job", "launch", "help", "palette"):
            await show(led, goldens, named(LARGE, screen), screen)


@pytest.mark.parametrize("state", ["empty", "hostile", "ended"])
async def test_states(state, goldens):
    """Nothing yet, names that would command a terminal, all done: each list at 80x24."""
    fake = Library(STATES[state](), names=fakes.HOSTILE if state == "hostile" else None)
    if state == "hostile":
        fake.names = fakes.HOSTILE
    if state == "empty":
        fake.jobs, fake.log, fake.nothing = 0, [], True
    async with tour(fake=fake, eager=True) as led:
        for screen in LOOKED_AT:
            await show(led, goldens, named(PLAIN, state, screen), screen)


@pytest.mark.parametrize(
    "state",
    ["held", "full", "paused", "cancelling", "failed", "attached", "lost", "silent", "frozen"],
)
async def test_what_the_dash_says(state, goldens):
    """Everything that can be the matter is said on the dashboard, and in the lists."""
    async with tour(state, eager=True) as led:
        await show(led, goldens, named(PLAIN, state, "dash"), "dash")
        if state in {"held", "full"}:
            await show(led, goldens, named(PLAIN, state, "queues"), "queues")
        if state in {"lost", "silent", "frozen"}:
            await show(led, goldens, named(PLAIN, state, "jobs"), "jobs")


@SIZES
async def test_100_000_rows(size, goldens):
    """Long lists at their ends."""
    library = Library(fakes.running(), tracks=100_000)
    library.jobs = 100_000
    async with tour(fake=library, size=size, eager=True) as led:
        await show(led, goldens, named(size, "100000", "jobs"), "jobs", "end")
        await show(led, goldens, named(size, "100000", "results"), "results", "tab", "tab", "end")


async def test_too_small(goldens):
    """One line, whatever was shown."""
    async with tour("running", (52, 14)) as led:
        await led.still(SOON_S)
        goldens.compare(named((52, 14), "small"), picture(led.app))


async def test_poorest_terminal(goldens):
    """ASCII and no colours: nothing is told by colour alone."""
    async with tour("running", theme="mono", glyphs="ascii", eager=True) as led:
        for screen in (*LOOKED_AT, "job", "confirm"):
            await show(led, goldens, named(PLAIN, "ascii", screen), screen)


def test_no_picture_is_left_over(request):
    """A picture that nothing is compared with any more is taken away."""
    all_seen = {named(PLAIN, "results", "health"), named(PLAIN, "dash")} <= {
        name.removesuffix(".txt") for name in SEEN
    }
    if not all_seen or hasattr(request.config, "workerinput"):
        pytest.skip("only where all pictures are compared in one process")
    kept = {path.name for path in FOLDER.glob("*.txt")}
    assert kept == SEEN


@pytest.mark.parametrize("theme", ["soniq-dark", "soniq-light", "ansi", "high-contrast", "mono"])
def test_themes(snap_compare, theme):
    """Each theme once, with its colours."""

    async def press(pilot):
        await settle(pilot)
        await quiet(soon_s=0.3)
        await pilot.pause()

    app = console(Library(fakes.held()), theme=theme, can_detach=True)
    assert snap_compare(app, terminal_size=PLAIN, run_before=press)


def test_pictures_for_the_documents_have_the_widths_of_a_terminal():
    """A combining mark takes no room in them either."""
    svg = '<text class="r" x="0" y="20" textLength="48.8" clip-path="u">o&#776;&#160;a</text>'
    assert 'textLength="36.6" clip-path' in in_cells(svg)
    assert in_cells("<text>plain</text>") == "<text>plain</text>"
