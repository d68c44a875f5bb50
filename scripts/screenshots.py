"""Makes the pictures in ``screenshots/`` from the real program at work on demo libraries.

Nothing is drawn by hand: a host with its engine scans libraries that are made on the spot, the
console runs beside it at two sizes, and keys are pressed as a person would. What has to be seen
while work is running is waited for, and taken then. ``screenshots.py NAME ...`` takes only those.
"""

import asyncio
import contextlib
import html
import os
import re
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from scripts import made_kitchens
from soniq_tui import config
from soniq_tui.host.host import Host
from soniq_tui.importers.music import demo
from soniq_tui.model.commands import Pause, Target
from soniq_tui.model.job import BATCH_ENDED, BatchState
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import Snapshot
from soniq_tui.ui import environment

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from soniq_tui.ui.app import ConsoleApp, Launch

FILES, FEW_FILES = 240_000, 300
SIZES = ((80, 24), (160, 50))
OUT = Path(__file__).parent.parent / "screenshots"
LIBRARIES = Path(tempfile.gettempdir()) / "music", Path(tempfile.gettempdir()) / "vinyl"
"""Names that say nothing of this machine."""
NARROW = 120
NAMES = {"!": "exclamation_mark", ":": "colon", "/": "slash", "?": "question_mark", " ": "space"}
WITHIN_S = 60.0


class Look(NamedTuple):
    """One picture."""

    name: str
    keys: tuple[str, ...]
    """What leads there from the picture before."""
    wait_s: float = 0.6
    """For what shows only when the keys have rested."""
    theme: str = ""


AT_WORK = (
    Look("dash", (), 0.0),
    Look("quit", ("q",), 0.2),
    Look("jobs", ("escape", "2")),
    Look("job", ("enter",), 0.8),
    Look("queues", ("Q",)),
)
"""While the scan runs; those first that have to show much of it left."""
AFTER = (
    Look("errors", ("escape", "3")),
    Look("cause", ("enter",)),
    Look("log", ("5",)),
    Look("trends", ("6",)),
    Look("help", ("1", "?")),
    Look("filters", ("tab",)),
    Look("launch", ("escape", "n"), 1.2),
    Look("palette", ("escape", ":", *"retry")),
    Look("results", ("escape", "4", "s", "s", "s", "S", *["down"] * 3), 1.0),
    Look("album", ("enter", "/", *"!no:cover", "enter", "down", "enter", "down"), 1.2),
    Look("search", ("tab", "tab", "/", *"mowe", " ", *"!no:cover"), 1.2),
    Look("health", ("enter", *["tab"] * 5), 1.5),
    Look("cover", ("4", *["shift+tab"] * 5, "down", "down", "i"), 1.2),
    Look("light", ("1",), 0.6, "soniq-light"),
    Look("contrast", (), 0.6, "high-contrast"),
)
"""Once it has ended."""
TO_RECIPES = ("n", "up", "right", "right", "down")
"""To the field for addresses of a new import of recipes."""
KITCHENS = (
    Look("recipes-paste", (), 1.2),
    Look("recipes", ("ctrl+j",), 0.0),
    Look("recipes-failed", ("4", "I", "I", *["tab"] * 3), 1.0),
    Look("recipes-source", (*["shift+tab"] * 3, *["down"] * 2, "i"), 1.0),
)
"""Of an import of made recipes: pasted, at work, what failed, one beside its source."""
BESIDE = {"cover"}
"""On wide screens these stand beside a list."""


def in_cells(svg: str) -> str:
    """Return a picture whose texts are as long as a terminal shows them.

    Rich gives each character of a text the same room, combining marks too, which have none.
    """

    def told(found: re.Match[str]) -> str:
        text = html.unescape(found[4])
        length = float(found[2]) * cell_len(text) / max(1, len(text))
        return f'{found[1]}textLength="{length:.4g}"{found[3]}{found[4]}</text>'

    return re.sub(r'(<text [^>]*?)textLength="([\d.]+)"([^>]*>)([^<]*)</text>', told, svg)


async def until(client: Client, true: Callable[[Snapshot], bool]) -> None:
    """Return when the engine has come so far."""
    async with asyncio.timeout(WITHIN_S * 5):
        while not true(now := await client.snapshot()):
            await client.changed(now.version)


def in_the_middle(now: Snapshot) -> bool:
    """Say whether there is something to see: jobs in slots, a rate over some seconds."""
    busy = sum(slot.job_id is not None for slot in now.slots)
    return busy > 1 and len(now.rates) > 3 and now.items.ended * 3 > now.items.total > FILES / 2


def scanning(now: Snapshot) -> bool:
    """Say whether the large scan is still at work; the small one is paused."""
    return any(batch.state is BatchState.RUNNING and batch.items.left for batch in now.batches)


def all_ended(now: Snapshot) -> bool:
    """Say whether nothing works any more but what is paused."""
    return not now.active and any(batch.state in BATCH_ENDED for batch in now.batches)


def write(app: "ConsoleApp", path: Path, *, at_work: bool = False) -> None:
    """Write what the console shows; ``at_work``: it has to show a scan that goes on."""
    late = at_work and (app.latest is None or not scanning(app.latest))
    if app.decision or late:
        sys.exit(f"the scan was over before {path.name}: the library is too small")
    path.write_text(in_cells(app.export_screenshot(title="soniq-tui")), encoding="utf-8")
    print(path.relative_to(OUT.parent))


@contextlib.asynccontextmanager
async def console(
    size: tuple[int, int], data: Path, start: "Launch | None" = None
) -> "AsyncIterator[tuple[Host, ConsoleApp, Pilot[None]]]":
    """Open the console on a host of its own, which is closed whatever comes of the pictures.

    What a host holds in shared memory outlives a process that does not close it.
    """
    from soniq_tui.ui.app import ConsoleApp

    host = Host(config.load({"data_dir": str(data)}, env={}))
    async with contextlib.AsyncExitStack() as held:

        async def connect() -> Client:
            await held.enter_async_context(host)
            return host.client

        app = ConsoleApp(
            connect, start=start, theme="soniq-dark", glyphs="unicode", can_detach=True, mouse=False
        )
        async with app.run_test(size=size) as pilot:
            yield host, app, pilot


async def pictures(
    size: tuple[int, int], data: Path, libraries: tuple[Path, Path], only: set[str]
) -> None:
    """Scan a library in the console at one size and save what it shows."""
    from soniq_tui.ui.app import Launch

    large, small = libraries
    start = Launch("music", {"paths": [str(large)]})
    async with console(size, data, start) as (host, app, pilot):

        async def take(look: Look) -> None:
            for key in look.keys:
                await pilot.press(NAMES.get(key, key))
                await pilot.pause(0.02)
            if look.theme:
                app.theme = look.theme
            await asyncio.sleep(look.wait_s)
            await pilot.pause()
            if (look.name in BESIDE and size[0] >= NARROW) or (only and look.name not in only):
                return
            write(app, OUT / f"{look.name}-{size[0]}x{size[1]}.svg", at_work=look in AT_WORK)

        while app.latest is None or not app.latest.batches:
            await pilot.pause(0.05)
        second = await host.client.launch("music", {"paths": [str(small)]})
        if second.batch_id is None:
            sys.exit(second.text)
        await host.client.send(Pause(target=Target(batches=(second.batch_id,))))
        await until(host.client, in_the_middle)
        for look in AT_WORK:
            await take(look)
        await pilot.press("escape")
        await until(host.client, all_ended)
        for look in AFTER:
            await take(look)


def some_done(now: Snapshot) -> bool:
    """Say whether recipes are at work, and some are done."""
    doing = sum(bool(slot.doing) for slot in now.slots)
    return doing > 2 and now.items.ended * 4 > now.items.total > 0


async def kitchens(size: tuple[int, int], data: Path, only: set[str]) -> None:
    """Import made recipes in the console at one size and save what it shows."""
    from textual.events import Paste

    async with console(size, data) as (host, app, pilot):
        while app.latest is None:
            await pilot.pause(0.05)
        for key in TO_RECIPES:
            await pilot.press(key)
            await pilot.pause(0.1)
        app.post_message(Paste("For the week:\n" + "\n".join(made_kitchens.ADDRESSES)))
        waits = {"recipes": some_done, "recipes-failed": all_ended}
        for look in KITCHENS:
            if look.name == "recipes-failed":
                await until(host.client, all_ended)
            for key in look.keys:
                await pilot.press(NAMES.get(key, key))
                await pilot.pause(0.1)
            if look.name in waits:
                await until(host.client, waits[look.name])
            await asyncio.sleep(look.wait_s)
            await pilot.pause()
            if not only or look.name in only:
                write(app, OUT / f"{look.name}-{size[0]}x{size[1]}.svg")


def main() -> None:
    """Make all pictures, or those that are named.

    Old ones go only when nothing stands in the way of new ones any more.
    """
    environment.prepare()
    os.environ["COLORTERM"] = "truecolor"
    OUT.mkdir(exist_ok=True)
    only = set(sys.argv[1:])
    music = {look.name for look in (*AT_WORK, *AFTER)}
    known = music | {look.name for look in KITCHENS}
    if only - known:
        sys.exit(f"no such picture: {', '.join(sorted(only - known))}")
    if there := [str(folder) for folder in LIBRARIES if folder.exists()]:
        sys.exit(f"made libraries would lie in {', '.join(there)}: move away what is there")
    if not only:
        for path in OUT.glob("*.svg"):
            path.unlink()
    if not only or only - music:
        with made_kitchens.served() as proxy:
            os.environ.update(http_proxy=proxy, no_proxy="")
            for size in SIZES:
                with tempfile.TemporaryDirectory(prefix="soniq-") as data:
                    asyncio.run(kitchens(size, Path(data), only))
    if not only or only & music:
        libraries(only)


def libraries(only: set[str]) -> None:
    """Make the pictures of music."""
    try:
        for folder, files in zip(LIBRARIES, (FILES, FEW_FILES), strict=True):
            folder.mkdir()
            demo.make_library(folder, files)
        for size in SIZES:
            with tempfile.TemporaryDirectory(prefix="soniq-") as data:
                asyncio.run(pictures(size, Path(data), LIBRARIES, only))
    finally:
        for folder in LIBRARIES:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
