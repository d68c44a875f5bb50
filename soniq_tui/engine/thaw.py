"""Cold jobs on their way into memory: which are wanted, and what comes of them. Pure."""

from collections.abc import Iterable

from msgspec.structs import replace

from soniq_tui.engine.cold import LOOK_AHEAD
from soniq_tui.engine.ledger import Ledger
from soniq_tui.engine.live import Live
from soniq_tui.engine.queue import JobQueue
from soniq_tui.model.job import BatchState, Job, JobState


class Thaw(Ledger):
    """Brings waiting jobs into memory before their turn comes."""

    def is_live(self, job_id: int) -> bool:
        """Whether a job has not ended, in memory or not. O(batches)."""
        return any(job_id in live.jobs or job_id in live.cold for live in self.live.values())

    def cold_among(self, ids: Iterable[int]) -> tuple[int, ...]:
        """Return those of these jobs that wait and are in the journal alone."""
        cold = [live.cold for live in self.live.values() if live.cold]
        if not cold:
            return ()
        return tuple(job_id for job_id in ids if any(job_id in each for each in cold))

    def thirsty(self) -> list[list[int]]:
        """Return the cold jobs whose rows are wanted now, by batch and stage.

        O(batches) when nothing is cold.

        Each is named once; it stays cold until :meth:`thaw` brings it. A batch that is paused wants
        nothing.
        """
        wanted = []
        for live in self.live.values():
            if live.cold and live.batch.state is BatchState.RUNNING:
                for stage, _ in list(live.cold.parts()):
                    queue = self.route(live.batch.importer, stage).queue
                    if self._dry(live, queue) and (ids := live.cold.ask(stage, self._half)):
                        wanted.append(ids)
        return wanted

    def thaw(self, jobs: Iterable[Job], now_s: float) -> None:
        """Take in rows of cold jobs; those that are not cold any more are passed over.

        A job is as old as it was when it turned cold, and behind all that wait in memory as long:
        which jobs are kept there must not change the order in which they start.
        """
        groups: dict[tuple[int, str], dict[int, Job]] = {}
        for job in jobs:
            groups.setdefault((job.batch_id, job.stage), {})[job.id] = job
        for (batch_id, stage), rows in groups.items():
            live = self.live.get(batch_id)
            part = live.cold.part(stage) if live else None
            if live is None or part is None:
                continue
            since_s = {job_id: part.since_s(job_id, now_s) for job_id in rows}
            for job_id in sorted(live.cold.take(stage, set(rows))):
                # What is cold is QUEUED; a row may have been read while it was not.
                job = rows[job_id]
                if job.state is not JobState.QUEUED:
                    job = replace(job, state=JobState.QUEUED)
                self._hold(live, job)
                self.queue_of(job).count(batch_id, 0, cold=-1)
                self._place(live, job, since_s[job_id], now_s)

    @property
    def _half(self) -> int:
        return max(1, self.hot_most // 2)

    def _dry(self, live: Live, queue: JobQueue) -> bool:
        """Whether a queue will soon run out of jobs of a batch, those that are coming counted."""
        coming = sum(
            len(part.asked)
            for stage, part in live.cold.parts()
            if self.route(live.batch.importer, stage).queue is queue
        )
        batch_id = live.batch.id
        ahead = queue.hot(batch_id) + coming < LOOK_AHEAD * self.hot_most
        return ahead and queue.ready(batch_id) + coming < self._half
