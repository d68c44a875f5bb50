"""What must have ended before what an importer takes for gone is forgotten."""

from soniq_tui.model.snapshot import Query, View

_WRITING = "discover|extract|group|insert|close"
"""Stages of a scan. Not the one that watches: at rest it has nothing to tell."""


def writing(importer: str) -> Query:
    """Return the question for the jobs that may yet find, elsewhere, what seems gone."""
    text = f"is:open kind:{importer} stage:{_WRITING}"
    return Query(view=View.JOBS, text=text, limit=1)
