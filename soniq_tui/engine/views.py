"""Makes the snapshot that screens see. O(batches + queues + slots), never O(jobs)."""

import time
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from soniq_tui.engine.engine import Engine
from soniq_tui.engine.eta import Eta
from soniq_tui.engine.live import Live
from soniq_tui.engine.pages import batch_view
from soniq_tui.engine.queue import JobQueue
from soniq_tui.errors import SoniqError
from soniq_tui.model.job import BATCH_ENDED, NO_ITEMS, BatchState, Items
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
    ages_s = _ages_s(engine)
    batches = tuple(
        _batch(engine, live, now_s, undo_s.get(batch_id), ages_s.get(batch_id, ()))
        for batch_id, live in engine.scheduler.live.items()
    )
    used = _used(engine, batches)
    queues = engine.scheduler.queues.values()
    working = bool(engine.runs.by_id)
    eta = _eta(engine, batches, now_s) if working else None
    return Snapshot(
        version=engine.bus.version,
        at_s=time.time(),
        batches=batches,
        queues=tuple(_queue(engine, q, now_s, q.name in used) for q in queues),
        slots=tuple(slot for q in queues for slot in _slots(engine, q, q.name in used)),
        items=_items(batches),
        items_per_s=engine.meter.rate(now_s) if working else 0.0,
        eta_s=eta and eta.s,
        eta_low_s=eta and eta.low_s,
        eta_high_s=eta and eta.high_s,
        rates=engine.meter.rates(now_s, RATES_S),
        median_item_s=engine.meter.median_s(),
        failures=sum(b.items.failed for b in batches),
        newest_failure=engine.failures.newest,
        scaled=tuple(engine.upkeep.scaled),
        host=_host(engine),
        banner=_banner(engine),
    )


def _banner(engine: Engine) -> str:
    """Return why the engine holds back, in words; empty when all is well."""
    why = str(engine.failure or "") or engine.blocked or engine.upkeep.banner or engine.left_out
    return why or _held_words(engine)


def _held_words(engine: Engine) -> str:
    held = [q for q in engine.scheduler.queues.values() if q.held and q.depth]
    if not held or engine.has_work:
        return ""
    names = ", ".join(queue.name for queue in held)
    waiting = sum(queue.depth for queue in held)
    return f"{waiting:,} waiting in held queues: 'soniq-tui release QUEUE' ({names})"


def _host(engine: Engine) -> HostView:
    load = engine.load
    return HostView(
        name=load.name,
        pid=load.pid,
        cpu_percent=load.cpu_percent,
        rss_mib=load.rss_mib,
        memory_available_mib=load.reading.memory_available_mib,
        temperature_c=load.reading.temperature_c,
        trouble=engine.upkeep.regulator.trouble,
    )


def _shown(batches: Sequence[BatchView]) -> Sequence[BatchView]:
    """Return the batches that sums are about: the open ones, or else the newest."""
    return [b for b in batches if b.state not in BATCH_ENDED] or batches[-1:]


def _items(batches: Sequence[BatchView]) -> Items:
    total = NO_ITEMS
    for batch in _shown(batches):
        total = total.plus(batch.items)
    return total


def _eta(engine: Engine, batches: Sequence[BatchView], now_s: float) -> Eta | None:
    """Return the time left of all batches that go on by themselves.

    When each of them has its own, theirs is the latest: they run side by side. When one has not
    begun, all that is left has to go through at the pace of all.
    """
    going = [b for b in batches if b.state is BatchState.RUNNING and b.likely.left > 0]
    etas = [
        Eta(b.eta_s, b.eta_low_s, b.eta_high_s)
        for b in going
        if b.eta_s is not None and b.eta_low_s is not None and b.eta_high_s is not None
    ]
    if etas and len(etas) == len(going):
        return Eta(*map(max, zip(*etas, strict=True)))
    if any(b.expected is not None and b.eta_s is None for b in going):
        return None  # what is still to be found takes who knows how long
    return engine.meter.eta(sum(b.items.left for b in going), now_s)


def _ages_s(engine: Engine) -> dict[int, list[float]]:
    """Return by batch for how long each job that runs has been running, in all its stages."""
    ages_s: dict[int, list[float]] = {}
    for job_id, run in engine.runs.by_id.items():
        live = engine.scheduler.live.get(run.job.batch_id)
        job = live.jobs.get(job_id, run.job) if live else run.job
        ages_s.setdefault(job.batch_id, []).append(job.run_s + engine.runs.run_s(run))
    return ages_s


def _used(engine: Engine, batches: Sequence[BatchView]) -> set[str]:
    """Return the queues that the batches which are shown go through."""
    used: set[str] = set()
    for name in {batch.importer for batch in _shown(batches)}:
        try:
            used.update(s.queue for s in engine.importer(name).stages if not s.optional)
        except SoniqError:
            continue  # its importer was taken away: it sends no jobs anywhere
    return used


def _batch(
    engine: Engine, live: Live, now_s: float, undo_s: float | None, ages_s: Sequence[float]
) -> BatchView:
    batch = live.batch
    meter = engine.meters.get(batch.id)
    eta, outlook = None, live.outlook
    if live.running and batch.state is BatchState.RUNNING:
        eta = engine.pace.eta(
            batch,
            now_s,
            ages_s=ages_s,
            waiting=live.waiting,
            growing=live.growing,
            outlook=outlook,
        )
    return replace(
        batch_view(batch),
        growing=live.growing,
        expected=outlook,
        running=len(live.running),
        waiting=live.waiting,
        waits_in=_waits_in(engine, live, now_s),
        items_per_s=meter.rate(now_s) if meter and live.running else 0.0,
        eta_s=eta and eta.s,
        eta_low_s=eta and eta.low_s,
        eta_high_s=eta and eta.high_s,
        median_item_s=meter.median_s() if meter else None,
        worked_s=engine.worked_s(batch),
        undo_s=undo_s,
    )


def _waits_in(engine: Engine, live: Live, now_s: float) -> tuple[str, ...]:
    """Return the queues that tell why nothing of a batch runs; between two jobs it is none."""
    if live.batch.state is not BatchState.RUNNING or live.running:
        return ()
    meter = engine.meters.get(live.batch.id)
    moved = meter is not None and meter.rate(now_s) > 0
    queues = engine.scheduler.queues.values()
    return tuple(q.name for q in queues if q.waits(live.batch.id) and (q.held or not moved))


def _queue(engine: Engine, queue: JobQueue, now_s: float, used: bool) -> QueueView:
    meter = engine.pace.queue(queue.name)
    working = bool(engine.runs.by_id)  # else nobody repaints, and old figures would stay
    return QueueView(
        name=queue.name,
        depth=queue.depth,
        reserved=queue.reserved,
        active=len(queue.busy),
        slots=queue.slots,
        target=queue.target,
        reason=queue.reason,
        autoscaled=queue.autoscaled,
        held=queue.held,
        place=queue.settings.place.value,
        delayed=queue.delayed,
        ended=meter.ended,
        failed=meter.failed,
        jobs_per_s=meter.jobs_per_s(now_s) if working else 0.0,
        median_s=meter.median_s(),
        busy_share=meter.busy_share(min(queue.target, queue.slots), now_s) if working else 0.0,
        in_use=used or bool(queue.depth or queue.busy),
    )


def _slots(engine: Engine, queue: JobQueue, used: bool) -> list[SlotView]:
    """Return its slots; the idle ones only where work may come or waits."""
    idle = range(queue.slots) if used or queue.depth else ()
    numbers = sorted({*idle, *queue.busy})
    return [_slot(engine, queue, number) for number in numbers]


def _slot(engine: Engine, queue: JobQueue, number: int) -> SlotView:
    job_id = queue.busy.get(number)
    run = engine.runs.by_id.get(job_id) if job_id is not None else None
    if job_id is None or run is None:
        return SlotView(queue=queue.name, index=number)
    live = engine.scheduler.live.get(run.job.batch_id)
    job = live.jobs.get(job_id, run.job) if live else run.job
    done, total = engine.progress_of(run.job)
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
        run_s=engine.runs.run_s(run),
        done=done,
        total=total,
        draining=number >= min(queue.slots, queue.target),
        frozen=job.frozen,
        limit_s=run.limit_s,
        doing=run.doing,
    )
