"""A page for an address that gave no recipe: pasted, or the name of its file."""

from textual.app import ComposeResult
from textual.events import Paste
from textual.widgets import Input

from soniq_tui.model.text import shown
from soniq_tui.ui.screens.question import Question
from soniq_tui.ui.widgets.fields import LineInput
from soniq_tui.words import _, mark


class PageLine(LineInput):
    """A line that takes the name of a file; a text of several lines, or markup, is the page."""

    class Pasted(Input.Submitted):
        """The page itself was pasted."""

    def on_paste(self, event: Paste) -> None:
        """Take a page at once; what has one line is typed text."""
        text = event.text.strip()
        if "<" in text or "\n" in text or "\r" in text:
            event.stop()
            event.prevent_default()
            self.post_message(self.Pasted(self, text))


class PageUpload(Question):
    """Asks for a page; gives ``("text", page)`` or ``("file", name)``, None for neither."""

    where = "give"
    title_text = mark("page")

    def __init__(self, url: str) -> None:
        super().__init__(
            [
                ((" " + shown(url), "strong"),),
                ((" " + _("paste the page, its HTML or its text, or name the file it is in"), ""),),
            ]
        )
        self.line = PageLine(id="page")

    def compose(self) -> ComposeResult:
        """Lay out the question and the line."""
        yield from super().compose()
        yield self.line

    def on_mount(self) -> None:
        """Let the line have the keys."""
        self.set_focus(self.line)

    def on_page_line_pasted(self, event: PageLine.Pasted) -> None:
        """Take the page."""
        event.stop()
        self.dismiss(("text", event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the name of a file."""
        event.stop()
        name = event.value.strip()
        if name:
            self.dismiss(("file", name))

    def do_give_back(self) -> None:
        """Give nothing."""
        self.dismiss(None)
