"""What can be done with results: read a file again, keep a search, delete, forget what is gone."""

import asyncio
import glob
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import work

from soniq_tui.errors import SoniqError
from soniq_tui.model.commands import Reply, Retry, Target
from soniq_tui.model.results import ResultRow
from soniq_tui.model.snapshot import ErrorRow, Query, View
from soniq_tui.model.text import shown
from soniq_tui.model.unfinished import STILL, writing
from soniq_tui.ui import result_rows
from soniq_tui.ui.actions.can_results import MISSING, is_gone
from soniq_tui.ui.screens.typed_line import TypedLine
from soniq_tui.words import _
from soniq_tui.words.told import told

if TYPE_CHECKING:
    from soniq_tui.ui.breadcrumbs import Breadcrumbs, Place

NAME = "name"
FAILURES_MOST = 200
"""So many failures of files with the same name are looked through for the one that is meant."""


def failure_query(item: str) -> Query:
    """Return what to ask for the failures of one file: those that have a word of its name."""
    name = item.rstrip("/").rpartition("/")[2]
    words = [word.lstrip("!") for word in name.split() if ":" not in word]
    return Query(view=View.ERRORS, text=max(words, key=len, default=""), limit=FAILURES_MOST)


def scan_options(item: str) -> dict[str, object]:
    """Return the options of a scan that reads one file again, whatever is known of it.

    Only for one that is there: ``force`` takes for agreed that what is not there is gone.
    """
    folder, _, name = item.rpartition("/")
    return {"paths": [folder or "/"], "include": [glob.escape(name)], "force": True}


def again_options(row: ResultRow) -> dict[str, object]:
    """Return the options of a launch that gets one thing again."""
    if row.kind == "recipe":
        return {"sources": [row.item], "on_duplicate": "update"}
    return {"sources": [row.item]} if row.kind == "failed" else scan_options(row.item)


def gone_words(row: ResultRow) -> dict[str, str]:
    """Return which files that are gone a row means, for the deeds ``missing``."""
    if row.kind == "check":
        return {}
    if row.kind == "track":
        return {"tracks": row.key}
    return {"view": row.opens, "key": row.key}


class ResultCommands(TypedLine):
    """The actions of the screen of results that change something."""

    trail: "Breadcrumbs"

    @property
    def place(self) -> "Place":
        """The list in view."""
        return self.trail.place

    def current(self) -> ResultRow | None:
        """Return the row under the cursor."""
        return self.place.pages.raw(self.table.cursor) if self.place.pages else None

    def name_of(self, row: ResultRow) -> str:
        """Return what a row of the list in view is called."""
        return result_rows.name_of(row, self.place.head.columns if self.place.head else ())

    def refresh_rows(self) -> None:
        """Ask for the visible rows again."""
        raise NotImplementedError

    def turn(self) -> None:
        """Show the list that the trail leads to."""
        raise NotImplementedError

    # A file.

    def do_results_retry(self) -> None:
        """Read the marked file again."""
        if (row := self.current()) is not None and row.item:
            self.read_again(row)

    @work(group="retry", exclusive=True)
    async def read_again(self, row: ResultRow) -> None:
        """Retry the job that failed for a file or page; where none is known get it anew."""
        client = self.console.client
        if client is None:
            return
        try:
            page = await client.browse(failure_query(row.item))
            jobs = [r.job_id for r in page.rows if isinstance(r, ErrorRow) and r.item == row.item]
            if jobs:
                reply = await client.send(Retry(target=Target(jobs=(jobs[-1],))))
                if reply.ok and reply.affected:
                    said = _("job {job}, which failed for it, runs again").format(job=jobs[-1])
                    self.flash(reply.text or said, "ok")
                    return
            options = again_options(row)
            if "force" in options and not await asyncio.to_thread(Path(row.item).is_file):
                self.flash(_("it is not there now; is the disk mounted?"), "bad")
                return
            reply = await client.launch(self.trail.importer, options)
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")
            return
        done = _("no failed job of it is left; the file is read again")
        if reply.batch_id is not None:
            done = _("no failed job of it is left; the file is read again as batch {batch}")
            done = done.format(batch=reply.batch_id)
        self.flash(done if reply.ok else reply.text, "ok" if reply.ok else "bad")

    # Playlists, and pages without a recipe.

    async def do_playlist_save(self) -> None:
        """Ask for the name under which the list in view is kept."""
        await self.open_line(NAME, self.place.asked.text)

    def save_playlist(self, name: str) -> None:
        """Keep what the list in view shows as a playlist."""
        asked = self.place.asked
        words = {"name": name, "query": asked.text, "view": asked.view, "key": asked.key}
        said = _("saved as {name}").format(name=shown(name))
        self.have_done("playlist.save", words, said)

    def do_playlist_delete(self) -> None:
        """Delete the marked playlist, or forget what is gone, after a question.

        A page is left out of its list at once.
        """
        if (row := self.current()) is None:
            return
        if is_gone(row):
            text = _("Forget {name}?")
            if row.kind == "check":
                text = _("Forget all files that are gone?")
            self.forget_gone(gone_words(row), text.format(name=self.name_of(row)))
            return
        if row.kind == "failed":
            self.have_done("failed.skip", {"item": row.key}, _("left out"))
            return
        name = self.name_of(row)
        said = _("deleted {name}").format(name=shown(name))
        words = {"key": row.key, "name": name}
        self.console.confirm(
            _("Delete the playlist {name}?").format(name=name),
            _("The music stays where it is."),
            lambda: self.have_done("playlist.delete", words, said),
        )

    # Files that are gone.

    def do_missing_forget(self) -> None:
        """Forget what is gone of the list in view, after a question."""
        asked = self.place.asked
        words = {"view": asked.view, "key": asked.key, "query": asked.text}
        self.forget_gone(words, _("Forget all files of this list that are gone?"))

    @work(group="forget", exclusive=True)
    async def forget_gone(self, words: dict[str, str], question: str) -> None:
        """Ask whether files that are gone are to be forgotten, saying what goes with them."""
        client, importer = self.console.client, self.trail.importer
        if client is None:
            return
        # Somebody is asked each time, so what is only out of reach is told, and not left out; but
        # what goes while they think was not told.
        words |= {"unmounted": "yes", "until": str(time.time())}
        try:
            page = await client.browse(writing(importer))
            if page.rows:
                self.flash(told(STILL), "bad")
                return
            weighed = await client.deed(importer, f"{MISSING}.weigh", words)
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")
            return

        def forget() -> None:
            self.flash(_("forgetting what is gone"))
            self.forget(words)

        note = _(
            "Goes for good: {what}. That cannot be undone; a file that comes back is read as a new "
            "one."
        )
        self.console.confirm(question, note.format(what=weighed.text), forget)

    @work(group="deed")
    async def forget(self, words: dict[str, str]) -> None:
        """Have files forgotten; where the list in view went with them go back to one that is."""
        await self.do_deed(f"{MISSING}.forget", words, "")
        client, trail, way = self.console.client, self.trail, self.trail.way
        try:
            while client is not None and trail.way is way and self.place.asked.key:
                asked = replace(self.place.asked, offset=0, limit=1)
                if not (await client.results(asked)).problem:
                    return
                if trail.way is not way or not trail.back():
                    return
                self.turn()
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")

    @work(group="deed")
    async def have_done(self, name: str, words: dict[str, str], done: str) -> None:
        """Have something done in a worker; see :meth:`do_deed`."""
        await self.do_deed(name, words, done)

    async def do_deed(self, name: str, words: dict[str, str], done: str) -> None:
        """Have something done, say what came of it and show the list as it is then."""
        client = self.console.client
        if client is None:
            return
        try:
            reply: Reply = await client.deed(self.trail.importer, name, words)
        except (SoniqError, OSError) as error:
            self.flash(str(error), "bad")
            return
        self.flash(reply.text or done, "ok" if reply.ok else "bad")
        self.refresh_rows()
