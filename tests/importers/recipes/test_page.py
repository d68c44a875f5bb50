"""Recipes are found on pages, however these tell them."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soniq_tui.importers.recipes import demo
from soniq_tui.importers.recipes.page import extract, jsonld, quality, schema, times
from soniq_tui.importers.recipes.page.plain import lines, plain
from soniq_tui.importers.recipes.page.text import text_of

SAMPLES = Path(__file__).resolve().parents[4] / "shared/data/recipes"
"""Real pages, where they lie beside the project."""
ADDRESS = "https://kitchen.example/dish"


@pytest.mark.parametrize("name", [n for n, (_, w) in demo.PAGES.items() if w is not demo.nothing])
def test_every_way_to_tell_a_recipe(name: str) -> None:
    """Title, ingredients and steps come out as they were meant, whatever the markup."""
    made, write = demo.PAGES[name]
    found = extract.recipe(write(made), ADDRESS)
    assert found is not None
    assert (found.title, found.ingredient_lines, found.step_lines) == (
        made.name,
        list(made.ingredients),
        list(made.steps),
    )


@pytest.mark.parametrize("name", [n for n, (_, w) in demo.PAGES.items() if w is demo.nothing])
def test_a_page_without_a_recipe(name: str) -> None:
    """Where there is none, none is made up."""
    made, write = demo.PAGES[name]
    found = extract.recipe(write(made), ADDRESS)
    assert found is None or not found.complete


def test_machines_are_told_more() -> None:
    """Yield, times, author and the picture that stands elsewhere in a graph are found."""
    found = extract.recipe(demo.graph(demo.PANCAKES), ADDRESS)
    assert found is not None
    assert (found.yields, found.total_min, found.author) == ("8 pancakes", 20, "Ada Example")
    assert found.images == ["https://kitchen.example/pictures/dish.png"]
    assert not quality.flags(found)


def test_sections_keep_their_names() -> None:
    """Steps below headings stay below them; labels like "Step 1" are dropped."""
    found = extract.recipe(demo.sections(demo.STEW), ADDRESS)
    assert found is not None
    assert [(part.name, len(part.lines)) for part in found.steps] == [("First", 1), ("Then", 1)]


def test_what_a_page_shows_is_marked() -> None:
    """A recipe found by its looks alone says so, for a model to look at it again."""
    found = extract.recipe(demo.for_people(demo.TART), ADDRESS)
    assert found is not None
    assert quality.flags(found) == ["pieced"]


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        ("PT1H30M", 90), ("PT90M", 90), ("P0DT0H45M", 45), ("P1D", 1440), ("1 h 30", 90),
        ("45 min", 45), ("1 heure 15 minutes", 75), ("1½ hours", 90), (20, 20), ("", None),
        ("PT0M", None), ("soon", None), ({"@type": "Duration"
        , "maxValue": "PT2H"}, 120), (None, None), ("PT30S", None),
        ("2 Std. 5 Min.", 125), ("20mn", 20), ("1h30mn", 90), ("-PT30M", None), ("PT-30M", None),
        ("-15", None), ("-15 minutes", None), ("90.0", 90), (90.4, 90), ("1/2 hour", 30),
        ("1 1/2 hours", 90), ("0:45 h", 45), ("1:30 Std.", 90), ("01:30", 90), ("00:45:00", 45),
        ("1:30 min", 2), ("30-40 minutes", 40), ("45 min - 1 hour", 60), ("1 h à 1 h 30", 90),
        ("30 min to 45 min", 45), ("1 h - 15 min", 75), ("30'", 30), ("1 ora", 60),
        ("10/15 min", 15), ("nan", None), ("inf", None), ("P0D", None),
        ({"@type": "QuantitativeValue", "value": 2, "unitCode": "HUR"}, 120),
        ({"@type": "QuantitativeValue", "value": "1.5", "unitText": "hours"}, 90),
    ],
)  # fmt: skip
def test_times(value: object, minutes: int | None) -> None:
    """Times are told in many ways; what tells none is none."""
    assert times.minutes_of(value) == minutes


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("2&nbsp;cups", "2 cups"), ("Tarte &amp;amp; co", "Tarte & co"), ("<b>1</b> egg", "1 egg"),
        ("a<br>b", "a b"), ("Berg<span>käse</span>", "Bergkäse"),
        ("▢ 5 mirabelles", "5 mirabelles"), ("((soft))", "(soft)"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("x\u200b\u00ad y", "x y"),
        ("<script>alert(1)</script>salt", "salt"), ("<ſcript>a", "<ſcript>a"),
        ("a <noſcript", "a <noſcript"), ("<SCRIPT>x</SCRIPT>a <ſtyle>", "a <ſtyle>"),
        ("2/3 cupÂ\u00a0juice", "2/3 cup juice"), ("", ""),
        ("so\u202eup\u202c &#x202e;\x1b[31mred\x1b[0m\0 \x9b", "soup red"),
        ("مرق\u200f (1)", "مرق\u200f (1)"),
        ("\u2066a\u2069 👩\u200d🍳", "a 👩\u200d🍳"),
    ],
)  # fmt: skip
def test_plain(raw: str, clean: str) -> None:
    """Tags, entities and odd blanks go, words stay whole."""
    assert plain(raw) == clean


@pytest.mark.parametrize(
    "block",
    [
        '{"@type": "Recipe", "name": "A", "x": "tab\there"}', '{"@type": "Recipe", "name": "A",}',
        '<!-- {"@type": "Recipe", "name": "A"} -->', '{"@type": "Recipe", "name": "A", "x": "\\d"}',
        '{"@type": "http://schema.org/Recipe", "name": "A"};',
        '[{"@type": ["Thing", "Recipe"], "name": "A"}]',
        "{&quot;@type&quot;: &quot;Recipe&quot;, &quot;name&quot;: &quot;A&quot;}",
        '\ufeff {"@type": "Recipe", "name": "A"}', '{"@type": "Recipe", "name": "A", "x": NaN}',
        '{"@type": "Recipe", "name": "A", "x": "\\ud83c"}',
        '/*<![CDATA[*/ {"@type": "Recipe", "name": "A"} /*]]>*/',
        '{"@type": "WebPage"}\n{"@type": "Recipe", "name": "A"}',
        '{"@type": "Recipe", "name": "A", "x": ["y",, "z"]}', '{"@type": "Recipe", "name": "A"}}',
    ],
)  # fmt: skip
def test_json_that_is_none(block: str) -> None:
    """The usual mistakes of pages are mended."""
    found = jsonld.nodes(f'<script type="application/ld+json">{block}</script>')
    assert [n["name"] for n in found if jsonld.is_a(n, "Recipe")] == ["A"]


def test_escapes_that_json_has_not() -> None:
    """An apostrophe needs no backslash, and half of a letter is none."""
    block = r'{"@type": "Recipe", "name": "Chef\'s \ud83c soup"}'
    found = jsonld.nodes(f'<script type="application/ld+json">{block}</script>')
    assert [n["name"] for n in found] == ["Chef's \ufffd soup"]


@pytest.mark.parametrize("block", ["{", "", "null", "[[[[", '{"@type": 3}', "[" * 100_000,
    '{"@type": "Recipe", "name": "A", "x": [1, 2'])  # fmt: skip
def test_hopeless_json(block: str) -> None:
    """What cannot be mended is no recipe, and no fault."""
    found = jsonld.nodes(f'<script type="application/ld+json">{block}</script>')
    assert not [n for n in found if jsonld.is_a(n, "Recipe")]


@given(st.text(max_size=300))
def test_any_page(text: str) -> None:
    """No page breaks anything."""
    extract.recipe(f"<html><body>{text}</body></html>", ADDRESS)
    lines(text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["@type", "name", "text", "itemListElement", "url"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_any_node(value: object) -> None:
    """No value in any field of a recipe breaks anything."""
    fields = ("name", "recipeIngredient", "recipeInstructions", "image", "author", "totalTime",
              "recipeYield", "keywords", "nutrition", "mainEntityOfPage")  # fmt: skip
    schema.found_in({"@type": "Recipe", **dict.fromkeys(fields, value)}, {})


def test_text_leaves_out_what_is_everywhere() -> None:
    """Navigation and footer are no part of a page's text; its main part never goes."""
    text = text_of(
        demo.for_people(demo.TART).replace("<body>", '<body class="comments-area sidebar">')
    )
    assert "4 pommes" in text
    assert "About" not in text
    assert "Example Kitchen" not in text.splitlines()[-1]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample pages are not here")
def test_real_pages() -> None:
    """On real pages of unknown sites most recipes are found in full by rules alone."""
    rows = [json.loads(line) for line in (SAMPLES / "index.jsonl").read_text().splitlines()][::6]
    whole = 0
    for row in rows:
        page = gzip.decompress((SAMPLES / row["html"]).read_bytes()).decode("utf-8", "replace")
        wanted = json.loads((SAMPLES / row["expected"]).read_text())
        found = extract.recipe(page, "http://kitchen.example/x")
        if found is not None:
            got = {plain(i).casefold() for i in found.ingredient_lines}
            meant = {plain(i).casefold() for i in wanted["ingredients"]}
            whole += len(got & meant) >= 0.9 * len(meant)
    assert whole >= 0.7 * len(rows)
