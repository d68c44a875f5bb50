"""How far batches are, in one line: on a terminal it is painted over, elsewhere another follows."""

import os
import sys
import time
from collections.abc import Callable

from soniq_tui.host import out, report
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import BatchView, Snapshot
from soniq_tui.words import _, figure, many, steps

TTY_S, PIPE_S = 0.2, 1.0
"""At most this often, on a terminal and elsewhere."""
COLUMNS = 80
"""How wide a terminal is that does not tell."""
NAME_CHARS = 60
"""So much of the name of a batch is said in a line that tells more than that."""
NAMED_MOST = 3
"""So many batches are called by name in one line."""


class Line:
    """One progress line at a time on standard error."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._tty = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._clock = clock
        self._last_s = clock()
        self._open = False
        self.every_s = TTY_S if self._tty else PIPE_S

    async def look(
        self,
        client: Client,  # noqa: ARG002  the snapshot has all of it
        view: Snapshot,  # noqa: ARG002
        batches: list[BatchView],
        *,
        last: bool = False,
    ) -> None:
        """Write the line if it is time, and not when all is over."""
        if not last:
            self.progress(batches)

    def progress(self, batches: list[BatchView]) -> None:
        """Write the line if it is time."""
        now_s = self._clock()
        if now_s - self._last_s < self.every_s:
            return
        self._last_s = now_s
        several = len(batches) > 1
        text = steps(words(batch, numbered=several) for batch in batches[:NAMED_MOST])
        if (more := len(batches) - NAMED_MOST) > 0:
            text = steps([text, many("and {n} more", "and {n} more", more).format(n=figure(more))])
        if self._tty:
            # One that reaches the last column would wrap, and only its end be overwritten.
            text = out.fitted(text, _columns() - 1)
            out.write_error(f"\r\x1b[2K{text}")
            self._open = True
        else:
            out.warn(text)

    def end(self) -> None:
        """Leave the line."""
        if self._open:
            self._open = False
            out.write_error("\n")


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or COLUMNS
    except OSError:
        return COLUMNS


def words(batch: BatchView, *, numbered: bool = False) -> str:
    """Return how far a batch is; ``numbered``: with its number, for there are others."""
    text = _("{batch}: {state}, {ended}/{total}, {failed} failed, {pace}").format(
        batch=report.called(batch.importer, batch.label, batch.id if numbered else "", NAME_CHARS),
        state=_(batch.state.value),
        ended=figure(batch.likely.ended),
        total=f"{'~' if batch.growing else ''}{figure(batch.likely.total)}",
        failed=figure(batch.items.failed),
        pace=report.pace(batch.items_per_s),
    )
    if batch.eta_s is not None:
        text += ", " + _("{n} s left").format(n=f"{batch.eta_s:.0f}")
    return text
