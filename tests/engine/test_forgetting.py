"""Batches that have ended are removed when somebody asks, or when they are old enough."""

import asyncio
import math
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.engine import forgetting, report
from soniq_tui.engine.reader import JournalFile
from soniq_tui.engine.sweep import ROWS
from soniq_tui.errors import JournalError, UsageError
from soniq_tui.host import forget
from soniq_tui.model.commands import Cancel, Forget, Pause, Retry, Target
from soniq_tui.model.events import BatchChanged, BatchForgotten, Event
from soniq_tui.model.job import BatchState, Job, JobState, Outcome
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import Query, View
from tests.engine.desks import Desk
from tests.engine.journals import a_batch, a_job, admitted, write
from tests.engine.strategies import spawn
from tests.engine.test_sweep import TABLES, facts
from tests.engine.worlds import FakeRunner, World, obedient, world

ALL = "SELECT {}".format(", ".join(map("(SELECT count(*) FROM {})".format, TABLES)))
TRIGGER = "CREATE TEMP TRIGGER t BEFORE DELETE ON error BEGIN SELECT raise(ABORT, 'no'); END"
S = JobState
EVERY = Forget(ended_before_s=math.inf)


AUTUMN_S = 1_760_000_000.0
"""In October 2025: when a batch ended that is old."""


def ended(batch_id: int, added_at_s: float, ended_at_s: float) -> list[Event]:
    """Return a batch as it was written that ended then."""
    batch = a_batch(batch_id, state=BatchState.DONE, added_at_s=added_at_s, ended_at_s=ended_at_s)
    return [BatchChanged(batch=batch)]


async def broken(_runner: FakeRunner, _job: Job, _progress: object) -> Outcome:
    return Outcome(state=S.FAILED, reason="no header")


async def swept(here: World) -> None:
    """Return when nothing is left of what was forgotten."""
    async with asyncio.timeout(5):
        await here.engine.upkeep.forgetting.swept()


async def kept(here: World) -> tuple[int, ...]:
    """Return how many rows there are of batches, jobs, payloads, runs, failures and minutes."""
    return (await here.written(ALL))[0]


async def test_a_batch_is_forgotten(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is in no list, no report and no sum any more, and so is all that was kept of it."""
    caplog.set_level("INFO")
    async with world(tmp_path, FakeRunner(read=broken)) as here:
        first, second = await here.launch("a", "b"), await here.launch("c")
        await here.ended(first)
        await here.ended(second)
        here.engine.upkeep._record(final=True)
        version = here.engine.bus.version
        reply = await here.client.send(Forget(batches=(first,)))
        assert (reply.ok, reply.affected, reply.text) == (True, 1, "1 batch forgotten")
        assert "batches forgotten: 1 (1)" in caplog.text
        assert here.engine.bus.version > version
        view = await here.view()
        assert [batch.id for batch in view.batches] == [second]
        assert view.failures == 1
        assert await here.client.report(first) is None
        assert await here.client.job(1) is None
        for listed in (View.JOBS, View.ERRORS, View.CAUSES, View.HISTORY):
            page = await here.client.browse(Query(view=listed))
            assert {row.batch_id for row in page.rows} == {second}, listed
            assert page.total == len(page.rows)
        page = await here.client.browse(Query(view=View.BATCHES))
        assert [row.id for row in page.rows] == [second]
        await swept(here)
        assert await kept(here) == (1, 1, 1, 1, 1, 1)
        assert await here.launch("d") == 3


async def test_what_would_go_is_told_before(tmp_path: Path) -> None:
    """A rehearsal counts batches, jobs, failures and bytes, and changes nothing."""
    async with world(tmp_path, FakeRunner(read=broken)) as here:
        await here.launch("a", "b")
        await here.ended(1)
        before = await kept(here)
        reply = await here.client.send(Forget(batches=(1,), dry_run=True))
        lost = reply.lost
        assert lost is not None
        assert (lost.batches, lost.jobs, lost.failures) == ((1,), 2, 2)
        assert 200 < lost.bytes < 4000
        assert await kept(here) == before
        assert (await here.client.send(Forget(ended_before_s=math.inf, dry_run=True))).lost == lost
        early = Forget(ended_before_s=time.time() - 60, dry_run=True)
        assert (await here.client.send(early)).lost.batches == ()
        late = Forget(ended_before_s=time.time() + 60, dry_run=True)
        assert (await here.client.send(late)).lost == lost


async def test_the_newest_failure_goes_with_its_batch(tmp_path: Path) -> None:
    """The dash tells the newest failure of what is left; none where nothing is left."""
    async with world(tmp_path, FakeRunner(read=broken)) as here:
        for name in "ab":
            await here.ended(await here.launch(name))
        newest = (await here.view()).newest_failure
        assert newest is not None
        assert newest.batch_id == 2
        await here.client.send(Forget(batches=(2,)))
        newest = (await here.view()).newest_failure
        assert newest is not None
        assert newest.batch_id == 1
        await here.client.send(EVERY)
        view = await here.view()
        assert (view.newest_failure, view.batches, view.failures) == (None, (), 0)


@pytest.mark.parametrize(
    ("state", "command"),
    [
        ("running", None),
        ("paused", Pause(target=Target())),
        ("paused", Cancel(target=Target(), undo_s=60)),
    ],
)
async def test_what_is_not_over_stays(tmp_path: Path, state: str, command: Any) -> None:
    """A batch that runs, is paused, or whose cancel can be taken back, cannot be forgotten."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a", "b", "c")
        await here.until(lambda: here.runner.active)
        if command is not None:
            await here.client.send(command)
            await here.until(lambda: here.batch().state is BatchState.PAUSED)
        with pytest.raises(UsageError, match=f"batch 1 is {state}: only what has ended"):
            await here.client.send(Forget(batches=(1,)))
        assert (await here.client.send(EVERY)).affected == 0
        assert len((await here.view()).batches) == 1


async def test_one_that_ends_while_it_is_looked_for(tmp_path: Path) -> None:
    """A batch that ends while the journal is read has ended: it is not refused for that."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a")
        await here.until(lambda: here.runner.active)
        work = here.engine.upkeep.forgetting
        found = work._found

        async def late(*asked: Any) -> list[tuple[int, float]]:
            before = await found(*asked)
            here.runner.gate.set()
            await here.ended()
            return before

        work._found = late
        assert (await here.client.send(Forget(batches=(1,)))).affected == 1
        assert not (await here.view()).batches


async def test_one_that_is_not_there(tmp_path: Path) -> None:
    """Where one that is named is unknown, nothing is done; twice is too often."""
    async with world(tmp_path) as here:
        await here.launch("a")
        await here.ended()
        with pytest.raises(UsageError, match="name what is to be forgotten"):
            await here.client.send(Forget())
        with pytest.raises(UsageError, match="there is no batch 7"):
            await here.client.send(Forget(batches=(1, 7)))
        assert (await here.client.send(Forget(batches=(1, 1)))).affected == 1


async def test_what_was_forgotten_already_is_said_to_be(tmp_path: Path) -> None:
    """By the engine that forgot it, by the next one, and by the journal where none can begin."""
    gone, never = Forget(batches=(1,), dry_run=True), Forget(batches=(7,), dry_run=True)
    for forgets in (True, False):
        async with world(tmp_path) as here:
            if forgets:
                await here.ended(await here.launch("a"))
                assert (await here.client.send(Forget(batches=(1,)))).affected == 1
                await swept(here)
            with pytest.raises(UsageError, match="batch 1 was forgotten already"):
                await here.client.send(gone)
            with pytest.raises(UsageError, match="there is no batch 7"):
                await here.client.send(never)
    settings = Settings(data_dir=str(tmp_path))
    with pytest.raises(UsageError, match="batch 1 was forgotten already"):
        await asyncio.to_thread(forget._read, settings, gone)
    with pytest.raises(UsageError, match="there is no batch 7"):
        await asyncio.to_thread(forget._read, settings, never)


async def test_what_changed_after_the_question(tmp_path: Path) -> None:
    """What is gone by then is passed over, what may not go is named, and the rest goes."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        here.runner.gate.set()
        for name in "abcd":
            await here.ended(await here.launch(name))
        await here.client.send(Forget(batches=(1,)))
        here.runner.gate.clear()
        await here.launch("e")
        reply = await here.client.send(Forget(batches=(1, 2, 5)))
        assert (reply.ok, reply.affected) == (True, 1)
        text = "batch 5 is running: only what has ended can be forgotten"
        assert reply.text == f"1 batch forgotten; 1 was forgotten already; {text}"
        reply = await here.client.send(Forget(batches=(1, 2)))
        assert (reply.ok, reply.affected, reply.text) == (True, 0, "2 were forgotten already")
        both = Forget(batches=(3, 4))
        first, second = await asyncio.gather(here.client.send(both), here.client.send(both))
        assert first.text == "2 batches forgotten"
        assert (second.affected, second.text) == (0, "2 were forgotten already")


async def test_a_batch_nobody_can_work_on(tmp_path: Path) -> None:
    """Its importer is gone, so it neither goes on nor ends: by name it can be forgotten."""
    left = admitted(a_job(1, importer="podcast"), batch=a_batch(importer="podcast"))
    await asyncio.to_thread(write, tmp_path / "journal.db", left)
    async with world(tmp_path) as here:
        why = "batch 1 waits: no importer is called 'podcast'"
        assert (await here.view()).banner == why
        assert (await here.client.send(EVERY)).affected == 0
        reply = await here.client.send(Forget(batches=(1,), dry_run=True))
        assert (reply.text, reply.lost.batches, reply.lost.jobs) == (why, (1,), 1)
        assert (await here.client.send(Forget(batches=(1,)))).text == "1 batch forgotten"
        assert (await here.view()).banner == ""
        await swept(here)
        assert (await kept(here))[:3] == (0, 0, 0)


async def test_older_batches_are_shown_in_place_of_those_that_are_gone(tmp_path: Path) -> None:
    """The dash shows the newest that ended, also after those it showed were forgotten."""
    many = [event for i in range(1, 31) for event in ended(i, AUTUMN_S + i, AUTUMN_S + i)]
    await asyncio.to_thread(write, tmp_path / "journal.db", many)
    async with world(tmp_path) as here:
        shown = [batch.id for batch in (await here.view()).batches]
        assert shown == list(range(11, 31))
        await here.client.send(Forget(batches=tuple(shown[:-1])))
        assert [batch.id for batch in (await here.view()).batches] == [*range(1, 11), 30]
        await here.client.send(EVERY)
        assert (await here.view()).batches == ()


async def test_a_retry_that_read_before_finds_nothing(tmp_path: Path) -> None:
    """What the journal said of a batch before it was removed brings nothing of it back."""
    async with world(tmp_path, FakeRunner(read=broken)) as here:
        await here.launch("a")
        await here.ended()
        retries = here.client._orders._retries
        read = await asyncio.to_thread(retries._read, Target(batches=(1,)))
        await here.client.send(Forget(batches=(1,)))
        retries._read = lambda _named: read
        assert (await retries.retry(Target(batches=(1,))))[0] == 0
        reply = await here.client.send(Retry(target=Target(jobs=(1,))))
        assert not reply.ok
        assert not here.engine.scheduler.live


def test_one_that_began_again_meanwhile_stays() -> None:
    """Between reading and deciding a batch was retried: it is not forgotten, and ends as ever."""
    desk = Desk()
    batch_id = desk.submit(spawn("a", stage="read"))
    desk.finish(desk.start(), S.FAILED)
    assert desk.batch(batch_id).state is BatchState.DONE
    desk.retry(batch_id)
    assert desk.scheduler.forget([(batch_id, 1.0)]) == []
    desk.done()
    over = desk.batch(batch_id)
    events = desk.scheduler.forget([(batch_id, 1.0), (batch_id, 1.0)])
    assert events == [BatchForgotten(batch_id=batch_id, ended_at_s=1.0)]
    desk.scheduler.show_ended([over])
    assert not desk.scheduler.live, "read from the journal before it was removed there"


async def test_numbers_go_on_with_the_next_engine(tmp_path: Path) -> None:
    """Neither a batch nor a job is called as one that was removed."""
    async with world(tmp_path) as here:
        await here.launch("a", "b")
        await here.ended()
        await here.client.send(EVERY)
        await swept(here)
    async with world(tmp_path) as here:
        assert await here.launch("c") == 2
        await here.ended(2)
        assert await here.written("SELECT id FROM job") == [(3,)]


async def test_old_batches_go_by_themselves(tmp_path: Path) -> None:
    """With ``keep_days`` an engine that works removes at its start what ended before."""
    old = [event for i in (1, 2) for event in ended(i, AUTUMN_S, AUTUMN_S + i)]
    late = ended(3, time.time() - 9e4, time.time() - 8e4)
    await asyncio.to_thread(write, tmp_path / "journal.db", [*old, *late])
    async with world(tmp_path, keep_days=3) as here:
        await here.until(lambda: list(here.engine.scheduler.live) == [3])
        await swept(here)
        assert (await kept(here))[:5] == (1, 0, 0, 0, 0)
        await here.launch("a")
        await here.ended(4)
        await here.engine.upkeep.forgetting._forget_old(3)
        assert (await kept(here))[0] == 2


async def test_a_clock_that_is_ahead_at_the_start_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where all that was ever done looks old the clock may be wrong: a day later it goes."""
    caplog.set_level("INFO")
    monkeypatch.setattr(forgetting, "DAY_S", 0.1)
    known = [event for i in (1, 2) for event in ended(i, AUTUMN_S, AUTUMN_S + i)]
    await asyncio.to_thread(write, tmp_path / "journal.db", known)
    async with world(tmp_path, keep_days=3) as here:
        await here.launch("a")  # what this engine does itself tells nothing of the time before
        await here.until(lambda: "nothing is forgotten before tomorrow" in caplog.text)
        assert {1, 2} <= here.engine.scheduler.live.keys()
        await here.until(lambda: not {1, 2} & here.engine.scheduler.live.keys())


async def test_a_clock_that_jumps_ahead_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Years that went by in a second are not believed at once; they are when they last a day."""
    now_s, ended_s = time.time(), time.time() - 100.0
    await asyncio.to_thread(write, tmp_path / "journal.db", ended(1, ended_s, ended_s))
    async with world(tmp_path, keep_days=3) as here:
        left = here.engine.upkeep.forgetting
        await left._forget_old(3)
        monkeypatch.setattr(forgetting.time, "time", lambda: now_s + 4e8)
        await left._forget_old(3)
        assert await here.written("SELECT id FROM batch") == [(1,)]
        await left._forget_old(3)
        assert await here.written("SELECT id FROM batch") == []


@pytest.mark.parametrize(
    ("times", "left"),
    [
        ([(AUTUMN_S, AUTUMN_S + 60.0)], []),
        # A machine without a clock starts in 1970.
        ([(300.0, 400.0)], [1]),
        ([(AUTUMN_S, AUTUMN_S + 60.0), (300.0, 400.0)], [2]),
        # Or earlier than what had begun before it, which stays to show that.
        ([(AUTUMN_S + 1e6, AUTUMN_S + 2e6), (AUTUMN_S, AUTUMN_S + 1.0)], [1, 2]),
        # A clock that is put right by a second was no wrong one.
        ([(AUTUMN_S, AUTUMN_S + 60.0), (AUTUMN_S + 61.0, AUTUMN_S + 60.0)], []),
        # Of two at the same time the second may end first.
        ([(AUTUMN_S, AUTUMN_S + 9e4), (AUTUMN_S + 1.0, AUTUMN_S + 2.0)], []),
        # One that is said to be of next year does not keep those behind it for ever.
        ([(9e9, 9e9), (AUTUMN_S, AUTUMN_S + 1.0)], [1]),
    ],
)
async def test_no_time_counts_that_cannot_be_true(
    tmp_path: Path, times: list[tuple[float, float]], left: list[int]
) -> None:
    """What ended under a clock that was behind is not taken for old, whatever number it has."""
    known = [event for i, (a, b) in enumerate(times, 1) for event in ended(i, a, b)]
    await asyncio.to_thread(write, tmp_path / "journal.db", known)
    async with world(tmp_path, keep_days=3) as here:
        for _ in range(2):
            await here.engine.upkeep.forgetting._forget_old(3)
        assert [row[0] for row in await here.written("SELECT id FROM batch")] == left
        assert (await here.client.send(EVERY)).affected == len(left)


async def test_without_days_nothing_goes_and_nothing_is_written(tmp_path: Path) -> None:
    """By default all is kept; an engine at rest writes nothing and no timer of this runs."""
    await asyncio.to_thread(write, tmp_path / "journal.db", facts(1))
    async with world(tmp_path) as here:
        await kept(here)  # what it begins with is written
        before = here.engine.journal.transactions
        await asyncio.sleep(0.2)
        assert here.engine.journal.transactions == before
        assert await kept(here) == (1, 3, 3, 3, 6, 1)


async def test_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has become old meanwhile goes when a day has passed."""
    monkeypatch.setattr(forgetting, "DAY_S", 0.1)
    async with world(tmp_path, keep_days=3) as here:
        await here.launch("a")
        await here.ended()
        await here.until(lambda: not here.engine.scheduler.live)


async def test_an_engine_for_one_command_leaves_the_rest(tmp_path: Path) -> None:
    """What carries out a command alone removes nothing that it was not asked for."""
    await asyncio.to_thread(write, tmp_path / "journal.db", [*facts(1), *facts(2)])
    async with world(tmp_path, going=False, keep_days=3) as here:
        here.engine._dispatching = False
        here.go()
        await here.client.send(Forget(batches=(1,)))
        await swept(here)
        assert await here.written("SELECT id FROM batch") == [(2,)]
        assert await here.written("SELECT DISTINCT batch_id FROM job") == [(2,)]


async def test_what_an_engine_left_the_next_one_sweeps(tmp_path: Path) -> None:
    """An engine that ended half-way left rows that nobody finds; the next one removes them."""
    async with world(tmp_path, going=False) as here:
        await here.engine.apply_and_wait(facts(1))
        here.engine.scheduler.live.clear()
        await here.client.send(Forget(batches=(1,)))
        assert (await kept(here))[:2] == (0, 3)
    async with world(tmp_path) as here:
        async with asyncio.timeout(5):
            while (await kept(here))[1]:  # noqa: ASYNC110  only the file tells
                await asyncio.sleep(0.01)
        assert (await kept(here))[:5] == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("hurry", [False, True])
@pytest.mark.parametrize(("least_s", "share"), [(3600.0, 0.0), (0.0, 1e9)])
async def test_it_rests_between_slices_unless_somebody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least_s: float, share: float, hurry: bool
) -> None:
    """Whoever waits for the disk comes in between; who waits for the end need not rest."""
    monkeypatch.setattr(forgetting, "REST_S", least_s)
    monkeypatch.setattr(forgetting, "REST_SHARE", share)
    await asyncio.to_thread(write, tmp_path / "journal.db", facts(1, jobs=300))
    async with world(tmp_path, going=False) as here:
        await here.client.send(Forget(batches=(1,)))
        waiting = [asyncio.create_task(swept(here))] if hurry else []
        await asyncio.sleep(0)
        here.go()
        await asyncio.gather(*waiting)
        if not hurry:
            await here.until(lambda: here.engine.journal.transactions > 1)
            for _ in range(10):  # whoever hurries takes along what waits
                await here.engine.journal.written()
                await asyncio.sleep(0.005)
        left = (await kept(here))[4]
        assert left == (0 if hurry else 600 - ROWS)


async def test_a_slice_that_fails_stops_no_work(tmp_path: Path) -> None:
    """What cannot be removed now is removed another time; everything else is written as ever."""
    async with world(tmp_path, FakeRunner(read=broken)) as here:
        await here.launch("a")
        await here.ended()
        run = here.engine.journal._db.execute
        await asyncio.to_thread(run, TRIGGER)
        with suppress(JournalError):
            await here.client.send(Forget(batches=(1,)))
        await swept(here)
        assert (await kept(here))[:2] == (0, 1)
        await asyncio.to_thread(run, "DROP TRIGGER t")
        await here.launch("b")
        await here.ended(2)
        await here.client.send(Forget(batches=(2,)))
        await swept(here)
        assert (await kept(here))[:5] == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("at_start", [False, True])
async def test_a_slice_that_failed_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_start: bool
) -> None:
    """Ever later, until it succeeds; then no timer is left, and nothing is tried any more."""
    monkeypatch.setattr(forgetting, "AGAIN_S", 0.002)
    async with world(tmp_path, going=False) as here:
        await here.engine.apply_and_wait(facts(1))
        here.engine.scheduler.live.clear()
        await here.client.send(Forget(batches=(1,)))
        sweep, tries = here.engine.journal.sweep, list[float]()

        async def failing(*, hurry: bool) -> bool:
            tries.append(here.engine.upkeep.forgetting._again_s)
            if len(tries) < 4:
                raise JournalError("disk full")
            return await sweep(hurry=hurry)

        monkeypatch.setattr(here.engine.journal, "sweep", failing)
        if at_start:
            here.engine.upkeep.forgetting._wanted.clear()
        here.go()
        await here.until(lambda: here.engine.upkeep.forgetting._again_s == 0 and len(tries) == 4)
        assert tries == [0.0, 0.002, 0.004, 0.008]
        await swept(here)
        assert (await kept(here))[:2] == (0, 0)
        done = len(tries)
        await asyncio.sleep(0.05)
        assert len(tries) == done


async def test_a_report_does_not_claim_what_a_forgotten_batch_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was changed is told where nothing else had a part in it, as far as anybody knows."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        tally = {"new": 1}
        counting = type("Counting", (), {"tally": staticmethod(lambda *_: tally)})

        async def changes(batch_id: int) -> dict[str, int]:
            with monkeypatch.context() as patch:
                patch.setattr(here.engine, "importer", lambda _name: counting)
                made = await report.make(here.engine, batch_id)
            assert made is not None
            return made.changes

        await here.launch("a")
        await here.launch("b")
        here.runner.gate.set()
        await here.ended(1)
        await here.ended(2)
        assert await changes(2) == {}
        await here.client.send(Forget(batches=(1,)))
        assert await changes(2) == {}
        await here.ended(await here.launch("c"))
        assert await changes(3) == tally


def test_a_journal_of_before_is_read_as_it_is() -> None:
    """Lists without an engine read a journal that knows of no removal."""
    data = Path(__file__).resolve().parents[1] / "data" / "journal_v3.sqlite"
    file = JournalFile(data)
    assert file.page(Query(view=View.JOBS)).total > 0
    assert file.page(Query(view=View.ERRORS)).total > 0
    with pytest.raises(JournalError, match="older soniq-tui"):
        file.last_ids()
    file.close()
    with closing(sqlite3.connect(data)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (3,)
