"""Words as they are searched for: accents, case and scripts folded, the same for texts and queries.

The tokenizer of SQLite folds accents of Latin letters only, and takes a line of Chinese for one
word; here both sides of a search go through :func:`folded` first.
"""

import os
import re
from functools import lru_cache
from typing import Any
from unicodedata import combining, normalize

import msgspec

from soniq_tui.model.text import path_text

_loads = msgspec.json.Decoder(list[str]).decode

_LETTERS = str.maketrans(
    dict(
        zip("łøđðþæœßħŋŧ", ["l", "o", "d", "d", "th", "ae", "oe", "ss", "h", "n", "t"], strict=True)
    )
    | dict.fromkeys("\u2019\u2018\u02bc\u0060\u00b4", "'")  # the many apostrophes
    | {"\u0131": "i"}  # the Turkish one without a dot
)
"""Letters that no decomposition takes apart."""
_WIDE = re.compile(
    "([\u1100-\u11ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff])"
)
"""Characters of scripts that put no space between words: each is a word of its own."""
_NO_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


@lru_cache(20_000)
def folded(text: str) -> str:
    """Return a text as it is searched for: "Ágætis byrjun" and "agaetis byrjun" are the same."""
    if text.isascii():
        return _NO_APOSTROPHE.sub("", text.lower())
    plain = normalize("NFKD", text).casefold()
    plain = "".join(c for c in plain if not combining(c)).translate(_LETTERS)
    return _NO_APOSTROPHE.sub("", _WIDE.sub(r" \1 ", normalize("NFC", plain)))


def words(row: tuple[Any, ...]) -> tuple[int, str, str, str, str]:
    """Return the row of the index for one of ``words_to_come``.

    A track without a title is found by the name of its file.
    """
    number, title, artists, album, album_artists, genres, composers, path = row
    names = dict.fromkeys([*_loads(artists), *_loads(album_artists), *_loads(composers)])
    if not title:
        stem = os.path.splitext(path_text(path.rpartition(b"/")[2]))[0]  # noqa: PTH122  a name
        title = stem.replace("_", " ")
    return (
        number,
        folded(title),
        folded(" ".join(names)),
        folded(album or ""),
        folded(" ".join(_loads(genres))),
    )
