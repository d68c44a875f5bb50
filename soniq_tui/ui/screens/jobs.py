"""Every job of one batch, or of all."""

import dataclasses
from time import time

from textual.app import ComposeResult
from textual.containers import Horizontal

from soniq_tui.model.commands import Cancel, Command, Pause, Resume, Retry, Target
from soniq_tui.model.snapshot import BatchView, JobRow, Query, Snapshot, View
from soniq_tui.model.text import shown
from soniq_tui.ui import job_rows
from soniq_tui.ui.action_context import (
    PAUSABLE_JOBS,
    PAUSED_JOB,
    ActionContext,
    Marked,
    batch_in,
    queue_for,
    stopped_jobs,
)
from soniq_tui.ui.dash_layout import WIDE, side_cells
from soniq_tui.ui.job_lines import Known, whole_text
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.outcomes import outcome_line
from soniq_tui.ui.rows import TableRow
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.screens.lists import LongList
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.ui.widgets.job_pane import JobPane
from soniq_tui.words import _, many
from soniq_tui.words.told import label

DEAD = "is:dead"
"""The filter of jobs that failed for good."""
EVERY = "is:any"
"""The filter that every job matches."""


class Jobs(LongList[JobRow]):
    """The jobs, in the engine's order."""

    where = "jobs"

    def __init__(self, batch: BatchView | None = None, filter_text: str = "") -> None:
        super().__init__(JobRow, job_rows.JOB_COLUMNS, filter_text)
        self.owner = batch
        self.batch_id = None if batch is None else batch.id
        self._marked: tuple[tuple[int, int, str], Marked] | None = None
        """What was marked when it was last asked for, and of which state of things that is."""
        self.job_pane = JobPane(self.engine, self.seconds, id="job")

    def compose(self) -> ComposeResult:
        """Lay out the list, and where there is room the job under the cursor beside it."""
        yield self.head
        yield self.banner_line
        with Horizontal(id="room"):
            yield self.table
            yield self.job_pane
        yield from self.bottom()

    def take(self, snapshot: Snapshot) -> None:
        """Bring list and pane up to date."""
        width = self.app.size.width
        self.job_pane.display = width >= WIDE
        self.job_pane.styles.width = side_cells(width)
        super().take(snapshot)
        self.job_pane.take(snapshot, self.glyphs)
        if not self.typing:
            self.flash_line.stand(self.outcome())

    def outcome(self) -> Line:
        """Return what came of the batch, once it has ended."""
        console = self.console
        batch = batch_in(console.snapshot, self.batch_id)
        if batch is None:
            return EMPTY
        changes = console.outcomes.of(batch, console.snapshot, console.client)
        return outcome_line(batch, changes, self.app.size.width, self.glyphs)

    def rows_came(self, error: str) -> None:
        """Show what came, and the job under the cursor as it is now."""
        super().rows_came(error)
        self.job_pane.follow(self.current())

    def on_virtual_table_cursor_moved(self) -> None:
        """Show the job under the cursor."""
        super().on_virtual_table_cursor_moved()
        self.job_pane.follow(self.current())

    def question(self) -> Query:
        """Ask for jobs."""
        batch_id = None if self.owner is None else self.owner.id
        return Query(view=View.JOBS, batch_id=batch_id, text=self.filter_text)

    def row_of(self, raw: JobRow) -> TableRow:
        """Return the row of one job."""
        stopped = raw.id in stopped_jobs(self.console.snapshot)
        return job_rows.job_row(raw, self.glyphs, stopped=stopped)

    def id_of(self, raw: JobRow) -> int:
        """Return the number of the job."""
        return raw.id

    def title_text(self) -> str:
        """Return what the jobs are of."""
        if self.owner is None:
            return _("failed jobs") if self.only_dead else _("jobs")
        text = _("jobs of {kind} {batch}")
        return text.format(kind=self.owner.importer, batch=label(self.owner.label))

    @property
    def only_dead(self) -> bool:
        """Whether it was opened with what failed for good, and still shows all of that."""
        return self.filter_text == self._given == DEAD

    def empty_text(self) -> str:
        """Return what to say where there is no row."""
        return _("no job has failed for good") if self.only_dead else super().empty_text()

    def nothing_text(self) -> str:
        """Return what to say of an empty list."""
        return _("no jobs yet; {key} starts a batch").format(key=pressed("batch.new"))

    def context(self) -> ActionContext:
        """Return the job under the cursor, what is marked, and what the filter shows."""
        job = self.current()
        now = super().context()
        states = {raw.state for raw in self.pages.here()} if self.filter_text else set()
        return dataclasses.replace(
            now,
            job=job,
            forgotten=self.forgotten,
            queue=job.queue if job and job.queue else self.queue_meant(now),
            marked=self.marked(),
            shown_paused=bool(states & PAUSED_JOB) and not states & (PAUSABLE_JOBS - PAUSED_JOB),
        )

    def queue_meant(self, now: ActionContext) -> str:
        """Return the queue that is meant while no job is under the cursor."""
        return queue_for(now.snapshot, self.owner.id) if self.owner else now.queue

    # What is marked, and what the filter shows.

    @property
    def takes_everything(self) -> bool:
        """All jobs can be meant by the filter."""
        return True

    def marked(self) -> Marked | None:
        """Return the marked jobs; made anew only when they have changed, for it is asked often."""
        if not self.marks:
            return None
        of = (self.marks.changes, len(self.pages), self.filter_text)
        if self._marked is None or self._marked[0] != of:
            self._marked = (of, self._meant())
        return self._marked[1]

    def _meant(self) -> Marked:
        count = self.marks.count(len(self.pages))
        if self.marks.everything:
            without = tuple(i for i in self.marks.without if isinstance(i, int))
            text = self.filter_text or EVERY
            target = Target(batches=self.batches_meant, text=text, without=without)
            return Marked(count, count, target, None)
        states = frozenset(str(raw.state) for raw in self.marks.rows.values())
        jobs = tuple(raw.id for raw in self.marks.rows.values())
        return Marked(count, count, Target(jobs=jobs), states)

    @property
    def batches_meant(self) -> tuple[int, ...]:
        """The batch whose jobs these are; none: all."""
        return () if self.owner is None else (self.owner.id,)

    @property
    def shown_target(self) -> Target:
        """All jobs that the filter shows, seen or not."""
        return Target(batches=self.batches_meant, text=self.filter_text)

    def ask_shown(self, question: str, note: str, command: Command) -> None:
        """Send a command for all jobs shown, after a question where they are many."""
        count = len(self.pages)
        self.console.when_sure(count, question, note, command)

    def do_shown_cancel(self) -> None:
        """Cancel all that the filter shows."""
        undo_s = self.console.undo_s
        note = _("For {n} s {key} takes it back; what is done stays.").format(
            n=f"{undo_s:.0f}", key=pressed("jobs.undo")
        )
        question = many(
            "Cancel all that the filter shows: {n} job?",
            "Cancel all that the filter shows: {n} jobs?",
            len(self.pages),
        )
        self.ask_shown(question, note, Cancel(target=self.shown_target, undo_s=undo_s))

    def do_all_retry(self) -> None:
        """Retry what failed of all that is marked, else shown; without a filter of everything."""
        if self.marks:
            self.console.do_jobs_retry()
            return
        if not self.filter_text:
            self.console.do_all_retry()
            return
        note = _("Those that failed are queued again, the others stay as they are.")
        question = many(
            "Retry all that the filter shows: {n} job?",
            "Retry all that the filter shows: {n} jobs?",
            len(self.pages),
        )
        self.ask_shown(question, note, Retry(target=self.shown_target))

    async def do_all_pause(self) -> None:
        """Pause or resume all that the filter shows; without one everything."""
        if not self.filter_text:
            await self.console.do_all_pause()
        elif self.context().shown_paused:
            question = many(
                "Resume all that the filter shows: {n} job?",
                "Resume all that the filter shows: {n} jobs?",
                len(self.pages),
            )
            note = _("They wait for a slot again.")
            self.ask_shown(question, note, Resume(target=self.shown_target))
        else:
            question = many(
                "Pause all that the filter shows: {n} job?",
                "Pause all that the filter shows: {n} jobs?",
                len(self.pages),
            )
            note = _("What runs stops at its next item.")
            self.ask_shown(question, note, Pause(target=self.shown_target))

    def do_row_open(self) -> None:
        """Look into the job."""
        from soniq_tui.ui.screens.job import JobFacts

        if (job := self.current()) is not None:
            self.app.push_screen(JobFacts(job))

    def text_of(self, raw: JobRow) -> str:
        """Return the job's name."""
        return shown(label(raw.label))

    async def whole_text(self, raw: JobRow) -> str:
        """Return all that is known of the job."""
        return await text_of_job(raw, self) or self.row_text(raw)


async def text_of_job(job: JobRow, screen: ConsoleScreen) -> str:
    """Return facts, runs, failed items and output of a job; empty where nobody knows of it.

    Raises:
        SoniqError, OSError: the engine cannot tell.
    """
    client = screen.console.client
    detail = await client.job(job.id) if client is not None else None
    if client is None or detail is None:
        return ""
    output = await client.output(job.id, 0)
    known = Known(
        detail.job,
        detail,
        fetched_at_s=time(),
        output=output.lines,
        missed=output.missed,
        places=screen.console.places,
    )
    return whole_text(known, screen.console.snapshot, screen.glyphs)
