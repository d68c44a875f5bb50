"""Says in the log what happens to batches and queues: a line for each turn a person would tell."""

import logging

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
    """Remembers what was told last of each batch that has not ended."""

    def __init__(self) -> None:
        self._states: dict[int, BatchState] = {}

    def tell(self, event: Event) -> None:
        """Say a fact where it is worth a line."""
        match event:
            case BatchChanged(batch=batch):
                self._batch(batch)
            case QueueHeld(queue=queue, held=held):
                log.info("queue %s: %s", queue, "held" if held else "goes on")
            case SlotsResized(queue=queue, slots=slots):
                log.info("queue %s: has %d slots", queue, slots)
            case AutoscaleSet(queue=queue, on=on):
                log.info("queue %s: autoscale %s", queue, "on" if on else "off")
            case _:
                pass

    def _batch(self, batch: Batch) -> None:
        if batch.state is self._states.get(batch.id):
            return
        if batch.state in BATCH_ENDED:
            self._states.pop(batch.id, None)
        else:
            self._states[batch.id] = batch.state
        # What a narrow screen cuts off is what a person knows anyway.
        name = f"{batch.importer} {batch.label}"
        level = logging.ERROR if batch.state is BatchState.FAILED else logging.INFO
        log.log(level, "batch %d %s: %s", batch.id, _words(batch), name)


def _words(batch: Batch) -> str:
    if batch.state not in BATCH_ENDED:
        return str(batch.state)
    items = batch.items
    parts = [f"{items.done:,} done", f"{items.skipped:,} skipped", f"{items.failed:,} failed"]
    error = f": {batch.error}" if batch.error else ""
    return f"{batch.state}{error} ({', '.join(parts)})"
