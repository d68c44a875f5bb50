"""Each key does what the table says: the command that is sent, or the reason why not."""

import asyncio

import msgspec
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.model.commands import Cancel, Pause, Reply, Resize, Resume, Retry, Target, Undo
from soniq_tui.model.job import BatchState, Items
from soniq_tui.ui.keys import ACTIONS, actions_on
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of


@pytest.mark.parametrize(
    ("keys", "command"),
    [
        (["space"], Pause(target=Target(batches=(1,)))),
        (["down", "down", "space"], Resume(target=Target(batches=(3,)))),
        (["P"], Pause(target=Target())),
        (["r"], Retry(target=Target(batches=(1,)))),
        (["R"], Retry(target=Target(batches=(3, 1)))),
        (["plus"], Resize(queue="extract", slots=6)),
        (["minus"], Resize(queue="extract", slots=4)),
        (["tab", "down", "down", "plus"], Resize(queue="scrape", slots=2)),
        (["tab", "space"], Pause(target=Target(jobs=(100,)))),
        (["2", "space"], Pause(target=Target(jobs=(1,)))),
        (["2", "c"], Cancel(target=Target(jobs=(1,)), undo_s=5.0)),
        (["2", "down", "r"], Retry(target=Target(jobs=(2,)))),
        (["e", "r"], Retry(target=Target(batches=(1,)))),
        (["e", "enter", "r"], Retry(target=Target(batches=(1,)))),
        (["2", "enter", "space"], Pause(target=Target(jobs=(1,)))),
        (["c", "y"], Cancel(target=Target(batches=(1,)), undo_s=5.0)),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else type(value).__name__,
)
async def test_a_key_sends_its_command(keys, command):
    """Pressing the keys sends exactly one command."""
    async with running(keys=keys) as (_, _pilot, client):
        assert client.sent == [command]


async def test_undo_takes_a_cancel_back_and_the_row_counts_down():
    """While a cancel is pending its row shows the seconds, and u sends Undo."""
    snapshot = fakes.running()
    pending = msgspec.structs.replace(snapshot.batches[-1], undo_s=4.2)
    client = fakes.FakeClient(
        msgspec.structs.replace(snapshot, batches=(*snapshot.batches[:-1], pending))
    )
    async with running(client) as (app, pilot, _):
        assert "gone in 4s" in text_of(app)
        await pilot.press("u")
        await settle(pilot)
        assert client.sent == [Undo()]


async def test_many_jobs_are_cancelled_only_after_a_question():
    """More than a hundred jobs: the question names the number, and its default is no."""
    async with running() as (app, pilot, client):
        await pilot.press("c")
        await settle(pilot)
        assert "366 jobs" in text_of(app)
        assert "soniq" in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert client.sent == []
        assert app.top.where == "dash"


async def test_a_key_that_is_not_allowed_says_why():
    """Nothing is sent, and the reason stands in the line for messages."""
    async with running(fakes.FakeClient(fakes.idle())) as (app, pilot, client):
        for key, reason in (("space", "no batch is marked"), ("R", "nothing has failed")):
            await pilot.press(key)
            await settle(pilot)
            assert reason in text_of(app)
        assert client.sent == []


async def test_a_refusal_is_shown():
    """What the engine refuses is said in one line, and the console goes on."""
    async with running() as (app, pilot, client):
        client.reply = UsageError("the batch has just ended")
        await pilot.press("space")
        await settle(pilot)
        assert "the batch has just ended" in text_of(app)
        client.reply = Reply(ok=False, text="disk full")
        await pilot.press("P")
        await settle(pilot)
        assert "disk full" in text_of(app)


async def test_everything_paused_is_resumed_by_the_same_key():
    """P resumes once every open batch is paused."""
    paused = fakes.batch(1, state=BatchState.PAUSED)
    client = fakes.FakeClient(fakes.running(batches=(paused,)))
    async with running(client, keys=["P"]):
        assert client.sent == [Resume(target=Target())]


async def test_quit_asks_only_while_work_is_running():
    """Q leaves at once when nothing runs; else it offers what may become of the work."""
    async with running(fakes.FakeClient(fakes.idle()), keys=["q"]) as (app, _, _c):
        assert app.decision == "quit"
    for key, decision in (("f", "finish"), ("s", "stop")):
        async with running(keys=["q"]) as (app, pilot, _):
            assert "finish" in text_of(app)
            assert "detach" not in text_of(app)
            await pilot.press("d")
            await settle(pilot)
            assert app.decision == ""
            await pilot.press(key)
            await settle(pilot)
            assert app.decision == decision
    async with running(keys=["q", "escape"]) as (app, _, _c):
        assert app.decision == ""
        assert app.top.where == "dash"


async def test_detach_is_offered_where_the_host_can():
    """With can_detach the question has one answer more."""
    async with running(keys=["q"], can_detach=True) as (app, pilot, _):
        assert "detach" in text_of(app)
        await pilot.press("d")
        await settle(pilot)
        assert app.decision == "detach"


async def test_ctrl_c_twice_is_q():
    """One Ctrl+C only tells what two would do."""
    async with running(keys=["ctrl+c"]) as (app, pilot, _):
        assert "once more" in text_of(app)
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert app.top.where == "quit"


async def test_the_filter_is_applied_and_cleared():
    """Enter applies what was typed, esc clears it, the next esc leaves."""
    async with running(keys=["2", "slash", *"live", "enter"]) as (app, pilot, client):
        assert client.queries[-1].text == "live"
        assert "filter: live" in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert client.queries[-1].text == ""
        await pilot.press("escape")
        await settle(pilot)
        assert app.top.where == "dash"


async def test_enter_on_a_batch_opens_its_jobs():
    """The list asks for the jobs of that batch only."""
    async with running(keys=["down", "enter"]) as (app, _, client):
        assert client.queries[-1].batch_id == 2
        assert "example.org" in text_of(app)


async def test_the_items_of_a_cause_in_full():
    """Enter on a cause lists its items; enter on an item shows it in full; y copies it."""
    async with running(keys=["e", "enter", "enter"]) as (app, pilot, client):
        assert client.queries[-1].reason == f"not audio: {fakes.NAMES[0]}"
        assert "/music/Nina Simone/Pastel Blues [Live]" in text_of(app)
        await pilot.press("y")
        await settle(pilot)
        assert app.clipboard_text == "/music/Nina Simone/Pastel Blues [Live]"
        assert "sent to terminal" in text_of(app)


async def test_the_view_freezes():
    """. keeps the screen as it is while the engine moves on."""
    async with running(keys=["full_stop"]) as (app, pilot, client):
        client.put(fakes.running(items=Items(total=5, done=5)))
        await pilot.pause(0.4)
        assert "done 28,731" in text_of(app)
        await pilot.press("full_stop")
        client.put(client.now)
        await pilot.pause(0.4)
        assert "done 5" in text_of(app)


async def test_a_job_that_left_its_slot_is_looked_up():
    """The detail never goes on saying "running" of a job that no slot runs any more."""
    async with running(keys=["tab", "enter"]) as (app, pilot, client):
        assert "▶ running" in text_of(app)
        client.jobs = 3
        client.put(fakes.running(slots=fakes.idle().slots))
        await pilot.pause(0.5)
        assert "has left its slot" in text_of(app)
        assert "running" not in text_of(app).split("batch")[0].split("state")[1]


async def test_a_cancelled_job_can_be_taken_back():
    """Right after a cancel u is allowed, though no batch shows it."""
    async with running(keys=["2", "c", "u"]) as (_, _pilot, client):
        assert client.sent[-1] == Undo()


async def test_looks_can_be_changed():
    """T takes the next theme, T the ASCII signs."""
    async with running(keys=["T"]) as (app, pilot, _):
        assert app.glyphs.name == "ascii"
        assert "█" not in text_of(app)
        for theme in ("soniq-light", "ansi", "high-contrast", "mono", "soniq-dark"):
            await pilot.press("t")
            await settle(pilot)
            assert app.theme == theme
            assert "queue 71,204" in text_of(app)


async def test_the_palette_finds_and_does():
    """A word narrows the actions, enter does the first one."""
    async with running(keys=["colon", *"pause or", "enter"]) as (_, _pilot, client):
        assert client.sent == [Pause(target=Target(batches=(1,)))]


async def test_the_first_start_offers_the_demo():
    """With no batch the screen says what to press, and D runs the demo."""
    ran = []

    async def demo():
        ran.append(1)
        return Reply(ok=True, text="three demo batches are running")

    async with running(fakes.FakeClient(fakes.idle()), run_demo=demo) as (app, pilot, _):
        assert "runs the demo" in text_of(app)
        await pilot.press("D")
        await settle(pilot)
        assert ran == [1]
        assert "three demo batches" in text_of(app)


async def test_the_cursor_follows_its_batch():
    """A new batch above does not move the cursor to another one."""
    async with running(keys=["down"]) as (app, pilot, client):
        assert app.top.marked_batch.id == 2
        client.put(fakes.running(batches=(*client.now.batches, fakes.batch(9))))
        await pilot.pause(0.4)
        assert app.top.marked_batch.id == 2


async def test_too_small_says_so_and_recovers():
    """Below 60x16 one line tells what is needed; larger again, the screen is back."""
    async with running() as (app, pilot, _):
        await pilot.resize_terminal(52, 14)
        await settle(pilot)
        assert "needs 60\u00d716, has 52\u00d714; jobs keep running" in text_of(app)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert "queue 71,204" in text_of(app)


SCREENS = {
    "dash": [],
    "slots": ["tab"],
    "jobs": ["2"],
    "errors": ["e"],
    "cause": ["e", "enter"],
    "text": ["e", "enter", "enter"],
    "job": ["2", "enter"],
    "launch": ["n"],
    "help": ["question_mark"],
    "palette": ["colon"],
    "confirm": ["c"],
    "quit": ["q"],
}


@pytest.mark.parametrize("screen", SCREENS)
async def test_every_key_on_every_screen(screen):
    """Each action is a method of the screen or the app, and no key raises, allowed or not."""
    pressed = sorted({key for action in ACTIONS for key in action.keys} - {"f", "s", "d"})
    async with running(keys=SCREENS[screen]) as (app, pilot, _):
        for action in actions_on(app.top.where):
            assert hasattr(app.top, action.handler) or hasattr(app, action.handler), action.id
        for key in [*pressed, "up", "pagedown", "home", "end", "left", "right", "backspace", "x"]:
            app.simulate_key(key)
            await asyncio.sleep(0.01)
        await settle(pilot)
    assert app.failure is None
