"""What fills a launch form: recent launches, the batch that is started again, pasted pages."""

import re
import time
from typing import Any

from textual import work
from textual.events import Key

from soniq_tui.errors import SoniqError
from soniq_tui.model.forms import FormSpec
from soniq_tui.model.snapshot import BatchView, Query, Snapshot, View
from soniq_tui.model.text import shown
from soniq_tui.ui import forms, launch_view, view
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.launch_view import RECENTS, Recent
from soniq_tui.ui.memory import Launched
from soniq_tui.ui.page_upload import KEEP
from soniq_tui.ui.relaunch import Earlier, Held, carried, once_words
from soniq_tui.ui.screens.launch_fields import LaunchFields
from soniq_tui.ui.widgets.editor import Editor
from soniq_tui.ui.widgets.fields import OneLine
from soniq_tui.ui.widgets.form_rows import Row
from soniq_tui.words import _, many, steps
from soniq_tui.words.told import told

_URL = re.compile(r"https?://", re.IGNORECASE)
BATCHES = 300
"""Among so many of the newest batches those of recent launches are looked for."""


class LaunchSources(LaunchFields):
    """A form that can be filled as it was before, and takes pages as well as addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: dict[int, BatchView] = {}

    def take(self, snapshot: Snapshot) -> None:
        """Learn what becomes of recent launches."""
        known = {batch.id: batch for batch in snapshot.batches if batch.id in self.batches}
        if known:
            self.batches |= known
            self.redraw()

    @property
    def recents(self) -> list[Recent]:
        """What was launched from here, newest first, and what came of it."""
        known = {form.importer: form for form in self.forms}
        return [
            Recent(each, known[each.importer], self._batch_of(each))
            for each in self.memory.recents()
            if each.importer in known
        ][:RECENTS]

    def _batch_of(self, launch: Launched) -> BatchView | None:
        batch = self.batches.get(launch.batch_id) if launch.batch_id is not None else None
        # Numbers begin anew with a new journal.
        return batch if batch is not None and batch.importer == launch.importer else None

    def recent_lines(self, width: int) -> list[view.Line]:
        """Return a line for each recent launch."""
        now_s = time.time()
        return [
            launch_view.recent_line(number, recent, width, self.glyphs, now_s)
            for number, recent in enumerate(self.recents, 1)
        ]

    @work(group="batches")
    async def fetch_batches(self) -> None:
        """Find out how recent launches ended."""
        client = self.console.client
        wanted = {each.batch_id for each in self.memory.recents()} - {None}
        if client is None or not wanted:
            return
        try:
            page = await client.browse(Query(view=View.BATCHES, limit=BATCHES))
        except (SoniqError, OSError):
            return  # the form is as good without; what is lost is said elsewhere
        rows = [row for row in page.rows if isinstance(row, BatchView)]
        self.batches = {row.id: row for row in rows if row.id in wanted}
        self.redraw()

    def do_form_recents(self) -> None:
        """Offer recent launches by number."""
        from soniq_tui.ui.screens.question import Recents

        if not self.recents:
            snapshot = self.console.snapshot
            text = _("nothing was started from here yet")
            if snapshot is not None and snapshot.batches:
                text = _("nothing was started from here yet; {key} on a batch starts it again")
            self.flash(text.format(key=pressed("batch.again")))
            return
        lines = self.recent_lines(self.app.size.width)
        self.console.push_screen(Recents(lines), self._chosen)

    def _chosen(self, number: Any) -> None:
        if isinstance(number, int):
            self.call_later(self.use_recent, number)

    async def use_recent(self, number: int) -> None:
        """Fill the form as it was at a launch."""
        recents = self.recents
        if not 1 <= number <= len(recents):
            self.flash(_("there is no recent launch {n}").format(n=number))
            return
        recent = recents[number - 1]
        needed = recent.form.argument
        if needed is not None and needed.name not in recent.launch.values:
            hint = _("as launch {n}, but for what was too long to be kept").format(n=number)
        else:
            hint = _("as launch {n}; {key} starts it again")
            hint = hint.format(n=number, key=pressed("form.start"))
        values, once = carried(recent.form, recent.launch.values)
        await self.fill(
            recent.form, values, steps(filter(None, (hint, once_words(recent.form, once))))
        )

    async def use_earlier(self, earlier: Earlier, held: Held) -> None:
        """Fill the form as a batch was started, wherever that was."""
        n = earlier.batch_id
        hint = _("as batch {n}; {key} starts it again").format(n=n, key=pressed("form.start"))
        labels = {field.name: shown(_(field.label), 20) for field in held.form.fields}
        without = [labels[name] for name in held.without]
        without += [_("logins in addresses")] if held.logins else []
        if without:
            hint = _("as batch {n}, but what cannot be told is left out: {fields}")
            hint = hint.format(n=n, fields=", ".join(without))
        await self.fill(
            held.form, held.values, steps(filter(None, (hint, once_words(held.form, held.once))))
        )

    async def fill(self, form: FormSpec, values: dict[str, str], hint: str) -> None:
        """Fill the form of an importer; what was typed into it is kept until something else is."""
        self.keep()
        draft = self.memory.draft(form.importer)
        self.choice.chosen = self.forms.index(form)
        self.choice.refresh()
        usual = {field.name: forms.default_of(field) for field in form.fields}
        aside = None if draft is None or usual | draft == usual | values else draft
        back = _("{key}: what you had typed").format(key=pressed("form.clear"))
        self.hint = hint if aside is None else steps([hint, back])
        await self.draw_form(values)
        self.aside = aside

    async def bring_back(self) -> None:
        """Let what was typed before and what the form holds change places."""
        back, other = self.aside, self.values() if self.touched else None
        text = _("as you left it; {key} begins with nothing")
        if other is not None:
            text = _("as you left it; {key} goes back to what you have typed since")
        self.hint = text.format(key=pressed("form.clear"))
        await self.draw_form(back)
        self.aside = other
        self.touched = True
        self.keep()

    async def on_key(self, event: Key) -> None:
        """Take a digit as a recent launch where nothing is typed, and say that nothing is."""
        typed = event.character or ""
        if not isinstance(self.focused, OneLine) or event.key in self.active_bindings:
            return
        if typed and typed in "123456789":
            event.stop()
            await self.use_recent(int(typed))
        elif typed.isalnum() or typed in {"/", ".", "~"}:
            text = _("nothing can be typed here; {key} leads to the next field")
            self.flash(text.format(key=pressed("form.tab")))

    # Pages in place of their addresses: sources themselves.

    def offered(self, row: Row, text: str) -> None:
        """Have the engine look whether it is a page; else its addresses are taken."""
        self.flash(_("looking at what was pasted") + self.glyphs.cut, "")
        self.keep_page(row, text)

    @work(group="pasted")
    async def keep_page(self, row: Row, text: str) -> None:
        """Take the file of a kept page as an entry, or the addresses in a text that is none."""
        form, client, entry = self.form, self.console.client, row.entry
        if form is None or client is None or not isinstance(entry, Editor):
            return
        why = file = ""
        try:
            words = {"text": text, "url": self.values().get("url", "").strip()}
            reply = await client.deed(form.importer, KEEP, words)
            file = reply.text if reply.ok else ""
            why = reply.text
        except (SoniqError, OSError) as error:
            why = str(error)
        if not row.is_mounted:
            return
        if file:
            entry.add([file])
            n = len(text)
            said = many("taken as a recipe itself: a text of {n} character",
                        "taken as a recipe itself: a text of {n} characters", n)  # fmt: skip
            self.flash(said, "ok")
        elif forms.is_markup(text) and not _URL.search(text):
            self.flash(_("{why}, and no address either").format(why=shown(told(why), 200)), "bad")
        else:
            self.flash_line.settle()
            entry.add(row.addresses(text))
