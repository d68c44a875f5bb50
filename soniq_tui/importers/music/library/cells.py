"""How values of the catalogue stand in cells, and how lists sort them. Pure."""

import json
import time
from functools import lru_cache

from soniq_tui import words
from soniq_tui.importers.music.wordindex import fold


@lru_cache(30_000)
def sortable(text: str | None) -> str:
    """Return a text as lists sort it."""
    return fold(text or "").strip()


@lru_cache(30_000)
def sortable_names(names: str) -> str:
    """Return a JSON list of names as lists sort it."""
    return fold(names_text(names)).strip()


def names_text(names: str) -> str:
    """Return a JSON list of names on one line."""
    return ", ".join(map(str, json.loads(names))) if names != "[]" else ""


def place(disc: int | None, track: int | None) -> str:
    """Return where a track stands on its album: ``7``, or ``2.07`` on a second disc."""
    if track is None:
        return ""
    return f"{disc}.{track:02d}" if disc and disc > 1 else str(track)


def clock(seconds: float | None) -> str:
    """Return ``3:45`` or ``1:02:03``; nothing for what is not known."""
    if not seconds or not 0 < seconds < 1e9:  # noqa: PLR2004  tags can say anything
        return ""
    return words.clock(round(seconds))


def format_text(codec: str | None, bitrate_kbps: int | None) -> str:
    """Return ``flac 912``."""
    return " ".join(filter(None, (codec, str(bitrate_kbps or ""))))


def day(at_s: float) -> str:
    """Return a date of here, ``2026-03-01``."""
    return time.strftime("%Y-%m-%d", time.localtime(at_s))


def moment(at_s: float) -> str:
    """Return date and time of here."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_s))
