"""Another program on the terminal: run to its end, or ended with the console. No Textual here."""

import asyncio
import contextlib
import signal
from collections.abc import Callable

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
