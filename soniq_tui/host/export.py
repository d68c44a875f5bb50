"""What ``export`` writes: rows of an importer or failures of the journal, as JSON lines or CSV."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from soniq_tui.engine.reader import JournalFile
from soniq_tui.errors import UsageError
from soniq_tui.importers import registry
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import ErrorRow, Query, View

PAGE = 1000
Rows = Iterator[dict[str, object]]
# JSON allows these three raw, but they end lines for many readers.
_LINE_ENDS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"})


def kinds() -> dict[str, Callable[[Path], Rows]]:
    """Return what can be exported, by name; ``errors`` is always there."""
    found: dict[str, Callable[[Path], Rows]] = {}
    for name in registry.names():
        found |= registry.load(name).exports
    return found


def run(settings: Settings, what: str, output: str | None, form: str, batch: int | None) -> int:
    """Write rows to a file (whole or not at all) or to standard output; return the exit status.

    Raises:
        UsageError: there is no such kind, or the file cannot be written.
    """
    if what == "errors":
        rows = errors(settings, batch)
    else:
        known = kinds()
        if what not in known:
            raise UsageError(
                f"{what!r} cannot be exported; there are: {', '.join([*known, 'errors'])}"
            )
        rows = known[what](settings.data_path)
    write = _write_csv if form == "csv" else _write_jsonl
    if output is None or output == "-":
        write(rows, sys.stdout)
        sys.stdout.flush()
        return 0
    path = Path(output)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            write(rows, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as exc:
        part.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {exc.strerror}") from exc
    return 0


def errors(settings: Settings, batch_id: int | None) -> Rows:
    """Yield the failures of a batch; with None those of the newest batch of each thing launched."""
    path = settings.data_path / "journal.db"
    if not path.exists():
        return
    file = JournalFile(path)
    try:
        if batch_id is not None:
            wanted = [batch_id]
        else:
            newest = {(b.importer, b.label): b.id for b in file.batches(10_000)}
            wanted = sorted(newest.values())
        for each in wanted:
            yield from _errors_of(file, each)
    finally:
        file.close()


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
                }
        offset += len(page.rows)
        if not page.rows or offset >= page.total:
            return


def _write_jsonl(rows: Rows, out: TextIO) -> None:
    out.writelines(json.dumps(row, ensure_ascii=False).translate(_LINE_ENDS) + "\n" for row in rows)


def _write_csv(rows: Rows, out: TextIO) -> None:
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(out, fieldnames=list(row))
            writer.writeheader()
        writer.writerow({name: _cell(value) for name, value in row.items()})


def _cell(value: object) -> object:
    """Return a CSV cell: lists and objects as JSON, nothing as nothing."""
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else value
