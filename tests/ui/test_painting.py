"""When frames are painted, and how they reach the terminal."""

import asyncio
import contextlib
import queue
from types import SimpleNamespace

import pytest
from rich.cells import cell_len
from textual.events import Key

from soniq_tui.ui.formats import fit, one_cell_each
from soniq_tui.ui.terminal import PatientApp, PatientDriver
from tests.ui import fakes
from tests.ui.pilots import running, until


@contextlib.asynccontextmanager
async def without_timer(monkeypatch):
    """Give a long list whose frame timer is silent, and the cursor at each frame it paints."""
    async with running(fakes.FakeClient(jobs=5000), keys=["2"]) as (app, pilot, _):
        await until(pilot, lambda: app.top.pages.known)
        app.top.table.refresh()  # the key that led here is answered
        await until(pilot, lambda: not app.screen._hurried)
        app.eager, frames = True, []
        monkeypatch.setattr(PatientApp, "_display", lambda *_: frames.append(app.top.table.cursor))
        monkeypatch.setattr(app.screen._update_timer, "resume", lambda: None)
        app.screen._update_timer.pause()
        monkeypatch.setattr("soniq_tui.ui.painting.time", SimpleNamespace(monotonic=lambda: 1e9))
        yield app, frames


async def turns():
    """Let the loop go on; Pilot's own pauses would paint."""
    for _ in range(100):
        await asyncio.sleep(0)


async def test_a_key_is_answered_without_the_frame_timer(monkeypatch):
    """What a key changes is painted at once; what moves by itself waits for the beat."""
    async with without_timer(monkeypatch) as (app, frames):
        app.top.table.refresh()
        await turns()
        assert frames == []
        app.post_message(Key("pagedown", None))
        await turns()
        assert frames
        assert set(frames) == {app.top.table.rows_shown}


async def test_keys_that_come_faster_than_frames_share_them(monkeypatch):
    """A pasted row of keys does not have the screen painted for each of them."""
    async with without_timer(monkeypatch) as (app, frames):
        for _ in range(9):
            app.post_message(Key("down", None))
            await turns()
        assert app.top.table.cursor == 9
        assert set(frames) == {1}


def test_a_frame_is_handed_over_as_one():
    """The writer thread is woken once for a frame, and not at all for an empty one."""
    driver = object.__new__(PatientDriver)
    driver._held = None
    driver._writer_thread = SimpleNamespace(_queue=queue.Queue())
    with driver.as_one():
        for part in ("begin", "frame", "end"):
            driver.write(part)
    with driver.as_one():
        pass
    driver.write("after")
    assert list(driver._writer_thread._queue.queue) == ["beginframeend", "after"]


async def test_the_scroll_bar_is_drawn_anew_only_when_it_looks_different():
    """Of 100,000 rows it moves by a part of a cell every few hundred, and is exact at both ends."""
    async with running(fakes.FakeClient(jobs=100_000), keys=["2"]) as (app, pilot, _):
        await until(pilot, lambda: app.top.pages.known)
        table = app.top.table
        bar, places = table.vertical_scrollbar, set()
        for _ in range(60):
            table.action_page_down()
            places.add(bar.position)
        assert 2 <= len(places) <= 4
        table.action_cursor_last()
        assert bar.position == table.max_scroll_y
        table.action_cursor_first()
        assert bar.position == 0


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("", True),
        ("plain", True),
        ("\u2013 \u2026 \u25b6 \u00e9", True),
        ("\u97f3", False),
        ("e\u0301", False),
        ("\u97f3e\u0301", False),
        ("\u25b6\ufe0f", False),
        ("\U0001f3f4\u200d\u2620\ufe0f", False),
    ],
)
def test_texts_whose_cells_are_their_signs(text, plain):
    """Only those are cut and padded by signs; as many signs as cells are not enough."""
    assert one_cell_each(text) is plain
    assert cell_len(fit(text, 9)) == 9
    assert cell_len(fit(text, 1)) == 1
