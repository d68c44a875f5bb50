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
        (["Not a vegan dish", "ni vegan ni sans gluten", "This isn't vegan"], ["200 g sugar"], []),
        # Nor is what may be.
        (["Chili (vegan option)", "option végétarienne"], ["2 onions"], []),
        (["Can be made gluten-free", "sans gluten possible"], ["2 onions"], []),
        (["Easily made vegan", "Almost vegan curry", "peut être vegan"], ["2 onions"], []),
        (["Vegan-ish stew", "Why I am no longer vegan"], ["2 onions"], []),
        (["Chili, vegan or with chicken"], ["2 onions"], []),
        (["Gluten free noodles"], ["2 tbsp soy sauce"], []),
        (["Sans gluten"], ["1 bière"], []),
        (["Gluten-free"], ["2 tbsp gluten-free soy sauce", "1 buckwheat pancake"], ["gluten free"]),
        (["Vegan"], ["1 lemon rind", "water at room temperature"], ["vegetarian", "vegan"]),
        (["Vegan pasta"], ["2 anchovies"], []),
        (["Vegane Pfannkuchen"], ["200 ml Milch"], ["vegetarian"]),
        (["Vegane Pfannkuchen"], ["200 ml Hafermilch"], ["vegetarian", "vegan"]),
        (["Vegan"], ["2 huevos", "1 cucharada de miel"], ["vegetarian"]),
        (["Vegetarisch", "vegan"], ["300 g Hähnchenbrust"], []),
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
