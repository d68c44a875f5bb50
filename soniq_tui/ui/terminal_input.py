"""What a terminal sends, made keys and pastes: private names of Textual again, its parser.

Nothing that is pasted is a key, and an escape right before a character is a key of its own.
"""

import re
from collections.abc import Iterator

# Private: the parser of what a terminal sends; Textual's own input thread misses a hang-up.
from textual._xterm_parser import XTermParser
from textual.message import Message

ESCAPE = "\x1b"
BEGIN, END = f"{ESCAPE}[200~", f"{ESCAPE}[201~"
"""What stands around a paste (XTerm Control Sequences, "Bracketed Paste Mode")."""
_AFTER_ESCAPE = re.compile(r"(?<=\x1b)(?=[^\x00-\x0c\x0e-\x1f\x7f-\x9f\[OPX^_\]bf])")
"""Between an escape and what makes no sequence with it. ``b`` and ``f`` do: words of a line."""


class InputParser(XTermParser):
    """Makes keys, pastes and reports of what a terminal sends piece by piece.

    Textual's makes keys of up to 32 characters behind an escape that begins no sequence it knows,
    in a paste as well (8.2.8, ``reissue_sequence_as_keys``): what was copied from a page could
    cancel jobs. Of an escape and a character within a tenth of a second, which a slow line delivers
    in one piece, it makes the character with Alt, which does nothing here.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._inside = False
        self._last = ""
        """The end of what was given on outside of a paste: one may have begun in it."""
        self._held = ""
        """The end of what came in a paste, with which its mark may have begun."""

    def feed(self, data: str) -> Iterator[Message]:
        """Yield what the next piece makes; nothing makes nothing."""
        # Private: set while a sequence may go on. Nothing is held back here: escape may be a key.
        waiting = ESCAPE if self._timeout_time is not None and self._last[-1:] == ESCAPE else ""
        parts = _AFTER_ESCAPE.split(waiting + self.clean(data))
        for number, part in enumerate(parts):
            if number:
                self._timeout_time = 0.0  # the escape was all
                yield from self.tick()
            if text := part if number else part[len(waiting) :]:
                yield from super().feed(text)

    def clean(self, text: str) -> str:
        """Return the next piece, without the escapes that are in a paste."""
        text, self._held, clean = self._held + text, "", ""
        while text:
            taken, text = self._end_in(text) if self._inside else self._begin_in(text)
            clean += taken
        return clean

    def _begin_in(self, text: str) -> tuple[str, str]:
        seen = self._last + text
        before, begin, _rest = seen.partition(BEGIN)
        if not begin:
            self._last = seen[1 - len(BEGIN) :]
            return text, ""
        at = len(before) + len(begin) - len(self._last)
        self._inside, self._last = True, ""
        return text[:at], text[at:]

    def _end_in(self, text: str) -> tuple[str, str]:
        pasted, end, rest = text.partition(END)
        if not end:
            sizes = range(len(END) - 1, 0, -1)
            begun = next((size for size in sizes if pasted.endswith(END[:size])), 0)
            at = len(pasted) - begun
            pasted, self._held = pasted[:at], pasted[at:]
        self._inside = not end
        return pasted.replace(ESCAPE, "") + end, rest
