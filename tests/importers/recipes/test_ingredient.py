"""Ingredient lines are taken apart, and what is not sure is not said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.importers.recipes.ingredient import parse


@pytest.mark.parametrize(
    ("line", "low", "high", "unit", "food"),
    [
        ("½ c. à soupe de sucre", 0.5, 0.5, "tbsp", "sucre"),
        ("2 œufs", 2, 2, None, "œufs"),
        ("Lait : 25 cl", 25, 25, "cl", "Lait"),
        ("4x gousse d'ail (16g)", 4, 4, "clove", "ail"),
        ("1 1/2 cups flour, sifted", 1.5, 1.5, "cup", "flour"),
        ("1,5 dl de crème", 1.5, 1.5, "dl", "crème"),
        ("2-3 gousses d’ail", 2, 3, "clove", "ail"),
        ("4 à 6 pommes", 4, 6, None, "pommes"),
        ("une pincée de sel", 1, 1, "pinch", "sel"),
        ("1 ½ tbsp olive oil", 1.5, 1.5, "tbsp", "olive oil"),
        ("10cl d'huile", 10, 10, "cl", "huile"),
        ("1 1⁄4 cups milk", 1.25, 1.25, "cup", "milk"),
        ("Salt and pepper", None, None, None, "Salt and pepper"),
        ("2 large eggs", 2, 2, None, "large eggs"),
        ("1 lime", 1, 1, None, "lime"),
        ("", None, None, None, None),
        ("1-1/2 cups flour", 1.5, 1.5, "cup", "flour"),
        ("1-2 cups flour", 1, 2, "cup", "flour"),
        ("1/2-3/4 cup milk", 0.5, 0.75, "cup", "milk"),
        ("3-2 cups flour", 2, 3, "cup", "flour"),
        ("2—3 tbsp oil", 2, 3, "tbsp", "oil"),
        ("2‑3 tbsp oil", 2, 3, "tbsp", "oil"),
        ("200 g - 250 g de riz", 200, 250, "g", "riz"),
        ("200 g - 2 kg de riz", 200, 200, "g", "- 2 kg de riz"),
        ("1,000 g flour", 1000, 1000, "g", "flour"),
        ("1.000 g Mehl", 1000, 1000, "g", "Mehl"),
        ("1 000 g de farine", 1000, 1000, "g", "farine"),
        ("1,500 kg de bœuf", 1.5, 1.5, "kg", "bœuf"),
        ("1,25 l de lait", 1.25, 1.25, "l", "lait"),
        ("approximately 2 cups milk", 2, 2, "cup", "milk"),
        ("+/- 200 g rice", 200, 200, "g", "rice"),
        ("14-oz can tomatoes", None, None, None, "14-oz can tomatoes"),
        ("3-inch piece ginger", None, None, None, "3-inch piece ginger"),
        ("00 flour", None, None, None, "00 flour"),
        ("1/0 cup milk", None, None, None, "1/0 cup milk"),
        ("1 ſtick butter", 1, 1, None, "ſtick butter"),
        ("1 pınch salt", 1, 1, None, "pınch salt"),
        ("ſix eggs", None, None, None, "ſix eggs"),
        ("1 cup plus 2 tbſp milk", 1, 1, "cup", "plus 2 tbſp milk"),
        ("half an onion", 0.5, 0.5, None, "onion"),
        ("half a cup milk", 0.5, 0.5, "cup", "milk"),
        ("1 cup/240 ml milk", 1, 1, "cup", "milk"),
        ("1 lb 2 oz beef", 1, 1, "lb", "beef"),
        ("1 cup plus 2 tbsp milk", 1, 1, "cup", "milk"),
    ],
)
def test_lines(
    line: str, low: float | None, high: float | None, unit: str | None, food: str | None
) -> None:
    """French and English lines give amount, unit and food."""
    found = parse(line)
    assert (found.min, found.max, found.unit_id, found.food) == (low, high, unit, food)


def test_measures() -> None:
    """Spoons and cups become millilitres, weights grams; notes stand apart."""
    assert parse("2 tbsp oil").ml == 30
    assert parse("2 kg potatoes").g == 2000
    assert parse("1 lb 2 oz beef").g == 510.3
    assert parse("1 cup plus 2 tbsp milk").ml == 270
    assert parse("1 cup/240 ml milk").ml == 240
    assert parse("1 cup 240 ml milk").ml == 240
    assert parse("2 lb 900 g beef").g == 907.2
    assert parse("1 cup plus 20 g sugar").ml is None
    assert parse("1 pinch plus 1 tsp salt").ml is None
    found = parse("3/4 cup (180 ml) water, warm")
    assert (found.ml, found.note) == (180, "180 ml; warm")


@given(st.text(max_size=120))
def test_any_line(text: str) -> None:
    """The line itself is kept, whatever it is."""
    assert parse(text).raw == text
