"""The jobs that are being run: their tasks, their clocks, and what their runners were told."""

import asyncio
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from soniq_tui.model.job import ErrorKind, Job, JobState, Outcome
from soniq_tui.model.ports import Runner

STOPPED = Outcome(state=JobState.PAUSED)
"""What came of a run that was cut short; where its job goes, its state tells."""
_STOPPED_STATES = frozenset({JobState.PAUSED, JobState.CANCELLED})


class Run(msgspec.Struct, eq=False):
    """One job that is being run."""

    job: Job
    """As it was started."""
    slot: int
    since_s: float
    limit_s: float | None
    told: Job
    """The job as its runner knows of it: its state, and whether it stands still."""
    handed: bool = False
    """The process of its slot has it already: what is handed over now begins after it."""
    task: asyncio.Task[None] | None = None
    killer: asyncio.TimerHandle | None = None
    frozen_since_s: float | None = None
    frozen_s: float = 0.0
    """How long it stood still before ``frozen_since_s``."""
    asked_to_stop: bool = False
    """It is over its time limit and was asked to stop."""
    killed_at: tuple[int, int] | None = None
    """Where it was, of how many items, when it was killed for its time limit."""
    doing: str = ""
    """What it said last that it does now."""

    def stood_s(self, now_s: float) -> float:
        """Return how long its processes have been stopped where they were."""
        still_s = 0.0 if self.frozen_since_s is None else now_s - self.frozen_since_s
        return self.frozen_s + still_s


class Runs:
    """All runs of an engine.

    Args:
        runner_of: finds the runner of a job.
        clock: monotonic seconds.
        kill_grace_s: from being asked to cancel to being killed.
        limit_grace_s: from being asked to stop at a time limit to being killed.
    """

    def __init__(
        self,
        runner_of: Callable[[Job], Runner],
        clock: Callable[[], float],
        *,
        kill_grace_s: float,
        limit_grace_s: float,
    ) -> None:
        self._runner_of, self._clock = runner_of, clock
        self._kill_grace_s, self._limit_grace_s = kill_grace_s, limit_grace_s
        self.by_id: dict[int, Run] = {}

    def begin(self, job: Job, slot: int, limit_s: float | None) -> Run:
        """A job has been given a slot."""
        run = self.by_id[job.id] = Run(job, slot, self._clock(), limit_s, told=job)
        return run

    def end(self, run: Run) -> None:
        """Its task is over."""
        del self.by_id[run.job.id]
        self._no_killer(run)

    def _no_killer(self, run: Run) -> None:
        if run.killer is not None:
            run.killer.cancel()
            run.killer = None

    def run_s(self, run: Run) -> float:
        """Return how long it has been running, the time it stood still left out."""
        now_s = self._clock()
        return now_s - run.since_s - run.stood_s(now_s)

    def running_s(self) -> dict[int, float]:
        """Return how long each job that is being run has been, by its number."""
        return {job_id: self.run_s(run) for job_id, run in self.by_id.items()}

    # ---------------------------------------------------------------- telling the runner

    def obey(self, job: Job) -> None:
        """A job moved; if it is being run, its runner is told what that means."""
        run = self.by_id.get(job.id)
        # A checkpoint moves nothing: it must not take back what a stop of the engine asked for.
        if run is None or (run.told.state is job.state and run.told.frozen == job.frozen):
            return
        before, run.told = run.told, job
        runner = self._runner_of(run.job)
        if job.frozen and not before.frozen:
            run.frozen_since_s = self._clock()
            if run.asked_to_stop:  # for its time limit, which stands still now
                run.asked_to_stop = False
                self._no_killer(run)
            runner.freeze(run.job)
            return
        if job.state is JobState.PAUSING:
            runner.ask_to_stop(run.job, cancel=False)
        elif job.state is JobState.RUNNING:
            runner.take_back(run.job)
        elif job.state is JobState.CANCELLING:
            runner.ask_to_stop(run.job, cancel=True)
            self._no_killer(run)  # that of a time limit has more patience
            self._kill_after(run, self._kill_grace_s)
        if before.frozen and not job.frozen:
            self._unfreeze(run)

    def _unfreeze(self, run: Run) -> None:
        run.frozen_s, run.frozen_since_s = run.stood_s(self._clock()), None
        self._runner_of(run.job).unfreeze(run.job)

    def stop_all(self) -> None:
        """Ask everything to stop at its next item, whatever stands still included."""
        self.unfreeze_all()
        for run in self.by_id.values():
            self._runner_of(run.job).ask_to_stop(run.job, cancel=False)

    def unfreeze_all(self) -> None:
        """Let everything go on that stands still, so that it can end."""
        for run in self.by_id.values():
            if run.frozen_since_s is not None:
                self._unfreeze(run)

    def kill_all(self) -> None:
        """Cut everything short."""
        for run in list(self.by_id.values()):
            self.kill(run)

    def kill(self, run: Run) -> None:
        """Cut a run short; its task ends when nothing of the job runs any more."""
        # Once only: a second cancellation would meet the runner while it ends the child.
        if run.task is not None and not run.task.cancelling():
            run.task.cancel()

    def _kill_after(self, run: Run, grace_s: float) -> None:
        run.killer = asyncio.get_running_loop().call_later(grace_s, self.kill, run)

    # ---------------------------------------------------------------- time limits

    def keep_limits(self) -> None:
        """Ask what is over its time limit to stop, and kill it when it does not."""
        for run in self.by_id.values():
            over = run.limit_s is not None and self.run_s(run) > run.limit_s
            if over and not run.asked_to_stop and run.told.state is JobState.RUNNING:
                run.asked_to_stop = True
                self._runner_of(run.job).ask_to_stop(run.job, cancel=False)
                run.killer = asyncio.get_running_loop().call_later(
                    self._limit_grace_s, self._kill_for_limit, run
                )

    def _kill_for_limit(self, run: Run) -> None:
        run.killed_at = self._runner_of(run.job).progress_of(run.job)
        self.kill(run)

    def judged(self, run: Run, outcome: Outcome) -> Outcome:
        """Return what came of a run, its time limit considered."""
        if not run.asked_to_stop or outcome.state not in _STOPPED_STATES:
            return outcome
        if run.told.state is not JobState.RUNNING:
            return outcome  # a person wanted it to stop as well
        reason = f"it ran longer than {run.limit_s:,.0f} s"
        position, total = run.killed_at or (0, 0)
        at_an_item = total > 1
        if run.killed_at is not None:
            reason += " and had to be killed"
        return replace(
            outcome,
            state=JobState.FAILED,
            kind=ErrorKind.TIMEOUT,
            reason=reason,
            # Its processes are gone, so nothing of the old attempt lives; only an item that holds
            # up many others is worth another try, without it.
            retryable=at_an_item,
            suspect=position if at_an_item else None,
        )
