"""Long lists: filters with help, order, marks and what is done to them, export."""

import asyncio
import csv
import json
import os
import re

import msgspec
import pytest

from soniq_tui import words
from soniq_tui.errors import UsageError
from soniq_tui.model.commands import (
    Autoscale,
    Cancel,
    Pause,
    Reply,
    Resize,
    Resume,
    Retry,
    ShiftPriority,
    Target,
    Undo,
)
from soniq_tui.model.job import JobState
from soniq_tui.model.snapshot import Page, UndoView, View
from soniq_tui.ui import export, filters, job_commands
from soniq_tui.ui.breadcrumbs import Breadcrumbs
from soniq_tui.ui.memory import Memory
from soniq_tui.ui.screens import typed_line
from soniq_tui.ui.screens.typed_line import TYPED_S
from soniq_tui.ui.sorting import Sorting
from soniq_tui.ui.widgets.table import VirtualTable
from tests.power import Power
from tests.ui import fakes
from tests.ui.fake_results import Library
from tests.ui.pilots import rest, running, settle, text_of, until


class SortingClient(fakes.FakeClient):
    """Gives jobs in the order that is asked for, and finds one in it."""

    async def browse(self, query):
        if query.view is not View.JOBS:
            return await super().browse(query)
        self.queries.append(query)
        rows = [self.job_row(i) for i in range(self.jobs)]
        if query.sort == "time":
            rows.sort(key=lambda row: (row.run_s, row.id), reverse=query.reverse)
        elif query.reverse:
            rows.reverse()
        numbers = [i for i, row in enumerate(rows) if row.id == query.find]
        found = numbers[0] if numbers else None
        offset = query.offset if found is None else found - found % query.limit
        part = tuple(rows[offset : offset + query.limit])
        return Page(rows=part, total=len(rows), offset=offset, found=found)


async def press(pilot, *keys):
    for key in keys:
        await pilot.press(key)
    await settle(pilot)


async def type_in(pilot, text):
    for letter in text:
        await pilot.press(
            {" ": "space", ":": "colon", ">": "greater_than_sign"}.get(letter, letter)
        )
    await settle(pilot)


async def said(app, pilot):
    """Wait until what goes on beside the screen has ended."""
    names = {"write_file", "copy_marked"}
    while any(w.name in names and not w.is_finished for w in app.workers):
        await pilot.pause(0.01)
    await settle(pilot)


# -------------------------------------------------------------------- marks


@pytest.mark.parametrize(
    ("keys", "command"),
    [
        ("space", Pause(target=Target(jobs=(1, 2)))),
        ("c", Cancel(target=Target(jobs=(1, 2)), undo_s=5.0)),
        ("r", Retry(target=Target(jobs=(1, 2)))),
        ("R", Retry(target=Target(jobs=(1, 2)))),
        ("right_square_bracket", ShiftPriority(target=Target(jobs=(1, 2)), step=1)),
        ("exclamation_mark", Pause(target=Target(jobs=(1, 2)), hard=True)),
    ],
)
async def test_an_action_means_what_is_marked(keys, command):
    """Marked rows are meant instead of the one under the cursor."""
    async with running(keys=["2"]) as (_, pilot, client):
        await press(pilot, "asterisk", "asterisk", "end", keys)
        assert client.sent == [command]


async def test_marks_are_told_and_gone_after_an_action():
    """The title counts them; an action unmarks them, but priorities may be repeated."""
    async with running(keys=["2"]) as (app, pilot, client):
        await press(pilot, "asterisk", "asterisk")
        assert "2 marked" in text_of(app)
        await press(pilot, "right_square_bracket", "right_square_bracket")
        assert [type(command) for command in client.sent] == [ShiftPriority] * 2
        assert "2 marked" in text_of(app)
        await press(pilot, "c")
        assert "marked" not in text_of(app).splitlines()[0]


async def test_rows_that_had_ended_are_told():
    """An action says how many of the marked it changed."""
    client = fakes.FakeClient()
    client.reply = Reply(ok=True, affected=1)
    async with running(client, keys=["2"]) as (app, pilot, _):
        await press(pilot, "asterisk", "asterisk", "asterisk", "space")
        assert "paused: 1 of 3, the others had ended or were so already" in text_of(app)


async def test_marked_jobs_that_could_not_be_resumed_are_told():
    """The number does not stand behind a bare colon."""
    client = fakes.FakeClient()
    paused = msgspec.structs.replace(client.job_row(3), state=JobState.PAUSED)
    client.job_row = lambda number: msgspec.structs.replace(paused, id=number + 1)
    client.reply = Reply(ok=True, affected=1)
    async with running(client, keys=["2"]) as (app, pilot, _):
        await press(pilot, "asterisk", "asterisk", "space")
        assert isinstance(client.sent[-1], Resume)
        assert "resumed: 1 of 2, the others" in text_of(app)


async def test_what_cannot_be_done_to_any_marked_row_is_not_sent():
    """Jobs that are done are not paused, nor the one under the cursor in their place."""
    async with running(keys=["2"]) as (app, pilot, client):
        await press(pilot, "down", "down", "asterisk", "home", "space")
        assert client.sent == []
        assert "nothing that is marked" in text_of(app)


async def test_a_range_is_marked_from_its_row_to_the_cursor():
    """It begins with v, is shown while the cursor moves, and ends with v or an action."""
    async with running(keys=["2"]) as (app, pilot, client):
        await press(pilot, "down", "v", "down", "down")
        assert "range of 3" in text_of(app)
        assert sum(line.startswith("*") for line in text_of(app).splitlines()) == 3
        await press(pilot, "v")
        assert "3 marked" in text_of(app)
        await press(pilot, "escape", "home", "v", "down", "c")
        assert client.sent == [Cancel(target=Target(jobs=(1, 2)), undo_s=5.0)]


async def test_a_range_reaches_rows_that_are_not_here():
    """What lies between is asked for; a range that is too long is refused."""
    client = fakes.FakeClient(jobs=9_000)
    async with running(client, keys=["2"]) as (app, pilot, _):
        await press(pilot, "v", "end")
        await settle(pilot)
        await press(pilot, "v")
        await settle(pilot)
        assert "9,000 marked" in text_of(app)
        await press(pilot, "c")
        assert "Cancel 9,000 marked rows: 9,000 jobs?" in text_of(app)
        await press(pilot, "y")
        assert client.sent[0].target.jobs == tuple(range(1, 9_001))
        client.jobs = 40_000
        app.top.pages.reset()
        await settle(pilot)
        await press(pilot, "home", "v", "end", "v")
        assert "at most 10,000 rows at once" in text_of(app)


async def test_all_are_marked_without_being_fetched():
    """A means what the filter shows, seen or not; single rows can be left out again."""
    client = fakes.FakeClient(jobs=100_000)
    async with running(client, keys=["X"]) as (app, pilot, _):
        before = len(client.queries)
        await press(pilot, "A")
        assert "all 100,000 marked" in text_of(app)
        await press(pilot, "asterisk")
        assert "99,999 of all marked" in text_of(app)
        await press(pilot, "right_square_bracket")
        assert "Raise the priority of 99,999 marked rows: 99,999 jobs?" in text_of(app)
        await press(pilot, "y")
        target = Target(text="is:dead", without=(1,))
        assert client.sent == [ShiftPriority(target=target, step=1)]
        await press(pilot, "exclamation_mark", "y")
        assert client.sent[1] == Pause(target=target, hard=True)
        assert all(query.limit <= 200 for query in client.queries[before:])


async def test_without_a_filter_all_are_the_jobs_and_not_their_batch():
    """A batch whose jobs are all marked is not meant itself."""
    async with running(keys=["enter", "A", "c"]) as (_, _p, client):
        assert client.sent == [Cancel(target=Target(batches=(1,), text="is:any"), undo_s=5.0)]


async def test_esc_unmarks_before_all_else():
    """Marks go first, then the filter, then the list."""
    async with running(keys=["2", "slash"]) as (app, pilot, _):
        await type_in(pilot, "tags")
        await press(pilot, "enter", "asterisk", "escape")
        assert "marked" not in text_of(app)
        assert app.top.filter_text == "tags"
        await press(pilot, "escape")
        assert app.top.filter_text == ""
        assert app.top.where == "jobs"
        await press(pilot, "escape")
        assert app.top.where == "dash"


async def test_marks_stay_with_their_rows():
    """Another order and a list that has grown change nothing about what is marked."""
    client = SortingClient(jobs=300)
    async with running(client, keys=["2"]) as (app, pilot, _):
        await press(pilot, "asterisk", "s", "S")
        assert app.top.table.is_marked(1, 0)
        client.jobs = 900
        client.put(client.now)
        await settle(pilot)
        await press(pilot, "c")
        assert client.sent == [Cancel(target=Target(jobs=(1,)), undo_s=5.0)]


async def test_causes_are_marked_and_retried_together():
    """Marked causes mean the jobs behind all of them."""
    async with running(keys=["e"]) as (app, pilot, client):
        await press(pilot, "asterisk", "asterisk", "r")
        assert [cause.reason for cause in client.sent[0].target.causes] == [
            f"not audio: {name}" for name in fakes.NAMES[:2]
        ]
        assert "marked" not in text_of(app).splitlines()[0]


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (160, 50)])
async def test_causes_with_the_same_reason_tell_their_batch(size):
    """What fails at every scan has a row for each: its batch is what tells them apart."""
    client = fakes.FakeClient()
    plain = client.cause
    client.cause = lambda i: msgspec.structs.replace(plain(0), batch_id=1026 - i)
    async with running(client, size, keys=["e"]) as (app, pilot, _):
        lines = text_of(app).splitlines()
        assert lines[1].split()[:2] == ["#", "COUNT"]
        assert [line.split()[1] for line in lines[2:5]] == ["1026", "1025", "1024"]
        await press(pilot, "s")
        assert "sort: batch ↑" in text_of(app)
        assert [q.sort for q in client.queries if q.view is View.CAUSES][-1] == "batch"
        await press(pilot, "down", "r", "enter")
        (target,) = (command.target for command in client.sent)
        assert [cause.batch_id for cause in target.causes] == [1025]
        assert "batch 1025" in text_of(app).splitlines()[0]


async def test_many_jobs_behind_a_cause_are_retried_only_after_a_question():
    """The question tells how many jobs run again, and for how many failed items."""
    client = fakes.FakeClient()
    plain = client.cause
    client.cause = lambda i: msgspec.structs.replace(plain(i), count=5_000, jobs=250)
    async with running(client, keys=["e", "r"]) as (app, pilot, _):
        assert "Retry 250 jobs: 5,000 failed items?" in text_of(app)
        await press(pilot, "y")
        assert len(client.sent[0].target.causes) == 1


async def test_a_retry_of_everything_asks_in_items_and_says_so(monkeypatch):
    """What is queued again are jobs, which the question names too; the answer counts both."""
    monkeypatch.setattr(job_commands, "MANY", 10)
    async with running(keys=["R"]) as (app, _, client):
        failed = sum(batch.items.failed for batch in client.now.batches)
        assert f"Retry everything that failed: {failed:,} items?" in text_of(app)
        assert "The jobs they are in are queued again." in text_of(app)


async def test_a_filter_of_errors_retries_what_it_shows():
    """R on a filtered list of causes means the jobs behind them, and no others."""
    async with running(keys=["e", "e", "slash"]) as (_, pilot, client):
        await type_in(pilot, "kind:corrupt")
        await press(pilot, "enter", "R")
        assert client.sent == [Retry(target=Target(failures=True, text="kind:corrupt"))]


# -------------------------------------------------------------------- order


async def test_another_order_keeps_the_cursor_on_its_job():
    """The keys s and S sort and turn around; the cursor goes where its job went."""
    client = SortingClient(jobs=2_000)
    async with running(client, keys=["2"]) as (app, pilot, _):
        await press(pilot, "down", "down", "down", "down", "down")
        job = app.top.current()
        assert job.id == 6
        await press(pilot, "s")
        assert "sort: time ↑" in text_of(app)
        assert app.top.current() == job
        await press(pilot, "S")
        assert "sort: time ↓" in text_of(app)
        assert app.top.current() == job
        assert client.queries[-1].reverse or client.queries[-2].reverse


async def test_the_order_turns_through_the_columns_that_are_seen():
    """After the last column comes the natural order again; hidden ones are passed over."""
    async with running(keys=["2"]) as (app, pilot, client):
        seen = []
        for _ in range(6):
            await press(pilot, "s")
            seen.append(app.top.sorting.by)
        assert seen == ["time", "queue", "job", "try", "state", ""]
        assert "sort" not in text_of(app).splitlines()[0]
        assert {query.sort for query in client.queries} >= set(seen)


async def test_queues_are_sorted():
    """The queues too; those in use stay first."""
    async with running(keys=["Q"]) as (app, pilot, _):
        await press(pilot, "s", "s", "S")
        assert "sort: depth ↓" in text_of(app)
        rows = [app.top.source.row(i).id for i in range(4)]
        assert rows == ["extract", "batch", "scrape", "insert"]


async def test_the_newest_job_is_followed():
    """The key f keeps the cursor on the last row while the list grows, until it is moved away."""
    client = fakes.FakeClient(jobs=300)
    async with running(client, keys=["2", "f"]) as (app, pilot, _):
        await settle(pilot)
        assert "following" in text_of(app)
        assert app.top.current().id == 300
        client.jobs = 500
        client.put(client.now)
        await asyncio.sleep(0.3)
        await settle(pilot)
        assert app.top.current().id == 500
        client.jobs = 600  # more than the screen knows of when it hears that the cursor has moved
        app.top.pages.refresh()
        app.top.on_virtual_table_cursor_moved()
        await settle(pilot)
        assert "following" in text_of(app)
        assert app.top.current().id == 600
        await press(pilot, "up")
        assert "following" not in text_of(app)


class LateClient(Library):
    """Answers what a list asks once it is let."""

    def __init__(self):
        super().__init__(fakes.running())
        self.let = asyncio.Event()

    async def browse(self, query):
        await self.let.wait()
        return await super().browse(query)

    async def results(self, query):
        await self.let.wait()
        return await super().results(query)


OF_ROWS = ("enter", "o", "y")
"""Keys that mean the row under the cursor in every list."""


@pytest.mark.parametrize(
    ("screen", "keys"),
    [
        ("2", [*OF_ROWS, "c", "space", "r", "N", "W", "asterisk", "A", "x"]),
        ("e", [*OF_ROWS, "r", "v", "x"]),
        ("L", [*OF_ROWS, "v", "x"]),
        ("4", [*OF_ROWS, "r", "d", "W"]),
    ],
)
async def test_a_key_that_comes_before_its_row_is_told_so(screen, keys):
    """Neither silence, nor that there is no row: that nobody knows yet."""
    client = LateClient()
    async with running(client) as (app, pilot, _):
        app.trail = Breadcrumbs("music")
        await press(pilot, screen)
        for key in keys:
            await press(pilot, key)
            assert app.top.flash_line.said.endswith("the list is not here yet"), key
            app.top.flash_line.settle()
        client.let.set()
        await settle(pilot)
        assert client.sent == []
        await press(pilot, "enter")
        assert app.top.flash_line.said == ""


async def test_while_it_is_not_known_which_other_results_there_are_none_are_denied():
    """The key says that, until the engine has told."""
    client = LateClient()
    async with running(client) as (app, pilot, _):
        app.trail = Breadcrumbs("music")
        await press(pilot, "4", "I")
        assert app.top.flash_line.said.endswith("not known yet which other results there are")
        client.let.set()
        await settle(pilot)
        await press(pilot, "I")
        assert "no other importer has results" in app.top.flash_line.said


class SlowClient(fakes.FakeClient):
    """Has one job for a filter, and very many for another, which it looks for long."""

    def __init__(self):
        super().__init__(jobs=1)
        self.found = asyncio.Event()

    async def browse(self, query):
        if query.view is View.JOBS and query.text == "many":
            await self.found.wait()
            self.jobs = 5_000
        return await super().browse(query)


@pytest.mark.parametrize("keys", [["C"], ["P"], ["R"], ["A", "c"], ["A", "space"], ["A", "r"]])
async def test_nothing_is_done_to_more_than_is_seen(keys):
    """What a filter shows is counted before it is asked whether so much is meant."""
    client = SlowClient()
    async with running(client, keys=["2", "slash"]) as (app, pilot, _):
        await type_in(pilot, "one")
        await press(pilot, "enter", "slash", "ctrl+u")
        await type_in(pilot, "many")
        await press(pilot, "enter", *keys)
        assert client.sent == []
        assert "the list is still on its way" in text_of(app)
        client.found.set()
        await settle(pilot)
        await press(pilot, *keys[-1:])
        assert client.sent == []
        assert "5,000" in text_of(app)
        assert app.screen.where == "confirm"


# -------------------------------------------------------------------- filter


async def test_a_bad_filter_is_told_while_it_is_typed_and_not_applied():
    """An unknown field is no text: it is said at once, and enter leaves the line open."""
    async with running(keys=["2", "slash"]) as (app, pilot, client):
        await type_in(pilot, "stat:failed")
        assert "there is no stat: here" in text_of(app)
        await press(pilot, "enter")
        assert app.top.line is not None
        # What was typed before the colon may have been asked for: that is text.
        assert ":" not in app.top.filter_text
        assert not [query for query in client.queries if ":" in query.text]


async def test_a_list_is_filtered_while_typing_and_esc_takes_it_back():
    """Once the typing rests, and only by what means something; it is no filter that was used."""
    memory = Memory()
    async with running(keys=["2", "slash"], memory=memory) as (app, pilot, client):
        await type_in(pilot, "queue:ext")
        await rest(pilot, TYPED_S)
        assert client.queries[-1].text == "queue:ext"
        assert "filter: queue:ext" in text_of(app)
        await type_in(pilot, " state:")
        await rest(pilot, TYPED_S)
        assert app.top.filter_text == "queue:ext"
        await press(pilot, "escape")
        assert (app.top.where, app.top.filter_text) == ("jobs", "")
        assert client.queries[-1].text == ""
        assert memory.filter_history("jobs") == ()


async def test_the_footer_says_what_takes_a_filter():
    """And what takes a name: first of all, before what helps to type."""
    async with running(keys=["2", "slash"]) as (app, pilot, client):
        assert "enter take  tab complete" in text_of(app)
        await type_in(pilot, "queue:ext")
        await app.top.clicked("filter.take")
        await settle(pilot)
        assert app.top.line is None
        assert client.queries[-1].text == "queue:ext"
        await pilot.press("K")
        await settle(pilot)
        assert "enter take  esc back" in text_of(app)


class FilteringClient(SortingClient):
    """Has no job that a filter would find."""

    async def browse(self, query):
        if query.view is View.JOBS and query.text:
            self.queries.append(query)
            return Page()
        return await super().browse(query)


@pytest.mark.parametrize("times", [1, 2])
async def test_esc_gives_back_the_place_too(times):
    """A filter that was only tried moves nobody away from the job one was at."""
    async with running(FilteringClient(jobs=3_000), keys=["2"]) as (app, pilot, _):
        app.top.table.move_to(2_000)
        await settle(pilot)
        app.top.table.move_to(2_007)
        await settle(pilot)
        place, row = app.top.table.place, app.top.current()
        assert row.id == 2_008
        for _ in range(times):
            await press(pilot, "slash")
            await type_in(pilot, "none")
            await rest(pilot, TYPED_S)
            assert len(app.top.pages) == 0
            assert not app.top.table.show_vertical_scrollbar
            await press(pilot, "escape")
        assert app.top.current() == row
        assert app.top.table.place == place


async def test_a_line_that_is_open_is_not_opened_anew():
    """A second click on its key in the footer means nothing then; esc still takes all back."""
    async with running(keys=["2", "slash"]) as (app, pilot, _):
        await type_in(pilot, "queue:ext")
        await rest(pilot, TYPED_S)
        await app.top.action_act("list.filter")
        await press(pilot, "escape")
        assert (app.top.where, app.top.filter_text) == ("jobs", "")


async def test_the_engine_is_not_asked_with_each_key(monkeypatch):
    """Before the typing rests nothing is."""
    monkeypatch.setattr(typed_line, "TYPED_S", 60)
    async with running(keys=["2", "slash"]) as (app, pilot, client):
        await type_in(pilot, "queue:ext")
        assert app.top.line.value == "queue:ext"
        assert {query.text for query in client.queries} == {""}
        await press(pilot, "enter")
        assert client.queries[-1].text == "queue:ext"


async def test_what_is_marked_as_a_whole_is_not_lost_while_a_filter_is_typed():
    """All that is marked are the jobs of one filter: another one unmarks them, with enter."""
    async with running(keys=["2", "A", "slash"]) as (app, pilot, _):
        await type_in(pilot, "queue:ext")
        await rest(pilot, TYPED_S)
        await press(pilot, "escape")
        assert app.top.marks.everything
        assert app.top.filter_text == ""


async def test_tab_completes_fields_and_values():
    """Tab completes what is certain and then turns through what is possible."""
    async with running(keys=["2", "slash"]) as (app, pilot, _):
        await type_in(pilot, "sta")
        assert "state:  stage:" in text_of(app)
        await press(pilot, "tab")
        assert app.top.line.value == "state:"
        await press(pilot, "tab")
        assert app.top.line.value == "stage:"
        app.top.line.value = ""
        await type_in(pilot, "state:fa")
        await press(pilot, "tab")
        assert app.top.line.value == "state:failed"
        await type_in(pilot, " state:set")
        await press(pilot, "tab")
        assert app.top.line.value == 'state:failed state:"set aside"'
        await type_in(pilot, " queue:ex")
        await press(pilot, "tab", "enter")
        assert app.top.filter_text == 'state:failed state:"set aside" queue:extract'


async def test_earlier_filters_come_back():
    """Up and down go through what was used on this kind of list, and back to what is typed."""
    memory = Memory()
    memory.used_filter("jobs", "first")
    memory.used_filter("jobs", "second")
    async with running(keys=["2", "slash"], memory=memory) as (app, pilot, _):
        await type_in(pilot, "th")
        await press(pilot, "up")
        assert app.top.line.value == "second"
        await press(pilot, "up", "up")
        assert app.top.line.value == "first"
        await press(pilot, "down", "down")
        assert app.top.line.value == "th"
        await press(pilot, "enter")
        assert memory.filter_history("jobs")[0] == "th"


async def test_filters_are_kept_under_a_name_chosen_and_deleted():
    """K keeps the filter of the list, F lists what was kept."""
    memory = Memory()
    async with running(keys=["2", "slash"], memory=memory) as (app, pilot, _):
        await type_in(pilot, "state:failed")
        await press(pilot, "enter", "K")
        await type_in(pilot, "bad ones")
        await press(pilot, "enter")
        assert "kept as bad ones" in text_of(app)
        await press(pilot, "escape", "F")
        assert "bad ones" in text_of(app)
        await press(pilot, "enter")
        assert app.top.filter_text == "state:failed"
        await press(pilot, "F")
        assert "d delete" in text_of(app)
        await press(pilot, "d")
        assert memory.saved_filters("jobs") == ()
        assert "delete  " not in text_of(app)  # there is none left to offer it for
        assert "enter use" not in text_of(app)
        await press(pilot, "enter", "escape")
        assert app.top.filter_text == "state:failed"


@pytest.mark.parametrize(("button", "opens"), [(1, True), (2, False), (3, False)])
async def test_the_first_button_of_the_mouse_opens_the_row_of_the_cursor(button, opens):
    """The others are no answer to it: a middle one is for pasting."""
    async with running(keys=["2"]) as (app, pilot, _):
        await pilot.click(VirtualTable, offset=(5, 3), button=button)
        await settle(pilot)
        assert app.top.table.cursor == 2
        assert app.top.where == "jobs"
        await pilot.click(VirtualTable, offset=(5, 3), button=button)
        await settle(pilot)
        assert app.top.where == ("job" if opens else "jobs")


# -------------------------------------------------------------------- taking out


async def test_rows_are_written_to_a_file(tmp_path):
    """The key x writes all that is shown, by the suffix, and tells file and count."""
    client = fakes.FakeClient(jobs=2_500, names=fakes.HOSTILE)
    async with running(client, keys=["2"]) as (app, pilot, _):
        for suffix in ("jsonl", "csv"):
            path = tmp_path / f"jobs.{suffix}"
            await press(pilot, "x")
            app.top.line.value = str(path)
            await press(pilot, "enter")
            await said(app, pilot)
            await settle(pilot)
            assert "2,500 rows in " in text_of(app)
        lines = [json.loads(line) for line in (tmp_path / "jobs.jsonl").read_text().splitlines()]
        assert [line["number"] for line in lines] == list(range(1, 2_501))
        assert lines[4]["label"] == fakes.HOSTILE[4]
        with (tmp_path / "jobs.csv").open(newline="") as file:
            table = list(csv.DictReader(file))
        assert len(table) == 2_500
        assert table[0]["state"] == "running"
        assert sorted(p.name for p in tmp_path.iterdir()) == ["jobs.csv", "jobs.jsonl"]


async def test_marked_rows_alone_are_written_and_copied(tmp_path):
    """With marks x and y mean them."""
    async with running(keys=["2"]) as (app, pilot, _):
        await press(pilot, "asterisk", "down", "asterisk", "x")
        app.top.line.value = str(tmp_path / "two.jsonl")
        await press(pilot, "enter")
        await said(app, pilot)
        lines = (tmp_path / "two.jsonl").read_text().splitlines()
        assert [json.loads(line)["number"] for line in lines] == [1, 3]
        await press(pilot, "y")
        await said(app, pilot)
        assert app.clipboard_text == "\n".join((fakes.NAMES[0], fakes.NAMES[2]))


async def test_errors_are_written_item_by_item(tmp_path):
    """The key x on causes writes the failed items behind them."""
    async with running(keys=["e", "asterisk", "x"]) as (app, pilot, client):
        app.top.line.value = str(tmp_path / "bad.jsonl")
        await press(pilot, "enter")
        await said(app, pilot)
        lines = [json.loads(line) for line in (tmp_path / "bad.jsonl").read_text().splitlines()]
        assert {line["item"] for line in lines} == set(fakes.NAMES)
        asked = client.queries[-1]
        assert (asked.view, asked.reason) == (View.ERRORS, f"not audio: {fakes.NAMES[0]}")


@pytest.mark.parametrize(
    ("name", "why"),
    [("rows.txt", "end in .jsonl or .csv"), ("no/such/x.csv", "there is no folder"), ("", "name")],
)
async def test_a_place_that_cannot_be_is_told(tmp_path, name, why):
    """What cannot be written keeps the line open and says why."""
    async with running(keys=["2", "x"]) as (app, pilot, _):
        app.top.line.value = str(tmp_path / name) if name else ""
        await press(pilot, "enter")
        assert why in text_of(app)
        assert app.top.line is not None
        assert list(tmp_path.iterdir()) == []


async def test_a_file_is_written_over_only_after_a_question(tmp_path):
    """No is the default, and leaves it as it was."""
    path = tmp_path / "old.csv"
    path.write_text("old")
    async with running(keys=["2", "x"]) as (app, pilot, _):
        app.top.line.value = str(path)
        await press(pilot, "enter")
        assert "Write over" in text_of(app)
        await press(pilot, "enter")
        assert path.read_text() == "old"


def test_a_file_that_cannot_be_finished_is_not_there(tmp_path):
    """Nothing is left of a file that was given up, and the old one stays."""
    (tmp_path / "a.jsonl").write_text("old")
    writer = export.Writer(str(tmp_path / "a.jsonl"))
    writer.write([fakes.FakeClient().job_row(0)])
    writer.drop()
    assert [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]
    assert (tmp_path / "a.jsonl").read_text() == "old"


def test_what_a_killed_process_left_holds_nobody_up(tmp_path):
    """In a container the next one has the same number; its file is read by whom others are."""
    (tmp_path / f".a.jsonl.{os.getpid()}").write_text("half")
    writer = export.Writer(str(tmp_path / "a.jsonl"))
    mask = os.umask(0o027)
    try:
        writer.finish()
    finally:
        os.umask(mask)
    (file,) = tmp_path.iterdir()
    assert (file.name, file.read_text(), file.stat().st_mode & 0o777) == ("a.jsonl", "", 0o640)


def test_a_file_that_is_being_written_is_nobody_elses(tmp_path, monkeypatch):
    """Two lists exported to one name at once: the second is refused, the first one is whole."""
    monkeypatch.chdir(tmp_path)
    first, second = export.Writer("a.jsonl"), export.Writer(str(tmp_path / "a.jsonl"))
    first.write([fakes.FakeClient().job_row(0)])
    with pytest.raises(UsageError, match="File exists"):
        second.write([])
    second.drop()
    first.finish()
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 1
    second.finish()
    (file,) = tmp_path.iterdir()
    assert (file.name, file.read_text()) == ("a.jsonl", "")


def test_a_file_that_was_told_of_survives_a_power_cut(tmp_path, monkeypatch):
    """With its name."""
    power = Power(monkeypatch)
    writer = export.Writer(str(tmp_path / "a.jsonl"))
    writer.write([fakes.FakeClient().job_row(0)])
    writer.finish()
    assert power.left(tmp_path) == {"a.jsonl": (tmp_path / "a.jsonl").read_bytes()}


def test_formulas_are_harmless_in_csv(tmp_path):
    """A name that a spreadsheet would take for a formula is none, a number stays one."""
    job = msgspec.structs.replace(
        fakes.FakeClient().job_row(0), label="=cmd()", run_s=-1.0, state=JobState.DONE
    )
    writer = export.Writer(str(tmp_path / "a.csv"))
    writer.write([job])
    writer.finish()
    with (tmp_path / "a.csv").open(newline="") as file:
        row = next(csv.DictReader(file))
    assert (row["label"], row["run_s"]) == ("'=cmd()", "-1.0")


# -------------------------------------------------------------------- taking back


async def test_the_footer_says_what_u_takes_back():
    """What can be taken back is told by the engine, in words; without it u says so."""
    slots = UndoView(what="slots", queue="extract", before=1, after=2)
    client = fakes.FakeClient(fakes.running(undo=slots))
    async with running(client, size=(160, 50)) as (app, pilot, _):
        assert "u undo: extract 2 -> 1" in text_of(app)
        client.put(msgspec.structs.replace(client.now, undo=None))
        await asyncio.sleep(0.3)
        await press(pilot, "u")
        assert "nothing can be taken back now" in text_of(app)
        assert client.sent == []


async def test_u_is_offered_at_once_after_a_command():
    """The next snapshot may be late: what was just done can be taken back all the same."""
    async with running(keys=["plus", "u"]) as (_, _p, client):
        assert client.sent[-1] == Undo()


# -------------------------------------------------------------------- the dashboard


async def test_batches_are_marked_sorted_and_meant_together():
    """On the dashboard marks are batches; the line at the foot tells of them and of the order."""
    async with running() as (app, pilot, client):
        await press(pilot, "asterisk", "asterisk")
        assert "2 marked" in text_of(app)
        await press(pilot, "right_square_bracket", "y")
        target = Target(batches=(1, 2))
        assert client.sent == [ShiftPriority(target=target, step=1)]
        await press(pilot, "escape", "s", "S")
        assert not app.top.marks
        assert app.top.sorting == Sorting("number", reverse=True)
        assert app.top.where == "dash"
        await press(pilot, "A", "r", "y")
        assert set(client.sent[-1].target.batches) == {1, 2, 3}


async def test_sorted_batches_keep_the_cursor_on_theirs():
    """The cursor goes where its batch goes."""
    async with running(size=(120, 40)) as (app, pilot, _):
        assert app.top.batches.current.id == 1
        while app.top.sorting.by != "done":
            await press(pilot, "s")
        rows = [app.top.batch_source.row(i).id for i in range(3)]
        assert rows == [3, 2, 1]
        assert app.top.batches.current.id == 1
        await press(pilot, "S")
        assert [app.top.batch_source.row(i).id for i in range(3)] == [1, 2, 3]
        lines = text_of(app).splitlines()
        assert "↓DONE" in lines[3]
        assert "sort" not in lines[-2], "there the newest failure is told"
        await press(pilot, "s")
        assert "↑RATE" in text_of(app).splitlines()[3]
        while app.top.sorting.by:
            await press(pilot, "s")
        assert "↑" not in text_of(app).splitlines()[3]
        await press(pilot, "S")
        assert "sort: turned around" in text_of(app).splitlines()[-2]


async def test_an_order_by_a_column_that_is_not_seen_is_told():
    """After the screen has become narrower the line at the foot tells of it."""
    async with running() as (app, pilot, _):
        while app.top.sorting.by != "rate":
            await press(pilot, "s")
        assert "sort: rate" not in text_of(app)
        await pilot.resize_terminal(60, 16)
        await settle(pilot)
        assert "sort: rate ↑" in text_of(app)


async def test_a_filter_from_the_dashboard_is_one_of_the_jobs_of_the_batch():
    """What is typed behind the key goes into its line at once; esc leads back in two steps."""
    async with running() as (app, pilot, client):
        await press(pilot, "down", "slash", "t", "r", "y")
        assert app.screen.where == "jobs"
        assert app.top.line.value == "try"
        await press(pilot, "enter")
        asked = client.queries[-1]
        assert (asked.view, asked.batch_id, asked.text) == (View.JOBS, 2, "try")
        await press(pilot, "escape", "escape")
        assert app.screen.where == "dash"


async def test_in_the_slots_nothing_is_marked():
    """Marks are of batches; a key for them in the other pane says so."""
    async with running(keys=["tab", "asterisk"]) as (app, _, _c):
        assert "batches are marked" in text_of(app)
        assert not app.top.marks


@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_one_pane_has_the_screen(size):
    """It gets all rows, tab changes it, z again gives all panes their room."""
    async with running(size=size) as (app, pilot, _):
        whole = text_of(app)
        await press(pilot, "z")
        assert "tags" not in text_of(app)
        assert "soupes.txt" in text_of(app)
        await press(pilot, "tab")
        assert "soupes.txt" not in text_of(app)
        assert text_of(app).count("extract") >= 4
        await press(pilot, "tab", "z")
        assert text_of(app).splitlines()[:-1] == whole.splitlines()[:-1]


# -------------------------------------------------------------------- the queue that is meant


async def test_the_queue_of_the_marked_batch_is_meant_and_shown():
    """Of the queues where the batch works + means the one with most waiting; idle ones never."""
    now = fakes.running()
    crawl = tuple(
        msgspec.structs.replace(slot, batch_id=2) if slot.queue == "scrape" else slot
        for slot in now.slots
    )
    client = fakes.FakeClient(msgspec.structs.replace(now, slots=crawl))
    async with running(client, size=(160, 50)) as (app, pilot, _):
        assert "+ slots extract" in text_of(app)
        await press(pilot, "down")
        assert "+ slots scrape" in text_of(app)
        await press(pilot, "plus", "a")
        assert client.sent == [Resize(queue="scrape", slots=2), Autoscale(queue="scrape", on=True)]


async def test_where_no_queue_is_in_use_none_is_meant():
    """With nothing to scale + says so instead of meaning some queue."""
    now = fakes.idle()
    unused = tuple(msgspec.structs.replace(queue, in_use=False) for queue in now.queues)
    client = fakes.FakeClient(msgspec.structs.replace(now, queues=unused))
    async with running(client, keys=["plus"]) as (app, _, _c):
        assert "no queue is in use" in text_of(app)
        assert client.sent == []


async def test_in_an_empty_list_of_jobs_no_batch_is_missing():
    """What is missing there is a row."""
    async with running(fakes.FakeClient(jobs=0), keys=["2"]) as (app, pilot, _c):
        for key in ("c", "space", "r", "right_square_bracket", "N"):
            app.top.flash("")
            await pilot.press(key)
            assert app.top.flash_line.said.endswith("there is no row here"), key


async def test_what_was_refused_is_not_said_of_the_next_text():
    """Neither while another filter is typed nor once the line is closed."""
    async with running(keys=["2", "slash"]) as (app, pilot, _):
        for keys in (["ctrl+u"], ["escape"]):
            await type_in(pilot, "try>")
            await press(pilot, "enter")
            assert app.top.flash_line.said == "try wants a number after >"
            await press(pilot, *keys)
            assert app.top.flash_line.said == ""
        assert "wants" not in text_of(app)


def test_behind_a_sign_that_compares_the_hint_tells_what_is_compared():
    """The name that stands there already would tell nothing."""
    told = "try>1  jobs at their second"
    for text in ("try>", "!TRY<", "red try>"):
        assert filters.hint(text, len(text), View.JOBS, {}).startswith(told)
    assert filters.hint("try>", 4, View.ERRORS, {}).startswith("try>1  items that failed")
    assert filters.hint("nope>", 5, View.JOBS, {}).startswith("words")


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("size", [(80, 24), (60, 16)])
async def test_what_is_said_of_a_filter_is_there_whole(size, language):
    """What may come next, and what is wrong: in as many lines as it needs, given back after it."""
    words.use(language)
    try:
        for key, view, field in (("2", View.JOBS, "state:"), ("3", View.CAUSES, "kind:")):
            async with running(size=size, keys=[key]) as (app, pilot, _):
                before = text_of(app)
                await pilot.press("slash")
                known = filters.values_of(view, fakes.running())
                for text in ("", field, "try>", f"{field}xx "):
                    app.screen.line.value = text
                    app.screen.line.cursor_position = len(text)
                    said = filters.problem(text, view) if "xx" in text else ""
                    said = said or filters.hint(text, len(text), view, known)
                    flat = " ".join(said.split())
                    await until(pilot, lambda flat=flat: flat in " ".join(text_of(app).split()))
                    for quoted in re.findall('"[^"]*"', said):
                        assert quoted in text_of(app)  # on one line
                await pilot.press("escape")
                await until(pilot, lambda before=before: text_of(app) == before)
    finally:
        words.use("en")


@pytest.mark.parametrize("keys", [["2"], ["e"], ["e", "enter"]])
async def test_a_list_that_opens_is_asked_for_once(keys):
    """Of tens of thousands of jobs that a filter finds each question takes the engine 0.1 s."""
    async with running(keys=keys) as (app, _, client):
        view = app.top.view if app.top.where != "jobs" else View.JOBS
        assert [query.view for query in client.queries].count(view) == 1
