"""The person's pager: which it is, the file it shows, how it gets the terminal. No Textual here."""

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from soniq_tui.model.text import shown

DEFAULTS = (("less", "-R"), ("more",))
"""What is tried where ``PAGER`` names nothing: the first that there is."""
LINE_MOST_CHARS = 16_384
MOST_ROWS = 10_000
"""So many rows are shown at once; a file holds more."""


def command(environ: Mapping[str, str]) -> list[str]:
    """Return the pager with its arguments; nothing where there is none."""
    try:
        chosen = shlex.split(environ.get("PAGER", ""))
    except ValueError:  # quotes that do not match
        chosen = []
    path = environ.get("PATH")
    for words in (chosen, *map(list, DEFAULTS)):
        if words and (found := shutil.which(words[0], path=path)):
            return [found, *words[1:]]
    return []


def clean(text: str) -> str:
    """Return text of many lines without anything that a terminal obeys."""
    lines = text.expandtabs().split("\n")
    return "\n".join(shown(line, LINE_MOST_CHARS) for line in lines)


def new_file() -> Path:
    """Make an empty file that only its owner can read; whoever asked deletes it.

    Raises:
        OSError: there is no place for it.
    """
    descriptor, name = tempfile.mkstemp(prefix="soniq-", suffix=".txt")
    os.close(descriptor)
    return Path(name)


def fill(path: Path, text: str) -> None:
    """Write text into an empty file. Runs in a thread.

    Raises:
        OSError: it cannot be written, or was deleted: then it is not made anew.
    """
    with path.open("r+", encoding="utf-8", errors="replace") as file:
        file.write(clean(text))


PROGRAM_END_S = 2.0
"""How long it may take to end when the console does."""


async def have_run(words: list[str], keys: int, screen: int, set_keys: Callable[..., None]) -> str:
    """Run a program until it ends; return why it could not, or nothing.

    The loop goes on meanwhile, and the engine with it. Ctrl+C means the program alone; what would
    suspend or quit it does nothing, for it would mean this process too.

    Args:
        words: the program and its arguments.
        keys: the descriptor that keys come from.
        screen: the descriptor that is written to.
        set_keys: lets keys mean a program (``to_program=True``) or not.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        set_keys(to_program=True)
        program = await asyncio.create_subprocess_exec(
            *words, stdin=keys, stdout=screen, stderr=screen
        )
        try:
            await program.wait()
        finally:
            await _have_ended(program)
    except OSError as error:
        return error.strerror or str(error)
    finally:
        set_keys(to_program=False)
        signal.signal(signal.SIGINT, before)
    return ""


async def _have_ended(program: asyncio.subprocess.Process) -> None:
    """End a program that is still there."""
    if program.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        program.terminate()
    try:
        await asyncio.wait_for(program.wait(), PROGRAM_END_S)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            program.kill()
        await program.wait()
