"""Questions, "too small" and "trying again", in every size."""

import msgspec
import pytest

from soniq_tui.model.job import BatchState
from soniq_tui.model.snapshot import QueueView
from soniq_tui.ui.screens.leave import ANSWERS
from soniq_tui.ui.screens.question import Confirm
from tests.ui import fakes
from tests.ui.pilots import running, settle, taken, text_of

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


def working(active, depth):
    """Return an engine with so many jobs running and waiting."""
    extract = QueueView(name="extract", slots=8, target=8, active=active, depth=depth)
    state = BatchState.RUNNING if active or depth else BatchState.DONE
    batch = fakes.batch(1, state=state, running=active, waiting=depth)
    return fakes.running(batches=(batch,), queues=(extract,), slots=())


async def show(app, pilot, client, snapshot):
    """Let the engine move on and the screen see it."""
    client.put(snapshot)
    app._show(client.now)
    await settle(pilot)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("frozen", [False, True])
async def test_the_question_whether_to_leave_follows_the_work(size, frozen, monkeypatch):
    """Its numbers move on, that line alone is painted, and at the end it says so in its place."""
    client = fakes.FakeClient(working(2, 27))
    keys = ["full_stop", "q"] if frozen else ["q"]
    async with running(client, size, keys, can_detach=True) as (app, pilot, _):
        assert "2 jobs running, 27 waiting" in text_of(app)
        height = app.top.question.size.height
        painted = []
        refresh = app.top.question.refresh
        monkeypatch.setattr(
            app.top.question, "refresh", lambda *r: (painted.extend(r), refresh(*r))
        )
        await show(app, pilot, client, working(1, 3))
        assert "1 job running, 3 waiting" in text_of(app)
        assert [region.y for region in painted] == [1]
        await show(app, pilot, client, working(1, 3))
        assert len(painted) == 1
        await show(app, pilot, client, working(0, 0))
        shown = " ".join(" ".join(text_of(app).splitlines()[-height:]).split())
        assert "All work has ended; nothing is left to wait for." in shown
        assert "leave closes the console" in shown
        for gone in ("waiting", "detach", "finish", "Nothing is lost"):
            assert gone not in shown
        assert app.top.question.size.height == height
        assert text_of(app).splitlines()[-1].split() == ["d", "f", "s", "leave", "esc", "stay"]
        await show(app, pilot, client, working(1, 0))
        assert "detach closes this screen only" in words_of(app)


@pytest.mark.parametrize("key", ["d", "enter", "f", "s"])
async def test_what_a_finger_was_about_to_press_leaves_when_all_has_ended(key):
    """No key gets another meaning; none of them says that work goes on which has ended."""
    client = fakes.FakeClient(working(2, 27))
    async with running(client, keys=["q"], can_detach=True) as (app, pilot, _):
        await show(app, pilot, client, working(0, 0))
        await pilot.press(key)
        await settle(pilot)
        assert app.decision == "quit"


async def test_work_that_is_paused_has_not_ended():
    """Where only what is paused is left the question says that."""
    client = fakes.FakeClient(working(2, 27))
    async with running(client, keys=["q"]) as (app, pilot, _):
        paused = fakes.batch(1, state=BatchState.PAUSED, running=0, waiting=27)
        await show(app, pilot, client, msgspec.structs.replace(working(0, 27), batches=(paused,)))
        assert "Nothing runs any more; what is paused is kept." in words_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert app.decision == ""


async def test_stopping_the_engine_asks_of_the_work_there_is():
    """It follows as well; the engine is asked to end when nothing runs any more, too."""
    client = fakes.FakeClient(working(2, 27))
    async with running(client, attached=True) as (app, pilot, _):
        app.do_engine_stop()
        await settle(pilot)
        assert "detach" not in words_of(app)
        await show(app, pilot, client, working(0, 0))
        assert "stop stops the engine; nothing is interrupted" in words_of(app)
        assert text_of(app).splitlines()[-1].split() == ["f", "s", "stop", "esc", "stay"]
        await pilot.press("f")
        await settle(pilot)
        assert client.ended == [True]


async def test_what_is_said_in_a_question_is_shown_clean():
    """An error may name a file that somebody else has named."""
    client = fakes.FakeClient(working(2, 27))
    async with running(client, keys=["q"]) as (app, pilot, _):
        app.top.flash("/music/\x1b]0;PWNED\x07\x1b[2J: permission denied", "bad")
        await settle(pilot)
        assert ": permission denied" in text_of(app)
        assert all(c == "\n" or c.isprintable() for c in text_of(app))


async def test_what_was_said_in_a_question_stays_while_it_follows():
    """The hint of the first Ctrl+C is not wiped away by the next figure."""
    client = fakes.FakeClient(working(2, 27))
    async with running(client, keys=["q", "ctrl+c"], can_detach=True) as (app, pilot, _):
        assert "Ctrl+C once more to leave: detach" in text_of(app)
        await show(app, pilot, client, working(1, 3))
        assert "Ctrl+C once more to leave: detach" in text_of(app)
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert app.decision == "detach"


async def test_what_is_said_later_in_a_question_stays_its_time(monkeypatch):
    """The end of what was said before does not take it away."""
    due = []

    class Due:
        def __init__(self, do):
            self.do = do
            due.append(self)

        def stop(self):
            due.remove(self)

    monkeypatch.setattr(Confirm, "set_timer", lambda _, _seconds, do: Due(do))
    async with running() as (app, pilot, _):
        app.push_screen(Confirm("Sure?", ""))
        await settle(pilot)
        for text in ("the first word", "the second word"):
            app.top.flash(text)
        await settle(pilot)
        assert "the second word" in text_of(app)
        (only,) = due
        only.do()
        await settle(pilot)
        assert "word" not in text_of(app)


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


async def test_too_small_says_of_jobs_only_what_is_so():
    """Where none run it does not say that they go on; when they end meanwhile it says no more."""
    async with running(fakes.FakeClient(fakes.idle()), size=(50, 10)) as (app, pilot, client):
        assert text_of(app).strip() == "needs 60\u00d716, has 50\u00d710"
        client.put(fakes.running())
        await taken(pilot, client)
        assert text_of(app).strip() == "needs 60\u00d716, has 50\u00d710; jobs keep running"
        client.put(fakes.idle())
        await taken(pilot, client)
        assert text_of(app).strip() == "needs 60\u00d716, has 50\u00d710"


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
