"""A field for text: one line, or one entry to a line; shows nothing raw and changes nothing.

What it holds is exactly what was typed or pasted; what it paints has passed ``shown()``. However
many lines there are, only those on screen are looked at.
"""

import unicodedata
from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.events import Key, MouseDown, Paste
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from soniq_tui.model.text import shown
from soniq_tui.ui.widgets.tones import Toned

LINES_MOST = 100_000
PAINTED_MOST = 2000
"""Characters of a line that are painted on either side of the cursor."""
JOINED = "\u200d"
Taken = Callable[[str], list[str]]
"""From a pasted text to the entries it brings."""


class Editor(Toned, can_focus=True):
    """Text that can be edited; with ``several`` it has lines and grows with them.

    Args:
        value: the text at first; lines are separated by newlines.
        several: lines can be added.
        take: what a pasted text brings; by default its lines.
        tall: at most so many lines are seen at once.
    """

    DEFAULT_CSS = "Editor { height: 1; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go(-1)", show=False),
        Binding("right", "go(1)", show=False),
        Binding("up", "go_line(-1)", show=False),
        Binding("down", "go_line(1)", show=False),
        Binding("pageup", "go_page(-1)", show=False),
        Binding("pagedown", "go_page(1)", show=False),
        Binding("home", "go_start", show=False),
        Binding("end", "go_end", show=False),
        Binding("backspace", "delete_left", show=False),
        Binding("delete", "delete_right", show=False),
        Binding("ctrl+w", "delete_word", show=False),
        Binding("ctrl+u", "delete_line", show=False),
        Binding("ctrl+k", "delete_rest", show=False),
        Binding("enter", "enter", show=False),
    ]

    class Changed(Message):
        """The text is another."""

        def __init__(self, editor: "Editor") -> None:
            super().__init__()
            self.editor = editor

        @property
        def control(self) -> "Editor":
            """The field."""
            return self.editor

    class Entered(Changed):
        """Enter was pressed where it makes no new line."""

    class Left(Changed):
        """The cursor was moved out of the text, up or down by ``step``."""

        def __init__(self, editor: "Editor", step: int) -> None:
            super().__init__(editor)
            self.step = step

    def __init__(
        self,
        value: str = "",
        *,
        several: bool = False,
        take: Taken | None = None,
        tall: int = 6,
        id: str | None = None,  # noqa: A002  Textual's word
    ) -> None:
        super().__init__(id=id)
        self.several, self.tall = several, tall
        self._take = take or str.splitlines
        self.lines: list[str] = [""]
        self.row = self.column = 0
        self._top = 0
        """The first line that is seen."""
        self._left = 0
        """The first cell that is seen, of the line with the cursor."""
        self.value = value

    # ---------------------------------------------------------------- the text

    @property
    def value(self) -> str:
        """The text, exactly."""
        return "\n".join(self.lines)

    @value.setter
    def value(self, text: str) -> None:
        self.lines = text.split("\n") if self.several else [text]
        self.row = len(self.lines) - 1
        self.column = len(self.lines[-1])
        self._moved(whole=True)

    @property
    def line(self) -> str:
        """The line with the cursor."""
        return self.lines[self.row]

    @property
    def room(self) -> int:
        """How many entries can still be added."""
        return LINES_MOST - len(self.lines) if self.several else 1

    def change_line(self, text: str) -> None:
        """Put ``text`` in the place of the line with the cursor, which goes to its end."""
        self.lines[self.row] = text
        self.column = len(text)
        self._changed(whole=False)

    def drop_line(self) -> bool:
        """Take the line with the cursor away where it is one of several and empty; say whether."""
        if len(self.lines) == 1 or self.line.strip():
            return False
        del self.lines[self.row]
        self.row = min(self.row, len(self.lines) - 1)
        self.column = len(self.line)
        self._changed(whole=True)
        return True

    def be_tall(self, lines: int) -> None:
        """Show at most so many lines at once."""
        self.tall = lines
        self._moved(whole=True)

    def insert_text_at_cursor(self, text: str) -> None:
        """Insert text as if it were typed."""
        lines = text.split("\n") if self.several else [text]
        self._put(lines)

    def _put(self, lines: list[str]) -> None:
        line = self.line
        before, after = line[: self.column], line[self.column :]
        new = [before + lines[0], *lines[1:]]
        self.column = len(new[-1])
        new[-1] += after
        self.lines[self.row : self.row + 1] = new
        self.row += len(new) - 1
        self._changed(whole=len(new) > 1)

    def paste(self, text: str) -> None:
        """Take in a pasted text; several entries get lines of their own."""
        self.add(self._take(text), ends=text.endswith(("\n", "\r")))

    def add(self, entries: list[str], *, ends: bool = True) -> None:
        """Take in entries where the cursor is; ``ends``: another one may follow them."""
        if not entries:
            return
        if not self.several:
            self._put(entries[:1])
            return
        entries = entries[: self.room]
        if len(entries) > 1 or (ends and entries):
            # Between lines, never into the middle of one; then there is room for the next.
            at = self.row + bool(self.line.strip())
            self.lines[at : self.row + 1 if at == self.row else at] = entries
            self.row = at + len(entries)
            if self.row == len(self.lines) or self.lines[self.row].strip():
                self.lines.insert(self.row, "")
            self.column = 0
            self._changed(whole=True)
        else:
            self._put(entries)

    def _changed(self, *, whole: bool) -> None:
        self._moved(whole=whole)
        self.post_message(self.Changed(self))

    # ---------------------------------------------------------------- moving

    def _moved(self, *, whole: bool = False, old_row: int | None = None) -> None:
        """Bring the cursor into view and paint what is another now."""
        height = min(len(self.lines), self.tall)
        if self.styles.height is None or self.styles.height.value != height:
            self.styles.height = height
            whole = True
        top = min(max(self._top, self.row - height + 1, 0), self.row)
        top = max(0, min(top, len(self.lines) - height))
        left = self._left
        width = self.size.width or PAINTED_MOST  # not laid out yet
        at = self._cells_before()
        left = min(left, at) if at < left + width else at - width + 1
        left = 0 if at < width else left
        whole = whole or top != self._top
        self._top, self._left = top, left
        if whole or not self.size:
            self.refresh()
            return
        rows = {self.row, self.row if old_row is None else old_row}
        self.refresh(*(Region(0, row - top, width, 1) for row in rows))

    def _cells_before(self) -> int:
        start = max(0, self.column - PAINTED_MOST)
        return cell_len(_safe(self.line[start : self.column]))

    def action_go(self, step: int) -> None:
        """Move by one character, over the end of a line to the next."""
        row, line = self.row, self.line
        if 0 <= self.column + step <= len(line):
            self.column += step
            while 0 < self.column < len(line) and _joins(line, self.column):
                self.column += step
        elif 0 <= row + step < len(self.lines):
            self.row += step
            self.column = 0 if step > 0 else len(self.line)
        self._moved(old_row=row)

    def action_go_line(self, step: int) -> None:
        """Move by one line, or out of the field."""
        if not 0 <= self.row + step < len(self.lines):
            self.post_message(self.Left(self, step))
            return
        self._go_to(self.row + step)

    def action_go_page(self, step: int) -> None:
        """Move by as many lines as are seen."""
        self._go_to(self.row + step * max(1, self.tall - 1))

    def _go_to(self, row: int) -> None:
        old = self.row
        self.row = max(0, min(row, len(self.lines) - 1))
        self.column = min(self.column, len(self.line))
        self._moved(old_row=old)

    def action_go_start(self) -> None:
        """Move to the start of the line; there already, to the first one."""
        old = self.row
        if self.column == 0:
            self.row = 0
        self.column = 0
        self._moved(old_row=old)

    def action_go_end(self) -> None:
        """Move to the end of the line; there already, to the last one."""
        old = self.row
        if self.column == len(self.line):
            self.row = len(self.lines) - 1
        self.column = len(self.line)
        self._moved(old_row=old)

    # ---------------------------------------------------------------- editing

    def action_delete_left(self) -> None:
        """Delete the character before the cursor, or join the line with the one above."""
        line = self.line
        if self.column:
            start = self.column - 1
            while start and _joins(line, start):
                start -= 1
            self.lines[self.row] = line[:start] + line[self.column :]
            self.column = start
            self._changed(whole=False)
        elif self.row:
            above = self.lines[self.row - 1]
            self.lines[self.row - 1 : self.row + 1] = [above + line]
            self.row -= 1
            self.column = len(above)
            self._changed(whole=True)

    def action_delete_right(self) -> None:
        """Delete the character under the cursor, or join the line with the one below."""
        line = self.line
        if self.column < len(line):
            end = self.column + 1
            while end < len(line) and _joins(line, end):
                end += 1
            self.lines[self.row] = line[: self.column] + line[end:]
            self._changed(whole=False)
        elif self.row + 1 < len(self.lines):
            self.lines[self.row : self.row + 2] = [line + self.lines[self.row + 1]]
            self._changed(whole=True)

    def action_delete_word(self) -> None:
        """Delete back to the start of a word, or of a part of a path."""
        line = self.line
        start = self.column
        while start and not line[start - 1].isalnum():
            start -= 1
        while start and line[start - 1].isalnum():
            start -= 1
        self.lines[self.row] = line[:start] + line[self.column :]
        self.column = start
        self._changed(whole=False)

    def action_delete_line(self) -> None:
        """Delete the line."""
        if len(self.lines) > 1:
            del self.lines[self.row]
            self.row = min(self.row, len(self.lines) - 1)
        else:
            self.lines = [""]
        self.column = len(self.line)
        self._changed(whole=True)

    def action_delete_rest(self) -> None:
        """Delete the rest of the line, cursor included."""
        self.lines[self.row] = self.line[: self.column]
        self._changed(whole=False)

    def action_enter(self) -> None:
        """Begin a new line; where there is none to begin say so."""
        if self.several and self.line.strip() and len(self.lines) < LINES_MOST:
            self._put(["", ""])
        else:
            self.post_message(self.Entered(self))

    def on_key(self, event: Key) -> None:
        """Insert what is typed."""
        if event.is_printable and event.character:
            event.stop()
            event.prevent_default()
            self._put([event.character])

    def on_paste(self, event: Paste) -> None:
        """Take in what is pasted."""
        event.stop()
        self.paste(event.text)

    def on_mouse_down(self, event: MouseDown) -> None:
        """Move the cursor there."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        old, self.row = self.row, min(self._top + offset.y, len(self.lines) - 1)
        want = offset.x + (self._left if self.row == old else 0)
        line, column = self.line[:PAINTED_MOST], 0
        while column < len(line) and cell_len(_safe(line[: column + 1])) <= want:
            column += 1
        self.column = column
        self._moved(whole=True)

    # ---------------------------------------------------------------- painting

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """Return how many lines are seen."""
        return min(len(self.lines), self.tall)

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self._moved(whole=True)

    def on_focus(self) -> None:
        """Show the cursor."""
        self._moved(whole=True)

    def on_blur(self) -> None:
        """Hide the cursor."""
        self._moved(whole=True)

    def render_line(self, y: int) -> Strip:
        """Return the strip of one line on screen."""
        width, row = self.size.width, self._top + y
        if row >= len(self.lines):
            return self.strip_of((), width)
        if row != self.row:
            return self.strip_of(((_safe(self.lines[row][:PAINTED_MOST]), ""),), width)
        line, at = self.line, self.column
        start = max(0, at - PAINTED_MOST)
        end = at + 1
        while end < len(line) and _joins(line, end):
            end += 1
        plain = self.tone_style("")
        under = self.tone_style("cursor") if self.has_focus else plain
        strip = Strip(
            [
                Segment(_safe(line[start:at]), plain),
                Segment(_safe(line[at:end]) or " ", under),
                Segment(_safe(line[end : at + PAINTED_MOST]), plain),
            ]
        )
        return strip.crop(self._left, self._left + width).adjust_cell_length(width, plain)


def _safe(text: str) -> str:
    return shown(text, len(text) + 1)


def _joins(line: str, at: int) -> bool:
    """Say whether a character is painted together with the one before it."""
    char, before = line[at], line[at - 1] if at else ""
    return bool(unicodedata.combining(char)) or char in "\u200d\ufe0e\ufe0f" or before == JOINED
