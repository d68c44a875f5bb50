"""What the doctor says, and what it looks at."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from soniq_tui.model.settings import Settings
from soniq_tui.model.text import shown
from soniq_tui.words import _, mark

COMMAND_S = 1.0
"""So long another program may take to answer."""
FILE_BYTES = 1024 * 1024
CHARS_MOST = 400


class Mark(StrEnum):
    """How grave a finding is. The value is the word on screen, in English."""

    OK = mark("ok")
    """All is well, or nothing can be done about it."""
    WARN = mark("warn")
    """It works, though not as well, or not as safely, as it could."""
    BAD = mark("bad")
    """The engine cannot do its work, or what it stores is in danger."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fact about this machine or this installation."""

    name: str
    """What was looked at; always English, as scripts look for it."""
    mark: Mark
    fact: str
    mend: str = ""
    """What to do about it; empty when there is nothing to do."""

    def line(self) -> str:
        """Return the finding on one line, in the language in use."""
        width = max(len(_(each.value)) for each in Mark)
        head = f"{_SIGNS[self.mark]} {_(self.mark.value):<{width}}  "
        form = _("{name}: {fact}; mend: {mend}") if self.mend else _("{name}: {fact}")
        return head + form.format(name=_(self.name), fact=self.fact, mend=self.mend)


_SIGNS = {Mark.OK: "+", Mark.WARN: "!", Mark.BAD: "x"}


def ok(name: str, fact: str, mend: str = "") -> Finding:
    """Return a finding with nothing to worry about."""
    return _finding(Mark.OK, name, fact, mend)


def warn(name: str, fact: str, mend: str = "") -> Finding:
    """Return a finding that somebody should look after some day."""
    return _finding(Mark.WARN, name, fact, mend)


def bad(name: str, fact: str, mend: str = "") -> Finding:
    """Return a finding that must be mended."""
    return _finding(Mark.BAD, name, fact, mend)


def _finding(mark: Mark, name: str, fact: str, mend: str) -> Finding:
    # Paths, settings and other programs' words are foreign, and JSON knows no lone surrogates.
    return Finding(
        name=name,
        mark=mark,
        fact=shown(fact, CHARS_MOST),
        mend=shown(mend, CHARS_MOST),
    )


def answer(words: list[str]) -> str | None:
    """Return what another program prints; None when there is none, or it failed or was slow."""
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


@dataclass(frozen=True, slots=True)
class World:
    """What the doctor looks at; tests make their own."""

    settings: Settings
    env: Mapping[str, str]
    now_at_s: float
    """The wall clock."""
    config_file: str = ""
    """Where the settings came from."""
    config_error: str = ""
    """Why the settings could not be loaded; ``settings`` are then the defaults."""
    answer: Callable[[list[str]], str | None] = answer
    system: Path = Path("/")
    """Where everything else of the system lies: ``dev``, ``run``, ``var``, and what is mounted."""

    @property
    def root(self) -> Path:
        """Where ``proc`` and ``sys`` lie."""
        return Path(self.settings.engine.machine_root)


def text(path: Path) -> str:
    """Return the beginning of a file of the system; empty when it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES).decode(errors="replace")
    except (OSError, ValueError):
        return ""


Probe = Callable[[World], Iterator[Finding]]
