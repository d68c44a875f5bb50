"""The filter line of lists, turned into SQL conditions. Pure; the language is in model/filters.py.

Case does not matter in ASCII. In the list of jobs ``kind:`` is the importer, ``queue:extract``
where they wait, and ``is:dead`` (failed or set aside), ``is:open`` (not ended) and ``is:ended``
take states together.
"""

import re
from collections.abc import Mapping

from soniq_tui.errors import UsageError
from soniq_tui.model.filters import ANY, DEAD, ENDED, OPEN, Term, parse
from soniq_tui.model.job import TERMINAL
from soniq_tui.model.snapshot import Query, View
from soniq_tui.model.text import plain

_ENDED = ", ".join(f"'{state.value}'" for state in sorted(TERMINAL))
_FAILURES = {
    "": "e.item || ' ' || e.reason",
    "stage": "e.stage",
    "kind": "e.kind",
    "batch": "e.batch_id",
    "try": "e.attempts",
}

COLUMNS: Mapping[View, Mapping[str, str]] = {
    View.JOBS: {
        "": "label || ' ' || error",
        "state": "shown",
        "stage": "stage",
        "queue": "queue",
        "kind": "importer",
        "batch": "batch_id",
        "id": "id",
        "try": "attempt + 1",
        "time": "ran_s",
        f"is:{DEAD}": "shown IN ('failed', 'set aside')",
        f"is:{OPEN}": f"shown NOT IN ({_ENDED})",
        f"is:{ENDED}": f"shown IN ({_ENDED})",
        f"is:{ANY}": "1",
    },
    View.CAUSES: _FAILURES,
    View.ERRORS: _FAILURES,
    View.BATCHES: {"": "label || ' ' || error", "state": "state", "kind": "importer"},
    View.HISTORY: {"": "queue", "queue": "queue"},
    View.SCALES: {"": "queue || ' ' || reason", "queue": "queue"},
}
"""What the fields of a filter mean in each list; the empty one is free text, one with a colon is a
condition of its own."""

ORDERS: Mapping[View, Mapping[str, tuple[str, ...]]] = {
    View.JOBS: {
        "": ("id",),
        "time": ("ran_s", "id"),
        "queue": ("queue", "id"),
        "job": ("label", "id"),
        "items": ("total", "id"),
        "step": ("stage", "id"),
        "batch": ("batch_id", "id"),
        "try": ("attempt", "id"),
        "state": ("shown", "id"),
    },
    View.CAUSES: {
        "": ("count DESC", "last_at_s DESC"),
        "batch": ("e.batch_id", "count DESC", "last_at_s DESC"),
        "count": ("count", "last_at_s"),
        "last": ("last_at_s", "count"),
        "first": ("first_at_s", "count"),
        "kind": ("e.kind", "count DESC"),
        "step": ("e.stage", "count DESC"),
        "reason": ("e.reason", "count DESC"),
    },
    View.ERRORS: {
        "": ("e.id",),
        "at": ("e.at_s", "e.id"),
        "item": ("e.item", "e.id"),
        "reason": ("e.reason", "e.id"),
        "try": ("e.attempts", "e.id"),
        "step": ("e.stage", "e.id"),
        "kind": ("e.kind", "e.id"),
    },
}
"""What each list is sorted by; the empty word is its natural order."""


def condition(text: str, view: View) -> tuple[str, dict[str, object]]:
    """Return an SQL condition and its parameters (``f0``, ``f1`` ...); ``1`` when nothing is asked.

    Raises:
        FilterError: the text means nothing in this list.
    """
    terms: list[str] = []
    values: dict[str, object] = {}
    for number, term in enumerate(parse(plain(text), view)):
        each = []
        for other, value in enumerate(term.values):
            name = f"f{number}_{other}" if other else f"f{number}"
            sql, bound = _sql(term, value, COLUMNS[view], f":{name}")
            each.append(sql)
            if bound is not None:
                values[name] = bound
        sql = f"({' OR '.join(each)})" if len(each) > 1 else each[0]
        terms.append(f"NOT ({sql})" if term.negative else sql)
    return " AND ".join(terms) or "1", values


def _sql(term: Term, value: str, columns: Mapping[str, str], name: str) -> tuple[str, object]:
    """Return one condition with its parameter; None where it has none."""
    field = term.field
    if field is not None and (whole := columns.get(f"{field.name}:{value.lower()}")):
        return f"({whole})", None
    column = columns[field.name if field else ""]
    if field is not None and field.compares:
        return f"{column} {term.sign} {name}", term.number
    if field is not None and field.form == "whole":
        return f"{column} = {name}", int(value)
    escaped = re.sub(r"([\\%_])", r"\\\1", value)
    pattern = f"{escaped}%" if field else f"%{escaped}%"
    return f"({column}) LIKE {name} ESCAPE '\\'", pattern


def of_live(text: str) -> bool:
    """Say whether a filter of jobs finds none that has ended: then only others need be looked at.

    Raises:
        FilterError: the text means nothing in that list.
    """
    return any(
        not term.negative and all(_is_live(term, value.lower()) for value in term.values)
        for term in parse(plain(text), View.JOBS)
    )


def _is_live(term: Term, value: str) -> bool:
    name = term.field.name if term.field else ""
    if name == "state":
        return not any(state.value.startswith(value) for state in TERMINAL)
    return name == "is" and value == OPEN


def of_groups(where: str) -> bool:
    """Say whether a condition on failures looks at nothing but what is the same in each cause."""
    return "e.item" not in where and "e.attempts" not in where


def order(query: Query, *, backwards: bool = False) -> str:
    """Return what the rows of a list are sorted by, as SQL; ``backwards`` the same from the end.

    Raises:
        UsageError: the list cannot be sorted by that.
    """
    orders = ORDERS.get(query.view, {})
    if query.sort not in orders:
        if query.sort or query.reverse:
            raise UsageError(f"the list of {query.view} cannot be sorted by {query.sort!r}")
        return "1"
    first, *rest = orders[query.sort]
    if query.reverse:
        first = _turned(first)
        rest = rest if query.sort else [_turned(term) for term in rest]
    terms = (first, *rest)
    return ", ".join(map(_turned, terms) if backwards else terms)


def before(query: Query, known: str) -> str:
    """Return a condition on the rows that come before the one that is looked for, as SQL.

    Args:
        query: asks for a list that is sorted by a column and then by numbers, or by these alone.
        known: what stands in ``{column}`` of that row, as SQL.
    """
    *columns, number = ORDERS[query.view][query.sort]
    sign = ">" if query.reverse else "<"
    made = f"{number} {'<' if columns else sign} :find"
    for column in columns:
        its = known.replace("{column}", column)
        made = f"({column} {sign} {its} OR {column} = {its} AND {made})"
    return made


def _turned(term: str) -> str:
    return term.removesuffix(" DESC") if term.endswith(" DESC") else f"{term} DESC"
