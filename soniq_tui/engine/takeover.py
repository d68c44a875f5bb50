"""What an earlier host left: reading it (in the reader's thread) and taking it over."""

import asyncio
from collections.abc import Callable, Mapping

from soniq_tui.engine.reader import JournalFile, Left
from soniq_tui.engine.restore import NOBODY
from soniq_tui.engine.retry import MOST_S
from soniq_tui.engine.rows import KEEP_BYTES
from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.errors import SoniqError
from soniq_tui.importers.base import Importer
from soniq_tui.model.events import Event
from soniq_tui.model.job import BATCH_ENDED, Batch, Begun

SLICE = 1000
"""So many jobs are taken over at a time: some 5 ms."""
COLD_SLICE = 20_000
"""So many of those of which only the number is kept, and of keys: as long."""
BATCHES_SHOWN = 20
"""So many batches of earlier hosts are shown."""


def earlier(
    file: JournalFile,
    importer: Callable[[str], Importer],
    only: tuple[int, ...] | None,
    now_s: float,
    now_at_s: float,
    *,
    begun: Mapping[int, Begun] = NOBODY,
) -> tuple[Left, dict[int, str]]:
    """Return what can be taken over, and of each batch that cannot, why.

    One importer that is gone must not keep the others from working: its batches stay in the journal
    as they are. The rows of jobs that were being run (``begun``) are read even when the journal has
    them as waiting: their start may not have been written.
    """

    def monotonic(at_s: float) -> float:
        # A machine without a clock of its own may wake in the past: nobody waits for years.
        return min(max(0.0, at_s - now_at_s + now_s), now_s + MOST_S) if at_s else 0.0

    left = _with_rows(file, file.left(BATCHES_SHOWN, only, monotonic, KEEP_BYTES), begun)
    reasons = {batch.id: _unusable(batch, left, importer) for batch in left.batches}
    unusable = {batch_id: reason for batch_id, reason in reasons.items() if reason}
    usable = left._replace(
        batches=[b for b in left.batches if b.id not in unusable],
        jobs={i: jobs for i, jobs in left.jobs.items() if i not in unusable},
        cold={i: cold for i, cold in left.cold.items() if i not in unusable},
        keys={i: keys for i, keys in left.keys.items() if i not in unusable},
        owed={i: jobs for i, jobs in left.owed.items() if i not in unusable},
    )
    return usable, unusable


def in_words(unusable: Mapping[int, str]) -> str:
    """Return which batches cannot be taken over, and why."""
    return "; ".join(f"batch {i} waits: {why}" for i, why in unusable.items())


def _with_rows(file: JournalFile, left: Left, begun: Mapping[int, Begun]) -> Left:
    """Bring cold jobs that a host had begun among those whose rows are there."""
    wanted = {i for cold in left.cold.values() for ids in cold.values() for i in ids if i in begun}
    if not wanted:
        return left
    jobs = {batch_id: list(known) for batch_id, known in left.jobs.items()}
    for job in file.rows(sorted(wanted)):
        jobs.setdefault(job.batch_id, []).append(job)
    cold = {
        batch_id: {stage: [i for i in ids if i not in wanted] for stage, ids in stages.items()}
        for batch_id, stages in left.cold.items()
    }
    return left._replace(jobs=jobs, cold=cold)


def _unusable(batch: Batch, left: Left, importer: Callable[[str], Importer]) -> str:
    if batch.state in BATCH_ENDED:
        return ""
    try:
        stages = {stage.name for stage in importer(batch.importer).stages}
    except SoniqError as exc:
        return str(exc)
    gone = left.stages[batch.id] - stages
    return f"importer {batch.importer} has no stage {min(gone)!r} any more" if gone else ""


async def take_over(
    scheduler: Scheduler,
    left: Left,
    now_s: float,
    now_at_s: float,
    begun: Mapping[int, Begun] = NOBODY,
) -> list[Event]:
    """Give the scheduler what was left, in slices: a screen can paint while 100,000 jobs return.

    ``begun`` are the jobs that were being run when the host died, by id.
    """
    owed = [job for jobs in left.owed.values() for job in jobs]
    scheduler.restore_batches(left.batches, (), owed)
    for batch_id, known in left.keys.items():
        for at in range(0, len(known), COLD_SLICE // 4):
            part = known[at : at + COLD_SLICE // 4]
            scheduler.restore_batches((), ((batch_id, key) for key in part))
            await asyncio.sleep(0)
    events: list[Event] = []
    for jobs in left.jobs.values():
        for at in range(0, len(jobs), SLICE):
            events += scheduler.restore_jobs(jobs[at : at + SLICE], now_s, begun)
            await asyncio.sleep(0)
    for batch_id, stages in left.cold.items():
        for stage, ids in stages.items():
            for at in range(0, len(ids), COLD_SLICE):
                scheduler.restore_cold(batch_id, stage, ids[at : at + COLD_SLICE])
                await asyncio.sleep(0)
    return events + scheduler.restored(now_s, now_at_s)
