"""The snapshot tells what the engine does, and costs nothing for jobs that wait."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from soniq_tui.engine import views
from soniq_tui.engine.engine import Engine
from soniq_tui.engine.load import Reading
from soniq_tui.engine.metrics import prometheus
from soniq_tui.errors import PluginError
from soniq_tui.model.commands import Hold, Target
from soniq_tui.model.job import BatchState, Expected, Items, Job, JobState, Outcome
from soniq_tui.model.ports import Progress
from soniq_tui.model.snapshot import QueueView, ScaleRow, Snapshot
from tests.engine.strategies import FAKE, fault, finder, spawn
from tests.engine.worlds import FakeRunner, deaf, hand_over, obedient, went_well, world

USED = {stage.queue for stage in FAKE.stages}


def seen(engine: Engine) -> Snapshot:
    return views.snapshot(engine, {})


def queue(snapshot: Snapshot, name: str) -> QueueView:
    return next(q for q in snapshot.queues if q.name == name)


def reads(count: int, items: int = 1) -> list[Any]:
    return [spawn(f"r{n}", stage="read", items=items) for n in range(count)]


async def test_before_anything_was_launched(tmp_path: Path) -> None:
    """An engine without batches shows its queues, uses none of them, and reckons nothing."""
    async with world(tmp_path, FakeRunner()) as here:
        snapshot = seen(here.engine)
        assert {q.name for q in snapshot.queues} == set(here.engine.scheduler.queues)
        assert not [q for q in snapshot.queues if q.in_use]
        assert snapshot.slots == ()
        assert (snapshot.eta_s, snapshot.eta_low_s, snapshot.eta_high_s) == (None, None, None)
        assert prometheus(snapshot).startswith("# HELP soniq_up ")


async def test_what_a_queue_did(tmp_path: Path) -> None:
    """Stages that ended are counted by queue, failed ones apart, with their median time."""

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        if job.key == "r0":
            return Outcome(state=JobState.FAILED, run_s=0.2, errors=(fault(),))
        return replace(went_well(job), run_s=0.2)

    async with world(tmp_path, FakeRunner(read=read)) as here:
        batch = await here.ended(await here.submit(*reads(9)))
        assert batch.items.ended == 9
        snapshot = seen(here.engine)
        name = FAKE.stage("read").queue
        read_queue = queue(snapshot, name)
        assert (read_queue.ended, read_queue.failed) == (9, 1)
        assert read_queue.median_s == pytest.approx(0.2, rel=0.05)
        assert (read_queue.jobs_per_s, read_queue.busy_share) == (0.0, 0.0)
        assert read_queue.target == here.engine.scheduler.queues[name].target
        assert snapshot.batches[0].median_item_s is not None


async def test_what_a_job_says_it_does(tmp_path: Path) -> None:
    """The slot tells it while the job runs; of an earlier run nothing is taken any more."""
    told: list[Progress] = []

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        told.append(progress)
        progress.doing(f"fetching {job.key}")
        await runner.gate.wait()
        return went_well(job)

    async with world(tmp_path, FakeRunner(read=read)) as here:
        await here.submit(*reads(1))
        await here.until(lambda: here.runner.active > 0)
        await here.until(lambda: bool(told))
        assert [slot.doing for slot in seen(here.engine).slots if slot.job_id] == ["fetching r0"]
        here.runner.gate.set()
        await here.until(lambda: not here.engine.runs.by_id)
        told[0].doing("late")
        assert not any(slot.doing for slot in seen(here.engine).slots)


async def test_queues_in_use(tmp_path: Path) -> None:
    """A batch that is open, or was the last one, shows its importer's queues; slots go along."""
    async with world(tmp_path, FakeRunner()) as here:
        here.engine.scheduler.queues["other"] = type(here.engine.scheduler.queues[min(USED)])(
            "other", here.engine.settings.queues[min(USED)]
        )
        for _ in range(2):
            await here.ended(await here.submit(*reads(1)))
            snapshot = seen(here.engine)
            assert {q.name for q in snapshot.queues if q.in_use} == USED
            assert {slot.queue for slot in snapshot.slots} == USED
        here.engine.scheduler.queues["other"].depth = 1
        assert queue(seen(here.engine), "other").in_use


async def test_an_optional_stage(tmp_path: Path) -> None:
    """Slots where only some batches come are not shown idle, only those that work."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        some = {FAKE.stage("read").queue}
        stages = tuple(replace(s, optional=s.queue in some) for s in FAKE.stages)
        here.engine.importer = lambda _: replace(FAKE, stages=stages)
        await here.submit(*reads(1))
        await here.until(lambda: here.runner.active > 0)
        assert [s.job_id for s in seen(here.engine).slots if s.queue in some] == [1]
        here.runner.gate.set()
        await here.until(lambda: not here.engine.runs.by_id)
        snapshot = seen(here.engine)
        assert {q.name for q in snapshot.queues if q.in_use} == USED - some
        assert {slot.queue for slot in snapshot.slots} == USED - some


async def test_an_importer_that_was_taken_away(tmp_path: Path) -> None:
    """The snapshot survives a batch whose importer is gone."""
    async with world(tmp_path, FakeRunner()) as here:
        await here.ended(await here.submit(*reads(1)))

        def gone(name: str) -> Any:
            raise PluginError(name)

        here.engine.importer = gone
        assert not [q for q in seen(here.engine).queues if q.in_use]


async def test_a_running_slot(tmp_path: Path) -> None:
    """A busy slot tells its job, its progress, its limit; jobs that wait are told by number."""
    async with world(tmp_path, FakeRunner(read=obedient)) as here:
        batch_id = await here.submit(*reads(40))
        await here.until(lambda: here.runner.active > 0)
        await asyncio.sleep(0)
        snapshot = seen(here.engine)
        busy = [slot for slot in snapshot.slots if slot.job_id is not None]
        assert len(busy) == snapshot.active == here.runner.active
        assert (busy[0].done, busy[0].total, busy[0].frozen) == (1, 2, False)
        run = here.engine.runs.by_id[busy[0].job_id]
        assert busy[0].limit_s == run.limit_s
        (batch,) = snapshot.batches
        assert (batch.id, batch.running, batch.waiting) == (batch_id, len(busy), 40 - len(busy))
        assert queue(snapshot, busy[0].queue).busy_share > 0
        here.runner.gate.set()
        await here.ended(batch_id)


async def test_a_frozen_job_stands_still(tmp_path: Path) -> None:
    """A job whose process was stopped says so, and its clock and its age stand still."""
    async with world(tmp_path, FakeRunner(read=deaf)) as here:
        batch_id = await here.submit(*reads(1))
        await here.until(lambda: here.runner.active > 0)
        (run,) = here.engine.runs.by_id.values()
        live = here.engine.scheduler.live[batch_id]
        live.jobs[run.job.id] = replace(live.jobs[run.job.id], frozen=True)
        run.frozen_since_s = run.since_s + 0.001
        first, second = seen(here.engine), seen(here.engine)
        slots = [s for snap in (first, second) for s in snap.slots if s.job_id is not None]
        assert [slot.run_s for slot in slots] == [pytest.approx(0.001)] * 2
        assert all(slot.frozen for slot in slots)
        assert views._ages_s(here.engine)[batch_id] == [pytest.approx(0.001)]
        run.frozen_since_s = None
        here.runner.gate.set()
        await here.ended(batch_id)


async def test_time_left_while_it_works(tmp_path: Path) -> None:
    """A batch that works has a time left in its band, the engine the same; a paused one none."""
    async with world(tmp_path, FakeRunner(read=deaf)) as here:
        batch_id = await here.submit(*reads(30, items=10))
        await here.until(lambda: here.runner.active > 0)
        engine, pace = here.engine, here.engine.pace
        now_s = engine.clock()
        for meter in (pace.all, pace.batches[batch_id]):
            meter._first_s = meter.busy_since_s = now_s - 20
            meter._still_s = now_s - 20
            for second in range(20):
                meter.add(5, now_s - 20 + second)
        snapshot = seen(engine)
        (batch,) = snapshot.batches
        assert batch.eta_low_s is not None
        assert batch.eta_high_s is not None
        assert 0 < batch.eta_low_s <= batch.eta_s <= batch.eta_high_s
        assert batch.eta_s == pytest.approx(60, rel=0.3)
        both = (snapshot.eta_s, snapshot.eta_low_s, snapshot.eta_high_s)
        assert both == (batch.eta_s, batch.eta_low_s, batch.eta_high_s)
        engine.apply(engine.scheduler.pause(Target(), now_s, 1.0))
        paused = seen(engine)
        assert paused.batches[0].state is BatchState.PAUSING
        assert (paused.batches[0].eta_s, paused.eta_s) == (None, None)
        here.runner.gate.set()
        await here.until(lambda: not engine.runs.by_id)


async def test_a_batch_that_has_not_begun_counts(tmp_path: Path) -> None:
    """While some open batch has no time left of its own, all items go by the pace of all."""
    async with world(tmp_path, FakeRunner(read=deaf)) as here:
        await here.submit(*reads(30, items=10))
        await here.until(lambda: here.runner.active > 0)
        await here.submit(spawn("later", stage="read", items=100))
        meter, now_s = here.engine.pace.all, here.engine.clock()
        meter._first_s = meter._still_s = now_s - 20
        for second in range(20):
            meter.add(10, now_s - 20 + second)
        assert seen(here.engine).eta_s == pytest.approx(40, rel=0.2)
        here.runner.gate.set()
        await here.until(lambda: not here.engine.scheduler.open)


async def test_host_and_scale_events(tmp_path: Path) -> None:
    """What was measured, what was scaled and why it holds back are shown as they are."""
    async with world(tmp_path, FakeRunner()) as here:
        row = ScaleRow(at_s=1.0, queue="read", before=1, after=2, reason="backlog of 40")
        here.engine.upkeep.scaled.append(row)
        here.engine.load.reading = Reading(memory_available_mib=512.0, temperature_c=61.5)
        here.engine.left_out = "batch 3 waits"
        snapshot = seen(here.engine)
        assert snapshot.scaled == (row,)
        assert snapshot.host.memory_available_mib == 512.0
        assert snapshot.host.temperature_c == 61.5
        assert snapshot.host.trouble == ""
        assert snapshot.banner == "batch 3 waits"


async def test_growing_batches(tmp_path: Path) -> None:
    """While jobs may still bring items the batch says so."""
    async with world(tmp_path, FakeRunner(find=deaf)) as here:
        batch_id = await here.submit(finder())
        await here.until(lambda: here.runner.active > 0)
        assert seen(here.engine).batches[0].growing
        here.runner.gate.set()
        await here.ended(batch_id)
        assert not seen(here.engine).batches[0].growing


async def test_what_is_expected(tmp_path: Path) -> None:
    """It is seen while more may be found; items that end as they are found tell of no work."""
    progress: list[Progress] = []

    async def find(runner: FakeRunner, job: Job, told: Progress) -> Outcome:
        progress.append(told)
        hand_over(
            job, told, items=Items(total=100, skipped=90, failed=10), expected=Expected(300, 50)
        )
        return await deaf(runner, job, told)

    async with world(tmp_path, FakeRunner(find=find, read=deaf)) as here:
        batch_id = await here.submit(finder())
        await here.until(lambda: bool(progress))
        (batch,) = seen(here.engine).batches
        assert batch.expected == Expected(300, 50)
        assert batch.likely == Items(total=400, skipped=140, failed=10)
        assert (batch.eta_s, seen(here.engine).eta_s) == (None, None)
        meter, now_s = here.engine.pace.batches[batch_id], here.engine.clock()
        assert (meter._found, meter._passed) == (150, 150)
        assert not sum(meter._flow._blocks)
        assert (meter._seekers, meter._workers) == (1, 0)
        for each in (meter, here.engine.pace.all):
            each._first_s = each.busy_since_s = each._still_s = now_s - 20
        for second in range(20):
            meter.found(10, 10, now_s - 20 + second)
        eta_s = seen(here.engine).batches[0].eta_s
        assert eta_s is not None
        assert 250 / 30 < eta_s < 250 / 5
        assert seen(here.engine).eta_s == pytest.approx(eta_s, rel=0.1)
        here.runner.gate.set()
        await here.ended(batch_id)
        (batch,) = seen(here.engine).batches
        assert (batch.expected, batch.likely) == (None, batch.items)
        assert (meter._seekers, meter._workers) == (0, 0)
        assert batch.items == Items(total=100, skipped=90, failed=10)


async def test_where_one_batch_expects_who_knows_what_nobody_knows_of_all(tmp_path: Path) -> None:
    """The time left of all is not that of what was found so far."""

    async def find(runner: FakeRunner, job: Job, told: Progress) -> Outcome:
        hand_over(job, told, spawn("r0", stage="read", items=50), expected=Expected(300))
        return await deaf(runner, job, told)

    async with world(tmp_path, FakeRunner(find=find, read=deaf)) as here:
        await here.submit(finder())
        await here.until(lambda: here.runner.active > 1)
        meter, now_s = here.engine.pace.all, here.engine.clock()
        meter._first_s = meter.busy_since_s = meter._still_s = now_s - 20
        for second in range(20):
            meter.add(10, now_s - 20 + second)
        assert meter.eta(50, now_s) is not None
        assert seen(here.engine).eta_s is None
        here.runner.gate.set()
        await here.until(lambda: not here.engine.scheduler.open)


async def test_in_which_queues_a_batch_waits_of_which_nothing_runs(tmp_path: Path) -> None:
    """One that is held, and one whose slots others have; of a batch that works there is none."""
    gate = asyncio.Event()

    async def read(runner: FakeRunner, job: Job, progress: Progress) -> Outcome:
        await gate.wait()
        return went_well(job)

    name = FAKE.stage("read").queue
    async with world(tmp_path, FakeRunner(read=read)) as here:
        first = await here.submit(*reads(9))
        second = await here.submit(*reads(1))
        await here.until(lambda: here.engine.scheduler.live[first].running)
        waits = {batch.id: batch.waits_in for batch in seen(here.engine).batches}
        assert waits == {first: (), second: (name,)}
        await here.client.send(Hold(queue=name))
        gate.set()
        await here.until(lambda: not here.engine.scheduler.live[first].running)
        assert {b.waits_in for b in seen(here.engine).batches} == {(name,)}
        await here.client.send(Hold(queue=name, held=False))
        await here.ended(first)
        await here.ended(second)
