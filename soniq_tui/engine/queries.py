"""The queries of the journal, filled with what stands in them in braces. Pure."""

from collections.abc import Mapping

from soniq_tui import sql
from soniq_tui.engine.filter import of_live

_PARTS = (
    *("causes", "failed_by_job", "grouped", "is_live", "is_over", "is_plain", "job_columns"),
    *("retryable", "shown_jobs"),
)
"""Blocks of ``journal.sql`` that stand in others by their name in braces."""


def _load() -> dict[str, str]:
    queries = sql.load("soniq_tui.engine", "journal.sql")
    for part in _PARTS:
        whole = queries[part]
        queries = {n: query.replace(f"{{{part}}}", whole) for n, query in queries.items()}
    return queries


SQL = _load()


def filled(name: str, of: Mapping[str, str]) -> str:
    """Return a query with what stands in it by name, braces included."""
    text = SQL[name]
    for part, whole in of.items():
        text = text.replace(part, whole)
    return text


def listed_jobs(text: str) -> tuple[str, str]:
    """Return where a filter of jobs looks, as SQL, and a condition: all, or what has not ended.

    Raises:
        FilterError: the text means nothing in that list.
    """
    jobs = SQL["shown_jobs"]
    if not of_live(text):
        return jobs, "1"
    return jobs.replace("FROM job AS j", "FROM job AS j INDEXED BY job_live"), SQL["is_live"]
