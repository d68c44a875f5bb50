"""A node of schema.org's Recipe becomes what was found, whoever wrote it however."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType
from typing import Any

from soniq_tui.importers.recipes.page import pictures
from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.page.plain import lines, plain
from soniq_tui.importers.recipes.page.strings import (
    DEEPEST,
    MOST_LINES,
    Node,
    amount_of,
    listed,
    meant,
    strings_of,
    text_of,
    words_of,
)
from soniq_tui.importers.recipes.page.times import minutes_of

_LABEL = re.compile(
    r"^(?:(?:\S{1,30}\s)?(?:step|stap|étape|etape|schritt|steg|paso|passo|krok|trin)s?)?\s*#?\d*\s*[.:)]?$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"https?://\S+")
_BOLD = re.compile(r"\s*\*\*\s*([^*]{1,200}?)\s*\*\*\s*")
_RATED = re.compile(r"\s*[-|]?\s*\(?\d(?:[.,]\d)?\s*/\s*(?:5|10)\)?\s*$")
"""What readers think of it, behind its name."""
MOST_AUTHORS = 50
MOST_PARTS = 5_000
"""Of ingredients or steps that are looked at: nodes may refer to each other in circles."""


_INGREDIENTS = ("recipeIngredient", "ingredients", "Ingredients", "ingredient", "supply")
"""The last two are of the vocabulary before schema.org, and of HowTo, of which Recipe is a kind."""


def found_in(node: Node, ids: Mapping[str, Node], path: str = "jsonld") -> Found:
    """Return the recipe of a node; ``ids`` finds the nodes that others refer to by ``@id``."""
    ingredients = next((node[name] for name in _INGREDIENTS if node.get(name)), None)
    return Found(
        path=path,
        title=_RATED.sub("", text_of(node.get("name") or node.get("headline"))),
        ingredients=_ingredients(ingredients, ids),
        steps=steps_of(node.get("recipeInstructions") or node.get("instructions"), ids),
        yields=yields_of(node.get("recipeYield") or node.get("yield")),
        prep_min=minutes_of(node.get("prepTime")),
        cook_min=minutes_of(node.get("cookTime")),
        total_min=minutes_of(node.get("totalTime")),
        sized=_pictures(node, ids),
        author=author_of(node.get("author"), ids),
        description=text_of(node.get("description")),
        categories=words_of(node.get("recipeCategory")),
        cuisine=", ".join(words_of(node.get("recipeCuisine"))),
        keywords=words_of(node.get("keywords")),
        nutrition=_nutrition(node.get("nutrition")),
        diets=[d for d in strings_of(node.get("suitableForDiet")) if d],
        language=text_of(node.get("inLanguage")),
        url=text_of(_address(node)),
    )


def _ingredients(value: Any, ids: Mapping[str, Node]) -> list[Part]:
    told = islice(_ingredient_lines(value, ids, iter(range(MOST_PARTS)), 0), MOST_LINES)
    texts = [_without_marks(text) for text in told]
    if len(texts) == 1:  # a whole list in one string
        found = lines(texts[0])
        parts = _BETWEEN.split(found[0]) if len(found) == 1 else []
        if len(parts) >= FEWEST_PARTS or (parts and len(found[0]) > LONGEST_INGREDIENT):
            found = [plain(part) for part in parts]
    else:
        found = [
            line
            for text in texts
            for line in (lines(text) if len(text) > LONGEST_INGREDIENT else [plain(text)])
        ]
    return grouped(found[:MOST_LINES])


def _without_marks(text: str) -> str:
    """Return a line that Markdown makes bold as it is meant: as a heading, if it has no number."""
    bold = _BOLD.fullmatch(text)
    if bold is None:
        return text
    return bold[1] if any(c.isnumeric() for c in bold[1]) else f"{bold[1].rstrip(': ')}:"


def _ingredient_lines(
    value: Any, ids: Mapping[str, Node], left: Iterator[int], depth: int
) -> Iterator[str]:
    """Yield the lines of texts, of lists, and of nodes: lists with names, foods with amounts."""
    value = listed(meant(value, ids))
    if depth > DEEPEST or next(left, None) is None:
        return
    if isinstance(value, list):
        for each in value[:MOST_LINES]:
            yield from _ingredient_lines(each, ids, left, depth + 1)
    elif not isinstance(value, dict):
        yield from strings_of(value)
    elif inner := value.get("itemListElement") or value.get("item"):
        if name := text_of(value.get("name")):
            yield f"{name.rstrip(': ')}:"
        yield from _ingredient_lines(inner, ids, left, depth + 1)
    elif food := next(iter(strings_of(value)), ""):
        amounts = (value.get(name) for name in ("requiredQuantity", "amount", "quantity"))
        told = next((a for each in amounts if (a := amount_of(each))), "")
        if not told and food == value.get("name"):
            told = amount_of({n: value[n] for n in ("value", "minValue", "maxValue") if n in value})
        unit = text_of(value.get("unitText") or value.get("unit")) if told else ""
        amount = f"{told} {unit}".strip()
        yield f"{amount} {food}" if amount and not food.startswith(amount) else food


LONGEST_INGREDIENT, FEWEST_PARTS = 180, 3
"""A shorter line with fewer amounts is rather one ingredient: "1 chicken, 2 kg"."""
_BETWEEN = re.compile(
    r"[,;]\s+(?=\d|[½¼¾⅓⅔]|(?:etwas|une?|eine?|een|some|a few|quelques)\b)", re.IGNORECASE
)
_DASH = re.compile(r"^[-–—]\s+")
_HEADING = re.compile(r"^[^\d½¼¾⅓⅔]{2,60}:$")
_FOR = re.compile(
    r"^(?:for the|für (?:den|die|das)|pour (?:les?|la)|voor (?:de|het)|"
    r"para (?:el|las?|los|os?|as?)|per (?:la|il|lo|le|gli|i))\s[^\d:,;.()]{2,50}$|"
    r"^(?:pour|per) l['’][^\d:,;.()]{2,50}$",
    re.IGNORECASE,
)
"""So begin headings that have no colon."""


def grouped(found: list[str]) -> list[Part]:
    """Return lines by heading: without a number, with a colon at its end, or "For the sauce"."""
    parts = [Part()]
    for number, raw in enumerate(found, 1):
        line = _DASH.sub("", raw)
        if _HEADING.match(line) or (number < len(found) and _FOR.match(line)):
            parts.append(Part(name=line.rstrip(": ")))
        elif line:
            parts[-1].lines.append(line)
    return [Part(name=p.name, lines=uncounted(p.lines)) for p in parts if p.lines]


_COUNTED = re.compile(r"\(?(\d{1,2})\s?[.)°:]\s+(?=\S)")


def uncounted(found: list[str]) -> list[str]:
    """Return lines without their numbers, where these count them from one."""
    marks = [_COUNTED.match(line) for line in found]
    numbers = [int(mark[1]) if mark else 0 for mark in marks]
    if len(found) < 2 or numbers != list(range(1, len(found) + 1)):  # noqa: PLR2004
        return found
    return [line[mark.end() :] for line, mark in zip(found, marks, strict=True) if mark]


def steps_of(value: Any, ids: Mapping[str, Node] = MappingProxyType({})) -> list[Part]:
    """Return the steps by section: of a text, or of a list of texts, HowToSteps and sections."""
    parts: list[Part] = []
    _gather(value, parts, ids, iter(range(MOST_PARTS)), 0)
    for part in parts:
        part.lines = uncounted(part.lines[:MOST_LINES])
    return [part for part in parts if part.lines][:100]


def _gather(
    value: Any, parts: list[Part], ids: Mapping[str, Node], left: Iterator[int], depth: int
) -> None:
    """Add the steps of a value; ``left``: so many nodes may still be looked at."""
    value = listed(meant(value, ids))
    if depth > DEEPEST or value is None or next(left, None) is None:
        return
    if isinstance(value, str):
        told = (line for line in _counted(value) if not _LABEL.match(line))
        _last(parts).lines.extend(line for line in told if not _ADDRESS.fullmatch(line))
    elif isinstance(value, list):
        for each in _in_order(value[:MOST_LINES]):
            _gather(each, parts, ids, left, depth + 1)
    elif isinstance(value, dict):
        inner = _inner(value)
        if inner is None:
            _last(parts).lines.extend(_step(value))
            return
        name = text_of(value.get("name"))
        if name and not _LABEL.match(name) and not _is_step(value):
            parts.append(Part(name=name.rstrip(": ")))
        elif _is_section(value):
            parts.append(Part())
        _gather(inner, parts, ids, left, depth + 1)
        if _is_section(value):
            parts.append(Part())


def _counted(text: str) -> list[str]:
    """Return the lines of a text; one line that counts its steps from one has as many."""
    found = lines(text)
    if len(found) != 1:
        return found
    marks = list(_COUNT.finditer(found[0]))
    if len(marks) < 2 or [int(m[1]) for m in marks] != list(range(1, len(marks) + 1)):  # noqa: PLR2004
        return found
    if marks[0].start():
        return found
    ends = [*(m.start() for m in marks[1:]), len(found[0])]
    return [found[0][m.end() : end].strip() for m, end in zip(marks, ends, strict=True)]


_COUNT = re.compile(
    r"(?:(?<=^)|(?<=[.!?…)] ))(?:(?:step|étape|schritt|paso|passo|stap|steg)\s)?"
    r"(\d{1,2})\s?[.):]\s+(?=\D)",
    re.IGNORECASE,
)
"""What counts a step, at the beginning of a sentence."""


def _in_order(nodes: list[Any]) -> list[Any]:
    """Return steps by their places, where each tells one of its own."""
    by_place = {place: node for node in nodes if (place := _place(node)) is not None}
    return [by_place[place] for place in sorted(by_place)] if len(by_place) == len(nodes) else nodes


def _place(node: Any) -> int | None:
    told = node.get("position") if isinstance(node, dict) else None
    if isinstance(told, str) and told.isdecimal() and len(told) < 9:  # noqa: PLR2004
        return int(told)
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def _inner(node: Node) -> Any:
    """Return what a node of steps holds; None: it is a step itself."""
    text = node.get("text")
    inner = node.get("itemListElement") or node.get("steps") or node.get("step")
    if inner and not (isinstance(inner, str) and text):
        return inner
    if text and _is_section(node):
        return text
    return None if text or node.get("description") else node.get("item")


def _last(parts: list[Part]) -> Part:
    if not parts:
        parts.append(Part())
    return parts[-1]


def _is_section(node: Node) -> bool:
    return "HowToSection" in strings_of(node.get("@type"))


def _is_step(node: Node) -> bool:
    return "HowToStep" in strings_of(node.get("@type"))


def _step(node: Node) -> list[str]:
    """Return a step's lines: its heading where it says more than its text."""
    body = lines(" \n".join(strings_of(node.get("text") or node.get("description"))))
    name = text_of(node.get("name"))
    if not body:
        return [name] if name and not _LABEL.match(name) else []
    start = name.rstrip(" .…:").casefold()
    if not name or _LABEL.match(name) or " ".join(body).casefold().startswith(start):
        return [line for line in body if not _LABEL.match(line)]
    return [name, *body]


def yields_of(value: Any) -> str:
    """Return the yield that says most: ``["4", "4 servings"]`` gives the second."""
    told = value if isinstance(value, list) else [value]
    texts = [
        text
        for each in told[:MOST_LINES]
        for text in ([amount_of(each)] if isinstance(each, dict) else map(plain, strings_of(each)))
    ]
    return max((t for t in texts if t), key=lambda t: any(c.isalpha() for c in t), default="")


def pictures_of_page(nodes: Iterable[Node], ids: Mapping[str, Node]) -> list[pictures.Picture]:
    """Return the pictures of what is around a recipe: of the page, or the article it stands in."""
    found: list[pictures.Picture] = []
    for node in nodes:
        if any(name in PAGES for name in strings_of(node.get("@type"))):
            found += pictures.of_node(node.get("primaryImageOfPage"), ids) or _pictures(node, ids)
        if len(found) > pictures.MOST_PICTURES:
            break
    return found


PAGES = {"WebPage", "ItemPage", "Article", "NewsArticle", "BlogPosting"}


def _pictures(node: Node, ids: Mapping[str, Node]) -> list[pictures.Picture]:
    ways = (pictures.of_node(node.get(name), ids) for name in _PICTURES)
    return next((found for found in ways if found), [])


_PICTURES = ("image", "photo", "thumbnailUrl", "thumbnail")


def author_of(value: Any, ids: Mapping[str, Node]) -> str:
    """Return the author's name, looked up where it is only referred to."""
    for each in value[:MOST_AUTHORS] if isinstance(value, list) else [value]:
        node = each
        if isinstance(each, dict) and not each.get("name") and isinstance(each.get("@id"), str):
            node = ids.get(each["@id"], each)
        name = text_of(node)
        if name and not name.startswith(("http:", "https:", "#")):
            return name
    return ""


def _nutrition(value: Any) -> dict[str, str]:
    if isinstance(value, list):
        value = next((each for each in value[:MOST_AUTHORS] if isinstance(each, dict)), None)
    if not isinstance(value, dict):
        return {}
    found = {k: amount_of(v) for k, v in list(value.items())[:40] if not k.startswith("@")}
    return {k: v for k, v in found.items() if v}


def _address(node: Node) -> Any:
    main = node.get("mainEntityOfPage")
    return node.get("url") or (main.get("@id") if isinstance(main, dict) else main)
