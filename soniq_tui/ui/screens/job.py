"""One job: facts, state, why it waits, what went wrong."""

import dataclasses

import msgspec
from textual import work

from soniq_tui.errors import SoniqError
from soniq_tui.model.job import HOLDS_SLOT, JobState
from soniq_tui.model.snapshot import BatchView, JobRow, Query, Snapshot, View
from soniq_tui.ui import formats, job_rows
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.screens.detail import Detail, Facts
from soniq_tui.ui.situation import PAUSED_BATCH, Situation, stopped_jobs
from soniq_tui.ui.view import held_back

STOPPED = "stopped where it is; its clock stands still, space resumes it"


def why_waiting(job: JobRow, snapshot: Snapshot | None) -> str:  # noqa: PLR0911  one for each reason
    """Return why a job does not run; empty when it does or has ended."""
    if job.state is JobState.PAUSED:
        return "it is paused; space resumes it"
    if job.state is not JobState.QUEUED or snapshot is None:
        return ""
    batch = batch_of(job, snapshot)
    if batch is not None and batch.state in PAUSED_BATCH:
        return f"its batch is {batch.state}"
    queue = next((q for q in snapshot.queues if q.name == job.queue), None)
    if queue is None:
        return "its queue is not served here"
    if queue.held:
        return f"queue {queue.name} is held"
    if job.attempt:
        return "its next try has to come due"
    if held_back(queue) and queue.active >= queue.target:
        return f"{queue.name} is {queue.reason}"
    if queue.active >= queue.slots:
        return f"all {formats.plural(queue.slots, 'slot')} of {queue.name} are busy"
    return (
        "it is its turn next"
        if queue.depth <= 1
        else f"{formats.count(queue.depth)} wait in {queue.name}"
    )


def batch_of(job: JobRow, snapshot: Snapshot | None) -> BatchView | None:
    """Return the batch of a job."""
    batches = snapshot.batches if snapshot else ()
    return next((b for b in batches if b.id == job.batch_id), None)


def facts_of(job: JobRow, snapshot: Snapshot | None, glyphs: Glyphs) -> Facts:
    """Return everything known of a job, foreign text as it came."""
    mark, _ = glyphs.of_job(job.state)
    batch = batch_of(job, snapshot)
    facts = [
        ("job", job.label),
        ("state", STOPPED if job.id in stopped_jobs(snapshot) else f"{mark} {job.state}"),
        ("waits", why_waiting(job, snapshot)),
        ("error", job.error),
        ("batch", f"{job.batch_id}  {job.importer}  {batch.label if batch else ''}"),
        ("queue", job.queue),
        ("step", job.stage),
        ("try", str(job.attempt + 1)),
        ("time", formats.duration(job.run_s, glyphs)),
        ("items", job_rows.items_text(job.items)),
        ("id", str(job.id)),
    ]
    return [(name, value) for name, value in facts if value]


class JobFacts(Detail):
    """A job in full; what its slot tells is kept up to date."""

    where = "job"

    def __init__(self, job: JobRow) -> None:
        super().__init__(f"job {job.id}", [("job", job.label)])
        self.job = job
        self.lost = False
        """It was running when last seen, and nobody knows where it is now."""

    def situation(self) -> Situation:
        """Return the job."""
        return dataclasses.replace(super().situation(), job=self.job, queue=self.job.queue)

    def take(self, snapshot: Snapshot) -> None:
        """Bring up to date what the job's slot tells."""
        slot = next((s for s in snapshot.slots if s.job_id == self.job.id), None)
        if slot is not None:
            self.job = msgspec.structs.replace(
                self.job,
                queue=slot.queue,
                state=slot.state,
                stage=slot.stage,
                run_s=slot.run_s,
                attempt=slot.attempt,
            )
            self.lost = False
        elif self.job.state in HOLDS_SLOT and not self.lost:
            self.find()
        self.draw_facts()

    @work(group="find", exclusive=True)
    async def find(self) -> None:
        """Ask where the job is now: it has left its slot."""
        client = self.console.client
        if client is None:
            return
        query = Query(view=View.JOBS, batch_id=self.job.batch_id, text=f"id:{self.job.id}")
        try:
            page = await client.browse(query)
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")
            return
        same = [r for r in page.rows if isinstance(r, JobRow) and r.id == self.job.id]
        self.lost = not same
        if same:
            self.job = same[0]
        self.draw_facts()
        self.offer_keys()

    def draw_facts(self) -> None:
        """Draw what is known; a state that is no longer true is not shown as if it were."""
        self.facts = facts_of(self.job, self.console.snapshot, self.glyphs)
        if self.lost:
            self.facts = [f for f in self.facts if f[0] not in {"state", "time", "step"}]
            self.facts.insert(1, ("state", "it has left its slot; the list of jobs knows more"))
        self.draw()

    def redraw(self) -> None:
        """Draw with the newest snapshot."""
        if (snapshot := self.console.snapshot) is not None:
            self.take(snapshot)
        super().redraw()
