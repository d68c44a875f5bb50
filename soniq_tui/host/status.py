"""What ``status`` prints: what the running engine says, and what the journal has of the rest."""

import asyncio
from collections import Counter
from contextlib import closing
from pathlib import Path

import msgspec
from msgspec.structs import replace

from soniq_tui.api.client import RemoteClient
from soniq_tui.engine.pages import batch_view
from soniq_tui.engine.reader import JournalFile
from soniq_tui.engine.rows import QueueControl
from soniq_tui.errors import JournalError, SoniqError
from soniq_tui.host import out, standing
from soniq_tui.host.lock import checked, holder
from soniq_tui.importers import registry
from soniq_tui.model.job import BATCH_ENDED, Batch, BatchState, Items
from soniq_tui.model.settings import QueueSettings, Scaling, Settings
from soniq_tui.model.snapshot import BatchView, JobRow, Query, QueueView, Snapshot, View
from soniq_tui.model.text import shown
from soniq_tui.model.waiting import wait_of
from soniq_tui.words import _, figure, mark, use
from soniq_tui.words.told import label, told

NEWEST = 100
"""So many batches are shown, and all that have not ended."""
ANSWER_S = 2.0
"""An engine that does not answer within this time is not waited for."""
PAUSED = {BatchState.PAUSED, BatchState.PAUSING}
"""What ran when its host died while it was to pause is paused at the next start."""
JOBS_MOST = 4096
"""More jobs than all slots of all queues together can hold."""


class EngineStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an engine runs."""

    pid: int | None
    state: str
    """``running`` or ``none``."""
    trouble: str = ""
    """Why it could not be asked, in words; what is shown then is what the journal has."""
    older_code: bool = False
    """It began before an update, and runs other code than this command."""


class BatchStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One batch."""

    batch: str
    importer: str
    label: str
    state: str
    items: Items
    """While an engine looks for more: as there are likely to be, where somebody knows."""
    items_per_s: float
    """Now, where an engine works on it; else over the whole time that was worked on it."""
    eta_s: float | None
    growing: bool = False
    """More items may still be found: their total is a guess."""
    waits: str = ""
    """For what it waits of which nothing runs though it is to, with the command that helps."""


class QueueStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One queue."""

    queue: str
    depth: int
    active: int
    slots: int
    held: bool = False
    target: int = 0
    """So many of the slots the engine uses now."""
    autoscaled: bool = False
    """The engine chooses how many."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Fields as in the command line's reference."""

    engine: EngineStatus
    batches: list[BatchStatus]
    queues: list[QueueStatus]


def read(settings: Settings) -> Status:
    """Return the state of a data directory; nothing is written there.

    Raises:
        EngineError: the data directory or the journal cannot be read.
    """
    pid = holder(checked(settings.data_path))
    running = pid is not None
    live, older = asyncio.run(_live(settings.data_path)) if running else ("", False)
    batches: list[Batch] = []
    queues = [_queue_status(name, queue, QueueControl()) for name, queue in settings.queues.items()]
    if settings.journal_path.exists():
        try:
            batches, queues = _journal(settings, running=running)
        except JournalError as exc:
            if not being_made(exc):
                raise
    views = {batch.id: _written(batch, running=running) for batch in batches}
    trouble = live if isinstance(live, str) else ""
    if isinstance(live, Snapshot):
        views |= {batch.id: batch for batch in live.batches}
        queues = [_queue(queue) for queue in live.queues]
    return Status(
        engine=EngineStatus(
            pid=pid or None,
            state="running" if running else "none",
            trouble=trouble,
            older_code=older,
        ),
        batches=[_batch(views[i], live) for i in sorted(views)],
        queues=queues,
    )


async def _live(folder: Path) -> tuple[Snapshot | str, bool]:
    """Return what the running engine shows, or why it cannot be asked now; has it older code?"""
    client: RemoteClient | None = None
    try:
        async with asyncio.timeout(ANSWER_S):
            client = await RemoteClient.connect(folder)
            view = await client.snapshot()
        return view, await client.runs_other_code()  # which takes what our own disk takes
    except TimeoutError:
        return mark("does not answer"), False
    except PermissionError:
        return mark("permission denied: only its owner may ask it"), False
    except SoniqError as exc:
        return str(exc), False
    except OSError:
        return mark("begins or ends, or has no socket"), False
    finally:
        if client is not None:
            await client.close()


def _batch(view: BatchView, live: Snapshot | str) -> BatchStatus:
    wait = wait_of(view, live) if isinstance(live, Snapshot) else None
    # What has ended has no rate any more: then it is that of the whole time, as without an engine.
    over = view.state in BATCH_ENDED and view.worked_s > 0
    rate = view.items.ended / view.worked_s if over else view.items_per_s
    return BatchStatus(
        batch=str(view.id),
        importer=view.importer,
        label=view.label,
        state=view.state.value,
        items=view.likely,
        items_per_s=round(rate, 1),
        eta_s=None if view.eta_s is None else round(view.eta_s, 1),
        growing=view.growing,
        waits=standing.words_of(wait, view) if wait else "",
    )


def _queue(view: QueueView) -> QueueStatus:
    return QueueStatus(
        queue=view.name,
        depth=view.depth,
        active=view.active,
        slots=view.slots,
        held=view.held,
        target=view.target,
        autoscaled=view.autoscaled,
    )


def being_made(exc: JournalError) -> bool:
    """Say whether a journal could not be read because its host has only just begun to make it."""
    return "no such table" in str(exc.__cause__)


def _journal(settings: Settings, *, running: bool) -> tuple[list[Batch], list[QueueStatus]]:
    """Return batches, and the queues with what was ever set of them."""
    with closing(JournalFile(settings.journal_path)) as file:
        found = {b.id: b for b in (*file.batches(NEWEST), *file.open_batches())}
        depths: Counter[str] = Counter()
        for importer, stage, count in file.queue_depths():
            depths[queue_of(importer, stage)] += count
        active: Counter[str] = Counter()
        if running:  # where nobody is, "running" is what a dead host left
            for row in file.page(Query(view=View.JOBS, text="state:running", limit=JOBS_MOST)).rows:
                if isinstance(row, JobRow):
                    active[queue_of(row.importer, row.stage)] += 1
        set_of = file.controls()
    return [found[i] for i in sorted(found)], [
        _queue_status(
            name, queue, set_of.get(name, QueueControl()), depth=depths[name], active=active[name]
        )
        for name, queue in settings.queues.items()
    ]


def _queue_status(
    name: str, queue: QueueSettings, control: QueueControl, *, depth: int = 0, active: int = 0
) -> QueueStatus:
    """Return a queue as the next engine would begin with it."""
    slots = queue.slots if control.slots is None else control.slots
    scaled = queue.scaling is not Scaling.FIXED
    return QueueStatus(
        queue=name,
        depth=depth,
        active=active,
        slots=slots,
        held=bool(control.held),
        target=slots,
        autoscaled=scaled if control.autoscaled is None else control.autoscaled,
    )


def queue_of(importer: str, stage: str) -> str:
    """Return the queue in which a stage waits; nothing where its importer is not here."""
    try:
        return registry.load(importer).stage(stage).queue
    except (SoniqError, KeyError):
        return ""  # an importer that is no longer installed


def _written(batch: Batch, *, running: bool) -> BatchView:
    """Return a batch as the journal tells of it, with its pace over all the time worked on it."""
    rate = batch.items.ended / batch.worked_s if batch.worked_s > 0 else 0.0
    going = running and batch.state not in BATCH_ENDED and rate > 0
    eta_s = batch.items.left / rate if going else None
    return replace(batch_view(batch), items_per_s=rate, eta_s=eta_s)


def show(settings: Settings, *, as_json: bool) -> int:
    """Print the status; always 0."""
    if as_json:
        use("en")
    status = read(settings)
    if as_json:
        out.say_json(status)
    else:
        out.tell("\n".join(_lines(status)))
    return 0


def _lines(status: Status) -> list[str]:
    """Return the status for people."""
    engine = status.engine
    running = engine.state == "running"
    said = _("engine: none")
    if running and engine.pid:
        said = _("engine: running, process {pid}").format(pid=engine.pid)
    elif running:
        said = _("engine: running")
    text = [said + (f", {shown(told(engine.trouble))}" if running and engine.trouble else "")]
    if engine.older_code:
        kept = _("it runs older code than this command; 'kill {pid}' ends it and keeps its work")
        command = f"kill {engine.pid}"
        kept = kept.format(pid=engine.pid).replace(command, command.replace(" ", out.GLUE))
        text.append(f"      {kept}")
    if not status.batches:
        starts = _("no batch yet; 'soniq-tui scan FOLDER' starts one, 'soniq-tui demo' shows how")
        text.append(starts)
    for batch in status.batches:
        state = _(batch.state)
        if not running and batch.state not in BATCH_ENDED:
            word = _("paused") if batch.state in PAUSED else _("interrupted")
            state = _("{word} ('soniq-tui resume' goes on)").format(word=word)
        items = batch.items
        figures = _("{ended}/{total} items, {failed} failed, {rate} items/s").format(
            ended=figure(items.ended),
            total=("~" if batch.growing else "") + figure(items.total),
            failed=figure(items.failed),
            rate=figure(batch.items_per_s),
        )
        name = _("{batch}: {state}").format(
            batch=f"{batch.importer} {shown(label(batch.label), 200)}", state=state
        )
        text.append(f"{batch.batch:>4}  {name}, {figures}")
        if batch.waits:
            text.append(f"      {batch.waits}")
    busy = _("{queue}: {n} waiting, {active} of {slots} slots busy")
    text += [
        "      "
        + busy.format(queue=q.queue, n=figure(q.depth), active=q.active, slots=q.slots)
        + (f", {_('held')}" if q.held else "")
        for q in status.queues
        if q.depth or q.active or q.held
    ]
    return text
