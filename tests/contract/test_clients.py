"""What every client of the engine promises, wherever the engine is."""

import asyncio
import logging
import math
import threading
import time

import pytest
from msgspec.structs import replace

from soniq_tui.engine.client import LOOKING_MOST
from soniq_tui.errors import EngineError, JournalError, UsageError
from soniq_tui.importers.base import wanted
from soniq_tui.model import commands
from soniq_tui.model.commands import Reply, Target
from soniq_tui.model.forms import Preview
from soniq_tui.model.job import BatchState, ErrorKind, ItemError, Items, JobState, Outcome
from soniq_tui.model.results import (
    DetailQuery,
    Picture,
    ResultColumn,
    ResultDetail,
    ResultPage,
    ResultQuery,
    ResultRow,
)
from soniq_tui.model.snapshot import JobRow, Page, Query, Snapshot, View
from tests.contract.conftest import Contract
from tests.engine.strategies import FAKE, spawn
from tests.engine.worlds import SOON_S, FakeRunner, obedient, went_well
from tests.ui.fakes import HOSTILE

WORDS = [word.encode("utf-8", "replace").decode() for word in HOSTILE]
MANY = 100_000


async def seen(client, true) -> Snapshot:
    """Return the first snapshot of which something is true."""
    async with asyncio.timeout(SOON_S):
        while not true(snapshot := await client.snapshot()):
            await client.changed(snapshot.version)
    return snapshot


async def ended(client, batch_id: int) -> Snapshot:
    return await seen(
        client,
        lambda s: any(b.id == batch_id and b.state is BatchState.DONE for b in s.batches),
    )


async def broken(runner, job, progress) -> Outcome:
    """Fail for good, with a name from outside."""
    error = ItemError(item=job.label, stage=job.stage, kind=ErrorKind.CORRUPT, reason="x\x1b[2J")
    return Outcome(
        state=JobState.FAILED, items=Items(0, 0, 0, 1), errors=(error,), kind=ErrorKind.CORRUPT
    )


async def test_a_batch_is_launched_seen_and_reported(contract: Contract) -> None:
    """A launch answers with its batch, which is seen to its end and then reported."""
    async with contract.over() as (_, client):
        reply = await client.launch("fake", {"names": ["a", "b"]})
        assert (reply.ok, reply.batch_id, reply.text) == (True, 1, "Fake: a b")
        snapshot = await ended(client, 1)
        assert snapshot.batches[0].items.total == 2
        report = await client.report(1)
        assert (report.batch, report.state, report.label) == ("1", "done", "a b")
        assert await client.report(77) is None


async def test_launch_forms_and_previews(contract: Contract) -> None:
    """Forms are described and wishes looked at; a wish that cannot be says why."""
    async with contract.over() as (_, client):
        (form,) = await client.describe()
        own = [f.name for f in form.fields if f.group != "common"]
        assert (form.importer, own) == ("fake", ["names", "times"])
        assert {"limit", "slots", "priority", "paused", "dry_run"} <= {f.name for f in form.fields}
        seen = await client.preview("fake", {"names": ["a"], "times": "2"})
        assert seen == Preview(ok=True, text="1 names")
        assert (await client.preview("fake", {"names": []})).doubt
        wrong = await client.preview("fake", {"times": "no number"})
        assert (wrong.ok, wrong.field) == (False, "times")


async def test_a_look_that_nobody_waits_for_ends(contract: Contract, monkeypatch) -> None:
    """A preview learns that it was given up, wherever it was asked for."""
    began, ended = threading.Event(), threading.Event()

    def endless(options: object, data_dir: object) -> Preview:
        began.set()
        until_s = time.monotonic() + SOON_S
        while wanted() and time.monotonic() < until_s:
            time.sleep(0.001)
        if not wanted():
            ended.set()
        return Preview(ok=True, text="")

    async with contract.over() as (world, client):
        slow = replace(FAKE, preview=endless)
        monkeypatch.setattr(world.engine, "importer", lambda _: slow)
        looking = asyncio.create_task(client.preview("fake", {"names": ["a"]}))
        assert await asyncio.to_thread(began.wait, SOON_S)
        looking.cancel()
        assert await asyncio.to_thread(ended.wait, SOON_S)


async def test_how_a_batch_is_launched(contract: Contract) -> None:
    """Priority, slots, a limit and a paused beginning; a dry run starts nothing."""
    async with contract.over() as (world, client):
        options = {"names": ["a", "b", "c"], "limit": 2, "priority": 7, "slots": 3, "paused": True}
        reply = await client.launch("fake", options | {"dry_run": True})
        assert (reply.ok, reply.batch_id) == (True, None)
        assert "would start Fake: a b c (2 jobs; 2 items" in reply.text
        assert (await client.snapshot()).batches == ()
        reply = await client.launch("fake", options)
        assert reply.text == "Fake: a b c; paused"
        snapshot = await client.snapshot()
        batch = snapshot.batches[0]
        assert (batch.state, batch.priority, batch.items.total) == (BatchState.PAUSED, 7, 2)
        assert next(q for q in snapshot.queues if q.name == "read").slots == 3
        await asyncio.sleep(0.05)
        assert world.runner.seen == [], "nothing of a paused batch runs"
        await client.send(commands.Resume(target=Target(batches=(batch.id,))))
        await ended(client, batch.id)
        for wrong in ({"priority": 5000}, {"limit": 0}, {"slots": 0}, {"slots": 100_000}):
            with pytest.raises(UsageError):
                await client.launch("fake", {"names": ["d"]} | wrong)
        assert len((await client.snapshot()).batches) == 1


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda c: c.launch("fake", {"names": ["bad"]}), UsageError, "leave it out"),
        (lambda c: c.launch("fake", {"times": "x"}), UsageError, "times"),
        (lambda c: c.send(commands.Resize(queue="none", slots=2)), UsageError, "none"),
        (lambda c: c.send(commands.Resize(queue="read", slots=0)), UsageError, "slots"),
        (lambda c: c.send(commands.Submit(importer="fake", options=b"\xc1")), UsageError, "Fake"),
        (lambda c: c.send(commands.Hold(queue="none")), UsageError, "none"),
    ],
)
async def test_errors_have_type_and_text(contract: Contract, ask, error, said: str) -> None:
    """What cannot be done raises what the engine raised, in its words; the client stays good."""
    async with contract.over() as (_, client):
        with pytest.raises(error, match=said) as caught:
            await ask(client)
        assert type(caught.value) is error
        assert (await client.snapshot()).batches == ()


async def test_an_error_without_a_name_here_is_the_next_it_is(contract: Contract) -> None:
    """Errors of the engine's own making arrive as a class of the tree that they are."""

    class OddError(JournalError):
        """Known to one process only."""

    async with contract.over() as (there, client):

        async def browse(_: Query) -> Page:
            raise OddError("page 7 is damaged \x1b[2J")

        there.client.browse = browse
        with pytest.raises(JournalError, match="page 7 is damaged"):
            await client.browse(Query(view=View.JOBS))


async def test_every_command_is_carried_out(contract: Contract) -> None:
    """Each word of the model is understood and answered."""
    async with contract.over(FakeRunner(read=obedient)) as (there, client):
        await client.launch("fake", {"names": list("abcdef")})
        await seen(client, lambda s: s.active == 2)
        one = Target(batches=(1,))
        assert (await client.send(commands.Pause(target=one))).ok
        await seen(client, lambda s: s.batches[0].state is BatchState.PAUSED)
        assert (await client.send(commands.SetPriority(target=one, priority=4))).ok
        assert (await client.send(commands.ShiftPriority(target=one, step=2))).ok
        assert (await client.snapshot()).batches[0].priority == 6
        assert (await client.send(commands.Resume(target=one))).ok
        await seen(client, lambda s: s.active == 2)
        assert (await client.send(commands.Pause(target=one, hard=True))).ok
        assert (await client.send(commands.Resume(target=one))).ok
        assert (await client.send(commands.Resize(queue="read", slots=3))).text == "read: 3 slots"
        assert "held" in (await client.send(commands.Hold(queue="scan"))).text
        assert (await client.send(commands.Hold(queue="scan", held=False))).ok
        assert (await client.send(commands.Autoscale(queue="read", on=False))).ok
        assert (await client.send(commands.Cancel(target=one, undo_s=60))).affected == 1
        assert (await client.send(commands.Undo())).ok
        assert (await client.send(commands.Cancel(target=one))).ok
        there.runner.gate.set()
        await seen(client, lambda s: s.batches[0].state is BatchState.CANCELLED)
        assert (await client.send(commands.Retry(target=one))).affected > 0
        await ended(client, 1)


async def test_a_batch_is_forgotten(contract: Contract) -> None:
    """What would go is told before; then the batch is in no list, and its changes are heard of."""
    async with contract.over(FakeRunner(read=broken)) as (_, client):
        await client.launch("fake", {"names": ["a", "b"]})
        await ended(client, 1)
        told = await client.send(commands.Forget(batches=(1,), dry_run=True))
        assert told.lost is not None
        assert (told.lost.batches, told.lost.jobs) == ((1,), 2)
        version = (await client.snapshot()).version
        every = commands.Forget(ended_before_s=math.inf)
        assert (await client.send(every)).affected == 1
        async with asyncio.timeout(SOON_S):
            await client.changed(version)
        assert (await client.snapshot()).batches == ()
        assert await client.report(1) is None
        assert (await client.browse(Query(view=View.JOBS))).total == 0
        again = await client.send(commands.Forget(batches=(1,)))
        assert (again.ok, again.affected, again.text) == (True, 0, "1 was forgotten already")
        with pytest.raises(UsageError, match="batch 1 was forgotten already"):
            await client.send(commands.Forget(batches=(1,), dry_run=True))
        with pytest.raises(UsageError, match="there is no batch 2"):
            await client.send(commands.Forget(batches=(1, 2)))


async def test_snapshots_and_pages_are_the_engines_own(contract: Contract) -> None:
    """What is seen is, value by value, what is seen beside the engine."""
    async with contract.over(FakeRunner(read=broken)) as (there, client):
        await client.launch("fake", {"names": WORDS})
        await ended(client, 1)
        assert (await client.report(1)).errors[0].reason == "x\x1b[2J"  # all is written
        assert (await client.snapshot()).batches == (await there.client.snapshot()).batches
        for view in View:
            query = Query(view=view, limit=5, offset=1)
            assert await client.browse(query) == await there.client.browse(query)
        errors = await client.browse(Query(view=View.ERRORS))
        assert {row.item for row in errors.rows} == {f"label {word}" for word in WORDS}
        assert await client.metrics() == await there.client.metrics()


async def test_a_snapshot_is_fresh_while_clocks_run(contract: Contract) -> None:
    """With the same version the clocks of what runs go on."""
    async with contract.over(FakeRunner(read=obedient)) as (there, client):
        await client.launch("fake", {"names": ["a"]})
        await seen(client, lambda s: s.active == 1)
        async with asyncio.timeout(SOON_S):
            first, second = await client.snapshot(), await client.snapshot()
            while first.version != second.version:
                first, second = second, await client.snapshot()
        runs = [next(x.run_s for x in s.slots if x.job_id) for s in (first, second)]
        assert runs[1] > runs[0]
        there.runner.gate.set()
        await ended(client, 1)


async def test_a_change_wakes_and_is_no_poll(contract: Contract) -> None:
    """Whoever waits for a change sleeps until there is one."""
    async with contract.over(going=False) as (there, client):
        snapshot = await client.snapshot()
        waiting = asyncio.create_task(client.changed(snapshot.version))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.05)
        there.engine.bus.touch()
        async with asyncio.timeout(SOON_S):
            await waiting


async def test_many_at_once_get_their_own_answers(contract: Contract) -> None:
    """Three hundred requests at once are answered each for itself, in whatever order."""
    async with contract.over() as (_, client):
        pages = [client.browse(Query(view=View.JOBS, offset=i)) for i in range(300)]
        waits = [asyncio.create_task(client.changed(10**9)) for _ in range(40)]
        async with asyncio.timeout(SOON_S):
            found = await asyncio.gather(*pages)
            await asyncio.gather(*waits)
        assert [page.offset for page in found] == list(range(300))


async def test_who_waits_no_more_leaves_nothing_behind(contract: Contract) -> None:
    """A thousand waits that were given up leave the client as good as before."""
    async with contract.over() as (_, client):
        version = (await client.snapshot()).version
        for _ in range(20):
            waits = [asyncio.create_task(client.changed(version)) for _ in range(50)]
            await asyncio.sleep(0)
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
            await client.snapshot()  # what was dropped has arrived
        async with asyncio.timeout(SOON_S):
            assert (await client.launch("fake", {"names": ["a"]})).ok


def showing(there, **how) -> None:
    """Let the importer of a world have results."""
    rich = replace(FAKE, **how)
    there.engine.importer = lambda _: rich


async def test_results_are_looked_at_as_they_are(contract: Contract) -> None:
    """A page and a detail arrive as the importer gave them, foreign text and picture included."""
    rows = tuple(
        ResultRow(
            key=str(i), kind="track", cells=(word, "1"), opens="tracks", item=word, muted=True
        )
        for i, word in enumerate(WORDS)
    )
    page = ResultPage(
        title="Of [b]\x1b[2J", views=(("tracks", "Tracks"),), rows=rows, total=len(rows),
        columns=(ResultColumn(name="title", title="Title"),), empty="nothing",
    )  # fmt: skip
    picture = Picture(width=2, height=1, rgb=b"\x00\xff\x80\x01\x02\x03", about="a PNG")
    detail = ResultDetail(title="x", facts=(("Title", WORDS[0]),), text="la\nla", picture=picture)
    asked: list[object] = []

    def give(answer):
        return lambda folder, query: asked.append((folder, query)) or answer

    async with contract.over() as (there, client):
        showing(there, results=give(page), detail=give(detail))
        query = ResultQuery(importer="fake", view="tracks", text="\0'\"", limit=7)
        about = DetailQuery(importer="fake", kind="track", key="1", picture=64)
        assert await client.results(query) == page
        assert await client.detail(about) == detail
        folder = there.engine.settings.data_path
        assert asked == [(folder, query), (folder, about)]


async def test_a_deed_is_done_and_told(contract: Contract) -> None:
    """A deed gets its words and answers with a line."""

    def save(folder, words) -> str:
        return f"saved {words['name']}"

    async with contract.over() as (there, client):
        showing(there, deeds={"playlist.save": save})
        assert await client.deed("fake", "playlist.save", {"name": "é"}) == Reply(text="saved é")
        with pytest.raises(UsageError, match=r"no deed 'save'; there are: playlist\.save"):
            await client.deed("fake", "save", {})


async def test_results_that_cannot_be_shown_say_why(contract: Contract) -> None:
    """A page says in words why it is empty; details and deeds raise what the importer raised."""

    def fail(*_) -> None:
        raise UsageError("there is no filter 'artst:'; did you mean 'artist:'?")

    async with contract.over() as (there, client):
        query = ResultQuery(importer="fake")
        about = DetailQuery(importer="fake", kind="track", key="1")
        assert "no results" in (await client.results(query)).problem
        with pytest.raises(UsageError, match="no results"):
            await client.detail(about)
        showing(there, results=fail, detail=fail, deeds={"x": fail})
        assert "did you mean" in (await client.results(query)).problem
        for asking in (client.detail(about), client.deed("fake", "x", {})):
            with pytest.raises(UsageError, match="did you mean"):
                await asking


async def test_few_look_at_once_and_nobody_for_who_has_left(contract: Contract) -> None:
    """Looks beyond a few wait their turn; one that was given up meanwhile is never begun."""
    gate, begun = threading.Event(), []

    def slow(_, query: ResultQuery) -> ResultPage:
        begun.append(query.offset)
        gate.wait(SOON_S)
        return ResultPage(offset=query.offset)

    async with contract.over() as (there, client):
        showing(there, results=slow)
        looks = [
            asyncio.create_task(client.results(ResultQuery(importer="fake", offset=i)))
            for i in range(LOOKING_MOST + 4)
        ]
        async with asyncio.timeout(SOON_S):
            while len(begun) < LOOKING_MOST:  # noqa: ASYNC110  threads have no event of the loop
                await asyncio.sleep(0.001)
            for look in looks[-3:]:
                look.cancel()
            await asyncio.gather(*looks[-3:], return_exceptions=True)
            await client.snapshot()  # what was dropped has arrived
            assert len(begun) == LOOKING_MOST
            gate.set()
            pages = await asyncio.gather(*looks[:-3])
        assert [page.offset for page in pages] == sorted(begun)


@pytest.mark.parametrize("finish", [True, False])
async def test_the_host_is_asked_to_end(contract: Contract, finish: bool) -> None:
    """To end is a wish that the host hears of, in the way it was meant."""
    async with contract.over() as (there, client):
        asked = []
        there.client._end = asked.append
        assert (await client.end(finish=finish)).ok
        assert asked == [finish]


async def test_a_page_of_100000_rows_is_whole(contract: Contract) -> None:
    """A page as long as asked arrives as it is, and nobody else waits for long."""
    row = JobRow(
        id=1, batch_id=1, importer="fake", queue="read", label="音楽 [/b]\x1b[2J" * 4, stage="read",
        state=JobState.DONE,
    )  # fmt: skip
    page = Page(rows=(row,) * MANY, total=MANY)
    async with contract.over() as (there, client):

        async def browse(_: Query) -> Page:
            return page

        there.client.browse = browse
        assert await client.browse(Query(view=View.JOBS, limit=MANY)) == page


async def test_a_batch_of_many_jobs_is_browsed_page_by_page(contract: Contract) -> None:
    """The jobs of a large batch are read in pages that fit together without seam."""
    async with contract.over(going=False) as (there, client):
        await there.submit(*(spawn(f"n{i}", stage="read") for i in range(2500)))
        pages = [
            await client.browse(Query(view=View.JOBS, offset=at, limit=1000))
            for at in range(0, 3000, 1000)
        ]
        assert {page.total for page in pages} == {2500}
        assert len({row.id for page in pages for row in page.rows}) == 2500


async def test_a_report_does_not_wait_for_a_full_disk(contract: Contract) -> None:
    """While nothing can be written a report tells what is known."""
    async with contract.over() as (there, client):
        await client.launch("fake", {"names": ["a"]})
        await ended(client, 1)
        there.engine.blocked = "the disk is full"
        there.engine.journal.written, real = asyncio.Future, there.engine.journal.written
        async with asyncio.timeout(SOON_S):
            assert (await client.report(1)).state == "done"
        there.engine.blocked, there.engine.journal.written = "", real


async def test_a_bug_is_told_and_survived(contract: Contract) -> None:
    """An error that is none of ours does not take the connection with it."""
    async with contract.over() as (there, client):
        real = there.client.metrics

        async def metrics() -> str:
            raise ZeroDivisionError("as if")

        there.client.metrics = metrics
        with pytest.raises((EngineError, ZeroDivisionError), match="as if"):
            await client.metrics()
        there.client.metrics = real
        assert await client.metrics()
        assert isinstance(await client.end(finish=True), Reply)


async def chatty(runner, job, progress) -> Outcome:
    """Say something, fail twice, then go well."""
    progress.said([f"try {job.attempt} of {job.label}"])
    if job.attempt < 2:
        return Outcome(
            state=JobState.FAILED, kind=ErrorKind.NETWORK, reason="no answer\x1b[2J",
            retryable=True, retry_after_s=0.001, run_s=0.25,
        )  # fmt: skip
    return went_well(job)


async def test_everything_about_a_job(contract: Contract) -> None:
    """Its tries with their ends, what it said, and the form of its batch."""
    async with contract.over(FakeRunner(read=chatty)) as (_, client):
        await client.launch("fake", {"names": ["a b", "c"], "times": "1"})
        await ended(client, 1)
        detail = await client.job(1)
        first = (await client.browse(Query(view=View.JOBS))).rows[0]
        assert detail.job == first
        tries = [(a.attempt, str(a.state), a.again) for a in detail.attempts if a.stage == "read"]
        assert tries == [(0, "failed", True), (1, "failed", True), (2, "done", False)]
        assert detail.attempts[0].reason == "no answer\x1b[2J"
        assert detail.attempts[0].run_s == 0.25
        assert (detail.form.importer, detail.values["names"]) == ("fake", "a b\nc")
        assert (detail.due_s, detail.full_queue, detail.lane_busy) == (None, "", False)
        said = await client.output(first.id, 0)
        assert said.lines == tuple(f"try {n} of {first.label}" for n in range(3))
        assert (await client.output(first.id, said.after)).lines == ()
        assert await client.job(999) is None


@pytest.mark.parametrize(
    ("name", "told", "logins"),
    [("https://me:hunter2@a.fr/x", "https://a.fr/x", True), ("https://a.fr/x@y", None, False)],
)
async def test_logins_in_options_are_left_out_and_that_is_said(
    contract: Contract, name: str, told: str | None, logins: bool
) -> None:
    """Whoever starts the batch again learns that they lack."""
    async with contract.over() as (_, client):
        await client.launch("fake", {"names": [name]})
        await ended(client, 1)
        (row,) = (await client.browse(Query(view=View.JOBS))).rows
        detail = await client.job(row.id)
        assert (detail.values["names"], detail.logins) == (told or name, logins)


async def test_a_job_that_waits_for_its_time_says_how_long(contract: Contract) -> None:
    """After a failure that may pass it is known when the next try comes due."""

    async def later(runner, job, progress) -> Outcome:
        return Outcome(
            state=JobState.FAILED, kind=ErrorKind.NETWORK, reason="busy", retryable=True,
            retry_after_s=60.0,
        )  # fmt: skip

    async with contract.over(FakeRunner(read=later)) as (_, client):
        await client.launch("fake", {"names": ["a"]})
        await seen(client, lambda s: any(q.delayed for q in s.queues))
        (row,) = (await client.browse(Query(view=View.JOBS))).rows
        detail = await client.job(row.id)
        assert 0 < detail.due_s <= 61


async def test_the_log_is_a_list_and_wakes_who_looks(contract: Contract) -> None:
    """Lines are browsed like any list; a new one is a change, many at once are one."""
    async with contract.over() as (there, client):
        before = await client.snapshot()
        for n in range(50):
            there.client._log.handle(logging.makeLogRecord(
                {"name": "soniq_tui.x", "levelno": 30, "levelname": "WARNING", "msg": f"line {n}"}
            ))  # fmt: skip
        async with asyncio.timeout(SOON_S):
            await client.changed(before.version)
        now = await client.snapshot()
        assert now.logged == 50
        assert now.version == before.version + 1
        page = await client.browse(Query(view=View.LOG, offset=48))
        assert [(row.id, row.text) for row in page.rows] == [(49, "line 48"), (50, "line 49")]
        with pytest.raises(UsageError, match="there is no colour"):
            await client.browse(Query(view=View.LOG, text="colour:red"))


async def test_the_minute_that_is_open_is_part_of_the_history(contract: Contract) -> None:
    """What was done in this minute is seen before it has ended, with how long it took."""
    async with contract.over(FakeRunner(read=broken)) as (_, client):
        await client.launch("fake", {"names": ["a", "b"]})
        await ended(client, 1)
        page = await client.browse(Query(view=View.HISTORY, batch_id=1))
        read = [row for row in page.rows if row.queue == "read"]  # two, if one has just ended
        assert sum(sum(row.took) for row in read) == sum(row.jobs for row in read) > 0
        assert sum(row.errors for row in read) == 2
        assert page.total == len(page.rows)
        rest = await client.browse(Query(view=View.HISTORY, batch_id=1, offset=1))
        assert rest.rows == page.rows[1:]
        assert (await client.browse(Query(view=View.HISTORY, batch_id=7))).rows == ()


@pytest.mark.parametrize("view", [View.CAUSES, View.ERRORS])
async def test_a_failure_that_is_counted_is_listed(
    contract: Contract, monkeypatch: pytest.MonkeyPatch, view: View
) -> None:
    """Who saw the count rise finds the failure in the lists, though the disk has not seen it."""
    monkeypatch.setattr("soniq_tui.engine.journal.LINGER_S", SOON_S * 4)
    monkeypatch.setattr("soniq_tui.engine.journal.LINGER_MOST_S", SOON_S * 4)

    async def some(runner, job, progress) -> Outcome:
        ends = broken if job.label == "label a" else obedient
        return await ends(runner, job, progress)

    async with contract.over(FakeRunner(read=some)) as (_, client):
        await client.launch("fake", {"names": ["a", "b"]})
        await seen(client, lambda s: s.failures == 1)
        async with asyncio.timeout(SOON_S):
            page = await client.browse(Query(view=view))
        assert {(row.batch_id, row.kind) for row in page.rows} == {(1, ErrorKind.CORRUPT)}


async def test_a_minute_on_its_way_to_the_disk_is_not_missed(contract: Contract) -> None:
    """Counted no more in memory and not yet written, it is waited for."""
    async with contract.over(FakeRunner(read=broken)) as (there, client):
        await client.launch("fake", {"names": ["a"]})
        await ended(client, 1)
        upkeep = there.engine.upkeep
        for _ in range(20):
            upkeep.history.add(1, "read", jobs=1, items=7, busy_s=0.1, now_at_s=time.time())
            before = (await client.browse(Query(view=View.HISTORY, batch_id=1))).rows
            upkeep._record(final=True)
            after = (await client.browse(Query(view=View.HISTORY, batch_id=1))).rows
            assert sum(row.items for row in after) == sum(row.items for row in before)
