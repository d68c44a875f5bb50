"""Makes the report of a batch from what the engine and its journal know."""

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from soniq_tui.engine.engine import Engine
from soniq_tui.errors import SoniqError
from soniq_tui.model.job import Batch, ItemError
from soniq_tui.model.report import ERRORS_MOST, Report, SlotUse
from soniq_tui.model.snapshot import CauseRow, ErrorRow, Query, Row, View

CAUSES_MOST = 10_000
"""So many kinds of reasons are counted; a batch has a few dozen."""
log = logging.getLogger(__name__)


async def make(engine: Engine, batch_id: int) -> Report | None:
    """Return the report of a batch, whichever host worked on it; None where there is none."""
    live, file = engine.scheduler.live.get(batch_id), engine.lists.file
    await engine.settled()  # what failed a moment ago is to be found
    batch = live.batch if live else await engine.lists.call(file.batch, batch_id)
    if batch is None:
        return None
    query = Query(view=View.ERRORS, batch_id=batch.id, limit=ERRORS_MOST)
    page = await engine.lists.call(file.page, query)
    causes = Query(view=View.CAUSES, batch_id=batch.id, limit=CAUSES_MOST)
    grouped = await engine.lists.call(file.page, causes)
    engine.load.sample(engine.pids())  # a short batch may have ended between two samples
    meter = engine.meters.get(batch.id)
    duration_s = engine.worked_s(batch)
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
        failed_by_kind=_by_kind(grouped.rows),
        changes=await _changes(engine, batch),
    )


async def _changes(engine: Engine, batch: Batch) -> dict[str, int]:
    """Return what a batch has changed that was alone from its beginning until now."""
    newest, _ = await engine.reader.call(engine.reader.file.last_ids)
    gone_at_s = await engine.reader.call(engine.reader.file.last_end_s)
    others = (each.batch for each in engine.scheduler.live.values() if each.batch.id != batch.id)
    beside = any(
        other.importer == batch.importer and (other.ended_at_s or math.inf) > batch.added_at_s
        for other in others
    )
    beside = beside or gone_at_s > batch.added_at_s  # nobody knows whose that one was
    if batch.id != newest or beside:
        return {}
    try:
        tally = engine.importer(batch.importer).tally
        if tally is None:
            return {}
        data_dir, since_s, done = engine.settings.data_path, batch.added_at_s, batch.items.done
        return await asyncio.to_thread(tally, data_dir, since_s, done)
    except (SoniqError, OSError) as exc:  # the report is right without
        log.warning("what batch %d changed cannot be told: %s", batch.id, exc)
        return {}


def _by_kind(rows: Sequence[Row]) -> dict[str, int]:
    counts = Counter[str]()
    for row in rows:
        if isinstance(row, CauseRow):
            counts[row.kind.value] += row.count
    return dict(counts.most_common())


def iso(at_s: float) -> str:
    """Return wall-clock seconds as UTC text."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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
