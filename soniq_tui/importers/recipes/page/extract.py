"""From the text of a page to the recipe on it.

What the page tells machines comes first. Where that is not there, or does not look whole, the page
as people see it is read as well, and of all that was found the best is taken: part by part. What
reads it (:mod:`by_tree`) is imported where it is needed: on most pages it is not.
"""

from urllib.parse import urlsplit

from soniq_tui.importers.recipes.links import key_of, urlsplit_of
from soniq_tui.importers.recipes.page import (
    bounds,
    by_host,
    groups,
    jsonld,
    meta,
    pictures,
    quality,
    schema,
    strings,
)
from soniq_tui.importers.recipes.page.found import TITLE_CHARS, Found, Part

MOST_CHARS = 6_000_000
MOST_RECIPES = 50
_FOOD = {"recipeIngredient", "ingredients"}
_REFERENCE = ("@id", "@type")
"""A node with no more than these only names another one."""


def recipe(page: str, address: str) -> Found | None:
    """Return the recipe of a page that came from ``address``; None where there is none."""
    page = page[:MOST_CHARS]
    head = meta.read(page, address)
    host = (urlsplit(address).hostname or "").lower()
    of_library = page[: bounds.TREE_MOST_CHARS]
    told = by_host.found_in(of_library, address) if by_host.wanted_first(host) else None
    nodes = jsonld.nodes(page)
    ids = {
        n["@id"]: n
        for n in reversed(nodes)
        if isinstance(n.get("@id"), str) and len(n) > len(_REFERENCE)
    }
    if not head.images:
        head.spare[:0] = schema.pictures_of_page(nodes, ids)
    found = _by_schema(nodes, ids, head, address)
    if told is None and (found is None or quality.flags(found)) and by_host.known(host):
        told = by_host.found_in(of_library, address)
    if told is not None:
        return _completed(told.with_rest_of(found) if found else told, head, page)
    if found is None or quality.flags(found):
        from soniq_tui.importers.recipes.page import by_tree

        with bounds.within():
            found = _best([*([found] if found else []), *by_tree.ways(page, head)])
    return _completed(found, head, page) if found is not None else None


def _best(ways: list[Found]) -> Found | None:
    """Return the first way, each of its odd parts replaced by the first that is not odd."""
    if not ways:
        return None
    base = ways[0]
    lists = [way.ingredients for way in ways if way.ingredient_lines]
    steps = [way.steps for way in ways if way.step_lines]
    base.ingredients = next(
        (parts for parts in lists if not quality.of_ingredients(_lines(parts))),
        next(iter(lists), []),
    )
    base.steps = next(
        (parts for parts in steps if not quality.of_steps(_lines(parts), base.description)),
        next(iter(steps), []),
    )
    seen = [way for way in ways if way.path == "headings"]
    base.pieced = any(base.ingredients is w.ingredients or base.steps is w.steps for w in seen)
    for other in ways[1:]:
        base.title = base.title or other.title
        base.with_rest_of(other)
    return base


def _lines(parts: list[Part]) -> list[str]:
    return [line for part in parts for line in part.lines]


def _by_schema(
    nodes: list[strings.Node], ids: dict[str, strings.Node], head: meta.Meta, address: str
) -> Found | None:
    recipes = [n for n in nodes if jsonld.is_a(n, "Recipe")]
    recipes.sort(key=lambda node: not _FOOD & node.keys())  # others are only named
    found = [schema.found_in(n, ids) for n in recipes[:MOST_RECIPES]]
    if len(found) > 1:
        keys = {key_of(url) for url in (address, head.canonical) if urlsplit_of(url)}
        titles = f"{head.og_title} {head.title}".casefold()
        best = max(
            found,
            key=lambda f: (
                f.complete,
                urlsplit_of(f.url) is not None and key_of(f.url) in keys,
                bool(f.title) and f.title.casefold() in titles,
                -len(quality.flags(f)),
            ),
        )
        return best if best.complete else _joined(best, found)
    return next(iter(found), None)


def _joined(part: Found, found: list[Found]) -> Found:
    """Return a recipe of which another node of the same title tells the rest."""
    title = part.title.casefold()
    for other in found if title else ():
        if other is not part and other.title.casefold() == title:
            part.ingredients = part.ingredients or other.ingredients
            part.steps = part.steps or other.steps
            part.with_rest_of(other)
    return part


def _completed(found: Found, head: meta.Meta, page: str) -> Found:
    if not found.title or len(found.title) > TITLE_CHARS:  # a heading without its end
        found.title = head.best_title or found.title
    found.description = found.description or head.description
    found.language = found.language or head.language
    found.url = head.canonical
    found.images = pictures.best([*found.sized, *head.images], head.base)
    found.images = found.images or pictures.best(head.spare, head.base)
    if not (found.images and found.yields and found.timed):
        from soniq_tui.importers.recipes.page import by_tree

        by_tree.complete(found, head, page)
    if len(found.ingredients) == 1 and not found.ingredients[0].name:
        shown = groups.as_shown(found.ingredient_lines, page, found.language)
        found.ingredients = shown or found.ingredients
    found.total_min = found.total_min or (found.prep_min or 0) + (found.cook_min or 0) or None
    return found.bounded()
