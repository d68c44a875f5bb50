"""The text field of forms: keys, pastes, what is in view, and what a key costs."""

import time
from contextlib import asynccontextmanager

import pytest
from textual.app import App
from textual.screen import Screen
from textual.widgets import Static

from soniq_tui.ui.themes import DEFAULTS
from soniq_tui.ui.widgets.editor import Editor
from soniq_tui.ui.widgets.tones import TONE_CLASSES
from tests.ui.pilots import text_of


class Toned(Screen):
    """A screen that has tones, as all of ours do."""

    COMPONENT_CLASSES = TONE_CLASSES


class Page(App):
    """A field and what it tells."""

    CSS = "Editor { background: $panel; } .tone--cursor { text-style: reverse; }"

    def __init__(self, editor):
        super().__init__()
        self.editor, self.told = editor, []

    def get_theme_variable_defaults(self):
        return dict(DEFAULTS)

    def get_default_screen(self):
        return Toned()

    def compose(self):
        yield self.editor
        yield Static("below")

    def on_editor_changed(self, event):
        self.told.append("changed")

    def on_editor_entered(self, event):
        self.told.append("entered")

    def on_editor_left(self, event):
        self.told.append(f"left {event.step:+d}")


@asynccontextmanager
async def editing(value="", *, keys=(), size=(20, 10), **how):
    """Give field and pilot after some keys."""
    editor = Editor(value, **how)
    app = Page(editor)
    async with app.run_test(size=size) as pilot:
        editor.focus()
        await pilot.press(*keys)
        await pilot.pause()
        yield editor, pilot


SEVERAL = [
    (["home", "x"], "one two\nxthree"),
    (["up", "x"], "one txwo\nthree"),
    (["home", "home", "x"], "xone two\nthree"),
    (["home", "home", "end", "end", "x"], "one two\nthreex"),
    (["home", "left", "x"], "one twox\nthree"),
    (["up", "end", "right", "x"], "one two\nxthree"),
    (["home", "backspace"], "one twothree"),
    (["up", "end", "delete"], "one twothree"),
    (["backspace", "backspace"], "one two\nthr"),
    (["home", "delete"], "one two\nhree"),
    (["up", "end", "ctrl+w"], "one \nthree"),
    (["up", "home", "ctrl+k"], "\nthree"),
    (["ctrl+u"], "one two"),
    (["ctrl+u", "ctrl+u"], ""),
    (["enter", "x"], "one two\nthree\nx"),
    (["home", "right", "enter"], "one two\nt\nhree"),
    (["pageup", "home", "x", "pagedown", "home", "y"], "xone two\nythree"),
]


@pytest.mark.parametrize(("keys", "value"), SEVERAL, ids=lambda each: "-".join(each)[:40])
async def test_keys(keys, value):
    """Each does what it does in other editors."""
    async with editing("one two\nthree", several=True, keys=keys) as (editor, _):
        assert editor.value == value


async def test_out_of_the_field_and_enter():
    """Beyond its ends the form goes on; enter makes no empty lines."""
    async with editing("a\nb", several=True, keys=["down", "up", "up"]) as (editor, pilot):
        assert pilot.app.told == ["left +1", "left -1"]
        await pilot.press("down", "enter", "enter")
        await pilot.pause()
        assert (editor.value, pilot.app.told[2:]) == ("a\nb\n", ["changed", "entered"])
    async with editing("a", keys=["enter", "b"]) as (editor, pilot):
        assert (editor.value, pilot.app.told) == ("ab", ["entered", "changed"])


PASTES = [
    ("", 0, "x\ny", "x\ny\n"),
    ("one", 3, "x\ny", "one\nx\ny\n"),
    ("one\ntwo", 3, "x\ny\n", "one\nx\ny\n\ntwo"),
    ("one", 1, "x", "oxne"),
    ("", 0, "x\n", "x\n"),
    ("one", 3, "", "one"),
]


@pytest.mark.parametrize(("value", "column", "text", "result"), PASTES)
async def test_pastes(value, column, text, result):
    """Several entries get lines of their own, with room for the next; one is put where one is."""
    async with editing(value, several=True) as (editor, pilot):
        editor._go_to(0)
        editor.column = column
        editor.paste(text)
        await pilot.pause()
        assert editor.value == result
        await pilot.press("!")
        assert "!" in editor.value


async def test_one_line_stays_one():
    """Nothing breaks the line of a field that has one."""
    async with editing("a", keys=[]) as (editor, _):
        editor.paste("b\nc")
        assert editor.value == "ab"
        editor.value = "x\ny"
        assert editor.lines == ["x\ny"]


@pytest.mark.parametrize(
    "text", ["音楽第一" * 10, "e\u0301" * 40, "a\x1b[2J" * 9, "👩\u200d👩" * 12]
)
async def test_the_cursor_is_in_view(text):
    """However wide the characters are, and at either end."""
    async with editing(text) as (editor, pilot):
        for keys in (["end"], ["left"] * 7, ["home"], ["right"] * 25):
            await pilot.press(*keys)
            strip = editor.render_line(0)
            assert strip.cell_length == editor.size.width
            assert any(s.text and s.style and s.style.reverse for s in strip)
        assert not any(ord(char) < 32 for char in strip.text)
        assert editor.value == text


async def test_a_character_and_its_accents_are_one():
    """The cursor steps over both, and a delete takes both."""
    async with editing("ae\u0301b", keys=["left", "left", "x"]) as (editor, pilot):
        assert editor.value == "axe\u0301b"
        await pilot.press("delete")
        assert editor.value == "axb"
        editor.value = "e\u0301"
        await pilot.press("backspace")
        assert editor.value == ""


async def test_lines_scroll_and_the_field_grows():
    """As tall as its lines, up to a bound; then it scrolls with the cursor."""
    async with editing("1", several=True, tall=3) as (editor, pilot):
        assert editor.size.height == 1
        for key in "2345":
            await pilot.press("enter", key)
        await pilot.pause()
        assert editor.size.height == 3
        assert text_of(pilot.app).split("\n")[:4] == ["3", "4", "5", "below"]
        await pilot.press("up", "up", "up")
        assert text_of(pilot.app).split("\n")[:3] == ["2", "3", "4"]
        await pilot.press("ctrl+u", "ctrl+u", "ctrl+u")
        await pilot.pause()
        assert editor.size.height == 2
        assert editor.value == "1\n5"


async def test_a_click_moves_the_cursor():
    """To the character that is under it."""
    async with editing("音楽x\nabc", several=True) as (editor, pilot):
        await pilot.click(Editor, offset=(4, 0))
        assert (editor.row, editor.column) == (0, 2)
        await pilot.click(Editor, offset=(15, 1))
        assert (editor.row, editor.column) == (1, 3)


async def test_a_key_costs_the_same_among_many_lines():
    """Only what is on screen is looked at."""
    async with editing("\n".join(f"line {i}" for i in range(50_000)), several=True) as (editor, _):
        took = []
        for _i in range(20):
            began_s = time.perf_counter()
            editor.insert_text_at_cursor("x")
            editor.action_go_line(-1)
            took.append(time.perf_counter() - began_s)
        assert sorted(took)[10] < 0.002
        assert editor.lines[49_999] == "line 49999x"
