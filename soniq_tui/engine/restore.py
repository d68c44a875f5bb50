"""What becomes of the work of an earlier host: what ran runs again, unless it is to blame.

A job that was being run when a host died may have been the reason (it took all the memory), or may
have been there by chance (a power cut). So a death costs it an attempt, which alone never fails it;
only the same item at several deaths in a row is left out, or the job set aside. Synchronous, pure.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from soniq_tui.engine.control import Control
from soniq_tui.engine.ledger import booked, digest
from soniq_tui.engine.live import Live
from soniq_tui.model.events import BatchChanged, Event, JobChanged
from soniq_tui.model.job import (
    HOLDS_SLOT,
    Batch,
    BatchState,
    Begun,
    ErrorKind,
    ItemError,
    Items,
    Job,
    JobState,
)

MAX_SUSPECTS = 20
"""A job so many items of which killed a child or the host is bad as a whole."""
SUSPECT_WAIT_S = 5.0
"""A job that would be set aside at the next death waits for so long after a start: what kills a
host right after it has started must not be put down to the job that happens to be first, and the
others get done before the one that may be poison."""
NOBODY: Mapping[int, Begun] = MappingProxyType({})
BACK = {
    JobState.RUNNING: JobState.QUEUED,
    JobState.PAUSING: JobState.PAUSED,
    JobState.CANCELLING: JobState.CANCELLED,
}
"""Where a job is after its host died."""


class Restore(Control):
    """Takes over what an earlier host left, in steps, so that a screen can paint in between.

    First all batches, then their jobs, then :meth:`restored`; what was running runs again.
    """

    def restore_batches(
        self,
        batches: Iterable[Batch],
        keys: Iterable[tuple[int, str]],
        owed: Iterable[Job] = (),
    ) -> None:
        """Take over batches; may be called again with more keys.

        Args:
            batches: those to work on; ended ones are only shown.
            keys: ``(batch id, key)`` of all jobs of those batches.
            owed: jobs of those batches that ended without their work (see ``Live``).
        """
        for batch in batches:
            self.live[batch.id] = Live(batch)
        for job in owed:
            self._owe(self.live[job.batch_id], job)
        for batch_id, key in keys:
            self.live[batch_id].keys.add(digest(key))

    def restore_jobs(
        self, jobs: Iterable[Job], now_s: float, begun: Mapping[int, Begun] = NOBODY
    ) -> list[Event]:
        """Take over jobs that have not ended; may be called again with more.

        ``begun`` are, by id, those that were being run when the host died.
        """
        events: list[Event] = []
        before: dict[int, Batch] = {}
        for job in jobs:
            live = self.live[job.batch_id]
            before.setdefault(job.batch_id, live.batch)
            mark = begun.get(job.id)
            self._hold(live, job)
            if mark is not None and _was_started(job, mark):
                events += self._blame(live, job, mark, now_s)
            elif job.state in BACK:
                events.append(self._put(live, self._back(live, self._kept_back(job, now_s)), now_s))
            elif job.state is JobState.QUEUED:
                self._enqueue(live, self._kept_back(job, now_s), now_s)
            elif job.state is JobState.PAUSED:
                live.paused.add(job.id)
        lives = [self.live[batch_id] for batch_id in before]
        changed = [live.batch for live in lives if live.batch is not before[live.batch.id]]
        return [*events, *(BatchChanged(batch=batch) for batch in changed)]

    def restore_cold(self, batch_id: int, stage: str, ids: Iterable[int]) -> None:
        """Take over jobs that wait and are like any other, without their rows."""
        self.add_cold(self.live[batch_id], stage, tuple(ids))

    def restored(self, now_s: float, now_at_s: float) -> list[Event]:
        """Let batches move on as their jobs say: the last step."""
        events: list[Event] = []
        for live in list(self.live.values()):
            for _, part in live.cold.parts():
                part.mark(now_s)
            if live.batch.state is BatchState.CANCELLING and not live.empty:
                events += self._cancel_batch(live, now_s, now_at_s)
            else:
                closing = self._close(live, now_s)
                settled = self._settle(live, now_at_s)
                changed = [BatchChanged(batch=live.batch)] if closing else []
                events += [*closing, *(settled or changed)]
        return events

    def _back(self, live: Live, job: Job, **changes: object) -> Job:
        """Return a job whose host died as it is after that."""
        job = replace(job, **changes)
        if job.state is JobState.CANCELLING:
            return self._given_up(live, job)
        return job.moved(BACK[job.state])

    # ---------------------------------------------------------------- blame

    def _kept_back(self, job: Job, now_s: float) -> Job:
        """Return a job that waits after this start, too, if it is one of those that do."""
        if not self._suspected(job):
            return job
        return replace(job, not_before_s=max(job.not_before_s, now_s + SUSPECT_WAIT_S))

    def _blame(self, live: Live, job: Job, begun: Begun, now_s: float) -> list[Event]:
        """A job was being run when the host died: note it, and decide whether it runs again."""
        deaths = job.deaths + 1 if job.died_at == begun.position else 1
        run = replace(
            job if job.state in HOLDS_SLOT else job.moved(JobState.RUNNING),
            attempt=job.attempt + 1,
            fence=max(job.fence, begun.fence),
            deaths=deaths,
            died_at=begun.position,
        )
        if deaths >= self._host_deaths_most and run.state is not JobState.CANCELLING:
            known = begun.position in run.suspects or len(run.suspects) >= MAX_SUSPECTS
            if begun.total <= 1 or known:
                return self._set_aside(live, job, run, now_s)
            # What was to blame is left out: all that was counted against the job counts anew.
            suspects = (*run.suspects, begun.position)
            run = replace(run, suspects=suspects, attempt=0, deaths=0, died_at=-1)
        live.jobs[job.id] = run
        wait_s = SUSPECT_WAIT_S if run.deaths == self._host_deaths_most - 1 else 0.0
        due_s = now_s + wait_s if wait_s and run.state is JobState.RUNNING else run.not_before_s
        return [self._put(live, self._back(live, run, not_before_s=due_s), now_s)]

    def _set_aside(self, live: Live, job: Job, run: Job, now_s: float) -> list[Event]:
        """``job``, as the journal has it, does not run again until someone wants it to."""
        if run.state is not JobState.RUNNING:
            run = run.moved(JobState.RUNNING)
        live.jobs[run.id] = run
        # The journal follows the table of moves too: only what runs can be set aside.
        events: list[Event] = [] if job.state is run.state else [JobChanged(job=run)]
        reason = f"it was being run at {run.deaths} deaths of the host in a row"
        error = ItemError(
            item=run.label,
            stage=run.stage,
            kind=ErrorKind.CRASHED,
            reason=reason,
            attempts=run.attempt,
        )
        rest = Items(failed=run.items.left)
        self._count(live, rest)
        if not run.weight:
            live.batch = replace(live.batch, error=reason)
        moved = run.moved(JobState.SET_ASIDE, items=run.items.plus(rest), error=reason)
        return [*events, *booked(run, (error,)), self._put(live, moved, now_s)]


def _was_started(job: Job, begun: Begun) -> bool:
    """Whether the board tells of the newest start of a job, or of one that was not yet written."""
    if job.state in HOLDS_SLOT:
        return begun.fence >= job.fence
    return job.state is JobState.QUEUED and begun.fence > job.fence
