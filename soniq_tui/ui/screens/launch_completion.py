"""Completing a path in a form: beside the screen, for a disk may take its time."""

import asyncio
from typing import TYPE_CHECKING

from textual.screen import Screen

from soniq_tui.model.forms import FieldSpec
from soniq_tui.model.text import shown
from soniq_tui.ui import forms
from soniq_tui.ui.widgets.editor import Editor
from soniq_tui.words import labelled, many

FILES = "urls"
"""The kind of field that takes files, too, with addresses or a page in them."""
ANSWERS_S = 0.3
"""A disk that answers within this time answers before the next key."""

if TYPE_CHECKING:
    Base = Screen[object]
else:
    Base = object


class PathCompletion(Base):
    """The tab key of a form."""

    hint: str
    _completed = ""
    """What was completed last: a second tab on it goes on."""

    @property
    def field(self) -> FieldSpec | None:
        """The field that has the focus."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw the form anew."""
        raise NotImplementedError

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
