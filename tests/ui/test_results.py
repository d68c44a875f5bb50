"""The screen of results: going in and back, search, order, details, deeds, what comes meanwhile."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.model.commands import Reply, Retry, Target
from soniq_tui.model.results import ResultPage
from soniq_tui.ui.screens import result_details
from soniq_tui.ui.screens import results as screen_module
from soniq_tui.ui.screens.typed_line import TYPED_S
from soniq_tui.ui.widgets.table import VirtualTable
from tests.ui import fakes
from tests.ui.fake_results import BROKEN, Library, failure
from tests.ui.pilots import rest, running, settle, text_of, until

WIDE = (120, 40)


@pytest.fixture
def library():
    """Return an engine with a library, at work."""
    return Library(fakes.running())


def lines(app):
    """Return the lines of the screen."""
    return text_of(app).splitlines()


async def test_going_in_and_back_keeps_the_cursor(library):
    """Enter leads from artists to albums to tracks; esc goes back to the row one came from."""
    keys = ["4", *["down"] * 4, "enter", "down", "down", "enter"]
    async with running(library, keys=keys) as (app, pilot, client):
        assert "Pastel Blues [Live]  9" in lines(app)[0]
        assert [(q.view, q.key) for q in client.asked[-3:]] == [
            ("", ""),
            ("albums", "artist Nina Simone"),
            ("tracks", "album Pastel Blues [Live]"),
        ]
        await pilot.press("escape")
        await settle(pilot)
        assert app.top.current().key == "album Pastel Blues [Live]"
        await pilot.press("backspace")
        await settle(pilot)
        assert app.top.current().key == "artist Nina Simone"
        await pilot.press("escape")
        await settle(pilot)
        assert app.top.where == "dash"


async def test_rows_that_come_while_the_screen_is_being_made_are_shown(library, monkeypatch):
    """An engine may answer before the screen counts as mounted: nobody would ask again."""
    begin = screen_module.Results.on_mount

    async def on_mount(self):
        begin(self)
        for _ in range(50):
            await asyncio.sleep(0)
        assert self.place.pages.known
        assert self.trail.choices

    monkeypatch.setattr(screen_module.Results, "on_mount", on_mount)
    async with running(library, keys=["4"]) as (app, _pilot, _client):
        assert "[artists]" in lines(app)[1]
        assert "Ali Farka Touré" in lines(app)[3]


async def test_the_place_is_kept_while_one_is_elsewhere(library):
    """Back from the dashboard the same list is in view with the cursor where it was."""
    library.tracks = 5000
    keys = ["4", "tab", "tab", "end", "up", "1", "4"]
    async with running(library, keys=keys) as (app, pilot, client):
        await settle(pilot)
        assert app.top.current().key == "4999"
        assert {4600, 4800} <= {q.offset for q in client.asked} <= {0, 200, 4600, 4800}
        assert "[tracks]" in lines(app)[1]
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("4")
        await settle(pilot)
        assert app.top.where == "results"
        assert app.top.current().key == "4999"


async def test_only_what_is_seen_is_asked_for(library):
    """Of 100,000 tracks the pages around the cursor are fetched, two for each end."""
    library.tracks = 100_000
    async with running(library, keys=["4", "tab", "tab"]) as (app, pilot, client):
        client.asked.clear()
        await pilot.press("end")
        await settle(pilot)
        assert " 100000 " in text_of(app)
        assert sorted({q.offset for q in client.asked}) == [99_600, 99_800]


async def test_tabs_go_around_and_keep_their_places(library):
    """Tab and shift+tab show the lists one can begin with; each keeps its cursor."""
    async with running(library, keys=["4", "down", "tab", "down", "down"]) as (app, pilot, _):
        assert "[albums]" in lines(app)[1]
        await pilot.press("shift+tab")
        await settle(pilot)
        assert app.top.current().key == "artist Björk"
        await pilot.press("shift+tab")
        await settle(pilot)
        assert "[playlists]" in lines(app)[1]
        await pilot.press("tab", "tab")
        await settle(pilot)
        assert app.top.current().key == "album Pastel Blues [Live]"


async def test_a_search_is_live_and_esc_takes_it_back(library):
    """What is typed narrows the list after a short rest; esc in the line undoes it."""
    async with running(library, keys=["4", "down", "slash", *"ros"]) as (app, pilot, client):
        assert client.asked[-1].text == ""
        await pilot.press("backspace", "backspace")
        await rest(pilot, TYPED_S)
        assert client.asked[-1].text == "r"
        assert "search: r" in lines(app)[0]
        assert app.top.table.cursor == 0
        await pilot.press("escape")
        await settle(pilot)
        assert client.asked[-1].text == ""
        assert app.top.where == "results"
        assert app.top.focused is app.top.table


async def test_esc_in_the_line_gives_back_the_place_too(library):
    """A search that was only tried moves nobody away from the row one was at."""
    library.tracks = 3_000
    async with running(library, keys=["4", "tab", "tab"]) as (app, pilot, client):
        await settle(pilot)
        app.top.table.move_to(2_007)
        app.top.table.move_to(2_000)
        await settle(pilot)
        app.top.table.move_to(2_007)
        await settle(pilot)
        row, place = app.top.current(), app.top.table.place
        assert row.key == "2008"
        await pilot.press("slash", "r", "o")
        await rest(pilot, TYPED_S)
        assert client.asked[-1].text == "ro"
        assert app.top.table.cursor == 0
        assert not app.top.table.show_vertical_scrollbar
        await pilot.press("escape")
        await settle(pilot)
        assert client.asked[-1].text == ""
        assert app.top.current() == row
        assert app.top.table.place == place
        assert "2,008" in text_of(app)


async def test_a_list_that_has_just_grown_is_scrolled_before_its_bar_is_there(library, monkeypatch):
    """The layout that brings the bar comes later, and until then Textual forbids to scroll."""
    library.tracks = 3_000
    async with running(library, keys=["4", "tab", "tab"]) as (app, pilot, _):
        await settle(pilot)
        table = app.top.table
        monkeypatch.setattr(VirtualTable, "allow_vertical_scroll", False)
        table.move_to(150)
        assert table.scroll_offset.y == 151 - table.rows_shown
        table.turn_to(table.source, table.columns, (70, None, 60))
        assert table.scroll_offset.y == 60


@pytest.mark.parametrize("asked", ["results.search", "results.everywhere"])
async def test_a_line_that_is_open_is_not_opened_anew(library, asked):
    """A second click on its key in the footer means nothing then; esc still takes all back."""
    library.with_all = True
    async with running(library, keys=["4", "slash", "r"]) as (app, pilot, client):
        await rest(pilot, TYPED_S)
        await app.top.action_act(asked)
        await pilot.press("escape")
        await settle(pilot)
        assert client.asked[-1].text == ""
        assert "[artists]" in lines(app)[1]
        assert not app.top.typing


async def test_a_search_stays_until_esc_clears_it(library):
    """Enter closes the line and keeps the search, with accents as they were typed."""
    async with running(library, keys=["4", "slash", *"björk", "enter"]) as (app, pilot, client):
        assert client.asked[-1].text == "björk"
        assert "Artists  1  search: björk" in lines(app)[0]
        await pilot.press("escape")
        await settle(pilot)
        assert "Artists  10" in lines(app)[0]


async def test_the_list_has_the_keys_after_a_search(library):
    """Also beside details the line gives the focus back to the list."""
    async with running(library, WIDE, keys=["4", "slash", *"o", "enter", "down"]) as (app, _, _c):
        assert app.top.focused is app.top.table
        assert app.top.table.cursor == 1


async def test_the_list_has_the_keys_after_an_empty_one(library):
    """Coming from an empty list the cursor is seen and moves."""
    keys = ["4", "tab", "tab", "tab", "tab", "down"]
    async with running(library, WIDE, keys=keys) as (app, _, _c):
        assert "[health]" in lines(app)[1]
        assert app.top.focused is app.top.table
        assert app.top.table.cursor == 1


async def test_nothing_found_says_how_to_go_on(library):
    """An empty search says what it was for and what clears it."""
    async with running(library, keys=["4", "slash", *"zqx", "enter"]) as (app, _, _c):
        assert "nothing matches zqx; esc clears the search" in text_of(app)


async def test_a_search_that_makes_no_sense_is_said_below_it(library):
    """The reason stands under the line, and what was listed stays in view."""
    async with running(library, keys=["4", "slash", *"year:x"]) as (app, pilot, _):
        await rest(pilot, TYPED_S)
        assert "year: needs a year or two" in lines(app)[-2]
        assert "year:x" in lines(app)[-3]
        assert "Nina Simone" in text_of(app)
        await pilot.press("escape")
        await settle(pilot)
        assert "year:" not in text_of(app)


async def test_sort_and_reverse(library):
    """S goes through the columns, shift+S turns the order around; both start at the top."""
    async with running(library, keys=["4", "end", "s", "s"]) as (app, pilot, client):
        assert (client.asked[-1].sort, client.asked[-1].descending) == ("albums", False)
        assert "sort: albums ↑" in lines(app)[0]
        assert app.top.table.cursor == 0
        await pilot.press("S")
        await settle(pilot)
        assert (client.asked[-1].sort, client.asked[-1].descending) == ("albums", True)
        assert "sort: albums ↓" in lines(app)[0]
        assert "↓ALBUMS" in text_of(app)
        await pilot.press("s", "s", "s", "s")
        await settle(pilot)
        assert client.asked[-1].sort == ""


async def test_columns_that_cannot_be_sorted_by_are_left_out():
    """S goes on to the next column where the list refuses one, and never stops at a reason."""

    class Choosy(Library):
        async def results(self, query):
            if query.sort in {"albums", "tracks"}:
                return ResultPage(problem=f"this list cannot be sorted by {query.sort!r}")
            return await super().results(query)

    async with running(Choosy(fakes.running()), keys=["4", "s", "s"]) as (app, pilot, _):
        assert "sort: years" in lines(app)[0]
        assert "cannot be sorted" not in text_of(app)
        for key in "ssss":
            await pilot.press(key)
            await settle(pilot)
        assert "sort: years" in lines(app)[0]


async def test_copy_takes_the_path_or_the_name(library):
    """Y copies what another program can use; of an artist it is the name."""
    async with running(library, keys=["4", "down", "y"]) as (app, pilot, _):
        assert app.clipboard_text == "Björk"
        await pilot.press("tab", "y")
        await settle(pilot)
        assert app.clipboard_text == "/music/Nina Simone/Little Girl Blue"


async def test_details_follow_the_cursor_when_it_rests(library, monkeypatch):
    """At 120 columns the details of the row are asked for once the cursor rests, not before."""
    async with running(library, WIDE, keys=["4"]) as (app, pilot, client):
        await rest(pilot)
        monkeypatch.setattr(result_details, "REST_S", 3600)  # however long keys take
        assert [q.key for q in client.looked] == ["artist Ali Farka Touré"]
        assert "no picture of this artist" in text_of(app)
        await pilot.press(*["down"] * 5)
        assert client.looked[1:] == []
        app.call_later(app.top._rest._callback)
        await settle(pilot)
        assert [q.key for q in client.looked[1:]] == ["artist Sigur Rós"]
        assert "Sigur Rós" in text_of(app)


async def test_narrow_screens_ask_for_details_only_when_told(library):
    """At 80 columns i shows them, with the cover, on a screen of their own; esc comes back."""
    async with running(library, keys=["4", "tab", "tab"]) as (app, pilot, client):
        await rest(pilot)
        assert client.looked == []
        await pilot.press("i")
        await settle(pilot)
        assert [(q.kind, q.key) for q in client.looked] == [("track", "1")]
        assert client.looked[0].picture > 20
        assert "▀" in text_of(app)
        assert "FLAC, 44.1 kHz" in text_of(app)
        await pilot.press("y", "escape")
        await settle(pilot)
        assert app.clipboard_text.endswith("09 Sinnerman.flac")
        assert app.top.where == "results"


async def test_a_thing_that_is_gone_says_so(library):
    """What cannot be told is told in words, on the screen that was to tell it."""

    class Gone(Library):
        async def detail(self, query):
            raise UsageError("this track is gone")

    async with running(Gone(fakes.running()), keys=["4", "tab", "tab", "enter"]) as (app, _, _c):
        assert "this track is gone" in text_of(app)
        assert "Be My Husband" in text_of(app)


@pytest.mark.parametrize(
    ("how", "signs"),
    [
        ({"theme": "mono"}, "░▒▓█"),
        ({"theme": "ansi"}, "░▒▓█"),
        ({"glyphs": "ascii"}, "-=+*#%@"),
        ({"theme": "mono", "glyphs": "ascii"}, "-=+*#%@"),
    ],
    ids=["mono", "ansi", "ascii", "mono-ascii"],
)
async def test_poor_terminals_get_their_pictures_in_shades(library, how, signs):
    """Without colours a cover is painted in blocks, without block signs in ASCII."""
    async with running(library, WIDE, keys=["4", "tab", "tab"], **how) as (app, pilot, client):
        await rest(pilot)
        assert client.looked[-1].picture > 10
        text = text_of(app)
        assert "▀" not in text
        assert len(set(signs) & set("\n".join(line[80:] for line in lines(app)[3:20]))) >= 3
        if "glyphs" in how:
            assert not set("░▒▓█") & set(text)
        assert "embedded JPEG" in text


async def test_an_empty_library_says_what_to_do():
    """Before anything was scanned the list says which key starts a scan."""
    library = Library(fakes.idle())
    library.nothing = True
    async with running(library, keys=["4"]) as (app, pilot, _):
        assert "nothing was scanned yet" in text_of(app)
        assert "n  starts a batch" in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert "there is no row here" in text_of(app)


async def test_the_importer_that_has_results_is_looked_at():
    """Of importers without results the reason is said only where there is no other."""

    class Some(Library):
        with_results = "recipes"

        async def results(self, query):
            page = await super().results(query)
            if query.importer == self.with_results:
                return page
            return ResultPage(problem=f"{query.importer}: it has no results to look at")

    some = Some(fakes.running())
    some.others = ("recipes",)
    async with running(some, keys=["4"]) as (app, _, _c):
        assert app.trail.importer == "recipes"
        assert "Nina Simone" in text_of(app)
    none = Some(fakes.running())
    none.with_results = ""
    async with running(none, keys=["4"]) as (app, _, _c):
        assert app.top.where == "dash"
        assert "it has no results to look at" in text_of(app)


async def test_what_ends_meanwhile_is_shown_and_the_cursor_stays_with_its_row(library):
    """New rows before the cursor move it down with its row; nothing new is asked while idle."""
    seconds = iter(range(0, 100_000, 10))
    async with running(library, clock=lambda: next(seconds), keys=["4", "down", "down"]) as (
        app, pilot, client,
    ):  # fmt: skip
        client.asked.clear()
        client.put(client.now)
        await pilot.pause(0.3)
        assert client.asked == []
        client.added = 3
        first, *others = client.now.batches
        moved = msgspec.structs.replace(
            first, items=msgspec.structs.replace(first.items, done=first.items.done + 1)
        )
        client.put(msgspec.structs.replace(client.now, batches=(moved, *others)))
        await pilot.pause(0.35)
        await settle(pilot)
        assert len(client.asked) == 1
        assert app.top.current().key == "artist Fela Kuti"
        assert app.top.table.cursor == 5


async def test_a_running_scan_refreshes_seldom(library, monkeypatch):
    """However much ends, the list is asked for again at most once in its time."""
    monkeypatch.setattr(screen_module, "REFRESH_S", 0.8)
    async with running(library, keys=["4"], clock=asyncio.get_running_loop().time) as (
        _, pilot, client,
    ):  # fmt: skip
        client.asked.clear()
        for _n in range(6):
            first, *others = client.now.batches
            items = msgspec.structs.replace(first.items, done=first.items.done + 1)
            moved = msgspec.structs.replace(first, items=items)
            client.put(msgspec.structs.replace(client.now, batches=(moved, *others)))
            await pilot.pause(0.26)
        await pilot.pause(0.9)
        assert 2 <= len(client.asked) <= 3


async def test_a_search_is_kept_as_a_playlist(library):
    """P asks for a name and hands the search over; without one it says what is missing."""
    async with running(library, keys=["4", "p"]) as (app, pilot, client):
        assert "it keeps a search or an opened list" in text_of(app)
        await pilot.press("slash", *"nina", "enter")
        await settle(pilot)
        await pilot.press("p")
        await settle(pilot)
        assert "name of the playlist" in text_of(app)
        await pilot.press(*["backspace"] * 4, *"blue", "enter")
        await settle(pilot)
        (importer, name, words), *_ = client.deeds
        assert (importer, name) == (app.trail.importer, "playlist.save")
        assert (words["name"], words["query"]) == ("blue", "nina")
        assert "saved as blue" in text_of(app)


async def test_a_playlist_is_deleted_only_after_a_question(library):
    """D asks, enter means no, y deletes."""
    async with running(library, keys=["4", "d"]) as (app, pilot, client):
        assert "only playlists can be deleted" in text_of(app)
        await pilot.press("shift+tab")
        await settle(pilot)
        await pilot.press("d")
        await settle(pilot)
        assert "Delete the playlist Blue hours?" in text_of(app)
        await pilot.press("enter")
        await settle(pilot)
        assert client.deeds == []
        await pilot.press("delete")
        await settle(pilot)
        await pilot.press("y")
        await settle(pilot)
        assert client.deeds[0][1:] == (
            "playlist.delete", {"key": "Blue hours", "name": "Blue hours"},
        )  # fmt: skip


async def test_a_broken_file_is_retried_by_its_job(library):
    """R sends the retry of the job that failed for the file."""
    library.failures = (failure("/music/other/07.mp3", 4), failure(BROKEN, 17))
    keys = ["4", "shift+tab", "shift+tab", "enter", "r"]
    async with running(library, keys=keys) as (app, _, client):
        assert client.sent == [Retry(target=Target(jobs=(17,)))]
        assert client.launched == []
        assert "job 17" in text_of(app)


async def test_a_broken_file_without_its_job_is_scanned_alone(library, monkeypatch):
    """Where no failed job of it is left its folder is scanned for this one file, read anew."""
    monkeypatch.setattr(Path, "is_file", lambda path: str(path) == BROKEN)
    library.reply = Reply(ok=True, batch_id=9, affected=1)
    keys = ["4", "shift+tab", "shift+tab", "enter", "r"]
    async with running(library, keys=keys) as (app, pilot, client):
        await until(pilot, lambda: "batch 9" in text_of(app))
        assert client.sent == []
        options = {
            "paths": ["/music/Nina Simone/Pastel Blues [Live]"],
            "include": ["07.mp3"],
            "force": True,
        }
        assert client.launched == [(app.trail.importer, options)]


async def test_a_file_that_is_not_there_is_not_read_again(library):
    """To read it anew would take for agreed that it is gone, and others of its name."""
    keys = ["4", "shift+tab", "shift+tab", "enter", "r"]
    async with running(library, keys=keys) as (app, pilot, client):
        await until(pilot, lambda: "it is not there now; is the disk mounted?" in text_of(app))
        assert client.sent == client.launched == []


async def test_only_files_are_read_again(library):
    """On an artist r says what it is for."""
    async with running(library, keys=["4", "r"]) as (app, _, client):
        assert "only files are read again" in text_of(app)
        assert client.sent == client.launched == []


async def test_titles_of_ten_thousand_letters_are_cheap():
    """A row shows what fits, and the details show the rest wrapped."""
    long = "ö" * 10_000
    async with running(Library(fakes.running(), names=[long] * 3), keys=["4"]) as (app, _, _c):
        row = app.top.table.current
        assert len(row.cells[0]) <= 300
        assert max(len(line) for line in lines(app)) <= 80


# Everything, other importers, the pager.


@pytest.fixture
def everything(library):
    """Return an engine whose results can be searched all at once."""
    library.with_all = True
    return library


async def test_esc_gives_the_details_their_room_again_first(library):
    """A list that has the screen for itself is one step, the list one came from the next."""
    async with running(library, (160, 50), keys=["4", "z"]) as (app, pilot, _):
        assert app.top.zoomed
        await pilot.press("escape")
        await settle(pilot)
        assert (app.top.where, app.top.zoomed) == ("results", False)
        await pilot.press("escape")
        await settle(pilot)
        assert app.top.where == "dash"


async def test_a_search_of_everything(everything):
    """Ctrl+F searches all kinds at once; esc leads back to the list and row one came from."""
    keys = ["4", "down", "down", "ctrl+f", *"si", "enter"]
    async with running(everything, keys=keys) as (app, pilot, client):
        assert (client.asked[-1].view, client.asked[-1].text) == ("all", "si")
        text = text_of(app)
        assert "[everything]" in text
        rows = [line.split() for line in text.splitlines()]
        assert ["artist", "Nina", "Simone"] in [row[:3] for row in rows]
        assert ["track", "Sinnerman"] in [row[:2] for row in rows]
        await pilot.press("escape", "escape")
        await settle(pilot)
        assert "[artists]" in lines(app)[1]
        assert app.top.current().key == "artist Fela Kuti"


async def test_a_slash_first_means_everything(everything):
    """A search that begins with / leaves the list in view; without it it comes back."""
    async with running(everything, keys=["4", "slash", "slash", *"sin"]) as (app, pilot, client):
        await rest(pilot, TYPED_S)
        assert (client.asked[-1].view, client.asked[-1].text) == ("all", "sin")
        await pilot.press("home", "delete")
        await rest(pilot, TYPED_S)
        assert "[artists]" in lines(app)[1]
        assert (client.asked[-1].view, client.asked[-1].text) == ("", "sin")
        await pilot.press("home", "slash", "enter")
        await settle(pilot)
        assert client.asked[-1].view == "all"
        assert app.top.typing == ""
        await pilot.press("escape", "escape")
        await settle(pilot)
        assert "[artists]" in lines(app)[1]
        assert app.top.where == "results"


async def test_esc_takes_a_search_of_everything_back(everything):
    """While it is typed esc shows the list as it was, its search included."""
    keys = ["4", "tab", "slash", *"blue", "enter", "ctrl+f", *"s"]
    async with running(everything, keys=keys) as (app, pilot, _):
        assert app.top.trail.view == "all"
        await pilot.press("escape")
        await settle(pilot)
        assert "[albums]" in lines(app)[1]
        assert app.top.place.asked.text == "blue"


async def test_things_of_one_key_and_two_kinds_are_two(everything):
    """The cursor stays on its row, and details are of its kind."""
    keys = ["4", "ctrl+f", *"i", "enter", "end", "up"]
    async with running(everything, keys=keys) as (app, pilot, client):
        before = app.top.table.cursor
        app.top.refresh_rows()
        await settle(pilot)
        assert app.top.table.cursor == before > 3
        await pilot.press("i")
        await settle(pilot)
        assert client.looked[-1].kind == "track"


async def test_where_nothing_searches_everything(library):
    """Results of an importer without such a list say so; a slash is a word then."""
    async with running(library, keys=["4", "ctrl+f"]) as (app, pilot, client):
        assert "have no search of everything" in text_of(app)
        await pilot.press("slash", "slash", "x", "enter")
        await settle(pilot)
        assert client.asked[-1].text == "/x"


async def test_the_results_of_another_importer(library):
    """I shows them; both keep where one was, and the line above the list says whose they are."""
    library.others = ("recipes",)
    library.forms = [msgspec.structs.replace(fakes.FORMS[0], importer="scan"), fakes.FORMS[1]]
    async with running(library, keys=["4", "down", "down"]) as (app, pilot, client):
        await settle(pilot)
        assert lines(app)[1].startswith("  Music library:")
        await pilot.press("I")
        await settle(pilot)
        await settle(pilot)
        assert client.asked[-1].importer == "recipes"
        assert lines(app)[1].startswith("  Recipes:")
        await pilot.press("I")
        await settle(pilot)
        assert app.top.current().key == "artist Fela Kuti"


async def test_where_there_is_no_other_importer(library):
    """With one importer nothing is chosen, and its name takes no room."""
    async with running(library, keys=["4"]) as (app, pilot, _):
        await settle(pilot)
        assert lines(app)[1].startswith("  [artists]")
        await pilot.press("I")
        await settle(pilot)
        assert "no other importer" in text_of(app)


async def test_the_row_in_the_pager(library, monkeypatch):
    """O: everything about the row in the pager, from the list and from its details."""
    shown = []

    async def page(text):
        shown.append(text)

    async with running(library, keys=["4", "tab", "tab"]) as (app, pilot, _):
        monkeypatch.setattr(app, "page", page)
        await pilot.press("o")
        await settle(pilot)
        await pilot.press("i", "o")
        await settle(pilot)
    assert len(shown) == 2
    assert all(text.startswith("Sinnerman\n\nArtist   Nina Simone\n") for text in shown)
    assert "Oh, Sinnerman, where you gonna run to?" in shown[0]


async def test_keys_pressed_behind_tab_mean_the_list_that_comes(library):
    """End goes to the end of the new list, also where its rows are still on their way."""
    library.tracks = 500
    async with running(library, keys=["4", "tab"]) as (app, pilot, client):
        gate, answer = asyncio.Event(), client.results

        async def slow(query):
            await gate.wait()
            return await answer(query)

        client.results = slow
        old = app.top.table.cursor
        await pilot.press("tab", "end", "up")
        await settle(pilot)
        assert app.top.table.cursor == old
        gate.set()
        await until(pilot, lambda: app.top.table.cursor == 498)
        await until(pilot, lambda: app.top.current() is not None)
        assert app.top.current().key == "499"


async def test_one_result_in_full_tells_how_the_engine_is(library):
    """At the right end of its title, as every main screen does; however long its name is."""
    async with running(library, keys=["4", "i"]) as (app, pilot, _client):
        await rest(pilot)
        assert app.top.where == "thing"
        assert lines(app)[0].endswith("  ▶ live")


class Strict(Library):
    """Says of each search at length what is wrong with it."""

    async def results(self, query):
        if not query.text:
            return await super().results(query)
        known = ", ".join(f"'filter{n}:'" for n in range(12))
        return ResultPage(problem=f"there is no filter {query.text}; there are: {known}; quote it")


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_what_is_wrong_with_a_search_is_there_whole(size):
    """It ends with what to do about it; the list has its room again as soon as nothing is wrong."""
    async with running(Strict(fakes.running()), size=size, keys=["4"]) as (app, pilot, _):
        before = text_of(app)
        await pilot.press("slash", "x")
        await rest(pilot, TYPED_S)
        assert "; quote it" in " ".join(text_of(app).split())
        await pilot.press("escape")
        await settle(pilot)
        assert text_of(app) == before
