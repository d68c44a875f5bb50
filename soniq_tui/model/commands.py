"""What a person, a script or another process may ask of the engine: imperative words.

A command names batches or jobs by :class:`Target`. The engine answers each with a :class:`Reply`,
after what the command changed is safe on disk.
"""

import msgspec

from soniq_tui.model.job import ErrorKind


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """What those failures have in common that are listed as one."""

    batch_id: int
    stage: str
    kind: ErrorKind
    reason: str


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Which jobs a command means. Nothing set: every batch that is not ended."""

    batches: tuple[int, ...] = ()
    jobs: tuple[int, ...] = ()
    text: str = ""
    """A filter as in lists: the jobs of ``batches`` (of all, when none is named) that match it."""
    without: tuple[int, ...] = ()
    """With ``text``: jobs that match it and are not meant all the same."""
    causes: tuple[Cause, ...] = ()
    """The jobs behind these failures; only a retry can mean them."""
    failures: bool = False
    """``text`` is a filter of the list of failures: the jobs behind those that match; also only
    for a retry. Like the text of jobs it narrows ``batches`` and ``causes``."""


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The base of all commands."""


class Submit(Command, frozen=True, kw_only=True, tag=True):
    """Start a batch."""

    importer: str
    options: bytes
    """msgpack of the importer's options struct."""
    priority: int = 0
    limit: int | None = None
    """Only the first so many items of what the batch begins with."""
    slots: int | None = None
    """Slots of the importer's main queue from now on."""
    paused: bool = False
    """Nothing of it runs until it is resumed."""


class Pause(Command, frozen=True, kw_only=True, tag=True):
    """Start nothing more of the target; what runs stops at its next item.

    With ``hard`` the processes of running jobs are stopped where they are (SIGSTOP): they keep
    slot and memory, and their clock stands still until they are resumed.
    """

    target: Target
    hard: bool = False


class Resume(Command, frozen=True, kw_only=True, tag=True):
    """Take up what was paused."""

    target: Target


class Cancel(Command, frozen=True, kw_only=True, tag=True):
    """Give the target up. With ``undo_s`` it is only paused until that time has run out."""

    target: Target
    undo_s: float = 0.0


class Undo(Command, frozen=True, kw_only=True, tag=True):
    """Take back what was done last.

    A cancel whose time has not yet run out, or of the last minute a pause, a resume, a change of
    priority, slots, hold or autoscale.
    """


class Retry(Command, frozen=True, kw_only=True, tag=True):
    """Queue failed jobs again; cancelled ones by name, or when their batch was cancelled.

    A job is retried whole: one that has failed for two causes is tried for both.
    """

    target: Target


class Resize(Command, frozen=True, kw_only=True, tag=True):
    """Set the number of slots of a queue; a busy slot is never stopped for it."""

    queue: str
    slots: int


class SetPriority(Command, frozen=True, kw_only=True, tag=True):
    """Set the priority of batches; larger starts sooner."""

    target: Target
    priority: int


class ShiftPriority(Command, frozen=True, kw_only=True, tag=True):
    """Raise or lower the priority of batches, or of single jobs within their batch."""

    target: Target
    step: int


class Hold(Command, frozen=True, kw_only=True, tag=True):
    """Start nothing more from a queue, whatever the batch, or let it go on."""

    queue: str
    held: bool = True


class Autoscale(Command, frozen=True, kw_only=True, tag=True):
    """Let the engine choose how many slots of a queue are in use, or always use all of them."""

    queue: str
    on: bool = True


class Forget(Command, frozen=True, kw_only=True, tag=True):
    """Remove batches that have ended from the journal, with all that it keeps of them.

    Nothing of them can be retried after that; what they brought stays where it is.
    """

    batches: tuple[int, ...] = ()
    ended_before_s: float | None = None
    """Those that ended before this moment, in wall-clock seconds; of ``batches``, if any is named.

    One of the two has to be said: whoever names nothing means nothing.
    """
    dry_run: bool = False
    """Only say what would go, in ``Reply.lost``."""


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """What goes when batches are forgotten."""

    batches: tuple[int, ...] = ()
    jobs: int = 0
    failures: int = 0
    """Failed items."""
    bytes: int = 0
    """Of the journal, as good as they can be told."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The engine's answer to a command."""

    ok: bool = True
    text: str = ""
    """One line for a person: what happened, or why not."""
    batch_id: int | None = None
    affected: int = 0
    """How many jobs or batches the command changed."""
    lost: Lost | None = None
    """What a ``Forget`` would take, where it was only asked for that."""
    note: str = ""
    """What a launch leaves out of its sources, in one line."""
