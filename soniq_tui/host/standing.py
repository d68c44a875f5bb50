"""What a batch does, or waits for, while its counts stand still or move slowly."""

from typing import NamedTuple

from soniq_tui.errors import UsageError
from soniq_tui.host.report import SLOW_PER_S, duration
from soniq_tui.model.job import BatchState
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import BatchView, JobRow, Query, Snapshot, View
from soniq_tui.model.text import shown
from soniq_tui.model.waiting import Wait, wait_of
from soniq_tui.words import _, many
from soniq_tui.words.told import told

STEP_S = 2.0
"""A step that has not taken so long yet is not named: most are over before anybody has read it."""
REASON_CHARS = 200
LOOKED_AT = 20
"""Among so many jobs that wait the first one with a reason speaks for all."""


class Standing(NamedTuple):
    """What there is to say; nothing where the counts say enough."""

    text: str = ""
    run_s: float | None = None
    """How long it has been so; None where nobody knows."""

    @property
    def timed(self) -> str:
        """The text with the time."""
        return self.text if self.run_s is None else f"{self.text} ({duration(self.run_s)})"


def at_work(view: Snapshot, batch: BatchView) -> Standing:
    """Return the step that the longest-running job of a slow batch is at."""
    if batch.items_per_s >= SLOW_PER_S or not batch.running:
        return Standing()
    runs = (slot for slot in view.slots if slot.batch_id == batch.id)
    longest = max(runs, key=lambda slot: slot.run_s, default=None)
    if longest is None or longest.run_s < STEP_S:
        return Standing()
    return Standing(shown(told(longest.doing) or longest.stage), longest.run_s)


def words_of(wait: Wait, batch: BatchView) -> str:
    """Return for what a batch waits, with the command that helps."""
    queue = shown(wait.queue, 40)
    if wait.held:
        text = _("queue {queue} is held; 'soniq-tui release {queue}' lets it go on")
        return text.format(queue=queue)
    if wait.reason:
        return _("{queue} is {reason}").format(queue=queue, reason=shown(told(wait.reason)))
    text = many(
        "the slots of {queue} work for batch {batches}; {command} lets this batch go first",
        "the slots of {queue} work for batches {batches}; {command} lets this batch go first",
        len(wait.behind),
    )
    batches = ", ".join(map(str, wait.behind))
    command = f"'soniq-tui priority {batch.id} 10'"
    return text.format(queue=queue, batches=batches, command=command)


def may_wait(batch: BatchView) -> bool:
    """Say whether nothing of a batch runs though it is to, so that :func:`waits_for` knows why."""
    return batch.state is BatchState.RUNNING and not batch.running and batch.waiting > 0


async def waits_for(client: Client, view: Snapshot, batch: BatchView) -> Standing:
    """Return why nothing of a batch runs, as far as queues and jobs tell.

    Asks the engine for jobs: not for each look.

    Raises:
        OSError, SoniqError: the client lost the engine.
    """
    if wait := wait_of(batch, view):
        return Standing(words_of(wait, batch))
    if not any(queue.delayed for queue in view.queues):
        return Standing()
    query = Query(view=View.JOBS, batch_id=batch.id, text="state:queued", limit=LOOKED_AT)
    try:
        page = await client.browse(query)
    except UsageError:  # a recording without them
        return Standing()
    why = next((row.error for row in page.rows if isinstance(row, JobRow) and row.error), "")
    text = _("waits: {reason}") if why else ""
    return Standing(text.format(reason=shown(told(why), REASON_CHARS)))
