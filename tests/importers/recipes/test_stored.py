"""What a stored recipe says of its steps and of where it came from."""

import pytest

from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.stored import Extract, Source, servings_of, slug_of, stored

FOUND = {"path": "jsonld", "title": "Soup", "ingredients": [Part(lines=["1 onion"])]}


@pytest.mark.parametrize(
    ("step", "timers"),
    [
        ("Bake for 25 min.", [1500]),
        ("Laisser reposer 1,5 heure, puis cuire 20 à 25 minutes.", [5400, 1500]),
        ("Stir for 30 sec and wait 2 h.", [30, 7200]),
        ("Faire cuire 1 h 30 min puis 1 heure et 5 minutes.", [5400, 3900]),
        ("25 Minuten backen, dann 1 Std. ruhen lassen, 2 Tage kühlen.", [1500, 3600]),
        (
            "Boil for half an hour, then for an hour, 2 hours later for ¾ hour.",
            [1800, 3600, 7200, 2700],
        ),
        ("Cook 1 hour to 90 minutes, 1 hour, 30 minutes of them covered.", [3600, 5400, 5400]),
        ("Add 2 t salt, 3 m string; one time, 5 u, 4 T flour.", []),
        ("30分煮る。20–25 Min. köcheln.", [1800, 1500]),
        ("Heat to 180 degrees and serve 4 people.", []),
    ],
)
def test_times_of_steps_are_in_seconds(step: str, timers: list[int]) -> None:
    """Of a span the longer end counts."""
    found = Found(**FOUND, steps=[Part(lines=[step])])
    recipe = stored(found, Source(url="https://a.example/"), Extract(path="", version=""), "soup")
    assert [each["timers"] for each in recipe["soniq"]["steps"]] == [timers]


def test_its_address_is_its_own_where_it_has_one() -> None:
    """What the page calls itself, else where redirects led to, else what was asked for."""
    asked, final, own = (f"https://{host}.example/soup" for host in "abc")
    for source, address in (
        (Source(url=asked), asked),
        (Source(url=asked, final=final), final),
        (Source(url=asked, final=final, canonical=own), own),
    ):
        recipe = stored(Found(**FOUND), source, Extract(path="", version=""), "soup")
        assert recipe["url"] == address
        assert recipe["soniq"]["source"]["url"] == asked


def test_steps_name_what_they_use_by_number() -> None:
    """A food is found in a step without its accents, its plural and the small words before it."""
    lines = ["200 g de crème fraîche", "2 oignons", "1 gousse d'ail", "1 T-bone"]
    steps = [
        "Émincer l'oignon et l'ail.",
        "Verser la CREME.",
        "Griller les T-bones.",
        "Servir tôt.",
    ]
    fields = {"path": "jsonld", "title": "Soupe", "language": "fr"}
    found = Found(**fields, ingredients=[Part(lines=lines)], steps=[Part(lines=steps)])
    recipe = stored(found, Source(url="https://a.example/"), Extract(path="", version=""), "soup")
    assert [each["uses"] for each in recipe["soniq"]["steps"]] == [[1, 2], [0], [3], []]


@pytest.mark.parametrize(
    ("yields", "low", "high", "unit"),
    [
        ("4 à 6 personnes", 4, 6, "personnes"),
        ("Serves 4", 4, 4, None),
        ("Serves: 4", 4, 4, None),
        ("about 24 cookies", 24, 24, "cookies"),
        ("env. 12 sablés", 12, 12, "sablés"),
        ("für 4 Personen", 4, 4, "Personen"),
        ("6—8 slices", 6, 8, "slices"),
        ("4 a 6 porciones", 4, 6, "porciones"),
        ("4 o 6", 4, 6, None),
        ("1,000 ml", 1000, 1000, "ml"),
        ("1.000 g", 1000, 1000, "g"),
        ("1,500 kg", 1.5, 1.5, "kg"),
        ("4 servings, 12 pieces", 4, 4, "servings"),
        ("2-3 loaves of 500 g", 2, 3, "loaves of 500 g"),
        ("12 cookies, 2-3 cm wide", 12, 12, "cookies"),
        ("1 cake of 6 to 8 slices", 1, 1, "cake of 6 to 8 slices"),
    ],
)
def test_servings(yields: str, low: float, high: float, unit: str | None) -> None:
    """Two numbers are from and to where something between them says so."""
    told = servings_of(yields)
    assert told == {"min": low, "max": high, "unit": unit, "raw": yields}


@pytest.mark.parametrize("title", ["Con", "NUL", "aux", "lpt1", "Cönfit"])
def test_names_that_windows_keeps_for_itself(title: str) -> None:
    """A share of such a machine takes no file called ``con.md``."""
    slug = slug_of(title, Source(url="https://a.example/"))
    assert slug == {"Cönfit": "confit"}.get(title, f"recipe-{title.lower()}")
