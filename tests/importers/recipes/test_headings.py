"""What a page tells people alone, or machines in its own tags, is read part by part."""

import json

import pytest

from soniq_tui.importers.recipes.page import extract, schema
from soniq_tui.importers.recipes.page.found import Found

HERE = "https://kitchen.example/soup"
FOOD = ["2 onions", "1 l stock", "4 slices bread"]
WORK = [
    "Cut the onions into thin rings and let them sweat in butter.",
    "Pour in the stock and let it simmer for an hour.",
]
OTHER_FOOD = ["1 kg flour", "1 l water", "10 g yeast", "1 tsp salt"]
OTHER_WORK = ["Knead the dough well, for ten minutes at least.", "Bake it until it sounds hollow."]


def items(lines: list[str], kind: str = "ul") -> str:
    return f"<{kind}>{''.join(f'<li>{line}</li>' for line in lines)}</{kind}>"


def told(
    food: list[str], work: list[str], names: tuple[str, str] = ("Ingredients", "Method")
) -> str:
    return f"<h2>{names[0]}</h2>{items(food)}<h2>{names[1]}</h2>{items(work, 'ol')}"


def read(body: str) -> Found:
    found = extract.recipe(f"<title>Onion soup</title><h1>Onion soup</h1>{body}", HERE)
    assert found is not None
    return found


@pytest.mark.parametrize("first", [True, False])
def test_of_two_recipes_one_is_taken_whole(first: bool) -> None:
    """The first of a page: never food of one and steps of the other."""
    both = [told(FOOD, WORK), told(OTHER_FOOD, OTHER_WORK)]
    found = read("<h1>And</h1>".join(both if first else both[::-1]))
    wanted = (FOOD, WORK) if first else (OTHER_FOOD, OTHER_WORK)
    assert (found.ingredient_lines, found.step_lines) == wanted


def test_a_list_for_a_glance_is_no_recipe() -> None:
    """What a text says of some ingredients before the recipe is not all of them."""
    few = "<h2>Key ingredients</h2><ul><li>2 onions</li><li>butter</li></ul>"
    food = [*FOOD, "1 bay leaf", "2 sprigs thyme"]
    assert read(few + told(food, WORK)).ingredient_lines == food


def test_food_that_is_bold() -> None:
    """Where all of it is, what has no number is no heading."""
    food = [*FOOD, "salt"]
    bold = "".join(f"<p><b>{line}</b></p>" for line in food)
    assert read(told([], WORK).replace("<ul></ul>", bold)).ingredient_lines == food


@pytest.mark.parametrize("head", ["<h3>{}</h3>", "<p><strong>{}</strong></p>", "<p> <b>{}</b></p>"])
def test_parts_below_smaller_headings(head: str) -> None:
    """Each part keeps its name, of food and of work."""
    soup, toast = head.format("Soup"), head.format("Toast:")
    food = f"<h2>Ingredients</h2>{soup}{items(FOOD[:2])}{toast}{items(FOOD[2:])}"
    work = f"<h2>Method</h2>{soup}{items(WORK, 'ol')}{toast}<p>{OTHER_WORK[1]}</p>"
    found = read(food + work)
    assert [(p.name, p.lines) for p in found.ingredients] == [
        ("Soup", FOOD[:2]),
        ("Toast", FOOD[2:]),
    ]
    assert [(p.name, p.lines) for p in found.steps] == [("Soup", WORK), ("Toast", OTHER_WORK[1:])]


@pytest.mark.parametrize("place", ["<div id=comments>{}</div>", "<ol class=commentlist>{}</ol>"])
def test_what_readers_say(place: str) -> None:
    """It is no part of the recipe."""
    said = place.format("<li>I baked it for 2 hours and it burned down the house.</li>")
    text = told(FOOD, WORK) + "<p>A word about soups and where they come from.</p>" * 3
    assert read(text.replace("<p>", f"{said}<p>", 1)).step_lines[:2] == WORK
    assert not any("burned" in line for line in read(told(FOOD, WORK) + said).step_lines)


def test_yield_and_time_are_no_steps() -> None:
    """They are what they are, wherever they stand."""
    found = read(told(FOOD, WORK) + "<p>Serves 4</p><p>Total time: 1 h 30</p>")
    assert (found.step_lines, found.yields, found.total_min) == (WORK, "4", 90)


@pytest.mark.parametrize(
    ("names", "food", "work"),
    [
        (("Ингредиенты", "Приготовление"), ["2 луковицы", "1 л бульона", "1 ч. л. соли"],
         ["Нарезать лук тонкими кольцами и обжарить на масле.", "Варить час на медленном огне."]),
        (("Malzemeler", "Hazırlanışı"), ["2 soğan", "1 l su", "1 tutam tuz"],
         ["Soğanları ince halkalar halinde doğrayın.", "Bir saat kısık ateşte pişirin."]),
        (("材料", "作り方"), ["玉ねぎ 2個", "水 1リットル", "塩 少々"],
         ["玉ねぎを薄く切ってバターで炒める。", "水を入れて一時間煮てから味を調える。"]),
        (("재료", "만드는 법"), ["양파 2개", "물 1리터", "소금 1꼬집"],
         ["양파를 얇게 썰어 버터에 볶아 주세요.", "물을 붓고 한 시간 동안 끓여 주세요."]),
        (("Suroviny", "Postup"), ["2 cibule", "1 l vývaru", "1 lžička soli"],
         ["Cibuli nakrájejte na tenké kroužky.", "Zalijte vývarem a hodinu vařte."]),
    ],
)  # fmt: skip
def test_other_languages(names: tuple[str, str], food: list[str], work: list[str]) -> None:
    """Their headings are known, and steps in scripts with few letters are as long as others."""
    found = read(told(food, work, names))
    assert (found.ingredient_lines, found.step_lines) == (food, work)


def test_all_steps_of_a_part() -> None:
    """A section in the tags of a page has as many steps as it has."""
    step = '<li itemprop=itemListElement itemscope itemtype="https://schema.org/HowToStep">'
    steps = "".join(f"{step}<p itemprop=text>{line}</p></li>" for line in WORK)
    food = "".join(f"<li itemprop=recipeIngredient>{line}</li>" for line in FOOD)
    found = read(
        '<div itemscope itemtype="https://schema.org/Recipe"><b itemprop=name>Onion soup</b>'
        f"{food}<ol itemprop=recipeInstructions itemscope "
        f'itemtype="https://schema.org/HowToSection"><b itemprop=name>Soup</b>{steps}</ol></div>'
    )
    assert found.path == "microdata"
    assert [(part.name, part.lines) for part in found.steps] == [("Soup", WORK)]


def test_what_is_no_food() -> None:
    """A yield, or the head of a table, among ingredients is none of them."""
    rows = "".join(f"<tr><td>{line}</td></tr>" for line in FOOD)
    table = f"<table><tr><th>Menge</th><th>Zutaten</th></tr>{rows}</table>"
    found = read(
        f"<h2>Zutaten</h2><p>4 Portionen</p>{table}<h2>Zubereitung</h2>{items(WORK, 'ol')}"
    )
    assert (found.ingredient_lines, found.yields) == (FOOD, "4 Portionen")


@pytest.mark.parametrize(
    "said",
    [
        "Soup with a spoon – Foto: Ada Example",
        "Photo by Ada Example",
        "Nährwerte pro Portion: 678 KCAL | 27 G E",
        "Valeurs nutritionnelles par portion : 320 kcal",
    ],
)
def test_what_is_no_step(said: str) -> None:
    """Nor is what stands below a picture, or what is in a portion."""
    assert read(told(FOOD, [said, *WORK])).step_lines == WORK


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["For the soup", *FOOD[:2], "For the toast", *FOOD[2:]],
         ["For the soup", "For the toast"]),
        (["Für den Teig", *FOOD], ["Für den Teig"]),
        (["Pour la pâte", *FOOD[:2], "Pour l’appareil", *FOOD[2:]],
         ["Pour la pâte", "Pour l’appareil"]),
        ([*FOOD, "For the pan, butter"], [""]),
        ([*FOOD, "For the table"], [""]),
        (["Pour le moule : beurre", *FOOD], [""]),
    ],
)  # fmt: skip
def test_headings_without_a_colon(lines: list[str], names: list[str]) -> None:
    """A line such as "For the soup" before more of them is a heading among ingredients."""
    assert [part.name for part in schema.grouped(lines)] == names


def test_a_list_that_was_cut_at_commas() -> None:
    """Where "1,5 TL" has become two lines, the list that people see is taken."""
    food = ["250 g Fleisch, in Stücken", "1,5 TL Senf", "40 g Butter, weich", "1 Ei"]
    cut = [part for line in food for part in line.split(",")]
    steps = [{"@type": "HowToStep", "text": line} for line in WORK]
    node = {"@type": "Recipe", "name": "Onion soup", "recipeIngredient": cut,
            "recipeInstructions": steps}  # fmt: skip
    data = f'<script type="application/ld+json">{json.dumps(node)}</script>'
    assert read(data + told(food, WORK, ("Zutaten", "Zubereitung"))).ingredient_lines == food
