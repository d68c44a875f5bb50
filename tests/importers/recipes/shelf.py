"""Stored recipes for tests, made like those of pages."""

from pathlib import Path
from typing import Any

from soniq_tui.importers.recipes import save, store
from soniq_tui.importers.recipes.demo import Made
from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.stored import Extract, Source, slug_of, stored
from soniq_tui.importers.recipes.words import FOLDER


def found_of(made: Made, **more: object) -> Found:
    """Return what a page said that holds ``made``; ``more`` are further fields of Found."""
    fields: dict[str, Any] = {
        "path": "jsonld",
        "title": made.name,
        "ingredients": [Part(lines=list(made.ingredients))],
        "steps": [Part(lines=list(made.steps))],
        "yields": made.yields,
        "total_min": made.minutes,
        "author": made.author,
        "language": made.language,
    }
    return Found(**fields | more)


def put(
    data_dir: Path, made: Made, url: str, *, extract: Extract | None = None, image: bytes = b"",
    **more: object,
) -> str:  # fmt: skip
    """Save a recipe and note it; returns its name."""
    found = found_of(made, **more)
    source = Source(url=url, fetched="2026-11-28T12:00:00+00:00", status=200)
    extract = extract or Extract(path="jsonld", version="1")

    def make(slug: str) -> dict:
        recipe = stored(found, source, extract, slug)
        if image:
            recipe["image"] = [save.keep_image(data_dir / FOLDER, slug, image, "image/png")]
        return recipe

    slug, file = save.publish(data_dir / FOLDER, slug_of(made.name, source), make)
    with store.writing(data_dir) as connection:
        store.put(connection, slug, save.read(file), file)
    return slug
