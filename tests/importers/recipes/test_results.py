"""Recipes as the console shows them: lists, search, details."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers.base import Skip
from soniq_tui.importers.recipes import demo, detail, keep, lists, pages, save, store
from soniq_tui.importers.recipes.stored import Extract, Source
from soniq_tui.importers.recipes.words import FOLDER, Saved
from soniq_tui.model.results import DetailQuery, ResultPage, ResultQuery
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.pictures import encoded, flag
from tests.importers.recipes import shelf


def page(data_dir: Path, view: str = "", **asked: object) -> ResultPage:
    return lists.results(data_dir, ResultQuery(importer="recipes", view=view, **asked))


def titles(found: ResultPage) -> list[str]:
    assert not found.problem
    assert found.total >= len(found.rows)
    return [row.cells[0] for row in found.rows]


def detailed(data_dir: Path, key: str, kind: str = "recipe", picture: int = 0):
    return detail.detail(
        data_dir, DetailQuery(importer="recipes", kind=kind, key=key, picture=picture)
    )


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    shelf.put(tmp_path, demo.SOUP, "https://fr.example/soupe", categories=["Soupe", "Été"])
    shelf.put(tmp_path, demo.PANCAKES, "https://en.example/pancakes", keywords=["Crêpe-like"])
    shelf.put(
        tmp_path,
        demo.STEW,
        "https://en.example/stew",
        categories=["Soupe"],
        extract=Extract(
            path="llm",
            version="1",
            structured="llm",
            llm={"model": "small"},
            ungrounded=["1 onion", demo.STEW.steps[1]],
            flags=["ungrounded"],
        ),
    )
    return tmp_path


def test_newest_first(kitchen: Path) -> None:
    """All recipes, the newest first, with site, yield, time and who made it."""
    found = page(kitchen)
    assert titles(found) == [demo.STEW.name, demo.PANCAKES.name, demo.SOUP.name]
    cells = dict(zip((c.name for c in found.columns), found.rows[0].cells, strict=True))
    assert (cells["host"], cells["yields"], cells["total"]) == ("en.example", "Serves 3", "40 min")
    assert cells["flags"] == "by a model, not on the page"
    assert found.rows[0].item == "https://en.example/stew"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("crepe", [demo.PANCAKES.name]),
        ("HARICOTS ail", [demo.SOUP.name]),
        ("oign", []),
        ("onion", [demo.STEW.name]),
        ("ion", []),
        ("site:en. !onion", [demo.PANCAKES.name]),
        ("is:model", [demo.STEW.name]),
        ("!is:odd site:fr", [demo.SOUP.name]),
        ("ete", [demo.SOUP.name]),
        ("' OR 1=1 --", []),
    ],
)
def test_search(kitchen: Path, text: str, names: list[str]) -> None:
    """Beginnings of words in titles, ingredients and keywords, whatever their accents."""
    assert titles(page(kitchen, text=text)) == names


def test_sorted(kitchen: Path) -> None:
    """Each order can be asked for and turned; an unknown one names those there are."""
    first = titles(page(kitchen, sort="total"))
    assert first == [demo.PANCAKES.name, demo.STEW.name, demo.SOUP.name]
    assert titles(page(kitchen, sort="total", descending=True)) == first[::-1]
    assert titles(page(kitchen, sort="title"))[0] == demo.PANCAKES.name
    assert titles(page(kitchen, descending=True))[0] == demo.SOUP.name
    for order in lists.ORDERS:
        assert len(titles(page(kitchen, sort=order))) == 3
    assert "there is no order" in page(kitchen, sort="slug").problem


def test_pages(kitchen: Path) -> None:
    """A page is a part of the list, whose length it tells."""
    found = page(kitchen, offset=1, limit=1)
    assert (found.total, found.offset, titles(found)) == (3, 1, [demo.PANCAKES.name])


def test_sites_and_categories(kitchen: Path) -> None:
    """Sites and categories lead to their recipes, those without one, too."""
    sites = page(kitchen, "sites")
    assert [row.cells[:2] for row in sites.rows] == [("en.example", "2"), ("fr.example", "1")]
    inside = page(kitchen, sites.rows[0].opens, key=sites.rows[0].key)
    assert titles(inside) == [demo.STEW.name, demo.PANCAKES.name]
    groups = page(kitchen, "categories")
    assert [row.cells for row in groups.rows] == [
        ("Soupe", "2"),
        ("Été", "1"),
        ("Without a category", "1"),
    ]
    assert titles(page(kitchen, "categories", key="Soupe")) == [demo.STEW.name, demo.SOUP.name]
    assert titles(page(kitchen, "categories", key=groups.rows[2].key)) == [demo.PANCAKES.name]


def test_problems_are_told(kitchen: Path, tmp_path: Path) -> None:
    """An unknown list or filter is a problem in words, an empty index no problem."""
    assert "there is no list" in page(kitchen, "albums").problem
    assert "is:model" in page(kitchen, text="is:nice").problem
    assert page(tmp_path / "nothing").empty == lists.NOTHING


def test_details(kitchen: Path) -> None:
    """What a model made, and what its page does not have, is marked; its page is named."""
    source = Source(url="https://en.example/stew")
    kept = pages.keep(kitchen / FOLDER, "<html>stew", source)
    found = detailed(kitchen, "lentil-stew")
    facts = dict(found.facts)
    assert "small" in facts["Made by"]
    assert facts["In doubt"].endswith(": 2")
    assert facts["Kept page"] == str(kept)
    assert facts["File"] == str(kitchen / FOLDER / f"lentil-stew{save.SUFFIX}")
    assert "- ? 1 onion" in found.text
    assert "- 2 carrots" in found.text
    assert f"2. ? {demo.STEW.steps[1]}" in found.text
    soup = detailed(kitchen, "soupe-au-pistou")
    assert dict(soup.facts)["Found by"] == "rules (jsonld)"
    assert "?" not in soup.text


def test_a_title_in_doubt(tmp_path: Path) -> None:
    """One that a model made up is marked like any other line."""
    extract = Extract(path="llm", version="1", structured="llm", ungrounded=[demo.SOUP.name])
    slug = shelf.put(tmp_path, demo.SOUP, "https://a.example/x", extract=extract)
    assert detailed(tmp_path, slug).title == f"? {demo.SOUP.name}"


def test_source(kitchen: Path) -> None:
    """What the page said comes with the recipe; what is damaged or not kept is not there."""
    assert detailed(kitchen, "lentil-stew").source == ""
    pages.keep_seen(kitchen / FOLDER, "https://en.example/stew", "Stew\n" + "x" * 100_000)
    source = detailed(kitchen, "lentil-stew").source
    assert source.startswith("Stew\nx")
    assert len(source) == pages.SEEN_MOST_CHARS
    (file,) = (kitchen / FOLDER / "pages").glob("*.seen.gz")
    file.write_bytes(file.read_bytes()[:-9])
    assert detailed(kitchen, "lentil-stew").source == ""


def test_kept_pages_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old ones go, and the oldest of too many, but none that a job may be waiting for."""
    assert pages.sweep(tmp_path) == 0
    ages_s = {"old": pages.KEPT_S + 9, "older": pages.KEPT_S + 99, "week": 7 * 86400.0, "new": 0.0}
    kept = {}
    for name, age_s in ages_s.items():
        kept[name] = pages.keep(tmp_path, name * 99, Source(url=f"https://a.fr/{name}"))
        at_s = time.time() - age_s
        os.utime(kept[name], (at_s, at_s))
    assert pages.sweep(tmp_path) == 2
    assert [name for name, file in kept.items() if file.exists()] == ["week", "new"]
    monkeypatch.setattr(pages, "KEPT_MOST_BYTES", 1)
    assert pages.sweep(tmp_path) == 1
    assert kept["new"].exists()


def test_pages_that_somebody_else_deletes_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two launches at once each sweeps, and neither fails for what the other has deleted."""
    pages.keep(tmp_path, "old", Source(url="https://a.fr/old"))
    real = os.scandir

    @contextmanager
    def late(room: Path) -> Iterator[list[os.DirEntry[str]]]:
        with real(room) as entries:
            listed = list(entries)
        for entry in listed:
            Path(entry.path).unlink()
        yield listed

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", late)
        assert pages.sweep(tmp_path) == 0


def test_picture(tmp_path: Path) -> None:
    """The kept picture comes in the size that was asked for; a damaged one is told of."""
    slug = shelf.put(tmp_path, demo.SOUP, "https://a.example/s", image=encoded(flag(), "PNG"))
    found = detailed(tmp_path, slug, picture=16)
    assert found.picture is not None
    assert max(found.picture.width, found.picture.height) == 16
    assert len(found.picture.rgb) == found.picture.width * found.picture.height * 3
    (tmp_path / FOLDER / "images" / f"{slug}.png").write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    broken = detailed(tmp_path, slug, picture=16)
    assert broken.picture is None
    assert "cannot be shown" in broken.no_picture
    other = shelf.put(tmp_path, demo.STEW, "https://a.example/t")
    assert detailed(tmp_path, other, picture=16).no_picture == "no picture was kept"


def test_a_picture_that_is_a_pipe(tmp_path: Path) -> None:
    """Nobody waits for what never comes."""
    slug = shelf.put(tmp_path, demo.SOUP, "https://a.example/s", image=encoded(flag(), "PNG"))
    file = tmp_path / FOLDER / "images" / f"{slug}.png"
    file.unlink()
    os.mkfifo(file)
    assert "cannot be read" in detailed(tmp_path, slug, picture=16).no_picture


@pytest.mark.parametrize("image", ["/etc/hostname", "images/../../secret.png", "https://x/y.png"])
def test_a_picture_elsewhere(tmp_path: Path, image: str) -> None:
    """A recipe file cannot have pictures shown from elsewhere."""
    slug = shelf.put(tmp_path, demo.SOUP, "https://a.example/s")
    (tmp_path / "secret.png").write_bytes(encoded(flag(), "PNG"))
    file = tmp_path / FOLDER / f"{slug}{save.SUFFIX}"
    save.replace(file, {**save.read(file), "image": [image]})
    assert detailed(tmp_path, slug, picture=16).picture is None


@pytest.mark.parametrize("key", ["", "../x", "gone", "a\0b", "x" * 300])
def test_no_such_recipe(kitchen: Path, key: str) -> None:
    """Keys of nobody are refused."""
    with pytest.raises(UsageError):
        detailed(kitchen, key)


@pytest.mark.parametrize("kind", ["unsupported", "too_big", "blocked", "js_required"])
def test_pages_that_a_person_can_give(kitchen: Path, kind: str) -> None:
    """What cannot be fetched, or is no page, can be pasted by who sees it."""
    store.note(kitchen, "https://a.example/x", kind, "why")
    facts = dict(detailed(kitchen, "https://a.example/x", "failed").facts)
    assert "paste it" in facts["What to do"]


def test_without_a_recipe(kitchen: Path) -> None:
    """Pages that gave none are listed until they give one or are left out."""
    blocked, gone = "https://a.example/x", "https://fr.example/again"
    store.note(kitchen, blocked, "blocked", "refused (403)")
    store.note(kitchen, blocked, "blocked", "refused (403)")
    store.note(kitchen, gone, "timeout", "no answer")
    found = page(kitchen, "failed")
    assert [(row.key, row.cells[1], row.cells[4]) for row in found.rows] == [
        (gone, "timeout", "1"),
        (blocked, "blocked", "2"),
    ]
    assert titles(page(kitchen, "failed", text="403")) == [blocked]
    assert "browser" in dict(detailed(kitchen, blocked, "failed").facts)["What to do"]
    shelf.put(kitchen, demo.TART, gone)
    assert titles(page(kitchen, "failed")) == [blocked]
    assert lists.skip(kitchen, {"item": blocked})
    assert not page(kitchen, "failed").rows
    with pytest.raises(UsageError):
        lists.skip(kitchen, {"item": blocked})


def test_an_older_index(kitchen: Path) -> None:
    """An index of an older version is made anew from the files."""
    with store.writing(kitchen) as connection:
        connection.execute("PRAGMA user_version = 1")
    assert page(kitchen).empty
    assert store.mend(kitchen) == 3
    assert len(page(kitchen).rows) == 3


def test_five_thousand(tmp_path: Path) -> None:
    """The first page, and a search, of 5,000 recipes come within 150 ms."""
    (tmp_path / FOLDER).mkdir()
    recipe = demo.node(demo.PANCAKES, keywords=["word"] * 20)
    file = tmp_path / FOLDER / f"a{save.SUFFIX}"
    file.write_bytes(msgspec.json.encode(recipe))
    with store.writing(tmp_path) as connection:
        for number in range(5000):
            made = {**recipe, "name": f"Dish {number}", "url": f"https://h{number % 50}.example/"}
            store.put(connection, f"dish-{number}", made, file)
    for asked in ({}, {"text": "butter word"}, {"sort": "title"}, {"view": "categories"}):
        best_s = 9.0
        for _ in range(3):
            began_s = time.perf_counter()
            assert page(tmp_path, **asked).total in {1, 5000}
            best_s = min(best_s, time.perf_counter() - began_s)
        assert best_s < 0.15, (asked, best_s)


def test_a_duplicate_is_no_failure(kitchen: Path) -> None:
    """A page that turns out to be a recipe that is here is in no list of failures any more."""
    url = "https://other.example/soup"
    store.note(kitchen, url, "blocked", "refused (403)")
    slug = shelf.put(kitchen, demo.SOUP, url)
    with store.writing(kitchen) as connection:
        store.drop(connection, slug)
    store.note(kitchen, url, "blocked", "refused (403)")
    with pytest.raises(Skip, match="here already: soupe-au-pistou"):
        ended(keep.run(Saved(url=url, slug=slug), FakeContext(kitchen)))
    assert not page(kitchen, "failed").rows


def test_of_very_many_failures_the_newest_are_kept(
    kitchen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of failures that nobody tends does not grow for ever."""
    monkeypatch.setattr(store, "TROUBLES_MOST", 3)
    for number in range(5):
        store.note(kitchen, f"https://a.example/{number}", "timeout", "no answer")
    assert titles(page(kitchen, "failed")) == [f"https://a.example/{n}" for n in (4, 3, 2)]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("calories", "1187 calories", "1187 calories"),
        ("carbohydrateContent", "134 grams carbohydrates", "134 grams carbohydrates"),
        ("saturatedFatContent", "41 grams fat", "saturated fat 41 grams fat"),
        ("servingSize", 1, "serving size 1"),
        ("x1", "", "x1"),
    ],
)
def test_nutrition_is_told_in_words(name: str, value: object, told: str) -> None:
    """Names of schema.org become words, and are left out where the value has them."""
    assert detail.nutrient(name, value) == told


def test_the_time_of_a_page_is_told_as_others_are() -> None:
    """In the zone of here; what is no time stays as a file has it."""
    assert detail.when("2026-11-28T12:00:00+00:00") == lists.moment(1_795_867_200.0)
    assert [detail.when(odd) for odd in (None, "", "yesterday", 7)] == ["", "", "yesterday", "7"]
