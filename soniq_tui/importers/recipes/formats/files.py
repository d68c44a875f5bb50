"""Recipes in files that programs wrote: Paprika's, Mealie's, schema.org's, and our own.

Files of strangers are bounded before they are unpacked, and whatever they hold becomes texts.
"""

import base64
import binascii
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.formats.legacy import PIPELINE
from soniq_tui.importers.recipes.page import jsonld
from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.page.plain import lines
from soniq_tui.importers.recipes.page.schema import found_in, steps_of
from soniq_tui.importers.recipes.page.strings import words_of
from soniq_tui.importers.recipes.page.times import minutes_of

SUFFIXES = frozenset({".paprikarecipes", ".paprikarecipe", ".zip", ".json", ".jsonld", ".jsonl"})
MOST_ENTRIES, MOST_ENTRY_BYTES = 20_000, 32 * 1024 * 1024
MOST_IMAGE_BYTES = 10 * 1024 * 1024
_DAMAGED = (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError,
            msgspec.DecodeError, UnicodeDecodeError)  # fmt: skip
"""What reading an archive may raise: also for one that is encrypted, or packed in odd ways."""
_IMAGES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif",
           b"RIFF": "image/webp"}  # fmt: skip
Told = dict[str, Any]


class Taken(msgspec.Struct, kw_only=True):
    """A recipe that was in a file."""

    found: Found
    image: bytes = b""
    media_type: str = ""
    made: Told = {}
    """What we noted of how it was found, where the file is ours."""


def entries(file: Path) -> list[str]:
    """Return the names of the recipes in a file; those of a list are numbers.

    Raises:
        UsageError: it holds none, or cannot be read.
    """
    with _explained(file):
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                found = [e.filename for e in archive.infolist() if _is_recipe(e.filename)]
        elif file.suffix.lower() == ".paprikarecipe":
            found = [file.name]
        else:
            found = [str(number) for number, _ in enumerate(_nodes(file))]
    if not found:
        raise UsageError(f"{file}: no recipes in it")
    return found[:MOST_ENTRIES]


@contextmanager
def opened(file: Path) -> Iterator[Callable[[str], Taken | str]]:
    """Open a file; gives what returns the recipe of a name, or why it cannot be had.

    Raises:
        UsageError: the file itself cannot be read.
    """
    with ExitStack() as stack, _explained(file):
        if zipfile.is_zipfile(file):
            archive = stack.enter_context(zipfile.ZipFile(file))
            read = partial(_of_archive, archive)
        elif file.suffix.lower() == ".paprikarecipe":
            read = partial(_of_single, _bounded_file(file))
        else:
            read = partial(_of_list, _nodes(file), file.parent)
        yield partial(_tried, read)


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except (*_DAMAGED, KeyError, IndexError, ValueError) as exc:
        raise UsageError(f"{file}: cannot be read as recipes ({exc})") from exc


def _tried(read: Callable[[str], Taken], name: str) -> Taken | str:
    try:
        return read(name)
    except (*_DAMAGED, KeyError, IndexError, ValueError) as exc:
        return f"damaged: {exc}"


def _of_single(data: bytes, _name: str) -> Taken:
    return _of_paprika(_unpacked(data))


def _of_list(nodes: list[Told], folder: Path, name: str) -> Taken:
    return _of_node(nodes[int(name)], folder)


def _is_recipe(name: str) -> bool:
    path = PurePosixPath(name)
    if path.suffix == ".paprikarecipe":
        return True
    # Mealie: recipes/soup/soup.json; ours: recipes/soup.recipe.json
    return path.suffix == ".json" and "recipes" in path.parts[:-1] and path.name[0] not in "._"


# -------------------------------------------------------------------- archives


def _of_archive(archive: zipfile.ZipFile, name: str) -> Taken:
    data = _bounded(archive, name)
    if name.endswith(".paprikarecipe"):
        return _of_paprika(_unpacked(data))
    taken = _of_node(_object(data), None)
    room = PurePosixPath(name).parent
    inside = set(archive.namelist())
    for kind in ("webp", "jpg", "jpeg", "png"):
        if (place := f"{room}/images/original.{kind}") in inside:
            return _with_image(taken, _bounded(archive, place))
    return taken


def _bounded(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as source:
        return _within(source.read(MOST_ENTRY_BYTES + 1), name)


def _bounded_file(file: Path) -> bytes:
    with file.open("rb") as source:
        return _within(source.read(MOST_ENTRY_BYTES + 1), file.name)


def _unpacked(data: bytes) -> Told:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as inner:
        return _object(_within(inner.read(MOST_ENTRY_BYTES + 1), "the recipe"))


def _within(data: bytes, name: str) -> bytes:
    if len(data) > MOST_ENTRY_BYTES:
        raise OSError(f"{name}: more than {MOST_ENTRY_BYTES // 1024 // 1024} MiB")
    return data


def _object(data: bytes) -> Told:
    return msgspec.json.decode(data, type=Told)


def _with_image(taken: Taken, data: bytes) -> Taken:
    kind = next((kind for head, kind in _IMAGES.items() if data.startswith(head)), "")
    if kind and len(data) <= MOST_IMAGE_BYTES:
        taken.image, taken.media_type = data, kind
    return taken


def _of_paprika(told: Told) -> Taken:
    found = Found(
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
        categories=words_of(told.get("categories")),
        url=str(told.get("source_url") or ""),
    )
    try:
        image = base64.b64decode(str(told.get("photo_data") or ""))
    except (binascii.Error, ValueError):
        image = b""  # a recipe without its picture is a recipe
    return _with_image(Taken(found=found), image)


def _parts(found: list[str]) -> list[Part]:
    parts = [Part()]
    for line in found:
        if line.endswith(":"):
            parts.append(Part(name=line[:-1]))
        else:
            parts[-1].lines.append(line)
    return [part for part in parts if part.lines]


# -------------------------------------------------------------------- nodes


def _nodes(file: Path) -> list[Told]:
    """Return the recipes of a file of JSON: one, a list, lines, or somewhere in a graph."""
    data = _bounded_file(file)
    if file.suffix.lower() == ".jsonl":
        trees: Any = [msgspec.json.decode(line) for line in data.splitlines() if line.strip()]
    else:
        trees = msgspec.json.decode(data)
    outer = trees if isinstance(trees, list) else [trees]
    found = [node for node in outer if isinstance(node, dict) and _has_recipe(node)]
    return found or [node for node in jsonld.walk(trees) if jsonld.is_a(node, "Recipe")]


def _has_recipe(node: Told) -> bool:
    return (
        jsonld.is_a(node, "Recipe")
        or bool(
            node.get("name") and (node.get("recipeIngredient") or node.get("recipe_ingredient"))
        )
        or (isinstance(node.get("metadata"), dict) and "ingredients" in node)
    )


def _of_node(node: Told, folder: Path | None) -> Taken:
    """Return the recipe of a node of schema.org, of Mealie, of ours, or of an older pipeline."""
    if isinstance(node.get("metadata"), dict):
        taken = Taken(found=_of_pipeline(node))
        return _with_image(taken, _beside(folder, taken.found)) if folder else taken
    ours = node.get("soniq")
    found = found_in(_plain(node), {}, "file" if isinstance(ours, dict) else "jsonld")
    found.images = [address for _, address in found.sized]
    made: Told = {}
    if isinstance(ours, dict):
        groups = [Part(name=head, lines=some) for head, some in reading.ingredients(node)]
        found.ingredients = groups or found.ingredients
        found.url = reading.source(node)
        made = ours["extract"] if isinstance(ours.get("extract"), dict) else {}
    elif "orgURL" in node or "org_url" in node:
        found.path = "mealie"
        found.url = str(node.get("orgURL") or node.get("org_url") or "")
    taken = Taken(found=found, made=made)
    return _with_image(taken, _beside(folder, found)) if folder else taken


def _plain(node: Told) -> Told:
    """Return a node without Mealie's own ways to write ingredients, steps and words."""
    told = dict(node)
    lists = {"recipeIngredient": "recipe_ingredient", "recipeInstructions": "recipe_instructions"}
    for name, other in lists.items():
        told[name] = node.get(name) or node.get(other)
    if isinstance(told["recipeIngredient"], list):
        flat: list[Any] = []
        for each in told["recipeIngredient"]:
            if isinstance(each, dict):
                flat += [f"{each['title']}:"] if each.get("title") else []
                each = each.get("originalText") or each.get("display") or each.get("note")  # noqa: PLW2901
            flat.append(each)
        told["recipeIngredient"] = flat
    told["recipeInstructions"] = _sections(told["recipeInstructions"])
    told["keywords"] = node.get("keywords") or node.get("tags")
    return told


def _sections(steps: Any) -> Any:
    """Return steps that name a section in the first of them as sections."""
    if not isinstance(steps, list) or not any(
        isinstance(s, dict) and s.get("title") for s in steps
    ):
        return steps
    made: list[Told] = []
    for step in steps:
        title = step.get("title") if isinstance(step, dict) else ""
        if title or not made:
            made.append({"@type": "HowToSection", "name": title or "", "itemListElement": []})
        made[-1]["itemListElement"].append(step)
    return made


def _of_pipeline(node: Told) -> Found:
    """Return a recipe of the pipeline before this one: ``metadata``, ``ingredients``, ``steps``."""
    meta: Told = node["metadata"]
    ingredients = [i for i in reading.listed(node.get("ingredients")) if isinstance(i, dict)]
    steps = [s for s in reading.listed(node.get("steps")) if isinstance(s, dict)]
    own = meta.get("pipelineVersion") == PIPELINE
    return Found(
        path="pipeline",
        title=str(meta.get("title") or ""),
        ingredients=[Part(lines=[line for i in ingredients if (line := _line(i, own))])],
        steps=steps_of([str(s.get("action") or "") for s in steps]),
        yields=str(meta.get("servings") or ""),
        prep_min=minutes_of(meta.get("prepTime")),
        cook_min=minutes_of(meta.get("cookTime")),
        total_min=minutes_of(meta.get("totalTime")),
        author=str(meta.get("author") or ""),
        description=str(meta.get("description") or ""),
        categories=words_of(meta.get("recipeType")),
        cuisine=str(meta.get("nationality") or ""),
        keywords=words_of(meta.get("tags")),
        language=str(meta.get("language") or ""),
        url=str(meta.get("sourceUrl") or ""),
        images=words_of(meta.get("image") or meta.get("sourceImageUrl")),
    )


def _line(ingredient: Told, own: bool) -> str:
    """Return the line of an ingredient; in our own exports ``notes`` is the line as it was."""
    if own and isinstance(ingredient.get("notes"), str):
        return str(ingredient["notes"])
    quantity = ingredient.get("quantity")
    amount = f"{quantity:g}" if isinstance(quantity, int | float) else ""
    parts = (amount, ingredient.get("unit"), ingredient.get("name"), ingredient.get("preparation"))
    return " ".join(str(part) for part in parts if part)


def _beside(folder: Path, found: Found) -> bytes:
    """Return the picture that lies below a recipe's folder; nothing where it lies elsewhere."""
    for name in found.images[:1]:
        place = (folder / name).resolve() if "://" not in name and "\0" not in name else None
        if place is None or not place.is_relative_to(folder.resolve()) or not place.is_file():
            continue
        if place.stat().st_size <= MOST_IMAGE_BYTES:
            return place.read_bytes()
    return b""
