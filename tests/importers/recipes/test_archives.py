"""Archives of other programs, with what their makers and people put into them."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes import save, unpack
from soniq_tui.importers.recipes.formats import files, reading
from soniq_tui.importers.recipes.formats.files import Taken
from soniq_tui.importers.recipes.words import FOLDER, Packed
from tests.importers.fakes import FakeContext, ended

JPEG = b"\xff\xd8\xff" + b"x" * 99
LINES = {"name": "Soup", "ingredients": "1 onion\n2 eggs", "directions": "Chop it.\n\nCook it."}
NODE = {"@type": "Recipe", "name": "Soup", "recipeIngredient": ["1 onion", "2 eggs"],
        "recipeInstructions": ["Chop it."], "image": "/full.jpg"}  # fmt: skip
TANDOOR = {
    "name": "Soup",
    "keywords": [{"name": "fast", "description": ""}],
    "steps": [
        {"name": "", "instruction": "Chop it.\n\nCook it.", "ingredients": [
            {"food": {"name": "onion"}, "unit": None, "amount": 1.0, "note": "red"},
            {"food": {"name": "flour"}, "unit": {"name": "g"}, "amount": 200.5, "note": ""},
            {"food": None, "amount": 0, "note": "Topping", "is_header": True},
            {"food": {"name": "salt"}, "unit": {"name": "g"}, "amount": 3, "no_amount": True},
            {"food": None, "amount": 0.0, "note": "and more"}, None]},
        {"name": "Oven", "instruction": "Bake it.", "ingredients": []}, {"instruction": None}, 7],
    "working_time": 10, "waiting_time": 20, "servings": 4, "servings_text": "portions",
    "source_url": "https://a.example/t",
}  # fmt: skip


def zipped(*entries: tuple[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, told in entries:
            packed = told if isinstance(told, bytes) else json.dumps(told).encode()
            archive.writestr(zipfile.ZipInfo(name), packed)
    return out.getvalue()


def paprika(told: dict[str, Any]) -> bytes:
    return gzip.compress(json.dumps(told).encode())


def read_all(file: Path) -> dict[str, Taken | str]:
    with files.opened(file) as read:
        return {name: read(name) for name in files.entries(file)}


def titles(file: Path) -> list[str]:
    found = read_all(file).values()
    return [each if isinstance(each, str) else each.found.title for each in found]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_of_one_name(tmp_path: Path) -> None:
    """An archive may have several files of one name; each is a recipe."""
    file = tmp_path / "a.paprikarecipes"
    each = [paprika({**LINES, "name": name}) for name in ("Soup", "Cake", "Tea")]
    file.write_bytes(zipped(*(("Soup.paprikarecipe", one) for one in each)))
    assert titles(file) == ["Soup", "Cake", "Tea"]


def test_what_systems_add(tmp_path: Path) -> None:
    """Names in capitals are names; what a Mac puts beside files is no recipe."""
    file = tmp_path / "a.paprikarecipes"
    file.write_bytes(
        zipped(("A.PAPRIKARECIPE", paprika(LINES)), ("__MACOSX/._A.PAPRIKARECIPE", b"\0\5"))
    )
    assert titles(file) == ["Soup"]


def test_odd_fields_of_paprika(tmp_path: Path) -> None:
    """Lists are lines, markup is none, and bold is how a line looks."""
    file = tmp_path / "a.paprikarecipe"
    odd = {"name": "<b>Soup</b>", "ingredients": ["**Dough:**", "1 onion"], "servings": 4}
    file.write_bytes(paprika({**odd, "directions": ["Chop it.", 7, None]}))
    taken = read_all(file)[file.name]
    assert isinstance(taken, Taken)
    found = taken.found
    assert (found.title, found.yields, found.step_lines) == ("Soup", "4", ["Chop it.", "7"])
    assert [(part.name, part.lines) for part in found.ingredients] == [("Dough", ["1 onion"])]


def test_nextcloud(tmp_path: Path) -> None:
    """A downloaded folder has one folder for each, with its picture."""
    file = tmp_path / "Recipes.zip"
    file.write_bytes(
        zipped(
            ("Recipes/Soup/recipe.json", NODE),
            ("Recipes/Soup/full.jpg", JPEG),
            ("Recipes/Soup/thumb.jpg", b"\xff\xd8\xff"),
            ("Recipes/Cake/recipe.json", {**NODE, "name": "Cake"}),
            ("Recipes/Pie/recipe.json", b"{"),
        )
    )
    soup, cake, pie = read_all(file).values()
    assert isinstance(soup, Taken)
    assert isinstance(cake, Taken)
    assert (soup.found.title, soup.image, cake.image) == ("Soup", JPEG, b"")
    assert isinstance(pie, str)


@pytest.mark.parametrize("whole", [True, False])
def test_tandoor(tmp_path: Path, whole: bool) -> None:
    """An export has an archive for each recipe; one of these alone is read as well."""
    file = tmp_path / "export.zip"
    inner = zipped(("recipe.json", TANDOOR), ("image.jpg", JPEG))
    others = [("2.zip", zipped(("x.txt", b""))), ("3.zip", b"PK\5")]
    file.write_bytes(zipped(("1.zip", inner), *others) if whole else inner)
    first, *rest = read_all(file).values()
    assert all(isinstance(each, str) for each in rest)
    assert isinstance(first, Taken)
    found = first.found
    assert (found.title, found.yields, found.keywords) == ("Soup", "4 portions", ["fast"])
    assert (found.prep_min, found.cook_min, found.url) == (10, 20, "https://a.example/t")
    assert [(part.name, part.lines) for part in found.ingredients] == [
        ("", ["1 onion, red", "200.5 g flour"]),
        ("Topping", ["salt", "and more"]),
    ]
    assert [(part.name, part.lines) for part in found.steps] == [
        ("", ["Chop it.", "Cook it."]),
        ("Oven", ["Bake it."]),
    ]
    assert first.image == JPEG


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ({"quantity": 2, "unit": {"name": "g"}, "food": {"name": "salt"}, "note": ""}, "2 g salt"),
        ({"quantity": 1.0, "disableAmount": True, "note": "a lemon"}, "a lemon"),
        ({"quantity": None, "unit": None, "food": {"name": "salt"}, "note": None}, "salt"),
        ({"quantity": 0.5, "note": "lemon"}, "0.5 lemon"), ({}, ""), ({"food": 7, "note": []}, "7"),
    ],
)  # fmt: skip
def test_lines_in_parts(told: dict[str, Any], line: str) -> None:
    """Amount, unit, food and note become one line, whichever of them there are."""
    assert reading.line_of(told) == line


def test_mealie_in_parts(tmp_path: Path) -> None:
    """An ingredient without a text of its own is not lost, nor are its times and servings."""
    food = {"quantity": 2, "food": {"name": "eggs"}, "display": "", "originalText": None}
    told = {"name": "Soup", "recipeIngredient": [food], "recipeInstructions": [{"text": "Cook."}],
            "performTime": "1 hour", "recipeServings": 4.0, "orgURL": "https://a.fr/m"}  # fmt: skip
    file = tmp_path / "a.zip"
    file.write_bytes(zipped(("recipes/soup/soup.json", told)))
    (taken,) = read_all(file).values()
    assert isinstance(taken, Taken)
    assert taken.found.ingredient_lines == ["2 eggs"]
    assert (taken.found.cook_min, taken.found.yields) == (60, "4")


def test_lines_that_are_damaged(tmp_path: Path) -> None:
    """One line that cannot be read fails alone, and by its number."""
    file = tmp_path / "a.jsonl"
    file.write_text(f"{json.dumps(NODE)}\n\n{{bad\n[1]\n{json.dumps({**NODE, 'name': 'Cake'})}\n")
    soup, bad, also_bad, cake = titles(file)
    assert (soup, cake) == ("Soup", "Cake")
    assert "line 3" in bad
    assert "line 4" in also_bad


def saved(data: Path, file: Path) -> tuple[int, int, list[str]]:
    """Import all of a file; returns how many were saved, how many skipped, and all titles."""
    context = FakeContext(data)
    packed = Packed(file=str(file), entries=tuple(files.entries(file)), token=f"{file.stat()}")
    ended(unpack.run(packed, context))
    assert context.failed == []
    found = (data / FOLDER).glob(f"*{save.SUFFIX}")
    return (
        context.counts["done"],
        context.counts["skipped"],
        sorted(save.read(each)["name"] for each in found),
    )


@pytest.mark.parametrize(
    ("url", "known"),
    [("https://cooks.example/", False), ("https://cooks.example/book", True), ("", True)],
)
def test_one_address_for_all(tmp_path: Path, url: str, known: bool) -> None:
    """What an archive says of addresses is no proof: many have a site's, or a place in a file.

    With the title it is one, where it is more than a site.
    """
    file = tmp_path / "a.json"
    each = [{**NODE, "name": n, "recipeIngredient": [n, "1 egg"], "url": url} for n in "ABC"]
    file.write_text(json.dumps(each[1:]))
    assert saved(tmp_path, file) == (2, 0, ["B", "C"])
    file.write_text(json.dumps(each))
    assert saved(tmp_path, file) == (1, 2, ["A", "B", "C"])
    each[0]["recipeIngredient"] = ["2 eggs"]
    file.write_text(json.dumps(each))
    titles = ["A", "B", "C"] if known else ["A", "A", "B", "C"]
    assert saved(tmp_path, file) == (int(not known), 2 + known, titles)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_json_with_a_mark(tmp_path: Path, encoding: str) -> None:
    """Some programs write a mark before JSON, or UTF-16."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"recipes": [NODE, {"x": 1}]}), encoding=encoding)
    assert titles(file) == ["Soup"]


@pytest.mark.parametrize("name", ["a.zip", "a.paprikarecipes"])
def test_archives_that_are_none(tmp_path: Path, name: str) -> None:
    """What is called an archive and is none is told as that, not as broken JSON."""
    (tmp_path / name).write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(UsageError, match=r"cannot be read as recipes \(it is no archive\)$"):
        files.entries(tmp_path / name)
