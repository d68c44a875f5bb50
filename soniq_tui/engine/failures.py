"""The newest failure and how many like it: what the dash shows without asking the journal."""

from collections import Counter

from soniq_tui.model.events import ErrorsBooked
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.snapshot import FailureView

CAUSES_MOST = 2000
"""So many causes are counted; beyond that the counters begin anew, the journal has them all."""


class Failures:
    """Counts failures by cause as they are booked."""

    def __init__(self) -> None:
        self.newest: FailureView | None = None
        self._same: Counter[tuple[int, str, ErrorKind]] = Counter()

    def add(self, event: ErrorsBooked, importer: str, at_s: float) -> None:
        """Items of a job of ``importer`` could not be done."""
        if len(self._same) > CAUSES_MOST:
            self._same.clear()
        for error in event.errors:
            cause = (event.batch_id, error.stage, error.kind)
            self._same[cause] += 1
            self.newest = FailureView(
                at_s=at_s,
                batch_id=event.batch_id,
                importer=importer,
                item=error.item,
                stage=error.stage,
                kind=error.kind,
                reason=error.reason,
                same=self._same[cause],
            )
