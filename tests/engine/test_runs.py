"""What runners are told of running jobs, their clocks and their time limits."""

import asyncio
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from soniq_tui.engine.runs import STOPPED, Run, Runs
from soniq_tui.model.job import ErrorKind, Job, JobState, Outcome

JOB = Job(
    id=7, batch_id=1, importer="fake", stage="read", first_stage="read", key="k", label="l",
    state=JobState.RUNNING,
)  # fmt: skip


class Told:
    """A runner that remembers what it was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.progress = (3, 10)

    def ask_to_stop(self, job: Job, *, cancel: bool) -> None:
        self.heard.append("cancel" if cancel else "stop")

    def take_back(self, job: Job) -> None:
        self.heard.append("take back")

    def freeze(self, job: Job) -> None:
        self.heard.append("freeze")

    def unfreeze(self, job: Job) -> None:
        self.heard.append("unfreeze")

    def progress_of(self, job: Job) -> tuple[int, int]:
        return self.progress


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def clock() -> Iterator[Clock]:
    return Clock()


@pytest.fixture
def runs(told: Told, clock: Clock) -> Runs:
    return Runs(lambda _: told, clock, kill_grace_s=0.02, limit_grace_s=0.02)


def moved(state: JobState, **fields: object) -> Job:
    return replace(JOB, state=state, **fields)


async def _sleeps() -> None:
    await asyncio.sleep(60)


def begun(runs: Runs, limit_s: float | None = None) -> Run:
    run = runs.begin(JOB, 0, limit_s)
    run.task = asyncio.create_task(_sleeps())
    return run


async def over(run: Run) -> None:
    """Return when the run was killed."""
    with pytest.raises(asyncio.CancelledError):
        await run.task


async def test_each_move_is_told_once(runs: Runs, told: Told) -> None:
    """A runner hears of pausing, resuming and cancelling once each, and of nothing else."""
    run = begun(runs)
    runs.obey(moved(JobState.RUNNING, payload=b"checkpoint"))
    runs.obey(moved(JobState.PAUSING))
    runs.obey(moved(JobState.PAUSING, payload=b"checkpoint"))
    runs.obey(moved(JobState.RUNNING))
    runs.obey(moved(JobState.CANCELLING))
    runs.obey(moved(JobState.CANCELLING))
    assert told.heard == ["stop", "take back", "cancel"]
    await over(run)


async def test_a_frozen_job_has_no_clock(runs: Runs, told: Told, clock: Clock) -> None:
    """While a job stands still its clock does; it is never asked to stop for its limit then."""
    run = begun(runs, limit_s=10.0)
    clock.now_s += 4
    runs.obey(moved(JobState.PAUSING, frozen=True))
    clock.now_s += 1000
    runs.keep_limits()
    assert runs.run_s(run) == pytest.approx(4)
    runs.obey(moved(JobState.RUNNING))
    assert told.heard == ["freeze", "take back", "unfreeze"]
    clock.now_s += 5
    runs.keep_limits()
    assert runs.run_s(run) == pytest.approx(9)
    assert "stop" not in told.heard
    run.task.cancel()


async def test_a_frozen_job_can_be_cancelled(runs: Runs, told: Told) -> None:
    """A job that stands still is asked to cancel and let go on, so that it can."""
    run = begun(runs)
    runs.obey(moved(JobState.PAUSING, frozen=True))
    runs.obey(moved(JobState.CANCELLING))
    assert told.heard == ["freeze", "cancel", "unfreeze"]
    await over(run)


async def test_stopping_lets_frozen_jobs_go_on(runs: Runs, told: Told) -> None:
    """A host that ends asks what stands still to stop as well, and wakes it for that."""
    run = begun(runs)
    runs.obey(moved(JobState.PAUSING, frozen=True))
    runs.stop_all()
    assert told.heard == ["freeze", "unfreeze", "stop"]
    run.task.cancel()


async def test_soft_limit(runs: Runs, told: Told, clock: Clock) -> None:
    """A stage over its limit that stops when asked has failed with a timeout, for good."""
    run = begun(runs, limit_s=10.0)
    clock.now_s += 11
    runs.keep_limits()
    runs.keep_limits()
    assert told.heard == ["stop"]
    outcome = runs.judged(run, STOPPED)
    assert (outcome.state, outcome.kind) == (JobState.FAILED, ErrorKind.TIMEOUT)
    assert not outcome.retryable
    assert outcome.reason == "it ran longer than 10 s"
    runs.end(run)
    run.task.cancel()


async def test_hard_limit(runs: Runs, clock: Clock) -> None:
    """A stage that does not stop is killed; the item that held it up is under suspicion."""
    run = begun(runs, limit_s=10.0)
    clock.now_s += 11
    runs.keep_limits()
    await over(run)
    outcome = runs.judged(run, STOPPED)
    assert (outcome.kind, outcome.retryable, outcome.suspect) == (ErrorKind.TIMEOUT, True, 3)
    assert outcome.reason == "it ran longer than 10 s and had to be killed"


async def test_hard_limit_of_a_single_item(runs: Runs, told: Told, clock: Clock) -> None:
    """A job of one item that had to be killed is not tried again by itself."""
    told.progress = (0, 1)
    run = begun(runs, limit_s=10.0)
    clock.now_s += 11
    runs.keep_limits()
    await over(run)
    assert not runs.judged(run, STOPPED).retryable


async def test_what_ended_in_time_counts(runs: Runs, clock: Clock) -> None:
    """A stage that ends by itself after it was asked to stop has done its work."""
    run = begun(runs, limit_s=10.0)
    clock.now_s += 11
    runs.keep_limits()
    done = Outcome(state=JobState.DONE)
    assert runs.judged(run, done) is done
    run.task.cancel()


async def test_a_pause_is_no_timeout(runs: Runs, clock: Clock) -> None:
    """Who was paused by a person while over the limit is paused."""
    run = begun(runs, limit_s=10.0)
    clock.now_s += 11
    runs.keep_limits()
    runs.obey(moved(JobState.PAUSING))
    assert runs.judged(run, STOPPED) is STOPPED
    run.task.cancel()


async def test_cancelling_what_is_over_its_limit(runs: Runs, told: Told, clock: Clock) -> None:
    """A cancel does not wait for the patience that a time limit has."""
    runs._limit_grace_s = 60.0
    run = begun(runs, limit_s=10.0)
    clock.now_s += 11
    runs.keep_limits()
    runs.obey(moved(JobState.CANCELLING))
    assert told.heard == ["stop", "cancel"]
    async with asyncio.timeout(5):
        await over(run)


async def test_standing_still_over_the_limit(runs: Runs, told: Told, clock: Clock) -> None:
    """A job that is stopped where it is is not killed for a limit that stands still with it."""
    run = begun(runs, limit_s=10.0)
    clock.now_s += 11
    runs.keep_limits()
    runs.obey(moved(JobState.PAUSING, frozen=True))
    await asyncio.sleep(0.05)
    assert not run.task.done()
    runs.obey(moved(JobState.RUNNING))
    runs.keep_limits()
    assert told.heard == ["stop", "freeze", "take back", "unfreeze", "stop"]
    await over(run)
