"""What a page tells people alone, in the tree of its elements.

Its words are many, and take a part of a scraper's start that most pages need not wait for.
"""

from contextlib import suppress

from selectolax.lexbor import LexborHTMLParser

from soniq_tui.importers.recipes.page import (
    bounds,
    headings,
    labels,
    meta,
    microdata,
    pictures,
    plugins,
    schema,
    shown,
    text,
)
from soniq_tui.importers.recipes.page.found import Found
from soniq_tui.importers.recipes.page.plain import plain

SHOWN_WITHIN_S = 0.2
"""CPU time; see ``bounds.within``."""
MOST_HEADINGS = 50


def ways(page: str, head: meta.Meta) -> list[Found]:
    """Return what the page as people see it tells; on one without an end as much as was found."""
    found: list[Found] = []
    with suppress(bounds.EndlessError):
        tree = LexborHTMLParser(bounds.for_a_tree(page))
        head.h1 = _h1(tree, head)
        for way in (_by_microdata, plugins.found_in, headings.found_in):
            found += [one for one in (way(tree),) if one is not None]
    return found


def _by_microdata(tree: LexborHTMLParser) -> Found | None:
    read = microdata.node(tree)
    return schema.found_in(read, {}, "microdata") if read else None


def complete(found: Found, head: meta.Meta, page: str) -> None:
    """Look among what people see for what the page did not tell machines."""
    with bounds.within(SHOWN_WITHIN_S), suppress(bounds.EndlessError):
        if not found.images and shown.MARK.search(page):
            tree = LexborHTMLParser(bounds.for_a_tree(page))
            found.images = pictures.best(shown.pictures_in(tree, found.title), head.base)
        if not (found.yields and found.timed):
            labels.complete(found, text.text_of(page).splitlines())


def _h1(tree: LexborHTMLParser, head: meta.Meta) -> str:
    """Return the main heading: of several the one that the title names."""
    texts = [text for node in tree.css("h1")[:MOST_HEADINGS] if (text := plain(node.text() or ""))]
    titles = f"{head.og_title} {head.title}".casefold()
    return next((t for t in texts if t.casefold() in titles), next(iter(texts), ""))
