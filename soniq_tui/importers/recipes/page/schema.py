"""A node of schema.org's Recipe becomes what was found, whoever wrote it however."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from soniq_tui.importers.recipes.page import pictures
from soniq_tui.importers.recipes.page.bounds import TEXT_MOST_CHARS
from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.page.plain import lines, plain

Node = dict[str, Any]
_DURATION = re.compile(
    r"^\s*P(?:(\d+(?:[.,]\d+)?)Y)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)W)?(?:(\d+(?:[.,]\d+)?)D)?"
    r"(?:T(?:(-?\d+(?:[.,]\d+)?)H)?(?:(-?\d+(?:[.,]\d+)?)M)?(?:(-?\d+(?:[.,]\d+)?)S)?)?\s*$",
    re.IGNORECASE,
)
_SPOKEN = re.compile(
    r"(\d+(?:[.,]\d+)?|\d*\s*[¼½¾⅓⅔])\s*"
    r"(d(?:ays?|agen?|ías?)?|j(?:ours?)?|tage?|h(?:(?:ou)?rs?|eures?|oras?)?|std\.?|stunden?|uur|timmar|timer?|ore|"
    r"m(?:in(?:ute|uut|uten|uti|utos?|uter|utter)?[sn]?\.?)?|s(?:ec(?:onds?)?)?)(?![a-zà-ÿ])",
    re.IGNORECASE,
)
_HALVES = {"¼": 0.25, "½": 0.5, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_LABEL = re.compile(
    r"^(?:(?:\S{1,30}\s)?(?:step|stap|étape|etape|schritt|steg|paso|passo|krok|trin)s?)?\s*#?\d*\s*[.:)]?$",
    re.IGNORECASE,
)
_RATED = re.compile(r"\s*[-|]?\s*\(?\d(?:[.,]\d)?\s*/\s*(?:5|10)\)?\s*$")
"""What readers think of it, behind its name."""
MOST_LINES = 400
"""Of ingredients or steps; the longest real recipe seen has some 90."""
DEEPEST = 6
MOST_NUMBER = 10**15
DURATION_MOST_CHARS = 200
MOST_AUTHORS = 50


def found_in(node: Node, ids: Mapping[str, Node], path: str = "jsonld") -> Found:
    """Return the recipe of a node; ``ids`` finds the nodes that others refer to by ``@id``."""
    ingredients = node.get("recipeIngredient") or node.get("ingredients") or node.get("Ingredients")
    return Found(
        path=path,
        title=_RATED.sub("", text_of(node.get("name") or node.get("headline"))),
        ingredients=_ingredients(ingredients),
        steps=steps_of(node.get("recipeInstructions") or node.get("instructions")),
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


def text_of(value: Any) -> str:
    """Return the first text of a value."""
    return next((line for text in strings_of(value) if (line := plain(text))), "")


def strings_of(value: Any, depth: int = 0) -> list[str]:
    """Return the texts of a value: of a string, a number, a list, or a node with a name."""
    if isinstance(value, str):
        return [value[:TEXT_MOST_CHARS]]
    if isinstance(value, bool) or value is None or depth > DEEPEST:
        return []
    if isinstance(value, int | float):
        return [f"{value:g}"] if abs(value) < MOST_NUMBER else []
    if isinstance(value, list):
        return [text for each in value[:MOST_LINES] for text in strings_of(each, depth + 1)]
    if isinstance(value, dict):
        for name in ("@value", "text", "name", "value", "url", "@id"):
            if value.get(name):
                return strings_of(value[name], depth + 1)
    return []


def words_of(value: Any) -> list[str]:
    """Return a list of words that may be one text with commas between."""
    texts = [plain(text) for text in strings_of(value)]
    found = [w for text in texts for w in (text.split(",") if len(texts) == 1 else [text])]
    return list(dict.fromkeys(word for each in found if (word := each.strip())))[:100]


def _ingredients(value: Any) -> list[Part]:
    texts = strings_of(value)
    if len(texts) == 1:  # a whole list in one string
        found = lines(texts[0])
        if len(found) == 1 and len(found[0]) > LONGEST_INGREDIENT:
            found = [plain(part) for part in _BETWEEN.split(found[0])]
    else:
        found = [
            line
            for text in texts
            for line in (lines(text) if len(text) > LONGEST_INGREDIENT else [plain(text)])
        ]
    return grouped(found[:MOST_LINES])


LONGEST_INGREDIENT = 180
_BETWEEN = re.compile(
    r"[,;]\s+(?=\d|[½¼¾⅓⅔]|(?:etwas|une?|eine?|een|some|a few|quelques)\b)", re.IGNORECASE
)
_DASH = re.compile(r"^[-–—]\s+")
_HEADING = re.compile(r"^[^\d½¼¾⅓⅔]{2,60}:$")


def grouped(found: list[str]) -> list[Part]:
    """Return lines by heading; a heading is a line without a number that ends with a colon."""
    parts = [Part()]
    for raw in found:
        line = _DASH.sub("", raw)
        if _HEADING.match(line):
            parts.append(Part(name=line.rstrip(": ")))
        elif line:
            parts[-1].lines.append(line)
    return [part for part in parts if part.lines]


def steps_of(value: Any) -> list[Part]:
    """Return the steps by section: of a text, or of a list of texts, HowToSteps and sections."""
    parts: list[Part] = []
    _gather(value, parts, 0)
    for part in parts:
        part.lines = part.lines[:MOST_LINES]
    return [part for part in parts if part.lines][:100]


def _gather(value: Any, parts: list[Part], depth: int) -> None:
    if depth > DEEPEST or value is None:
        return
    if isinstance(value, str):
        _last(parts).lines.extend(line for line in lines(value) if not _LABEL.match(line))
    elif isinstance(value, list):
        for each in value[:MOST_LINES]:
            _gather(each, parts, depth + 1)
    elif isinstance(value, dict):
        inner = value.get("itemListElement") or value.get("steps") or value.get("step")
        if inner and not (isinstance(inner, str) and value.get("text")):
            name = text_of(value.get("name"))
            if name and not _LABEL.match(name) and not _is_step(value):
                parts.append(Part(name=name))
            elif _is_section(value):
                parts.append(Part())
            _gather(inner, parts, depth + 1)
            if _is_section(value):
                parts.append(Part())
        else:
            _last(parts).lines.extend(_step(value))


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
    texts = [plain(text) for text in strings_of(value)]
    return max((t for t in texts if t), key=lambda t: (any(c.isalpha() for c in t), 0), default="")


def minutes_of(value: Any) -> int | None:
    """Return minutes of an ISO 8601 duration, a number of minutes, or words like "1 h 30"."""
    if isinstance(value, dict):
        value = value.get("maxValue") or value.get("value") or value.get("minValue")
    for told in strings_of(value):
        text = told[:DURATION_MOST_CHARS]
        if (match := _DURATION.match(text)) and any(match.groups()):
            years, months, weeks, days, hours, minutes, seconds = (
                float((g or "0").replace(",", ".")) for g in match.groups()
            )
            total = (((years * 365 + months * 30 + weeks * 7 + days) * 24) + hours) * 60 + minutes
            return _sane(total + seconds / 60)
        plain_text = plain(text)
        if plain_text.isdecimal():
            return _sane(float(plain_text))
        if found := _spoken(plain_text):
            return _sane(found)
    return None


def _sane(minutes: float) -> int | None:
    return round(minutes) or None if 0 < minutes < 60 * 24 * 366 else None


def _spoken(text: str) -> float:
    total, hours_at = 0.0, None
    for match in _SPOKEN.finditer(text):
        number, unit = match[1].strip(), match[2].lower()
        half = next((v for c, v in _HALVES.items() if number.endswith(c)), 0.0)
        whole = number.rstrip("¼½¾⅓⅔ ").replace(",", ".")
        amount = (float(whole) if whole else 0.0) + half
        if unit[0] in "dj" or unit.startswith("tag"):
            total += amount * 1440
        elif unit[0] == "s" and not unit.startswith("st"):
            total += amount / 60
        elif unit[0] == "m":
            total += amount
        else:
            total += amount * 60
            hours_at = match.end()
    if hours_at is not None and (rest := re.match(r"\s*(\d{1,2})\s*$", text[hours_at:])):
        total += int(rest[1])  # "1h30"
    return total


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
    if not isinstance(value, dict):
        return {}
    found = {k: text_of(v) for k, v in list(value.items())[:40] if not k.startswith("@")}
    return {k: v for k, v in found.items() if v}


def _address(node: Node) -> Any:
    main = node.get("mainEntityOfPage")
    return node.get("url") or (main.get("@id") if isinstance(main, dict) else main)
