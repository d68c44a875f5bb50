"""What keys do to batches and jobs: each becomes one command of the model."""

import dataclasses
from collections.abc import Awaitable, Callable

from soniq_tui.errors import SoniqError
from soniq_tui.model.commands import (
    Autoscale,
    Cancel,
    Cause,
    Command,
    Hold,
    Pause,
    Resize,
    Resume,
    Retry,
    ShiftPriority,
    Target,
    Undo,
)
from soniq_tui.model.snapshot import CauseRow, JobRow
from soniq_tui.ui import formats
from soniq_tui.ui.actions.can import demo
from soniq_tui.ui.control import Control
from soniq_tui.ui.situation import (
    PAUSED_BATCH,
    PAUSED_JOB,
    Situation,
    is_stopped,
    open_batches,
    queue_of,
)
from soniq_tui.words import _, many

MANY = 100
"""More jobs than this are changed at once only after a question with their number."""


def target_of(now: Situation) -> Target:
    """Return what the marked row means: its job, else its batch."""
    if now.job is not None:
        return Target(jobs=(now.job.id,))
    return Target(batches=(now.batch.id,)) if now.batch is not None else Target()


def cause_of(row: CauseRow) -> Cause:
    """Return a cause as a command means it."""
    return Cause(batch_id=row.batch_id, stage=row.stage, kind=row.kind, reason=row.reason)


def jobs_meant(now: Situation) -> int:
    """Return how many jobs a command on the marked row would change, as far as the screen knows."""
    if now.job is not None:
        return 1
    return now.batch.running + now.batch.waiting if now.batch is not None else 0


class Deeds(Control):
    """Pause, cancel, retry, priorities, queues, demo."""

    async def do_jobs_pause(self) -> None:
        """Pause the marked job or batch, or resume it."""
        now = self.top.situation()
        await self.ask(
            Resume(target=target_of(now)) if _is_paused(now) else Pause(target=target_of(now))
        )

    async def do_jobs_freeze(self) -> None:
        """Stop the marked job where it is."""
        reply = await self.ask(Pause(target=target_of(self.top.situation()), hard=True))
        if reply is not None and reply.ok and not reply.text:
            stopped = "stopped where it is; its clock stands still, space resumes it"
            self.top.flash(stopped if reply.affected else "that job does not run any more")

    async def do_all_pause(self) -> None:
        """Pause everything, or resume everything once all of it is paused."""
        batches = open_batches(self.snapshot)
        paused = bool(batches) and all(b.state in PAUSED_BATCH for b in batches)
        await self.ask(Resume(target=Target()) if paused else Pause(target=Target()))

    def do_jobs_cancel(self) -> None:
        """Cancel the marked job or batch; five seconds to take it back."""
        now = self.top.situation()
        count = jobs_meant(now)
        command = Cancel(target=target_of(now), undo_s=self.undo_s)
        question = f"Cancel {_name_of(now)}: {formats.plural(count, 'job')}?"
        self.when_sure(count, question, "For 5 s u takes it back; what is done stays.", command)

    async def do_jobs_undo(self) -> None:
        """Take the newest cancel back."""
        await self.ask(Undo())

    def do_jobs_retry(self) -> None:
        """Retry what failed of the marked row."""
        now = self.top.situation()
        if now.cause is not None:
            self.retry_cause(now.cause)
            return
        failed = now.batch.items.failed if now.batch is not None else 0
        count = 1 if now.job is not None else failed
        command, name = Retry(target=target_of(now)), _name_of(now)
        question = f"Retry {name}: {formats.plural(count, 'failed item')}?"
        self.when_sure(count, question, "They are queued again.", command)

    def retry_cause(self, cause: CauseRow) -> None:
        """Retry the jobs behind one cause, and no others."""
        target = Target(causes=(cause_of(cause),))
        jobs = many("Retry {n} job", "Retry {n} jobs", cause.jobs).format(
            n=formats.count(cause.jobs)
        )
        items = many("{n} failed item", "{n} failed items", cause.count)
        question = f"{jobs}: {items.format(n=formats.count(cause.count))}?"
        note = _("A job runs again whole: what else failed in it is tried too.")
        self.when_sure(cause.jobs, question, note, Retry(target=target))

    def do_all_retry(self) -> None:
        """Retry everything that failed."""
        batches = self.snapshot.batches if self.snapshot else ()
        failed = [b for b in batches if b.items.failed]
        count = sum(b.items.failed for b in failed)
        command = Retry(target=Target(batches=tuple(b.id for b in failed)))
        question = f"Retry everything that failed: {formats.plural(count, 'item')}?"
        self.when_sure(count, question, "They are queued again.", command)

    async def do_priority_more(self) -> None:
        """Let the marked row start sooner."""
        await self._shift_priority(1)

    async def do_priority_less(self) -> None:
        """Let the marked row start later."""
        await self._shift_priority(-1)

    async def _shift_priority(self, step: int) -> None:
        now = self.top.situation()
        reply = await self.ask(ShiftPriority(target=target_of(now), step=step))
        if reply is not None and reply.ok and not reply.text:
            word = "raised" if step > 0 else "lowered"
            to = "" if now.job or not now.batch else f" to {now.batch.priority + step:+d}"
            self.top.flash(f"priority {word}{to}: {_name_of(now)}", "")

    async def do_queue_hold(self) -> None:
        """Hold the queue in view, or release it."""
        queue = queue_of(self.top.situation())
        if queue is not None:
            await self._change_queue(Hold(queue=queue.name, held=not queue.held))

    async def do_queue_autoscale(self) -> None:
        """Let the engine choose the slots in use of the queue in view, or not."""
        queue = queue_of(self.top.situation())
        if queue is not None:
            await self._change_queue(Autoscale(queue=queue.name, on=not queue.autoscaled))

    async def _change_queue(self, command: Hold | Autoscale) -> None:
        reply = await self.ask(command)
        if reply is None or not reply.ok or reply.text:
            return
        if isinstance(command, Hold):
            done = "held: what runs goes on, nothing more starts" if command.held else "released"
        else:
            done = f"autoscale {'on' if command.on else 'off: all its slots are used'}"
        self.top.flash(f"{command.queue} {done}", "")

    async def do_slots_more(self) -> None:
        """Give the queue in view one slot more."""
        await self._resize(1)

    async def do_slots_less(self) -> None:
        """Take one slot from the queue in view."""
        await self._resize(-1)

    async def _resize(self, step: int) -> None:
        queue = queue_of(self.top.situation())
        if queue is None:
            return
        slots = queue.slots + step
        reply = await self.ask(Resize(queue=queue.name, slots=slots))
        if reply is not None and reply.ok and not reply.text:
            self.top.flash(f"{queue.name}: {formats.plural(slots, 'slot')}", "")

    async def do_demo_run(self) -> None:
        """Run the demo batches."""
        now = dataclasses.replace(self.top.situation(), snapshot=self.latest)
        # The view may be frozen: what counts is the engine as it is.
        if reason := demo(now):
            self.top.flash(f"demo: {reason}")
        if reason or self.run_demo is None:
            return
        try:
            reply = await self.run_demo()
        except (SoniqError, OSError) as error:
            self.top.flash(str(error), "bad")
        else:
            self.top.flash(reply.text or "the demo is running", "ok" if reply.ok else "bad")

    async def do_now(self, command: Command) -> None:
        """Send a command; note when it was a cancel, for that can be taken back."""
        reply = await self.ask(command)
        if isinstance(command, Cancel) and reply is not None and reply.ok:
            self.cancelled_s = self.now_s()
            if not reply.text:
                self.top.flash("cancelled; u takes it back")
            self.top.offer_keys()

    def when_sure(self, count: int, question: str, note: str, command: Command) -> None:
        """Send ``command``, after a question where it means many jobs."""
        if count <= MANY:
            self.call_later(self.do_now, command)
            return
        from soniq_tui.ui.screens.confirm import Confirm

        def answered(yes: object) -> None:
            if yes:
                self.call_later(self.do_now, command)

        self.push_screen(Confirm(question, note), answered)


def _is_paused(now: Situation) -> bool:
    if now.job is not None:
        return now.job.state in PAUSED_JOB or is_stopped(now)
    return now.batch is not None and now.batch.state in PAUSED_BATCH


def _name_of(now: Situation) -> str:
    if isinstance(now.job, JobRow):
        return now.job.label
    return f"{now.batch.importer} {now.batch.label}" if now.batch is not None else "everything"


Deed = Callable[[], Awaitable[None] | None]
"""What an action's method looks like."""
