"""What ``status`` prints: read from the journal, whether an engine runs or not."""

import sys
from pathlib import Path

import msgspec

from soniq_tui.engine.reader import JournalFile
from soniq_tui.errors import SoniqError
from soniq_tui.host.lock import holder
from soniq_tui.importers import registry
from soniq_tui.model.job import BATCH_ENDED, Batch, Items
from soniq_tui.model.settings import Settings
from soniq_tui.model.text import shown

NEWEST = 100
"""So many batches are shown, and all that have not ended."""


class EngineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an engine runs."""

    pid: int | None
    state: str


class BatchStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One batch."""

    batch: str
    importer: str
    label: str
    state: str
    items: Items
    items_per_s: float
    """Over the whole time that was worked on it."""
    eta_s: float | None


class QueueStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One queue."""

    queue: str
    depth: int
    active: int
    slots: int
    held: bool = False


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Fields as in the command line's reference."""

    engine: EngineStatus
    batches: list[BatchStatus]
    queues: list[QueueStatus]


def read(settings: Settings) -> Status:
    """Return the state of a data directory; nothing is written there."""
    pid = holder(settings.data_path)
    path = settings.data_path / "journal.db"
    batches: list[Batch] = []
    depths: dict[str, int] = {}
    if path.exists():
        batches, depths = _journal(path)
    running = pid is not None
    return Status(
        engine=EngineStatus(pid=pid or None, state="running" if running else "none"),
        batches=[_batch(batch, running=running) for batch in batches],
        queues=[
            QueueStatus(queue=name, depth=depths.get(name, 0), active=0, slots=queue.slots)
            for name, queue in settings.queues.items()
        ],
    )


def _journal(path: Path) -> tuple[list[Batch], dict[str, int]]:
    file = JournalFile(path)
    try:
        found = {b.id: b for b in (*file.batches(NEWEST), *file.open_batches())}
        depths: dict[str, int] = {}
        for importer, stage, count in file.queue_depths():
            try:
                queue = registry.load(importer).stage(stage).queue
            except (SoniqError, KeyError):
                continue  # an importer that is no longer installed
            depths[queue] = depths.get(queue, 0) + count
        return [found[i] for i in sorted(found)], depths
    finally:
        file.close()


def _batch(batch: Batch, *, running: bool) -> BatchStatus:
    rate = batch.items.ended / batch.worked_s if batch.worked_s > 0 else 0.0
    going = running and batch.state not in BATCH_ENDED and rate > 0
    return BatchStatus(
        batch=str(batch.id),
        importer=batch.importer,
        label=batch.label,
        state=batch.state.value,
        items=batch.items,
        items_per_s=round(rate, 1),
        eta_s=round(batch.items.left / rate, 1) if going else None,
    )


def show(settings: Settings, *, as_json: bool) -> int:
    """Print the status; always 0."""
    status = read(settings)
    if as_json:
        sys.stdout.write(msgspec.json.encode(status).decode() + "\n")
        return 0
    engine = status.engine
    running = engine.state == "running"
    text = [f"engine: running, process {engine.pid}" if running else "engine: none"]
    if not status.batches:
        text.append("no batch yet; 'soniq-tui scan FOLDER' starts one, 'soniq-tui demo' shows how")
    ended = {state.value for state in BATCH_ENDED}
    for batch in status.batches:
        state = batch.state
        if not running and state not in ended:
            state = "interrupted ('soniq-tui resume' goes on)"
        items = batch.items
        text.append(
            f"{batch.batch:>4}  {batch.importer} {shown(batch.label, 200)}: {state}, "
            f"{items.ended:,}/{items.total:,} items, {items.failed:,} failed"
        )
    text += [f"      {q.queue}: {q.depth:,} waiting" for q in status.queues if q.depth]
    sys.stdout.write("\n".join(text) + "\n")
    return 0
