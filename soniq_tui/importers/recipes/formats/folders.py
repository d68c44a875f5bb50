"""Recipes written for other programs: one archive, or a folder with one file for each."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from soniq_tui.importers.recipes.formats import archives, cooklang, legacy, markdown, reading
from soniq_tui.importers.recipes.formats.reading import Recipe

Shelf = Iterable[tuple[str, Recipe, bytes | None]]
"""Names, recipes and their pictures."""


def jsonld(recipe: Recipe) -> Recipe:
    """Return the recipe without our own data, as any page would tell machines of it.

    Our pictures become the ones they came from.
    """
    plain = {name: value for name, value in recipe.items() if name not in {"soniq", "slug", "file"}}
    images = reading.ours(recipe, "source").get("images")
    return {**plain, "image": images} if images else plain


def _jsonld(recipe: Recipe) -> str:
    return _json(jsonld(recipe))


def _legacy(recipe: Recipe) -> str:
    return _json(legacy.write(recipe))


def _json(made: Recipe) -> str:
    return msgspec.json.format(msgspec.json.encode(made), indent=1).decode()


_EACH: dict[str, tuple[str, Callable[[Recipe], str]]] = {
    "jsonld": ("jsonld", _jsonld),
    "markdown": ("md", markdown.write),
    "cooklang": ("cook", cooklang.write),
    "legacy": ("recipe.json", _legacy),
}
"""Formats of one file for each recipe: how its name ends, and what is in it."""
_WITH_PICTURES = {"legacy"}
"""Of those, the ones whose readers look for a recipe's picture beside it."""
ONE: dict[str, Callable[[Path, Shelf], int]] = {
    "mealie": archives.write_mealie,
    "paprika": archives.write_paprika,
}
"""Formats of one archive."""


def write(form: str, place: Path, recipes: Shelf) -> int:
    """Write recipes to ``place``, a new file or an empty folder; returns how many there are."""
    if form in ONE:
        return ONE[form](place, recipes)
    return sum(1 for _ in _written(form, place, recipes))


def _written(form: str, folder: Path, recipes: Shelf) -> Iterator[Path]:
    suffix, make = _EACH[form]
    for slug, recipe, picture in recipes:
        name = reading.picture(recipe) if form in _WITH_PICTURES else ""
        if picture and name:  # the picture first, as where it came from
            _place(folder / name, picture)
        file = folder / f"{slug}.{suffix}"
        file.write_text(make(recipe), "utf-8")
        yield file


def _place(file: Path, picture: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(picture)
