"""The recipe as it is stored: a Recipe of schema.org that any tool reads, our data under one key.

Top-level texts are the source's wording and are never converted; what machines make of them lies
under ``soniq``. See ``docs/recipes.md`` for the fields.
"""

import re
from typing import Any

import msgspec

from soniq_tui.importers.recipes import links
from soniq_tui.importers.recipes.diets import diets_of, seasons_of
from soniq_tui.importers.recipes.fold import bare_title, one_title
from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.ingredient import Ingredient, parse
from soniq_tui.importers.recipes.numerals import counted, in_figures
from soniq_tui.importers.recipes.page.found import Found
from soniq_tui.importers.recipes.page.spoken_times import timers
from soniq_tui.importers.recipes.units import DASHES, FRACTIONS, TO
from soniq_tui.importers.recipes.uses import uses_of

SCHEMA = 1
"""Of what lies under ``soniq``."""
LONGEST_SLUG = 80
_RESERVED = re.compile(r"con|prn|aux|nul|(?:com|lpt)\d")
"""Windows, and shares of it, have no files of these names, whatever suffix they have."""


class Source(msgspec.Struct, kw_only=True):
    """Where a recipe came from."""

    url: str
    """As it was asked for."""
    final: str = ""
    """Where redirects led to."""
    canonical: str = ""
    """What the page calls itself."""
    fetched: str = ""
    """When, in UTC, ISO 8601."""
    status: int = 0
    html_sha256: str = ""
    outside: bool = False
    """The host that was asked has no address of this network, and must not have any later."""

    @property
    def host(self) -> str:
        """The host that answered."""
        return links.host_of(self.final or self.url)

    @property
    def key(self) -> str:
        """The key of the address that is the recipe's own."""
        return links.key_of(self.canonical or self.final or self.url)


class Extract(msgspec.Struct, kw_only=True):
    """How a recipe was found on its page."""

    path: str
    version: str
    structured: str = "rules"
    """``rules`` or ``llm``."""
    flags: list[str] = msgspec.field(default_factory=list)
    """What looked odd; see ``page/quality.py``."""
    llm: dict[str, Any] | None = None
    """Model, tokens, time and attempts, where one was asked."""
    ungrounded: list[str] = msgspec.field(default_factory=list)
    """Lines of a model's answer that the page does not have."""


def slug_of(title: str, source: Source) -> str:
    """Return a name for files: ASCII of the title, or a hash where nothing is left of it.

    Titles of one recipe (:func:`is_same`) have one name, whatever their sites: who saves looks for
    the same recipe under that name alone.
    """
    words = bare_title(title)
    plain = words.encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_SLUG].strip("-")
    if _RESERVED.fullmatch(slug):
        return f"recipe-{slug}"
    return slug or f"recipe-{links.digest(words or source.key)}"


def stored(
    found: Found, source: Source, extract: Extract, slug: str, batch: str = ""
) -> dict[str, Any]:
    """Return the whole object, without a picture of its own yet."""
    found.bounded()
    parsed = [parse(line, part.name) for part in found.ingredients for line in part.lines]
    doubted = set(extract.ungrounded)
    for each in parsed:
        each.grounded = each.raw not in doubted
    recipe: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Recipe",
        "name": found.title,
        "url": source.canonical or source.final or source.url,
        "inLanguage": found.language,
        "image": found.images[:1],
        "author": {"@type": "Person", "name": found.author} if found.author else None,
        "description": found.description,
        "recipeYield": found.yields,
        "prepTime": iso_minutes(found.prep_min),
        "cookTime": iso_minutes(found.cook_min),
        "totalTime": iso_minutes(found.total_min),
        "recipeCategory": found.categories,
        "recipeCuisine": found.cuisine,
        "keywords": found.keywords,
        "recipeIngredient": found.ingredient_lines,
        "recipeInstructions": _instructions(found),
        "nutrition": {"@type": "NutritionInformation", **found.nutrition}
        if found.nutrition
        else None,
        "suitableForDiet": found.diets,
    }
    recipe = {name: value for name, value in recipe.items() if value not in (None, "", [], {})}
    recipe["soniq"] = {
        "schema": SCHEMA,
        "slug": slug,
        "key": source.key,
        "fingerprint": links.fingerprint(found.ingredient_lines),
        "servings": servings_of(found.yields),
        "diets": diets_of((found.title, *found.categories, *found.keywords, *found.diets), parsed),
        "seasons": seasons_of(parsed),
        "ingredients": [msgspec.structs.asdict(each) for each in parsed],
        "steps": _steps(found, parsed),
        "source": {
            **{n: v for n, v in msgspec.structs.asdict(source).items() if n != "outside"},
            "host": source.host,
            "images": found.images[:8],
        },
        "extract": msgspec.structs.asdict(extract),
        "import": {"batch": batch},
        "edited": False,
    }
    return recipe


def is_same(recipe: dict[str, Any], found: Found, source: Source) -> bool:
    """Whether a stored recipe is the one found: in title, and in food or address.

    With the very same food titles may be written otherwise. Whatever is the same by this is the
    same by ``store.same``, which knows more.
    """
    found.bounded()  # as what is stored was cut, too
    name, told = recipe.get("name"), reading.ours(recipe)
    if told.get("fingerprint") == links.fingerprint(found.ingredient_lines):
        return bare_title(name) == bare_title(found.title)
    known = told.get("key") in (source.key, links.key_of(source.url))
    return known and one_title(name) == one_title(found.title)


def is_of(recipe: dict[str, Any], url: str, batch: str) -> bool:
    """Whether a batch saved a stored recipe, of this address."""
    asked = reading.ours(recipe, "source").get("url")
    return (reading.ours(recipe, "import"), asked) == ({"batch": batch}, url)


def iso_minutes(minutes: int | None) -> str:
    """Return minutes as an ISO 8601 duration; empty for none."""
    if not minutes:
        return ""
    hours, rest = divmod(minutes, 60)
    return f"PT{f'{hours}H' if hours else ''}{f'{rest}M' if rest or not hours else ''}"


def _instructions(found: Found) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for part in found.steps:
        steps = [{"@type": "HowToStep", "text": line} for line in part.lines]
        if part.name:
            made.append({"@type": "HowToSection", "name": part.name, "itemListElement": steps})
        else:
            made.extend(steps)
    return made


def _steps(found: Found, parsed: list[Ingredient]) -> list[dict[str, Any]]:
    """Return what machines may want of the steps: times in seconds, ingredients by number."""
    steps: list[dict[str, Any]] = []
    for part in found.steps:
        for line in part.lines:
            steps.append(
                {
                    "n": len(steps) + 1,
                    "section": part.name or None,
                    "timers": [round(minutes * 60) for minutes in timers(line)],
                    "uses": uses_of(line, parsed, found.language),
                }
            )
    return steps


_AMOUNT = re.compile(
    r"(?<!\d)\d{1,6}(?:[.,]\d{1,3})?(?![.,]?\d|\s?[\"″”]|[\s-]?(?:inch|cm)\b)", re.IGNORECASE
)
"""A 9-inch cake is no nine of anything."""
_TO = re.compile(rf"\s*(?:[{DASHES}/]|{TO})\s*({_AMOUNT.pattern})", re.IGNORECASE)
"""What makes of an amount that stands before it one end of a range."""
_THOUSANDS = re.compile(r"(?<![\d.,])(\d{1,3})[.,](\d{3})(?=\s?(?:g|gr|ml|mg)\b)")
_ASIDE = re.compile(r"\([^()]*\)")
_PART = re.compile(
    r"(?<![\d/.,])(?:(\d{1,6})\s+)?(?:([1-9])/([2-9])(?![\d/])|([¼½¾⅓⅔]))|(\d)([¼½¾⅓⅔])"
)
_SAID = re.compile(
    r"\b(?:yields?|pour|for|für|voor|makes|serves?|about|environ|env|approx|ca)\b", re.IGNORECASE
)
_MARKS = f"{DASHES} .,:;/()"


def servings_of(yields: str) -> dict[str, Any] | None:
    """Return how many of what: "4 à 6 personnes" is 4 to 6 of "personnes"; asides do not count."""
    told = _THOUSANDS.sub(r"\1\2", yields)
    found = _counted(_ASIDE.sub(" ", told)) or _counted(told)
    return {**found, "raw": yields} if found else None


def _counted(told: str) -> dict[str, Any] | None:
    text = _PART.sub(_decimal, in_figures(_SAID.sub(" ", told).strip(_MARKS)))
    first = _AMOUNT.search(text)
    if first is None:
        return None
    to = _TO.match(text, first.end())
    each, behind = counted(text[(to or first).end() :].lstrip())
    ends = (first[0], to[1] if to else first[0])
    low, high = sorted(float(end.replace(",", ".")) * each for end in ends)
    words = (part.strip(_MARKS) for part in (behind.partition(",")[0], text[: first.start()]))
    unit = next(filter(None, words), None)
    return {"min": low, "max": high, "unit": unit} if low else None


def _decimal(match: re.Match[str]) -> str:
    """Return a fraction as a decimal; "4/6" is a range."""
    whole, top, bottom, sign, digit, behind = match.groups()
    if top and not whole and top != "1":
        return match[0]
    part = int(top) / int(bottom) if top else FRACTIONS[sign or behind]
    return f"{round(float(whole or digit or 0) + part, 3):g}"
