"""What came of a batch: one object for scripts, a few lines for people."""

from datetime import UTC, datetime

import msgspec

from soniq_tui.engine.engine import Engine
from soniq_tui.model.job import BATCH_ENDED, Batch, BatchState, ItemError, Items
from soniq_tui.model.snapshot import ErrorRow, Query, View
from soniq_tui.model.text import shown

ERRORS_MOST = 1000
"""So many errors a report holds; ``export errors`` has them all."""
ERRORS_PRINTED = 10


class SlotUse(msgspec.Struct, frozen=True, kw_only=True):
    """How a queue's slots were used."""

    peak: int
    limit: int
    busy_share: float
    """Of the time of ``peak`` slots while this host worked on the batch, 0..1."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One batch, ended or interrupted. Fields as in the command line's reference."""

    batch: str
    importer: str
    label: str
    state: str
    items: Items
    started_at: str
    duration_s: float
    items_per_s: float
    median_item_s: float | None
    success_rate: float | None
    peak_rss_mib: float
    slots: dict[str, SlotUse]
    errors: list[ItemError]


async def make(engine: Engine, batch: Batch) -> Report:
    """Return the report of a batch that the engine works or worked on."""
    meter = engine.meters.get(batch.id)
    duration_s = engine.worked_s(batch)
    page = await engine.reader.call(
        engine.reader.file.page,
        Query(view=View.ERRORS, batch_id=batch.id, limit=ERRORS_MOST),
    )
    judged = batch.items.done + batch.items.failed
    return Report(
        batch=str(batch.id),
        importer=batch.importer,
        label=batch.label,
        state=batch.state.value,
        items=batch.items,
        started_at=iso(batch.added_at_s),
        duration_s=round(duration_s, 3),
        items_per_s=round(batch.items.ended / duration_s, 1) if duration_s else 0.0,
        median_item_s=_rounded(meter.median_s() if meter else None),
        success_rate=round(batch.items.done / judged, 5) if judged else None,
        peak_rss_mib=round(engine.load.peak_rss_mib, 1),
        slots=_slots(engine, batch),
        errors=[_item_error(row) for row in page.rows if isinstance(row, ErrorRow)],
    )


def iso(at_s: float) -> str:
    """Return wall-clock seconds as UTC text."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def exit_status(batch: Batch) -> int:
    """Return 0 when all items are done or skipped, 1 when some failed, 3 when the batch did."""
    if batch.state is BatchState.FAILED:
        return 3
    return 1 if batch.items.failed else 0


def lines(report: Report) -> list[str]:
    """Return a report for people."""
    items = report.items
    counts = f"{items.done:,} done, {items.skipped:,} skipped, {items.failed:,} failed"
    speed = f"{report.items_per_s:,.0f} items/s, at most {report.peak_rss_mib:.0f} MiB"
    state = report.state
    if state not in {each.value for each in BATCH_ENDED}:
        state = "interrupted; 'soniq-tui resume' finishes the rest"
    text = [
        f"{report.importer} {shown(report.label)}: {state}",
        f"  {items.total:,} items: {counts}",
        f"  {report.duration_s:.1f} s, {speed}",
    ]
    if not items.total and report.state == BatchState.DONE.value:
        text[1] = "  nothing was found there"
    text += [
        f"  ✗ {error.kind.value}: {shown(error.item)}: {shown(error.reason)}"
        for error in report.errors[:ERRORS_PRINTED]
    ]
    more = len(report.errors) - ERRORS_PRINTED
    if more > 0:
        count = f"{more:,}" if len(report.errors) < ERRORS_MOST else "many"
        text.append(f"  … and {count} more: soniq-tui export errors --batch {report.batch}")
    return text


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else float(f"{seconds:.3g}")


def _slots(engine: Engine, batch: Batch) -> dict[str, SlotUse]:
    """Return how this host's slots were used; nobody kept how those of earlier hosts were."""
    meter = engine.meters.get(batch.id)
    if meter is None:
        return {}
    duration_s = meter.working_s(engine.clock())
    return {
        name: SlotUse(
            peak=peak,
            limit=engine.scheduler.queues[name].slots,
            busy_share=round(
                min(1.0, meter.busy_s.get(name, 0.0) / (duration_s * peak)) if duration_s else 0.0,
                3,
            ),
        )
        for name, peak in meter.peaks.items()
    }


def _item_error(row: ErrorRow) -> ItemError:
    return ItemError(
        item=row.item,
        stage=row.stage,
        kind=row.kind,
        reason=row.reason,
        attempts=row.attempts,
    )
