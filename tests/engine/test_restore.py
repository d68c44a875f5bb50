"""What a host finds that comes after one which died: who is to blame, and who is not."""

import pytest

from soniq_tui.engine.restore import MAX_SUSPECTS, SUSPECT_WAIT_S
from soniq_tui.model.commands import Target
from soniq_tui.model.events import JobChanged
from soniq_tui.model.job import (
    BatchState,
    Begun,
    Checkpoint,
    ErrorKind,
    Items,
    Job,
    JobState,
)
from soniq_tui.model.settings import QueueSettings
from tests.engine.desks import Desk
from tests.engine.strategies import QUEUES, finder, payload_of, spawn


@pytest.fixture
def world() -> Desk:
    return Desk()


def begun(job: Job, position: int = 0, total: int = 0, fence: int | None = None) -> Begun:
    return Begun(
        job_id=job.id,
        fence=job.fence if fence is None else fence,
        position=position,
        total=total,
    )


def die(world: Desk, times: int, position: int = 0, total: int = 0) -> Job:
    """Start the only job and let the host die, so often; return the job as it is written."""
    for _ in range(times):
        job = world.start()
        world.crash(begun(job, position, total))
    return world.book.jobs[1]


def test_only_what_had_begun_burns_an_attempt(world: Desk) -> None:
    """Of two jobs that were running, only the one that the board names is charged."""
    world.submit(spawn("a", stage="read"), spawn("b", stage="read"))
    first, second = world.start(), world.start()
    world.crash(begun(second, position=3, total=9))
    one, other = world.book.jobs[first.id], world.book.jobs[second.id]
    assert (one.state, one.attempt, one.deaths, one.died_at) == (JobState.QUEUED, 0, 0, -1)
    assert (other.state, other.attempt, other.deaths, other.died_at) == (JobState.QUEUED, 1, 1, 3)
    world.done()
    assert world.batch(1).items == Items(total=2, done=2)


def test_an_old_board(world: Desk) -> None:
    """A job that has moved on since the board was written is not charged."""
    world.submit(spawn("a", stage="read"))
    old = world.start()
    world.finish(old, JobState.PAUSED)
    world.start()
    world.crash(begun(old))
    assert world.book.jobs[1].attempt == 0


def test_a_job_that_was_stopped(world: Desk) -> None:
    """A job that had stopped before the host died is not charged for the board's old entry."""
    world.submit(spawn("a", stage="read"))
    old = world.start()
    world.finish(old, JobState.PAUSED)
    world.crash(begun(old))
    assert (world.book.jobs[1].attempt, world.book.jobs[1].state) == (0, JobState.QUEUED)


def test_a_start_that_was_not_yet_written(world: Desk) -> None:
    """A job whose start the journal had not yet seen is charged, and its fence catches up."""
    world.submit(spawn("a", stage="read"))
    job = world.book.jobs[1]
    world.crash(begun(job, fence=1))
    after = world.book.jobs[1]
    assert (after.state, after.attempt, after.fence, after.deaths) == (JobState.QUEUED, 1, 1, 1)
    assert world.start().fence == 2


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_asked_to_stop(world: Desk, verb: str) -> None:
    """What was pausing is paused and what was cancelling cancelled, charged or not."""
    world.submit(spawn("a", stage="read"))
    job = world.start()
    world.control(verb, Target(jobs=(job.id,)))
    world.crash(begun(job))
    after = world.book.jobs[1]
    assert after.state is {"pause": JobState.PAUSED, "cancel": JobState.CANCELLED}[verb]
    assert after.attempt == 1


def test_poison(world: Desk) -> None:
    """A job that was at the same place at three deaths of the host is set aside, and says so."""
    world.submit(spawn("a", stage="read", items=4), spawn("b", stage="store"))
    world.finish(world.start())
    job = die(world, 2)
    assert (job.state, job.deaths) == (JobState.QUEUED, 2)
    job = die(world, 1)
    assert job.state is JobState.SET_ASIDE
    assert "3 deaths of the host" in job.error
    (error,) = world.book.errors[job.id]
    assert (error.kind, error.item, error.attempts) == (ErrorKind.CRASHED, "label a", 3)
    assert error.reason == job.error
    assert world.batch(1).items == Items(total=5, done=1, failed=4)
    assert world.batch(1).state is BatchState.DONE
    assert world.start() is None


def test_poison_and_retried(world: Desk) -> None:
    """A person can have it run again; what was counted against it is forgotten."""
    world.submit(spawn("a", stage="read", items=4))
    die(world, 3)
    assert world.retry(1, JobState.SET_ASIDE) == 1
    job = world.book.jobs[1]
    assert (job.deaths, job.died_at, job.attempt, job.suspects) == (0, -1, 0, ())
    world.done()
    assert world.batch(1).items == Items(total=4, done=4)


def test_a_bad_item_is_left_out(world: Desk) -> None:
    """Of a job of several items only the one is left out at which the host died."""
    world.submit(spawn("a", stage="read", items=9))
    job = die(world, 3, position=4, total=9)
    assert (job.state, job.suspects) == (JobState.QUEUED, (4,))
    assert (job.attempt, job.deaths, job.died_at) == (0, 0, -1)
    job = die(world, 3, position=7, total=9)
    assert job.suspects == (4, 7)
    world.done()
    assert world.batch(1).state is BatchState.DONE


def test_a_bad_item_that_is_not_left_out(world: Desk) -> None:
    """Where leaving an item out does not help the job is set aside after all."""
    world.submit(spawn("a", stage="read", items=9))
    die(world, 3, position=4, total=9)
    assert die(world, 3, position=4, total=9).state is JobState.SET_ASIDE


def test_too_many_bad_items() -> None:
    """A job of nothing but bad items is set aside in the end."""
    world = Desk(host_deaths_most=1)
    world.submit(spawn("a", stage="read", items=99))
    for position in range(MAX_SUSPECTS):
        assert die(world, 1, position, 99).state is JobState.QUEUED
    assert die(world, 1, 50, 99).state is JobState.SET_ASIDE


def test_power_cuts_are_nobodys_fault(world: Desk) -> None:
    """Deaths at ever other places never fail a job by themselves."""
    world.submit(spawn("a", stage="read", items=99))
    for position in range(30):
        job = die(world, 1, position, 99)
        assert (job.state, job.deaths) == (JobState.QUEUED, 1)
    assert job.attempt == 30
    world.done()
    assert world.batch(1).items == Items(total=99, done=99)


def test_a_checkpoint_acquits(world: Desk) -> None:
    """A job that got on between two deaths is not at the same place."""
    world.submit(finder())
    die(world, 2)
    job = world.start()
    part = Checkpoint(payload=payload_of("find"))
    world.wrote(world.scheduler.checkpoint(job, part, world.now_s))
    world.crash(begun(job))
    assert world.book.jobs[1].deaths == 1


def test_a_stage_that_ended_acquits(world: Desk) -> None:
    """Deaths belong to a stage: the next one has its own."""
    world.submit(spawn("a", stage="read"))
    die(world, 2)
    world.finish(world.start())
    assert (world.book.jobs[1].deaths, world.book.jobs[1].died_at) == (0, -1)
    assert die(world, 1).deaths == 1


def test_going_back_acquits(world: Desk) -> None:
    """A job that starts at its first stage again begins anew."""
    world.submit(spawn("a", stage="read"))
    die(world, 2)
    world.finish(world.start(), JobState.FAILED, back=True, reason="spool gone")
    assert world.book.jobs[1].deaths == 0


def test_discovery_set_aside_fails_its_batch(world: Desk) -> None:
    """A batch whose discovery is set aside could not do its work, and says why."""
    world.submit(finder())
    die(world, 3)
    assert world.batch(1).state is BatchState.FAILED
    assert "deaths of the host" in world.batch(1).error


@pytest.mark.parametrize("how", ["queued", "pausing"])
def test_set_aside_by_way_of_running(how: str) -> None:
    """The journal sees only legal moves: what is set aside was running the moment before."""
    world = Desk(host_deaths_most=1)
    world.submit(spawn("a", stage="read"))
    if how == "queued":
        mark = begun(world.book.jobs[1], fence=1)
    else:
        job = world.start()
        world.control("pause", Target(jobs=(1,)))
        mark = begun(job)
    seen: list = []
    applied, world.book.apply = (
        world.book.apply,
        lambda events: (seen.extend(events), applied(events)),
    )
    world.crash(mark)
    states = [event.job.state for event in seen if isinstance(event, JobChanged)]
    assert states == [JobState.RUNNING, JobState.SET_ASIDE]


def test_a_charged_job_that_is_paused_runs_again_when_resumed(world: Desk) -> None:
    """What was frozen when the host died is paused, and no longer frozen."""
    world.submit(spawn("a", stage="read"))
    job = world.start()
    world.control("pause", hard=True)
    assert world.book.jobs[1].frozen
    world.crash(begun(job))
    assert not world.book.jobs[1].frozen
    assert world.batch(1).state is BatchState.PAUSED
    world.control("resume")
    world.done()
    assert world.batch(1).state is BatchState.DONE


def test_a_suspect_waits() -> None:
    """Who would be set aside at the next death lets the others go first, for five seconds."""
    desk = Desk()
    desk.submit(spawn("suspect", stage="read"))
    for _ in range(2):
        suspect = desk.start()
        desk.crash(begun(suspect))
    desk.now_s -= SUSPECT_WAIT_S
    desk.submit(spawn("other", stage="read"))
    assert desk.start().key == "other"
    assert desk.start() is None
    desk.now_s = desk.scheduler.next_due_s()
    assert desk.start().key == "suspect"


@pytest.mark.parametrize("handed_over", [False, True])
def test_a_suspect_waits_after_each_start(*, handed_over: bool) -> None:
    """Kills that come soon after many starts are not put down to it when its time has come."""
    desk = Desk()
    desk.submit(spawn("suspect", stage="read"))
    for _ in range(2):
        desk.crash(begun(desk.start()))
    if handed_over:
        assert desk.start().key == "suspect"  # no child had begun it
    desk.crash()
    desk.now_s -= SUSPECT_WAIT_S
    assert desk.start() is None
    desk.now_s = desk.scheduler.next_due_s()
    assert desk.start().key == "suspect"


def test_suspects_are_tried_one_at_a_time() -> None:
    """Who ran beside the one that kills the host, whenever it did, is not set aside with it."""
    desk = Desk(QUEUES | {"read": QueueSettings(slots=4, priority=20)})
    desk.submit(*(spawn(key, stage="read") for key in ("poison", "good", "also good")))
    for _ in range(2):
        beside = [desk.start() for _ in range(3)]
        desk.crash(*map(begun, beside))
    on_trial = desk.start()
    assert (on_trial.key, desk.start()) == ("poison", None)
    desk.crash(begun(on_trial))
    assert desk.state(on_trial) is JobState.SET_ASIDE
    on_trial = desk.start()
    assert (on_trial.key, desk.start()) == ("good", None)
    desk.finish(on_trial)
    desk.done()
    assert desk.start() is None
    desk.now_s = desk.scheduler.next_due_s()
    assert desk.start().key == "also good"
    desk.finish(desk.book.jobs[3])
    desk.done()
    assert desk.batch(1).items == Items(total=3, done=2, failed=1)


def test_a_suspect_is_not_handed_over_ahead() -> None:
    """A child would begin it at once behind another job, whatever is on trial by then."""
    desk = Desk()
    desk.submit(spawn("suspect", stage="read"))
    for _ in range(2):
        desk.crash(begun(desk.start()))
    desk.now_s -= SUSPECT_WAIT_S
    desk.submit(spawn("other", stage="read"))
    assert desk.start().key == "other"
    desk.now_s += SUSPECT_WAIT_S
    queue = desk.scheduler.queues["read"]
    assert desk.scheduler.reserve_next(queue, next(iter(queue.busy)), desk.now_s) is None
    assert desk.start().key == "suspect"
