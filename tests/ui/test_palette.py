"""The palette: actions, batches, saved filters, themes and languages, found by what is typed."""

import asyncio

import pytest

from soniq_tui import words
from soniq_tui.ui import palette_entries
from soniq_tui.ui.memory import Memory
from soniq_tui.ui.palette_entries import PaletteEntry
from tests.ui import fakes
from tests.ui.pilots import console, running, settle, text_of, until


def names(text, *called):
    """Return the names that ``text`` finds among those called so, in order."""
    every = [PaletteEntry(palette_entries.ACTION, name, name) for name in called]
    return [offer.name for _place, offer in palette_entries.found(every, text)]


def test_the_better_a_name_fits_the_sooner_it_comes():
    """The whole name, its beginning, the beginning of a word, the middle, scattered letters."""
    called = ("unpause", "retry paused", "pause all", "pause", "pull a user")
    assert names("pause", *called) == ["pause", "pause all", "retry paused", "unpause"]
    assert names("pal", "pause all", "palette") == ["palette"]
    assert names("pal", "pause all", "read all") == ["pause all"]
    assert names("xyz", *called) == []
    assert names("all pause", *called) == ["pause all"]


def test_a_description_counts_less_than_any_name():
    """Wherever in the name the word stands."""
    told = PaletteEntry(palette_entries.ACTION, "a", "other", "cancel the batch")
    called = PaletteEntry(palette_entries.ACTION, "b", "do cancel shown")
    found = palette_entries.found([told, called], "cancel")
    assert [offer.value for _place, offer in found] == ["b", "a"]


def test_accents_need_not_be_typed():
    """Nor capitals; those who type them find the same."""
    for text in ("theme", "THÈME", "théme"):
        assert names(text, "pause", "thème suivant") == ["thème suivant"]


def test_what_cannot_be_done_now_is_last_and_still_marked_when_it_is_meant():
    """Else enter would do another thing than the one that was typed."""
    blocked = PaletteEntry(palette_entries.ACTION, "a", "stop engine", reason="not now")
    other = PaletteEntry(palette_entries.ACTION, "b", "pause", "stop for a while")
    found = palette_entries.found([blocked, other], "stop")
    assert [offer.value for _place, offer in found] == ["b", "a"]
    assert palette_entries.meant(found) == 1


@pytest.fixture
def memory():
    found = Memory()
    found.save_filter("jobs", "stuck", "state:running time>60s")
    found.save_filter("errors", "broken ones", "kind:corrupt")
    return found


async def typed(text, memory=None):
    """Type a text into the palette and enter; give app, client and what was on screen before."""
    async with running(memory=memory or Memory(), keys=["colon"]) as (app, pilot, client):
        await pilot.press(*["space" if each == " " else each for each in text])
        await settle(pilot)
        before = text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        await settle(pilot)
        yield app, client, before


async def test_a_batch_is_gone_to_by_name():
    """Its jobs are listed."""
    async for app, client, before in typed("example"):
        assert "crawl example.org" in before
        assert app.top.where == "jobs"
        assert app.top.owner.label == "example.org"
        assert client.queries[-1].batch_id == app.top.owner.id


@pytest.mark.parametrize(
    ("text", "where", "filter_text"),
    [("stuck", "jobs", "state:running time>60s"), ("broken", "errors", "kind:corrupt")],
)
async def test_a_saved_filter_is_shown_by_name(memory, text, where, filter_text):
    """The list it is of opens with it."""
    async for app, client, _before in typed(text, memory):
        assert app.top.where == where
        assert app.top.filter_text == filter_text
        assert client.queries[-1].text == filter_text


async def test_a_theme_is_taken_by_name():
    """And remembered as if t had been pressed."""
    memory = Memory()
    async for app, _client, _before in typed("mono", memory):
        assert app.theme == "mono"
        assert memory.looks.theme == "mono"


async def test_a_language_is_taken_by_name():
    """What is on screen changes at once; the language in use is not offered."""
    memory = Memory()
    try:
        async for app, _client, before in typed("fran", memory):
            assert "English" not in before
            assert words.in_use() == "fr"
            assert memory.looks.language == "fr"
            assert app.top.where == "dash"
            assert "DURÉE" in text_of(app)
            assert "TIME" not in text_of(app)
    finally:
        words.use("en")


async def test_an_action_that_cannot_be_done_now_is_dim_with_its_reason():
    """Saved filters, batches and themes stand below the actions."""
    client = fakes.FakeClient(fakes.idle())
    async with running(client, size=(120, 40), keys=["colon"]) as (app, pilot, _):
        rows = [app.top.source.row(n) for n in range(len(app.top.source))]
        blocked = [row for row in rows if row.muted]
        assert blocked
        assert all("·" in row.cells[-1] for row in blocked)
        await pilot.press(*"undo")
        await settle(pilot)
        assert "nothing can be taken back now" in text_of(app)


async def test_what_can_be_done_by_now_is_offered():
    """A palette opened while the engine starts learns that it has; the mark stays where it is."""
    gate = asyncio.Event()
    fake = fakes.FakeClient()

    async def connect():
        await gate.wait()
        return fake

    app = console(fake)
    app._connect = connect
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await pilot.press("colon", *"log")
        await settle(pilot)
        assert "still starting" in text_of(app)
        marked = app.screen.marked
        gate.set()
        await until(pilot, lambda: app.snapshot is not None)
        await settle(pilot)
        assert "still starting" not in text_of(app)
        assert app.screen.line.value == "log"
        assert (app.screen.marked.id, app.screen.marked.reason) == (marked.id, "")
        await pilot.press("enter")
        await until(pilot, lambda: app.top.where == "log")


async def test_a_word_that_finds_nothing_leaves_the_palette_open():
    """What is typed next mends the word, and does nothing to batches."""
    async with running(keys=["colon", *"zzzz", "enter"]) as (app, pilot, client):
        assert app.top.where == "palette"
        assert "nothing is called so" in text_of(app)
        for key in ("c", "P"):
            await pilot.press(key)
        await settle(pilot)
        assert client.sent == []
        await pilot.press("escape")
        assert app.top.where == "dash"


def looks(app):
    """Return what the palette's rows look like: their ids, and where the cursor is seen."""
    strips = [app.screen.table.render_line(y) for y in range(1, 5)]
    return ["reverse" in str(next(iter(strip)).style) for strip in strips]


async def test_the_row_that_enter_does_is_seen_and_told_in_full():
    """The keys go into the line, so that the table never has the focus."""
    async with running(keys=["colon", *"retry"]) as (app, pilot, _client):
        assert looks(app) == [True, False, False, False]
        about = " ".join(part.strip() for line in app.screen.about.block for part, _tone in line)
        assert about.strip() == app.screen.marked.what
        await pilot.press("down")
        await settle(pilot)
        assert looks(app) == [False, True, False, False]
