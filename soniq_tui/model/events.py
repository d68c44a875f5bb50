"""Facts, in the past tense. The journal stores them and the bus carries them."""

import msgspec

from soniq_tui.model.job import Batch, ItemError, Job


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The base of all events."""


class BatchChanged(Event, frozen=True, kw_only=True, tag=True):
    """A batch was added, moved to another state, or its counts changed."""

    batch: Batch


class JobAdmitted(Event, frozen=True, kw_only=True, tag=True):
    """A job entered the engine. Its payload is also where a retry starts from."""

    job: Job


class JobChanged(Event, frozen=True, kw_only=True, tag=True):
    """A job moved to another state, stage or attempt."""

    job: Job
    payload_changed: bool = False
    """Whether ``job.payload`` must be written."""


class BatchEmptied(Event, frozen=True, kw_only=True, tag=True):
    """All queued and paused jobs of a batch were cancelled at once."""

    batch_id: int


class ErrorsBooked(Event, frozen=True, kw_only=True, tag=True):
    """Items of a job could not be done."""

    batch_id: int
    job_id: int
    errors: tuple[ItemError, ...]


class ErrorsCleared(Event, frozen=True, kw_only=True, tag=True):
    """A job starts again at its first stage; what was booked for it no longer counts."""

    job_id: int


class SlotsResized(Event, frozen=True, kw_only=True, tag=True):
    """A queue got more or fewer slots."""

    queue: str
    slots: int
