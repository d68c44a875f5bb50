"""The launch form: values, completion, preview, start; nothing typed is lost."""

import asyncio
import time

import msgspec
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.model.commands import Reply
from soniq_tui.model.forms import Preview
from soniq_tui.model.job import BatchState, Items
from soniq_tui.model.snapshot import JobRow, Page
from soniq_tui.ui import forms, job_rows, memory
from soniq_tui.ui.memory import Launched, Memory
from soniq_tui.ui.pages import SIZE, Pages
from soniq_tui.ui.screens import launch
from soniq_tui.ui.widgets.editor import Editor
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of, until

MUSIC, RECIPES = fakes.FORMS


async def seen(pilot, words):
    """Wait until the screen shows these words, and what led to them has been taken."""
    for _ in range(200):
        if words in text_of(pilot.app):
            await settle(pilot)
            return
        await pilot.pause(0.02)
    raise AssertionError(f"{words!r} never came:\n{text_of(pilot.app)}")


@pytest.fixture
def soon(monkeypatch):
    """Look and remember at once."""
    monkeypatch.setattr(launch, "LOOK_AFTER_S", 0.02)
    monkeypatch.setattr(memory, "SAVE_AFTER_S", 0.01)


def test_folders_are_completed(tmp_path, monkeypatch):
    """As far as it is certain; then the names are offered; files are not; what was typed stays."""
    for name in ("music", "museum", "other", ".hidden"):
        (tmp_path / name).mkdir()
    (tmp_path / "musik.txt").touch()
    assert forms.complete_path(f"{tmp_path}/m") == (f"{tmp_path}/mus", ["museum", "music"])
    assert forms.complete_path(f"{tmp_path}/o") == (f"{tmp_path}/other/", ["other"])
    assert forms.complete_path(f"{tmp_path}/nothing") == (f"{tmp_path}/nothing", [])
    assert forms.complete_path("/does/not/exist/x") == ("/does/not/exist/x", [])
    monkeypatch.setenv("HOME", str(tmp_path))
    assert forms.complete_path("~/o") == ("~/other/", ["other"])
    monkeypatch.chdir(tmp_path)
    assert forms.complete_path("o") == ("other/", ["other"])


def test_files_are_completed_where_they_are_taken(tmp_path):
    """A folder goes on with a slash, a file ends; what is no path is left as it is."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "paper.txt").touch()
    (tmp_path / "soup.html").touch()
    find = forms.complete_path
    assert find(f"{tmp_path}/p", files=True) == (f"{tmp_path}/pa", ["pages/", "paper.txt"])
    assert find(f"{tmp_path}/pag", files=True) == (f"{tmp_path}/pages/", ["pages/"])
    assert find(f"{tmp_path}/s", files=True) == (f"{tmp_path}/soup.html", ["soup.html"])
    assert find("https://example.org/s", files=True) == ("https://example.org/s", [])
    assert find(f"{tmp_path}/s") == (f"{tmp_path}/s", [])


async def test_a_kind_that_was_never_launched_is_not_as_last_time(soon):
    """What a field is for is told beside that, and stays."""
    async with running(keys=["n"], memory=_known()) as (app, pilot, _client):
        await seen(pilot, "as last time")
        await seen(pilot, "where the files are")
        app.top.choice.focus()
        await pilot.press("right")
        await seen(pilot, "Addresses")
        assert "as last time" not in text_of(app)


async def test_tab_completes_a_source(tmp_path, soon):
    """Addresses may come from files, which are offered as folders are."""
    (tmp_path / "soups.txt").touch()
    async with running(keys=["n"]) as (app, pilot, _client):
        app.top.choice.focus()
        await pilot.press("right")
        await seen(pilot, "Addresses")
        entry = app.top.entries["urls"]
        entry.focus()
        entry.value = f"{tmp_path}/so"
        await pilot.press("end", "tab")
        await until(pilot, lambda: app.top.values()["urls"] == f"{tmp_path}/soups.txt")


async def test_a_batch_is_started(tmp_path, soon):
    """Typing, tab, ^J: the form's options are launched and the dashboard says so."""
    (tmp_path / "lib").mkdir()
    async with running(keys=["n"]) as (app, pilot, client):
        client.reply = Reply(ok=True, text="batch 4 is running")
        app.focused.insert_text_at_cursor(f"{tmp_path}/l")
        await pilot.press("tab")
        await seen(pilot, "1,204 audio files")
        assert f"$ soniq-tui scan {tmp_path}/lib"[:60] in text_of(app)
        await pilot.press("ctrl+j")
        await seen(pilot, "batch 4 is running")
        assert app.top.where == "dash"
        expected = {"paths": [f"{tmp_path}/lib"], "force": False}
        assert client.launched == [("music", expected)]


async def test_the_button_starts_and_enter_elsewhere_does_not(soon):
    """Enter begins a line, on an empty one it goes to the button, and there it starts."""
    clock = [42.0]
    keys = ["n", "/", "enter", "b", "enter", "enter"]
    async with running(keys=keys, clock=lambda: clock[0]) as (app, pilot, client):
        paths = app.top.entries["paths"]
        assert paths.lines == ["/", "b"]
        assert app.top.start.has_focus
        await seen(pilot, "enter starts the batch")
        await pilot.press("enter", "enter")
        assert client.launched == [], "line ends that come all at once start nothing"
        clock[0] += 1.0
        await pilot.press("enter")
        await seen(pilot, "▶")
        assert len(client.launched) == 1


async def test_enter_in_the_last_field_goes_to_the_button(soon):
    """In those before it goes to the next one; one that must not be empty is not passed over."""
    async with running(keys=["n", "enter"]) as (app, pilot, client):
        assert app.top.entries["paths"].has_focus
        await seen(pilot, "still empty")
        texts = [e for e in app.top.entries.values() if isinstance(e, Editor)]
        texts[-1].focus()
        await settle(pilot)
        await pilot.press("tab")
        after = app.focused
        texts[-1].focus()
        await settle(pilot)
        await pilot.press("enter")
        assert app.focused is after
        assert client.launched == []


async def test_what_is_wrong_is_said_in_the_form(soon):
    """A missing field, a refusal and an error name the cause and leave the form open."""
    async with running(keys=["n", "down", "ctrl+j"]) as (app, pilot, client):
        await seen(pilot, "Folders: still empty; type or paste one")
        assert app.top.entries["paths"].has_focus, "it leads to the field"
        await pilot.press("/")
        app.top.entries["limit"].focus()
        await pilot.press("x")
        await seen(pilot, "At most: 'x' is not a whole number; write one in digits, or leave it")
        await pilot.press("backspace", "0")
        await seen(pilot, "At most: 0 is too small; 1 is the least")
        await pilot.press("backspace", "5")
        client.reply = Reply(ok=False, text="another batch scans this folder")
        await pilot.press("ctrl+j")
        await seen(pilot, "another batch")
        client.reply = UsageError("/ cannot be read")
        await pilot.press("ctrl+j")
        await seen(pilot, "cannot be read")
        assert app.top.entries["limit"].has_focus
        client.reply = UsageError("/ is no folder", field="paths")
        await pilot.press("ctrl+j")
        await seen(pilot, "is no folder")
        assert app.top.entries["paths"].has_focus, "it leads to what was refused"
        app.top.entries["limit"].focus()
        client.preview_text = Preview(ok=False, text="no such thing", field="limit")
        await pilot.press("0")
        await seen(pilot, "no such thing")
        label = app.top.fields["limit"].name_line.block[0]
        assert label == ((" At most", "bad"),)
        await pilot.press("escape")
        await settle(pilot)
        assert app.top.where == "dash"
        assert client.launched[-1][0] == "music"


async def test_what_was_wrong_is_not_said_of_what_is_typed_since(soon):
    """A refusal goes with the next key; one that comes later is no answer to the form."""
    async with running(keys=["n", "/", "a"]) as (app, pilot, client):
        client.reply = Reply(ok=False, text="another batch scans this folder")
        await pilot.press("ctrl+j")
        await seen(pilot, "another batch")
        await pilot.press("b")
        await settle(pilot)
        assert "another batch" not in text_of(app)
        asked, answer = asyncio.Event(), asyncio.Event()

        async def late(importer, options):
            asked.set()
            await answer.wait()
            return Reply(ok=False, text="/ab cannot be read")

        client.launch = late
        await pilot.press("ctrl+j")
        await asked.wait()
        await pilot.press("c")
        answer.set()
        await seen(pilot, "/ab cannot be read")
        app.top.flash_line.settle()
        await settle(pilot)
        assert "/ab cannot be read" not in text_of(app)
        assert app.top.preview is None or app.top.preview.ok


async def test_what_was_wrong_is_not_said_of_another_form():
    """The form of another kind has not the field."""
    async with running(keys=["n"]) as (app, pilot, _):
        await pilot.press("ctrl+j")
        await settle(pilot)
        assert app.top.flash_line.said.startswith("Folders: still empty")
        await pilot.press("up", "right")
        await settle(pilot)
        assert app.top.flash_line.said == ""


async def test_the_kind_is_chosen():
    """Left and right on the first line draw another form, and what was typed stays."""
    async with running(keys=["n", "/", "a", "up", "right"]) as (app, pilot, _c):
        assert "Addresses" in text_of(app)
        assert "soniq-tui recipes" in text_of(app)
        await pilot.press("left")
        await settle(pilot)
        assert app.top.values()["paths"] == "/a"


SIZES = [((60, 16), 60), ((80, 24), 60), ((120, 40), 60), ((160, 50), 1)]


@pytest.mark.parametrize(("size", "lines"), SIZES, ids=str)
async def test_what_it_means_is_in_view_in_every_size(size, lines, soon):
    """Fields scroll; preview, command, button and keys do not, wherever the focus is."""
    async with running(size=size, keys=["n"]) as (app, pilot, _):
        app.focused.paste("".join(f"/music/{i}\n" for i in range(lines)))
        for _step in range(4):
            await seen(pilot, "1,204 audio files")
            text = text_of(app)
            for words in ("[ start ]", "$ soniq-tui scan /music/0", "^J start"):
                assert words in text, (words, text)
            assert app.focused.region.bottom <= size[1] - 2, "the field with the focus is seen"
            assert app.focused.region.y >= 1
            await pilot.press("tab")


async def test_a_field_stays_in_view_when_the_terminal_shrinks(soon):
    """And gets as many lines as there is room for."""
    async with running(size=(160, 50), keys=["n"]) as (app, pilot, _):
        app.focused.paste("".join(f"/music/{i}\n" for i in range(60)))
        await pilot.press("tab")
        await pilot.resize_terminal(60, 16)
        await settle(pilot)
        for _step in range(50):
            if app.focused.region.bottom <= 11:
                break
            await pilot.pause(0.02)
        assert app.focused is app.top.entries["limit"]
        assert 0 < app.focused.region.y < 11
        assert app.top.entries["paths"].size.height == 3
        assert "$ soniq-tui scan /music/0" in text_of(app)


async def test_a_form_at_rest_paints_nothing(soon):
    """What the engine does meanwhile changes no line of it."""
    async with running(keys=["n"], memory=_known()) as (app, pilot, client):
        await seen(pilot, "1,204 audio files")
        app.eager, frames = True, []
        app._display = lambda screen, frame, old=app._display: (
            frames.append(frame),
            old(screen, frame),
        )
        for i in range(5):
            client.put(fakes.running(at_s=fakes.AT_S + i))
            await pilot.pause(0.05)
        assert frames == []


async def test_wide_screens_have_a_pane_beside_the_fields():
    """Fields left, what they mean right."""
    async with running(size=(120, 40), keys=["n"]) as (app, _, _c):
        assert app.top.answer.region.x > app.top.entries["paths"].region.right
    async with running(size=(80, 24), keys=["n"]) as (app, _, _c):
        assert app.top.answer.region.y > app.top.entries["paths"].region.bottom


# -------------------------------------------------------------------- looking


async def test_a_look_is_given_up_when_typing_goes_on(monkeypatch):
    """One look once the keys rest; the one that is under way is cancelled by the next key."""
    monkeypatch.setattr(launch, "LOOK_AFTER_S", 3600)  # however long keys take
    looks, ended = [], []

    async def look(importer, options):
        looks.append(options["paths"])
        try:
            await asyncio.sleep(30)
        finally:
            ended.append(options["paths"])

    async with running(keys=["n"]) as (app, pilot, client):
        client.preview = look
        await pilot.press("/", "m", "u")
        assert looks == []
        app.call_later(app.top._timer._callback)
        await settle(pilot)
        assert looks == [["/mu"]]
        await pilot.press("s")
        await settle(pilot)
        assert ended == [["/mu"]]
        app.call_later(app.top._timer._callback)
        await settle(pilot)
        assert looks[1:] == [["/mus"]]
        await pilot.press("escape")
        await settle(pilot)
        assert ended == looks, "nobody waits for what has been left"


# -------------------------------------------------------------------- many


async def test_fifty_addresses_buried_in_text_are_pasted(soon):
    """They are taken out, counted, and launched as they are."""
    text = "".join(f"{i}. see <https://example.org/{i % 48}>, it's good\n" for i in range(50))
    async with running(keys=["n", "up", "right", "down"]) as (app, pilot, client):
        app.post_message(_paste(text + "\nend"))
        await seen(pilot, "50 URLs, 2 duplicates")
        assert "50 URLs taken out of the text; 1 line without one left out" in text_of(app)
        await pilot.press("ctrl+j")
        await settle(pilot)
        urls = client.launched[0][1]["urls"]
        assert urls == [f"https://example.org/{i % 48}" for i in range(50)]


PAGE = "<html><body>\r<p>2 leeks</p>\r<a href='https://example.org/x'>more</a></body></html>"
RECIPE = "Leek soup\n\nIngredients\n2 leeks\n1 l water\n\nMethod\nBoil."


@pytest.mark.parametrize("text", [PAGE, RECIPE])
async def test_a_page_is_a_source_itself(soon, text):
    """What the engine takes for a recipe becomes one entry, the file in which it is kept."""
    client = fakes.FakeClient()
    asked = []

    async def deed(importer, name, words):
        asked.append((importer, name, words))
        return Reply(text="/d/recipes/pages/pasted-leek-soup.html.gz")

    client.deed = deed
    async with running(client, keys=["n", "up", "right", "down"]) as (app, pilot, _):
        app.post_message(_paste(text))
        await seen(pilot, "taken as a recipe itself")
        assert asked == [(app.top.form.importer, "page.keep", {"text": text, "url": ""})]
        entries = app.top.meant.options["urls"]
        assert entries == ["/d/recipes/pages/pasted-leek-soup.html.gz"]


@pytest.mark.parametrize(
    ("text", "entries", "said"),
    [
        (PAGE, ["https://example.org/x"], "1 URL taken out of the text"),
        ("/a\n/b\n/c\n/d", ["/a", "/b", "/c", "/d"], ""),
        ("<p>nothing</p>", None, "there is no recipe in this text, and no address either"),
    ],
)
async def test_what_is_no_recipe_is_taken_as_before(soon, text, entries, said):
    """Its addresses or lines are the entries; markup without any brings nothing, in words."""
    client = fakes.FakeClient()

    async def deed(importer, name, words):
        raise UsageError("there is no recipe in this text")

    client.deed = deed
    async with running(client, keys=["n", "up", "right", "down"]) as (app, pilot, _):
        app.post_message(_paste(text))
        await seen(pilot, said or "4 URLs")
        assert app.top.meant.options.get("urls") == entries


async def test_a_paste_beside_the_fields_is_taken(soon):
    """With the focus on a button the first field for several entries gets it."""
    async with running(keys=["n"]) as (app, pilot, _):
        app.top.start.focus()
        app.post_message(_paste("/a b\r\n/c\r\n"))
        await seen(pilot, "2 paths")
        assert app.top.meant.options["paths"] == ["/a b", "/c"]


async def test_a_field_that_is_full_says_so(monkeypatch):
    """What does not fit is not taken in silence."""
    monkeypatch.setattr("soniq_tui.ui.widgets.editor.LINES_MOST", 50)
    async with running(keys=["n"]) as (app, pilot, _):
        app.focused.paste("\n".join(f"/m/{i}" for i in range(200)))
        await seen(pilot, "only the first 49 were taken: a field holds no more")
        await seen(pilot, "49 paths")


async def test_five_thousand_lines_stay_fluent(soon):
    """Pasting takes a moment; a key after it as long as ever."""
    async with running(keys=["n", "up", "right", "down"]) as (app, pilot, _):
        began_s = time.process_time()
        app.focused.paste("\n".join(f"https://example.org/some/page/{i}" for i in range(5000)))
        await seen(pilot, "5,000 URLs")
        assert time.process_time() - began_s < 1.5
        app.focused.insert_text_at_cursor("https://example.org/")
        took = []
        for key in "abcdefgh":
            began_s = time.process_time()
            app.focused.insert_text_at_cursor(key)
            app.top.understand()
            took.append(time.process_time() - began_s)
        assert sorted(took)[4] < 0.05, took
        await seen(pilot, "5,001 URLs")


async def test_hostile_text_is_cleaned_to_be_seen_and_kept_exactly(soon):
    """What is painted holds nothing that a terminal obeys; what is launched is what was pasted."""
    names = [f"/m/{name}" for name in fakes.HOSTILE if "\n" not in name]
    async with running(size=(120, 40), keys=["n"]) as (app, pilot, client):
        app.focused.paste("\n".join(names))
        await settle(pilot)
        for row in range(len(names)):
            app.focused._go_to(row)
            app.focused.action_go_start()
            for _step in range(row % 9):
                app.focused.action_go(1)
            await pilot.pause()
            painted = text_of(app)
            assert not any(ord(c) < 32 for c in painted.replace("\n", ""))
            assert not set(painted) & {"\x9b", "\x7f", "\u202e", "\u200b"}
        await pilot.press("ctrl+j")
        await settle(pilot)
        assert client.launched[0][1]["paths"] == [n.rstrip() for n in names]


def _paste(text):
    from textual.events import Paste

    return Paste(text)


# -------------------------------------------------------------------- nothing is lost


async def test_what_was_typed_comes_back(tmp_path, soon):
    """After esc, and after a kill: the draft is in the form again, passwords but in this run."""
    path = tmp_path / "console.json"
    async with running(memory=Memory(path), keys=["n", "up", "right", "down"]) as (app, pilot, _):
        app.focused.paste("https://me:hunter2@example.org/\nhttps://example.org/2")
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot)
        await pilot.press("n")
        await seen(pilot, "as you left it")
        assert "me:hunter2@" in app.top.values()["urls"]
        await app.memory.flush()
    assert "hunter2" not in path.read_text()
    async with running(memory=Memory(path), keys=["n"]) as (app, pilot, _):
        assert app.top.form is RECIPES
        assert app.top.values()["urls"].split() == [
            "https://me@example.org/",
            "https://example.org/2",
        ]
        await pilot.press("ctrl+l")
        await seen(pilot, "^L once more brings it back")
        assert app.top.values()["urls"] == ""
        assert app.memory.draft("recipes") is None
        await pilot.press("ctrl+l")
        await seen(pilot, "there it is again")
        assert app.top.values()["urls"].strip().endswith("/2")
        assert app.memory.draft("recipes") is not None
        await pilot.press("ctrl+l", "escape")
        await settle(pilot)
        assert app.memory.draft("recipes") is None


async def test_what_holds_for_one_launch_is_in_no_form_that_comes_back(soon):
    """Ticked by accident and left, it would book files as gone the next day, unasked."""
    own = Memory()
    own.keep_draft("music", {"paths": "/typed", "force": "yes"})
    async with running(memory=own, keys=["n"]) as (app, _pilot, _client):
        assert (app.top.values()["paths"], app.top.values()["force"]) == ("/typed", "")
        assert app.top.hint.startswith("as you left it")
        assert app.top.hint.endswith("left out: Read again")


async def test_what_is_pasted_where_no_field_takes_it_is_not_lost_unsaid():
    """Of covers nothing is to be typed."""
    nothing = msgspec.structs.replace(MUSIC, fields=())
    client = fakes.FakeClient()
    client.forms = [nothing]
    async with running(client, keys=["n"]) as (app, pilot, _):
        app.post_message(_paste("/music"))
        await seen(pilot, "no field here takes what was pasted")


async def test_a_draft_is_written_while_one_types(tmp_path, soon, monkeypatch):
    """Without leaving the form: a kill takes at most the last second."""
    monkeypatch.setattr("soniq_tui.ui.screens.launch_fields.KEEP_AFTER_S", 0.02)
    path = tmp_path / "console.json"
    async with running(memory=Memory(path), keys=["n", "/", "x"]):
        for _ in range(200):
            await asyncio.sleep(0.02)
            if path.exists() and Memory(path).draft("music"):
                break
        assert Memory(path).draft("music")["paths"] == "/x"


async def test_what_is_typed_while_a_batch_starts_is_kept(monkeypatch):
    """The form closes as soon as it has begun, however late the last key was."""
    monkeypatch.setattr("soniq_tui.ui.screens.launch_fields.KEEP_AFTER_S", 60)
    async with running(keys=["n", "/", "a"]) as (app, pilot, client):
        asked, answer = asyncio.Event(), asyncio.Event()

        async def late(importer, options):
            asked.set()
            await answer.wait()
            return Reply(ok=True, text="batch 4 is running")

        client.launch = late
        await pilot.press("ctrl+j")
        await asked.wait()
        await pilot.press("b")
        answer.set()
        await seen(pilot, "batch 4 is running")
        assert app.memory.recents()[0].values == {"paths": "/a"}
        assert app.memory.draft("music")["paths"] == "/ab"


async def test_a_draft_is_kept_when_the_console_ends(tmp_path):
    """A signal may end it between two keys."""
    own = Memory(tmp_path / "console.json")
    async with running(memory=own, keys=["n", "/", "x"]):
        pass
    await own.flush()
    assert Memory(own.path).draft("music")["paths"] == "/x"


async def test_controls_do_not_get_into_a_filter():
    """They could only be pasted, and mean nothing there."""
    async with running(keys=["2", "slash"]) as (app, pilot, _):
        app.post_message(_paste("a\x1b]0;PWNED\x07b\u202e"))
        await settle(pilot)
        assert app.top.line.value == "a]0;PWNEDb"


async def test_the_engine_is_lost_while_one_types(soon):
    """Nothing is started, nothing is lost, and it says so."""
    async with running(keys=["n", "/", "x"]) as (app, pilot, client):
        app.lost = True
        await pilot.press("ctrl+j")
        await seen(pilot, "the engine does not answer; what is typed stays")
        app.lost = False
        assert app.top.values()["paths"] == "/x"
        client.preview_text = Preview(ok=True, text="fine")
        await pilot.press("ctrl+j")
        await settle(pilot)
        assert client.launched[0][1]["paths"] == ["/x"]


async def test_a_start_takes_its_time(soon):
    """While the engine plans nothing is started twice; leaving does not stop it."""
    gate = asyncio.Event()
    asked = []

    async def slow(importer, options):
        asked.append(importer)
        await gate.wait()
        return Reply(ok=True, text="planned at last", batch_id=9)

    async with running(keys=["n", "/", "x"]) as (app, pilot, client):
        client.launch = slow
        await pilot.press("ctrl+j", "ctrl+j")
        await seen(pilot, "starting…")
        await pilot.press("escape")
        await settle(pilot)
        assert app.top.where == "dash"
        gate.set()
        await seen(pilot, "planned at last")
        assert asked == ["music"]
        assert app.memory.recents()[0].batch_id == 9
        assert app.memory.draft("music") is None


# -------------------------------------------------------------------- again


def _known(count=3):
    own = Memory()
    for i in range(count):
        values = {"paths": f"/music/{i}\n/b", "limit": str(i + 1)}
        values |= {} if i == 1 else {"force": "yes"}
        own.launched(Launched(importer="music", values=values, at_s=fakes.AT_S + i, batch_id=i))
    return own


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_recent_launches_by_number(size, soon):
    """With when and how they ended; a digit fills the form, which then starts it again."""
    batch = fakes.batch(2, importer="music", state=BatchState.DONE, items=Items(9, 5, 0, 4))
    client = fakes.FakeClient(fakes.running(batches=(batch,)))
    async with running(client, size=size, keys=["n"], memory=_known()) as (app, pilot, _):
        await seen(pilot, "as last time")
        await seen(pilot, "Read again")
        assert app.top.hint.endswith("for that time alone, so left out: Read again")
        assert app.top.values() == {"paths": "/music/2\n/b", "limit": "3", "force": ""}
        await pilot.press("ctrl+r")
        await seen(pilot, "a digit fills the form")
        text = text_of(app)
        assert "1  scan /music/2 and 1 more --limit" in text
        assert "01-01  ✓ done 5, 4 failed" in text
        await pilot.press("3")
        await seen(pilot, "as launch 3")
        assert app.top.hint.endswith("for that time alone, so left out: Read again")
        assert [app.top.values()[name] for name in ("limit", "force")] == ["1", ""]
        app.top.start.focus()
        await pilot.press("2")
        await seen(pilot, "as launch 2")
        app.top.start.focus()
        await pilot.press("9")
        await seen(pilot, "there is no recent launch 9")
        await pilot.press("ctrl+j")
        await settle(pilot)
        assert client.launched[0][1]["paths"] == ["/music/1", "/b"]
        assert [len(app.memory.recents()), app.memory.recents()[0].values["limit"]] == [3, "2"]


async def test_where_nothing_can_be_typed_it_is_said(soon):
    """Letters meant for a path that come to a field of yes and no are not lost without a word."""
    async with running(keys=["n"]) as (app, pilot, _):
        await seen(pilot, "new batch")
        await pilot.press("a")
        assert "nothing can be typed" not in text_of(app)
        await pilot.press("down", "down", "m")
        await seen(pilot, "nothing can be typed here; tab leads to the next field")


async def test_starting_a_recent_launch_takes_no_draft(soon):
    """What was typed before is there again with the next form."""
    async with running(keys=["n", "ctrl+u", "/", "x"], memory=_known()) as (app, pilot, client):
        app.top.start.focus()
        await pilot.press("1")
        await seen(pilot, "as launch 1")
        await pilot.press("ctrl+j")
        await settle(pilot)
        assert client.launched[0][1]["paths"] == ["/music/2", "/b"]
        await pilot.press("n")
        await seen(pilot, "as you left it")
        assert app.top.values()["paths"] == "/music/2/x"


async def test_a_recent_launch_that_was_too_long_says_so(soon):
    """It is told by the engine's name for it, and what is missing is said."""
    own = Memory()
    long = "".join(f"/music/{i}\n" for i in range(20_000))
    own.launched(
        Launched(importer="music", values={"paths": long}, at_s=1.0, label="20000 folders")
    )
    async with running(keys=["n", "ctrl+r"], memory=own) as (_, pilot, _c):
        await seen(pilot, "1  scan 20000 folders")
        await pilot.press("1")
        await seen(pilot, "as launch 1, but for what was too long to be kept")


async def test_without_recent_launches_there_is_a_word(soon):
    """And the key does nothing else."""
    async with running(keys=["n", "ctrl+r"]) as (app, pilot, _):
        await seen(pilot, "nothing was started from here yet")
        assert app.top.where == "launch"


async def test_a_dry_run_starts_nothing(soon):
    """It says what would be done, in the form, and is no recent launch."""
    async with running(keys=["n", "up", "right", "down"]) as (app, pilot, client):
        app.focused.paste("https://example.org/")
        app.top.entries["dry_run"].value = "yes"
        app.top.changed()
        client.reply = Reply(ok=True, text="would start Recipes; nothing was started")
        await pilot.press("ctrl+j")
        await seen(pilot, "✓ would start Recipes")
        assert app.top.where == "launch"
        assert app.memory.recents() == ()
        assert client.launched[0][1]["dry_run"] is True


async def test_the_command_is_copied(soon):
    """By ^Y anywhere, by y where it is not typed; with the data directory of this console."""
    async with running(keys=["n", "/", "y"]) as (app, pilot, _):
        sent = []
        app.send_to_clipboard = sent.append
        app.places = ("--data-dir", "/my data")
        await pilot.press("ctrl+y")
        app.top.start.focus()
        await pilot.press("y")
        await settle(pilot)
        assert sent == ["soniq-tui scan /y --data-dir '/my data'"] * 2


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

    async def asked_all():
        while pages._later or not pages._running.done():  # noqa: ASYNC110  it has no event
            await asyncio.sleep(0.001)

    pages = Pages(fetch, job_rows.job_row, JobRow, lambda _: None)
    pages.reset()
    await asked_all()
    assert len(pages) == total
    assert asked == ([0, SIZE] if total > SIZE else [0])
    if total > SIZE:
        assert pages.row(total - 1) is None
        pages.want(total - 20, total - 1)
        await asked_all()
        assert pages.row(total - 1).id == total
        assert pages.raw(0) is None
        assert asked[2:] == [total - SIZE, total - 2 * SIZE]
        assert pages.number_of(total) == total - 1
        pages.refresh()
        await asyncio.sleep(0)
        assert asked[4:] == [], "what is here already lets the frame go first"
        await asked_all()
        assert asked[4:] == [total - SIZE], "only what is seen is fetched anew"
    pages.close()


async def test_before_the_engine_has_described_its_forms_none_is_denied():
    """That there is none is said once it is known, with why."""
    asked, client = asyncio.Event(), fakes.FakeClient()

    async def describe():
        await asked.wait()
        raise UsageError("forms are out")

    client.describe = describe
    async with running(client, keys=["n"]) as (app, pilot, _):
        assert "looking…" in text_of(app)
        assert "there is no form" not in text_of(app)
        asked.set()
        await until(pilot, lambda: "there is no form" in text_of(app))
        assert "forms are out" in text_of(app)


async def test_a_form_tells_of_a_data_directory_that_is_not_the_usual_one():
    """As the title does, so that no library of one's own goes into the data of a demo."""
    async with running() as (app, pilot, _client):
        app.places = ("--data-dir", "/home/ada/.cache/soniq-tui/demo")
        await pilot.press("n")
        await seen(pilot, "paths")
        assert "data in …/soniq-tui/demo" in text_of(app).splitlines()[0]
        await pilot.press("escape")
        await settle(pilot)
        assert "data in …/soniq-tui/demo" in text_of(app).splitlines()[0]
