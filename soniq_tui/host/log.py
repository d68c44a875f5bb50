"""The log: ``soniq.log`` in the data directory, written by the host alone, from its own thread.

Two files of at most 1 MiB. What comes from outside (names, reasons, tags) passes the gate of
``model.text``, so that a log can be read with ``cat``; lines of a traceback are indented, so that
no message can pass for a record of its own.
"""

import logging
import logging.handlers
import os
import queue
from collections.abc import Callable
from io import TextIOWrapper

from soniq_tui.model.settings import Settings
from soniq_tui.model.text import shown

NAME = "soniq.log"
MOST_BYTES = 1024 * 1024
"""A file that would grow beyond this becomes ``soniq.log.1``; the one before it is forgotten."""


class _Lines(logging.Formatter):
    """One line for each record, and indented ones for its traceback."""

    def format(self, record: logging.LogRecord) -> str:
        at = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        head = f"{at} {record.levelname.lower()} {record.name}: {shown(record.getMessage())}"
        trace = self.formatException(record.exc_info) if record.exc_info else ""
        return "\n".join([head, *(f"    {shown(line)}" for line in trace.splitlines())])


class _File(logging.handlers.RotatingFileHandler):
    """A file that only its owner reads. A log that cannot be written is no reason to stop."""

    def _open(self) -> TextIOWrapper:
        file = super()._open()
        os.fchmod(file.fileno(), 0o600)
        return file

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the name is theirs
        """Say nothing: the journal will tell of a full disk, and aloud."""


def start(settings: Settings) -> Callable[[], None]:
    """Begin to write the log; returns what ends it."""
    root = logging.getLogger()
    try:
        file = _File(
            settings.data_path / NAME, maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8"
        )
    except OSError:
        return lambda: None  # the lock or the journal says what is wrong with the place
    file.setFormatter(logging.Formatter("%(message)s"))
    records: queue.Queue[logging.LogRecord] = queue.Queue()
    gate = logging.handlers.QueueHandler(records)
    gate.setFormatter(_Lines())
    listener = logging.handlers.QueueListener(records, file)
    level = root.level
    root.addHandler(gate)
    root.setLevel(settings.log_level.upper())
    listener.start()

    def stop() -> None:
        root.removeHandler(gate)
        root.setLevel(level)
        listener.stop()
        file.close()

    return stop
