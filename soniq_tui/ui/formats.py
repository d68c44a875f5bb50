"""Numbers, times and names as the screens write them; pure functions on text.

Fixed units, whole seconds, ``~`` before a guess, the set's *unknown* sign for what is not known.
Widths are terminal cells as Rich counts them, so CJK and combining marks line up.
"""

import time

from rich.cells import cell_len, get_character_cell_size, set_cell_size

from soniq_tui.ui.glyphs import UNICODE, Glyphs
from soniq_tui.words import _, figure

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400
FEW_PER_S = 10
MANY_PER_S = 9_999.5
HUNDRED = 99.95
"""Thousands that have three figures when they are rounded."""
ALL = 100.0
ALMOST_ALL = 99.9
GIB_IN_MIB = 1024
PLACE_CELLS = 16
"""So much of a data directory is told, from its end."""
PATH_SHARE = 3
"""A path is cut at a separator only while at least one part in this many of the room stays used."""


def count(number: int) -> str:
    """Return ``71,204``."""
    return figure(number)


def apart(number: int) -> str:
    """Return a number with a blank behind it: ``1  3 failed`` is not to be read as thirteen."""
    return f"{number} "


def duration(seconds: float | None, glyphs: Glyphs = UNICODE) -> str:
    """Return ``53s``, ``2m53s``, ``1h02m`` or ``3d04h``."""
    if seconds is None:
        return glyphs.unknown
    whole = max(0, int(seconds))
    if whole < MINUTE_S:
        return f"{whole}s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S}m{whole % MINUTE_S:02d}s"
    if whole < DAY_S:
        return f"{whole // HOUR_S}h{whole % HOUR_S // MINUTE_S:02d}m"
    return f"{whole // DAY_S}d{whole % DAY_S // HOUR_S:02d}h"


def span(low_s: float, high_s: float) -> str:
    """Return ``2m10s-3m``: rounded so that it stays calm; one value where both round to it."""
    step = 5 if high_s < 2 * MINUTE_S else 10 if high_s < HOUR_S else MINUTE_S
    ends = [duration(round(s / step) * step).removesuffix("00s") for s in (low_s, high_s)]
    return ends[0] if ends[0] == ends[1] else "-".join(ends)


BAND_MOST = 4.0
"""A band that reaches so many times as far as it begins tells less than its middle."""


def guess(
    middle_s: float | None, low_s: float | None, high_s: float | None, glyphs: Glyphs = UNICODE
) -> str:
    """Return the time left as a band where it says something, ``~2m10s-3m``, else as ``~2m53s``."""
    if low_s is not None and high_s is not None and high_s <= BAND_MOST * max(low_s, 1.0):
        return "~" + span(low_s, high_s)
    return glyphs.unknown if middle_s is None else "~" + duration(middle_s)


def rate(per_s: float, glyphs: Glyphs = UNICODE) -> str:
    """Return ``412/s``, ``4.2/s``, ``30/min`` or ``11.4k/s``; the *unknown* sign for nothing.

    At most seven cells, so that columns need no more.
    """
    if per_s <= 0:
        return glyphs.unknown
    if per_s >= MANY_PER_S:
        thousands = per_s / 1000
        return f"{figure(thousands, 1 if thousands < HUNDRED else 0)}k/s"
    if per_s >= FEW_PER_S:
        return f"{figure(per_s)}/s"
    if per_s >= 1:
        return f"{figure(per_s, 1)}/s"
    per_min = per_s * MINUTE_S
    return f"{per_min:.0f}/min" if per_min >= 1 else "<1/min"


def percent(ended: int, total: int, glyphs: Glyphs = UNICODE) -> str:
    """Return ``28.7%``; ``100%`` only when everything has ended."""
    if total <= 0:
        return glyphs.unknown
    if ended >= total:
        return "100%"
    return f"{figure(min(ALMOST_ALL, int(ended * 1000 / total) / 10), 1)}%"


def mib(amount: float) -> str:
    """Return ``212M`` or ``1.4G``."""
    return f"{amount:.0f}M" if amount < GIB_IN_MIB else f"{figure(amount / GIB_IN_MIB, 1)}G"


def brief(seconds: float | None, glyphs: Glyphs = UNICODE) -> str:
    """Return a time that may be short: ``2.1ms``, ``14ms``, ``3.2s``, else as :func:`duration`."""
    if seconds is None:
        return glyphs.unknown
    if seconds < 1:
        amount = seconds * 1000
        return f"{figure(amount, 1 if amount < FEW_PER_S else 0)}ms"
    return f"{figure(seconds, 1)}s" if seconds < FEW_PER_S else duration(seconds)


wall_s = time.time
"""What time it is, seconds since 1970; pictures of tests have one of their own."""


def clock(at_s: float) -> str:
    """Return the local time of day, ``09:41``."""
    return time.strftime("%H:%M", time.localtime(at_s))


def when(at_s: float, now_s: float | None = None) -> str:
    """Return the local time of day of what is of today, else the day: ``09:41``, ``03-01``."""
    today = time.localtime(wall_s() if now_s is None else now_s)[:3]
    return clock(at_s) if time.localtime(at_s)[:3] == today else moment(at_s)[5:10]


def moment(at_s: float) -> str:
    """Return the local date and time, ``2026-03-01 09:41:07``."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at_s))


def bar(ended: int, total: int, width: int, glyphs: Glyphs = UNICODE) -> str:
    """Return a bar of ``width`` cells; the last cell fills only when everything has ended."""
    if width <= 0:
        return ""
    if total <= 0:
        return glyphs.bar_empty * width
    steps = len(glyphs.bar_parts)
    filled = min(width * steps, max(0, ended * width * steps // total))
    full, part = divmod(filled, steps)
    text = glyphs.bar_full * full + (glyphs.bar_parts[part] if part else "")
    return text.ljust(width, glyphs.bar_empty)


def spark(values: tuple[float, ...], width: int, glyphs: Glyphs = UNICODE) -> str:
    """Return the last ``width`` values as one run of characters, the newest at the right."""
    if width <= 0:
        return ""
    last = values[-width:]
    top = max(last, default=0.0)
    levels = len(glyphs.spark) - 1
    if top <= 0:
        return " " * width
    return "".join(
        glyphs.spark[max(1 if v > 0 else 0, round(v / top * levels))] for v in last
    ).rjust(width)


def graph(values: tuple[float, ...], width: int, height: int, glyphs: Glyphs) -> list[str]:
    """Return ``height`` lines of one run each: a bar graph of the last ``width`` values.

    What is more than nothing is seen, however little it is.
    """
    last = values[-width:]
    top = max(last, default=0.0) or 1.0
    levels = len(glyphs.spark) - 1
    cells = [max(1 if v > 0 else 0, round(v / top * height * levels)) for v in last]
    lines = []
    for row in range(height - 1, -1, -1):
        run = "".join(glyphs.spark[min(levels, max(0, c - row * levels))] for c in cells)
        lines.append(run.rjust(width))
    return lines


def fit(text: str, width: int, *, right: bool = False) -> str:
    """Return ``text`` in exactly ``width`` cells, cut or padded; ``right`` aligns to the right."""
    if one_cell_each(text):
        text = text[:width]
        return text.rjust(width) if right else text.ljust(width)
    cells = cell_len(text)
    if right and cells < width:
        return " " * (width - cells) + text
    return set_cell_size(text, width)


def one_cell_each(text: str) -> bool:
    """Say whether every sign takes one cell; of each sign once, for a text has few."""
    return text.isascii() or all(get_character_cell_size(sign) == 1 for sign in set(text))


def cut_right(text: str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """Return ``text`` in at most ``width`` cells; the *cut* sign says that it was longer."""
    if (len(text) if text.isascii() else cell_len(text)) <= width:
        return text
    if width <= len(glyphs.cut):
        return glyphs.cut[:width]
    return set_cell_size(text, width - len(glyphs.cut)).rstrip() + glyphs.cut


def titled(name: str, told: str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """Return a name with what is told of it, in at most ``width`` cells.

    Where both are longer the name is cut first, down to a third of the room: how many rows there
    are, and that some are marked or left out, matters more than the end of a long name.
    """
    room = max(width // 3, width - cell_len(told) - 2)
    return cut_right(f"{cut_right(name, room, glyphs)}  {told}", width, glyphs)


def cut_left(text: str, width: int, glyphs: Glyphs = UNICODE) -> str:
    """Return the end of ``text`` in ``width`` cells, cut at a ``/`` where that wastes little.

    An address that fits without its scheme lacks only that.
    """
    for whole in (text, text.removeprefix("http://").removeprefix("https://")):
        if (len(whole) if whole.isascii() else cell_len(whole)) <= width:
            return whole
    if width <= len(glyphs.cut):
        return glyphs.cut[:width]
    tail = _suffix(text, width - len(glyphs.cut))
    slash = tail.find("/")
    if 0 <= slash < len(tail) - 1 and cell_len(tail[slash:]) * PATH_SHARE >= width:
        tail = tail[slash:]
    return glyphs.cut + tail


def _suffix(text: str, width: int) -> str:
    if text.isascii():
        return text[len(text) - width :]
    low, high = max(0, len(text) - 4 * width), len(text)
    while low < high:
        middle = (low + high) // 2
        if cell_len(text[middle:]) <= width:
            high = middle
        else:
            low = middle + 1
    return text[low:]


def wrap(text: str, width: int) -> list[str]:
    """Return ``text`` in lines of at most ``width`` cells, broken at spaces where there are any.

    A path is rather broken behind one of its folders than within a name.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        rest = paragraph
        while cell_len(some := _beginning(rest, width)) > width:
            head = set_cell_size(some, width).rstrip() if not rest.isascii() else rest[:width]
            while head and not rest.startswith(head):
                head = head[:-1]
            gaps = rest[: len(head) + 1].rfind(" "), head.rfind("/") + 1
            cut = max(1, next((gap for gap in gaps if gap > width // 2), len(head)))
            lines.append(rest[:cut])
            rest = rest[cut:].lstrip(" ")
        lines.append(rest)
    return lines


def _beginning(text: str, width: int) -> str:
    """Return so much of a text as is wider than this, or all: the rest need not be measured."""
    most = width + 1
    while most < len(text) and cell_len(text[:most]) <= width:
        most *= 2
    return text[:most]


def in_place(place: str, glyphs: Glyphs = UNICODE) -> str:
    """Return in words which data directory is meant."""
    return _("data in {folder}").format(folder=cut_left(place, PLACE_CELLS, glyphs))
