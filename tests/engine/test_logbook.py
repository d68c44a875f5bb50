"""The newest lines of the log, what stages said, and what the engine tells of itself."""

import logging
import os
import stat
from pathlib import Path

import pytest

from soniq_tui.engine.logbook import CHARS_MOST, Logbook
from soniq_tui.engine.narrator import Narrator
from soniq_tui.engine.outputs import JOBS_KEPT, LINES_KEPT, Outputs
from soniq_tui.errors import UsageError
from soniq_tui.host.log import EARLIER_BYTES, NAME, earlier, start
from soniq_tui.model.details import Output
from soniq_tui.model.events import BatchChanged, QueueHeld
from soniq_tui.model.job import Batch, BatchState, Items
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import LOG_KEPT, LogRow, Query, View
from soniq_tui.runners.stage_output import Mouth, Voice

log = logging.getLogger("soniq_tui.trial")


@pytest.fixture
def book():
    """A logbook that hears everything."""
    made, root = Logbook(), logging.getLogger()
    root.addHandler(made)
    level = root.level
    root.setLevel(logging.DEBUG)
    yield made
    root.setLevel(level)
    root.removeHandler(made)


def lines(book: Logbook, text: str = "", **how) -> list[str]:
    return [row.text for row in book.page(Query(view=View.LOG, text=text, **how)).rows]


def test_lines_are_kept_safe_and_bounded(book: Logbook) -> None:
    """Foreign text passes the gate, long text is cut, old lines go; numbers go on."""
    log.info("a name: %s", "x\x1b[2J\u200b")
    log.warning("y" * 5000)
    rows = book.page(Query(view=View.LOG)).rows
    assert rows[0].text == "a name: x␛[2J\u2039200B\u203a"
    assert (rows[0].source, rows[0].level, rows[1].level) == ("trial", "info", "warning")
    assert len(rows[1].text) == CHARS_MOST
    for number in range(LOG_KEPT + 5):
        log.debug("line %d", number)
    page = book.page(Query(view=View.LOG, offset=LOG_KEPT - 1))
    assert (page.total, page.rows[0].text, book.newest) == (
        LOG_KEPT,
        f"line {LOG_KEPT + 4}",
        LOG_KEPT + 7,
    )
    assert page.rows[0].id == LOG_KEPT + 7


def test_the_file_is_private_when_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else can have opened the log before it is its owner's alone."""
    modes: list[int] = []
    change = os.fchmod

    def look_and_change(fd: int, mode: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(fd).st_mode))
        change(fd, mode)

    monkeypatch.setattr(os, "fchmod", look_and_change)
    old = os.umask(0)
    try:
        _book, stop = start(Settings(data_dir=str(tmp_path)))
        stop()
    finally:
        os.umask(old)
    assert modes == [0o600]


def test_a_traceback_stays_with_its_line(book: Logbook) -> None:
    """What went wrong is one row, its traceback beside it and findable."""
    try:
        int("bad \x1b[2J")
    except ValueError:
        log.exception("it broke")
    (row,) = book.page(Query(view=View.LOG, text="ValueError")).rows
    assert row.text == "it broke"
    assert row.trace.splitlines()[-1].endswith("10: 'bad \\x1b[2J'")


def test_a_log_is_filtered(book: Logbook) -> None:
    """Words, their absence, level and source narrow it down; nonsense is refused."""
    log.info("Queue extract: held")
    log.warning("disk is full")
    logging.getLogger("other").error("disk gone")
    assert lines(book, "DISK") == ["disk is full", "disk gone"]
    assert lines(book, "disk !gone") == ["disk is full"]
    assert lines(book, "level:warn") == ["disk is full"]
    assert lines(book, "!source:trial") == ["disk gone"]
    assert lines(book, limit=5, offset=-2) == ["disk is full", "disk gone"]
    assert book.page(Query(view=View.LOG, offset=-9)).offset == 0
    assert lines(book, limit=1, offset=1) == ["disk is full"]
    with pytest.raises(UsageError):
        lines(book, "colour:red")


def test_the_log_of_an_earlier_host_is_there(tmp_path: Path) -> None:
    """What the file holds from before is read, records with their tracebacks, nonsense left out."""
    settings = Settings(data_dir=str(tmp_path))
    (tmp_path / NAME).write_text(
        "half a li\n"
        "2026-11-28T09:41:00+0000 info soniq_tui.host: soniq-tui 1, process 4, is the host\n"
        "2026-11-28T09:41:07+0000 error soniq_tui.engine: it broke\n"
        "    Traceback\n"
        "    ValueError: x\n"
        "2026-99-99T00:00:00+0000 info x: no such day\n"
    )
    first, second = earlier(tmp_path / NAME)
    assert (first.text, first.at_s) == ("soniq-tui 1, process 4, is the host", 1795858860.0)
    assert (second.level, second.trace) == ("error", "Traceback\nValueError: x")
    book, stop = start(settings)
    try:
        log.warning("now")
        assert [row.id for row in book.page(Query(view=View.LOG)).rows] == [1, 2, 3]
        assert lines(book, "now") == ["now"]
    finally:
        stop()
    assert book not in logging.getLogger().handlers
    assert earlier(tmp_path / NAME)[-1].text == "now"


def test_what_was_logged_before_the_file_began_anew_is_there(tmp_path: Path) -> None:
    """Also where the host died before it did; in all as much is read as of one long file."""
    line = "2026-11-28T09:41:00+0000 info soniq_tui.host: {}\n".format
    (tmp_path / f"{NAME}.1").write_text("".join(line(n) for n in range(3000)))
    assert earlier(tmp_path / NAME)[-1].text == "2999"
    (tmp_path / NAME).write_text(line("new"))
    found = [row.text for row in earlier(tmp_path / NAME)]
    assert found[-2:] == ["2999", "new"]
    assert len(found) < EARLIER_BYTES / len(line(1000)) + 1


def test_without_a_file_the_log_is_in_memory(tmp_path: Path) -> None:
    """A place that cannot be written costs the file, not the screen's log."""
    book, stop = start(Settings(data_dir=str(tmp_path / "missing")))
    log.warning("heard")
    stop()
    assert lines(book) == ["heard"]


@pytest.mark.parametrize("kind", [Logbook, Mouth])
async def test_who_logs_wrongly_is_told_and_goes_on(
    kind: type[Logbook | Mouth], capsys: pytest.CaptureFixture[str]
) -> None:
    """As with the handlers of the library: a slip in a message of others fails no item."""
    handler = kind()
    handler.voice = Voice(print)
    handler.handle(logging.LogRecord("tags", logging.WARNING, "tags.py", 1, "%d", ("x",), None))
    assert "tags.py" in capsys.readouterr().err


def test_batches_and_queues_are_told(book: Logbook) -> None:
    """Each turn of a batch is a line, its counts are not; so is what is done to queues."""
    narrator = Narrator()
    batch = Batch(id=3, importer="music", label="/m\x1b[2J", options=b"")

    def put(state: BatchState, **how) -> None:
        now = Batch(id=3, importer="music", label=batch.label, options=b"", state=state, **how)
        narrator.tell(BatchChanged(batch=now))

    for done in range(5):
        put(BatchState.RUNNING, items=Items(total=9, done=done))
    put(BatchState.PAUSED)
    put(BatchState.RUNNING)
    put(BatchState.DONE, items=Items(total=2007, done=2000, failed=7))
    narrator.tell(QueueHeld(queue="extract", held=True))
    assert lines(book) == [
        "batch 3 running: music /m␛[2J",
        "batch 3 paused: music /m␛[2J",
        "batch 3 running: music /m␛[2J",
        "batch 3 done (2,000 done, 0 skipped, 7 failed): music /m␛[2J",
        "queue extract: held",
    ]


def test_what_stages_said_is_a_ring_for_each_job() -> None:
    """Asked from a number on, one gets what is new and learns how much is gone."""
    outputs = Outputs()
    outputs.add(1, ["a", "b"])
    assert outputs.of(1, 0) == Output(lines=("a", "b"), after=2)
    outputs.add(1, ["c"])
    assert outputs.of(1, 2) == Output(lines=("c",), after=3)
    assert outputs.of(1, 3) == Output(after=3)
    assert outputs.of(2, 0) == Output()
    outputs.add(1, [str(n) for n in range(LINES_KEPT + 10)])
    late = outputs.of(1, 3)
    assert (late.missed, len(late.lines), late.after) == (10, LINES_KEPT, LINES_KEPT + 13)
    assert outputs.of(1, 10**6).lines == late.lines
    for job_id in range(2, JOBS_KEPT + 2):
        outputs.add(job_id, ["x"])
    assert outputs.of(1, 0) == Output()
    assert outputs.of(JOBS_KEPT + 1, 0).lines == ("x",)


def test_a_row_is_known_by_its_number() -> None:
    """Earlier lines are numbered anew, from one on."""
    old = LogRow(id=0, at_s=1.0, level="info", source="s", text="t")
    rows = Logbook([old, old]).page(Query(view=View.LOG)).rows
    assert [row.id for row in rows] == [1, 2]
