"""The file of what the console remembers: what stands in it, how it is read and written.

Written whole or not at all, and by one console at a time: each applies its changes to what the
file holds by then. Everything in it is bounded.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from soniq_tui import files
from soniq_tui.words import _

NAME = "console.json"
MOST_BYTES = 4 * 1024 * 1024
"""A longer file is none of ours."""
MOST_DRAFT_CHARS = 512 * 1024
"""What was typed into one form: some 8,000 addresses."""
MOST_LAUNCH_CHARS = 64 * 1024
"""The fields of one launch that is remembered; longer ones are left out."""
MOST_FILTER_CHARS = 1000
MOST_NAME_CHARS = 80
MOST_LAUNCHES = 27
MOST_FILTERS, MOST_HISTORY = 50, 50
"""For each screen."""
MOST_NAMES = 32
"""Screens, importers: far more than there are."""
LEAST_DEAR = ("drafts", "last", "launches", "history")
"""What is forgotten first where all together is still too long."""
LOCK_MOST_S = 2.0
"""Another console writes for milliseconds; one that was stopped in the middle is not waited for."""
LOCK_LOOK_S = 0.02


class Looks(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the person wants the console to look; empty where nothing was chosen.

    The names may be of a version that knew others: look whether they exist.
    """

    theme: str = ""
    glyphs: str = ""
    mouse: bool | None = None
    language: str = ""


class SavedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A filter with a name."""

    name: str
    text: str


class Launched(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A batch that was started from the form."""

    importer: str
    values: dict[str, str]
    """What the fields held, by name."""
    at_s: float
    batch_id: int | None = None
    label: str = ""
    """What the engine called it. Foreign text."""


class Remembered(msgspec.Struct, kw_only=True, omit_defaults=True):
    """All of the file."""

    looks: Looks = Looks()
    history: dict[str, list[str]] = msgspec.field(default_factory=dict)
    filters: dict[str, list[SavedFilter]] = msgspec.field(default_factory=dict)
    launches: list[Launched] = msgspec.field(default_factory=list)
    last: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    drafts: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)


Change = Callable[[Remembered], None]


def bound(state: Remembered) -> None:
    """Let nothing grow for ever, whatever the file held."""
    tables: tuple[dict[str, Any], ...] = (state.history, state.filters, state.last, state.drafts)
    for table in tables:
        for name in list(table)[:-MOST_NAMES]:
            del table[name]
    del state.launches[MOST_LAUNCHES:]


def read(path: Path | None) -> tuple[Remembered, str]:
    """Return what a file holds, and what is wrong with it; one that is broken is set aside."""
    if path is None:
        return Remembered(), ""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        return Remembered(), ""
    except OSError as error:
        why = error.strerror or str(error)
        return Remembered(), _("{file} cannot be read: {why}").format(file=path.name, why=why)
    if len(data) > MOST_BYTES:
        return Remembered(), _set_aside(path)
    try:
        return msgspec.convert(json.loads(data), Remembered), ""
    except (ValueError, RecursionError, msgspec.ValidationError):
        return Remembered(), _set_aside(path)


def _set_aside(path: Path) -> str:
    """Move a broken file out of the way; return the words for it."""
    aside = path.with_name(f"{path.name}.broken")
    try:
        path.replace(aside)
    except OSError as error:
        why = error.strerror or str(error)
        return _("{file} is broken and cannot be moved: {why}").format(file=path.name, why=why)
    return _("{file} was broken; it lies in {aside}, choices begin anew").format(
        file=path.name, aside=aside.name
    )


def merge(path: Path, changes: list[Change]) -> tuple[Remembered, str]:
    """Apply changes to what the file holds by now, and write it; runs in a thread."""
    with _alone(path.parent):
        state, trouble = read(path)
        before = _encoded(state)
        for change in changes:
            change(state)
        bound(state)
        data = _encoded(state)
        for part in LEAST_DEAR:
            if len(data) <= MOST_BYTES:
                break
            getattr(state, part).clear()
            data = _encoded(state)
        if data != before:
            files.replaced(path, lambda part: part.write_bytes(data), private=True)
    return state, trouble


def _encoded(state: Remembered) -> bytes:
    # Not msgspec's own: file names may hold what is no UTF-8, which JSON can tell by its number.
    return json.dumps(msgspec.to_builtins(state), indent=1).encode()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other consoles from writing meanwhile, where the file system can do that."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        until_s = time.monotonic() + LOCK_MOST_S
        while time.monotonic() < until_s:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(LOCK_LOOK_S)
            except OSError:
                break  # no locks here: the later of two writers wins
            else:
                break
        yield
    finally:
        os.close(descriptor)
