"""What stages said, job by job: the newest lines of the newest jobs, in memory only.

A line is bounded where it is said; here their number is, and that of the jobs.
"""

from collections import OrderedDict, deque
from collections.abc import Sequence

from soniq_tui.model.details import Output

LINES_KEPT = 200
"""Of one job."""
JOBS_KEPT = 200
"""Jobs that said something; of older ones nothing is kept. With lines of 500 characters at the
most all of it is 20 MB, and usually a hundredth of that."""


class _Ring:
    """The lines of one job."""

    __slots__ = ("count", "lines")

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=LINES_KEPT)
        self.count = 0


class Outputs:
    """A ring for each job that said something."""

    def __init__(self) -> None:
        self._rings: OrderedDict[int, _Ring] = OrderedDict()

    def add(self, job_id: int, lines: Sequence[str]) -> None:
        """A job said something."""
        ring = self._rings.get(job_id)
        if ring is None:
            ring = self._rings[job_id] = _Ring()
            if len(self._rings) > JOBS_KEPT:
                self._rings.popitem(last=False)
        self._rings.move_to_end(job_id)
        ring.lines.extend(lines)
        ring.count += len(lines)

    def of(self, job_id: int, after: int) -> Output:
        """Return what a job said after line number ``after``."""
        ring = self._rings.get(job_id)
        if ring is None:
            return Output()
        if after > ring.count:  # asked of an engine that was there before
            after = 0
        first = max(after, ring.count - len(ring.lines))
        lines = tuple(ring.lines)[len(ring.lines) - (ring.count - first) :]
        return Output(lines=lines, after=ring.count, missed=first - after)
