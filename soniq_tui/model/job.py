"""Batches, jobs and what comes back from running them; the table of legal moves.

Units are in the names. ``*_s`` on a job is monotonic time of the process that holds it, ``*_at_s``
is wall-clock seconds since 1970 and serves display alone.
"""

from enum import StrEnum

import msgspec

from soniq_tui.errors import IllegalMoveError

MAX_PAYLOAD_BYTES = 64 * 1024
"""What a job may carry in the journal; anything larger travels through a spool file."""


class JobState(StrEnum):
    """Where a job stands. The lower-case name is the word on screen."""

    QUEUED = "queued"
    """Waiting for a slot, for its time, or for its batch to be resumed."""
    RUNNING = "running"
    """One stage of it is being run."""
    PAUSING = "pausing"
    """Asked to pause; the stage has not yet stopped."""
    PAUSED = "paused"
    """Waits until someone resumes it; holds no slot."""
    CANCELLING = "cancelling"
    """Asked to cancel; the stage has not yet stopped."""
    DONE = "done"
    """All stages ended and every item of it is stored."""
    SKIPPED = "skipped"
    """There was nothing to do; the reason says why."""
    FAILED = "failed"
    """It, or at least one of its items, could not be done."""
    CANCELLED = "cancelled"
    """Given up because someone asked for it."""
    SET_ASIDE = "set aside"
    """It was running at several deaths of the host and is suspected of causing them."""


TERMINAL = frozenset(
    {
        JobState.DONE,
        JobState.SKIPPED,
        JobState.FAILED,
        JobState.CANCELLED,
        JobState.SET_ASIDE,
    }
)
"""States that end a job; only a retry leads out of them."""

HOLDS_SLOT = frozenset({JobState.RUNNING, JobState.PAUSING, JobState.CANCELLING})
"""States in which a stage is being run."""

_S = JobState
MOVES: dict[JobState, frozenset[JobState]] = {
    _S.QUEUED: frozenset({_S.RUNNING, _S.PAUSED, _S.CANCELLED}),
    # RUNNING -> QUEUED: the next stage, a retry, or a restart after the host died.
    _S.RUNNING: frozenset(
        {
            _S.QUEUED,
            _S.DONE,
            _S.SKIPPED,
            _S.FAILED,
            _S.PAUSING,
            _S.CANCELLING,
            _S.SET_ASIDE,
        }
    ),
    # PAUSING -> RUNNING: resumed before the stage had stopped.
    _S.PAUSING: frozenset({_S.PAUSED, _S.DONE, _S.SKIPPED, _S.FAILED, _S.CANCELLING, _S.RUNNING}),
    _S.PAUSED: frozenset({_S.QUEUED, _S.CANCELLED}),
    _S.CANCELLING: frozenset({_S.CANCELLED, _S.DONE}),
    _S.FAILED: frozenset({_S.QUEUED}),
    _S.CANCELLED: frozenset({_S.QUEUED}),
    _S.SET_ASIDE: frozenset({_S.QUEUED}),
    _S.DONE: frozenset(),
    _S.SKIPPED: frozenset(),
}
"""From each state, the states a job may move to; persisted, so a change here needs a migration."""


class BatchState(StrEnum):
    """Where a batch stands. The lower-case name is the word on screen."""

    RUNNING = "running"
    """Jobs of it may start."""
    PAUSING = "pausing"
    """No job starts; some have not yet stopped."""
    PAUSED = "paused"
    """No job runs and none starts until someone resumes it."""
    CANCELLING = "cancelling"
    """Being given up; some jobs have not yet stopped."""
    CANCELLED = "cancelled"
    """Given up because someone asked for it."""
    DONE = "done"
    """Every item has ended, failed ones included."""
    FAILED = "failed"
    """The batch itself could not do its work."""


BATCH_ENDED = frozenset({BatchState.CANCELLED, BatchState.DONE, BatchState.FAILED})
"""States that end a batch; only a retry leads out of them."""


class ErrorKind(StrEnum):
    """Why an item could not be done: a closed list, relied on by scripts."""

    CORRUPT = "corrupt"
    """Its content is damaged, or not what it says it is."""
    UNSUPPORTED = "unsupported"
    """A format or scheme that nobody here reads."""
    UNREADABLE = "unreadable"
    """The system refuses to read it: permissions, a failing disk."""
    VANISHED = "vanished"
    """It was there and is not any more."""
    TOO_BIG = "too_big"
    """It exceeds a bound that protects this machine."""
    TIMEOUT = "timeout"
    """It took longer than it may."""
    MEMORY = "memory"
    """There was not enough memory for it."""
    CRASHED = "crashed"
    """The process that worked on it died."""
    DISK_FULL = "disk_full"
    """There was no room for what comes of it."""
    NOT_FOUND = "not_found"
    """The server does not have it."""
    BLOCKED = "blocked"
    """A rule forbids it: robots.txt, a private address, a path outside the root."""
    RATE_LIMITED = "rate_limited"
    """The server asks for patience, and patience has run out."""
    SERVER_ERROR = "server_error"
    """The server could not answer."""
    NETWORK = "network"
    """The server could not be reached."""
    NO_RECIPE = "no_recipe"
    """There is no recipe in it."""
    JS_REQUIRED = "js_required"
    """The page shows nothing without running scripts."""
    MODEL = "model"
    """The language model failed or answered nonsense."""
    INVALID = "invalid"
    """What came out of it breaks a rule of its own format."""
    DUPLICATE = "duplicate"
    """It is there already; only ever on skipped items."""
    INTERNAL = "internal"
    """A bug of ours, or of a plug-in."""


class Items(msgspec.Struct, frozen=True, gc=False):
    """How many items (files, recipes, pages) ended, and how."""

    total: int = 0
    """All items known so far, ended or not."""
    done: int = 0
    skipped: int = 0
    failed: int = 0

    @property
    def ended(self) -> int:
        """Items that are done, skipped or failed."""
        return self.done + self.skipped + self.failed

    @property
    def left(self) -> int:
        """Items that have not ended."""
        return self.total - self.ended

    def plus(self, other: "Items", sign: int = 1) -> "Items":
        """Return the sum, or with ``sign=-1`` the difference."""
        return Items(
            self.total + sign * other.total,
            self.done + sign * other.done,
            self.skipped + sign * other.skipped,
            self.failed + sign * other.failed,
        )


NO_ITEMS = Items()


class ItemError(msgspec.Struct, frozen=True, kw_only=True):
    """One item that could not be done.

    ``item`` and ``reason`` are foreign text: ``shown()`` before painting.
    """

    item: str
    """Path or URL; stray bytes of a path stand as ``\\xNN``."""
    stage: str
    kind: ErrorKind
    reason: str
    attempts: int = 1


class Job(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One piece of work on its way through the stages of its importer."""

    id: int
    batch_id: int
    importer: str
    stage: str
    first_stage: str
    """Where it entered, and where a retry or a loss of spooled data takes it back to."""
    key: str
    """Unique within the batch; a second job with the same key is not admitted."""
    label: str
    """What the slot row shows: a folder, a URL. Foreign text."""
    payload: bytes = b""
    """msgpack of what the stage accepts; empty while ``stored`` is set."""
    stored: bool = False
    """The payload was large and lies in the journal alone.

    The engine reads it when the job starts.
    """
    priority: int = 0
    """Larger starts sooner."""
    state: JobState = JobState.QUEUED
    attempt: int = 0
    """How often this stage was started and failed; 0 the first time."""
    fence: int = 0
    """Counts starts. A result that carries an older fence is dropped."""
    not_before_s: float = 0.0
    weight: int = 1
    """How many items it was admitted for; ``items.total`` also counts those it found itself."""
    items: Items = NO_ITEMS
    retries: int = 0
    """How often a person had it queued again after it had ended."""
    turn: int = 0
    """Number of its newest entry in a queue; older entries are void. Lives in memory only."""
    accused: int = -1
    """Position of the item on which a child last died; lives in memory only."""
    suspects: tuple[int, ...] = ()
    """Positions of items on which a child died twice; the stage books them and goes on."""
    deaths: int = 0
    """At how many deaths of the host in a row it was being run at the item ``died_at``."""
    died_at: int = -1
    """Position of the item it was at when the host last died; -1 when it never did."""
    frozen: bool = False
    """Its process is stopped where it is (SIGSTOP); lives in memory only."""
    error: str = ""
    """Why it failed, was skipped or waits for a retry. Foreign text."""
    lane: str = ""
    """What it shares with jobs that must not run at once: a host name. Foreign text."""
    run_s: float = 0.0
    """How long its stages have run together since it last began."""

    def moved(self, state: JobState, **changes: object) -> "Job":
        """Return a copy in ``state``.

        Raises:
            IllegalMoveError: the move is not in ``MOVES``.
        """
        if state not in MOVES[self.state]:
            raise IllegalMoveError(f"job {self.id}: {self.state} -> {state} is not a legal move")
        return msgspec.structs.replace(self, state=state, **changes)

    def anew(self, state: JobState, **changes: object) -> "Job":
        """Return a copy :meth:`moved`, as a job begins a stage: untried, and blamed for nothing."""
        return self.moved(
            state, attempt=0, not_before_s=0.0,
            accused=-1, suspects=(), deaths=0, died_at=-1, **changes,
        )  # fmt: skip


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """One launch of an importer: what a person sees, pauses, cancels and retries."""

    id: int
    importer: str
    label: str
    """What was launched: a path, a file of URLs. Foreign text."""
    options: bytes
    """msgpack of the importer's options; never a secret."""
    priority: int = 0
    state: BatchState = BatchState.RUNNING
    items: Items = NO_ITEMS
    added_at_s: float = 0.0
    ended_at_s: float | None = None
    worked_s: float = 0.0
    """Time during which at least one job of it ran, summed over all hosts that worked on it."""
    error: str = ""
    """Why the batch FAILED."""


class Expected(msgspec.Struct, frozen=True, gc=False):
    """What is likely to be found beyond what is known: an estimate, never a promise."""

    items: int
    """Below 0: nobody knows any more."""
    ended: int = 0
    """Of them: met already and as good as ended; they are counted later."""

    def plus(self, other: "Expected") -> "Expected":
        """Return the sum."""
        return Expected(self.items + other.items, self.ended + other.ended)


class Spawn(msgspec.Struct, frozen=True, kw_only=True):
    """A job that a plan or a stage asks for."""

    key: str
    label: str
    payload: bytes
    stage: str = ""
    """Empty: the first stage of the importer."""
    items: int = 1
    """How many items the job stands for."""
    lane: str = ""
    expected: int | None = None
    """So many further items the job is likely to bring; None: nobody knows."""


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What a long stage hands over while it runs; admitted in one journal transaction.

    After a crash the job starts again with ``payload``, so what was spawned is never spawned twice
    and never forgotten.
    """

    payload: bytes
    spawned: tuple[Spawn, ...] = ()
    items: Items = NO_ITEMS
    """Items that ended in this job itself since the last checkpoint (``total`` counts them too)."""
    errors: tuple[ItemError, ...] = ()
    anew: bool = False
    """What the job booked as failed before this counts no more."""
    expected: Expected | None = None
    """What the job is likely to bring after this; None: it does not say."""


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A job that was being run when a host died: what its board says."""

    job_id: int
    fence: int
    """Of the start; a job whose newest fence is larger had moved on."""
    position: int
    """Of the item it was at; 0 where it does not say."""
    total: int = 0
    """Of how many items; 0 where it does not say."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one run of one stage produced: all that comes back from a runner."""

    state: JobState
    """DONE, SKIPPED or FAILED.

    PAUSED or CANCELLED when the stage stopped because it was asked to; of the latter what had
    failed by then is told.
    """
    payload: bytes = b""
    """msgpack of what the stage returned: what the next stage accepts."""
    onward: str = ""
    """The stage that follows; empty: the next one of the importer."""
    spawned: tuple[Spawn, ...] = ()
    items: Items = NO_ITEMS
    """Items that ended in this run (``total`` counts only items that the job brought itself)."""
    errors: tuple[ItemError, ...] = ()
    kind: ErrorKind | None = None
    reason: str = ""
    """Why it FAILED or was SKIPPED. Foreign text."""
    retryable: bool = False
    retry_after_s: float | None = None
    """How long the other side asked us to wait (Retry-After); None: as the policy says."""
    blameless: bool = False
    """With ``retryable``: it is no fault of the job, and does not count as an attempt.

    CRASHED and blameless: the system allowed no process to run it.
    """
    back: bool = False
    """What an earlier stage left behind is gone: start again at the first stage of the job."""
    suspect: int | None = None
    """Position of the item that was being worked on when the child died."""
    spools: tuple[str, ...] = ()
    """Names of the spool files that this run wrote."""
    run_s: float = 0.0
    rss_bytes: int = 0
    """Resident memory of the process that ran it, when it ended.

    0 where there is none of its own.
    """
