"""Where settings come from, which wins, and what is refused with which words."""

from pathlib import Path

import pytest

from soniq_tui import config
from soniq_tui.errors import ConfigError
from soniq_tui.model.settings import Place, Settings, default_queues


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with a home and nothing else."""
    return {"HOME": str(tmp_path)}


@pytest.fixture
def write(tmp_path: Path):
    """Write the configuration file where it is looked for."""

    def write_it(text: str) -> Path:
        path = tmp_path / ".config" / "soniq-tui" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_it


def load(env: dict[str, str], **flags: object) -> Settings:
    return config.load(flags, env=env)


def refused(env: dict[str, str], **flags: object) -> str:
    """Return the words with which settings are refused; the exit status is 2."""
    with pytest.raises(ConfigError) as caught:
        load(env, **flags)
    assert caught.value.exit_status == 2
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ------------------------------------------------------------------ precedence


def test_without_anything_the_defaults_hold(env, tmp_path) -> None:
    """Nothing configured means the defaults, and a data directory by the XDG specification."""
    settings = load(env)
    assert settings.data_path == tmp_path / ".local/share/soniq-tui"
    assert settings.engine == Settings().engine
    assert settings.queues == default_queues()


def test_file_beats_default_environment_beats_file_flag_beats_environment(env, write) -> None:
    """Each source wins over the one before it, setting by setting."""
    write('data_dir = "/file"\nlog_level = "debug"\n[engine]\nundo_s = 1\nnice = 1\n')
    settings = load(env)
    assert (settings.data_dir, settings.log_level, settings.engine.nice) == ("/file", "debug", 1)
    env |= {"SONIQ_DATA_DIR": "/env", "SONIQ_ENGINE__UNDO_S": "2.5", "SONIQ_UI__MOUSE": "false"}
    settings = load(env)
    assert (settings.data_dir, settings.log_level) == ("/env", "debug")
    assert (settings.engine.undo_s, settings.engine.nice, settings.ui.mouse) == (2.5, 1, False)
    assert load(env, data_dir="/flag", log_level=None).data_dir == "/flag"


def test_a_named_file_replaces_the_usual_one(env, write, tmp_path) -> None:
    """With --config the usual file is not read at all."""
    write('log_level = "error"')
    other = tmp_path / "other.toml"
    other.write_text("engine.nice = 3")
    settings = config.load({}, file=str(other), env=env)
    assert (settings.log_level, settings.engine.nice) == ("info", 3)


def test_queues_are_overridden_in_part(env, write) -> None:
    """Of a queue only what was named changes, from file and environment together."""
    write("[queues.extract]\nslots = 3\n")
    env["SONIQ_QUEUES__INSERT__PRIORITY"] = "7"
    queues, usual = load(env).queues, default_queues()
    assert (queues["extract"].slots, queues["extract"].priority) == (3, usual["extract"].priority)
    assert (queues["insert"].priority, queues["insert"].place) == (7, Place.WRITER)
    assert queues["insert"].depth_limit == usual["insert"].depth_limit
    assert list(queues) == list(usual)


def test_xdg_directories_are_honoured_when_absolute(env, tmp_path) -> None:
    """XDG variables name the places; relative ones are ignored, as the specification has it."""
    env |= {"XDG_DATA_HOME": "/x/data", "XDG_CONFIG_HOME": str(tmp_path / "c")}
    (tmp_path / "c" / "soniq-tui").mkdir(parents=True)
    (tmp_path / "c" / "soniq-tui" / "config.toml").write_text("engine.nice = 4")
    assert load(env).data_path == Path("/x/data/soniq-tui")
    assert load(env).engine.nice == 4
    env["XDG_DATA_HOME"] = "relative"
    assert load(env).data_path == tmp_path / ".local/share/soniq-tui"


def test_an_empty_variable_is_not_set(env) -> None:
    """``SONIQ_X=`` in a unit file or a script means nothing."""
    env |= {"SONIQ_DATA_DIR": "", "SONIQ_ENGINE__UNDO_S": "", "SONIQ_NOTHING": ""}
    assert load(env).engine.undo_s == Settings().engine.undo_s


def test_the_data_directory_is_absolute_and_keeps_its_links(env, tmp_path, monkeypatch) -> None:
    """A relative directory is below the current one, ``~`` is the home, and links stay links."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load(env, data_dir="link/x").data_path == tmp_path / "link" / "x"
    assert load(env, data_dir="~/y").data_path == tmp_path / "y"


def test_log_levels_are_taken_in_any_case(env) -> None:
    """``WARNING`` is ``warning``."""
    assert load(env, log_level="WARNING").log_level == "warning"


# ------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("data_dri = 1", ["'data_dri'", "did you mean 'data_dir'?"]),
        ("engine.undo = 1", ["'engine.undo'", "'engine.undo_s'"]),
        ("[engin]\nundo_s = 1", ["'engin'", "did you mean 'engine'?"]),
        ("undo_s = 1", ["'undo_s'", "'engine.undo_s'"]),
        ("queues.extract.slot = 1", ["'queues.extract.slots'"]),
        ("queues.moon.slots = 1", ["'queues.moon'", "there are: scan, watch, extract"]),
        ("zzz = 1", ["unknown setting 'zzz'"]),
        ("data_dir = 3", ["data_dir: expected text, got a whole number"]),
        ('engine.undo_s = "5"', ["engine.undo_s: expected a number, got text"]),
        ("engine.undo_s = -1", ["engine.undo_s: -1 is too small; 0 is the least"]),
        ("engine.undo_s = inf", ["engine.undo_s: expected a finite number"]),
        ("engine.undo_s = nan", ["engine.undo_s: expected"]),
        ("engine.nice = [1]", ["engine.nice: expected a whole number, got a list"]),
        ("record.folder = true", ["record.folder: expected text, got true or false"]),
        ("engine = 3", ["engine: expected a table, got a whole number"]),
        ("queues = 3", ["queues: expected a table"]),
        ("queues.scan = 3", ["queues.scan: expected a table"]),
        ("queues.scan.slots = 65", ["queues.scan.slots: 65 is too large; 64 is the most"]),
        *(
            (
                f"engine.{name} = 1{'0' * 400}",
                [f"engine.{name}: 1000000000000000000… is too large; {most} is the most"],
            )
            for name, most in (
                ("keep_days", 36500),
                ("history_days", 36500),
                ("backup_every_min", 525600),
            )
        ),
        ('queues.scan.place = "moon"', ["queues.scan.place: invalid enum value 'moon'"]),
        ('log_level = "loud"', ["'loud'", "debug, info, warning, error"]),
        ('data_dir = "a\\u0000b"', ["null character"]),
        ("engine.nice =", ["not valid TOML", "Invalid value"]),
    ],
)
def test_a_file_is_refused_with_the_reason(env, write, text: str, words: list[str]) -> None:
    """What is wrong in a file is named with the file, the setting and what would be right."""
    path = write(text)
    said = refused(env)
    for word in words:
        assert word in said
    assert str(path) in said or "log_level" in said or "null" in said


def test_a_setting_that_is_like_none_gets_no_hint(env, write) -> None:
    """Its own group, whose name is the nearest, is not what was meant."""
    write("queues.extract.x = 1")
    assert refused(env).endswith("unknown setting 'queues.extract.x'")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SONIQ_DATA_DRI", "x", "SONIQ_DATA_DRI; did you mean SONIQ_DATA_DIR?"),
        ("SONIQ_ENGIN__UNDO_S", "1", "did you mean SONIQ_ENGINE__UNDO_S?"),
        ("SONIQ_ENGINE", "1", "SONIQ_ENGINE is a group of settings"),
        ("SONIQ_QUEUES__MOON__SLOTS", "1", "unknown setting SONIQ_QUEUES__MOON__SLOTS"),
        ("SONIQ_ENGINE__UNDO_S__X", "1", "unknown setting SONIQ_ENGINE__UNDO_S__X"),
        ("SONIQ_ENGINE__UNDO_S", "soon", "SONIQ_ENGINE__UNDO_S: expected a number"),
        ("SONIQ_ENGINE__NICE", "20", "SONIQ_ENGINE__NICE: 20 is too large; 19 is the most"),
        ("SONIQ_", "x", "unknown setting SONIQ_"),
    ],
)
def test_the_environment_is_refused_with_the_reason(env, name, value, words: str) -> None:
    """What is wrong in the environment is named as the variable it stands in."""
    env[name] = value
    said = refused(env)
    assert said.startswith("the environment: ")
    assert words in said


def test_a_group_and_its_member_in_one_environment_are_refused_in_any_order(env) -> None:
    """A group given as text beside one of its settings is refused, not stumbled over."""
    for names in (("SONIQ_UI", "SONIQ_UI__THEME"), ("SONIQ_UI__THEME", "SONIQ_UI")):
        assert "group of settings" in refused(env | dict.fromkeys(names, "x"))


def test_an_empty_flag_is_refused(env) -> None:
    """``--data-dir "$UNSET"`` must not work in somebody's real data."""
    assert "--data-dir is empty" in refused(env, data_dir="")
    with pytest.raises(ConfigError, match="--config is empty"):
        config.load({}, file="", env=env)


def test_a_data_directory_that_is_not_utf8_is_refused(env) -> None:
    """Names that no message and no journal can hold are refused before anything is made."""
    assert "not UTF-8" in refused(env, data_dir="/srv/\udcff")


def test_a_named_file_must_be_there_and_readable(env, tmp_path) -> None:
    """With --config a missing file, a folder and stray bytes are refused; nothing is guessed."""
    (tmp_path / "latin.toml").write_bytes(b'data_dir = "caf\xe9"')
    for name, words in (
        ("none.toml", "does not exist"),
        (".", "Is a directory"),
        ("latin.toml", "not UTF-8"),
    ):
        with pytest.raises(ConfigError, match=words):
            config.load({}, file=str(tmp_path / name), env=env)


def test_a_home_that_is_nowhere_is_said(env, monkeypatch) -> None:
    """Without a home directory one line says how to do without."""
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    assert "no home directory" in refused({})


def test_names_of_all_settings_are_known() -> None:
    """Every setting has one dotted name and one variable."""
    names = config.names()
    assert {"data_dir", "engine.undo_s", "ui.theme", "queues.extract.slots"} <= set(names)
    assert "engine" not in names
    assert config.variable("engine.undo_s") == "SONIQ_ENGINE__UNDO_S"
    assert len(set(map(config.variable, names))) == len(names)
