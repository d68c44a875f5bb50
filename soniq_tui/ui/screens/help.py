"""Every key, the language of filters, and what the console knows of its terminal."""

import os

from soniq_tui.ui import help_pages, keys, terminal_report
from soniq_tui.ui.screens.base import NAME
from soniq_tui.ui.screens.detail import Reading
from soniq_tui.ui.view import Line
from soniq_tui.words import _, mark

PAGES = (mark("keys"), mark("filters"), mark("terminal"))
KEYS, FILTERS, TERMINAL = range(3)


class Help(Reading):
    """Three pages; each scrolls where it does not fit."""

    where = "help"

    def __init__(self) -> None:
        super().__init__()
        self.page = KEYS
        self._per_s = 0.0
        """What was sent in a second before the help was opened, which itself sends nothing."""

    def on_mount(self) -> None:
        """Remember what was sent before."""
        self._per_s = self.console.bytes_per_s

    def redraw(self) -> None:
        """Write the page for this width."""
        spans: list[tuple[str, str]] = [NAME, (f"  {_('help')}", "")]
        for number, title in enumerate(PAGES):
            here = number == self.page
            spans.append((f"  {number + 1} {_(title)}", "strong" if here else "muted"))
        self.head.show([tuple(spans)])
        self.text.show(self.lines(self.app.size.width - 1))
        self.offer_banner()
        self.offer_keys()

    def lines(self, width: int) -> list[Line]:
        """Return the lines of the page."""
        if self.page == KEYS:
            return help_pages.key_lines(width, self.glyphs)
        if self.page == FILTERS:
            return help_pages.filter_lines(width, self.glyphs)
        return terminal_report.report_lines(self.seen(), os.environ, width, self.glyphs)

    def seen(self) -> terminal_report.Seen:
        """Return what the app knows of its terminal."""
        app = self.console
        return terminal_report.Seen(
            size=(app.size.width, app.size.height),
            colours=app.console.color_system,
            theme=app.theme,
            mouse_on=app.mouse_on,
            written=app.bytes_written,
            per_s=self._per_s,
            frames_dropped=app.frames_dropped,
            keys_file=keys.origin(),
        )

    def do_help_turn(self, pages: int) -> None:
        """Show another page, from its top."""
        self.page = (self.page + pages) % len(PAGES)
        self.text.scroll_to(y=0, animate=False)
        self.redraw()
