"""What keys do to batches and jobs: each becomes one command of the model."""

import asyncio
import dataclasses
import os
from collections.abc import Callable

from soniq_tui.errors import SoniqError
from soniq_tui.model.commands import (
    Autoscale,
    Cancel,
    Cause,
    Command,
    Hold,
    Pause,
    Reply,
    Resize,
    Resume,
    Retry,
    ShiftPriority,
    Target,
    Undo,
)
from soniq_tui.model.snapshot import CauseRow, JobRow
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, page_upload, pager
from soniq_tui.ui.action_context import (
    PAUSABLE_JOBS,
    PAUSED_BATCH,
    PAUSED_JOB,
    ActionContext,
    is_stopped,
    open_batches,
    queue_of,
)
from soniq_tui.ui.actions.can import demo
from soniq_tui.ui.control import Control
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.screens.marking import Marking
from soniq_tui.words import _, many, steps
from soniq_tui.words.told import label

MANY = 100
"""More jobs than this are changed at once only after a question with their number."""
REPEATED = (ShiftPriority,)
"""What is pressed several times in a row: marks stay for the next time."""


def target_of(now: ActionContext) -> Target:
    """Return what is meant: what is marked, else the job under the cursor, else its batch."""
    if now.marked is not None:
        return now.marked.target
    if now.job is not None:
        return Target(jobs=(now.job.id,))
    return Target(batches=(now.batch.id,)) if now.batch is not None else Target()


def cause_of(row: CauseRow) -> Cause:
    """Return a cause as a command means it."""
    return Cause(batch_id=row.batch_id, stage=row.stage, kind=row.kind, reason=row.reason)


def jobs_meant(now: ActionContext) -> int:
    """Return how many jobs a command would change, as far as the screen knows."""
    if now.marked is not None:
        return now.marked.jobs
    if now.job is not None:
        return 1
    return now.batch.running + now.batch.waiting if now.batch is not None else 0


class JobCommands(Control):
    """Pause, cancel, retry, priorities, queues, demo, and what leads out of the console."""

    def do_jobs_pause(self) -> None:
        """Pause what is meant, or resume it."""
        now = self.top.context()
        count, name, target = jobs_meant(now), _name_of(now), target_of(now)
        if _is_paused(now):
            question = many("Resume {name}: {n} job?", "Resume {name}: {n} jobs?", count)
            note = _("They wait for a slot again.")
            command: Command = Resume(target=target)
        else:
            question = many("Pause {name}: {n} job?", "Pause {name}: {n} jobs?", count)
            note, command = _("What runs stops at its next item."), Pause(target=target)
        # A whole batch is paused with one key and resumed with the same.
        asked = count if now.marked is not None else 0
        self.when_sure(asked, question.format(name=name), note, command)

    def do_jobs_freeze(self) -> None:
        """Stop what is meant where it is."""
        now = self.top.context()
        count = now.marked.jobs if now.marked is not None else 0
        question = many("Stop {name}: {n} job?", "Stop {name}: {n} jobs?", count)
        question = question.format(name=_name_of(now))
        note = _("What runs is stopped where it is and keeps its slot; what waits is paused.")
        self.when_sure(count, question, note, Pause(target=target_of(now), hard=True))

    async def do_all_pause(self) -> None:
        """Pause everything, or resume everything once all of it is paused."""
        batches = open_batches(self.snapshot)
        paused = bool(batches) and all(b.state in PAUSED_BATCH for b in batches)
        await self.ask(Resume(target=Target()) if paused else Pause(target=Target()))

    def do_jobs_cancel(self) -> None:
        """Cancel what is meant; five seconds to take it back."""
        now = self.top.context()
        count = jobs_meant(now)
        command = Cancel(target=target_of(now), undo_s=self.undo_s)
        question = many("Cancel {name}: {n} job?", "Cancel {name}: {n} jobs?", count)
        note = _("For {n} s {key} takes it back; what is done stays.")
        note = note.format(n=f"{self.undo_s:.0f}", key=pressed("jobs.undo"))
        self.when_sure(count, question.format(name=_name_of(now)), note, command)

    async def do_jobs_undo(self) -> None:
        """Take back what the engine says can be."""
        await self.ask(Undo())

    def do_jobs_retry(self) -> None:
        """Retry what failed of what is meant."""
        now = self.top.context()
        if now.marked is None and now.cause is not None:
            self.retry_cause(now.cause)
            return
        note = _("They are queued again.")
        if now.marked is not None:
            count = now.marked.jobs
            question = many("Retry {name}: {n} job?", "Retry {name}: {n} jobs?", count)
        else:
            failed = now.batch.items.failed if now.batch is not None else 0
            count = 1 if now.job is not None else failed
            note = _("The jobs they are in are queued again.")
            question = many(
                "Retry {name}: {n} failed item?", "Retry {name}: {n} failed items?", count
            )
        question = question.format(name=_name_of(now))
        self.when_sure(count, question, note, Retry(target=target_of(now)))

    def do_page_give(self) -> None:
        """Ask for the page of the address that is meant, and have it imported."""
        from soniq_tui.ui.screens.page_upload import PageUpload

        importer, url = page_upload.meant(self.top.context())

        async def hand_over(what: str, page: str) -> None:
            if self.client is not None:
                self.top.flash(*await page_upload.give(self.client, importer, url, what, page))

        def given(answer: object) -> None:
            if isinstance(answer, tuple):
                self.run_worker(hand_over(*answer), group="give")

        self.push_screen(PageUpload(url), given)

    def retry_cause(self, cause: CauseRow) -> None:
        """Retry the jobs behind one cause, and no others."""
        target = Target(causes=(cause_of(cause),))
        jobs = many("Retry {n} job", "Retry {n} jobs", cause.jobs)
        items = many("{n} failed item", "{n} failed items", cause.count)
        question = _("{jobs}: {items}?").format(jobs=jobs, items=items)
        note = _("A job runs again whole: what else failed in it is tried too.")
        self.when_sure(cause.jobs, question, note, Retry(target=target))

    def do_all_retry(self) -> None:
        """Retry everything that failed."""
        batches = self.snapshot.batches if self.snapshot else ()
        failed = [b for b in batches if b.items.failed]
        count = sum(b.items.failed for b in failed)
        command = Retry(target=Target(batches=tuple(b.id for b in failed)))
        question = many(
            "Retry everything that failed: {n} item?",
            "Retry everything that failed: {n} items?",
            count,
        )
        self.when_sure(count, question, _("The jobs they are in are queued again."), command)

    def do_priority(self, step: int) -> None:
        """Let what is meant start sooner, or later."""
        now = self.top.context()
        count = now.marked.jobs if now.marked is not None else 0
        if step > 0:
            question = many(
                "Raise the priority of {name}: {n} job?",
                "Raise the priority of {name}: {n} jobs?",
                count,
            )
        else:
            question = many(
                "Lower the priority of {name}: {n} job?",
                "Lower the priority of {name}: {n} jobs?",
                count,
            )
        question = question.format(name=_name_of(now))
        note = _("They start sooner or later than others of their batch.")
        self.when_sure(count, question, note, ShiftPriority(target=target_of(now), step=step))

    async def do_queue_hold(self) -> None:
        """Hold the queue in view, or release it."""
        queue = queue_of(self.top.context())
        if queue is not None:
            await self._change_queue(Hold(queue=queue.name, held=not queue.held))

    async def do_queue_autoscale(self) -> None:
        """Let the engine choose the slots in use of the queue in view, or not."""
        queue = queue_of(self.top.context())
        if queue is not None:
            await self._change_queue(Autoscale(queue=queue.name, on=not queue.autoscaled))

    async def _change_queue(self, command: Hold | Autoscale) -> None:
        reply = await self.ask(command)
        self.done_s = self.now_s()
        if reply is None or not reply.ok or reply.text:
            return
        if isinstance(command, Hold) and command.held:
            done = _("{queue} held: what runs goes on, nothing more starts")
        elif isinstance(command, Hold):
            done = _("{queue} released")
        elif command.on:
            done = _("{queue} autoscale on")
        else:
            done = _("{queue} autoscale off: all its slots are used")
        self.top.flash(done.format(queue=command.queue), "")

    async def do_slots(self, step: int) -> None:
        """Give the queue in view one slot more, or less."""
        queue = queue_of(self.top.context())
        if queue is None:
            return
        slots = queue.slots + step
        reply = await self.ask(Resize(queue=queue.name, slots=slots))
        self.done_s = self.now_s()
        if reply is not None and reply.ok and not reply.text:
            text = many("{queue}: {n} slot", "{queue}: {n} slots", slots)
            self.top.flash(text.format(queue=queue.name), "")

    async def do_demo_run(self) -> None:
        """Run the demo."""
        now = dataclasses.replace(self.top.context(), snapshot=self.latest)
        # The view may be frozen: what counts is the engine as it is.
        if reason := demo(now):
            self.top.flash(_("demo: {reason}").format(reason=reason))
        if reason or self.run_demo is None:
            return
        try:
            reply = await self.run_demo()
        except (SoniqError, OSError) as error:
            self.top.flash(str(error), "bad")
        else:
            self.top.flash(reply.text or _("the demo is running"), "ok" if reply.ok else "bad")

    async def do_now(self, command: Command) -> None:
        """Send a command, say what it did to what was marked, and unmark it."""
        now = self.top.context()
        reply = await self.ask(command)
        if reply is None or not reply.ok:
            return
        self.done_s = self.now_s()
        marked = now.marked
        meant = marked is not None and getattr(command, "target", None) == marked.target
        text = reply.text or _done(command, now, reply)
        if isinstance(command, Cancel) and reply.text:
            text = steps([text, _("{key} takes it back").format(key=pressed("jobs.undo"))])
        single = marked is not None and (marked.target.jobs or marked.target.text)
        if marked is not None and meant and single and reply.affected < marked.jobs:
            text = _("{said}: {n} of {all}, the others had ended or were so already").format(
                said=text, n=formats.count(reply.affected), all=formats.count(marked.jobs)
            )
        if text and text != reply.text:
            self.top.flash(shown(text), "ok")
        if meant and not isinstance(command, REPEATED) and isinstance(self.top, Marking):
            self.top.marks_used()
        self.top.offer_keys()

    def when_sure(self, count: int, question: str, note: str, command: Command) -> None:
        """Send ``command``, after a question where it means many jobs."""
        if count <= MANY:
            self.call_later(self.do_now, command)
        else:
            self.confirm(question, note, lambda: self.call_later(self.do_now, command))

    def confirm(self, question: str, note: str, do: Callable[[], object]) -> None:
        """Do something after a yes."""
        from soniq_tui.ui.screens.question import Confirm

        def answered(yes: object) -> None:
            if yes:
                do()

        self.push_screen(Confirm(question, note), answered)

    # Out of the console.

    def copy_lines(self, lines: list[str]) -> None:
        """Send lines (already safe to show) to the terminal's clipboard."""
        self.send_to_clipboard("\n".join(lines))
        text = many("sent to terminal: {n} line", "sent to terminal: {n} lines", len(lines))
        self.top.flash(text, "")

    async def do_row_page(self) -> None:
        """Show what the screen holds in full in the pager."""
        full: Callable[[], str] | None = getattr(self.top, "full_text", None)
        if full is not None and (text := full()):
            await self.page(text)
        else:
            self.top.flash(_("there is nothing to show in full"))

    async def page(self, text: str) -> None:
        """Show text in the person's pager; the engine runs on."""
        words = pager.command(os.environ)
        if not words:
            self.top.flash(_("there is no pager; PAGER names one"))
            return
        try:
            # Known before anything is waited for: pressed once more, the key cancels this.
            file = pager.new_file()
        except OSError as error:
            self.top.flash(error.strerror or str(error), "bad")
            return
        try:
            await asyncio.to_thread(pager.fill, file, text)
            if why := await self.lend([*words, str(file)]):
                self.top.flash(why, "bad")
        except OSError as error:
            self.top.flash(error.strerror or str(error), "bad")
        finally:
            # Here and not in a thread: where the console ends nobody waits for one any more.
            file.unlink(missing_ok=True)


def _done(command: Command, now: ActionContext, reply: Reply) -> str:
    """Return what to say of a command about which the engine said nothing."""
    if isinstance(command, Cancel):
        return _("cancelled; {key} takes it back").format(key=pressed("jobs.undo"))
    if isinstance(command, Pause) and command.hard:
        if not reply.affected:
            return _("that job does not run any more")
        return _("stopped where it is; its clock stands still, {key} resumes it").format(
            key=pressed("jobs.pause")
        )
    if isinstance(command, Pause | Resume) and now.marked is not None:
        return _("paused") if isinstance(command, Pause) else _("resumed")
    if isinstance(command, ShiftPriority):
        name = _name_of(now)
        to = "" if now.job or not now.batch else f" {now.batch.priority + command.step:+d}"
        text = _("priority raised{to}: {name}") if command.step > 0 else ""
        return (text or _("priority lowered{to}: {name}")).format(to=to, name=name)
    return ""


def _is_paused(now: ActionContext) -> bool:
    """Return whether what is meant would be resumed: some is paused, and none could be."""
    if now.marked is not None:
        states = now.marked.states or frozenset()
        return bool(states & PAUSED_JOB) and not states & (PAUSABLE_JOBS - PAUSED_JOB)
    if now.job is not None:
        return now.job.state in PAUSED_JOB or is_stopped(now)
    return now.batch is not None and now.batch.state in PAUSED_BATCH


def _name_of(now: ActionContext) -> str:
    if now.marked is not None:
        return many("{n} marked row", "{n} marked rows", now.marked.count)
    if isinstance(now.job, JobRow):
        return label(now.job.label)
    if now.batch is None:
        return _("everything")
    return f"{now.batch.importer} {label(now.batch.label)}"
