"""What the console says: stale words go, counts are of what they name, names are found first."""

import msgspec
import pytest

from soniq_tui.model.commands import Reply
from soniq_tui.model.job import JobState
from soniq_tui.ui import keys, palette_entries, view
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.screens import leave
from tests.ui import fakes
from tests.ui.pilots import running, settle, taken, text_of

STOPS = "1 running job stops at the next item"


def with_pausing(snapshot):
    """Let the first slot's job be asked to pause."""
    first, *others = snapshot.slots
    asked = msgspec.structs.replace(first, state=JobState.PAUSING)
    return msgspec.structs.replace(snapshot, slots=(asked, *others))


async def test_what_a_pause_said_goes_when_the_jobs_have_stopped():
    """Not before, and not five seconds later."""
    client = fakes.FakeClient(with_pausing(fakes.running()))
    client.reply = Reply(text=STOPS)
    async with running(client, keys=["space"]) as (app, pilot, _):
        client.put(client.now)
        await taken(pilot, client)
        assert STOPS in text_of(app)
        client.put(fakes.running())
        await taken(pilot, client)
        assert STOPS not in text_of(app)
        assert "23 like it" in text_of(app)


async def test_what_a_pause_said_goes_with_the_resume():
    """The words of the newer command stand."""
    client = fakes.FakeClient(fakes.paused())
    async with running(client, keys=[]) as (app, pilot, _):
        client.reply = Reply(text=STOPS)
        client.put(with_pausing(fakes.running()))
        await taken(pilot, client)
        await pilot.press("space")
        await settle(pilot)
        assert STOPS in text_of(app)
        client.reply = Reply()
        await pilot.press("down", "down", "space")
        await settle(pilot)
        assert STOPS not in text_of(app)
        assert "resumed" in text_of(app)


@pytest.mark.parametrize(("same", "words"), [(1, None), (2, "(1 like it)"), (24, "(23 like it)")])
def test_like_it_counts_the_same_cause(same, words):
    """Not all failures there are."""
    failure = msgspec.structs.replace(fakes.running().newest_failure, same=same)
    text = "".join(span for span, _ in view.failure_line(failure, 100))
    assert words in text if words else "like it" not in text


async def test_the_demo_ends_no_work():
    """While anything runs or waits D only says where the demo can be run."""

    async def demo():
        raise AssertionError("it must not be run")

    for snapshot in (fakes.running(), fakes.paused()):
        async with running(fakes.FakeClient(snapshot), run_demo=demo, keys=["D"]) as (app, _, _c):
            assert "work is running; start `soniq-tui demo` in another window" in text_of(app)
            assert app.decision == ""


def test_the_question_counts_stopped_jobs_apart():
    """A job that stands still does not run."""
    now = fakes.running()
    slots = tuple(msgspec.structs.replace(s, frozen=i < 3) for i, s in enumerate(now.slots))
    some = msgspec.structs.replace(now, slots=slots)
    assert leave.work_text(some) == "5 jobs running, 3 stopped where they are, 71,204 waiting"
    assert leave.work_text(now) == "8 jobs running, 71,204 waiting"


@pytest.mark.parametrize(("can_detach", "decision"), [(True, "detach"), (False, "stop")])
async def test_ctrl_c_twice_leaves_at_the_question_too(can_detach, decision):
    """The first one is announced without covering what is asked."""
    async with running(keys=["q", "ctrl+c"], can_detach=can_detach) as (app, pilot, _):
        assert "8 jobs running, 71,204 waiting" in text_of(app)
        assert f"Ctrl+C once more to leave: {decision}" in text_of(app)
        assert app.decision == ""
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert app.decision == decision


def ids(text, now):
    """Return what the palette of the dashboard offers for ``text``."""
    every = palette_entries.of_actions(keys.actions_on("dash"), now)
    return [offer.value for _place, offer in palette_entries.found(every, text)]


def test_names_are_found_before_descriptions():
    """What cannot be done now comes last; a key finds its action."""
    now = ActionContext(screen="dash", snapshot=fakes.running(), attached=True, row=True)
    assert ids("stop", now)[0] == "engine.stop"
    assert ids("!", now) == ["jobs.freeze"]
    can = [not keys.BY_ID[i].allowed(now) for i in ids("", now)]
    assert can == sorted(can, reverse=True)
    assert not all(can)


async def test_enter_on_what_cannot_be_done_says_why_and_does_nothing_else():
    """Even where another action's description has the word: the name that was typed is marked."""
    async with running(keys=["tab", "colon", *"stop", "enter"]) as (app, _, client):
        assert app.top.where == "palette"
        assert app.top.marked.value == "engine.stop"
        assert "stop engine: this console holds the engine" in text_of(app)
        assert client.sent == []


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_scale_events_take_what_the_queues_leave(size):
    """All queues are seen; without an event there is no heading either."""
    many = tuple(
        msgspec.structs.replace(fakes.queues()[0], name=f"queue{i}") for i in range(size[1] - 5)
    )
    snapshot = msgspec.structs.replace(fakes.held(), queues=many)
    async with running(fakes.FakeClient(snapshot), size, keys=["Q"]) as (app, pilot, client):
        shown = text_of(app)
        assert f"queue{len(many) - 1} " in shown
        assert "scale events" not in shown
        client.put(fakes.held())
        await taken(pilot, client)
        assert "scale events" in text_of(app)
        client.put(fakes.running())
        await taken(pilot, client)
        assert "scale events" not in text_of(app)


async def test_batches_of_one_folder_are_told_apart():
    """The number is what the command line asks for."""
    both = msgspec.structs.replace(fakes.running(), batches=(fakes.batch(7), fakes.batch(12)))
    async with running(fakes.FakeClient(both)) as (app, _, _c):
        assert "   12 scan    /music" in text_of(app)
        assert "    7 scan    /music" in text_of(app)


async def test_the_empty_state_names_what_can_be_started():
    """Only what the engine has a form for."""
    client = fakes.FakeClient(fakes.idle())
    client.forms = client.forms[:1]
    async with running(client) as (app, _, _c):
        assert "n  new batch: music library\n" in text_of(app)
