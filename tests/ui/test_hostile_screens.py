"""Whatever names, tags and pages hold, the terminal is sent frames and nothing else."""

import asyncio

import pytest
from rich.cells import cell_len
from textual.app import App

from benchmarks.painted import Painted
from soniq_tui.model.text import shown
from tests.ui import fakes
from tests.ui.fake_results import Library
from tests.ui.hostile import KINDS, STRINGS, HostileLibrary
from tests.ui.pilots import catch_up, text_of
from tests.ui.tour import SCREENS, tour

pytestmark = pytest.mark.timeout(120)
OPENINGS, TURNS = 4, 6
"""At most so often a screen is opened, and so often it shows something new before it is closed."""
NARROW = ("results", "launch")
WIDE = ("dash", "jobs", "results")
"""Screens that other code lays out in a small or a large terminal; what shows lines is the same."""


@pytest.fixture
def terminal(monkeypatch):
    """A terminal that is sent what a real one would be."""
    screens = []

    def display(app, _screen, frame):
        if not screens or (screens[-1].columns, screens[-1].rows) != tuple(app.size):
            screens.append(Painted(app.size.height, app.size.width))
            app.sent.forget()
        if hasattr(frame, "render_segments"):
            sent = frame.render_segments(app.console)
            screens[-1].feed(sent.encode("utf-8", "replace"))

    monkeypatch.setattr(App, "_display", display)
    return screens


async def check(terminal, app):
    """Compare what the terminal shows with what the screen is, as soon as all is painted."""
    for _ in range(40):
        catch_up(app)
        shown_now, wanted = terminal[-1].text.rstrip(), text_of(app).rstrip()
        if app.top.over or shown_now == wanted:  # a question stands over another screen
            break
        await asyncio.sleep(0.01)
    else:
        assert shown_now == wanted
    for screen in terminal:
        assert screen.strange == []
        assert screen.spilled == []
    assert all(cell_len(line) <= app.size.width for line in terminal[-1].lines)


def test_there_are_strings_of_every_kind():
    """What the screens are shown is at least what was thought of."""
    assert len(STRINGS) >= 200
    assert all(KINDS.values())


@pytest.mark.parametrize(
    ("screen", "size"),
    [
        *((s, (80, 24)) for s in SCREENS if s not in {"small", "filter"}),
        *((s, (160, 50)) for s in WIDE),
        *((s, (60, 16)) for s in NARROW),
    ],
    ids=str,
)
async def test_no_text_commands_the_terminal(screen, size, terminal):
    """All strings go through each screen; what is painted is what the screen is, cell by cell."""
    fake = HostileLibrary(fakes.held())
    async with tour(fake=fake, size=size) as led:
        begun = fake.poison.given
        for _ in range(OPENINGS):
            assert await led.to(screen)
            for turn in range(TURNS):
                fake.move()
                await led.press("pagedown" if turn % 8 else "end")
                led.app._show(fake.now)
                await led.rest()
                await check(terminal, led.app)
            if fake.poison.given - begun > len(STRINGS):
                break


@pytest.mark.parametrize("kind", ["markup", "right to left", "wide"])
async def test_no_bracket_is_eaten(kind):
    """What is harmless is shown as it is."""
    names = [name for name in KINDS[kind] if len(name) < 40]
    async with tour(fake=fakes.FakeClient(jobs=len(names), names=names), size=(120, 40)) as led:
        await led.to("jobs")
        lines = text_of(led.app)
        assert [name for name in names if shown(name).strip() not in lines] == []
    library = Library(fakes.running(), names=names)
    async with tour(fake=library, size=(120, 40)) as led:
        await led.to("results")
        lines = text_of(led.app)
        assert [name for name in names if shown(name).strip() not in lines] == []
