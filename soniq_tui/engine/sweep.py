"""Removes what forgotten batches leave behind, a slice at a time, in the journal's writer thread.

The row of a batch goes first and at once (``commit.py``), so nothing of it is seen any more; its
failures, minutes and jobs are removed here. A slice is bounded, so that whoever waits for the disk
waits some milliseconds longer at the most; a process that is killed between two leaves rows that
nobody finds, and the next one goes on with them. When all is gone and much of the file is free,
some of that is given back, slice by slice, too.
"""

import sqlite3

from soniq_tui.engine.opening import SQL

ROWS = 250
"""So many rows go in one slice: 250 jobs with a payload of 900 bytes each were seen to take 3 ms
before the commit, 250 failures a tenth of that (a server with two cores, 30,000 jobs)."""
PAYLOAD_BYTES = 512 * 1024
"""Jobs with larger payloads together go in several: each page of a payload is looked at."""


INCREMENTAL = 2
"""The ``auto_vacuum`` of a file that can get shorter bit by bit."""
SPARE_PAGES = 2048
"""So many free pages of 4 KiB are kept for what is to come ..."""
SPARE_SHARE = 0.25
"""... or so many of those in use: where each night brings what is forgotten later the file stays as
large as it is, for a page that is given back has to be moved or added again, which wears a card."""


def sweep(db: sqlite3.Connection, rows: int = ROWS, payload_bytes: int = PAYLOAD_BYTES) -> bool:
    """Remove one slice, in a transaction of the caller's; return whether more may be left.

    Many small batches go in one: a slice each would take longer to rest than to remove.

    Args:
        db: with foreign keys on, by which payloads and runs go with their jobs.
        rows: so many at most.
        payload_bytes: so much of payloads at most, or one job.
    """
    while rows > 0:
        batch_id = db.execute(SQL["left_behind"]).fetchone()[0]
        if batch_id is None:
            return False
        # Failures first: one job may have thousands of them, and they would go with it.
        for name in ("sweep_errors", "sweep_history"):
            rows -= db.execute(SQL[name], (batch_id, rows)).rowcount
        jobs = db.execute(SQL["jobs_to_sweep"], (batch_id, rows)).fetchall()
        sweeps: list[tuple[int]] = []
        for job_id, size in jobs:
            payload_bytes -= size
            if sweeps and payload_bytes < 0:
                break
            sweeps.append((job_id,))
        if sweeps:
            db.executemany(SQL["sweep_job"], sweeps)
            rows -= len(sweeps)
        if payload_bytes < 0:
            return True
        if rows > 0:  # fewer were left of it than could go
            db.execute(SQL["swept"], (batch_id,))
            rows -= 1
    return True


def shrink(db: sqlite3.Connection, spare_pages: int = SPARE_PAGES) -> bool:
    """Give a slice of what is free back to the disk; return whether more is too much.

    The file gets shorter when the log is folded into it. One that was made without this ability
    keeps its size.

    Args:
        db: in no transaction.
        spare_pages: so many free pages stay at least.
    """
    free, pages, can = _pages(db)
    most = max(spare_pages, SPARE_SHARE * (pages - free))
    if can != INCREMENTAL or free <= most:
        return False
    # As a script: execute() takes one step of a statement without columns, which is one page.
    db.executescript(SQL["give_back"])
    left, *_ = _pages(db)
    return most < left < free


def _pages(db: sqlite3.Connection) -> tuple[int, int, int]:
    """Return how many pages are free, of how many, and how such can be given back."""
    found: tuple[int, int, int] = db.execute(SQL["free_pages"]).fetchone()
    return found
