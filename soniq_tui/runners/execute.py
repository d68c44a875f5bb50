"""Run one stage of one job: decode, run, and turn whatever comes of it into an outcome.

The same function serves wherever a stage runs. It is the one place where any exception of a stage,
a bug included, becomes data.
"""

import asyncio
import errno
import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from soniq_tui.errors import SoniqError
from soniq_tui.importers import registry
from soniq_tui.importers.base import (
    GoBack,
    ItemFault,
    Onward,
    Ran,
    RetryLater,
    Skip,
    StageSignal,
    Stopped,
)
from soniq_tui.model.job import (
    MAX_PAYLOAD_BYTES,
    Checkpoint,
    ErrorKind,
    Expected,
    ItemError,
    Items,
    Job,
    JobState,
    Outcome,
    Spawn,
)
from soniq_tui.model.text import named, plain, shown, without_logins
from soniq_tui.runners import spool
from soniq_tui.runners.stage_output import Voice
from soniq_tui.words import mark

MAX_REASON_CHARS = 2000
MAX_DOING_CHARS = 80
FAILING = mark("a disk fails ({fault}): check it, its cable and whether it can be written")
MAX_EXPECTED = 10**12
"""More items are not expected of anything: sums of them still fit into 64 bits."""
_BY_LOSS = (Stopped, GoBack, RetryLater)
log = logging.getLogger(__name__)
_encode = msgspec.msgpack.encode


class Host(Protocol):
    """What the place where a stage runs offers it."""

    data_dir: Path
    spool_dir: Path

    def step(self, done: int, total: int) -> bool:
        """Tell how far the stage is; returns whether it is to stop."""

    def cancelled(self) -> bool:
        """Whether stopping means cancelling."""

    def hand_over(self, part: Checkpoint) -> None:
        """Send a checkpoint."""

    def said(self, lines: Sequence[str]) -> None:
        """Send what the stage said."""

    def doing(self, text: str) -> None:
        """Send what the stage does now."""

    async def written(self) -> None:
        """Return when what was handed over is on disk."""

    async def run(self, argv: Sequence[str], **how: Any) -> Ran:
        """Run a program; see ``importers.base.Context.run``."""

    def speaks(self, voice: Voice | None) -> None:
        """Whatever this process prints or logs from now on is said by this voice; None: by none."""


class StageContext:
    """``importers.base.Context`` for one run."""

    def __init__(self, job: Job, host: Host) -> None:
        self.attempt = job.attempt
        self.suspects = job.suspects
        self.retries = job.retries
        self.data_dir = host.data_dir
        self._job, self._host = job, host
        self._spawned: list[Spawn] = []
        self._errors: list[ItemError] = []
        self._anew = False
        self._expected: Expected | None = None
        self._total = self._done = self._skipped = 0
        self.spools: list[str] = []
        self.voice = Voice(host.said)

    def progress(self, done: int, total: int) -> None:
        """See ``Context``."""
        if self._host.step(done, total):
            raise Stopped

    def cancelled(self) -> bool:
        """See ``Context``."""
        return self._host.cancelled()

    def spawn(
        self,
        payload: msgspec.Struct,
        *,
        key: str,
        label: str,
        stage: str = "",
        items: int = 1,
        lane: str = "",
    ) -> None:
        """See ``Context``."""
        accepts = _stage_accepts(self._job.importer, stage)
        if not isinstance(payload, accepts):
            raise TypeError(f"stage {stage!r} accepts {accepts}, not {type(payload)}")
        self._spawned.append(
            Spawn(
                key=plain(key),
                label=plain(label),
                payload=_encoded(payload),
                stage=stage,
                items=items,
                lane=plain(lane),
            )
        )

    def checkpoint(self, payload: msgspec.Struct) -> None:
        """See ``Context``."""
        self._host.hand_over(
            Checkpoint(
                payload=_encoded(payload),
                spawned=tuple(self._spawned),
                items=self.items(),
                errors=tuple(self._errors),
                anew=self._anew,
                expected=self._expected,
            )
        )
        self._spawned, self._errors, self._anew, self._expected = [], [], False, None
        self._total = self._done = self._skipped = 0

    async def written(self) -> None:
        """See ``Context``."""
        await self._host.written()

    def count(self, *, done: int = 0, skipped: int = 0) -> None:
        """See ``Context``."""
        self._done += done
        self._skipped += skipped

    def found(self, items: int) -> None:
        """See ``Context``."""
        self._total += items

    def expect(self, items: int | None, ended: int = 0) -> None:
        """See ``Context``."""
        if items is None:
            self._expected = Expected(-1)
        else:
            items = max(0, min(MAX_EXPECTED, items))
            self._expected = Expected(items, max(0, min(items, ended)))

    def fail(self, item: str, kind: ErrorKind, reason: str) -> None:
        """See ``Context``."""
        self._errors.append(
            ItemError(
                item=plain(named(item)),
                stage=self._job.stage,
                kind=kind,
                reason=bounded(reason),
                attempts=self.attempt + 1,
            )
        )

    def take_back(self) -> None:
        """See ``Context``."""
        self._total -= len(self._errors)
        self._errors, self._anew = [], True

    def log(self, text: str) -> None:
        """See ``Context``."""
        self.voice.say(text)

    def doing(self, text: str) -> None:
        """See ``Context``."""
        self._host.doing(shown(text, MAX_DOING_CHARS))

    async def run(self, argv: Sequence[str], **how: Any) -> Ran:
        """See ``Context``."""
        return await self._host.run(argv, **how)

    def write_spool(self, data: bytes) -> str:
        """See ``Context``."""
        number = len(self.spools)
        # Noted before it is written: half a file on a full disk has to be deleted, too.
        self.spools.append(spool.name_of(self._job.id, self._job.fence, number))
        return spool.write(self._host.spool_dir, self._job.id, self._job.fence, number, data)

    def read_spool(self, name: str) -> bytes:
        """See ``Context``."""
        try:
            return spool.read(self._host.spool_dir, name)
        except FileNotFoundError as exc:
            raise GoBack(f"spool file {name} is gone") from exc

    def items(self) -> Items:
        """Items that ended since the last checkpoint."""
        return Items(self._total, self._done, self._skipped, len(self._errors))

    def outcome(self, state: JobState, payload: bytes = b"", reason: str = "") -> Outcome:
        """Return what has not been handed over yet as an outcome."""
        return Outcome(
            state=state,
            payload=payload,
            spawned=tuple(self._spawned),
            items=self.items(),
            errors=tuple(self._errors),
            reason=bounded(reason),
        )

    def given_up(self) -> Outcome:
        """Return the outcome of a run that was cancelled: what had failed by then stays so."""
        errors = tuple(self._errors)
        items = Items(failed=len(errors))
        return Outcome(state=JobState.CANCELLED, items=items, errors=errors)


async def execute(job: Job, host: Host) -> Outcome:
    """Run ``job.stage`` and return what came of it; never raises but for cancellation."""
    began_s = time.perf_counter()
    context = StageContext(job, host)
    host.speaks(context.voice)
    try:
        outcome = await _run(job, context, host)
    except asyncio.CancelledError as exc:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        outcome = _bug(job, exc)  # nobody cancelled us: it is something the stage awaited
    except (Exception, SystemExit) as exc:  # noqa: BLE001  the one place where a bug becomes data
        outcome = _bug(job, exc)
    finally:
        host.speaks(None)
        context.voice.end()
    return msgspec.structs.replace(
        outcome, run_s=time.perf_counter() - began_s, spools=tuple(context.spools)
    )


async def _run(job: Job, context: StageContext, host: Host) -> Outcome:
    stage = registry.load(job.importer).stage(job.stage)
    payload: Any = msgspec.msgpack.decode(job.payload, type=stage.accepts)
    try:
        result = await stage.run(payload, context)
    except StageSignal as signal:
        return _signalled(context, host, signal)
    except ExceptionGroup as group:
        if (wrapped := _signal_in(group)) is None:
            raise
        return _signalled(context, host, wrapped)
    if isinstance(result, Onward):
        accepts = _stage_accepts(job.importer, result.stage)
        if not isinstance(result.payload, accepts):
            raise TypeError(f"stage {result.stage!r} accepts {accepts}, not {type(result.payload)}")
        data = _encoded(result.payload)
        outcome = context.outcome(JobState.DONE, data)
        return msgspec.structs.replace(outcome, onward=result.stage)
    if result is not None and not isinstance(result, stage.returns):
        raise TypeError(f"stage {job.stage!r} returned {type(result)}, not {stage.returns}")
    return context.outcome(JobState.DONE, b"" if result is None else _encoded(result))


def _signal_in(group: BaseExceptionGroup[BaseException]) -> StageSignal | None:
    """Return what a group of nothing but signals comes to (a ``TaskGroup`` wraps what it raises).

    The one after which the least is lost: stopping before beginning again, trying again before
    giving up. Skipping comes last: a job of which a part failed has failed.
    """
    leaves = list(_leaves(group))
    signals = [leaf for leaf in leaves if isinstance(leaf, StageSignal)]
    if len(signals) < len(leaves):
        return None
    return min(signals, key=_loses)


def _loses(signal: StageSignal) -> int:
    if isinstance(signal, Skip):
        return len(_BY_LOSS) + 1
    return next((i for i, kind in enumerate(_BY_LOSS) if isinstance(signal, kind)), len(_BY_LOSS))


def _leaves(exc: BaseException) -> Iterator[BaseException]:
    if isinstance(exc, BaseExceptionGroup):
        for inner in exc.exceptions:
            yield from _leaves(inner)
    else:
        yield exc


def _signalled(context: StageContext, host: Host, signal: StageSignal) -> Outcome:
    reason = str(signal)
    if isinstance(signal, Stopped):
        return context.given_up() if host.cancelled() else Outcome(state=JobState.PAUSED)
    if isinstance(signal, Skip):
        return context.outcome(JobState.SKIPPED, reason=reason)
    if isinstance(signal, GoBack):
        return Outcome(state=JobState.FAILED, back=True, reason=bounded(reason))
    if isinstance(signal, RetryLater):
        return msgspec.structs.replace(
            failed(signal.kind, reason, retryable=True),
            retry_after_s=signal.after_s,
            blameless=signal.blameless,
        )
    kind = signal.kind if isinstance(signal, ItemFault) else ErrorKind.INTERNAL
    return failed(kind, reason)


def failed(kind: ErrorKind, reason: str, *, retryable: bool = False) -> Outcome:
    """Return the outcome of a run that hands over nothing: it will be done again as a whole."""
    return Outcome(state=JobState.FAILED, kind=kind, reason=bounded(reason), retryable=retryable)


def _bug(job: Job, exc: BaseException) -> Outcome:
    # Of what went wrong at once the first that is no signal tells the most.
    exc = next((leaf for leaf in _leaves(exc) if not isinstance(leaf, StageSignal)), exc)
    if isinstance(exc, MemoryError):
        return failed(ErrorKind.MEMORY, "not enough memory", retryable=True)
    if (kind := _of_disk(exc)) is not None:
        full = kind is ErrorKind.DISK_FULL
        return failed(kind, str(exc) if full else FAILING.format(fault=exc), retryable=True)
    log.error("job %d, stage %s", job.id, job.stage, exc_info=exc)
    try:
        text = str(exc)
    except Exception:  # noqa: BLE001  a stranger's class
        text = "(it cannot be put into words)"
    return failed(ErrorKind.INTERNAL, f"{type(exc).__name__}: {text}{_place(exc)}")


def _of_disk(exc: BaseException) -> ErrorKind | None:
    """Return what a stage met that found a disk full, failing or closed; None: that was not it."""
    number = exc.errno if isinstance(exc, OSError) else None
    # Asked for by name, as a stage may use any build of SQLite or none.
    name = str(getattr(exc, "sqlite_errorname", ""))
    if number in {errno.ENOSPC, errno.EDQUOT} or name.startswith("SQLITE_FULL"):
        return ErrorKind.DISK_FULL
    if number in {errno.EIO, errno.EROFS} or name.startswith(("SQLITE_IOERR", "SQLITE_READONLY")):
        return ErrorKind.UNREADABLE
    return None


def _place(exc: BaseException) -> str:
    """Say where a bug is: a child has no log of its own."""
    if isinstance(exc, SoniqError | msgspec.ValidationError):
        return ""  # these say themselves what is wrong
    trace = exc.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f" ({Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno})"


def _encoded(value: object) -> bytes:
    data = _encode(value)
    if len(data) > MAX_PAYLOAD_BYTES:
        raise ValueError(
            f"a payload of {len(data):,} bytes; above {MAX_PAYLOAD_BYTES:,} use the spool"
        )
    return data


def _stage_accepts(importer: str, stage: str) -> type:
    loaded = registry.load(importer)
    return (loaded.stage(stage) if stage else loaded.stages[0]).accepts


def bounded(text: str) -> str:
    """Return a reason as it is stored: short (``MAX_REASON_CHARS``), plain, without logins."""
    # What shows that something is a login may stand behind the cut.
    return plain(without_logins(text[: 2 * MAX_REASON_CHARS]))[:MAX_REASON_CHARS]
