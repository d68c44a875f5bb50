"""Ingredients that a page tells machines in one list are under the headings that people see."""

import time

import pytest

from soniq_tui.importers.recipes import demo
from soniq_tui.importers.recipes.page import extract
from soniq_tui.importers.recipes.page.found import Part
from soniq_tui.importers.recipes.page.groups import as_shown

FLOUR, WATER, EGGS, CHEESE, SALT = FOOD = [
    "200 g flour, sifted", "100 ml water", "3 eggs (beaten)", "50 g cheese", "1 pinch of salt"
]  # fmt: skip
A, B = "Pastry", "For the filling"


def card(*parts: tuple[str, list[str]], head: str = "<h4 class=group-name>{}</h4>") -> str:
    """Return what plug-ins write."""
    return "".join(
        f"<div class=recipe-ingredient-group>{head.format(name) if name else ''}<ul>"
        + "".join(
            f'<li class="recipe-ingredient"><input type=checkbox>▢ <b>{line[:1]}</b>'
            f"<span>{line[1:]}</span></li>"
            for line in lines
        )
        + "</ul></div>"
        for name, lines in parts
    )


def parts(page: str, food: list[str] = FOOD) -> list[tuple[str, list[str]]]:
    return [(part.name, part.lines) for part in as_shown(food, page)]


BOTH = [(A, FOOD[:2]), (B, FOOD[2:])]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (card((A, FOOD[:2]), (B, FOOD[2:])), BOTH),
        (card(("", FOOD[:2]), (B, FOOD[2:])), [("", FOOD[:2]), BOTH[1]]),
        (card((f"{A}:", FOOD[:2]), (B, FOOD[2:]), head="<p><strong>{}</strong></p>"), BOTH),
        (card((A, FOOD[:2]), (B, FOOD[2:]), head="<h3>{}</h3>"), BOTH),
        # as it is told, so it stands: brackets, case and signs may differ
        (card((A, ["200 G Flour (sifted)", "100 ml water"]), (B, FOOD[2:])), BOTH),
        # a list in the text of the page before the recipe itself
        (f"<ul><li class=ingredient>{FLOUR}</li></ul><h4>Why</h4><p>So.</p>"
         + card((A, FOOD[:2]), (B, FOOD[2:])), BOTH),
    ],
)  # fmt: skip
def test_groups(page: str, found: list[tuple[str, list[str]]]) -> None:
    """Each line stands under the heading that it has on the page."""
    assert parts(page) == found


@pytest.mark.parametrize(
    "page",
    [
        "",
        card(("", FOOD)),
        card(("Ingredients", FOOD)),
        card((A, FOOD)),
        card((A, FOOD[:2]), (B, ["4 apples", "2 pears", "1 plum"])),
        card((A, FOOD[2:]), (B, FOOD[:2])),
        card(("Advertisement", FOOD[:1]), ("Advertisement", FOOD[1:3]), ("", FOOD[3:])),
        card((A, FOOD[:2]), (B, FOOD[2:]), head="<span>{}</span>"),
        card((A, FOOD[:2]), ("1 more egg", FOOD[2:])),
        "<li class=ingredient>" * 3000,
        f"<h4>{A}</h4>".join(f"<li class=ingredient>{line}</li>" for line in FOOD),
    ],
)
def test_no_groups(page: str) -> None:
    """Where it is not sure there are none."""
    assert parts(page) == []


def test_a_whole_page() -> None:
    """A recipe for machines gets the headings of the page around it, and keeps its own lines."""
    food = list(demo.STEW.ingredients)
    page = demo.jsonld(demo.STEW) + card(("Base", food[:3]), ("On top", food[3:]))
    found = extract.recipe(page, "https://a.example/x")
    assert found is not None
    assert found.path == "jsonld"
    assert [part.name for part in found.ingredients] == ["Base", "On top"]
    assert found.ingredient_lines == food


def test_its_own_groups_stay() -> None:
    """Where lists for machines have headings these count."""
    page = card((A, FOOD[:2]), (B, FOOD[2:]))
    own = [Part(name="One", lines=FOOD[:1]), Part(name="Two", lines=FOOD[1:])]
    found = demo.jsonld(demo.STEW, recipeIngredient=["One:", *FOOD[:1], "Two:", *FOOD[1:]]) + page
    read = extract.recipe(found, "https://a.example/x")
    assert read is not None
    assert read.ingredients == own


def test_endless() -> None:
    """A page that was made to take for ever takes no longer than others."""
    began_s = time.thread_time()
    as_shown(["1 egg"] * 200, f"<i class=ingredient>{'<b>' * 100_000}")
    assert time.thread_time() - began_s < 0.6
