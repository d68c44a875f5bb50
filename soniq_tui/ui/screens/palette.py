"""Everything that can be done, by name."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Input

from soniq_tui.model.snapshot import Snapshot
from soniq_tui.ui import formats, palette_entries, view
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keys import actions_on
from soniq_tui.ui.palette_entries import PaletteEntry
from soniq_tui.ui.rows import Column, ListSource, TableRow
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.screens.errors import Causes
from soniq_tui.ui.screens.jobs import Jobs
from soniq_tui.ui.themes import THEMES
from soniq_tui.ui.widgets.fields import LineInput
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.table import VirtualTable
from soniq_tui.words import _, in_use, labelled, mark

if TYPE_CHECKING:
    from soniq_tui.ui.control import Control

COLUMNS = (
    Column(mark("KEY"), 9),
    Column(mark("NAME"), 20, to_width=120),
    Column(mark("NAME"), 40, from_width=120),
    Column(mark("WHAT IT DOES")),
)
ABOUT_LINES = 2
"""What any action does fits into so many lines of 80 cells."""
HIDDEN = frozenset({"app.palette", "go.back", "results.back"})


def gathered(app: "Control", screen: str, now: ActionContext) -> list[PaletteEntry]:
    """Return everything that can be done from a screen: its actions first, then where to go."""
    actions = [a for a in actions_on(screen) if a.id not in HIDDEN and a.label]
    actions = [a for a in actions if a.group != "Replay" or not a.allowed(now)]
    found = palette_entries.of_actions(actions, now)
    found += palette_entries.of_batches(now.snapshot.batches if now.snapshot else ())
    for shelf in palette_entries.SHELVES:
        found += palette_entries.of_filters(shelf, app.memory.saved_filters(shelf))
    return [
        *found,
        *palette_entries.of_themes(THEMES, app.theme),
        *palette_entries.of_languages(in_use()),
    ]


async def carry_out(app: "Control", offer: PaletteEntry) -> None:
    """Do what was chosen."""
    if offer.kind == palette_entries.ACTION:
        await app.top.action_act(offer.value)
    elif offer.kind == palette_entries.THEME:
        app.take_theme(offer.value)
    elif offer.kind == palette_entries.LANGUAGE:
        app.take_language(offer.value)
    elif offer.kind == palette_entries.FILTER:
        shelf, _blank, name = offer.value.partition(" ")
        saved = app.memory.saved_filters(shelf)
        text = next((each.text for each in saved if each.name == name), "")
        app.open_list(Causes(text) if shelf == "errors" else Jobs(filter_text=text))
    else:
        batches = app.latest.batches if app.latest is not None else ()
        batch = next((each for each in batches if str(each.id) == offer.value), None)
        if batch is None:
            app.top.flash(_("batch {id} is not there any more").format(id=offer.value))
        else:
            app.open_list(Jobs(batch))


def told(offer: PaletteEntry, glyphs: Glyphs) -> str:
    """Return what an offer does; of what cannot be done now first why."""
    return f"{offer.reason} {glyphs.dot} {offer.what}" if offer.reason else offer.what


def row_of(offer: PaletteEntry, glyphs: Glyphs) -> TableRow:
    """Return the row of one offer; what cannot be done now is muted."""
    reason = offer.reason
    what = told(offer, glyphs)
    sign, tone = (glyphs.queued, "muted") if reason else (glyphs.running, "accent")
    return TableRow(
        offer.id, sign, tone, (offer.key, offer.name, offer.name, what), muted=bool(reason)
    )


class Palette(ConsoleScreen, ModalScreen[PaletteEntry], inherit_bindings=False):
    """Type a word, take what it finds; gives the offer, or nothing."""

    where = "palette"

    def __init__(self, gather: Callable[[], list[PaletteEntry]]) -> None:
        super().__init__()
        self._gather = gather
        self._offers = gather()
        self._found: list[tuple[int, PaletteEntry]] = []
        self.source = ListSource()
        self.head = Lines(1)
        self.line = LineInput(placeholder=_("type a word: pause, errors, theme"))
        self.table = VirtualTable(COLUMNS, self.source, guided=True)
        self.about = Lines(ABOUT_LINES)

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.line
        yield self.table
        yield self.about
        yield from self.bottom()

    def on_mount(self) -> None:
        """Offer everything."""
        self.table.glyphs = self.glyphs
        # At once: focus() only asks for it, and text may be waiting for the field.
        self.set_focus(self.line)
        self.narrow("")

    @property
    def takes_keys(self) -> bool:
        """Not before the field has the focus."""
        return self.focused is self.line

    def redraw(self) -> None:
        """Draw the title."""
        self.head.show([view.rule(_("everything by name"), self.app.size.width, self.glyphs)])
        self.tell_marked()
        self.offer_keys()

    def take(self, snapshot: Snapshot) -> None:  # noqa: ARG002  the offers are of the newest
        """Offer what can be done by now; the mark stays on what it is on."""
        offered = self._gather()
        if offered != self._offers:
            self._offers = offered
            self.find(self.line.value)
            self.table.tick()
            self.tell_marked()

    def find(self, text: str) -> None:
        """Offer what matches."""
        self._found = palette_entries.found(self._offers, text)
        self.source.put([row_of(offer, self.glyphs) for _rank, offer in self._found])

    def narrow(self, text: str) -> None:
        """Offer what matches and mark what is meant."""
        self.find(text)
        self.table.reset()
        self.table.move_to(palette_entries.meant(self._found))
        self.tell_marked()

    def tell_marked(self) -> None:
        """Say in full what the marked one does, or why it cannot be done now."""
        offer, width = self.marked, self.app.size.width
        text = _("nothing is called so") if offer is None else told(offer, self.glyphs)
        lines = formats.wrap(text, width - 2)
        if len(lines) > ABOUT_LINES:
            last = " ".join(lines[ABOUT_LINES - 1 :])
            lines[ABOUT_LINES - 1] = formats.cut_right(last, width - 2, self.glyphs)
        self.about.show([((f" {line}", "muted"),) for line in lines[:ABOUT_LINES]])

    def on_virtual_table_cursor_moved(self) -> None:
        """Tell of the one that is marked now."""
        self.tell_marked()

    @property
    def marked(self) -> PaletteEntry | None:
        """The offer under the cursor."""
        at = self.table.cursor
        return self._found[at][1] if at < len(self._found) else None

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow while typing."""
        self.narrow(event.value)

    def on_input_submitted(self) -> None:
        """Do the marked one."""
        self.do_palette_run()

    def do_palette_run(self) -> None:
        """Give back the marked one; of one that cannot be done now, or of none, say so.

        Closed by a slip, the letters that mend it would be keys of the screen below.
        """
        offer = self.marked
        if offer is None:
            self.flash(_("nothing is called so"))
        elif offer.reason:
            self.flash(labelled(offer.name, offer.reason))
        else:
            self.dismiss(offer)

    def do_palette_close(self) -> None:
        """Give back nothing."""
        self.dismiss(None)

    def do_palette_move(self, by: int) -> None:
        """Mark the next one, or the one before."""
        self.table.move_to(self.table.cursor + by)
