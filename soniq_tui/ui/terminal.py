"""The app, its terminal and its keys where Textual has no public names; each touch says why.

What it buys: the event loop never waits for the terminal. Stock Textual queues 30 writes and then
blocks every task of the process, so a stalled link would stop the engine. Here a frame that finds
the line busy is dropped whole, and one full repaint is owed for when the line clears.

Refuses to: know what is painted.
"""

import asyncio
import contextlib
import copy
import os
import queue
import sys
import termios
import time
import tty
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Iterable, Iterator
from select import select
from typing import Any, cast

from rich.console import RenderableType

# Private: what a frame consists of; see soniq_tui.ui.painting.
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.binding import BindingsMap, BindingType
from textual.dom import DOMNode
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event, Key
from textual.geometry import Region
from textual.screen import Screen

from soniq_tui.ui import pager
from soniq_tui.ui.frames import Sent
from soniq_tui.ui.painting import NewPieces, PatientScreen
from soniq_tui.ui.terminal_input import InputParser
from soniq_tui.ui.terminal_output import clipboard_sequences, of_terminal
from soniq_tui.words import _

BUSY_WRITES = 2
"""So many writes, a frame each, wait for the terminal: drop frames. A calm terminal takes each
within a millisecond."""
DEBT_S = 0.25
"""How often a busy line is looked at while a repaint is owed."""
LAST_WORDS_S = 0.5
"""How long leaving waits for a slow terminal to take the restore sequence."""
HAND_OVER_S = 2.0
"""How long a slow terminal may take the restore sequence before another program gets it."""
LATELY_S = 10.0
FRAMES_KEPT = 512
"""More than are painted in that time, but for somebody who holds a key down."""
KEY_POLL_S = 0.1
"""How long the input thread may take to notice that it should end."""


class PatientDriver(LinuxDriver):
    """A driver whose ``write`` never waits and which ends with a terminal that is gone."""

    def __init__(self, app: App[Any], **how: Any) -> None:
        super().__init__(app, **how)
        # Private: the file its writer thread gets in start_application_mode().
        self._output = of_terminal()
        self._file = self._output  # type: ignore[assignment]
        self._held: list[str] | None = None
        """What is written now and sent later, as one piece."""

    def start_application_mode(self) -> None:
        """Start, or go on after a stop; the terminal shows something else by now."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if isinstance(self._app, PatientApp):
            self._app.sent.forget()

    def stop_application_mode(self) -> None:
        """Give the main screen back, without remains of ours.

        tmux makes the alternate screen as small as the main one was saved before it swaps them,
        and pushes the lines above the cursor into the history, from which a main screen that has
        grown meanwhile takes them back. With the cursor at the top nothing is above it.
        """
        self.write("\x1b[H\x1b[J")
        super().stop_application_mode()

    @property
    def written(self) -> int:
        """How many bytes the terminal has taken."""
        return self._output.written

    @property
    def output(self) -> int:
        """The descriptor that is painted on."""
        return self._output.fileno()

    @property
    def busy(self) -> bool:
        """Whether the terminal is behind with reading."""
        # Private: the queue of the writer thread has no public measure.
        thread = self._writer_thread
        return thread is not None and thread._queue.qsize() > BUSY_WRITES  # noqa: SLF001

    def write(self, data: str) -> None:
        """Hand ``data`` to the writer thread, or drop it when the line is full; never waits."""
        if self._held is not None:
            self._held.append(data)
            return
        thread = self._writer_thread
        if thread is not None:
            # Private: WriterThread.write() would block the event loop on a full queue.
            try:
                thread._queue.put_nowait(data)  # noqa: SLF001
            except queue.Full:
                if isinstance(self._app, PatientApp):  # it was noted as sent
                    self._app.sent.forget()
                    self._app.owe_repaint()

    @contextlib.contextmanager
    def as_one(self) -> Iterator[None]:
        """Send what is written meanwhile in one piece.

        For each piece the writer thread has to get the interpreter from the loop, which may take
        as long as a switch interval; Textual writes three for a frame.
        """
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            if held:
                self.write("".join(held))

    def close(self) -> None:
        """End the writer thread; a terminal that does not read is not waited for."""
        thread = self._writer_thread
        if thread is None:
            return
        try:
            thread._queue.put_nowait(None)  # noqa: SLF001
        except queue.Full:
            return
        thread.join(LAST_WORDS_S)

    async def hand_over(self) -> bool:
        """Give the terminal to another program; say whether it took what it was sent last.

        Nothing is waited for on the loop: the threads that read and write end beside it.
        """
        # Private: the two threads, and how the one that reads is told to end.
        reading, writing = self._key_thread, self._writer_thread
        self.exit_event.set()
        if reading is not None:
            await asyncio.to_thread(reading.join)
        self.exit_event.clear()
        self.stop_application_mode()
        self._writer_thread = None
        if writing is None:
            return True
        try:
            writing._queue.put_nowait(None)  # noqa: SLF001
        except queue.Full:
            return False
        await asyncio.to_thread(writing.join, HAND_OVER_S)
        return not writing.is_alive()

    def set_keys(self, *, to_program: bool) -> None:
        """Let keys suspend and quit a program, or not: it would take the engine with it."""
        # Private: how the terminal was when the app came.
        if self.attrs_before is None:
            return
        attrs = copy.deepcopy(self.attrs_before)
        if to_program:
            off = os.fpathconf(self.fileno, "PC_VDISABLE")
            attrs[tty.CC][termios.VSUSP] = attrs[tty.CC][termios.VQUIT] = bytes([off])
        with contextlib.suppress(termios.error):  # it is gone
            termios.tcsetattr(self.fileno, termios.TCSANOW, attrs)

    def take_back(self) -> None:
        """Take the terminal again."""
        self.set_keys(to_program=False)
        self.start_application_mode()

    def show_mouse(self, *, on: bool) -> None:
        """Turn the terminal's mouse reports on or off while running."""
        # Private: Driver takes ``mouse`` only once, when it is built.
        if on:
            self._mouse = True
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
            self._mouse = False

    def run_input_thread(self) -> None:
        """Read keys until told to stop; a terminal that hangs up ends the app."""
        parser = InputParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set():
            if select([self.fileno], [], [], KEY_POLL_S)[0]:
                try:
                    data = os.read(self.fileno, 4096)
                except OSError:
                    data = b""
                if not data:
                    if isinstance(self._app, PatientApp):
                        # Private: _loop is where the driver itself posts its events.
                        self._loop.call_soon_threadsafe(self._app.terminal_gone)
                    return
                for event in parser.feed(decode(data)):  # half a letter is nothing yet
                    self.process_message(event)
            for event in parser.tick():
                self.process_message(event)


def rebind(node: DOMNode, bindings: Iterable[BindingType]) -> None:
    """Give one screen or widget its keys; those of its class do not count any more."""
    # Private: what is bound otherwise stands in the class, before anybody could choose keys.
    node._bindings = BindingsMap(bindings)  # noqa: SLF001


def add_bindings(node: DOMNode, bindings: Iterable[BindingType]) -> None:
    """Give one widget keys besides those that its class has."""
    # Private: the keys of one widget alone; those of its class stay as they are.
    mine = BindingsMap(bindings)
    for key, bound in mine:
        node._bindings.key_to_bindings[key] = [bound]  # noqa: SLF001


class PatientApp(App[None]):
    """An app that never waits for the terminal and tells when it has first painted."""

    def __init__(self, **how: Any) -> None:
        super().__init__(driver_class=PatientDriver if sys.__stderr__ else None, **how)
        self.frames_dropped = 0
        self._repaint_owed = False
        self._painted = False
        self.sent = Sent()
        """What the terminal shows."""
        self.lent = False
        """Another program has the terminal: nothing is painted."""
        self._sent_region = Region()
        self._frames: deque[tuple[float, int]] = deque(maxlen=FRAMES_KEPT)
        """When each of the newest frames was painted, and what the terminal had taken by then."""

    @property
    def line_busy(self) -> bool:
        """Whether the terminal is behind, so that painting makes no sense."""
        driver = self.driver_in_use
        return isinstance(driver, PatientDriver) and driver.busy

    @property
    def bytes_written(self) -> int:
        """How many bytes the terminal has taken since the start."""
        driver = self.driver_in_use
        return driver.written if isinstance(driver, PatientDriver) else 0

    @property
    def bytes_per_s(self) -> float:
        """How many bytes a second the terminal has taken lately."""
        now_s = time.monotonic()
        lately = [taken for at_s, taken in self._frames if now_s - at_s <= LATELY_S]
        return (self.bytes_written - lately[0]) / LATELY_S if lately else 0.0

    @property
    def driver_in_use(self) -> Driver | None:
        """The driver, once the app runs."""
        # Private: there is no public way to the driver.
        return self._driver

    async def on_event(self, event: Event) -> None:
        """Take an event; what a key changes is painted at once.

        A key goes to a widget first, and does what it is bound to when it has come back from there.
        Who asks for the frame before that has painted what the key has not changed yet.
        """
        comes_back = isinstance(event, Key) and not event.is_forwarded and not self._is_typed(event)
        await super().on_event(event)
        if isinstance(event, Key) and not comes_back and self.screen_stack:
            screen = self.screen
            if isinstance(screen, PatientScreen):
                screen.hurry()

    def _is_typed(self, key: Key) -> bool:
        focused = self.focused
        return focused is not None and focused.check_consume_key(key.key, key.character)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        # Private: the only point through which each frame passes on its way to the driver.
        self._frames.append((time.monotonic(), self.bytes_written))
        if self.lent:
            return
        # Also of a frame that is left out: the terminal has another size by now.
        if isinstance(renderable, LayoutUpdate) and renderable.region != self._sent_region:
            self._sent_region = renderable.region
            self.sent.forget()
        if self.line_busy:
            self.frames_dropped += 1  # not a piece of it was noted as sent
            self.owe_repaint()
            return
        if isinstance(renderable, LayoutUpdate | ChopsUpdate):
            renderable = cast("RenderableType", NewPieces(renderable, self.sent))
        driver = self.driver_in_use
        with driver.as_one() if isinstance(driver, PatientDriver) else contextlib.nullcontext():
            super()._display(screen, renderable)
        if not self._painted and renderable is not None and not self._batch_count:
            self._painted = True
            self.call_next(self.first_painted)

    def owe_repaint(self) -> None:
        """Paint the screen once more when the line clears: what it does not show by then is sent.

        A cover that the terminal has is not sent again because a frame found the line busy.
        """
        if not self._repaint_owed:
            self._repaint_owed = True
            self.set_timer(DEBT_S, self._pay_repaint)

    def _pay_repaint(self) -> None:
        if self.line_busy:
            self.set_timer(DEBT_S, self._pay_repaint)
        else:
            self._repaint_owed = False
            self.screen.refresh()

    def repaint_all(self) -> None:
        """Send the whole screen, whatever the terminal may show."""
        self.sent.forget()
        self.screen.refresh()

    async def first_painted(self) -> None:
        """Be called once, after the first frame has been handed to the terminal."""

    def terminal_gone(self) -> None:
        """Be called on the loop when the terminal has hung up."""
        self.exit()

    def request_exit(self, code: int = 0) -> None:
        """Ask the app to end with ``code``; for signal handlers. Returns at once."""
        self.exit(return_code=code)

    async def leave(self, code: int = 0) -> None:
        """End the app with ``code`` and wait until the terminal has been given back."""
        self.exit(return_code=code)
        while self.is_running:  # noqa: ASYNC110  Textual has no event for it
            await asyncio.sleep(0.01)

    async def lend(self, words: list[str]) -> str:
        """Let a program have the terminal until it ends; return why it could not, or nothing."""
        driver = self.driver_in_use
        if not isinstance(driver, PatientDriver) or not driver.input_tty or self.lent:
            return _("this terminal cannot be handed over")
        if self.line_busy:
            return _("the terminal is behind")
        self.lent = True
        try:
            if not await driver.hand_over():
                return _("the terminal does not read")
            return await pager.have_run(words, driver.fileno, driver.output, driver.set_keys)
        except asyncio.CancelledError:
            self.lent = False  # the app ends, and gives the terminal back itself
            raise
        finally:
            if self.lent:
                self.lent = False
                driver.take_back()
                self.repaint_all()

    def show_mouse(self, *, on: bool) -> bool:
        """Turn mouse reports on or off; returns whether the terminal can."""
        driver = self.driver_in_use
        if not isinstance(driver, PatientDriver):
            return False
        driver.show_mouse(on=on)
        return True

    def send_to_clipboard(self, text: str) -> None:
        """Send ``text`` to the terminal's clipboard (OSC 52), through tmux where it stands between.

        There is no answer, so nobody knows whether the terminal took it.
        """
        self.clipboard_text = text
        driver = self.driver_in_use
        if driver is not None:
            for sequence in clipboard_sequences(text, in_tmux="TMUX" in os.environ):
                driver.write(sequence)
