"""What keeps a batch of which nothing runs though it is to, as far as a snapshot tells. Pure."""

from typing import NamedTuple

from soniq_tui.model.job import BatchState
from soniq_tui.model.snapshot import BatchView, QueueView, Snapshot


class Wait(NamedTuple):
    """What keeps all jobs of a batch; one of the three is given."""

    queue: str
    held: bool = False
    """Somebody holds the queue."""
    reason: str = ""
    """Why the engine uses none of its slots."""
    behind: tuple[int, ...] = ()
    """The batches whose jobs have all its slots, ascending."""


def held_back(queue: QueueView) -> bool:
    """Return whether the engine uses fewer slots of a queue than there are, for its own reasons."""
    return queue.target < queue.slots and queue.reason.startswith(("held", "down to"))


def wait_of(batch: BatchView, view: Snapshot) -> Wait | None:
    """Return what a batch waits for; None: it does not, or single jobs of it know more."""
    if batch.state is not BatchState.RUNNING or batch.running or batch.undo_s is not None:
        return None
    queues = [queue for queue in view.queues if queue.name in batch.waits_in]
    if held := next((queue for queue in queues if queue.held), None):
        return Wait(held.name, held=True)
    for queue in queues:
        if queue.active < min(queue.target, queue.slots):
            continue
        busy = {slot.batch_id for slot in view.slots if slot.queue == queue.name}
        behind = tuple(sorted(number for number in busy if number not in {None, batch.id}))
        if behind:
            return Wait(queue.name, behind=behind)
        if held_back(queue):
            return Wait(queue.name, reason=queue.reason)
    return None
