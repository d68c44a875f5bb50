"""The newest lines of the log, kept in memory for whoever looks; bounded in number and length.

A handler of ``logging``: any thread may say something. What comes from outside passes the gate
before it is kept.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence

from soniq_tui.model.filters import Term, parse
from soniq_tui.model.snapshot import LOG_KEPT, LogRow, Page, Query, View
from soniq_tui.model.text import shown, without_logins

CHARS_MOST = 1000
TRACE_LINES = 60
"""Of a traceback the end tells the most."""
OURS = "soniq_tui."


class Logbook(logging.Handler):
    """A ring of lines; ``on_line`` is called after each, in the thread that said it."""

    def __init__(self, earlier: Sequence[LogRow] = ()) -> None:
        super().__init__()
        self._rows: deque[LogRow] = deque(maxlen=LOG_KEPT)
        self._ring = threading.Lock()
        self.on_line: Callable[[], None] | None = None
        self.newest = 0
        """Number of the newest line."""
        for row in earlier:
            self._keep(row.at_s, row.level, row.source, row.text, row.trace)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001  a slip of whoever logs, which the library tells
            self.handleError(record)
            return
        trace = ""
        if record.exc_info:
            lines = logging.Formatter().formatException(record.exc_info).splitlines()
            last = map(without_logins, lines[-TRACE_LINES:])
            trace = "\n".join(shown(line, CHARS_MOST) for line in last)
        level = record.levelname.lower()
        self._keep(record.created, level, record.name, text, trace)
        if self.on_line is not None:
            self.on_line()

    def _keep(self, at_s: float, level: str, source: str, text: str, trace: str) -> None:
        with self._ring:
            self.newest += 1
            row = LogRow(
                id=self.newest,
                at_s=at_s,
                level=level,
                source=shown(source.removeprefix(OURS), 60),
                text=shown(without_logins(text), CHARS_MOST),
                trace=trace,
            )
            self._rows.append(row)

    def page(self, query: Query) -> Page:
        """Return the lines that the filter lets through, oldest first.

        An offset below zero counts from the end.

        Raises:
            FilterError: the filter means nothing in a log.
        """
        with self._ring:
            rows = list(self._rows)
        terms = parse(query.text, View.LOG)
        found = [row for row in rows if _lets(row, terms)] if terms else rows
        begin = query.offset if query.offset >= 0 else max(0, len(found) + query.offset)
        place = None
        if query.find is not None and query.limit > 0:
            place = next((n for n, row in enumerate(found) if row.id == query.find), None)
        if place is not None:
            begin = place - place % query.limit
        part = tuple(found[begin : begin + query.limit])
        return Page(rows=part, total=len(found), offset=begin, found=place)


def _lets(row: LogRow, terms: Sequence[Term]) -> bool:
    """Whether a line is wanted."""
    return all(
        any(_matches(row, term, value.lower()) for value in term.values) is not term.negative
        for term in terms
    )


def _matches(row: LogRow, term: Term, word: str) -> bool:
    if term.field is None:
        return word in f"{row.level} {row.source} {row.text} {row.trace}".lower()
    return (row.level if term.field.name == "level" else row.source.lower()).startswith(word)
