"""Says in the log what happens to batches and queues: a line for each turn a person would tell."""

import logging
from collections.abc import Callable

from soniq_tui.model.events import (
    AutoscaleSet,
    BatchChanged,
    Event,
    QueueHeld,
    SlotsResized,
)
from soniq_tui.model.job import BATCH_ENDED, Batch, BatchState

log = logging.getLogger("soniq_tui.engine")


class Narrator:
    """Hears every fact; what is of no interest costs it one look into a table."""

    def __init__(self) -> None:
        self._states: dict[int, BatchState] = {}
        """Of the batches that have not ended, the last state that was told."""
        self._tellers: dict[type[Event], Callable[[Event], None]] = {
            BatchChanged: self._batch,
            QueueHeld: self._queue,
            SlotsResized: self._queue,
            AutoscaleSet: self._queue,
        }

    def tell(self, event: Event) -> None:
        """Say it where it is worth a line."""
        if (teller := self._tellers.get(type(event))) is not None:
            teller(event)

    def _batch(self, event: Event) -> None:
        if not isinstance(event, BatchChanged):
            return
        batch = event.batch
        before = self._states.get(batch.id)
        if batch.state is before:
            return
        if batch.state in BATCH_ENDED:
            self._states.pop(batch.id, None)
        else:
            self._states[batch.id] = batch.state
        # What a narrow screen cuts off is what a person knows anyway.
        name = f"{batch.importer} {batch.label}"
        log.log(_level(batch), "batch %d %s: %s", batch.id, _words(batch), name)

    def _queue(self, event: Event) -> None:
        if isinstance(event, QueueHeld):
            log.info("queue %s: %s", event.queue, "held" if event.held else "goes on")
        elif isinstance(event, SlotsResized):
            log.info("queue %s: has %d slots", event.queue, event.slots)
        elif isinstance(event, AutoscaleSet):
            log.info("queue %s: autoscale %s", event.queue, "on" if event.on else "off")


def _level(batch: Batch) -> int:
    return logging.ERROR if batch.state is BatchState.FAILED else logging.INFO


def _words(batch: Batch) -> str:
    if batch.state not in BATCH_ENDED:
        return str(batch.state)
    items = batch.items
    parts = [f"{items.done:,} done", f"{items.skipped:,} skipped", f"{items.failed:,} failed"]
    error = f": {batch.error}" if batch.error else ""
    return f"{batch.state}{error} ({', '.join(parts)})"
