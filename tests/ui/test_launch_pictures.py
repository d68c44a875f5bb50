"""Pictures of the launch form: every size, many entries, hostile names, recent launches."""

import pytest
from msgspec.structs import replace

from soniq_tui.model.forms import Preview
from soniq_tui.ui.memory import Launched, Memory
from tests.ui import fakes
from tests.ui.pilots import console, settle

SIZES = [(60, 16), (80, 24), (120, 40), (160, 50)]
NAMES = ["60x16", "80x24", "120x40", "160x50"]


@pytest.fixture(autouse=True)
def _a_morning(monkeypatch):
    """Recent launches are told relative to now."""
    monkeypatch.setattr("soniq_tui.ui.screens.launch_sources.time.time", lambda: fakes.AT_S + 3600)


def remembered():
    """Return a memory with three launches."""
    own = Memory()
    for number, paths in enumerate(
        ["/music\n/more music", "/music/音楽", "/srv/a [b]/x\x1b[2J"], 1
    ):
        values = {"paths": paths, "limit": str(number * 100)}
        at_s = fakes.AT_S - 86400 * (3 - number)
        own.launched(Launched(importer="music", values=values, at_s=at_s, batch_id=number))
    return own


def picture(snap_compare, size, *, text="", field="paths", keys=(), client=None, **how):
    """Compare the form with its picture, after a text was pasted into one of its fields."""
    client = client or fakes.FakeClient()

    async def press(pilot):
        await settle(pilot)
        for key in ("n", *keys):
            await pilot.press(key)
            await settle(pilot)
        if text:
            pilot.app.top.entries[field].paste(text)
        await pilot.pause(0.6)  # a look is taken when the keys rest
        if not pilot.app.top.over:
            pilot.app.top.flash_line.settle()
        await pilot.pause()

    return snap_compare(console(client, **how), terminal_size=size, run_before=press)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_many_entries(snap_compare, size):
    """Sixty folders, two of them twice: what it means stays in view."""
    text = "".join(f"/music/Artist {i % 58}\n" for i in range(60))
    assert picture(snap_compare, size, text=text)


@pytest.mark.parametrize("size", [SIZES[1], SIZES[2]], ids=["80x24", "120x40"])
def test_recent(snap_compare, size):
    """As last time; recent launches beside the form where there is room, else on a key."""
    plain = fakes.running()
    batches = tuple(replace(batch, importer="music") for batch in plain.batches)
    client = fakes.FakeClient(replace(plain, batches=batches))
    keys = () if size[0] > 100 else ("ctrl+r",)
    assert picture(snap_compare, size, client=client, keys=keys, memory=remembered())


@pytest.mark.parametrize("theme", ["soniq-light", "ansi", "high-contrast", "mono"])
def test_hostile_in_each_theme(snap_compare, theme):
    """Names that would command a terminal, in each theme once."""
    text = "\n".join(f"/m/{name}" for name in fakes.HOSTILE if "\n" not in name)
    glyphs = "ascii" if theme == "mono" else "unicode"
    assert picture(snap_compare, SIZES[1], text=text, theme=theme, glyphs=glyphs)


def test_what_cannot_be(snap_compare):
    """A field that is wrong is named, and why, and what to do."""
    client = fakes.FakeClient()
    client.preview_text = Preview(ok=False, text="/m does not exist", field="paths")
    assert picture(snap_compare, SIZES[1], text="/m", client=client)
