"""Words as they are looked for, without accents and capitals: the same for all sides. Pure."""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i"})
"""Letters that no decomposition takes apart."""
_OTHERS = re.compile(r"[\W_]+")


def bare(text: str) -> str:
    """Return a text without accents and capitals."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    return "".join(c for c in plain if not unicodedata.combining(c))


def folded(text: str) -> str:
    """Return the words of a text with one blank before each: ``" creme brulee"``."""
    words = _OTHERS.sub(" ", bare(text.replace("'", " "))).strip()
    return f" {words}" if words else ""


def one_title(value: object) -> str:
    """Return what titles of one recipe share, however they are capitalised and spaced."""
    return " ".join(str(value or "").casefold().split())


def bare_title(value: object) -> str:
    """Return the words of a title: what titles share that are written with other accents or signs.

    Of one that has no words it is the title.
    """
    return folded(str(value or "")).strip() or one_title(value)


sortable = lru_cache(20_000)(folded)
"""The same for lists, which sort the same texts again and again."""
