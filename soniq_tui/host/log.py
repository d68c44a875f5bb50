"""The log: ``soniq.log`` in the data directory, written by the host alone, from its own thread.

Two files of at most 1 MiB. What comes from outside (names, reasons, tags) passes the gate of
``model.text``, so that a log can be read with ``cat``; lines of a traceback are indented, so that
no message can pass for a record of its own.
"""

import logging
import logging.handlers
import os
import queue
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import cast

import msgspec

from soniq_tui.engine.logbook import Logbook
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import LogRow
from soniq_tui.model.text import shown, without_logins

NAME = "soniq.log"
MOST_BYTES = 1024 * 1024
"""A file that would grow beyond this becomes ``soniq.log.1``; the one before it is forgotten."""

EARLIER_BYTES = 64 * 1024
"""So much of what an earlier host wrote is read for whoever looks."""
AT = "%Y-%m-%dT%H:%M:%S%z"
INDENT = "    "
_RECORD = re.compile(r"(?P<at>\S+) (?P<level>debug|info|warning|error|critical) "
                     r"(?P<source>[^ :]+): (?P<text>.*)")  # fmt: skip


class _Lines(logging.Formatter):
    """One line for each record, and indented ones for its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        at = self.formatTime(record, AT)
        said = shown(without_logins(record.getMessage()))
        head = f"{at} {record.levelname.lower()} {record.name}: {said}"
        trace = without_logins(self.formatException(record.exc_info)) if record.exc_info else ""
        return "\n".join([head, *(f"{INDENT}{shown(line)}" for line in trace.splitlines())])


class _File(logging.handlers.RotatingFileHandler):
    """A file that only its owner reads. A log that cannot be written is no reason to stop."""

    def _open(self) -> TextIOWrapper:
        file = open(self.baseFilename, self.mode, encoding=self.encoding, opener=_for_owner)  # noqa: SIM115  the handler closes it
        os.fchmod(file.fileno(), 0o600)  # one that an earlier version made
        return cast("TextIOWrapper", file)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name is theirs
        """Say nothing: the journal will tell of a full disk, and aloud."""


def _for_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def start(settings: Settings) -> tuple[Logbook, Callable[[], None]]:
    """Begin to write the log; returns its newest lines, kept in memory, and what ends it."""
    root = logging.getLogger()
    book = Logbook(earlier(settings.data_path / NAME))
    level = root.level

    def close_book() -> None:
        root.removeHandler(book)
        root.setLevel(level)

    root.addHandler(book)
    root.setLevel(settings.log_level.upper())
    try:
        file = _File(
            settings.data_path / NAME, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8"
        )
    except OSError:
        return book, close_book  # the lock or the journal says what is wrong with the place
    file.setFormatter(logging.Formatter("%(message)s"))
    records: queue.Queue[logging.LogRecord] = queue.Queue()
    gate = logging.handlers.QueueHandler(records)
    gate.setFormatter(_Lines())
    listener = logging.handlers.QueueListener(records, file)
    root.addHandler(gate)
    listener.start()

    def stop() -> None:
        root.removeHandler(gate)
        close_book()
        listener.stop()
        file.close()

    return book, stop


def earlier(path: Path) -> list[LogRow]:
    """Return the last lines that an earlier host wrote, oldest first; none where it wrote none."""
    data = b""
    for each in (path, path.with_name(f"{path.name}.1")):
        with suppress(OSError), each.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - EARLIER_BYTES + len(data)))
            data = file.read() + data
    rows: list[LogRow] = []
    for line in data.decode("utf-8", "replace").splitlines():
        if (row := _record(line)) is not None:
            rows.append(row)
        elif rows and line.startswith(INDENT):
            last = rows[-1]
            trace = f"{last.trace}\n{line.removeprefix(INDENT)}".lstrip("\n")
            rows[-1] = msgspec.structs.replace(last, trace=trace)
    return rows


def _record(line: str) -> LogRow | None:
    """Return a line of the file as it was written, None for what is no record of its own."""
    match = _RECORD.fullmatch(line)
    if match is None:
        return None
    try:
        at_s = datetime.fromisoformat(match["at"]).timestamp()
    except ValueError:
        return None
    words = {name: match[name] for name in ("level", "source", "text")}
    return LogRow(id=0, at_s=at_s, **words)
