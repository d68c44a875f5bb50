"""From a job to its outcome, without processes."""

import asyncio
import errno
import logging
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from soniq_tui.errors import UsageError
from soniq_tui.importers import registry
from soniq_tui.importers.base import (
    Context,
    GoBack,
    Importer,
    ItemFault,
    Plan,
    RetryLater,
    Skip,
    Stage,
    StageSignal,
    Stopped,
)
from soniq_tui.model.forms import Preview
from soniq_tui.model.job import (
    MAX_PAYLOAD_BYTES,
    Checkpoint,
    ErrorKind,
    Expected,
    Items,
    Job,
    JobState,
    Outcome,
)
from soniq_tui.runners import execute as module
from soniq_tui.runners.execute import MAX_REASON_CHARS, bounded, execute
from soniq_tui.runners.stage_output import LINE_CHARS, LINES_MOST, REST_S, Voice


class Text(msgspec.Struct, frozen=True):
    """What the stages of these tests accept."""

    text: str = ""


class Other(msgspec.Struct, frozen=True):
    """What they do not."""


class FakeHost:
    """``execute.Host`` that keeps what it is told."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = self.spool_dir = folder
        self.stop_at = -1
        self.cancel = False
        self.steps: list[tuple[int, int]] = []
        self.parts: list[Checkpoint] = []
        self.lines: list[str] = []
        self.now: list[str] = []
        self.voices: list[Voice | None] = []

    def step(self, done: int, total: int) -> bool:
        self.steps.append((done, total))
        return done == self.stop_at

    def cancelled(self) -> bool:
        return self.cancel

    def hand_over(self, part: Checkpoint) -> None:
        self.parts.append(part)

    def said(self, lines: Sequence[str]) -> None:
        self.lines += lines

    def doing(self, text: str) -> None:
        self.now.append(text)

    def speaks(self, voice: Voice | None) -> None:
        self.voices.append(voice)


JOB = Job(
    id=5, batch_id=1, importer="trial", stage="only", first_stage="only", key="", label="",
    payload=msgspec.msgpack.encode(Text("in")), fence=2, attempt=1, suspects=(3,),
)  # fmt: skip


@pytest.fixture
def host(tmp_path):
    """A host over a temporary folder."""
    return FakeHost(tmp_path)


@pytest.fixture
def do(host, monkeypatch, caplog):
    """Run a function as the one stage of an importer and return the outcome."""
    caplog.set_level(logging.CRITICAL)  # stray bytes in a log are nothing a test report can carry

    async def run(stage, job: Job = JOB) -> Outcome:
        importer = Importer(
            name="trial", title="", verb="", options=Other, stages=(Stage("only", "q", stage),),
            plan=lambda *_: Plan("", ()), preview=lambda *_: Preview(),
        )  # fmt: skip
        monkeypatch.setattr(registry, "load", lambda _name: importer)
        outcome = await execute(job, host)
        assert outcome.run_s > 0
        msgspec.msgpack.encode(outcome)  # whatever came of it can be sent
        return outcome

    return run


def raising(exc: BaseException):
    async def stage(text: Text, ctx: Context) -> Text:
        ctx.count(done=2)
        ctx.fail("i", ErrorKind.CORRUPT, "r")
        raise exc

    return stage


# -------------------------------------------------------------------- outcomes


async def test_a_result_is_the_payload_of_the_next_stage(do):
    """What a stage returns comes back encoded, and no result as no payload."""

    async def echo(text: Text, ctx: Context) -> Text:
        return Text(f"{text.text} {ctx.attempt} {ctx.suspects}")

    async def last(text: Text, ctx: Context) -> None:
        pass

    outcome = await do(echo)
    assert outcome.state is JobState.DONE
    assert msgspec.msgpack.decode(outcome.payload, type=Text) == Text("in 1 (3,)")
    assert (await do(last)).payload == b""


@pytest.mark.parametrize(
    ("signal", "kind", "retryable", "back"),
    [
        (RetryLater("why", ErrorKind.NETWORK), ErrorKind.NETWORK, True, False),
        (RetryLater("why"), ErrorKind.INTERNAL, True, False),
        (ItemFault(ErrorKind.CORRUPT, "why"), ErrorKind.CORRUPT, False, False),
        (GoBack("why"), None, False, True),
        (StageSignal("why"), ErrorKind.INTERNAL, False, False),
    ],
)
async def test_a_signalled_failure_hands_over_nothing(do, signal, kind, retryable, back):
    """A stage that gives up is done again as a whole: its counts and errors are dropped."""
    outcome = await do(raising(signal))
    assert outcome.state is JobState.FAILED
    assert (outcome.kind, outcome.retryable, outcome.back) == (kind, retryable, back)
    assert outcome.reason == "why"
    assert (outcome.items, outcome.errors) == (Items(), ())


async def test_how_long_to_wait_is_handed_on(do):
    """What the other side asked us to wait comes back with the outcome, none when it did not."""
    assert (await do(raising(RetryLater("busy", after_s=30.5)))).retry_after_s == 30.5
    assert (await do(raising(RetryLater("busy")))).retry_after_s is None


@pytest.mark.parametrize(
    ("signals", "state", "reason"),
    [
        ([Skip("nothing new")], JobState.SKIPPED, "nothing new"),
        ([Skip("nothing new"), ItemFault(ErrorKind.CORRUPT, "bad")], JobState.FAILED, "bad"),
        (
            [ItemFault(ErrorKind.CORRUPT, "bad"), RetryLater("busy", ErrorKind.MODEL)],
            JobState.FAILED,
            "busy",
        ),
        ([RetryLater("busy"), ExceptionGroup("", [GoBack("gone")])], JobState.FAILED, "gone"),
        ([GoBack("gone"), Stopped()], JobState.PAUSED, ""),
    ],
)
async def test_signals_of_a_task_group_are_what_they_are_alone(do, signals, state, reason):
    """A group of nothing but signals comes to the one after which the least is lost."""
    outcome = await do(raising(ExceptionGroup("unhandled errors in a TaskGroup", signals)))
    assert (outcome.state, outcome.reason) == (state, reason)
    assert outcome.kind is not ErrorKind.INTERNAL


async def test_a_bug_among_signals_is_told(do):
    """A group that holds more than signals is a bug, and the bug is what the reason names."""
    group = ExceptionGroup("g", [Skip("nothing new"), ExceptionGroup("h", [KeyError("title")])])
    outcome = await do(raising(group))
    assert (outcome.kind, outcome.retryable) == (ErrorKind.INTERNAL, False)
    assert outcome.reason.startswith("KeyError: 'title'")


async def test_a_skip_keeps_what_was_counted(do):
    """A skipped job says why, and what was booked before counts."""
    outcome = await do(raising(Skip("nothing new")))
    assert (outcome.state, outcome.reason) == (JobState.SKIPPED, "nothing new")
    assert outcome.items == Items(0, 2, 0, 1)
    assert len(outcome.errors) == 1


@pytest.mark.parametrize(
    ("cancel", "state"), [(False, JobState.PAUSED), (True, JobState.CANCELLED)]
)
async def test_a_stage_stops_where_it_tells_its_progress(do, host, cancel, state):
    """Asked to stop, it ends at the next item, as paused or as cancelled."""
    host.stop_at, host.cancel = 2, cancel

    async def stage(text: Text, ctx: Context) -> None:
        for i in range(9):
            ctx.progress(i, 9)

    assert (await do(stage)).state is state
    assert host.steps == [(0, 9), (1, 9), (2, 9)]


@pytest.mark.parametrize("cancel", [False, True])
async def test_a_cancelled_stage_tells_what_it_had_given_up(do, host, cancel):
    """What is done again after a pause is told then; nothing else of the run counts."""
    host.stop_at, host.cancel = 2, cancel

    async def stage(text: Text, ctx: Context) -> None:
        for i in range(9):
            ctx.progress(i, 9)
            ctx.count(done=1)
            ctx.fail(f"item {i}", ErrorKind.CORRUPT, "bad")

    outcome = await do(stage)
    assert [error.item for error in outcome.errors] == (["item 0", "item 1"] if cancel else [])
    assert outcome.items == Items(failed=len(outcome.errors))


@pytest.mark.parametrize(
    ("exc", "kind", "retryable", "reason"),
    [
        (ZeroDivisionError("by nought"), ErrorKind.INTERNAL, False, "ZeroDivisionError: by nought"),
        (SystemExit(2), ErrorKind.INTERNAL, False, "SystemExit: 2"),
        (RecursionError(), ErrorKind.INTERNAL, False, "RecursionError: "),
        (ExceptionGroup("g", [OSError("x")]), ErrorKind.INTERNAL, False, "OSError: x"),
        (MemoryError(), ErrorKind.MEMORY, True, "not enough memory"),
        (OSError(errno.ENOSPC, "no space left"), ErrorKind.DISK_FULL, True, "no space left"),
        (
            OSError(errno.EIO, "broken"),
            ErrorKind.UNREADABLE,
            True,
            "a disk fails ([Errno 5] broken",
        ),
        (
            OSError(errno.EROFS, "r/o"),
            ErrorKind.UNREADABLE,
            True,
            "check it, its cable and whether",
        ),
        (OSError(errno.EBADF, "bad"), ErrorKind.INTERNAL, False, "OSError: [Errno 9] bad"),
        (asyncio.CancelledError(), ErrorKind.INTERNAL, False, "CancelledError: "),
    ],
)
async def test_a_bug_of_a_stage_becomes_data(do, exc, kind, retryable, reason):
    """Whatever a stage raises, its job fails with the reason and nothing is raised."""
    outcome = await do(raising(exc))
    assert (outcome.state, outcome.kind) == (JobState.FAILED, kind)
    assert outcome.retryable is retryable
    assert reason in outcome.reason


async def test_a_full_database_is_a_full_disk(do, tmp_path):
    """A catalogue that may not grow is no bug of the stage: it is tried again."""
    db = sqlite3.connect(tmp_path / "catalogue.db")
    db.execute("CREATE TABLE t (x)")
    db.execute("PRAGMA max_page_count = 2")

    async def stage(text: Text, ctx: Context) -> None:
        db.execute("INSERT INTO t VALUES (zeroblob(100000))")

    outcome = await do(stage)
    db.close()
    assert (outcome.kind, outcome.retryable) == (ErrorKind.DISK_FULL, True)


async def test_a_database_on_a_disk_that_fails(do, tmp_path):
    """A catalogue that cannot be written for now is no bug of the stage: it is tried again."""
    sqlite3.connect(tmp_path / "catalogue.db").close()
    db = sqlite3.connect(f"file:{tmp_path / 'catalogue.db'}?mode=ro", uri=True)

    async def stage(text: Text, ctx: Context) -> None:
        db.execute("CREATE TABLE t (x)")

    outcome = await do(stage)
    db.close()
    assert (outcome.kind, outcome.retryable) == (ErrorKind.UNREADABLE, True)
    assert "attempt to write a readonly database" in outcome.reason


async def test_cancelling_goes_through(do):
    """A run that is cancelled from outside is cancelled, it is no bug of the stage."""

    async def stage(text: Text, ctx: Context) -> None:
        await asyncio.sleep(60)

    task = asyncio.create_task(do(stage))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_without_words_is_no_problem(do):
    """An exception that cannot be turned into text is told by its name."""

    class Mute(Exception):  # noqa: N818  named for what it does
        def __str__(self) -> str:
            raise RuntimeError

    reason = (await do(raising(Mute()))).reason
    assert reason.startswith("Mute: (it cannot be put into words)")


async def test_a_bug_says_where_it_is(do):
    """A bug of a stage is told with its file and line: a child has no log of its own."""
    reason = (await do(raising(ZeroDivisionError("by zero")))).reason
    assert re.fullmatch(r"ZeroDivisionError: by zero \(\w+\.py, line \d+\)", reason)


async def test_what_does_not_fit_the_stage_is_a_failure(do, monkeypatch):
    """A payload of another shape, an unknown stage and a missing importer fail the job."""

    async def stage(text: Text, ctx: Context) -> None:
        pass

    broken = msgspec.structs.replace(JOB, payload=b"\xc1")
    assert (await do(stage, broken)).kind is ErrorKind.INTERNAL
    elsewhere = msgspec.structs.replace(JOB, stage="elsewhere")
    assert "elsewhere" in (await do(stage, elsewhere)).reason

    def missing(name: str) -> Importer:
        raise UsageError(f"no importer is called {name!r}")

    monkeypatch.setattr(registry, "load", missing)
    outcome = await execute(JOB, FakeHost(Path()))
    assert outcome.reason == "UsageError: no importer is called 'trial'"


# -------------------------------------------------------------------- text


@pytest.mark.parametrize(
    "signal",
    [Skip, RetryLater, GoBack, lambda t: ItemFault(ErrorKind.CORRUPT, t), ValueError],
    ids=["skip", "later", "back", "fault", "bug"],
)
@pytest.mark.parametrize(
    "text",
    ["x" * 100_000, "\udcff" * 100_000, "bad \udcff name"],
    ids=["long", "longer when written out", "stray byte"],
)
async def test_reasons_are_bounded_and_can_be_stored(do, signal, text):
    """No reason is longer than the limit, and stray bytes of names are written out."""
    reason = (await do(raising(signal(text)))).reason
    assert len(reason) <= MAX_REASON_CHARS
    assert reason.isascii()
    if len(text) < 100:
        assert "bad \\udcff name" in reason


async def test_stray_bytes_in_what_is_spawned_or_booked_are_written_out(do):
    """Names that are not UTF-8 neither stop the stage nor kill whoever sends the outcome."""

    async def stage(text: Text, ctx: Context) -> None:
        ctx.spawn(Text(), key="k\udcff", label="l\udcff", lane="n\udcff")
        ctx.fail("i\udcff", ErrorKind.CORRUPT, "r\udcff" + "x" * 10_000)

    outcome = await do(stage)
    (spawn,), (error,) = outcome.spawned, outcome.errors
    assert (spawn.key, spawn.label, spawn.lane) == ("k\\udcff", "l\\udcff", "n\\udcff")
    assert error.item == "i\\udcff"
    assert error.reason.startswith("r\\udcff")
    assert len(error.reason) <= MAX_REASON_CHARS


async def test_secrets_of_addresses_are_neither_booked_nor_said(do, host):
    """Items, reasons and lines may be shown to anybody; a path is no address and stays as it is."""
    url, seen = "https://ada:pw@a.fr/x?token=abc", "https://a.fr/x?token=********"

    async def stage(text: Text, ctx: Context) -> None:
        ctx.log(f"asks {url}")
        raise ValueError(url)

    assert (await do(stage)).reason.startswith(f"ValueError: {seen} (")
    assert host.lines == [f"asks {seen}"]

    async def other(text: Text, ctx: Context) -> None:
        ctx.fail(url, ErrorKind.CORRUPT, f"no {url}")
        ctx.fail("/m/x?token=abc", ErrorKind.CORRUPT, "why")

    one, two = (await do(other)).errors
    assert (one.item, one.reason, two.item) == (seen, f"no {seen}", "/m/x?token=abc")


def test_no_half_of_a_login_is_left_where_a_reason_is_cut() -> None:
    """What shows that it is one may stand behind the cut."""
    for chars in range(MAX_REASON_CHARS - 40, MAX_REASON_CHARS):
        assert "gehe" not in bounded("x" * chars + " https://ada:geheim@nas.local/soup")


# -------------------------------------------------------------------- context


async def test_counts_errors_and_jobs_come_with_the_outcome(do):
    """What a stage counts, finds, books and spawns is all in the outcome."""

    async def stage(text: Text, ctx: Context) -> None:
        ctx.found(7)
        ctx.count(done=2)
        ctx.count(done=1, skipped=1)
        ctx.fail("a", ErrorKind.CORRUPT, "why")
        ctx.spawn(Text("x"), key="k", label="l", items=3, lane="host")

    outcome = await do(stage)
    assert outcome.items == Items(total=7, done=3, skipped=1, failed=1)
    (error,), (spawn,) = outcome.errors, outcome.spawned
    assert (error.item, error.stage, error.kind, error.attempts) == ("a", "only", "corrupt", 2)
    assert (spawn.key, spawn.items, spawn.lane, spawn.stage) == ("k", 3, "host", "")
    assert msgspec.msgpack.decode(spawn.payload, type=Text) == Text("x")


async def test_nothing_is_handed_over_twice(do, host):
    """What went with a checkpoint is neither in the next one nor in the outcome."""

    async def stage(text: Text, ctx: Context) -> None:
        for i in range(3):
            ctx.found(1)
            ctx.count(done=1)
            ctx.fail(str(i), ErrorKind.CORRUPT, "")
            ctx.spawn(Text(), key=str(i), label="")
            if i < 2:
                ctx.checkpoint(Text(str(i)))

    outcome = await do(stage)
    everything = [*host.parts, outcome]
    for i, part in enumerate(everything):
        assert part.items == Items(total=1, done=1, failed=1)
        assert [error.item for error in part.errors] == [str(i)]
        assert [spawn.key for spawn in part.spawned] == [str(i)]
    assert msgspec.msgpack.decode(host.parts[1].payload, type=Text) == Text("1")


async def test_what_is_expected_goes_with_the_next_checkpoint(do, host):
    """It is said once, within bounds; below 0 stands for nobody knows."""

    async def stage(text: Text, ctx: Context) -> None:
        for said in ((10, 4), (10**30, 10**30), (3, 9), (-5, -5), (None, 0)):
            ctx.expect(*said)
            ctx.checkpoint(Text())
        ctx.checkpoint(Text())
        ctx.expect(1)

    await do(stage)
    most = module.MAX_EXPECTED
    told = [part.expected for part in host.parts]
    assert told == [
        Expected(10, 4), Expected(most, most), Expected(3, 3), Expected(0), Expected(-1), None
    ]  # fmt: skip


async def test_what_is_taken_back_goes_with_the_next_checkpoint(do, host):
    """It is said once, and what was booked before it and not handed over is forgotten."""

    async def stage(text: Text, ctx: Context) -> None:
        for name in ("a", "b"):
            ctx.found(1)
            ctx.fail(name, ErrorKind.CORRUPT, "")
        ctx.take_back()
        ctx.found(1)
        ctx.fail("c", ErrorKind.CORRUPT, "")
        ctx.checkpoint(Text())
        ctx.checkpoint(Text())

    await do(stage)
    first, second = host.parts
    assert (first.anew, first.items) == (True, Items(total=1, failed=1))
    assert [error.item for error in first.errors] == ["c"]
    assert (second.anew, second.items, second.errors) == (False, Items(), ())


async def test_a_payload_beyond_the_limit_is_refused_where_it_is_made(do, host):
    """Result, spawned job and checkpoint are bounded alike, and the message names the spool."""
    large = Text("x" * MAX_PAYLOAD_BYTES)
    largest = Text("x" * (MAX_PAYLOAD_BYTES - 9))

    async def returns(text: Text, ctx: Context) -> Text:
        return large

    async def spawns(text: Text, ctx: Context) -> None:
        ctx.spawn(large, key="k", label="")

    async def hands_over(text: Text, ctx: Context) -> None:
        ctx.checkpoint(large)

    async def fits(text: Text, ctx: Context) -> Text:
        return largest

    for stage in (returns, spawns, hands_over):
        outcome = await do(stage)
        assert outcome.kind is ErrorKind.INTERNAL
        assert "use the spool" in outcome.reason
    assert host.parts == []
    outcome = await do(fits)
    assert (outcome.state, len(outcome.payload)) == (JobState.DONE, MAX_PAYLOAD_BYTES)


async def test_a_spawned_payload_must_be_what_its_stage_accepts(do):
    """A payload of the wrong kind, or for a stage that is not there, is told at once."""

    async def wrong_kind(text: Text, ctx: Context) -> None:
        ctx.spawn(Other(), key="k", label="")

    async def wrong_stage(text: Text, ctx: Context) -> None:
        ctx.spawn(Text(), key="k", label="", stage="nowhere")

    assert "accepts" in (await do(wrong_kind)).reason
    assert "nowhere" in (await do(wrong_stage)).reason


# -------------------------------------------------------------------- spool


async def test_spool_names_come_with_every_outcome(do, host):
    """Done, failed or half written: each file a run made is named, so that it can be deleted."""

    async def writes(text: Text, ctx: Context) -> None:
        assert [ctx.write_spool(b"a"), ctx.write_spool(b"b")] == ["5-2-0", "5-2-1"]
        assert ctx.read_spool("5-2-1") == b"b"

    async def writes_and_fails(text: Text, ctx: Context) -> None:
        await writes(text, ctx)
        raise RetryLater("later")

    for stage in (writes, writes_and_fails):
        assert (await do(stage)).spools == ("5-2-0", "5-2-1")


async def test_a_full_disk_is_tried_again_and_leaves_no_rest(do, monkeypatch):
    """Half a file on a full disk is named for deletion, and the job may be tried again."""

    def full(folder: Path, job_id: int, fence: int, number: int, data: bytes) -> str:
        (folder / f"{job_id}-{fence}-{number}").write_bytes(data[:1])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.spool, "write", full)

    async def stage(text: Text, ctx: Context) -> None:
        ctx.write_spool(b"abc")

    outcome = await do(stage)
    assert (outcome.kind, outcome.retryable) == (ErrorKind.DISK_FULL, True)
    assert outcome.spools == ("5-2-0",)


async def test_a_missing_spool_file_sends_the_job_back(do):
    """Where the data of an earlier stage is gone, the job starts again at its first stage."""

    async def stage(text: Text, ctx: Context) -> None:
        ctx.read_spool("5-1-0")

    outcome = await do(stage)
    assert (outcome.state, outcome.back) == (JobState.FAILED, True)
    assert "5-1-0 is gone" in outcome.reason


async def test_what_a_stage_says_is_sent_whole_and_safe(do, host):
    """The first line at once, the others soon, the rest at the end; nothing after it."""
    kept: list[Voice] = []

    async def stage(payload: Text, ctx: Context) -> None:
        ctx.log("one\x1b[2J\ntwo")
        assert host.lines == ["one␛[2J", "two"]
        ctx.log("x" * 5000)
        assert len(host.lines) == 2
        await asyncio.sleep(REST_S + 0.1)
        assert len(host.lines[2]) == LINE_CHARS
        await asyncio.to_thread(ctx.log, "from a thread")
        await asyncio.sleep(0)
        ctx.log("last")
        kept.append(ctx.voice)

    assert (await do(stage)).state is JobState.DONE
    assert host.lines[3:] == ["from a thread", "last"]
    assert host.voices == [kept[0], None]
    kept[0].say("too late")
    kept[0].flush()
    assert host.lines[-1] == "last"


async def test_of_too_much_the_newest_is_sent(do, host):
    """A stage that never stops talking costs bounded memory, and how much is gone is said."""

    async def stage(payload: Text, ctx: Context) -> None:
        ctx.log("first")
        for n in range(LINES_MOST + 50):
            ctx.log(str(n))

    await do(stage)
    assert host.lines[:2] == ["first", "... 50 lines left out"]
    assert host.lines[-1] == str(LINES_MOST + 49)
    assert len(host.lines) == LINES_MOST + 2
