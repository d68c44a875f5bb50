"""Reading what an earlier host left, and taking it over."""

from typing import Any

from soniq_tui.engine import takeover as module
from soniq_tui.engine.reader import Left
from soniq_tui.engine.takeover import earlier, take_over
from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Importer
from soniq_tui.model.job import Batch, Begun, Job, JobState
from tests.engine.desks import Desk
from tests.engine.strategies import FAKE, finder, spawn


class File:
    """A journal file that holds what a book says."""

    def __init__(self, world: Desk) -> None:
        self.book = world.book
        self.asked: list[list[int]] = []

    def left(self, newest: int, only: Any, monotonic: Any, keep_bytes: int) -> Left:
        book = self.book
        cold: dict[int, dict[str, list[int]]] = {i: {} for i in book.batches}
        for (batch_id, stage), ids in book.cold().items():
            cold[batch_id][stage] = ids
        listed = {i for stages in cold.values() for ids in stages.values() for i in ids}
        hot = [job for job in book.restored() if job.id not in listed]
        return Left(
            batches=list(book.batches.values()),
            jobs={i: [job for job in hot if job.batch_id == i] for i in book.batches},
            cold=cold,
            stages={i: frozenset(job.stage for job in book.of(i)) for i in book.batches},
            keys={i: book.keys(i) for i in book.batches},
            owed={i: book.owed(i) for i in book.batches},
            live_ids={job.id for job in book.restored()},
            last_batch=len(book.batches),
            last_job=len(book.jobs),
        )

    def rows(self, ids: list[int]) -> list[Job]:
        self.asked.append(list(ids))
        return self.book.rows(ids)


def importer(name: str) -> Importer:
    if name != "fake":
        raise UsageError(f"no importer is called {name!r}")
    return FAKE


async def successor(world: Desk, *begun: Begun) -> tuple[Desk, dict[int, str], File]:
    """Return a desk that has taken over, what it could not take over, and the file it read."""
    file, board = File(world), {each.job_id: each for each in begun}
    left, unusable = earlier(file, importer, None, world.now_s, 9.0, begun=board)  # type: ignore[arg-type]
    later = Desk()
    later.book = world.book
    later.scheduler.start_ids(left.last_batch + 1, left.last_job + 1)
    later.wrote(await take_over(later.scheduler, left, later.now_s, 9.0, board))
    return later, unusable, file


async def test_cold_jobs_come_back_as_numbers(monkeypatch: Any) -> None:
    """Plain jobs are taken over without their rows, in slices, and all are done."""
    monkeypatch.setattr(module, "SLICE", 3)
    monkeypatch.setattr(module, "COLD_SLICE", 8)
    world = Desk()
    world.submit(finder(), *(spawn(f"k{n}", stage="read") for n in range(30)))
    world.finish(world.start(), JobState.FAILED, retryable=True, reason="gone")
    later, unusable, file = await successor(world)
    assert (unusable, file.asked) == ({}, [])
    live = later.scheduler.live[1]
    assert (live.jobs.keys(), len(live.cold)) == ({1}, 30)
    later.now_s += 10
    later.done()
    assert later.batch(1).items.done == 30


async def test_a_cold_job_that_had_begun() -> None:
    """The row of a job whose start was not yet written is read, and the job charged."""
    world = Desk()
    world.submit(*(spawn(f"k{n}", stage="read") for n in range(5)))
    later, _, file = await successor(world, Begun(job_id=3, fence=1, position=0))
    assert file.asked == [[3]]
    assert later.book.jobs[3].attempt == 1
    later.done()
    assert later.batch(1).items.done == 5


async def test_a_batch_of_an_importer_that_is_gone() -> None:
    """A batch that nobody can work on stays as it is, its cold jobs too, and says why."""
    world = Desk()
    world.submit(spawn("a", stage="read"))
    world.submit(spawn("b", stage="read"))
    batch = world.book.batches[1]
    world.book.batches[1] = Batch(id=1, importer="old", label="", options=b"", items=batch.items)
    later, unusable, _ = await successor(world)
    assert unusable == {1: "no importer is called 'old'"}
    assert list(later.scheduler.live) == [2]
    assert later.scheduler.queues["read"].depth == 1


async def test_a_batch_with_a_stage_that_is_gone() -> None:
    """A batch whose jobs wait for a stage that is no longer there is left alone."""
    world = Desk()
    world.submit(spawn("a", stage="read"))
    job = world.book.jobs[1]
    world.book.jobs[1] = Job(
        id=1, batch_id=1, importer="fake", stage="gone", first_stage="read", key=job.key, label=""
    )
    _, unusable, _ = await successor(world)
    assert unusable == {1: "importer fake has no stage 'gone' any more"}
