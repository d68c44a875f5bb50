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
        ("1 lb 2 oz beef", 1.125, 1.125, "lb", "beef"),
        ("1 cup plus 2 tbsp milk", 1.125, 1.125, "cup", "milk"),
        ("un demi citron", 0.5, 0.5, None, "citron"),
        ("une demi-gousse d'ail", 0.5, 0.5, "clove", "ail"),
        ("la moitié d'un citron", 0.5, 0.5, None, "citron"),
        ("1 and 1/2 cups milk", 1.5, 1.5, "cup", "milk"),
        ("1 & ½ cups milk", 1.5, 1.5, "cup", "milk"),
        ("1 et demi verre de lait", 1.5, 1.5, "glass", "lait"),
        ("1 kg et demi de pommes", 1.5, 1.5, "kg", "pommes"),
        ("2 cups and a half milk", 2.5, 2.5, "cup", "milk"),
        ("une dizaine de tomates", 10, 10, None, "tomates"),
        ("1 douzaine d’œufs", 12, 12, None, "œufs"),
        ("une demi-douzaine d'huîtres", 6, 6, None, "huîtres"),
        ("a dozen eggs", 12, 12, None, "eggs"),
        ("2-3 dozen eggs", 24, 36, None, "eggs"),
        ("1 filet d'huile", 1, 1, "dash", "huile"),
        ("1 filet de citron", 1, 1, "dash", "citron"),
        ("2 filets de poulet", 2, 2, None, "filets de poulet"),
        ("1 filet mignon", 1, 1, None, "filet mignon"),
        ("2 noix de beurre", 2, 2, "knob", "beurre"),
        ("2 noix de coco", 2, 2, None, "noix de coco"),
        ("3 noix", 3, 3, None, "noix"),
        ("10 noisettes", 10, 10, None, "noisettes"),
        ("1 bouquet garni", 1, 1, None, "bouquet garni"),
        ("1 bouquet de persil", 1, 1, "bunch", "persil"),
        ("1 dose de safran", 1, 1, None, "dose de safran"),
        ("1 Dose Tomaten", 1, 1, "can", "Tomaten"),
        ("1 boîte (400 g) de tomates", 1, 1, "can", "tomates"),
        ("2 tasses (500 ml) de lait", 2, 2, "cup", "lait"),
        ("2 cuillerées à soupe d'huile", 2, 2, "tbsp", "huile"),
        ("1 cuil. à s. de miel", 1, 1, "tbsp", "miel"),
        ("1 c. à table de beurre", 1, 1, "tbsp", "beurre"),
        ("1 c. à thé de sel", 1, 1, "tsp", "sel"),
        ("1 livre de fraises", 1, 1, "lb", "fraises"),
        ("1 qt. milk", 1, 1, "quart", "milk"),
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
    assert parse("1 kg et demi de pommes").g == 1500
    assert parse("2 sticks (1 cup) unsalted butter").g == 226
    assert parse("2 sticks celery").g is None
    assert (parse("1 livre de fraises").g, parse("1 tasse de lait").ml) == (None, None)
    found = parse("3/4 cup (180 ml) water, warm")
    assert (found.ml, found.note) == (180, "180 ml; warm")


@given(st.text(max_size=120))
def test_any_line(text: str) -> None:
    """The line itself is kept, whatever it is."""
    assert parse(text).raw == text
