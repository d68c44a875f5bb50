"""The filter line of lists, turned into SQL conditions. Pure.

Words must occur, ``!word`` must not; ``state:failed``, ``stage:extract`` and ``kind:corrupt``
narrow down, also with ``!`` before them; ``try>1`` and ``time>5s`` compare. Case does not matter
in ASCII. In the list of jobs ``kind:`` is the importer, ``queue:extract`` where they wait, and
``is:dead`` (failed or set aside), ``is:open`` (not ended) and ``is:ended`` take states together.
"""

import re
from collections.abc import Mapping

from soniq_tui.model.job import TERMINAL

_COMPARE = re.compile(r"(?P<name>try|time)(?P<op>[<>])(?P<value>\d+(?:\.\d+)?)s?$")

TERMS_MOST = 50
CHARS_MOST = 1000
"""What lies beyond is left off: SQLite refuses deep expressions and long patterns."""

_ENDED = ", ".join(f"'{state.value}'" for state in sorted(TERMINAL))

JOB_COLUMNS: Mapping[str, str] = {
    "": "label || ' ' || error",
    "state": "shown",
    "stage": "stage",
    "queue": "queue",
    "kind": "importer",
    "id": "id",
    "try": "attempt + 1",
    "time": "run_s",
    "is:dead": "shown IN ('failed', 'set aside')",
    "is:open": f"shown NOT IN ({_ENDED})",
    "is:ended": f"shown IN ({_ENDED})",
}
"""What the words of a filter mean in the list of jobs; the empty word is free text, a word with a
colon is a condition of its own."""

ERROR_COLUMNS: Mapping[str, str] = {
    "": "e.item || ' ' || e.reason",
    "stage": "e.stage",
    "kind": "e.kind",
    "try": "e.attempts",
}
"""What the words of a filter mean in the lists of failures."""

BATCH_COLUMNS: Mapping[str, str] = {
    "": "label || ' ' || error",
    "state": "state",
    "kind": "importer",
}
"""What the words of a filter mean in the list of batches."""

HISTORY_COLUMNS: Mapping[str, str] = {"": "queue", "queue": "queue"}
"""What the words of a filter mean in the history."""

SCALE_COLUMNS: Mapping[str, str] = {"": "queue || ' ' || reason", "queue": "queue"}
"""What the words of a filter mean in the list of scale events."""


def condition(text: str, columns: Mapping[str, str]) -> tuple[str, dict[str, object]]:
    """Return an SQL condition and its parameters (``f0``, ``f1`` ...); ``1`` when nothing is asked.

    A word that names something this list does not have is taken as free text.
    """
    terms: list[str] = []
    values: dict[str, object] = {}
    plain = text[:CHARS_MOST].encode("utf-8", "backslashreplace").decode()
    for number, term in enumerate(plain.split()[:TERMS_MOST]):
        name = f"f{number}"
        compare = _COMPARE.match(term)
        if compare and compare["name"] in columns:
            terms.append(f"{columns[compare['name']]} {compare['op']} :{name}")
            values[name] = float(compare["value"])
            continue
        negative = term.startswith("!") and len(term) > 1
        word = term.removeprefix("!") if negative else term
        field, colon, value = word.partition(":")
        if colon and word.lower() in columns:
            terms.append(f"{'NOT ' if negative else ''}({columns[word.lower()]})")
            continue
        if not colon or field not in columns or not value or not field:
            field, value = "", word
        column = columns[field]
        terms.append(f"{'NOT ' if negative else ''}({column}) LIKE :{name} ESCAPE '\\'")
        escaped = re.sub(r"([\\%_])", r"\\\1", value)
        values[name] = f"%{escaped}%" if not field else f"{escaped}%"
    return " AND ".join(terms) or "1", values
