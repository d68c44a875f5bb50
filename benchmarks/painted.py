"""What a terminal shows of the bytes that it was sent: just enough of one to read the screen.

Knows what Textual and our driver send, and keeps a list of all else: a sequence that stands there
came from somewhere it must not come from, a file name for instance.
"""

import re
from codecs import getincrementaldecoder

from rich.cells import split_graphemes

_SEQUENCE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC
    r"|\x1bP[^\x1b]*(?:\x1b\x1b[^\x1b]*)*\x1b\\"  # DCS, with what tmux is handed through
    r"|\x1b\[[?<>=0-9;:]*[ -/]*[@-~]"  # CSI
    r"|\x1b[^\[\]P]"
    r"|[\x00-\x1f\x7f-\x9f]"
)
_UNFINISHED = re.compile(r"\x1b(?:|\[[?<>=0-9;:]*[ -/]*|\][^\x07\x1b]*\x1b?|P.*)\Z", re.DOTALL)
_MODES = re.compile(
    r"\x1b\[\?(?:7|25|1000|1002|1003|1004|1006|1015|1049|2004|2026|2048)[hl]"
    r"|\x1b\[\?(?:2026|2048)\$p|\x1b\[6n|\x1b\[c|\x1b\[[<>]\d*u|\x1b\]22;[a-z]*\x07"
)
"""Modes and questions that Textual sends at start, at the end and around a frame."""


class Painted:
    """A screen of so many rows and columns, and what has been painted on it."""

    def __init__(self, rows: int = 24, columns: int = 80) -> None:
        self.rows, self.columns = rows, columns
        self.strange: list[str] = []
        """Sequences and control characters that no frame has."""
        self.spilled: list[tuple[int, str]] = []
        """Row and text of what did not fit between the cursor and the right edge."""
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._at = [0, 0]
        self.wipe()

    def wipe(self) -> None:
        """Forget what is shown."""
        self._cells = [[" "] * self.columns for _ in range(self.rows)]

    def feed(self, data: bytes) -> None:
        """Paint what the program has sent."""
        text = self._rest + self._decode(data)
        self._rest = ""
        if cut := _UNFINISHED.search(text):
            text, self._rest = text[: cut.start()], cut[0]
        begin = 0
        for match in _SEQUENCE.finditer(text):
            self._write(text[begin : match.start()])
            self._obey(match[0])
            begin = match.end()
        self._write(text[begin:])

    @property
    def lines(self) -> list[str]:
        """What is shown, line by line, without the blanks at the end."""
        return ["".join(row).rstrip() for row in self._cells]

    @property
    def text(self) -> str:
        """What is shown."""
        return "\n".join(self.lines)

    def _write(self, text: str) -> None:
        row, column = self._at
        for start, end, width in split_graphemes(text)[0]:
            sign = text[start:end]
            if row >= self.rows or column + width > self.columns:
                self.spilled.append((row, text[start:]))
                break
            if width == 0:  # belongs to the cell before
                self._cells[row][max(0, column - 1)] += sign
                continue
            self._cells[row][column : column + width] = [sign] + [""] * (width - 1)
            column += width
        self._at = [row, column]

    def _obey(self, sequence: str) -> None:
        if found := re.fullmatch(r"\x1b\[(\d*)(?:;(\d*))?H", sequence):
            self._at = [int(found[1] or 1) - 1, int(found[2] or 1) - 1]
        elif re.fullmatch(r"\x1b\[[0-9;:]*m", sequence):
            return
        elif sequence == "\x1b[J":
            for row in range(self._at[0], self.rows):
                begin = self._at[1] if row == self._at[0] else 0
                self._cells[row][begin:] = [" "] * (self.columns - begin)
        elif sequence == "\r":
            self._at[1] = 0
        elif sequence == "\n":
            self._at[0] = min(self.rows - 1, self._at[0] + 1)
        elif not _MODES.fullmatch(sequence):
            self.strange.append(sequence)
        elif sequence == "\x1b[?1049h":
            self.wipe()
