"""Archives of other recipe programs: Paprika's and Mealie's, written and read.

Paprika: a zip of gzip-ed JSON files, one a recipe. Mealie: a zip of ``recipes/<slug>/<slug>.json``
and pictures. Archives of strangers are bounded before they are unpacked.
"""

import base64
import gzip
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.formats.reading import Recipe
from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.page.plain import lines
from soniq_tui.importers.recipes.page.schema import found_in, minutes_of

MOST_ENTRIES, MOST_ENTRY_BYTES = 20_000, 32 * 1024 * 1024


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
        "prep_time": reading.spoken(reading.minutes(recipe, "prepTime")),
        "cook_time": reading.spoken(reading.minutes(recipe, "cookTime")),
        "total_time": reading.spoken(reading.minutes(recipe, "totalTime")),
        "source": reading.text(recipe, "author"),
        "source_url": url,
        "categories": reading.words(recipe, "recipeCategory"),
        "nutritional_info": "\n".join(
            f"{k}: {v}" for k, v in (recipe.get("nutrition") or {}).items() if not k.startswith("@")
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
        "prepTime": reading.spoken(reading.minutes(recipe, "prepTime")) or None,
        "cookTime": reading.spoken(reading.minutes(recipe, "cookTime")) or None,
        "totalTime": reading.spoken(reading.minutes(recipe, "totalTime")) or None,
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
            k: v for k, v in (recipe.get("nutrition") or {}).items() if not k.startswith("@")
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


def read(file: Path) -> Iterator[Found]:
    """Yield the recipes of an archive.

    Raises:
        UsageError: it is neither Paprika's nor Mealie's, or not whole.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()[:MOST_ENTRIES]
            for entry in entries:
                if entry.filename.endswith(".paprikarecipe"):
                    yield _of_paprika(_bounded(archive, entry, packed=True))
                elif entry.filename.endswith(".json") and "recipes/" in entry.filename:
                    yield _of_mealie(_bounded(archive, entry, packed=False))
    except (zipfile.BadZipFile, OSError, EOFError, msgspec.DecodeError) as exc:
        raise UsageError(f"{file}: not an archive of recipes ({exc})") from exc


def _bounded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, packed: bool) -> dict[str, Any]:
    with archive.open(entry) as source:
        data = source.read(MOST_ENTRY_BYTES + 1)
    if packed and len(data) <= MOST_ENTRY_BYTES:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as inner:
            data = inner.read(MOST_ENTRY_BYTES + 1)
    if len(data) > MOST_ENTRY_BYTES:
        raise OSError(f"{entry.filename}: more than {MOST_ENTRY_BYTES // 1024 // 1024} MiB")
    return msgspec.json.decode(data, type=dict[str, Any])


def _of_paprika(told: dict[str, Any]) -> Found:
    return Found(
        path="paprika",
        title=str(told.get("name") or ""),
        ingredients=_parts(lines(str(told.get("ingredients") or ""))),
        steps=_parts(lines(str(told.get("directions") or ""))),
        yields=str(told.get("servings") or ""),
        prep_min=minutes_of(told.get("prep_time")),
        cook_min=minutes_of(told.get("cook_time")),
        total_min=minutes_of(told.get("total_time")),
        author=str(told.get("source") or ""),
        description=str(told.get("description") or ""),
        categories=[str(word) for word in told.get("categories") or ()],
        url=str(told.get("source_url") or ""),
    )


def _parts(found: list[str]) -> list[Part]:
    parts = [Part()]
    for line in found:
        if line.endswith(":"):
            parts.append(Part(name=line[:-1]))
        else:
            parts[-1].lines.append(line)
    return [part for part in parts if part.lines]


def _of_mealie(told: dict[str, Any]) -> Found:
    node = dict(told)
    node["recipeIngredient"] = [
        str(i.get("originalText") or i.get("display") or i.get("note") or "")
        if isinstance(i, dict)
        else i
        for i in told.get("recipeIngredient") or told.get("recipe_ingredient") or ()
    ]
    node["recipeInstructions"] = told.get("recipeInstructions") or told.get("recipe_instructions")
    node["recipeCategory"] = [
        w.get("name") if isinstance(w, dict) else w for w in told.get("recipeCategory") or ()
    ]
    found = found_in(node, {}, "mealie")
    found.url = str(told.get("orgURL") or told.get("org_url") or "")
    return found
