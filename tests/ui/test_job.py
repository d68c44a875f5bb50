"""One job in full: its runs, why it waits, what it said; the log; trends."""

import msgspec
import pytest
from rich.cells import cell_len

from soniq_tui.errors import EngineError
from soniq_tui.model.job import BatchState, ErrorKind, Items, JobState
from soniq_tui.model.snapshot import ErrorRow, HistoryRow, ScaleRow
from soniq_tui.ui import formats, job_lines, trend_lines
from soniq_tui.ui.glyphs import ASCII, UNICODE
from soniq_tui.ui.job_lines import Known, why_waiting
from tests.ui import fakes
from tests.ui.pilots import flat, running, settle, taken, text_of, until


def known(**changes) -> Known:
    """Return a job of which everything is known."""
    job = fakes.FakeClient().job_row(1)
    errors = tuple(
        ErrorRow(id=n, batch_id=1, job_id=2, item=name, stage="tags", kind=ErrorKind.CORRUPT,
                 reason="not audio", attempts=1, at_s=fakes.AT_S)
        for n, name in enumerate(fakes.HOSTILE)
    )  # fmt: skip
    detail = fakes.detail(job, errors=errors, **changes)
    return Known(job, detail, fakes.AT_S, tuple(f"line {n}" for n in range(40)), missed=3)


# The job screen.


async def test_a_job_is_told_in_full_and_brought_up_to_date():
    """Facts, runs and output come from the engine; what its slot tells is newer."""
    fake = fakes.FakeClient()
    job = fake.job_row(0)
    fake.details[1] = fakes.detail(job)
    fake.outputs[1] = ["one", "two"]
    clock = [42.0]
    async with running(fake, (80, 30), ["2", "enter"], clock=lambda: clock[0]) as (app, pilot, _):
        await until(pilot, lambda: " two" in text_of(app))
        text = text_of(app)
        assert "command    soniq-tui scan /music --limit 500" in text
        assert "↻ 09:40:30 tags        1    2.5s tried again" in text
        assert "\n one\n two\n" in text
        sent: list[str] = []
        app.send_to_clipboard = sent.append
        await pilot.press("y", "Y")
        assert sent == [job.label, "soniq-tui scan /music --limit 500"]
        fake.details[1] = fakes.detail(msgspec.structs.replace(job, state=JobState.DONE))
        fake.outputs[1].append("three")
        clock[0] += 1.5
        fake.put(fakes.running())
        app._show(fake.now)
        await until(pilot, lambda: app.screen.job.state is JobState.DONE)
        assert "three" in app.screen.full_text()


async def test_the_command_of_a_job_is_copied_whole_and_means_this_place():
    """Of very many addresses none is left out; what is shown of them is cut."""
    fake = fakes.FakeClient()
    paths = [f"/music/{n:05d}" for n in range(2_000)]
    values = {"paths": "\n".join(paths), "limit": "", "force": ""}
    fake.details[1] = fakes.detail(fake.job_row(0), values=values)
    async with running(fake, (80, 30), ["2", "enter"]) as (app, pilot, _):
        app.places = ("--data-dir", "/my data")
        await until(pilot, lambda: app.screen.tracker.known.detail is not None)
        sent: list[str] = []
        app.send_to_clipboard = sent.append
        await pilot.press("Y")
        (command,) = sent
        assert command == " ".join(["soniq-tui scan", *paths, "--data-dir '/my data'"])
        await until(pilot, lambda: f"{len(command):,} characters" in text_of(app))
        facts = dict(job_lines.facts_of(app.screen.known, fakes.running(), UNICODE))
        assert len(facts["command"]) < 20_000 < len(command)
        assert "/music/00001" in app.screen.full_text()
        assert "\u2026" in app.screen.full_text()
        values["paths"] = "/music"
        assert "command: soniq-tui scan /music --data-dir '/my data'" in app.screen.full_text()


async def test_a_command_that_no_clipboard_takes_is_not_said_to_be_on_it():
    """Terminals drop what is longer without a word."""
    fake = fakes.FakeClient()
    values = {"paths": "\n".join(f"/music/{n:05d}" for n in range(10_000))}
    fake.details[1] = fakes.detail(fake.job_row(0), values=values | {"limit": "", "force": ""})
    async with running(fake, (80, 30), ["2", "enter"]) as (app, pilot, _):
        await until(pilot, lambda: app.screen.tracker.known.detail is not None)
        sent: list[str] = []
        app.send_to_clipboard = sent.append
        await pilot.press("Y")
        await until(pilot, lambda: "too much for a clipboard: 130,014 characters" in text_of(app))
        assert sent == []


async def test_a_command_that_lacks_logins_says_so():
    """Beside it, and where it is copied: what it starts asks without them."""
    fake = fakes.FakeClient()
    values = {"paths": "/music", "limit": "", "force": ""}
    fake.details[1] = fakes.detail(fake.job_row(0), values=values, logins=True)
    async with running(fake, (80, 30), ["2", "enter"]) as (app, pilot, _):
        await until(pilot, lambda: "command    soniq-tui scan /music" in text_of(app))
        assert "without    logins in addresses" in text_of(app)
        app.send_to_clipboard = str
        await pilot.press("Y")
        said = "sent to terminal: 21 characters; without logins in addresses"
        await until(pilot, lambda: said in text_of(app))
    whole = dict(job_lines.facts_of(known(), fakes.running(), UNICODE))
    untold = dict(job_lines.facts_of(known(values={}, logins=True), fakes.running(), UNICODE))
    assert "command" in whole
    assert "without" not in whole | untold  # without a command there is nothing to lack them


def test_what_is_long_is_measured_by_the_line(monkeypatch):
    """Each line of a long command is cut from what it can hold, not from all that is left of it."""
    measured = []

    def noted(measure):
        return lambda text, *how: measured.append(len(text)) or measure(text, *how)

    for name in ("cell_len", "set_cell_size"):
        monkeypatch.setattr(formats, name, noted(getattr(formats, name)))
    text = "caf\u00e9" + " /music/00000" * 1_000
    lines = formats.wrap(text, 67)
    assert " ".join(lines) == text
    assert max(measured) < 200
    assert sum(measured) < 10 * len(text)


async def test_a_job_that_nobody_knows_any_more_is_not_shown_as_running():
    """It left its slot and the engine has no such job: that is said instead of an old state."""
    async with running(size=(80, 24), keys=["2", "enter"]) as (app, pilot, fake):
        await until(pilot, lambda: "it has left its slot" in text_of(app))
        assert fake.asked[:1] == [1]
        assert "▶ running" not in text_of(app)


async def test_an_engine_that_cannot_tell_is_heard():
    """Why nothing more is known is said in the line for messages."""
    fake = fakes.FakeClient()

    async def job(_):
        raise EngineError("page 7 is damaged")

    fake.job = job
    async with running(fake, (80, 24), ["2", "enter"]) as (app, pilot, _):
        await until(pilot, lambda: "page 7 is damaged" in text_of(app))


async def test_a_job_that_has_ended_is_asked_about_once():
    """Nothing that cannot change is asked again, however often the engine moves."""
    fake = fakes.FakeClient()
    fake.details[3] = fakes.detail(fake.job_row(2))  # done
    async with running(fake, (80, 24), ["2", "down", "down", "enter"]) as (app, pilot, _):
        await until(pilot, lambda: fake.asked)
        for _ in range(5):
            fake.put(fakes.running())
            app._show(fake.now)
            await settle(pilot)
        assert len(fake.asked) <= 2


async def test_an_ended_job_that_is_queued_again_is_seen_to_be():
    """When the failures of its batch change, a job that had failed is looked up again."""
    fake = fakes.FakeClient()
    job = fake.job_row(1)
    fake.details[2] = fakes.detail(job)
    clock = [42.0]
    keys = ["2", "down", "enter"]
    async with running(fake, (80, 24), keys, clock=lambda: clock[0]) as (app, pilot, _):
        await until(pilot, lambda: "✗ failed" in text_of(app) and fake.asked)
        fake.details[2] = fakes.detail(msgspec.structs.replace(job, state=JobState.QUEUED))
        batch = fakes.batch(items=Items(total=100_000, done=28_666, failed=64))
        clock[0] += 2.0
        fake.put(fakes.running(batches=(*fakes.running().batches[:-1], batch)))
        app._show(fake.now)
        await until(pilot, lambda: "· queued" in text_of(app))


def test_the_step_of_a_job_tells_what_it_does():
    """As its slot does, where it has one."""
    slot = msgspec.structs.replace(fakes.slots()[0], doing="fetching", done=1, total=4)
    snapshot = msgspec.structs.replace(fakes.idle(), slots=(slot,))
    job = msgspec.structs.replace(fakes.FakeClient().job_row(0), id=slot.job_id, stage=slot.stage)
    facts = dict(job_lines.facts_of(job_lines.Known(job), snapshot, UNICODE))
    assert facts["step"] == f"{slot.stage}  1/4 fetching"
    facts = dict(job_lines.facts_of(job_lines.Known(job), fakes.idle(), UNICODE))
    assert facts["step"] == slot.stage


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"due_s": 12.0}, "its next try comes due at 09:41:12"),
        ({"lane_busy": True}, "another job of marmiton.org is at work"),
        ({"full_queue": "insert"}, "queue insert behind it is full"),
        ({}, "all 5 slots of extract are busy"),
    ],
)
def test_why_a_job_waits(changes, words):
    """What keeps this one job comes before what keeps its whole queue."""
    job = fakes.FakeClient().job_row(3)
    detail = fakes.detail(job, **changes)
    assert words in why_waiting(job, fakes.running(), detail, fakes.AT_S)


@pytest.mark.parametrize("state", [BatchState.PAUSED, BatchState.PAUSING])
async def test_a_job_that_waits_with_its_batch_is_not_resumed_by_itself(state):
    """It would not go on; the key says so, and so does what is told of why it waits."""
    now = fakes.running(batches=(fakes.batch(state=state),))
    client = fakes.FakeClient(now)
    job = msgspec.structs.replace(client.job_row(3), state=JobState.PAUSED)
    told = f"its batch is {state}; space on the batch resumes it"
    assert why_waiting(job, now) == told
    assert why_waiting(job, fakes.running()) == "it is paused; space resumes it"
    client.job_row = lambda _number: job
    async with running(client, keys=["2", "space"]) as (app, _, _c):
        assert told in app.top.flash_line.said
        assert client.sent == []


@pytest.mark.parametrize("width", [48, 60, 80, 160])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_lines_of_a_job_fit(width, glyphs):
    """No line is wider than its place, hostile names included; the pane keeps its height."""
    for height in (5, 12, 30):
        pane = job_lines.pane_lines(known(), fakes.running(), width, height, glyphs)
        assert len(pane) <= height
        assert all(cell_len(flat(line)) <= width for line in pane)
    whole = job_lines.whole_lines(known(), fakes.running(), width, glyphs)
    assert all(cell_len(flat(line)) <= width for line in whole)
    assert "\x1b" not in "".join(map(flat, whole))


def test_runs_that_were_not_kept_are_said_to_be_missing():
    """One of three runs is known: the others are not made up, and not passed over."""
    lines = [flat(line) for line in job_lines.run_lines(known().detail, 80, 9, UNICODE)]
    assert lines[0].endswith(" 3 ─")
    assert "only runs that failed" in lines[-1]
    every = msgspec.structs.replace(known().detail, starts=1)
    assert "only runs" not in flat(job_lines.run_lines(every, 80, 9, UNICODE)[-1])


def test_the_whole_text_is_not_cut():
    """For the pager nothing is left out, and nothing in it commands a terminal."""
    text = job_lines.whole_text(known(), fakes.running(), UNICODE)
    assert "a" * 180 in text
    assert text.count("line ") == 40
    assert not any(ord(c) < 32 and c != "\n" for c in text)


# The log.


async def test_the_log_is_followed_until_one_scrolls_back():
    """The cursor stays on the newest line; scrolled back, the title counts what is new."""
    async with running(size=(80, 24), keys=["L"]) as (app, pilot, fake):
        assert "following" in text_of(app)
        fake.say("fifth")
        app._show(fake.now)
        await until(pilot, lambda: app.screen.current().text == "fifth")
        await pilot.press("up", "up")
        fake.say("sixth", "seventh")
        app._show(fake.now)
        await until(pilot, lambda: "+2 new, f follows" in text_of(app))
        assert app.screen.current().id == 3
        await pilot.press("f")
        await until(pilot, lambda: app.screen.current().text == "seventh")
        await settle(pilot)
        assert "new" not in text_of(app).splitlines()[0]


async def test_the_log_is_asked_for_only_when_it_grew():
    """An engine that works and says nothing costs the log no request."""
    async with running(size=(80, 24), keys=["5"]) as (app, pilot, fake):
        asked = len(fake.queries)
        for _ in range(3):
            fake.put(fakes.running(logged=fake.now.logged))
            app._show(fake.now)
            await settle(pilot)
        assert len(fake.queries) == asked


async def test_a_line_of_the_log_in_full():
    """Enter shows the line with all that belongs to it; the filter is asked of the engine."""
    async with running(size=(80, 24), keys=["L", "enter"]) as (app, pilot, fake):
        assert "words      batch 4 failed: no such file (11 done" in text_of(app)
        await pilot.press("escape", "slash", *"level:error", "enter")
        await settle(pilot)
        assert fake.queries[-1].text == "level:error"
        assert fake.queries[-1].view == "log"


# Trends.


def minute(n: int, queue: str = "extract", **changes) -> HistoryRow:
    plain = HistoryRow(at_s=1_767_260_400.0 + 60 * n, batch_id=1, queue=queue, jobs=4, failed=0,
                       items=100, busy_s=1.0, errors=0, took=(0, 4))  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


def test_a_column_is_so_many_whole_minutes_that_all_fit():
    """Short work has wide columns, a month fits too, and every minute lies in its column."""
    few = trend_lines.axis_of([minute(0), minute(2)], 78)
    assert (few.minutes, few.columns, few.cells) == (1, 3, trend_lines.CELLS_MOST)
    month = [minute(n) for n in range(0, 43_200, 7)]
    for width in (58, 78, 158):
        axis = trend_lines.axis_of(month, width)
        assert axis.columns * axis.cells <= width
        assert None not in {axis.column(row.at_s) for row in month}
        assert sum(trend_lines.sums(axis, ((r.at_s, r.items) for r in month))) == 100 * len(month)
    years = [minute(0), minute(60 * 24 * 4000)]
    assert trend_lines.axis_of(years, 58).columns <= 58
    assert trend_lines.axis_of([], 58) is None


def test_trends_tell_what_was_counted_and_what_was_not():
    """Gaps are gaps, tops are true, minutes in which nobody counted failures are named."""
    rows = [minute(0), minute(3, items=500, errors=7), minute(9, errors=None, took=())]
    scales = [
        ScaleRow(at_s=rows[1].at_s, queue="extract", before=1, after=4, reason="backlog of 40"),
        ScaleRow(at_s=rows[0].at_s - 9999, queue="extract", before=4, after=3, reason="78 °C"),
    ]
    text = "\n".join(flat(x) for x in trend_lines.lines(rows, scales, (), 80, 20, UNICODE))
    assert "top 500/min" in text
    assert "7, top 7" in text
    assert "older minutes: nobody counted what failed" in text
    assert "1 -> 4  backlog of 40" in text
    assert "78 °C" not in text
    assert "8 jobs, half in 2ms, 95% in 2ms" in text
    graph = text.splitlines()[4]
    assert [bool(graph[a:b].strip()) for a, b in ((1, 7), (7, 19), (19, 25))] == [True, False, True]


@pytest.mark.parametrize("width", [59, 79, 119, 159])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_trends_fit(width, glyphs):
    """No line is wider than the screen, whatever took how long."""
    fake = fakes.FakeClient()
    rows = [fake.minute(n) for n in range(300)]
    rows += [minute(1, "a long name of a queue", took=(1,) * 23)]
    scales = list(fakes.held().scaled)
    lines = trend_lines.lines(rows, scales, (1.0, 5.0), width, 40, glyphs)
    assert all(cell_len(flat(line)) <= width for line in lines)
    assert glyphs is UNICODE or all(flat(x).replace("°", "").isascii() for x in lines)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.9, "1s"), (0.0005, "1ms"), (5000.0, ">30m"), (50.0, "1m")]
)
def test_durations_are_told_by_the_steps_they_were_counted_in(seconds, words):
    """No figure is finer than what was counted."""
    from bisect import bisect_right

    counts = [0] * 23
    counts[bisect_right(trend_lines.TOOK_S, seconds)] = 10
    assert trend_lines.within(counts, 0.5).startswith(words)


async def test_trends_of_a_batch_and_of_all():
    """They open for the batch in view; tab looks at the next one, at last at all together."""
    fake = fakes.FakeClient()
    fake.minutes = 24
    async with running(fake, (80, 24), ["6"]) as (app, pilot, _):
        assert "trends of scan 1  /music" in text_of(app)
        assert "items per minute" in text_of(app)
        await pilot.press("tab")
        await until(pilot, lambda: "trends of crawl 2" in text_of(app))
        await settle(pilot)
        assert fake.queries[-2].batch_id == 2
        await pilot.press("tab", "tab")
        await settle(pilot)
        assert "trends of all batches" in text_of(app)
        assert "items per second" in text_of(app)


async def test_trends_of_nothing_say_what_to_do():
    """Where no minute is known that is said, and how one comes about."""
    async with running(fakes.FakeClient(fakes.idle()), (60, 16), ["6"]) as (app, pilot, _):
        await settle(pilot)
        assert "n starts a batch" in text_of(app)


def test_a_failed_item_has_the_room_that_its_reason_leaves():
    """On a wide screen a path is whole; on a narrow one its end and the reason are seen."""
    error = known().detail.errors[0]
    path = "/music/" + "folder/" * 8 + "07.mp3"
    error = msgspec.structs.replace(error, item=path)
    assert path in flat(job_lines.error_line(error, 120, UNICODE))
    narrow = flat(job_lines.error_line(error, 48, UNICODE))
    assert "07.mp3" in narrow
    assert "corrupt: not audio" in narrow


async def test_what_a_running_job_says_costs_one_small_question_a_second():
    """While a job runs and stays where it is only its output is asked for, and once a second."""
    fake = fakes.FakeClient()
    slot = fakes.slots()[0]
    job = msgspec.structs.replace(fake.job_row(0), id=slot.job_id, stage=slot.stage)
    fake.details[slot.job_id] = fakes.detail(job)
    lines = fake.outputs[slot.job_id] = ["first"]
    clock = [42.0]
    async with running(fake, (80, 30), ["tab", "enter"], clock=lambda: clock[0]) as (app, pilot, _):
        await until(pilot, lambda: " first" in text_of(app))
        await settle(pilot)
        asked = len(fake.asked)
        for n in range(3):
            lines.append(f"line {n}")
            clock[0] += 0.3
            app._show(fake.now)
            await settle(pilot)
        assert "line 0" not in text_of(app)
        clock[0] += 1.0
        app._show(fake.now)
        await until(pilot, lambda: " line 2" in text_of(app))
        assert len(fake.asked) == asked


async def test_whoever_looks_at_the_end_of_an_output_goes_on_doing_so():
    """Scrolled to the end, one sees each new line; scrolled elsewhere, the place stays."""
    fake = fakes.FakeClient()
    slot = fakes.slots()[0]
    job = msgspec.structs.replace(fake.job_row(0), id=slot.job_id, stage=slot.stage)
    fake.details[slot.job_id] = fakes.detail(job)
    lines = fake.outputs[slot.job_id] = [f"line {n}" for n in range(60)]
    clock = [42.0]
    async with running(fake, (80, 24), ["tab", "enter"], clock=lambda: clock[0]) as (app, pilot, _):

        async def more(text: str) -> None:
            lines.append(text)
            clock[0] += 1.5
            app._show(fake.now)
            await until(pilot, lambda: text in app.screen.full_text())
            await settle(pilot)

        await until(pilot, lambda: "line 59" in app.screen.full_text())
        await pilot.press("end")
        await more("the newest")
        assert "the newest" in text_of(app)
        await pilot.press("home")
        await more("one more")
        assert "one more" not in text_of(app)
        assert "job        /music" in text_of(app)


async def test_the_title_tells_the_state_of_the_job_and_of_the_engine():
    """In a word each; of a job that is stopped where it is that it is stopped."""
    fake = fakes.FakeClient()
    async with running(fake, keys=["tab", "enter"]) as (app, pilot, _):
        await until(pilot, lambda: "job 100  ▶ running" in text_of(app).splitlines()[0])
        assert text_of(app).splitlines()[0].endswith("▶ live")
        slots = tuple(msgspec.structs.replace(s, frozen=True) for s in fake.now.slots)
        fake.put(fakes.running(slots=slots))
        await taken(pilot, fake)
        assert "job 100  ⏸ stopped" in text_of(app).splitlines()[0]


@pytest.mark.parametrize("jobs", [7, 21_600, 21_600_000])
def test_how_long_jobs_took_is_read_whole_on_a_narrow_screen(jobs):
    """At 60 columns too."""
    row = HistoryRow(
        at_s=fakes.AT_S, batch_id=1, queue="extract", jobs=jobs, failed=0, items=1, busy_s=1.0,
        took=(0, 0, jobs // 2, 0, 0, 0, 0, 0, jobs - jobs // 2),
    )  # fmt: skip
    text = [flat(line) for line in trend_lines.duration_block([row], 59, 2, UNICODE)]
    assert not any(UNICODE.cut in line for line in text)
    assert any("95% in" in line for line in text)
