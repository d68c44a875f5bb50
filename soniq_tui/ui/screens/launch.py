"""The launch form: what to do, with what; looks at the real thing before it starts."""

import asyncio

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input

from soniq_tui.errors import SoniqError
from soniq_tui.model.forms import FieldSpec, FormSpec, Preview
from soniq_tui.model.text import shown
from soniq_tui.ui import formats, forms, view
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.widgets.fields import Choice, Flag, LineInput, ListInput, OneLine, Press
from soniq_tui.ui.widgets.lines import Lines

LOOK_AFTER_S = 0.4
"""A preview is asked for after so long without a key."""
Entry = Flag | LineInput


class LaunchForm(ConsoleScreen):
    """One form for each importer, drawn from what the engine describes."""

    where = "launch"

    def __init__(self) -> None:
        super().__init__()
        self.head = Lines(1)
        self.rows = Vertical(id="form")
        self.answer = Lines(4, id="answer")
        self.choice = Choice([""])
        self.start = Press("start", self.what_is_missing)
        self.forms: list[FormSpec] = []
        self.entries: dict[str, Entry] = {}
        self.preview: Preview | None = None
        self.hint = ""
        self._timer: Timer | None = None
        self._looked = 0
        self._drawn = False
        """The fields are there, or it is known that there are none."""

    def compose(self) -> ComposeResult:
        """Lay out the screen; the fields come with the description."""
        yield self.head
        yield self.rows
        yield self.answer
        yield from self.bottom()

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

    async def describe(self) -> None:
        """Draw the forms the engine has."""
        client = self.console.client
        if client is None:
            return
        try:
            self.forms = await client.describe()
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")
            return
        self.choice.words = [form.title for form in self.forms] or ["nothing can be launched"]
        await self.draw_form()

    # The form.

    @property
    def form(self) -> FormSpec | None:
        """The form that is shown."""
        return self.forms[self.choice.chosen] if self.forms else None

    async def draw_form(self) -> None:
        """Mount the fields of the chosen form."""
        await self.rows.remove_children()
        form = self.form
        if form is None:
            return
        self.entries = {field.name: entry_for(field) for field in form.fields}
        rows: list[Widget] = [self.row("What", self.choice)]
        rows += [self.row(field.label, self.entries[field.name]) for field in form.fields]
        rows.append(self.row("", self.start))
        rows[-1].add_class("last")
        await self.rows.mount(*rows)
        first = next(iter(self.entries.values()), self.start)
        # At once: focus() only asks for it, and text may be waiting for the field.
        self.set_focus(self.choice if self.choice.has_focus else first)
        self.look_soon()
        self.redraw()

    def row(self, label: str, entry: Widget) -> Horizontal:
        """Return one line of the form."""
        name = Lines(1, classes="label")
        name.show([((f" {shown(label, 14)}", "muted"),)])
        return Horizontal(name, entry, classes="field")

    def values(self) -> dict[str, str]:
        """Return what the fields hold."""
        return {name: entry.value for name, entry in self.entries.items()}

    def what_is_missing(self) -> str:
        """Return why the batch cannot be started, or nothing."""
        if self.form is None:
            return "there is no form"
        return forms.options_of(self.form, self.values())[1]

    @property
    def field(self) -> FieldSpec | None:
        """The field that has the focus."""
        name = next((n for n, e in self.entries.items() if e.has_focus), None)
        return next((f for f in self.form.fields if f.name == name), None) if self.form else None

    def redraw(self) -> None:
        """Draw help, preview, and the command that does the same."""
        self.head.show([view.rule("new batch", self.app.size.width, self.glyphs)])
        width = self.app.size.width
        field = self.field
        help_text = self.hint or (field.help if field else "")
        lines: list[view.Line] = [
            ((" " + formats.cut_right(shown(help_text), width - 2, self.glyphs), "muted"),)
        ]
        missing = self.what_is_missing()
        if missing:
            lines.append(((" " + shown(missing), "muted"),))
        elif self.preview is None:
            lines.append(((" looking" + self.glyphs.cut, "muted"),))
        else:
            ok = self.preview.ok
            mark = self.glyphs.done if ok else self.glyphs.failed
            text = formats.cut_right(f" {mark} {shown(self.preview.text)}", width - 1, self.glyphs)
            lines.append(((text, "ok" if ok else "bad"),))
        if self.form is not None:
            command = shown(forms.command_line(self.form, self.values()))
            lines += [
                view.EMPTY,
                ((" $ " + formats.cut_right(command, width - 4, self.glyphs), ""),),
            ]
        self.answer.show(lines)
        self.start.refresh()
        self.offer_keys()

    # Looking at the real thing.

    def look_soon(self) -> None:
        """Ask for a preview once the keys have rested."""
        self.preview = None
        self._looked += 1
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(LOOK_AFTER_S, self.look)

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
            preview = await client.preview(form.importer, forms.options_of(form, self.values())[0])
        except (SoniqError, OSError) as error:
            preview = Preview(ok=False, text=str(error))
        if number == self._looked:
            self.preview = preview
            self.redraw()

    # What the person does.

    def on_input_changed(self) -> None:
        """Look again."""
        self.hint = ""
        self.look_soon()
        self.redraw()

    async def on_one_line_changed(self, event: OneLine.Changed) -> None:
        """Look again; another kind brings another form."""
        self.hint = ""
        if event.control is self.choice:
            await self.draw_form()
        self.look_soon()
        self.redraw()

    def on_descendant_focus(self) -> None:
        """Show the help of the field."""
        self.hint = ""
        self.redraw()

    async def on_input_submitted(self, _: Input.Submitted) -> None:
        """Start, or go to what is still missing."""
        await self.do_form_start()

    async def on_one_line_pressed(self) -> None:
        """Start."""
        await self.do_form_start()

    async def do_form_start(self) -> None:
        """Start the batch; what is wrong is said here and the form stays."""
        form, client = self.form, self.console.client
        if form is None or client is None:
            self.flash("the engine has described no form")
            return
        if self.console.silent_s:
            self.flash("the engine does not answer", "bad")
            return
        options, wrong = forms.options_of(form, self.values())
        if wrong:
            self.flash(wrong, "bad")
            self.focus_empty(form)
            return
        try:
            reply = await client.launch(form.importer, options)
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")
            return
        if not reply.ok:
            self.flash(reply.text or "it could not be started", "bad")
            return
        self.console.do_go_dash()
        self.console.dash_flash(reply.text or f"{form.title} started")

    def focus_empty(self, form: FormSpec) -> None:
        """Go to the first field that is needed and empty."""
        for field in form.fields:
            if field.required and not self.entries[field.name].value.strip():
                self.entries[field.name].focus()
                return

    def do_form_back(self) -> None:
        """Leave without starting."""
        self.console.do_go_back()

    def do_form_next(self) -> None:
        """Go to the next field."""
        self.focus_next()

    def do_form_previous(self) -> None:
        """Go to the previous field."""
        self.focus_previous()

    async def do_form_tab(self) -> None:
        """Complete a folder; where there is nothing to complete go to the next field."""
        field = self.field
        entry = self.entries.get(field.name) if field else None
        if (
            field is None
            or field.kind != "path"
            or not isinstance(entry, LineInput)
            or not entry.value
        ):
            self.focus_next()
            return
        found, names = await asyncio.to_thread(forms.complete_folder, entry.value)
        if found == entry.value and len(names) <= 1:
            self.focus_next()
            return
        entry.value = found
        entry.cursor_position = len(found)
        if len(names) > 1:
            self.call_after_refresh(self.offer_names, names)

    def offer_names(self, names: list[str]) -> None:
        """Show what the folder may be."""
        self.hint = f"{formats.plural(len(names), 'folder')}: {'  '.join(names)}"
        self.redraw()


def entry_for(field: FieldSpec) -> Entry:
    """Return the widget for one field."""
    default = forms.default_of(field)
    if field.kind == "flag":
        return Flag(default)
    if field.kind == "list":
        return ListInput(default, placeholder="one or more")
    return LineInput(default)
