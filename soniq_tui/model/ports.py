"""Protocols between the rooms."""

from collections.abc import Container, Sequence
from typing import Protocol

from soniq_tui.model.commands import Command, Reply
from soniq_tui.model.details import JobDetail, Output
from soniq_tui.model.forms import FormSpec, Preview
from soniq_tui.model.job import Checkpoint, Job, Outcome
from soniq_tui.model.report import Report
from soniq_tui.model.results import DetailQuery, ResultDetail, ResultPage, ResultQuery
from soniq_tui.model.snapshot import Page, Query, Snapshot


class Progress(Protocol):
    """How a runner tells the engine of a job that is still running."""

    def checkpoint(self, part: Checkpoint) -> None:
        """The stage hands over a part of what it found."""

    def said(self, lines: Sequence[str]) -> None:
        """The stage has something to say; lines are bounded and safe to show."""

    def doing(self, text: str) -> None:
        """What the stage does now, in a few words; bounded and safe to show."""

    async def written(self) -> None:
        """Return when all that was told before is safe on disk.

        Raises:
            JournalError: it cannot be written; the engine ends.
        """


class Runner(Protocol):
    """Runs one stage of a job somewhere.

    ``run`` never raises for what a stage does: that is an outcome. Cancelling the coroutine
    cancels the job: when it has ended nothing of the job runs any more, grandchildren included.
    """

    async def run(self, job: Job, slot: int, progress: Progress) -> Outcome:
        """Run ``job.stage`` of ``job`` in the queue's slot number ``slot``."""

    def reserve(self, job: Job, slot: int) -> bool:
        """Hand a job over before :meth:`run` is called for it, so that the slot never waits.

        It begins as soon as what the slot was given before has ended. ``run`` has to be called for
        the jobs of a slot in the order in which they were handed over. Returns whether it is there
        now; where nothing could be taken back, nothing is taken.
        """

    def warm(self) -> None:
        """Work is about to come: begin what takes long to begin. May be called at any time."""

    def recall(self, slot: int) -> list[int]:
        """Take back at once what was handed over and not begun; return the ids of the jobs.

        They come back in any order: one that was handed over later may have begun before another.
        """

    def ask_to_stop(self, job: Job, *, cancel: bool) -> None:
        """Ask the stage to stop at its next item.

        It ends as PAUSED, or CANCELLED with ``cancel``.
        """

    def take_back(self, job: Job) -> None:
        """The job that was asked to stop may go on."""

    def freeze(self, job: Job) -> None:
        """Stop its processes where they are (SIGSTOP), with all they started."""

    def unfreeze(self, job: Job) -> None:
        """Let them go on (SIGCONT)."""

    def progress_of(self, job: Job) -> tuple[int, int]:
        """Return how far a running job is: items worked on, of how many; 0 of 0 when unknown."""

    def pids(self) -> list[int]:
        """Return the ids of the processes it runs."""

    async def close(self) -> None:
        """End every process and give back every descriptor."""


class SpoolKeeper(Protocol):
    """Looks after the files in which stages keep large data for each other."""

    def sweep(self, live: Container[int]) -> dict[int, list[str]]:
        """Delete what belongs to no live job; return the names of the rest by job."""

    def delete(self, names: list[str]) -> None:
        """Delete files that are no longer needed."""


class Client(Protocol):
    """What a screen or a command line holds of the engine, in this process or in another."""

    async def send(self, command: Command) -> Reply:
        """Carry out a command; returns when its effect is safe on disk."""

    async def snapshot(self) -> Snapshot:
        """The engine now."""

    async def changed(self, version: int) -> None:
        """Return as soon as the snapshot's version differs from ``version``."""

    async def browse(self, query: Query) -> Page:
        """A page of a longer list."""

    async def job(self, job_id: int) -> JobDetail | None:
        """Everything about one job; None where there is no such job."""

    async def output(self, job_id: int, after: int) -> Output:
        """What the stages of a job said after line number ``after``; 0 from the start."""

    async def describe(self) -> list[FormSpec]:
        """The launch forms of all importers."""

    async def preview(self, importer: str, options: dict[str, object]) -> Preview:
        """Look at what a launch would meet; ``options`` as :class:`FormSpec` names them."""

    async def launch(self, importer: str, options: dict[str, object]) -> Reply:
        """Check the options of a form and submit the batch."""

    async def results(self, query: ResultQuery) -> ResultPage:
        """A page of what batches brought; why there is none stands in ``problem``."""

    async def detail(self, query: DetailQuery) -> ResultDetail:
        """Everything about one result.

        Raises:
            SoniqError: it is gone, or cannot be read.
        """

    async def deed(self, importer: str, name: str, words: dict[str, str]) -> Reply:
        """Do something with results: one of the importer's deeds, told by words by name.

        Raises:
            SoniqError: it cannot be done; nothing was changed.
        """

    async def metrics(self) -> str:
        """The figures of the engine as Prometheus text."""

    async def report(self, batch_id: int) -> Report | None:
        """What came of a batch so far; None where there is no such batch."""

    async def end(self, *, finish: bool) -> Reply:
        """Ask the host to stop: now, or with ``finish`` when what runs has ended."""
