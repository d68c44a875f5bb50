"""What no page of a recipe comes near: how much of one is read, and for how long. Pure.

Of 60 real pages the largest has 1.2 million characters and 11,000 tags, and what is slowest here
takes 17 ms for the slowest of them. A page that was made to take for ever is given up: what looks
at its tree asks :func:`check` as it goes, and what goes over its text takes time by its length.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

TREE_MOST_CHARS, TREE_MOST_TAGS = 2_500_000, 60_000
DEEPEST = 5_000
LONGEST_TAG = 50_000
"""Characters; some pages keep their data in one attribute."""
WITHIN_S = 0.4
"""CPU time of one thread."""
TEXT_MOST_CHARS = 100_000
"""Of one text that a page tells machines."""
_until_s: ContextVar[float] = ContextVar("until_s")
_TAG = re.compile(
    r"<(?:(/)|(?!img|br|input|meta|link|hr|source|path|use|!))(?=[a-z/])", re.IGNORECASE
)
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{9,}")


class EndlessError(Exception):
    """A page that would take for ever."""


@contextmanager
def within(seconds: float = WITHIN_S) -> Iterator[None]:
    """Let :func:`check` raise when so much CPU time has been used."""
    token = _until_s.set(time.thread_time() + seconds)
    try:
        yield
    finally:
        _until_s.reset(token)


def check() -> None:
    """Go on, if there is time.

    Raises:
        EndlessError: there is not.
    """
    until_s = _until_s.get(None)
    if until_s is not None and time.thread_time() > until_s:
        raise EndlessError


def for_a_tree(page: str) -> str:
    """Return as much of a page as a parser of HTML may have."""
    page = page[:TREE_MOST_CHARS]
    if page.count("<") > DEEPEST:
        page = page[: _end(page)]
    return _without_endless_tags(page)


def _end(page: str) -> int:
    """Return where a page has had all tags that it may have, or is deeper than any.

    A parser takes time by the square of the depth. How deep a page is, is guessed: tags that need
    no end count as if they had none.
    """
    depth = 0
    for number, match in enumerate(_TAG.finditer(page)):
        depth += -1 if match[1] else 1
        if number == TREE_MOST_TAGS or depth > DEEPEST:
            return match.start()
    return len(page)


def _without_endless_tags(page: str) -> str:
    """Drop tags with more attributes than anybody writes: parsers compare each with all others."""
    parts = page.split(">")
    for number, part in enumerate(parts):
        begin = part.find("<") if len(part) > LONGEST_TAG else -1
        if begin >= 0 and len(part) - begin > LONGEST_TAG:
            last = part.rfind("<")  # where it is a script that compares, this ends it
            short = len(part) - last <= LONGEST_TAG
            parts[number] = part[:begin] + (part[last:] if short else "<x")
    return ">".join(parts)


def calm(text: str) -> str:
    """Return a text without heaps of accents, which take time by the square to put in order."""
    return _MARKS.sub("", text)
