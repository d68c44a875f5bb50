"""Commands that reach further than one batch: filters, queues, priorities, a disk that is full."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from soniq_tui.engine.commit import Commit
from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Plan
from soniq_tui.model.commands import (
    Autoscale,
    Cancel,
    Cause,
    Hold,
    Pause,
    Resize,
    Resume,
    Retry,
    ShiftPriority,
    Target,
    Undo,
)
from soniq_tui.model.events import BatchChanged, Event, JobAdmitted, SlotsResized
from soniq_tui.model.job import BatchState, ErrorKind, ItemError, Items, Job, JobState, Outcome
from soniq_tui.model.ports import Progress
from soniq_tui.model.snapshot import Query, UndoView, View
from tests.engine.strategies import FAKE, plan
from tests.engine.worlds import SOON_S, FakeRunner, World, obedient, went_well, world


async def failing(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
    """Fail what is called bad."""
    if "bad" in job.label:
        return Outcome(state=JobState.FAILED, kind=ErrorKind.CORRUPT, reason="it is bad")
    return went_well(job)


async def test_cancel_by_filter(tmp_path: Path) -> None:
    """A filter cancels what matches it, in every batch, and nothing else."""
    async with world(tmp_path, going=False) as here:
        await here.launch("red one", "blue one")
        await here.launch("red two", "blue two")
        reply = await here.client.send(Cancel(target=Target(text="red")))
        assert reply.affected == 2
        here.go()
        await here.ended(1)
        await here.ended(2)
        found = await here.written("SELECT key, state FROM job ORDER BY id")
        assert found == [
            ("red one", "cancelled"),
            ("blue one", "done"),
            ("red two", "cancelled"),
            ("blue two", "done"),
        ]


async def test_a_filter_that_matches_nothing_means_nothing(tmp_path: Path) -> None:
    """No match is no batch, and not all of them."""
    async with world(tmp_path, going=False) as here:
        await here.launch("red", "blue")
        for command in (Cancel, Pause, Resume, Retry):
            reply = await here.client.send(command(target=Target(text="green")))
            assert not reply.ok
            assert "matches" in reply.text
        assert here.batch().state is BatchState.RUNNING
        assert here.engine.scheduler.queues["read"].depth == 2


async def test_retry_by_filter(tmp_path: Path) -> None:
    """What failed and matches is queued again; so the dead letters can be, all at once."""
    runner = FakeRunner(read=failing)
    async with world(tmp_path, runner) as here:
        await here.ended(await here.launch("bad 1", "good", "bad 2", "other bad"))
        await here.engine.journal.written()
        dead = await here.client.browse(Query(view=View.JOBS, text="is:dead"))
        assert [row.label for row in dead.rows] == ["label bad 1", "label bad 2", "label other bad"]
        runner.stages.clear()
        reply = await here.client.send(Retry(target=Target(text="is:dead !other")))
        assert (reply.affected, reply.text) == (
            2,
            "2 jobs queued again; 2 items had failed",
        )
        assert (await here.ended()).items.failed == 1


async def test_hold_and_release(tmp_path: Path) -> None:
    """A held queue starts nothing, also after a restart, until it is released."""
    async with world(tmp_path, going=False) as here:
        reply = await here.client.send(Hold(queue="read"))
        assert reply.text == "read: held"
        await here.launch("a")
        here.go()
        await asyncio.sleep(0.05)
        assert here.runner.seen == []
    async with world(tmp_path) as here:
        await asyncio.sleep(0.05)
        assert here.runner.seen == []
        assert here.engine.scheduler.queues["read"].held
        await here.client.send(Hold(queue="read", held=False))
        await here.ended()


async def test_slots_survive_a_restart(tmp_path: Path) -> None:
    """How many slots a queue has and who chooses them is known to the next host."""
    async with world(tmp_path) as here:
        await here.client.send(Autoscale(queue="read", on=True))
    async with world(tmp_path) as here:
        assert here.engine.scheduler.queues["read"].autoscaled


async def test_priority_of_a_job(tmp_path: Path) -> None:
    """A job that is raised starts before those that were there first."""
    runner = FakeRunner()
    async with world(tmp_path, runner, going=False) as here:
        await here.launch("a", "b", "c", "d", "e")
        reply = await here.client.send(ShiftPriority(target=Target(jobs=(5,)), step=10))
        assert reply.text == "priority 10"
        here.go()
        await here.ended()
        assert runner.seen[0].key == "e"


async def test_unknown_queues(tmp_path: Path) -> None:
    """A queue that nobody knows is named, with those that exist."""
    async with world(tmp_path) as here:
        with pytest.raises(UsageError, match="no queue is called 'nosuch'; there are: scan, read"):
            await here.client.send(Hold(queue="nosuch"))


class Gate:
    """Holds up the journal before it begins to write."""

    def __init__(self, here: World) -> None:
        self.reached, self.open = threading.Event(), threading.Event()
        self._transaction = here.engine.journal._transaction
        here.engine.journal._transaction = self._held

    def _held(self, events: list[Event]) -> Commit:
        self.reached.set()
        assert self.open.wait(10)
        return self._transaction(events)


@pytest.mark.parametrize("paused", [False, True])
async def test_a_batch_is_shown_when_it_is_kept(tmp_path: Path, paused: bool) -> None:
    """Nobody sees a batch, hears of it or works on it before it is on disk."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        gate, heard, publish = Gate(here), list[Event](), here.engine._publish
        here.engine._publish = lambda events: (heard.extend(events), publish(events))
        launching = asyncio.create_task(
            here.client.launch("fake", {"names": ["a", "b"], "paused": paused})
        )
        try:
            await here.until(gate.reached.is_set)
            view = await here.view()
            assert not view.batches
            assert not heard
            assert not any(queue.depth or queue.active for queue in view.queues)
        finally:
            gate.open.set()
        number = (await launching).batch_id
        state = BatchState.PAUSED if paused else BatchState.RUNNING
        assert [(b.id, b.state) for b in (await here.view()).batches] == [(number, state)]
        assert await here.written("SELECT state, total FROM batch") == [(state, 2)]
        await here.client.send(Resume(target=Target()))
        here.runner.gate.set()
        assert (await here.ended(number)).items.done == 2


async def test_slots_are_kept_with_the_batch_that_asks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Handed to the journal at once, so that neither is on disk without the other."""
    handed: list[set[type[Event]]] = []
    async with world(tmp_path) as here:
        written = here.engine.journal.written

        def noting(events: list[Event], **how: Any) -> asyncio.Future[None]:
            handed.append({type(event) for event in events})
            return written(events, **how)

        monkeypatch.setattr(here.engine.journal, "written", noting)
        number = (await here.client.launch("fake", {"names": ["a"], "slots": 3})).batch_id
        monkeypatch.undo()
        assert handed == [{SlotsResized, BatchChanged, JobAdmitted}]
        assert await here.written("SELECT slots FROM queue_control") == [(3,)]
        assert (await here.ended(number)).items.done == 1


async def test_a_batch_whose_sender_went_is_begun(tmp_path: Path) -> None:
    """A batch goes on that is on its way to the disk when nobody waits for the answer any more."""
    async with world(tmp_path) as here:
        gate = Gate(here)
        launching = asyncio.create_task(here.launch("a"))
        try:
            await here.until(gate.reached.is_set)
            launching.cancel()
            await asyncio.gather(launching, return_exceptions=True)
            assert not here.engine.scheduler.live
        finally:
            gate.open.set()
        await here.until(lambda: 1 in here.engine.scheduler.live)
        assert (await here.ended(1)).items.done == 1


@pytest.mark.parametrize("ends", [False, True])
async def test_a_batch_whose_sender_went_is_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    """A batch comes about that was asked for, also where nobody waits and the engine is to end."""
    planning, may = threading.Event(), threading.Event()

    def slowly(options: Any, data_dir: Path) -> Plan:
        planning.set()
        assert may.wait(10)
        return plan(options, data_dir)

    async with world(tmp_path, kill_grace_s=SOON_S) as here:  # so long an engine that ends waits
        slow = replace(FAKE, plan=slowly)
        monkeypatch.setattr(here.engine, "importer", lambda _name: slow)
        launching = asyncio.create_task(here.launch("a"))
        try:
            await here.until(planning.is_set)
            launching.cancel()
            await asyncio.gather(launching, return_exceptions=True)
            assert here.client.coming
            version = here.engine.bus.version
        finally:
            may.set()
        if ends:
            await here.client.arrived()
        await here.engine.bus.changed(version)
        await here.until(lambda: not here.client.coming)
        assert await here.written("SELECT key FROM job") == [("a",)]
        assert (await here.ended(1)).items.done == 1


async def test_a_batch_that_cannot_be_begun_is_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever asked has left before it was known why: the log tells."""
    planning, may = threading.Event(), threading.Event()

    def in_vain(options: Any, data_dir: Path) -> Plan:
        planning.set()
        assert may.wait(10)
        raise UsageError("/m is not there")

    async with world(tmp_path) as here:
        monkeypatch.setattr(here.engine, "importer", lambda _name: replace(FAKE, plan=in_vain))
        launching = asyncio.create_task(here.launch("a"))
        try:
            await here.until(planning.is_set)
            launching.cancel()
            await asyncio.gather(launching, return_exceptions=True)
        finally:
            may.set()
        await here.until(lambda: not here.client.coming)
        assert "a batch was not begun: /m is not there" in caplog.messages


async def test_what_takes_long_to_plan_keeps_no_engine_from_ending(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An engine that ends waits for a batch on its way, and not for ever."""
    async with world(tmp_path, kill_grace_s=0.01) as here:
        gate = Gate(here)
        launching = asyncio.create_task(here.launch("a"))
        try:
            await here.until(gate.reached.is_set)
            await here.client.arrived()
            await asyncio.gather(launching, return_exceptions=True)
            assert launching.cancelled()
            assert not here.client.coming
            assert "a batch may not have been begun: the engine ends" in caplog.messages
        finally:
            gate.open.set()


async def test_a_batch_is_begun_while_the_disk_is_full(tmp_path: Path) -> None:
    """While nothing can be written a batch is shown at once, and the answer says so."""
    async with world(tmp_path) as here:
        gate = Gate(here)
        launching = asyncio.create_task(here.client.launch("fake", {"names": ["a"]}))
        try:
            await here.until(gate.reached.is_set)
            here.engine.journal_blocked("the disk is full")
            reply = await launching
            assert "written down as soon as there is room" in reply.text
            assert [batch.id for batch in (await here.view()).batches] == [reply.batch_id]
        finally:
            gate.open.set()
        here.engine.journal_blocked("")
        assert (await here.ended(reply.batch_id)).items.done == 1
        assert [b.id for b in (await here.view()).batches] == [1]


async def test_a_command_on_a_full_disk_is_answered(tmp_path: Path) -> None:
    """While nothing can be written a command is done and says that it is not yet written."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        await here.launch("a", "b", "c")
        never = asyncio.get_running_loop().create_future()
        here.engine.journal_blocked("the disk is full")
        here.engine.journal.written, written = (lambda *_, **__: never), here.engine.journal.written
        reply = await here.client.send(Pause(target=Target()))
        assert "written down as soon as there is room" in reply.text
        assert (await here.view()).banner == "the disk is full"
        here.engine.journal.written = written
        here.engine.journal_blocked("")
        never.set_result(None)
        await here.client.send(Resume(target=Target()))
        here.runner.gate.set()
        await here.ended()
        assert (await here.view()).banner == ""


def fault(item: str, kind: ErrorKind, reason: str) -> ItemError:
    return ItemError(item=item, stage="read", kind=kind, reason=reason)


async def two_ways(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
    """Fail items of a job for what stands in its name."""
    errors = []
    if "torn" in job.label:
        errors += [fault(f"{job.label}/{i}", ErrorKind.CORRUPT, "torn") for i in "ab"]
    if "slow" in job.label:
        errors.append(fault(f"{job.label}/c", ErrorKind.TIMEOUT, "slow"))
    if not errors:
        return went_well(job)
    return went_well(job, items=Items(failed=1), errors=tuple(errors))


TORN = Cause(batch_id=1, stage="read", kind=ErrorKind.CORRUPT, reason="torn")


async def failed_two_ways(here: World) -> None:
    """Launch jobs that fail for one cause, for another and for both, beside one that does not."""
    await here.ended(await here.launch("torn", "slow", "torn slow", "good"))
    await here.ended(await here.launch("torn too"))
    await here.engine.journal.written()


async def test_retry_of_one_cause(tmp_path: Path) -> None:
    """Exactly the jobs behind the cause run again, each whole; the cause tells their number."""
    async with world(tmp_path, FakeRunner(read=two_ways)) as here:
        await failed_two_ways(here)
        causes = (await here.client.browse(Query(view=View.CAUSES, batch_id=1))).rows
        assert [(row.reason, row.count, row.jobs) for row in causes] == [
            ("torn", 4, 2),
            ("slow", 2, 2),
        ]
        before = len(here.runner.seen)
        here.runner.stages.clear()
        reply = await here.client.send(Retry(target=Target(causes=(TORN,))))
        assert (reply.affected, reply.text) == (
            2,
            "2 jobs queued again; 2 items had failed",
        )
        await here.ended(1)
        await here.engine.journal.written()
        again = {job.label for job in here.runner.seen[before:]}
        assert again == {"label torn", "label torn slow"}
        left = (await here.client.browse(Query(view=View.ERRORS))).rows
        assert {row.item for row in left} == {
            "label slow/c",
            "label torn too/a",
            "label torn too/b",
        }
        gone = await here.client.send(Retry(target=Target(causes=(TORN,))))
        assert not gone.ok


async def test_retry_of_failures_by_filter(tmp_path: Path) -> None:
    """A filter of failures means the jobs behind them, within a cause or a batch where given."""
    async with world(tmp_path, FakeRunner(read=two_ways)) as here:
        await failed_two_ways(here)
        here.runner.stages.clear()
        retry = here.client.send
        narrow = Target(causes=(TORN,), failures=True, text="slow/")
        assert (await retry(Retry(target=narrow))).affected == 1
        assert (await retry(Retry(target=Target(batches=(2,), failures=True)))).affected == 1
        assert (await retry(Retry(target=Target(failures=True, text="kind:time")))).affected == 1
        with pytest.raises(UsageError, match="no state: here"):
            await retry(Retry(target=Target(failures=True, text="state:failed")))


async def test_two_retries_at_once_queue_a_job_once(tmp_path: Path) -> None:
    """The second one does not take what the first has queued, and may have ended, for failed."""
    late, reads = threading.Event(), []

    async def once(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        return await failing(runner, replace(job, label="good" if job.retries else "bad"), progress)

    async with world(tmp_path, FakeRunner(read=once)) as here:
        await here.ended(await here.launch("a"))
        commit, call = here.engine.journal._commit, here.engine.reader.call

        def committed(events: list[Event]) -> list[Job]:
            late.wait(0.03)
            return commit(events)

        async def called(function: Any, *args: Any) -> Any:
            found = await call(function, *args)
            if getattr(function, "__name__", "") == "_read":
                reads.append(found)
                if len(reads) > 1:  # the journal is slow, and the thread that reads it slower
                    late.set()
                    await here.ended()
            return found

        here.engine.journal._commit, here.engine.reader.call = committed, called
        retry = Retry(target=Target(batches=(1,)))
        replies = await asyncio.gather(*(here.client.send(retry) for _ in range(2)))
        assert [reply.affected for reply in replies] == [1, 0]
        assert here.batch().items == Items(1, done=1)


async def test_only_a_retry_means_failures(tmp_path: Path) -> None:
    """Nothing is cancelled by what it failed for."""
    async with world(tmp_path, going=False) as here:
        await here.launch("a")
        for target in (Target(causes=(TORN,)), Target(failures=True)):
            with pytest.raises(UsageError, match="only a retry"):
                await here.client.send(Cancel(target=target))


async def test_a_filter_that_means_nothing_changes_nothing(tmp_path: Path) -> None:
    """A slip in a filter is refused, not looked for."""
    async with world(tmp_path, going=False) as here:
        await here.launch("stat:done", "b")
        with pytest.raises(UsageError, match="no stat: here"):
            await here.client.send(Cancel(target=Target(text="stat:done")))
        assert here.engine.scheduler.queues["read"].depth == 2


# -------------------------------------------------------------------- taking back


async def undone(here: World) -> str:
    """Take back what was done last; return the engine's words for it."""
    reply = await here.client.send(Undo())
    assert reply.ok, reply.text
    return reply.text


async def undoable(here: World) -> UndoView | None:
    return (await here.client.snapshot()).undo


async def test_queues_are_set_back(tmp_path: Path) -> None:
    """Slots, hold and autoscale are what they were, newest first."""
    async with world(tmp_path, going=False) as here:
        queue = here.engine.scheduler.queues["read"]
        before = (queue.slots, queue.held, queue.autoscaled)
        await here.client.send(Resize(queue="read", slots=before[0] + 3))
        await here.client.send(Hold(queue="read"))
        await here.client.send(Hold(queue="read"))  # it is held already: nothing to take back
        await here.client.send(Autoscale(queue="read", on=not queue.autoscaled))
        assert (await undoable(here)).what == "autoscale"
        assert await undone(here) == "taken back: autoscale of read"
        assert (await undoable(here)).what == "hold"
        await undone(here)
        slots = UndoView(what="slots", queue="read", before=before[0], after=before[0] + 3)
        assert await undoable(here) == slots
        assert f"slots of read {before[0] + 3} -> {before[0]}" in await undone(here)
        assert (queue.slots, queue.held, queue.autoscaled) == before
        assert await undoable(here) is None
        assert not (await here.client.send(Undo())).ok


async def test_a_pause_by_filter_is_taken_back_as_it_was(tmp_path: Path) -> None:
    """Jobs that were paused before stay paused; those of the filter wait again."""
    async with world(tmp_path, going=False) as here:
        await here.launch("red one", "red two", "blue", "red three")
        await here.client.send(Pause(target=Target(jobs=(1,))))
        reply = await here.client.send(Pause(target=Target(text="red")))
        assert reply.affected == 2
        assert await undoable(here) == UndoView(what="pause", jobs=2)
        assert await undone(here) == "taken back: pause of 2 jobs"
        page = await here.client.browse(Query(view=View.JOBS, text="state:paused"))
        assert [row.id for row in page.rows] == [1]
        await undone(here)
        assert here.engine.scheduler.queues["read"].depth == 4


async def test_pause_and_resume_of_batches_are_taken_back(tmp_path: Path) -> None:
    """A batch goes on without the jobs that were paused one by one, and stops with them again."""
    async with world(tmp_path, going=False) as here:
        await here.launch("a", "b")
        await here.launch("c")
        await here.client.send(Pause(target=Target(jobs=(2,))))
        await here.client.send(Pause(target=Target()))
        assert await undoable(here) == UndoView(what="pause", batches=2)
        await undone(here)
        states = [b.state for b in (await here.client.snapshot()).batches]
        assert states == [BatchState.RUNNING] * 2
        assert here.engine.scheduler.live[1].paused == {2}
        await here.client.send(Pause(target=Target(batches=(1,))))
        await here.client.send(Resume(target=Target(batches=(1,))))
        assert here.engine.scheduler.live[1].paused == set()
        await undone(here)
        assert here.batch().state is BatchState.PAUSED
        assert here.engine.scheduler.live[1].paused == {2}


async def test_only_what_was_paused_goes_on(tmp_path: Path) -> None:
    """A pause of all that is taken back leaves paused what had been paused before."""
    async with world(tmp_path, going=False) as here:
        await here.launch("a")
        await here.launch("b")
        await here.client.send(Pause(target=Target(batches=(1,))))
        assert await undoable(here) == UndoView(what="pause", batches=1)
        await here.client.send(Pause(target=Target()))
        assert await undoable(here) == UndoView(what="pause", batches=1)
        await undone(here)
        assert here.batch(1).state is BatchState.PAUSED
        assert here.batch(2).state is BatchState.RUNNING


async def test_priorities_are_set_back(tmp_path: Path) -> None:
    """Batches and jobs get the priority that each of them had, also at the bounds."""
    async with world(tmp_path, going=False) as here:
        await here.launch("a", "b")
        await here.client.send(ShiftPriority(target=Target(batches=(1,)), step=998))
        await here.client.send(ShiftPriority(target=Target(batches=(1,)), step=5))
        await here.client.send(ShiftPriority(target=Target(jobs=(1,)), step=3))
        await here.client.send(ShiftPriority(target=Target(jobs=(1, 2)), step=2))
        jobs = here.engine.scheduler.live[1].jobs
        assert [jobs[i].priority for i in (1, 2)] == [5, 2]
        await undone(here)
        assert [jobs[i].priority if i in jobs else 0 for i in (1, 2)] == [3, 0]
        await undone(here)
        await undone(here)
        assert here.batch().priority == 998


async def test_what_came_later_is_taken_back_first(tmp_path: Path) -> None:
    """A cancel and what was done before and after it come back in their order."""
    async with world(tmp_path, going=False) as here:
        await here.launch("a")
        await here.client.send(Hold(queue="scan"))
        await here.client.send(Cancel(target=Target(batches=(1,)), undo_s=60))
        await here.client.send(Hold(queue="read"))
        found = []
        for _ in range(3):
            found.append((await undoable(here)).what)
            await undone(here)
        assert found == ["hold", "cancel", "hold"]
        assert here.batch().state is BatchState.RUNNING


async def test_what_has_ended_is_not_taken_back(tmp_path: Path) -> None:
    """Nothing is said to be taken back of which nothing is left."""
    async with world(tmp_path) as here:
        await here.client.send(Hold(queue="read"))
        await here.launch("a")
        await here.client.send(ShiftPriority(target=Target(batches=(1,)), step=1))
        await here.client.send(Cancel(target=Target(batches=(1,))))
        await here.ended(1)
        reply = await here.client.send(Undo())
        assert not reply.ok
        assert "nothing of it is left" in reply.text


async def test_after_a_while_nobody_means_it(tmp_path: Path, monkeypatch) -> None:
    """What was done long ago is not taken back, and the screen is told."""
    monkeypatch.setattr("soniq_tui.engine.taking_back.KEPT_S", 0.4)
    async with world(tmp_path, going=False) as here:
        await here.client.send(Hold(queue="read"))
        version = (await here.client.snapshot()).version
        await asyncio.wait_for(here.client.changed(version), 5)
        assert await undoable(here) is None
        assert not (await here.client.send(Undo())).ok


async def test_priority_and_hard_pause_by_filter(tmp_path: Path) -> None:
    """What a filter finds is ranked and stopped, but for those that are left out."""
    async with world(tmp_path, going=False) as here:
        await here.launch("red one", "blue", "red two", "red three")
        target = Target(batches=(1,), text="red", without=(3,))
        assert (await here.client.send(ShiftPriority(target=target, step=2))).affected == 2
        jobs = here.engine.scheduler.live[1].jobs
        assert {i: job.priority for i, job in jobs.items() if job.priority} == {1: 2, 4: 2}
        assert (await here.client.send(Pause(target=target, hard=True))).affected == 2
        page = await here.client.browse(Query(view=View.JOBS, text="state:paused"))
        assert [row.id for row in page.rows] == [1, 4]
        everything = Target(batches=(1,), text="is:any", without=(1, 2, 3))
        assert (await here.client.send(Cancel(target=everything))).affected == 1
