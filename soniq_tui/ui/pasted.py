"""What a terminal marks as pasted: text, and nothing in it is a key. No Textual here."""

ESCAPE = "\x1b"
BEGIN, END = f"{ESCAPE}[200~", f"{ESCAPE}[201~"
"""What stands around it (bracketed paste; XTerm Control Sequences, "Bracketed Paste Mode")."""


class Pasted:
    """Takes the escapes out of what is pasted, in what a terminal sends piece by piece.

    Not every terminal does, and Textual's parser makes keys of up to 32 characters behind an escape
    that begins no sequence it knows, in a paste as well (8.2.8, ``reissue_sequence_as_keys``): what
    was copied from a page could cancel jobs.
    """

    def __init__(self) -> None:
        self._inside = False
        self._last = ""
        """The end of what was given on outside of a paste: one may have begun in it."""
        self._held = ""
        """The end of what came in a paste, with which its mark may have begun."""

    def clean(self, text: str) -> str:
        """Return the next piece, without the escapes that are in a paste.

        Outside of one nothing is held back, for an escape may be a key.
        """
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
