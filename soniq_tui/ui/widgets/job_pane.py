"""The marked job beside its list: what is known of it, following the cursor.

For any screen with jobs: mount a :class:`JobPane`, call :meth:`JobPane.follow` with the row under
the cursor whenever that moves (None: there is none) and :meth:`JobPane.take` with each snapshot. It
asks the engine by itself, only while it is displayed, and needs no focus. In ``console.tcss`` give
it a gap at the left; set its width and whether it is displayed in ``take``, as ``Jobs`` does.
"""

from collections.abc import Callable

from textual.geometry import Size

from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import JobRow, Snapshot
from soniq_tui.ui import job_lines
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.job_watch import JobWatch
from soniq_tui.ui.view import Line, rule
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.words import _

MOST_LINES = 100


class JobPane(Lines):
    """A job in as many lines as there is room.

    Args:
        client: gives the engine, None while there is none.
        clock: seconds that never go back.
    """

    DEFAULT_CSS = "JobPane { height: 1fr; width: 1fr; }"

    def __init__(
        self,
        client: Callable[[], Client | None],
        clock: Callable[[], float],
        *,
        id: str | None = None,  # noqa: A002  Textual's word
    ) -> None:
        super().__init__(MOST_LINES, id=id)
        self.tracker = JobWatch(client, self.draw, clock)
        self.glyphs: Glyphs = UNICODE
        self._snapshot: Snapshot | None = None

    def follow(self, job: JobRow | None) -> None:
        """Show another job, or nothing."""
        self.tracker.turn_to(job if self.display else None)
        self.draw()

    def take(self, snapshot: Snapshot, glyphs: Glyphs) -> None:
        """Show what its slot tells now."""
        self._snapshot, self.glyphs = snapshot, glyphs
        if self.display:
            self.tracker.take(snapshot)
            self.draw()

    def draw(self) -> None:
        """Show what is known."""
        size: Size = self.size
        if size.width and size.height:
            self.show(self.lines(size.width, size.height))

    def lines(self, width: int, height: int) -> list[Line]:
        """Return the pane."""
        known = self.tracker.known
        if known is None:
            return [rule(_("job"), width, self.glyphs)]
        head = rule(_("job {id}").format(id=known.job.id), width, self.glyphs)
        body = job_lines.pane_lines(known, self._snapshot, width, height - 1, self.glyphs)
        return [head, *body]

    def on_resize(self) -> None:
        """Lay out anew."""
        self.draw()

    def on_unmount(self) -> None:
        """Ask no more."""
        self.tracker.close()
