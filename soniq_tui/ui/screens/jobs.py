"""Every job of one batch, or of all."""

import dataclasses

from soniq_tui.model.commands import Cancel, Command, Pause, Resume, Retry, Target
from soniq_tui.model.snapshot import BatchView, JobRow, Query, View
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, job_rows
from soniq_tui.ui.rows import TableRow
from soniq_tui.ui.screens.lists import LongList
from soniq_tui.ui.situation import PAUSABLE_JOBS, PAUSED_JOB, Situation, stopped_jobs


class Jobs(LongList[JobRow]):
    """The jobs, in the engine's order."""

    where = "jobs"

    def __init__(self, batch: BatchView | None = None, filter_text: str = "") -> None:
        super().__init__(JobRow, job_rows.JOB_COLUMNS, filter_text)
        self.owner = batch

    def question(self) -> Query:
        """Ask for jobs."""
        batch_id = None if self.owner is None else self.owner.id
        return Query(view=View.JOBS, batch_id=batch_id, text=self.filter_text)

    def row_of(self, raw: JobRow) -> TableRow:
        """Return the row of one job."""
        stopped = raw.id in stopped_jobs(self.console.snapshot)
        return job_rows.job_row(raw, self.glyphs, stopped=stopped)

    def title_text(self) -> str:
        """Return what the jobs are of."""
        return "jobs" if self.owner is None else f"jobs of {self.owner.importer} {self.owner.label}"

    def nothing_text(self) -> str:
        """Return what to say of an empty list."""
        return "no jobs yet; n starts a batch"

    def situation(self) -> Situation:
        """Return the marked job, and what the filter shows."""
        job = self.current()
        now = super().situation()
        states = {raw.state for raw in self.pages.here()} if self.filter_text else set()
        return dataclasses.replace(
            now,
            job=job,
            row=job is not None,
            queue=job.queue if job and job.queue else now.queue,
            filter_text=self.filter_text,
            shown=len(self.pages),
            shown_paused=bool(states & PAUSED_JOB) and not states & (PAUSABLE_JOBS - PAUSED_JOB),
        )

    # What the filter shows.

    @property
    def shown_target(self) -> Target:
        """All jobs that the filter shows, seen or not."""
        batches = () if self.owner is None else (self.owner.id,)
        return Target(batches=batches, text=self.filter_text)

    def ask_shown(self, verb: str, note: str, command: Command) -> None:
        """Send a command for all jobs shown, after a question where they are many."""
        count = len(self.pages)
        question = f"{verb} all that the filter shows: {formats.plural(count, 'job')}?"
        self.console.when_sure(count, question, note, command)

    def do_shown_cancel(self) -> None:
        """Cancel all that the filter shows."""
        undo_s = self.console.undo_s
        note = f"For {undo_s:.0f} s u takes it back; what is done stays."
        self.ask_shown("Cancel", note, Cancel(target=self.shown_target, undo_s=undo_s))

    def do_all_retry(self) -> None:
        """Retry what failed of all that the filter shows; without one everything that failed."""
        if not self.filter_text:
            self.console.do_all_retry()
            return
        note = "Those that failed are queued again, the others stay as they are."
        self.ask_shown("Retry", note, Retry(target=self.shown_target))

    async def do_all_pause(self) -> None:
        """Pause or resume all that the filter shows; without one everything."""
        if not self.filter_text:
            await self.console.do_all_pause()
        elif self.situation().shown_paused:
            self.ask_shown(
                "Resume", "They wait for a slot again.", Resume(target=self.shown_target)
            )
        else:
            note = "What runs stops at its next item."
            self.ask_shown("Pause", note, Pause(target=self.shown_target))

    def do_row_open(self) -> None:
        """Look into the job."""
        from soniq_tui.ui.screens.job import JobFacts

        if (job := self.current()) is not None:
            self.app.push_screen(JobFacts(job))

    def do_row_copy(self) -> None:
        """Copy the job's name."""
        if (job := self.current()) is not None:
            self.console.copy(shown(job.label))
