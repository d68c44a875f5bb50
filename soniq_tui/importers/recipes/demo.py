"""A dozen recipe pages, made on the spot: what the demo imports and the tests read.

Each tells its recipe in another way: JSON-LD in its usual forms and mistakes, microdata, the markup
of plug-ins, headings and lists for people alone; two have no recipe.
"""

import html
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.importers.recipes.words import RecipeOptions


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A recipe as it was meant, to compare with what is found."""

    name: str
    ingredients: tuple[str, ...]
    steps: tuple[str, ...]
    yields: str = ""
    minutes: int | None = None
    language: str = "en"
    author: str = "Ada Example"


SOUP = Made(
    name="Soupe au pistou",
    ingredients=(
        "250 g de haricots blancs", "2 courgettes", "3 gousses d'ail",
        "1 c. à soupe d'huile d'olive", "½ botte de basilic", "1,5 l d'eau",
    ),
    steps=(
        "Faire tremper les haricots une nuit, puis les égoutter.",
        "Cuire les haricots et les courgettes 45 minutes dans l'eau.",
        "Piler l'ail et le basilic avec l'huile, et mêler ce pistou à la soupe.",
    ),
    yields="4 personnes",
    minutes=75,
    language="fr",
)  # fmt: skip
PANCAKES = Made(
    name="Buttermilk Pancakes [No. 7]",
    ingredients=(
        "1 1/2 cups all-purpose flour", "2 tbsp sugar", "1 tsp baking soda", "2 large eggs",
        "1 1/4 cups buttermilk", "3 tbsp butter, melted",
    ),
    steps=(
        "Whisk the flour, sugar and baking soda.",
        "Beat the eggs with the buttermilk and butter, then stir into the flour.",
        "Fry in a hot pan for 2 minutes on each side.",
    ),
    yields="8 pancakes",
    minutes=20,
)  # fmt: skip
TART = Made(
    name="Tarte aux pommes",
    ingredients=(
        "1 pâte brisée", "4 pommes", "80 g de sucre", "1 sachet de sucre vanillé", "20 g de beurre",
    ),
    steps=(
        "Préchauffer le four à 200 °C et étaler la pâte dans un moule.",
        "Éplucher les pommes, les couper en lamelles et les ranger sur la pâte.",
        "Saupoudrer de sucre, parsemer de beurre et cuire 35 minutes.",
    ),
    yields="6 parts",
    minutes=55,
    language="fr",
)  # fmt: skip
STEW = Made(
    name="Lentil Stew",
    ingredients=("200 g green lentils", "1 onion", "2 carrots", "1 litre vegetable stock"),
    steps=(
        "Chop the onion and the carrots and soften them in a little oil.",
        "Add the lentils and the stock and simmer for 30 minutes.",
    ),
    yields="Serves 3",
    minutes=40,
)
TEA = Made(
    name="緑茶",
    ingredients=("2 g green tea", "150 ml water"),
    steps=(
        "Heat the water to 70 degrees and pour it over the tea.",
        "Wait for one minute, then serve.",
    ),
    yields="1 cup",
    minutes=5,
    language="ja",
)


def node(made: Made, **more: Any) -> dict[str, Any]:
    """Return the recipe as schema.org has it."""
    return {
        "@context": "https://schema.org",
        "@type": "Recipe",
        "name": made.name,
        "inLanguage": made.language,
        "recipeIngredient": list(made.ingredients),
        "recipeInstructions": [{"@type": "HowToStep", "text": step} for step in made.steps],
        "recipeYield": made.yields,
        "totalTime": f"PT{made.minutes}M" if made.minutes else None,
        "author": {"@type": "Person", "name": made.author},
        **more,
    }


def page(made: Made, body: str = "", head: str = "") -> str:
    """Return a page around whatever tells the recipe."""
    return (
        f'<!doctype html><html lang="{made.language}"><head><meta charset="utf-8">'
        f"<title>{html.escape(made.name)} - Example Kitchen</title>{head}</head><body>"
        f"<nav><ul><li>Home</li><li>About</li></ul></nav><main><h1>{html.escape(made.name)}</h1>"
        f"<p>A page of an example kitchen with some words about the season, the market and the "
        f"weather, as such pages have them before they come to the point.</p>{body}</main>"
        f"<footer>Example Kitchen</footer></body></html>"
    )


def _each(lines: tuple[str, ...], markup: str) -> str:
    return "".join(markup.format(html.escape(line)) for line in lines)


def jsonld(made: Made, **more: Any) -> str:
    """Return a page with JSON-LD."""
    data = json.dumps(node(made, **more), ensure_ascii=False)
    return page(made, head=f'<script type="application/ld+json">{data}</script>')


def graph(made: Made) -> str:
    """Return a page whose recipe is one of many nodes, its picture and author somewhere else."""
    nodes = [
        {"@type": "WebSite", "@id": "#site", "name": "Example Kitchen"},
        {"@type": "ImageObject", "@id": "#image", "url": "/pictures/dish.png", "width": 1200},
        {**node(made), "@type": ["Recipe", "NewsArticle"],
         "image": {"@id": "#image"}, "author": {"@id": "#ada"}},
        {"@type": "Person", "@id": "#ada", "name": made.author},
    ]  # fmt: skip
    data = json.dumps({"@context": "https://schema.org", "@graph": nodes}, ensure_ascii=False)
    return page(made, head=f'<script type="application/ld+json">{data}</script>')


def broken_jsonld(made: Made) -> str:
    """Return a page with the usual mistakes: line ends in strings, a comma too many, a comment."""
    data = json.dumps(node(made), ensure_ascii=False)
    data = data.replace(". ", ".\n").replace("}]", "},]")
    return page(made, head=f"<script type='application/ld+json'><!-- {data} --></script>")


def sections(made: Made) -> str:
    """Return a page whose steps stand under headings."""
    steps = [
        {"@type": "HowToStep", "text": step, "name": f"Step {n}"}
        for n, step in enumerate(made.steps, 1)
    ]
    parts = [
        {"@type": "HowToSection", "name": "First", "itemListElement": steps[:1]},
        {"@type": "HowToSection", "name": "Then", "itemListElement": steps[1:]},
    ]
    return jsonld(made, recipeInstructions=parts)


def microdata(made: Made) -> str:
    """Return a page with microdata."""
    items = _each(made.ingredients, '<li itemprop="recipeIngredient">{}</li>')
    steps = _each(made.steps, "<li>{}</li>")
    return page(
        made,
        f'<div itemscope itemtype="http://schema.org/Recipe">'
        f'<h2 itemprop="name">{html.escape(made.name)}</h2>'
        f'<span itemprop="author" itemscope itemtype="http://schema.org/Person">'
        f'<span itemprop="name">{made.author}</span></span>'
        f'<time itemprop="totalTime" datetime="PT{made.minutes}M">soon</time>'
        f'<span itemprop="recipeYield">{made.yields}</span><ul>{items}</ul>'
        f'<div itemprop="recipeInstructions"><ol>{steps}</ol></div></div>',
    )


def plugin(made: Made) -> str:
    """Return a page with the markup of a recipe plug-in and no data for machines."""
    items = _each(made.ingredients, '<li class="wprm-recipe-ingredient">▢ {}</li>')
    text = '<li><div class="wprm-recipe-instruction-text">{}</div></li>'
    return page(
        made,
        f'<div class="wprm-recipe-container">'
        f'<h2 class="wprm-recipe-name">{html.escape(made.name)}</h2>'
        f"<ul>{items}</ul><ol>{_each(made.steps, text)}</ol></div>",
    )


def for_people(made: Made) -> str:
    """Return a page that speaks to people alone."""
    heads = ("Ingrédients", "Préparation") if made.language == "fr" else ("Ingredients", "Method")
    items, steps = _each(made.ingredients, "<li>{}</li>"), _each(made.steps, "<p>{}</p>")
    return page(
        made,
        f"<h2>{heads[0]}</h2><ul>{items}</ul><h2>{heads[1]}</h2>{steps}<h2>Comments</h2><p>Lovely!</p>",
    )


def nothing(made: Made) -> str:
    """Return a page without a recipe."""
    return page(
        made, "<p>We are closed this week, and will be back with more to cook soon.</p>" * 4
    )


PAGES: dict[str, tuple[Made, Callable[[Made], str]]] = {
    "soupe-au-pistou": (SOUP, jsonld),
    "pancakes": (PANCAKES, graph),
    "tarte-aux-pommes": (TART, broken_jsonld),
    "lentil-stew": (STEW, sections),
    "green-tea": (TEA, jsonld),
    "pistou-2": (SOUP, microdata),
    "pancakes-2": (PANCAKES, plugin),
    "tarte-2": (TART, for_people),
    "stew-2": (STEW, microdata),
    "closed": (STEW, nothing),
    "fermé": (SOUP, nothing),
}


def demo(folder: Path) -> RecipeOptions:
    """Write the pages into ``folder``; returns the options that import them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (made, write) in PAGES.items():
        file = folder / f"{name}.html"
        if not file.exists():
            file.write_text(write(made), encoding="utf-8")
    return RecipeOptions(sources=(str(folder),), on_duplicate="skip")
