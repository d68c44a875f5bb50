"""Each key does what the table says: the command that is sent, or the reason why not."""

import asyncio

import msgspec
import pytest
from textual.events import Key, MouseDown, MouseUp

from soniq_tui.errors import UsageError
from soniq_tui.model.commands import (
    Autoscale,
    Cancel,
    Cause,
    Hold,
    Pause,
    Reply,
    Resize,
    Resume,
    Retry,
    ShiftPriority,
    Target,
    Undo,
)
from soniq_tui.model.job import BatchState, ErrorKind, Items, JobState
from soniq_tui.model.snapshot import CauseRow, UndoView
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.actions.can import retryable
from soniq_tui.ui.app import ConsoleApp, Launch
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.widgets.flash import Flash
from soniq_tui.ui.widgets.footer import KeyLine
from tests.ui import fakes
from tests.ui.fake_results import Library
from tests.ui.pilots import console, running, settle, taken, text_of, until

CAUSE = Cause(
    batch_id=1, stage="tags", kind=ErrorKind.CORRUPT, reason=f"not audio: {fakes.NAMES[0]}"
)


def test_a_cause_is_retried_when_a_job_of_it_has_ended() -> None:
    """What a watch has booked cannot be retried while it runs, and the reason says what helps."""
    found = CauseRow(
        batch_id=1, stage="watch", kind=ErrorKind.VANISHED, reason="40 of 44", count=1, jobs=0,
        importer="music", first_at_s=fakes.AT_S, last_at_s=fakes.AT_S, sample="/m",
    )  # fmt: skip
    assert "a watch takes back what has mended" in retryable(ActionContext(cause=found))
    assert retryable(ActionContext(cause=msgspec.structs.replace(found, jobs=1))) == ""


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
        (["e", "r"], Retry(target=Target(causes=(CAUSE,)))),
        (["e", "enter", "r"], Retry(target=Target(causes=(CAUSE,)))),
        (["2", "enter", "space"], Pause(target=Target(jobs=(1,)))),
        (["c", "y"], Cancel(target=Target(batches=(1,)), undo_s=5.0)),
        (["tab", "exclamation_mark"], Pause(target=Target(jobs=(100,)), hard=True)),
        (["2", "exclamation_mark"], Pause(target=Target(jobs=(1,)), hard=True)),
        (["right_square_bracket"], ShiftPriority(target=Target(batches=(1,)), step=1)),
        (["left_square_bracket"], ShiftPriority(target=Target(batches=(1,)), step=-1)),
        (
            ["2", "down", "down", "down", "right_square_bracket"],
            ShiftPriority(target=Target(jobs=(4,)), step=1),
        ),
        (["a"], Autoscale(queue="extract", on=False)),
        (["Q", "down", "a"], Autoscale(queue="scrape", on=True)),
        (["Q", "space"], Hold(queue="extract", held=True)),
        (["Q", "plus"], Resize(queue="extract", slots=6)),
        (["Q", "minus"], Resize(queue="extract", slots=4)),
        (["X", "C"], Cancel(target=Target(text="is:dead"), undo_s=5.0)),
        (["X", "R"], Retry(target=Target(text="is:dead"))),
        (["X", "P"], Pause(target=Target(text="is:dead"))),
        (
            ["down", "enter", "slash", *"live", "enter", "R"],
            Retry(target=Target(batches=(2,), text="live")),
        ),
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
        msgspec.structs.replace(
            snapshot,
            batches=(*snapshot.batches[:-1], pending),
            undo=UndoView(what="cancel", batches=1),
        )
    )
    async with running(client) as (app, pilot, _):
        assert "ends in 4s" in text_of(app)
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


@pytest.mark.parametrize("key", ["d", "enter"])
async def test_detach_is_offered_where_the_host_can(key):
    """With can_detach the question has one answer more: the first one, and that of enter."""
    async with running(keys=["q"], can_detach=True) as (app, pilot, _):
        offer = " d detach   f finish"
        await until(pilot, lambda: text_of(app).splitlines()[-1].startswith(offer))
        await pilot.press(key)
        await until(pilot, lambda: app.decision)
        assert app.decision == "detach"


async def test_ctrl_c_twice_is_q():
    """One Ctrl+C only tells what two would do."""
    async with running(keys=["ctrl+c"]) as (app, pilot, _):
        assert "once more" in text_of(app)
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert app.top.where == "quit"


@pytest.mark.parametrize(("keys", "decision"), [([], ""), (["q"], "stop")])
async def test_ctrl_c_counts_as_long_as_the_one_before_is_announced(keys, decision, monkeypatch):
    """What the screen says holds: both end together, on a main screen and at a question."""
    clock, due = [42.0], []
    monkeypatch.setattr(ConsoleScreen, "set_timer", lambda _, s, do: due.append((s, do)))
    monkeypatch.setattr(Flash, "set_timer", lambda _, s, do: due.append((s, do)))
    async with running(keys=keys, clock=lambda: clock[0]) as (app, pilot, _):
        where = app.top.where
        await pilot.press("ctrl+c")
        seconds, settle_it = due[-1]
        clock[0] += seconds + 0.1
        settle_it()
        await settle(pilot)
        assert "once more" not in text_of(app)
        await pilot.press("ctrl+c")
        assert (app.top.where, app.decision) == (where, "")
        assert "once more" in text_of(app)
        clock[0] += seconds - 0.1
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert app.decision == decision
        assert decision or app.top.where == "quit"


async def test_ctrl_c_means_what_is_announced_where_it_is_pressed():
    """One on another screen, whose question it would answer, is a first one there."""
    async with running(keys=["ctrl+c", "q", "ctrl+c"]) as (app, _, _client):
        assert app.decision == ""
        assert "Ctrl+C once more to leave: stop" in text_of(app)


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
        await taken(pilot, client)
        assert "done 28,731" in text_of(app)
        await pilot.press("full_stop")
        client.put(client.now)
        await taken(pilot, client)
        assert "done 5" in text_of(app)


async def test_a_job_that_left_its_slot_is_looked_up():
    """The detail never goes on saying "running" of a job that no slot runs any more."""
    async with running(keys=["tab", "enter"]) as (app, pilot, client):
        assert "▶ running" in text_of(app)
        client.jobs = 3
        client.put(fakes.running(slots=fakes.idle().slots))
        await until(pilot, lambda: "has left its slot" in text_of(app))
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


@pytest.mark.parametrize(
    ("keys", "where"),
    [(["n"], "launch"), (["4"], "results"), (["4", "2"], "jobs"), (["c"], "dash")],
)
async def test_where_a_key_leads_once_the_engine_is_there(keys, where):
    """The newest that leads somewhere does so then; what would act on jobs is refused."""
    gate = asyncio.Event()
    fake = Library()

    async def connect():
        await gate.wait()
        return fake

    app = console(fake)
    app._connect = connect
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        if keys == ["n"]:
            assert "new: as soon as the engine is there" in text_of(app)
        gate.set()
        await until(pilot, lambda: app.snapshot is not None)
        await until(pilot, lambda: app.screen.where == where)
        await settle(pilot)
        assert app.screen.where == where
        assert fake.sent == []


async def test_what_is_typed_behind_n_waits_for_the_form(monkeypatch):
    """While the engine starts as at any other time: of ``/mc`` no key is a command."""
    gate, fake = asyncio.Event(), fakes.FakeClient()

    async def connect():
        await gate.wait()
        return fake

    app = console(fake)
    app._connect = connect
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for key in ("n", "slash", "m", "c", "2"):
            app.post_message(Key(key, {"slash": "/"}.get(key, key)))
        await settle(pilot)
        gate.set()
        await until(pilot, lambda: app.screen.where == "launch" and app.top.entries)
        await until(pilot, lambda: app.top.entries["paths"].value == "/mc2")
        assert fake.sent == []


async def test_keys_are_ascii_where_the_signs_are():
    """A terminal that lacks arrows is told the keys in words, in footer and form."""
    async with running(keys=["T", "2", "slash"]) as (app, pilot, _):
        assert "Up earlier  Down later" in text_of(app).splitlines()[-1]
        await pilot.press("escape", "n")
        await settle(pilot)
        assert text_of(app).isascii()


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
        await taken(pilot, client)
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


async def test_a_stopped_job_says_so_and_space_resumes_it():
    """A job that is stopped where it is reads so in its slot, in the list and in full."""
    client = fakes.FakeClient(fakes.held())
    async with running(client, keys=["tab"]) as (app, pilot, _):
        assert "stopped" in text_of(app)
        assert "space resume" in text_of(app)
        await pilot.press("exclamation_mark")
        await settle(pilot)
        assert "stopped already" in text_of(app)
        await pilot.press("space")
        await settle(pilot)
        assert client.sent == [Resume(target=Target(jobs=(100,)))]
        await pilot.press("enter")
        await settle(pilot)
        assert "its clock stands still" in text_of(app)


async def test_a_hard_pause_says_what_it_means():
    """The clock that stands still is said, and that space goes on."""
    async with running(keys=["tab", "exclamation_mark"]) as (app, pilot, client):
        assert "stopped where it is; its clock stands still, space resumes it" in text_of(app)
        client.reply = Reply(ok=True, affected=0)
        await pilot.press("down", "exclamation_mark")
        await settle(pilot)
        assert "does not run any more" in text_of(app)


async def test_what_was_asked_tells_for_how_long():
    """A slot that is being cancelled shows the seconds since this console first saw it."""
    clock = [42.0]
    first, *others = fakes.slots()
    ending = msgspec.structs.replace(first, state=JobState.CANCELLING)
    client = fakes.FakeClient(fakes.running(slots=(ending, *others)))
    async with running(client, clock=lambda: clock[0]) as (app, pilot, _):
        assert "cancelling 0s" in text_of(app)
        clock[0] += 2.2
        client.put(client.now)
        await taken(pilot, client)
        assert "cancelling 2s" in text_of(app)
        client.put(fakes.running())
        await taken(pilot, client)
        assert "cancelling" not in text_of(app)


async def test_enter_on_a_queue_shows_its_jobs_and_esc_comes_back():
    """The list is filtered by the queue; that filter is no step of its own on the way back."""
    async with running(keys=["Q", "down", "enter"]) as (app, pilot, client):
        assert client.queries[-1].text == "queue:scrape"
        assert "filter: queue:scrape" in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert app.top.where == "queues"
        await pilot.press("escape")
        await settle(pilot)
        assert app.top.where == "dash"


async def test_a_held_queue_is_released_by_the_same_key():
    """Space on a queue that is held lets it go on, and the footer says so."""
    client = fakes.FakeClient(fakes.held())
    async with running(client, keys=["Q", "down"]) as (app, pilot, _):
        assert "space release" in text_of(app)
        await pilot.press("space")
        await settle(pilot)
        assert client.sent == [Hold(queue="scrape", held=False)]
        assert "scrape released" in text_of(app)


@pytest.mark.parametrize(("key", "verb"), [("C", "Cancel"), ("R", "Retry"), ("P", "Pause")])
async def test_many_shown_jobs_are_changed_only_after_a_question(key, verb):
    """Beyond a hundred jobs the question names their number, and y means all of them."""
    client = fakes.FakeClient(jobs=4_000)
    async with running(client, keys=["X", key]) as (app, pilot, _):
        assert f"{verb} all that the filter shows: 4,000 jobs?" in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert client.sent == []
        await pilot.press(key, "y")
        await settle(pilot)
        assert [command.target for command in client.sent] == [Target(text="is:dead")]


async def test_what_the_filter_shows_is_resumed_once_all_of_it_is_paused():
    """P on a filter whose rows are all paused resumes them."""
    client = fakes.FakeClient()
    paused = msgspec.structs.replace(client.job_row(4), id=1)
    client.job_row = lambda i: msgspec.structs.replace(paused, id=i + 1)
    async with running(client, keys=["X"]) as (_, pilot, _c):
        await pilot.press("P")
        await settle(pilot)
        assert client.sent == [Resume(target=Target(text="is:dead"))]


async def test_without_a_filter_nothing_is_cancelled_at_once():
    """C says that it needs a filter."""
    async with running(keys=["2", "C"]) as (app, _, client):
        assert "no filter is set" in text_of(app)
        assert client.sent == []


async def test_a_job_that_has_ended_has_no_priority():
    """[ on a job that runs says why not."""
    async with running(keys=["2", "left_square_bracket"]) as (app, _, client):
        assert "only waiting ones have a priority" in text_of(app)
        assert client.sent == []


async def test_the_banner_comes_and_goes_on_every_main_screen():
    """Why the engine holds back stands on each main screen, and takes no line when it is over."""
    for keys in ([], ["2"], ["e"], ["e", "enter"], ["e", "enter", "enter"], ["2", "enter"], ["Q"]):
        client = fakes.FakeClient(fakes.full())
        async with running(client, keys=keys) as (app, pilot, _):
            assert "disk full: 10 MiB free" in text_of(app), keys
            assert "work goes on by itself" in text_of(app), keys
            client.put(fakes.running())
            await taken(pilot, client)
            assert "disk full" not in text_of(app), keys
            assert not app.top.banner_line.display, keys


async def test_batches_from_earlier_that_are_paused_are_named():
    """Where all that is open was left paused, the first thing said is how to go on."""
    async with running(fakes.FakeClient(fakes.paused())) as (app, _, _c):
        assert "2 batches from earlier are paused: P resumes them" in text_of(app)
    async with running(fakes.FakeClient(fakes.paused(1))) as (app, _, _c):
        assert "1 batch from earlier is paused: P resumes it" in text_of(app)
    async with running() as (app, _, _c):
        assert "from earlier" not in text_of(app)
    start = Launch("music", {"root": "/music"})
    client = fakes.FakeClient(fakes.running())
    async with running(client, start=start) as (app, _, _c):
        assert "1 batch from earlier is paused: space resumes the marked one" in text_of(app)
        assert client.launched == [("music", {"root": "/music"})]


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_what_is_said_is_there_whole(size):
    """In as many lines as it needs, given back after it; beyond three a sign says that more was."""
    async with running(size=size) as (app, pilot, _):
        before = text_of(app)
        said = "nothing of this can be done " * 5
        app.top.flash(said.strip())
        await settle(pilot)
        assert said.strip() in " ".join(text_of(app).split())
        app.top.flash("word " * 100)
        await settle(pilot)
        rows = [row for row in text_of(app).splitlines() if "word word" in row]
        assert len(rows) == 3
        assert rows[-1].endswith("…")
        app.top.flash("x" * 1000)
        await settle(pilot)
        rows = [row for row in text_of(app).splitlines() if "xxxx" in row]
        assert len(rows) == 3
        assert rows[-1].endswith("x…")
        app.top.flash_line.settle()
        await settle(pilot)
        assert text_of(app) == before


async def clicked(app, pilot, text, *, button=1, past=0):
    """Click on a text of the footer, or so many cells past its last one."""
    at = text_of(app).splitlines()[-1].index(text) + (len(text) - 1 + past if past else 0)
    await pilot.click(KeyLine, offset=(at, 0), button=button)
    await settle(pilot)


async def pressed_at(app, pilot, *texts):
    """Press the first button as a driver tells of it, each time at a text; return where."""
    for kind, text in zip((MouseDown, MouseUp), (texts[0], texts[-1]), strict=True):
        x, y = text_of(app).splitlines()[-1].index(text), app.size.height - 1
        app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        await settle(pilot)
    return x


async def test_a_click_on_a_key_of_the_footer_does_what_the_key_does():
    """With the first button, on key or word; also where a line is typed."""
    async with running(keys=["2"]) as (app, pilot, client):
        for button in (2, 3):
            await clicked(app, pilot, "/ filter", button=button)
        await clicked(app, pilot, "/ filter", past=1)
        assert app.top.typing == ""
        await pressed_at(app, pilot, "quit", "filter")  # let go over another one
        assert app.top.typing == ""
        await clicked(app, pilot, "filter")
        assert app.top.typing == "filter"
        await pilot.press(*"queue")
        await clicked(app, pilot, "tab complete")
        assert app.top.line.value == "queue:"
        await clicked(app, pilot, "esc back")
        assert (app.top.typing, app.top.where) == ("", "jobs")
        await clicked(app, pilot, "space pause")
        assert client.sent == [Pause(target=Target(jobs=(1,)))]
        await clicked(app, pilot, "? help")
        assert app.top.where == "help"
        await clicked(app, pilot, "esc ")
        assert app.top.where == "jobs"


async def test_a_double_click_in_the_footer_does_nothing_in_what_the_first_one_opened(monkeypatch):
    """There another key stands at that place; a key that is still there is pressed twice."""
    monkeypatch.setattr(ConsoleApp, "CLICK_CHAIN_TIME_THRESHOLD", 60)
    async with running(keys=["e"]) as (app, pilot, client):
        at = await pressed_at(app, pilot, "jobs")
        assert app.top.where == "jobs"
        assert await pressed_at(app, pilot, "q quit") == at
        assert app.top.where == "jobs"
        await pressed_at(app, pilot, "space pause")
        await pressed_at(app, pilot, "space pause")
        assert len(client.sent) == 2
        await pressed_at(app, pilot, "q quit")
        assert app.top.where == "quit"


@pytest.mark.parametrize(
    ("keys", "offered"),
    [
        (["2", "slash"], "enter take  tab complete  ↑ earlier  ↓ later  esc back"),
        (["2", "slash", "x", "enter", "K"], "enter take  esc back"),
        (["4", "slash"], "enter take  esc back"),
    ],
)
async def test_the_footer_has_no_letters_while_letters_are_typed(keys, offered):
    """They would do nothing but stand there; closed, the line gives the footer back."""
    async with running(keys=keys) as (app, pilot, _):
        assert text_of(app).splitlines()[-1].strip() == offered
        await pilot.press("escape")
        await settle(pilot)
        assert text_of(app).splitlines()[-1].endswith("? help")
