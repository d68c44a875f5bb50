"""The list of batches on the dashboard: order, marks, and one pane alone on the screen."""

import dataclasses
import math
from collections.abc import Hashable
from functools import partial

import msgspec
from textual import work

from soniq_tui.errors import SoniqError
from soniq_tui.model.commands import Forget, Lost, Target
from soniq_tui.model.snapshot import BatchView, Snapshot
from soniq_tui.model.text import shown
from soniq_tui.ui import batch_lines, view
from soniq_tui.ui.action_context import Marked, batch_in, jobs_paused
from soniq_tui.ui.dash_layout import FOOT_ROWS, Room
from soniq_tui.ui.glyphs import Glyphs
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.outcomes import NONE, Changes, outcome_line
from soniq_tui.ui.screens.marking import Marking
from soniq_tui.ui.sorting import BATCH_SORTS, Sorting, ordered, sorts_seen
from soniq_tui.ui.view import Line, facts_text
from soniq_tui.ui.widgets.table import SCROLL_BAR_CELLS, VirtualTable
from soniq_tui.words import _, many
from soniq_tui.words.told import label

BATCHES, SLOTS = "batches", "slots"
KEPT_LINES = 2


class BatchList(Marking):
    """A screen with batches and slots."""

    batches: VirtualTable
    slots: VirtualTable
    room: Room

    def __init__(self) -> None:
        super().__init__()
        self.sorting = Sorting()
        self.zoomed = ""
        """The pane that has the screen for itself; empty: none."""

    # Order.

    def in_order(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with its batches in the order that was chosen, newest first."""
        if self.sorting == Sorting():
            return snapshot
        newest_first = reversed(snapshot.batches)
        batches = reversed(ordered(newest_first, self.sorting, BATCH_SORTS))
        return msgspec.structs.replace(snapshot, batches=tuple(batches))

    def do_list_sort(self) -> None:
        """Sort by the next column that is seen; after the last in the natural order."""
        self.sorting = self.sorting.next(self.batches.columns, self.batches.size.width)
        self.redraw()

    def do_list_reverse(self) -> None:
        """Turn the order around."""
        self.sorting = self.sorting.turned()
        self.redraw()

    def notes_line(self) -> Line:
        """Return what is said of marks, and of an order of which no column tells."""
        seen = sorts_seen(self.batches.columns, self.room.left - SCROLL_BAR_CELLS)
        order = "" if self.sorting.by in seen else self.sorting.text(self.glyphs)
        notes = [note for note in (self.marks_text(), order) if note]
        return ((" " + "  ".join(notes), "strong"),) if notes else ()

    def stand(self, snapshot: Snapshot, *, fresh: bool = False) -> None:
        """Say of marks and order, else what came of a batch that has ended, else what failed."""
        width, glyphs, failure = self.app.size.width, self.glyphs, snapshot.newest_failure
        batch = None if self.slots.has_focus else self.marked_batch
        came: Line = ()
        # Of what failed since, in another batch, nobody knows yet.
        if batch is not None and (
            failure is None or failure.batch_id == batch.id or failure.at_s <= ended_s(batch)
        ):
            came = outcome_line(batch, self.changes_of(batch), width, glyphs)
        paused = jobs_paused(batch, snapshot) if batch is not None else 0
        waits = batch_lines.wait_text(batch, snapshot) if batch is not None else ""
        kept = paused_line(paused, glyphs) or wait_line(waits, glyphs)
        failed = view.failure_line(failure, width, glyphs, fresh=fresh)
        if (notes := self.notes_line()) or not kept:
            self.flash_line.stand(notes or came or failed)
        else:
            self.flash_line.stand(kept, KEPT_LINES)  # the key that helps stands at its end

    def changes_of(self, batch: BatchView | None) -> Changes:
        """Return what a batch that has ended has changed, as far as that is known."""
        console = self.console
        if batch is None:
            return NONE
        return console.outcomes.of(batch, console.snapshot, console.client)

    # Marks.

    @property
    def marked_batch(self) -> BatchView | None:
        """The batch under the cursor."""
        row = self.batches.current
        return None if row is None else self.batch_of(row.id)

    def batch_of(self, batch_id: Hashable) -> BatchView | None:
        """Return a batch as it is now."""
        return batch_in(self.console.snapshot, batch_id)

    def row_at(self, number: int) -> tuple[Hashable, BatchView] | None:
        """Return number and batch at a place."""
        row = self.batches.source.row(number)
        batch = self.batch_of(row.id) if row else None
        return None if batch is None else (batch.id, batch)

    def show_marks(self) -> None:
        """Show the line that tells of the marks."""
        if (snapshot := self.console.snapshot) is not None:
            self.take(snapshot)

    def marked(self) -> Marked | None:
        """Return the marked batches that are still there."""
        found = [batch for i in self.marks.rows if (batch := self.batch_of(i)) is not None]
        if not found:
            return None
        states = {str(batch.state) for batch in found}
        states |= {"failed"} if any(batch.items.failed for batch in found) else set()
        jobs = sum(batch.running + batch.waiting for batch in found)
        target = Target(batches=tuple(batch.id for batch in found))
        return Marked(len(found), jobs, target, frozenset(states))

    def copied_text(self) -> str:
        """Return the names of the marked batches, safe to show; empty where none is."""
        found = [batch for i in self.marks.rows if (batch := self.batch_of(i)) is not None]
        return "\n".join(shown(label(batch.label)) for batch in found)

    async def action_act(self, action_id: str) -> None:
        """Do an action; in the slots nothing is marked, and one step back has its order."""
        if action_id == "mark.clear":
            self.one_back()
            return
        if action_id.startswith("mark.") and self.slots.has_focus:
            self.flash(_("batches are marked; {key} leads there").format(key=pressed("pane.next")))
            return
        await super().action_act(action_id)

    def one_back(self) -> None:
        """Take away what was done last to the view: a pane alone, the other pane, marks."""
        if self.zoomed:
            self.do_pane_zoom()
        elif self.slots.has_focus:
            self.batches.focus()
        elif not self.clear_marks():
            self.flash(_("this is the first screen; {key} leaves").format(key=pressed("app.quit")))

    @work(group="pager", exclusive=True)
    async def do_row_page(self) -> None:
        """Show the marked batches, else batch or job under the cursor, in the pager."""
        from soniq_tui.ui.screens.jobs import text_of_job

        now = self.context()
        found = [batch for i in self.marks.rows if (batch := self.batch_of(i)) is not None]
        batches = found or ([now.batch] if now.batch is not None else [])
        facts = (
            batch_lines.facts_of(
                each,
                self.glyphs,
                changes=self.changes_of(each),
                waits=batch_lines.wait_text(each, self.console.snapshot),
            )
            for each in batches
        )
        text = "\n".join(map(facts_text, facts))
        try:
            if now.job is not None and not found:
                text = await text_of_job(now.job, self)
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")
            return
        if text:
            await self.console.page(text)
        else:
            self.flash(_("there is nothing to show in full"))

    # Forgetting.

    @work(group="forget", exclusive=True)
    async def do_batch_forget(self) -> None:
        """Forget the marked batches, else the one under the cursor, after a question."""
        now = self.context()
        one = (now.batch.id,) if now.batch is not None else ()
        meant = now.marked.target.batches if now.marked is not None else one
        reply = await self.console.ask(Forget(batches=meant, dry_run=True)) if meant else None
        if reply is None or reply.lost is None or self.app.screen is not self:
            return
        lost = reply.lost
        batch = self.batch_of(lost.batches[0]) if len(lost.batches) == 1 else None
        question, note = forget_question(lost, batch), forget_note(lost)
        forget = partial(self.console.call_later, self.forget, lost.batches)
        self.console.confirm(question, note, forget)

    async def forget(self, batches: tuple[int, ...]) -> None:
        """Have batches removed, and say so."""
        reply = await self.console.ask(Forget(batches=batches))
        if reply is not None and reply.ok:
            self.marks_used()

    # One pane alone.

    def do_pane_zoom(self) -> None:
        """Give the pane with the focus the whole screen, or all panes their room again."""
        self.zoomed = "" if self.zoomed else SLOTS if self.slots.has_focus else BATCHES
        self.redraw()

    def room_of(self, room: Room, width: int, height: int, *, banner: int) -> Room:
        """Return the room of each part while one pane has the screen."""
        self.set_class(self.zoomed == BATCHES, "-batches-alone")
        self.set_class(self.zoomed == SLOTS, "-slots-alone")
        if not self.zoomed:
            return room
        rows = height - room.header - FOOT_ROWS - banner - 1
        batches = rows if self.zoomed == BATCHES else room.batches
        return dataclasses.replace(room, batches=batches, slots=rows - 1, side=0, left=width, log=0)


def paused_line(jobs: int, glyphs: Glyphs) -> Line:
    """Return why nothing of a batch runs that is not paused itself; nothing of no jobs."""
    text = many(
        "{n} job is paused, and nothing else is left; {jobs} lists it, {key} resumes it",
        "{n} jobs are paused, and nothing else is left; {jobs} lists them, {key} resumes one",
        jobs,
    ).format(jobs=pressed("go.jobs"), key=pressed("jobs.pause"))
    return ((f" {glyphs.paused} {text}", "warn"),) if jobs else ()


def wait_line(waits: str, glyphs: Glyphs) -> Line:
    """Return what all of a batch waits for; nothing where it does not."""
    return ((f" {glyphs.queued} {waits}", "warn"),) if waits else ()


def ended_s(batch: BatchView) -> float:
    """Return when a batch ended, seconds since 1970; infinity while it goes on."""
    return math.inf if batch.ended_at_s is None else batch.ended_at_s


def forget_question(lost: Lost, batch: BatchView | None) -> str:
    """Return the question whether to forget one batch, or several."""
    count = len(lost.batches)
    if batch is None:
        return many("Forget {n} batch?", "Forget {n} batches?", count)
    text = _("Forget batch {n}, {importer} {label}?")
    return text.format(n=batch.id, importer=batch.importer, label=label(batch.label))


def forget_note(lost: Lost) -> str:
    """Return what goes, and what does not."""
    jobs = many("{n} job", "{n} jobs", lost.jobs)
    failures = many("{n} failure", "{n} failures", lost.failures)
    text = _("{jobs} and {failures} go for good, and none can be retried then.")
    if not lost.failures:
        text = _("{jobs} go for good, and none can be retried then.")
    goes = text.format(jobs=jobs, failures=failures)
    return " ".join([goes, _("What was imported stays: the library, playlists, recipes.")])
