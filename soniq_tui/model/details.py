"""One job in full: how its runs ended, why it waits, what it said."""

import msgspec

from soniq_tui.model.forms import FormSpec
from soniq_tui.model.job import JobState
from soniq_tui.model.snapshot import ErrorRow, JobRow


class AttemptRow(msgspec.Struct, frozen=True, kw_only=True):
    """One run of one stage of a job that has ended."""

    fence: int
    """Counts the starts of the job, from 1 on."""
    stage: str
    attempt: int
    """How often this stage had been tried before."""
    state: JobState
    """How it ended."""
    again: bool
    """It failed and is, or was, tried again."""
    at_s: float
    """When it ended, wall clock."""
    run_s: float
    reason: str = ""
    """Foreign text."""


class JobDetail(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one job."""

    job: JobRow
    first_stage: str = ""
    """Where it entered."""
    priority: int = 0
    starts: int = 0
    """How often a stage of it was started; of the older ones nothing more may be known."""
    retries: int = 0
    """How often a person had it queued again."""
    lane: str = ""
    """What it shares with jobs that must not run at once. Foreign text."""
    lane_busy: bool = False
    """Another job of its lane is at work."""
    full_queue: str = ""
    """The queue behind it that takes no more for now."""
    due_s: float | None = None
    """Seconds until it may start; None where it waits for no time."""
    changed_at_s: float = 0.0
    """When it last moved, wall clock."""
    attempts: tuple[AttemptRow, ...] = ()
    """Oldest first."""
    errors: tuple[ErrorRow, ...] = ()
    """The first of its items that could not be done."""
    form: FormSpec | None = None
    """The launch form of its batch; None where its importer is not here."""
    values: dict[str, str] = {}
    """What the form held, as far as it can be told in text, and without logins in addresses."""
    logins: bool = False
    """There are such logins: what is started with ``values`` lacks them."""


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What the stages of a job said, from one line on."""

    lines: tuple[str, ...] = ()
    """Safe to show."""
    after: int = 0
    """The number to ask with next."""
    missed: int = 0
    """Lines between the number that was asked with and the first of ``lines`` that are gone."""
