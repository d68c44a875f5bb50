"""What must have ended before what an importer takes for gone is forgotten."""

from soniq_tui.model.snapshot import Query, View

_WRITING = "discover|extract|group|insert|close"
"""Stages of a scan. Not the one that watches: at rest it has nothing to tell."""


STILL = "a scan has not ended and may find some of them elsewhere; let it end first, or cancel it"
"""Why nothing is forgotten meanwhile."""


def writing(importer: str) -> Query:
    """Return the question for the jobs that may yet find, elsewhere, what seems gone."""
    text = f"is:open kind:{importer} stage:{_WRITING}"
    return Query(view=View.JOBS, text=text, limit=1)
