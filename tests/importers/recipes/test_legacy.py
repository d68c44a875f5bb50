"""Clients of the server before get recipes in its schema, whole and sound."""

import json
from pathlib import Path

import pytest

from soniq_tui.importers.base import Written
from soniq_tui.importers.recipes import demo, importer, save
from soniq_tui.importers.recipes.formats import files, legacy
from soniq_tui.importers.recipes.page import extract
from soniq_tui.importers.recipes.stored import Extract, Source, stored
from soniq_tui.importers.recipes.words import FOLDER
from tests.importers.music.pictures import encoded, flag
from tests.importers.recipes import shelf


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


def test_exported_and_read_again(tmp_path: Path) -> None:
    """An export in the schema before is a folder as its server has it, and comes in again whole."""
    picture = encoded(flag(), "PNG")
    data, place = tmp_path / "data", tmp_path / "old"
    place.mkdir()
    slug = shelf.put(data, demo.STEW, "https://a.example/r", image=picture)
    save.publish(
        data / FOLDER, "odd", lambda name: {"name": "Odd", "soniq": {"steps": [1], "x": 2}}
    )
    shot = "images/theirs.png"
    theirs = {"metadata": {"title": "Old", "image": shot}, "ingredients": [], "steps": []}
    save.publish(data / FOLDER, "theirs", lambda name: theirs)
    (data / FOLDER / shot).write_bytes(picture)
    assert importer.writers["recipes"]["legacy"].folder
    assert importer.writers["recipes"]["legacy"].write(data, place) == Written(count=3)
    assert json.loads((place / "theirs.recipe.json").read_text()) == theirs
    assert (place / shot).read_bytes() == picture
    old = json.loads((place / f"{slug}.recipe.json").read_text())
    assert (place / old["metadata"]["image"]).read_bytes() == picture
    assert old["metadata"]["sourceUrl"] == "https://a.example/r"
    again = place / f"{slug}.recipe.json"
    with files.opened(again) as taken:
        (got,) = map(taken, files.entries(again))
    assert isinstance(got, files.Taken)
    assert (got.found.title, got.image) == (demo.STEW.name, picture)
    assert got.found.ingredient_lines == list(demo.STEW.ingredients)
    assert got.found.step_lines == list(demo.STEW.steps)


@pytest.mark.parametrize(
    "ours",
    [
        [], "x", {"servings": "4", "source": 3, "extract": [], "diets": 1, "seasons": {}},
        {"ingredients": ["x", {"food": None, "raw": None}], "steps": [{"n": 1, "uses": [99, "x"]}]},
        {"steps": {"n": 1}, "servings": {"min": "x"}, "source": {"images": {"a": 1}}},
    ],
)  # fmt: skip
def test_files_that_people_have_edited(ours: object) -> None:
    """Whatever lies under our key the recipe is written, and each thing is used."""
    steps = [{"@type": "HowToStep", "text": "Mix."}]
    recipe = {"name": "X", "recipeIngredient": ["1 egg"], "recipeInstructions": steps}
    made = legacy.write(recipe | {"soniq": ours})
    assert made["metadata"]["title"] == "X"
    assert made["steps"][0]["uses"] == [thing["id"] for thing in made["ingredients"]]


def test_older_files_that_are_odd(tmp_path: Path) -> None:
    """What is no text in a file of the schema before becomes none."""
    file = tmp_path / "old.recipe.json"
    meta = {"title": ["Old"], "servings": {"a": 1}, "author": {"name": "Ada"}, "sourceUrl": 5}
    steps = [{"action": "Boil."}, {"action": {"x": 1}}, {"action": None}]
    food = [{"name": "milk"}, {"name": {"x": 1}}]
    file.write_text(json.dumps({"metadata": meta, "ingredients": food, "steps": steps}))
    with files.opened(file) as taken:
        (got,) = map(taken, files.entries(file))
    assert isinstance(got, files.Taken)
    found = got.found
    assert (found.title, found.yields, found.author, found.url) == ("Old", "", "Ada", "5")
    assert (found.ingredient_lines, found.step_lines) == (["milk"], ["Boil."])
