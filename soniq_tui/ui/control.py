"""What works on every screen and touches no job: going around, looks, leaving."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from soniq_tui import words
from soniq_tui.errors import SoniqError
from soniq_tui.model.commands import Command, Reply
from soniq_tui.model.job import BatchState
from soniq_tui.model.ports import Client
from soniq_tui.model.results import ResultQuery
from soniq_tui.model.snapshot import Snapshot
from soniq_tui.ui import environment, view
from soniq_tui.ui.action_context import ActionContext, failing_batch, queue_for
from soniq_tui.ui.glyphs import ASCII, UNICODE, Glyphs
from soniq_tui.ui.key_queue import KeyQueueApp
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.memory import Memory
from soniq_tui.ui.palette_entries import PaletteEntry
from soniq_tui.ui.relaunch import meant
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.terminal_output import CLIPBOARD_MOST_BYTES
from soniq_tui.ui.themes import THEMES
from soniq_tui.ui.update import Older
from soniq_tui.ui.widgets.text import draw_scroll_bars
from soniq_tui.words import _, many, steps

if TYPE_CHECKING:
    from soniq_tui.ui.breadcrumbs import Breadcrumbs

COPY_SHOWN = 4000
"""Characters of what was copied that are worth showing."""
JUST_S = 1.0
"""So long after a command the next snapshot may not have come yet."""


class Control(KeyQueueApp):
    """The general actions; each ``do_`` method is named after its action in the table of keys."""

    client: Client | None = None
    snapshot: Snapshot | None = None
    """The engine as the screen shows it."""
    latest: Snapshot | None = None
    """The engine as it is, also while the view is frozen."""
    failures_seen: int = 0
    """How many failures there were when they were last looked at, or when the console began."""
    undo_s: float = 5.0
    """How long a cancel can be taken back."""
    later: str = ""
    """The action that the newest key means and that waits for the engine to be there."""
    done_s: float | None = None
    """When this console last changed something, by its clock."""
    glyphs: Glyphs = UNICODE
    frozen: bool = False
    mouse_on: bool = False
    can_detach: bool = False
    attached: bool = False
    older: Older = Older.NOBODY
    """Who of engine and console runs code of before an update."""
    lost: bool = False
    """The connection to the engine of another process is broken."""
    silent_s: float = 0.0
    """For how long the engine of another process has owed an answer; 0 while it does not."""
    run_demo: Callable[[], Awaitable[Reply]] | None = None
    memory: Memory
    """What the console remembers between starts."""
    places: tuple[str, ...] = ()
    """Words that a command needs to mean the same data directory as this console."""
    trail: "Breadcrumbs | None" = None
    """Where one was among the results."""
    decision: str = ""
    ending: str = ""
    """``stop`` or ``finish`` once the engine of another process was asked to end."""

    @property
    def place(self) -> str:
        """The data directory, where it is not the usual one."""
        return self.places[-1] if self.places else ""

    @property
    def top(self) -> ConsoleScreen:
        """The screen that is seen."""
        screen = self.screen
        if not isinstance(screen, ConsoleScreen):
            raise TypeError(f"{type(screen).__name__} is none of our screens")
        return screen

    @property
    def new_failures(self) -> int:
        """How many items have failed since the errors were last looked at."""
        return max(0, self.snapshot.failures - self.failures_seen) if self.snapshot else 0

    def context(self, screen: str) -> ActionContext:
        """Return what is the same on every screen."""
        return ActionContext(
            screen=screen,
            snapshot=self.snapshot,
            queue=queue_for(self.snapshot),
            frozen=self.frozen,
            can_detach=self.can_detach,
            attached=self.attached,
            lost=self.lost or bool(self.silent_s),
            can_demo=self.run_demo is not None,
            just_done=self.done_s is not None and self.now_s() - self.done_s <= JUST_S,
        )

    def notice(self, width: int) -> list[view.Line]:
        """Return what every main screen says before all else, if anything."""
        return view.banner(self.snapshot, width, self.glyphs, lost=self.lost)

    def meant(self, action_id: str) -> str:
        """Return the action that a key stands for; a recording has other uses for some."""
        return action_id

    def now_s(self) -> float:
        """Return seconds that never go back."""
        raise NotImplementedError

    async def ask(self, command: Command) -> Reply | None:
        """Send a command and say what came of it."""
        raise NotImplementedError

    # Going around. The stack is dash, then one list, then what was opened from it.

    def do_go_dash(self) -> None:
        """Go to the dashboard."""
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def open_list(self, screen: ConsoleScreen) -> None:
        """Show a list right above the dashboard."""
        self.do_go_dash()
        self.push_screen(screen)

    def do_go_jobs(self) -> None:
        """Show every job."""
        from soniq_tui.ui.screens.jobs import Jobs

        self.open_list(Jobs())

    def do_go_dead(self) -> None:
        """Show every job that has failed for good."""
        from soniq_tui.ui.screens.jobs import DEAD, Jobs

        self.open_list(Jobs(filter_text=DEAD))
        if self.latest is None or not self.latest.failures:
            return
        text = _("failed jobs: {one} retries the one under the cursor, {every} all of them")
        one, every = pressed("jobs.retry"), pressed("all.retry")
        self.top.flash(text.format(one=one, every=every), "")

    def do_go_queues(self) -> None:
        """Show the queues."""
        from soniq_tui.ui.screens.queues import Queues

        self.open_list(Queues())

    def do_go_log(self) -> None:
        """Show the engine's log."""
        from soniq_tui.ui.screens.log import Log

        if not isinstance(self.top, Log):
            self.open_list(Log())

    def do_go_trends(self) -> None:
        """Show what was done over time: for the batch in view, else for all."""
        from soniq_tui.ui.screens.trends import Trends

        if not isinstance(self.top, Trends):
            self.open_list(Trends(self.top.context().batch))

    def do_go_errors(self) -> None:
        """Show what failed, by cause: of the batch in view, where others have failures too."""
        from soniq_tui.ui.screens.errors import Causes

        top, batch_id = self.top, None
        if not isinstance(top, Causes):  # there the key leads to those of all
            batch_id = failing_batch(top.context(), getattr(top, "batch_id", None))
        self.open_list(Causes(batch_id=batch_id))

    async def do_go_results(self) -> None:
        """Show what batches brought, where one was in it last."""
        from soniq_tui.ui.breadcrumbs import Breadcrumbs
        from soniq_tui.ui.screens.results import Results

        if any(isinstance(screen, Results) for screen in self.screen_stack):
            while not isinstance(self.screen, Results):
                self.pop_screen()
            return
        if self.trail is None:
            importer = await self._first_importer()
            if not importer:
                return
            self.trail = Breadcrumbs(importer)
        self.open_list(Results(self.trail))

    async def _first_importer(self) -> str:
        """Return the importer of the newest batch that brings what can be looked at, else another.

        Where there is none, why not is said and nothing returned.
        """
        batches = self.latest.batches if self.latest is not None else ()
        names = [batch.importer for batch in reversed(batches)]
        why = _("nothing is installed that brings results")
        try:
            if (client := self.client) is None:
                return ""
            names += [form.importer for form in await client.describe()]
            for name in dict.fromkeys(names):
                page = await client.results(ResultQuery(importer=name, limit=1))
                if page.views or not page.problem:
                    return name
                why = page.problem
        except (SoniqError, OSError) as error:
            why = str(error)
        self.top.flash(why, "bad")
        return ""

    def do_go_back(self) -> None:
        """Go back one screen."""
        if len(self.screen_stack) > 1:
            self.pop_screen()

    def do_batch_new(self) -> None:
        """Open the launch form."""
        from soniq_tui.ui.screens.launch import LaunchForm

        self.push_screen(LaunchForm())

    def do_batch_again(self) -> None:
        """Open the launch form as the batch in view was started."""
        from soniq_tui.ui.screens.launch import LaunchForm

        self.push_screen(LaunchForm(meant(self.top.context())))

    def do_app_help(self) -> None:
        """Open the help."""
        from soniq_tui.ui.screens.help import Help

        if isinstance(self.screen, Help):
            self.screen.do_help_turn(1)
        else:
            self.push_screen(Help())

    def do_help_close(self) -> None:
        """Close the help."""
        self.do_go_back()

    def do_app_palette(self) -> None:
        """Open the palette: what can be done here, and where one can go."""
        from soniq_tui.ui.screens.palette import Palette, carry_out, gathered

        def chosen(offer: PaletteEntry | None) -> None:
            if offer is not None:
                self.call_later(carry_out, self, offer)

        below = self.top
        self.push_screen(Palette(lambda: gathered(self, below.where, below.context())), chosen)

    # Looks.

    def do_look_theme(self) -> None:
        """Take the next theme."""
        names = list(THEMES)
        at = names.index(self.theme) if self.theme in names else -1
        self.take_theme(names[(at + 1) % len(names)])

    def take_theme(self, name: str) -> None:
        """Take a theme, now and at the next starts; none where it could not be seen."""
        if environment.without_colours():
            text = _("NO_COLOR is set, so themes have no colours; start without it to choose one")
            self.top.flash(text, "warn")
            return
        self.theme = name
        self.memory.keep_looks(theme=name)
        self.top.flash(_("theme: {name}").format(name=self.theme), "")

    def take_language(self, name: str) -> None:
        """Speak a language, now and at the next starts."""
        words.use(name)
        self.memory.keep_looks(language=name)
        for screen in self.screen_stack:
            if isinstance(screen, ConsoleScreen):
                screen.redraw()
            screen.query("*").refresh()  # heads of tables too, which nothing else changes
        self.repaint_all()
        self.top.flash(_("language: {name}").format(name=name), "")

    def do_look_glyphs(self) -> None:
        """Take the other glyph set."""
        self.glyphs = UNICODE if self.glyphs is ASCII else ASCII
        self.memory.keep_looks(glyphs=self.glyphs.name)
        draw_scroll_bars(self.glyphs)
        for part in self.top.query("*"):
            if part.show_vertical_scrollbar:
                part.vertical_scrollbar.refresh()
        self.top.redraw()
        self.top.flash(_("glyphs: {name}").format(name=self.glyphs.name), "")

    def do_look_mouse(self) -> None:
        """Turn the mouse on or off."""
        if not self.show_mouse(on=not self.mouse_on):
            self.top.flash(_("this terminal has no mouse to switch"))
            return
        self.mouse_on = not self.mouse_on
        self.memory.keep_looks(mouse=self.mouse_on)
        on = _("mouse on; {key} turns it off").format(key=pressed("look.mouse"))
        self.top.flash(on if self.mouse_on else _("mouse off"), "")

    def do_view_freeze(self) -> None:
        """Freeze the view, or let it go on."""
        self.frozen = not self.frozen
        self.snapshot = self.snapshot if self.frozen else self.latest
        frozen = _("frozen; {key} goes on").format(key=pressed("view.freeze"))
        self.top.flash(frozen if self.frozen else _("the view moves again"), "")
        self.top.redraw()

    def copy(self, text: str, without: str = "") -> None:
        """Send ``text`` (already safe to show) to the clipboard of the terminal if it takes it.

        ``without`` says what it lacks of what it stands for.
        """
        n = len(text)
        if len(text.encode(errors="replace")) > CLIPBOARD_MOST_BYTES:
            said = many("that is too much for a clipboard: {n} character",
                        "that is too much for a clipboard: {n} characters", n)  # fmt: skip
            self.top.flash(said)
            return
        self.send_to_clipboard(text)
        said = _("sent to terminal: {text}").format(text=text)
        if n > COPY_SHOWN or without:
            said = many("sent to terminal: {n} character", "sent to terminal: {n} characters", n)
        if without:
            said = steps([said, _("without {what}").format(what=without)])
        self.top.flash(said, "")

    # Leaving.

    @property
    def at_work(self) -> bool:
        """Whether leaving would stop something."""
        now = self.latest
        return now is not None and (
            now.active > 0 or any(b.state is BatchState.RUNNING and b.waiting for b in now.batches)
        )

    def do_app_quit(self) -> None:
        """Leave; ask first where that would stop work."""
        from soniq_tui.ui.screens.leave import Leaving

        if self.attached or not self.at_work:
            self.leave_with("quit")
        elif not isinstance(self.screen, Leaving):
            self.push_screen(Leaving(self.context("quit")), self._left)

    def do_help_quit(self) -> None:
        """Leave from the help."""
        self.do_app_quit()

    def _left(self, decision: Any) -> None:
        if decision:
            self.leave_with(str(decision))

    def leave_with(self, decision: str) -> None:
        """End the app with what the person decided."""
        raise NotImplementedError

    def do_engine_stop(self) -> None:
        """Stop the engine of another process, after a question."""
        from soniq_tui.ui.screens.leave import Ending

        if not isinstance(self.screen, Ending):
            self.push_screen(Ending(self.context("end")), self._stop_engine)

    def _stop_engine(self, decision: Any) -> None:
        if decision:
            self.call_later(self.end_engine, str(decision))

    async def end_engine(self, decision: str) -> None:
        """Ask the engine's host to end: ``stop`` now, or ``finish`` what runs first."""
        if self.client is None:
            return
        try:
            reply = await self.client.end(finish=decision == "finish")
        except (SoniqError, OSError) as error:
            self.top.flash(str(error), "bad")
            return
        if reply.ok:
            self.ending = decision
        self.top.flash(reply.text or _("the engine ends"), "" if reply.ok else "bad")
