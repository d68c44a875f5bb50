"""Clients of the server before get recipes in its schema, whole and sound."""

import pytest

from soniq_tui.importers.recipes import demo
from soniq_tui.importers.recipes.formats import legacy
from soniq_tui.importers.recipes.page import extract
from soniq_tui.importers.recipes.stored import Extract, Source, stored


@pytest.mark.parametrize("made", [demo.SOUP, demo.PANCAKES, demo.TART, demo.STEW])
def test_the_graph_is_sound(made: demo.Made) -> None:
    """Every step uses something that is there, every thing is used, every state is made once."""
    found = extract.recipe(demo.jsonld(made), "https://a.fr/x")
    assert found is not None
    recipe = stored(found, Source(url="https://a.fr/x"), Extract(path="jsonld", version="1"), "x")
    old = legacy.write(recipe)
    things = {thing["id"] for thing in old["ingredients"]}
    assert len(things) == len(made.ingredients)
    known, used = set(things), set()
    for step in old["steps"]:
        assert step["uses"]
        assert set(step["uses"]) <= known
        assert step["produces"] not in known
        known.add(step["produces"])
        used |= set(step["uses"])
    assert things <= used
    assert old["finalState"] in known
    assert [step["action"] for step in old["steps"]] == list(made.steps)
    assert (old["metadata"]["title"], old["metadata"]["slug"]) == (made.name, "x")
    assert old["metadata"]["totalTimeMinutes"] == made.minutes
