"""Recipes in texts without markup, found by rules."""

import time

import pytest

from soniq_tui.importers.recipes.page import plaintext
from soniq_tui.importers.recipes.page.found import Found

FRENCH = """\
Tarte aux poireaux de Mamie

Pour 4 personnes
Préparation : 20 min
Cuisson : 35 min

Ingrédients :
- 3 poireaux
- 20 cl de crème
Pour la pâte :
* 200 g de farine
* 100 g de beurre

Préparation
1. Laver les poireaux et les émincer.
2. Mélanger farine et beurre,
   puis étaler la pâte.
3) Cuire 35 minutes à 180 °C.
"""
ENGLISH = """\
# Lemon Curd

## Ingredients for 2 jars
2 lemons
100 g sugar

## Method
Grate the zest of the lemons into a
bowl and add the sugar.

Stir over low heat until it is thick.
Source: https://example.org/curd
"""
BARE = """\
Hummus
a very good one

400 g chickpeas
2 tbsp tahini
1 lemon

Blend all of it for three minutes and serve with bread.
Keeps for two days.
"""


def test_french_headings() -> None:
    """Headings, groups, numbers, times and yield are taken apart; wrapped steps are joined."""
    found = plaintext.found_in(FRENCH)
    assert found is not None
    assert found.title == "Tarte aux poireaux de Mamie"
    assert (found.yields, found.prep_min, found.cook_min) == ("Pour 4 personnes", 20, 35)
    assert [(p.name, p.lines) for p in found.ingredients] == [
        ("", ["3 poireaux", "20 cl de crème"]),
        ("Pour la pâte", ["200 g de farine", "100 g de beurre"]),
    ]
    assert found.step_lines == [
        "Laver les poireaux et les émincer.",
        "Mélanger farine et beurre, puis étaler la pâte.",
        "Cuire 35 minutes à 180 °C.",
    ]
    assert found.complete


def test_markdown_headings() -> None:
    """Marks of Markdown are no words; steps without numbers are paragraphs."""
    found = plaintext.found_in(ENGLISH)
    assert found is not None
    assert (found.title, found.yields) == ("Lemon Curd", "2 jars")
    assert found.ingredient_lines == ["2 lemons", "100 g sugar"]
    assert found.step_lines == [
        "Grate the zest of the lemons into a bowl and add the sugar.",
        "Stir over low heat until it is thick.",
    ]
    assert found.url == "https://example.org/curd"


def test_parts_and_marks_of_markdown() -> None:
    """Headings below the two are parts; what is escaped is a sign; addresses have no brackets."""
    found = plaintext.found_in(
        "# Tarte \\[good\\]\n\n- Yield: 4 slices\n- Total: 50 min\n\nFrom the sea.\nVery old.\n\n"
        "## Ingredients\n\n### Dough\n\n- 200 g flour\n- 1 \\* egg\n\n### Top\n\n- 1 pear\n\n"
        "## Method\n\n### Dough\n\n1. \\# Mix it.\n\n### Top\n\n2. Cut \\*it\\*.\n3\\. Bake.\n\n"
        "Source: <https://example.org/x>\n"
    )
    assert found is not None
    assert (found.title, found.yields, found.total_min) == ("Tarte [good]", "4 slices", 50)
    assert found.description == "From the sea. Very old."
    assert found.url == "https://example.org/x"
    assert [(p.name, p.lines) for p in found.ingredients] == [
        ("Dough", ["200 g flour", "1 * egg"]),
        ("Top", ["1 pear"]),
    ]
    assert [(p.name, p.lines) for p in found.steps] == [
        ("Dough", ["# Mix it."]),
        ("Top", ["Cut *it*. 3. Bake."]),
    ]


def test_what_notes_tell_before_their_text() -> None:
    """Programs for notes keep what they know between two lines, by name; it is no title."""
    found = plaintext.found_in(
        '---\ntitle: "Soup: ours"\ntags: [winter, "easy"]\nservings: 4\nprep time: 10 min\n'
        "aliases:\n  - Broth\nsource: https://a.example/x\nrating: 5\n---\n\n# Soup\n\n"
        "## Ingredients\n- 1 leek\n\n## Method\nCook it.\n"
    )
    assert found is not None
    assert (found.title, found.yields, found.prep_min) == ("Soup: ours", "4", 10)
    assert (found.keywords, found.url) == (["winter", "easy"], "https://a.example/x")
    assert (found.ingredient_lines, found.step_lines) == (["1 leek"], ["Cook it."])


def test_lists_to_tick() -> None:
    """Boxes before ingredients and steps are no words, ticked or not."""
    found = plaintext.found_in(
        "Soup\n## Ingredients\n- [ ] 1 leek\n* [x] 2 eggs\n[ ] 3 figs\n## Method\n- [ ] Cook it.\n"
    )
    assert found is not None
    assert found.ingredient_lines == ["1 leek", "2 eggs", "3 figs"]
    assert found.step_lines == ["Cook it."]


def test_steps_line_by_line() -> None:
    """Where each line ends a sentence each is a step, also with a note behind a blank line."""
    found = plaintext.found_in(
        "Soup\nIngredients\n1 leek\n2 eggs\n\nMethod\nCut it.\nBoil it!\nEat it.\n\nGood cold.\n"
    )
    assert found is not None
    assert found.step_lines == ["Cut it.", "Boil it!", "Eat it.", "Good cold."]


@pytest.mark.parametrize(
    ("line", "minutes"),
    [
        ("Cuisson : une heure et demie", 90),
        ("Cook time: half an hour", 30),
        ("Cuisson: cuire une heure", None),
        ("Cooking: an egg, for two minutes", None),
    ],
)
def test_times_in_words(line: str, minutes: int | None) -> None:
    """A label has its time behind it, in figures or in words, and no sentence."""
    found = plaintext.found_in(f"Soup\n{line}\nIngredients\n1 leek\nMethod\nCook it.\n")
    assert found is not None
    assert found.cook_min == minutes


def test_without_headings() -> None:
    """Where nothing is named, lines that begin with an amount are the ingredients."""
    found = plaintext.found_in(BARE)
    assert found is not None
    assert found.title == "Hummus"
    assert found.ingredient_lines == ["400 g chickpeas", "2 tbsp tahini", "1 lemon"]
    assert found.step_lines == [
        "Blend all of it for three minutes and serve with bread.",
        "Keeps for two days.",
    ]


def test_a_step_that_speaks_of_ingredients() -> None:
    """A sentence that begins like a heading is none."""
    found = plaintext.found_in(
        "Stew\nIngredients\n1 onion\n2 carrots\nMethod\nChop.\nIngredients go into the pot.\n"
    )
    assert found is not None
    assert found.step_lines == ["Chop.", "Ingredients go into the pot."]


@pytest.mark.parametrize("text", ["", "\n\n", "Dear Ada,\nthank you for the evening.\n", "x" * 9])
def test_no_recipe(text: str) -> None:
    """A letter is no recipe."""
    assert plaintext.found_in(text) is None


def test_a_flood_ends() -> None:
    """A text of a hundred thousand lines costs bounded work."""
    found = plaintext.found_in("Ingredients\n" + "1 egg\n" * 100_000)
    assert found is not None
    assert len(found.ingredient_lines) == plaintext.MOST_LINES


SOUP = "Soup\n\nIngredients\n1 onion\n2 eggs\n\nMethod\nChop the onion.\nCook it.\n"
CAKE = (
    "Cake\nServes 4\n\nIngredients (4 servings)\n200 g flour\n3 eggs\n\nMethod\nMix it.\nBake it.\n"
)
PEAR = "Tarte\n\nIngrédients pour 4\n1 poire\n\nPréparation\nCuire.\n"
SAUCE = "Ingredients\n1 tomato\n\nMethod\nMelt it.\n"
PARTS = ("For the sauce", "Pour l’appareil", "**Für den Teig**", "Per la crema", "Sauce",
         "The Filling", "La crème", "Der Guss", "Pâte", "Topping", "Icing")  # fmt: skip
SHORT = "Tea\n\n1 bag of tea\n2 cups water\n\nBoil and wait for a while.\n"


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        (f"{SOUP}\n{CAKE}", ["Soup", "Cake"]),
        (f"{SOUP}\n\n{CAKE}\n{SOUP}", ["Soup", "Cake", "Soup"]),
        (f"{SOUP}\n---\n\n{SHORT}\n* * *\n{CAKE}\n---\n", ["Soup", "Tea", "Cake"]),
        (f"# {SOUP}# {CAKE}", ["Soup", "Cake"]),
        (f"{SHORT}\n=====\n{SHORT}".replace("\n", "\r\n"), ["Tea", "Tea"]),
        (f"{PEAR}\nFlan\nPréparation : 20 min\n{PEAR.partition(chr(10))[2]}", ["Tarte", "Flan"]),
        (SOUP, ["Soup"]), (FRENCH, ["Tarte aux poireaux de Mamie"]), (BARE, ["Hummus"]),
        ("Cake\n====\n\nIngredients\n1 egg\n\nMethod\n------\n\nBake it.\n", ["Cake"]),
        # parts of one
        (f"{SOUP}\nIngredients for the filling\n1 apple\n\nMethod\nCut it.\n", ["Soup"]),
        (f"{SOUP}\nIngredients\n1 apple\n\nMethod\nCut it.\n", ["Soup"]),
        *((f"{SOUP}\n{part}\n\n{SAUCE}", ["Soup"]) for part in PARTS),
        (f"{SOUP}\n---\n\nFor the sauce\n\n{SAUCE}", ["Soup"]),
        (f"Tarte\n\nPour la pâte\n\n{SAUCE}\nPour la crème\n\n{SAUCE}", ["Tarte"]),
        (f"# {SOUP}\n## Sauce vierge\n\n{SAUCE}", ["Soup"]),
        (f"# {SOUP}\n---\n\n## Sauce vierge\n\n{SAUCE}", ["Soup"]),
        (f"{SOUP}\nFor the sauce\n\n{SAUCE}\n{CAKE}", ["Soup", "Cake"]),
        # no parts, though they sound so
        (f"{SOUP}\nTomato sauce\n\n{SAUCE}", ["Soup", "Tomato sauce"]),
        (f"{SOUP}\nSauce hollandaise\n\n{SAUCE}", ["Soup", "Sauce hollandaise"]),
        (f"# Ours\n\n## {SOUP}\n## {CAKE}\n### Glaze\n\n{SAUCE}", ["Soup", "Cake"]),
        # what follows is not whole
        (f"{SOUP}\n---\nNotes\n\nGood with bread.\n", ["Soup"]),
        (f"{SOUP}\nSalad\n\nIngredients\n1 lettuce\n", ["Soup"]),
        (f"---\ntitle: x\n---\n{SOUP}", ["x"]), (f"---\ntags: x\n---\n{SOUP}", ["Soup"]),
        (f"---\nA soup of ours.\n---\n{SOUP}", ["A soup of ours."]),
        ("", []), ("---\n\n---\n", []),
    ],
)  # fmt: skip
def test_several_recipes(text: str, titles: list[str]) -> None:
    """Recipes one behind the other are told apart; parts of one and notes stay with it."""
    found = map(plaintext.found_in, plaintext.each_of(text))
    assert [one.title for one in found if one is not None] == titles


@pytest.mark.parametrize(
    "piece", ["Ingredients\n1 a\nMethod\nb\n", "\n---\n", "Method\n\nTitle\n\n"]
)
def test_many_parts(piece: str) -> None:
    """A text that is made of nothing but beginnings is read in the time that its length takes."""
    text = f"{SOUP}\n{piece * (plaintext.MOST_CHARS // len(piece))}"
    began_s = time.thread_time()
    plaintext.each_of(text)
    assert time.thread_time() - began_s < 10


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("Raciones: 4\nTiempo total: 20 minutos", ("4", None, None, 20)),
        ("Porzioni: 6\nTempo di preparazione: 15 min\nTempo di cottura: 1 ora",
         ("6", 15, 60, None)),
        ("Portionen: 4\nGesamtzeit: 1 Std. 20 Min.", ("4", None, None, 80)),
        ("Pour 6 personnes | Préparation : 20 min | Cuisson : 40 min",
         ("Pour 6 personnes", 20, 40, None)),
        ("Serves 4 • Prep: 10 min • Cook: 1 h", ("Serves 4", 10, 60, None)),
        ("Pour 6 personnes — 1 h 10", ("Pour 6 personnes", None, None, None)),
        ("A soup from the sea | 1987", ("", None, None, None)),
    ],
)  # fmt: skip
def test_what_stands_above(
    lines: str, told: tuple[str, int | None, int | None, int | None]
) -> None:
    """Yield and times are known in the languages of labels, each in its line or all in one."""
    found = plaintext.found_in(
        f"Soup\n\n{lines}\n\nIngredients\n2 biscuits\n1 onion\n\nMethod\nMix it."
    )
    assert found is not None
    assert (found.yields, found.prep_min, found.cook_min, found.total_min) == told
    assert found.ingredient_lines == ["2 biscuits", "1 onion"]


def test_biscuits_are_food() -> None:
    """A number of biscuits in a list without a heading is no yield."""
    found = plaintext.found_in("Trifle\n\n12 biscuits\n200 ml cream\n1 jar jam\n\nLayer all of it.")
    assert found is not None
    assert (found.ingredient_lines[0], found.yields) == ("12 biscuits", "")


def read(text: str) -> Found:
    found = plaintext.found_in(text)
    assert found is not None
    return found


def test_what_people_write_on_telephones() -> None:
    """Pictures before words are none of them, and keys with numbers count steps."""
    found = read(
        "🍰 Cake\n\n🛒 Ingredients\n🥚 2 eggs\n🌾 200 g flour\n🧂️ salt\n\n"
        "👩‍🍳 Method\n1️⃣ Mix it.\n2️⃣ Bake it.\n"
    )
    assert found.title == "Cake"
    assert found.ingredient_lines == ["2 eggs", "200 g flour", "salt"]
    assert found.step_lines == ["Mix it.", "Bake it."]


def test_ingredients_that_are_counted() -> None:
    """The count is no amount of theirs; other numbers are."""
    told = (
        "Chili\nIngredients\n{}. 500 g beef\n{}. 2 cans beans\nSteps\nBrown the beef. Simmer it.\n"
    )
    assert read(told.format(1, 2)).ingredient_lines == ["500 g beef", "2 cans beans"]
    assert read(told.format(2, 3)).ingredient_lines == ["2. 500 g beef", "3. 2 cans beans"]


@pytest.mark.parametrize(
    ("line", "yields"),
    [("Ingrédients (4 personnes)", "4 personnes"), ("Zutaten (für 4 Personen):", "4 Personen"),
     ("Ingredients (US)", ""), ("Ingredients (makes 12)", "12")],
)  # fmt: skip
def test_for_how_many_in_brackets(line: str, yields: str) -> None:
    """A heading may tell it."""
    assert read(f"Soup\n{line}\n2 onions\n1 l water\nMethod\nCook it.").yields == yields


def test_notes_are_no_steps() -> None:
    """They stand apart, as the text has them; so does what is told in stars above."""
    found = read(
        "Soup\n*Serves 4* | Prep: 10 min\nIngredients\n1 leek\nMethod\nCook it.\nNotes\nOld."
    )
    assert [(part.name, part.lines) for part in found.steps] == [
        ("", ["Cook it."]),
        ("Notes", ["Old."]),
    ]
    assert found.yields == "Serves 4"
