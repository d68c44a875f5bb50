"""A recipe whose title is written otherwise elsewhere is not kept twice."""

import contextlib
from pathlib import Path

import pytest

from soniq_tui.importers.base import Skip
from soniq_tui.importers.recipes import save, scraper, store
from soniq_tui.importers.recipes.stored import Source, slug_of
from soniq_tui.importers.recipes.words import FOLDER
from tests.importers.recipes.test_broken_off import T, U, kept, saved_by

SAME_TITLES = [
    ("Œufs cocotte", "œufs cocotte", "oeufs-cocotte"),
    ("ŒUFS COCOTTE", "Oeufs cocotte", "oeufs-cocotte"),
    ("Grandma’s pie", "Grandma's Pie", "grandma-s-pie"),
    ("Smørrebrød", "smörrebröd", "smorrebrod"),
    ("Crème brûlée", "Cre\u0300me bru\u0302le\u0301e", "creme-brulee"),
    ("Soup – hot", "Soup: hot!", "soup-hot"),
    ("Großmutters Suppe", "GROSSMUTTERS SUPPE", "grossmutters-suppe"),
    ("½ Soup", "1/2 soup", "1-2-soup"),
    ("Борщ", "БОРЩ", None),
    ("味噌汁", "味噌汁 ", None),
]
"""Of one recipe each, and the name of its file."""
OTHER_TITLES = [("Soup", "Soup of the day"), ("Борщ", "Щи"), ("Pie 1", "Pie 2"), ("Борщ 2", "Щи 2")]


@pytest.mark.parametrize(("one", "other", "name"), SAME_TITLES)
def test_one_recipe_has_one_file_name(one: str, other: str, name: str | None) -> None:
    """Who saves looks at that name alone: it is the same however a title is written, wherever."""
    made = {
        slug_of(title, Source(url=url))
        for title in (one, other)
        for url in ("https://a.fr/x", "https://b.de/y")
    }
    assert len(made) == 1
    assert name is None or made == {name}
    assert all(slug.isascii() and slug.strip("-") for slug in made)


@pytest.mark.parametrize(("one", "other", "name"), SAME_TITLES)
async def test_a_title_that_is_written_otherwise(
    tmp_path: Path, one: str, other: str, name: str | None
) -> None:
    """With the very same food it is the same recipe, be it kept yet or not."""
    folder = tmp_path / FOLDER
    first, _ = saved_by(folder, "https://a.fr/x", token=T, title=one)
    with pytest.raises(save.HereAlreadyError, match=f"^{first}$"):
        saved_by(folder, "https://b.de/y", token=U, title=other, once=True)
    await kept(tmp_path, first, "https://a.fr/x")
    second, file = saved_by(folder, "https://b.de/y", token=U, title=other)
    with pytest.raises(Skip, match=f"here already: {first}$"):
        await kept(tmp_path, second, "https://b.de/y")
    assert not file.exists()


@pytest.mark.parametrize(("one", "other"), OTHER_TITLES)
async def test_another_title(tmp_path: Path, one: str, other: str) -> None:
    """Another title is another recipe, though its food is the same."""
    folder = tmp_path / FOLDER
    first, _ = saved_by(folder, "https://a.fr/x", title=one)
    await kept(tmp_path, first, "https://a.fr/x")
    second, file = saved_by(folder, "https://b.de/y", title=other, once=True)
    await kept(tmp_path, second, "https://b.de/y")
    assert file.exists()
    assert len(store.slugs(tmp_path)) == 2


TEXT = "Ingredients\n200 g lentils\n1 onion\n\nMethod\nCook the lentils.\nAdd the onion.\n"


async def test_copies_of_a_file(tmp_path: Path) -> None:
    """A text that names no title is called like its file, and its copies are the same recipe.

    One in which only the food is the same is another.
    """
    folder, texts = tmp_path / FOLDER, {"soup": TEXT, "soup (1)": TEXT, "stew": f"{TEXT}Stir.\n"}
    for name, text in texts.items():
        file = tmp_path / f"{name}.txt"
        file.write_text(text)
        work = scraper.Work(file=file, text=True, folder=folder, images=False, once=True)
        slug = await scraper.scrape(work)
        with contextlib.suppress(Skip):
            await kept(tmp_path, slug, file.as_uri())
    assert store.slugs(tmp_path) == ["soup", "stew"]
    assert sorted(map(save.name_of, folder.glob(f"*{save.SUFFIX}"))) == ["soup", "stew"]


@pytest.mark.parametrize(("one", "other", "stays"), [("a", "a", 1), ("a", "b", 2), ("", "", 2)])
async def test_the_very_same_page(tmp_path: Path, one: str, other: str, stays: int) -> None:
    """A source that is known to be the same byte for byte has the same recipe."""
    for title, url, sha256 in (("Soup", "https://a.fr/x", one), ("Stew", "https://b.de/y", other)):
        name, _ = saved_by(tmp_path / FOLDER, url, title=title, sha256=sha256, once=True)
        with contextlib.suppress(Skip):
            await kept(tmp_path, name, url)
    assert len(store.slugs(tmp_path)) == stays


async def test_both_are_wanted(tmp_path: Path) -> None:
    """Where both are to be kept both are."""
    folder = tmp_path / FOLDER
    for title, url in (("Soup", "https://a.fr/x"), ("SOUP!", "https://b.de/y")):
        name, _ = saved_by(folder, url, title=title)
        await kept(tmp_path, name, url, on_duplicate="keep")
    assert len(store.slugs(tmp_path)) == 2


async def test_one_that_a_person_wrote_in(tmp_path: Path) -> None:
    """What was changed by hand stays as it is when its source comes again."""
    folder = tmp_path / FOLDER
    first, file = saved_by(folder, "https://a.fr/x", title="Grandma’s pie")
    await kept(tmp_path, first, "https://a.fr/x")
    recipe = save.read(file)
    recipe["recipeIngredient"].append("a pinch of salt")
    save.replace(file, recipe)
    before = file.read_bytes()
    with pytest.raises(save.HereAlreadyError):
        saved_by(folder, "https://b.de/y", title="Grandma's pie", once=True)
    second, _ = saved_by(folder, "https://b.de/y", title="Grandma's pie")
    with pytest.raises(Skip):
        await kept(tmp_path, second, "https://b.de/y")
    assert file.read_bytes() == before


async def test_the_same_address_under_another_title(tmp_path: Path) -> None:
    """Of an address that a site gives to all its pages nearly the same title is another recipe."""
    folder, one = tmp_path / FOLDER, "https://a.fr/recipes"
    for number, title in enumerate(("Pâte", "Pâté")):
        food = [f"{number + 1} kg flour", "salt"]
        url = f"https://a.fr/{number}"
        name, _ = saved_by(folder, url, canonical=one, title=title, food=food, once=True)
        await kept(tmp_path, name, url)
    assert store.slugs(tmp_path) == ["pate", "pate-2"]
