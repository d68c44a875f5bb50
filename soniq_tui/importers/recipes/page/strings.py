"""Texts, words and amounts of whatever a page tells machines in place of them. Pure."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from soniq_tui.importers.recipes.page.bounds import TEXT_MOST_CHARS
from soniq_tui.importers.recipes.page.plain import plain

Node = dict[str, Any]
MOST_LINES = 400
"""Of ingredients or steps; the longest real recipe seen has some 90."""
DEEPEST = 6
MOST_NUMBER = 10**15
_REFERS = {"@id", "@type"}
"""A node with no more than these only names another one."""


def text_of(value: Any) -> str:
    """Return the first text of a value."""
    return next((line for text in strings_of(value) if (line := plain(text))), "")


def strings_of(value: Any, depth: int = 0) -> list[str]:
    """Return the texts of a value: of a string, a number, a list, or a node with a name."""
    if isinstance(value, str):
        return [value[:TEXT_MOST_CHARS]]
    if isinstance(value, bool) or value is None or depth > DEEPEST:
        return []
    if isinstance(value, int | float):
        return [f"{value:g}"] if abs(value) < MOST_NUMBER else []
    if isinstance(value, list):
        return [text for each in value[:MOST_LINES] for text in strings_of(each, depth + 1)]
    if isinstance(value, dict):
        for name in ("@value", "text", "name", "value", "url", "@id"):
            if value.get(name):
                return strings_of(value[name], depth + 1)
    return []


def words_of(value: Any) -> list[str]:
    """Return a list of words that may be one text with commas or semicolons between."""
    texts = [plain(text) for text in strings_of(value)]
    found = [w for text in texts for w in (re.split("[,;]", text) if len(texts) == 1 else [text])]
    return list(dict.fromkeys(word for each in found if (word := each.strip())))[:100]


def amount_of(value: Any) -> str:
    """Return an amount in words: of a text, a number, or a QuantitativeValue, maybe a range."""
    if not isinstance(value, dict):
        return text_of(value)
    ends = [text_of(value.get(name)) for name in ("minValue", "maxValue")]
    number = text_of(value.get("value")) or "-".join(dict.fromkeys(end for end in ends if end))
    if not number:
        return text_of(value)
    unit = text_of(value.get("unitText") or value.get("unit"))
    return f"{number} {unit}".strip()


def listed(value: Any) -> Any:
    """Return as a list what is one in disguise; others as they are.

    PHP writes objects, ``{"0": …, "2": …}``, JSON-LD those with ``@list``, and some a text.
    """
    if isinstance(value, str):
        return unpacked(value)
    if isinstance(value, dict) and value:
        if all(name.isdecimal() for name in value):
            return [value[name] for name in sorted(value, key=lambda n: (len(n), n))]
        return value.get("@list") or value.get("@set") or value
    return value


def unpacked(text: str) -> Any:
    """Return the list or the node that a text is, as JSON or as Python writes lists of texts."""
    bare = text.strip()
    if bare[:1] + bare[-1:] not in {"[]", "{}"}:
        return text
    try:
        return msgspec.json.decode(bare.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        pass
    if _PYTHON.match(bare):
        return _APART.split(bare[2:-2])
    return text


_PYTHON = re.compile(r"""\[(?:'.*'|".*")\]\Z""", re.DOTALL)
_APART = re.compile(r"""['"], ['"]""")


def meant(value: Any, ids: Mapping[str, Node]) -> Any:
    """Return the node that a value refers to by its ``@id``; None where nobody knows it."""
    if isinstance(value, dict) and value and value.keys() <= _REFERS:
        name = value.get("@id")
        return ids.get(name) if isinstance(name, str) else None
    return value
