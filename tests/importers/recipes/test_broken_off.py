"""Whatever is broken off where, no recipe is lost, doubled, or has the picture of another."""

import asyncio
import contextlib
import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from soniq_tui.errors import DataDirError
from soniq_tui.importers.base import Onward, Ran, Skip, Stopped
from soniq_tui.importers.recipes import demo, keep, pages, save, scrape, scraper, store, structure
from soniq_tui.importers.recipes.model import client as model_client
from soniq_tui.importers.recipes.model.answers import ModelError
from soniq_tui.importers.recipes.page.found import Found, Part
from soniq_tui.importers.recipes.stored import Extract, Source
from soniq_tui.importers.recipes.words import FOLDER, Saved
from tests.importers.recipes.test_scrape import SAVED, Context, page

FOOD = ["200 g lentils", "1 onion"]
T, U = "t", "u"  # of two batches


def found(title: str = "Soup", food: list[str] = FOOD) -> Found:
    steps = [Part(lines=["Cook the lentils.", "Add the onion."])]
    return Found(path="jsonld", title=title, ingredients=[Part(lines=food)], steps=steps)


def saved_by(
    folder: Path, url: str, *, token: str = "", title: str = "Soup", **more: Any
) -> tuple[str, Path]:
    """Save a recipe as a scraper does."""
    update, once = more.get("update"), more.get("once", False)
    work = scraper.Work(url=url, folder=folder, token=token, update=update, once=once)
    source = Source(
        url=url, canonical=more.get("canonical", ""), html_sha256=more.get("sha256", "")
    )
    made = Extract(path="jsonld", version="1")
    recipe = found(title, more.get("food", FOOD))
    name = scraper._save(work, recipe, source, made, more.get("image"))
    return name, folder / f"{name}{save.SUFFIX}"


def test_saved_twice_by_one_batch(tmp_path: Path) -> None:
    """A scraper that is run again writes over what it had saved; another batch does not."""
    first, _ = saved_by(tmp_path, "https://a.fr/x", token=T)
    assert saved_by(tmp_path, "https://a.fr/x", token=T)[0] == first
    assert saved_by(tmp_path, "https://a.fr/y", token=T)[0] == "soup-2"
    assert saved_by(tmp_path, "https://a.fr/x", token=U)[0] == "soup-3"
    assert saved_by(tmp_path, "https://a.fr/x")[0] == "soup-4"
    assert saved_by(tmp_path, "https://a.fr/x")[0] == "soup-5"  # of no batch: by hand


def test_each_has_its_own_picture(tmp_path: Path) -> None:
    """Of many that want one name at once each keeps the picture that is its own."""

    def one(number: int) -> tuple[str, bytes]:
        image = f"picture {number}".encode(), ("image/jpeg", "image/png")[number % 2]
        return saved_by(tmp_path, f"https://a.fr/{number}", image=image)[0], image[0]

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(one, range(16)))
    shown: list[str] = []
    for name, picture in made:
        images = save.images_of(save.read(tmp_path / f"{name}{save.SUFFIX}"))
        shown += images
        assert [(tmp_path / image).read_bytes() for image in images] == [picture]
    assert {f"images/{file.name}" for file in (tmp_path / "images").iterdir()} == set(shown)


def _saves(folder: Path, number: int, told: Any) -> None:
    told.put((number, saved_by(folder, f"https://a.fr/{number}", image=(b"p", "image/png"))[0]))


def test_twenty_scrapers_of_one_name(tmp_path: Path) -> None:
    """Of twenty processes that save one name at once each is told the name of its own recipe."""
    spawn = multiprocessing.get_context("fork")
    told = spawn.SimpleQueue()
    made = [spawn.Process(target=_saves, args=(tmp_path, n, told)) for n in range(20)]
    for one in made:
        one.start()
    names = dict(told.get() for _ in made)
    for one in made:
        one.join(10)
    assert len(set(names.values())) == 20
    for number, name in names.items():
        recipe = save.read(tmp_path / f"{name}{save.SUFFIX}")
        assert recipe["soniq"]["source"]["url"] == f"https://a.fr/{number}"
        assert recipe["soniq"]["slug"] == name
        assert recipe["image"] == [f"images/{name}.png"]
    assert not list(tmp_path.rglob(f"{save.TMP}*"))


def test_a_picture_of_another_kind(tmp_path: Path) -> None:
    """An update leaves no second picture behind, and one without a picture leaves the old one."""
    _, file = saved_by(tmp_path, "https://a.fr/x", image=(b"old", "image/jpeg"))
    saved_by(tmp_path, "https://a.fr/x", update=file)
    assert save.images_of(save.read(file)) == ["images/soup.jpg"]
    saved_by(tmp_path, "https://a.fr/x", update=file, image=(b"new", "image/png"))
    assert [f.name for f in (tmp_path / "images").iterdir()] == ["soup.png"]


async def kept(tmp_path: Path, slug: str, url: str, **more: Any) -> None:
    await keep.run(Saved(url=url, slug=slug, **more), Context(tmp_path))


async def test_the_index_knows_both_before_they_are_kept(tmp_path: Path) -> None:
    """Of two that are the same one stays, also where the index was mended in between."""
    folder = tmp_path / FOLDER
    for url in ("https://a.fr/x", "https://b.fr/y"):
        saved_by(folder, url, image=(b"p", "image/png"))
    store.mend(tmp_path)
    for slug, url in (("soup", "https://a.fr/x"), ("soup-2", "https://b.fr/y")):
        with contextlib.suppress(Skip):
            await kept(tmp_path, slug, url)
    assert len(list(folder.glob(f"*{save.SUFFIX}"))) == 1
    assert len(list((folder / "images").iterdir())) == 1
    assert len(store.slugs(tmp_path)) == 1


class Running(Context):
    """A context that runs what it is told to."""

    async def run(self, argv: list[str], *, on_line: Any, **how: Any) -> Ran:
        self.ran.append(argv)
        started = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
        said, _ = await started.communicate()
        lines = said.decode().splitlines()
        for line in lines:
            on_line(line)
        return Ran(status=started.returncode or 0, tail=tuple(lines[-5:]))


async def test_cancelled_before_it_is_kept(tmp_path: Path) -> None:
    """Of pages with one recipe one file is saved, kept yet or not: a cancel leaves no second."""
    store.note(tmp_path, str(tmp_path / "again.html"), "no_recipe", "it was empty")
    for name, write in (("first", demo.jsonld), ("again", demo.microdata)):
        (tmp_path / f"{name}.html").write_text(write(demo.STEW))
    context, given = Running(tmp_path), page(url="", images=False)
    files = [str(tmp_path / f"{name}.html") for name in ("first", "again")]
    await scrape.run(msgspec.structs.replace(given, file=files[0], token=T), context)
    with pytest.raises(Skip, match=r"here already: lentil-stew$"):
        await scrape.run(msgspec.structs.replace(given, file=files[1], token=U), context)
    assert [save.name_of(file) for file in (tmp_path / FOLDER).glob("*.json")] == ["lentil-stew"]
    with store.reading(tmp_path) as connection:
        assert connection is not None
        assert connection.execute("SELECT item FROM trouble").fetchall() == []


@pytest.mark.parametrize(
    ("more", "saves"),
    [
        ({}, "soup"),
        ({"food": ["2 kg lentils"]}, "soup-2"),  # and of another address
        ({"food": ["2 kg lentils"], "canonical": "https://a.fr/x"}, "soup"),
        (
            {"food": ["2 kg lentils"], "canonical": "https://a.fr/z", "url": "http://a.fr/x/"},
            "soup",
        ),
        ({"title": "Soup!"}, "soup"),
        ({"title": "Soup!", "food": ["2 kg lentils"], "canonical": "https://a.fr/x"}, "soup-2"),
        ({"title": "Soups"}, "soups"),
    ],
)
def test_what_is_saved_once(tmp_path: Path, more: dict[str, Any], saves: str) -> None:
    """A recipe is another one by its title, or by both food and address."""
    saved_by(tmp_path, "https://a.fr/x", token=T)
    more = {"url": "https://a.fr/y", "once": True, "token": U} | more
    if saves == "soup":  # what is here
        with pytest.raises(save.HereAlreadyError, match=r"^soup$"):
            saved_by(tmp_path, **more)
    else:
        assert saved_by(tmp_path, **more)[0] == saves


def test_what_was_cut_is_saved_once(tmp_path: Path) -> None:
    """A recipe with more than any has is stored without the rest, and is the same with it."""
    more = {"title": "Soup" + "!" * 500, "food": [f"{n} lentils" * 400 for n in range(500)]}
    first, _ = saved_by(tmp_path, "https://a.fr/x", **more)
    with pytest.raises(save.HereAlreadyError, match=f"^{first}$"):
        saved_by(tmp_path, "https://a.fr/y", once=True, **more)


def test_saved_again_after_a_kill(tmp_path: Path) -> None:
    """What this batch saved itself is written over, though another has the same."""
    for url, token in (("https://a.fr/x", T), ("https://a.fr/y", U)):
        saved_by(tmp_path, url, token=token)
    assert saved_by(tmp_path, "https://a.fr/y", token=U, once=True)[0] == "soup-2"
    with pytest.raises(save.HereAlreadyError, match=r"^soup$"):  # the first of both
        saved_by(tmp_path, "https://a.fr/z", token=U, once=True)


@pytest.mark.parametrize("way", ["skip", "update", "keep"])
async def test_a_second_one_is_wanted(tmp_path: Path, way: str) -> None:
    """A scraper saves a recipe that is here already only where both are to be kept."""
    fetched, asked = Context(tmp_path, SAVED), Context(tmp_path, SAVED)
    await scrape.run(page(on_duplicate=way), fetched)
    await structure.run(Saved(url="https://a.fr/x", page=__file__, on_duplicate=way), asked)
    for context in (fetched, asked):
        assert ("--once" in context.ran[0]) is (way != "keep")


async def test_a_model_finds_what_is_here(tmp_path: Path) -> None:
    """A recipe that only a model found, and that is here already, is a skip and no failure."""
    context = Context(tmp_path, '>>> {"v":1,"ev":"duplicate","slug":"soup"}', 100)
    with pytest.raises(Skip, match="here already: soup"):
        await structure.run(Saved(url="https://a.fr/x", page=__file__), context)


async def test_an_update_takes_nothing_back(tmp_path: Path) -> None:
    """A recipe that is written over stays, also where another one is the same."""
    folder = tmp_path / FOLDER
    for slug, url in (("soup", "https://a.fr/x"), ("soup-2", "https://b.fr/y")):
        saved_by(folder, url)
        await kept(tmp_path, slug, url, on_duplicate="keep")
    after = await scrape.run(page(on_duplicate="update"), Context(tmp_path, SAVED))
    assert isinstance(after, Onward)
    await keep.run(after.payload, Context(tmp_path))
    assert len(list(folder.glob(f"*{save.SUFFIX}"))) == 2


async def test_one_that_is_gone_is_not_here(tmp_path: Path) -> None:
    """A recipe is not taken back for one whose file somebody has deleted."""
    _, first = saved_by(tmp_path / FOLDER, "https://a.fr/x")
    await kept(tmp_path, "soup", "https://a.fr/x")
    first.rename(first.with_suffix(".away"))
    _, second = saved_by(tmp_path / FOLDER, "https://b.fr/y", title="SOUP")
    second = second.rename(second.with_name(f"other{save.SUFFIX}"))
    await kept(tmp_path, "other", "https://b.fr/y")
    assert second.exists()


async def test_a_site_that_calls_all_pages_one(tmp_path: Path) -> None:
    """Two recipes that claim one address are two, where neither title nor food is the same."""
    folder, one = tmp_path / FOLDER, "https://a.fr/recipes"
    saved_by(folder, "https://a.fr/x", canonical=one)
    await kept(tmp_path, "soup", "https://a.fr/x")
    saved_by(folder, "https://a.fr/y", canonical=one, title="Cake", food=["3 eggs", "1 kg sugar"])
    await kept(tmp_path, "cake", "https://a.fr/y")
    assert sorted(store.slugs(tmp_path)) == ["cake", "soup"]
    _, again = saved_by(folder, "https://a.fr/z", canonical=one, food=["2 kg lentils"])
    with pytest.raises(Skip, match="soup"):  # the same title: its page for printing, say
        await kept(tmp_path, "soup-2", "https://a.fr/z")
    assert not again.exists()


async def test_a_picture_of_somebody_else(tmp_path: Path) -> None:
    """A recipe that is taken back takes no file with it that is not its own."""
    folder = tmp_path / FOLDER
    saved_by(folder, "https://a.fr/x", image=(b"p", "image/png"))
    await kept(tmp_path, "soup", "https://a.fr/x")
    _, second = saved_by(folder, "https://b.fr/y")
    recipe = save.read(second)
    recipe["image"] = ["images/soup.png", "images/../soup.recipe.json"]
    second.write_bytes(save._encoded(recipe))
    with pytest.raises(Skip):
        await kept(tmp_path, "soup-2", "https://b.fr/y")
    assert len(list((folder / "images").iterdir())) == len(list(folder.glob("*.json"))) == 1


async def test_all_wait_for_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a kill nobody looks into the index before it knows what was saved."""
    saved_by(tmp_path / FOLDER, "https://a.fr/x")
    held, mend = threading.Event(), store.mend

    def slow(data_dir: Path) -> int:
        held.wait(1)
        return mend(data_dir)

    monkeypatch.setattr(store, "mend", slow)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(scrape.here_already, "https://a.fr/x", tmp_path) for _ in range(2)]
        held.set()
        assert [one.result() for one in both] == ["soup", "soup"]


async def test_a_pause_while_a_scraper_speaks(tmp_path: Path) -> None:
    """A scraper that is asked to pause works to its end; nothing that it said is lost."""

    class Pausing(Context):
        def progress(self, done: int, total: int) -> None:
            raise Stopped

    context = Pausing(tmp_path, f'>>> {{"v":1,"ev":"step","step":"save"}}\n{SAVED}')
    after = await scrape.run(page(), context)
    assert isinstance(after, Onward)
    assert after.payload.slug == "soup"


@pytest.mark.parametrize(("food", "asks"), [(FOOD, False), (["lentils", "onion", "salt"], True)])
async def test_when_a_model_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, food: list[str], asks: bool
) -> None:
    """A page whose recipe rules find whole is no matter for a model; one that looks odd is."""
    monkeypatch.setenv("SONIQ_LLM_URL", "http://127.0.0.1:1/v1")
    file = tmp_path / "page.html"
    file.write_text(demo.jsonld(demo.STEW, recipeIngredient=food))
    work = scraper.Work(url="https://a.fr/x", file=file, folder=tmp_path, images=False, defer=True)
    assert await scraper.scrape(work)
    assert pages.place(tmp_path, "https://a.fr/x").exists() is asks


@pytest.mark.parametrize("structure", [True, False])
async def test_a_model_that_fails_a_scraper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, structure: bool
) -> None:
    """Asked to make a recipe better it writes nothing; else what rules found is saved."""
    monkeypatch.setenv("SONIQ_LLM_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setattr(model_client, "_chance", lambda: 0.0)
    page = tmp_path / "page.html"
    page.write_text(demo.jsonld(demo.STEW, recipeIngredient=["lentils", "onion", "salt"]))
    _, file = saved_by(tmp_path, "https://a.fr/x")
    before = file.read_bytes()
    work = scraper.Work(
        url="https://a.fr/x", file=page, folder=tmp_path, images=False, update=file,
        structure=structure,
    )  # fmt: skip
    if structure:
        with pytest.raises(ModelError) as caught:
            await scraper.scrape(work)
        assert caught.value.unreachable
        assert file.read_bytes() == before
    else:
        assert await scraper.scrape(work) == "soup"
        assert "llm_failed" in save.read(file)["soniq"]["extract"]["flags"]


async def test_a_model_is_not_asked_twice(tmp_path: Path) -> None:
    """A recipe that a model gave before its host died is not asked for again."""
    saved_by(tmp_path / FOLDER, "https://a.fr/x", token=T)
    context = Context(tmp_path)
    deferred = Saved(url="https://a.fr/x", page=__file__, token=T)
    assert (await structure.run(deferred, context)).slug == "soup"
    assert not context.ran
    other = Context(tmp_path, SAVED)
    await structure.run(Saved(url="https://a.fr/x", page=__file__, token=U), other)
    assert other.ran[0][other.ran[0].index("--token") + 1] == U


async def test_what_is_not_made_better(tmp_path: Path) -> None:
    """A recipe that was deleted stays deleted, and one that a person edited stays as it is."""
    better = Saved(url="https://a.fr/x", slug="soup", page=__file__)
    with pytest.raises(Skip, match="not here"):
        await structure.run(better, Context(tmp_path, SAVED))
    _, file = saved_by(tmp_path / FOLDER, "https://a.fr/x")
    recipe = save.read(file)
    recipe["soniq"]["edited"] = True
    save.replace(file, recipe)
    with pytest.raises(Skip, match="by hand"):
        await structure.run(better, Context(tmp_path, SAVED))


def _note(data_dir: Path, number: int) -> None:
    store.note(data_dir, f"https://a.fr/{number}", "network", "x")


def test_an_index_made_by_many(tmp_path: Path) -> None:
    """Processes that find no index at the same time make one, and it has what each noted."""
    spawn = multiprocessing.get_context("fork")
    made = [spawn.Process(target=_note, args=(tmp_path, number)) for number in range(8)]
    for one in made:
        one.start()
    for one in made:
        one.join(10)
    assert [one.exitcode for one in made] == [0] * len(made)
    with store.reading(tmp_path) as connection:
        assert connection is not None
        assert connection.execute("SELECT count(*) FROM trouble").fetchone() == (len(made),)


def test_an_index_that_is_none(tmp_path: Path) -> None:
    """Who reads it and who writes it are told that the recipes are enough to make it anew."""
    (tmp_path / store.FILE).write_bytes(b"no database" * 500)
    for opened in (store.reading, store.writing):
        with pytest.raises(DataDirError, match="move it away, it is made anew"), opened(tmp_path):
            pass


def test_saved_while_the_index_is_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recipe that is noted while the index is compared with the files stays noted."""
    folder = tmp_path / FOLDER
    saved_by(folder, "https://a.fr/1", title="One")
    store.mend(tmp_path)
    reading = store.reading

    @contextlib.contextmanager
    def and_meanwhile(data_dir: Path) -> Any:
        _, file = saved_by(folder, "https://a.fr/2", title="Two")
        with store.writing(data_dir) as connection:
            store.put(connection, "two", save.read(file), file)
        with reading(data_dir) as connection:
            yield connection

    monkeypatch.setattr(store, "reading", and_meanwhile)
    store.mend(tmp_path)
    monkeypatch.undo()
    assert sorted(store.slugs(tmp_path)) == ["one", "two"]


def test_pages_that_are_kept_at_once(tmp_path: Path) -> None:
    """Pages that one process keeps at the same time keep what is theirs."""

    def one(number: int) -> tuple[str, Path]:
        text = f"<p>{number}</p>" * 1000
        return text, pages.keep(tmp_path, text, Source(url=f"https://a.fr/{number}"))

    with ThreadPoolExecutor(8) as pool:
        assert all(pages.read(file).text == text for text, file in pool.map(one, range(40)))
