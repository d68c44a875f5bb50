"""Recipes that a page tells machines of in its own tags: microdata (``itemprop``) and RDFa."""

import re
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from soniq_tui.importers.recipes.page.bounds import check
from soniq_tui.importers.recipes.page.shown import picture_of

_KINDS = ('[itemtype*="/Recipe" i]', '[typeof*="Recipe" i]')
_RECIPE = re.compile(
    r"(?:^|\s)(?:https?://(?:\w+\.)?(?:schema|data-vocabulary)\.org/#?|[\w-]*:)?Recipe/?(?:\s|$)",
    re.IGNORECASE,
)
"""A type: of schema.org, of the vocabulary before it, or with whatever prefix stands for them."""
_PICTURES = {"image", "photo", "contentUrl", "thumbnailUrl", "thumbnail"}
_LISTS = {"recipeIngredient", "ingredients", "ingredient", "recipeInstructions", "instructions",
          "image", "photo"}  # fmt: skip
_PARTS = {"itemListElement", "step", "steps"}
"""What a part of the steps may have several of."""
_PREFIX = re.compile(r"^.*[:/#]")
MOST_PROPS, MOST_RECIPES, DEEPEST = 3000, 50, 5


def node(tree: LexborHTMLParser) -> dict[str, Any] | None:
    """Return the page's fullest recipe in the form of a node of JSON-LD, or None."""
    scopes = [
        scope for kind in _KINDS for scope in tree.css(kind)[:MOST_PROPS] if _is_recipe(scope)
    ]
    found = [_read(scope) for scope in scopes[:MOST_RECIPES]]
    return max(found, key=_fullness, default=None)


def _is_recipe(scope: LexborNode) -> bool:
    given = scope.attributes
    return bool(_RECIPE.search(given.get("itemtype") or given.get("typeof") or ""))


def _fullness(read: dict[str, Any]) -> int:
    return sum(len(str(read.get(name, ""))) > 0 for name in _LISTS | {"name"})


def _read(scope: LexborNode, depth: int = 0) -> dict[str, Any]:
    read: dict[str, Any] = {"@type": "Recipe"}
    for element in scope.css("[itemprop], [property]")[:MOST_PROPS]:
        if _owner(element) != scope:
            continue
        names = element.attributes.get("itemprop") or element.attributes.get("property") or ""
        for name in names.split():
            bare = _PREFIX.sub("", name)
            value = _value(element, bare, depth)
            if value:
                _put(read, bare, value)
    return read


def _owner(element: LexborNode) -> LexborNode | None:
    """Return the scope that an element tells something of."""
    above = element.parent
    while above is not None:
        check()
        if "itemscope" in above.attributes or "typeof" in above.attributes:
            return above
        above = above.parent
    return None


def _put(read: dict[str, Any], name: str, value: Any) -> None:
    if name not in read:
        read[name] = [value] if name in _LISTS | _PARTS else value
    elif name in _LISTS | _PARTS:
        read[name].append(value)


def _value(element: LexborNode, name: str, depth: int) -> Any:
    check()
    given = element.attributes
    if depth < DEEPEST and ("itemscope" in given or "typeof" in given):
        inner = _read(element, depth + 1)
        inner["@type"] = (given.get("itemtype") or given.get("typeof") or "").rpartition("/")[2]
        return inner if len(inner) > 1 else (element.html if name in _LISTS else element.text())
    if given.get("content"):
        return given["content"]
    if element.tag == "time" and given.get("datetime"):
        return given["datetime"]
    if name in _PICTURES:
        return picture_of(element)
    if name == "url":
        return given.get("href") or picture_of(element)
    return element.html if name in _LISTS else element.text()
