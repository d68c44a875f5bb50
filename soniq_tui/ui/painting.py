"""What of a screen is painted, and when: the other place that touches private names of Textual.

Refuses to: know what is painted, or where the bytes go.
"""

import time
from collections.abc import Iterator
from typing import Any, cast

from rich.console import Console
from rich.segment import Segment
from rich.style import Style

# Private: what a frame consists of, to leave out what the terminal shows already.
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.events import Idle
from textual.screen import Screen
from textual.strip import Strip

from soniq_tui.ui.frames import Piece, Sent

BEAT_S = 1 / 60
"""Keys that come faster than this, pasted or from a stuck key, share a frame."""


class PatientScreen(Screen[Any]):
    """A screen that answers a key with a frame of its own.

    Textual paints when its frame timer beats next, and one that has just painted, a number that
    moved for instance, is not due again for up to two beats: 33 ms.
    """

    def __init__(self, *names: Any, **how: Any) -> None:
        super().__init__(*names, **how)
        self._hurried = False
        self._answered_s = 0.0

    def hurry(self) -> None:
        """Paint what changes next at once: it answers a key."""
        self._hurried = True

    def _on_idle(self, event: Idle) -> None:  # type: ignore[override]
        # Private: what is to be painted, and the two halves of what the timer would do. There is
        # no public way to have a frame now. Textual calls this before its own handler.
        waits = self._dirty_widgets or self._layout_required or self._scroll_required
        if not self._hurried or not (waits or self._repaint_required):
            return
        now_s = time.monotonic()
        held = self.app._batch_count or not self.is_current  # noqa: SLF001
        if held or now_s - self._answered_s < BEAT_S:
            return
        self._answered_s = now_s
        event.prevent_default()
        self._on_timer_update()

    def _on_timer_update(self) -> None:
        # Private: the one place where this screen is painted from.
        self._hurried = False
        super()._on_timer_update()


class NewPieces(CompositorUpdate):
    """A frame without what the terminal shows already."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, sent: Sent) -> None:
        self._update = update
        self._sent = sent

    def render_segments(self, console: Console) -> str:
        """Return the bytes of the pieces that are new."""
        if isinstance(self._update, LayoutUpdate):
            pieces = whole_pieces(self._update)
        else:
            pieces = part_pieces(self._update)
        return "".join(bytes_of(piece, console) for piece in self._sent.new(pieces))


def bytes_of(piece: Piece, console: Console) -> str:
    """Return what paints a piece."""
    strip = Strip([Segment(text, cast("Style | None", look)) for text, look in piece.runs])
    return f"\x1b[{piece.y + 1};{piece.x + 1}H{strip.render(console)}"


def runs_of(strip: Strip) -> tuple[tuple[str, Style | None], ...]:
    """Return the texts of a strip with their looks."""
    return tuple((text, style) for text, style, control in strip if not control)


def whole_pieces(update: LayoutUpdate) -> Iterator[Piece]:
    """Give the pieces of a full frame."""
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield Piece(y, x, strip.cell_length, runs_of(strip))
            x += strip.cell_length


def part_pieces(update: ChopsUpdate) -> Iterator[Piece]:
    """Give the pieces of a partial frame; a piece is sent from its left edge to the last change."""
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is None or x > x2 or end <= x1:
                continue
            part = strip if end <= x2 else strip.crop(0, x2 - x)
            yield Piece(y, x, part.cell_length, runs_of(part))
