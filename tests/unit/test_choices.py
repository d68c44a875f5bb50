"""What a person chose before any screen is made: language, keys, looks; by file, flag or key."""

import pytest
from click.testing import CliRunner

from soniq_tui import cli, config, words
from soniq_tui.errors import ConfigError
from soniq_tui.host import choices, headless, out
from soniq_tui.ui import keymap, keys
from soniq_tui.ui.memory import Memory
from soniq_tui.ui.remembered import NAME
from soniq_tui.verbs import start


@pytest.fixture(autouse=True)
def _as_before():
    yield
    words.use("en")
    keys.use(keymap.Chosen())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give a folder for configuration and data, and a locale that speaks English."""
    for name in ("LC_ALL", "LC_MESSAGES", "SONIQ_UI__LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    (tmp_path / "config.toml").write_text("")
    return tmp_path


def settings(folder, **flags):
    """Load the settings of a folder."""
    given = {"data_dir": str(folder)} | {f"ui.{name}": value for name, value in flags.items()}
    return config.load(given, file=str(folder / "config.toml"))


def test_keys_lie_beside_the_settings(folder):
    """Unless the settings name another file."""
    assert settings(folder).ui.keys == str(folder / "keys.toml")
    (folder / "config.toml").write_text('[ui]\nkeys = "/etc/keys.toml"\n')
    assert settings(folder).ui.keys == "/etc/keys.toml"


def test_what_has_no_key_is_listed_with_that_of_the_palette(folder, capsys):
    """A minus would be taken for the key of that name, which takes a slot away."""
    (folder / "keys.toml").write_text('[keys]\n"demo.run" = []\n"app.palette" = "^K"\n')
    choices.show_keys(settings(folder), check=False)
    lines = capsys.readouterr().out.splitlines()
    listed = {line.split()[0]: line.split()[1] for line in lines}
    assert listed["demo.run"] == listed["engine.stop"] == "^K"
    assert listed["slots.less"] == "-"


def test_keys_and_language_are_in_force_once_settled(folder):
    """A wrong file stops the console before it opens."""
    (folder / "keys.toml").write_text('set = "vim"\n')
    choices.settle(settings(folder, language="fr"))
    assert words.in_use() == "fr"
    assert "j" in next(move.keys for move in keys.moves() if move.id == "move.down")
    (folder / "keys.toml").write_text('[keys]\n"no.such" = "x"\n')
    with pytest.raises(ConfigError, match=r"keys\.toml: there is no action 'no\.such'"):
        choices.settle(settings(folder))


async def test_the_language_of_last_time_is_spoken(folder, monkeypatch):
    """It goes before the locale; a flag goes before it; one that is gone counts for nothing."""
    memory = Memory(folder / NAME)
    memory.keep_looks(language="fr")
    await memory.flush()
    choices.settle(settings(folder))
    assert words.in_use() == "fr"
    choices.settle(settings(folder, language="en"))
    assert words.in_use() == "en"
    memory.keep_looks(language="tlh")
    await memory.flush()
    monkeypatch.setenv("LC_ALL", "fr_BE.UTF-8")
    choices.settle(settings(folder))
    assert words.in_use() == "fr"


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        (["--theme", "solar"], "ui.theme 'solar': choose one of soniq-dark, soniq-light, ansi"),
        (["--glyphs", "emoji"], "ui.glyphs 'emoji': choose one of unicode, ascii"),
        (["--language", "de"], "ui.language 'de': choose one of en, fr"),
        (["--theme", ""], "--theme is empty"),
    ],
)
def test_a_look_that_does_not_exist_is_refused(folder, flag, message):
    """With those that do, before anything is opened."""
    result = CliRunner().invoke(cli.cli, ["--data-dir", str(folder), *flag])
    assert isinstance(result.exception, ConfigError)
    assert message in str(result.exception)


def test_looks_stand_before_a_command(folder, monkeypatch):
    """They reach the console that a command opens; what stands after the command wins."""
    seen = []
    monkeypatch.setattr(start, "console", lambda how, *_, **__: seen.append(how) or 0)
    monkeypatch.setattr(start, "has_terminal", lambda: True)
    asked = ["--theme", "mono", "--glyphs", "ascii", "--data-dir", "/nowhere"]
    result = CliRunner().invoke(cli.cli, [*asked, "resume", "--data-dir", str(folder)])
    assert result.exit_code == 0, result.output
    (found,) = seen
    assert (found.ui.theme, found.ui.glyphs, found.data_dir) == ("mono", "ascii", str(folder))


@pytest.mark.parametrize(
    ("chosen", "content", "named"),
    [
        (["--data-dir", "here"], "", True),
        (["--config", "config.toml"], "data_dir = 'here'", True),
        (["--config", "config.toml"], "log_level = 'debug'", False),
        ([], "", False),
    ],
)
def test_a_command_that_is_named_means_the_data_directory_that_was_chosen(
    folder, monkeypatch, chosen, content, named
):
    """Whoever copies it from a line of ours comes to the same one, from wherever."""
    monkeypatch.setattr(out, "_folder", [])
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "usual"))
    monkeypatch.chdir(folder)
    (folder / "config.toml").write_text(content)
    result = CliRunner().invoke(cli.cli, [*chosen, "status"])
    place = f" --data-dir {folder / 'here'}" if named else ""
    assert f"'soniq-tui scan FOLDER{place}' starts one" in result.output


@pytest.mark.parametrize(
    ("flag", "language"), [("--plain", "fr"), ("--headless", "fr"), ("--json", "en")]
)
def test_lines_for_people_are_in_their_language(folder, monkeypatch, flag, language):
    """What programs read is the same in every locale."""
    monkeypatch.setattr(out, "_folder", [])
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    seen = []
    monkeypatch.setattr(start, "_begin_early", lambda *_: None)
    monkeypatch.setattr(headless, "run", lambda *_, **__: seen.append(words.in_use()) or 0)
    result = CliRunner().invoke(cli.cli, ["--data-dir", str(folder), "resume", flag])
    assert result.exit_code == 0, result.output
    assert seen == [language]
