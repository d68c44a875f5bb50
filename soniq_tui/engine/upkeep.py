"""What is looked after once a second while there is work: load, slots in use, limits, history.

No timer runs while nothing does: the loop then waits for the engine to move.
"""

import asyncio
import logging
import math
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from soniq_tui.engine import backup
from soniq_tui.engine.autoscale import QueueLoad
from soniq_tui.engine.forgetting import Forgetting
from soniq_tui.engine.history import History
from soniq_tui.engine.journal_errors import BACKUP
from soniq_tui.engine.load import Load
from soniq_tui.engine.narrator import Narrator
from soniq_tui.engine.regulator import Regulator
from soniq_tui.engine.retry import NO_ROOM_S
from soniq_tui.errors import MORE_PROCESSES, SoniqError
from soniq_tui.model.events import Event, Scaled
from soniq_tui.model.job import ErrorKind, JobState, Outcome
from soniq_tui.model.snapshot import ScaleRow
from soniq_tui.model.text import shown

if TYPE_CHECKING:
    from soniq_tui.engine.engine import Engine

LOOK_S = 1.0
"""Load is measured, and decided upon, this often while there is work."""
HURRY_S = 0.05
"""A queue that needs more slots is looked at after this time already."""
SETTLE_S = 31.0
"""So long after the last work slots in use are looked at once more: they shrink after 30 s."""
SCALED_KEPT = 20
log = logging.getLogger(__name__)


class Upkeep:
    """Measures the machine and lets the regulator decide what the engine may use of it."""

    def __init__(self, engine: "Engine") -> None:
        settings = engine.settings.engine
        self._engine = engine
        self.load = Load(Path(settings.machine_root))
        self.regulator = Regulator(settings, self.load, engine.settings.data_path)
        self.history = History()
        self.narrator = Narrator()
        self.forgetting = Forgetting(engine)
        self.scaled: deque[ScaleRow] = deque(maxlen=SCALED_KEPT)
        self.banner = ""
        """Why nothing, or less, is started; empty when all is well."""
        self.may_start = True
        self._lack, self._lack_s = "", -math.inf
        """What keeps jobs waiting by no fault of theirs, and when that was met last."""
        self._looked_s = -LOOK_S
        self._hurried_s = -LOOK_S
        self._backup_s = engine.clock()
        self._backup: asyncio.Task[None] | None = None

    # ---------------------------------------------------------------- looking

    def before_start(self, now_s: float) -> bool:
        """Look again where that is due; return whether jobs may be started."""
        if now_s - self._looked_s >= LOOK_S:
            self.look(now_s)
        return self.may_start

    def hurry(self, now_s: float) -> bool:
        """Let queues with work for more slots have them at once; return whether one got some."""
        if now_s - self._hurried_s < HURRY_S:
            return False
        queues = self._engine.scheduler.queues.values()
        if not any(q.autoscaled and q.depth and len(q.busy) >= q.target < q.slots for q in queues):
            return False
        self._hurried_s = now_s
        return self._decide(now_s)

    def look(self, now_s: float) -> None:
        """Measure, and decide."""
        self._looked_s = now_s
        self.load.sample(self._engine.pids())
        self._decide(now_s)

    def _decide(self, now_s: float) -> bool:
        engine = self._engine
        loads = [
            QueueLoad(
                name=queue.name,
                scaling=queue.settings.scaling,
                slots=queue.slots,
                target=queue.target,
                backlog=queue.depth - queue.delayed,
                active=len(queue.busy),
            )
            for queue in engine.scheduler.queues.values()
            if queue.autoscaled
        ]
        verdict = self.regulator.look(now_s, loads)
        events: list[Event] = []
        for name, decision in verdict.decisions.items():
            events += engine.scheduler.set_target(name, decision.target, decision.reason)
        banner = verdict.banner or self._lack_words(now_s)
        if banner != self.banner or verdict.may_start != self.may_start:
            if banner:
                log.warning("%s", banner)
            elif self.banner:
                log.info("all is well again")
            self.banner, self.may_start = banner, verdict.may_start
            engine.bus.touch()
        engine.apply(events)
        return any(isinstance(e, Scaled) and e.after > e.before for e in events)

    def _lack_words(self, now_s: float) -> str:
        return self._lack if now_s - self._lack_s <= 2 * NO_ROOM_S else ""

    def _note_lack(self, outcome: Outcome) -> None:
        why = shown(outcome.reason, 200)
        if outcome.kind is ErrorKind.DISK_FULL:
            lack = f"no room: {why}; free some space, work goes on by itself"
        elif outcome.kind is ErrorKind.CRASHED and outcome.blameless:
            lack = f"{why}; {MORE_PROCESSES}; work goes on by itself"
        else:
            return
        now_s = self._engine.clock()
        if not self._lack_words(now_s):  # others of its kind say no more
            self._looked_s = -LOOK_S  # said at the next start, not after the next wait
        self._lack, self._lack_s = lack, now_s

    def was_scaled(self, event: Scaled) -> None:
        """Remember a scale event, and log it; not of a queue that has had nothing to do."""
        queue = self._engine.scheduler.queues[event.queue]
        worked = queue.busy or queue.depth or self._engine.pace.queue(event.queue).ended
        if event.before != event.after and worked:
            if event.after < event.before:
                ahead = self._engine.dispatcher.ahead
                ahead.recall_queue(queue)
            log.info(
                "queue %s: %d -> %d slots in use (%s)",
                event.queue,
                event.before,
                event.after,
                event.reason,
            )
            self.scaled.append(
                ScaleRow(
                    at_s=time.time(),
                    queue=event.queue,
                    before=event.before,
                    after=event.after,
                    reason=event.reason,
                )
            )

    def stage_ended(
        self, batch_id: int, queue: str, outcome: Outcome, items: tuple[int, int], now_at_s: float
    ) -> None:
        """Learn from a stage that ended: what it took of memory, and what the history says.

        ``items`` are those that ended, and those of them that failed.
        """
        self.regulator.note_rss(queue, outcome.rss_bytes)
        self._note_lack(outcome)
        failed = outcome.state is JobState.FAILED and not outcome.back
        self.history.add(
            batch_id,
            queue,
            jobs=0 if outcome.state in {JobState.PAUSED, JobState.CANCELLED} else 1,
            failed=int(failed),
            items=items[0],
            errors=items[1],
            busy_s=outcome.run_s,
            now_at_s=now_at_s,
        )

    # ---------------------------------------------------------------- the loop

    async def run(self) -> None:
        """Look after everything until cancelled."""
        bus = self._engine.bus
        settled = True
        while True:
            version = bus.version
            if self._engine.has_work or not self.may_start:
                settled = False
                self._tick()
                await asyncio.sleep(LOOK_S)
                continue
            self._rest()
            if settled:
                await bus.changed(version)
                continue
            try:
                async with asyncio.timeout(SETTLE_S):
                    await bus.changed(version)
            except TimeoutError:
                settled = True
                self.look(self._engine.clock())

    def _tick(self) -> None:
        now_s = self._engine.clock()
        self.look(now_s)
        self._engine.dispatcher.ahead.recall_all()  # nothing waits long behind what takes longer
        self._engine.runs.keep_limits()
        self._record(final=False)
        every_s = self._engine.settings.engine.backup_every_min * 60.0
        if every_s and now_s - self._backup_s >= every_s and self._backup is None:
            self._backup_s = now_s
            self._backup = asyncio.create_task(self._copy(), name="backup")
        self._engine.wake()

    def _rest(self) -> None:
        """Nothing is left to do for now."""
        self._record(final=True)
        known = self.load.cpu_percent is not None
        self.load.rest()  # an old figure would be a lie
        if known:
            self._engine.bus.touch()

    def _record(self, *, final: bool) -> None:
        counted = self.history.flush() if final else self.history.due(time.time())
        if counted is not None:
            self._engine.apply([counted])

    async def _copy(self) -> None:
        path = self._engine.journal.path
        try:
            await asyncio.to_thread(backup.copy, path, path.with_name(BACKUP))
        except (SoniqError, OSError) as exc:
            log.warning("no backup of the journal: %s", exc)
        finally:
            self._backup = None

    async def close(self) -> None:
        """Write what was counted; wait for a backup that is being made."""
        self._record(final=True)
        if self._backup is not None:
            await self._backup
