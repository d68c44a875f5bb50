"""Archives for other recipe programs: Paprika's and Mealie's; ``files.py`` reads them.

Paprika: a zip of gzip-ed JSON files, one a recipe. Mealie: a zip of ``recipes/<slug>/<slug>.json``
and pictures.
"""

import base64
import gzip
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.formats.reading import Recipe


def paprika(recipe: Recipe, image: bytes | None) -> dict[str, Any]:
    """Return a recipe with Paprika's names for things."""
    url = reading.source(recipe)
    return {
        "uid": str(uuid5(NAMESPACE_URL, url or reading.title(recipe))).upper(),
        "name": reading.title(recipe),
        "ingredients": "\n".join(_headed(reading.ingredients(recipe))),
        "directions": "\n\n".join(_headed(reading.steps(recipe))),
        "description": reading.text(recipe, "description"),
        "servings": reading.text(recipe, "recipeYield"),
        "prep_time": reading.time(recipe, "prepTime"),
        "cook_time": reading.time(recipe, "cookTime"),
        "total_time": reading.time(recipe, "totalTime"),
        "source": reading.text(recipe, "author"),
        "source_url": url,
        "categories": reading.words(recipe, "recipeCategory"),
        "nutritional_info": "\n".join(
            f"{k}: {v}"
            for k, v in reading.node(recipe.get("nutrition")).items()
            if not k.startswith("@")
        ),
        "photo_data": base64.b64encode(image).decode() if image else None,
        "rating": 0,
        "created": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
        "hash": "",
    }


def _headed(parts: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    for head, found in parts:
        if head:
            yield f"{head}:"
        yield from found


def write_paprika(out: Path, recipes: Iterable[tuple[str, Recipe, bytes | None]]) -> int:
    """Write a ``.paprikarecipes``; returns how many recipes."""
    count = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for slug, recipe, image in recipes:
            data = gzip.compress(msgspec.json.encode(paprika(recipe, image)), mtime=0)
            archive.writestr(f"{slug}.paprikarecipe", data)
            count += 1
    return count


def mealie(slug: str, recipe: Recipe) -> dict[str, Any]:
    """Return a recipe with Mealie's names for things."""
    return {
        "name": reading.title(recipe),
        "slug": slug,
        "description": reading.text(recipe, "description"),
        "recipeYield": reading.text(recipe, "recipeYield"),
        "prepTime": reading.time(recipe, "prepTime") or None,
        "cookTime": reading.time(recipe, "cookTime") or None,
        "totalTime": reading.time(recipe, "totalTime") or None,
        "orgURL": reading.source(recipe),
        "recipeIngredient": [
            {
                "title": head if not n else None,
                "note": line,
                "originalText": line,
                "disableAmount": True,
            }
            for head, found in reading.ingredients(recipe)
            for n, line in enumerate(found)
        ],
        "recipeInstructions": [
            {"title": head if not n else "", "text": line, "ingredientReferences": []}
            for head, found in reading.steps(recipe)
            for n, line in enumerate(found)
        ],
        "nutrition": {
            k: v for k, v in reading.node(recipe.get("nutrition")).items() if not k.startswith("@")
        },
        "recipeCategory": [{"name": word} for word in reading.words(recipe, "recipeCategory")],
        "tags": [{"name": word} for word in reading.words(recipe, "keywords")],
    }


def write_mealie(out: Path, recipes: Iterable[tuple[str, Recipe, bytes | None]]) -> int:
    """Write a zip that Mealie imports; returns how many recipes."""
    count = 0
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for slug, recipe, image in recipes:
            room = f"recipes/{slug}"
            archive.writestr(f"{room}/{slug}.json", msgspec.json.encode(mealie(slug, recipe)))
            if image:
                archive.writestr(f"{room}/images/original.webp", image)
            count += 1
    return count
