"""What the console knows of its terminal, for the third page of the help. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from soniq_tui import words
from soniq_tui.model.text import shown
from soniq_tui.ui import environment, formats, help_pages
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.view import Line
from soniq_tui.words import _, figure

KIB = 1024
COLOURS = {"truecolor": 2**24, "256": 256, "standard": 16, "windows": 16}


@dataclass(frozen=True, slots=True)
class Seen:
    """What the app knows of its terminal."""

    size: tuple[int, int]
    colours: str | None
    """As Rich calls the colours; None: none."""
    theme: str
    mouse_on: bool
    written: int = 0
    """Bytes that the terminal has taken."""
    per_s: float = 0.0
    """Bytes in a second, before the help was opened."""
    frames_dropped: int = 0
    keys_file: str = ""
    """Where keys of the person stand; empty: nowhere."""


def report_lines(seen: Seen, env: Mapping[str, str], width: int, glyphs: Glyphs) -> list[Line]:
    """Return the page."""
    by = "x" if glyphs.cut.isascii() else "\u00d7"
    size = f"{seen.size[0]}{by}{seen.size[1]}"
    colours = COLOURS.get(seen.colours or "")
    terminal = [
        (_("terminal"), shown(env.get("TERM", "") or "?", 40), ""),
        (_("size"), size, ""),
        (_("colours"), figure(colours) if colours else _("none"), ""),
        (_("between"), between(env), ""),
        (_("locale"), locale_text(env), ""),
        (_("clipboard"), clipboard_text(env), ""),
    ]
    line = [
        (_("sent lately"), _("{rate} before this page").format(rate=rate_text(seen.per_s)), ""),
        (_("sent in all"), amount_text(seen.written), ""),
        (_("frames left out"), frames_text(seen.frames_dropped), ""),
    ]
    looks = [
        (_("theme"), seen.theme, ""),
        (_("glyphs"), glyphs.name, ""),
        (_("mouse"), _("yes") if seen.mouse_on else _("no"), ""),
        (_("language"), words.in_use(), ""),
        (_("keys"), shown(seen.keys_file) or _("as they come"), ""),
    ]
    blocks = [(_("terminal"), terminal), (_("line"), line), (_("looks"), looks)]
    room = help_pages.key_room(row for _title, rows in blocks for row in rows)
    return [
        each
        for title, rows in blocks
        for each in help_pages.block(title, rows, width, glyphs, room)
    ]


def between(env: Mapping[str, str]) -> str:
    """Return what stands between the console and the terminal."""
    found = [
        name
        for name, there in (
            ("tmux", "TMUX" in env),
            ("screen", "STY" in env),
            ("SSH", environment.over_ssh(dict(env))),
        )
        if there
    ]
    return ", ".join(found) or _("nothing")


def locale_text(env: Mapping[str, str]) -> str:
    """Return the locale, and whether it is UTF-8."""
    name = shown(env.get("LC_ALL") or env.get("LC_CTYPE") or env.get("LANG") or "", 40)
    utf8 = "utf" in name.lower().replace("-", "")
    return name if utf8 else _("{name}: not UTF-8, so the signs are ASCII").format(name=name or "C")


def clipboard_text(env: Mapping[str, str]) -> str:
    """Return the way a copy takes to the clipboard."""
    if "TMUX" in env:
        return _("OSC 52, plain and wrapped: tmux wants set-clipboard on, or allow-passthrough on")
    return _("OSC 52; no terminal says whether it took it")


def rate_text(per_s: float) -> str:
    """Return ``4.1 KiB/s``."""
    return f"{figure(per_s / KIB, 1)} KiB/s" if per_s >= KIB else f"{per_s:.0f} B/s"


def amount_text(amount: int) -> str:
    """Return ``212 KiB``."""
    return f"{formats.count(amount // KIB)} KiB" if amount >= KIB else f"{amount} B"


def frames_text(dropped: int) -> str:
    """Return how many frames a slow terminal was spared."""
    if not dropped:
        return _("none: the terminal keeps up")
    return _("{n}: the terminal was behind").format(n=formats.count(dropped))
