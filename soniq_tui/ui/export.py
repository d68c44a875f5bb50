"""Rows of lists as files: one JSON object or one CSV line each. Whole or not at all.

What is foreign stays as it came, but for what is no text; in CSV what a spreadsheet would take for
a formula is made harmless. Nothing here knows the screen; :class:`Writer` runs in a thread.
"""

import contextlib
import csv
import errno
import io
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import msgspec

from soniq_tui import files
from soniq_tui.errors import UsageError
from soniq_tui.model.snapshot import QueueView, Row
from soniq_tui.model.text import plain
from soniq_tui.words import _

FORMS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
Value = str | int | float | None
RENAMED = {"id": "number", "batch_id": "batch", "job_id": "job"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_open: set[Path] = set()
"""What this process is writing; what else has such a name was left by one that was killed."""


def form_of(path: str) -> str:
    """Return the form that a file's name asks for; empty for one nobody writes."""
    return FORMS.get(Path(path).suffix.lower(), "")


def default_path(name: str) -> str:
    """Return where an export goes if nobody says otherwise: here, or at home."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    try:
        here = Path.cwd()
        folder = here if os.access(here, os.W_OK) else Path.home()
    except OSError:  # the folder is gone
        folder = Path.home()
    return str(folder / f"soniq-{name}-{stamp}.jsonl")


def whole(path: str) -> Path:
    """Return a path as it was meant: ``~`` is the home."""
    return Path(os.path.expanduser(path))


def why_not(path: str) -> str:
    """Return why nothing can be written there; empty when it can, as far as a look tells."""
    if not path:
        return _("a file needs a name")
    if not form_of(path):
        return _("the name has to end in .jsonl or .csv")
    folder = whole(path).parent
    if not folder.is_dir():
        return _("there is no folder {folder}").format(folder=folder)
    if whole(path).is_dir():
        return _("{path} is a folder").format(path=path)
    return ""


def record(row: Row | QueueView) -> dict[str, Value]:
    """Return what stands in the file of one row: plain values by name."""
    found: dict[str, Value] = {}
    for name, value in msgspec.to_builtins(row).items():
        if name == "type":
            continue
        if isinstance(value, dict):
            found |= {str(inner): each for inner, each in value.items()}
        elif isinstance(value, list):
            found[name] = " ".join(map(str, value))
        elif name.endswith("at_s") and isinstance(value, int | float):
            at = time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(value))
            found[name.removesuffix("_s")] = at
        else:
            found[RENAMED.get(name, name)] = value
    return found


class Writer:
    """One file that is being written, beside its place until it is whole.

    Args:
        path: where it shall stand; its suffix tells the form.

    Raises:
        UsageError: from every method, when it cannot be written.
    """

    def __init__(self, path: str) -> None:
        self.path = whole(path)
        self.count = 0
        self._form = form_of(path)
        self._columns: tuple[str, ...] = ()
        self._new = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        self._file: TextIO | None = None

    def write(self, rows: Iterable[Row]) -> None:
        """Write some more rows."""
        try:
            file = self._file or self._begin()
            for row in rows:
                file.write(self._line(record(row)))
                self.count += 1
        except OSError as error:
            self.drop()
            raise self._refused(error) from error

    def _begin(self) -> TextIO:
        self._new = self._new.absolute()
        if self._new in _open:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self._new.unlink(missing_ok=True)  # of a process that was killed
        self._file = self._new.open("x", encoding="utf-8")
        _open.add(self._new)
        return self._file

    def _line(self, found: dict[str, Value]) -> str:
        if self._form == "jsonl":
            return json.dumps(found, ensure_ascii=True) + "\n"
        text = io.StringIO()
        out = csv.writer(text, lineterminator="\n")
        if not self._columns:
            self._columns = tuple(found)
            out.writerow(self._columns)
        out.writerow([_harmless(found.get(name)) for name in self._columns])
        return text.getvalue()

    def finish(self) -> None:
        """Put the file in its place."""
        self.write(())
        if self._file is None:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._new.replace(self.path)
            files.sync(self.path.parent)
        except OSError as error:
            self.drop()
            raise self._refused(error) from error
        self._file = None
        _open.discard(self._new)

    def drop(self) -> None:
        """Leave nothing behind."""
        if self._file is not None:
            with contextlib.suppress(OSError):  # no room for the rest; the file goes anyway
                self._file.close()
            _open.discard(self._new)
            self._new.unlink(missing_ok=True)
            self._file = None

    def _refused(self, error: OSError) -> UsageError:
        why = error.strerror or str(error)
        return UsageError(_("{path} cannot be written: {why}").format(path=self.path, why=why))


def _harmless(value: Value) -> str:
    text = "" if value is None else plain(str(value))
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text
