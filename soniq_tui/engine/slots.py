"""How many jobs of a queue may run: slots, slots in use, holding back. Synchronous and pure."""

from soniq_tui.engine.ledger import Ledger
from soniq_tui.engine.queue import JobQueue
from soniq_tui.errors import UsageError
from soniq_tui.model.events import AutoscaleSet, Event, QueueHeld, Scaled, SlotsResized

MAX_SLOTS = 64
"""No queue of one machine needs more."""
UNSCALED = "the engine no longer chooses"
"""Why all slots are in use again when a queue is no longer scaled."""


class Slots(Ledger):
    """Commands on queues. None of them stops a job that runs.

    Raises:
        UsageError: from each method, when there is no such queue.
    """

    def resize(self, queue: str, slots: int) -> list[Event]:
        """Set the number of slots of a queue.

        Raises:
            UsageError: it cannot have so many slots.
        """
        named = self._named(queue)
        if not 1 <= slots <= MAX_SLOTS:
            raise UsageError(f"queue {queue} can have 1 to {MAX_SLOTS} slots, not {slots}")
        named.resize(slots)
        return [SlotsResized(queue=queue, slots=slots)]

    def hold(self, queue: str, held: bool = True) -> list[Event]:
        """Start nothing more from a queue, or let it go on; no event when it does so already."""
        named = self._named(queue)
        if named.held is held:
            return []
        named.held = held
        return [QueueHeld(queue=queue, held=held)]

    def autoscale(self, queue: str, on: bool = True) -> list[Event]:
        """Let :meth:`set_target` choose how many slots are in use, or use all of them."""
        named = self._named(queue)
        if named.autoscaled is on:
            return []
        named.autoscaled = on
        events: list[Event] = [AutoscaleSet(queue=queue, on=on)]
        before, named.target, named.reason = named.target, named.slots, ""
        if before != named.slots:
            events.append(Scaled(queue=queue, before=before, after=named.slots, reason=UNSCALED))
        return events

    def set_target(self, queue: str, target: int, reason: str) -> list[Event]:
        """Use so many slots of a queue from now on; nothing where nobody may scale it.

        Args:
            queue: its name.
            target: between 0 and its slots; what lies beyond is cut off.
            reason: for people.
        """
        named = self._named(queue)
        target = max(0, min(target, named.slots))
        if not named.autoscaled or (target, reason) == (named.target, named.reason):
            return []
        before, named.target, named.reason = named.target, target, reason
        return [Scaled(queue=queue, before=before, after=target, reason=reason)]

    def _named(self, queue: str) -> JobQueue:
        named = self.queues.get(queue)
        if named is None:
            raise UsageError(f"no queue is called {queue!r}; there are: {', '.join(self.queues)}")
        return named
