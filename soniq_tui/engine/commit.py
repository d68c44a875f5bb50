"""One transaction of the journal: facts turned into rows."""

import sqlite3
from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from soniq_tui.engine.opening import SQL
from soniq_tui.engine.rows import (
    KEEP_BYTES,
    Values,
    attempt_values,
    batch_values,
    error_values,
    history_values,
    identity_values,
    job_values,
)
from soniq_tui.model.events import (
    AttemptEnded,
    AutoscaleSet,
    BatchChanged,
    BatchEmptied,
    BatchForgotten,
    Counted,
    ErrorsBooked,
    ErrorsCleared,
    Event,
    JobAdmitted,
    JobChanged,
    QueueHeld,
    Scaled,
    SlotsResized,
)
from soniq_tui.model.job import TERMINAL, Batch, Job, JobState
from soniq_tui.model.snapshot import HistoryRow
from soniq_tui.model.text import plain

SCALES_MOST = 1000
"""So many scale events are kept."""
HISTORY_MOST = 200_000
"""So many minutes of queues and batches are kept: some 20 MB."""
ATTEMPTS_MOST = 50_000
"""Runs that ended are kept, some 5 MB; of those of the oldest jobs nothing is known then ..."""
ATTEMPTS_OF_JOB = 50
"""... and of one job the newest so many."""
PRUNE_ROWS = 1000
"""Old minutes are looked for when so many were added ..."""
PRUNE_S = 3600.0
"""... or when so much time has passed."""
DAY_S = 86_400.0
_NEVER_AGAIN = frozenset({JobState.DONE, JobState.SKIPPED})


class Numbers(msgspec.Struct, frozen=True):
    """What the next rows are called. A commit that is repeated names its rows as it did before."""

    error: int = 1
    scale: int = 1
    history: int = 1
    pruned: int = -PRUNE_ROWS
    """``history`` when old minutes were last looked for."""
    pruned_at_s: float = 0.0
    attempts: int = PRUNE_ROWS
    """Runs written since old ones were last looked for; at first that is due."""

    @classmethod
    def of(cls, db: sqlite3.Connection) -> "Numbers":
        """Return those that follow on what is there."""
        error, scale, history = db.execute(SQL["last_numbers"]).fetchone()
        return cls(error + 1, scale + 1, history + 1)


class Commit:
    """Of several changes of a job or a batch only the last is written.

    Args:
        db: in a transaction.
        wall: turns monotonic seconds into wall-clock seconds, 0 into 0.
        now_at_s: wall clock.
        numbers: of the rows to come; ``self.numbers`` are those after.
        history_days: older minutes are forgotten.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        wall: Callable[[float], float],
        now_at_s: float,
        numbers: Numbers,
        history_days: int = 30,
    ) -> None:
        self._db, self._wall, self._now_at_s = db, wall, now_at_s
        self.numbers, self._history_days = numbers, history_days
        self._batches: dict[int, Batch] = {}
        self._admitted: dict[int, Job] = {}
        self._jobs: dict[int, tuple[Job, bytes | None, bool]] = {}
        self._errors: list[Values] = []
        self._attempts: list[AttemptEnded] = []
        self._scales: list[Values] = []
        self._minutes: list[HistoryRow] = []
        self._forgotten: list[BatchForgotten] = []
        self.stored: list[Job] = []
        """Jobs whose payload is large and safe once the transaction is."""

    def forget(self, events: Iterable[Event]) -> None:
        """Take away what an earlier attempt at the same facts may have added."""
        ids = [(event.job.id,) for event in events if isinstance(event, JobAdmitted)]
        for name in ("drop_job", "drop_payload_of", "drop_attempts_of"):
            self._db.executemany(SQL[name], ids)
        self._db.execute(SQL["drop_errors"], (self.numbers.error,))
        self._db.execute(SQL["drop_scales"], (self.numbers.scale,))
        self._db.execute(SQL["drop_history"], (self.numbers.history,))

    def take(self, event: Event) -> None:
        """Add a fact."""
        match event:
            case BatchChanged(batch=batch):
                self._batches[batch.id] = batch
            case JobAdmitted(job=job):
                self._admitted[job.id] = job
                self._change(job, payload_changed=False)
            case JobChanged(job=job, payload_changed=payload_changed):
                self._change(job, payload_changed=payload_changed)
            case ErrorsBooked(batch_id=batch_id, job_id=job_id, errors=errors):
                for number, error in enumerate(errors, self.numbers.error):
                    values = error_values(number, batch_id, job_id, error, self._now_at_s)
                    self._errors.append(values)
                self.numbers = replace(self.numbers, error=self.numbers.error + len(errors))
            case AttemptEnded():
                self._attempts.append(event)
            case ErrorsCleared(job_id=job_id):
                self.flush()
                self._db.execute(SQL["clear_errors"], (job_id,))
            case BatchEmptied(batch_id=batch_id):
                self.flush()
                self._db.execute(SQL["empty_batch"], (self._now_at_s, batch_id))
            case BatchForgotten():
                self._forgotten.append(event)
            case _:
                self._take_of_queues(event)

    def _take_of_queues(self, event: Event) -> None:
        match event:
            case SlotsResized(queue=queue, slots=slots):
                self._db.execute(SQL["put_control"], (queue, slots, None, None))
            case QueueHeld(queue=queue, held=held):
                self._db.execute(SQL["put_control"], (queue, None, held, None))
            case AutoscaleSet(queue=queue, on=on):
                self._db.execute(SQL["put_control"], (queue, None, None, on))
            case Scaled(queue=queue, before=before, after=after, reason=reason):
                row = (self.numbers.scale, self._now_at_s, queue, before, after, plain(reason))
                self._scales.append(row)
                self.numbers = replace(self.numbers, scale=self.numbers.scale + 1)
            case Counted(rows=rows):
                self._minutes += rows
            case _:
                pass

    def _change(self, job: Job, *, payload_changed: bool) -> None:
        _, payload, changed = self._jobs.get(job.id, (job, None, False))
        if payload_changed:
            # An empty payload of a stored job stands for the one it was admitted with.
            payload, changed = (job.payload or None), True
        self._jobs[job.id] = (job, payload, changed)

    def flush(self) -> None:
        """Send what was taken so far to the database, parents before children."""
        self._many("put_batch", map(batch_values, self._batches.values()))
        self._flush_jobs()
        self._many("book_error", self._errors)
        self._flush_attempts()
        self._flush_queues()
        self._batches, self._admitted, self._jobs, self._errors = {}, {}, {}, []
        self._flush_forgotten()

    def _flush_forgotten(self) -> None:
        """Delete the rows of batches alone; foreign keys must be off, or all of it would go now."""
        if not self._forgotten:
            return
        ids = [(event.batch_id,) for event in self._forgotten]
        last_at_s = max(event.ended_at_s for event in self._forgotten)
        self._db.execute(SQL["keep_numbers"], (last_at_s,))
        self._many("forget_batch", ids)
        self._many("drop_batch", ids)
        self._forgotten = []

    def _flush_attempts(self) -> None:
        if not self._attempts:
            return
        self._many("add_attempt", (attempt_values(e.job_id, e.attempt) for e in self._attempts))
        many = [
            (e.job_id, e.attempt.fence - ATTEMPTS_OF_JOB)
            for e in self._attempts
            if e.attempt.fence > ATTEMPTS_OF_JOB
        ]
        self._many("prune_attempts_of", many)
        written = self.numbers.attempts + len(self._attempts)
        if written >= PRUNE_ROWS:
            self._db.execute(SQL["prune_attempts"], (ATTEMPTS_MOST - PRUNE_ROWS,))
            written = 0
        self.numbers = replace(self.numbers, attempts=written)
        self._attempts = []

    def _flush_jobs(self) -> None:
        added: list[Values] = []
        moved: list[Values] = []
        carried: list[Values] = []
        payloads: list[Values] = []
        ended: list[Values] = []
        for job, payload, changed in self._jobs.values():
            values = job_values(job, self._wall, self._now_at_s)
            entered = self._admitted.get(job.id)
            needed = job.state not in _NEVER_AGAIN
            if entered is None:
                moved.append(values)
                if not needed:
                    ended.append((job.id, KEEP_BYTES))
                elif changed:
                    payloads.append((payload, job.id))
            else:
                added.append((*values, *identity_values(entered)))
                if needed:
                    carried.append((job.id, entered.payload, payload))
            if job.state not in TERMINAL and len(job.payload) > KEEP_BYTES:
                self.stored.append(job)
        self._many("add_job", added)
        self._many("add_payload", carried)
        self._many("move_job", moved)
        self._many("move_payload", payloads)
        self._many("drop_payload", ended)

    def _flush_queues(self) -> None:
        if self._scales:
            self._many("add_scale", self._scales)
            self._db.execute(SQL["prune_scales"], (self.numbers.scale - 1 - SCALES_MOST,))
        if self._minutes:
            number = self.numbers.history
            rows = [history_values(n, row) for n, row in enumerate(self._minutes, number)]
            self._many("add_history", rows)
            self.numbers = replace(self.numbers, history=number + len(rows))
            self._prune()
        self._scales, self._minutes = [], []

    def _prune(self) -> None:
        """Forget old minutes, seldom: what is kept between two times stays within the bound."""
        last = self.numbers
        passed_s = abs(self._now_at_s - last.pruned_at_s)  # a clock may be set back
        if last.history - last.pruned < PRUNE_ROWS and passed_s < PRUNE_S:
            return
        most = HISTORY_MOST - PRUNE_ROWS
        self._db.execute(SQL["prune_history"], (last.history - 1 - most,))
        oldest_at_s = self._now_at_s - self._history_days * DAY_S
        self._db.execute(SQL["prune_history_days"], (oldest_at_s,))
        self.numbers = replace(last, pruned=last.history, pruned_at_s=self._now_at_s)

    def _many(self, name: str, rows: Iterable[Values]) -> None:
        self._db.executemany(SQL[name], rows)
