"""The terminal's clipboard: OSC 52, and what tmux wants of it."""

import base64

CLIPBOARD_MOST_BYTES = 74_000
"""Terminals drop a longer OSC 52; xterm and tmux take this much."""


def clipboard_sequences(text: str, *, in_tmux: bool) -> list[str]:
    """Return what puts ``text`` on the clipboard.

    tmux takes the plain form with ``set-clipboard on`` and hands the wrapped one through with
    ``allow-passthrough on``; the one it does not know it drops, so both are sent.
    """
    coded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    plain = f"\x1b]52;c;{coded}\x07"
    if not in_tmux:
        return [plain]
    return [plain, "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"]
