"""A console under Textual's pilot, connected to a fake engine."""

import asyncio
from contextlib import asynccontextmanager

from soniq_tui.ui.app import ConsoleApp
from tests.ui.fakes import FakeClient


def console(client=None, **how):
    """Return a console for a fake engine; its clock stands still."""
    fake = client or FakeClient()

    async def connect():
        return fake

    how.setdefault("clock", lambda: 42.0)
    how.setdefault("theme", "soniq-dark")
    how.setdefault("glyphs", "unicode")
    how.setdefault("mouse", False)
    return ConsoleApp(connect, **how)


@asynccontextmanager
async def running(client=None, size=(80, 24), keys=(), **how):
    """Give app, pilot and client once the first snapshot is shown."""
    fake = client or FakeClient()
    app = console(fake, **how)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        yield app, pilot, fake


async def settle(pilot):
    """Wait until what was started has been shown."""
    await pilot.pause(0.03)


async def until(pilot, true, limit_s=5.0):
    """Wait until ``true()`` is."""
    async with asyncio.timeout(limit_s):
        while not true():
            await pilot.pause(0.01)


def text_of(app):
    """Return what the screen shows, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)
