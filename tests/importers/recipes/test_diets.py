"""Diets are what a page says and its food does not deny; seasons are those of its produce."""

import pytest

from soniq_tui.importers.recipes.diets import diets_of, seasons_of
from soniq_tui.importers.recipes.ingredient import parse


@pytest.mark.parametrize(
    ("said", "food", "diets"),
    [
        # Nothing is said because a word is in no list: an allergic person would eat it.
        (["Crockpot Macaroni"], ["8 ounces macaroni", "salt"], []),
        (["Fish pie"], ["1 swordfish"], []),
        (["Pommes au four"], ["4 pommes"], []),
        (["Vegan chili"], ["2 onions", "500 ml coconut milk"], ["vegetarian", "vegan"]),
        (["Vegan chili"], ["2 onions", "100 g butter"], ["vegetarian"]),
        (["Vegan chili"], ["2 onions", "100 g vegan butter"], ["vegetarian", "vegan"]),
        (["Vegetarian chili"], ["200 g bacon"], []),
        (["Curry", "végétarien"], ["2 œufs"], ["vegetarian"]),
        (["Chili végétalien"], ["2 oignons"], ["vegetarian", "vegan"]),
        (["Cake", "https://schema.org/GlutenFreeDiet"], ["200 g rice flour"], ["gluten free"]),
        (["Cake", "https://schema.org/VeganDiet"], ["200 g sugar"], ["vegetarian", "vegan"]),
        (["Gâteau sans gluten"], ["200 g de farine de riz"], ["gluten free"]),
        (["Gluten-free cake"], ["200 g wheat flour"], []),
        (["Vegetables"], ["2 carrots"], []),
        # What is denied is not said.
        (["Non-vegan brownies", "not gluten free", "pas sans gluten"], ["200 g sugar"], []),
        (["Chili", "non végétarien", "not gluten-free"], ["2 onions"], []),
        (["Not your usual vegan chili"], ["2 onions"], ["vegetarian", "vegan"]),
    ],
)
def test_diets(said: list[str], food: list[str], diets: list[str]) -> None:
    """What neither title, keywords nor diets of a page name is not claimed."""
    assert diets_of(said, [parse(line) for line in food]) == diets


def test_seasons() -> None:
    """Pepper is no bell pepper, a potato no apple."""
    assert seasons_of([parse("pepper"), parse("500 g de pommes de terre")]) == []
    assert seasons_of([parse("2 courgettes"), parse("1 tomate"), parse("1 pomme")]) == [
        "summer",
        "autumn",
    ]
