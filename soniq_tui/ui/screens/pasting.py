"""Pages that are pasted into a launch form, in place of their addresses: sources themselves."""

import re

from textual import work

from soniq_tui.errors import SoniqError
from soniq_tui.model.text import shown
from soniq_tui.ui import forms
from soniq_tui.ui.giving import KEEP
from soniq_tui.ui.screens.recalling import Recalling
from soniq_tui.ui.widgets.editor import Editor
from soniq_tui.ui.widgets.form_rows import Row
from soniq_tui.words import _, many
from soniq_tui.words.told import told

_URL = re.compile(r"https?://", re.IGNORECASE)


class Pasting(Recalling):
    """A form that takes pages as well as addresses."""

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
