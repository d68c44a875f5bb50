"""Why an action on results cannot be done now; nothing when it can."""

from soniq_tui.model.results import ResultRow
from soniq_tui.ui.action_context import EVERYTHING, ActionContext
from soniq_tui.ui.actions.can import connected, empty, no_row
from soniq_tui.ui.keymap import pressed
from soniq_tui.ui.page_upload import PAGES, meant
from soniq_tui.words import _

MISSING = "missing"
"""The key of the check that finds files which are gone."""


def rereadable(now: ActionContext) -> str:
    """Return why the marked result cannot be read again."""
    if now.result is None:
        return no_row(now)
    if now.result.kind in PAGES:
        return connected(now)
    if now.result.kind in GATHERED or not now.result.item.startswith("/"):
        text = _("only files are read again; {key} leads to them")
        return text.format(key=pressed("row.open"))
    return connected(now)


GATHERED = frozenset({"artist", "album", "genre", "playlist", "check", "folder", "year",
                      "site", "category"})  # fmt: skip
"""Kinds of results that stand for more than one file."""


def retry_word(now: ActionContext) -> str:
    """Return what r does to the marked result."""
    again = now.result is not None and now.result.kind in {"track", "recipe"}
    return _("read again") if again else _("retry")


def savable(now: ActionContext) -> str:
    """Return why the list in view makes no playlist."""
    asked = now.result_query
    if asked is None or not (asked.text or asked.key):
        text = _("it keeps a search or an opened list; {key} searches")
        return text.format(key=pressed("results.search"))
    if asked.view == EVERYTHING:
        return _("a playlist is made of tracks or albums; search in a list of those")
    return connected(now) if now.row else empty(now)


def searches_all(now: ActionContext) -> str:
    """Return why not everything can be searched at once."""
    return connected(now) if now.searches_all else _("these results have no search of everything")


def choosable(now: ActionContext) -> str:
    """Return why there are no results of another importer."""
    if not now.importers:
        return connected(now) or _("it is not known yet which other results there are")
    return connected(now) if now.importers > 1 else _("no other importer has results to look at")


def deletable(now: ActionContext) -> str:
    """Return why nothing is to be deleted, and nothing to be forgotten."""
    if now.due:
        return no_row(now)
    row = now.result
    if row is None or not (row.kind in {"playlist", "failed"} or is_gone(row)):
        return _("only playlists can be deleted, and files forgotten that are gone")
    return connected(now)


def delete_word(now: ActionContext) -> str:
    """Return what d does to the marked result."""
    if now.result is not None and is_gone(now.result):
        return _("forget")
    return _("leave out") if now.result and now.result.kind == "failed" else _("delete")


def is_gone(row: ResultRow) -> bool:
    """Say whether a row stands for files that are gone, and for none that is there."""
    if row.kind == "check":
        return row.key == MISSING
    return row.muted and row.kind in {"track", "album", "artist"}


def purgeable(now: ActionContext) -> str:
    """Return why nothing of the list in view can be forgotten."""
    row, asked = now.result, now.result_query
    if row is None or asked is None:
        return no_row(now)
    if row.kind != "track" or asked.view == EVERYTHING:
        text = _("files are forgotten in a list of tracks; {key} leads to one")
        return text.format(key=pressed("row.open"))
    return connected(now)


def givable(now: ActionContext) -> str:
    """Return why no page can be given for what is marked."""
    if now.due:
        return no_row(now)
    if not meant(now)[1]:
        return _("a page is given for the address of a recipe, or of one that failed")
    return connected(now)


def has_source(now: ActionContext) -> str:
    """Return why there is no source to read beside what is read."""
    return "" if now.sources else _("the text it was made of is not kept")


def sortable(now: ActionContext) -> str:
    """Return why there is nothing to sort."""
    return "" if now.columns else _("the list is not here yet")
