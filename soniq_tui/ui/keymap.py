"""The names of keys, and the keys that a person chose: ``keys.toml`` and its sets.

A key has one name inside, Textual's (``question_mark``), and one on screen and in files (``?``);
:func:`key_of_name` takes both. Nothing here imports Textual, and nothing here knows the actions:
``ui/keys.py`` holds what is chosen against the table.
"""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from soniq_tui.errors import ConfigError
from soniq_tui.words import _, everywhere, in_use, mark

ON_SCREEN = {
    "escape": "esc",
    "delete": "Del",
    "insert": "Ins",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "up": "↑",
    "down": "↓",
    "home": "Home",
    "end": "End",
    "left": "←",
    "right": "→",
}
SAID = (
    *(mark("enter"), mark("space"), mark("backspace"), mark("shift"), mark("Del"), mark("Ins")),
    *(mark("PgDn"), mark("PgUp"), mark("Home"), mark("End")),
)
"""Names of keys that are called otherwise on keyboards of other languages."""
NAMED = (*ON_SCREEN, "enter", "space", "tab", "backspace", *(f"f{n}" for n in range(1, 13)))
"""Keys that are no character."""
PLAIN = {"↑": mark("Up"), "↓": mark("Down"), "←": mark("Left"), "→": mark("Right")}
"""The arrows in words, for terminals that lack the signs."""
TEXTUAL = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Characters that Textual calls otherwise than Unicode does."""
NEVER = {
    "ctrl+c": "it leaves",
    "ctrl+q": "it leaves",
    "ctrl+z": "the shell would stop the work",
    "ctrl+i": "terminals send it for tab",
    "ctrl+m": "terminals send it for enter",
}
"""Keys that cannot be given to an action, and why."""
SETS: dict[str, dict[str, tuple[str, ...]]] = {
    "vim": {
        "move.up": ("up", "k"),
        "move.down": ("down", "j"),
        "move.page_up": ("pageup", "ctrl+u"),
        "move.page_down": ("pagedown", "ctrl+d"),
        "move.first": ("home", "g"),
        "move.last": ("end", "G"),
        "row.open": ("enter", "l"),
        "go.back": ("escape", "h"),
        "results.back": ("escape", "backspace", "h"),
    },
}
"""Whole sets of keys by name, as what they change."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a file of keys asks for."""

    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The keys of each action that was named, by its id; no key: the palette only."""
    origin: str = ""
    """Where it stands, for messages."""


_pressed: dict[str, str] = {}
"""The first key of each action; ``ui/keys.py`` fills it."""


def pressed(action: str) -> str:
    """Return what to press for an action, for a text that says so; the palette has every one."""
    return said(_pressed.get(action) or _pressed.get("app.palette", "colon"))


def learn(keys: Mapping[str, str]) -> None:
    """Take the keys in force, by action."""
    _pressed.clear()
    _pressed.update(keys)


def character_of(key: str) -> str:
    """Return the character that a key types; empty where it types none."""
    return _CHARACTERS.get(key, key if len(key) == 1 else "")


def key_name(key: str) -> str:
    """Return how a key is written in files, and on screen where English is spoken."""
    if key.startswith("ctrl+") and len(key) == len("ctrl+x"):
        return "^" + key[-1].upper()
    first, plus, last = key.partition("+")
    if plus and first and last:  # the sign itself is a key
        return f"{first}+{key_name(last)}"
    return ON_SCREEN.get(key) or character_of(key) or key


def said(key: str) -> str:
    """Return how a key is written on screen in the language in use."""
    name = key_name(key)
    if in_use() == "en":
        return name
    first, plus, last = name.partition("+")
    if plus and first and last:
        return f"{said(first)}+{said(last)}"
    return _(name) if name in SAID else name


def in_words(name: str) -> str:
    """Return how a key is written, with its arrow in a word."""
    first, plus, last = name.rpartition("+")
    return first + plus + (_(PLAIN[last]) if last in PLAIN else last)


def key_of_name(name: str) -> str:
    """Return the key that a file means by ``?``, ``question_mark``, ``^P`` or ``ctrl+p``.

    Raises:
        ValueError: there is no such key, with what there is.
    """
    if len(name) == 1 and name in _WRITTEN:
        return _WRITTEN[name]
    if len(name) == 1 and name.isprintable() and not name.isspace():
        return _textual_name(name)
    plain = name.lower()
    if len(plain) == 2 and plain[0] == "^":  # noqa: PLR2004  a caret and a letter
        plain = f"ctrl+{plain[1]}"
    if plain in NEVER:
        raise ValueError(f"{name} is taken: {NEVER[plain]}")
    if plain in _CHARACTERS:
        return plain
    named = _named()
    if plain in named:
        return named[plain]
    first, plus, last = plain.partition("+")
    first = "shift" if first in everywhere("shift") else first
    last = named.get(last, last)
    plain = first + plus + last
    if plus and first == "ctrl" and len(last) == 1 and last.isascii() and last.isalpha():
        return plain
    if plus and first in {"shift", "ctrl"} and last in NAMED:
        return plain
    raise ValueError(
        f"there is no key {name!r}; a key is one character, ctrl+ and a letter, or one of "
        f"{', '.join(NAMED)}, some of them after shift+ or ctrl+"
    )


@cache
def _named() -> dict[str, str]:
    """Return the keys without a character by all that they are called, in small letters.

    Inside and on screen, and that in any language: who writes the file may have read a help, or a
    screen of somebody else, in another one than is spoken when it is read.
    """
    return {name.lower(): key for key in NAMED for name in (key, *_names(key_name(key)))}


def _names(name: str) -> tuple[str, ...]:
    return (*everywhere(name), *everywhere(PLAIN.get(name, name)))


def _textual_name(character: str) -> str:
    """Return what Textual calls the key that types a character."""
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return TEXTUAL.get(name, name)


_CHARACTERS = {
    _textual_name(chr(code)): chr(code) for code in range(0x21, 0x7F) if not chr(code).isalnum()
}
_WRITTEN = {sign: key for key, sign in ON_SCREEN.items() if len(sign) == 1}


def load(path: Path) -> Chosen:
    """Return what a file chooses; nothing where there is none.

    Raises:
        ConfigError: it cannot be read, or is malformed.
    """
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except (FileNotFoundError, NotADirectoryError):
        return Chosen()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error


def parse(text: str, origin: str) -> Chosen:
    """Return what the text of a file chooses; ``origin`` is how messages call it.

    Raises:
        ConfigError: it is malformed, or a key or a set in it does not exist.
    """
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{origin} is not valid TOML: {error}") from error
    name, table = values.pop("set", ""), values.pop("keys", {})
    if values:
        raise ConfigError(f"{origin}: unknown {next(iter(values))!r}; there are: set, [keys]")
    if name not in {"", *SETS}:
        raise ConfigError(f"{origin}: unknown set {name!r}; there is: {', '.join(SETS)}")
    if not isinstance(table, dict):
        raise ConfigError(f"{origin}: keys: expected a table")
    keys = dict(SETS[name]) if name else {}
    for action, value in _flat("", table):
        try:
            keys[action] = tuple(dict.fromkeys(key_of_name(key) for key in _listed(value)))
        except ValueError as error:
            raise ConfigError(f"{origin}: {action}: {error}") from error
    return Chosen(keys, origin)


def _flat(prefix: str, table: Mapping[str, object]) -> list[tuple[str, object]]:
    """Return a table by whole ids; TOML takes the dot of an id without quotes for a table."""
    found: list[tuple[str, object]] = []
    for name, value in table.items():
        whole = f"{prefix}{name}"
        found += _flat(f"{whole}.", value) if isinstance(value, dict) else [(whole, value)]
    return found


def _listed(value: object) -> list[str]:
    listed: list[object] = value if isinstance(value, list) else [value]
    names = [each for each in listed if isinstance(each, str)]
    if len(names) < len(listed):
        raise ValueError("expected a key or a list of keys")
    return names
