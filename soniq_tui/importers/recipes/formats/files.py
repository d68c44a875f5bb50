"""Recipes in files that programs wrote: Paprika's, Mealie's, schema.org's, and our own.

Files of strangers are bounded before they are unpacked, and whatever they hold becomes texts.
"""

import base64
import binascii
import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes import charset, pages
from soniq_tui.importers.recipes.bodies import picture_of
from soniq_tui.importers.recipes.formats import reading, tandoor
from soniq_tui.importers.recipes.formats.legacy import PIPELINE
from soniq_tui.importers.recipes.formats.zipped import MOST_ENTRY_BYTES, Archive, within
from soniq_tui.importers.recipes.page import jsonld, plaintext
from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.page.plain import lines
from soniq_tui.importers.recipes.page.schema import found_in, steps_of
from soniq_tui.importers.recipes.page.strings import text_of, words_of
from soniq_tui.importers.recipes.page.times import minutes_of

SUFFIXES = frozenset({".paprikarecipes", ".paprikarecipe", ".zip", ".json", ".jsonld", ".jsonl"})
_ZIPPED = frozenset({".zip", ".paprikarecipes"})
_TEXTS = frozenset({".txt", ".md"})
MOST_ENTRIES = 20_000
MOST_IMAGE_BYTES = 10 * 1024 * 1024
_DAMAGED = (zipfile.BadZipFile, OSError, EOFError, zlib.error, NotImplementedError, RuntimeError,
            msgspec.DecodeError, UnicodeDecodeError)  # fmt: skip
"""What reading an archive may raise: also for one that is encrypted, or packed in odd ways."""
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
                found = Archive(archive).names
        elif file.suffix.lower() == ".paprikarecipe":
            found = [file.name]
        elif is_text(file):
            found = [str(number + 1) for number, _ in enumerate(texts(file))]
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
            read = partial(_of_archive, Archive(archive))
        elif file.suffix.lower() == ".paprikarecipe":
            read = partial(_of_single, _bounded_file(file))
        elif is_text(file):
            read = partial(_of_text, texts(file))
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


def _of_list(nodes: list[Told | str], folder: Path, name: str) -> Taken:
    node = nodes[int(name)]
    if isinstance(node, str):
        raise ValueError(node)  # noqa: TRY004  the line is wrong
    return _of_node(node, folder)


# -------------------------------------------------------------------- texts


def is_text(file: Path) -> bool:
    """Return whether a file is a text in which several recipes may stand, by its name."""
    pasted = file.name.startswith(pages.PASTED) and pages.is_text(file)
    return pasted or file.suffix.lower() in _TEXTS


def has_several(file: Path) -> bool:
    """Return whether a file is a text with several recipes; one that cannot be read is not."""
    try:
        return is_text(file) and len(texts(file)) > 1
    except (*_DAMAGED, ValueError):
        return False  # its job says why


def texts(file: Path) -> list[str]:
    """Return the texts of the recipes in one.

    Raises:
        OSError: it cannot be read, or is too large.
    """
    return plaintext.each_of(pages.read(file).text)


def _of_text(each: list[str], name: str) -> Taken:
    found = plaintext.found_in(each[int(name) - 1])
    if found is None:
        raise ValueError("no recipe in it any more")
    return Taken(found=found)


# -------------------------------------------------------------------- archives


def _of_archive(archive: Archive, name: str) -> Taken:
    file, data, picture = archive.read(name)
    if file.lower().endswith(".paprikarecipe"):
        return _of_paprika(_unpacked(data))
    return _with_image(_of_node(_object(data), None), picture)


def _bounded_file(file: Path) -> bytes:
    with file.open("rb") as source:
        return within(source.read(MOST_ENTRY_BYTES + 1), file.name)


def _unpacked(data: bytes) -> Told:
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as inner:
        return _object(within(inner.read(MOST_ENTRY_BYTES + 1), "the recipe"))


def _object(data: bytes) -> Told:
    return msgspec.json.decode(_in_utf8(data), type=Told)


def _in_utf8(data: bytes) -> bytes:
    """Return JSON as it should be: without a mark, and not in UTF-16."""
    marked = data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return charset.text_of(data).encode("utf-8", "replace") if marked else data


def _with_image(taken: Taken, data: bytes) -> Taken:
    if (kind := picture_of(data)) and len(data) <= MOST_IMAGE_BYTES:
        taken.image, taken.media_type = data, kind
    return taken


def _of_paprika(told: Told) -> Taken:
    found = Found(
        path="paprika",
        title=text_of(told.get("name")),
        ingredients=_parts(lines(reading.block(told.get("ingredients")))),
        steps=_parts(lines(reading.block(told.get("directions")))),
        yields=text_of(told.get("servings")),
        prep_min=minutes_of(told.get("prep_time")),
        cook_min=minutes_of(told.get("cook_time")),
        total_min=minutes_of(told.get("total_time")),
        author=text_of(told.get("source")),
        description=text_of(told.get("description")),
        categories=words_of(told.get("categories")),
        url=text_of(told.get("source_url")),
    )
    try:
        image = base64.b64decode(str(told.get("photo_data") or ""))
    except (binascii.Error, ValueError):
        image = b""  # a recipe without its picture is a recipe
    return _with_image(Taken(found=found), image)


def _parts(found: list[str]) -> list[Part]:
    parts = [Part()]
    for marked in found:
        line = marked.replace("**", "")
        if line.endswith(":"):
            parts.append(Part(name=line[:-1]))
        else:
            parts[-1].lines.append(line)
    return [part for part in parts if part.lines]


# -------------------------------------------------------------------- nodes


def _nodes(file: Path) -> list[Told | str]:
    """Return the recipes of a file of JSON: one, a list, lines, or somewhere in a graph.

    In place of a line that is none stands why it is not.
    """
    if file.suffix.lower() in _ZIPPED:
        raise ValueError("it is no archive")
    data = _in_utf8(_bounded_file(file))
    if file.suffix.lower() == ".jsonl":
        each = (_line_of(number, line) for number, line in enumerate(data.splitlines(), 1))
        found = [one for one in each if isinstance(one, str) or (one and _has_recipe(one))]
        if any(isinstance(one, dict) for one in found):
            return found
        raise ValueError(next((one for one in found if isinstance(one, str)), "no recipes in it"))
    trees = msgspec.json.decode(data)
    outer = trees if isinstance(trees, list) else [trees]
    inner = [one for node in outer if isinstance(node, dict) for one in node.values()]
    for some in (outer, [one for part in inner if isinstance(part, list) for one in part]):
        found = [node for node in some if isinstance(node, dict) and _has_recipe(node)]
        if found:
            return found
    return [node for node in jsonld.walk(trees) if jsonld.is_a(node, "Recipe")]


def _line_of(number: int, line: bytes) -> Told | str | None:
    """Return the object of a line, why it is none, or nothing for an empty line."""
    try:
        return msgspec.json.decode(line, type=Told) if line.strip() else None
    except (msgspec.DecodeError, RecursionError) as exc:
        return f"line {number}: {exc}"


def _has_recipe(node: Told) -> bool:
    return (
        jsonld.is_a(node, "Recipe")
        or bool(
            node.get("name") and (node.get("recipeIngredient") or node.get("recipe_ingredient"))
        )
        or (isinstance(node.get("metadata"), dict) and "ingredients" in node)
        or tandoor.is_tandoor(node)
    )


def _of_node(node: Told, folder: Path | None) -> Taken:
    """Return the recipe of a node of schema.org, of Mealie, of ours, or of an older pipeline."""
    if isinstance(node.get("metadata"), dict):
        taken = Taken(found=_of_pipeline(node))
        return _with_image(taken, _beside(folder, taken.found)) if folder else taken
    if tandoor.is_tandoor(node):
        return Taken(found=tandoor.read(node))
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
                each = (  # noqa: PLW2901
                    each.get("originalText") or each.get("display") or reading.line_of(each)
                )
            flat.append(each)
        told["recipeIngredient"] = flat
    told["recipeInstructions"] = _sections(told["recipeInstructions"])
    told["cookTime"] = node.get("cookTime") or node.get("performTime") or node.get("perform_time")
    told["recipeYield"] = node.get("recipeYield") or node.get("recipeServings")
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
        title=text_of(meta.get("title")),
        ingredients=[Part(lines=[line for i in ingredients if (line := _line(i, own))])],
        steps=steps_of([text_of(s.get("action")) for s in steps]),
        yields=text_of(meta.get("servings")),
        prep_min=minutes_of(meta.get("prepTime")),
        cook_min=minutes_of(meta.get("cookTime")),
        total_min=minutes_of(meta.get("totalTime")),
        author=text_of(meta.get("author")),
        description=text_of(meta.get("description")),
        categories=words_of(meta.get("recipeType")),
        cuisine=text_of(meta.get("nationality")),
        keywords=words_of(meta.get("tags")),
        language=text_of(meta.get("language")),
        url=text_of(meta.get("sourceUrl")),
        images=words_of(meta.get("image") or meta.get("sourceImageUrl")),
    )


def _line(ingredient: Told, own: bool) -> str:
    """Return the line of an ingredient; in our own exports ``notes`` is the line as it was."""
    if own and isinstance(ingredient.get("notes"), str):
        return str(ingredient["notes"])
    quantity = ingredient.get("quantity")
    amount = f"{quantity:g}" if isinstance(quantity, int | float) else ""
    parts = (amount, ingredient.get("unit"), ingredient.get("name"), ingredient.get("preparation"))
    return " ".join(filter(None, map(text_of, parts)))


def _beside(folder: Path, found: Found) -> bytes:
    """Return the picture that lies below a recipe's folder; nothing where it lies elsewhere."""
    for name in found.images[:1]:
        place = (folder / name).resolve() if "://" not in name and "\0" not in name else None
        if place is None or not place.is_relative_to(folder.resolve()) or not place.is_file():
            continue
        if place.stat().st_size <= MOST_IMAGE_BYTES:
            return place.read_bytes()
    return b""
