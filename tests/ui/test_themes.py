"""The looks: every text can be read, whatever it lies on."""

from types import SimpleNamespace

import pytest
from rich.style import Style
from textual.color import Color

from soniq_tui.model.settings import GLYPH_NAMES, THEME_NAMES
from soniq_tui.ui import environment
from soniq_tui.ui.control import Control
from soniq_tui.ui.glyphs import SETS
from soniq_tui.ui.memory import Memory
from soniq_tui.ui.themes import THEMES
from soniq_tui.ui.widgets.tones import TONES
from tests.ui import fakes
from tests.ui.pilots import console, running, settle, text_of

AA = 4.5
OWN_COLOURS = [name for name, theme in THEMES.items() if not theme.ansi]


def luminance(color: Color) -> float:
    """Return the relative luminance of a colour, as WCAG 2 defines it."""
    parts = [part / 255 for part in color.rgb]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def of(style: Style) -> tuple[Color, Color]:
    """Return text and ground of a style."""
    assert style.color is not None
    assert style.bgcolor is not None
    found = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
    return found[::-1] if style.reverse else found


def test_contrast_is_measured_as_defined():
    """Black on white is 21, a colour on itself 1, and the known grey stands at the limit."""
    black, white, grey = Color.parse("#000"), Color.parse("#fff"), Color.parse("#767676")
    assert contrast(black, white) == pytest.approx(21)
    assert contrast(grey, grey) == 1
    assert contrast(grey, white) == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", OWN_COLOURS)
async def test_every_tone_can_be_read(theme):
    """On the ground of lists, on that of fields, under the cursor, selected, and as placeholder."""
    pale = {}
    async with running(theme=theme, keys=["2", "colon"]) as (app, _, _client):
        panel = Color.parse(app.theme_variables["panel"])
        table = app.top.table
        for tone in ("", *TONES):
            text, ground = of(table.tone_style(tone))
            pale[f"{tone} on the screen"] = contrast(text, ground)
            if tone != "cursor":  # which brings its own ground
                pale[f"{tone} on the panel"] = contrast(text, panel)
        for part in ("input--placeholder", "input--suggestion", "input--selection"):
            text, ground = of(app.top.line.get_component_rich_style(part))
            pale[part] = contrast(text, ground)
        text, ground = of(app.top.line.rich_style)
        pale["typed text"] = contrast(text, ground)
    assert {what: found for what, found in pale.items() if found < AA} == {}


def test_settings_know_the_looks_there_are():
    """What a setting may be called is what the screens have."""
    assert tuple(THEMES) == THEME_NAMES
    assert tuple(SETS) == GLYPH_NAMES


async def test_what_a_person_chose_is_there_at_the_next_start(tmp_path):
    """Theme, glyphs and mouse; a flag or a setting wins over them."""
    file = tmp_path / "console.json"
    async with running(memory=Memory(file), theme="", keys=["t", "T"]) as (app, pilot, _):
        app.show_mouse = lambda **_: True
        await pilot.press("m")
        await settle(pilot)
        chosen, glyphs, mouse = app.theme, app.glyphs.name, app.mouse_on
        await app.memory.flush()
    assert (chosen, glyphs) == ("soniq-light", "ascii")
    again = console(memory=Memory(file), theme="", glyphs="", mouse=None)
    assert (again.theme, again.glyphs.name, again.mouse_on) == (chosen, glyphs, mouse)
    other = console(memory=Memory(file), theme="mono", glyphs="unicode", mouse=not mouse)
    assert (other.theme, other.glyphs.name, other.mouse_on) == ("mono", "unicode", not mouse)


@pytest.mark.parametrize(
    ("env", "theme", "glyphs"),
    [
        ({"TERM": "xterm", "LANG": "C.UTF-8"}, "high-contrast", "unicode"),
        ({"TERM": "xterm", "LANG": "C.UTF-8", "NO_COLOR": "1"}, "mono", "unicode"),
        ({"TERM": "linux", "LANG": "C.UTF-8"}, "ansi", "ascii"),
        ({"TERM": "xterm", "LANG": "C"}, "high-contrast", "ascii"),
    ],
)
def test_what_a_terminal_cannot_show_is_not_remembered_into_it(env, theme, glyphs):
    """What was chosen in a good terminal does not spoil a poor one."""
    assert environment.wanted_theme(env, remembered="high-contrast") == theme
    assert environment.wanted_glyphs(env, remembered="unicode") == glyphs


@pytest.mark.parametrize("remembered", ["solarized", ""])
def test_a_look_that_is_gone_is_none(remembered):
    """A newer version may have known others."""
    env = {"TERM": "xterm", "LANG": "C.UTF-8"}
    assert environment.wanted_theme(env, remembered=remembered) == "soniq-dark"
    assert environment.wanted_glyphs(env, remembered=remembered) == "unicode"


async def test_a_scroll_bar_of_the_plain_set_is_plain():
    """At every place of a long list; the other set is drawn again after ``T``."""
    fake = fakes.FakeClient()
    fake.jobs = 100
    async with running(fake, keys=["2"], glyphs="ascii") as (app, pilot, _):
        for _number in range(30):
            assert all(line[-1:].isascii() for line in text_of(app).splitlines())
            await pilot.press("down")
        bar = app.top.table.vertical_scrollbar
        strips = bar.render_lines(bar.size.region)
        assert any(s.style and s.style.reverse for strip in strips for s in strip)
        await pilot.press("T", *["down"] * 8)
        assert app.glyphs.name == "unicode"
        assert not all(line[-1:].isascii() for line in text_of(app).splitlines())


def test_without_colours_no_theme_is_taken(monkeypatch):
    """NO_COLOR would hide it here and show it elsewhere: nothing is kept, and why is said."""
    monkeypatch.setenv("NO_COLOR", "1")
    said = []
    top = SimpleNamespace(flash=lambda text, tone: said.append((text, tone)))
    app = SimpleNamespace(theme="mono", memory=Memory(), top=top)
    Control.take_theme(app, "ansi")
    words = "NO_COLOR is set, so themes have no colours; start without it to choose one"
    assert (app.theme, app.memory.looks.theme, said) == ("mono", "", [(words, "warn")])
    monkeypatch.delenv("NO_COLOR")
    Control.take_theme(app, "ansi")
    assert (app.theme, app.memory.looks.theme) == ("ansi", "ansi")
