"""A page that was made to take for ever, or all memory, takes neither."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from soniq_tui.importers.recipes import given, links, save
from soniq_tui.importers.recipes.page import bounds, extract, plaintext, text
from soniq_tui.importers.recipes.page.plain import plain
from soniq_tui.importers.recipes.stored import Extract, Source, slug_of, stored

SIZE = 512 * 1024
ADDRESS = "https://a.fr/x"
BOX = "<div itemscope itemtype=https://schema.org/Recipe>"


def full(piece: str) -> str:
    return piece * (SIZE // len(piece))


def block(inside: str) -> str:
    return f'<script type="application/ld+json">{inside}</script>'


def told(**more: Any) -> str:
    food = {"recipeIngredient": ["1 a", "2 b", "3 c"]}
    steps = {"recipeInstructions": ["Do this and that now.", "And then this as well."]}
    return block(json.dumps({"@type": "Recipe", "name": "x", **food, **steps, **more}))


PAGES: dict[str, Callable[[], str]] = {
    **{
        piece: lambda piece=piece: full(piece)  # type: ignore[misc]
        for piece in (
            "<", "&", "<!--", "<!-- -- ", "<script ", "<script type ", "<title>", "<title ",
            "<html ", "<script type=application/ld+json>", "<style>", "<meta ", "<div>", "<ul><li>",
            "<table><tr><td>1 cup", "<strong>Ingredients</strong>", "<strong>Method", "<form><nav>",
            "<a><b>", "<div><b>Ingredients</b>", "<div class=ingredient>",
            "<div itemprop=image itemscope itemtype=https://schema.org/Recipe>", "<svg><math>",
            "<div class=wprm-recipe>", "<link ", "<base ",
        )
    },
    "attributes": lambda: f"<meta {'a' * 1990}>" * 500,
    "many attributes": lambda: f"<body {' '.join(f'a{n}' for n in range(100_000))}>x",
    "many pictures": lambda: full("<meta property=og:image content=/{}>"),
    "sizes of a picture": lambda: f"<link rel=preload as=image imagesrcset='{', /a' * 2600}'>" * 50,
    "items in items": lambda: BOX + full("<div itemprop=recipeIngredient>"),
    "text in items": lambda: BOX + "<div itemprop=recipeIngredient>" * 3000 + full("x "),
    "text in classes": lambda: "<div class=ingredient>" * 4000 + full("1 cup x "),
    "brackets": lambda: "<h2>Ingredients</h2><p>" + full("("),
    "arrays": lambda: block("[" * SIZE),
    "commas": lambda: block('{"a":[' + "," * SIZE + "x"),
    "objects": lambda: block("{}" * (SIZE // 2)),
    "brackets of two kinds": lambda: block("//\n" + "[" * 15_000 + "}" * 15_000),
    "quotes": lambda: block('["' + '" ' * 15_000),
    "names": lambda: block("{//\n" + '"a" ' * 8_000),
    "comments in data": lambda: block("{" + "/* " * 15_000),
    "steps that count": lambda: told(recipeInstructions="1. a. " * 8_000),
    "backslashes": lambda: block('{"a":"' + "\\" * SIZE),
    "blanks": lambda: block(f"{' ' * (SIZE // 2)}x{' ' * (SIZE // 2)}x"),
    "recipes": lambda: block("[" + full('{"@type":"Recipe","name":"x"},') + "{}]"),
    "pictures that refer": lambda: block(json.dumps(
        [{"@type": "x", "@id": "a", "contentUrl": [{"@id": "a"}] * 60},
         {"@type": "Recipe", "image": {"@id": "a"}}])),
}  # fmt: skip
TOLD: dict[str, dict[str, Any]] = {
    "digits for a time": {"prepTime": "1" * SIZE},
    "blanks for a time": {"prepTime": f"{' ' * SIZE}x"},
    "hours": {"prepTime": "1h" * (SIZE // 2)},
    "brackets for a title": {"name": "(" * SIZE},
    "a long title": {"name": "- " * (SIZE // 2)},
    "a number": {"recipeIngredient": ["9" * 400 + " g x", "2 b", "3 c"]},
    "a long number": {"recipeIngredient": ["9" * SIZE, "2 b", "3 c"]},
    "a million ingredients": {"recipeIngredient": ["1 a"] * (SIZE // 2)},
    "scripts": {"recipeIngredient": ["<script>" * (SIZE // 8), "2 b"]},
    "comments": {"recipeIngredient": ["<!-- --" * (SIZE // 7), "2 b"]},
    "asides": {"recipeIngredient": ["((a " * (SIZE // 4), "2 b"]},
    "accents": {"recipeIngredient": ["a" + "\u0300\u0316" * (SIZE // 4), "2 b"]},
    "digits in a step": {"recipeInstructions": ["1" * SIZE + " x.", "And so on and so forth."]},
    "an age": {"recipeInstructions": [f"Cook {'9' * 400} min. And so on.", "And so forth."]},
    "sections": {"recipeInstructions": [{"@type": "HowToSection", "name": "s",
                                         "itemListElement": ["a b c."] * 400}] * 400},
    "for many": {"recipeYield": "9" * 400},
    "for very many": {"recipeYield": 10**400},
    "no addresses": {"image": ["http://[", "//[x", "/dish.jpg"], "url": "http://["},
    "words": {"keywords": ["k" * 1000] * 1000, "inLanguage": "x" * SIZE,
              "nutrition": {str(n): "x" * 9000 for n in range(100)}},
}  # fmt: skip


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", [*PAGES, *TOLD])
def test_a_page_without_end(name: str) -> None:
    """It is read in less than a second, and what is found can be saved and read again."""
    page = PAGES[name]() if name in PAGES else told(**TOLD[name])
    began_s = time.process_time()
    found = extract.recipe(page, ADDRESS)
    read_s = time.process_time()
    assert read_s - began_s < 1
    source = Source(url=ADDRESS)
    if name in TOLD:
        assert found is not None
        assert found.complete
    if found is not None and found.complete:
        recipe = stored(found, source, Extract(path="x", version="1"), slug_of(found.title, source))
        assert len(save._encoded(recipe)) < save.MOST_BYTES
    text.text_of(page)
    assert time.process_time() - read_s < 1


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "piece",
    ["<img src=/x alt=x>", "<p>Serves", "<p>Serves<p>4", "<div class=recipe-image><img src=data:,>",
     "<div class=recipe-image>", "<article><img src=data:,>", "<img srcset='", "<p>Total time: 1 "],
)  # fmt: skip
def test_a_recipe_before_what_has_no_end(piece: str) -> None:
    """What machines are told is kept, however long the search for its picture and yield is."""
    began_s = time.process_time()
    found = extract.recipe(told() + full(piece), ADDRESS)
    assert time.process_time() - began_s < 1
    assert found is not None
    assert found.complete


@pytest.mark.timeout(30)
@pytest.mark.parametrize("piece", ["1", "1 ", "a:\n", "- \n", "(", "x", "1-", "Method\n", "\n \n"])
def test_a_text_without_end(piece: str) -> None:
    """The same of texts that are given."""
    began_s = time.process_time()
    given.recipe(full(piece), Source(url="file:///x.txt"))
    assert time.process_time() - began_s < 1


@pytest.mark.timeout(30)
@pytest.mark.parametrize(("begins", "piece"), [("= a", " "), ("= a", "="), ("", "[-"), ("[", "-")])
def test_cooklang_without_end(begins: str, piece: str) -> None:
    """The same of sections and comments of Cooklang."""
    text = f"Cut @onions{{2}}.\n\n{begins}{piece * (200_000 // len(piece))}x\n"
    began_s = time.process_time()
    assert given.recipe(text, Source(url="file:///x.cook")) is not None
    assert time.process_time() - began_s < 1


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("begins", "piece"), [("the", " "), ("x", "*"), ("serves", " "), ("for 1", " "), ("", "- ")]
)
def test_a_line_without_end(begins: str, piece: str) -> None:
    """The same of a single line, whether it is asked for one recipe or for several."""
    line = f"{begins}{piece * 200_000}sauc\n"
    began_s = time.process_time()
    given.recipe(line, Source(url="file:///x.txt"))
    plaintext.each_of(f"{line}Ingredients\n1 egg\n\n{line}Ingredients\n1 egg\nMethod\nx\n")
    assert time.process_time() - began_s < 1


@pytest.mark.timeout(30)
@pytest.mark.parametrize("piece", [")", "a.", "www.", "https://a.fr/", "(", "a/"])
def test_addresses_without_end(piece: str) -> None:
    """The same of lists of addresses."""
    began_s = time.process_time()
    links.found_in(full(piece))
    links.found_in(f"https://a.fr/{full(piece)}")
    assert time.process_time() - began_s < 1


@pytest.mark.parametrize(
    "head",
    [
        '<link rel=canonical href="https://a.fr:abc/x">',
        '<link rel=canonical href="https://[">',
        "<meta property=og:image content=/a><meta property=og:image:width content=²>",
        "<meta property=og:image content=//[>",
    ],
)
def test_a_head_that_is_wrong(head: str) -> None:
    """What a page's head says wrongly does not cost its recipe."""
    found = extract.recipe(head + told(), ADDRESS)
    assert found is not None
    assert found.complete
    assert Source(url=ADDRESS, canonical=found.url).key == "a.fr/x"


def test_time_is_up() -> None:
    """What looks at a tree is stopped, and nothing else."""
    plain("x")
    with bounds.within(-1), pytest.raises(bounds.EndlessError):
        plain("x")
    plain("x")


def test_a_tree_is_cut_where_nobody_is_any_more() -> None:
    """Pages as deep and as long as any real one are left as they are."""
    deep = "<div>" * 2000 + "<p>x</p>" * 10_000 + "</div>" * 2000
    assert bounds.for_a_tree(deep) == deep
    script = f"<script>if (a<b) {'x' * 100_000}</script><p>x</p>"
    assert bounds.for_a_tree(script).endswith("</script><p>x</p>")
    assert bounds.for_a_tree(f"<p>a</p><div {'a ' * 50_000}>b") == "<p>a</p><x>b"
