"""Removes batches that have ended: because somebody asked for it, or because they are old enough.

A batch is gone with one commit, which deletes its row and notes which numbers were given to it.
What it leaves (failures, minutes, jobs with their runs and payloads) is removed behind that, slice
by slice and at rest most of the time: whoever waits for the disk waits for one slice at the most.
An engine that ends in between leaves rows that nobody finds any more, and the next one goes on.
"""

import asyncio
import json
import logging
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from soniq_tui.engine import answers
from soniq_tui.engine.reader import JournalFile
from soniq_tui.engine.takeover import BATCHES_SHOWN, in_words
from soniq_tui.errors import JournalError, UsageError
from soniq_tui.model.commands import Forget, Lost, Reply
from soniq_tui.model.events import BatchForgotten
from soniq_tui.model.job import BATCH_ENDED, Batch
from soniq_tui.words import _, steps

if TYPE_CHECKING:
    from soniq_tui.engine.engine import Engine

AT_ONCE = 100
"""So many batches go in one commit."""
NAMED_MOST = 20
"""So many are named in the log, of more the first."""
REST_S = 0.05
REST_SHARE = 3.0
"""Between two slices it rests so long, or so many times as long as the last one took."""
AGAIN_S, AGAIN_MOST_S = 5.0, 600.0
"""A slice that could not be removed is tried again after so long, then after twice as long ..."""
DAY_S = 86_400.0
FIRST_AT_S = 1_735_689_600.0
"""1 January 2025: nothing was in a journal before. A clock that says less starts in 1970."""
SLACK_S = 3600.0
"""So much a clock may have been put right by, and still be believed."""
log = logging.getLogger(__name__)


class Forgetting:
    """What goes, when, and how fast.

    Args:
        engine: the engine.
    """

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine
        self._began_at_s = time.time()
        self._looked_at_s, self._looked_s = self._began_at_s, engine.clock()
        """When old batches were looked for: by the clock on the wall, and by one nobody sets."""
        self._wanted = asyncio.Event()
        """Something is left to sweep."""
        self._clean = asyncio.Event()
        """Nothing is, as far as this engine knows."""
        self._clean.set()
        self._hurry = False
        self.unusable: dict[int, str] = {}
        """Batches of an earlier host that cannot be worked on, with why: they never end."""
        self._again_s = 0.0
        """After so long a slice that failed is tried again; 0 where none did."""

    # ---------------------------------------------------------------- because somebody asked

    async def carry_out(self, command: Forget) -> Reply:
        """Remove batches, or say what would go; returns when they are gone, on disk too.

        Raises:
            UsageError: one that is named is not there or has not ended, or nothing is meant.
        """
        engine = self._engine
        if not command.batches and command.ended_before_s is None:
            raise UsageError("name what is to be forgotten: batches, or before when they ended")
        if not await engine.settled():  # what has just ended is to be found
            return Reply(ok=False, text=answers.not_now(engine.blocked))
        named = command.batches if command.ended_before_s is None else ()
        found, stays = await self._looked(command, named)
        if command.dry_run:
            if stays:
                batch_id, why = next(iter(stays.items()))
                raise UsageError(why or gone_already(batch_id))
            numbers = [batch_id for batch_id, _ in found]
            whys = {i: self.unusable[i] for i in numbers if i in self.unusable}
            return Reply(lost=await self._weighed(numbers), text=in_words(whys))
        if not found and any(stays.values()):
            raise UsageError(next(filter(None, stays.values())))
        numbers, written = await self._forget(found)
        stays = await self._stays(named, set(numbers))
        text = answers.forgotten(len(numbers), list(stays.values()))
        text = text if written else steps([text, _(answers.UNWRITTEN)])
        return Reply(text=text, affected=len(numbers))

    async def swept(self) -> None:
        """Return when nothing is left of what was forgotten; it does not rest until then."""
        self._hurry = True
        await self._clean.wait()

    async def _looked(
        self, command: Forget, named: Sequence[int]
    ) -> tuple[list[tuple[int, float]], dict[int, str]]:
        """Return which batches can go, with when they ended, and why each other ``named`` stays.

        What ends while the journal is read is on its way there: then it is read once more.
        """
        live = self._engine.scheduler.live
        for last in (False, True):
            found = await self._found(command.batches, command.ended_before_s)
            stays = await self._stays(named, {batch_id for batch_id, _ in found})
            late = any(i in live and live[i].batch.state in BATCH_ENDED for i in stays)
            if last or not late or not await self._engine.settled():
                break
        return found, stays

    async def _found(
        self, batches: Sequence[int], before_s: float | None
    ) -> list[tuple[int, float]]:
        """Return those of some batches, or of all, that can go, with when they ended."""
        reader, live = self._engine.reader, self._engine.scheduler.live
        rows = await reader.call(ended, reader.file, batches, before_s)
        # Nobody works on these: they are removed by name, though they have not ended.
        found = [(i, time.time()) for i in dict.fromkeys(batches) if i in self.unusable]
        return (found if before_s is None else []) + [
            (batch_id, ended_at_s)
            for batch_id, ended_at_s in rows
            if batch_id not in live or live[batch_id].batch.state in BATCH_ENDED
        ]

    async def _stays(self, named: Sequence[int], gone: set[int]) -> dict[int, str]:
        """Return why each of those that are named and not ``gone`` stays; nothing: it was gone.

        Raises:
            UsageError: there never was such a batch.
        """
        reader, stays = self._engine.reader, dict[int, str]()
        scheduler = self._engine.scheduler
        for batch_id in named:
            live = scheduler.live.get(batch_id)
            if batch_id in gone:
                continue
            if batch_id in scheduler.forgotten:  # its row may still be on its way out
                stays[batch_id] = ""
                continue
            batch = live.batch if live else await reader.call(reader.file.batch, batch_id)
            if batch is not None:
                stays[batch_id] = not_ended(batch)
            elif batch_id <= (await reader.call(reader.file.last_ids))[0]:
                stays[batch_id] = ""
            else:
                raise UsageError(_unknown(batch_id))
        return stays

    async def _weighed(self, batches: Sequence[int]) -> Lost:
        """Return what goes with some batches; lists are read in between."""
        reader = self._engine.lists
        lost = Lost()
        for batch_id in batches:
            lost = await reader.call(weighed, reader.file, lost, batch_id)
        return lost

    async def _forget(self, found: Sequence[tuple[int, float]]) -> tuple[list[int], bool]:
        """Remove batches; return which, and whether that is on disk."""
        engine, numbers, written = self._engine, list[int](), True
        if found:
            self._clean.clear()
        try:
            for at in range(0, len(found), AT_ONCE):
                events = engine.scheduler.forget(found[at : at + AT_ONCE])
                gone = {event.batch_id for event in events if isinstance(event, BatchForgotten)}
                engine.failures.forget(gone)
                engine.upkeep.history.forget(gone)
                for batch_id in gone:
                    engine.pace.forget(batch_id)
                numbers += sorted(gone)
                written = await engine.apply_and_wait(events)
        finally:  # also where whoever asked leaves before the last of them is on disk
            self._gone(numbers)
        if numbers:
            newest = await engine.reader.call(engine.reader.file.batches, BATCHES_SHOWN)
            engine.scheduler.show_ended(newest)
            engine.bus.touch()  # now that no list finds them any more
        return numbers, written

    def _gone(self, numbers: Sequence[int]) -> None:
        """These are forgotten; what they leave is to be swept."""
        self._wanted.set()
        if numbers:
            more = ", …" if len(numbers) > NAMED_MOST else ""
            named = ", ".join(map(str, numbers[:NAMED_MOST]))
            log.info("batches forgotten: %d (%s%s)", len(numbers), named, more)
            for batch_id in numbers:
                self.unusable.pop(batch_id, None)
            self._engine.left_out = in_words(self.unusable)

    # ---------------------------------------------------------------- by and by

    async def run(self) -> None:
        """Remove what is to be removed, until cancelled.

        An engine that was only begun to carry out a command leaves to others what it was not asked
        for. No timer runs unless ``engine.keep_days`` is set, and then one for each day, or a slice
        could not be removed.
        """
        engine = self._engine
        works, days = not engine.ending, engine.settings.engine.keep_days
        if works:
            await self._left_behind()
        due_s = -math.inf
        while True:
            if works and days and engine.clock() - due_s >= DAY_S:
                first, due_s = due_s < 0, engine.clock()
                await self._forget_old(days, first=first)
            if self._wanted.is_set():
                self._wanted.clear()
                await self._sweep()
            if not self._wanted.is_set():
                self._clean.set()
            waits = [due_s + DAY_S - engine.clock()] if works and days else []
            waits += [self._again_s] if self._again_s else []
            with suppress(TimeoutError):
                async with asyncio.timeout(min(waits, default=None)):
                    await self._wanted.wait()
            if self._again_s:
                self._wanted.set()

    async def _left_behind(self) -> None:
        """Go on with what an engine that ended has left to sweep."""
        reader = self._engine.reader
        try:
            rows = await reader.call(reader.file.select, "left_behind")
        except JournalError as exc:  # whoever needs what cannot be read says so
            log.warning("what forgotten batches left is removed later: %s", exc)
            self._again_s = AGAIN_S
            return
        if rows[0][0] is not None:
            self._wanted.set()

    async def _forget_old(self, days: int, *, first: bool = False) -> None:
        """Forget what ended so many days ago; ``first``: this engine has just begun.

        Then a clock may be wrong that is put right soon. Where all that was done before is so old,
        it is looked at once more a day later, or by the next engine.
        """
        reader, before_s = self._engine.reader, time.time() - days * DAY_S
        if self._jumped() and not first:
            log.info(
                "the clock went on by days, or the machine slept: "
                "nothing is forgotten before tomorrow"
            )
            return
        try:
            if first:
                moment = {"before_s": self._began_at_s}
                rows = await reader.call(reader.file.select, "newest_moment", moment)
                if (rows[0][0] or math.inf) < before_s:
                    log.info("all is that old: nothing is forgotten before tomorrow")
                    return
            await self._forget(await self._found((), before_s))
        except JournalError as exc:
            log.warning("old batches are kept for now: %s", exc)

    def _jumped(self) -> bool:
        """Whether the clock went on by a day more than passed since this was asked last."""
        now_at_s, now_s = time.time(), self._engine.clock()
        ahead_s = now_at_s - self._looked_at_s - (now_s - self._looked_s)
        self._looked_at_s, self._looked_s = now_at_s, now_s
        return ahead_s > DAY_S

    async def _sweep(self) -> None:
        """Remove slice after slice until nothing is left."""
        journal, clock = self._engine.journal, self._engine.clock
        more = True
        while more:
            began_s = clock()
            try:
                more = await journal.sweep(hurry=self._hurry)
            except JournalError as exc:
                if not self._again_s:
                    log.warning("what forgotten batches left is removed later: %s", exc)
                self._again_s = min(max(2 * self._again_s, AGAIN_S), AGAIN_MOST_S)
                return
            self._again_s = 0.0
            if not self._hurry:
                await asyncio.sleep(max(REST_S, REST_SHARE * (clock() - began_s)))


def ended(
    file: JournalFile, batches: Sequence[int], before_s: float | None
) -> list[tuple[int, float]]:
    """Return those of some batches, or of all, that have ended by the journal, with when.

    Before an infinite time all have ended; before any other those whose time can be true.
    """
    values: dict[str, object] = {"batches": json.dumps(batches) if batches else None}
    name = "ended_batches"
    if before_s is not None and before_s < math.inf:
        name = "ended_before"
        values |= {"before_s": before_s, "now_at_s": time.time()}
        values |= {"first_at_s": FIRST_AT_S, "slack_s": SLACK_S}
    return [(row["id"], row["ended_at_s"] or 0.0) for row in file.select(name, values)]


def weighed(file: JournalFile, lost: Lost, batch_id: int) -> Lost:
    """Return what goes when one more batch goes."""
    jobs, failures, size = file.select("weigh_batch", {"batch_id": batch_id})[0]
    return Lost(
        batches=(*lost.batches, batch_id),
        jobs=lost.jobs + jobs,
        failures=lost.failures + failures,
        bytes=lost.bytes + size,
    )


def not_ended(batch: Batch) -> str:
    """Return why a batch is not forgotten that is there."""
    return f"batch {batch.id} is {batch.state}: only what has ended can be forgotten"


def gone_already(batch_id: int) -> str:
    """Return why a batch cannot be forgotten whose number was given and is nobody's any more."""
    return f"batch {batch_id} was forgotten already"


def _unknown(batch_id: int) -> str:
    return f"there is no batch {batch_id}; 'soniq-tui status' names them"
