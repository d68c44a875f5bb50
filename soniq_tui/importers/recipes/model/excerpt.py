"""Which part of a text that is too long for a language model it is asked to read. Pure."""

from collections.abc import Iterable, Iterator

from soniq_tui.importers.recipes.ingredient import parse

MOST_CHARS = 24_000
"""Of a page; the longest of 1,108 real recipe pages has 25,600 without its comments."""
LONGEST_LINE = 180
ABOVE = 1 / 4
"""So much of what is left of the part stands before its first ingredient; steps come behind."""


def excerpt_of(text: str, known: Iterable[str] = ()) -> str:
    """Return a text, or of one that is too long the part with the most lines of a recipe.

    Args:
        text: of a page, line by line.
        known: lines of the recipe that rules have found.
    """
    if len(text) <= MOST_CHARS:
        return text
    places = list(_places(text, set(known)))
    first, last = _densest(places) if places else (0, MOST_CHARS)
    begin = round(first - (MOST_CHARS - (last - first)) * ABOVE)
    begin = max(0, min(begin, len(text) - MOST_CHARS))
    return _whole_lines(text, begin)


def _places(text: str, known: set[str]) -> Iterator[int]:
    """Yield where lines begin that tell an amount of something, or are known."""
    at = 0
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        amount = bare[:1].isnumeric() and len(bare) <= LONGEST_LINE
        if bare in known or (amount and parse(bare).unit_id):
            yield at
        at += len(line)


def _densest(places: list[int]) -> tuple[int, int]:
    """Return the first and last of the most places that one part has room for."""
    best, low = (0, 0), 0
    for high, at in enumerate(places):
        while at - places[low] > MOST_CHARS - LONGEST_LINE:
            low += 1
        if high - low > best[1] - best[0]:
            best = low, high
    return places[best[0]], places[best[1]]


def _whole_lines(text: str, begin: int) -> str:
    """Return the part from ``begin`` on, without the halves of lines at its ends."""
    end = begin + MOST_CHARS
    if begin and (line := text.find("\n", begin - 1, begin + LONGEST_LINE)) >= 0:
        begin = line + 1
    if end < len(text) and (line := text.rfind("\n", end - LONGEST_LINE, end + 1)) >= 0:
        end = line
    return text[begin:end]
