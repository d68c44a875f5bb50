"""The newest failure and how many like it: what the dash shows without asking the journal."""

from collections import Counter
from collections.abc import Container

import msgspec

from soniq_tui.model.events import ErrorsBooked
from soniq_tui.model.job import ErrorKind, ItemError
from soniq_tui.model.snapshot import FailureView

CAUSES_MOST = 2000
"""So many causes are counted; beyond that the counters begin anew, the journal has them all."""
JOBS_MOST = 2000
"""Of so many jobs it is known what they counted for; a retry of an older one lowers no count."""
Cause = tuple[int, str, ErrorKind, str]
"""Batch, stage, kind and reason: what the list of causes tells apart."""


def _cause(batch_id: int, error: ItemError | FailureView) -> Cause:
    return batch_id, error.stage, error.kind, error.reason


class Failures:
    """Counts failures by cause as they are booked, and no longer once their job starts again."""

    def __init__(self) -> None:
        self._same: Counter[Cause] = Counter()
        self._of_job: dict[int, tuple[FailureView, Counter[Cause]]] = {}
        """The newest failure of each job and what it counted for; who failed last comes last."""

    @property
    def newest(self) -> FailureView | None:
        """The newest failure that still counts; None where there is none."""
        if not self._of_job:
            return None
        view, _counts = self._of_job[next(reversed(self._of_job))]
        return msgspec.structs.replace(view, same=self._same[_cause(view.batch_id, view)])

    def add(self, event: ErrorsBooked, importer: str, at_s: float) -> None:
        """Items of a job of ``importer`` could not be done."""
        if len(self._same) > CAUSES_MOST:
            self._same.clear()
            self._of_job.clear()
        counts = self._of_job.pop(event.job_id, (None, Counter[Cause]()))[1]
        new = Counter(_cause(event.batch_id, error) for error in event.errors)
        counts.update(new)
        self._same.update(new)
        last = event.errors[-1]
        view = FailureView(
            at_s=at_s,
            batch_id=event.batch_id,
            importer=importer,
            item=last.item,
            stage=last.stage,
            kind=last.kind,
            reason=last.reason,
        )
        self._of_job[event.job_id] = view, counts
        if len(self._of_job) > JOBS_MOST:
            del self._of_job[next(iter(self._of_job))]

    def forget(self, batch_ids: Container[int]) -> None:
        """Batches were removed: what failed in them is no longer told."""
        gone = [i for i, (view, _counts) in self._of_job.items() if view.batch_id in batch_ids]
        for job_id in gone:
            self.clear(job_id)

    def clear(self, job_id: int) -> None:
        """A job starts again: what was booked for it no longer counts."""
        _view, counts = self._of_job.pop(job_id, (None, Counter[Cause]()))
        self._same.subtract(counts)
        for cause in counts:
            if self._same[cause] <= 0:
                del self._same[cause]
