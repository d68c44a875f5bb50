"""What ``export`` writes: rows of an importer or failures of the journal, as JSON lines or CSV."""

import csv
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TextIO

import msgspec

from soniq_tui import files
from soniq_tui.engine.reader import JournalFile
from soniq_tui.errors import JournalError, PluginError, UsageError
from soniq_tui.host import foreign, out
from soniq_tui.host.lock import checked
from soniq_tui.host.status import being_made
from soniq_tui.host.verbs import known, no_batch
from soniq_tui.importers import registry
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import ErrorRow, Query, View
from soniq_tui.words import _

PAGE = 1000
PLAIN = ("jsonl", "csv")
"""What every kind of rows can be written as."""
Rows = Iterator[dict[str, object]]


def kinds() -> dict[str, Callable[[Path], Rows]]:
    """Return what can be exported, by name; ``errors`` is always there."""
    found: dict[str, Callable[[Path], Rows]] = {}
    for name in registry.names():
        with suppress(PluginError):  # the command line has told of it
            found |= registry.load(name).exports
    return found


def run(settings: Settings, what: str, output: str | None, form: str, batch: int | None) -> int:
    """Write rows to a file (whole or not at all) or to standard output; return the exit status.

    Raises:
        UsageError: there is no such kind or batch, or there can be no such file.
        EngineError: the disk is full or broken, or what is to be exported cannot be read.
    """
    checked(settings.data_path)
    if form not in PLAIN:
        return foreign.run(settings, what, output, form)
    rows = _Counted(_rows(settings, what, batch))
    write = _write_csv if form == "csv" else _write_jsonl
    if output is None or output == "-":
        out.speak_utf8()
        with out.reader_may_leave():
            write(rows, sys.stdout)
            sys.stdout.flush()
            if not rows.count:
                out.warn(_("there are none"))
        return 0
    path = Path(os.path.expanduser(output))
    if not output or path.is_dir():
        raise UsageError(_("{file} cannot be written: it is no file").format(file=repr(output)))

    def put(place: Path) -> None:
        with place.open("w", encoding="utf-8", newline="") as file:
            write(rows, file)

    try:
        if files.is_replaceable(path):
            files.replaced(path, put)
        else:  # a pipe or a device is written as it is
            put(path)
    except OSError as exc:
        raise foreign.refused(path, exc) from exc
    foreign.tell(rows.count, what, path)
    return 0


class _Counted:
    """Rows as they come, and how many came."""

    def __init__(self, rows: Rows) -> None:
        self._rows, self.count = rows, 0

    def __iter__(self) -> Rows:
        for row in self._rows:
            self.count += 1
            yield row


def _rows(settings: Settings, what: str, batch: int | None) -> Rows:
    if what == "errors":
        return errors(settings, batch)
    every = kinds()
    if what not in every:
        text = _("{name} cannot be exported; there are: {known}")
        raise UsageError(text.format(name=repr(what), known=", ".join([*every, "errors"])))
    if batch is not None:
        text = _("--batch goes with 'errors'; {what} are exported whole")
        raise UsageError(text.format(what=what))
    return every[what](settings.data_path)


def errors(settings: Settings, batch_id: int | None) -> Rows:
    """Yield the failures of a batch; with None those of the newest batch of each thing launched.

    Raises:
        UsageError: there is no such batch.
    """
    known(batch_id)
    if not settings.journal_path.exists():
        if batch_id is not None:
            raise no_batch(batch_id)
        return
    try:
        with closing(JournalFile(settings.journal_path)) as file:
            if batch_id is not None and file.batch(batch_id) is None:
                raise no_batch(batch_id)
            batches = file.batches(10_000) if batch_id is None else ()
            newest = {(b.importer, b.label): b.id for b in batches}
            for each in sorted(newest.values()) if batch_id is None else [batch_id]:
                yield from _errors_of(file, each)
    except JournalError as exc:
        if not being_made(exc):
            raise


def _errors_of(file: JournalFile, batch_id: int) -> Rows:
    offset = 0
    while True:
        query = Query(view=View.ERRORS, batch_id=batch_id, offset=offset, limit=PAGE)
        page = file.page(query)
        for row in page.rows:
            if isinstance(row, ErrorRow):
                yield {
                    "item": row.item,
                    "stage": row.stage,
                    "kind": row.kind.value,
                    "reason": row.reason,
                    "attempts": row.attempts,
                    "batch": str(batch_id),
                    "importer": row.importer,  # ``again`` takes the lines
                }
        offset += len(page.rows)
        if not page.rows or offset >= page.total:
            return


def _write_jsonl(rows: Iterable[dict[str, object]], file: TextIO) -> None:
    file.writelines(map(out.json_line, rows))


def _write_csv(rows: Iterable[dict[str, object]], file: TextIO) -> None:
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(file, fieldnames=list(row))
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: object) -> object:
    """Return a CSV cell: lists, objects and flags as JSON, nothing as nothing."""
    if isinstance(value, (list, dict, bool)):
        return msgspec.json.encode(value).decode()
    return "" if value is None else value
