"""Facts, in the past tense: what the scheduler decides and the journal stores."""

import msgspec

from soniq_tui.model.details import AttemptRow
from soniq_tui.model.job import Batch, ItemError, Job
from soniq_tui.model.snapshot import HistoryRow


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The base of all events."""


class BatchChanged(Event, frozen=True, kw_only=True):
    """A batch was added, moved to another state, or its counts changed."""

    batch: Batch


class JobAdmitted(Event, frozen=True, kw_only=True):
    """A job entered the engine. Its payload is also where a retry starts from."""

    job: Job


class JobChanged(Event, frozen=True, kw_only=True):
    """A job moved to another state, stage or attempt."""

    job: Job
    payload_changed: bool = False
    """Whether ``job.payload`` must be written."""


class BatchEmptied(Event, frozen=True, kw_only=True):
    """All queued and paused jobs of a batch were cancelled at once."""

    batch_id: int


class BatchForgotten(Event, frozen=True, kw_only=True):
    """A batch that had ended is no more, and neither is anything that was kept of it."""

    batch_id: int
    ended_at_s: float
    """When it had ended, wall clock."""


class ErrorsBooked(Event, frozen=True, kw_only=True):
    """Items of a job could not be done."""

    batch_id: int
    job_id: int
    errors: tuple[ItemError, ...]


class AttemptEnded(Event, frozen=True, kw_only=True):
    """A run of a stage ended, well or not."""

    job_id: int
    attempt: AttemptRow


class ErrorsCleared(Event, frozen=True, kw_only=True):
    """What was booked for a job no longer counts: it starts again, or has taken it back."""

    job_id: int


class SlotsResized(Event, frozen=True, kw_only=True):
    """A queue got more or fewer slots."""

    queue: str
    slots: int


class QueueHeld(Event, frozen=True, kw_only=True):
    """A queue was held, or released."""

    queue: str
    held: bool


class AutoscaleSet(Event, frozen=True, kw_only=True):
    """The engine was told to choose the slots in use of a queue, or not to."""

    queue: str
    on: bool


class Scaled(Event, frozen=True, kw_only=True):
    """The engine uses more or fewer slots of a queue, or says anew why it holds back."""

    queue: str
    before: int
    after: int
    reason: str
    """For people: "backlog of 40", "78 °C"."""


class Counted(Event, frozen=True, kw_only=True):
    """Minutes have ended: what was done in them, for the history."""

    rows: tuple[HistoryRow, ...]
