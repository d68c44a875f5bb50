"""The console: paints first, then connects, then follows the engine.

Holds what all screens share (client, newest snapshot, glyphs, theme) and the actions that work
everywhere. Refuses to: know how the engine runs, or which process it runs in.
"""

import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.screen import Screen

from soniq_tui.errors import EngineError, SoniqError
from soniq_tui.model.commands import Command, Pause, Reply, Resume, Target
from soniq_tui.model.job import BatchState, JobState
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import environment, feed
from soniq_tui.ui.action_context import is_meant, open_batches
from soniq_tui.ui.glyphs import SETS, Glyphs
from soniq_tui.ui.job_commands import JobCommands
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.memory import Memory
from soniq_tui.ui.outcomes import Outcomes
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.screens.dash import Dash
from soniq_tui.ui.themes import DEFAULTS, THEMES
from soniq_tui.ui.translated_client import TranslatedClient
from soniq_tui.ui.update import TOLD_S, what_to_do
from soniq_tui.ui.widgets.flash import SHOWN_S, Flash
from soniq_tui.ui.widgets.text import draw_scroll_bars
from soniq_tui.words import _, labelled, many, mark

LEAST_COLUMNS, LEAST_ROWS = 60, 16
SILENT = mark("the engine does not answer")
PAUSE_SHOWN_S = 3.0
"""How long a pause is spoken of while jobs have still to stop."""


@dataclass(frozen=True)
class Launch:
    """A batch to start as soon as the engine is there."""

    importer: str
    options: dict[str, object] = field(default_factory=dict)


class ConsoleApp(JobCommands, inherit_bindings=False):
    """The terminal interface of one engine.

    Args:
        connect: called after the first paint; gives the client of the engine. An attached console
            calls it again whenever the connection was lost.
        start: a batch to start at once.
        run_demo: starts the demo, where the host offers that.
        theme: a name of :data:`THEMES`; empty: as last chosen, or by the environment.
        glyphs: ``unicode`` or ``ascii``; empty: as last chosen, or by the environment.
        mouse: mouse reports on; None: as last chosen, or off over SSH.
        can_detach: the host can go on without a screen.
        attached: the engine is another process's; leaving stops nothing and a lost connection is
            taken up again. ``connect`` may set the attribute, as it is what finds out.
        memory: what the console remembers between starts; None: nothing.
        clock: seconds that never go back.

    When it has ended, ``decision`` is what the person chose (``quit``, ``finish``, ``stop``,
    ``detach``, or empty when nobody was asked; in an attached console ``finish`` and ``stop`` have
    been carried out already), ``failure`` the error that ended it, ``return_code`` the exit status.
    """

    CSS_PATH: ClassVar[str | Path] = Path(__file__).with_name("console.tcss")
    TITLE = "soniq"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "app.interrupt", show=False, priority=True),
        Binding("ctrl+q", "app.quit", show=False, priority=True),
    ]

    def __init__(
        self,
        connect: Callable[[], Awaitable[Client]],
        *,
        start: Launch | None = None,
        run_demo: Callable[[], Awaitable[Reply]] | None = None,
        theme: str = "",
        glyphs: str = "",
        mouse: bool | None = None,
        can_detach: bool = False,
        attached: bool = False,
        memory: Memory | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        memory = memory or Memory()
        last = memory.looks
        theme = theme or environment.wanted_theme(remembered=last.theme)
        super().__init__(ansi_color=True if theme == "mono" else None)
        self.animation_level = "none"
        for each in THEMES.values():
            self.register_theme(each)
        self.theme = theme
        self.glyphs: Glyphs = SETS[glyphs or environment.wanted_glyphs(remembered=last.glyphs)]
        draw_scroll_bars(self.glyphs)
        mouse = last.mouse if mouse is None else mouse
        self.mouse_on = not environment.over_ssh() if mouse is None else mouse
        self.client: Client | None = None
        self.snapshot: Snapshot | None = None
        self.frozen = False
        self.decision = ""
        self.failure: Exception | None = None
        self.can_detach = can_detach
        self.attached = attached
        self.run_demo = run_demo
        self.memory = memory
        self.memory.on_trouble = self._tell_memory
        self.outcomes = Outcomes(self._aside, self._told_outcome)
        self._connect = connect
        self._start = start
        self._clock = clock
        self._interrupted: tuple[float, Screen[Any]] | None = None
        """When and where the last Ctrl+C was announced to be the first of two."""
        self._pausing: tuple[Flash, str, Target] | None = None
        """What was said of jobs that have still to stop, where, and which these are."""

    # Life.

    def get_default_screen(self) -> Screen[Any]:
        """Start on the dashboard: pushing it on an empty screen would paint twice."""
        return Dash()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our variables for the moment before our theme is set."""
        return dict(DEFAULTS)

    async def run_async(self, **how: Any) -> Any:
        """Run until the person leaves; ``how`` as Textual's own."""
        how.setdefault("mouse", self.mouse_on)
        return await super().run_async(**how)

    async def first_painted(self) -> None:
        """Only now start what takes time."""
        self._live()
        self._tell_memory()

    def _tell_memory(self) -> None:
        """Say what is wrong with what the console remembers, once there is a place for it."""
        shows = self.is_running and isinstance(self.screen, ConsoleScreen)
        if shows and (trouble := self.memory.take_trouble()):
            self.top.flash(trouble, "bad")

    @work(name="engine", exit_on_error=False)
    async def _live(self) -> None:
        """Connect, start what was asked for, follow; an error ends the app with its exit status."""
        try:
            self.client = TranslatedClient(await self._connect())
            if self._start is not None:
                self.answer(await self.client.launch(self._start.importer, self._start.options))
            await self._follow(self.client)
        except SoniqError as error:
            self.fail(error)
        except OSError as error:
            self.fail(
                EngineError(_("the connection to the engine was lost: {error}").format(error=error))
            )
        except Exception as error:  # noqa: BLE001  a bug has to reach the host, with the terminal restored
            self.fail(error)

    async def _follow(self, client: Client) -> None:
        """Follow the engine; an attached console comes back to it for as long as it takes."""
        while True:
            try:
                silent = self._tell_silent if self.attached else None
                await feed.follow(client, self._show, lambda: self.line_busy, silent)
            except (SoniqError, OSError) as error:
                # A word of the engine itself is final; a connection may only have broken.
                told = isinstance(error, SoniqError)
                if not self.ending and (told or not self.attached):
                    raise
            if self.ending:
                self.leave_with(self.ending)
                return
            self._tell_lost(lost=True)
            client = self.client = TranslatedClient(await feed.again(self._connect))
            self._tell_lost(lost=False)
            self._tell_older()

    def _tell_lost(self, *, lost: bool) -> None:
        self.lost = lost
        self.top.redraw()

    def _tell_older(self) -> None:
        """Say that engine or console has to begin anew after an update."""
        if self.older and self.latest is not None:
            text = what_to_do(self.older, self.latest.host.pid)
            self.top.flash_line.tell(text, shown_s=TOLD_S)

    def _tell_silent(self, seconds: float) -> None:
        self.silent_s = seconds
        self.top.redraw()

    def fail(self, error: Exception) -> None:
        """End the app because of ``error``; the host prints it once the terminal is given back."""
        self.failure = error
        self.top.flash(str(error), "bad")
        self.exit(return_code=getattr(error, "exit_status", 1))

    def leave_with(self, decision: str) -> None:
        """End the app with what the person decided."""
        self.decision = decision
        answers = not (self.lost or self.silent_s)
        goes_on = self.attached and decision == "quit" and self.at_work and answers
        if goes_on and self.latest is not None:
            pid = self.latest.host.pid
            text = _("the work goes on without this screen, process {pid}")
            self.exit(return_code=0, message=text.format(pid=pid))
        else:
            self.exit(return_code=0)

    def terminal_gone(self) -> None:
        """End without a decision: a lost terminal stops no work."""
        if not self.decision:
            self.exit(return_code=129)

    # What is new.

    def _show(self, snapshot: Snapshot) -> None:
        if self.latest is None:
            self.failures_seen = snapshot.failures
            self.greet(snapshot)
            self.latest = snapshot
            self._tell_older()
        self.failures_seen = min(self.failures_seen, snapshot.failures)
        self.latest = snapshot
        self._settle_pause(snapshot)
        if self.frozen:
            if self.top.live:
                self.top.take(snapshot)
            return
        self.snapshot = snapshot
        for screen in self.screen_stack[-2:]:
            # The one below a question is seen too.
            if isinstance(screen, ConsoleScreen) and (screen is self.screen or self.top.over):
                screen.offer_banner()
                screen.take(snapshot)
                screen.offer_keys()
        if self.later:
            self.call_later(self.top.action_act, self.later)

    def _settle_pause(self, snapshot: Snapshot) -> None:
        """Take "… jobs stop" away as soon as none of them has still to."""
        if self._pausing is None:
            return
        flash, text, target = self._pausing
        if flash.said != text:
            self._pausing = None
        elif not any(s.state is JobState.PAUSING and is_meant(s, target) for s in snapshot.slots):
            self._pausing = None
            flash.settle()

    def greet(self, snapshot: Snapshot) -> None:
        """Say what an earlier run left paused, for nothing else on screen would ask for a key."""
        waiting = open_batches(snapshot)
        paused = [b for b in waiting if b.state is BatchState.PAUSED]
        every = len(paused) == len(waiting)
        if paused and (every or self._start is not None):
            text = many(
                "{n} batch from earlier is paused: {how}",
                "{n} batches from earlier are paused: {how}",
                len(paused),
            )
            them = many("{key} resumes it", "{key} resumes them", len(paused))
            key = pressed("all.pause" if every else "jobs.pause")
            how = (them if every else _("{key} resumes the marked one")).format(key=key)
            self.top.flash(text.format(how=how))

    def on_resize(self, event: Resize) -> None:
        """Show "too small" while the terminal is."""
        from soniq_tui.ui.screens.too_small import TooSmall

        small = event.size.width < LEAST_COLUMNS or event.size.height < LEAST_ROWS
        if small and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())
        elif not small and isinstance(self.screen, TooSmall):
            self.pop_screen()

    # Speaking with the engine.

    async def ask(self, command: Command) -> Reply | None:
        """Send a command and say what came of it; None when it could not be done."""
        if self.client is None:
            self.top.flash(_("the engine is still starting"))
            return None
        if self.silent_s:
            self.top.flash(_(SILENT), "bad")
            return None
        sending = self.client.send(command)
        try:
            reply = await (feed.within(sending, feed.SILENT_S) if self.attached else sending)
        except TimeoutError:
            later = _("no answer yet; it may still be done")
            self.top.flash(_(SILENT) if self.silent_s else later, "bad")
            return None
        except (SoniqError, OSError) as error:
            self.top.flash(str(error), "bad")
            return None
        self.answer(reply)
        self._follow_pause(command, reply)
        return reply

    def _follow_pause(self, command: Command, reply: Reply) -> None:
        """What a pause said holds only until the jobs have stopped, or go on."""
        if not reply.ok:
            return
        if isinstance(command, Pause) and reply.text and not command.hard:
            flash = self.top.flash_line
            flash.tell(reply.text, "ok", PAUSE_SHOWN_S)
            self._pausing = (flash, reply.text, command.target)
        elif isinstance(command, Resume) and not reply.text:
            self.top.flash(_("resumed"), "ok")

    def answer(self, reply: Reply) -> None:
        """Say what the engine answered."""
        if reply.text:
            self.top.flash(shown(reply.text), "ok" if reply.ok else "bad")

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        self.run_worker(work, group="outcomes")

    def _told_outcome(self) -> None:
        self.top.redraw()

    def now_s(self) -> float:
        """Return seconds that never go back."""
        return self._clock()

    def action_interrupt(self) -> None:
        """Take the first Ctrl+C as a slip, the second as ``q`` or as an answer to its question.

        A second counts where the first is announced and as long: what the screen says holds, also
        for who reads it late over a slow line.
        """
        from soniq_tui.ui.screens.leave import Leaving

        insisted = self.screen.insisted if isinstance(self.screen, Leaving) else ""
        now = self._clock()
        at_s, where = self._interrupted or (0.0, None)
        if where is self.screen and now - at_s <= SHOWN_S:
            self._interrupted = None
            if insisted:
                self.leave_with(insisted)
            else:
                self.do_app_quit()
            return
        self._interrupted = now, self.screen
        text = _("Ctrl+C once more to leave")
        self.top.flash(labelled(text, _(insisted)) if insisted else text)

    async def action_quit(self) -> None:
        """Take Ctrl+Q as ``q``: it must not leave unasked."""
        self.do_app_quit()
