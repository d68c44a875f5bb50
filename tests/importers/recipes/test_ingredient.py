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
    found = parse("3/4 cup (180 ml) water, warm")
    assert (found.ml, found.note) == (180, "180 ml; warm")


@given(st.text(max_size=120))
def test_any_line(text: str) -> None:
    """The line itself is kept, whatever it is."""
    assert parse(text).raw == text
