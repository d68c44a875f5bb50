"""The launch form: values, completion, preview, start."""

import asyncio

import pytest

from soniq_tui.errors import UsageError
from soniq_tui.model.commands import Reply
from soniq_tui.model.snapshot import JobRow, Page
from soniq_tui.ui import forms, rows
from soniq_tui.ui.pages import SIZE, Pages
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of

MUSIC, RECIPES = fakes.FORMS


def test_options_and_command_line():
    """Fields become options and the command that does the same."""
    values = {"root": "/my music", "limit": "1,000", "force": "yes"}
    assert forms.options_of(MUSIC, values) == (
        {"root": "/my music", "limit": 1000, "force": True},
        "",
    )
    assert forms.command_line(MUSIC, values) == "soniq-tui scan '/my music' --limit 1,000 --force"
    assert forms.options_of(MUSIC, {})[1] == "Folder is needed"
    assert "whole number" in forms.options_of(MUSIC, {"root": "/", "limit": "x"})[1]
    assert forms.command_line(RECIPES, {"urls": "a b", "model": "none"}) == "soniq-tui recipes a b"
    assert forms.options_of(RECIPES, {"urls": "a 'b c'"})[0] == {"urls": ["a", "b c"]}


def test_folders_are_completed(tmp_path):
    """As far as it is certain; then the names are offered; files are not."""
    for name in ("music", "museum", "other", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "musik.txt").touch()
    assert forms.complete_folder(f"{tmp_path}/m") == (f"{tmp_path}/mus", ["museum", "music"])
    assert forms.complete_folder(f"{tmp_path}/o") == (f"{tmp_path}/other/", ["other"])
    assert forms.complete_folder(f"{tmp_path}/nothing") == (f"{tmp_path}/nothing", [])
    assert forms.complete_folder("/does/not/exist/x") == ("/does/not/exist/x", [])


async def test_a_batch_is_started(tmp_path):
    """Typing, tab, enter: the form's options are launched and the dashboard says so."""
    (tmp_path / "lib").mkdir()
    async with running(keys=["n"]) as (app, pilot, client):
        client.reply = Reply(ok=True, text="batch 4 is running")
        app.focused.insert_text_at_cursor(f"{tmp_path}/l")
        await pilot.press("tab")
        await pilot.pause(0.6)
        assert "1,204 audio files" in text_of(app)
        assert "$ soniq-tui scan" in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert client.launched == [("music", {"root": f"{tmp_path}/lib", "force": False})]
        assert app.top.where == "dash"
        assert "batch 4 is running" in text_of(app)


async def test_what_is_wrong_is_said_in_the_form():
    """A missing field, a refusal and an error leave the form open."""
    async with running(keys=["n", "enter"]) as (app, pilot, client):
        assert "Folder is needed" in text_of(app)
        await pilot.press("/")
        client.reply = Reply(ok=False, text="another batch scans this folder")
        await pilot.press("ctrl+j")
        await settle(pilot)
        assert "another batch" in text_of(app)
        client.reply = UsageError("/ cannot be read")
        await pilot.press("ctrl+j")
        await settle(pilot)
        assert "cannot be read" in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert app.top.where == "dash"
        assert client.launched[-1][0] == "music"


async def test_the_kind_is_chosen():
    """Left and right on the first line draw another form."""
    async with running(keys=["n", "up", "right"]) as (app, _, _c):
        assert "Addresses" in text_of(app)
        assert "soniq-tui recipes" in text_of(app)


async def test_an_error_while_connecting_ends_with_its_status():
    """The host finds the error and its exit status after the terminal is restored."""
    from soniq_tui.errors import HostBusyError
    from soniq_tui.ui.app import ConsoleApp

    async def connect():
        raise HostBusyError("another soniq-tui is the host")

    app = ConsoleApp(connect)
    async with app.run_test() as pilot:
        await pilot.pause(0.2)
    assert app.return_code == HostBusyError.exit_status
    assert str(app.failure) == "another soniq-tui is the host"


@pytest.mark.parametrize("total", [0, 1, SIZE, SIZE * 30])
async def test_pages_fetch_what_is_seen_and_what_is_next(total):
    """Rows on screen and a page key away are fetched, far ones dropped, placeholders are None."""
    client = fakes.FakeClient(jobs=total)
    asked = []

    async def fetch(offset, limit):
        asked.append(offset)
        await asyncio.sleep(0)
        made = tuple(client.job_row(i) for i in range(offset, min(total, offset + limit)))
        return Page(rows=made, total=total, offset=offset)

    pages = Pages(fetch, rows.job_row, JobRow, lambda _: None)
    pages.reset()
    await asyncio.sleep(0.01)
    assert len(pages) == total
    assert asked == ([0, SIZE] if total > SIZE else [0])
    if total > SIZE:
        assert pages.row(total - 1) is None
        pages.want(total - 20, total - 1)
        await asyncio.sleep(0.01)
        assert pages.row(total - 1).id == total
        assert pages.raw(0) is None
        assert asked[2:] == [total - SIZE, total - 2 * SIZE]
        assert pages.number_of(total) == total - 1
        pages.refresh()
        await asyncio.sleep(0.01)
        assert asked[4:] == [total - SIZE], "only what is seen is fetched anew"
    pages.close()
