"""Recipes that a page tells machines of, as JSON-LD (https://schema.org/Recipe).

The blocks are found by pattern, not by parsing the page: that takes a millisecond where a parser of
HTML takes sixty. Blocks that are not JSON are mended where the usual mistakes explain them.
"""

import html
import re
from collections.abc import Iterator
from typing import Any

import msgspec

_BLOCK = re.compile(
    r"<script\b[^>]*\btype\s*=\s*[\"']?application/ld\+json\b[^>]*>(.*?)</script\s*>",
    re.IGNORECASE | re.DOTALL,
)
_WRAPPING = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|(?://)?\s*\]\]>)\s*;?\s*$"
)
_CONTROLS = re.compile(r"[\x00-\x1f]")
_TRAILING = re.compile(r",(\s*[\]}])")
_BAD_ESCAPE = re.compile(r"\\(?![\"\\/bfnrtu])")
MOST_NODES = 20_000
"""A page may nest and repeat what it likes; nobody's recipe needs more."""


def nodes(page: str) -> list[dict[str, Any]]:
    """Return all typed nodes of all blocks, outer ones first, in the order of the page."""
    found: list[dict[str, Any]] = []
    for block in _BLOCK.finditer(page):
        tree = _read(block[1])
        if tree is not None:
            found.extend(walk(tree))
        if len(found) > MOST_NODES:
            break
    return found[:MOST_NODES]


def is_a(node: dict[str, Any], kind: str) -> bool:
    """Return whether a node is of a type of schema.org, whatever prefix that is written with."""
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    return any(
        isinstance(n, str) and n.rstrip("/").rpartition("/")[2].rpartition(":")[2] == kind
        for n in names
    )


def _read(text: str) -> Any:
    """Return the value of a block; None where it is hopeless."""
    text = _WRAPPING.sub("", _WRAPPING.sub("", text)).strip().rstrip(";")
    for mend in (_as_is, _controls, _commas, _escapes, _entities):
        text = mend(text)
        try:
            return msgspec.json.decode(text.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            continue
    return None


def _as_is(text: str) -> str:
    return text


def _controls(text: str) -> str:
    """Line ends inside of strings become blanks; between them they are blanks as well."""
    return _CONTROLS.sub(" ", text)


def _commas(text: str) -> str:
    return _TRAILING.sub(r"\1", text)


def _escapes(text: str) -> str:
    return _BAD_ESCAPE.sub(r"\\\\", text)


def _entities(text: str) -> str:
    return html.unescape(text)


def walk(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield the typed nodes of a tree, at most :data:`MOST_NODES` looked at."""
    waiting, seen = [tree], 0  # the next one is at the end
    while waiting and seen < MOST_NODES:
        node = waiting.pop()
        seen += 1
        if isinstance(node, list):
            waiting.extend(reversed(node[:MOST_NODES]))
        elif isinstance(node, dict):
            if "@type" in node:
                yield node
            waiting.extend(v for v in reversed(node.values()) if isinstance(v, dict | list))
