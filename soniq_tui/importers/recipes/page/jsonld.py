"""Recipes that a page tells machines of, as JSON-LD (https://schema.org/Recipe).

The blocks are found by pattern, not by parsing the page: that takes a millisecond where a parser of
HTML takes sixty. Blocks that are not JSON are mended where the usual mistakes explain them.
"""

import html
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import msgspec

from soniq_tui.importers.recipes.page import mend
from soniq_tui.importers.recipes.page.strings import unpacked

_SCRIPT = re.compile(r"<script\b([^<>]{0,2000})>", re.IGNORECASE)
_TYPE = re.compile(r"(?<!\S)type\s{0,9}=\s{0,9}[\"']?application/ld\+json(?![\w+-])", re.IGNORECASE)
_END = re.compile("</script", re.IGNORECASE)
_WRAPPED = re.compile(r"<!--|(?://\s{0,9})?<!\[CDATA\[|/\*[^*]{0,200}\*/")
_WRAPPING = re.compile(r"/\*[^*]{0,200}\*/\Z|(?://\s{0,9})?(?:-->|\]\]>)\Z")
_CONTROLS = re.compile(r"[\x00-\x1f]")
_TRAILING, _DOUBLED = re.compile(r",(\s*[\]}])"), re.compile(r",(?:\s*,)+")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.|\Z)",
    re.DOTALL,
)
_PREFIXED = re.compile(r'"(?:schema:|https?://(?:www\.)?schema\.org/)(\w{1,50})"(\s{0,9}:)')
"""A name of schema.org's with where it is from."""
_UNSIGNED = re.compile(r'"type"\s{0,9}:\s{0,9}"Recipe"')
_BETWEEN = re.compile(r"[\s,;]*")
_BLANKS = " \t\r\n\f\v\ufeff\u00a0"
_LENIENT = json.JSONDecoder(strict=False)
LONGEST_WRAPPING = 300
_HALF = len(r"\ud800")
MOST_NODES = 20_000
"""A page may nest and repeat what it likes; nobody's recipe needs more."""
MOST_BLOCKS, BLOCK_MOST_CHARS = 100, 3_000_000
"""The largest real block seen has 16,000."""


def nodes(page: str) -> list[dict[str, Any]]:
    """Return all typed nodes of all blocks, outer ones first, in the order of the page."""
    found: list[dict[str, Any]] = []
    left = mend.MOST_CHARS
    for block in islice(_blocks(page), MOST_BLOCKS):
        tree = _read(block)
        if tree is None and len(block) <= left:
            left -= len(block)
            tree = _mended(block)
        if tree is not None:
            found.extend(walk(tree))
        if len(found) > MOST_NODES:
            break
    return found[:MOST_NODES]


def _blocks(page: str) -> Iterator[str]:
    """Yield what is in the scripts; each is looked through once, whatever is or is not closed.

    What a page has commented out comes last: it may be of a recipe that stood there before.
    A page that is no markup but JSON itself is one block.
    """
    if page[:64].lstrip(_BLANKS).startswith(("{", "[")) and len(page) <= BLOCK_MOST_CHARS:
        yield page
    at, aside, hidden = 0, False, list[str]()
    while begin := _SCRIPT.search(page, at):
        opens, closes = (page.rfind(sign, at, begin.start()) for sign in ("<!--", "-->"))
        aside = opens > closes or (aside and opens == closes)
        at = begin.end()
        if not _TYPE.search(html.unescape(begin[1])):
            continue
        end = _END.search(page, at)
        if end is None:
            break
        block = page[at : end.start()]
        at = end.end()
        if len(block) > BLOCK_MOST_CHARS:
            continue
        if aside:
            hidden.append(block)
        else:
            yield block
    yield from hidden


def is_a(node: dict[str, Any], kind: str) -> bool:
    """Return whether a node is of a type of schema.org, whatever prefix that is written with."""
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    return any(
        isinstance(n, str)
        and n.rstrip("/").rpartition("/")[2].rpartition(":")[2].casefold() == kind.casefold()
        for n in names
    )


def _read(text: str) -> Any:
    """Return the value of a block; None where it is hopeless."""
    text = _signed(_PREFIXED.sub(r'"\1"\2', _unwrapped(_unwrapped(text))))
    for way in (str, _controls, _commas, _escapes, html.unescape):
        text = way(text)
        try:
            value = msgspec.json.decode(text.encode("utf-8", "replace"))
            return unpacked(value) if isinstance(value, str) else value
        except (msgspec.DecodeError, RecursionError):
            continue
    return _several(text)


def _signed(text: str) -> str:
    """Return a block with ``@type`` where it has ``type``, as the context of schema.org lets it."""
    if '"@type"' in text or not _UNSIGNED.search(text):
        return text
    return re.sub(r'"(type|id)"(?=\s{0,9}:)', r'"@\1"', text)


def _mended(text: str) -> Any:
    """Return the values of a block that is no JSON yet; None where it is hopeless."""
    text = _PREFIXED.sub(r'"\1"\2', _unwrapped(text))
    for each in dict.fromkeys((text, html.unescape(text))):
        made = _escapes(_controls(mend.mended(each)))
        try:
            return msgspec.json.decode(made.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            continue
    return None


def _several(text: str) -> list[Any] | None:
    """Return the values that a block begins with: JavaScript's NaN is one, whatever follows none.

    One that is cut off is none either: what is missing of it nobody would know.
    """
    found: list[Any] = []
    at, end = 0, len(text)
    with suppress(ValueError, RecursionError):
        while at < end and len(found) < MOST_NODES:
            value, at = _LENIENT.raw_decode(text, at)
            found.append(value)
            if between := _BETWEEN.match(text, at):
                at = between.end()
    return found or None


def _unwrapped(text: str) -> str:
    """Return a block without a comment around it, and what closes a statement."""
    text = text.strip(_BLANKS).rstrip("; \t\r\n")
    if wrapping := _WRAPPED.match(text):
        text = text[wrapping.end() :]
    if wrapping := _WRAPPING.search(text, max(0, len(text) - LONGEST_WRAPPING)):
        text = text[: wrapping.start()]
    return text.strip(_BLANKS)


def _controls(text: str) -> str:
    """Line ends inside of strings become blanks; between them they are blanks as well."""
    return _CONTROLS.sub(" ", text)


def _commas(text: str) -> str:
    return _TRAILING.sub(r"\1", _DOUBLED.sub(",", text))


def _escapes(text: str) -> str:
    return _ESCAPE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    """Return an escape that JSON knows; half of a letter is none, nor is an apostrophe's."""
    word = match[0]
    if word == "\\'":
        return "'"
    if len(word) == _HALF and word[2] in "dD" and word[3] not in "01234567":
        return r"\ufffd"
    return word if len(word) >= _HALF or word[1:] in set('"\\/bfnrt') else f"\\{word}"


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
