"""Everything about one recipe, one site or one page without a recipe."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes import links, pages, save, store
from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.formats.reading import Recipe
from soniq_tui.importers.recipes.lists import moment
from soniq_tui.importers.recipes.scrape import file_of
from soniq_tui.importers.recipes.store import SQL
from soniq_tui.importers.recipes.words import FOLDER, flag_text
from soniq_tui.model.results import DetailQuery, Picture, ResultDetail
from soniq_tui.words import mark

Facts = Iterator[tuple[str, object]]
DOUBTED = "? "
"""Before a line of a model's answer that its page does not have."""
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where a name of schema.org goes on with another word."""
TEXT_MOST_CHARS = 100_000
KEY_MOST = 200


def detail(data_dir: Path, query: DetailQuery) -> ResultDetail:
    """Return everything about one thing.

    Raises:
        UsageError: there is no such thing.
        DataDirError: the index cannot be read.
    """
    if query.kind == "failed":
        return _failed(data_dir, query.key)
    if query.kind in {"site", "category"}:
        return ResultDetail(title=query.key, item=query.key)
    if query.kind != "recipe":
        raise UsageError(f"recipes have no details of {query.kind[:60]!r}")
    file = _file(data_dir, query.key)
    try:
        recipe = save.read(file)
    except FileNotFoundError:
        raise UsageError(f"there is no recipe {query.key[:60]!r} any more") from None
    except (OSError, ValueError) as exc:
        raise UsageError(f"{file} cannot be read: {exc}") from exc
    found = ResultDetail(
        title=_marker(recipe)(reading.title(recipe)),
        facts=_said(_facts(data_dir, recipe, file)),
        text=_text(recipe)[:TEXT_MOST_CHARS],
        source=_page_text(data_dir, recipe),
        item=reading.source(recipe) or str(file),
    )
    if not query.picture:
        return found
    made = _picture(file, recipe, query.picture)
    if isinstance(made, str):
        return msgspec.structs.replace(found, no_picture=made)
    return msgspec.structs.replace(found, picture=made)


def _file(data_dir: Path, slug: str) -> Path:
    """Return the file of a recipe; a key that would lead elsewhere is nobody's.

    Raises:
        UsageError: it is no name of a recipe.
    """
    if not slug or "/" in slug or "\0" in slug or len(slug) > KEY_MOST:
        raise UsageError(f"nothing here has the key {slug[:60]!r}")
    return file_of(data_dir / FOLDER, slug)


def _said(facts: Facts) -> tuple[tuple[str, str], ...]:
    """Leave out what is not known."""
    return tuple((label, str(value)) for label, value in facts if value)


def _facts(data_dir: Path, recipe: Recipe, file: Path) -> Facts:
    ours = reading.ours(recipe)
    source = reading.ours(recipe, "source")
    yield mark("Yield"), reading.text(recipe, "recipeYield")
    yield mark("Preparation"), reading.time(recipe, "prepTime")
    yield mark("Cooking"), reading.time(recipe, "cookTime")
    yield mark("Total"), reading.time(recipe, "totalTime")
    yield mark("Author"), reading.text(recipe, "author")
    yield mark("Category"), ", ".join(reading.words(recipe, "recipeCategory"))
    yield mark("Cuisine"), reading.text(recipe, "recipeCuisine")
    yield mark("Keywords"), ", ".join(reading.words(recipe, "keywords"))
    yield mark("Language"), reading.text(recipe, "inLanguage")
    nutrition = reading.node(recipe.get("nutrition"))
    yield (
        mark("Nutrition"),
        ", ".join(nutrient(k, v) for k, v in nutrition.items() if not k.startswith("@")),
    )
    yield mark("Diets"), ", ".join(map(str, reading.listed(ours.get("diets"))))
    yield from _origin(reading.ours(recipe, "extract"))
    yield mark("Source"), reading.source(recipe)
    yield mark("Fetched"), when(source.get("fetched"))
    url = str(source.get("url") or "")
    kept = [pages.place(data_dir / FOLDER, url, text=text) for text in (False, True)]
    yield mark("Kept page"), next((str(page) for page in kept if url and page.exists()), "")
    yield mark("File"), str(file)
    yield mark("Saved"), moment(file.stat().st_mtime)


def when(stored: object) -> str:
    """Return a time of a stored recipe as other times are told; another text as it is."""
    try:
        return moment(datetime.fromisoformat(str(stored or "")).timestamp())
    except (ValueError, OverflowError, OSError):
        return str(stored or "")


def nutrient(name: str, value: object) -> str:
    """Return a figure of schema.org's ``NutritionInformation`` in words.

    Its name is left out where the value has all of it: ``134 grams carbohydrates``.
    """
    words, text = HUMP.sub(" ", name.removesuffix("Content")).lower(), str(value)
    told = all(word in text.lower() for word in words.split())
    return text if told else f"{words} {text}".rstrip()


def _origin(made: dict[str, Any]) -> Facts:
    """Say who found the recipe, and how far that is to be trusted."""
    if made.get("structured") == "llm":
        told = reading.node(made.get("llm"))
        name = str(told.get("model") or "a language model")
        yield mark("Made by"), f"{name}, a model: compare it with its source"
    else:
        yield mark("Found by"), "rules ({path})".format(path=made.get("path") or "?")
    if doubted := len(reading.listed(made.get("ungrounded"))):
        yield mark("In doubt"), f"not on the page, marked with ?: {doubted:,}"
    yield (
        mark("Looks odd"),
        ", ".join(map(flag_text, reading.listed(made.get("flags")))),
    )


def _marker(recipe: Recipe) -> Callable[[str], str]:
    """Return what puts a mark before lines that a model told and the page does not have."""
    made = reading.ours(recipe, "extract")
    doubted = set(map(str, reading.listed(made.get("ungrounded"))))
    return lambda line: f"{DOUBTED}{line}" if line in doubted else line


def _text(recipe: Recipe) -> str:
    """Return the recipe to read: about it, ingredients, then the steps."""
    marked = _marker(recipe)
    parts = [reading.text(recipe, "description"), ""]
    parts += ["INGREDIENTS", ""]
    for head, found in reading.ingredients(recipe):
        parts += ([f"{head}:"] if head else []) + [f"- {marked(line)}" for line in found] + [""]
    parts += ["METHOD", ""]
    number = 0
    for head, found in reading.steps(recipe):
        parts += [f"{head}:"] if head else []
        for line in found:
            number += 1
            parts += [f"{number}. {marked(line)}", ""]
    return "\n".join(parts).strip()


def _page_text(data_dir: Path, recipe: Recipe) -> str:
    """Return what the page said that the recipe was made of, as far as that is kept."""
    url = str(reading.ours(recipe, "source").get("url") or "")
    return pages.seen(data_dir / FOLDER, url) if url else ""


def _picture(file: Path, recipe: Recipe, side: int) -> Picture | str:
    from soniq_tui.importers.recipes.picture import picture

    image = next(iter(reading.words(recipe, "image")), "")
    place = (file.parent / image).resolve()
    if not image.startswith("images/") or not place.is_relative_to(file.parent.resolve()):
        return mark("no picture was kept")
    return picture(place, side)


def _failed(data_dir: Path, item: str) -> ResultDetail:
    with store.reading(data_dir) as connection:
        row = connection.execute(SQL["trouble_of"], (item,)).fetchone() if connection else None
    if row is None:
        raise UsageError(f"{item[:60]!r} is not in the list any more")
    item, kind, reason, last_at, tries = row
    kept = pages.place(data_dir / FOLDER, item)
    facts = (
        (mark("Page"), item),
        (mark("Site"), links.host_of(item)),
        (mark("Kind"), kind.replace("_", " ")),
        (mark("Reason"), reason),
        (mark("Last tried"), moment(last_at)),
        (mark("Tries"), tries),
        (mark("Kept page"), str(kept) if kept.exists() else ""),
        (mark("What to do"), _WHAT.get(kind, "")),
    )
    return ResultDetail(title=item, facts=_said(iter(facts)), item=item)


_BY_HAND = "open the page in a browser and paste it for the address, or save it and give the file"
_WHAT = {
    "blocked": _BY_HAND,
    "js_required": _BY_HAND,
    "unsupported": _BY_HAND,
    "too_big": _BY_HAND,
    "no_recipe": "look whether there is a recipe on it; a model may find it (SONIQ_LLM_URL)",
    "not_found": "nothing: the page is gone",
    "rate_limited": "try again later",
    "server_error": "try again later",
    "timeout": "try again later",
    "network": "look whether the site can be reached",
    "model": "look whether the model runs",
}
