"""Reads the journal: pages of long lists, and what an earlier host left.

Read-only, in its own thread.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from msgspec.structs import replace

from soniq_tui import sql
from soniq_tui.engine import causes, journal_errors
from soniq_tui.engine.filter import before, condition, of_groups, order
from soniq_tui.engine.pages import MAKERS, attempt_row, error_row, job_detail
from soniq_tui.engine.queries import SQL, filled, listed_jobs
from soniq_tui.engine.rows import KEEP_BYTES, QueueControl, batch_of, job_of
from soniq_tui.engine.threads import Threads
from soniq_tui.errors import JournalError
from soniq_tui.model.commands import Target
from soniq_tui.model.details import JobDetail
from soniq_tui.model.job import BATCH_ENDED, Batch, Job
from soniq_tui.model.snapshot import Page, Query, View

T = TypeVar("T")
NONE: Mapping[int, float] = MappingProxyType({})
SWEEPS_FROM = 4
"""From this version of the schema on batches are removed."""
_CLOSED = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}


class Left(NamedTuple):
    """What an earlier host left."""

    batches: list[Batch]
    """By number: those to work on, and the newest that have ended."""
    jobs: dict[int, list[Job]]
    """Jobs that have not ended and are not in ``cold``, by batch."""
    cold: dict[int, dict[str, list[int]]]
    """Numbers of jobs of which there is nothing to know but that they wait, ascending, by batch
    and stage."""
    stages: dict[int, frozenset[str]]
    """Of each batch the stages that its jobs in ``jobs`` and ``cold`` are at or entered at."""
    keys: dict[int, list[str]]
    """Keys of all jobs, ended ones included, of the batches to work on."""
    owed: dict[int, list[Job]]
    """Of those batches the jobs that stand for no items and ended without their work."""
    live_ids: set[int]
    """All jobs that have not ended, those of other batches included."""
    last_batch: int
    last_job: int


class JournalFile:
    """A read-only connection; opened on first use, belongs to one thread at a time.

    Args:
        path: the journal.
        queue_of: tells the queue of an importer's stage, where anyone wants to know it.

    Raises:
        JournalError: from every method, when the file cannot be read.
    """

    def __init__(self, path: Path, queue_of: Callable[[str, str], str] | None = None) -> None:
        self._path = path
        self._queue_of = queue_of or (lambda _importer, _stage: "")
        self._db: sqlite3.Connection | None = None
        self._sweeps = False
        """Whether rows may be there whose batch is gone; journals of before know none."""
        self._running: Mapping[int, float] = {}
        """How long those jobs have been running that are, while a page is made."""

    def _runs_s(self, job_id: int, before_s: float) -> float:
        return self._running.get(job_id, before_s)

    def _opened(self) -> sqlite3.Connection:
        if self._db is None:
            uri = sql.read_only(self._path)
            self._db = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self._db.row_factory = sqlite3.Row
            self._db.create_function("queue_of", 2, self._queue_of, deterministic=True)
            self._db.create_function("runs_s", 2, self._runs_s)
            self._db.execute("PRAGMA busy_timeout = 5000")
        return self._db

    def _rows(self, text: str, values: Any = ()) -> list[sqlite3.Row]:
        try:
            return self._opened().execute(text, values).fetchall()
        except (sqlite3.Error, OverflowError) as exc:
            if journal_errors.primary(exc) in _CLOSED and (why := sql.denied(self._path)):
                raise JournalError(why) from exc
            raise journal_errors.at_reading(exc, self._path) from exc

    def select(self, name: str, values: Any = ()) -> list[sqlite3.Row]:
        """Return the rows that a query of ``journal.sql`` finds."""
        return self._rows(SQL[name], values)

    def _remaining(self, of_batch: str) -> str:
        """Return a condition without rows of batches that are being removed, if any is."""
        if not self._sweeps:
            self._sweeps = self._rows("PRAGMA user_version")[0][0] >= SWEEPS_FROM
        if not self._sweeps or self.select("left_behind")[0][0] is None:
            return of_batch
        return f"{of_batch} AND {SQL['of_no_forgotten']}"

    def _json(self, text: str, values: Any = ()) -> list[Any]:
        """Return a column that a query made one JSON array of: a third of the time of rows."""
        found: list[Any] = json.loads(self._rows(text, values)[0][0])
        return found

    def _made(self, make: Callable[[sqlite3.Row], T], text: str, values: Any = ()) -> list[T]:
        try:
            return [make(row) for row in self._rows(text, values)]
        except (ValueError, TypeError) as exc:  # a state nobody knows, JSON that is none
            raise journal_errors.damaged(self._path, exc) from exc

    def close(self) -> None:
        """Close the connection."""
        if self._db is not None:
            self._db.close()
            self._db = None

    def batches(self, newest: int) -> list[Batch]:
        """Return the newest batches, oldest first."""
        return self._made(batch_of, SQL["newest_batches"], (newest,))[::-1]

    def open_batches(self) -> list[Batch]:
        """Return the batches that have not ended, oldest first."""
        return self._made(batch_of, SQL["open_batches"])

    def batch(self, batch_id: int) -> Batch | None:
        """Return one batch, or None."""
        return next(iter(self._made(batch_of, SQL["batch"], (batch_id,))), None)

    def left(
        self,
        newest: int,
        only: tuple[int, ...] | None,
        monotonic: Callable[[float], float],
        keep_bytes: int,
    ) -> Left:
        """Return what an earlier host left: of all batches, or only of some.

        Args:
            newest: so many of those that have ended are wanted too.
            only: the batches to work on; None: all that have not ended.
            monotonic: turns wall-clock seconds into monotonic seconds.
            keep_bytes: larger payloads stay in the journal.
        """
        known = {b.id: b for b in self.batches(newest) if b.state in BATCH_ENDED}
        known |= {b.id: b for b in self.open_batches()}
        batches = [known[i] for i in sorted(known) if only is None or i in only]
        ids = [b.id for b in batches if b.state not in BATCH_ENDED]
        make = partial(job_of, monotonic=monotonic, keep_bytes=keep_bytes)
        jobs = {i: self._made(make, SQL["hot_jobs"], (i,)) for i in ids}
        cold: dict[int, dict[str, list[int]]] = {i: {} for i in ids}
        stages = {i: {name for j in jobs[i] for name in (j.stage, j.first_stage)} for i in ids}
        for i in ids:
            for stage, first_stage, listed in self._rows(SQL["cold_ids"], (i,)):
                stages[i] |= {stage, first_stage}
                cold[i].setdefault(stage, []).extend(json.loads(listed))
            for found in cold[i].values():
                found.sort()
        return Left(
            batches,
            jobs,
            cold,
            {i: frozenset(names) for i, names in stages.items()},
            {i: self.keys(i) for i in ids},
            {i: self.owed(i) for i in ids},
            set(self._json(SQL["live_ids"])),
            *self.last_ids(),
        )

    def ended_jobs(self, batch_id: int) -> list[Job]:
        """Return the jobs of a batch that a retry can queue again, without payload."""
        return self._made(_job_without_payload, SQL["ended_jobs"], {"batch_id": batch_id})

    def owed(self, batch_id: int) -> list[Job]:
        """Return the jobs of a batch that stand for no items and did not do their work."""
        return self._made(_job_without_payload, SQL["owed_jobs"], (batch_id,))

    def jobs(self, ids: Iterable[int]) -> list[Job]:
        """Return jobs by id, ended or not, without payload."""
        return self._made(_job_without_payload, SQL["jobs_by_id"], (_listed(ids),))

    def rows(
        self,
        ids: Iterable[int],
        monotonic: Callable[[float], float] = float,
        keep_bytes: int = KEEP_BYTES,
    ) -> list[Job]:
        """Return jobs by id, with small payloads, by number; unknown ones are left out.

        Args:
            ids: the jobs.
            monotonic: turns wall-clock seconds into monotonic seconds; jobs in ``Left.cold`` wait
                for no time.
            keep_bytes: larger payloads stay in the journal.
        """
        make = partial(job_of, monotonic=monotonic, keep_bytes=keep_bytes)
        return self._made(make, SQL["waiting_jobs"], (_listed(ids),))

    def matching(
        self, batch_ids: Sequence[int], text: str, running: Mapping[int, float] = NONE
    ) -> list[int]:
        """Return the numbers of all jobs that a filter finds, ended ones included, ascending.

        Args:
            batch_ids: only of these batches; none: of all.
            text: as in the list of jobs.
            running: how long jobs have been running that are.
        """
        where, values = condition(text, View.JOBS)
        values["batches"] = _listed(batch_ids)
        listed, live = listed_jobs(text)
        of_batches = self._remaining(SQL["of_batches"] if batch_ids else "1")
        of = {
            "{listed_jobs}": listed,
            "{of_batches}": f"{of_batches} AND {live}",
            "{filter}": where,
        }
        self._running = running
        return [row[0] for row in self._rows(filled("matching_jobs", of), values)]

    def behind(self, target: Target) -> list[int]:
        """Return the numbers of the jobs behind failures that a retry can queue again, ascending.

        Args:
            target: whose batches, causes and text say which failures.
        """
        where, values = condition(target.text, View.ERRORS)
        causes = [(c.batch_id, c.stage, c.kind.value, c.reason) for c in target.causes]
        # The batches that causes name say nothing new, but an index leads to their failures.
        batches = target.batches or tuple({c.batch_id for c in target.causes})
        values |= {"batches": _listed(batches), "causes": json.dumps(causes)}
        of = {
            "{of_batches}": f"e.{SQL['of_batches']}" if batches else "1",
            "{of_causes}": SQL["of_causes"] if causes else "1",
            "{filter}": where,
        }
        return [row[0] for row in self._rows(filled("jobs_behind", of), values)]

    def controls(self) -> dict[str, QueueControl]:
        """Return what was ever set of the queues, by name."""
        return {
            queue: QueueControl(
                slots,
                None if held is None else bool(held),
                None if autoscaled is None else bool(autoscaled),
            )
            for queue, slots, held, autoscaled in self._rows(SQL["controls"])
        }

    def keys(self, batch_id: int) -> list[str]:
        """Return the keys of all jobs of a batch."""
        return self._json(SQL["keys"], (batch_id,))

    def payload(self, job_id: int) -> bytes:
        """Return what a job starts with."""
        rows = self._rows(SQL["payload"], (job_id,))
        if not rows:
            raise JournalError(f"job {job_id} is not in {self._path}")
        payload: bytes = rows[0][0]
        return payload

    def detail(self, job_id: int, errors: int) -> JobDetail | None:
        """Return what is written of one job, with at most so many of its failed items."""
        self._running = NONE
        found = self._made(job_detail, SQL["one_job"], (job_id,))
        if not found:
            return None
        return replace(
            found[0],
            attempts=tuple(self._made(attempt_row, SQL["attempts"], (job_id,))),
            errors=tuple(self._made(error_row, SQL["errors_of_job"], (job_id, errors))),
        )

    def last_ids(self) -> tuple[int, int]:
        """Return the largest batch and job numbers given so far."""
        row = self._rows(SQL["last_ids"])[0]
        return row[0], row[1]

    def last_end_s(self) -> float:
        """Return when the last of the batches that were forgotten had ended; 0 where none was."""
        ended_at_s: float = self.select("last_end")[0][0]
        return ended_at_s

    def queue_depths(self) -> list[tuple[str, str, int]]:
        """Return ``(importer, stage, waiting jobs)`` of all batches that have not ended."""
        return [tuple(row) for row in self._rows(SQL["queue_depths"])]

    def page(self, query: Query, running: Mapping[int, float] = NONE) -> Page:
        """Return a page of what the query asks for; ``running`` as in :meth:`matching`.

        Raises:
            UsageError: its filter or its order means nothing in that list.
        """
        where, values = condition(query.text, query.view)
        forwards = order(query)
        self._running = running
        values |= {
            "batch_id": query.batch_id,
            "stage": query.stage,
            "kind": query.kind.value if query.kind else None,
            "reason": query.reason,
            "find": query.find,
            "limit": query.limit,
            "offset": query.offset,
        }

        # With "or none is asked for" no index would lead to the rows of one batch.
        listed, live = listed_jobs(query.text if query.view is View.JOBS else "")
        one = "1" if query.batch_id is None else "batch_id = :batch_id"
        of_batch = self._remaining(one)
        of_cause = [f"e.{n} = :{n}" for n in ("stage", "kind", "reason") if values[n] is not None]
        of = {
            "{listed_jobs}": listed,
            "{of_batch}": of_batch if live == "1" else f"{of_batch} AND {live}",
            "{of_cause}": " AND ".join(of_cause) or "1",
            "{failures}": "error",
            "{order}": forwards,
            "{cut}": forwards,
            "{filter}": where,
        }
        name = query.view.value
        whole = of_batch == "1" and not of_cause and where == "1"
        # What is grouped begins at the rows of batches: it knows of none that is being removed.
        if query.view is View.CAUSES and not of_cause and of_groups(where):
            causes.group(self._rows, self._opened, query.batch_id)
            name = "known_causes"
        count = f"count_{name}"
        if whole and f"count_all_{name}" in SQL:
            count = f"count_all_{name}"
        return self._page_of(query, name, filled(count, of), of, values)

    def _page_of(
        self, query: Query, name: str, count: str, of: dict[str, str], values: dict[str, Any]
    ) -> Page:
        """Return a page of the list ``name``, whose queries ``of`` fills; ``values`` is changed."""
        found = known = None
        if query.find is not None and f"place_{name}" in SQL:
            of["{before}"] = before(query, SQL[f"known_of_{name}"])
            place = self._rows(filled(f"place_{name}", of), values)
            found = next((row[0] for row in place), None)
        offset, part = query.offset, f"part_{name}"
        if found is not None and query.limit > 0:
            offset = found - found % query.limit
            values["ahead"] = found - offset
            part, of["{cut}"] = f"around_{name}", order(query, backwards=True)
        elif query.sort and offset > 0 and part in SQL:
            known = self._rows(count, values)[0][0]
            if (
                4 * (known - offset - query.limit) < offset
            ):  # near the end few are sorted from there
                of["{cut}"] = order(query, backwards=True)
                values["limit"] = max(0, min(query.limit, known - offset))
                values["offset"] = max(0, known - offset - query.limit)
        of = {"{part}": SQL.get(part, "")} | of
        rows = self._made(MAKERS[query.view], filled(f"page_{name}", of), values)
        if known is None:
            ends_here = len(rows) < query.limit and (rows or offset <= 0)
            known = max(0, offset) + len(rows) if ends_here else self._rows(count, values)[0][0]
        return Page(rows=tuple(rows), total=known, offset=offset, found=found)


def _listed(ids: Iterable[int]) -> str:
    return "[" + ",".join(map(str, ids)) + "]"


def _job_without_payload(row: sqlite3.Row) -> Job:
    return job_of(row, float, 0)


class Reader:
    """The journal file behind one thread, so that reading never blocks the event loop."""

    def __init__(self, path: Path, queue_of: Callable[[str, str], str] | None = None) -> None:
        self.file = JournalFile(path, queue_of)
        self._thread = Threads(max_workers=1, thread_name_prefix="reader")

    async def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a method of ``self.file`` in the thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, function, *args)

    async def close(self) -> None:
        """Close the file and end the thread."""
        await self.call(self.file.close)
        self._thread.shutdown(wait=False)
