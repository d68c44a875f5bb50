"""Pause, resume, cancel, retry and slots; and what a new host makes of it all."""

import pytest

from soniq_tui.engine.control import MAX_PRIORITY
from soniq_tui.engine.ledger import ENDED_SHOWN
from soniq_tui.errors import PluginError, UsageError
from soniq_tui.model.commands import Target
from soniq_tui.model.events import BatchChanged, ErrorsBooked
from soniq_tui.model.job import (
    Batch,
    BatchState,
    Begun,
    Checkpoint,
    Items,
    Job,
    JobState,
)
from tests.engine.desks import ALL, Desk, restored
from tests.engine.journals import a_batch
from tests.engine.strategies import QUEUES, fault, finder, payload_of, spawn


@pytest.fixture
def world() -> Desk:
    return Desk()


# -------------------------------------------------------------------- pause, resume


def test_pausing_is_shown_until_true(world: Desk) -> None:
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


def test_resumed_before_it_had_stopped(world: Desk) -> None:
    """A job that was resumed before its stage had stopped runs on."""
    batch_id = world.submit(spawn("a", stage="read"))
    job = world.start()
    world.control("pause")
    world.control("resume")
    assert world.state(job) is JobState.RUNNING
    assert world.batch(batch_id).state is BatchState.RUNNING


def test_a_stage_that_ends_while_pausing(world: Desk) -> None:
    """A stage that ended all the same leaves its job paused at the next one."""
    world.submit(spawn("a", stage="read"))
    job = world.start()
    world.control("pause")
    world.finish(job)
    assert world.state(job) is JobState.PAUSED
    world.control("resume")
    assert world.start().stage == "group"


def test_pause_of_one_job(world: Desk) -> None:
    """A job can be paused by itself; the others go on."""
    world.submit(spawn("a", stage="read"), spawn("b", stage="read"))
    world.control("pause", Target(jobs=(1,)))
    assert world.start().key == "b"
    assert world.start() is None
    world.control("resume", Target(jobs=(1,)))
    assert world.start().key == "a"


# -------------------------------------------------------------------- cancel


def test_cancelling_is_shown_until_true(world: Desk) -> None:
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


def test_cancelling_a_batch_twice(world: Desk) -> None:
    """The same batch named twice is cancelled once."""
    batch_id = world.submit(spawn("a", stage="read"))
    events = world.control("cancel", Target(batches=(batch_id, batch_id)))
    assert sum(isinstance(event, BatchChanged) for event in events) == 1


@pytest.mark.parametrize("how", ["checkpoint", "finish"])
def test_what_a_cancelled_batch_still_finds(world: Desk, how: str) -> None:
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


def test_a_retry_of_some_of_what_was_cancelled(world: Desk) -> None:
    """A cancelled batch is done when all of it is, not when its failed jobs have been retried."""
    batch_id = world.submit(*(spawn(f"k{n}", stage="read", items=3) for n in range(3)))
    world.finish(world.start(), JobState.FAILED)
    world.control("cancel")
    assert world.retry(batch_id, JobState.FAILED)
    world.done()
    assert world.batch(batch_id).state is BatchState.CANCELLED
    assert world.batch(batch_id).items == Items(total=9, done=3)
    assert world.retry(batch_id, JobState.CANCELLED)
    world.done()
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items == Items(total=9, done=9)


@pytest.mark.parametrize("how", ["here", "elsewhere", "restarted"])
def test_a_search_that_was_cancelled_is_owed(world: Desk, how: str) -> None:
    """A batch whose discovery was cancelled is done when that has run, not when all it found is."""
    batch_id = world.submit(finder(), spawn("a", stage="read"))
    search, job = world.start(), world.start()
    world.finish(job, JobState.FAILED)
    world.control("cancel")
    world.finish(search, JobState.CANCELLED)
    if how == "elsewhere":
        world.crash()
    assert world.retry(batch_id, JobState.FAILED)
    if how == "restarted":
        world.crash()
    world.done()
    assert world.batch(batch_id).items == Items(total=1, done=1)
    assert world.batch(batch_id).state is BatchState.CANCELLED
    assert world.retry(batch_id, JobState.CANCELLED)
    world.done()
    assert world.batch(batch_id).state is BatchState.DONE


def test_a_search_that_is_cancelled_by_itself(world: Desk) -> None:
    """What is found of it is done; a batch that nobody searched to its end is not."""
    batch_id = world.submit(finder(), spawn("a", stage="read"))
    world.control("cancel", Target(jobs=(1,)))
    world.done()
    assert world.batch(batch_id).state is BatchState.CANCELLED
    assert world.batch(batch_id).items == Items(total=1, done=1)


def test_a_retry_of_one_of_two_searches(world: Desk) -> None:
    """A batch is FAILED for as long as one of its searches is, and tells of that one."""
    batch_id = world.submit(finder("one"), finder("two"))
    for reason in ("no disk", "no network"):
        world.finish(world.start(), JobState.FAILED, reason=reason)
    assert world.batch(batch_id).error == "no network"
    jobs = [job for job in world.book.of(batch_id) if job.key == "two"]
    batch, keys, owed = world.batch(batch_id), world.book.keys(batch_id), world.book.owed(batch_id)
    world.wrote(world.scheduler.retry(batch, jobs, keys, world.now_s, owed)[1])
    world.done()
    assert world.batch(batch_id).state is BatchState.FAILED
    assert world.batch(batch_id).error == "no disk"
    world.retry(batch_id)
    world.done()
    assert world.batch(batch_id).state is BatchState.DONE


def test_the_last_commit_counts(world: Desk) -> None:
    """A job that was done when it should have been cancelled is done."""
    batch_id = world.submit(spawn("a", stage="read"))
    world.finish(world.start())
    world.finish(world.start())
    job = world.start()
    world.control("cancel")
    world.finish(job)
    assert world.state(job) is JobState.DONE
    assert world.batch(batch_id).state is BatchState.CANCELLED


def test_cancel_of_one_job(world: Desk) -> None:
    """A job can be given up by itself; its batch goes on and ends."""
    batch_id = world.submit(spawn("a", stage="read"), spawn("b", stage="read"))
    world.control("cancel", Target(jobs=(1,)))
    world.done()
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items == Items(total=2, done=1, skipped=1)


def test_a_job_that_is_cancelled_while_it_goes_back(world: Desk) -> None:
    """One that should have begun again when it was given up is complete all the same."""
    batch_id = world.submit(spawn("a", stage="read", items=3), spawn("b", stage="read"))
    job = world.start()
    world.control("cancel", Target(jobs=(job.id,)))
    world.finish(job, JobState.FAILED, back=True, reason="spool gone")
    world.done()
    assert world.state(job) is JobState.CANCELLED
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items == Items(total=4, done=1, skipped=3)
    world.retry(batch_id, JobState.CANCELLED)
    world.done()
    assert world.batch(batch_id).items == Items(total=4, done=4)


def test_what_had_failed_when_it_was_cancelled(world: Desk) -> None:
    """Items that a stage had given up before it stopped have failed, the others are skipped."""
    batch_id = world.submit(spawn("a", stage="read", items=5), spawn("b", stage="read"))
    job = world.start()
    world.control("cancel", Target(jobs=(job.id,)))
    errors = (fault("x"), fault("y"))
    world.finish(job, JobState.CANCELLED, items=Items(failed=2), errors=errors)
    world.done()
    assert world.batch(batch_id).items == Items(total=6, done=1, failed=2, skipped=3)
    assert world.book.errors[job.id] == list(errors)
    world.retry(batch_id, JobState.CANCELLED)
    world.done()
    assert world.batch(batch_id).items == Items(total=6, done=6)
    assert not world.book.errors


# -------------------------------------------------------------------- retry


def test_retry_of_failed_jobs(world: Desk) -> None:
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


def test_retry_of_a_finder_goes_on(world: Desk) -> None:
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


def test_retry_of_another_job_leaves_a_batch_failed(world: Desk) -> None:
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


def test_retry_of_what_had_not_ended(world: Desk) -> None:
    """A job that ran when the journal was read and is done by now is not run again."""
    batch_id = world.submit(spawn("a", stage="store"), spawn("b", stage="read"))
    job = world.start()
    stale = world.book.jobs[job.id]
    world.finish(job)
    batch, keys = world.batch(batch_id), world.book.keys(batch_id)
    assert world.scheduler.retry(batch, [stale], keys, world.now_s) == (0, [])


def test_retry_while_cancelling(world: Desk) -> None:
    """Nothing is queued again in a batch that is being cancelled: it could never end."""
    batch_id = world.submit(spawn("a", stage="read"), spawn("b", stage="read"))
    world.finish(world.start(), JobState.FAILED, reason="broken")
    world.start()
    world.control("cancel")
    assert world.retry(batch_id) == 0


def test_retry_of_a_batch_of_another_host(world: Desk) -> None:
    """A batch that has not ended and was not taken over is left alone."""
    batch = Batch(id=77, importer="fake", label="", options=b"")
    job = Job(id=9, batch_id=77, importer="fake", stage="read", first_stage="read", key="k",
              label="", state=JobState.FAILED)  # fmt: skip
    assert world.scheduler.retry(batch, [job], ["k"], world.now_s) == (0, [])
    assert 77 not in world.scheduler.live


# -------------------------------------------------------------------- slots, refusals, memory


def test_resize_drains(world: Desk) -> None:
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
def test_resize_refused(world: Desk, queue: str, slots: int) -> None:
    """A queue that does not exist or slots it cannot have are refused."""
    with pytest.raises(UsageError):
        world.scheduler.resize(queue, slots)


@pytest.mark.parametrize("priority", [MAX_PRIORITY + 1, -(10**30)])
def test_priority_refused(world: Desk, priority: int) -> None:
    """A priority beyond all bounds, which no database would hold, is refused."""
    with pytest.raises(UsageError):
        world.submit(spawn("a", stage="read"), priority=priority)
    with pytest.raises(UsageError):
        world.scheduler.set_priority(ALL, priority)
    assert not world.scheduler.live


def test_a_queue_without_a_consumer() -> None:
    """An importer that waits in a queue nobody serves is refused, and nothing is left behind."""
    queues = {name: queue for name, queue in QUEUES.items() if name != "store"}
    world = Desk(queues)
    with pytest.raises(PluginError, match="'store', which nobody serves; there are: scan"):
        world.submit(spawn("a", stage="read"))
    assert not world.scheduler.live
    assert all(queue.depth == 0 for queue in world.scheduler.queues.values())


def test_an_unknown_stage(world: Desk) -> None:
    """A first job for a stage that does not exist is refused, and nothing is left behind."""
    with pytest.raises(PluginError, match="no stage called 'nope'"):
        world.submit(spawn("a", stage="read"), spawn("b", stage="nope"))
    assert not world.scheduler.live


def test_ended_batches_leave_memory(world: Desk) -> None:
    """Only the newest ended batches are kept, those that ended at once included."""
    for number in range(ENDED_SHOWN + 10):
        world.submit(*(spawn("a", stage="store"),) * (number % 2))
        world.done()
    assert len(world.scheduler.live) == ENDED_SHOWN
    assert min(world.scheduler.live) == 11


@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_a_batch_that_nobody_knows(world: Desk, verb: str) -> None:
    """What names none that is there changes none."""
    batch_id = world.submit(spawn("a", stage="read"))
    world.control(verb, Target(batches=(99,)))
    assert world.batch(batch_id).state is BatchState.RUNNING


def test_only_what_has_ended_takes_an_empty_place(world: Desk) -> None:
    """Nobody works on an old batch that has not ended and is not in memory: it is not shown."""
    ended = a_batch(7, state=BatchState.DONE)
    world.scheduler.show_ended([a_batch(6), ended, a_batch(8, state=BatchState.PAUSED)])
    assert [live.batch for live in world.scheduler.live.values()] == [ended]
    world.wrote(world.scheduler.forget([(7, 1.0)]))
    world.scheduler.show_ended([ended])
    assert not world.scheduler.live, "what was forgotten does not come back"


# -------------------------------------------------------------------- after a crash


def test_restore_of_what_has_ended_needs_no_importer(world: Desk) -> None:
    """A batch that is only shown may be of an importer that is gone."""
    ended = a_batch(7, state=BatchState.DONE, importer="gone")
    world.wrote(restored(world.scheduler, [ended], [], [], world.now_s))
    assert [live.batch for live in world.scheduler.live.values()] == [ended]


@pytest.mark.parametrize("had_begun", [False, True])
def test_restore_of_a_job_that_was_being_cancelled(world: Desk, had_begun: bool) -> None:
    """A batch that goes on without a job is complete, also where its host died at that moment."""
    batch_id = world.submit(spawn("a", stage="read", items=3), spawn("b", stage="read"))
    job = world.start()
    world.control("cancel", Target(jobs=(job.id,)))
    board = [Begun(job_id=job.id, fence=job.fence, position=0)] if had_begun else []
    world.crash(*board)
    world.done()
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items == Items(total=4, done=1, skipped=3)


def test_restore(world: Desk) -> None:
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


def test_restore_of_a_pausing_batch(world: Desk) -> None:
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


def test_restore_of_a_cancelling_batch_with_waiting_jobs(world: Desk) -> None:
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


def test_booked_with_the_outcome(world: Desk) -> None:
    """What failed is told once, with the stage it failed in."""
    world.submit(spawn("a", stage="read"))
    events = world.finish(world.start(), JobState.FAILED, reason="broken")
    booked = [event for event in events if isinstance(event, ErrorsBooked)]
    assert [e.errors[0].item for e in booked] == ["label a"]
    assert booked[0].errors[0].stage == "read"
