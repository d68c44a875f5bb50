"""What is said of a batch, to people and to scripts, and how it is written down."""

import io
import json
import logging
import sys
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from soniq_tui.errors import DataDirError, SoniqError, UsageError
from soniq_tui.host import exits, log, out, report
from soniq_tui.host.line import Line
from soniq_tui.model.job import Batch, BatchState, ErrorKind, ItemError, Items
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import BatchView, Query, View


def a_report(state: str = "done", items: Items | None = None, errors: int = 0) -> report.Report:
    """Return a report of nothing in particular."""
    failed = ItemError(
        item="/m/\x1b[2Jx\u2028.mp3", stage="extract", kind=ErrorKind.CORRUPT, reason="a\nb",
        attempts=1,
    )  # fmt: skip
    return report.Report(
        batch="7", importer="music", label="/m\x07", state=state, items=items or Items(3, 2, 0, 1),
        started_at="2026-11-22T03:00:00Z", duration_s=1.0, items_per_s=3.0, median_item_s=0.1,
        success_rate=0.5, peak_rss_mib=10.0, slots={}, errors=[failed] * errors,
    )  # fmt: skip


def a_batch(state: BatchState, items: Items) -> Batch:
    return Batch(id=1, importer="music", label="/m", options=b"", state=state, items=items,
                 added_at_s=0.0)  # fmt: skip


def a_view(label: str, number: int = 1) -> BatchView:
    return BatchView(
        id=number, importer="music", label=label, state=BatchState.RUNNING, items=Items(9, 1, 0, 0),
        items_per_s=1.0, eta_s=None, added_at_s=0.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "items", "status"),
    [
        (BatchState.DONE, Items(2, 1, 1, 0), 0),
        (BatchState.DONE, Items(), 0),
        (BatchState.DONE, Items(2, 1, 0, 1), 1),
        (BatchState.CANCELLED, Items(2, 1, 0, 0), 4),
        (BatchState.CANCELLED, Items(3, 1, 0, 1), 4),
        (BatchState.FAILED, Items(), 3),
        (BatchState.FAILED, Items(2, 1, 0, 1), 3),
    ],
)
def test_exit_status_of_a_batch(state: BatchState, items: Items, status: int) -> None:
    """Failed items are 1, a cancelled batch is 4, one that could not do its work 3, all else 0."""
    assert report.exit_status(a_batch(state, items)) == status


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ((), 0),
        (("done", "done"), 0),
        (("done", "cancelled"), 4),
        (("cancelled", "failed"), 3),
        (("failed", "cancelled", "done"), 3),
    ],
)
def test_exit_status_of_several_batches(states: tuple[str, ...], status: int) -> None:
    """The gravest: what could not be done weighs more than what somebody gave up."""
    reports = [a_report(state, Items(1, 1, 0, 0)) for state in states]
    assert report.worst(reports) == status


def test_lines_hold_nothing_that_a_terminal_obeys() -> None:
    """Names and reasons from outside stay on one line and pass the gate for foreign text."""
    text = report.lines(a_report(errors=1))
    assert len(text) == 4
    assert all(line.isprintable() for line in text)
    assert "corrupt: /m/␛[2Jx\u20392028\u203a.mp3: a␊b" in text[3]


def test_lines_name_ten_errors_and_where_the_rest_is(monkeypatch) -> None:
    """Of many failures the first ten are printed, with the command that has them all."""
    text = report.lines(a_report(items=Items(30, 10, 0, 20), errors=20))
    assert sum("✗" in line for line in text) == 10
    assert text[-1] == "  … and 10 more: 'soniq-tui export errors --batch 7'"
    monkeypatch.setattr(out, "_folder", ["/x"])
    assert out.hinted(text[-1]).endswith("--batch 7 --data-dir /x'")
    assert text[3] == "  failed: 20 corrupt"
    assert "  failed (the first 1,000): 20 corrupt" in report.lines(
        a_report(items=Items(9000, 10, 0, 2000), errors=20)
    )


def test_lines_group_what_failed_by_its_kind() -> None:
    """The most frequent kind comes first, counted over all; its items come together."""
    found = a_report(items=Items(9, 5, 0, 4), errors=3)
    gone = msgspec.structs.replace(found.errors[0], kind=ErrorKind.NOT_FOUND, item="gone")
    mixed = [found.errors[0], gone, found.errors[1]]
    text = report.lines(msgspec.structs.replace(found, errors=mixed))
    assert text[3] == "  failed (the first 1,000): 2 corrupt, 1 not_found"
    assert [line.split()[1] for line in text[4:]] == ["corrupt:", "corrupt:", "not_found:"]
    counted = msgspec.structs.replace(
        found, errors=mixed, failed_by_kind={"not_found": 3, "corrupt": 1}
    )
    assert report.lines(counted)[3] == "  failed: 3 not_found, 2 corrupt"


def test_what_has_changed_is_told() -> None:
    """By people's words, also in the log; nothing is said where nothing changed."""
    found = a_report(items=Items(9, 9))
    assert "tracks" not in "".join(report.lines(found))
    changed = msgspec.structs.replace(found, changes={"new_tracks": 1_204, "missing_files": 9})
    assert report.lines(changed)[3] == "  new tracks: 1,204, missing files: 9"
    new = msgspec.structs.replace(found, changes={"new_tracks": 1})
    assert len(report.lines(new)) == 4
    assert "0 failed, new tracks: 1,204, missing files: 9;" in report.logged(changed)


@pytest.mark.parametrize(("passed_s", "age"), [(9, "1h"), (3599, "2h"), (86_400, "25h")])
def test_which_have_changed_is_told(passed_s: int, age: str) -> None:
    """The searches go back to when the batch began, however long ago it ended or stood still."""
    changes = {"moved_files": 2, "tracks_read_again": 1, "missing_files": 3}
    found = msgspec.structs.replace(a_report(items=Items(9, 9)), changes=changes)
    now_s = datetime.fromisoformat(found.started_at).timestamp() + passed_s
    each = ", ".join(f"'soniq-tui search {name}:{age}'" for name in ("changed", "moved", "gone"))
    assert report.lines(found, now_s=now_s)[4] == f"  which they are: {each}"


@pytest.mark.parametrize(
    ("items_per_s", "said"), [(0, "0/s"), (0.2, "12/min"), (1, "1/s"), (12_345.6, "12,346/s")]
)
def test_slow_work_is_told_by_the_minute(items_per_s: float, said: str) -> None:
    """Recipes that a model makes come by the minute; "0/s" would say that nothing does."""
    assert report.pace(items_per_s) == said


def test_lines_of_nothing_and_of_what_went_wrong() -> None:
    """An empty folder says so; a batch that failed, or was interrupted, does not pretend it."""
    nothing = Items()
    assert "nothing was found there" in report.lines(a_report(items=nothing))[1]
    assert "nothing was found" not in "".join(report.lines(a_report("failed", nothing)))
    assert "interrupted; 'soniq-tui resume'" in report.lines(a_report("running"))[0]


def test_json_is_one_line_for_every_reader() -> None:
    """What ends lines for some readers is escaped, and nothing is lost by it."""
    value = {"a": "x\u2028y\u2029z\x85ü", "n": float("nan")}
    line = out.json_line(value)
    assert line.splitlines(keepends=True) == [line]
    assert "ü" in line
    assert json.loads(line) == {"a": value["a"], "n": None}


def test_commands_are_named_as_they_have_to_be_typed(monkeypatch) -> None:
    """Where the data directory was chosen on the command line the next command needs it, too."""
    text = (
        "stopped; 'soniq-tui resume' goes on, 'soniq-tui' shows it, "
        "'soniq-tui --data-dir /x' looks, 'this' does not"
    )
    monkeypatch.setattr(out, "_folder", [])
    assert out.hinted(text) == text
    out.in_folder(Path("/a b/\x1b[2J"))
    assert out.hinted(text) == (
        "stopped; 'soniq-tui resume --data-dir '/a b/␛[2J'' goes on, "
        "'soniq-tui --data-dir '/a b/␛[2J'' shows it, "
        "'soniq-tui --data-dir /x' looks, 'this' does not"
    )


# ------------------------------------------------------------------ the progress line


@pytest.mark.parametrize(
    ("text", "cells", "fits"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
        ("", 0, ""),
    ],
)
def test_a_line_is_fitted_by_cells(text: str, cells: int, fits: str) -> None:
    """Wide letters count twice, combining marks not at all."""
    assert out.fitted(text, cells) == fits


@pytest.mark.parametrize(
    ("text", "cells", "fits"),
    [
        ("/srv/music", 10, "/srv/music"),
        ("/srv/music/one", 8, "…/one"),
        ("/srv/music/one/", 8, "…/one/"),
        ("/a/" + "x" * 20, 8, "…xxxxxxx"),
        ("/a/long name/b", 13, "…/long name/b"),
        ("/音楽/音楽音楽", 6, "…音楽"),
        ("/e\u0301e\u0301e\u0301", 3, "…e\u0301e\u0301"),
    ],
)
def test_the_end_of_a_path_fits(text: str, cells: int, fits: str) -> None:
    """It is cut before a folder where that wastes little, and takes no accent of what is cut."""
    assert out.ending(text, cells) == fits
    assert out.cells_of(fits) <= cells


class Terminal(io.StringIO):
    """Standard error that says whether it is a terminal."""

    def __init__(self, *, tty: bool) -> None:
        super().__init__()
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@pytest.mark.parametrize(("tty", "term", "drawn"), [(True, "xterm", True), (True, "dumb", False),
                                                    (False, "xterm", False)])  # fmt: skip
def test_progress_is_drawn_over_on_terminals_only(monkeypatch, tty, term, drawn) -> None:
    """On a terminal one line is written over and fits; elsewhere plain lines, one a second."""
    error = Terminal(tty=tty)
    monkeypatch.setattr(sys, "stderr", error)
    monkeypatch.setenv("TERM", term)
    now = [0.0]
    line = Line(lambda: now[0])
    for count in range(17):
        view = a_view("/日" * 60)
        line.progress([msgspec.structs.replace(view, items=Items(90, count))])
        now[0] += 0.25
    line.end()
    text = error.getvalue()
    if drawn:
        first, *parts = text.removesuffix("\n").split("\r\x1b[2K")
        assert (first, text.count("\n")) == ("", 1)
        assert len(parts) > 10
        assert all(out.fitted(part, 79) == part for part in parts)
    else:
        assert "\x1b" not in text
        assert len(text.splitlines()) == 4


def test_batches_of_the_same_name_are_told_apart(monkeypatch) -> None:
    """Where there are several each has its number, in the line and in what came of them."""
    monkeypatch.setattr(sys, "stderr", error := Terminal(tty=False))
    now = [0.0]
    line = Line(lambda: now[0])
    for batches in ([a_view("/m", 7)], [a_view("/m", 7), a_view("/m", 8)]):
        now[0] += 2.0
        line.progress(batches)
    alone, both = error.getvalue().splitlines()
    assert alone.startswith("music /m: ")
    assert both.startswith("#7 music /m: ")
    assert "; #8 music /m: " in both
    assert report.lines(a_report(), numbered=True)[0].startswith("#7 music /m")


def test_a_lost_terminal_does_not_stop_the_work(monkeypatch) -> None:
    """Where standard error has gone, what would be said is not said, and that is all."""

    class Gone(Terminal):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone(tty=False))
    out.warn("nobody hears")


def test_signals_have_their_exit_status() -> None:
    """128 and the number of the signal, as a shell would say it."""
    assert {number + 128 for number in exits.SIGNALS} == set(exits.SIGNALS.values())


@pytest.mark.parametrize(("kind", "status"), [(UsageError, 2), (DataDirError, 3)])
def test_an_error_is_one_line_and_a_status(capsys, kind: type[SoniqError], status: int) -> None:
    """Whoever started it reads what it is and who says so, and nothing speaks to the terminal."""
    assert exits.explain(kind("/m\x1b[2J\nx is no folder")) == status
    told, said = capsys.readouterr()
    assert told == ""
    assert said.startswith("soniq-tui: /m")
    assert said.endswith("x is no folder\n")
    assert said.count("\n") == 1
    assert "\x1b" not in said


def test_an_address_that_is_refused_tells_no_login(capsys) -> None:
    """What is told on standard error may end in a mail of cron or in a log."""
    exits.explain(UsageError("'ftp://ada:secret@a.fr/x' is neither an address nor a file"))
    said = capsys.readouterr().err
    assert said == "soniq-tui: 'ftp://a.fr/x' is neither an address nor a file\n"


# ------------------------------------------------------------------ the log


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=str(tmp_path), log_level="info")


def test_foreign_text_cannot_forge_the_log(settings: Settings) -> None:
    """A record is one line, its traceback indented; control characters are made visible."""
    _, stop = log.start(settings)
    error = ValueError("x\n2026-01-01 info fake: \x1b[31m")
    logging.getLogger("some").error("read %s", "a\nb\x1b", exc_info=error)
    logging.getLogger("some").debug("not at this level")
    stop()
    first, *rest = (settings.data_path / log.NAME).read_text().splitlines()
    assert first.endswith("error some: read a␊b␛")
    assert rest
    assert all(line.startswith("    ") and line.isprintable() for line in rest)


def test_no_login_in_the_log(settings: Settings) -> None:
    """Neither in the file nor in what screens show of it."""
    book, stop = log.start(settings)
    error = ValueError("http://ada:secret@a.fr")
    logging.getLogger("some").error("not begun: %s", error, exc_info=error)
    stop()
    text = (settings.data_path / log.NAME).read_text()
    rows = book.page(Query(view=View.LOG)).rows
    assert text.count("http://a.fr") == 2
    assert "secret" not in text + repr(rows)


def test_the_log_keeps_two_files(settings: Settings, monkeypatch) -> None:
    """A log that grows beyond its size is turned over once, and privately."""
    monkeypatch.setattr(log, "MOST_BYTES", 2000)
    _, stop = log.start(settings)
    for number in range(100):
        logging.getLogger("some").info("line %d", number)
    stop()
    files = sorted(settings.data_path.glob("soniq.log*"))
    assert [file.name for file in files] == ["soniq.log", "soniq.log.1"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)
    assert "line 99" in files[0].read_text()


def test_a_log_that_cannot_be_written_is_done_without(settings: Settings) -> None:
    """Where the log's place is taken the host works without a log."""
    (settings.data_path / log.NAME).mkdir()
    before = logging.getLogger().handlers[:]
    log.start(settings)[1]()
    assert logging.getLogger().handlers == before


def test_a_cancelled_batch_tells_what_is_left_and_what_does_it() -> None:
    """Its counts make up its total, for people and in the log; a finished one leaves nothing."""
    cut = a_report("cancelled", Items(5_733, 686, 0, 7))
    first, second, *_rest = report.lines(cut)
    assert first.endswith(": cancelled; 'soniq-tui retry 7' does the rest")
    assert second == "  5,733 items: 686 done, 0 skipped, 7 failed, 5,040 left"
    assert "7 failed, 5,040 left; " in report.logged(cut)
    assert "left" not in report.logged(a_report()) + "".join(report.lines(a_report()))
