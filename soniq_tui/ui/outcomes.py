"""What came of batches that have ended, in one line; asked of the engine once for each.

Only the newest batch can be told what it changed, and only by an engine that saw it alone; so what
was told is kept for as long as the console runs.
"""

from collections.abc import Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any

from rich.cells import cell_len

from soniq_tui.errors import SoniqError
from soniq_tui.model.job import BATCH_ENDED, BatchState
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import BatchView, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import formats
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.words import _, labelled, many

Changes = Mapping[str, int]
"""What has changed in what an importer keeps: a word, and how many."""
NONE: Changes = MappingProxyType({})
LISTED = frozenset({"tracks_read_again", "moved_files", "missing_files"})
"""Changes that have a list among the results."""
GAP = "  "


class Outcomes:
    """What each ended batch has changed.

    Args:
        run: runs a coroutine in the background.
        came: called as soon as something is known that was not.
    """

    def __init__(
        self, run: Callable[[Coroutine[Any, Any, None]], object], came: Callable[[], None]
    ) -> None:
        self._run, self._came = run, came
        self._known: dict[tuple[int, float], Changes] = {}
        """By number and end of the batch: one that is retried ends anew."""

    def of(self, batch: BatchView, snapshot: Snapshot | None, client: Client | None) -> Changes:
        """Return what a batch has changed, as far as that is known by now.

        Of the newest batch alone it is asked: a report costs more than a step of the cursor.
        """
        if batch.state not in BATCH_ENDED or client is None or snapshot is None:
            return NONE
        key = (batch.id, batch.ended_at_s or 0.0)
        newest = all(each.id <= batch.id for each in snapshot.batches)
        if newest and key not in self._known:
            self._known[key] = NONE
            self._run(self._ask(client, key))
        return self._known.get(key, NONE)

    async def _ask(self, client: Client, key: tuple[int, float]) -> None:
        try:
            report = await client.report(key[0])
        except SoniqError:  # a recording may have none; the counts are there all the same
            return
        except OSError:  # the engine is gone: the next one is asked
            del self._known[key]
            return
        if report is not None and report.changes:
            self._known[key] = report.changes
            self._came()


def changes_text(changes: Changes) -> str:
    """Return ``new tracks: 12, missing files: 1``."""
    return ", ".join(
        labelled(shown(_(word.replace("_", " ")), 40), formats.count(count))
        for word, count in changes.items()
    )


def failed_text(batch: BatchView) -> str:
    """Return how many of its items failed; nothing of none."""
    failed = batch.items.failed
    return many("{n} failed", "{n} failed", failed) * bool(failed)


def left_of(batch: BatchView) -> int:
    """Return how many items a batch has not come to that was cancelled, or that failed."""
    return 0 if batch.state is BatchState.DONE else batch.items.total - batch.items.ended


def counted(batch: BatchView, *, changed: bool = False) -> str:
    """Return what became of the items of a batch, zeros left out, and what is left of them.

    Where it is told what they ``changed`` those that are done are among it.
    """
    items, done = batch.items, batch.state is BatchState.DONE
    left = left_of(batch)
    parts = (
        many("{n} done", "{n} done", items.done),
        many("{n} skipped", "{n} skipped", items.skipped),
        failed_text(batch),
        many("{n} left", "{n} left", left),
    )
    numbers = (0 if changed else items.done, items.skipped, items.failed, left)
    told = ", ".join(part for part, number in zip(parts, numbers, strict=True) if number)
    if done and items.skipped and not items.done and not changed:
        return labelled(_("nothing new"), told)
    return told or ("" if changed else _("nothing was found there"))


def outcome_line(batch: BatchView, changes: Changes, width: int, glyphs: Glyphs) -> Line:
    """Return what came of a batch that has ended; no line of one that goes on.

    Where all has no room, what it changed and what failed is worth more than its counts.
    """
    if batch.state not in BATCH_ENDED:
        return EMPTY
    sign, tone = glyphs.of(batch.state)
    word = "" if batch.state is BatchState.DONE else f"{_(batch.state)}  "
    head = f" {sign} {word}"
    room = width - cell_len(head) - 1
    changed, failed = changes_text(changes), failed_text(batch)
    every = counted(batch, changed=bool(changes))
    opens = _("{key} errors").format(key=pressed("go.errors")) if failed else ""
    if batch.state is BatchState.CANCELLED and left_of(batch):
        opens = _("{key} does the rest").format(key=pressed("jobs.retry"))
    lists = ""
    if not LISTED.isdisjoint(changes):
        lists = _("{key} results: changes").format(key=pressed("go.results"))
    hints = dict.fromkeys((GAP.join(filter(None, (opens, lists))), lists, opens, ""))
    ways = [(changed, every), (changed, failed), (changed,)] if changed else [(every,)]
    texts = [f" {glyphs.dot} ".join(filter(None, (*way, more))) for way in ways for more in hints]
    text = next((each for each in texts if cell_len(each) <= room), texts[-1])
    return ((head, tone), (formats.cut_right(text, room, glyphs), ""))
