"""How far batches are, in one line: on a terminal it is painted over, elsewhere another follows."""

import os
import sys
import time
from collections.abc import Callable, Mapping

from soniq_tui.host import out, report, standing
from soniq_tui.host.standing import Standing
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import BatchView, Snapshot
from soniq_tui.words import _, figure, many, steps

TTY_S, PIPE_S = 0.2, 1.0
"""At most this often, on a terminal and elsewhere."""
COLUMNS = 80
"""How wide a terminal is that does not tell."""
NAME_CHARS = 60
"""So much of the name of a batch is said in a line that tells more than that."""
NAME_SHARE = 3
"""It is cut down to one part in so many of a line that is too long."""
NAMED_MOST = 3
"""So many batches are called by name in one line."""
SAME_S = 60.0
"""Where each line stays one that says nothing new comes so often, as a sign of life."""
WHY_S = 10.0
"""So long a reason for waiting is believed."""
NOTHING: Mapping[int, Standing] = {}


class Line:
    """One progress line at a time on standard error."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._tty = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._clock = clock
        self._last_s = clock()
        self._said, self._said_s = "", float("-inf")
        self._waits: dict[int, tuple[float, Standing]] = {}
        """When it was looked why nothing of a batch runs, and what was found."""
        self._open = False
        self.late = False
        """The last look came too soon: what was new is not said yet."""
        self.every_s = TTY_S if self._tty else PIPE_S

    async def look(
        self, client: Client, view: Snapshot, batches: list[BatchView], *, last: bool = False
    ) -> None:
        """Write the line if it is time, and not when all is over.

        Raises:
            OSError, SoniqError: the client lost the engine.
        """
        self.late = not last and not self._due()
        if last or self.late:
            return
        named = batches[:NAMED_MOST]
        self.progress(batches, {b.id: await self._standing(client, view, b) for b in named})

    def progress(
        self, batches: list[BatchView], standings: Mapping[int, Standing] = NOTHING
    ) -> None:
        """Write the line if it is time; ``standings``: what batches do or wait for."""
        if not self._due():
            return
        self._last_s = now_s = self._clock()
        several, named = len(batches) > 1, batches[:NAMED_MOST]
        room = (_columns() - 1) // max(1, len(named)) if self._tty else None
        text = steps(
            words(batch, self._said_of(standings.get(batch.id)), numbered=several, room=room)
            for batch in named
        )
        if (more := len(batches) - NAMED_MOST) > 0:
            text = steps([text, many("and {n} more", "and {n} more", more)])
        if self._tty:
            # One that reaches the last column would wrap, and only its end be overwritten.
            text = out.fitted(text, _columns() - 1)
            out.write_error(f"\r\x1b[2K{text}")
            self._open = True
        elif text != self._said or now_s - self._said_s >= SAME_S:
            self._said, self._said_s = text, now_s
            out.warn(text)

    def _due(self) -> bool:
        return self._clock() - self._last_s >= self.every_s

    def _said_of(self, found: Standing | None) -> str:
        """Return what a batch does; a time, which always is another, where it is painted over."""
        if found is None:
            return ""
        return found.timed if self._tty else found.text

    async def _standing(self, client: Client, view: Snapshot, batch: BatchView) -> Standing:
        if not standing.may_wait(batch):
            self._waits.pop(batch.id, None)
            return standing.at_work(view, batch)
        now_s = self._clock()
        looked_s, found = self._waits.get(batch.id, (float("-inf"), Standing()))
        if now_s - looked_s >= WHY_S:
            found = await standing.waits_for(client, view, batch)
            self._waits[batch.id] = now_s, found
        return found

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


def words(
    batch: BatchView, does: str = "", *, numbered: bool = False, room: int | None = None
) -> str:
    """Return how far a batch is.

    Args:
        batch: which.
        does: what it does or waits for; empty: its pace says enough.
        numbered: with its number, for there are others.
        room: of a longer text the name is cut, down to a third of so many cells.
    """
    pace = report.pace(batch.items_per_s)
    if does:
        pace = f"{pace}, {does}" if batch.items_per_s else does
    name = report.called(batch.importer, batch.label, batch.id if numbered else "", NAME_CHARS)
    form = _("{batch}: {state}, {ended}/{total}, {failed} failed, {pace}")
    facts = {
        "state": _(batch.state.value),
        "ended": figure(batch.likely.ended),
        "total": f"{'~' if batch.growing else ''}{figure(batch.likely.total)}",
        "failed": figure(batch.items.failed),
        "pace": pace,
    }
    left = "" if batch.eta_s is None else ", " + _("{n} s left").format(n=f"{batch.eta_s:.0f}")
    if room is not None:
        rest = out.cells_of(form.format(batch="", **facts) + left)
        name = out.fitted(name, max(room // NAME_SHARE, room - rest))
    return form.format(batch=name, **facts) + left
