"""The real command with a pulse: how long its event loop ever takes from one beat to the next.

``python -m benchmarks.versus.beating FILE WORDS...`` is ``soniq-tui WORDS...``; the longest gap of
each half second goes to FILE, a line each: monotonic seconds, then milliseconds.
"""

import asyncio
import os
import sys
import time

from soniq_tui import cli
from soniq_tui.host import console

BEAT_S = 0.005
NOTE_S = 0.5


async def beat(fd: int) -> None:
    """Note the longest gap between two beats, for ever."""
    longest_s, last_s = 0.0, time.monotonic()
    noted_s = last_s
    while True:
        await asyncio.sleep(BEAT_S)
        now_s = time.monotonic()
        longest_s, last_s = max(longest_s, now_s - last_s), now_s
        if now_s - noted_s > NOTE_S:
            os.write(fd, f"{now_s:.3f} {longest_s * 1e3:.2f}\n".encode())
            longest_s, noted_s = 0.0, now_s


class Beating(console.Console):
    """The console, with its engine in the same process, and the pulse beside them."""

    async def main(self) -> int:
        """Run with a pulse."""
        fd = os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        pulse = asyncio.create_task(beat(fd))
        try:
            return await super().main()
        finally:
            pulse.cancel()


if __name__ == "__main__":
    FILE = sys.argv.pop(1)
    console.Console = Beating  # type: ignore[misc]
    cli.main()
