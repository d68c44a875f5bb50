"""The engine puts journal, scheduler and runners to work."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.errors import JournalError
from soniq_tui.model.commands import Cancel, Pause, Resume, Target
from soniq_tui.model.events import JobChanged
from soniq_tui.model.job import BatchState, ErrorKind, Items, Job, JobState, Outcome
from soniq_tui.model.ports import Progress
from tests.engine.journals import a_batch, a_job, admitted, rows, write
from tests.engine.strategies import QUEUES, fault, finder, scheduler, spawn
from tests.engine.worlds import (
    SOON_S,
    FakeRunner,
    FakeSpool,
    deaf,
    hand_over,
    obedient,
    went_well,
    world,
)


async def test_runs_to_the_end(tmp_path: Path) -> None:
    """What a finder brings goes through all stages, and the journal says what happened."""

    async def find(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        hand_over(job, progress, *(spawn(f"a{n}", stage="read", items=3) for n in range(5)))
        await asyncio.sleep(0)
        hand_over(job, progress, spawn("b", stage="read"), items=Items(total=2, skipped=2))
        return went_well(job, spawned=(spawn("a0", stage="read"), spawn("c", stage="read")))

    async with world(tmp_path, FakeRunner(find=find)) as here:
        batch = await here.ended(await here.submit(finder()))
        assert batch.state is BatchState.DONE
        assert batch.items == Items(total=19, done=17, skipped=2)
        states = await here.written("SELECT state, count(*) FROM job GROUP BY state")
        assert states == [("done", 8)]
        text = "SELECT state, total, done, worked_s > 0 FROM batch"
        assert await here.written(text) == [("done", 19, 17, 1)]
        view = await here.view()
        assert (view.active, view.depth, view.working) == (0, 0, False)
        assert view.median_item_s is not None
        assert view.batches[0].worked_s > 0


async def test_failed_items(tmp_path: Path) -> None:
    """What fails is counted, told and in the journal; the rest goes on."""

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        if job.key == "bad":
            return Outcome(state=JobState.FAILED, kind=ErrorKind.MEMORY, reason="too big")
        return went_well(job, items=Items(failed=1), errors=(fault(),))

    async with world(tmp_path, FakeRunner(read=read)) as here:
        batch = await here.ended(
            await here.submit(spawn("good", stage="read", items=2), spawn("bad", stage="read"))
        )
        assert batch.items == Items(total=3, done=1, failed=2)
        view = await here.view()
        assert view.failures == 2
        assert view.newest_failure.importer == "fake"
        assert await here.written("SELECT count(*) FROM error") == [(2,)]


async def test_delayed_jobs_are_woken(tmp_path: Path) -> None:
    """A job that is tried again starts by itself when its time has come."""
    tries: list[int] = []

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        tries.append(job.attempt)
        if len(tries) < 3:
            return Outcome(state=JobState.FAILED, retryable=True, reason="busy")
        return went_well(job)

    async with world(tmp_path, FakeRunner(read=read)) as here:
        here.engine.scheduler._chance = lambda: 0.005
        assert (await here.ended(await here.launch("a"))).items.done == 1
    assert tries == [0, 1, 2]


# -------------------------------------------------------------------- stopping and going on


@pytest.mark.parametrize("behaviour", [obedient, deaf])
async def test_stop_and_go_on(tmp_path: Path, behaviour: Any) -> None:
    """What runs at a stop goes on at the next start, no attempt burnt and nothing counted twice."""
    first = FakeRunner(group=behaviour)
    async with world(tmp_path, first) as here:
        await here.submit(*(spawn(f"k{n}", stage="read", items=2) for n in range(6)))
        await here.until(lambda: here.engine.scheduler.queues["group"].busy)
        await here.until(lambda: here.engine.scheduler.queues["group"].full(lambda _: True))
        await here.engine.stop()
        assert not here.engine.runs.by_id
    path = tmp_path / "journal.db"
    assert rows(path, "SELECT DISTINCT state FROM job") == [("queued",)]
    assert rows(path, "SELECT max(attempt), sum(total) FROM job") == [(0, 12)]
    async with world(tmp_path) as here:
        assert (await here.ended()).items == Items(total=12, done=12)
        ids = [(job.id, job.stage) for job in here.runner.seen]
        assert len(ids) == len(set(ids))
    assert bool(first.killed) is (behaviour is deaf)


async def test_finish_what_runs(tmp_path: Path) -> None:
    """Asked to finish, the engine starts nothing more and waits for what runs."""
    runner = FakeRunner(read=obedient)
    async with world(tmp_path, runner) as here:
        await here.launch("a", "b", "c", "d")
        await here.until(lambda: runner.active == 2)
        stopping = asyncio.create_task(here.engine.stop(finish=True))
        await asyncio.sleep(0.005)
        assert not stopping.done()
        runner.gate.set()
        await stopping
        assert len(runner.seen) == 2
        stages = await here.written("SELECT stage, state FROM job ORDER BY id")
        assert stages == [("group", "queued")] * 2 + [("read", "queued")] * 2


async def test_a_checkpoint_does_not_take_a_stop_back(tmp_path: Path) -> None:
    """A stage that hands over a part after it was asked to stop is still asked to stop."""

    async def find(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        await here.until(lambda: job.id in runner.asked)
        hand_over(job, progress, spawn("a", stage="read"))
        assert job.id in runner.asked
        return Outcome(state=JobState.PAUSED)

    runner = FakeRunner(find=find)
    async with world(tmp_path, runner) as here:
        await here.submit(finder())
        await here.until(lambda: runner.active)
        await here.engine.stop()
        await here.task
        assert (runner.took_back, runner.killed) == ([], [])
    assert rows(tmp_path / "journal.db", "SELECT stage, state FROM job") == [
        ("find", "queued"),
        ("read", "queued"),
    ]


async def test_what_a_stage_waits_for_is_on_disk(tmp_path: Path) -> None:
    """Whoever else reads the journal finds what was handed over, once the stage goes on."""
    there: list[tuple[Any, ...]] = []

    async def find(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        hand_over(job, progress, spawn("a", stage="read"))
        await progress.written()
        text = "SELECT count(*) FROM job"
        there.extend(await asyncio.to_thread(rows, tmp_path / "journal.db", text))
        return went_well(job)

    async with world(tmp_path, FakeRunner(find=find)) as here:
        await here.ended(await here.submit(finder()))
    assert there == [(2,)]


async def test_what_a_finder_takes_back_is_gone_everywhere(tmp_path: Path) -> None:
    """A fault that has mended is in no list and no count."""
    two = (fault(item="a"), fault(item="b"))

    async def find(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        hand_over(job, progress, items=Items(total=3, done=1, failed=2), errors=two)
        await runner.gate.wait()
        hand_over(job, progress, items=Items(total=1, failed=1), errors=two[1:], anew=True)
        await here.until(lambda: job.id in runner.asked)
        return Outcome(state=JobState.PAUSED)

    runner = FakeRunner(find=find)
    async with world(tmp_path, runner) as here:
        await here.submit(finder())
        await here.until(lambda: here.engine.scheduler.live[1].batch.items.failed == 2)
        runner.gate.set()
        await here.until(lambda: here.engine.scheduler.live[1].batch.items.failed == 1)
        assert await here.written("SELECT item FROM error") == [("b",)]
        assert await here.written("SELECT total, done, failed FROM batch") == [(2, 1, 1)]
        assert await here.written("SELECT total, done, failed FROM job") == [(2, 1, 1)]
        view = await here.view()
        assert (view.failures, view.newest_failure.item) == (1, "b")
        # What happened in a minute did happen in it.
        await here.engine.journal.written()
        there = await here.written("SELECT items, errors FROM history")
        there += [(row.items, row.errors) for row in here.engine.upkeep.history.open_rows()]
        assert [sum(each) for each in zip(*there, strict=True)] == [3, 2]
        await here.engine.stop()


async def test_only_some_batches(tmp_path: Path) -> None:
    """A host of one batch leaves the others, their jobs and their spool files alone."""
    path = tmp_path / "journal.db"
    events = [*admitted(a_job(1)), *admitted(a_job(2, batch_id=2), batch=a_batch(2))]
    await asyncio.to_thread(write, path, events)
    spool = FakeSpool({1: ["1-1-0"], 2: ["2-1-0"]})
    async with world(tmp_path, spool=spool, only=(2,)) as here:
        await here.ended(2)
        await here.engine.journal.written()
        assert list(here.engine.scheduler.live) == [2]
        assert 1 in spool.swept
        await here.until(lambda: spool.deleted)
    assert spool.deleted == ["2-1-0"]
    assert rows(path, "SELECT state FROM job WHERE id = 1") == [("queued",)]


async def test_an_importer_that_is_gone(tmp_path: Path) -> None:
    """A batch whose importer is gone waits and is named; the others go on."""
    gone = a_batch(2, importer="gone")
    events = [*admitted(a_job(1)), *admitted(a_job(2, batch_id=2, importer="gone"), batch=gone)]
    await asyncio.to_thread(write, tmp_path / "journal.db", events)
    async with world(tmp_path) as here:
        assert (await here.ended(1)).state is BatchState.DONE
        banner = "batch 2 waits: no importer is called 'gone'"
        assert (await here.view()).banner == banner
    assert rows(tmp_path / "journal.db", "SELECT state FROM batch WHERE id = 2") == [("running",)]


async def test_numbers_go_on(tmp_path: Path) -> None:
    """Batches and jobs of a new host have new numbers."""
    for number in (1, 2, 3):
        async with world(tmp_path) as here:
            assert await here.launch("a", "b") == number
            await here.ended(number)
    assert rows(tmp_path / "journal.db", "SELECT count(*), max(id) FROM job") == [(6, 6)]


async def test_ended_batches_are_shown_again(tmp_path: Path) -> None:
    """What an earlier host ended is shown by the next one, with the time it took."""
    async with world(tmp_path) as here:
        await here.ended(await here.launch("a"))
    async with world(tmp_path) as here:
        (batch,) = (await here.view()).batches
        assert (batch.state, batch.items) == (BatchState.DONE, Items(total=1, done=1))
        assert batch.worked_s > 0


# -------------------------------------------------------------------- cancelling and pausing


async def test_cancel_frees_the_slot(tmp_path: Path) -> None:
    """A job that is cancelled stops, and its slot is given to the next one."""
    runner = FakeRunner(find=obedient)
    async with world(tmp_path, runner) as here:
        first = await here.submit(finder())
        second = await here.submit(finder("other"))
        await here.until(lambda: runner.active)
        await here.client.send(Cancel(target=Target(batches=(first,))))
        await here.until(lambda: [job.batch_id for job in runner.seen] == [first, second])
        assert here.batch(first).state is BatchState.CANCELLED
        runner.gate.set()
        assert (await here.ended(second)).state is BatchState.DONE
        assert runner.killed == []


async def test_cancel_of_a_deaf_stage(tmp_path: Path) -> None:
    """A stage that ignores the wish to stop is shown as cancelling, and ended after the grace."""
    runner = FakeRunner(read=deaf)
    async with world(tmp_path, runner) as here:
        batch_id = await here.launch("a")
        await here.until(lambda: runner.active)
        began_s = time.monotonic()
        await here.client.send(Cancel(target=Target(batches=(batch_id,))))
        view = await here.view()
        assert view.batches[0].state is BatchState.CANCELLING
        assert view.slots[1].state is JobState.CANCELLING
        await here.ended(batch_id)
        assert time.monotonic() - began_s >= here.engine.settings.engine.kill_grace_s
        assert runner.killed == [1]
        assert await here.written("SELECT state FROM job") == [("cancelled",)]


async def test_killed_once(tmp_path: Path) -> None:
    """A stop during a kill does not disturb the runner while it ends the child."""
    ended: list[str] = []

    async def slow_to_end(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        try:
            await runner.gate.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
            ended.append("properly")
            raise
        return went_well(job)

    runner = FakeRunner(read=slow_to_end)
    async with world(tmp_path, runner, kill_grace_s=0.01) as here:
        batch_id = await here.launch("a")
        await here.until(lambda: runner.active)
        await here.client.send(Cancel(target=Target(batches=(batch_id,))))
        await asyncio.sleep(0.02)
        await here.engine.stop()
    assert ended == ["properly"]


async def test_pausing_until_true(tmp_path: Path) -> None:
    """A pause is shown as pausing until the last job has stopped; then it goes on where it was."""
    runner = FakeRunner(read=obedient, group=deaf)
    async with world(tmp_path, runner) as here:
        batch_id = await here.submit(spawn("a", stage="group"), spawn("b", stage="read"))
        await here.until(lambda: runner.active == 2)
        await here.client.send(Pause(target=Target(batches=(batch_id,))))
        await here.until(lambda: runner.active == 1)
        view = await here.view()
        assert view.batches[0].state is BatchState.PAUSING
        assert {slot.state for slot in view.slots if slot.job_id} == {JobState.PAUSING}
        runner.gate.set()
        await here.until(lambda: here.batch().state is BatchState.PAUSED)
        assert runner.active == 0
        await here.client.send(Resume(target=Target()))
        await here.ended(batch_id)
        assert [j.stage for j in runner.seen if j.id == 1] == ["group", "store"]


async def test_resumed_while_pausing(tmp_path: Path) -> None:
    """A job that was resumed before it stopped is told so and runs on."""
    runner = FakeRunner(read=deaf)
    async with world(tmp_path, runner) as here:
        batch_id = await here.launch("a")
        await here.until(lambda: runner.active)
        await here.client.send(Pause(target=Target()))
        assert runner.asked == {1: False}
        await here.client.send(Resume(target=Target()))
        assert runner.took_back == [1]
        runner.gate.set()
        await here.ended(batch_id)
        assert [job.stage for job in runner.seen] == ["read", "group", "store"]


# -------------------------------------------------------------------- cost


def _cost(queued: int) -> float:
    """Return the least time in which 100 jobs start and end beside ``queued`` waiting ones."""
    many = scheduler()
    many.submit(
        "fake", "x", b"", [spawn(str(n), stage="store") for n in range(queued)],
        now_s=1.0, now_at_s=1.0,
    )  # fmt: skip
    least = float("inf")
    for _ in range(4):
        began_s = time.perf_counter()
        for _ in range(50):
            job, _, _ = many.start_next(2.0)
            many.finish(job, Outcome(state=JobState.DONE), 2.0, 2.0)
        least = min(least, time.perf_counter() - began_s)
    return least


def test_cost_of_a_job_does_not_grow() -> None:
    """A hundred times as many jobs in the queue do not make one of them dearer."""
    small = min(_cost(250) for _ in range(3))
    large = min(_cost(20_000) for _ in range(2))
    assert large < 5 * small + 0.002


async def test_facts_are_published(tmp_path: Path) -> None:
    """Facts of batches and jobs are told in the order in which they moved."""
    async with world(tmp_path) as here:
        heard, publish = [], here.engine._publish
        here.engine._publish = lambda events: (heard.extend(events), publish(events))
        await here.ended(await here.launch("a"))
        states = [event.job.state for event in heard if isinstance(event, JobChanged)]
        assert states == [JobState.RUNNING, JobState.QUEUED] * 2 + [JobState.RUNNING, JobState.DONE]
    assert set(QUEUES) == set(here.engine.scheduler.queues)


async def test_the_journal_does_not_wait_for_the_children_to_end(tmp_path: Path) -> None:
    """Whoever ends slowly keeps nothing open, and is waited for all the same."""

    class Slow(FakeRunner):
        closed = False

        async def close(self) -> None:
            async with asyncio.timeout(SOON_S):
                with suppress(JournalError):  # it is closed
                    while True:
                        await here.engine.journal.written()
            self.closed = True

    runner = Slow()
    async with world(tmp_path, runner) as here:
        await here.ended(await here.submit(finder()))
    assert runner.closed
