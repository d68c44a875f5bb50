"""What the scheduler decides, case by case."""

from typing import Any

import pytest

from soniq_tui.engine.control import MAX_PRIORITY
from soniq_tui.engine.ledger import ENDED_SHOWN
from soniq_tui.engine.queue import AGEING_S
from soniq_tui.engine.scheduler import MAX_STARTS, Scheduler
from soniq_tui.errors import PluginError, UsageError
from soniq_tui.model.commands import Target
from soniq_tui.model.events import BatchChanged, ErrorsBooked, ErrorsCleared
from soniq_tui.model.job import (
    Batch,
    BatchState,
    Checkpoint,
    ErrorKind,
    Items,
    Job,
    JobState,
    Outcome,
    Spawn,
)
from soniq_tui.model.settings import QueueSettings
from tests.engine.strategies import QUEUES, Book, fault, finder, payload_of, scheduler, spawn

ALL = Target()


class World:
    """A scheduler with its journal and a clock, and short words for what tests do."""

    def __init__(self, queues: dict[str, QueueSettings] = QUEUES, **options: Any) -> None:
        self.scheduler: Scheduler = scheduler(queues, **options)
        self.book = Book()
        self.now_s = 100.0

    def wrote(self, events: list) -> list:
        self.book.apply(events)
        return events

    def submit(self, *spawns: Spawn, priority: int = 0) -> int:
        batch_id, events = self.scheduler.submit(
            "fake", "label", b"", spawns, priority=priority, now_s=self.now_s, now_at_s=1.0
        )
        self.wrote(events)
        return batch_id

    def start(self) -> Job | None:
        started = self.scheduler.start_next(self.now_s)
        if started is None:
            return None
        self.wrote(started[2])
        return started[0]

    def finish(self, job: Job, state: JobState = JobState.DONE, **fields: Any) -> list:
        following = self.scheduler.route(job.importer, job.stage).following
        if state is JobState.DONE and following:
            fields.setdefault("payload", payload_of(following))
        outcome = Outcome(state=state, **fields)
        return self.wrote(self.scheduler.finish(job, outcome, self.now_s, 2.0))

    def done(self) -> None:
        """Do all that can be done now."""
        while job := self.start():
            self.finish(job)

    def retry(self, batch_id: int, *states: JobState) -> int:
        states = states or (JobState.FAILED,)
        jobs = [job for job in self.book.of(batch_id) if job.state in states]
        batch, keys = self.book.batches[batch_id], self.book.keys(batch_id)
        count, events = self.scheduler.retry(batch, jobs, keys, self.now_s)
        self.wrote(events)
        return count

    def batch(self, batch_id: int) -> Batch:
        return self.book.batches[batch_id]

    def state(self, job: Job) -> JobState:
        return self.book.jobs[job.id].state

    def control(self, verb: str, target: Target = ALL) -> list:
        extra = () if verb == "resume" else (2.0,)
        return self.wrote(getattr(self.scheduler, verb)(target, self.now_s, *extra))

    def crash(self) -> None:
        """Another host begins with what is written."""
        self.scheduler = scheduler()
        batches = list(self.book.batches.values())
        keys = [(b.id, key) for b in batches for key in self.book.keys(b.id)]
        self.scheduler.start_ids(len(batches) + 1, len(self.book.jobs) + 1)
        self.wrote(self.scheduler.restore(batches, self.book.restored(), keys, self.now_s, 3.0))


@pytest.fixture
def world() -> World:
    return World()


# -------------------------------------------------------------------- the way of a job


def test_stages_in_order(world: World) -> None:
    """A job goes through all stages, and its batch is done with the last one."""
    batch_id = world.submit(spawn("a", stage="read", items=3))
    stages = []
    while job := world.start():
        assert job.payload == payload_of(job.stage)
        stages.append(job.stage)
        assert world.batch(batch_id).items == Items(total=3)
        world.finish(job)
    assert stages == ["read", "group", "store"]
    assert world.batch(batch_id).items == Items(total=3, done=3)
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).ended_at_s == 2.0


def test_a_finder_brings_jobs(world: World) -> None:
    """What a finder hands over at a checkpoint starts while it still runs, and only once."""
    batch_id = world.submit(finder())
    found = world.start()
    part = Checkpoint(payload=payload_of("find"), spawned=(spawn("a", stage="read", items=2),))
    world.wrote(world.scheduler.checkpoint(found, part, world.now_s))
    world.wrote(world.scheduler.checkpoint(found, part, world.now_s))
    assert world.scheduler.live[batch_id].finders == {found.id}
    assert world.start().key == "a"
    assert world.batch(batch_id).items == Items(total=2)
    world.finish(found)
    assert not world.scheduler.live[batch_id].finders
    assert world.batch(batch_id).state is BatchState.RUNNING


def test_an_empty_batch(world: World) -> None:
    """A batch of nothing is DONE with total 0 at once."""
    batch_id = world.submit()
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items == Items()
    assert not world.scheduler.open


def test_failed_items_fail_the_job_not_the_batch(world: World) -> None:
    """A batch is DONE when every item has ended, failed ones included."""
    batch_id = world.submit(spawn("a", stage="read", items=5))
    job = world.start()
    world.finish(job, items=Items(failed=2), errors=(fault(), fault()))
    world.done()
    assert world.batch(batch_id).items == Items(total=5, done=3, failed=2)
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.state(job) is JobState.FAILED
    assert len(world.book.errors[job.id]) == 2


def test_a_job_without_items_fails_its_batch(world: World) -> None:
    """A batch has FAILED when a job that stands for no items, its discovery, fails as a whole."""
    batch_id = world.submit(finder())
    world.finish(world.start(), JobState.FAILED, reason="no such folder")
    assert world.batch(batch_id).state is BatchState.FAILED
    assert world.batch(batch_id).error == "no such folder"


def test_a_skipped_job_skips_its_items(world: World) -> None:
    """The items of a job that had nothing to do are skipped."""
    batch_id = world.submit(spawn("a", stage="read", items=4))
    world.finish(world.start(), JobState.SKIPPED, reason="unchanged")
    assert world.batch(batch_id).items == Items(total=4, skipped=4)


def test_a_stage_that_counts_too_many(world: World) -> None:
    """More items than there were lift the total: nobody is shown 3 of 1."""
    batch_id = world.submit(spawn("a", stage="read", items=1))
    world.finish(world.start(), items=Items(done=3))
    assert world.batch(batch_id).items == Items(total=3, done=3)
    world.done()
    assert world.batch(batch_id).items == Items(total=3, done=3)


def test_a_late_result_is_dropped(world: World) -> None:
    """A result that carries an older fence changes nothing."""
    world.submit(spawn("a", stage="read"))
    old = world.start()
    world.finish(old, JobState.PAUSED)
    world.start()
    assert world.finish(old) == []
    assert world.state(old) is JobState.RUNNING


# -------------------------------------------------------------------- order


def test_priority_of_batches(world: World) -> None:
    """The batch with the larger priority starts first, and a change of it counts at once."""
    low = world.submit(spawn("a", stage="read"))
    high = world.submit(spawn("b", stage="read"), priority=5)
    assert world.start().batch_id == high
    world.wrote(world.scheduler.set_priority(Target(batches=(low,)), 10))
    assert world.batch(low).priority == 10
    assert world.start().batch_id == low


def test_equals_in_order(world: World) -> None:
    """Of equals, the one that was queued first starts first."""
    world.submit(*(spawn(f"k{n}", stage="read") for n in range(4)))
    assert [world.start().key, world.start().key] == ["k0", "k1"]


def test_later_stages_first(world: World) -> None:
    """A queue with a larger priority is served first."""
    world.submit(*(spawn(f"k{n}", stage="read") for n in range(4)))
    world.finish(world.start())
    assert world.start().stage == "group"
    assert world.start().stage == "read"


def test_ageing(world: World) -> None:
    """Low work is not starved: after enough waiting it goes before fresh high work."""
    low = world.submit(spawn("old", stage="read"))
    world.now_s += 5 * AGEING_S + 1
    world.submit(spawn("new", stage="read"), priority=5)
    assert world.start().batch_id == low


def test_no_ageing_yet(world: World) -> None:
    """Before that time the larger priority wins."""
    world.submit(spawn("old", stage="read"))
    world.now_s += 5 * AGEING_S - 1
    high = world.submit(spawn("new", stage="read"), priority=5)
    assert world.start().batch_id == high


def test_back_pressure(world: World) -> None:
    """A stage waits while the next one has as many jobs as it may hold."""
    world.submit(*(spawn(f"k{n}", stage="read") for n in range(9)))
    world.wrote(world.scheduler.resize("group", 1))
    started = []
    for _ in range(4):
        job = world.start()
        world.finish(job)
        started.append(job.stage)
    # One is taken by the group queue's slot before its three places are full.
    grouping = world.start()
    assert (started.count("read"), grouping.stage) in {(4, "group"), (3, "group"), (2, "group")}
    while (job := world.start()) is not None and job.stage == "read":
        world.finish(job)
    assert world.scheduler.queues["group"].depth == QUEUES["group"].depth_limit
    assert job is None


def test_a_paused_batch_holds_nobody_up(world: World) -> None:
    """What waits in a full queue because its batch is paused does not stop other batches."""
    first = world.submit(*(spawn(f"k{n}", stage="read") for n in range(4)))
    world.scheduler.queues["group"].held = True
    for _ in range(QUEUES["group"].depth_limit):
        world.finish(world.start())
    assert world.start() is None
    world.control("pause", Target(batches=(first,)))
    second = world.submit(spawn("other", stage="read"))
    assert world.start().batch_id == second


# -------------------------------------------------------------------- failing


def test_retry_with_backoff() -> None:
    """A passing fault is tried again after a growing wait, and fails at the last attempt."""
    world = World(max_attempts=3, chance=lambda: 1.0)
    batch_id = world.submit(spawn("a", stage="read", items=2))
    waits = []
    for attempt in range(3):
        job = world.start()
        assert job.attempt == attempt
        world.finish(job, JobState.FAILED, retryable=True, reason="gone", kind=ErrorKind.NETWORK)
        due_s = world.scheduler.next_due_s()
        if due_s is not None:
            waits.append(due_s - world.now_s)
            assert world.start() is None
            world.now_s = due_s
    assert waits == [2.0, 4.0]
    assert world.batch(batch_id).items == Items(total=2, failed=2)
    (error,) = world.book.errors[job.id]
    assert (error.kind, error.attempts, error.reason) == (ErrorKind.NETWORK, 3, "gone")


def test_a_delayed_job_blocks_nobody() -> None:
    """A job that is not yet due never blocks those behind it."""
    world = World(chance=lambda: 1.0)
    world.submit(spawn("a", stage="read"), spawn("b", stage="read"), priority=9)
    first = world.start()
    world.finish(first, JobState.FAILED, retryable=True, reason="gone")
    assert world.start().key == "b"
    assert world.scheduler.queues["read"].depth == 1


def test_a_success_begins_the_count_anew(world: World) -> None:
    """Attempts belong to a stage: the next one has its own."""
    world.submit(spawn("a", stage="read"))
    world.finish(world.start(), JobState.FAILED, retryable=True, reason="gone")
    world.now_s += 10
    world.finish(world.start())
    assert world.start().attempt == 0


def test_suspects(world: World) -> None:
    """An item on which a child died twice is left out, and the job goes on."""
    world.submit(spawn("a", stage="read", items=9))
    for _ in range(2):
        job = world.start()
        assert job.suspects == ()
        world.finish(job, JobState.FAILED, retryable=True, suspect=4, reason="killed")
    assert world.start().suspects == (4,)


def test_deaths_on_different_items(world: World) -> None:
    """Deaths on ever other items are no item's fault: the job fails after its attempts."""
    batch_id = world.submit(spawn("a", stage="read", items=9))
    for suspect in (1, 2, 3):
        world.finish(
            world.start(), JobState.FAILED, retryable=True, suspect=suspect, reason="killed"
        )
    assert world.batch(batch_id).items.failed == 9


def test_go_back(world: World) -> None:
    """A job whose spooled data is gone starts at its first stage with its first payload."""
    batch_id = world.submit(spawn("a", stage="read", items=3))
    world.finish(world.start(), items=Items(failed=1), errors=(fault(),))
    job = world.start()
    events = world.finish(job, JobState.FAILED, back=True, reason="spool gone")
    assert any(isinstance(event, ErrorsCleared) for event in events)
    assert world.batch(batch_id).items == Items(total=3)
    again = world.start()
    assert (again.stage, again.attempt, again.stored) == ("read", 0, True)
    assert world.book.payload(job.id) == payload_of("read")


def test_going_back_for_ever(world: World) -> None:
    """A job that goes back again and again fails in the end."""
    batch_id = world.submit(spawn("a", stage="read"))
    starts = 0
    while job := world.start():
        world.finish(job, JobState.FAILED, back=True, reason="spool gone")
        starts += 1
    assert starts == MAX_STARTS
    assert world.batch(batch_id).items.failed == 1


def test_counters_are_written_with_what_changed_them(world: World) -> None:
    """The batch's row is written whenever its items changed, also when its job was cancelled."""
    batch_id = world.submit(spawn("a", stage="read", items=3), spawn("b", stage="read"))
    job = world.start()
    world.control("cancel", Target(jobs=(job.id,)))
    events = world.finish(job, items=Items(failed=1), errors=(fault(),))
    assert any(isinstance(event, BatchChanged) for event in events)
    assert world.batch(batch_id).items.failed == 1


# -------------------------------------------------------------------- pause, resume


def test_pausing_is_shown_until_true(world: World) -> None:
    """A batch is pausing while a job of it runs, and paused when none does."""
    batch_id = world.submit(spawn("a", stage="read"), spawn("b", stage="read"))
    job = world.start()
    world.control("pause")
    assert world.batch(batch_id).state is BatchState.PAUSING
    assert world.state(job) is JobState.PAUSING
    assert world.start() is None
    world.finish(job, JobState.PAUSED)
    assert world.batch(batch_id).state is BatchState.PAUSED
    world.control("resume")
    assert {world.start().key, world.start().key} == {"a", "b"}


def test_resumed_before_it_had_stopped(world: World) -> None:
    """A job that was resumed before its stage had stopped runs on."""
    batch_id = world.submit(spawn("a", stage="read"))
    job = world.start()
    world.control("pause")
    world.control("resume")
    assert world.state(job) is JobState.RUNNING
    assert world.batch(batch_id).state is BatchState.RUNNING


def test_a_stage_that_ends_while_pausing(world: World) -> None:
    """A stage that ended all the same leaves its job paused at the next one."""
    world.submit(spawn("a", stage="read"))
    job = world.start()
    world.control("pause")
    world.finish(job)
    assert world.state(job) is JobState.PAUSED
    world.control("resume")
    assert world.start().stage == "group"


def test_pause_of_one_job(world: World) -> None:
    """A job can be paused by itself; the others go on."""
    world.submit(spawn("a", stage="read"), spawn("b", stage="read"))
    world.control("pause", Target(jobs=(1,)))
    assert world.start().key == "b"
    assert world.start() is None
    world.control("resume", Target(jobs=(1,)))
    assert world.start().key == "a"


# -------------------------------------------------------------------- cancel


def test_cancelling_is_shown_until_true(world: World) -> None:
    """What waits is cancelled at once, what runs when it has stopped, and then the batch."""
    batch_id = world.submit(*(spawn(f"k{n}", stage="read") for n in range(5)))
    job = world.start()
    world.control("cancel")
    assert world.batch(batch_id).state is BatchState.CANCELLING
    assert world.state(job) is JobState.CANCELLING
    assert world.scheduler.queues["read"].depth == 0
    assert world.start() is None
    world.finish(job, JobState.CANCELLED)
    assert world.batch(batch_id).state is BatchState.CANCELLED
    assert {j.state for j in world.book.of(batch_id)} == {JobState.CANCELLED}


def test_cancelling_a_batch_twice(world: World) -> None:
    """The same batch named twice is cancelled once."""
    batch_id = world.submit(spawn("a", stage="read"))
    events = world.control("cancel", Target(batches=(batch_id, batch_id)))
    assert sum(isinstance(event, BatchChanged) for event in events) == 1


@pytest.mark.parametrize("how", ["checkpoint", "finish"])
def test_what_a_cancelled_batch_still_finds(world: World, how: str) -> None:
    """Jobs that a finder hands over while its batch is being cancelled cannot keep it alive."""
    batch_id = world.submit(finder())
    job = world.start()
    world.control("cancel")
    found = (spawn("a", stage="read", items=2),)
    if how == "checkpoint":
        part = Checkpoint(payload=payload_of("find"), spawned=found)
        world.wrote(world.scheduler.checkpoint(job, part, world.now_s))
        world.finish(job, JobState.CANCELLED)
    else:
        world.finish(job, spawned=found)
    assert world.batch(batch_id).state is BatchState.CANCELLED
    assert world.retry(batch_id, JobState.CANCELLED)
    world.done()
    assert world.batch(batch_id).items == Items(total=2, done=2)


def test_the_last_commit_counts(world: World) -> None:
    """A job that was done when it should have been cancelled is done."""
    batch_id = world.submit(spawn("a", stage="read"))
    world.finish(world.start())
    world.finish(world.start())
    job = world.start()
    world.control("cancel")
    world.finish(job)
    assert world.state(job) is JobState.DONE
    assert world.batch(batch_id).state is BatchState.CANCELLED


def test_cancel_of_one_job(world: World) -> None:
    """A job can be given up by itself; its batch goes on and ends."""
    batch_id = world.submit(spawn("a", stage="read"), spawn("b", stage="read"))
    world.control("cancel", Target(jobs=(1,)))
    world.done()
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items == Items(total=2, done=1)


# -------------------------------------------------------------------- retry


def test_retry_of_failed_jobs(world: World) -> None:
    """A retry queues what failed with its first payload, and counts its items anew."""
    batch_id = world.submit(spawn("a", stage="read", items=2), spawn("b", stage="read"))
    job = world.start()
    world.finish(job, JobState.FAILED, reason="broken")
    world.done()
    assert world.batch(batch_id).items == Items(total=3, done=1, failed=2)
    assert world.retry(batch_id) == 1
    assert world.batch(batch_id).state is BatchState.RUNNING
    assert world.batch(batch_id).ended_at_s is None
    assert world.batch(batch_id).items == Items(total=3, done=1)
    assert job.id not in world.book.errors
    assert world.book.payload(job.id) == payload_of("read")
    world.done()
    assert world.batch(batch_id).items == Items(total=3, done=3)


def test_retry_of_a_finder_goes_on(world: World) -> None:
    """A finder goes on from its last checkpoint, and the batch is no longer FAILED."""
    batch_id = world.submit(finder())
    job = world.start()
    part = Checkpoint(
        payload=b"half way",
        spawned=(spawn("a", stage="read"),),
        items=Items(total=4, skipped=3, failed=1),
        errors=(fault("find"),),
    )
    world.wrote(world.scheduler.checkpoint(job, part, world.now_s))
    world.finish(job, JobState.FAILED, reason="the disk is gone")
    world.done()
    assert world.batch(batch_id).state is BatchState.FAILED
    world.retry(batch_id)
    assert world.batch(batch_id).error == ""
    assert world.batch(batch_id).items == Items(total=4, done=1, skipped=3)
    again = world.start()
    assert (again.stored, world.book.payload(again.id)) == (True, b"half way")
    world.finish(again, spawned=(spawn("a", stage="read"), spawn("b", stage="read")))
    world.done()
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items == Items(total=5, done=2, skipped=3)


def test_retry_of_another_job_leaves_a_batch_failed(world: World) -> None:
    """A batch whose discovery failed is FAILED again when only some other job was retried."""
    batch_id = world.submit(finder(), spawn("a", stage="read"))
    while job := world.start():
        world.finish(job, JobState.FAILED, reason=job.stage)
    jobs = [job for job in world.book.of(batch_id) if job.key == "a"]
    batch, keys = world.batch(batch_id), world.book.keys(batch_id)
    world.wrote(world.scheduler.retry(batch, jobs, keys, world.now_s)[1])
    world.done()
    assert world.batch(batch_id).state is BatchState.FAILED
    assert world.batch(batch_id).error == "find"


def test_retry_of_what_had_not_ended(world: World) -> None:
    """A job that ran when the journal was read and is done by now is not run again."""
    batch_id = world.submit(spawn("a", stage="store"), spawn("b", stage="read"))
    job = world.start()
    stale = world.book.jobs[job.id]
    world.finish(job)
    batch, keys = world.batch(batch_id), world.book.keys(batch_id)
    assert world.scheduler.retry(batch, [stale], keys, world.now_s) == (0, [])


def test_retry_while_cancelling(world: World) -> None:
    """Nothing is queued again in a batch that is being cancelled: it could never end."""
    batch_id = world.submit(spawn("a", stage="read"), spawn("b", stage="read"))
    world.finish(world.start(), JobState.FAILED, reason="broken")
    world.start()
    world.control("cancel")
    assert world.retry(batch_id) == 0


def test_retry_of_a_batch_of_another_host(world: World) -> None:
    """A batch that has not ended and was not taken over is left alone."""
    batch = Batch(id=77, importer="fake", label="", options=b"")
    job = Job(id=9, batch_id=77, importer="fake", stage="read", first_stage="read", key="k",
              label="", state=JobState.FAILED)  # fmt: skip
    assert world.scheduler.retry(batch, [job], ["k"], world.now_s) == (0, [])
    assert 77 not in world.scheduler.live


# -------------------------------------------------------------------- slots, refusals, memory


def test_resize_drains(world: World) -> None:
    """A busy slot is never stopped for a resize; it goes when its job ends."""
    world.submit(*(spawn(f"k{n}", stage="read") for n in range(4)))
    first, second = world.start(), world.start()
    world.wrote(world.scheduler.resize("read", 1))
    assert world.start() is None
    world.finish(first, JobState.SKIPPED)
    assert world.start() is None
    world.finish(second, JobState.SKIPPED)
    assert world.start() is not None
    assert world.start() is None


@pytest.mark.parametrize(("queue", "slots"), [("nope", 1), ("read", 0), ("read", 65)])
def test_resize_refused(world: World, queue: str, slots: int) -> None:
    """A queue that does not exist or slots it cannot have are refused."""
    with pytest.raises(UsageError):
        world.scheduler.resize(queue, slots)


@pytest.mark.parametrize("priority", [MAX_PRIORITY + 1, -(10**30)])
def test_priority_refused(world: World, priority: int) -> None:
    """A priority beyond all bounds, which no database would hold, is refused."""
    with pytest.raises(UsageError):
        world.submit(spawn("a", stage="read"), priority=priority)
    with pytest.raises(UsageError):
        world.scheduler.set_priority(ALL, priority)
    assert not world.scheduler.live


def test_a_queue_without_a_consumer() -> None:
    """An importer that waits in a queue nobody serves is refused, and nothing is left behind."""
    queues = {name: queue for name, queue in QUEUES.items() if name != "store"}
    world = World(queues)
    with pytest.raises(PluginError, match="'store', which nobody serves; there are: scan"):
        world.submit(spawn("a", stage="read"))
    assert not world.scheduler.live
    assert all(queue.depth == 0 for queue in world.scheduler.queues.values())


def test_an_unknown_stage(world: World) -> None:
    """A first job for a stage that does not exist is refused, and nothing is left behind."""
    with pytest.raises(PluginError, match="no stage called 'nope'"):
        world.submit(spawn("a", stage="read"), spawn("b", stage="nope"))
    assert not world.scheduler.live


def test_ended_batches_leave_memory(world: World) -> None:
    """Only the newest ended batches are kept, those that ended at once included."""
    for number in range(ENDED_SHOWN + 10):
        world.submit(*(spawn("a", stage="store"),) * (number % 2))
        world.done()
    assert len(world.scheduler.live) == ENDED_SHOWN
    assert min(world.scheduler.live) == 11


# -------------------------------------------------------------------- after a crash


def test_restore(world: World) -> None:
    """What ran runs again without an attempt burnt, pausing is paused, cancelling cancelled."""
    first = world.submit(*(spawn(f"k{n}", stage="read") for n in range(4)))
    running, pausing = world.start(), world.start()
    world.control("pause", Target(jobs=(pausing.id,)))
    second = world.submit(spawn("x", stage="store"))
    cancelling = world.start()
    world.control("cancel", Target(batches=(second,)))
    world.crash()
    assert world.state(running) is JobState.QUEUED
    assert world.state(pausing) is JobState.PAUSED
    assert world.state(cancelling) is JobState.CANCELLED
    assert world.batch(second).state is BatchState.CANCELLED
    world.control("resume", Target(jobs=(pausing.id,)))
    again = world.start()
    assert (again.id, again.attempt, again.fence) == (running.id, 0, 2)
    world.finish(again)
    world.done()
    assert world.batch(first).items == Items(total=4, done=4)


def test_restore_of_a_pausing_batch(world: World) -> None:
    """A batch that was pausing is paused; what it found before is not admitted twice."""
    batch_id = world.submit(finder())
    job = world.start()
    part = Checkpoint(payload=payload_of("find"), spawned=(spawn("a", stage="read"),))
    world.wrote(world.scheduler.checkpoint(job, part, world.now_s))
    world.control("pause")
    world.crash()
    assert world.batch(batch_id).state is BatchState.PAUSED
    assert world.start() is None
    world.control("resume")
    world.finish(world.start(), spawned=(spawn("a", stage="read"),))
    world.done()
    assert world.batch(batch_id).items == Items(total=1, done=1)


def test_restore_of_a_cancelling_batch_with_waiting_jobs(world: World) -> None:
    """A batch that was being cancelled ends so, whatever its jobs were doing."""
    batch_id = world.submit(spawn("a", stage="read"), spawn("b", stage="read"))
    world.start()
    batch = world.batch(batch_id)
    world.book.batches[batch_id] = Batch(
        id=batch_id, importer="fake", label="", options=b"", state=BatchState.CANCELLING,
        items=batch.items,
    )  # fmt: skip
    world.crash()
    assert world.batch(batch_id).state is BatchState.CANCELLED
    assert not world.scheduler.open


def test_booked_with_the_outcome(world: World) -> None:
    """What failed is told once, with the stage it failed in."""
    world.submit(spawn("a", stage="read"))
    events = world.finish(world.start(), JobState.FAILED, reason="broken")
    booked = [event for event in events if isinstance(event, ErrorsBooked)]
    assert [e.errors[0].item for e in booked] == ["label a"]
    assert booked[0].errors[0].stage == "read"
