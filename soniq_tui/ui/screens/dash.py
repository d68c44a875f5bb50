"""The dashboard: totals, batches, slots, the newest failure."""

import dataclasses

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from soniq_tui.errors import SoniqError
from soniq_tui.model.job import BATCH_ENDED, Items, JobState
from soniq_tui.model.ports import Client
from soniq_tui.model.snapshot import (
    FailureView,
    JobRow,
    SlotView,
    Snapshot,
)
from soniq_tui.model.text import shown
from soniq_tui.ui import batch_lines, dash_blocks, dash_layout, rows, view
from soniq_tui.ui.action_context import ActionContext, queue_for
from soniq_tui.ui.dash_layout import Room
from soniq_tui.ui.rows import ListSource
from soniq_tui.ui.screens.batch_list import BATCHES, SLOTS
from soniq_tui.ui.screens.dash_causes import DashCauses
from soniq_tui.ui.update import Older
from soniq_tui.ui.widgets.job_pane import JobPane
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.ui.widgets.log_tail import LogTail
from soniq_tui.ui.widgets.table import VirtualTable
from soniq_tui.words.told import label

HEADER_ROWS = 3
PANE_LINES = 100
WELCOME_LINES = 16
CALM_S = 3.0
"""A slot that is idle for no longer, between two jobs, keeps its place among the busy ones."""


class Dash(DashCauses):
    """What is going on, at one glance."""

    where = "dash"

    def __init__(self) -> None:
        super().__init__()
        self.head = Lines(HEADER_ROWS, id="head")
        self.batch_source = ListSource()
        self.slot_source = ListSource()
        self.batches = VirtualTable(rows.batch_columns(None), self.batch_source, id="batches")
        self.marking_table = self.batches
        self.rule = Lines(1, id="rule")
        self.slots = VirtualTable(rows.SLOT_COLUMNS, self.slot_source, id="slots")
        self.welcome = Lines(WELCOME_LINES, id="welcome")
        self.side = Lines(PANE_LINES, id="side")
        self.about = Lines(PANE_LINES, id="about")
        """The marked batch; the marked job takes its place."""
        self.job_pane = JobPane(self.engine, self.seconds, id="job")
        self.log_tail = LogTail(self.engine, id="tail")
        self.room = Room(HEADER_ROWS, 1, 1)
        self.titles: tuple[str, ...] = ()
        self._titles_of: Client | None = None
        """Whose forms the titles are of."""
        self._asked_s: dict[tuple[int, JobState], float] = {}
        """When a job in a slot was first seen to be asked to pause or to end."""
        self._failure: FailureView | None = None
        """The newest failure as it was last shown; the next one is bold once."""
        self._newest = 0
        """The number of the newest batch that was ever shown."""
        self._idle_s: dict[tuple[str, int], float] = {}
        """When a slot was first seen to be idle."""

    def compose(self) -> ComposeResult:
        """Lay out the screen."""
        yield self.head
        yield self.banner_line
        with Horizontal(id="room"):
            with Vertical(id="left"):
                yield self.welcome
                yield self.batches
                yield self.rule
                yield self.slots
                yield self.log_tail
            with Vertical(id="right"):
                yield self.side
                yield self.about
                yield self.job_pane
        yield from self.bottom()

    def on_mount(self) -> None:
        """Paint the empty frame."""
        self.batches.focus()
        self.batches.is_marked = self.is_marked
        self.head.show(view.header(None, self.app.size.width, self.glyphs))

    def take(self, snapshot: Snapshot) -> None:
        """Show the engine as it is now."""
        width, height = self.app.size
        glyphs = self.glyphs
        for table in (self.batches, self.slots):
            table.draw_with(glyphs)
        console = self.console
        self.lay_out(snapshot, width, height)
        self.head.show(
            view.header(
                snapshot,
                width,
                glyphs,
                frozen=console.frozen,
                attached=console.attached,
                older=console.older is Older.ENGINE,
                place=console.place,
                lost=console.lost,
                silent_s=console.silent_s,
                side=self.room.side,
                bar=self.room.header == HEADER_ROWS,
            )
        )
        self.set_class(not snapshot.batches, "-empty")
        if snapshot.batches and self.focused is None:
            self.batches.focus()
        self.show_welcome(snapshot)
        batches = rows.batch_rows(self.in_order(snapshot), glyphs)
        slots = rows.slot_rows(snapshot, glyphs, self.asked_ago(snapshot))
        slots = self.busy_first(snapshot, slots)
        if console.silent_s:
            batches, slots = rows.muted(batches), rows.muted(slots)
        self.batch_source.put(batches)
        self.batches.lay(rows.batch_columns(snapshot))
        self.batches.show_order(self.sorting.by, self.sorting.arrow(glyphs))
        self.slot_source.put(slots)
        new = console.new_failures
        self.rule.show([view.slots_rule(snapshot, self.room.left, glyphs, new=new)])
        self.batches.tick()
        self.turn_to_new(snapshot)
        self.slots.tick()
        self.show_side(snapshot)
        fresh = self._failure is not None and snapshot.newest_failure != self._failure
        self._failure = snapshot.newest_failure
        self.stand(snapshot, fresh=fresh)

    def turn_to_new(self, snapshot: Snapshot) -> None:
        """Put the cursor on a batch that has just come, where it stood on one that has ended."""
        newest = max((batch.id for batch in snapshot.batches), default=0)
        before, self._newest = self._newest, newest
        stands_on = self.marked_batch
        if not before or newest <= before or self.marks or stands_on is None:
            return
        number = self.batch_source.number_of(newest)
        if stands_on.state in BATCH_ENDED and number is not None:
            self.batches.move_to(number)

    def lay_out(self, snapshot: Snapshot, width: int, height: int) -> None:
        """Give every part its room; Textual lays out anew only what has changed."""
        room = dash_layout.share(
            width, height, len(snapshot.batches), len(snapshot.slots), banner=len(self.banner)
        )
        room = self.room_of(room, width, height, banner=len(self.banner))
        queues = len(dash_blocks.queues_shown(snapshot)) + 1
        wanted = {
            self.head: room.header,
            self.batches: room.upper,
            self.side: room.upper + queues,
            self.log_tail: room.log,
        }
        for part, lines in wanted.items():
            if part.styles.height is None or part.styles.height.value != lines:
                part.styles.height = lines
        self.log_tail.display = bool(room.log) and bool(snapshot.batches)
        right = self.query_one("#right")
        if room.side and (right.styles.width is None or right.styles.width.value != room.side):
            right.styles.width = room.side
        self.set_class(bool(room.side), "-wide")
        self.room = room

    def busy_first(self, snapshot: Snapshot, slots: list[rows.TableRow]) -> list[rows.TableRow]:
        """Return the rows of slots as they are shown: where room is short, idle ones last."""
        now_s = self.seconds()
        order = [(slot.queue, slot.index) for slot in snapshot.slots]
        idle = [key for key, s in zip(order, snapshot.slots, strict=True) if s.job_id is None]
        self._idle_s = {key: self._idle_s.get(key, now_s) for key in idle}
        idle_s = {key: now_s - since_s for key, since_s in self._idle_s.items()}
        wanted = dash_layout.in_view(idle_s, order, self.room.slots, CALM_S)
        if wanted is order:
            return slots
        by_id = {row.id: row for row in slots}
        return [by_id[key] for key in wanted]

    def show_welcome(self, snapshot: Snapshot) -> None:
        """Say what to press while there is no batch; the engine names what can be started."""
        console = self.console
        demo = console.run_demo is not None and not console.attached
        width = self.app.size.width
        self.welcome.show(
            dash_blocks.welcome_lines(width, self.glyphs, demo=demo, titles=self.titles)
        )
        if not snapshot.batches and self._titles_of is not console.client:
            self._titles_of = console.client
            self.fetch_titles()

    @work(group="titles", exclusive=True)
    async def fetch_titles(self) -> None:
        """Ask for the names of the forms; without them the screen names none."""
        if (client := self.console.client) is None:
            return
        try:
            forms = await client.describe()
        except (SoniqError, OSError):
            return
        self.titles = tuple(form.title for form in forms)
        if (snapshot := self.console.snapshot) is not None:
            self.show_welcome(snapshot)

    def asked_ago(self, snapshot: Snapshot) -> dict[int, float]:
        """Return how long ago the jobs that shall stop were first seen to; by their id, seconds."""
        now_s = self.console.now_s()
        asked = {
            (slot.job_id, slot.state): now_s
            for slot in snapshot.slots
            if slot.job_id is not None and slot.state is not JobState.RUNNING
        }
        self._asked_s = {key: self._asked_s.get(key, at_s) for key, at_s in asked.items()}
        return {job_id: now_s - at_s for (job_id, _), at_s in self._asked_s.items()}

    def show_side(self, snapshot: Snapshot) -> None:
        """Show causes, queues and what is marked beside the tables, and the log below them."""
        room, glyphs = self.room, self.glyphs
        if not room.side:
            return
        self.look_at_causes(snapshot)
        self.show_causes(snapshot)
        self.job_pane.take(snapshot, glyphs)
        self.show_marked()
        if self.log_tail.display:
            self.log_tail.take(snapshot, glyphs, room.log)

    def show_causes(self, snapshot: Snapshot) -> None:
        """Show causes and queues, where there is room."""
        room, new = self.room, self.console.new_failures
        if room.side:
            causes = self.own_first
            lines = dash_blocks.side_lines(
                snapshot, causes, room.side, room.upper, self.glyphs, new=new
            )
            self.side.show(lines)

    def show_marked(self) -> None:
        """Show the job or the batch under the cursor in full, where there is room."""
        if not self.room.side:
            return
        slot = self.marked_slot if self.slots.has_focus else None
        job = job_of(slot) if slot is not None else None
        if self.job_pane.display != (job is not None):
            self.job_pane.display = job is not None
            self.about.display = job is None
        if (
            job is None
            or self.job_pane.tracker.job is None
            or (job.id != self.job_pane.tracker.job.id)
        ):
            self.job_pane.follow(job)
        if job is None:
            batch = self.marked_batch
            # What does not fit is not painted: its height need not be known yet.
            width, glyphs = self.room.side, self.glyphs
            changes = self.changes_of(batch)
            waits = batch_lines.wait_text(batch, self.console.snapshot) if batch else ""
            lines = batch_lines.pane_lines(
                batch, width, PANE_LINES, glyphs, self.causes, changes=changes, waits=waits
            )
            self.about.show(lines)

    # What is marked.

    @property
    def marked_slot(self) -> SlotView | None:
        """The slot under the cursor."""
        row, snapshot = self.slots.current, self.console.snapshot
        if row is None or snapshot is None:
            return None
        return next((s for s in snapshot.slots if (s.queue, s.index) == row.id), None)

    def context(self) -> ActionContext:
        """Return what the person looks at: the batch, or the slot and its job."""
        now = super().context()
        if self.slots.has_focus and (slot := self.marked_slot):
            job = job_of(slot)
            return dataclasses.replace(
                now, queue=slot.queue, job=job, row=job is not None, idle=job is None
            )
        batch = self.marked_batch
        queue = queue_for(now.snapshot, batch.id if batch else None)
        return dataclasses.replace(
            now, batch=batch, queue=queue, row=batch is not None, marked=self.marked()
        )

    def on_virtual_table_cursor_moved(self) -> None:
        """What may be done depends on the row, and what there is to say."""
        self.show_marked()
        if (snapshot := self.console.snapshot) is not None:
            self.turn_causes(snapshot)
            self.stand(snapshot)
        if self.marks.anchor is not None:
            self.marks_moved()
        self.offer_keys()

    def on_descendant_focus(self) -> None:
        """What may be done depends on the pane."""
        self.show_marked()
        self.offer_keys()

    # Actions.

    def do_pane_next(self) -> None:
        """Go to the other table."""
        (self.batches if self.slots.has_focus else self.slots).focus()
        if self.zoomed:
            self.zoomed = BATCHES if self.zoomed == SLOTS else SLOTS
            self.redraw()

    def do_row_open(self) -> None:
        """Open the marked batch's jobs, or the marked slot's job."""
        now = self.context()
        if now.job is not None:
            from soniq_tui.ui.screens.job import JobFacts

            self.app.push_screen(JobFacts(now.job))
        elif now.batch is not None:
            from soniq_tui.ui.screens.jobs import Jobs

            self.app.push_screen(Jobs(now.batch))

    async def do_jobs_filter(self) -> None:
        """Show the jobs of the batch under the cursor, and open the line for a filter of them."""
        from soniq_tui.ui.screens.jobs import Jobs

        jobs = Jobs(self.marked_batch)
        await self.app.push_screen(jobs)
        await jobs.do_list_filter()

    def on_virtual_table_opened(self) -> None:
        """Open what was clicked on twice."""
        self.do_row_open()

    def do_row_copy(self) -> None:
        """Copy the batch's or the job's name."""
        now = self.context()
        if now.marked is not None:
            self.console.copy_lines(self.copied_text().split("\n"))
            return
        text = now.job.label if now.job else now.batch.label if now.batch else ""
        self.console.copy(shown(label(text)))


def job_of(slot: SlotView) -> JobRow | None:
    """Return the job that a slot runs, as far as the slot tells."""
    if slot.job_id is None:
        return None
    return JobRow(
        id=slot.job_id,
        batch_id=slot.batch_id or 0,
        importer=slot.importer,
        queue=slot.queue,
        label=slot.label,
        stage=slot.stage,
        state=slot.state,
        attempt=slot.attempt,
        items=Items(total=slot.total, done=slot.done),
        run_s=slot.run_s,
    )
