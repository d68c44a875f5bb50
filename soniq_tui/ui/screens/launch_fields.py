"""The fields of a launch form: drawn, understood, and remembered as they are typed."""

import asyncio
from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget

from soniq_tui.model.forms import FieldSpec, FormSpec
from soniq_tui.model.text import shown
from soniq_tui.ui import forms
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.memory import Memory
from soniq_tui.ui.relaunch import carried, once_words
from soniq_tui.ui.screens.base import ConsoleScreen
from soniq_tui.ui.widgets.editor import Editor
from soniq_tui.ui.widgets.fields import Choice, Press
from soniq_tui.ui.widgets.form_rows import Entry, Row, heading
from soniq_tui.ui.widgets.lines import Lines
from soniq_tui.words import _, labelled, many, mark, steps

FILES = "urls"
"""The kind of field that takes files, too, with addresses or a page in them."""
ANSWERS_S = 0.3
"""A disk that answers within this time answers before the next key."""
KEEP_AFTER_S = 0.5
"""What is typed is remembered at most so often."""
SHOWN_COMMAND = 4000
"""Characters of a command that are worth showing."""
HEADINGS = {
    "usual": mark("options"),
    "rest": mark("seldom needed"),
    "common": mark("for every kind of batch"),
}


class LaunchFields(ConsoleScreen):
    """A form whose fields are those of the chosen importer."""

    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self.head = Lines(1)
        self.part = Vertical(id="fields")
        self.rows = Vertical()
        self.answer = Lines(60, id="answer")
        self.choice = Choice([""])
        self.start = Press(_("start"), self.what_is_missing)
        self.forms: list[FormSpec] = []
        self.fields: dict[str, Row] = {}
        self.drawn: FormSpec | None = None
        """Whose fields they are."""
        self.meant = forms.Meant({}, None)
        self.command = ""
        self.hint = ""
        self.touched = False
        """Something was typed that is not started."""
        self.aside: dict[str, str] | None = None
        """What was typed before the form was filled with something else."""
        self._keeping: Timer | None = None
        self._completed = ""
        """What was completed last: a second tab on it goes on."""

    def compose(self) -> ComposeResult:
        """Lay out the screen; the fields come with the description."""
        yield self.head
        start = Horizontal(Lines(1, classes="label"), self.start, classes="field")
        kind = Lines(1, classes="label")
        kind.show([((f" {_('what')}", "muted"),)])
        self.rows = Vertical(Horizontal(kind, self.choice, classes="field"), self.part, id="form")
        yield Vertical(Vertical(self.rows, start, id="left"), self.answer, id="launch")
        yield from self.bottom()

    def look_soon(self) -> None:
        """Look at the real thing once the keys have rested."""
        raise NotImplementedError

    @property
    def form(self) -> FormSpec | None:
        """The form that is shown."""
        return self.forms[self.choice.chosen] if self.forms else None

    @property
    def entries(self) -> dict[str, Entry]:
        """The widgets of the fields, by name."""
        return {name: row.entry for name, row in self.fields.items()}

    async def draw_form(self, values: dict[str, str] | None = None, *, focus: bool = True) -> None:
        """Mount the fields of the chosen form: with ``values``, else with what was there last."""
        await self.part.remove_children()
        form = self.drawn = self.form
        if form is None:
            return
        if values is None:
            values = self.remembered(form)
        held = {field.name: forms.default_of(field) for field in form.fields} | values
        self.fields = {f.name: self.row_of(f, held[f.name]) for f in form.fields}
        await self.part.mount(*self.sections(form))
        self.choice.refresh()
        first: Widget = next(iter(self.entries.values()), self.start)
        if focus:  # at once: focus() only asks for it, and text may be waiting for the field
            self.set_focus(first)
        self.touched, self.aside = False, None
        self.understand()

    def row_of(self, field: FieldSpec, value: str) -> Row:
        """Return a new row for a field."""
        return Row(field, value, self.tall, self.flash, self.offered)

    def offered(self, row: Row, text: str) -> None:
        """Take a pasted text that may be a page, and no list of addresses."""
        raise NotImplementedError

    @property
    def tall(self) -> int:
        """How many lines of a field are seen at once."""
        return max(3, min(12, self.app.size.height // 5))

    def on_unmount(self) -> None:
        """Remember what is typed when the console ends, too."""
        self.keep()

    def on_resize(self) -> None:
        """Lay out anew, with the field that is typed into in view."""
        for entry in self.entries.values():
            if isinstance(entry, Editor):
                entry.be_tall(self.tall)
        self.redraw()
        if self.focused is not None:
            self.call_after_refresh(self.focused.scroll_visible, animate=False)

    def sections(self, form: FormSpec) -> Iterator[Widget]:
        """Yield the fields, group by group."""
        for group in ("what", *HEADINGS):
            rows = [self.fields[f.name] for f in form.fields if f.group == group]
            if rows and group in HEADINGS:
                yield heading(_(HEADINGS[group]), self.glyphs)
            yield from rows

    def remembered(self, form: FormSpec) -> dict[str, str]:
        """Return what was typed and not started, else what was started last.

        What is agreed to for one launch is to be agreed to again.
        """
        draft = self.memory.draft(form.importer)
        hint = _("as you left it; {key} begins with nothing")
        if draft is None:
            draft = self.memory.last_values(form.importer)
            hint = _("as last time; {key} begins with nothing") if draft else ""
        kept, once = carried(form, draft)
        words = (hint.format(key=pressed("form.clear")), once_words(form, once))
        self.hint = steps(filter(None, words))
        return kept

    @property
    def memory(self) -> Memory:
        """What the console remembers."""
        return self.console.memory

    def values(self) -> dict[str, str]:
        """Return what the fields hold."""
        return {name: entry.value for name, entry in self.entries.items()}

    def what_is_missing(self) -> str:
        """Return why the batch cannot be started, or nothing."""
        if self.form is None:
            return _("there is no form")
        return self.meant.problem.text if self.meant.problem else ""

    @property
    def field(self) -> FieldSpec | None:
        """The field that has the focus."""
        return next((row.field for row in self.fields.values() if row.entry.has_focus), None)

    def understand(self) -> None:
        """Find out what the fields mean now, and look at it soon."""
        form = self.form
        if form is None:
            return
        values = self.values()
        self.meant = forms.meaning(form, values)
        more = self.console.places
        self.command = forms.command_line(form, values, more=more, most=SHOWN_COMMAND)
        self.look_soon()
        self.redraw()

    def changed(self) -> None:
        """Somebody typed."""
        self.hint = ""
        if self.aside is not None and not self.touched:
            text = _("{key} brings back what you had typed before")
            self.flash(text.format(key=pressed("form.clear")), "")
        self.touched = True
        if self._keeping is None:
            self._keeping = self.set_timer(KEEP_AFTER_S, self.keep)
        self.understand()

    def keep(self) -> None:
        """Remember what is typed, so that nothing takes it away."""
        if self._keeping is not None:
            self._keeping.stop()
            self._keeping = None
        form = self.drawn
        if form is None or not self.touched:
            return
        values = self.values()
        untouched = forms.is_untouched(form, values)
        self.memory.keep_draft(form.importer, None if untouched else values)

    # Completing a path: beside the screen, for a disk may take its time.

    async def do_form_tab(self) -> None:
        """Complete a path; where there is nothing to complete go to the next field."""
        field, editor = self.field, self.focused
        kind = field.kind if field is not None else ""
        completes = kind in {"path", "paths", FILES}
        if not completes or not isinstance(editor, Editor) or not editor.line.strip():
            self.focus_next()
            return
        looking = asyncio.create_task(self._complete(editor, editor.line, files=kind == FILES))
        await asyncio.wait({looking}, timeout=ANSWERS_S)

    async def _complete(self, editor: Editor, text: str, *, files: bool) -> None:
        found, names = await asyncio.to_thread(forms.complete_path, text, files=files)
        if not editor.has_focus or editor.line != text:
            return  # typed on meanwhile
        if found == text and (len(names) <= 1 or self._completed == text):
            self._completed = ""
            self.focus_next()
            return
        self._completed = found
        if found != text:
            editor.change_line(found)
        if len(names) > 1:
            self.call_after_refresh(self.offer_names, names, files=files)

    def offer_names(self, names: list[str], *, files: bool) -> None:
        """Show what the path may be."""
        count = many("{n} folder", "{n} folders", len(names))
        if files:
            count = many("{n} file or folder", "{n} files or folders", len(names))
        safe = "  ".join(shown(name, 60) for name in names)
        self.hint = labelled(count, safe)
        self.redraw()
