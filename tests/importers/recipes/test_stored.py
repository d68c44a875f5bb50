"""What a stored recipe says of its steps and of where it came from."""

import pytest

from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.stored import Extract, Source, stored

FOUND = {"path": "jsonld", "title": "Soup", "ingredients": [Part(lines=["1 onion"])]}


@pytest.mark.parametrize(
    ("step", "timers"),
    [
        ("Bake for 25 min.", [1500]),
        ("Laisser reposer 1,5 heure, puis cuire 20 à 25 minutes.", [5400, 1500]),
        ("Stir for 30 sec and wait 2 h.", [30, 7200]),
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
