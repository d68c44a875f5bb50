"""Keys that come in one read: each goes to what the ones before it opened, none is a command."""

import asyncio

import pytest
from textual.events import Key, Paste

from soniq_tui.model.forms import FieldSpec, FormSpec
from soniq_tui.ui import key_queue
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of
from tests.ui.term import Term, plain
from tests.waiting import until


def write(app, text):
    """Deliver the keys of ``text`` at once, as the input thread does after one read."""
    names = {"/": "slash", ":": "colon", "\r": "enter", "\x1b": "escape"}
    for char in text:
        app.post_message(Key(names.get(char, char), char if char.isprintable() else None))


async def test_a_filter_typed_at_once_is_text():
    """Of ``/c`` the second key reaches the line that the first one opens."""
    async with running(keys=["2"]) as (app, pilot, client):
        write(app, "/cRDx")
        await until(lambda: app.top.line and app.top.line.value == "cRDx")
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
        await until(lambda: app.top.line and app.top.line.value == "accb")
        assert client.sent == []


async def test_a_screen_that_never_takes_keys_can_be_left(monkeypatch):
    """An engine that describes nothing holds keys up for a while only."""
    monkeypatch.setattr(key_queue, "SCREEN_MOST_S", 0.1)

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


NUMBERS = FormSpec(
    importer="numbers",
    title="Numbers",
    verb="numbers",
    fields=tuple(
        FieldSpec(name=name, label=name, kind="int") for name in ("limit", "slots", "priority")
    ),
)


def keys_of(words):
    """Return keys for words: an arrow by its name, any other word by its characters."""
    for word in words.split():
        if word in {"up", "down", "enter", "tab"}:
            yield Key(word, None)
        else:
            yield from (Key(char, char) for char in word)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("5 down 12 down 7", ["5", "12", "7"]),
        ("5 enter 12 enter 7", ["5", "12", "7"]),
        ("5 tab 12 tab 7", ["5", "12", "7"]),
        ("5 down down 7 up 12 up 6", ["56", "12", "7"]),
    ],
)
async def test_keys_that_lead_to_another_field_come_before_those_behind_them(words, values):
    """Of a burst each digit is in the field that the keys before it had led to."""
    client = fakes.FakeClient()
    client.forms = [NUMBERS]
    async with running(client, keys=["n"]) as (app, pilot, _):
        for key in keys_of(words):
            app.post_message(key)
        await settle(pilot)
        assert list(app.top.values().values()) == values


async def test_no_key_waits_for_one_that_took_its_field_away(monkeypatch):
    """A line or a screen that closes itself holds nothing up: what follows needs no clock."""
    monkeypatch.setattr(key_queue, "KEY_MOST_S", 60.0)
    async with running(keys=["2"]) as (app, _, client):
        for each in "abc":
            write(app, f"/{each}\r")
            write(app, "/\x1b")
            write(app, ":x\x1b")
        write(app, "/d\r")
        await until(lambda: app.top.where == "jobs" and app.top.filter_text == "abcd")
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


@pytest.mark.timeout(60)
def test_a_burst_from_a_terminal_fills_the_form():
    """Arrows and digits in one write: each number stands where the arrows before it led."""
    with Term("idle") as term:
        assert term.until("new batch")
        term.keys("n")
        assert term.until("Read again")
        term.keys("/m\x1b[B5\x1b[A/12\x1b[B7")
        assert term.until("soniq-tui scan /m/12 --limit 57")


async def test_the_screen_shows_what_was_typed():
    """The letters are seen, not only kept."""
    async with running(keys=["2"]) as (app, pilot, _):
        write(app, "/cat")
        await until(lambda: app.top.line and app.top.line.value == "cat")
        await settle(pilot)
        assert " cat" in text_of(app).splitlines()[-3]
