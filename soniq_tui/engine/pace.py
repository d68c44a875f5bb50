"""How fast everything, each batch and each queue goes: feeds the meters as jobs start and end."""

from collections.abc import Sequence

from soniq_tui.engine.eta import Eta
from soniq_tui.engine.meter import BatchMeter, Meter, QueueMeter
from soniq_tui.model.job import Batch, Expected, Job, JobState

WHOLE = frozenset({JobState.DONE, JobState.SKIPPED, JobState.FAILED})
"""Ends after which the time of a job is that of all its items."""


class Pace:
    """One meter for all, one for each batch, one for each queue."""

    def __init__(self) -> None:
        self.all = Meter()
        self.batches: dict[int, BatchMeter] = {}
        self.queues: dict[str, QueueMeter] = {}

    def started(
        self, batch_id: int, queue: str, active: int, now_s: float, *, seeks: bool = False
    ) -> None:
        """A job began in ``queue``, where now ``active`` slots are busy.

        ``seeks``: it only looks for items that others work on.
        """
        self.all.begin(now_s)
        self._of(batch_id).started(queue, active, now_s, seeks=seeks)
        self.queue(queue).started(now_s)

    def stage_ended(
        self,
        batch_id: int,
        queue: str,
        run_s: float,
        now_s: float,
        *,
        failed: bool = False,
        stopped: bool = False,
        seeks: bool = False,
    ) -> None:
        """A stage of a batch ended in ``queue``, or was stopped, after ``run_s``.

        Args:
            batch_id: whose.
            queue: where.
            run_s: how long it ran.
            now_s: now.
            failed: whether it failed.
            stopped: whether it stopped half-way because it was asked to.
            seeks: as when it began.
        """
        self._of(batch_id).ended(queue, run_s, now_s, seeks=seeks)
        self.queue(queue).stage_ended(run_s, now_s, failed=failed, stopped=stopped)

    def job_ended(self, job: Job) -> None:
        """A job ended."""
        if job.state in WHOLE:
            self.all.took(job.weight, job.run_s)
            self._of(job.batch_id).took(job.weight, job.run_s)

    def items(self, batch_id: int, items: int, now_s: float, *, worked: bool = True) -> None:
        """``items`` of a batch ended now; without ``worked`` they ended as they were found."""
        self.all.add(items, now_s, worked=worked)
        self._of(batch_id).add(items, now_s, worked=worked)

    def found(
        self, batch_id: int, items: int, passed: int, now_s: float, *, expecting: bool
    ) -> None:
        """``items`` of a batch were found now; see ``BatchMeter.found``."""
        self._of(batch_id).found(items, passed, now_s, expecting=expecting)

    def rest(self, batch_id: int, now_s: float) -> None:
        """No job of a batch runs any more."""
        if batch_id in self.batches:
            self.batches[batch_id].rest(now_s)

    def worked_s(self, batch: Batch, now_s: float) -> float:
        """Return for how long at least one job of a batch ran, earlier hosts included."""
        meter = self.batches.get(batch.id)
        return batch.worked_s + (meter.working_s(now_s) if meter else 0.0)

    def eta(
        self,
        batch: Batch,
        now_s: float,
        *,
        ages_s: Sequence[float],
        waiting: int,
        growing: bool,
        outlook: Expected | None = None,
    ) -> Eta | None:
        """Return the time left of a batch that works, or None while that would be a guess.

        Args:
            batch: the batch.
            now_s: now.
            ages_s: for how long each of its jobs that run has been running, in all its stages.
            waiting: how many jobs have not begun.
            growing: whether more jobs may come: then those that are known tell little.
            outlook: what is likely to be found still; None: nobody knows.
        """
        meter = self.batches.get(batch.id)
        if meter is None:
            return None
        if growing and outlook is not None:
            expected = outlook.items - outlook.ended
            return meter.eta_of_search(batch.items.left, expected, now_s)
        if growing:
            return meter.eta(batch.items.left, now_s)
        slots = meter.busy.mean(now_s)
        return meter.eta(batch.items.left, now_s, ages_s=ages_s, waiting=waiting, slots=slots)

    def queue(self, name: str) -> QueueMeter:
        """Return the meter of a queue."""
        meter = self.queues.get(name)
        if meter is None:
            meter = self.queues[name] = QueueMeter()
        return meter

    def forget(self, batch_id: int) -> None:
        """A batch is no longer held; should it come back, its row tells how long it was worked."""
        self.batches.pop(batch_id, None)

    def _of(self, batch_id: int) -> BatchMeter:
        meter = self.batches.get(batch_id)
        if meter is None:
            meter = self.batches[batch_id] = BatchMeter()
        return meter
