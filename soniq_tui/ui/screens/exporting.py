"""What is taken out of a list: into a file, onto the clipboard, into the pager."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from textual import work

from soniq_tui.errors import SoniqError
from soniq_tui.model.snapshot import Row
from soniq_tui.ui import export, formats
from soniq_tui.ui.actions import can
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.pager import MOST_ROWS
from soniq_tui.ui.screens.marking import Marking
from soniq_tui.ui.screens.typed_line import TypedLine
from soniq_tui.ui.terminal_output import CLIPBOARD_MOST_BYTES
from soniq_tui.words import _, many

EXPORT = "export"


class Exporting(TypedLine, Marking):
    """A screen whose rows can be taken out."""

    # What a list has to say.

    def export_rows(self) -> AsyncIterator[tuple[Row, ...]]:
        """Give the marked rows, else all that the list shows."""
        raise NotImplementedError

    def current(self) -> Any:
        """Return the row under the cursor."""
        raise NotImplementedError

    def text_of(self, raw: Any) -> str:
        """Return what of a row goes onto the clipboard, safe to show."""
        raise NotImplementedError

    def row_text(self, raw: Any) -> str:
        """Return all that is known of a row, line by line, for the pager."""
        return "\n".join(f"{name:<12} {value}" for name, value in export.record(raw).items())

    def export_count(self) -> int:
        """Return how many rows that are, as far as is known."""
        shown = len(self.marking_table.source)
        return self.marks.count(shown) if self.marks else shown

    async def whole_text(self, raw: Any) -> str:
        """Return all that the engine knows of a row."""
        return self.row_text(raw)

    # A file.

    async def do_list_export(self) -> None:
        """Ask for the file."""
        await self.open_line(EXPORT, export.default_path(self.where))

    def changing(self, what: str, text: str) -> None:
        """Say what will be written."""
        if what != EXPORT:
            super().changing(what, text)
            return
        count = self.export_count()
        hint = many("{n} row into a file", "{n} rows into a file", count) + "  .jsonl .csv"
        self.flash_line.stand(((f" {hint}", "muted"),))

    def refused(self, what: str, text: str) -> str:
        """Return why nothing can be written there; the line stays open then."""
        return export.why_not(text) if what == EXPORT else super().refused(what, text)

    async def submitted(self, what: str, text: str) -> None:
        """Write the file, after a question where there is one already."""
        if what != EXPORT:
            await super().submitted(what, text)
            return
        if not export.whole(text).exists():
            self.write_file(text)
            return
        question = _("Write over {path}?").format(path=text)
        note = _("What is in it is gone then.")
        self.console.confirm(question, note, lambda: self.write_file(text))

    @work(group="export", exclusive=True)
    async def write_file(self, path: str) -> None:
        """Write the rows, a part at a time, beside the loop."""
        writer = export.Writer(path)
        try:
            async for rows in self.export_rows():
                await asyncio.to_thread(writer.write, rows)
                self.flash(_("{n} rows written so far").format(n=formats.count(writer.count)), "")
            await asyncio.to_thread(writer.finish)
        except (SoniqError, OSError) as error:
            await asyncio.to_thread(writer.drop)
            self.flash(str(error), "bad")
            return
        except asyncio.CancelledError:
            writer.drop()
            raise
        text = many("{n} row in {path}", "{n} rows in {path}", writer.count)
        self.flash(text.format(path=writer.path), "ok")

    # The clipboard.

    def do_row_copy(self) -> None:
        """Copy the marked rows, else the one under the cursor."""
        if self.marks:
            self.copy_marked()
        elif (row := self.current()) is not None:
            self.console.copy(self.text_of(row))

    @work(group="copy", exclusive=True)
    async def copy_marked(self) -> None:
        """Copy what is marked, a line each, as far as a clipboard goes."""
        lines, size = list[str](), 0
        try:
            async for rows in self.export_rows():
                lines += [self.text_of(row) for row in rows]
                size = sum(len(line.encode()) + 1 for line in lines)
                if size > CLIPBOARD_MOST_BYTES:
                    text = _("that is too much for a clipboard; {key} writes a file")
                    self.flash(text.format(key=pressed("list.export")))
                    return
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")
            return
        self.console.copy_lines(lines)

    # The pager.

    @work(group="pager", exclusive=True)
    async def do_row_page(self) -> None:
        """Show the marked rows, else the one under the cursor, in the pager."""
        texts = list[str]()
        try:
            if self.marks:
                async for rows in self.export_rows():
                    texts += [self.row_text(row) for row in rows]
                    if len(texts) >= MOST_ROWS:
                        break
            elif (row := self.current()) is not None:
                texts.append(await self.whole_text(row))
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")
            return
        if texts:
            await self.console.page("\n\n".join(texts[:MOST_ROWS]) + "\n")
        else:
            self.flash(can.no_row(self.context()))
