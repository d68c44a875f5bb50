"""Recipes in texts without markup, found by rules."""

import pytest

from soniq_tui.importers.recipes.page import plaintext

FRENCH = """\
Tarte aux poireaux de Mamie

Pour 4 personnes
Préparation : 20 min
Cuisson : 35 min

Ingrédients :
- 3 poireaux
- 20 cl de crème
Pour la pâte :
* 200 g de farine
* 100 g de beurre

Préparation
1. Laver les poireaux et les émincer.
2. Mélanger farine et beurre,
   puis étaler la pâte.
3) Cuire 35 minutes à 180 °C.
"""
ENGLISH = """\
# Lemon Curd

## Ingredients for 2 jars
2 lemons
100 g sugar

## Method
Grate the zest of the lemons into a
bowl and add the sugar.

Stir over low heat until it is thick.
Source: https://example.org/curd
"""
BARE = """\
Hummus
a very good one

400 g chickpeas
2 tbsp tahini
1 lemon

Blend all of it for three minutes and serve with bread.
Keeps for two days.
"""


def test_french_headings() -> None:
    """Headings, groups, numbers, times and yield are taken apart; wrapped steps are joined."""
    found = plaintext.found_in(FRENCH)
    assert found is not None
    assert found.title == "Tarte aux poireaux de Mamie"
    assert (found.yields, found.prep_min, found.cook_min) == ("Pour 4 personnes", 20, 35)
    assert [(p.name, p.lines) for p in found.ingredients] == [
        ("", ["3 poireaux", "20 cl de crème"]),
        ("Pour la pâte", ["200 g de farine", "100 g de beurre"]),
    ]
    assert found.step_lines == [
        "Laver les poireaux et les émincer.",
        "Mélanger farine et beurre, puis étaler la pâte.",
        "Cuire 35 minutes à 180 °C.",
    ]
    assert found.complete


def test_markdown_headings() -> None:
    """Marks of Markdown are no words; steps without numbers are paragraphs."""
    found = plaintext.found_in(ENGLISH)
    assert found is not None
    assert (found.title, found.yields) == ("Lemon Curd", "2 jars")
    assert found.ingredient_lines == ["2 lemons", "100 g sugar"]
    assert found.step_lines == [
        "Grate the zest of the lemons into a bowl and add the sugar.",
        "Stir over low heat until it is thick.",
    ]
    assert found.url == "https://example.org/curd"


def test_without_headings() -> None:
    """Where nothing is named, lines that begin with an amount are the ingredients."""
    found = plaintext.found_in(BARE)
    assert found is not None
    assert found.title == "Hummus"
    assert found.ingredient_lines == ["400 g chickpeas", "2 tbsp tahini", "1 lemon"]
    assert found.step_lines == [
        "Blend all of it for three minutes and serve with bread.",
        "Keeps for two days.",
    ]


def test_a_step_that_speaks_of_ingredients() -> None:
    """A sentence that begins like a heading is none."""
    found = plaintext.found_in(
        "Stew\nIngredients\n1 onion\n2 carrots\nMethod\nChop.\nIngredients go into the pot.\n"
    )
    assert found is not None
    assert found.step_lines == ["Chop.", "Ingredients go into the pot."]


@pytest.mark.parametrize("text", ["", "\n\n", "Dear Ada,\nthank you for the evening.\n", "x" * 9])
def test_no_recipe(text: str) -> None:
    """A letter is no recipe."""
    assert plaintext.found_in(text) is None


def test_a_flood_ends() -> None:
    """A text of a hundred thousand lines costs bounded work."""
    found = plaintext.found_in("Ingredients\n" + "1 egg\n" * 100_000)
    assert found is not None
    assert len(found.ingredient_lines) == plaintext.MOST_LINES
