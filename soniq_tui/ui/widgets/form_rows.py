"""The lines of a form with their labels: a field, a heading."""

from collections.abc import Callable

from textual.containers import Horizontal, Vertical

from soniq_tui.model.forms import SEVERAL, FieldSpec
from soniq_tui.model.text import shown
from soniq_tui.ui import forms, view
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.widgets.editor import Editor
from soniq_tui.ui.widgets.fields import Choice, Flag
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.words import _, figure

LABEL = 16
"""Columns of a label; the style sheet says so too."""
RULE_CELLS = 400
"""More than any form is wide: the rule ends where the fields do."""
Entry = Flag | Choice | Editor


class Row(Horizontal):
    """A field with its label; below several entries stands how many there are.

    Args:
        field: what it is.
        value: what it holds at first.
        tall: at most so many lines of it are seen at once.
        say: told what was done to a pasted text.
        offer: takes what may be a page itself, and says later what becomes of it.
    """

    def __init__(
        self,
        field: FieldSpec,
        value: str,
        tall: int,
        say: Callable[[str, str], None],
        offer: Callable[["Row", str], None],
    ) -> None:
        super().__init__(classes="field")
        self.field = field
        self.name_line = Lines(1, classes="label")
        self.count_line = Lines(1, classes="count")
        self.entry = self._entry(value, tall)
        self._say, self._offer = say, offer

    def compose(self) -> "list[Lines | Vertical]":
        """Lay out label and field."""
        return [self.name_line, Vertical(self.entry, self.count_line, classes="entry")]

    def _entry(self, value: str, tall: int) -> Entry:
        field = self.field
        if field.kind == "flag":
            return Flag(value)
        if field.kind == "choice":
            return Choice(list(field.choices), value)
        return Editor(value, several=field.kind in SEVERAL, take=self._take, tall=tall)

    def _take(self, text: str) -> list[str]:
        if forms.may_be_page(self.field, text):
            self._offer(self, text)
            return []
        return self.addresses(text)

    def addresses(self, text: str) -> list[str]:
        """Return the entries in a pasted text that is no page, and say what was done to it."""
        taken = forms.pasted(self.field, text)
        room = self.entry.room if isinstance(self.entry, Editor) else 0
        if len(taken.entries) > room:
            first = _("only the first {n} were taken: a field holds no more").format(n=figure(room))
            self._say(first, "bad")
        elif taken.note:
            self._say(taken.note, "" if taken.entries else "bad")
        return taken.entries[:room]

    def tell(self, *, wrong: bool) -> None:
        """Draw label and count; ``wrong`` where what the field holds cannot be."""
        label = shown(_(self.field.label), LABEL - 1)
        self.name_line.show([((f" {label}", "bad" if wrong else "muted"),)])
        if self.field.kind in SEVERAL and isinstance(self.entry, Editor):
            count, twice = forms.counted(self.field, self.entry.value)
            tells = len(self.entry.lines) > 1
            self.set_class(tells, "-several")
            words = ((f" {count}", "muted"), (f", {twice}" if twice else "", "warn"))
            self.count_line.show([words if tells else ()])


def heading(title: str, glyphs: Glyphs) -> Lines:
    """Return the line above a group of fields."""
    line = Lines(1, classes="heading")
    line.show([view.rule(title, RULE_CELLS, glyphs)])
    return line
