"""The end of the engine's log, in as many lines as there is room; asks only when it has grown."""

import asyncio
from collections.abc import Callable

from soniq_tui.errors import SoniqError
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import LogRow, Query, Snapshot, View
from soniq_tui.ui import log_rows
from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.view import rule
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.words import _

MOST_LINES = 100


class LogTail(Lines):
    """Newest lines last.

    Args:
        client: gives the engine, None while there is none.
    """

    DEFAULT_CSS = "LogTail { height: 1fr; width: 1fr; }"

    def __init__(self, client: Callable[[], Client | None], *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(MOST_LINES, id=id)
        self._client = client
        self._rows: tuple[LogRow, ...] = ()
        self._asked: tuple[object, ...] = ()
        self._asking: asyncio.Task[None] | None = None
        self._glyphs = UNICODE

    def take(self, snapshot: Snapshot, glyphs: Glyphs, height: int) -> None:
        """Show what is logged now in ``height`` lines, the rule included."""
        self._glyphs = glyphs
        look = (id(self._client()), snapshot.logged, height)
        if look != self._asked and (self._asking is None or self._asking.done()):
            self._asked = look
            self._asking = asyncio.create_task(self._ask(height - 1), name="log tail")
        self.draw()

    async def _ask(self, count: int) -> None:
        client = self._client()
        if client is None or count <= 0:
            return
        try:
            page = await client.browse(Query(view=View.LOG, offset=-count, limit=count))
        except (SoniqError, OSError):
            self._asked = ()  # the next snapshot asks again; whoever follows the engine says why
            return
        self._rows = tuple(row for row in page.rows if isinstance(row, LogRow))
        self.draw()

    def draw(self) -> None:
        """Show what is known."""
        width = self.size.width
        if width:
            lines = [log_rows.log_line(row, width, self._glyphs) for row in self._rows]
            self.show(
                [
                    rule(
                        _("log"),
                        width,
                        self._glyphs,
                        _("{key} opens").format(key=pressed("go.log")),
                    ),
                    *lines,
                ]
            )

    def on_resize(self) -> None:
        """Lay out anew."""
        self.draw()

    def on_unmount(self) -> None:
        """Ask no more."""
        if self._asking is not None:
            self._asking.cancel()
