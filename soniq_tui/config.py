"""Load and merge the settings: defaults, then the file, then the environment, then flags.

Refuses what it does not know and names the nearest thing it does.
"""

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui.errors import ConfigError
from soniq_tui.model.settings import QueueSettings, Settings, default_queues

PREFIX = "SONIQ_"
"""``SONIQ_DATA_DIR`` sets ``data_dir``, ``SONIQ_ENGINE__UNDO_S`` ``undo_s`` of ``[engine]``."""


def load(
    flags: Mapping[str, object], *, file: str | None = None, env: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings; ``flags`` are top-level settings, those that are None were not given.

    Raises:
        ConfigError: something is unknown, malformed or out of range.
    """
    env = os.environ if env is None else env
    merged: dict[str, Any] = {
        "queues": {n: msgspec.to_builtins(q) for n, q in default_queues().items()}
    }
    for source, values in (
        *_from_file(file, env),
        ("the environment", _from_env(env)),
        ("the command line", {k: v for k, v in flags.items() if v is not None}),
    ):
        _check_names(source, values)
        _merge(merged, values)
    if not merged.get("data_dir"):
        merged["data_dir"] = str(_xdg(env, "XDG_DATA_HOME", ".local/share") / "soniq-tui")
    merged["data_dir"] = os.path.abspath(os.path.expanduser(merged["data_dir"]))  # noqa: PTH100, PTH111  keeps links as they are
    try:
        return msgspec.convert(merged, Settings, strict=False)
    except msgspec.ValidationError as exc:
        raise ConfigError(f"a setting cannot be used: {exc}") from exc


def default_file(env: Mapping[str, str]) -> Path:
    """Return where the file is looked for when nobody names one."""
    return _xdg(env, "XDG_CONFIG_HOME", ".config") / "soniq-tui" / "config.toml"


def _xdg(env: Mapping[str, str], name: str, below_home: str) -> Path:
    value = env.get(name, "")
    # The XDG specification: a relative path is to be ignored.
    return Path(value) if os.path.isabs(value) else Path.home() / below_home  # noqa: PTH117


def _from_file(file: str | None, env: Mapping[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    path = Path(file) if file else default_file(env)
    try:
        yield str(path), tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        if file:
            raise ConfigError(f"{path} does not exist") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path} cannot be read: {exc}") from exc
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path} is not valid TOML: {exc}") from exc


def _from_env(env: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in env.items():
        if not name.startswith(PREFIX):
            continue
        *groups, last = name.removeprefix(PREFIX).lower().split("__")
        inner = values
        for group in groups:
            inner = inner.setdefault(group, {})
        inner[last] = value
    return values


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value


def _check_names(source: str, values: Mapping[str, Any]) -> None:
    known = set(_known("", Settings))
    for name in _names("", values):
        if name not in known and name.rpartition(".")[0] not in {""} | known:
            continue  # its group was named already
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"{source}: unknown setting {name!r}{hint}")


def _names(prefix: str, values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        yield prefix + name
        if isinstance(value, Mapping):
            yield from _names(f"{prefix}{name}.", value)


def _known(prefix: str, struct: type[msgspec.Struct]) -> Iterator[str]:
    for field in msgspec.structs.fields(struct):
        yield prefix + field.name
        if field.name == "queues":
            for queue in default_queues():
                yield f"queues.{queue}"
                yield from _known(f"queues.{queue}.", QueueSettings)
        elif isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from _known(f"{prefix}{field.name}.", field.type)
