"""Recipes on the screen of results: asked for again, given by hand, left out."""

import pytest

from soniq_tui.model.commands import Retry, Target
from soniq_tui.model.results import ResultColumn, ResultDetail, ResultPage, ResultRow
from tests.ui import fakes
from tests.ui.fake_results import Library, failure
from tests.ui.pilots import running, settle, text_of

URL = "https://example.org/soup"


class Kitchen(Library):
    """One list: of pages that gave no recipe, or of recipes."""

    kind = "failed"

    async def results(self, query):
        row = ResultRow(key=URL, kind=self.kind, cells=("Soup",), item=URL)
        columns = (ResultColumn(name="title", title="Title"),)
        views = (("failed", "Without a recipe"),)
        return ResultPage(title="Pages", views=views, columns=columns, rows=(row,), total=1)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("failed", {"sources": [URL]}),
        ("recipe", {"sources": [URL], "on_duplicate": "update"}),
    ],
)
async def test_a_page_is_asked_for_again(kind, options):
    """R gets the page of a recipe anew, or tries again one that gave none."""
    kitchen = Kitchen(fakes.running())
    kitchen.kind = kind
    async with running(kitchen, keys=["4", "r"]) as (app, _, client):
        assert client.launched == [(app.trail.importer, options)]


async def test_a_failed_page_is_retried_by_its_job():
    """Where the job that failed for a page is known, that one is retried."""
    kitchen = Kitchen(fakes.running())
    kitchen.failures = (failure(URL, 17),)
    async with running(kitchen, keys=["4", "r"]) as (_app, _, client):
        assert client.sent == [Retry(target=Target(jobs=(17,)))]
        assert client.launched == []


async def test_a_saved_page_is_given():
    """W asks for a file and has it imported as what the address has."""
    async with running(Kitchen(fakes.running()), keys=["4", "W"]) as (app, pilot, client):
        assert "file of the saved page" in text_of(app)
        await pilot.press(*"/srv/soup.html", "enter")
        await settle(pilot)
        options = {"sources": ["/srv/soup.html"], "url": URL, "on_duplicate": "update"}
        assert client.launched == [(app.trail.importer, options)]
        assert "/srv/soup.html is read for" in text_of(app)


async def test_a_page_is_left_out():
    """D takes a page out of the list of those without a recipe, without a question."""
    async with running(Kitchen(fakes.running()), keys=["4", "d"]) as (_app, _, client):
        assert client.deeds[0][1:] == ("failed.skip", {"item": URL})


async def test_pages_are_given_for_addresses_only():
    """On an artist it says what it is for."""
    async with running(Library(fakes.running()), keys=["4", "W"]) as (app, _, client):
        assert "a saved page is given for the address" in text_of(app)
        assert client.launched == []


class Cookbook(Kitchen):
    """A recipe whose page is kept."""

    kind = "recipe"
    source = "Soup of the sea\n\n2 carrots of the page\x1b[2J"

    async def detail(self, query):
        found = ResultDetail(title="Soup", text="INGREDIENTS\n\n- 2 carrots", source=self.source)
        return found


@pytest.mark.parametrize(("size", "both"), [((160, 50), True), ((80, 24), False)])
async def test_a_recipe_is_read_beside_its_source(size, both):
    """Where there is room both are seen, elsewhere one key changes between them."""
    async with running(Cookbook(fakes.running()), size=size, keys=["4", "i"]) as (app, pilot, _):
        await settle(pilot)
        seen = text_of(app)
        assert "- 2 carrots" in seen
        assert ("2 carrots of the page␛[2J" in seen) is both
        await pilot.press("v")
        await settle(pilot)
        seen = text_of(app)
        assert ("- 2 carrots" in seen) is both
        assert ("2 carrots of the page␛[2J" in seen) is not both
        if both:
            await pilot.press("v", "tab")
            await settle(pilot)
            assert app.screen.source.has_focus
        await pilot.press("escape")
        await settle(pilot)
        assert app.screen.where == "results"


async def test_a_source_that_is_not_kept_is_missed_in_words():
    """The recipe has the screen, and the key says why there is nothing beside it."""
    book = Cookbook(fakes.running())
    book.source = ""
    async with running(book, size=(160, 50), keys=["4", "i", "v"]) as (app, pilot, _):
        await settle(pilot)
        assert "the text it was made of is not kept" in text_of(app)
        assert not app.screen.source.display
