"""Jobs that are let into a batch while it goes on: what it finds, and what closes it. Pure."""

from collections.abc import Callable, Iterable, Mapping

from soniq_tui.engine.draft import made
from soniq_tui.engine.ledger import Ledger, digest
from soniq_tui.engine.live import Live
from soniq_tui.importers.base import Importer
from soniq_tui.model.events import Event, JobAdmitted
from soniq_tui.model.job import (
    BATCH_ENDED,
    BatchState,
    Expected,
    Items,
    Job,
    JobState,
    Spawn,
)
from soniq_tui.model.settings import QueueSettings
from soniq_tui.model.text import plain


class Admission(Ledger):
    """Numbers jobs and lets them in."""

    def __init__(
        self, importer: Callable[[str], Importer], queues: Mapping[str, QueueSettings]
    ) -> None:
        super().__init__(importer, queues)
        self._next_job = 1
        self._next_batch = 1

    def start_ids(self, next_batch: int, next_job: int) -> None:
        """Number new batches and jobs from these on; called before anything else."""
        self._next_batch, self._next_job = next_batch, next_job

    def _admit(self, live: Live, spawns: Iterable[Spawn], now_s: float) -> list[Event]:
        """Let new jobs in.

        What a batch that is being cancelled still finds is cancelled with it: booked, so that it
        can be retried, but never queued, which would keep the batch from ending.
        """
        events: list[Event] = []
        cancelled = live.batch.state is BatchState.CANCELLING
        first = self._importer(live.batch.importer).stages[0].name
        items = 0
        for spawn in spawns:
            key = plain(spawn.key)
            if digest(key) in live.keys:
                continue
            live.keys.add(digest(key))
            stage = spawn.stage or first
            job = made(live.batch, spawn, key, stage, self._next_job)
            self._next_job += 1
            items += spawn.items
            self._hold(live, job)
            events.append(JobAdmitted(job=self._enqueue(live, job, now_s)))
            if spawn.expected is not None:
                live.expect(job.id, Expected(spawn.expected))
            if cancelled:
                waiting = live.jobs[job.id]
                events.append(self._put(live, waiting.moved(JobState.CANCELLED), now_s))
        self._count(live, Items(total=items))
        return events

    def _worked(self, live: Live, job: Job) -> None:
        """A job was run: the closing one has not seen what came of it, unless it spawned it."""
        if job.stage != self._importer(job.importer).closing:
            live.due = live.due or not self.route(job.importer, job.stage).late

    def _close(self, live: Live, now_s: float) -> list[Event]:
        """Admit the closing job of a batch whose last other job has just ended.

        Its key holds its number: after a retry of other jobs it is due once more, also where these
        ended while it ran. What it spawned itself does not make it due.
        """
        over = live.batch.state is BatchState.CANCELLING or live.batch.state in BATCH_ENDED
        if not live.due or not live.empty or over:
            return []
        closing = self._importer(live.batch.importer).closing
        if not closing:
            return []
        live.due = False
        spawn = Spawn(
            key=f"{closing} {self._next_job}",
            label=live.batch.label,
            payload=live.batch.options,
            stage=closing,
            items=0,
            expected=0,  # as a rule: all was found
        )
        return self._admit(live, [spawn], now_s)
