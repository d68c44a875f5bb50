"""Failures grouped by what caused them, kept beside a connection: only what is new is grouped.

A batch may have 100,000 failures, and whoever looks at the dashboard asks for the causes whenever
one more comes. Failures are only added, and taken away with a retry of their job, so what was
grouped once is true as long as there are as many as there were. What they say of a job (whether it
can be queued again) is settled when it has ended; those of jobs that have not, which are few, are
grouped each time.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from soniq_tui.engine.queries import SQL, filled

Ask = Callable[[str, Mapping[str, Any]], list[Any]]
"""Runs a statement with its parameters and returns the rows."""


def _grouping(failures: str, of_batch: str) -> str:
    of = {"{failures}": failures, "{of_batch}": of_batch, "{filter}": "1"}
    return filled("group_causes", of)


_ALL = _grouping("error", "batch_id = :batch_id")
_MORE = _grouping(SQL["failures_to_group"], "1")
_TABLES = ("known_batches", "known_causes", "open_errors")


def group(
    ask: Ask, transaction: Callable[[], AbstractContextManager[object]], of: int | None
) -> None:
    """Group the failures of one batch, or of all, as far as that is not done.

    What has ended and is known is not even counted.

    Args:
        ask: of a connection to the journal, in whose temporary tables the groups are kept.
        transaction: is committed when it is left.
        of: the number of the batch.
    """
    for table in _TABLES:
        ask(SQL[table], {})
    for (batch_id,) in ask(SQL["batches_gone"], {}):
        with transaction():
            _forget(ask, {"batch_id": batch_id})
            ask(SQL["know_no_more"], {"batch_id": batch_id})
    batches = filled("batches_to_group", {"{of_id}": "1" if of is None else "id = :batch_id"})
    # What tells of a batch is read first: where it changes meanwhile it is grouped once more.
    for batch_id, mark, cancelled in ask(batches, {"batch_id": of}):
        with transaction():
            ask("BEGIN", {})  # what is read here is of one moment
            _group(ask, {"batch_id": batch_id, "mark": mark, "cancelled": cancelled})


def _group(ask: Ask, values: dict[str, Any]) -> None:
    found = ask(SQL["grouped_up_to"], values)
    if found:
        ask(SQL["forget_open_causes"], values)
    else:
        _forget(ask, values)
    values["last_id"], values["errors"] = found[0] if found else (0, 0)
    ask(_MORE if found else _ALL, values)
    for step in ("open_no_more", "open_now", "know_batch"):
        ask(SQL[step], values)


def _forget(ask: Ask, values: Mapping[str, Any]) -> None:
    ask(SQL["forget_causes"], values)
    ask(SQL["forget_open_errors"], values)
