"""Which of the pictures that a page names is the recipe's: by told sizes, without logos. Pure.

A picture is a pair: how many pixels are told of it (0: nothing), and its address as the page wrote
it.
"""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from soniq_tui.importers.recipes.links import joined, urlsplit_of

Picture = tuple[int, str]
MOST_SIDE = 99_999
SURE = MOST_SIDE**2 + 1
"""Pixels of a picture that comes before all others: whoever names it knows the site."""
PREVIEW = 320 * 240
"""Pixels; what tells so few is a preview of a larger picture, and its last resort."""
MOST_PICTURES, DEEPEST, ADDRESS_CHARS = 50, 6, 2000
_SIDES = re.compile(r"(?<![0-9])([0-9]{2,5})x([0-9]{2,5})(?![0-9])", re.IGNORECASE)
_QUERY = {
    side: re.compile(rf"[?&](?:{side[0]}|{side})=([0-9]{{2,5}})(?![0-9])", re.IGNORECASE)
    for side in ("width", "height")
}
_NOWHERE = ("data:", "blob:", "about:", "javascript:", "#")
_QUERY_OR_PART = re.compile("[?#]")
_REFUSED = re.compile(
    r"(?:^|[/._-])(?:favicon|apple-touch-icon|site-?icon|logos?|placeholder|no-?image|image-not-found)"
    r"(?:[/._-]|$)|/(?:blank|spacer|pixel|transparent|loading|lazy|1x1)\.\w+$"
)
"""Of paths, in lower case: what stands in for a picture, or for the site."""


def pixels_of(width: int, height: int) -> int:
    """Return how many pixels are told; of one side alone a square is made."""
    return min(width or height, MOST_SIDE) * min(height or width, MOST_SIDE)


def best(pictures: Iterable[Picture], address: str) -> list[str]:
    """Return full addresses, the best picture first, of those that a page at ``address`` names.

    The largest first, as far as sizes are told, by the page or in the addresses; those of which
    none is told in their order; previews last. One of a told size is known to be fit to be shown,
    one without may be what came out of a camera. An address without a host that also stands there
    in full is taken as it stands: the page may have come from somewhere else than its pictures.
    """
    named = [(pixels, _clean(each)) for pixels, each in pictures]
    whole: dict[str, str] = {}
    for _, each in named:
        if path := _path(each):
            whole.setdefault(path, each)
    told: dict[str, int] = {}  # in the order in which they are first named
    for pixels, each in named:
        full = each if _path(each) else joined(address, each)
        path = _path(full)
        if path and full != address and len(full) <= ADDRESS_CHARS and not refused(path):
            full = full if _path(each) else whole.get(path, full)
            told[full] = max(told.get(full, 0), pixels or _told_in(full))
    return sorted(told, key=lambda full: _rank(told[full]))


def _rank(told: int) -> int:
    return -told if told >= PREVIEW or not told else SURE - told


def refused(address: str) -> bool:
    """Return whether an address is of what stands in for a picture, or for the site, or of none."""
    start = address.lstrip().lower()
    return (
        not start
        or start.startswith(_NOWHERE)
        or bool(_REFUSED.search(_QUERY_OR_PART.split(start, maxsplit=1)[0]))
    )


def _clean(address: str) -> str:
    return html.unescape(address[: ADDRESS_CHARS * 2]).replace("\\/", "/").strip()


def _path(address: str) -> str:
    """Return the path of a full address of the web; nothing where it is none, or names no file."""
    return (
        urlsplit(address).path.strip("/") and urlsplit(address).path if urlsplit_of(address) else ""
    )


def _told_in(address: str) -> int:
    """Return how many pixels an address tells of: ``-1200x800.jpg``, ``?w=1200&h=800``."""
    if sides := _SIDES.findall(address):
        return pixels_of(int(sides[-1][0]), int(sides[-1][1]))
    wide, high = (_QUERY[side].search(address) for side in ("width", "height"))
    return pixels_of(int(wide[1]), int(high[1])) if wide and high else 0


def of_node(value: Any, ids: Mapping[str, dict[str, Any]]) -> list[Picture]:
    """Return the pictures of a value of JSON-LD: text, list, ImageObject, or what refers to one.

    Args:
        value: whatever stands there as ``image`` or ``thumbnailUrl``.
        ids: the nodes that others refer to by ``@id``.
    """
    found: list[Picture] = []
    _gather(value, ids, found, 0)
    return found[:MOST_PICTURES]


def _gather(
    value: Any, ids: Mapping[str, dict[str, Any]], found: list[Picture], depth: int
) -> None:
    if depth > DEEPEST or len(found) > MOST_PICTURES:
        return
    if isinstance(value, str):
        if value.strip():
            found.append((0, value))
    elif isinstance(value, list):
        for each in value[:MOST_PICTURES]:
            _gather(each, ids, found, depth + 1)
    elif isinstance(value, dict):
        address = next((value[name] for name in _ADDRESSES if value.get(name)), None)
        if isinstance(address, str):
            sides = (_side(value.get("width")), _side(value.get("height")))
            found.append((pixels_of(*sides), address))
        elif address is not None:
            _gather(address, ids, found, depth + 1)
        else:
            _refer(value, ids, found, depth)


def _refer(
    node: dict[str, Any], ids: Mapping[str, dict[str, Any]], found: list[Picture], depth: int
) -> None:
    """Look up what a node refers to; what is nowhere on the page may be an address itself."""
    reference = node.get("@id")
    other = ids.get(reference, node) if isinstance(reference, str) else node
    if other is not node:
        # What is referred to may refer back: it is followed once.
        _gather(other, {}, found, depth + 1)
    elif isinstance(reference, str) and "://" in reference and "#" not in reference:
        found.append((0, reference))


_ADDRESSES = ("url", "contentUrl", "@value", "@list", "thumbnailUrl", "thumbnail")


def _side(value: Any) -> int:
    """Return a width or height, in pixels, of a number, "1200 px", or a QuantitativeValue."""
    if isinstance(value, dict):
        value = value.get("value") or value.get("maxValue") or value.get("name")
    if isinstance(value, float | int) and not isinstance(value, bool):
        return int(value) if 0 < value <= MOST_SIDE else 0
    digits = re.match(r"\D{0,20}(\d{1,5})(?!\d)", value) if isinstance(value, str) else None
    return int(digits[1]) if digits else 0
