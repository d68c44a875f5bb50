"""Pictures as cells: two pixels in one half block, few colour changes; pure, no Textual here.

A cell is half a block high, so a picture of 40 by 40 pixels takes 40 by 20 cells. Colours are
rounded to what the terminal shows before cells are compared, so that runs of one colour cost one
change.
"""

from collections.abc import Iterator
from itertools import groupby

from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style

from soniq_tui.model.results import Picture

COLUMNS_MOST, ROWS_MOST = 40, 20
"""More cells than this are never painted."""
LEAST_PIXELS = 1
TRUE_MASK = 0xF8
"""Of a channel in true colour five bits are kept: the eye sees no step, runs get longer."""
HALF = "▀"
SHADES, RAMP = " ░▒▓█", " .:-=+*#%@"
"""From dark to light, where colours are few: as blocks, and in ASCII."""
LUMA = (299, 587, 114)
"""How bright the eye takes red, green and blue to be, of 1000."""

Cell = tuple[Color, Color]
"""The colours of the upper and the lower pixel."""


def fits(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """Return the cells of a picture of ``width`` by ``height`` pixels, at most the room there is.

    It keeps its shape and is never enlarged.
    """
    if width <= 0 or height <= 0:
        return 0, 0
    columns, rows = min(columns, COLUMNS_MOST), min(rows, ROWS_MOST)
    scale = min(1.0, columns / width, rows * 2 / height)
    return max(1, int(width * scale)), max(1, (int(height * scale) + 1) // 2)


def pixels_wanted(columns: int, rows: int) -> int:
    """Return how many pixels the longer side of a picture may have in so many cells.

    At the least one: with the picture comes what is known of it.
    """
    return max(LEAST_PIXELS, min(columns, COLUMNS_MOST, 2 * min(rows, ROWS_MOST)))


def nearest(rgb: tuple[int, int, int], system: ColorSystem) -> Color:
    """Return the colour of a terminal that is nearest to ``rgb``; equal ones compare equal."""
    color = Color.from_rgb(*rgb).downgrade(system)
    return color if color.number is None else Color.from_ansi(color.number)


def segments(picture: Picture, columns: int, rows: int, system: ColorSystem) -> list[list[Segment]]:
    """Return the lines of a picture in at most ``columns`` by ``rows`` cells.

    A picture with fewer bytes than its size needs has no lines.
    """
    width, height = picture.width, picture.height
    if len(picture.rgb) < width * height * 3:
        return []
    wide, high = fits(width, height, columns, rows)
    known: dict[tuple[int, int, int], Color] = {}
    tall = min(height, high * 2)

    def pixel(x: int, y: int) -> Color:
        """Return the colour nearest to a place in the picture as it is painted."""
        at = (min(height - 1, y * height // tall) * width + x * width // wide) * 3
        red, green, blue = picture.rgb[at : at + 3]
        mask = TRUE_MASK if system is ColorSystem.TRUECOLOR else 0xFF
        key = (red & mask, green & mask, blue & mask)
        if key not in known:
            known[key] = nearest(key, system)
        return known[key]

    def line(row: int) -> Iterator[Cell]:
        low = min(tall - 1, row * 2 + 1)
        for x in range(wide):
            yield pixel(x, row * 2), pixel(x, low)

    return [list(_runs(line(row))) for row in range(high)]


def _runs(line: Iterator[Cell]) -> Iterator[Segment]:
    for (upper, lower), run in groupby(line):
        count = sum(1 for _ in run)
        if upper == lower:
            yield Segment(" " * count, Style(bgcolor=upper))
        else:
            yield Segment(HALF * count, Style(color=upper, bgcolor=lower))


def shades(picture: Picture, columns: int, rows: int, ramp: str) -> list[list[Segment]]:
    """Return the lines of a picture without colours: the lighter a cell, the later in ``ramp``.

    The darkest and the lightest place of a picture are the ends of the ramp, whatever they are.
    """
    width, height = picture.width, picture.height
    if len(picture.rgb) < width * height * 3:
        return []
    wide, high = fits(width, height, columns, rows)

    def light(x: int, y: int) -> int:
        """Return how light a cell is: the mean of its two pixels."""
        found = 0
        for row in (2 * y, 2 * y + 1):
            at = min(height - 1, row * height // (2 * high)) * width + x * width // wide
            found += sum(p * q for p, q in zip(picture.rgb[at * 3 : at * 3 + 3], LUMA, strict=True))
        return found

    lights = [[light(x, y) for x in range(wide)] for y in range(high)]
    least = min(map(min, lights), default=0)
    span = max(1, max(map(max, lights), default=0) - least)
    return [
        [Segment("".join(ramp[(each - least) * (len(ramp) - 1) // span] for each in line))]
        for line in lights
    ]
