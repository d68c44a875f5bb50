"""Every job of one batch, or of all."""

import dataclasses

from soniq_tui.model.snapshot import BatchView, JobRow, Query, View
from soniq_tui.model.text import shown
from soniq_tui.ui import rows
from soniq_tui.ui.rows import TableRow
from soniq_tui.ui.screens.lists import LongList
from soniq_tui.ui.situation import Situation


class Jobs(LongList[JobRow]):
    """The jobs, in the engine's order."""

    where = "jobs"

    def __init__(self, batch: BatchView | None = None) -> None:
        super().__init__(JobRow, rows.JOB_COLUMNS)
        self.owner = batch

    def question(self) -> Query:
        """Ask for jobs."""
        batch_id = None if self.owner is None else self.owner.id
        return Query(view=View.JOBS, batch_id=batch_id, text=self.filter_text)

    def row_of(self, raw: JobRow) -> TableRow:
        """Return the row of one job."""
        return rows.job_row(raw, self.glyphs)

    def title_text(self) -> str:
        """Return what the jobs are of."""
        return "jobs" if self.owner is None else f"jobs of {self.owner.importer} {self.owner.label}"

    def nothing_text(self) -> str:
        """Return what to say of an empty list."""
        return "no jobs yet; n starts a batch"

    def situation(self) -> Situation:
        """Return the marked job."""
        job = self.current()
        queue = job.queue if job and job.queue else super().situation().queue
        return dataclasses.replace(super().situation(), job=job, row=job is not None, queue=queue)

    def do_row_open(self) -> None:
        """Look into the job."""
        from soniq_tui.ui.screens.job import JobFacts

        if (job := self.current()) is not None:
            self.app.push_screen(JobFacts(job))

    def do_row_copy(self) -> None:
        """Copy the job's name."""
        if (job := self.current()) is not None:
            self.console.copy(shown(job.label))
