"""The journal: every fact, in one SQLite file, written by one thread.

Promises: ``synchronous=FULL`` in WAL mode, so what was committed survives ``kill -9`` and a power
cut; one read-write connection, which also checkpoints (two connections could meet the WAL-reset
race of SQLite before 3.51.3); whatever queues up during one commit is the next commit, so a slow
card is written to seldom. Readers (``reader.py``) open the file read-only.

What a user was told is awaited (:meth:`Journal.written`); everything else rides along within
``LINGER_S``. Progress is never written.
"""

import logging
import queue
import sqlite3
import threading
import time
from asyncio import AbstractEventLoop, Future, get_running_loop
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from soniq_tui import sql
from soniq_tui.engine.rows import batch_values, error_values, identity_values, job_values
from soniq_tui.errors import DataDirError, EngineError, JournalError
from soniq_tui.model.events import (
    BatchChanged,
    BatchEmptied,
    ErrorsBooked,
    ErrorsCleared,
    Event,
    JobAdmitted,
    JobChanged,
)
from soniq_tui.model.job import TERMINAL, Batch, Job, JobState

LINGER_S = 0.025
"""How long the writer waits for company before a commit that nobody waits for."""
LINGER_MOST_S = 0.25
"""On a slow card the wait grows to four times the last commit, up to this."""
KEEP_BYTES = 1024
"""Payloads above this leave memory once they are in the journal."""
OPS_MOST = 10_000
"""So much goes into one commit: however fast work comes in, what came first is not kept waiting."""
WAL_BYTES = 8 * 1024 * 1024
"""The log is folded into the file when it exceeds this."""
BUSY_MS = 5000
"""How long to wait for another program, a backup say, that holds the file."""
_NOT_WRITABLE = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
APPLICATION_ID = 0x534E5154
"""``SNQT`` in the file's header, so that ``file`` and we know it is ours."""
SCHEMA = 1

SQL = sql.load("soniq_tui.engine", "journal.sql")
log = logging.getLogger(__name__)

_Op = tuple[list[Event], Future[None] | None, Callable[[], object] | None]


def connect(path: Path) -> sqlite3.Connection:
    """Open the journal for writing, make or migrate it, and return the one connection.

    Raises:
        DataDirError: it cannot be opened or written.
        JournalError: it is damaged, or newer than this program.
    """
    try:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as exc:
        raise DataDirError(f"{path} cannot be opened: {exc}") from exc
    try:
        _prepare(db, path)
    except sqlite3.DatabaseError as exc:
        db.close()
        raise _explained(exc, path) from exc
    except JournalError:
        db.close()
        raise
    return db


def _explained(exc: sqlite3.DatabaseError, path: Path) -> EngineError:
    code = exc.sqlite_errorcode & 0xFF  # without the details of an extended code
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return DataDirError(f"another program holds {path} ({exc}); end it and try again")
    if code in _NOT_WRITABLE:
        return DataDirError(
            f"{path} cannot be written ({exc}); choose another place with --data-dir"
        )
    return JournalError(
        f"{path} is damaged ({exc}); move it away to begin anew, what was imported is kept"
    )


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    owner: int = db.execute("PRAGMA application_id").fetchone()[0]
    if owner not in {0, APPLICATION_ID}:
        raise JournalError(f"{path} is a database of another program; move it away")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute("PRAGMA foreign_keys = ON")
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA:
        raise JournalError(f"{path} was written by a newer soniq-tui (version {version})")
    for step in range(version + 1, SCHEMA + 1):
        db.executescript(
            f"BEGIN IMMEDIATE; {SQL[f'migration_{step}']} "
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {step}; COMMIT;"
        )
    # Proves that the file can be written before anything is promised.
    db.execute("BEGIN IMMEDIATE")
    db.execute("PRAGMA user_version = " + str(SCHEMA))
    db.execute("COMMIT")


class Journal:
    """The writer thread and its queue.

    Args:
        path: the file; made when it is not there.
        on_stored: called on the loop with jobs whose large payload may now leave memory.
        on_failure: called on the loop when a commit failed for good.
    """

    def __init__(
        self,
        path: Path,
        *,
        on_stored: Callable[[list[Job]], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self.path = path
        self._db = connect(path)
        self._loop: AbstractEventLoop = get_running_loop()
        self._on_stored, self._on_failure = on_stored, on_failure
        self._ops: queue.SimpleQueue[_Op | None] = queue.SimpleQueue()
        self._offset_s = time.time() - time.monotonic()
        self.transactions = 0
        self._dead: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def append(self, events: list[Event], then: Callable[[], object] | None = None) -> None:
        """Write facts soon; returns at once. ``then`` is called on the loop when they are safe."""
        self._ops.put((events, None, then))

    def written(
        self, events: list[Event] | None = None, then: Callable[[], object] | None = None
    ) -> Future[None]:
        """Write facts now; the future is done when they and all before them are safe on disk.

        Awaiting it raises JournalError when they cannot be written.
        """
        future: Future[None] = self._loop.create_future()
        self._ops.put((events or [], future, then))
        if self._dead is not None:  # looked at last: the writer may have ended meanwhile
            _resolve([future], self._dead)
        return future

    async def close(self) -> None:
        """Write what is left, fold the log into the file and close it."""
        self._ops.put(None)
        await get_running_loop().run_in_executor(None, self._thread.join)

    # ---------------------------------------------------------------- the writer thread

    def _run(self) -> None:
        last_s = 0.0
        more = True
        while more:
            ops, more = self._gather(min(LINGER_MOST_S, max(LINGER_S, 4 * last_s)))
            if ops:
                began_s = time.monotonic()
                try:
                    stored = self._commit([event for events, _, _ in ops for event in events])
                except Exception as exc:
                    log.exception("the journal cannot be written")
                    self._dead = exc
                    self._answer(ops, exc)
                    self._answer(self._drain(), exc)
                    self._call(self._on_failure, exc)
                    break
                last_s = time.monotonic() - began_s
                self._answer(ops, None)
                if stored:
                    self._call(self._on_stored, stored)
        self._end()
        if self._dead is None:
            self._dead = JournalError("it is closed")
            self._answer(self._drain(), self._dead)

    def _gather(self, linger_s: float) -> tuple[list[_Op], bool]:
        """Wait for work and for its company; the flag is False when the journal is to close."""
        first = self._ops.get()
        if first is None:
            return [], False
        ops = [first]
        until_s = time.monotonic() + linger_s
        waited_for = first[1] is not None
        while len(ops) < OPS_MOST:
            # Nobody who waits for the disk waits for company as well.
            left_s = 0.0 if waited_for else max(0.0, until_s - time.monotonic())
            try:
                op = self._ops.get(timeout=left_s) if left_s else self._ops.get_nowait()
            except queue.Empty:
                return ops, True
            if op is None:
                return ops, False
            ops.append(op)
            waited_for = waited_for or op[1] is not None
        return ops, True

    def _drain(self) -> list[_Op]:
        ops: list[_Op] = []
        while not self._ops.empty():
            op = self._ops.get()
            if op is not None:
                ops.append(op)
        return ops

    def _commit(self, events: list[Event]) -> list[Job]:
        if not events:
            return []
        batch = _Commit(self._db, self._wall, time.time())
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for event in events:
                batch.take(event)
            batch.flush()
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self.transactions += 1
        if self.transactions % 64 == 0 and self._wal_bytes() > WAL_BYTES:
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        return batch.stored

    def _end(self) -> None:
        try:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as exc:
            log.warning("the journal's log stays beside it: %s", exc)
        self._db.close()

    def _wal_bytes(self) -> int:
        try:
            return self.path.with_name(self.path.name + "-wal").stat().st_size
        except FileNotFoundError:
            return 0

    def _wall(self, monotonic_s: float) -> float:
        return monotonic_s + self._offset_s if monotonic_s else 0.0

    def _answer(self, ops: list[_Op], exc: BaseException | None) -> None:
        futures = [future for _, future, _ in ops if future is not None]
        if futures:
            self._call(_resolve, futures, exc)
        if exc is None:
            for _, _, then in ops:
                if then is not None:
                    self._call(then)

    def _call(self, function: Callable[..., object], *args: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(function, *args)


def _resolve(futures: list[Future[None]], exc: BaseException | None) -> None:
    for future in futures:
        if future.done():
            continue
        if exc is None:
            future.set_result(None)
        else:
            future.set_exception(JournalError(f"the journal cannot be written: {exc}"))


class _Commit:
    """One transaction: of several changes of a job or a batch only the last is written."""

    def __init__(
        self, db: sqlite3.Connection, wall: Callable[[float], float], now_at_s: float
    ) -> None:
        self._db, self._wall, self._now_at_s = db, wall, now_at_s
        self._batches: dict[int, Batch] = {}
        self._admitted: dict[int, Job] = {}
        self._jobs: dict[int, tuple[Job, bytes | None, bool]] = {}
        self._errors: list[tuple[object, ...]] = []
        self.stored: list[Job] = []

    def take(self, event: Event) -> None:
        match event:
            case BatchChanged(batch=batch):
                self._batches[batch.id] = batch
            case JobAdmitted(job=job):
                self._admitted[job.id] = job
                self._change(job, payload_changed=False)
            case JobChanged(job=job, payload_changed=payload_changed):
                self._change(job, payload_changed=payload_changed)
            case ErrorsBooked(batch_id=batch_id, job_id=job_id, errors=errors):
                for error in errors:
                    self._errors.append(error_values(batch_id, job_id, error, self._now_at_s))
            case ErrorsCleared(job_id=job_id):
                self.flush()
                self._db.execute(SQL["clear_errors"], (job_id,))
            case BatchEmptied(batch_id=batch_id):
                self.flush()
                self._db.execute(SQL["empty_batch"], (self._now_at_s, batch_id))

    def _change(self, job: Job, *, payload_changed: bool) -> None:
        _, payload, changed = self._jobs.get(job.id, (job, None, False))
        if payload_changed:
            # An empty payload of a stored job stands for the one it was admitted with.
            payload, changed = (job.payload or None), True
        if job.state in {JobState.DONE, JobState.SKIPPED}:
            payload, changed = None, True  # never needed again
        self._jobs[job.id] = (job, payload, changed)

    def flush(self) -> None:
        """Send what was taken so far to the database, parents before children."""
        self._db.executemany(SQL["put_batch"], map(batch_values, self._batches.values()))
        added, moved, only = [], [], []
        for job, payload, changed in self._jobs.values():
            values = job_values(job, self._wall, self._now_at_s, payload)
            if job.id in self._admitted:
                added.append((*values, *identity_values(self._admitted[job.id])))
            elif changed:
                moved.append(values)
            else:
                only.append((values[0], *values[2:]))
            if job.state not in TERMINAL and len(job.payload) > KEEP_BYTES:
                self.stored.append(job)
        self._db.executemany(SQL["add_job"], added)
        self._db.executemany(SQL["move_job"], moved)
        self._db.executemany(SQL["move_job_only"], only)
        self._db.executemany(SQL["book_error"], self._errors)
        self._batches, self._admitted, self._jobs, self._errors = {}, {}, {}, []
