"""Which name was probably meant where one does not exist, as refusals tell it."""

from collections.abc import Iterable

MOST_CHARS = 200
"""Of a name that is looked up: it comes from outside, and looking takes time."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is most like ``name``; empty where none is like it."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name[:MOST_CHARS], list(known), 1, 0.5)), "")


def hint(name: str, known: Iterable[str], before: str = "", after: str = "") -> str:
    """Return ``did you mean 'x'?``, or all known names; each with what stands around it."""
    names = list(known)
    if near := nearest(name, names):
        return f"did you mean {before + near + after!r}?"
    return f"there are: {', '.join(before + each + after for each in names)}"
