"""Recipes as Tandoor exports them: the ingredients stand with the steps that use them. Pure."""

from typing import Any

from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.page.plain import lines
from soniq_tui.importers.recipes.page.strings import text_of, words_of
from soniq_tui.importers.recipes.page.times import minutes_of


def is_tandoor(told: dict[str, Any]) -> bool:
    """Return whether an object is a recipe of Tandoor."""
    steps = reading.listed(told.get("steps"))
    return any("instruction" in reading.node(step) for step in steps)


def read(told: dict[str, Any]) -> Found:
    """Return the recipe of an object."""
    ingredients: list[Part] = []
    steps: list[Part] = []
    for step in map(reading.node, reading.listed(told.get("steps"))):
        name = text_of(step.get("name"))
        ingredients.append(Part(name=name))
        for each in map(reading.node, reading.listed(step.get("ingredients"))):
            if each.get("is_header"):
                ingredients.append(Part(name=text_of(each.get("note"))))
            elif line := reading.line_of(each):
                ingredients[-1].lines.append(line)
        steps.append(Part(name=name, lines=lines(reading.block(step.get("instruction")))))
    servings = text_of(told.get("servings"))
    return Found(
        path="tandoor",
        title=text_of(told.get("name")),
        ingredients=[part for part in ingredients if part.lines],
        steps=[part for part in steps if part.lines],
        yields=f"{servings} {text_of(told.get('servings_text'))}".strip() if servings else "",
        prep_min=minutes_of(told.get("working_time")),
        cook_min=minutes_of(told.get("waiting_time")),
        description=text_of(told.get("description")),
        keywords=words_of(told.get("keywords")),
        url=text_of(told.get("source_url")),
    )
