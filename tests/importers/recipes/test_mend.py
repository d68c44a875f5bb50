"""Recipes that a page tells machines of are read although their JSON is not quite JSON."""

import json
import re
from typing import Any

import pytest

from soniq_tui.importers.recipes.page import extract, jsonld, mend
from soniq_tui.importers.recipes.page.found import Found

HERE = "https://kitchen.example/r/soup"
FOOD, WORK = ["1 onion", "2 l water"], ["Cut the onion.", "Boil it all for an hour."]
NODE: dict[str, Any] = {
    "@type": "Recipe",
    "name": "Soup",
    "recipeYield": "4",
    "recipeIngredient": FOOD,
    "recipeInstructions": [{"@type": "HowToStep", "text": text} for text in WORK],
}
TEXT = json.dumps(NODE)
BIG = [WORK[0].replace("the onion", 'the "big" onion'), WORK[1]]


def of(*blocks: str, kind: str = "application/ld+json") -> Found:
    page = "".join(f'<script type="{kind}">{block}</script>' for block in blocks)
    found = extract.recipe(f"<title>Soup</title>{page}<body>x", HERE)
    assert found is not None
    return found


def read(found: Found) -> tuple[list[str], list[str]]:
    return found.ingredient_lines, found.step_lines


@pytest.mark.parametrize(
    "block",
    [
        f"// a recipe\n{TEXT}",
        f"{{// its name\n{TEXT[1:]}",
        f"{{/* its // name */{TEXT[1:]}",
        f'{{// c\n"url":"https://a.fr//x",{TEXT[1:]}',
        f"{TEXT[:-1]}// end\n}}",
        f"{TEXT[:-1]}/* no end",
        TEXT.replace('"Soup", ', '"Soup"\n'),
        TEXT.replace("}, {", "} {"),
        TEXT.replace('onion", ', 'onion"\n'),
        TEXT.replace("recipeIngredient", "supply"),
        TEXT[:-1],
        TEXT.replace("}]", "}", 1),
        TEXT.replace("]", ",]").replace("}", ",}").replace('"Soup"', "\tSoup\t"),
        TEXT.replace('"', "'"),
        TEXT.replace('"name"', "name").replace('"4"', "undefined"),
        TEXT.replace('"4"', "04"),
        TEXT.replace('"name"', "“name”").replace('"Soup"', "“Soup”"),
        re.sub(r'"([^"]*)"', r"“\1”", TEXT),
        re.sub(r'"([^"]*)"', r"”\1”", TEXT),
        json.dumps(TEXT),
        TEXT.replace('"Recipe"', '"recipe"'),
        TEXT.replace('"name', '"schema:name').replace('"recipe', '"https://schema.org/recipe'),
        TEXT.replace('"Soup"', '"A "Soup", hot"'),
    ],
)
def test_what_is_meant_is_read(block: str) -> None:
    """Comments, lost commas and brackets, quotes of all kinds, names without any."""
    assert read(of(block)) == (FOOD, WORK)


def test_quotes_within_texts() -> None:
    """Those that stand in a text and nobody marked are of the text."""
    text = TEXT.replace("the onion", 'the "big" onion')
    assert read(of(text)) == (FOOD, BIG)
    assert read(of(text.replace('big"', "big&quot;"))) == (FOOD, BIG)


def test_a_type_in_entities() -> None:
    """A page may write the plus of its type as it likes."""
    assert read(of(TEXT, kind="application&#x2F;ld&#43;json")) == (FOOD, WORK)


@pytest.mark.parametrize(
    "text",
    ["", "x", "{", "}", "]}", '{"', '{"a', '{"a"', '{"a":', '{"a":"', ":", ",", "\\", '"\\', "/*",
     "//", "{'", "“", '{"a" "b" "c"}', "[1 2 {3: 4}", '{"a": "\ud800\x00\\u12"}', "][", "{]}",
     TEXT[:-2], TEXT[:-3], TEXT[:-20]],
)  # fmt: skip
def test_nothing_makes_it_fail(text: str) -> None:
    """Whatever comes, there is no recipe in it."""
    mend.mended(text)
    page = f'<script type="application/ld+json">{text}</script>'
    assert not [node for node in jsonld.nodes(page) if jsonld.is_a(node, "Recipe")]


def test_a_page_is_mended_up_to_a_length() -> None:
    """It is slow work; no recipe takes as much of it."""
    broken = f"{{//\n{TEXT[1:]}"
    full = f"{{// {'x' * mend.MOST_CHARS}\n{TEXT[1:]}"
    page = "".join(f'<script type="application/ld+json">{b}</script>' for b in (full, broken))
    assert [node["name"] for node in jsonld.nodes(page) if "name" in node] == ["Soup"]
    half = f"{{// {'x' * (mend.MOST_CHARS // 2)}\n{TEXT[1:]}"
    page = f'<script type="application/ld+json">{half}</script>' * 3
    assert len([node for node in jsonld.nodes(page) if "name" in node]) == 1


@pytest.mark.parametrize(
    "food",
    [
        json.dumps(FOOD),
        str(FOOD),
        {"@list": FOOD},
        {"@set": FOOD},
        [json.dumps(FOOD)],
    ],
)
def test_lists_in_disguise(food: Any) -> None:
    """A list written as a text, or as JSON-LD writes one whose order counts, is a list."""
    assert read(of(json.dumps({**NODE, "recipeIngredient": food}))) == (FOOD, WORK)


@pytest.mark.parametrize(
    "work",
    [
        json.dumps(NODE["recipeInstructions"]),
        json.dumps(WORK),
        {"@list": WORK},
        "1. Cut the onion. 2. Boil it all for an hour.",
        "1) Cut the onion. 2) Boil it all for an hour.",
        "Step 1: Cut the onion. Step 2: Boil it all for an hour.",
        [{"@type": "HowToStep", "position": n, "text": WORK[n - 1]} for n in (2, 1)],
        [{"@type": "HowToStep", "position": str(n), "text": WORK[n - 1]} for n in (2, 1)],
    ],
)
def test_steps_in_disguise(work: Any) -> None:
    """Steps written as one text are parted where it counts them; those out of order are put in."""
    assert read(of(json.dumps({**NODE, "recipeInstructions": work}))) == (FOOD, WORK)


@pytest.mark.parametrize(
    "text",
    [
        "Bake at 180. Then add 2. It is done.",
        "Add 1. 5 cups and 2. 5 spoons of it.",
        "1. Cut all of it, then leave it for 3. No more.",
        "Use 1) or 3) of them all now.",
        "[optional] Cut the onion [1]",
        "{all of it}",
    ],
)
def test_what_is_no_list(text: str) -> None:
    """Numbers that do not count from one, and brackets of texts, stay as they are."""
    assert of(json.dumps({**NODE, "recipeInstructions": [text, WORK[1]]})).step_lines[0] == text
    assert of(json.dumps({**NODE, "recipeInstructions": text})).step_lines == [text]


@pytest.mark.parametrize("places", [(1, 1), (2, None), (True, False), ("x", "y")])
def test_places_that_tell_nothing(places: tuple[Any, Any]) -> None:
    """Steps stay in their order where their places are no numbers, or the same."""
    work = [{"@type": "HowToStep", "position": p, "text": WORK[n]} for n, p in enumerate(places)]
    assert of(json.dumps({**NODE, "recipeInstructions": work})).step_lines == WORK


def test_a_recipe_told_in_two_nodes() -> None:
    """What one plug-in tells and the other does not is of one recipe where they name it alike."""
    food = json.dumps({**NODE, "recipeInstructions": None})
    work = json.dumps({**NODE, "recipeIngredient": None})
    assert read(of(food, work)) == (FOOD, WORK)
    other = json.dumps({**NODE, "name": "Stew", "recipeIngredient": None})
    assert read(of(food, other)) == (FOOD, [])


def test_one_text_of_food() -> None:
    """Several amounts in a row are several ingredients; one is one, whatever stands behind it."""
    told = "1 onion, 2 l water, 3 carrots"
    assert of(json.dumps({**NODE, "recipeIngredient": told})).ingredient_lines == [
        *FOOD,
        "3 carrots",
    ]
    told = "1 chicken, 2 kg"
    assert of(json.dumps({**NODE, "recipeIngredient": told})).ingredient_lines == [told]
