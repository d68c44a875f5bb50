"""A step uses the ingredients that it names, whatever else is said of them."""

import pytest

from soniq_tui.importers.recipes.ingredient import parse
from soniq_tui.importers.recipes.uses import uses_of


@pytest.mark.parametrize(
    ("line", "step", "language", "used"),
    [
        ("2 large eggs", "Heat a large pot of water.", "en", False),
        ("2 large eggs", "Beat the eggs.", "en", True),
        ("100 g unsalted butter", "Melt the butter.", "en", True),
        ("freshly ground black pepper", "Season with pepper.", "en-US", True),
        ("3 garlic cloves", "Chop the garlic.", "en", True),
        ("2 tbsp olive oil", "Heat the oil.", "", True),
        ("2 chicken thighs, boned", "Fry the chicken.", "en", True),
        ("100 g de beurre fondu", "Verser le chocolat fondu.", "fr", False),
        ("100 g de beurre fondu", "Faire revenir dans le beurre.", "fr", True),
        ("3 gousses d’ail", "Presser l'ail.", "fr", True),
        ("2 œufs", "Battre les oeufs.", "fr", True),
        ("2 EL frisch gehackte Petersilie", "Mit Petersilie bestreuen.", "de", True),
        ("2 cups all-purpose flour", "Mix all of it.", "en", False),
        ("1 onion", "Peel the potatoes.", "en", False),
        ("1 EL Öl", "Das Öl erhitzen.", "de", True),
        ("2 tbsp olive oil", "Lay them on an oiled tray.", "en", False),
        ("1 egg", "Slice the eggplants.", "en", False),
        ("1 cup corn", "Cut off a corner of the bag.", "en", False),
        ("1 bunch cress", "Add the cress.", "en", True),
        ("2 tomatoes", "Chop each tomato.", "en", True),
        ("3 dl ris", "Kog riset.", "da", True),
        ("2 tomater", "Skär tomaterna.", "sv", True),
        ("100 г сахар", "Добавьте 50 г сахара.", "ru", True),
        ("1 лук", "Посыпьте луком.", "ru", True),
        ("salt", "", "en", False),
        ("", "Salt it.", "en", False),
    ],
)
def test_uses(line: str, step: str, language: str, used: bool) -> None:
    """The noun of a food counts, which stands first in some languages and last in others."""
    assert uses_of(step, [parse(line)], language) == ([0] if used else [])
