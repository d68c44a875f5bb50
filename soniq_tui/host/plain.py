"""A line for each change of state: for screen readers, for logs, for a terminal without a cursor.

No line is ever written over, nothing is coloured, and each says by itself what it is about: the
time, the batch, what happened, and of a failure what to do next.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from soniq_tui.errors import UsageError
from soniq_tui.host import out, standing
from soniq_tui.host.report import duration, kind_word
from soniq_tui.model.job import BATCH_ENDED, BatchState, ErrorKind
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import BatchView, ErrorRow, Query, QueueView, Snapshot, View
from soniq_tui.model.text import shown
from soniq_tui.model.waiting import held_back
from soniq_tui.words import _, figure, many, mark
from soniq_tui.words.told import label
from soniq_tui.words.told import told as known

EVERY_S = 1.0
"""Between two looks."""
STEP = 10
"""Percent between two lines of progress, where the end is known."""
COUNTS = (1, 2, 5)
"""Where it is not: 100, 200, 500, 1,000 and so on."""
LEAST_S, MOST_S = 2.0, 60.0
"""No two lines of progress come closer than the one; after the other there is one if anything has
moved."""
STILL_S = 10.0
"""When nothing has ended for so long it is told what is done or waited for, and not more often."""
PAGE = 200
LATE_S, LATE_LOOKS = 0.05, 30
"""At the last look failures that are counted and not listed yet are waited for, so often at most:
the journal's next commit lists them. A job that fails as a whole lists one for all its items."""
BY_HAND = mark("save the page in a browser, and give its file and --url")
NEXT: dict[ErrorKind, str] = {
    ErrorKind.CORRUPT: mark("replace the file, then {retry}"),
    ErrorKind.UNSUPPORTED: mark("nothing here reads it; leave it out"),
    ErrorKind.UNREADABLE: mark("mend its permissions or its disk, then {retry}"),
    ErrorKind.VANISHED: mark("import it again when it is back"),
    ErrorKind.TOO_BIG: mark("leave it out, or make it smaller"),
    ErrorKind.TIMEOUT: mark("{retry} when there is less to do"),
    ErrorKind.MEMORY: mark("free memory, then {retry}"),
    ErrorKind.DISK_FULL: mark("make room on the disk, then {retry}"),
    ErrorKind.RATE_LIMITED: mark("wait a while, then {retry}"),
    ErrorKind.SERVER_ERROR: mark("wait a while, then {retry}"),
    ErrorKind.NETWORK: mark("mend the connection, then {retry}"),
    ErrorKind.NOT_FOUND: mark("mend the address"),
    ErrorKind.BLOCKED: BY_HAND,
    ErrorKind.JS_REQUIRED: BY_HAND,
    ErrorKind.INTERNAL: mark("a bug: 'soniq-tui log' tells more"),
}
"""What to do about a failure; where there is nothing better a retry is tried."""
RETRY = mark("{retry} tries it again")
STATES: dict[BatchState, str] = {
    BatchState.PAUSED: mark("paused; {unpause} goes on"),
    BatchState.PAUSING: mark("pausing: what runs stops at its next item"),
    BatchState.CANCELLING: mark("is being cancelled"),
    BatchState.CANCELLED: mark("cancelled; what is done stays"),
    BatchState.DONE: mark("done"),
    BatchState.FAILED: mark("failed: {error}"),
    BatchState.RUNNING: mark("running"),
}
BEGUN = mark("started")


@dataclass
class _Told:
    """What was said last of one batch."""

    state: BatchState | None = None
    undo: bool = False
    ended: int = 0
    at_s: float = 0.0
    failed: int = 0
    rows: int = 0
    """So many rows of its failures were looked at."""
    newest: int = 0
    """The number of the newest failure that was told."""
    still: str = ""
    still_at_s: float = 0.0
    """What was said last of what is done or waited for, and when it was looked at."""


class Teller:
    """Says what has changed since the last look.

    Args:
        say: writes one line.
        clock: seconds since 1970, for paces as well; None: the system's, and paces by a clock that
            nobody puts right.
    """

    every_s = EVERY_S

    def __init__(
        self,
        say: Callable[[str], None] = lambda line: out.say(out.hinted(line) + "\n"),
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._say = say
        self._day_clock, self._clock = clock or time.time, clock or time.monotonic
        self._told: dict[int, _Told] = {}
        self._queues: dict[str, tuple[object, ...]] = {}
        self._banner = ""
        self._looked_s = float("-inf")
        self._day = ""
        self.late = False
        """The last look came too soon: what was new is not said yet."""

    async def look(
        self, client: Client, view: Snapshot, batches: list[BatchView], *, last: bool = False
    ) -> None:
        """Say what has changed of these batches, and of what all share; ``last``: whenever it is.

        Raises:
            OSError, SoniqError: the client lost the engine.
        """
        now_s = self._clock()
        self.late = not last and now_s - self._looked_s < EVERY_S
        if self.late:
            return
        self._looked_s = now_s
        if view.banner != self._banner:
            self._banner = view.banner
            text = _("held back: {why}") if view.banner else _("nothing holds it back any more")
            self._tell(text.format(why=shown(known(view.banner))))
        for queue in view.queues:
            self._queue(queue)
        for batch in batches:
            await self._batch(client, view, batch, last=last)

    def end(self) -> None:
        """Nothing is left open: every line is whole."""

    # ---------------------------------------------------------------- one batch

    async def _batch(self, client: Client, view: Snapshot, batch: BatchView, *, last: bool) -> None:
        told = self._told.setdefault(batch.id, _Told())
        ended = batch.state in BATCH_ENDED
        if not ended:
            self._state(batch, told)
        if batch.items.failed != told.failed:
            await self._failures(client, batch, told, last=last or ended)
        if ended:
            self._state(batch, told)
        else:
            self._progress(batch, told)
            await self._still(client, view, batch, told)

    def _state(self, batch: BatchView, told: _Told) -> None:
        undo = batch.undo_s is not None
        if undo and not told.undo:
            text = _("is being cancelled; 'soniq-tui undo' takes it back for {n} s")
            self._of(batch, text.format(n=round(batch.undo_s or 0)))
        elif batch.state is not told.state and not undo:
            begins = told.state is None and batch.state is BatchState.RUNNING
            text = BEGUN if begins and not batch.items.ended else STATES[batch.state]
            unpause = f"'soniq-tui unpause {batch.id}'"
            words = _(text).format(unpause=unpause, error=shown(known(batch.error)))
            name = f"{batch.importer} {shown(label(batch.label), 60)}, "
            self._of(batch, words if told.state is not None else name + words)
        told.state, told.undo = batch.state, undo

    def _progress(self, batch: BatchView, told: _Told) -> None:
        items, now_s = batch.likely, self._clock()
        if told.at_s == 0.0:
            told.at_s, told.ended = now_s, items.ended
        if items.ended == told.ended or now_s - told.at_s < LEAST_S:
            return
        known = items.total > 0 and (not batch.growing or batch.expected is not None)
        before, after = (
            (_tenth(told.ended, items.total), _tenth(items.ended, items.total))
            if known
            else (_round(told.ended), _round(items.ended))
        )
        if before == after and now_s - told.at_s < MOST_S:
            return
        told.at_s, told.ended = now_s, items.ended
        self._of(batch, ", ".join(_amounts(batch, known=known)))

    async def _still(self, client: Client, view: Snapshot, batch: BatchView, told: _Told) -> None:
        """Say what a batch does or waits for of which nothing has ended for a while."""
        now_s = self._clock()
        if now_s - max(told.at_s, told.still_at_s) < STILL_S or batch.items.ended != told.ended:
            return
        told.still_at_s = now_s
        found = standing.at_work(view, batch)
        if standing.may_wait(batch):
            found = await standing.waits_for(client, view, batch)
        if found.text and found.text != told.still:
            self._of(batch, found.text)
        told.still = found.text

    async def _failures(self, client: Client, batch: BatchView, told: _Told, *, last: bool) -> None:
        """Say each failure that was not said yet; the rest of very many comes at the next look."""
        waits = LATE_LOOKS if last else 0
        while True:
            query = Query(view=View.ERRORS, batch_id=batch.id, offset=told.rows, limit=PAGE)
            try:
                page = await client.browse(query)
            except UsageError as exc:  # a recording without them
                told.failed = batch.items.failed
                self._of(batch, _("{n} failed: {why}").format(n=figure(told.failed), why=exc))
                return
            if page.total < told.rows:  # a retry has taken some away
                told.rows = 0
                continue
            for row in page.rows:
                if isinstance(row, ErrorRow) and row.id > told.newest:
                    told.newest = row.id
                    self._of(batch, failure(row))
            told.rows += len(page.rows)
            done = not page.rows or told.rows >= page.total
            # Failures are counted before they are listed, which the journal's next commit does.
            if done and waits and told.rows < batch.items.failed:
                waits -= 1
                await asyncio.sleep(LATE_S)
                continue
            if done and (last or told.rows >= batch.items.failed):
                told.failed = batch.items.failed
            if done or not last:
                return

    # ---------------------------------------------------------------- what all share

    def _queue(self, queue: QueueView) -> None:
        back = held_back(queue)
        now = (queue.held, queue.slots, queue.reason if back else "")
        before = self._queues.get(queue.name)
        self._queues[queue.name] = now
        if before == now or (before is None and not queue.held and not back):
            return
        name = shown(queue.name, 40)
        if before is not None and before[1] != queue.slots:
            slots = many("{n} slot", "{n} slots", queue.slots)
            self._tell(_("queue {queue}: {slots}").format(queue=name, slots=slots))
        if before is None or before[0] != queue.held:
            if queue.held:
                text = _("queue {queue}: held; 'soniq-tui release {queue}' lets it go on")
                self._tell(text.format(queue=name))
            elif before is not None:
                self._tell(_("queue {queue}: goes on").format(queue=name))
        if back:
            self._tell(_("queue {queue}: {why}").format(queue=name, why=shown(known(queue.reason))))

    # ---------------------------------------------------------------- lines

    def _of(self, batch: BatchView, text: str) -> None:
        self._tell(_("batch {number}: {text}").format(number=batch.id, text=text))

    def _tell(self, text: str) -> None:
        when = time.localtime(self._day_clock())
        day = time.strftime("%Y-%m-%d", when)
        if day != self._day:
            self._day = day
            self._say(day)
        self._say(f"{time.strftime('%H:%M:%S', when)} {text}")


def failure(row: ErrorRow) -> str:
    """Return a failure in one line: what, why, and what to do about it."""
    retry = f"'soniq-tui retry --job {row.job_id}'"
    step = NEXT.get(row.kind, RETRY)
    reason = _(": {reason}").format(reason=shown(known(row.reason))) if row.reason else ""
    next_step = _(step).format(retry=retry)
    return _("failed: {item}: {kind}{reason}; {next_step}").format(
        item=shown(row.item),
        kind=kind_word(row.kind.value),
        reason=reason,
        next_step=next_step,
    )


def _amounts(batch: BatchView, *, known: bool) -> list[str]:
    items = batch.likely
    text = _("{share} %: {done} of {total}") if known else _("{done} of {total} found so far")
    share = 100 * items.ended // max(1, items.total)
    if known and batch.growing:
        text, share = _("about {share} %: {done} of about {total}"), min(99, share)
    words = [text.format(share=share, done=figure(items.ended), total=figure(items.total))]
    if items.failed:
        failed = many("{n} failed", "{n} failed", items.failed)
        words.append(failed)
    if batch.items_per_s >= 1:
        words.append(_("{n} a second").format(n=figure(batch.items_per_s)))
    if batch.eta_s is not None:
        words.append(_("about {time} left").format(time=duration(batch.eta_s)))
    return words


def _tenth(ended: int, total: int) -> int:
    return 100 * ended // total // STEP


def _round(count: int) -> int:
    """Return the largest of 1, 2, 5, 10, 20, 50 and so on that is not more than ``count``."""
    if count < 1:
        return 0
    power: int = 10 ** (len(str(count)) - 1)
    return max(step * power for step in COUNTS if step * power <= count)
