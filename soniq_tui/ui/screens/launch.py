"""The launch form: what to do, with what; looks at the real thing before it starts."""

import time

from textual import work
from textual.events import Paste
from textual.timer import Timer

from soniq_tui.errors import SoniqError
from soniq_tui.model.commands import Reply
from soniq_tui.model.forms import SEVERAL, FormSpec, Preview
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, forms, help_pages, launch_view, view
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.launch_view import Beside
from soniq_tui.ui.memory import Launched
from soniq_tui.ui.relaunch import Earlier, Held, held_by
from soniq_tui.ui.screens.launch_sources import LaunchSources
from soniq_tui.ui.widgets.editor import Editor
from soniq_tui.ui.widgets.fields import OneLine
from soniq_tui.words import _, steps

LOOK_AFTER_S = 0.4
"""A preview is asked for after so long without a key."""
ENTERED_S = 0.3
"""So long after enter has led on from a field no other enter presses the button."""
WIDE = 100
"""From so many columns on the form has a pane beside it."""
LOW = 20
"""Below so many rows what is said of the form has only a few lines."""


class LaunchForm(LaunchSources):
    """One form for each importer, drawn from what the engine describes.

    Args:
        earlier: a batch to fill the form with; where nobody can tell its options the screen is
            left again, with a word.
    """

    where = "launch"

    def __init__(self, earlier: Earlier | None = None) -> None:
        super().__init__()
        self.earlier = earlier
        """The batch that is to be started again."""
        self.preview: Preview | None = None
        self.starting = False
        self.cleared: dict[str, str] | None = None
        """What ^L took away."""
        self._complaint = ""
        """What was last said to be wrong with the form, in the line for messages."""
        self._timer: Timer | None = None
        self._looked = 0
        self._entered_s: float | None = None
        """When enter last led on from a field, by the console's clock."""
        self._drawn = False
        """The fields are there, or it is known that there are none."""

    def on_mount(self) -> None:
        """Ask the engine which forms there are."""
        self.begin()

    @property
    def takes_keys(self) -> bool:
        """Not before the first field has the focus."""
        return self._drawn

    @work(group="begin")
    async def begin(self) -> None:
        """Draw the form, or what stands in the way; from then on keys may come.

        Beside the screen, so that it can be left while the engine does not answer.
        """
        try:
            await self.describe()
        finally:
            self._drawn = True
        if self.form is None and self.console.screen is self:
            self.redraw()  # that there is none is known only now
        self.fetch_batches()

    async def describe(self) -> None:
        """Draw the forms the engine has."""
        client = self.console.client
        if client is None:
            return
        held: Held | str | None = None
        try:
            described = await client.describe()
            if self.earlier is not None:
                held = await held_by(client, self.earlier, described)
        except (SoniqError, OSError) as error:
            if self.earlier is None:
                self.flash(str(error), "bad")
                return
            held = str(error)
        if isinstance(held, str):
            self.leave_saying(held)
            return
        self.forms = described  # not before: without its fields none can be started
        self.choice.words = [form.title for form in self.forms] or [_("nothing can be launched")]
        names = [form.importer for form in self.forms]
        if (last := self.memory.last_importer()) in names:
            self.choice.chosen = names.index(last)
        if self.earlier is not None and held is not None:
            await self.use_earlier(self.earlier, held)
        else:
            await self.draw_form()

    def leave_saying(self, why: str) -> None:
        """Go back to where the form was asked for, and say there why it cannot be filled."""
        if self.console.screen is self:
            self.console.do_go_back()
        self.console.top.flash(why, "bad")

    # What is seen.

    def redraw(self) -> None:
        """Draw help, preview, and the command that does the same."""
        size, wide = self.app.size, self.app.size.width >= WIDE
        low = size.height < LOW
        place = self.console.place
        note = formats.in_place(shown(place), self.glyphs) if place else ""
        self.head.show([view.rule(_("new batch"), size.width, self.glyphs, note)])
        self.set_class(wide, "-wide")
        left = size.width * 56 // 100 if wide else size.width
        self.query_one("#left").styles.width = left
        width = size.width - left - 2 if wide else size.width
        height = size.height - 3 if wide else 4 if low else max(5, size.height // 5)
        self.answer.styles.height = height
        self.rows.styles.max_height = size.height - 4 - (0 if wide else height)
        found = self.meant.problem
        missing = found is None or found.missing
        problem = "" if found is None or missing else found.field
        if found is None and self.preview is not None:
            problem = self.preview.field
        for name, row in self.fields.items():
            row.tell(wrong=name == problem)
        beside = Beside(
            hint=self.hint,
            help=self.help_text(),
            missing=self.what_is_missing() if missing and (self.form or self._drawn) else "",
            problem="" if missing else self.what_is_missing(),
            preview=self.preview,
            busy=_("starting") if self.starting else "",
            command=self.command,
            recents=self.recent_lines(width) if height >= launch_view.ROOMY else (),
        )
        self.answer.show(launch_view.lines(beside, width, height, self.glyphs))
        self.start.renew()
        self.offer_keys()

    def help_text(self) -> str:
        """Return what there is to know about the field with the focus."""
        field = self.field
        if field is None:
            if self.start.has_focus:
                return _("enter starts the batch; shift+tab goes back to the fields")
            keys = help_pages.written(("left", "right"), self.glyphs)
            changes = _("space or enter, {keys} change it").format(keys=keys)
            return changes if self.choice.has_focus else ""
        how = {
            "paths": _("one to a line, an empty one ends; tab completes"),
            "urls": _("paste addresses, any text with some, or a page itself; tab completes"),
            "list": _("one to a line, an empty one ends"),
            "path": _("tab completes a folder"),
        }.get(field.kind, "")
        return steps(word for word in (_(field.help).rstrip("."), how) if word)

    # Looking at the real thing.

    def look_soon(self) -> None:
        """Ask for a preview once the keys have rested; nobody waits for an earlier one."""
        self.preview = None
        self.look_no_more()
        self._timer = self.set_timer(LOOK_AFTER_S, self.look)

    def look_no_more(self) -> None:
        """Give up the look that is under way, and the one that is due."""
        self._looked += 1
        self.workers.cancel_group(self, "preview")
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def look(self) -> None:
        """Ask for a preview in the background."""
        if not self.what_is_missing():
            self.fetch_preview(self._looked)

    @work(group="preview", exclusive=True)
    async def fetch_preview(self, number: int) -> None:
        """Show what a launch would meet, unless the form has changed meanwhile."""
        form, client = self.form, self.console.client
        if form is None or client is None:
            return
        try:
            preview = await client.preview(form.importer, self.meant.options)
        except (SoniqError, OSError) as error:
            preview = Preview(ok=False, text=str(error))
        if number == self._looked:
            self.preview = preview
            self.redraw()

    # What the person does.

    def changed(self) -> None:
        """Take back what was said of the form as it was: somebody typed."""
        self.complain_no_more()
        super().changed()

    async def draw_form(self, values: dict[str, str] | None = None, *, focus: bool = True) -> None:
        """Draw another form, of which nothing was said yet."""
        self.complain_no_more()
        await super().draw_form(values, focus=focus)

    def complain(self, text: str, field: str = "") -> None:
        """Say what is wrong with the form, as long as that is so, and go to the field."""
        self._complaint = text
        self.flash(text, "bad")
        if field in self.entries:
            self.entries[field].focus()

    def complain_no_more(self) -> None:
        """Take back what was said to be wrong."""
        if self._complaint and self.flash_line.said == self._complaint:
            self.flash_line.settle()

    def on_editor_changed(self) -> None:
        """Look again."""
        self.changed()

    async def on_one_line_changed(self, event: OneLine.Changed) -> None:
        """Look again; another kind brings another form."""
        if event.control is self.choice:
            self.keep()
            await self.draw_form(focus=False)
        else:
            self.changed()

    def on_descendant_focus(self) -> None:
        """Show the help of the field."""
        if self._drawn:
            self.redraw()

    def on_editor_entered(self, event: Editor.Entered) -> None:
        """Go on to the next field; from the empty line behind several to the button.

        What a batch cannot be without is not passed over: what was typed next would be lost.
        """
        self._entered_s = self.console.now_s()
        problem = self.meant.problem
        if event.editor.drop_line():
            self.start.focus()
        elif problem is not None and problem.missing and self.entries[problem.field].has_focus:
            self.complain(problem.text)
        else:
            self.focus_next()

    def on_editor_left(self, event: Editor.Left) -> None:
        """Go on to the next field, or back."""
        if event.step > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def on_paste(self, event: Paste) -> None:
        """Take what is pasted beside the fields into the first that has room for it."""
        for row in self.fields.values():
            if row.field.kind in SEVERAL and isinstance(row.entry, Editor):
                event.stop()
                row.entry.focus()
                row.entry.paste(event.text)
                return
        self.flash(_("no field here takes what was pasted"))

    async def on_one_line_pressed(self) -> None:
        """Start; not with line ends that came along with those that led here, as in a paste."""
        if self._entered_s is None or self.console.now_s() - self._entered_s >= ENTERED_S:
            self.do_form_start()

    def do_form_start(self) -> None:
        """Start the batch; what is wrong is said here and the form stays."""
        form = self.form
        if form is None or self.console.client is None:
            self.flash(_("the engine has described no form"))
        elif self.console.lost or self.console.silent_s:
            self.flash(_("the engine does not answer; what is typed stays"), "bad")
        elif self.meant.problem is not None:
            self.complain(self.meant.problem.text, self.meant.problem.field)
        elif not self.starting:
            self.starting = True
            self.keep()
            self.redraw()
            # Of the app: it goes on where this screen is left meanwhile.
            launching = self._start(form, self.values(), dict(self.meant.options))
            self.console.run_worker(launching, group="launch")

    async def _start(
        self, form: FormSpec, values: dict[str, str], options: dict[str, object]
    ) -> None:
        client, aside = self.console.client, self.aside
        try:
            reply = await client.launch(form.importer, options) if client else Reply(ok=False)
        except (SoniqError, OSError) as error:
            reply = Reply(ok=False, text=str(error))
            field = getattr(error, "field", "")
        else:
            field = ""
        self.starting = False
        text = reply.text or (
            _("{title} started").format(title=form.title)
            if reply.ok
            else _("it could not be started")
        )
        here = self.console.screen is self
        if not reply.ok or options.get("dry_run"):
            if here and self.values() == values:  # else it is no answer to what stands there now
                self.look_no_more()
                self.preview = Preview(ok=reply.ok, text=text, field=field)
            if here:
                self.redraw()
            if here and not reply.ok:
                self.complain(text, field)
            elif not here:
                self.console.top.flash(text, "ok" if reply.ok else "bad")
            return
        if here:
            self.keep()  # somebody may have typed on meanwhile
        self.touched = False
        self._remember(form, values, reply, aside)
        if here:
            self.console.do_go_dash()
        self.console.top.flash(text, "ok")

    def _remember(
        self, form: FormSpec, values: dict[str, str], reply: Reply, aside: dict[str, str] | None
    ) -> None:
        """Remember a start, and what was typed beside it."""
        usual = {field.name: forms.default_of(field) for field in form.fields}
        launch = Launched(
            importer=form.importer,
            values={name: value for name, value in values.items() if value != usual[name]},
            at_s=time.time(),
            batch_id=reply.batch_id,
            label=shown(reply.text, 200),
        )
        other = self.memory.draft(form.importer) if aside is None else aside
        self.memory.launched(launch)
        if other is not None and other != values:
            self.memory.keep_draft(form.importer, other)  # typed, and something else was started

    async def do_form_clear(self) -> None:
        """Begin with nothing; once more brings back what was there.

        Where the form was filled with something else, what was typed before comes back first.
        """
        form = self.form
        if form is None:
            return
        if self.aside is not None:
            await self.bring_back()
            return
        values = self.values()
        if forms.is_untouched(form, values):
            back, self.cleared = self.cleared, None
            self.hint = "" if back is None else _("there it is again")
            await self.draw_form(back or {})
            self.touched = back is not None
            self.keep()
            return
        self.cleared = values
        self.hint = _("{key} once more brings it back").format(key=pressed("form.clear"))
        await self.draw_form({})
        self.memory.keep_draft(form.importer, None)

    def do_form_copy(self) -> None:
        """Copy the command that does the same."""
        form = self.form
        if form is None or self.meant.problem is not None:
            self.flash(self.what_is_missing())
            return
        self.console.copy(forms.command_line(form, self.values(), more=self.console.places))

    def do_form_back(self) -> None:
        """Leave without starting; what is typed comes back with the next form."""
        self.keep()
        self.console.do_go_back()

    def do_form_next(self) -> None:
        """Go to the next field."""
        self.focus_next()

    def do_form_previous(self) -> None:
        """Go to the previous field."""
        self.focus_previous()
