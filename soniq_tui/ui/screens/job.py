"""One job: facts, why it waits, its runs, what failed in it and what it said."""

import dataclasses

from soniq_tui.model.snapshot import JobRow, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import job_lines
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.job_watch import JobWatch
from soniq_tui.ui.screens.detail import Detail
from soniq_tui.ui.view import Line, Span
from soniq_tui.words import _
from soniq_tui.words.told import label


class JobFacts(Detail):
    """A job in full; what its slot tells is kept up to date."""

    where = "job"

    def __init__(self, job: JobRow) -> None:
        super().__init__(_("job {id}").format(id=job.id), [(_("job"), label(job.label))])
        self.tracker = JobWatch(self.engine, self.told, self.seconds)
        self.first = job
        """As it was when the screen was opened."""

    @property
    def job(self) -> JobRow:
        """The job as it is known now."""
        return self.tracker.job or self.first

    def on_mount(self) -> None:
        """Begin to follow the job."""
        self.tracker.turn_to(self.first)

    def on_unmount(self) -> None:
        """Ask no more."""
        self.tracker.close()

    def context(self) -> ActionContext:
        """Return the job; none where it was forgotten."""
        job, now = self.job, super().context()
        if self.tracker.gone:
            return dataclasses.replace(now, forgotten=job.batch_id, queue=job.queue)
        return dataclasses.replace(now, job=job, queue=job.queue)

    def take(self, snapshot: Snapshot) -> None:
        """Bring up to date what the job's slot tells."""
        if self.tracker.job is not None:
            self.tracker.take(snapshot)
        self.draw()

    def told(self) -> None:
        """Show what the engine has told."""
        if self.tracker.problem:
            self.flash(self.tracker.problem, "bad")
        self.draw()
        self.offer_keys()

    @property
    def known(self) -> job_lines.Known:
        """All that is known of the job."""
        known = self.tracker.known or job_lines.Known(self.first)
        return dataclasses.replace(known, places=self.console.places)

    def title_spans(self) -> list[Span]:
        """Return the number of the job and its state."""
        known, glyphs = self.known, self.glyphs
        if known.lost:
            return super().title_spans()
        sign, word, tone = job_lines.state_of(known, self.console.snapshot, glyphs)
        return [*super().title_spans(), ("  ", ""), (f"{sign} {word}", tone)]

    def body(self, width: int) -> list[Line]:
        """Return everything of the job."""
        return job_lines.whole_lines(self.known, self.console.snapshot, width, self.glyphs)

    def full_text(self) -> str:
        """Return everything of the job, uncut, for the pager."""
        return job_lines.whole_text(self.known, self.console.snapshot, self.glyphs)

    def do_row_copy(self) -> None:
        """Copy the job's name: a folder, an address."""
        self.console.copy(shown(label(self.job.label)))

    def do_job_command(self) -> None:
        """Copy the command line of its batch."""
        if command := job_lines.command_of(self.known.detail, self.console.places):
            lacks = self.known.detail is not None and self.known.detail.logins
            self.console.copy(command, _("logins in addresses") if lacks else "")
        else:
            self.flash(_("the command of its batch is not known"))

    def redraw(self) -> None:
        """Draw with the newest snapshot."""
        if (snapshot := self.console.snapshot) is not None:
            self.take(snapshot)
        super().redraw()
