"""Keys that a person chose: what the file may say, and that every place follows it."""

import pytest
from click.testing import CliRunner
from textual.keys import _character_to_key

from soniq_tui import cli, words
from soniq_tui.errors import ConfigError
from soniq_tui.model.commands import Reply
from soniq_tui.ui import help_pages, keymap, keys
from soniq_tui.ui.glyphs import ASCII
from tests.ui import fakes
from tests.ui.pilots import running, settle, text_of, until


@pytest.fixture(autouse=True)
def _usual_keys():
    yield
    keys.use(keymap.Chosen())


def use(text):
    """Put the keys of a file in force."""
    keys.use(keymap.parse(text, "keys.toml"))


def test_every_sign_is_called_as_textual_calls_it():
    """Else a key in the file would be bound to nothing."""
    for character in map(chr, range(0x21, 0x7F)):
        assert keymap.key_of_name(character) == _character_to_key(character)
        assert keymap.key_name(keymap.key_of_name(character)) == character
    assert keymap.key_of_name("é") == _character_to_key("é")
    assert keymap.key_of_name("§") == _character_to_key("§")


@pytest.mark.parametrize(
    ("name", "key"),
    [("esc", "escape"), ("PgDn", "pagedown"), ("↑", "up"), ("^P", "ctrl+p"), ("F5", "f5"),
     ("question_mark", "question_mark"), ("shift+tab", "shift+tab"), ("ctrl+Home", "ctrl+home"),
     ("shift+←", "shift+left"), ("ctrl+PgUp", "ctrl+pageup"), ("shift+esc", "shift+escape"),
     ("shift+Left", "shift+left"), ("ctrl+delete", "ctrl+delete"), ("G", "G"),
     ("ctrl+d", "ctrl+d")],
)  # fmt: skip
def test_a_key_is_named_as_on_screen_or_as_inside(name, key):
    """Both ways of writing it are understood."""
    assert keymap.key_of_name(name) == key


def test_a_key_behind_another_is_called_as_it_is_alone():
    """Help, footer and the page of keys write one key in one way; the file takes what they show."""
    assert keymap.said("shift+left") == "shift+←"
    for named in keymap.NAMED:
        for key in (named, f"shift+{named}", f"ctrl+{named}"):
            assert keymap.key_name(key).endswith(keymap.key_name(named))
            assert keymap.key_of_name(keymap.said(key)) == key
            assert keymap.key_of_name(help_pages.written((key,), ASCII)) == key


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize(
    ("key", "name"),
    [("enter", "entrée"), ("space", "espace"), ("shift+tab", "maj+tab"), ("delete", "Suppr"),
     ("ctrl+home", "ctrl+Début"), ("shift+pagedown", "maj+PgSuiv"), ("shift+left", "maj+←"),
     ("shift+escape", "maj+esc"), ("ctrl+delete", "ctrl+Suppr"), ("escape", "esc"),
     ("plus", "+"), ("ctrl+p", "^P"), ("G", "G"), ("up", "↑")],
)  # fmt: skip
def test_a_key_is_called_as_on_french_keyboards(key, name):
    """On screen, and in the file as well."""
    assert keymap.said(key) == name
    assert keymap.key_of_name(name) == key
    assert keymap.key_of_name(keymap.key_name(key)) == key
    with pytest.raises(ValueError, match="there is no key"):
        keymap.key_of_name("maj")


@pytest.mark.parametrize(
    ("name", "key"),
    [("entrée", "enter"), ("Espace", "space"), ("maj+tab", "shift+tab"), ("Suppr", "delete"),
     ("ctrl+Début", "ctrl+home"), ("maj+Gauche", "shift+left")],
)  # fmt: skip
def test_the_file_takes_a_key_as_it_is_called_in_another_language(name, key):
    """A file that was written in front of a French screen also holds in front of an English one."""
    assert words.in_use() == "en"
    assert keymap.key_of_name(name) == key
    assert keymap.said(key) != name


@pytest.mark.usefixtures("french")
def test_the_file_takes_every_key_as_it_is_called_in_french():
    """Also by the words for arrows, where the terminal lacks the signs."""
    assert help_pages.written(("shift+left",), ASCII) == "maj+Gauche"
    for named in keymap.NAMED:
        for key in (named, f"shift+{named}", f"ctrl+{named}"):
            assert keymap.key_of_name(keymap.said(key)) == key
            assert keymap.key_of_name(help_pages.written((key,), ASCII)) == key


@pytest.mark.usefixtures("french")
def test_texts_name_keys_in_the_language_in_use():
    """Also when it was chosen after the keys were read."""
    assert (keymap.pressed("jobs.pause"), keymap.pressed("row.open")) == ("espace", "entrée")
    assert keys.action("jobs.pause").key == "espace"
    assert help_pages.written(("enter", "left", "shift+tab"), ASCII) == "entrée Gauche maj+tab"
    words.use("en")
    assert (keymap.pressed("jobs.pause"), keymap.pressed("row.open")) == ("space", "enter")
    assert help_pages.written(("enter", "left", "shift+tab"), ASCII) == "enter Left shift+tab"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[keys]\n"jobs.paus" = "x"', "there is no action 'jobs.paus'; did you mean 'jobs.pause'?"),
        ('[keys]\njobs.pause = "c"', "c would do jobs.pause and jobs.cancel on dash, job, jobs"),
        ('[keys]\njobs.pause = "hyper"', "there is no key 'hyper'; a key is one character"),
        ('[keys]\njobs.pause = "F13"', "f12"),
        ('[keys]\njobs.pause = "ctrl+c"', "ctrl+c is taken: it leaves"),
        ("[keys]\njobs.pause = 7", "jobs.pause: expected a key or a list of keys"),
        ('[keys]\nform.start = "s"', "s would be typed into a field"),
        ('[keys]\nmove.down = "n"', "n would do move.down and batch.new on"),
        ('set = "emacs"', "unknown set 'emacs'; there is: vim"),
        ('sets = "vim"', "unknown 'sets'"),
        ("keys = 3", "expected a table"),
        ("[keys", "is not valid TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(text, said):
    """Each mistake is named, with the nearest thing that would be right."""
    with pytest.raises(ConfigError, match=r"^keys\.toml") as caught:
        use(text)
    assert said in str(caught.value)
    assert keys.actions() == keys.ACTIONS


def test_every_set_is_sound():
    """No set brings two actions onto one key, and each names actions that exist."""
    for name in keymap.SETS:
        use(f'set = "{name}"')
        assert keys.actions() != keys.ACTIONS


def test_an_id_may_stand_with_or_without_quotes():
    """TOML takes a dot without quotes for a table; people need not know."""
    use('[keys]\n"jobs.pause" = ["w", "space"]\njobs.cancel = []\nmove.last = "G"')
    assert keys.action("jobs.pause").keys == ("w", "space")
    assert keys.action("jobs.cancel").keys == ()
    assert next(m for m in keys.moves() if m.id == "move.last").keys == ("G",)
    assert keymap.pressed("jobs.pause") == "w"
    assert keymap.pressed("jobs.cancel") == ":"  # where it is found then


async def test_lists_follow_vim():
    """The cursor goes by j, k, G and g; the arrows still work."""
    use('set = "vim"')
    async with running(keys=["2", "j", "j"]) as (app, pilot, _):
        assert app.top.table.cursor == 2
        for key, cursor in (("k", 1), ("down", 2), ("G", 39), ("g", 0), ("g", 0)):
            await pilot.press(key)
            await settle(pilot)
            assert app.top.table.cursor == cursor
        await pilot.press("l")
        await settle(pilot)
        assert app.top.where == "job"
        await pilot.press("h")
        await settle(pilot)
        assert app.top.where == "jobs"


async def test_a_key_that_moved_is_gone_from_where_it_was():
    """Footer, help and texts name the new key; the old one does nothing."""
    use('[keys]\nall.pause = "w"\napp.help = "H"')
    async with running(size=(160, 50)) as (app, pilot, client):
        assert "w pause all" in text_of(app)
        await pilot.press("P")
        await settle(pilot)
        assert client.sent == []
        await pilot.press("w")
        await settle(pilot)
        assert len(client.sent) == 1
        await pilot.press("H")
        await settle(pilot)
        assert app.top.where == "help"


def test_the_command_prints_and_checks_the_keys(tmp_path):
    """The file lies beside the settings; a wrong one ends with 2 and one line."""
    (tmp_path / "config.toml").write_text("")
    file = tmp_path / "keys.toml"
    asked = ["--config", str(tmp_path / "config.toml"), "--data-dir", str(tmp_path), "keys"]
    runner = CliRunner()
    assert "no file" in runner.invoke(cli.cli, [*asked, "--check"]).output
    file.write_text('[keys]\njobs.pause = "w"\n')
    assert "1 with keys of their own" in runner.invoke(cli.cli, [*asked, "--check"]).output
    shown = runner.invoke(cli.cli, asked).output
    assert any(line.split()[:2] == ["jobs.pause", "w"] for line in shown.splitlines())
    file.write_text('[keys]\njobs.pause = "c"\n')
    wrong = runner.invoke(cli.cli, [*asked, "--check"])
    assert isinstance(wrong.exception, ConfigError)
    assert wrong.exception.exit_status == 2


async def test_a_cancel_is_said_with_the_key_that_takes_it_back():
    """Whatever key that is: the engine does not know it."""
    use('[keys]\njobs.undo = "U"')
    fake = fakes.FakeClient()
    fake.reply = Reply(text="cancelled in 5 s", affected=1)
    async with running(fake, keys=["2", "c"]) as (app, pilot, _):
        await until(pilot, lambda: "cancelled in 5 s; U takes it back" in text_of(app))


async def test_a_form_tells_its_keys_as_they_are():
    """What it says of the key that empties it follows the file, and so does the key."""
    use('[keys]\n"form.clear" = "ctrl+g"\n"form.copy" = "ctrl+t"\n')
    async with running(size=(120, 40), keys=["n"]) as (app, pilot, _):
        assert "^T copies" in text_of(app)
        await pilot.press("x", "ctrl+g")
        await settle(pilot)
        assert app.top.hint == "^G once more brings it back"
        await pilot.press("ctrl+g")
        await settle(pilot)
        assert next(iter(app.top.values().values())) == "x"
