"""What the screen sees: frozen views of the engine, and pages of longer lists."""

from enum import StrEnum

import msgspec

from soniq_tui.model.job import NO_ITEMS, BatchState, ErrorKind, Expected, Items, JobState


class SlotView(msgspec.Struct, frozen=True, kw_only=True):
    """One slot of a queue; ``job_id`` is None when it is idle."""

    queue: str
    index: int
    job_id: int | None = None
    batch_id: int | None = None
    importer: str = ""
    label: str = ""
    """Foreign text."""
    stage: str = ""
    state: JobState = JobState.RUNNING
    attempt: int = 0
    run_s: float = 0.0
    """How long the stage has been running."""
    done: int = 0
    total: int = 0
    """Items of the job that the stage has worked on, of how many; 0 of 0 where it does not say."""
    draining: bool = False
    """The queue was shrunk: this slot goes when its job ends."""
    frozen: bool = False
    """Stopped where it is (SIGSTOP); ``run_s`` stands still."""
    limit_s: float | None = None
    """How long the stage may run; None: as long as it likes."""
    doing: str = ""
    """What the stage says it does now, safe to show; empty where it does not say."""


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """One queue."""

    name: str
    depth: int = 0
    """Jobs waiting for a slot, those whose time has not come included."""
    active: int = 0
    slots: int = 0
    """How many there are."""
    target: int = 0
    """How many of them the engine uses now; fewer than ``slots`` while it holds back."""
    reason: str = ""
    """Why ``target`` is what it is, in words; empty where nobody scales."""
    autoscaled: bool = False
    held: bool = False
    place: str = ""
    reserved: int = 0
    """Of ``depth``: handed to a child ahead of time, not begun."""
    delayed: int = 0
    """Of ``depth``: waiting for their time or for their lane."""
    ended: int = 0
    """Stages that ended here since the engine started."""
    failed: int = 0
    """Of ``ended``: those that failed."""
    jobs_per_s: float = 0.0
    median_s: float | None = None
    """Median time a stage took here."""
    busy_share: float = 0.0
    """Of the time of all slots in use over the last seconds, 0..1."""
    in_use: bool = True
    """Some batch that is shown may send jobs here."""


class BatchView(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One batch."""

    id: int
    importer: str
    label: str
    """Foreign text."""
    state: BatchState
    priority: int = 0
    items: Items = NO_ITEMS
    growing: bool = False
    """More items may still be found: ``items.total`` is a lower bound."""
    expected: Expected | None = None
    """While it grows: what is likely to be found beyond ``items``; None: nobody knows."""
    running: int = 0
    """Jobs that hold a slot."""
    waiting: int = 0
    """Jobs that are queued or paused."""
    waits_in: tuple[str, ...] = ()
    """While none of them runs: the queues in which they wait, if they are held, or if none of its
    items has ended lately."""
    items_per_s: float = 0.0
    eta_s: float | None = None
    """None until there is something to reckon with."""
    eta_low_s: float | None = None
    eta_high_s: float | None = None
    """Four of five batches end between the two, reckoned from how much the rate swings."""
    median_item_s: float | None = None
    added_at_s: float = 0.0
    ended_at_s: float | None = None
    worked_s: float = 0.0
    undo_s: float | None = None
    """Seconds in which a cancel can still be taken back; None when none is pending."""
    error: str = ""

    @property
    def likely(self) -> Items:
        """Its items with those that are expected: how far it is, and of how many, as it seems."""
        if self.expected is None:
            return self.items
        return self.items.plus(Items(total=self.expected.items, skipped=self.expected.ended))


class FailureView(msgspec.Struct, frozen=True, kw_only=True):
    """The newest failure and how many like it there are."""

    at_s: float
    batch_id: int
    importer: str
    item: str
    stage: str
    kind: ErrorKind
    reason: str
    same: int = 1
    """Failures of the same cause (batch, stage, kind, reason), itself included; fewer where there
    were so many causes that the engine began to count anew."""


class HostView(msgspec.Struct, frozen=True, kw_only=True):
    """The machine and the engine on it."""

    name: str = ""
    pid: int = 0
    cpu_percent: float | None = None
    """Of the whole machine; None until measured."""
    rss_mib: float = 0.0
    """The engine with its children."""
    memory_available_mib: float | None = None
    temperature_c: float | None = None
    trouble: str = ""
    """What the machine suffers from, in words: "undervoltage", "throttled"; empty when well."""


class ScaleRow(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One time the engine used more or fewer slots of a queue."""

    at_s: float
    queue: str
    before: int
    after: int
    reason: str


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What one queue did for one batch in one minute."""

    at_s: float
    """When the minute began, wall clock."""
    batch_id: int
    queue: str
    jobs: int
    """Stages that ended."""
    failed: int
    """Of ``jobs``."""
    items: int
    """Items that ended."""
    busy_s: float
    """Time of slots in use."""
    errors: int | None = None
    """Of ``items``: those that failed; None: nobody counted them then."""
    took: tuple[int, ...] = ()
    """How many of ``jobs`` took how long, by the steps of :data:`TOOK_S`; zeros at the end are left
    out. Empty: nobody counted them then."""


TOOK_S = (
    *(0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5),
    *(1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 1800.0),
)
"""The ends of the steps in which durations are counted: each about twice the one before.

Step ``i`` is what took less than ``TOOK_S[i]``; one more is all that took longer.
"""


LOG_KEPT = 2000
"""So many lines of the log are kept in memory: some 2 MB at the most."""


class LogRow(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One line of the engine's log."""

    id: int
    """Grows by one with each line."""
    at_s: float
    level: str
    """``debug``, ``info``, ``warning``, ``error`` or ``critical``."""
    source: str
    """The part of the program that says it."""
    text: str
    """Safe to show."""
    trace: str = ""
    """The traceback that came with it, line by line."""


class UndoView(msgspec.Struct, frozen=True, kw_only=True):
    """What ``Undo`` would take back now."""

    what: str
    """``cancel``, ``pause``, ``resume``, ``priority``, ``slots``, ``hold``, ``release`` or
    ``autoscale``."""
    queue: str = ""
    """Of the last four."""
    before: int = 0
    after: int = 0
    """Slots; with ``autoscale`` 1 for on."""
    batches: int = 0
    jobs: int = 0
    """So many were changed."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The engine at one moment."""

    version: int = 0
    """Grows with every change; equal versions are equal snapshots but for the running clocks."""
    at_s: float = 0.0
    batches: tuple[BatchView, ...] = ()
    """Newest last; ended ones of this run included."""
    queues: tuple[QueueView, ...] = ()
    slots: tuple[SlotView, ...] = ()
    items: Items = NO_ITEMS
    """Sum over the batches that have not ended, or over the last one that did."""
    items_per_s: float = 0.0
    eta_s: float | None = None
    rates: tuple[float, ...] = ()
    """Items per second over the last seconds, oldest first, one value a second."""
    median_item_s: float | None = None
    failures: int = 0
    newest_failure: FailureView | None = None
    eta_low_s: float | None = None
    eta_high_s: float | None = None
    scaled: tuple[ScaleRow, ...] = ()
    """The newest scale events, newest last."""
    undo: UndoView | None = None
    """What can be taken back; None: nothing."""
    logged: int = 0
    """Number of the newest line of the log."""
    host: HostView = HostView()
    banner: str = ""
    """Why the engine holds back (disk full, heat); empty when all is well."""

    @property
    def active(self) -> int:
        """Slots that run a job."""
        return sum(q.active for q in self.queues)

    @property
    def depth(self) -> int:
        """Jobs waiting in all queues."""
        return sum(q.depth for q in self.queues)

    @property
    def working(self) -> bool:
        """Whether a clock is running: some slot is busy, or a cancel can be taken back."""
        return self.active > 0 or any(b.undo_s is not None for b in self.batches)


class View(StrEnum):
    """What a :class:`Query` asks for."""

    JOBS = "jobs"
    """Jobs, in the order in which they were admitted."""
    CAUSES = "causes"
    """Failures grouped by batch, stage, kind and reason."""
    ERRORS = "errors"
    """Failed items one by one."""
    BATCHES = "batches"
    """Batches, newest first."""
    HISTORY = "history"
    """What was done minute by minute, newest first."""
    SCALES = "scales"
    """Scale events, newest first."""
    LOG = "log"
    """The newest :data:`LOG_KEPT` lines of the engine's log, newest last.

    An offset below zero counts from the end.
    """


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a longer list."""

    view: View
    batch_id: int | None = None
    text: str = ""
    """A filter in the language of ``model/filters.py``."""
    sort: str = ""
    """One of ``model.filters.SORTS`` of the view; empty: its natural order."""
    reverse: bool = False
    find: int | None = None
    """With JOBS and ERRORS: instead of ``offset``, the page of ``limit`` rows that has this one."""
    stage: str | None = None
    """With ERRORS: only of this stage, kind and reason (those of one cause)."""
    kind: ErrorKind | None = None
    reason: str | None = None
    offset: int = 0
    limit: int = 200


class JobRow(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One job in a list."""

    id: int
    batch_id: int
    importer: str
    queue: str
    label: str
    """Foreign text."""
    stage: str
    state: JobState
    attempt: int = 0
    items: Items = NO_ITEMS
    run_s: float | None = None
    """How long the last stage ran or has been running."""
    error: str = ""


class CauseRow(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Failures with one cause."""

    batch_id: int
    importer: str
    stage: str
    kind: ErrorKind
    reason: str
    count: int
    first_at_s: float
    last_at_s: float
    sample: str
    """One of the items."""
    jobs: int = 0
    """How many jobs a retry of this cause would queue again."""


class ErrorRow(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One item that could not be done."""

    id: int
    batch_id: int
    job_id: int
    item: str
    stage: str
    kind: ErrorKind
    reason: str
    attempts: int
    at_s: float
    importer: str = ""


Row = JobRow | CauseRow | ErrorRow | BatchView | HistoryRow | ScaleRow | LogRow


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a :class:`Query`."""

    rows: tuple[Row, ...] = ()
    total: int = 0
    """How many rows the whole list has."""
    offset: int = 0
    found: int | None = None
    """The number of the row that was to be found; None where the list does not have it."""
