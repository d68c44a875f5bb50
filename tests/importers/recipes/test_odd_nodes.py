"""What pages tell machines in forms that schema.org allows, or that programs make of them."""

import json
from typing import Any

import pytest

from soniq_tui.importers.recipes.page import extract, schema
from soniq_tui.importers.recipes.stored import servings_of

ADDRESS = "https://kitchen.example/soup"
FOOD = ["1 onion", "200 g flour", "3 eggs"]
STEPS = ["Chop the onion finely.", "Mix it with the flour."]
SOUP = {"@type": "Recipe", "name": "Soup", "recipeIngredient": FOOD, "recipeInstructions": STEPS}
CAKE = {**SOUP, "name": "Cake", "recipeIngredient": ["1 cake", "2 forks", "3 plates", "4 guests"]}


def page(told: Any, title: str = "Soup | Site") -> str:
    block = f'<script type="application/ld+json">{json.dumps(told)}</script>'
    return f"<html lang=en><head><title>{title}</title>{block}</head><body><p>x</p></body></html>"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"@type": "QuantitativeValue", "value": 4, "unitText": "portions"}, "4 portions"),
        ({"@type": "QuantitativeValue", "minValue": 4, "maxValue": 6}, "4-6"),
        ({"minValue": 4, "maxValue": 4, "unitText": "jars"}, "4 jars"),
        ([{"value": 4}, "4 servings"], "4 servings"), ([4, 6], "4"), ("4–6", "4–6"), (True, ""),
        ([["4", "4 jars"]], "4 jars"), ({"name": "a loaf"}, "a loaf"),
    ],
)  # fmt: skip
def test_yields(told: Any, words: str) -> None:
    """How much there will be may be a text, a number, an amount, a range, or several of them."""
    assert schema.yields_of(told) == words


@pytest.mark.parametrize(
    ("told", "lines"),
    [
        ([{"@type": "HowToSupply", "name": "flour", "requiredQuantity": "200 g"}, "3 eggs"],
         ["200 g flour", "3 eggs"]),
        ([{"name": "onion", "requiredQuantity": {"value": 1, "unitText": "piece"}}, "3 eggs"],
         ["1 piece onion", "3 eggs"]),
        ([{"@type": "PropertyValue", "name": "flour 405", "value": "40", "unitText": "g"}],
         ["40 g flour 405"]),
        ([{"amount": "200", "unit": "g", "name": "flour"}, {"quantity": 1, "name": "onion"}],
         ["200 g flour", "1 onion"]),
        ([{"name": "200 g flour", "amount": "200 g"}], ["200 g flour"]),
        ({"0": "1 onion", "10": "3 eggs", "2": "2 forks"}, ["1 onion", "2 forks", "3 eggs"]),
        ([{"@id": "#egg"}, {"@id": "#nobody"}, {"@id": 3}, "1 onion"], ["3 eggs", "1 onion"]),
        ([1.5, None, True, {}, [[["2 eggs"]]]], ["1.5", "2 eggs"]),
    ],
)  # fmt: skip
def test_ingredients(told: Any, lines: list[str]) -> None:
    """Ingredients that are objects keep their amounts; what refers to nothing is no ingredient."""
    ids = {"#egg": {"@id": "#egg", "name": "3 eggs"}}
    found = schema.found_in({**SOUP, "recipeIngredient": told}, ids)
    assert found.ingredient_lines == lines


def test_ingredients_in_lists_with_names() -> None:
    """Lists within the list are its parts."""
    told = [
        {"@type": "ItemList", "name": "For the dough", "itemListElement": ["200 g flour", "1 egg"]},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": "3 apples"}]},
    ]
    found = schema.found_in({**SOUP, "recipeIngredient": told}, {})
    assert found.ingredients[0].name == "For the dough"
    assert found.ingredient_lines == ["200 g flour", "1 egg", "3 apples"]


@pytest.mark.parametrize(
    ("told", "steps"),
    [
        ({"0": "Chop it.", "1": "Mix it."}, [("", ["Chop it.", "Mix it."])]),
        ({"@type": "ItemList", "itemListElement": [
            {"@type": "ListItem", "position": 1, "item": {"@type": "HowToStep", "text": "Chop."}},
            {"@type": "ListItem", "position": 2, "item": {"@type": "HowToStep", "text": "Mix."}}]},
         [("", ["Chop.", "Mix."])]),
        ([{"@type": "HowToSection", "name": "Dough", "text": "<p>Chop.</p><p>Mix.</p>"}, "Bake."],
         [("Dough", ["Chop.", "Mix."]), ("", ["Bake."])]),
        ([{"@id": "#chop"}, {"@id": "#nobody"}, {"@type": "HowToStep", "text": "Mix."}],
         [("", ["Chop.", "Mix."])]),
        (["First this.", {"@type": "HowToSection", "name": "Dough", "itemListElement": [
            {"@type": "HowToStep", "name": "Rest", "itemListElement": [
                {"@type": "HowToDirection", "text": "Wait."}, {"@type": "HowToTip", "text": "Long."}
            ]}]}, {"@type": "HowToStep", "text": "Bake."}],
         [("", ["First this."]), ("Dough", ["Wait.", "Long."]), ("", ["Bake."])]),
        ({"@type": "HowToSection", "name": "Dough:", "itemListElement": ["Mix it."]},
         [("Dough", ["Mix it."])]),
        (["1. Chop it.", "2. Cook it."], [("", ["Chop it.", "Cook it."])]),
        (["1. Chop it.", "Cook it."], [("", ["1. Chop it.", "Cook it."])]),
        ([{"@type": "HowToSection", "name": "A", "itemListElement": ["1) Chop.", "2) Cook."]},
          {"@type": "HowToSection", "name": "B", "itemListElement": ["1) Bake.", "2) Eat."]}],
         [("A", ["Chop.", "Cook."]), ("B", ["Bake.", "Eat."])]),
    ],
)  # fmt: skip
def test_steps(told: Any, steps: list[tuple[str, list[str]]]) -> None:
    """Steps may lie in lists of items, in numbered objects, or elsewhere in the graph."""
    ids = {"#chop": {"@type": "HowToStep", "@id": "#chop", "text": "Chop."}}
    assert [(part.name, part.lines) for part in schema.steps_of(told, ids)] == steps


@pytest.mark.parametrize("inside", [[], ["Mix it."]])
def test_what_refers_to_itself(inside: list[str]) -> None:
    """A list that holds itself many times ends, with what is in it."""
    ids = {"#a": {"@id": "#a", "itemListElement": [*inside, *[{"@id": "#a"}] * 300]}}
    (*parts,) = schema.steps_of({"@id": "#a"}, ids)
    assert {line for part in parts for line in part.lines} == set(inside)
    found = schema.found_in({**SOUP, "recipeIngredient": {"@id": "#a"}}, ids)
    assert set(found.ingredient_lines) == set(inside)


@pytest.mark.parametrize("told", [SOUP, [SOUP], {"@graph": [{"@type": "Person"}, SOUP]}])
def test_an_address_of_data(told: Any) -> None:
    """An address may have what others put into their pages."""
    found = extract.recipe(f"\ufeff\n{json.dumps(told, indent=1)}", ADDRESS)
    assert found is not None
    assert (found.title, found.ingredient_lines, found.step_lines) == ("Soup", FOOD, STEPS)


def test_a_title_without_an_end() -> None:
    """Where all of a page stands in its heading the page's title is taken."""
    found = extract.recipe(page({**SOUP, "name": "Soup with all of it " * 50}), ADDRESS)
    assert found is not None
    assert found.title == "Soup"


@pytest.mark.parametrize(
    "others", [[CAKE, SOUP], [SOUP, CAKE], [{"@type": "Recipe", "name": "Soup"}, CAKE, SOUP]]
)
def test_several_recipes(others: list[dict[str, Any]]) -> None:
    """Of several whole recipes that of the page is taken, by its title."""
    found = extract.recipe(page(others), ADDRESS)
    assert found is not None
    assert (found.title, found.ingredient_lines) == ("Soup", FOOD)


def test_a_recipe_behind_many_names() -> None:
    """However many other recipes a page only names, the one that it has in full is found."""
    named = [{"@type": "Recipe", "name": f"Soup {n}"} for n in range(200)]
    found = extract.recipe(page([*named, SOUP]), ADDRESS)
    assert found is not None
    assert (found.title, found.ingredient_lines) == ("Soup", FOOD)


def test_several_recipes_by_address() -> None:
    """The address counts for more than the title."""
    told = [
        {**SOUP, "url": "https://kitchen.example/other"},
        {**CAKE, "url": f"{ADDRESS}/?utm_x=1"},
    ]
    found = extract.recipe(page(told), ADDRESS)
    assert found is not None
    assert found.title == "Cake"


FOODS = "<li {0}recipeIngredient{1}>1 a</li><li {0}recipeIngredient{1}>2 b</li>"
WHOLE = "<h1 {0}name{1}>Soup</h1>" + FOODS + "<p {0}recipeInstructions{1}>Chop it.<br>Mix it well."


@pytest.mark.parametrize(
    ("scope", "before", "after"),
    [
        ('itemscope itemtype="HTTP://SCHEMA.ORG/RECIPE"', "itemprop='", "'"),
        ('itemscope itemtype="http://data-vocabulary.org/Recipe"', "itemprop='", "'"),
        ('itemscope itemtype="http://schema.org/X http://schema.org/Recipe"', "itemprop='", "'"),
        ('itemscope itemtype="https://schema.org/Recipe"', "itemprop='http://schema.org/", "'"),
        ('prefix="s: http://schema.org/" typeof="s:Recipe"', "property='s:", "'"),
        ('typeof="http://schema.org/Recipe"', "property='http://schema.org/", "'"),
        ('typeof="v:Recipe"', "property='v:", "'"),
        ('vocab="http://rdf.data-vocabulary.org/#" typeof="Recipe"', "property='", "'"),
        ('typeof="http://rdf.data-vocabulary.org/#Recipe"', "property='v:", "'"),
    ],
)  # fmt: skip
def test_marked_up(scope: str, before: str, after: str) -> None:
    """Microdata and RDFa name their types and properties in many ways."""
    found = extract.recipe(f"<div {scope}>{WHOLE.format(before, after)}</div>", ADDRESS)
    assert found is not None
    assert (found.path, found.title) == ("microdata", "Soup")
    assert found.ingredient_lines == ["1 a", "2 b"]
    assert found.step_lines == ["Chop it.", "Mix it well."]


def test_ingredients_of_the_vocabulary_before() -> None:
    """It calls each of them an ingredient, with an amount and a name of its own."""
    food = (
        '<li itemprop="ingredient" itemscope itemtype="http://data-vocabulary.org/RecipeIngredient">'
        '<span itemprop="amount">{}</span> <span itemprop="name">{}</span></li>'
    )
    page = (
        '<div itemscope itemtype="http://data-vocabulary.org/Recipe"><h1 itemprop="name">Soup</h1>'
        f"{food.format('200 g', 'leeks')}{food.format('1 l', 'water')}"
        '<p itemprop="instructions">Chop it.<br>Cook it well.</p></div>'
    )
    found = extract.recipe(page, ADDRESS)
    assert found is not None
    assert found.path == "microdata"
    assert found.ingredient_lines == ["200 g leeks", "1 l water"]


@pytest.mark.parametrize("kind", ["https://schema.org/RecipeBook", "https://a.fr/x:NoRecipe"])
def test_marked_up_as_something_else(kind: str) -> None:
    """A type whose name only holds the word is another one."""
    page = f'<div itemscope itemtype="{kind}">{WHOLE.format("itemprop=", "")}</div>'
    found = extract.recipe(page, ADDRESS)
    assert found is None or found.path != "microdata"


@pytest.mark.parametrize(
    ("told", "least", "most", "unit"),
    [
        ("4 à 6 personnes", 4, 6, "personnes"), ("4/6 personnes", 4, 6, "personnes"),
        ("4 1/2 cups", 4.5, 4.5, "cups"), ("1/2 litre", 0.5, 0.5, "litre"), ("1½", 1.5, 1.5, None),
        ("2 ½ - 3 jars", 2.5, 3, "jars"), ("1 loaf (12 slices)", 1, 1, "loaf"), ("6-4", 4, 6, None),
        ("serves 4, makes 2", 4, 4, None), ("(12 slices)", 12, 12, "slices"),
        ("one 9-inch cake", 1, 1, "9-inch cake"), ("quatre personnes", 4, 4, "personnes"),
        ("Yield: 8 servings", 8, 8, "servings"), ("a dozen muffins", 12, 12, "muffins"),
        ("2 dozen cookies", 24, 24, "cookies"), ("2 oder 3 Personen", 2, 3, "Personen"),
        ("four to six servings", 4, 6, "servings"),
    ],
)  # fmt: skip
def test_servings(told: str, least: float, most: float, unit: str | None) -> None:
    """Fractions are numbers, ranges have two ends, and what stands in brackets is said aside."""
    found = servings_of(told)
    assert found == {"min": least, "max": most, "unit": unit, "raw": told}


@pytest.mark.parametrize("told", ["", "a few", "(some)", "0", "9-inch cake", '8" pie'])
def test_no_servings(told: str) -> None:
    """Where no number is told there is none."""
    assert servings_of(told) is None


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"calories": {"value": 200, "unitText": "kcal"}}, {"calories": "200 kcal"}),
        ([{"@type": "NutritionInformation", "calories": "9 kcal"}], {"calories": "9 kcal"}),
        ([], {}),
        ("9 kcal", {}),
    ],
)  # fmt: skip
def test_nutrition(told: Any, found: dict[str, str]) -> None:
    """An amount keeps its unit; a list has one that counts."""
    assert schema.found_in({"name": "a", "nutrition": told}, {}).nutrition == found


@pytest.mark.parametrize(
    ("told", "words"),
    [("soup; an ;b", ["soup", "an", "b"]), ("a, b", ["a", "b"]), (["a; b"], ["a", "b"])],
)
def test_words_in_one_text(told: Any, words: list[str]) -> None:
    """Commas and semicolons stand between them."""
    assert schema.found_in({"name": "a", "keywords": told}, {}).keywords == words


def test_line_ends_that_were_escaped_twice() -> None:
    """A stroke and an n stand in no recipe."""
    node = {"name": "a", "recipeInstructions": "Mix it.\\nBake it.\\r\\nEat.",
            "recipeIngredient": "1 egg\\n2 figs\\n"}  # fmt: skip
    found = schema.found_in(node, {})
    assert found.step_lines == ["Mix it.", "Bake it.", "Eat."]
    assert found.ingredient_lines == ["1 egg", "2 figs"]


def test_steps_that_are_only_an_address() -> None:
    """A page that refers to itself tells no step."""
    node = {"name": "a", "recipeInstructions": "https://a.example/x#method"}
    assert schema.found_in(node, {}).steps == []


def test_headings_in_bold() -> None:
    """Marks of Markdown around a line are no part of it; around a heading they make it one."""
    lines = ["**For the dough**", "1 egg", "**2 figs**", "**For the top:**", "1 pear"]
    found = schema.found_in({"name": "a", "recipeIngredient": lines}, {})
    assert [(p.name, p.lines) for p in found.ingredients] == [
        ("For the dough", ["1 egg", "2 figs"]),
        ("For the top", ["1 pear"]),
    ]


def test_what_is_commented_out_comes_last() -> None:
    """A recipe that a page no longer shows is taken where there is no other."""
    old, new = (
        '<script type="application/ld+json">'
        + json.dumps({"@type": "Recipe", "name": name, "recipeIngredient": ["1 a", "2 b"],
                      "recipeInstructions": ["Cut it.", "Boil it well."]})
        + "</script>"
        for name in ("Old", "New")
    )  # fmt: skip
    for page, name in ((f"<!-- {old} -->{new}", "New"), (f"<!-- {old} -->", "Old")):
        found = extract.recipe(page, ADDRESS)
        assert found is not None
        assert found.title == name


def test_types_without_a_sign() -> None:
    """Schema.org's context lets ``type`` and ``id`` stand for ``@type`` and ``@id``."""
    node = {"@context": "https://schema.org", "type": "Recipe", "name": "Soup",
            "recipeIngredient": ["1 a", "2 b"],
            "recipeInstructions": [{"type": "HowToStep", "text": "Cut it."}]}  # fmt: skip
    found = extract.recipe(page(node), ADDRESS)
    assert found is not None
    assert (found.title, found.step_lines) == ("Soup", ["Cut it."])
