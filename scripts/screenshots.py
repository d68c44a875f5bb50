"""Makes the pictures in ``screenshots/`` from the real program at work on the demo library.

Nothing is drawn by hand: a host with its engine scans a library that is made on the spot, the
console runs beside it at two sizes, and keys are pressed as a person would.
"""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path

from soniq_tui import config
from soniq_tui.host.host import Host
from soniq_tui.importers.music import demo
from soniq_tui.model.job import BATCH_ENDED
from soniq_tui.model.ports import Client
from soniq_tui.ui import environment

FILES = 20_000
SIZES = ((80, 24), (160, 50))
OUT = Path(__file__).parent.parent / "screenshots"
LOOKS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("dash", (), 2.6),
    ("jobs", ("2",), 0.6),
    ("errors", ("3",), 0.8),
    ("help", ("1", "question_mark"), 0.4),
    ("launch", ("escape", "n"), 0.8),
)
"""Name of the picture, keys that lead there, seconds to wait for what shows."""
RESULTS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("results", ("escape", "4", "s", "s", "s", "S", *["down"] * 3), 1.0),
    ("album", ("enter", "slash", *"!no:cover", "enter", "down", "enter", "down"), 1.2),
    ("search", ("tab", "tab", "slash", *"mowe", "space", *"!no:cover"), 1.2),
    ("health", ("enter", *["tab"] * 5), 1.5),
)
"""The same, once the scan has ended."""
DETAILS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("cover", ("4", *["tab"] * 4, "enter"), 1.2),
)
"""The same on screens that have no room for details beside a list."""
NARROW = 120
NAMES = {"!": "exclamation_mark", ":": "colon"}


async def ended(client: Client) -> None:
    """Return when no batch is open any more."""
    while True:
        now = await client.snapshot()
        if all(batch.state in BATCH_ENDED for batch in now.batches):
            return
        await client.changed(now.version)


async def picture(size: tuple[int, int], folder: Path, library: Path) -> None:
    """Scan the library in the console at one size and save what it shows."""
    from soniq_tui.ui.app import ConsoleApp, Launch

    host = Host(config.load({"data_dir": str(folder)}, env={}))

    async def connect() -> Client:
        await host.__aenter__()
        return host.client

    start = Launch("music", {"paths": [str(library)]})
    app = ConsoleApp(connect, start=start, theme="soniq-dark", glyphs="unicode")
    async with app.run_test(size=size) as pilot:

        async def take(looks: tuple[tuple[str, tuple[str, ...], float], ...]) -> None:
            for name, keys, wait_s in looks:
                for key in keys:
                    await pilot.press(NAMES.get(key, key))
                    await pilot.pause(0.1)
                await asyncio.sleep(wait_s)
                await pilot.pause()
                path = OUT / f"{name}-{size[0]}x{size[1]}.svg"
                path.write_text(app.export_screenshot(title="soniq-tui"), encoding="utf-8")
                print(path.relative_to(OUT.parent))

        await take(LOOKS)
        await ended(host.client)
        await take(RESULTS + (DETAILS if size[0] < NARROW else ()))
    await host.close()


def main() -> None:
    """Make all pictures."""
    environment.prepare()
    os.environ["COLORTERM"] = "truecolor"
    OUT.mkdir(exist_ok=True)
    library = Path(tempfile.gettempdir()) / "music"  # a name that says nothing of this machine
    library.mkdir()
    try:
        demo.make_library(library, FILES)
        for size in SIZES:
            with tempfile.TemporaryDirectory(prefix="soniq-") as data:
                asyncio.run(picture(size, Path(data), library))
    finally:
        shutil.rmtree(library)


if __name__ == "__main__":
    main()
