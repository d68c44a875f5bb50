"""What was done over time: rates, failures, scale events and how long jobs took."""

import dataclasses

from textual import work

from soniq_tui.errors import SoniqError
from soniq_tui.model.snapshot import (
    BatchView,
    HistoryRow,
    Query,
    ScaleRow,
    Snapshot,
    View,
)
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, trend_lines
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.screens.detail import Reading
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.words import _
from soniq_tui.words.told import label

ROWS_MOST = 4000
"""So many minutes of queues are looked at, the newest."""
SCALES_MOST = 200
AGAIN_S = 5.0
"""While work goes on the minute that is open is asked for this often."""


class Trends(Reading):
    """Of one batch, or of all."""

    where = "trends"

    def __init__(self, batch: BatchView | None = None) -> None:
        super().__init__()
        self.owner = batch
        self.rows: tuple[HistoryRow, ...] = ()
        self.scales: tuple[ScaleRow, ...] = ()
        self.total = 0
        self.known = False
        self._asked: tuple[object, ...] = ()
        self._asked_s = -AGAIN_S

    def context(self) -> ActionContext:
        """Return the batch that is looked at."""
        return dataclasses.replace(super().context(), batch=self.owner, row=True)

    def take(self, snapshot: Snapshot) -> None:
        """Ask again where something was done since, now and then."""
        look = (id(self.console.client), self.batch_id, snapshot.version)
        now_s = self.console.now_s()
        due = now_s - self._asked_s >= AGAIN_S or look[:2] != self._asked[:2]
        if look != self._asked and (due or not snapshot.working):
            self._asked, self._asked_s = look, now_s
            self.fetch()
        self.draw()

    @property
    def batch_id(self) -> int | None:
        """The batch that is looked at; None: all."""
        return None if self.owner is None else self.owner.id

    @work(group="trends", exclusive=True)
    async def fetch(self) -> None:
        """Ask for minutes and scale events."""
        client, batch_id = self.console.client, self.batch_id
        if client is None:
            return
        try:
            history = await client.browse(
                Query(view=View.HISTORY, batch_id=batch_id, limit=ROWS_MOST)
            )
            scaled = await client.browse(Query(view=View.SCALES, limit=SCALES_MOST))
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")
            return
        self.rows = tuple(row for row in history.rows if isinstance(row, HistoryRow))
        self.scales = tuple(row for row in scaled.rows if isinstance(row, ScaleRow))
        self.total, self.known = history.total, True
        self.draw()

    def draw(self) -> None:
        """Draw title and graphs."""
        width, height = self.app.size
        self.head.show([self.title_line()])
        self.text.show(self.body(width - 1, height - 4))

    def title_line(self) -> Line:
        """Return whose trends these are."""
        name = _("trends of all batches")
        if self.owner is not None:
            name = _("trends of {kind} {batch}").format(
                kind=self.owner.importer, batch=f"{self.owner.id}  {shown(label(self.owner.label))}"
            )
        return self.title_of(lambda room: formats.cut_right(f"  {name}", room, self.glyphs))

    def body(self, width: int, height: int) -> list[Line]:
        """Return the graphs; what to do where there are none."""
        if not self.known:
            return [EMPTY, ((f" {_('asking the engine')}{self.glyphs.cut}", "muted"),)]
        snapshot = self.console.snapshot
        live = self.owner is None and snapshot is not None and snapshot.working
        rates = snapshot.rates if snapshot is not None and live else ()
        lines = trend_lines.lines(self.rows, self.scales, rates, width, height, self.glyphs)
        if not lines:
            return [EMPTY, *self.nothing(width)]
        if snapshot is not None and snapshot.working:
            lines += [EMPTY, ((f" {_('the last column is not over yet')}", "muted"),)]
        if self.total > len(self.rows):
            text = _("only the newest minutes are looked at: {n} rows of {all}").format(
                n=formats.count(len(self.rows)), all=formats.count(self.total)
            )
            lines += [EMPTY, ((f" {text}", "muted"),)]
        return lines

    def nothing(self, width: int) -> list[Line]:
        """Return what to do where nothing was counted."""
        if self.owner is None:
            text = _(
                "Nothing has been counted yet. {key} starts a batch; each minute of its work "
                "becomes a column here."
            ).format(key=pressed("batch.new"))
        else:
            text = _("No minute of this batch is known: it has not worked yet, or it is too old.")
        return [((f" {part}", ""),) for part in formats.wrap(text, width - 2)]

    def do_row_copy(self) -> None:
        """Copy the graphs as they are drawn."""
        self.console.copy_lines(self.full_text().splitlines())

    def full_text(self) -> str:
        """Return the graphs as text, for the pager."""
        lines = self.body(max(60, self.app.size.width - 1), self.app.size.height)
        return "\n".join("".join(text for text, _tone in line).rstrip() for line in lines) + "\n"

    # Actions.

    def choices(self) -> list[BatchView | None]:
        """Return what can be looked at: all batches together, then each, newest first."""
        snapshot = self.console.snapshot
        return [None, *(reversed(snapshot.batches) if snapshot is not None else ())]

    def do_trends(self, by: int) -> None:
        """Look at another batch."""
        ids = [None if batch is None else batch.id for batch in self.choices()]
        at = ids.index(self.batch_id) if self.batch_id in ids else 0
        self.owner = self.choices()[(at + by) % len(ids)]
        self.known = False
        self.redraw()
