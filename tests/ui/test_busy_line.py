"""A terminal that cannot keep up: frames are left out whole, and nothing is sent twice for it."""

import queue
from types import SimpleNamespace

from textual._compositor import LayoutUpdate
from textual.geometry import Region

from soniq_tui.ui.frames import Piece, Sent
from soniq_tui.ui.terminal import PatientApp, PatientDriver

COVER = Piece(3, 0, 4, (("\u2580\u2580\u2580\u2580", "red"),))


class App(PatientApp):
    """An app that does not run; ``behind`` says whether its terminal is."""

    def __init__(self) -> None:
        self.sent = Sent()
        list(self.sent.new([COVER]))
        self.frames_dropped, self._repaint_owed, self.lent = 0, False, False
        self._frames = []
        self.behind, self.due, self.refreshed = True, [], 0

    line_busy = property(lambda self: self.behind)
    bytes_written = 0
    screen = property(lambda self: SimpleNamespace(refresh=self._refresh))

    def _refresh(self) -> None:
        self.refreshed += 1

    def set_timer(self, _delay_s, callback):
        self.due.append(callback)

    @property
    def knows_the_cover(self) -> bool:
        """Whether it would not be sent again."""
        return not list(self.sent.new([COVER]))


def test_what_the_terminal_has_is_not_sent_again_for_a_frame_that_was_left_out() -> None:
    """When the line clears the screen is painted once, without what is there already."""
    app = App()
    for _ in range(3):
        app._display(None, None)
    assert (app.frames_dropped, len(app.due)) == (3, 1)
    app.due.pop()()
    assert app.refreshed == 0, "the line is busy still"
    app.behind = False
    app.due.pop()()
    assert (app.refreshed, app.due) == (1, [])
    assert app.knows_the_cover


def test_another_size_makes_all_of_it_new() -> None:
    """Though the frame itself is left out, and the next one has the size of before."""
    app = App()
    app._sent_region = Region(0, 0, 80, 24)
    app._display(None, LayoutUpdate([], Region(0, 0, 60, 16)))
    assert not app.knows_the_cover


def test_what_was_noted_and_did_not_get_out_is_sent_again() -> None:
    """Where not even the queue has room nobody knows what the terminal shows."""
    app, driver = App(), object.__new__(PatientDriver)
    full = queue.Queue(1)
    full.put("x")
    driver._app, driver._held = app, None
    driver._writer_thread = SimpleNamespace(_queue=full)
    driver.write("y")
    assert len(app.due) == 1
    assert not app.knows_the_cover
