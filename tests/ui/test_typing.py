"""Keys that come in one read: each goes to what the ones before it opened, none is a command."""

import asyncio

import pytest
from textual.events import Key, Paste

from soniq_tui.ui import ordered
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of
from tests.ui.term import Term, plain


def write(app, text):
    """Deliver the keys of ``text`` at once, as the input thread does after one read."""
    names = {"/": "slash", ":": "colon", "\r": "enter", "\x1b": "escape"}
    for char in text:
        app.post_message(Key(names.get(char, char), char if char.isprintable() else None))


async def until(true):
    """Wait until ``true()`` holds; fails after some seconds."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  there is no event for what a screen shows
            await asyncio.sleep(0.01)


async def test_a_filter_typed_at_once_is_text():
    """Of ``/c`` the second key reaches the line that the first one opens."""
    async with running(keys=["2"]) as (app, pilot, client):
        write(app, "/cRDx")
        await until(lambda: app.top.filter_line and app.top.filter_line.value == "cRDx")
        await settle(pilot)
        assert client.sent == []


async def test_a_filter_typed_at_once_is_applied():
    """The key that ends the line comes with it."""
    async with running(keys=["2"]) as (app, pilot, client):
        write(app, "/state:running\r")
        await until(lambda: app.top.filter_text == "state:running")
        await settle(pilot)
        assert app.top.where == "jobs"
        assert client.queries[-1].text == "state:running"
        assert client.sent == []


async def test_a_search_for_an_action_typed_at_once():
    """The palette opens, gets the word and marks the action; nothing is cancelled."""
    async with running(keys=["2"]) as (app, pilot, client):
        write(app, ":cancel")
        await until(lambda: app.top.where == "palette" and app.top.line.value == "cancel")
        await settle(pilot)
        assert app.top.marked.value == "jobs.cancel"
        assert client.sent == []


async def test_a_launch_form_typed_at_once_waits_for_its_engine():
    """The form is drawn when the engine has described it; what was typed is in its first field."""

    class Slow(fakes.FakeClient):
        async def describe(self):
            await asyncio.sleep(0.2)
            return self.forms

    async with running(Slow()) as (app, pilot, client):
        write(app, "n/c D")
        await until(lambda: app.top.where == "launch" and app.top.entries)
        await until(lambda: app.top.entries["paths"].value == "/c D")
        await settle(pilot)
        assert client.sent == []


async def test_pasted_text_comes_after_the_key_before_it():
    """A paste keeps its place among the keys."""
    async with running(keys=["2"]) as (app, _, client):
        write(app, "/a")
        app.post_message(Paste("cc"))
        write(app, "b")
        await until(lambda: app.top.filter_line and app.top.filter_line.value == "accb")
        assert client.sent == []


async def test_a_screen_that_never_takes_keys_can_be_left(monkeypatch):
    """An engine that describes nothing holds keys up for a while only."""
    monkeypatch.setattr(ordered, "SCREEN_MOST_S", 0.1)

    class Mute(fakes.FakeClient):
        async def describe(self):
            await asyncio.sleep(60)
            return []

    async with running(Mute()) as (app, _, client):
        write(app, "nc")
        await until(lambda: app.top.where == "launch")
        write(app, "\x1b")
        await until(lambda: app.top.where == "dash")
        assert client.sent == []


@pytest.mark.timeout(60)
def test_one_write_to_the_terminal():
    """The same from a terminal: the word is in the line and nothing has been cancelled."""
    with Term("jobs") as term:
        assert term.until("/s")
        term.keys("2")
        assert term.until("100,000")
        term.keys("/cx")
        assert term.until("cx")
        term.keys("\x1b")
        term.read(0.5)
        term.keys(":theme mono\r")
        assert term.until("theme: mono")
        assert "taken back" not in plain(term.all)


async def test_the_screen_shows_what_was_typed():
    """The letters are seen, not only kept."""
    async with running(keys=["2"]) as (app, pilot, _):
        write(app, "/cat")
        await until(lambda: app.top.filter_line and app.top.filter_line.value == "cat")
        await settle(pilot)
        assert " cat" in text_of(app).splitlines()[-3]
