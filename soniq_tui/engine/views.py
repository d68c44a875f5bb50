"""Makes the snapshot that screens see. O(batches + slots), never O(jobs)."""

import time
from collections.abc import Mapping

from soniq_tui.engine.engine import Engine
from soniq_tui.engine.ledger import Live
from soniq_tui.engine.queue import JobQueue
from soniq_tui.model.job import BATCH_ENDED, NO_ITEMS, Items
from soniq_tui.model.snapshot import BatchView, HostView, QueueView, SlotView, Snapshot

RATES_S = 60
"""So many seconds of throughput are shown."""


def snapshot(engine: Engine, undo_s: Mapping[int, float]) -> Snapshot:
    """Return the engine now.

    Args:
        engine: the engine.
        undo_s: for batches whose cancel can be taken back, the seconds left.
    """
    now_s = engine.clock()
    batches = tuple(
        _batch(engine, live, now_s, undo_s.get(batch_id))
        for batch_id, live in engine.scheduler.live.items()
    )
    items = _items(batches)
    return Snapshot(
        version=engine.bus.version,
        at_s=time.time(),
        batches=batches,
        queues=tuple(_queue(queue) for queue in engine.scheduler.queues.values()),
        slots=tuple(
            slot for queue in engine.scheduler.queues.values() for slot in _slots(engine, queue)
        ),
        items=items,
        items_per_s=engine.meter.rate(now_s) if engine.running else 0.0,
        eta_s=engine.meter.eta_s(items.left, now_s) if engine.running else None,
        rates=engine.meter.rates(now_s, RATES_S),
        median_item_s=engine.meter.median_s(),
        failures=sum(b.items.failed for b in batches),
        newest_failure=engine.failures.newest,
        host=HostView(
            name=engine.load.name,
            pid=engine.load.pid,
            cpu_percent=engine.load.cpu_percent,
            rss_mib=engine.load.rss_mib,
        ),
        banner=str(engine.failure) if engine.failure else engine.left_out,
    )


def _items(batches: tuple[BatchView, ...]) -> Items:
    open_batches = [b for b in batches if b.state not in BATCH_ENDED]
    total = NO_ITEMS
    for batch in open_batches or batches[-1:]:
        total = total.plus(batch.items)
    return total


def _batch(engine: Engine, live: Live, now_s: float, undo_s: float | None) -> BatchView:
    batch = live.batch
    meter = engine.meters.get(batch.id)
    working = bool(live.running) and meter is not None
    return BatchView(
        id=batch.id,
        importer=batch.importer,
        label=batch.label,
        state=batch.state,
        priority=batch.priority,
        items=batch.items,
        growing=bool(live.finders),
        running=len(live.running),
        waiting=len(live.jobs) - len(live.running),
        items_per_s=meter.rate(now_s) if meter and working else 0.0,
        eta_s=meter.eta_s(batch.items.left, now_s) if meter and working else None,
        added_at_s=batch.added_at_s,
        ended_at_s=batch.ended_at_s,
        worked_s=engine.worked_s(batch),
        undo_s=undo_s,
        error=batch.error,
    )


def _queue(queue: JobQueue) -> QueueView:
    return QueueView(
        name=queue.name,
        depth=queue.depth,
        active=len(queue.busy),
        slots=queue.slots,
        held=queue.held,
        place=queue.settings.place.value,
    )


def _slots(engine: Engine, queue: JobQueue) -> list[SlotView]:
    numbers = sorted({*range(queue.slots), *queue.busy})
    return [_slot(engine, queue, number) for number in numbers]


def _slot(engine: Engine, queue: JobQueue, number: int) -> SlotView:
    job_id = queue.busy.get(number)
    running = engine.running.get(job_id) if job_id is not None else None
    if job_id is None or running is None:
        return SlotView(queue=queue.name, index=number)
    started, _, since_s = running
    live = engine.scheduler.live.get(started.batch_id)
    job = live.jobs.get(job_id, started) if live else started
    done, total = engine.progress_of(started)
    return SlotView(
        queue=queue.name,
        index=number,
        job_id=job.id,
        batch_id=job.batch_id,
        importer=job.importer,
        label=job.label,
        stage=job.stage,
        state=job.state,
        attempt=job.attempt,
        run_s=engine.clock() - since_s,
        done=done,
        total=total,
        draining=number >= queue.slots,
    )
