"""Jobs that lie in the journal alone, with the real journal."""

from pathlib import Path

from soniq_tui.model.commands import Cancel, Pause, Resume, Target
from soniq_tui.model.job import BatchState
from tests.engine.strategies import spawn
from tests.engine.worlds import FakeRunner, World, world

MANY = 60


async def submit(here: World) -> int:
    here.engine.scheduler.hot_most = 8
    return await here.submit(*(spawn(f"k{n}", stage="read") for n in range(MANY)))


async def test_all_are_done(tmp_path: Path) -> None:
    """A batch of many times as many jobs as fit into memory is done, each job once."""
    runner = FakeRunner()
    async with world(tmp_path, runner) as here:
        batch = await here.ended(await submit(here))
        assert (batch.state, batch.items.done) == (BatchState.DONE, MANY)
        assert len(runner.seen) == 3 * MANY
        reads = [job.id for job in runner.seen if job.stage == "read"]
        assert reads == sorted(reads)
        assert all(job.payload for job in runner.seen)


async def test_after_a_restart(tmp_path: Path) -> None:
    """What waited when a host ended waits in the next one, as numbers, and is done there."""
    async with world(tmp_path, going=False) as here:
        await submit(here)
    async with world(tmp_path, going=False) as here:
        here.engine.scheduler.hot_most = 8
        live = here.engine.scheduler.live[1]
        assert (len(live.jobs), len(live.cold), live.waiting) == (0, MANY, MANY)
        here.go()
        assert (await here.ended()).items.done == MANY


async def test_a_command_for_a_job_that_is_not_in_memory(tmp_path: Path) -> None:
    """A job far down in the queue can be paused, resumed and cancelled by name."""
    async with world(tmp_path, going=False) as here:
        await submit(here)
        last, gone = Target(jobs=(MANY,)), Target(jobs=(MANY - 1,))
        assert not {MANY, MANY - 1} & here.engine.scheduler.live[1].jobs.keys()
        assert (await here.client.send(Pause(target=last))).affected == 1
        assert (await here.client.send(Cancel(target=gone))).affected == 1
        here.go()
        await here.until(lambda: here.batch().items.done == MANY - 2)
        paused = await here.written("SELECT id FROM job WHERE state = 'paused'")
        assert paused == [(MANY,)]
        await here.client.send(Resume(target=last))
        batch = await here.ended()
        assert (batch.state, batch.items.done) == (BatchState.DONE, MANY - 1)
        given_up = await here.written("SELECT id FROM job WHERE state = 'cancelled'")
        assert given_up == [(MANY - 1,)]


async def test_cancelling_them_all(tmp_path: Path) -> None:
    """Cancelling a batch cancels what is not in memory."""
    async with world(tmp_path, going=False) as here:
        await submit(here)
        await here.client.send(Cancel(target=Target(batches=(1,))))
        assert here.batch().state is BatchState.CANCELLED
        assert await here.written("SELECT count(*) FROM job WHERE state = 'cancelled'") == [(MANY,)]
