"""What a command says: lines on standard output and standard error that are never in the way.

A reader that has gone (``| head``), a hung-up terminal and a locale without the right letters are
everyday things: none of them may stop work or end in a traceback.
"""

import io
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import msgspec

from soniq_tui.model.text import shown, without_logins

PATH_SHARE = 3
"""A path is cut at a separator only while at least one part in this many of the room stays used."""
# JSON allows these three raw, but they end lines for many readers.
_LINE_ENDS = (("\u2028", "\\u2028"), ("\u2029", "\\u2029"), ("\x85", "\\u0085"))


def json_line(value: object) -> str:
    """Return ``value`` as JSON on one line, whatever reads the lines."""
    text = msgspec.json.encode(value).decode()
    for raw, written in _LINE_ENDS:  # translate() would look at each sign of it by itself
        text = text.replace(raw, written)
    return text + "\n"


_HINT = re.compile(r"'(soniq-tui(?: [^'\n]*)?)'")
"""A command that a text names, as all of ours do."""
_WORDS = re.compile(r"( *)((?:(?<!\S)'soniq-tui(?: [^'\n]*)?'|[^ ])+)")
"""Blanks, and what stays in one after them."""
GLUE = "\0"
"""A blank of a name: no text that may be shown has such a sign."""
HANG = "  "
"""Before what a line is continued with."""
_folder: list[str] = []
"""The data directory, where it was chosen by ``--data-dir`` or ``--config``."""


def in_folder(data_dir: Path) -> None:
    """Let the commands that are named from now on mean this data directory, too."""
    _folder[:] = [shown(shlex.quote(str(data_dir.absolute())))]


def hinted(text: str, blank: str = " ") -> str:
    """Return text for people with the commands that it names as they have to be typed here.

    ``blank`` stands for the blanks of those that are longer then.
    """
    if not _folder:
        return text

    def typed(hint: re.Match[str]) -> str:
        command = f"'{hint[1]} --data-dir {_folder[0]}'"
        return hint[0] if "--data-dir" in hint[1] else command.replace(" ", blank)

    return _HINT.sub(typed, text)


def say(text: str) -> None:
    """Write text for people, or for whoever, on standard output."""
    with reader_may_leave():
        sys.stdout.write(text)
        sys.stdout.flush()


def tell(text: str) -> None:
    """Write lines for people on standard output; where that is a terminal, broken at blanks.

    ``GLUE`` stands for a blank at which no line is broken.
    """
    text = hinted(text, GLUE)
    if sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
        text = "\n".join(folded(line, columns) for line in text.split("\n"))
    say(text.replace(GLUE, " ") + "\n")


def say_json(value: object) -> None:
    """Write one JSON object on standard output, in UTF-8 whatever the locale."""
    speak_utf8()
    say(json_line(value))


def warn(text: str) -> None:
    """Write one line on standard error, without logins. It being gone stops nobody's work."""
    write_error(hinted(without_logins(text)) + "\n")


def write_error(text: str) -> None:
    """Write on standard error as it is."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _hush(sys.stderr)


def speak_utf8() -> None:
    """Let standard output be UTF-8: JSON and CSV are for programs, not for this terminal."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


@contextmanager
def reader_may_leave() -> Iterator[None]:
    """End quietly what is inside when nobody reads standard output any more."""
    try:
        yield
    except BrokenPipeError:
        _hush(sys.stdout)


def secure_streams() -> None:
    """Make the three standard streams usable, whatever this process was started with."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # A closed one would be given to the next file that is opened: the journal, perhaps.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  for ever
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  for ever
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _hush(stream: TextIO) -> None:
    """Send what is still to come, and what waits in the buffer, nowhere."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def fitted(text: str, cells: int) -> str:
    """Return as much of ``text`` as fits into so many cells of a terminal, ``…`` where cut.

    A cell count by Unicode's East Asian width: exact enough to stay on one line, and without the
    import of a terminal library.
    """
    if text.isascii() and len(text) <= cells:
        return text
    widths = [cells_of(char) for char in text]
    if sum(widths) <= cells:
        return text
    used = 1  # the sign that something is missing
    for at, width in enumerate(widths):
        used += width
        if used > cells:
            return text[:at] + "…"
    return text


def folded(line: str, cells: int) -> str:
    """Return a line in as many of so many cells as it needs, the others further to the right.

    It is broken at blanks alone, and in no command that it names: what is longer the terminal
    breaks, and whoever copies it gets it in one.
    """
    text = line.lstrip(" ")
    indent = " " * (len(line) - len(text))
    head, rest = indent, f"{indent}{HANG}"
    made = []
    for gap, word in _WORDS.findall(text):
        longer = f"{head}{gap}{word}"
        if gap and cells_of(longer) > cells:
            made.append(head)
            longer = rest + word
        head = longer
    return "\n".join([*made, head])


def ending(text: str, cells: int) -> str:
    """Return as much of the end of a path as fits, ``…`` before it where cut.

    It begins at a ``/`` where that wastes little.
    """
    if cells_of(text) <= cells:
        return text
    used, start = 1, len(text)  # the sign that something is missing
    while start and used + (width := cells_of(text[start - 1])) <= cells:
        used, start = used + width, start - 1
    while start < len(text) and not cells_of(text[start]):
        start += 1  # a mark that the sign before it would bear
    slash = text.find("/", start)
    wastes_little = slash >= 0 and cells_of(text[slash:]) * PATH_SHARE >= cells
    return "…" + text[slash if wastes_little and slash < len(text) - 1 else start :]


def cells_of(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    import unicodedata  # a megabyte of tables, and most lines go to no terminal

    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
