"""Texts and saved pages: read by rules, else by a model; the picture beside them is theirs."""

import json
from pathlib import Path
from typing import Self

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from soniq_tui.errors import UsageError
from soniq_tui.importers.recipes import arguments, demo, export, pages, plan, save, scraper
from soniq_tui.importers.recipes.fetch import Fetched
from soniq_tui.importers.recipes.formats import cooklang_reading
from soniq_tui.importers.recipes.scraper import ScrapeError, Work
from soniq_tui.importers.recipes.stored import Source
from soniq_tui.importers.recipes.words import FOLDER, RecipeOptions
from soniq_tui.model.forms import option_fields
from soniq_tui.model.job import ErrorKind
from tests.importers.music.pictures import encoded, flag
from tests.importers.recipes import shelf

PICTURE = encoded(flag(), "PNG")
LETTER = (
    "Dear Ada, for my curd take two lemons and a good deal of sugar, say 100 g sugar. "
    "Grate the lemons into the sugar. Stir it over low heat until it is thick. Yours, Bo\n"
)
CALLED = {"url": "page", "text": "text", "html": "file"}
"""How people call what a scraper is run for, by its mode."""
SAID = {
    "found": True,
    "title": "Lemon curd",
    "ingredients": [
        {"text": "two lemons", "section": None},
        {"text": "100 g sugar", "section": None},
    ],
    "instructions": [
        {"text": "Grate the lemons into the sugar.", "section": None},
        {"text": "Stir it over low heat until it is thick.", "section": None},
    ],
}


def test_the_help_says_all_that_another_program_is_run_for():
    """It is called for texts and saved pages as well, not only to fetch."""
    modes = arguments.parser().parse_args
    for mode in CALLED:
        assert modes(["--mode", mode]).mode == mode
    said = next(each.help for each in option_fields(RecipeOptions) if each.name == "scraper")
    assert all(called in said for called in CALLED.values())
    assert "fetch" not in said


def told(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    """Return what the scraper said since it was asked last."""
    lines = capsys.readouterr().out.splitlines()
    return [json.loads(line[4:]) for line in lines if line.startswith(">>> {")]


async def saved(work: Work) -> dict:
    name = await scraper.scrape(work)
    return save.read(work.folder / f"{name}{save.SUFFIX}")


@pytest.mark.parametrize("text", [True, False])
@pytest.mark.parametrize(
    ("data", "kind"), [(b"%PDF-1.7\n...", "application/pdf"), (b"a\0b", "application/octet-stream")]
)
async def test_files_that_are_only_called_pages(tmp_path: Path, text, data, kind) -> None:
    """Whatever its name says, a PDF is told as one, and no model reads it."""
    file = tmp_path / "soup.html"
    file.write_bytes(data)
    with pytest.raises(ScrapeError, match=f"^that is no page, but {kind}$") as caught:
        await scraper.scrape(Work(file=file, text=text, folder=tmp_path / "out"))
    assert caught.value.kind is ErrorKind.UNSUPPORTED


@pytest.mark.parametrize("source", ["my aunt", "https://a.example/x"])
async def test_a_text_that_names_its_source(tmp_path: Path, source: str) -> None:
    """What a file says of where it is from is not its address."""
    file = tmp_path / "soup.txt"
    file.write_text(f"Soup\nSource: {source}\nIngredients\n3 leeks\nMethod\nCook the leeks.\n")
    recipe = await saved(Work(file=file, text=True, folder=tmp_path / "out"))
    assert recipe["url"] == file.as_uri()
    assert recipe.get("author", {}).get("name") == ("my aunt" if source == "my aunt" else None)


@pytest.mark.parametrize("suffix", [".png", ".PNG"])
async def test_a_text_by_rules(tmp_path: Path, suffix: str) -> None:
    """A text without a title is called as its file; the picture of that name is kept."""
    file = tmp_path / "leek_soup.txt"
    file.write_text("Ingredients\n3 leeks\n20 cl cream\nMethod\nCook the leeks in the cream.\n")
    file.with_suffix(suffix).write_bytes(PICTURE)
    recipe = await saved(Work(file=file, text=True, folder=tmp_path / "out"))
    assert recipe["name"] == "leek soup"
    assert recipe["recipeIngredient"] == ["3 leeks", "20 cl cream"]
    assert (tmp_path / "out" / recipe["image"][0]).read_bytes() == PICTURE
    assert recipe["soniq"]["extract"]["path"] == "text"
    assert recipe["soniq"]["source"]["url"] == file.as_uri()


async def test_no_picture_where_none_is_wanted(tmp_path: Path) -> None:
    """A saved page has its picture beside it as well, unless pictures are not kept."""
    file = tmp_path / "soup.html"
    file.write_text(demo.jsonld(demo.SOUP))
    file.with_suffix(".jpg").write_bytes(PICTURE)
    with_one = await saved(Work(file=file, folder=tmp_path / "a"))
    assert with_one["image"][0].startswith("images/")
    without = await saved(Work(file=file, folder=tmp_path / "b", images=False))
    assert not without.get("image")


async def test_nothing_is_fetched_where_no_picture_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fetches is loaded only for a page that names pictures: that takes half of a start."""
    begun: list[Work] = []

    async def fetcher(work: Work, **_: bool) -> None:
        begun.append(work)
        raise ScrapeError(ErrorKind.NETWORK, "no network")

    monkeypatch.setattr(scraper, "_fetcher", fetcher)
    file = tmp_path / "soup.html"
    file.write_text(demo.jsonld(demo.SOUP))
    assert (await saved(Work(file=file, folder=tmp_path / "a")))["name"] == demo.SOUP.name
    file.write_text(demo.jsonld(demo.SOUP, image="http://127.0.0.1:1/soup.png"))
    with pytest.raises(ScrapeError, match="no network"):
        await saved(Work(file=file, folder=tmp_path / "b"))
    assert [work.folder.name for work in begun] == ["b"]


def stub_fetcher(monkeypatch: pytest.MonkeyPatch, got: Fetched, *, outside: bool = False) -> None:
    """Let the scraper get ``got`` for any page."""

    class Stub:
        def __init__(self) -> None:
            self.outside = outside

        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *_: object) -> None:
            return None

        async def page(self, _url: str) -> Fetched:
            return got

    async def fetcher(_work: Work) -> Stub:
        return Stub()

    monkeypatch.setattr(scraper, "_fetcher", fetcher)


@pytest.mark.parametrize("outside", [False, True])
async def test_where_a_page_came_from_is_noted(
    monkeypatch: pytest.MonkeyPatch, outside: bool
) -> None:
    """Whether it is of the internet is known when it is fetched, and kept with it."""
    stub_fetcher(monkeypatch, Fetched("http://a.fr/soup", 200, b"x"), outside=outside)
    assert (await scraper._source(Work(url="http://a.fr/soup")))[1].outside is outside


@pytest.mark.parametrize(
    ("kind", "begins", "text"),
    [
        ("text/plain", "", True),
        ("text/markdown", "# ", True),
        ("text/plain", "<p>", False),
        ("text/plain", "{", False),
        ("text/html", "", False),
    ],
)
async def test_an_address_of_a_text(
    monkeypatch: pytest.MonkeyPatch, kind: str, begins: str, text: bool
) -> None:
    """What a server calls a text is read as one, if it is neither markup nor data."""
    stub_fetcher(monkeypatch, Fetched("http://a.fr/soup.md", 200, f"{begins}Soup".encode(), kind))
    work = Work(url="http://a.fr/soup.md")
    await scraper._source(work)
    assert work.text is text


@pytest.mark.parametrize("outside", [False, True])
async def test_a_kept_page_stays_of_the_internet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outside: bool
) -> None:
    """The picture of a page that waited for a model comes from where the page might have led."""
    asked: list[bool] = []

    async def fetcher(_work: Work, *, outside: bool) -> None:
        asked.append(outside)
        raise ScrapeError(ErrorKind.NETWORK, "no network")

    monkeypatch.setattr(scraper, "_fetcher", fetcher)
    page = demo.jsonld(demo.SOUP, image="http://a.fr/soup.png")
    url = "http://a.fr/soup"
    kept = pages.keep(tmp_path, page, Source(url=url, outside=outside))
    with pytest.raises(ScrapeError, match="no network"):
        await saved(Work(file=kept, url=url, folder=tmp_path))
    assert asked == [outside]
    assert (
        "outside"
        not in (await saved(Work(file=kept, url=url, folder=tmp_path, images=False)))["soniq"][
            "source"
        ]
    )


async def test_a_text_without_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rules find nothing and nobody can be asked, that is the reason."""
    monkeypatch.delenv("SONIQ_LLM_URL", raising=False)
    file = tmp_path / "letter.txt"
    file.write_text(LETTER)
    with pytest.raises(ScrapeError, match="in this text, and no model is set up"):
        await scraper.scrape(Work(file=file, text=True, folder=tmp_path / "out"))


async def test_a_text_by_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A letter waits for the model as the text it is, and keeps its picture on the way."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        body = await request.json()
        asked.append(body["messages"][-1]["content"])
        choice = {"message": {"content": json.dumps(SAID)}, "finish_reason": "stop"}
        return web.json_response({"choices": [choice], "usage": {}})

    app = web.Application()
    app.router.add_post("/v1/chat/completions", answer)
    file = tmp_path / "curd.txt"
    file.write_text(LETTER)
    file.with_suffix(".png").write_bytes(PICTURE)
    async with TestServer(app) as server:
        monkeypatch.setenv("SONIQ_LLM_URL", str(server.make_url("/v1")))
        monkeypatch.setenv("SONIQ_LLM_MODEL", "small")
        first = Work(file=file, text=True, folder=tmp_path / "out", defer=True)
        assert await scraper.scrape(first) == ""
        (event,) = [e for e in told(capsys) if e["ev"] == "needs_model"]
        kept = Path(event["page"])
        assert pages.is_text(kept)
        assert not asked
        recipe = await saved(
            Work(file=kept, url=file.as_uri(), text=True, folder=tmp_path / "out", structure=True)
        )
    assert LETTER.strip() in asked[0]
    assert recipe["recipeIngredient"] == ["two lemons", "100 g sugar"]
    assert recipe["soniq"]["extract"]["structured"] == "llm"
    assert recipe["soniq"]["extract"]["ungrounded"] == []
    assert (tmp_path / "out" / recipe["image"][0]).read_bytes() == PICTURE


async def test_what_a_page_says_is_kept_beside_its_recipe(tmp_path: Path) -> None:
    """Of a page its text without markup, of a text itself; only where the console may show it."""
    page = tmp_path / "soup.html"
    page.write_text(f"<nav>menu</nav><p>Grandma's own</p>{demo.jsonld(demo.SOUP)}")
    out = tmp_path / "out"
    await scraper.scrape(Work(file=page, folder=out))
    assert pages.seen(out, page.as_uri()) == ""
    await scraper.scrape(Work(file=page, folder=out, token="t"))  # noqa: S106
    assert pages.seen(out, page.as_uri()).splitlines()[0] == "Grandma's own"
    assert "menu" not in pages.seen(out, page.as_uri())


COOK = """---
title: Leek soup
servings: 4
---
>> source: https://a.example/leek
>> time: 45 min

@salt{0.5%tsp}, @olive oil{}.

Cut the @leeks{3} -- the green part, too
in a #large pan{}.

== Later ==

Cook with @water for ~{25%minutes}.
"""


async def test_cooklang(tmp_path: Path) -> None:
    """Foods become a list, steps plain words; a step of nothing but foods is none."""
    file = tmp_path / "leek.cook"
    file.write_text(COOK)
    recipe = await saved(Work(file=file, text=True, folder=tmp_path / "out"))
    assert (recipe["name"], recipe["recipeYield"]) == ("Leek soup", "4")
    assert recipe["totalTime"] == "PT45M"
    assert recipe["recipeIngredient"] == ["0.5 tsp salt", "olive oil", "3 leeks", "water"]
    first, later = recipe["recipeInstructions"]
    assert first["text"] == "Cut the leeks in a large pan."
    assert later["name"] == "Later"
    assert later["itemListElement"][0]["text"] == "Cook with water for 25 minutes."


async def test_cooklang_comes_back(tmp_path: Path) -> None:
    """What is exported as Cooklang is imported with the same foods, steps and title."""
    slug = shelf.put(tmp_path, demo.PANCAKES, "https://a.example/p")
    before = save.read(tmp_path / FOLDER / f"{slug}{save.SUFFIX}")
    (tmp_path / "cook").mkdir()
    export.cooklang(tmp_path, tmp_path / "cook")
    (file,) = (tmp_path / "cook").iterdir()
    (job,) = plan.plan(RecipeOptions(sources=(str(tmp_path / "cook"),)), tmp_path).jobs
    assert job.stage == "scrape"
    after = await saved(Work(file=file, text=True, folder=tmp_path / "out"))
    assert after["name"] == before["name"]
    assert len(after["recipeIngredient"]) == len(before["recipeIngredient"])
    assert [s["text"] for s in after["recipeInstructions"]] == list(demo.PANCAKES.steps)


def test_cooklang_that_is_none() -> None:
    """An address or a mention with an at sign makes no recipe; endless marks cost no time."""
    assert not cooklang_reading.is_cooklang("write to ada@a.example {soon}\n@home")
    assert cooklang_reading.read("just words") is None
    assert cooklang_reading.read("@" * 100_000 + "{" * 100_000) is None


@pytest.mark.parametrize("name", ["page.html", "~/my soups/page.html", "soup"])
def test_a_file_that_is_not_there_is_no_text(name: str, tmp_path: Path) -> None:
    """With its address it was taken for the recipe itself, and failed as one of that site."""
    options = RecipeOptions(sources=(name,), url="https://a.example/soup")
    with pytest.raises(UsageError, match="neither an address nor a file"):
        plan.plan(options, tmp_path)
    assert plan.preview(options, tmp_path).ok is False


def test_a_letter_of_one_line_is_a_text(tmp_path: Path) -> None:
    """A model may find a recipe in it."""
    options = RecipeOptions(sources=(LETTER.strip(),), url="https://a.example/curd")
    assert [job.label for job in plan.plan(options, tmp_path).jobs] == ["https://a.example/curd"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("./mine --fast", "'./mine' is no program here; give its whole path"),
        ("nobody-has-this", "'nobody-has-this' is no program here; give its whole path"),
        ("' '", "' ' is no program here; give its whole path"),
        ("mine 'x", '"mine \'x" cannot be read as a command: No closing quotation'),
    ],
)
def test_a_scraper_that_cannot_be_run_is_refused(command: str, said: str, tmp_path: Path) -> None:
    """Each recipe failed of it by itself."""
    options = RecipeOptions(sources=("https://a.example/soup",), scraper=command)
    with pytest.raises(UsageError) as refused:
        plan.plan(options, tmp_path)
    assert (str(refused.value), refused.value.field) == (said, "scraper")
    assert plan.preview(options, tmp_path).field == "scraper"


def test_a_scraper_is_found_by_path_and_by_name(tmp_path: Path) -> None:
    """As a shell finds it, with words for it behind."""
    mine = tmp_path / "my scraper"
    mine.write_text("#!/bin/sh\n")
    mine.chmod(0o755)
    for command in (f"'{mine}' --fast", "sh -c true"):
        options = RecipeOptions(sources=("https://a.example/soup",), scraper=command)
        assert len(plan.plan(options, tmp_path).jobs) == 1
