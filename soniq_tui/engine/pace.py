"""How fast everything and each batch goes: feeds the meters from what starts and ends."""

from soniq_tui.engine.meter import BatchMeter, Meter
from soniq_tui.model.job import Batch, Job, JobState

WHOLE = frozenset({JobState.DONE, JobState.SKIPPED, JobState.FAILED})
"""Ends after which the time of a job is that of all its items."""


class Pace:
    """One meter for all, one for each batch."""

    def __init__(self) -> None:
        self.all = Meter()
        self.batches: dict[int, BatchMeter] = {}

    def started(self, batch_id: int, queue: str, active: int, now_s: float) -> None:
        """A job began in ``queue``, where now ``active`` slots are busy."""
        self.all.begin(now_s)
        meter = self._of(batch_id)
        meter.begin(now_s)
        meter.started(queue, active)

    def stage_ended(self, batch_id: int, queue: str, run_s: float) -> None:
        """A stage of a batch ended in ``queue`` after ``run_s``."""
        self._of(batch_id).ended(queue, run_s)

    def job_ended(self, job: Job) -> None:
        """A job ended."""
        if job.state in WHOLE:
            self.all.took(job.weight, job.run_s)
            self._of(job.batch_id).took(job.weight, job.run_s)

    def items(self, batch_id: int, items: int, now_s: float) -> None:
        """``items`` of a batch ended now."""
        self.all.add(items, now_s)
        self._of(batch_id).add(items, now_s)

    def rest(self, batch_id: int, now_s: float) -> None:
        """No job of a batch runs any more."""
        if batch_id in self.batches:
            self.batches[batch_id].rest(now_s)

    def worked_s(self, batch: Batch, now_s: float) -> float:
        """Return for how long at least one job of a batch ran, earlier hosts included."""
        meter = self.batches.get(batch.id)
        return batch.worked_s + (meter.working_s(now_s) if meter else 0.0)

    def forget(self, batch_id: int) -> None:
        """A batch is no longer held; should it come back, its row tells how long it was worked."""
        self.batches.pop(batch_id, None)

    def _of(self, batch_id: int) -> BatchMeter:
        return self.batches.setdefault(batch_id, BatchMeter())
