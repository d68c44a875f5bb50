"""What all screens share: keys from the table, the line for messages, the footer."""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.events import ScreenResume
from textual.widget import Widget

from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import Snapshot
from soniq_tui.ui import formats, view
from soniq_tui.ui.action_context import ActionContext
from soniq_tui.ui.actions.action import GO, Action
from soniq_tui.ui.engine_state import state_of
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keys import BY_ID, actions_on, footer_actions
from soniq_tui.ui.painting import PatientScreen
from soniq_tui.ui.terminal import rebind
from soniq_tui.ui.widgets.flash import Flash
from soniq_tui.ui.widgets.footer import KeyLine
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.tones import TONE_CLASSES
from soniq_tui.words import _, labelled

if TYPE_CHECKING:
    from soniq_tui.ui.app import ConsoleApp

NEW = "batch.new"
"""With the ways to other screens what is done later where the engine is not there yet."""

NAME: view.Span = (" soniq", "strong")
"""How each title begins."""


def bindings_of(screen: str) -> list[BindingType]:
    """Return Textual's bindings for the actions of one screen, by the keys in force."""
    return [
        Binding(key, f"screen.act('{action.id}')", action.label, show=False, id=action.id)
        for action in actions_on(screen)
        for key in action.keys
    ]


class ConsoleScreen(PatientScreen, inherit_bindings=False):
    """A screen that is told what is new and knows which keys may be used now."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONE_CLASSES
    where: ClassVar[str] = ""
    """Its name in the table of keys."""
    over: ClassVar[bool] = False
    """Whether the screen below stays in view."""
    live: ClassVar[bool] = False
    """Whether it shows the engine as it is while the view is frozen."""

    def __init__(self) -> None:
        super().__init__()
        rebind(self, bindings_of(self.where))
        self.banner_line = Lines(view.BANNER_ROWS, id="banner")
        """Below the title of the main screens; takes no room while there is nothing to say."""
        self.flash_line = Flash()
        self.key_line = KeyLine()
        self._offered: tuple[str, ...] = ()

    @property
    def console(self) -> "ConsoleApp":
        """The app, as what it is."""
        return cast("ConsoleApp", self.app)

    def engine(self) -> Client | None:
        """Return the engine, None while there is none."""
        return self.console.client

    def seconds(self) -> float:
        """Return seconds that never go back."""
        return self.console.now_s()

    @property
    def glyphs(self) -> Glyphs:
        """The signs in use."""
        return self.console.glyphs

    @property
    def takes_keys(self) -> bool:
        """Whether keys may come: not before the field that they are meant for has the focus."""
        return self.is_mounted and self.console.later != NEW

    # What is new.

    def take(self, snapshot: Snapshot) -> None:
        """Show ``snapshot``; called at most four times a second while the screen is on top."""

    def redraw(self) -> None:
        """Draw everything anew: size, theme or glyphs have changed."""
        self.offer_banner()
        if (snapshot := self.console.snapshot) is not None:
            self.take(snapshot)
        self.offer_keys()

    def on_mount(self) -> None:
        """Draw before the first layout, so that the screen is painted once and whole."""
        self.redraw()

    def on_screen_resume(self, _: ScreenResume) -> None:
        """Catch up with what happened while another screen was on top."""
        self.redraw()

    def on_resize(self) -> None:
        """Lay out anew."""
        self.redraw()

    def state(self) -> view.Span:
        """Return the sign and word at the right end of the title; nothing before there is any."""
        console, snapshot = self.console, self.console.snapshot
        if snapshot is None:
            return "", ""
        return state_of(
            snapshot,
            self.glyphs,
            frozen=console.frozen,
            lost=console.lost,
            silent_s=console.silent_s,
        )

    def title_with(self, spans: list[view.Span]) -> view.Line:
        """Return a title of ``spans``, with the engine's state at its right end."""
        state = self.state()
        room = self.app.size.width - cell_len(state[0]) - 1
        return (*view.fitted([NAME, *spans], room), state)

    def title_of(self, text_in: Callable[[int], str]) -> view.Line:
        """Return a title whose text ``text_in`` writes in so many cells, with the engine's state.

        Two cells stay free before the state.
        """
        state = self.state()
        room = self.app.size.width - cell_len(NAME[0]) - cell_len(state[0]) - 1
        return (NAME, (formats.fit(text_in(room - 2), room), ""), state)

    @property
    def banner(self) -> list[view.Line]:
        """What every main screen has to say before all else, if anything."""
        return self.console.notice(self.app.size.width)

    def offer_banner(self) -> None:
        """Bring the banner up to date; the layout changes only when lines come or go."""
        lines = self.banner
        self.banner_line.show(lines)
        self.set_class(bool(lines), "-banner")
        self.set_class(len(lines) > 1, "-long-banner")

    # Keys.

    def context(self) -> ActionContext:
        """Return what the person looks at."""
        return self.console.context(self.where)

    def footer(self, now: ActionContext) -> list[Action]:
        """Return what the footer shows if there is room, by rank."""
        return footer_actions(self.where, now)

    def offer_keys(self) -> None:
        """Bring the footer up to date."""
        now = self.context()
        items = [(action, action.words(now)) for action in self.footer(now)]
        width = str(self.app.size.width)
        offered = (width, self.glyphs.name, *(f"{action.id} {label}" for action, label in items))
        if offered != self._offered:
            self._offered = offered
            self.key_line.offer(items)

    async def action_act(self, action_id: str) -> None:
        """Do one action of the table, or say why not."""
        console = self.console
        action, console.later = BY_ID[console.meant(action_id)], ""
        reason = action.allowed(self.context())
        if reason and console.snapshot is None and (action.group == GO or action.id == NEW):
            console.later = action.id
            self.flash(labelled(action.name, _("as soon as the engine is there")))
            return
        if reason:
            self.flash(labelled(action.name, reason))
            return
        doing: Any = getattr(self, action.handler, None) or getattr(self.console, action.handler)
        result = doing() if action.by is None else doing(action.by)
        if inspect.isawaitable(result):
            await result

    async def clicked(self, action_id: str) -> None:
        """Do an action of the footer, unless what was typed before has led away from it."""
        if self.app.screen is self:
            await self.action_act(action_id)

    def flash(self, text: str, tone: str = "warn") -> None:
        """Say something in the line for messages."""
        self.flash_line.tell(text, tone)

    def bottom(self) -> list[Widget]:
        """Return the lines at the foot of every screen."""
        return [self.flash_line, self.key_line]
