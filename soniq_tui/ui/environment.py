"""What Textual reads from the environment while it is imported: call :func:`prepare` before.

Imports nothing of Textual, so that a command line can decide here without paying for it.
"""

import os
from collections.abc import MutableMapping

from soniq_tui.model.settings import GLYPH_NAMES, THEME_NAMES

CALM = {
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    # Kitty's "report all keys" breaks input methods in some terminals, and we need no key it adds.
    "TEXTUAL_DISABLE_KITTY_KEY": "1",
}
"""No motion: each animated frame is bytes on somebody's link."""

OVERRULED = ("TEXTUAL_THEME", "TEXTUAL_DRIVER", "TEXTUAL_FPS", "COLUMNS", "LINES")
"""Settings of other programs that would break ours: a low frame rate delays keys, not data, and a
size that somebody exported is believed more than the terminal, which may grow."""


POOR = frozenset({"linux", "vt100", "dumb"})
"""Terminals with few colours and few signs."""


def prepare(environ: MutableMapping[str, str] | None = None) -> None:
    """Set what the console needs in ``environ`` (None: ``os.environ``); import Textual after it."""
    target = os.environ if environ is None else environ
    for name in OVERRULED:
        target.pop(name, None)
    for name, value in CALM.items():
        target.setdefault(name, value)


def wants_ascii(environ: MutableMapping[str, str] | None = None) -> bool:
    """Return whether the terminal gets the ASCII glyphs: a Linux console, or no UTF-8 locale."""
    env = os.environ if environ is None else environ
    if env.get("TERM", "") in POOR:
        return True
    locale = env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or ""
    return "utf" not in locale.lower().replace("-", "")


def wanted_theme(environ: MutableMapping[str, str] | None = None, *, remembered: str = "") -> str:
    """Return the theme for this terminal where no flag and no setting names one.

    NO_COLOR gives ``mono``, the Linux console ``ansi``, whatever was chosen elsewhere; then comes
    what the person chose last, then a light COLORFGBG with ``soniq-light``. The terminal itself is
    never asked: waiting for its answer would delay the first paint.
    """
    env = os.environ if environ is None else environ
    if without_colours(env):
        return "mono"
    if env.get("TERM", "") in POOR:
        return "ansi"
    if remembered in THEME_NAMES:
        return remembered
    background = env.get("COLORFGBG", "").rpartition(";")[2]
    return "soniq-light" if background in {"7", "15"} else "soniq-dark"


def without_colours(environ: MutableMapping[str, str] | None = None) -> bool:
    """Return whether NO_COLOR is in force, so that all themes look alike."""
    return "NO_COLOR" in (os.environ if environ is None else environ)


def wanted_glyphs(environ: MutableMapping[str, str] | None = None, *, remembered: str = "") -> str:
    """Return the glyph set where no flag and no setting names one.

    ASCII where the terminal has no other, else what the person chose last.
    """
    if wants_ascii(environ):
        return "ascii"
    return remembered if remembered in GLYPH_NAMES else "unicode"


def over_ssh(environ: MutableMapping[str, str] | None = None) -> bool:
    """Return whether the terminal is at the other end of an SSH connection."""
    env = os.environ if environ is None else environ
    return bool(env.get("SSH_CONNECTION") or env.get("SSH_TTY"))
