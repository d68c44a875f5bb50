"""What a stage is given, and what it may raise or return besides its result."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from soniq_tui.model.job import ErrorKind


class StageSignal(Exception):  # noqa: N818  these are outcomes, not errors
    """The base of all that a stage may raise on purpose."""


class Skip(StageSignal):
    """The job needs no work; the message says why."""


class RetryLater(StageSignal):
    """A passing fault: the engine's retry policy decides when to try again."""

    def __init__(
        self,
        reason: str,
        kind: ErrorKind = ErrorKind.INTERNAL,
        after_s: float | None = None,
        *,
        blameless: bool = False,
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.blameless = blameless
        """Something that all jobs need is not there: waiting for it is not an attempt."""
        self.after_s = after_s
        """How long the other side asked us to wait (Retry-After); None: it did not say."""


class ItemFault(StageSignal):
    """The job's one item cannot be done, and trying again would not help."""

    def __init__(self, kind: ErrorKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class GoBack(StageSignal):
    """What an earlier stage left behind is gone; the job starts again at its first stage."""


class Stopped(StageSignal):
    """Raised by :meth:`Context.progress` when the job was asked to pause or to cancel.

    Let it through.
    """


class Ran(msgspec.Struct, frozen=True):
    """How a program ended."""

    status: int
    """As a shell has it; negative: the signal that killed it."""
    tail: tuple[str, ...] = ()
    """The last lines of both its outputs."""


class Onward(msgspec.Struct, frozen=True):
    """Returned by a stage instead of its result: another stage than the next one follows."""

    stage: str
    payload: msgspec.Struct
    """What that stage accepts."""


class Context(Protocol):
    """What a stage may use of the world around it."""

    attempt: int
    """0 at the first try of this stage."""
    retries: int
    """How often a person had the job queued again after it had ended."""
    suspects: tuple[int, ...]
    """Positions of items that killed a child before: book them as crashed, do not touch them."""
    data_dir: Path
    """Where the importer keeps what it makes."""

    def progress(self, done: int, total: int) -> None:
        """Say that item number ``done`` of ``total`` is now being worked on.

        Costs under a microsecond: call it for each item. It is also where a job stops when asked
        to.

        Raises:
            Stopped: the job is to pause or to be cancelled.
        """

    def cancelled(self) -> bool:
        """Return whether the job is being cancelled: to tell others while the stage is ended.

        A stage is also ended where it is to pause, or its host ends.
        """

    def spawn(
        self,
        payload: msgspec.Struct,
        *,
        key: str,
        label: str,
        stage: str = "",
        items: int = 1,
        lane: str = "",
    ) -> None:
        """Ask for another job of the same batch; admitted at the next checkpoint or at the end."""

    def checkpoint(self, payload: msgspec.Struct) -> None:
        """Hand over what was spawned and counted so far.

        After a crash the stage starts with ``payload``.
        """

    async def written(self) -> None:
        """Return when what was handed over is on disk: before what must not be done twice.

        It waits for as long as the disk is full. For stages whose place is the loop.
        """

    def count(self, *, done: int = 0, skipped: int = 0) -> None:
        """Say that items ended here. Failed ones are counted by :meth:`fail`."""

    def found(self, items: int) -> None:
        """Say that this job brought items beyond those it was admitted with."""

    def expect(self, items: int | None, ended: int = 0) -> None:
        """Say how many more items this job is likely to bring, for those who see how far it is.

        An estimate, told with the next checkpoint and beyond what that hands over. What later
        ones hand over is taken off it until it is told anew; a restart forgets it.

        Args:
            items: so many; None: nobody knows any more.
            ended: of them, those that were met already and will be counted as ended.
        """

    def fail(self, item: str, kind: ErrorKind, reason: str) -> None:
        """Book one item as failed and go on."""

    def take_back(self) -> None:
        """Say that what this job has booked as failed counts no more, from the next checkpoint on.

        What is booked after this does. Only for a stage that was admitted for no items, and brings
        those that it books by :meth:`found`: one that goes on for long and looks again.
        """

    def log(self, text: str) -> None:
        """Say something about this job, for whoever looks at it: what it waits for, what it met.

        From any thread; the newest lines are kept while the engine runs. In a process of its own
        everything that the stage prints or logs (from warnings on) is said this way, too.
        """

    def doing(self, text: str) -> None:
        """Say what is being done now, in a few words: "fetching", "saving".

        It is shown with the slot until something else is said, or the stage ends; from the loop's
        thread alone. In a process of its own it is a line as those of :meth:`log`.
        """

    async def run(
        self,
        argv: Sequence[str],
        *,
        on_line: Callable[[str], None],
        on_error: Callable[[str], None] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> "Ran":
        """Run a program in a session of its own, to its end; only where a stage runs on the loop.

        Args:
            argv: the program and its arguments; no shell.
            on_line: called with each line of its stdout, without the end, bounded.
            on_error: the same for stderr.
            env: variables besides those that are there.
            cwd: the folder it starts in.

        Raises:
            OSError: it cannot be started.
        """

    def write_spool(self, data: bytes) -> str:
        """Keep large data for the next stage; returns its name. It is deleted when the job ends."""

    def read_spool(self, name: str) -> bytes:
        """Read what an earlier stage kept.

        Raises:
            GoBack: it is gone.
        """
