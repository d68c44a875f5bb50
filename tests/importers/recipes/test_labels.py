"""Yield and times that a page tells people alone are found, and nothing else is taken for them."""

import pytest

from soniq_tui.importers.recipes import demo
from soniq_tui.importers.recipes.page import extract, labels
from soniq_tui.importers.recipes.page.found import Found


def told(*lines: str, **known: object) -> Found:
    found = Found(path="headings", **known)  # type: ignore[arg-type]
    labels.complete(found, lines)
    return found


@pytest.mark.parametrize(
    ("line", "yields"),
    [
        ("Serves 4", "4"), ("Serves: 4-6", "4-6"), ("Makes 6 servings.", "6 servings"),
        ("Yield: about 12 cookies", "about 12 cookies"), ("Servings: 2", "2"),
        ("Serving Size: 4-6", "4-6"), ("Pour 4 personnes", "4 personnes"),
        ("Pour 4 à 6 personnes :", "4 à 6 personnes"), ("Nombre de personnes : 8", "8"),
        ("6 parts", "6 parts"), ("Für 4 Personen", "4 Personen"), ("4 Portionen", "4 Portionen"),
        ("Voor 4 personen", "4 personen"), ("4 portioner", "4 portioner"), ("Porciones: 4", "4"),
        ("Para 4 personas", "4 personas"), ("6 porções", "6 porções"),
        ("Per 4 persone", "4 persone"),
        ("4 porcje", "4 porcje"),
    ],
)  # fmt: skip
def test_yields(line: str, yields: str) -> None:
    """In the words of the page, without the label."""
    assert told("Lovely for 3 evenings.", line, "Serves 99").yields == yields


@pytest.mark.parametrize(
    "line",
    ["Serving size: 100 g", "Serves you right", "Servings", "4", "2 people found this helpful",
     "Serves 4, or 6 if they have eaten before", "1234 servings", "Makes 2 cups of sauce",
     "12 parts sugar"],
)  # fmt: skip
def test_no_yields(line: str) -> None:
    """What only looks like one is none."""
    assert told(line).yields == ""


def test_labels_of_their_own() -> None:
    """A label may stand above its value."""
    found = told("Servings", "4", "Total time", "1 h 20", "Cook", "45 min")
    assert (found.yields, found.total_min, found.cook_min) == ("4", 80, 45)


@pytest.mark.parametrize(
    ("line", "times"),
    [
        ("Total time: 1 hour 5 minutes", (65, None, None)), ("Prep Time 10 mins", (None, 10, None)),
        ("Temps total : 1 h 20", (80, None, None)), ("Cuisson : 35 minutes", (None, None, 35)),
        ("Gesamtzeit: 45 Min.", (45, None, None)),
        ("Zubereitungszeit 30 Minuten", (None, 30, None)),
        ("Cooking time: 2 potatoes", (None, None, None)), ("Total: 12", (None, None, None)),
        ("Total time: depends", (None, None, None)), ("Preparation", (None, None, None)),
    ],
)  # fmt: skip
def test_times(line: str, times: tuple[int | None, int | None, int | None]) -> None:
    """With their units; a number alone is no time."""
    found = told(line, "Total time: 999 minutes" if any(times) else "")
    assert (found.prep_min, found.cook_min) == times[1:]
    assert found.total_min in {times[0], 999 if times[0] is None and any(times) else None}


def test_what_is_known_stays() -> None:
    """The words that machines are told are not overruled; one time is enough."""
    found = told("Serves 9", "Total time: 9 min", yields="4 bowls", cook_min=5)
    assert (found.yields, found.cook_min, found.total_min) == ("4 bowls", 5, None)


def test_of_a_page() -> None:
    """A page for people alone: its yield and times are read as people read them."""
    page = demo.for_people(demo.TART).replace(
        "</h1>", "</h1><p>Pour 8 personnes</p><dl><dt>Préparation</dt><dd>20 min</dd>"
        "<dt>Cuisson</dt><dd>35 min</dd></dl>", 1,
    )  # fmt: skip
    found = extract.recipe(page, "https://kitchen.example/tarte")
    assert found is not None
    assert (found.yields, found.prep_min, found.cook_min, found.total_min) == (
        "8 personnes", 20, 35, 55,
    )  # fmt: skip
