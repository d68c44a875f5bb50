"""What every format asks of a stored recipe, whoever wrote it."""

import re
from collections.abc import Iterator
from typing import Any

from soniq_tui.importers.recipes.links import without_login
from soniq_tui.importers.recipes.page.schema import steps_of
from soniq_tui.importers.recipes.page.strings import text_of
from soniq_tui.importers.recipes.page.times import minutes_of

Recipe = dict[str, Any]


def title(recipe: Recipe) -> str:
    """Return the name."""
    return str(recipe.get("name") or node(recipe.get("metadata")).get("title") or "")


def text(recipe: Recipe, name: str) -> str:
    """Return a field that is one text."""
    value = recipe.get(name)
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("url") or ""
    return str(value or "")


def words(recipe: Recipe, name: str) -> list[str]:
    """Return a field that is a list of words."""
    value = recipe.get(name) or []
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


def node(value: object) -> Recipe:
    """Return a value that is an object, whatever it was meant to be."""
    return value if isinstance(value, dict) else {}


def ours(recipe: Recipe, *names: str) -> Recipe:
    """Return what is ours of a recipe, or an object in it; nothing in it where there is none."""
    found = node(recipe.get("soniq"))
    for name in names:
        found = node(found.get(name))
    return found


def listed(value: object) -> list[Any]:
    """Return a value that is a list, whatever it was meant to be."""
    return value if isinstance(value, list) else []


def block(value: object) -> str:
    """Return a text of several lines, which may be told as a list; nothing for what is none."""
    texts = value if isinstance(value, list) else [value]
    return "\n".join(str(t) for t in texts if isinstance(t, str | int | float))


def line_of(told: Recipe) -> str:
    """Return the line of an ingredient whose amount, unit, food and note stand apart."""
    amount = told.get("amount", told.get("quantity"))
    number = "" if told.get("no_amount") or told.get("disableAmount") else text_of(amount)
    number = "" if number == "0" else number
    unit = text_of(told.get("unit")) if number else ""
    food, note = text_of(told.get("food")), text_of(told.get("note"))
    line = " ".join(part for part in (number, unit, food) if part)
    return f"{line}, {note}" if food and note else f"{line} {note}".strip()


def ingredients(recipe: Recipe) -> Iterator[tuple[str, list[str]]]:
    """Yield headings and the lines below them; a line may stand below several."""
    heads: dict[str, list[str]] = {}
    for each in map(node, listed(ours(recipe).get("ingredients"))):
        heads.setdefault(str(each.get("raw")), []).append(str(each.get("group") or ""))
    group: str | None = None
    found: list[str] = []
    for line in words(recipe, "recipeIngredient"):
        known = heads.get(line) or [""]
        head = known.pop(0) if len(known) > 1 else known[0]
        if head != group and found:
            yield group or "", found
            found = []
        group = head
        found.append(line)
    if found:
        yield group or "", found


def steps(recipe: Recipe) -> Iterator[tuple[str, list[str]]]:
    """Yield headings and the steps below them."""
    for part in steps_of(recipe.get("recipeInstructions")):
        yield part.name, part.lines


def minutes(recipe: Recipe, name: str) -> int | None:
    """Return a time in minutes."""
    return minutes_of(recipe.get(name))


def time(recipe: Recipe, name: str) -> str:
    """Return a time as people say it; nothing where it is not told."""
    return spoken(minutes(recipe, name))


def source(recipe: Recipe) -> str:
    """Return the address it came from, without a login that another program may have kept."""
    told = ours(recipe, "source")
    return without_login(str(told.get("final") or told.get("url") or recipe.get("url") or ""))


def picture(recipe: Recipe) -> str:
    """Return where the picture lies that was kept, as a path from the recipe's folder."""
    told = words(recipe, "image") or words(node(recipe.get("metadata")), "image")
    name = next(iter(told), "")
    return name if re.fullmatch(r"images/[^/\0]*[^/\0.][^/\0]*", name) else ""


def spoken(total: int | None) -> str:
    """Return minutes as people say them: "1 h 30 min"."""
    if not total:
        return ""
    hours, rest = divmod(total, 60)
    return " ".join(p for p in (f"{hours} h" if hours else "", f"{rest} min" if rest else "") if p)


def one_line(value: str) -> str:
    """Return a text without line ends."""
    return re.sub(r"\s+", " ", value).strip()
