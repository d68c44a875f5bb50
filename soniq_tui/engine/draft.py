"""A batch that is being put together: nobody knows of it until all its jobs are there."""

from msgspec.structs import replace

from soniq_tui.engine.ledger import digest
from soniq_tui.model.events import BatchChanged, Event, JobAdmitted
from soniq_tui.model.job import NO_ITEMS, Batch, BatchState, Items, Job, Spawn
from soniq_tui.model.text import named, plain


class Draft:
    """Jobs of a batch to come. Pure; made in slices where they are many.

    Args:
        batch: as it will be, without its items.
        first_stage: where a job enters that names no stage.
    """

    def __init__(self, batch: Batch, first_stage: str) -> None:
        self.batch, self._first_stage = batch, first_stage
        self.jobs: list[Job] = []
        self._admitted: list[Event] = []
        self.keys: set[int] = set()
        self.items = 0
        self.expected: dict[int, int] = {}
        """So many further items are likely to come of jobs that say so, by number."""

    def add(self, spawn: Spawn, job_id: int) -> bool:
        """Add a job; return whether it was new."""
        key = plain(spawn.key)
        mark = digest(key)
        if mark in self.keys:
            return False
        self.keys.add(mark)
        job = made(self.batch, spawn, key, spawn.stage or self._first_stage, job_id)
        self.jobs.append(job)
        self._admitted.append(JobAdmitted(job=job))
        self.items += spawn.items
        if spawn.expected is not None:
            self.expected[job_id] = spawn.expected
        return True

    def complete(self, now_at_s: float, *, paused: bool = False) -> list[Event]:
        """No further jobs come: return the facts, which are true once the batch is submitted.

        A batch of nothing is DONE at once.
        """
        self.batch = replace(self.batch, items=Items(total=self.items))
        if not self.jobs:
            self.batch = replace(self.batch, state=BatchState.DONE, ended_at_s=now_at_s)
        elif paused:
            self.batch = replace(self.batch, state=BatchState.PAUSED)
        return [BatchChanged(batch=self.batch), *self._admitted]


def made(batch: Batch, spawn: Spawn, key: str, stage: str, job_id: int) -> Job:
    """Return the job that a spawn asks for."""
    return Job(
        id=job_id,
        batch_id=batch.id,
        importer=batch.importer,
        stage=stage,
        first_stage=stage,
        key=key,
        label=named(spawn.label),
        payload=spawn.payload,
        weight=spawn.items,
        items=Items(total=spawn.items) if spawn.items else NO_ITEMS,
        lane=spawn.lane,
    )
