"""Recipes on the screen of results: asked for again, given by hand, left out."""

import msgspec
import pytest
from textual.events import Paste

from soniq_tui.model.commands import Reply, Retry, Target
from soniq_tui.model.job import JobState
from soniq_tui.model.results import ResultColumn, ResultDetail, ResultPage, ResultRow
from soniq_tui.ui import page_upload
from soniq_tui.ui.action_context import ActionContext
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
    """W asks for a page; a file that is named is imported as what the address has."""
    async with running(Kitchen(fakes.running()), keys=["4", "W"]) as (app, pilot, client):
        await settle(pilot)
        assert URL in text_of(app)
        assert "name the file" in text_of(app)
        await pilot.press(*"/srv/soup.html", "enter")
        await settle(pilot)
        options = {"sources": ["/srv/soup.html"], "url": URL, "on_duplicate": "update"}
        assert client.launched == [(app.trail.importer, options)]
        assert "/srv/soup.html is read for" in text_of(app)


class Keeper(Kitchen):
    """A kitchen that keeps what is pasted."""

    async def deed(self, importer, name, words):
        await super().deed(importer, name, words)
        return Reply(text="/d/recipes/pages/soup.html.gz")


async def test_a_page_is_pasted():
    """HTML that is pasted there is kept for the address and imported as what it has."""
    async with running(Keeper(fakes.running()), keys=["4", "W"]) as (app, pilot, client):
        await settle(pilot)
        app.post_message(Paste("<html>\r<p>Soup"))
        await settle(pilot)
        assert client.deeds[0][1:] == ("page.keep", {"text": "<html>\r<p>Soup", "url": URL})
        options = {"sources": ["/d/recipes/pages/soup.html.gz"], "url": URL}
        assert client.launched == [(app.trail.importer, {**options, "on_duplicate": "update"})]
        assert f"what was pasted is read for {URL}" in text_of(app)


async def test_a_page_is_given_for_a_failed_item_and_by_the_palette():
    """Where an address failed the key is there, too, and so is the action by its name."""
    kitchen = Keeper(fakes.running())
    kitchen.failures = (msgspec.structs.replace(failure(URL, 17), importer="recipes"),)
    keys = ["3", "enter", "colon", *"paste", "enter"]
    async with running(kitchen, keys=keys) as (app, pilot, client):
        await settle(pilot)
        app.post_message(Paste("<p>Soup</p>"))
        await settle(pilot)
        assert client.launched[0][0] == "recipes"
        assert client.launched[0][1]["url"] == URL


def test_what_a_page_is_given_for():
    """A failed job of an address, the failed item under the cursor, else nothing."""
    job = fakes.FakeClient().job_row(0)
    failed = msgspec.structs.replace(job, label=URL, state=JobState.FAILED, importer="recipes")
    assert page_upload.meant(ActionContext(job=failed)) == ("recipes", URL)
    assert page_upload.meant(
        ActionContext(job=msgspec.structs.replace(failed, state=JobState.DONE))
    ) == (
        "",
        "",
    )
    assert page_upload.meant(
        ActionContext(job=msgspec.structs.replace(failed, label="/m/x.mp3"))
    ) == (
        "",
        "",
    )
    assert page_upload.meant(ActionContext()) == ("", "")


async def test_a_page_is_left_out():
    """D takes a page out of the list of those without a recipe, without a question."""
    async with running(Kitchen(fakes.running()), keys=["4", "d"]) as (_app, _, client):
        assert client.deeds[0][1:] == ("failed.skip", {"item": URL})


async def test_pages_are_given_for_addresses_only():
    """On an artist it says what it is for."""
    async with running(Library(fakes.running()), keys=["4", "W"]) as (app, _, client):
        assert "a page is given for the address of a recipe" in text_of(app)
        assert client.launched == []


class Cookbook(Kitchen):
    """A recipe whose page is kept."""

    kind = "recipe"
    source = "Soup of the sea\n\n2 carrots of the page\x1b[2J"

    async def detail(self, query):
        return ResultDetail(title="Soup", text="INGREDIENTS\n\n- 2 carrots", source=self.source)


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
