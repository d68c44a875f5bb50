"""What a scraper says is heard line by line, and believed only as far as it can be."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.base import ItemFault, Onward, Ran, RetryLater, Skip
from soniq_tui.importers.recipes import keep, save, scrape, scraper, store, structure
from soniq_tui.importers.recipes.words import FOLDER, Page, Saved
from soniq_tui.model.job import ErrorKind

SAVED = '>>> {"v":1,"ev":"saved","slug":"soup"}\n>>> Saved recipe: slug=soup'


class Context:
    """A stage's context whose programs are told what to say."""

    def __init__(self, data_dir: Path, says: str = "", status: int = 0) -> None:
        self.data_dir = data_dir
        self.says, self.status = says, status
        self.ran: list[list[str]] = []
        self.logged: list[str] = []
        self.steps: list[int] = []
        self.spawned: list[tuple[Any, dict[str, Any]]] = []

    def log(self, text: str) -> None:
        self.logged.append(text)

    def progress(self, done: int, total: int) -> None:
        self.steps.append(done)

    def count(self, **items: int) -> None:
        pass

    def spawn(self, payload: Any, **how: Any) -> None:
        self.spawned.append((payload, how))

    async def run(self, argv: list[str], *, on_line: Callable[[str], None], **how: Any) -> Ran:
        self.ran.append(argv)
        lines = self.says.splitlines()
        for line in lines:
            on_line(line)
        return Ran(status=self.status, tail=tuple(lines[-5:]))


def page(**more: Any) -> Page:
    return Page(**{"url": "https://a.fr/x", **more})


async def test_saved(tmp_path: Path) -> None:
    """A saved recipe goes on to be looked at."""
    context = Context(tmp_path, SAVED)
    after = await scrape.run(page(), context)
    assert isinstance(after, Onward)
    assert (after.stage, after.payload.slug) == ("keep", "soup")
    assert context.logged


async def test_steps_of_old_and_new(tmp_path: Path) -> None:
    """Steps are told by events and by the words of older programs."""
    context = Context(
        tmp_path,
        ">>> Fetching web content\n>>> Structuring recipe data\n"
        '>>> {"v":1,"ev":"step","step":"save"}\n' + SAVED,
    )
    await scrape.run(page(), context)
    assert context.steps == [1, 2, 4]


@pytest.mark.parametrize(
    ("says", "status", "raised", "kind"),
    [
        ("", 0, ItemFault, ErrorKind.INTERNAL),
        ("all is well", 0, ItemFault, ErrorKind.INTERNAL),
        ("text >>> Saved recipe: slug=soup", 0, ItemFault, ErrorKind.INTERNAL),
        (">>> Saved recipe: slug=../../etc", 0, ItemFault, ErrorKind.INTERNAL),
        (SAVED, 1, ItemFault, ErrorKind.INTERNAL),
        ("", -9, ItemFault, ErrorKind.CRASHED),
        ('>>> {"v":1,"ev":"error","kind":"not_found"}', 1, ItemFault, ErrorKind.NOT_FOUND),
        ('>>> {"v":1,"ev":"error","kind":"nonsense"}', 1, ItemFault, ErrorKind.INTERNAL),
        ('>>> {"v":2,"ev":"error","kind":"not_found"}\n>>> {', 1, ItemFault, ErrorKind.INTERNAL),
        ('>>> {"v":1,"ev":"error","kind":"rate_limited","passing":true,"after_s":9}', 1,
         RetryLater, ErrorKind.RATE_LIMITED),
    ],
)  # fmt: skip
async def test_no_success(
    tmp_path: Path, says: str, status: int, raised: type[ItemFault | RetryLater], kind: ErrorKind
) -> None:
    """Without the line, the status and a proper name there is no success."""
    with pytest.raises(raised) as caught:
        await scrape.run(page(), Context(tmp_path, says, status))
    assert caught.value.kind is kind


@pytest.mark.parametrize(
    ("says", "status"), [("", 100), ("ERROR: Recipe already exists (similar)", 0)]
)
async def test_duplicates(tmp_path: Path, says: str, status: int) -> None:
    """A scraper that finds it there already is a skip, however it says so."""
    with pytest.raises(Skip):
        await scrape.run(page(), Context(tmp_path, says, status))


async def test_a_page_for_the_model(tmp_path: Path) -> None:
    """A page that waits for a model goes to it; one whose rules sufficed is saved first."""
    needs = '>>> {"v":1,"ev":"needs_model","page":"/p.gz"}'
    after = await scrape.run(page(), Context(tmp_path, needs, 3))
    assert isinstance(after, Saved)
    assert (after.slug, after.page) == ("", "/p.gz")
    both = await scrape.run(page(), Context(tmp_path, f"{needs}\n{SAVED}"))
    assert isinstance(both, Onward)
    assert (both.payload.slug, both.payload.page) == ("soup", "/p.gz")


def kept(tmp_path: Path, name: str = "soup", **more: Any) -> Path:
    body = {
        "name": name,
        "soniq": {"key": f"a.fr/{name}", "source": {"url": f"https://a.fr/{name}"}, **more},
    }
    return save.publish(tmp_path / FOLDER, name, lambda slug: body)[1]


async def test_here_already(tmp_path: Path) -> None:
    """What is here is not asked for again, but as was said: skipped, written over, or kept, too."""
    kept(tmp_path, "x")
    with pytest.raises(Skip):
        await scrape.run(page(), Context(tmp_path))
    over = Context(tmp_path, SAVED)
    await scrape.run(page(on_duplicate="update"), over)
    assert "--update" in over.ran[0]
    another = Context(tmp_path, SAVED)
    await scrape.run(page(on_duplicate="keep"), another)
    assert "--update" not in another.ran[0]


async def test_what_a_killed_host_left(tmp_path: Path) -> None:
    """A recipe that this very batch saved before its host died is done, not there already."""
    kept(tmp_path, "x", **{"import": {"batch": "t0"}})
    context = Context(tmp_path)
    own = page(token="t0")  # noqa: S106  no password
    after = await scrape.run(own, context)
    assert isinstance(after, Onward)
    assert not context.ran


async def test_keep_looks_at_the_file(tmp_path: Path) -> None:
    """A file that is not there, not a recipe or older than the run is no success."""
    folder = tmp_path / FOLDER
    folder.mkdir()
    saved = Saved(url="https://a.fr/x", slug="soup")
    with pytest.raises(ItemFault) as caught:
        await keep.run(saved, Context(tmp_path))
    assert caught.value.kind is ErrorKind.VANISHED
    file = folder / f"soup{save.SUFFIX}"
    file.write_text("{}")
    with pytest.raises(ItemFault) as caught:
        await keep.run(saved, Context(tmp_path))
    assert caught.value.kind is ErrorKind.INVALID
    file.unlink()
    kept(tmp_path)
    with pytest.raises(ItemFault, match="older"):
        await keep.run(Saved(url="https://a.fr/x", slug="soup", began_at_s=9e9), Context(tmp_path))
    await keep.run(saved, Context(tmp_path))
    assert store.known(tmp_path, "http://www.a.fr/soup/") == "soup"


async def test_a_recipe_that_tells_no_address(tmp_path: Path) -> None:
    """What another program saved is known by the address that was asked for."""
    save.publish(tmp_path / FOLDER, "soup", lambda slug: {"metadata": {"title": "Soup"}})
    await keep.run(Saved(url="https://a.fr/x", slug="soup"), Context(tmp_path))
    assert store.known(tmp_path, "https://www.a.fr/x/") == "soup"


async def test_the_same_under_another_address(tmp_path: Path) -> None:
    """A page that turns out to be one that is here takes its file back."""
    first = kept(tmp_path)
    await keep.run(Saved(url="https://a.fr/soup", slug="soup"), Context(tmp_path))
    second = save.publish(tmp_path / FOLDER, "soup", lambda slug: save.read(first))[1]
    with pytest.raises(Skip, match="soup"):
        await keep.run(Saved(url="https://b.fr/y", slug="soup-2"), Context(tmp_path))
    assert first.exists()
    assert not second.exists()


async def test_a_model_that_nobody_reaches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing fails for it, and after three times it is left alone for a while."""
    monkeypatch.setattr(structure, "breaker", structure.Breaker())
    away = '>>> {"v":1,"ev":"error","kind":"model","reason":"nobody answers","unreachable":true}'
    context = Context(tmp_path, away, 1)
    for _ in range(5):
        with pytest.raises(RetryLater) as caught:
            await structure.run(Saved(url="https://a.fr/x", page="/p.gz"), context)
        assert caught.value.blameless
    assert len(context.ran) == structure.OPEN_AFTER


async def test_a_model_that_asks_for_patience(tmp_path: Path) -> None:
    """It is asked again when it said."""
    fault = scraper.ScrapeError(ErrorKind.MODEL, "too much to do", 3600.0)
    said = {"v": 1, "ev": "error", "kind": "model", "after_s": fault.after_s}
    said["passing"] = fault.passing
    context = Context(tmp_path, f">>> {json.dumps(said)}", 1)
    with pytest.raises(RetryLater) as caught:
        await structure.run(Saved(url="https://a.fr/x", page="/p.gz"), context)
    assert caught.value.after_s == 3600


async def test_a_model_that_fails_leaves_the_recipe(tmp_path: Path) -> None:
    """What rules found stands where the model gives nothing; without it the item has failed."""
    context = Context(tmp_path, '>>> {"v":1,"ev":"error","kind":"model","reason":"no"}', 1)
    saved = Saved(url="https://a.fr/x", slug="soup", page="/p.gz")
    kept(tmp_path)
    assert (await structure.run(saved, context)).slug == "soup"
    with pytest.raises(ItemFault):
        await structure.run(Saved(url="https://a.fr/x", page="/p.gz"), context)
