"""Recipes as other programs have them: written, read back, and compared."""

import gzip
import html
import json
import re
import zipfile
from pathlib import Path

import msgspec
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes import demo, export, importer, save
from soniq_tui.importers.recipes.formats import (
    archives,
    cooklang,
    cooklang_reading,
    files,
    folders,
    markdown,
    reading,
)
from soniq_tui.importers.recipes.page import extract
from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.stored import Extract, Source, stored
from soniq_tui.importers.recipes.words import FOLDER
from tests.importers.music.pictures import encoded, flag
from tests.importers.recipes import shelf

MADE = [demo.SOUP, demo.PANCAKES, demo.TART, demo.STEW, demo.TEA]
PICTURE = encoded(flag(), "PNG")


def recipe_of(made: demo.Made, url: str = "https://a.example/r", **more: object) -> dict:
    usual = {
        "categories": ["Dinner", "Été"],
        "keywords": ["quick", "one, two"],
        "description": "Good <b>and</b> *cheap*",
        "images": ["https://a.example/i.jpg"],
    }
    found = shelf.found_of(made, **usual | more)
    source = Source(url=url)
    return stored(found, source, Extract(path="jsonld", version="1"), "slug")


def sectioned() -> dict:
    return recipe_of(
        demo.TART,
        ingredients=[
            Part(name="For the dough", lines=["200 g flour", "100 g butter"]),
            Part(name="For the filling", lines=["4 apples"]),
        ],
        steps=[
            Part(name="Dough", lines=["Knead it well.", "Let it rest for 30 minutes."]),
            Part(name="Filling", lines=["Peel the apples and bake all."]),
        ],
    )


def same(found: Found, recipe: dict) -> None:
    """Hold what was read back against what was written, sections included."""
    own = extract.schema.found_in(recipe, {})
    assert found.title == recipe["name"]
    assert found.ingredient_lines == recipe["recipeIngredient"]
    assert found.step_lines == own.step_lines
    assert found.yields == recipe["recipeYield"]
    assert found.total_min == own.total_min


@pytest.mark.parametrize("made", MADE, ids=lambda m: m.name)
@pytest.mark.parametrize("form", ["paprika", "mealie"])
def test_archives(tmp_path: Path, made: demo.Made, form: str) -> None:
    """Whatever an archive is given comes back, picture, source and categories as well."""
    recipe = recipe_of(made)
    file = tmp_path / "out.zip"
    assert folders.write(form, file, [("slug", recipe, PICTURE)]) == 1
    names = files.entries(file)
    with files.opened(file) as read:
        (taken,) = map(read, names)
    assert isinstance(taken, files.Taken)
    same(taken.found, recipe)
    assert taken.found.url == "https://a.example/r"
    assert taken.found.categories == ["Dinner", "Été"]
    assert (taken.image, taken.media_type) == (PICTURE, "image/png")


@pytest.mark.parametrize("form", ["paprika", "mealie"])
def test_sections_of_archives(tmp_path: Path, form: str) -> None:
    """Headings of ingredients and steps survive."""
    recipe = sectioned()
    file = tmp_path / "out.zip"
    folders.write(form, file, [("slug", recipe, None)])
    with files.opened(file) as read:
        taken = read(files.entries(file)[0])
    assert isinstance(taken, files.Taken)
    heads = [(p.name, len(p.lines)) for p in taken.found.ingredients]
    assert heads == [("For the dough", 2), ("For the filling", 1)]
    assert [(p.name, len(p.lines)) for p in taken.found.steps] == [("Dough", 2), ("Filling", 1)]


@pytest.mark.parametrize("made", MADE, ids=lambda m: m.name)
def test_jsonld_on_a_page(made: demo.Made) -> None:
    """What is exported as JSON-LD is read by another program, and by us, from any page."""
    written = folders.jsonld(recipe_of(made))
    assert "soniq" not in written
    body = msgspec.json.encode(written).decode().replace("</", "<\\/")
    page = f'<html><script type="application/ld+json">{body}</script></html>'
    from recipe_scrapers import scrape_html  # no other test needs all that this imports

    theirs = scrape_html(page, org_url="https://nobody.example/r", supported_only=False)
    assert theirs.title() == made.name
    assert theirs.ingredients() == list(made.ingredients)
    assert theirs.instructions_list() == list(made.steps)
    assert theirs.total_time() == made.minutes
    ours = extract.recipe(page, "https://nobody.example/r")
    assert ours is not None
    same(ours, recipe_of(made))


def test_markdown() -> None:
    """Every line stands there as text; nothing of a page becomes markup."""
    recipe = sectioned()
    recipe["name"] = "1. *Tart* <script>"
    text = markdown.write(recipe)
    assert text.startswith("# 1\\. \\*Tart\\* \\<script\\>\n")
    for line in recipe["recipeIngredient"]:
        assert f"- {line}\n" in text
    assert "### For the dough" in text
    assert "1. Knead it well." in text
    assert "3. Peel the apples and bake all." in text
    assert "Source: <https://a.example/r>" in text
    assert "<b>" not in text


_FOOD = re.compile(r"@([^{}@~]+)\{([^{}]*)\}(?:\([^()]*\))?")


@pytest.mark.parametrize("made", MADE, ids=lambda m: m.name)
def test_cooklang(made: demo.Made) -> None:
    """Read without its marks it says the steps; every ingredient is marked exactly once."""
    recipe = recipe_of(made)
    text = cooklang.write(recipe)
    assert f">> title: {made.name}" in text
    foods = [i["food"] for i in recipe["soniq"]["ingredients"] if i["food"]]
    assert len(_FOOD.findall(text)) == len(foods)
    plain = re.sub(r"~\{([^%}]*)%([^}]*)\}", r"\1 \2", _FOOD.sub(r"\1", text))
    words = re.sub(r"\s+", " ", plain.replace("．", "."))
    for step in made.steps:
        assert re.sub(r"(\d) ?", r"\1 ", step) in re.sub(r"(\d) ?", r"\1 ", words)


def test_what_else_is_said_of_food_in_cooklang() -> None:
    """How it is prepared, and what may be taken instead, is there, and is read again."""
    food = ["20 g de beurre ou 2 c. à soupe d'huile", "1 onion (small), chopped", "3 eggs", "sel"]
    step = "Melt the beurre with the onion, add all others."
    found = Found(
        path="text", title="x", ingredients=[Part(lines=food)], steps=[Part(lines=[step])]
    )
    text = cooklang.write(
        stored(found, Source(url="https://a.fr/x"), Extract(path="text", version="1"), "x")
    )
    assert "@beurre{20%g}(ou 2 c. à soupe d'huile) with the @onion{1}(small; chopped)," in text
    read = cooklang_reading.read(text)
    assert read is not None
    assert read.step_lines == [step]
    assert sorted(read.ingredient_lines) == [
        "1 onion, small; chopped", "20 g beurre, ou 2 c. à soupe d'huile", "3 eggs", "sel"
    ]  # fmt: skip


def test_signs_of_cooklang_are_no_words() -> None:
    """An amount that is not to be multiplied, and food that may be left out, are food as other."""
    read = cooklang_reading.read("Mix @salt{=1%tsp} with @?dill{} and @&flour{100%g}.")
    assert read is not None
    assert read.ingredient_lines == ["1 tsp salt", "dill", "100 g flour"]
    assert read.step_lines == ["Mix salt with dill and flour."]


def test_cooklang_has_no_comments_of_pages() -> None:
    """What Cooklang would leave out as a comment, or take for a note or a title, is still there."""
    recipe = sectioned()
    recipe["recipeInstructions"] = [
        {"@type": "HowToStep", "text": text}
        for text in ("Mix it -- not long -- well.", "Bake it [- hot -] now.", "> Eat.", "= Rest.")
    ]
    found = cooklang_reading.read(cooklang.write(recipe))
    assert found is not None
    words = [re.findall(r"\w+", line) for line in found.step_lines]
    assert words == [["Mix", "it", "not", "long", "well"], ["Bake", "it", "hot", "now"],
                     ["Eat"], ["Rest"]]  # fmt: skip


def test_our_own_files(tmp_path: Path) -> None:
    """A stored recipe is read with its groups, its source, its picture and who made it."""
    recipe = sectioned()
    recipe["soniq"]["extract"] |= {"structured": "llm", "ungrounded": ["4 apples"]}
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "slug.png").write_bytes(PICTURE)
    recipe["image"] = ["images/slug.png"]
    file = tmp_path / f"slug{save.SUFFIX}"
    file.write_bytes(msgspec.json.encode(recipe))
    with files.opened(file) as read:
        taken = read(files.entries(file)[0])
    assert isinstance(taken, files.Taken)
    same(taken.found, recipe)
    assert [p.name for p in taken.found.ingredients] == ["For the dough", "For the filling"]
    assert taken.found.url == "https://a.example/r"
    assert taken.image == PICTURE
    assert (taken.made["structured"], taken.made["ungrounded"]) == ("llm", ["4 apples"])


def test_the_pipeline_before(tmp_path: Path) -> None:
    """Files with metadata, ingredients and steps are recipes, too."""
    file = tmp_path / "soup.recipe.json"
    told = {
        "metadata": {"title": "Soup", "servings": 4, "totalTime": "PT30M", "tags": ["warm"]},
        "ingredients": [{"name": "leek", "quantity": 2.0, "unit": None}, {"name": "salt"}],
        "steps": [{"id": "s", "action": "Cut the leek and cook it."}],
    }  # fmt: skip
    file.write_text(json.dumps(told))
    with files.opened(file) as read:
        taken = read(files.entries(file)[0])
    assert isinstance(taken, files.Taken)
    assert taken.found.ingredient_lines == ["2 leek", "salt"]
    assert taken.found.step_lines == ["Cut the leek and cook it."]
    assert (taken.found.title, taken.found.total_min) == ("Soup", 30)


def test_lists_of_nodes(tmp_path: Path) -> None:
    """A list, a graph and lines of JSON hold several recipes, named by number."""
    nodes = [demo.node(made) for made in MADE[:3]]
    forms = {
        "list.json": json.dumps(nodes),
        "graph.jsonld": json.dumps({"@graph": [{"@type": "WebSite"}, *nodes]}),
        "lines.jsonl": "\n".join(map(json.dumps, nodes)) + "\n",
    }
    for name, text in forms.items():
        file = tmp_path / name
        file.write_text(text)
        assert files.entries(file) == ["0", "1", "2"]
        with files.opened(file) as read:
            found = [read(entry).found.title for entry in ("2", "0")]  # type: ignore[union-attr]
        assert found == [MADE[2].name, MADE[0].name]


HOSTILE = {
    "no zip.zip": b"PK\x03\x04 not whole",
    "empty.json": b"",
    "no.json": b'{"a": 1}',
    "deep.json": b"[" * 5000,
    "words.paprikarecipes": b"hello",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_files_that_are_none(tmp_path: Path, name: str) -> None:
    """What is no file of recipes is refused in words."""
    file = tmp_path / name
    file.write_bytes(HOSTILE[name])
    with pytest.raises(UsageError, match=r"\S"):
        files.entries(file)


@pytest.mark.parametrize(
    "told",
    [
        {"name": 3, "ingredients": ["x"], "directions": {}, "categories": 7, "photo_data": "%%%"},
        {"name": None, "categories": [None, 3], "prep_time": [[]], "source_url": {}},
        {},
    ],
)
def test_any_paprika(tmp_path: Path, told: dict) -> None:
    """Fields of any type become texts or nothing."""
    file = tmp_path / "a.paprikarecipe"
    file.write_bytes(gzip.compress(json.dumps(told).encode()))
    with files.opened(file) as read:
        assert isinstance(read(file.name), files.Taken)


@pytest.mark.parametrize(
    "told",
    [
        {"name": "a", "recipeIngredient": 7, "recipeInstructions": 7, "tags": 3},
        {"name": ["a"], "recipeIngredient": [None, 3, {"note": None}], "recipeInstructions": [{}]},
        {"name": "a", "recipe_ingredient": "x", "recipeInstructions": [{"title": 3}, None, "b"]},
        {"metadata": {"title": []}, "ingredients": [3, {"quantity": "x"}], "steps": {"a": 1}},
        {"name": "a", "recipeIngredient": ["b"], "soniq": {"ingredients": 3, "extract": []}},
        {"name": "a", "recipeIngredient": ["b"], "soniq": {"source": 3}, "image": ["\0", "/etc"]},
    ],
)
def test_any_node(tmp_path: Path, told: dict) -> None:
    """The same for nodes, whoever wrote them."""
    file = tmp_path / "a.json"
    file.write_text(json.dumps(told))
    with files.opened(file) as read:
        assert isinstance(read("0"), files.Taken)


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than any recipe is not unpacked; the others of its archive are read."""
    monkeypatch.setattr(files, "MOST_ENTRY_BYTES", 10_000)
    file = tmp_path / "a.paprikarecipes"
    good = archives.paprika(recipe_of(demo.TEA), None)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.paprikarecipe", gzip.compress(b" " * 20_000))
        archive.writestr("b.paprikarecipe", gzip.compress(json.dumps(good).encode()))
        archive.writestr("c.paprikarecipe", b"no gzip")
    with files.opened(file) as read:
        first, second, third = map(read, files.entries(file))
    assert isinstance(first, str)
    assert isinstance(second, files.Taken)
    assert isinstance(third, str)


def test_all_formats_of_a_shelf(tmp_path: Path) -> None:
    """An export writes every recipe under its name, and tells which cannot be read."""
    for made in MADE:
        shelf.put(tmp_path, made, f"https://a.example/{html.escape(made.name)}", image=PICTURE)
    (tmp_path / FOLDER / f"lentil-stew{save.SUFFIX}").write_text("{")
    for form, writer in importer.writers["recipes"].items():
        place = tmp_path / form
        if writer.folder:
            place.mkdir()
        done = export.write(form, tmp_path, place)
        assert done.count == 4
        assert "lentil-stew" in done.problems[0]
        if writer.folder:
            assert sum(each.is_file() for each in place.iterdir()) == 4


def test_a_line_that_two_groups_have() -> None:
    """It stands in each of them, whatever else has its words."""
    found = Found(path="x", title="Cake", steps=[Part(lines=["Mix it."])])
    found.ingredients = [
        Part(name="Dough", lines=["1 egg", "salt"]), Part(name="Icing", lines=["salt", "1 l milk"])
    ]  # fmt: skip
    made = stored(found, Source(url="https://a.example/"), Extract(path="x", version="1"), "cake")
    assert list(reading.ingredients(made)) == [
        ("Dough", ["1 egg", "salt"]), ("Icing", ["salt", "1 l milk"])
    ]  # fmt: skip


def test_cooklang_marks_no_word_that_only_begins_so() -> None:
    """What is oiled is no oil."""
    found = Found(path="x", title="Buns", ingredients=[Part(lines=["1 tbsp olive oil"])])
    found.steps = [Part(lines=["Lay them on an oiled tray.", "Brush with oils."])]
    made = stored(found, Source(url="https://a.example/"), Extract(path="x", version="1"), "buns")
    text = cooklang.write(made)
    assert "an oiled tray" in text
    assert "@oils{1%tbsp}" in text


def test_cooklang_cuts_no_time() -> None:
    """An hour and a half is no hour; it stays in words."""
    made = {"name": "X", "recipeInstructions": ["Cuire 1 h 30 à 180 °C, puis 1 h ou 2 h 15 min."]}
    text = cooklang.write(made)
    assert "Cuire 1 h 30 à 180 °C, puis ~{1%h} ou ~{2%h} ~{15%min}." in text
