"""A scheduler with its journal and a clock, and short words for what tests do with it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from soniq_tui.engine.restore import NOBODY, SUSPECT_WAIT_S
from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.model.commands import Target
from soniq_tui.model.events import Event
from soniq_tui.model.job import Batch, Begun, Job, JobState, Outcome, Spawn
from soniq_tui.model.settings import QueueSettings
from tests.engine.strategies import QUEUES, Book, payload_of, scheduler

ALL = Target()


def restored(
    scheduler: Scheduler,
    batches: Iterable[Batch],
    jobs: Iterable[Job],
    keys: Iterable[tuple[int, str]],
    now_s: float,
    *,
    begun: Mapping[int, Begun] = NOBODY,
    owed: Iterable[Job] = (),
) -> list[Event]:
    """Let a scheduler take over what another one left, in all steps."""
    scheduler.restore_batches(batches, keys, owed)
    return [*scheduler.restore_jobs(jobs, now_s, begun), *scheduler.restored(now_s, 3.0)]


class Desk:
    """A scheduler with its journal and a clock, and short words for what tests do."""

    def __init__(
        self,
        queues: dict[str, QueueSettings] = QUEUES,
        make: Callable[..., Scheduler] = scheduler,
        **options: Any,
    ) -> None:
        self.scheduler: Scheduler = make(queues, **options)
        self.make, self.queues, self.options = make, queues, options
        self.book = Book()
        self.now_s = 100.0

    def wrote(self, events: list) -> list:
        self.book.apply(events)
        return events

    def submit(self, *spawns: Spawn, priority: int = 0) -> int:
        batch_id, events = self.scheduler.submit(
            "fake", "label", b"", spawns, priority=priority, now_s=self.now_s, now_at_s=1.0
        )
        self.wrote(events)
        return batch_id

    def start(self) -> Job | None:
        self.supply()
        started = self.scheduler.start_next(self.now_s)
        if started is None:
            return None
        self.wrote(started[2])
        return started[0]

    def supply(self) -> None:
        """Bring the rows that the scheduler wants in memory."""
        for ids in self.scheduler.thirsty():
            self.scheduler.thaw(self.book.rows(ids), self.now_s)

    def named(self, *ids: int) -> Target:
        """Name single jobs, in memory by then."""
        self.scheduler.thaw(self.book.rows(self.scheduler.cold_among(ids)), self.now_s)
        return Target(jobs=ids)

    def finish(self, job: Job, state: JobState = JobState.DONE, **fields: Any) -> list:
        following = self.scheduler.route(job.importer, job.stage).following
        if state is JobState.DONE and following:
            fields.setdefault("payload", payload_of(following))
        outcome = Outcome(state=state, **fields)
        return self.wrote(self.scheduler.finish(job, outcome, self.now_s, 2.0))

    def done(self) -> None:
        """Do all that can be done now."""
        while job := self.start():
            self.finish(job)

    def retry(self, batch_id: int, *states: JobState) -> int:
        states = states or (JobState.FAILED,)
        jobs = [job for job in self.book.of(batch_id) if job.state in states]
        batch, keys = self.book.batches[batch_id], self.book.keys(batch_id)
        owed = self.book.owed(batch_id)
        count, events = self.scheduler.retry(batch, jobs, keys, self.now_s, owed)
        self.wrote(events)
        return count

    def batch(self, batch_id: int) -> Batch:
        return self.book.batches[batch_id]

    def state(self, job: Job) -> JobState:
        return self.book.jobs[job.id].state

    def control(self, verb: str, target: Target = ALL, **how: Any) -> list:
        extra = () if verb == "resume" else (2.0,)
        return self.wrote(getattr(self.scheduler, verb)(target, self.now_s, *extra, **how))

    def crash(self, *begun: Begun) -> None:
        """Another host begins with what is written, and with what the board says had begun."""
        hot_most = self.scheduler.hot_most
        self.scheduler = self.make(self.queues, **self.options)
        self.scheduler.hot_most = hot_most
        batches = list(self.book.batches.values())
        keys = [(b.id, key) for b in batches for key in self.book.keys(b.id)]
        self.scheduler.start_ids(len(batches) + 1, len(self.book.jobs) + 1)
        board = {each.job_id: each for each in begun}
        left = self.book.restored()
        owed = [job for batch in batches for job in self.book.owed(batch.id)]
        how = {"begun": board, "owed": owed}
        self.wrote(restored(self.scheduler, batches, left, keys, self.now_s, **how))
        self.now_s += SUSPECT_WAIT_S  # suspects wait for so long
