"""Follows one job: what its slot tells at once, what the engine knows beyond that a moment later.

Asks once for each move of the job, at most once a second while it runs and says something, and not
at all while nothing moves.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import time

import msgspec

from soniq_tui.errors import SoniqError
from soniq_tui.model.details import JobDetail
from soniq_tui.model.job import HOLDS_SLOT, TERMINAL
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import JobRow, Snapshot
from soniq_tui.ui.action_context import batch_in
from soniq_tui.ui.job_lines import Known

KEPT = 500
"""So many lines of output are held here; the engine has fewer."""
REST_S = 0.15
"""A cursor that moves on within this time asks for nothing."""
AGAIN_S = 1.0
"""What a running job says is asked for this often."""
_Look = tuple[object, ...]


class JobWatch:
    """Of one job at a time.

    Args:
        client: gives the engine, None while there is none.
        changed: called when more is known.
        clock: seconds that never go back.
    """

    def __init__(
        self,
        client: Callable[[], Client | None],
        changed: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._client, self._changed, self._clock = client, changed, clock
        self.job: JobRow | None = None
        self.lost = False
        self.gone = False
        """The engine knew it and knows it no more: its batch was forgotten."""
        self.problem = ""
        """Why the engine could not tell, the last time it was asked."""
        self._in_slot = False
        self._seen: Snapshot | None = None
        """The newest snapshot since the job is followed."""
        self._detail: JobDetail | None = None
        self._fetched_at_s = 0.0
        self._output: deque[str] = deque(maxlen=KEPT)
        self._after = self._missed = 0
        self._task: asyncio.Task[None] | None = None
        self._asked: _Look = ()
        """How the job looked when the engine was last asked."""
        self._asked_s = 0.0

    @property
    def known(self) -> Known | None:
        """All that is known of the job; None while there is none."""
        if self.job is None:
            return None
        return Known(
            self.job,
            self._detail,
            self._fetched_at_s,
            tuple(self._output),
            self._missed,
            self.lost,
            gone=self.gone,
        )

    def turn_to(self, job: JobRow | None) -> None:
        """Follow another job, or a newer row of the same."""
        before, self.job = self.job, job
        if job is None or before is None or before.id != job.id:
            self.close()
            self.lost = self.gone = self._in_slot = False
            self._seen = None
            self._detail, self._asked = None, ()
            self._output.clear()
            self._after = self._missed = 0
            if job is not None:
                self._task = asyncio.create_task(self._rest_and_ask(job), name="job")

    def take(self, snapshot: Snapshot) -> None:
        """Learn from the job's slot; ask the engine where the job moved, or may have said more."""
        job = self.job
        if job is None:
            return
        slot = next((s for s in snapshot.slots if s.job_id == job.id), None)
        self._in_slot = slot is not None
        if slot is not None:
            self.lost = False
            job = self.job = msgspec.structs.replace(
                job,
                queue=slot.queue,
                state=slot.state,
                stage=slot.stage,
                run_s=slot.run_s,
                attempt=slot.attempt,
            )
        look, now_s = self._look(job, snapshot), self._clock()
        if self._seen is None:  # the question that is on its way is about what is seen now
            self._asked = look
        self._seen = snapshot
        due = now_s - self._asked_s >= AGAIN_S
        moved = look != self._asked and (due or look[:6] != self._asked[:6])
        idle = self._task is None or self._task.done()
        if idle and (moved or (slot is not None and due)):
            self._asked, self._asked_s = look, now_s
            self._task = asyncio.create_task(self._ask(job, moved=moved), name="job")

    def _look(self, job: JobRow, snapshot: Snapshot) -> _Look:
        """Return what changes when there is something to ask: first how the job looks by itself."""
        batch = batch_in(snapshot, job.batch_id)
        look: _Look = (not self._in_slot, job.state, job.stage, job.attempt, job.error, not batch)
        if self._in_slot:
            return look
        if job.state not in TERMINAL or batch is None:
            return (*look, snapshot.version)  # nobody tells where it is but the engine
        # An ended job moves only when it is queued again, and then no longer counts as failed.
        return (*look, batch.state, batch.items.failed)

    async def _rest_and_ask(self, job: JobRow) -> None:
        await asyncio.sleep(REST_S)
        self._asked_s = self._clock()
        if self._seen is not None:
            self._asked = self._look(self.job or job, self._seen)
        await self._ask(job, moved=True)

    async def _ask(self, job: JobRow, *, moved: bool) -> None:
        """Ask what a job said, and where it ``moved`` for everything."""
        client = self._client()
        if client is None:
            return
        detail = self._detail
        try:
            if moved or detail is None:
                detail = await client.job(job.id)
            output = await client.output(job.id, self._after)
        except (SoniqError, OSError) as error:
            self.problem = str(error)
            self._changed()
            return
        self.problem = ""
        self._missed += output.missed
        self._after = output.after
        self._missed += max(0, len(self._output) + len(output.lines) - KEPT)
        self._output.extend(output.lines)
        known = self._detail is not None
        self.gone = detail is None and known and job.state not in HOLDS_SLOT
        self.lost = detail is None and job.state in HOLDS_SLOT and not self._in_slot
        if detail is not None and detail is not self._detail:
            self._detail, self._fetched_at_s = detail, time()
            self.job = detail.job
        self._changed()

    def close(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
