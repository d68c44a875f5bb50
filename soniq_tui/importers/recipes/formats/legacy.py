"""The recipe as the server before this one stored it, for its clients.

Metadata, a list of things, and steps that use them, each producing a state that the next one uses.
Filled by rules: what they do not know is null, ``quantitySource`` is ``exact`` where the line told
the amount, and ``pipelineVersion`` names us.
"""

import re
from typing import Any

from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.formats.reading import Recipe
from soniq_tui.importers.recipes.stored import iso_minutes

PIPELINE = "soniq-tui rules"
QUICK_MIN = 30


def write(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe in the older schema; one that is in it already stays as it is."""
    if isinstance(recipe.get("metadata"), dict):
        return recipe
    ours = reading.ours(recipe)
    parsed = [each for each in reading.listed(ours.get("ingredients")) if isinstance(each, dict)]
    things = _things(parsed, reading.words(recipe, "recipeIngredient"))
    total = reading.minutes(recipe, "totalTime")
    return {
        "metadata": _metadata(recipe, ours, total),
        "ingredients": things,
        "tools": [],
        "steps": _steps(recipe, ours, things),
        "finalState": "finished_dish",
        "originalText": "\n".join(_text(recipe)),
        "totalCookingTime": iso_minutes(total),
    }


def _metadata(recipe: Recipe, ours: Recipe, total: int | None) -> dict[str, Any]:
    servings = reading.ours(recipe, "servings")
    source = reading.ours(recipe, "source")
    fewest = servings.get("min")
    return {
        "title": reading.title(recipe),
        "description": reading.text(recipe, "description"),
        "servings": round(fewest) if isinstance(fewest, int | float) and fewest else None,
        "prepTime": iso_minutes(reading.minutes(recipe, "prepTime")),
        "cookTime": iso_minutes(reading.minutes(recipe, "cookTime")),
        "totalTime": iso_minutes(total),
        "totalTimeMinutes": float(total) if total else None,
        "totalCookingTime": iso_minutes(total),
        "quick": bool(total and total <= QUICK_MIN),
        "tags": reading.words(recipe, "keywords"),
        "image": reading.text(recipe, "image"),
        "sourceImageUrl": next(iter(reading.listed(source.get("images"))), ""),
        "author": reading.text(recipe, "author"),
        "source": source.get("host") or "",
        "sourceUrl": reading.source(recipe),
        "notes": [],
        "language": reading.text(recipe, "inLanguage"),
        "slug": ours.get("slug") or "",
        "creationMode": "url",
        "pipelineVersion": PIPELINE,
        "structurerModel": _model(reading.ours(recipe, "extract")),
        "diets": reading.listed(ours.get("diets")),
        "seasons": reading.listed(ours.get("seasons")),
    }


def _model(made: Recipe) -> object:
    return reading.node(made.get("llm")).get("model")


def _things(parsed: list[dict[str, Any]], lines: list[str]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    taken: set[str] = set()
    for line in parsed or [{"raw": line} for line in lines]:
        name = str(line.get("food") or line.get("raw") or "")
        made.append(
            {
                "id": _id(name, taken),
                "name": name,
                "name_en": None,
                "quantity": line.get("min"),
                "unit": line.get("unit"),
                "category": "other",
                "preparation": line.get("note"),
                "notes": line.get("raw"),
                "optional": False,
                "quantitySource": "exact" if line.get("min") is not None else None,
            }
        )
    return made


def _id(name: str, taken: set[str]) -> str:
    """Return a name in snake case that no other has."""
    base = re.sub(r"\W+", "_", name.casefold()).strip("_")[:60] or "ingredient"
    found, number = base, 2
    while found in taken:
        found, number = f"{base}_{number}", number + 1
    taken.add(found)
    return found


def _steps(recipe: Recipe, ours: Recipe, things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a chain: each step uses what it names and what the step before made.

    What no step names goes into the first one, so that nothing is left unused.
    """
    lines = [line for _, found in reading.steps(recipe) for line in found]
    told = {s.get("n"): s for s in reading.listed(ours.get("steps")) if isinstance(s, dict)}
    uses = [_numbers(told.get(i + 1, {}), "uses", len(things)) for i in range(len(lines))]
    named = {n for each in uses for n in each}
    made = []
    for i, line in enumerate(lines):
        own = uses[i] + ([n for n in range(len(things)) if n not in named] if i == 0 else [])
        timers = _numbers(told.get(i + 1, {}), "timers")
        made.append(
            {
                "id": f"step{i + 1}",
                "action": line,
                "duration": iso_minutes(round(sum(timers) / 60)) if timers else None,
                "temperature": None,
                "stepType": "serve" if i == len(lines) - 1 else "prep" if i == 0 else "cook",
                "isPassive": False,
                "subRecipe": None,
                "uses": [things[n]["id"] for n in own] + ([f"state{i}"] if i else []),
                "produces": "finished_dish" if i == len(lines) - 1 else f"state{i + 1}",
                "requires": [],
                "visualCue": None,
            }
        )
    return made


def _numbers(step: Recipe, name: str, most: int = 1 << 31) -> list[int]:
    """Return the whole numbers of a step below ``most``; files are edited by hand, too."""
    return [n for n in reading.listed(step.get(name)) if isinstance(n, int) and 0 <= n < most]


def _text(recipe: Recipe) -> list[str]:
    parts = [reading.title(recipe), *reading.words(recipe, "recipeIngredient")]
    return [*parts, *(line for _, found in reading.steps(recipe) for line in found)]
