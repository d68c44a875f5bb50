"""What is remembered of one batch while it goes on."""

from functools import reduce

from soniq_tui.engine.cold import Cold
from soniq_tui.model.job import Batch, Expected, Job, JobState


class Live:
    """What is remembered of one batch beyond its row."""

    __slots__ = (
        "batch", "cold", "due", "expected", "finders", "jobs", "keys", "owed", "paused", "running",
        "since_s",
    )  # fmt: skip

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.jobs: dict[int, Job] = {}
        """Jobs that have not ended and are in memory."""
        self.cold = Cold()
        """Jobs that wait and are in the journal alone."""
        self.since_s: dict[int, float] = {}
        """Of jobs in memory that are QUEUED: from when on they wait, which makes them old."""
        self.running: set[int] = set()
        self.paused: set[int] = set()
        self.finders: set[int] = set()
        """Jobs in memory that may still bring further items."""
        self.expected: dict[int, Expected] = {}
        """Of those that say so: what they are likely to bring."""
        self.keys: set[int] = set()
        """64-bit digests of the keys of all its jobs, ended ones included."""
        self.owed: dict[int, str] = {}
        """Jobs that stand for no items and ended without their work, with why; empty: cancelled.

        No count of items tells that they are missing, so the batch is not done without them.
        """
        self.due = True
        """Work has been done that its closing job, if it has one, did not see.

        Nobody knows after a restart: to be sure it runs once more.
        """

    @property
    def empty(self) -> bool:
        """Whether all its jobs have ended."""
        return not self.jobs and not self.cold

    @property
    def waiting(self) -> int:
        """Jobs that have not ended and hold no slot."""
        return len(self.jobs) - len(self.running) + len(self.cold)

    @property
    def growing(self) -> bool:
        """Whether some job may still bring further items."""
        return bool(self.finders) or self.cold.finds

    @property
    def outlook(self) -> Expected | None:
        """What is likely to be found still; None where nobody knows of all who may find any."""
        known = len(self.expected) == len(self.finders) and not self.cold.finds
        if not known or not self.expected:
            return None
        return reduce(Expected.plus, self.expected.values())

    @property
    def held_back(self) -> frozenset[int]:
        """Jobs that are paused, or about to be."""
        pausing = (i for i in self.running if self.jobs[i].state is JobState.PAUSING)
        return frozenset((*self.paused, *pausing))

    def expect(self, job_id: int, expected: Expected) -> None:
        """Note what a job is likely to bring, if it may bring any."""
        if job_id in self.finders and expected.items >= 0:
            self.expected[job_id] = expected
        else:
            self.expected.pop(job_id, None)

    def brought(self, job_id: int, items: int, expected: Expected | None) -> None:
        """A job handed over so many items, and said what it expects now, or nothing."""
        if expected is not None:
            self.expect(job_id, expected)
        elif (before := self.expected.get(job_id)) is not None and items > 0:
            left = max(0, before.items - items)
            self.expected[job_id] = Expected(left, min(left, before.ended))

    def rests(self, job_id: int) -> None:
        """A job has stopped: what it had met and not handed over it has to meet again."""
        if (before := self.expected.get(job_id)) is not None:
            self.expected[job_id] = Expected(before.items)

    def finds_no_more(self, job_id: int) -> None:
        """A job brings no further items from now on, or is not in memory any more."""
        self.finders.discard(job_id)
        self.expected.pop(job_id, None)

    def only_running(self) -> None:
        """Let go of all jobs that hold no slot."""
        self.jobs = {job_id: self.jobs[job_id] for job_id in self.running}
        for job_id in self.finders - self.running:
            self.finds_no_more(job_id)
        self.paused.clear()
        self.cold.clear()
        self.since_s.clear()
