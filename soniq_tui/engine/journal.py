"""The journal: every fact, in one SQLite file, written by one thread.

Promises: ``synchronous=FULL`` in WAL mode, so what was committed survives ``kill -9`` and a power
cut; one read-write connection, which also checkpoints (two connections could meet the WAL-reset
race of SQLite before 3.51.3); whatever queues up during one commit is the next commit, so a slow
card is written to seldom. Readers (``reader.py``) open the file read-only.

What a user was told is awaited (:meth:`Journal.written`); everything else rides along within
``LINGER_S``. Progress is never written. A disk that is full or fails loses nothing that was asked
for: it is kept, in its order, and tried again until it is written.
"""

import logging
import sqlite3
import threading
import time
from asyncio import AbstractEventLoop, Future, get_running_loop
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from soniq_tui.engine import ballast, crash, journal_errors
from soniq_tui.engine.commit import Commit, Numbers
from soniq_tui.engine.opening import connect, reconnect
from soniq_tui.engine.place import Place
from soniq_tui.engine.sweep import shrink, sweep
from soniq_tui.engine.write_queue import WriteQueue
from soniq_tui.errors import (
    NO_THREAD,
    DataDirError,
    EngineError,
    JournalError,
    JournalGoneError,
    SoniqError,
)
from soniq_tui.model.events import BatchForgotten, Event
from soniq_tui.model.job import Job

LINGER_S = 0.025
"""How long the writer waits for company before a commit that nobody waits for."""
LINGER_MOST_S = 0.25
"""On a slow card the wait grows to four times the last commit, up to this."""
OPS_MOST = 10_000
"""So much goes into one commit: however fast work comes in, what came first is not kept waiting."""
WAL_BYTES = 8 * 1024 * 1024
"""The log is folded into the file when it grows beyond this ..."""
FOLD_COMMITS = 64
"""... or when it did so once, after so many commits."""
RETRY_S = 5.0
"""What could not be written is tried again this often."""
BALLAST_S = 60.0
"""Whether there is room for the ballast again is looked at this often."""

log = logging.getLogger(__name__)


class _Op(NamedTuple):
    """What waits for the writer."""

    events: list[Event]
    future: Future[None] | None = None
    then: Callable[[], object] | None = None
    sweep: Future[bool] | None = None
    """A slice is to be removed behind this and all before it."""


class Journal:
    """The writer thread and its queue.

    Args:
        path: the file; made when it is not there.
        on_stored: called on the loop with jobs whose large payload may now leave memory.
        on_failure: called on the loop when a commit failed for good.
        on_blocked: called on the loop when nothing can be written for now, with the reason in
            words; and with an empty reason when all is well again.
        history_days: what was done minute by minute is kept for so long.
        retry_s: what could not be written is tried again this often.
    """

    def __init__(
        self,
        path: Path,
        *,
        on_stored: Callable[[list[Job]], None],
        on_failure: Callable[[BaseException], None],
        on_blocked: Callable[[str], None] = lambda _reason: None,
        history_days: int = 30,
        retry_s: float = RETRY_S,
    ) -> None:
        self.path = path
        self._ballast = ballast.Ballast(path.with_name("journal.ballast"), ballast.BYTES)
        try:
            self._db = connect(path)
        except DataDirError:
            if not self._ballast.free():
                raise
            self._db = connect(path)
        self._place = Place(path)
        self._numbers = Numbers.of(self._db)
        self._loop: AbstractEventLoop = get_running_loop()
        self._on_stored, self._on_failure, self._on_blocked = on_stored, on_failure, on_blocked
        self._history_days, self._retry_s = history_days, retry_s
        self._ops: WriteQueue[_Op] = WriteQueue()
        self._sweeps: deque[Future[bool]] = deque()
        self.transactions = 0
        self.unwritten: Counter[str] = Counter()
        """Facts by name that were given up when it failed, or was closed while it was blocked."""
        self._dead: BaseException | None = None
        self._last_s = 0.0
        self._folded, self._wal_most = 0, WAL_BYTES
        self._ballast_due_s = 0.0
        self._reason = ""
        """Why nothing can be written for now."""
        self._closing = threading.Event()
        self._tried_last = False
        self._reopen = False
        """The connection must not be used again."""
        self._uncertain = False
        """Whether the transaction that failed last is in the file is not known."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as exc:
            self._db.close()
            self._place.close()
            raise EngineError(NO_THREAD) from exc

    def append(self, events: list[Event], then: Callable[[], object] | None = None) -> None:
        """Write facts soon; returns at once. ``then`` is called on the loop when they are safe."""
        self._ops.put(_Op(events, then=then), hurry=False)

    def written(
        self, events: list[Event] | None = None, then: Callable[[], object] | None = None
    ) -> Future[None]:
        """Write facts now; the future is done when they and all before them are safe on disk.

        It waits for as long as the disk is full. Awaiting it raises JournalError when they cannot
        be written.
        """
        future: Future[None] = self._loop.create_future()
        self._ops.put(_Op(events or [], future, then), hurry=True)
        if self._dead is not None:  # looked at last: the writer may have ended meanwhile
            _resolve([future], self._dead)
        return future

    def sweep(self, *, hurry: bool = False) -> Future[bool]:
        """Remove a slice of what forgotten batches leave, or give back one of what is free then.

        The future says whether more may be left. It is a transaction of its own behind what waits
        to be written, and is not tried again: awaiting it raises JournalError when it failed.
        ``hurry`` when somebody waits.
        """
        future: Future[bool] = self._loop.create_future()
        self._ops.put(_Op([], sweep=future), hurry=hurry)
        if self._dead is not None:
            _resolve([future], self._dead)
        return future

    async def close(self) -> None:
        """Write what is left, fold the log into the file and close it.

        What cannot be written now is tried once more, and then given up: see ``unwritten``.
        """
        self._closing.set()
        self._ops.close()
        await get_running_loop().run_in_executor(None, self._thread.join)

    # ---------------------------------------------------------------- the writer thread

    def _run(self) -> None:
        try:
            self._work()
        except Exception as exc:  # noqa: BLE001  a bug: nobody may wait for ever for a thread that ended
            self._give_up([], exc)
        self._end()
        if self._dead is None:
            self._dead = JournalError("it is closed")
            self._answer(self._ops.drain(), self._dead)
        self._call(_resolve, list(self._sweeps), self._dead)

    def _work(self) -> None:
        more = True
        while more and self._dead is None:
            self._upkeep()
            # Nobody who waits for the disk waits for company as well.
            linger_s = min(LINGER_MOST_S, max(LINGER_S, 4 * self._last_s))
            ops, more = self._ops.gather(linger_s, OPS_MOST)
            self._sweeps.extend(op.sweep for op in ops if op.sweep is not None)
            if ops:
                self._write(ops)
            while self._sweeps and self._dead is None:
                self._sweep(self._sweeps[0])
                self._sweeps.popleft()  # not before: whatever breaks it, who waits for it is told

    def _write(self, ops: list[_Op]) -> None:
        """Write one group, and keep at it until it is written or cannot be."""
        events = [event for op in ops for event in op.events]
        while True:
            try:
                stored = self._commit(events) if events else []
            except Exception as exc:  # noqa: BLE001  whatever it is, who waits is told
                if not self._try_again(exc):
                    self._give_up(ops, exc)
                    return
            else:
                break
        if self._reason and events:
            log.warning("the journal %s is written again", self.path)
            self._tell("")
        crash.at("journal.before_answer")
        self._answer(ops, None)
        if stored:
            self._call(self._on_stored, stored)

    def _commit(self, events: list[Event]) -> list[Job]:
        """Write facts in one transaction; return jobs whose large payload is in it."""
        began_s = time.monotonic()
        self._be_open()
        if bare := any(isinstance(event, BatchForgotten) for event in events):
            # Else all that is a batch's would go with its row, however much. No rows are added
            # without their parents: these come first in every commit.
            self._db.execute("PRAGMA foreign_keys = OFF")
        try:
            part = self._transaction(events)
        finally:
            if bare and not self._reopen:
                self._db.execute("PRAGMA foreign_keys = ON")
        self._numbers, self._uncertain = part.numbers, False
        self.transactions += 1
        self._last_s = time.monotonic() - began_s
        return part.stored

    def _transaction(self, events: list[Event]) -> Commit:
        now_at_s = time.time()
        ahead_s = (
            now_at_s - time.monotonic()
        )  # each time anew: a clock is put right, a machine sleeps

        def wall(monotonic_s: float) -> float:
            return monotonic_s + ahead_s if monotonic_s else 0.0

        part = Commit(self._db, wall, now_at_s, self._numbers, self._history_days)
        crash.at("journal.before_begin")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            if self._uncertain:
                part.forget(events)
            for event in events:
                part.take(event)
            part.flush()
            crash.at("journal.before_commit")
            self._db.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        crash.at("journal.after_commit")
        return part

    def _be_open(self) -> None:
        self._place.check()
        if self._reopen:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = reconnect(self.path)
            self._reopen = False

    def _sweep(self, future: Future[bool]) -> None:
        """Remove one slice; where that fails the slice stays, and nothing else is kept waiting."""
        try:
            self._be_open()
            self._db.execute("BEGIN IMMEDIATE")
            try:
                more = sweep(self._db)
                crash.at("journal.before_swept")
                self._db.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            more = more or shrink(self._db)
        except (sqlite3.Error, OSError, SoniqError) as exc:
            found = journal_errors.of(exc, self.path)
            self._reopen = self._reopen or (found is not None and found.reopen)
            self._call(_resolve, [future], exc)
            return
        self.transactions += 1
        self._call(_resolve, [future], None, more)

    def _roll_back(self) -> None:
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error as exc:
            log.warning("the journal is opened anew: %s", exc)
            self._reopen = True

    # ---------------------------------------------------------------- what may go wrong

    def _try_again(self, exc: Exception) -> bool:
        """Say whether to try again what failed, when it is time to do so."""
        found = journal_errors.of(exc, self.path)
        closing = self._closing.is_set()
        if found is None or (closing and self._tried_last):
            return False
        if found.reopen:
            self._reopen = self._uncertain = True
        if found.reason != self._reason:
            log.warning("the journal waits (%s): %s", exc, found.reason)
            self._tell(found.reason)
        freed = found.full and self._ballast.free()
        if not freed and not closing:
            self._closing.wait(self._retry_s)
        self._tried_last = self._closing.is_set()
        return True

    def _tell(self, reason: str) -> None:
        self._reason = reason
        self._ballast_due_s = 0.0
        self._call(self._on_blocked, reason)

    def _give_up(self, ops: list[_Op], exc: Exception) -> None:
        self._dead = exc
        ops = [*ops, *self._ops.drain()]
        self.unwritten.update(type(event).__name__ for op in ops for event in op.events)
        lost = ", ".join(f"{count} {name}" for name, count in self.unwritten.items())
        log.error("the journal cannot be written; given up: %s", lost or "nothing", exc_info=exc)
        self._answer(ops, exc)
        self._call(self._on_failure, exc)

    def _upkeep(self) -> None:
        """Between two commits: fold the log into the file, have something in reserve."""
        now_s = time.monotonic()
        if not self._ballast.there and now_s >= self._ballast_due_s:
            self._ballast_due_s = now_s + BALLAST_S
            self._ballast.make()
        self._fold()

    def _fold(self) -> None:
        """Fold the log into the file, seldom: a page that changed often is then written once."""
        size = self._wal_bytes()
        seldom = self.transactions - self._folded >= FOLD_COMMITS
        # The log begins anew without getting shorter, so its size alone does not tell.
        if size > self._wal_most or (size > WAL_BYTES and seldom):
            self._folded, self._wal_most = self.transactions, max(size, WAL_BYTES)
            try:
                self._db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            except sqlite3.Error as exc:
                # The log still holds everything; the next fold writes all pages anew.
                log.warning("the journal's log cannot be folded into it now: %s", exc)
                found = journal_errors.of(exc, self.path)
                self._reopen = found is None or found.reopen

    def _end(self) -> None:
        try:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.ProgrammingError:  # it was closed to be opened anew, which failed
            log.warning("the journal's log stays beside it: its disk fails")
        except sqlite3.Error as exc:
            log.warning("the journal's log stays beside it: %s", exc)
        self._db.close()
        self._place.close()

    def _wal_bytes(self) -> int:
        try:
            return self.path.with_name(self.path.name + "-wal").stat().st_size
        except OSError:  # not there, or a disk that fails: the next commit tells
            return 0

    # ---------------------------------------------------------------- telling the loop

    def _answer(self, ops: list[_Op], exc: BaseException | None) -> None:
        futures = [op.future for op in ops if op.future is not None]
        if futures:
            self._call(_resolve, futures, exc)
        if exc is not None:
            self._call(_resolve, [op.sweep for op in ops if op.sweep is not None], exc)
            return
        for op in ops:
            if op.then is not None:
                self._call(op.then)

    def _call(self, function: Callable[..., object], *args: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody is left to be told
            self._loop.call_soon_threadsafe(function, *args)


def _resolve(futures: list[Future[Any]], exc: BaseException | None, result: object = None) -> None:
    for future in futures:
        if future.done():
            continue
        if exc is None:
            future.set_result(result)
        else:
            text = f"the journal cannot be written: {exc}"
            gone = isinstance(exc, JournalGoneError)
            future.set_exception(exc if gone else JournalError(text))
