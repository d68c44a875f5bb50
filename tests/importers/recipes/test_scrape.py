"""What a scraper says is heard line by line, and believed only as far as it can be."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from soniq_tui.importers.base import GoBack, ItemFault, Onward, Ran, RetryLater, Skip
from soniq_tui.importers.recipes import (
    keep,
    lists,
    pages,
    save,
    scrape,
    store,
    structure,
)
from soniq_tui.importers.recipes.formats import reading
from soniq_tui.importers.recipes.model.answers import ModelError
from soniq_tui.importers.recipes.stored import Source
from soniq_tui.importers.recipes.words import FOLDER, Page, Saved
from soniq_tui.model.job import ErrorKind
from soniq_tui.model.results import ResultQuery

SAVED = '>>> {"v":1,"ev":"saved","slug":"soup"}\n>>> Saved recipe: slug=soup'


class Context:
    """A stage's context whose programs are told what to say."""

    def __init__(self, data_dir: Path, says: str = "", status: int = 0) -> None:
        self.data_dir, self.retries = data_dir, 0
        self.says, self.status = says, status
        self.ran: list[list[str]] = []
        self.logged: list[str] = []
        self.steps: list[int] = []
        self.of = set[int]()
        self.now: list[str] = []
        self.spawned: list[tuple[Any, dict[str, Any]]] = []
        self.checkpoints: list[Saved] = []
        self.env: dict[str, str] | None = None

    def log(self, text: str) -> None:
        self.logged.append(text)

    def progress(self, done: int, total: int) -> None:
        self.steps.append(done)
        self.of.add(total)

    def doing(self, text: str) -> None:
        self.now.append(text)

    def count(self, **items: int) -> None:
        pass

    def checkpoint(self, payload: Saved) -> None:
        self.checkpoints.append(payload)

    def spawn(self, payload: Any, **how: Any) -> None:
        self.spawned.append((payload, how))

    async def run(self, argv: list[str], *, on_line: Callable[[str], None], **how: Any) -> Ran:
        self.ran.append(argv)
        self.env = how.get("env")
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
    assert (context.steps, context.of) == ([1, 2, 4], {4})
    assert context.now == ["fetching", "reading", "saving"]


async def test_what_a_scraper_does_now(tmp_path: Path) -> None:
    """Each step and a model's pace are shown with the slot; the output has no events of them."""
    says = '>>> {"v":1,"ev":"step","step":"model"}\n>>> Asking\n'
    says += '>>> {"v":1,"ev":"tokens","count":312,"rate":14.0}\n>>> {"v":2}\n'
    context = Context(tmp_path, says + SAVED)
    await scrape.run(page(), context)
    assert context.steps == [2]
    assert context.now == ["asking the model", "model 312 tokens, 14.0/s"]
    assert context.logged[:2] == [">>> Asking", '>>> {"v":2}']


async def test_an_event_without_end(tmp_path: Path) -> None:
    """A line that is nested deeper than anybody reads is a line like others."""
    deep = ">>> " + '{"v":' * 9000
    after = await scrape.run(page(), Context(tmp_path, f"{deep}\n{SAVED}"))
    assert isinstance(after, Onward)


@pytest.mark.parametrize(
    ("says", "status", "raised", "kind"),
    [
        ("", 0, ItemFault, ErrorKind.INTERNAL),
        ("all is well", 0, ItemFault, ErrorKind.INTERNAL),
        ("text >>> Saved recipe: slug=soup", 0, ItemFault, ErrorKind.INTERNAL),
        (">>> Saved recipe: slug=../../etc", 0, ItemFault, ErrorKind.INTERNAL),
        (SAVED, 1, ItemFault, ErrorKind.INTERNAL),
        (SAVED, -9, ItemFault, ErrorKind.CRASHED),
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
    ("says", "status"),
    [
        ("", 100),
        ("ERROR: Recipe already exists (similar)", 0),
        ("ERROR: Recipe already exists (similar)", 1),
    ],
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
    for says, status in ((needs, 3), (needs, 0), (SAVED, 3)):  # only ours may put it off
        with pytest.raises(ItemFault):
            await scrape.run(page(scraper="theirs"), Context(tmp_path, says, status))
    theirs = await scrape.run(page(scraper="theirs"), Context(tmp_path, f"{needs}\n{SAVED}"))
    assert theirs.payload.page == ""


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


async def test_a_recipe_that_tells_a_login(tmp_path: Path) -> None:
    """What another program kept of the address that it was given is shown without its login."""
    told = {"name": "Soup", "url": "https://ada:secret@a.fr/x"}
    file = save.publish(tmp_path / FOLDER, "soup", lambda slug: told)[1]
    await keep.run(Saved(url="https://a.fr/x", slug="soup"), Context(tmp_path))
    (row,) = lists.results(tmp_path, ResultQuery(importer="recipes")).rows
    assert row.item == reading.source(save.read(file)) == "https://a.fr/x"


async def test_the_same_under_another_address(tmp_path: Path) -> None:
    """A page that turns out to be one that is here takes its file back."""
    first = kept(tmp_path)
    await keep.run(Saved(url="https://a.fr/soup", slug="soup"), Context(tmp_path))
    second = save.publish(tmp_path / FOLDER, "soup", lambda slug: save.read(first))[1]
    with pytest.raises(Skip, match="soup"):
        await keep.run(Saved(url="https://b.fr/y", slug="soup-2"), Context(tmp_path))
    assert first.exists()
    assert not second.exists()


async def test_a_page_that_is_kept_no_longer(tmp_path: Path) -> None:
    """It is asked for again, unless rules made a recipe of it, which then stays as it is."""
    gone = Saved(url="https://a.fr/x", page=str(tmp_path / "gone.html.gz"))
    context = Context(tmp_path)
    with pytest.raises(GoBack):
        await structure.run(gone, context)
    kept(tmp_path, "x")
    with pytest.raises(Skip, match="not kept any more"):
        await structure.run(msgspec.structs.replace(gone, slug="x"), context)
    assert not context.ran


async def test_a_model_that_asks_for_patience(tmp_path: Path) -> None:
    """It is asked again when it said."""
    fault = ModelError("too much to do", after_s=3600.0)
    said = {"v": 1, "ev": "error", "kind": "model", "after_s": fault.after_s}
    said["passing"] = fault.passing
    context = Context(tmp_path, f">>> {json.dumps(said)}", 1)
    with pytest.raises(RetryLater) as caught:
        await structure.run(Saved(url="https://a.fr/x", page=__file__), context)
    assert caught.value.after_s == 3600


TOO_LATE = '>>> {"v":1,"ev":"error","kind":"model","reason":"no","passing":true,"after_s":90000}'
BUSY = '>>> {"v":1,"ev":"error","kind":"model","reason":"no","passing":true,"after_s":9}'
FAILS = '>>> {"v":1,"ev":"error","kind":"model","reason":"no"}'


@pytest.mark.parametrize(
    ("says", "asked"), [(BUSY, structure.ASKED_MOST), (FAILS, 1), (TOO_LATE, 1), ("", 1)]
)
async def test_what_rules_found_stays(tmp_path: Path, says: str, asked: int) -> None:
    """A recipe of rules is done, whatever its model does; it says that it was not made better.

    A model that is busy is asked a few times, and no attempt of the job is lost by that.
    """
    kept(tmp_path, "x", extract={"structured": "rules", "flags": ["noqty"]})
    saved = Saved(url="https://a.fr/x", slug="x", page=__file__)
    context = Context(tmp_path, says, 1)
    for _ in range(asked - 1):
        with pytest.raises(RetryLater) as caught:
            await structure.run(saved, context)
        assert caught.value.blameless
        saved = context.checkpoints[-1]
    with pytest.raises(Skip, match="x is as rules found it, not made better"):
        await structure.run(saved, context)
    assert len(context.ran) == asked
    recipe = save.read(scrape.file_of(tmp_path / FOLDER, "x"))
    assert recipe["soniq"]["extract"]["flags"] == ["noqty", "llm_failed"]
    found = lists.results(tmp_path, ResultQuery(importer="recipes", text="is:odd"))
    assert "model failed" in found.rows[0].cells[-1]


async def test_only_the_model_is_asked_again(tmp_path: Path) -> None:
    """Who wants such a recipe again has it made better, from the page that is here.

    A page that is older than a day, or of a recipe whose model did not fail, is asked for.
    """
    source = Source(url="https://a.fr/x")
    kept(tmp_path, "x", extract={"structured": "rules", "flags": ["llm_failed"]})
    file = pages.keep(tmp_path / FOLDER, "<p>soup", source)
    context = Context(tmp_path, SAVED)
    after = await scrape.run(page(on_duplicate="update"), context)
    assert isinstance(after, Saved)
    assert (after.slug, after.page, context.ran) == ("x", str(file), [])
    better = await structure.run(after, context)
    assert (better.slug, better.on_duplicate) == ("soup", "keep")
    place = context.ran[0].index("--update")
    assert context.ran[0][place + 1] == str(scrape.file_of(tmp_path / FOLDER, "x"))
    os.utime(file, (1, 1))
    again = Context(tmp_path, SAVED)
    assert isinstance(await scrape.run(page(on_duplicate="update"), again), Onward)
    assert again.ran


async def test_without_rules_there_is_no_recipe(tmp_path: Path) -> None:
    """A page that only a model could have read has failed where the model gives nothing."""
    with pytest.raises(ItemFault):
        await structure.run(Saved(url="https://a.fr/x", page=__file__), Context(tmp_path, FAILS, 1))


@pytest.mark.parametrize("asked", [5.0, 3600.0, 3601.0, 86400.0])
async def test_how_long_a_site_may_ask_for(tmp_path: Path, asked: float) -> None:
    """Up to an hour is waited for; a page of a site that asks for more has failed, and says why."""
    said = {"v": 1, "ev": "error", "kind": "rate_limited", "reason": "busy", "passing": True}
    context = Context(tmp_path, f">>> {json.dumps(said | {'after_s': asked})}", 1)
    with pytest.raises(RetryLater if asked <= 3600 else ItemFault, match="busy") as caught:
        await scrape.run(page(), context)
    assert caught.value.kind is ErrorKind.RATE_LIMITED


async def test_no_password_in_a_command_line(tmp_path: Path) -> None:
    """The login of an address goes to our scraper in its environment, to another in the address.

    What either says is shown without it.
    """
    noise = "https://ada:secret@a.fr/x is slow"
    error = f'>>> {{"v":1,"ev":"error","kind":"network","reason":"{noise}","passing":false}}'
    own = page(login="ada:secret")
    for one, in_words in ((own, False), (msgspec.structs.replace(own, scraper="other"), True)):
        context = Context(tmp_path, f"{noise}\n{error}", 1)
        with pytest.raises(ItemFault) as caught:
            await scrape.run(one, context)
        assert any("secret" in word for word in context.ran[0]) is in_words
        assert (context.env or {}).get("SONIQ_LOGIN") == (None if in_words else "ada:secret")
        assert "secret" not in f"{caught.value}{context.logged}"
        with store.reading(tmp_path) as connection:
            assert connection is not None
            assert "secret" not in "".join(connection.iterdump())


async def test_credentials_of_another_program(tmp_path: Path) -> None:
    """It gets a copy, its owner's alone and gone afterwards: older ones delete the file."""
    auth = tmp_path / "auth.json"
    auth.write_text("{}")
    auth.chmod(0o600)

    class Deleting(Context):
        async def run(self, argv: list[str], **how: Any) -> Ran:
            self.copy = Path(argv[argv.index("--credentials") + 1])
            assert self.copy.stat().st_mode & 0o077 == 0
            assert self.copy.read_text() == "{}"
            self.copy.unlink()
            return await super().run(argv, **how)

    context = Deleting(tmp_path, SAVED)
    await scrape.run(page(auth=str(auth), scraper="other"), context)
    assert auth.exists()
    assert not context.copy.exists()


def test_no_module_of_the_folder_one_is_in_runs(tmp_path: Path) -> None:
    """What lies about there, such as a checkout, is not what the scraper is made of."""
    for name in ("soniq_tui", "msgspec", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('somebody else')")
    words = [*scrape.OWN, "--help"]
    done = subprocess.run(words, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


async def test_a_model_is_asked_by_the_same_program(tmp_path: Path) -> None:
    """The scraper that fetches a page is the one that asks about it."""
    fetched, asked = Context(tmp_path, SAVED), Context(tmp_path, SAVED)
    await scrape.run(page(), fetched)
    await structure.run(Saved(url="https://a.fr/x", page=__file__), asked)
    for context in (fetched, asked):
        assert tuple(context.ran[0][: len(scrape.OWN)]) == scrape.OWN
