"""Load and merge the settings: defaults, then the file, then the environment, then flags.

Refuses what it does not know and names the nearest thing it does.
"""

import math
import os
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.errors import ConfigError
from soniq_tui.model import bounds
from soniq_tui.model.settings import (
    GLYPH_NAMES,
    THEME_NAMES,
    QueueSettings,
    Settings,
    default_queues,
)
from soniq_tui.words import LANGUAGES

PREFIX = "SONIQ_"
"""``SONIQ_DATA_DIR`` sets ``data_dir``, ``SONIQ_ENGINE__UNDO_S`` ``undo_s`` of ``[engine]``."""
LOG_LEVELS = ("debug", "info", "warning", "error")
KEYS_FILE = "keys.toml"
KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
}
"""What msgspec calls a type, as TOML has it; also in ``words/refused.py``."""


class _Source(msgspec.Struct, frozen=True):
    """Where values come from, as it is called in messages."""

    name: str
    values: dict[str, Any]
    strict: bool = True
    """Whether the values have types of their own; text from the environment has none."""

    def spelled(self, setting: str) -> str:
        """Return how the source writes a setting."""
        return setting if self.strict else variable(setting)


def load(
    flags: Mapping[str, object], *, file: str | None = None, env: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings; a dot in the name of a flag leads into a group, None was not given.

    Raises:
        ConfigError: something is unknown, malformed or out of range.
    """
    env = os.environ if env is None else env
    merged: dict[str, Any] = {
        "queues": {n: msgspec.to_builtins(q) for n, q in default_queues().items()}
    }
    for source in (*_from_file(file, env), _from_env(env), _from_flags(flags)):
        _check_names(source)
        _check_values(source)
        _merge(merged, source.values)
    merged["log_level"] = merged.get("log_level", "info").lower()
    ui = merged.setdefault("ui", {})
    for name, value, choices in (
        ("log_level", merged["log_level"], LOG_LEVELS),
        ("ui.theme", ui.get("theme"), THEME_NAMES),
        ("ui.glyphs", ui.get("glyphs"), GLYPH_NAMES),
        ("ui.language", ui.get("language"), LANGUAGES),
    ):
        if value and value not in choices:
            raise ConfigError(f"{name} {value!r}: choose one of {', '.join(choices)}")
    if not ui.get("keys"):
        beside = Path(os.path.expanduser(file)) if file else default_file(env)
        ui["keys"] = str(beside.with_name(KEYS_FILE))
    merged["data_dir"] = _data_dir(merged.get("data_dir", ""), env)
    return msgspec.convert(merged, Settings, strict=False)


def finds(data_dir: Path) -> bool:
    """Say whether a command without options means this data directory."""
    try:
        return load({}).data_path == data_dir
    except ConfigError:  # such a command is refused
        return False


def language(file: str | None) -> str:
    """Return the language the file asks for; empty where it asks for none of ours.

    For a help, which is shown whatever else is wrong with the file: the command itself refuses it.
    """
    try:
        groups = [source.values.get("ui") for source in _from_file(file, os.environ)]
    except ConfigError:
        return ""
    chosen = [group.get("language") for group in groups if isinstance(group, Mapping)]
    return next((each for each in LANGUAGES if each in chosen), "")


def variable(setting: str) -> str:
    """Return the name of the environment variable of a setting."""
    return PREFIX + setting.upper().replace(".", "__")


def names() -> list[str]:
    """Return the dotted names of all settings, those of every queue included, groups left out."""
    known = list(_known("", Settings))
    groups = {name.rpartition(".")[0] for name in known}
    return [name for name in known if name not in groups]


def default_file(env: Mapping[str, str]) -> Path:
    """Return where the file is looked for when nobody names one."""
    return _xdg(env, "XDG_CONFIG_HOME", ".config") / "config.toml"


def cache_dir(env: Mapping[str, str]) -> Path:
    """Return the folder for what can be made again."""
    return _xdg(env, "XDG_CACHE_HOME", ".cache")


def _xdg(env: Mapping[str, str], name: str, below_home: str) -> Path:
    value = env.get(name, "")
    if not os.path.isabs(value):  # noqa: PTH117  the specification: a relative path is ignored
        value = f"{_home(env)}/{below_home}"
    return Path(value) / "soniq-tui"


def _home(env: Mapping[str, str]) -> str:
    home = env.get("HOME") or os.path.expanduser("~")
    if not os.path.isabs(home):  # noqa: PTH117
        raise ConfigError("there is no home directory; name a place with --data-dir and --config")
    return home


def _data_dir(given: str, env: Mapping[str, str]) -> str:
    if not given:
        given = str(_xdg(env, "XDG_DATA_HOME", ".local/share"))
    # Keeps links as they are: the journal knows files by the names that people gave.
    path = os.path.abspath(os.path.expanduser(given))  # noqa: PTH100
    try:
        path.encode()
    except UnicodeEncodeError:
        raise ConfigError("the name of the data directory is not UTF-8; choose another") from None
    if "\0" in path:
        raise ConfigError("the name of the data directory holds a null character; choose another")
    return path


# -------------------------------------------------------------------- sources


def _from_file(file: str | None, env: Mapping[str, str]) -> Iterator[_Source]:
    if file == "":
        raise ConfigError("--config is empty; name a file, or leave it out")
    path = Path(os.path.expanduser(file)) if file else default_file(env)
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as exc:
        if file:
            raise ConfigError(f"{path} does not exist") from exc
        return
    except OSError as exc:
        raise ConfigError(f"{path} cannot be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path} is not UTF-8: {exc.reason} at byte {exc.start}") from exc
    import tomllib  # most have no such file

    try:
        yield _Source(str(path), tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path} is not valid TOML: {exc}") from exc


def _from_env(env: Mapping[str, str]) -> _Source:
    """Collect ``SONIQ_*``; an empty variable counts as not set."""
    known = _settings()
    groups = {name.rpartition(".")[0] for name in known} - {""}
    values: dict[str, Any] = {}
    for name, value in sorted(env.items()):
        if not name.startswith(PREFIX) or not value:
            continue
        setting = name.removeprefix(PREFIX).lower().replace("__", ".")
        if setting in groups:
            one = next(k for k in sorted(known) if k.startswith(f"{setting}."))
            raise ConfigError(
                f"the environment: {name} is a group of settings; set one, as {variable(one)}"
            )
        if setting not in known:
            near = _nearest(setting, known - groups)
            hint = f"; did you mean {variable(near)}?" if near else ""
            raise ConfigError(f"the environment: unknown setting {name}{hint}")
        *parents, last = setting.split(".")
        inner = values
        for group in parents:
            inner = inner.setdefault(group, {})
        inner[last] = value
    return _Source("the environment", values, strict=False)


def _from_flags(flags: Mapping[str, object]) -> _Source:
    for name, value in flags.items():
        if value == "":
            flag = "--" + name.rpartition(".")[2].replace("_", "-")
            raise ConfigError(f"{flag} is empty; give it a value, or leave it out")
    values: dict[str, Any] = {}
    for name, value in flags.items():
        group, _, last = name.rpartition(".")
        if value is not None:
            (values.setdefault(group, {}) if group else values)[last] = value
    return _Source("the command line", values)


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value


# -------------------------------------------------------------------- checks


def _check_names(source: _Source) -> None:
    known = _settings()
    for name in _names("", source.values):
        group = name.rpartition(".")[0]
        if name in known or (group and group not in known):
            continue  # known, or its group was named already
        near = _nearest(name, known)
        if near and near != group:
            hint = f"; did you mean {near!r}?"
        elif group == "queues":
            hint = f"; there are: {', '.join(default_queues())}"
        else:
            hint = ""
        raise ConfigError(f"{source.name}: unknown setting {name!r}{hint}")


def _check_values(source: _Source) -> None:
    """Check types and ranges of each value where it comes from, so that the message can say so."""
    plain = {name: value for name, value in source.values.items() if name != "queues"}
    _convert(source, "", plain, Settings)
    queues = source.values.get("queues", {})
    if not isinstance(queues, Mapping):
        raise ConfigError(f"{source.name}: queues: expected a table for each queue")
    for queue, values in queues.items():
        _convert(source, f"queues.{queue}", values, QueueSettings)


def _convert(source: _Source, group: str, values: Any, struct: type[msgspec.Struct]) -> None:
    try:
        made = msgspec.convert(values, struct, strict=source.strict)
    except msgspec.ValidationError as exc:
        what, _, where = str(exc).partition(" - at `$.")
        where = where.rstrip("`")
        name = ".".join(part for part in (group, where) if part)
        value = dict(_leaves("", values)).get(where) if isinstance(values, Mapping) else values
        what = bounds.refused(what, value) or what[:1].lower() + _in_words(what[1:])
        if not source.strict:  # there everything is text
            what = what.partition(", got ")[0]
        raise ConfigError(f"{source.name}: {source.spelled(name)}: {what}") from exc
    for name, value in _leaves(group and f"{group}.", msgspec.to_builtins(made)):
        # Nothing that is counted in seconds or pieces can be endless, and TOML knows inf and nan.
        if isinstance(value, float) and not math.isfinite(value):
            raise ConfigError(f"{source.name}: {source.spelled(name)}: expected a finite number")


def _in_words(what: str) -> str:
    """Return what msgspec says, its names of types in backticks, as a person would say it."""
    return re.sub("`([^`]*)`", lambda found: KINDS.get(found[1], found[1]), what)


def _nearest(name: str, known: AbstractSet[str]) -> str | None:
    """Return the known setting that was probably meant: of the same group if there is one."""
    import difflib

    group, _, last = name.rpartition(".")
    siblings = {k.rpartition(".")[2]: k for k in known if k.rpartition(".")[0] == group}
    near = difflib.get_close_matches(last, sorted(siblings), 1, 0.6)
    if near:
        return siblings[near[0]]
    same = sorted(k for k in known if k.rpartition(".")[2] == last and not k.startswith("queues."))
    others = sorted(known - set(siblings.values()))
    full = difflib.get_close_matches(name, others, 1, 0.75)
    return next(iter([*same, *full]), None)


def _leaves(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _leaves(f"{prefix}{name}.", value)
        else:
            yield prefix + name, value


def _names(prefix: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        yield prefix + name
        if isinstance(value, Mapping):
            yield from _names(f"{prefix}{name}.", value)


@cache
def _settings() -> frozenset[str]:
    return frozenset(_known("", Settings))


def _known(prefix: str, struct: type[msgspec.Struct]) -> Iterator[str]:
    for field in msgspec.structs.fields(struct):
        yield prefix + field.name
        if field.name == "queues":
            for queue in default_queues():
                yield f"queues.{queue}"
                yield from _known(f"queues.{queue}.", QueueSettings)
        elif isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _known(f"{prefix}{field.name}.", field.type)
