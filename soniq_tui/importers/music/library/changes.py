"""What scans found changed of what was there before: read again, moved or gone; the newest first.

What is new has a list of its own. Of a file that moved it is known where it was last, and not
before: catalogues of older versions hold no table of that until the first one moves.
"""

from collections.abc import Callable

from soniq_tui.importers.music.library import find, orders
from soniq_tui.importers.music.library.cells import moment
from soniq_tui.importers.music.library.find import SQL
from soniq_tui.importers.music.library.listing import (
    ARTIST,
    NO_MATCH,
    PATH,
    TITLE,
    Look,
    track_page,
)
from soniq_tui.model.results import ResultColumn, ResultPage
from soniq_tui.words import mark

WHAT = ResultColumn(name="note", title=mark("What changed"), width=27, rank=1)
NONE = mark("no scan found a file changed, moved or gone; what is new stands under Recent")


def view(look: Look) -> ResultPage:
    """Return a page of the list."""
    query = _with_moves(look, "changes")
    ids = orders.keep(
        look.stamp, ("changes",), lambda: (row[0] for row in look.connection.execute(query))
    )
    return track_page(
        look,
        mark("Changed lately"),
        (TITLE, ARTIST, WHAT, PATH),
        ids=list(ids),
        notes=_notes(look),
        empty=NO_MATCH if look.search else NONE,
    )


def _notes(look: Look) -> Callable[[list[int]], dict[int, str]]:
    query = _with_moves(look, "change_notes")

    def said(ids: list[int]) -> dict[int, str]:
        rows = look.connection.execute(query, {"ids": find.ids_json(ids)})
        return {number: _note(*row) for number, *row in rows}

    return said


def _note(
    missing: int,
    gone_at_s: float | None,
    moved_at_s: float | None,
    read_at_s: float | None,
) -> str:
    """Return what happened last to a track; who is gone is that whatever happened before."""
    if missing:
        return f"gone since {moment(gone_at_s)}" if gone_at_s else "gone"
    if moved_at_s is not None and moved_at_s >= (read_at_s or 0.0):
        return f"moved {moment(moved_at_s)}"
    return f"read again {moment(read_at_s)}" if read_at_s is not None else ""


def _with_moves(look: Look, query: str) -> str:
    """Return a query with what is known of moves, or with nothing where nothing is."""
    return SQL[query].format(moved=SQL["moved" if find.knows_moves(look.connection) else "unmoved"])
