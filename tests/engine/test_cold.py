"""Which waiting jobs are in memory, and that nobody notices."""

import pytest
from msgspec.structs import replace

from soniq_tui.engine.cold import FEW, GRAIN_S, HOT_MOST, LOOK_AHEAD, ColdStage
from soniq_tui.engine.ledger import is_plain
from soniq_tui.engine.queue import AGEING_S
from soniq_tui.model.commands import Target
from soniq_tui.model.job import BatchState, Checkpoint, Items, Job, JobState
from soniq_tui.model.settings import QueueSettings
from tests.engine.desks import Desk
from tests.engine.strategies import QUEUES, finder, payload_of, spawn


@pytest.fixture
def world() -> Desk:
    made = Desk()
    made.scheduler.hot_most = 4
    return made


def jobs(count: int, first: int = 0) -> list:
    return [spawn(f"k{n}", stage="read") for n in range(first, first + count)]


def keys_until_end(world: Desk) -> list[str]:
    """Skip all jobs in the order in which they start; return their keys."""
    keys = []
    while job := world.start():
        keys.append(job.key)
        world.finish(job, JobState.SKIPPED)
    return keys


# -------------------------------------------------------------------- the window


def test_a_window_is_in_memory(world: Desk) -> None:
    """Of many jobs a window is kept; the depth, what waits and what is live count them all."""
    batch_id = world.submit(*jobs(10))
    live = world.scheduler.live[batch_id]
    assert (len(live.jobs), len(live.cold), live.waiting) == (4, 6, 10)
    assert world.scheduler.queues["read"].depth == 10
    assert all(world.scheduler.is_live(job_id) for job_id in range(1, 11))
    assert not world.scheduler.is_live(11)
    assert world.scheduler.cold_among([1, 5, 10, 11]) == (5, 10)


def test_first_in_first_out(world: Desk) -> None:
    """Jobs start in the order in which they came, those that came later included."""
    world.submit(*jobs(10))
    first = world.start()
    world.finish(first, JobState.SKIPPED, spawned=tuple(jobs(3, first=10)))
    assert keys_until_end(world) == [f"k{n}" for n in range(1, 13)]


def test_named_once(world: Desk) -> None:
    """Rows are asked for when half of the window is used up, and each once."""
    world.submit(*jobs(12))
    assert world.scheduler.thirsty() == []
    for _ in range(3):
        job, _, events = world.scheduler.start_next(world.now_s) or pytest.fail("it is there")
        world.wrote(events)
        world.finish(job, JobState.SKIPPED)
    (ids,) = world.scheduler.thirsty()
    assert ids == [5, 6]
    assert world.scheduler.thirsty() == []
    assert world.scheduler.queues["read"].depth == 9
    world.scheduler.thaw(world.book.rows(ids), world.now_s)
    assert world.scheduler.live[1].jobs.keys() == {4, 5, 6}


def test_a_paused_batch_wants_nothing(world: Desk) -> None:
    """What may not start is not brought into memory."""
    world.submit(*jobs(12))
    world.scheduler.hot_most = 100
    world.control("pause")
    assert world.scheduler.thirsty() == []
    world.control("resume")
    assert len(world.scheduler.thirsty()[0]) == 8


def test_at_most_500_at_a_time() -> None:
    """The window is refilled by halves."""
    world = Desk()
    world.submit(*jobs(3 * HOT_MOST))
    live = world.scheduler.live[1]
    assert len(live.cold) == 2 * HOT_MOST
    for _ in range(HOT_MOST // 2 + 1):
        job, _, events = world.scheduler.start_next(world.now_s) or pytest.fail("it is there")
        world.wrote(events)
        world.finish(job, JobState.SKIPPED)
    assert [len(ids) for ids in world.scheduler.thirsty()] == [HOT_MOST // 2]
    assert len(world.scheduler.thirsty()) == 0


def test_later_stages(world: Desk) -> None:
    """A queue that lags behind keeps only a window too, with the payload in the journal."""
    queues = {
        name: QueueSettings(slots=1, priority=queue.priority) for name, queue in QUEUES.items()
    }
    world = Desk(queues)
    world.scheduler.hot_most = 4
    world.scheduler.hold("group")
    world.submit(*jobs(20))
    while job := world.start():
        world.finish(job)
    live = world.scheduler.live[1]
    assert (len(live.cold), world.scheduler.queues["group"].depth) == (16, 20)
    world.scheduler.hold("group", held=False)
    while job := world.start():
        assert job.payload == payload_of(job.stage)
        world.finish(job)
    assert world.batch(1).items == Items(total=20, done=20)
    assert world.batch(1).state is BatchState.DONE


def test_a_batch_with_cold_finders_grows(world: Desk) -> None:
    """A batch grows while a job that may find more is cold, and has not ended either."""
    world.submit(*(finder(f"f{n}") for n in range(9)))
    live = world.scheduler.live[1]
    world.control("cancel", Target(jobs=(1, 2, 3, 4)))
    assert (live.jobs, live.finders) == ({}, set())
    assert live.growing
    assert world.batch(1).state is BatchState.RUNNING
    while job := world.start():
        world.finish(job)
    assert not live.growing
    assert world.batch(1).state is BatchState.CANCELLED  # four were not searched


# -------------------------------------------------------------------- what is never cold


def test_jobs_with_a_past_stay(world: Desk) -> None:
    """A job that was tried, or is to go first, is kept, and does not count for the others."""
    world.scheduler._chance = lambda: 1.0
    world.submit(*jobs(12))
    job = world.start()
    world.finish(job, JobState.FAILED, retryable=True, reason="gone")
    world.wrote(world.scheduler.shift_priority(world.named(12), 1, world.now_s))
    assert {job.id, 12} <= world.scheduler.live[1].jobs.keys()
    assert world.start().id == 12


@pytest.mark.parametrize(
    "past",
    [
        {"attempt": 1},
        {"priority": -1},
        {"deaths": 1},
        {"suspects": (3,)},
        {"accused": 0},
        {"not_before_s": 1.0},
    ],
)
def test_plain(past: dict) -> None:
    """A job is plain while the journal has all there is to know, and it is like any other."""
    job = Job(
        id=1, batch_id=1, importer="fake", stage="read", first_stage="read", key="k", label=""
    )
    assert is_plain(replace(job, fence=7, retries=2, error="retried", lane="a.example"))
    assert not is_plain(replace(job, **past))


def test_what_had_begun_stays(world: Desk) -> None:
    """A job that was stopped goes on before those that have not begun."""
    world.submit(*jobs(12))
    job = world.start()
    world.finish(job, JobState.PAUSED)
    assert job.id in world.scheduler.live[1].jobs


def test_a_crowded_lane_blocks_nobody() -> None:
    """Jobs that wait for their lane or time do not fill the window: others behind them start."""
    queues = QUEUES | {"read": QueueSettings(slots=2, priority=20, lane_limit=1)}
    world = Desk(queues)
    world.scheduler.hot_most = 4
    crowd = [spawn(f"a{n}", stage="read", lane="a.example") for n in range(20)]
    world.submit(*crowd, spawn("b", stage="read", lane="b.example"))
    assert world.start().key == "a0"
    assert world.start().key == "b"


def test_a_crowded_lane_does_not_fill_memory() -> None:
    """However many jobs wait for one lane, only so many of them are in memory."""
    queues = QUEUES | {"read": QueueSettings(slots=2, priority=20, lane_limit=1)}
    world = Desk(queues)
    world.scheduler.hot_most = 4
    world.submit(*(spawn(f"a{n}", stage="read", lane="a.example") for n in range(500)))
    for _ in range(100):
        world.supply()
    assert len(world.scheduler.live[1].jobs) <= LOOK_AHEAD * 4 + 2
    assert len(keys_until_end(world)) == 500


def test_as_old_as_it_was(world: Desk) -> None:
    """A job ages while it is cold: an old batch is not overtaken for having many jobs."""
    old = world.submit(*jobs(40))
    world.now_s += 5 * AGEING_S + 1
    world.submit(*jobs(1), priority=5)
    starts = []
    while job := world.start():
        starts.append(job.batch_id)
        world.finish(job, JobState.SKIPPED)
    assert starts == [old] * 40 + [2]


# -------------------------------------------------------------------- commands


def test_cancel_takes_the_cold_ones_with_it(world: Desk) -> None:
    """Cancelling a batch cancels what is cold, and rows that come late change nothing."""
    world.submit(*jobs(30))
    world.scheduler.hot_most = 20
    (ids,) = world.scheduler.thirsty()
    rows = world.book.rows(ids)
    world.control("cancel")
    world.scheduler.thaw(rows, world.now_s)
    assert world.batch(1).state is BatchState.CANCELLED
    assert {job.state for job in world.book.of(1)} == {JobState.CANCELLED}
    assert world.scheduler.queues["read"].depth == 0
    assert world.start() is None


def test_retry_of_many(world: Desk) -> None:
    """Beyond the window jobs that are queued again are cold, and start in their order."""
    world.submit(*jobs(30))
    world.control("cancel")
    assert world.retry(1, JobState.CANCELLED) == 30
    assert len(world.scheduler.live[1].jobs) == 4
    jobs_again = [job for job in world.book.of(1) if job.state is JobState.QUEUED]
    assert world.scheduler.retry(world.batch(1), jobs_again, [], world.now_s) == (0, [])
    assert keys_until_end(world) == [f"k{n}" for n in range(30)]


def test_a_cold_job_is_not_retried(world: Desk) -> None:
    """A job that had failed when the journal was read and is queued again by now is left alone."""
    world.submit(*jobs(30))
    stale = replace(world.book.jobs[30], state=JobState.FAILED)
    assert world.scheduler.retry(world.batch(1), [stale], [], world.now_s) == (0, [])


def test_named_jobs_are_brought_first(world: Desk) -> None:
    """A cold job can be paused, resumed and cancelled by name once its row is there."""
    world.submit(*jobs(80))
    ids = range(20, 20 + FEW + 5)
    target = world.named(*ids)
    world.control("pause", target)
    live = world.scheduler.live[1]
    assert live.paused == set(ids)
    assert (live.waiting, world.scheduler.queues["read"].depth) == (80, 80 - len(ids))
    world.control("resume", target)
    assert world.scheduler.queues["read"].depth == 80
    world.control("cancel", world.named(30))
    assert len(keys_until_end(world)) == 79


def test_found_by_a_checkpoint(world: Desk) -> None:
    """What a finder hands over beyond the window is cold at once."""
    world.submit(finder())
    job = world.start()
    part = Checkpoint(payload=payload_of("find"), spawned=tuple(jobs(50)))
    world.wrote(world.scheduler.checkpoint(job, part, world.now_s))
    assert len(world.scheduler.live[1].cold) == 46
    assert world.batch(1).items.total == 50


def test_restored_as_numbers(world: Desk) -> None:
    """After a restart cold jobs are taken over by their numbers."""
    world.submit(*jobs(30))
    batch, keys = world.book.batches[1], [(1, key) for key in world.book.keys(1)]
    cold = world.book.cold()
    later = Desk()
    later.book, later.scheduler.hot_most = world.book, 4
    later.scheduler.restore_batches([batch], keys)
    for (batch_id, stage), ids in cold.items():
        later.scheduler.restore_cold(batch_id, stage, ids[:20])
        later.scheduler.restore_cold(batch_id, stage, ids[20:])
        later.scheduler.restore_cold(batch_id, stage, [])
    later.wrote(later.scheduler.restored(later.now_s, 1.0))
    assert later.scheduler.queues["read"].depth == 30
    assert later.batch(1).state is BatchState.RUNNING
    assert keys_until_end(later) == [f"k{n}" for n in range(30)]
    assert later.batch(1).state is BatchState.DONE


def test_restored_while_cancelling(world: Desk) -> None:
    """A batch that was being cancelled ends when its host comes back, its cold jobs with it."""
    world.submit(*jobs(9))
    batch = world.book.batches[1]
    cancelling = replace(batch, state=BatchState.CANCELLING)
    world.book.batches[1] = cancelling
    later = Desk()
    later.book = world.book
    later.scheduler.restore_batches([cancelling], [])
    later.scheduler.restore_cold(1, "read", range(1, 10))
    later.wrote(later.scheduler.restored(later.now_s, 1.0))
    assert later.batch(1).state is BatchState.CANCELLED
    assert {job.state for job in later.book.of(1)} == {JobState.CANCELLED}


# -------------------------------------------------------------------- the numbers themselves


def cold(*ids: int) -> ColdStage:
    stage = ColdStage(finds=False)
    for job_id in ids:
        stage.add(job_id, 0.0)
    return stage


def test_numbers_in_order() -> None:
    """Whatever the order in which they came, the oldest is asked for first."""
    stage = cold(5, 9, 2, 7)
    assert 2 in stage
    assert 3 not in stage
    assert stage.ask(3) == [2, 5, 7]
    assert (len(stage), 2 in stage, 9 in stage) == (4, True, True)
    assert stage.ask(3) == [9]
    stage.add(50, 0.0)
    stage.extend(range(40, 45))
    assert stage.ask(2) == [40, 41]


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 200])
def test_taking_out(count: int) -> None:
    """Numbers leave from anywhere, asked for or not, few or many; strangers are not counted."""
    stage = cold(*range(1, 301))
    stage.ask(3)
    wanted = set(range(2, 2 + count))
    assert stage.take(wanted | {1000}) == wanted
    assert len(stage) == 300 - count
    assert not any(job_id in stage for job_id in wanted)
    assert 1 in stage


def test_times() -> None:
    """A job's time is known to some seconds, and an older one's that came late is not lost."""
    stage = ColdStage(finds=False)
    assert stage.since_s(1, 50.0) == 50.0
    for job_id, at_s in ((10, 0.0), (11, GRAIN_S - 1), (12, GRAIN_S), (3, 90.0), (13, 95.0)):
        stage.add(job_id, at_s)
    assert [stage.since_s(i, 99.0) for i in (3, 10, 11, 12, 13)] == [0.0, 0.0, 0.0, GRAIN_S, 95.0]
    stage.take({3, 10, 11})
    assert stage.since_s(12, 99.0) == GRAIN_S
    assert len(stage._marks) == 2


def test_times_after_a_restart() -> None:
    """Jobs of an earlier host are as old as the restart."""
    stage = ColdStage(finds=False)
    stage.extend(range(5, 10))
    stage.mark(70.0)
    stage.add(10, 90.0)
    stage.mark(99.0)
    assert [stage.since_s(i, 100.0) for i in (5, 9, 10)] == [70.0, 70.0, 90.0]
