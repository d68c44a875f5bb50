"""An engine that is not there: frozen snapshots and pages, and one that moves by itself."""

import asyncio
from collections.abc import Callable

import msgspec

from soniq_tui.errors import SoniqError
from soniq_tui.model.commands import Command, Reply
from soniq_tui.model.details import AttemptRow, JobDetail, Output
from soniq_tui.model.forms import FieldSpec, FormSpec, Preview
from soniq_tui.model.job import BatchState, ErrorKind, Items, JobState
from soniq_tui.model.report import Report
from soniq_tui.model.results import DetailQuery, ResultDetail, ResultPage, ResultQuery
from soniq_tui.model.snapshot import (
    BatchView,
    CauseRow,
    ErrorRow,
    FailureView,
    HistoryRow,
    HostView,
    JobRow,
    LogRow,
    Page,
    Query,
    QueueView,
    ScaleRow,
    SlotView,
    Snapshot,
    View,
)

AT_S = 1_767_260_460.0
"""Some morning in 2026."""
HOSTILE = [
    "[/foo] a",
    "Artist [Live] (1999)",
    "[b +",
    "\x1b]0;PWNED\x07 title",
    "\x1b[2J clear",
    "\x9b31m c1",
    "rtl \u202e gpj",
    "nl\nname",
    "tab\tname",
    "音楽 第一",
    "e\u0301 nfd",
    "👩‍👩‍👧 zwj",
    "a" * 180,
    "\u200b zero",
    "'quote\"",
    "%s {x} $HOME",
    "lone \udce9 surrogate",
]
NAMES = [
    "/music/Nina Simone/Pastel Blues [Live]",
    "/music/音楽/第一",
    "marmiton.org/recettes/soupe-au-pistou",
    "/music/Sigur Rós/( )",
    "/music/Various/The Complete Motown Singles, Volume 4: 1964",
    "/music/Ali Farka Touré/Niafunké",
    "/music/Björk/Vespertine",
    "/music/Fela Kuti/Zombie",
]
STEPS = ["tags", "tags", "structure", "tags", "tags", "group", "tags", "store"]
QUEUES = ["extract", "extract", "scrape", "extract", "extract", "batch", "extract", "insert"]


def batch(number: int = 1, **changes: object) -> BatchView:
    """Return a running scan, changed."""
    plain = BatchView(
        id=number,
        importer="scan",
        label="/music",
        state=BatchState.RUNNING,
        items=Items(total=100_000, done=28_666, skipped=0, failed=65),
        running=6,
        waiting=360,
        items_per_s=412.4,
        eta_s=173.0,
        added_at_s=AT_S - 70,
        worked_s=70.0,
    )
    return msgspec.structs.replace(plain, **changes)


def slots(names: list[str] = NAMES, run_s: float = 0.0) -> tuple[SlotView, ...]:
    """Return eight busy slots."""
    return tuple(
        SlotView(
            queue=QUEUES[i],
            index=i,
            job_id=100 + i,
            batch_id=1,
            importer="scan",
            label=names[i % len(names)],
            stage=STEPS[i],
            run_s=run_s + i,
            done=i * 20,
            total=200,
        )
        for i in range(8)
    )


def queues(active: int = 8) -> tuple[QueueView, ...]:
    """Return four queues with eight slots, and two that no batch uses."""
    share = 1 if active else 0
    extract = QueueView(
        name="extract",
        slots=5,
        target=5,
        active=5 * share,
        depth=70_812,
        place="pool",
        autoscaled=True,
        jobs_per_s=2.1,
        median_s=0.48,
        busy_share=0.97 * share,
        ended=146,
        failed=3,
    )
    one = QueueView(name="scrape", slots=1, target=1, active=share, depth=38, place="loop")
    return (
        QueueView(name="scan", slots=1, target=1, place="pool", in_use=False),
        extract,
        one,
        msgspec.structs.replace(one, name="batch", depth=350, place="writer", median_s=0.014),
        msgspec.structs.replace(one, name="insert", depth=4, place="writer", median_s=0.021),
        QueueView(name="maintenance", slots=1, target=1, place="pool", in_use=False),
    )


def held() -> Snapshot:
    """Return an engine that holds back for heat, with one queue held by hand and one shrinking."""
    changes: dict[str, dict[str, object]] = {
        "extract": {"target": 2, "active": 2, "reason": "held at 2: 78 °C"},
        "scrape": {"held": True},
        "insert": {"slots": 1, "active": 2},
    }
    now = running()
    slots_now = tuple(
        msgspec.structs.replace(s, draining=s.queue == "insert", frozen=s.index == 0)
        for s in now.slots
    )
    return running(
        queues=tuple(msgspec.structs.replace(q, **changes.get(q.name, {})) for q in now.queues),
        slots=slots_now,
        batches=(
            *now.batches[:-1],
            msgspec.structs.replace(now.batches[-1], eta_low_s=130.0, eta_high_s=181.0, priority=2),
        ),
        eta_low_s=131.0,
        eta_high_s=239.0,
        host=HostView(
            name="pi4",
            pid=812,
            cpu_percent=97.0,
            rss_mib=212.0,
            memory_available_mib=1312.0,
            temperature_c=78.4,
            trouble="throttled",
        ),
        scaled=(
            ScaleRow(at_s=AT_S - 90, queue="extract", before=1, after=4, reason="backlog of 40"),
            ScaleRow(at_s=AT_S - 20, queue="extract", before=4, after=3, reason="78 °C"),
            ScaleRow(at_s=AT_S - 10, queue="extract", before=3, after=2, reason="78 °C"),
        ),
    )


def hot_in_ascii() -> Snapshot:
    """Return :func:`held` with reasons that need no more than ASCII."""
    now = held()
    plain = tuple(
        msgspec.structs.replace(q, reason=q.reason.replace("°", "deg ")) for q in now.queues
    )
    return msgspec.structs.replace(now, queues=plain)


def full() -> Snapshot:
    """Return an engine that has no room on its disk."""
    return running(
        banner="disk full: 10 MiB free at /home/kim/.local/share/soniq-tui, 240 needed; "
        "free some space, work goes on by itself"
    )


def paused(count: int = 2) -> Snapshot:
    """Return batches that an earlier run left, all of them paused."""
    left = tuple(
        batch(i + 1, state=BatchState.PAUSED, running=0, items_per_s=0.0, eta_s=None)
        for i in range(count)
    )
    return running(batches=left, queues=queues(0), slots=idle().slots)


def running(**changes: object) -> Snapshot:
    """Return the snapshot that the drawing in the brief shows."""
    plain = Snapshot(
        version=7,
        at_s=AT_S,
        batches=(
            batch(
                3,
                importer="recipes",
                label="soupes.txt",
                state=BatchState.PAUSED,
                items=Items(total=50, done=9, failed=2),
                running=0,
                waiting=39,
                items_per_s=0.0,
                eta_s=None,
            ),
            batch(
                2,
                importer="crawl",
                label="example.org",
                growing=True,
                items=Items(total=9000, done=812),
                items_per_s=14.0,
                eta_s=585.0,
            ),
            batch(1),
        ),
        queues=queues(),
        slots=slots(),
        items=Items(total=109_050, done=28_731, failed=67),
        items_per_s=412.0,
        eta_s=173.0,
        rates=(200.0, 300.0, 350.0, 420.0, 390.0, 400.0, 410.0, 412.0),
        median_item_s=0.0021,
        failures=67,
        newest_failure=FailureView(
            at_s=AT_S,
            batch_id=1,
            importer="scan",
            item="/music/Nina Simone/Pastel Blues [Live]/07.mp3",
            stage="tags",
            kind=ErrorKind.CORRUPT,
            reason="not audio: header not found",
            same=24,
        ),
        host=HostView(name="pi4", pid=1, cpu_percent=41.0, rss_mib=212.0),
    )
    return msgspec.structs.replace(plain, **changes)


def held_up() -> Snapshot:
    """Return an engine with one batch that goes on, whose only job that is left is paused."""
    left = batch(4, running=0, waiting=1, eta_s=None, items_per_s=0.0)
    empty = tuple(msgspec.structs.replace(queue, depth=0, delayed=0) for queue in queues(0))
    return msgspec.structs.replace(running(), batches=(left,), slots=(), queues=empty)


def idle() -> Snapshot:
    """Return an engine with nothing to do and no batch yet."""
    idle_slots = tuple(SlotView(queue=q, index=0) for q in ("scan", "extract", "batch", "insert"))
    names = tuple(QueueView(name=s.queue, slots=1, target=1) for s in idle_slots)
    return Snapshot(version=1, at_s=AT_S, slots=idle_slots, queues=names, host=HostView(name="pi4"))


def hostile() -> Snapshot:
    """Return a snapshot in which all foreign text is hostile."""
    batches = tuple(batch(i + 1, label=name) for i, name in enumerate(HOSTILE[:6]))
    failure = FailureView(
        at_s=AT_S,
        batch_id=1,
        importer="scan",
        item="\x1b]0;PWNED\x07\x1b[2J [Live].mp3",
        stage="tags",
        kind=ErrorKind.CORRUPT,
        reason="[/foo] \x9b31m \u202e",
        same=2,
    )
    return running(batches=batches, slots=slots(HOSTILE), newest_failure=failure)


FORMS = [
    FormSpec(
        importer="music",
        title="Music library",
        verb="scan",
        fields=(
            FieldSpec(
                name="paths",
                label="Folders",
                kind="paths",
                required=True,
                help="where the files are",
                group="what",
            ),
            FieldSpec(
                name="limit", label="At most", kind="int", help="files; empty for all", least=1
            ),
            FieldSpec(
                name="force",
                label="Read again",
                kind="flag",
                help="files that have not changed too",
                once=True,
            ),
        ),
    ),
    FormSpec(
        importer="recipes",
        title="Recipes",
        verb="recipes",
        fields=(
            FieldSpec(
                name="urls",
                label="Addresses",
                kind="urls",
                required=True,
                group="what",
                help="URLs, or files of URLs",
            ),
            FieldSpec(
                name="model",
                label="Model",
                kind="choice",
                choices=("none", "small"),
                default="none",
                help="language model",
            ),
            FieldSpec(
                name="skip", label="Leave out", kind="list", group="rest", help="words in addresses"
            ),
            FieldSpec(name="priority", label="Priority", kind="int", default="0", group="common"),
            FieldSpec(name="dry_run", label="Dry run", kind="flag", group="common"),
        ),
    ),
]


LOG = [
    ("info", "soniq-tui 1.0, process 812, is the host"),
    ("info", "batch 1 running: scan /music"),
    ("warning", "queue extract: 4 -> 3 slots in use (78 °C)"),
    ("error", "batch 4 failed: no such file (11 done, 0 skipped, 2 failed): recipes soupes.txt"),
]


def detail(job: JobRow, **changes: object) -> JobDetail:
    """Return a job that failed once and is tried again, changed."""
    plain = JobDetail(
        job=job,
        starts=3,
        lane="marmiton.org",
        changed_at_s=AT_S,
        attempts=(
            AttemptRow(
                fence=2,
                stage="tags",
                attempt=0,
                state=JobState.FAILED,
                again=True,
                at_s=AT_S - 30,
                run_s=2.51,
                reason="host.invalid: no answer in 30 s",
            ),
        ),
        form=FORMS[0],
        values={"paths": "/music", "limit": "500", "force": ""},
    )
    return msgspec.structs.replace(plain, **changes)


class FakeClient:
    """Gives what it was given; remembers what was sent."""

    def __init__(
        self, snapshot: Snapshot | None = None, *, jobs: int = 40, names: list[str] = NAMES
    ) -> None:
        self.now = snapshot or running()
        self.sent: list[Command] = []
        self.launched: list[tuple[str, dict[str, object]]] = []
        self.ended: list[bool] = []
        """What ``end`` was asked for: whether to finish what runs."""
        self.gone: Exception | None = None
        """Set by :meth:`lose`."""
        self.queries: list[Query] = []
        self.reply: Reply | SoniqError = Reply(ok=True, affected=1)
        self.jobs = jobs
        self.names = names
        self.preview_text = Preview(ok=True, text="1,204 audio files in the first 3 s")
        self.forms = FORMS
        self.log: list[tuple[str, str]] = list(LOG)
        self.minutes = 0
        """How many rows the history has."""
        self.details: dict[int, JobDetail] = {}
        self.outputs: dict[int, list[str]] = {}
        self.reports: dict[int, Report] = {}
        self.asked: list[int] = []
        """The jobs that were asked about."""
        self._moved = asyncio.Event()

    def put(self, snapshot: Snapshot) -> None:
        """Let the engine move on."""
        self.now = msgspec.structs.replace(snapshot, version=self.now.version + 1)
        self._moved.set()

    def lose(self, error: Exception | None = None) -> None:
        """Let the connection break, or end with ``error``."""
        self.gone = error or ConnectionResetError("the other end is gone")
        self._moved.set()

    async def report(self, batch_id: int) -> Report | None:
        """Return what came of a batch; nothing more than the snapshot tells, if not told."""
        return self.reports.get(batch_id)

    async def end(self, *, finish: bool) -> Reply:
        """Remember that the engine shall end."""
        self.ended.append(finish)
        return Reply(ok=True)

    async def send(self, command: Command) -> Reply:
        """Remember the command."""
        self.sent.append(command)
        if isinstance(self.reply, SoniqError):
            raise self.reply
        return self.reply

    async def snapshot(self) -> Snapshot:
        """Return the engine now."""
        if self.gone is not None:
            raise self.gone
        return self.now

    async def changed(self, version: int) -> None:
        """Wait for :meth:`put` or :meth:`lose`."""
        while self.now.version == version and self.gone is None:
            self._moved.clear()
            await self._moved.wait()
        if self.gone is not None:
            raise self.gone

    async def browse(self, query: Query) -> Page:
        """Return a page of made-up rows."""
        self.queries.append(query)
        make: Callable[[int], object] = {
            View.JOBS: self.job_row,
            View.CAUSES: self.cause,
            View.ERRORS: self.error,
            View.LOG: self.logged,
            View.HISTORY: self.minute,
            View.SCALES: lambda i: self.now.scaled[::-1][i],
            View.BATCHES: lambda i: self.now.batches[::-1][i],
        }[query.view]
        totals = {
            View.JOBS: self.jobs,
            View.LOG: len(self.log),
            View.HISTORY: self.minutes,
            View.SCALES: len(self.now.scaled),
            View.BATCHES: len(self.now.batches),
        }
        total = totals.get(query.view, min(self.jobs, len(self.names)))
        if query.offset < 0:
            query = msgspec.structs.replace(query, offset=max(0, total + query.offset))
        numbers = range(query.offset, min(total, query.offset + query.limit))
        return Page(rows=tuple(make(i) for i in numbers), total=total, offset=query.offset)

    def logged(self, i: int) -> LogRow:
        """Return line number ``i`` of the log."""
        level, text = self.log[i]
        return LogRow(id=i + 1, at_s=AT_S - 60 + i, level=level, source="engine", text=text)

    def say(self, *texts: str, level: str = "info") -> None:
        """Let the engine log something."""
        self.log += [(level, text) for text in texts]
        self.put(msgspec.structs.replace(self.now, logged=len(self.log)))

    def minute(self, i: int) -> HistoryRow:
        """Return minute number ``i``, counted backwards."""
        return HistoryRow(
            at_s=AT_S - 60 * (i // 2),
            batch_id=1,
            queue=("extract", "insert")[i % 2],
            jobs=120 + i,
            failed=i % 3,
            items=(24_000 - 700 * i) if i % 2 == 0 else 0,
            busy_s=200.0,
            errors=(i % 5) * 3 if i % 2 == 0 else 0,
            took=(0, 0, 2, 9, 30, 40, 20, 6, 1),
        )

    async def job(self, job_id: int) -> JobDetail | None:
        """Return what a test set, or what makes a job that failed twice."""
        self.asked.append(job_id)
        return self.details.get(job_id)

    async def output(self, job_id: int, after: int) -> Output:
        """Return what a test set from one line on."""
        lines = self.outputs.get(job_id, [])
        return Output(lines=tuple(lines[after:]), after=len(lines))

    def job_row(self, i: int) -> JobRow:
        """Return job number ``i``."""
        states = [
            JobState.RUNNING,
            JobState.FAILED,
            JobState.DONE,
            JobState.QUEUED,
            JobState.PAUSED,
        ]
        return JobRow(
            id=i + 1,
            batch_id=1,
            importer="scan",
            queue="extract",
            label=self.names[i % len(self.names)],
            stage="tags",
            state=states[i % len(states)],
            items=Items(total=200, done=i % 200),
            run_s=float(i % 90),
        )

    def cause(self, i: int) -> CauseRow:
        """Return cause number ``i``."""
        return CauseRow(
            batch_id=1,
            importer="scan",
            stage="tags",
            kind=list(ErrorKind)[i % 8],
            reason=f"not audio: {self.names[i % len(self.names)]}",
            count=24 - i,
            first_at_s=AT_S - 600,
            last_at_s=AT_S,
            sample=self.names[i % len(self.names)],
            jobs=12 - i,
        )

    def error(self, i: int) -> ErrorRow:
        """Return failed item number ``i``."""
        return ErrorRow(
            id=i + 1,
            batch_id=1,
            job_id=i + 1,
            item=self.names[i % len(self.names)],
            stage="tags",
            kind=ErrorKind.CORRUPT,
            reason="not audio: header not found",
            attempts=2,
            at_s=AT_S,
        )

    async def results(self, query: ResultQuery) -> ResultPage:
        """Return an empty list."""
        return ResultPage()

    async def detail(self, query: DetailQuery) -> ResultDetail:
        """Return nothing but a title."""
        return ResultDetail(title=query.key)

    async def deed(self, importer: str, name: str, words: dict[str, str]) -> Reply:
        """Say that it is done."""
        return Reply(text=name)

    async def describe(self) -> list[FormSpec]:
        """Return two forms."""
        return self.forms

    async def preview(self, importer: str, options: dict[str, object]) -> Preview:
        """Return what a test set."""
        return self.preview_text

    async def launch(self, importer: str, options: dict[str, object]) -> Reply:
        """Remember the launch."""
        self.launched.append((importer, options))
        if isinstance(self.reply, SoniqError):
            raise self.reply
        return self.reply
