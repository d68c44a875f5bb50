"""Recipes in the markup of widespread plug-ins and in classes that speak for themselves.

Many pages have no data for machines, or less of it than they show. The blocks that the common
recipe plug-ins of WordPress write have had the same class names for years.
"""

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.page.plain import plain


@dataclass(frozen=True, slots=True)
class Plugin:
    """Where a plug-in writes what, as CSS selectors."""

    box: str
    title: str
    ingredients: str
    steps: str
    group: str = ""
    """Headings among ingredients."""
    section: str = ""
    """Headings among steps."""


PLUGINS = (
    Plugin(".wprm-recipe-container, .wprm-recipe", ".wprm-recipe-name", "li.wprm-recipe-ingredient",
           ".wprm-recipe-instruction-text", ".wprm-recipe-ingredient-group-name",
           ".wprm-recipe-instruction-group-name"),
    Plugin(".tasty-recipes", ".tasty-recipes-title",
           ".tasty-recipes-ingredients li, .tasty-recipe-ingredients li",
           ".tasty-recipes-instructions li, .tasty-recipe-instructions li",
           ".tasty-recipes-ingredients h4", ".tasty-recipes-instructions h4"),
    Plugin(".mv-create-card", ".mv-create-title", ".mv-create-ingredients li",
           ".mv-create-instructions li", ".mv-create-ingredients h4", ".mv-create-instructions h4"),
    Plugin(".easyrecipe", ".ERSName", "li.ingredient", ".instruction, .ERSInstructions li"),
    Plugin(".zlrecipe-container-border, #zrdn-recipe-container",
           "#zlrecipe-title, .zrdn-recipe-title",
           "li.ingredient", "li.instruction"),
    Plugin(".jetpack-recipe", ".jetpack-recipe-title", ".jetpack-recipe-ingredient",
           ".jetpack-recipe-directions li, .jetpack-recipe-directions p"),
    Plugin(".cooked-recipe-info, .cooked-recipe-ingredients", ".cooked-recipe-title",
           ".cooked-single-ingredient", ".cooked-dir-content"),
    Plugin(".hrecipe, .h-recipe", ".fn, .p-name", ".ingredient, .p-ingredient",
           ".instructions li, .e-instructions li, .instructions p, .instruction"),
)  # fmt: skip


def found_in(tree: LexborHTMLParser) -> Found | None:
    """Return the recipe of the first plug-in that has one in full, or None."""
    for plugin in PLUGINS:
        for box in tree.css(plugin.box)[:3]:
            found = _read(box, plugin)
            if found.ingredient_lines and found.step_lines:
                return found
    return None


def _read(box: LexborNode, plugin: Plugin) -> Found:
    title = box.css_first(plugin.title)
    return Found(
        path="plugin",
        title=plain(title.html or "") if title else "",
        ingredients=_parts(box, plugin.ingredients, plugin.group),
        steps=_parts(box, plugin.steps, plugin.section),
    )


def _parts(box: LexborNode, items: str, headings: str) -> list[Part]:
    """Return the lines by heading, in the order of the page."""
    heads = {node.mem_id for node in box.css(headings)} if headings else set()
    parts = [Part()]
    for node in box.css(f"{items}, {headings}" if headings else items)[:600]:
        text = plain(node.html or "")
        if node.mem_id in heads:
            if text and parts[-1].name != text:
                parts.append(Part(name=text))
        elif text and (not parts[-1].lines or parts[-1].lines[-1] != text):
            parts[-1].lines.append(text)
    return [part for part in parts if part.lines]
