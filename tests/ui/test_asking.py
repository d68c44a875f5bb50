"""Questions, "too small" and "trying again", in every size."""

import pytest

from soniq_tui.ui.screens.confirm import Confirm
from soniq_tui.ui.screens.leave import ANSWERS
from tests.ui.pilots import running, settle, text_of

SIZES = [(60, 16), (80, 24), (160, 50)]


def words_of(app):
    """Return what is on screen as if nothing had been wrapped."""
    return " ".join(text_of(app).split())


@pytest.mark.parametrize("size", SIZES)
async def test_a_question_is_whole(size):
    """Every answer with all it means; some of what it is about stays in view above it."""
    async with running(size=size, keys=["q"], can_detach=True) as (app, _, _client):
        shown = words_of(app)
        for word, text in ANSWERS:
            assert f"{word} {text}" in shown
        assert text_of(app).splitlines()[0].startswith(" soniq")
        assert all(len(line) <= size[0] for line in text_of(app).splitlines())


@pytest.mark.parametrize("size", SIZES)
async def test_a_long_question_is_wrapped_and_answered(size):
    """A path without a blank too; n leaves things as they are."""
    said = "Cancel scan /music/" + "long/" * 30 + ": 12 jobs?"
    async with running(size=size) as (app, pilot, _):
        answers = []
        app.push_screen(
            Confirm(said, "For 5 s u takes it back; what is done stays."), answers.append
        )
        await settle(pilot)
        assert said.replace(" ", "") in text_of(app).replace(" ", "").replace("\n", "")
        assert text_of(app).splitlines()[-1].split() == ["n", "no", "y", "yes"]
        await pilot.press("n")
        await settle(pilot)
        assert answers == [False]


async def test_the_answers_are_seen_however_much_is_asked():
    """A path of thousands of letters leaves the last line to the keys."""
    async with running(size=(60, 16)) as (app, pilot, _):
        app.push_screen(Confirm("Write over /" + "x" * 3000 + "?", "What is in it is gone then."))
        await settle(pilot)
        lines = text_of(app).splitlines()
        assert lines[-1].split() == ["n", "no", "y", "yes"]
        assert lines[-3].strip() == "…"


@pytest.mark.parametrize(
    ("size", "lines"),
    [
        ((59, 16), ["needs 60\u00d716, has 59\u00d716; jobs keep running"]),
        ((160, 15), ["needs 60\u00d716, has 160\u00d715; jobs keep running"]),
        ((24, 8), ["needs 60\u00d716, has 24\u00d78;", "jobs keep running"]),
        ((9, 9), ["needs", "60\u00d716,", "has 9\u00d79;", "jobs keep", "running"]),
    ],
)
async def test_too_small_says_what_is_needed(size, lines):
    """However small; q leaves, and with more room the screen comes back."""
    async with running(size=size) as (app, pilot, _):
        assert [line.strip() for line in text_of(app).splitlines() if line.strip()] == lines
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert app.top.where == "dash"


async def test_too_small_in_ascii():
    """The sign between the figures is a letter then."""
    async with running(size=(50, 10), glyphs="ascii") as (app, _, _client):
        assert "needs 60x16, has 50x10" in text_of(app)
        assert text_of(app).isascii()


@pytest.mark.parametrize("size", [SIZES[0], SIZES[-1]])
async def test_a_lost_engine_is_said_on_every_screen(size):
    """What is shown is old then: the banner says that it is tried again."""
    async with running(size=size, attached=True) as (app, pilot, _):
        for key in ("1", "2", "e", "Q"):
            await pilot.press(key)
            await settle(pilot)
            app._tell_lost(lost=True)
            await settle(pilot)
            assert "the engine does not answer; trying again" in text_of(app)
            app._tell_lost(lost=False)
            await settle(pilot)
            assert "trying again" not in text_of(app)
