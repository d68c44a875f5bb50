"""The dashboard in every size: who has which room, and that nothing jumps."""

import asyncio

import msgspec
import pytest
from rich.cells import cell_len

from soniq_tui.errors import JournalError
from soniq_tui.model.job import BatchState, ErrorKind, Items
from soniq_tui.model.snapshot import SlotView, View
from soniq_tui.ui import batch_lines, dash_layout, rows, view
from soniq_tui.ui.glyphs import UNICODE
from tests.ui import fakes
from tests.ui.pilots import flat, running, settle, taken, text_of, until

SIZES = [(60, 16), (80, 24), (100, 30), (120, 30), (120, 40), (160, 50)]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("batches", [1, 3, 40])
@pytest.mark.parametrize("slots", [1, 8, 64])
def test_every_part_has_room(width, height, batches, slots):
    """The parts fill the screen and no more; slots that fit are all seen."""
    room = dash_layout.share(width, height, batches, slots, banner=True)
    lines = room.header + 1 + room.upper + 1 + 1 + room.slots + room.log + dash_layout.FOOT_ROWS
    assert lines == height
    assert room.slots >= min(slots, 5)
    assert (room.side > 0) is (width >= 120)
    assert room.left + room.side + (dash_layout.SIDE_GAP if room.side else 0) == width
    assert not room.log or room.slots == slots


def test_busy_slots_come_first_where_room_is_short():
    """Idle slots go behind, but not for a moment between two jobs; else the order stays."""
    order = [("q", n) for n in range(6)]
    idle_s = {("q", 0): 9.0, ("q", 1): 1.0, ("q", 4): 30.0}
    assert dash_layout.in_view(idle_s, order, 6, 3.0) is order
    assert [n for _, n in dash_layout.in_view(idle_s, order, 4, 3.0)] == [1, 2, 3, 5, 0, 4]


async def test_a_busy_slot_is_never_pushed_out_of_view():
    """On a short screen the one slot of 40 that is busy is seen, and stays while it may go on."""
    slots = tuple(SlotView(queue="extract", index=n) for n in range(40))
    busy = msgspec.structs.replace(slots[37], job_id=7, label="the only one", run_s=4.0)
    fake = fakes.FakeClient(fakes.running(slots=(*slots[:37], busy, *slots[38:])))
    clock = [100.0]
    async with running(fake, (60, 16), clock=lambda: clock[0]) as (app, pilot, _):
        clock[0] = 110.0
        fake.put(fake.now)
        await settle(pilot)
        app._show(fake.now)
        first = app.screen.slot_source.row(0)
        assert first.cells[2] == "the only one"
        fake.put(fakes.running(slots=slots))
        app._show(fake.now)
        assert app.screen.slot_source.row(0).id == ("extract", 37)
        clock[0] = 120.0
        app._show(fake.now)
        assert app.screen.slot_source.row(0).id == ("extract", 0)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_nothing_jumps_from_tick_to_tick(size):
    """While figures change every line keeps its beginning and no part moves."""
    fake = fakes.FakeClient()
    async with running(fake, size) as (app, pilot, _):
        await settle(pilot)
        places = [(w.id, w.region) for w in app.screen.walk_children() if w.id]
        heads = [line[:1] for line in text_of(app).splitlines()]
        for done in (28_800, 31_000, 99_998):
            items = Items(total=100_000, done=done, failed=65)
            batches = (*fakes.running().batches[:-1], fakes.batch(items=items, eta_s=3.0))
            fake.put(fakes.running(batches=batches, items=items, items_per_s=7.0, rates=(1.0,)))
            app._show(fake.now)
            await pilot.pause()
        assert [(w.id, w.region) for w in app.screen.walk_children() if w.id] == places
        assert [line[:1] for line in text_of(app).splitlines()] == heads


async def test_a_wide_screen_shows_the_marked_batch_then_the_marked_job():
    """The pane at the right follows the cursor: batches first, with tab the jobs in the slots."""
    fake = fakes.FakeClient()
    job = msgspec.structs.replace(fake.job_row(0), id=101, label="/music/音楽/第一")
    fake.details[101] = fakes.detail(job)
    fake.outputs[101] = ["reading 1", "reading 2"]
    async with running(fake, (120, 40), ["down"]) as (app, pilot, _):
        assert "crawl  example.org" in text_of(app)
        await pilot.press("tab", "down")
        await until(pilot, lambda: "host.invalid: no answer" in text_of(app))
        assert "── job 101 ─" in text_of(app)
        assert "reading 2" in text_of(app)
        assert fake.asked == [101]
        await pilot.press("tab")
        await until(pilot, lambda: "── batch 2 ─" in text_of(app))


async def test_a_narrow_screen_asks_for_no_details():
    """Where there is no pane the engine is not asked for what it would show."""
    async with running(size=(80, 24), keys=["tab", "down", "down"]) as (_, pilot, fake):
        await pilot.pause(0.3)
        assert fake.asked == []
        assert not [q for q in fake.queries if q.view == "log"]


async def test_the_end_of_the_log_is_asked_for_only_when_it_grew():
    """The tail shows new lines, and costs nothing while nothing is said."""
    async with running(size=(160, 50)) as (app, pilot, fake):
        await until(pilot, lambda: "✗ 09:40:03 batch 4" in text_of(app))
        asked = len([q for q in fake.queries if q.view == "log"])
        fake.put(fake.now)
        app._show(fake.now)
        await settle(pilot)
        assert len([q for q in fake.queries if q.view == "log"]) == asked
        fake.say("batch 1 paused: scan /music")
        app._show(fake.now)
        await until(pilot, lambda: "batch 1 paused: scan /music" in text_of(app))


def causes_asked(fake):
    """Return how often the causes were asked for."""
    return len([q for q in fake.queries if q.view is View.CAUSES])


async def test_another_failure_in_place_of_one_that_was_retried_is_shown():
    """Where as many things failed as before, and others, the box beside the batches follows."""
    async with running(size=(160, 50)) as (app, pilot, fake):
        await until(pilot, lambda: "corrupt: not audio" in text_of(app))
        asked = causes_asked(fake)
        await show(app, pilot, fake, fake.now)
        assert causes_asked(fake) == asked, "nothing failed since"
        fake.cause = lambda number: fakes.FakeClient().cause(number + 2)
        newest = msgspec.structs.replace(fake.now.newest_failure, item="another", reason="other")
        await show(app, pilot, fake, fakes.running(newest_failure=newest))
        assert causes_asked(fake) == asked + 1
        name = fakes.FakeClient().cause(2).reason[:20]
        assert name in text_of(app)


async def test_causes_come_though_things_fail_faster_than_they_are_listed():
    """While an answer is on its way no other is asked for; then what failed meanwhile is."""
    go_on = asyncio.Event()

    class Slow(fakes.FakeClient):
        async def browse(self, query):
            page = await super().browse(query)
            if query.view is View.CAUSES:
                await go_on.wait()
            return page

    async with running(Slow(), (160, 50)) as (app, pilot, fake):
        for failures in (68, 69, 70):
            items = Items(total=100_000, done=28_666, failed=failures)
            await show(app, pilot, fake, fakes.running(failures=failures, items=items))
        assert causes_asked(fake) == 1
        assert not app.screen.causes
        go_on.set()
        await until(pilot, lambda: causes_asked(fake) == 2)
        await until(pilot, lambda: app.screen.causes)
        await settle(pilot)
        assert causes_asked(fake) == 2


async def test_causes_that_could_not_be_had_are_asked_for_again():
    """A journal that is locked for a moment leaves the box empty for a moment."""

    class Locked(fakes.FakeClient):
        async def browse(self, query):
            page = await super().browse(query)
            if query.view is View.CAUSES and causes_asked(self) == 1:
                raise JournalError("the journal is locked")
            return page

    async with running(Locked(), (160, 50)) as (app, pilot, fake):
        await until(pilot, lambda: causes_asked(fake) == 1)
        await show(app, pilot, fake, fake.now)
        await until(pilot, lambda: app.screen.causes)
        assert causes_asked(fake) == 2


async def show(app, pilot, fake, snapshot):
    """Let the engine move on and the screen see it."""
    fake.put(snapshot)
    app._show(fake.now)
    await settle(pilot)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_the_first_screen_says_what_to_do_at_every_size(size):
    """Nothing is cut in the empty state, and no empty part of a dashboard stands around."""
    async with running(fakes.FakeClient(fakes.idle()), size) as (app, _, _fake):
        text = text_of(app)
        words = " ".join(text.split())
        assert "loses none of them." in words
        assert "what failed can be retried." in words
        assert "new batch: music library, recipes" in words
        assert "queues ──" not in text
        assert "log ──" not in text


async def test_esc_takes_back_one_step_after_the_other():
    """A pane alone, the other pane, marks; at last it says which key leaves."""
    async with running(keys=["asterisk", "tab", "z"]) as (app, pilot, _):
        dash = app.screen
        seen = []
        for _step in range(4):
            await pilot.press("escape")
            await settle(pilot)
            seen.append((dash.zoomed, dash.slots.has_focus, bool(dash.marks)))
        assert seen[0] == ("", True, True)
        assert seen[1] == ("", False, True)
        assert seen[2] == seen[3] == ("", False, False)
        assert "this is the first screen; q leaves" in text_of(app)


@pytest.mark.parametrize("key", ["tab", "z", "s", "S"])
async def test_without_batches_there_are_no_panes(key):
    """Nothing is turned about that nobody sees, so the next key means the first batch."""
    async with running(fakes.FakeClient(fakes.idle()), keys=[key]) as (app, pilot, fake):
        assert "there is no batch yet; n starts one" in text_of(app)
        assert "tab pane" not in text_of(app)
        await show(app, pilot, fake, fakes.running())
        assert app.screen.batches.has_focus
        assert app.screen.sorting.text() == app.screen.zoomed == ""


async def test_a_batch_of_which_only_paused_jobs_are_left_says_so():
    """It is not paused itself, and would stand still without a word."""
    async with running(fakes.FakeClient(fakes.held_up())) as (app, _, _fake):
        lines = text_of(app).splitlines()
        assert lines[0].endswith("⏸ paused")
        told = " ⏸ 1 job is paused, and nothing else is left; 2 lists it, space resumes it"
        assert lines[-2] == told


def test_the_header_of_a_wide_screen_has_its_graph_at_the_right():
    """Figures and graph have fixed cells; a rate of little is seen."""
    for width, side in ((120, 48), (160, 64)):
        first, *rows = view.header(fakes.running(), width, UNICODE, side=side)
        assert cell_len(flat(first)) <= width
        for row in rows:
            left = flat(row[:-2])
            assert cell_len(left) == width - side
            assert cell_len(flat(row)) <= width
    low = fakes.running(rates=(1000.0, 1.0))
    assert view.header(low, 120, UNICODE, side=48)[2][-2][0].endswith("█▁")


def test_everything_of_a_batch():
    """What is known is told, what is not is left out."""
    names = [name for name, _ in batch_lines.facts_of(fakes.batch(), UNICODE)]
    assert names[:4] == ["batch", "state", "items", "done"]
    assert "ended" not in names
    failed = msgspec.structs.replace(fakes.batch(), items=Items(total=9, done=6, failed=3))
    ended = msgspec.structs.replace(failed, state=BatchState.DONE)
    cause = fakes.FakeClient().cause(0)
    causes = [msgspec.structs.replace(cause, batch_id=b, kind=kind, count=n) for b, kind, n in (
        (failed.id, ErrorKind.NOT_FOUND, 1), (failed.id, ErrorKind.BLOCKED, 2),
        (99, ErrorKind.BLOCKED, 7),
    )]  # fmt: skip
    facts = dict(batch_lines.facts_of(failed, UNICODE, causes))
    assert facts["failed"] == "3"
    facts = dict(batch_lines.facts_of(ended, UNICODE, causes))
    assert facts["failed"] == "3: 2 blocked, 1 not found"
    lines = batch_lines.pane_lines(None, 48, 5, UNICODE)
    assert len(lines) == 1


@pytest.mark.parametrize("size", [(120, 40), (160, 50)], ids=["120x40", "160x50"])
async def test_the_first_snapshot_fills_the_screen(size):
    """An engine that then says nothing more has told enough: no pane waits for a second one."""
    async with running(size=size) as (app, pilot, _):
        await until(pilot, lambda: "── batch 1 ─" in text_of(app))
        await until(pilot, lambda: "✗ 09:40:03 batch 4" in text_of(app))
        assert app.screen.about.block[1] != ()


async def test_of_a_path_the_end_is_shown_and_of_names_in_a_row_the_beginning():
    """The batch of some files is called after them, the first ones first."""
    labels = ("/a/long/way/to/some/music", "page1.html, page2.html, page3.html, page4.html")
    batches = tuple(fakes.batch(id=n, label=label) for n, label in enumerate(labels, 1))
    async with running(fakes.FakeClient(fakes.running(batches=batches))) as (app, _, _c):
        assert "…/way/to/some/music" in text_of(app)
        assert "page1.html, page2.h" in text_of(app)


async def test_idle_slots_look_alike():
    """The first one is no brighter than the others while the cursor is elsewhere."""
    fake = fakes.FakeClient(fakes.running(slots=fakes.idle().slots))
    async with running(fake) as (app, pilot, _):
        await settle(pilot)
        first, second = (app.screen.slots.render_line(y) for y in (1, 2))
        assert [s.style for s in first] == [s.style for s in second]
        await pilot.press("tab")
        assert [s.style for s in app.screen.slots.render_line(1)] != [s.style for s in second]


async def test_a_key_for_a_job_says_of_an_idle_slot_that_it_is():
    """No batch is missing there, and the cursor is in the slots already."""
    fake = fakes.FakeClient(fakes.running(slots=fakes.idle().slots))
    async with running(fake, keys=["tab"]) as (app, pilot, _c):
        for key in (
            "space",
            "c",
            "r",
            "right_square_bracket",
            "exclamation_mark",
            "enter",
            "y",
            "N",
        ):
            app.screen.flash("")
            await pilot.press(key)
            assert app.screen.flash_line.said.endswith("this slot is idle"), key
            assert fake.sent == []


async def test_what_is_new_among_the_failures_is_told_until_one_has_looked():
    """Counted from when the console began; a retry takes nothing that is new away."""
    fake = fakes.FakeClient(fakes.running(failures=65))
    async with running(fake) as (app, pilot, _):
        assert "new" not in app.screen.rule.block[0][0][0]
        fake.put(fakes.running(failures=67))
        await taken(pilot, fake)
        assert "failed 67 · 2 new" in text_of(app)
        await pilot.press("e", "1")
        await settle(pilot)
        assert "failed 67 ─" in text_of(app)
        fake.put(fakes.running(failures=10))
        await taken(pilot, fake)
        fake.put(fakes.running(failures=11))
        await taken(pilot, fake)
        assert "failed 11 · 1 new" in text_of(app)


async def test_a_new_batch_gets_the_cursor_that_stood_on_an_ended_one():
    """What was just launched is what keys mean; a batch at work keeps the cursor."""
    ended = fakes.batch(1, state=BatchState.DONE)
    fake = fakes.FakeClient(fakes.running(batches=(ended,)))
    async with running(fake) as (app, pilot, _):
        assert app.screen.marked_batch.id == 1
        fake.put(fakes.running(batches=(ended, fakes.batch(2))))
        await taken(pilot, fake)
        assert app.screen.marked_batch.id == 2
        fake.put(fakes.running(batches=(ended, fakes.batch(2), fakes.batch(3))))
        await taken(pilot, fake)
        assert app.screen.marked_batch.id == 2


# -------------------------------------------------------------------- what a batch waits for


def kept_by(**changes):
    """Return an engine with a batch that waits in a queue, whose slots another batch has."""
    waits = fakes.batch(4, running=0, waiting=9, waits_in=("extract",), items_per_s=0.0, eta_s=None)
    queues = tuple(
        msgspec.structs.replace(q, slots=2, target=2, active=2, **changes)
        if q.name == "extract"
        else q
        for q in fakes.queues(9)
    )
    slots = tuple(
        SlotView(queue="extract", index=number, job_id=number, batch_id=3, stage="tags")
        for number in (1, 2)
    )
    return msgspec.structs.replace(
        fakes.running(), batches=(waits,), queues=queues, slots=slots, newest_failure=None
    )


HELD_TEXT = "queue extract is held; Q, then space there lets it go on"
BEHIND_TEXT = "the slots of extract work for batch 3; ] raises the priority of this batch"


@pytest.mark.parametrize(
    ("changes", "sign", "text"), [({"held": True}, "⏸", HELD_TEXT), ({}, "·", BEHIND_TEXT)]
)
def test_a_batch_says_what_keeps_it(changes, sign, text):
    """In its row, in its details, and with the key that helps."""
    snapshot = kept_by(**changes)
    (row,) = rows.batch_rows(snapshot)
    assert (row.mark, row.cells[5], row.cells[6]) == (sign, "waits", "waits")
    (batch,) = snapshot.batches
    waits = batch_lines.wait_text(batch, snapshot)
    assert waits == text
    lines = batch_lines.pane_lines(batch, 50, 30, UNICODE, waits=waits)
    assert text.split(";")[0] in " ".join(flat(line) for line in lines).replace("  ", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"running": 1},
        {"waits_in": ()},
        {"waits_in": ("insert",)},
        {"state": BatchState.PAUSED},
        {"undo_s": 3.0},
    ],
)
def test_a_batch_that_is_kept_by_nothing_says_nothing(changes):
    """One that works, that is between two jobs, that waits where slots are free, or rests."""
    snapshot = kept_by(held=False)
    batch = msgspec.structs.replace(snapshot.batches[0], **changes)
    assert not batch_lines.wait_text(batch, snapshot)


@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_the_foot_of_the_dashboard_says_what_keeps_a_batch(size):
    """Of the batch under the cursor, with the key that helps, also where it takes two lines."""
    async with running(fakes.FakeClient(kept_by()), size=size) as (app, pilot, _):
        await until(pilot, lambda: BEHIND_TEXT in " ".join(text_of(app).split()))
        assert "n new" in text_of(app).splitlines()[-1]
