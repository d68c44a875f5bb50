"""No amount is lost or made up: whoever cooks twice as much may take each amount twice."""

import pytest

from soniq_tui.importers.recipes.ingredient import parse


@pytest.mark.parametrize(
    ("line", "low", "high", "unit", "food", "note"),
    [
        # what is added or taken away
        ("1 cup plus 1 tsp milk", 1.0208, 1.0208, "cup", "milk", None),
        ("2 cups minus 2 tbsp flour", 1.875, 1.875, "cup", "flour", None),
        ("1 cup plus 20 g sugar", None, None, None, "1 cup plus 20 g sugar", None),
        ("1 kg 500 de pommes", 1.5, 1.5, "kg", "pommes", None),
        ("1kg500 de pommes", 1.5, 1.5, "kg", "pommes", None),
        ("1 kg 500 g de pommes", 1.5, 1.5, "kg", "pommes", None),
        ("100 g de beurre + 20 g pour le moule", 100, 100, "g", "beurre", "+ 20 g pour le moule"),
        ("3 eggs plus 1 yolk", 3, 3, None, "eggs", "plus 1 yolk"),
        # one or the other
        ("1 cup milk or 250 ml cream", 1, 1, "cup", "milk", "or 250 ml cream"),
        ("20 g de levure fraîche ou 7 g de levure sèche, délayée", 20, 20, "g", "levure fraîche",
         "ou 7 g de levure sèche; délayée"),
        ("1 large or 2 small onions, diced", None, None, None, "large or 2 small onions", "diced"),
        ("1 cup butter or margarine", 1, 1, "cup", "butter or margarine", None),
        # thousands and decimals
        ("1'000 g Mehl", 1000, 1000, "g", "Mehl", None),
        (".5 tsp salt", 0.5, 0.5, "tsp", "salt", None),
        ("１００ｇ flour", 100, 100, "g", "flour", None),
        # what is no number
        ("un peu de sel", None, None, None, "un peu de sel", None),
        ("ein wenig Salz", None, None, None, "ein wenig Salz", None),
        ("un poco di sale", None, None, None, "un poco di sale", None),
        ("ein paar Blätter Basilikum", None, None, None, "ein paar Blätter Basilikum", None),
        ("half and half", None, None, None, "half and half", None),
        ("half-fat crème fraîche", None, None, None, "half-fat crème fraîche", None),
        ("demi-glace", None, None, None, "demi-glace", None),
        ("five-spice powder", None, None, None, "five-spice powder", None),
        ("five spice powder", None, None, None, "five spice powder", None),
        ("quatre épices", None, None, None, "quatre épices", None),
        ("1 xícara de farinha", 1, 1, "cup", "farinha", None),
        # numbers in words
        ("two to three eggs", 2, 3, None, "eggs", None),
        ("deux ou trois gousses d'ail", 2, 3, "clove", "ail", None),
        ("zwei bis drei Eier", 2, 3, None, "Eier", None),
        ("2 o 3 uova", 2, 3, None, "uova", None),
        ("2 oder 3 Eier", 2, 3, None, "Eier", None),
        ("2 a 3 dientes de ajo", 2, 3, "clove", "ajo", None),
        ("two thirds cup milk", 0.6667, 0.6667, "cup", "milk", None),
        ("two-thirds cup milk", 0.6667, 0.6667, "cup", "milk", None),
        ("a quarter of a teaspoon of salt", 0.25, 0.25, "tsp", "salt", None),
        ("quarter cup sugar", 0.25, 0.25, "cup", "sugar", None),
        ("un quart de litre de lait", 0.25, 0.25, "l", "lait", None),
        ("trois quarts de tasse de lait", 0.75, 0.75, "cup", "lait", None),
        ("ein viertel Liter Milch", 0.25, 0.25, "l", "Milch", None),
        ("1 quart can of tomatoes", 1, 1, "quart", "can of tomatoes", None),
        ("one quarter chicken", 1, 1, None, "quarter chicken", None),
        ("two and a half cups milk", 2.5, 2.5, "cup", "milk", None),
        ("zwei Eier", 2, 2, None, "Eier", None),
        ("eine halbe Zitrone", 0.5, 0.5, None, "Zitrone", None),
        ("½ Bund Petersilie", 0.5, 0.5, "bunch", "Petersilie", None),
        ("tres dientes de ajo", 3, 3, "clove", "ajo", None),
        ("mezza cipolla", 0.5, 0.5, None, "cipolla", None),
        ("due uova", 2, 2, None, "uova", None),
        # what stands between number and unit, or behind it
        ("1 (14 oz) can tomatoes", 1, 1, "can", "tomatoes", "14 oz"),
        ("2 large cloves garlic", 2, 2, "clove", "garlic", "large"),
        ("2 gestrichene TL Backpulver", 2, 2, "tsp", "Backpulver", "gestrichene"),
        ("1 c. à soupe bombée de farine", 1, 1, "tbsp", "farine", "bombée"),
        ("2 petits suisses", 2, 2, None, "petits suisses", None),
        ("2 large eggs", 2, 2, None, "large eggs", None),
        ("5cm piece of ginger", 5, 5, "cm", "piece of ginger", None),
        ("(optional) 1 tsp chili", 1, 1, "tsp", "chili", "optional"),
        ("optional: 1 tsp chili", 1, 1, "tsp", "chili", "optional"),
        ("Pour servir : 1 c. à soupe de persil", 1, 1, "tbsp", "persil", "Pour servir"),
        ("Sucre : 100 g en poudre", 100, 100, "g", "Sucre en poudre", None),
        ("Мука - 200 г", 200, 200, "g", "Мука", None),
        ("Flour – 2 cups", 2, 2, "cup", "Flour", None),
        ("2 cup(s) flour", 2, 2, "cup", "flour", None),
        ("2 Zehe(n) Knoblauch", 2, 2, "clove", "Knoblauch", None),
        ("2 tranche(s) de pain", 2, 2, "slice", "pain", None),
        ("1 fl. oz rum", 1, 1, "floz", "rum", None),
        ("2 cups, packed, brown sugar", 2, 2, "cup", "packed, brown sugar", None),
        # numbers that are no amounts
        ("2% milk, 1 cup", None, None, None, "2% milk", "1 cup"),
        ('12" pizza base', None, None, None, '12" pizza base', None),
        ("12″ pizza base", None, None, None, "12″ pizza base", None),
        # as much as one likes
        ("salt to taste", None, None, None, "salt", "to taste"),
        ("Salz nach Geschmack", None, None, None, "Salz", "nach Geschmack"),
        ("sale q.b.", None, None, None, "sale", "q.b."),
        ("sel selon votre goût", None, None, None, "sel", "selon votre goût"),
        # other languages
        ("2 cucharadas de aceite", 2, 2, "tbsp", "aceite", None),
        ("1 colher (sopa) de manteiga", 1, 1, "tbsp", "manteiga", None),
        ("2 colheres de chá de sal", 2, 2, "tsp", "sal", None),
        ("1 spicchio d'aglio", 1, 1, "clove", "aglio", None),
        ("300 gr di farina", 300, 300, "g", "farina", None),
        ("2 teentjes knoflook", 2, 2, "clove", "knoflook", None),
        ("1 krm peppar", 1, 1, "krm", "peppar", None),
        ("2 spsk olie", 2, 2, "tbsp", "olie", None),
        ("2 łyżki oleju", 2, 2, "tbsp", "oleju", None),
        ("2 ст. л. масла", 2, 2, "tbsp", "масла", None),
    ],
)  # fmt: skip
def test_amounts(
    line: str,
    low: float | None,
    high: float | None,
    unit: str | None,
    food: str | None,
    note: str | None,
) -> None:
    """What is sure is told in whole; what is not, is not."""
    found = parse(line)
    assert (found.min, found.max, found.unit_id, found.food, found.note) == (
        low, high, unit, food, note,
    )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "dos de cabillaud", "fire roasted tomatoes", "quattro formaggi", "tres leches", "a fette",
        "en tranches", "en morceaux", "a rodajas", "demi écrémé", "media crema", "demi-sel",
        "one of them", "a little salt", "a few leaves", "half & half", "trois fromages",
    ],
)  # fmt: skip
def test_words_that_count_elsewhere(line: str) -> None:
    """A word that is a number in another language, or in another place, is none."""
    assert parse(line).min is None


def test_heaped_spoons() -> None:
    """A heaped spoon is no measure; a level one is."""
    assert parse("2 heaped tablespoons sugar").ml is None
    assert parse("1 c. à soupe bombée de farine").ml is None
    assert parse("1 level tsp soda").ml == parse("1 c. à café rase de sel").ml == 5


def test_units_that_differ() -> None:
    """What is a measure in one country and another one elsewhere becomes no millilitres."""
    assert parse("1 xícara de farinha").ml is None
    assert parse("1 gallon water").ml == 3785
