"""What an earlier host left: reading it (in the reader's thread) and taking it over."""

import asyncio
from collections.abc import Callable

from soniq_tui.engine.journal import KEEP_BYTES
from soniq_tui.engine.reader import JournalFile, Left
from soniq_tui.engine.retry import CAP_S
from soniq_tui.engine.scheduler import Scheduler
from soniq_tui.errors import SoniqError
from soniq_tui.importers.base import Importer
from soniq_tui.model.events import Event
from soniq_tui.model.job import BATCH_ENDED, Batch

SLICE = 1000
"""So many jobs are taken over at a time: some 5 ms."""
BATCHES_SHOWN = 20
"""So many batches of earlier hosts are shown."""


def earlier(
    file: JournalFile,
    importer: Callable[[str], Importer],
    only: tuple[int, ...] | None,
    now_s: float,
    now_at_s: float,
) -> tuple[Left, dict[int, str]]:
    """Return what can be taken over, and of each batch that cannot, why.

    One importer that is gone must not keep the others from working: its batches stay in the journal
    as they are.
    """

    def monotonic(at_s: float) -> float:
        # A machine without a clock of its own may wake in the past: nobody waits for years.
        return min(max(0.0, at_s - now_at_s + now_s), now_s + CAP_S) if at_s else 0.0

    left = file.left(BATCHES_SHOWN, only, monotonic, KEEP_BYTES)
    reasons = {batch.id: _unusable(batch, left, importer) for batch in left.batches}
    unusable = {batch_id: reason for batch_id, reason in reasons.items() if reason}
    usable = left._replace(
        batches=[b for b in left.batches if b.id not in unusable],
        jobs={i: jobs for i, jobs in left.jobs.items() if i not in unusable},
        keys={i: keys for i, keys in left.keys.items() if i not in unusable},
    )
    return usable, unusable


def _unusable(batch: Batch, left: Left, importer: Callable[[str], Importer]) -> str:
    if batch.state in BATCH_ENDED:
        return ""
    try:
        stages = {stage.name for stage in importer(batch.importer).stages}
    except SoniqError as exc:
        return str(exc)
    jobs = left.jobs[batch.id]
    gone = {name for job in jobs for name in (job.stage, job.first_stage)} - stages
    return f"importer {batch.importer} has no stage {min(gone)!r} any more" if gone else ""


async def take_over(scheduler: Scheduler, left: Left, now_s: float, now_at_s: float) -> list[Event]:
    """Give the scheduler what was left, in slices: a screen can paint while 100,000 jobs return."""
    scheduler.restore_batches(left.batches, ())
    for batch_id, known in left.keys.items():
        for at in range(0, len(known), SLICE):
            scheduler.restore_batches((), ((batch_id, key) for key in known[at : at + SLICE]))
            await asyncio.sleep(0)
    events: list[Event] = []
    for jobs in left.jobs.values():
        for at in range(0, len(jobs), SLICE):
            events += scheduler.restore_jobs(jobs[at : at + SLICE], now_s)
            await asyncio.sleep(0)
    return events + scheduler.restored(now_s, now_at_s)
