"""What starts, what fails and what comes back, case by case."""

import math

import pytest
from msgspec.structs import replace

from soniq_tui.engine.queue import AGEING_S
from soniq_tui.engine.retry import NO_ROOM_S
from soniq_tui.engine.scheduler import MAX_STARTS
from soniq_tui.model.commands import Target
from soniq_tui.model.events import BatchChanged, ErrorsCleared
from soniq_tui.model.job import (
    BatchState,
    Checkpoint,
    ErrorKind,
    Items,
    JobState,
)
from tests.engine.desks import Desk
from tests.engine.strategies import QUEUES, fault, finder, payload_of, spawn


@pytest.fixture
def world() -> Desk:
    return Desk()


# -------------------------------------------------------------------- the way of a job


def test_stages_in_order(world: Desk) -> None:
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


def test_a_finder_brings_jobs(world: Desk) -> None:
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


def test_a_finder_takes_back_what_it_booked(world: Desk) -> None:
    """What has mended counts no more in the job and its batch; what others booked does."""
    batch_id = world.submit(finder())
    found = world.start()

    def hand_over(**part: object) -> None:
        part = {"payload": payload_of("find"), **part}
        world.wrote(world.scheduler.checkpoint(found, Checkpoint(**part), world.now_s))

    hand_over(spawned=(spawn("a", stage="read", items=2),))
    other = world.start()
    world.finish(other, items=Items(failed=1), errors=(fault(),))
    three = (fault(), fault(), fault())
    hand_over(items=Items(total=4, skipped=1, failed=3), errors=three)
    assert world.batch(batch_id).items == Items(total=6, skipped=1, failed=4)
    hand_over(items=Items(total=1, failed=1), errors=(fault(),), anew=True)
    assert world.batch(batch_id).items == Items(total=4, skipped=1, failed=2)
    assert len(world.book.errors[found.id]) == 1
    hand_over(anew=True)
    assert world.batch(batch_id).items == Items(total=3, skipped=1, failed=1)
    assert found.id not in world.book.errors
    assert len(world.book.errors[other.id]) == 1


def test_what_a_job_was_admitted_for_is_not_taken_back(world: Desk) -> None:
    """Items that are no finder's own stay as they ended."""
    batch_id = world.submit(spawn("a", stage="read", items=2))
    job = world.start()
    part = Checkpoint(payload=payload_of("read"), items=Items(failed=1), errors=(fault(),))
    world.wrote(world.scheduler.checkpoint(job, part, world.now_s))
    again = Checkpoint(payload=payload_of("read"), anew=True)
    world.wrote(world.scheduler.checkpoint(job, again, world.now_s))
    assert world.batch(batch_id).items == Items(total=2, failed=1)
    assert len(world.book.errors[job.id]) == 1


def test_an_empty_batch(world: Desk) -> None:
    """A batch of nothing is DONE with total 0 at once."""
    batch_id = world.submit()
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.batch(batch_id).items == Items()
    assert not world.scheduler.open


def test_failed_items_fail_the_job_not_the_batch(world: Desk) -> None:
    """A batch is DONE when every item has ended, failed ones included."""
    batch_id = world.submit(spawn("a", stage="read", items=5))
    job = world.start()
    world.finish(job, items=Items(failed=2), errors=(fault(), fault()))
    world.done()
    assert world.batch(batch_id).items == Items(total=5, done=3, failed=2)
    assert world.batch(batch_id).state is BatchState.DONE
    assert world.state(job) is JobState.FAILED
    assert len(world.book.errors[job.id]) == 2


def test_a_job_without_items_fails_its_batch(world: Desk) -> None:
    """A batch has FAILED when a job that stands for no items, its discovery, fails as a whole."""
    batch_id = world.submit(finder())
    world.finish(world.start(), JobState.FAILED, reason="no such folder")
    assert world.batch(batch_id).state is BatchState.FAILED
    assert world.batch(batch_id).error == "no such folder"


def test_a_skipped_job_skips_its_items(world: Desk) -> None:
    """The items of a job that had nothing to do are skipped."""
    batch_id = world.submit(spawn("a", stage="read", items=4))
    world.finish(world.start(), JobState.SKIPPED, reason="unchanged")
    assert world.batch(batch_id).items == Items(total=4, skipped=4)


def test_a_stage_that_counts_too_many(world: Desk) -> None:
    """More items than there were lift the total: nobody is shown 3 of 1."""
    batch_id = world.submit(spawn("a", stage="read", items=1))
    world.finish(world.start(), items=Items(done=3))
    assert world.batch(batch_id).items == Items(total=3, done=3)
    world.done()
    assert world.batch(batch_id).items == Items(total=3, done=3)


def test_a_late_result_is_dropped(world: Desk) -> None:
    """A result that carries an older fence changes nothing."""
    world.submit(spawn("a", stage="read"))
    old = world.start()
    world.finish(old, JobState.PAUSED)
    world.start()
    assert world.finish(old) == []
    assert world.state(old) is JobState.RUNNING


# -------------------------------------------------------------------- order


def test_priority_of_batches(world: Desk) -> None:
    """The batch with the larger priority starts first, and a change of it counts at once."""
    low = world.submit(spawn("a", stage="read"))
    high = world.submit(spawn("b", stage="read"), priority=5)
    assert world.start().batch_id == high
    world.wrote(world.scheduler.set_priority(Target(batches=(low,)), 10))
    assert world.batch(low).priority == 10
    assert world.start().batch_id == low


def test_equals_in_order(world: Desk) -> None:
    """Of equals, the one that was queued first starts first."""
    world.submit(*(spawn(f"k{n}", stage="read") for n in range(4)))
    assert [world.start().key, world.start().key] == ["k0", "k1"]


def test_later_stages_first(world: Desk) -> None:
    """A queue with a larger priority is served first."""
    world.submit(*(spawn(f"k{n}", stage="read") for n in range(4)))
    world.finish(world.start())
    assert world.start().stage == "group"
    assert world.start().stage == "read"


def test_ageing(world: Desk) -> None:
    """Low work is not starved: after enough waiting it goes before fresh high work."""
    low = world.submit(spawn("old", stage="read"))
    world.now_s += 5 * AGEING_S + 1
    world.submit(spawn("new", stage="read"), priority=5)
    assert world.start().batch_id == low


def test_no_ageing_yet(world: Desk) -> None:
    """Before that time the larger priority wins."""
    world.submit(spawn("old", stage="read"))
    world.now_s += 5 * AGEING_S - 1
    high = world.submit(spawn("new", stage="read"), priority=5)
    assert world.start().batch_id == high


def test_back_pressure(world: Desk) -> None:
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


def test_a_paused_batch_holds_nobody_up(world: Desk) -> None:
    """What waits in a full queue because its batch is paused does not stop other batches."""
    first = world.submit(*(spawn(f"k{n}", stage="read") for n in range(4)))
    world.scheduler.queues["group"].held = True
    for _ in range(QUEUES["group"].depth_limit):
        world.finish(world.start())
    assert world.start() is None
    world.control("pause", Target(batches=(first,)))
    second = world.submit(spawn("other", stage="read"))
    assert world.start().batch_id == second


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("batches", [3, 60])
def test_many_batches_are_not_looked_at_one_by_one(
    world: Desk, monkeypatch: pytest.MonkeyPatch, batches: int, full: bool
) -> None:
    """Of many batches one job is examined for a start, and none where the next queue is full."""
    world.submit(*(spawn(f"k{n}", stage="read") for n in range(4)))
    world.scheduler.queues["group"].held = True
    for _ in range(QUEUES["group"].depth_limit - (not full)):
        world.finish(world.start())
    for _ in range(batches):
        world.now_s += 1
        world.submit(spawn("other", stage="read"))
    examined = []
    suspected = world.scheduler._suspected
    monkeypatch.setattr(
        world.scheduler, "_suspected", lambda job: examined.append(job.id) or suspected(job)
    )
    started = world.scheduler.start_next(world.now_s)
    assert (started is None) is full
    # The one that starts is looked at once more, whether it may be to blame.
    assert examined == ([] if full else [started[0].id] * 2)


# -------------------------------------------------------------------- failing


def test_retry_with_backoff() -> None:
    """A passing fault is tried again after a growing wait, and fails at the last attempt."""
    world = Desk(max_attempts=3, chance=lambda: 1.0)
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


def test_asked_to_wait() -> None:
    """A job that was told when to come back waits so long, or a little longer."""
    world = Desk(chance=lambda: 1.0)
    world.submit(spawn("a", stage="read"))
    world.finish(world.start(), JobState.FAILED, retryable=True, reason="busy", retry_after_s=100.0)
    assert world.scheduler.next_due_s() == world.now_s + 110.0
    world.now_s += 110.0
    assert world.start().attempt == 1


def test_asked_to_come_back_at_once(world: Desk) -> None:
    """A job that may come back at once does."""
    world.submit(spawn("a", stage="read"))
    world.finish(world.start(), JobState.FAILED, retryable=True, reason="busy", retry_after_s=0.0)
    assert world.start().attempt == 1


@pytest.mark.parametrize(
    ("asked_s", "wait_s"),
    [(None, 5.0), (7.0, 7.0), (-5.0, 5.0), (math.nan, 5.0), (math.inf, 3600.0)],
)
def test_who_is_blameless_waits_within_bounds(
    world: Desk, asked_s: float | None, wait_s: float
) -> None:
    """Whatever a plug-in says, it is neither at once nor never, and a time that can be kept."""
    world.submit(spawn("a", stage="read"))
    how = {"retryable": True, "blameless": True, "retry_after_s": asked_s}
    world.finish(world.start(), JobState.FAILED, **how)
    assert world.scheduler.next_due_s() == world.now_s + wait_s
    world.now_s += wait_s
    assert world.start().attempt == 0


def test_a_delayed_job_blocks_nobody() -> None:
    """A job that is not yet due never blocks those behind it."""
    world = Desk(chance=lambda: 1.0)
    world.submit(spawn("a", stage="read"), spawn("b", stage="read"), priority=9)
    first = world.start()
    world.finish(first, JobState.FAILED, retryable=True, reason="gone")
    assert world.start().key == "b"
    assert world.scheduler.queues["read"].depth == 1


def test_a_success_begins_the_count_anew(world: Desk) -> None:
    """Attempts belong to a stage: the next one has its own."""
    world.submit(spawn("a", stage="read"))
    world.finish(world.start(), JobState.FAILED, retryable=True, reason="gone")
    world.now_s += 10
    job = world.start()
    assert (job.attempt, job.not_before_s > 0) == (1, True)
    world.finish(job)
    job = world.start()
    assert (job.attempt, job.not_before_s) == (0, 0.0)


def test_suspects(world: Desk) -> None:
    """An item on which a child died twice is left out, and the job goes on."""
    world.submit(spawn("a", stage="read", items=9))
    for _ in range(2):
        job = world.start()
        assert job.suspects == ()
        world.finish(job, JobState.FAILED, retryable=True, suspect=4, reason="killed")
    assert world.start().suspects == (4,)


def test_the_next_stage_leaves_nothing_out(world: Desk) -> None:
    """The places of items at which children died were those of the stage before."""
    world.submit(spawn("a", stage="read", items=9))
    for suspect in (4, 4, 6):
        world.finish(world.start(), JobState.FAILED, retryable=True, suspect=suspect)
    job = world.start()
    assert (job.suspects, job.accused) == ((4,), 6)
    world.finish(job)
    job = world.start()
    assert (job.suspects, job.accused) == ((), -1)


def test_deaths_on_different_items(world: Desk) -> None:
    """Deaths on ever other items are no item's fault: the job fails after its attempts."""
    batch_id = world.submit(spawn("a", stage="read", items=9))
    for suspect in (1, 2, 3):
        world.finish(
            world.start(), JobState.FAILED, retryable=True, suspect=suspect, reason="killed"
        )
    assert world.batch(batch_id).items.failed == 9


def test_go_back(world: Desk) -> None:
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


def test_going_back_for_ever(world: Desk) -> None:
    """A job that goes back again and again fails in the end."""
    batch_id = world.submit(spawn("a", stage="read"))
    starts = 0
    while job := world.start():
        world.finish(job, JobState.FAILED, back=True, reason="spool gone")
        starts += 1
    assert starts == MAX_STARTS
    assert world.batch(batch_id).items.failed == 1


def test_counters_are_written_with_what_changed_them(world: Desk) -> None:
    """The batch's row is written whenever its items changed, also when its job was cancelled."""
    batch_id = world.submit(spawn("a", stage="read", items=3), spawn("b", stage="read"))
    job = world.start()
    world.control("cancel", Target(jobs=(job.id,)))
    events = world.finish(job, items=Items(failed=1), errors=(fault(),))
    assert any(isinstance(event, BatchChanged) for event in events)
    assert world.batch(batch_id).items.failed == 1


def test_a_full_disk_fails_nobody() -> None:
    """What finds no room tries again every five seconds, as often as it takes."""
    desk = Desk(max_attempts=2)
    desk.submit(spawn("a", stage="read"))
    for _ in range(5):
        job = desk.start()
        assert job.attempt == 0
        desk.finish(job, JobState.FAILED, kind=ErrorKind.DISK_FULL, reason="full", retryable=True)
        assert desk.start() is None
        assert desk.scheduler.next_due_s() == desk.now_s + NO_ROOM_S
        desk.now_s += NO_ROOM_S
    desk.done()
    assert desk.batch(1).items == Items(total=1, done=1)


def test_names_tell_no_secrets_of_addresses() -> None:
    """Batches and jobs are called by addresses without logins; their keys tell them apart."""
    desk = Desk()
    url = "https://ada:pw@a.fr/x?token={}"
    draft = desk.scheduler.draft("fake", url.format(1), b"", now_at_s=1.0)
    one, two = (replace(spawn(url.format(n), stage="read"), label=url.format(n)) for n in (1, 2))
    desk.scheduler.add_to(draft, [one, two])
    seen = "https://a.fr/x?token=********"
    assert [draft.batch.label, *(job.label for job in draft.jobs)] == [seen] * 3
    assert [job.key for job in draft.jobs] == [one.key, two.key]


def test_a_batch_in_slices_is_one_batch() -> None:
    """A batch that is put together in slices is the same as one that came whole."""
    whole, parts = Desk(), Desk()
    whole.scheduler.hot_most = parts.scheduler.hot_most = 3
    spawns = [spawn(str(n), stage="read") for n in range(12)] + [finder("f"), finder("f")]
    whole.submit(*spawns)
    draft = parts.scheduler.draft("fake", "label", b"", now_at_s=1.0)
    assert not parts.scheduler.live
    for at in range(0, len(spawns), 5):
        parts.scheduler.add_to(draft, spawns[at : at + 5])
        assert parts.start() is None
    parts.wrote(draft.complete(1.0))
    assert not parts.scheduler.live
    parts.scheduler.submit_draft(draft, parts.now_s)
    for desk in (whole, parts):
        live = desk.scheduler.live[1]
        assert (len(live.jobs), len(live.cold), live.waiting) == (4, 9, 13)
        assert desk.scheduler.queues["read"].depth == 12
    assert whole.batch(1) == parts.batch(1)
    assert whole.book.jobs.keys() == parts.book.jobs.keys()


def test_a_batch_that_was_removed_before_it_was_shown() -> None:
    """A batch of nothing that is removed while it is being written does not come back."""
    desk = Desk()
    draft = desk.scheduler.draft("fake", "label", b"", now_at_s=1.0)
    draft.complete(1.0)
    desk.scheduler.forget([(draft.batch.id, 1.0)])
    desk.scheduler.submit_draft(draft, desk.now_s)
    assert not desk.scheduler.live
