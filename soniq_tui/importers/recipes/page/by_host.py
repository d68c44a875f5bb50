"""Recipes of sites for which the library recipe-scrapers has code of its own.

The library is imported when a page of such a site is at hand, and not before: that takes half a
second and 30 MiB. ``hosts.txt`` (made by ``scripts/recipe_hosts.py``) says which sites they are.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.page.pictures import SURE
from soniq_tui.importers.recipes.page.plain import plain
from soniq_tui.importers.recipes.page.times import minutes_of


@cache
def _hosts() -> dict[str, bool]:
    text = Path(__file__).with_name("hosts.txt").read_text("utf-8")
    return {
        host: bool(mark) for host, _, mark in (line.partition(" ") for line in text.split("\n"))
    }


def known(host: str) -> bool:
    """Return whether the library has code for a host."""
    return _name(host) in _hosts()


def wanted_first(host: str) -> bool:
    """Return whether a host's data for machines is known to be wanting."""
    return _hosts().get(_name(host), False)


def _name(host: str) -> str:
    return host.removeprefix("www.")


def found_in(page: str, address: str) -> Found | None:
    """Return what the library finds; None where it finds no whole recipe, or has a fault."""
    from recipe_scrapers import scrape_html

    try:
        scraper: Any = scrape_html(page, org_url=address, supported_only=True)
    except Exception:  # noqa: BLE001  700 scrapers of 700 people: a fault of theirs is "not found"
        return None
    found = Found(
        path="recipe_scrapers",
        title=plain(_asked(scraper.title, "")),
        ingredients=_ingredients(scraper),
        steps=_steps(scraper),
        yields=plain(_asked(scraper.yields, "")),
        prep_min=minutes_of(_asked(scraper.prep_time, None)),
        cook_min=minutes_of(_asked(scraper.cook_time, None)),
        total_min=minutes_of(_asked(scraper.total_time, None)),
        author=plain(_asked(scraper.author, "")),
        description=plain(_asked(scraper.description, "")),
        language=plain(_asked(scraper.language, "")),
        cuisine=plain(_asked(scraper.cuisine, "")),
    )
    if image := _asked(scraper.image, ""):
        found.sized = [(SURE, image)]
    return found if found.complete else None


def _asked(what: Callable[[], Any], default: Any) -> Any:
    """Return what a method of the library returns; many raise where a page lacks something."""
    try:
        return what() or default
    except Exception:  # noqa: BLE001  see found_in
        return default


def _ingredients(scraper: Any) -> list[Part]:
    groups = _asked(scraper.ingredient_groups, [])
    parts = [
        Part(
            name=plain(group.purpose or "").rstrip(": "),
            lines=[plain(line) for line in group.ingredients],
        )
        for group in groups
    ]
    flat = [plain(line) for line in _asked(scraper.ingredients, [])]
    grouped = [line for part in parts for line in part.lines]
    if sorted(grouped) != sorted(flat):  # the groups leave something out
        parts = [Part(lines=flat)]
    return [part for part in parts if part.lines]


def _steps(scraper: Any) -> list[Part]:
    lines = [plain(line) for line in _asked(scraper.instructions_list, [])]
    return [Part(lines=[line for line in lines if line])] if lines else []
