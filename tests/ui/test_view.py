"""Numbers, names and rows as the screens write them."""

import msgspec
import pytest
from rich.cells import cell_len

from soniq_tui import words
from soniq_tui.engine import guards
from soniq_tui.engine.load import Reading
from soniq_tui.model import waiting
from soniq_tui.model.forms import Preview
from soniq_tui.model.job import BatchState, Expected, Items, JobState
from soniq_tui.model.settings import EngineSettings
from soniq_tui.ui import (
    batch_lines,
    dash_blocks,
    environment,
    formats,
    job_rows,
    launch_view,
    palette_entries,
    queue_rows,
    rows,
    view,
)
from soniq_tui.ui.dash_layout import batch_share
from soniq_tui.ui.engine_state import state_of
from soniq_tui.ui.glyphs import ASCII, UNICODE
from soniq_tui.ui.keys import ACTIONS, clashes
from soniq_tui.ui.remembered import Launched
from soniq_tui.ui.widgets.footer import fitting, footer_line
from tests.ui import fakes
from tests.ui.pilots import flat

LAUNCH = Launched(importer="music", values={}, at_s=fakes.AT_S)


@pytest.mark.parametrize(
    ("items", "growing", "share", "full"),
    [
        (Items(total=20_000, skipped=20_000), True, "—", 0),
        (Items(total=20_100, skipped=20_000, done=50), True, "~50.0%", 5),
        (Items(total=20_100, skipped=20_000, done=90, failed=10), True, "—", 0),
        (Items(total=20_000, skipped=20_000), False, "100%", 10),
    ],
)
def test_what_was_skipped_tells_nothing_while_more_may_be_found(items, growing, share, full):
    """A scan in which nothing has changed has no bar until it knows how much there is."""
    batch = fakes.batch(1, items=items, growing=growing)
    now = msgspec.structs.replace(fakes.running(), batches=(batch,), items=items)
    line = flat(view.bar_line(now, 19, UNICODE))
    assert line.split()[-1] == share
    assert line.count(UNICODE.bar_full) == full
    recent = launch_view.Recent(LAUNCH, fakes.FORMS[0], batch)
    assert launch_view._ended(recent, UNICODE)[0].endswith(share.removeprefix("~"))


@pytest.mark.parametrize(
    ("items", "expected", "share", "full", "done"),
    [
        (Items(total=20_000, skipped=20_000), Expected(60_000), "~25.0%", 2, "20,000/~80,000"),
        (Items(total=20_000, skipped=20_000), Expected(60_000, 20_000), "~50.0%", 5,
         "40,000/~80,000"),
        (Items(total=20_000, skipped=20_000), Expected(0), "~99.9%", 9, "20,000/~20,000"),
        (Items(total=40_000, skipped=20_000), Expected(0), "~50.0%", 5, "20,000/~40,000"),
        (Items(total=1, skipped=1), Expected(0), "~99.9%", 9, "1/~1"),
        (Items(), Expected(0), "—", 0, "0"),
        (Items(), Expected(10), "~0.0%", 0, "0/~10"),
    ],
)  # fmt: skip
def test_what_is_expected_counts_as_long_as_more_may_be_found(items, expected, share, full, done):
    """A rescan tells how far it is, never that it is at its end, and its guesses as guesses."""
    batch = fakes.batch(1, items=items, growing=True, expected=expected)
    now = msgspec.structs.replace(fakes.running(), batches=(batch,), items=items)
    line = flat(view.bar_line(now, 19, UNICODE))
    assert line.split()[-1] == share
    assert line.count(UNICODE.bar_full) == full
    assert rows.batch_row(batch).cells[3] == done
    assert dict(batch_lines.facts_of(batch, UNICODE))["items"] == done
    (offer,) = palette_entries.of_batches([batch])
    assert done in offer.what
    assert view.counted(now).ended == batch.likely.ended  # as its row says
    over = msgspec.structs.replace(batch, growing=False, expected=None)
    assert rows.batch_row(over).cells[3] == f"{items.ended:,}/{items.total:,}"


def test_batches_side_by_side_of_one_of_which_nobody_knows_how_much_it_has():
    """What is expected of one counts, what another one has skipped does not."""
    known = fakes.batch(1, items=Items(total=10, skipped=10), growing=True, expected=Expected(30))
    unknown = fakes.batch(2, items=Items(total=500, skipped=500), growing=True)
    assert view.how_far(Items(total=510, skipped=510), [known, unknown]) == (10, 40)
    known = msgspec.structs.replace(known, expected=Expected(0))
    assert view.how_far(Items(total=510, skipped=510), [known, unknown]) == (0, 0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "—"), (0, "0s"), (59.9, "59s"), (173, "2m53s"), (3720, "1h02m"), (273_600, "3d04h")],
)
def test_durations(seconds, text):
    """Whole seconds, at most two units."""
    assert formats.duration(seconds) == text


@pytest.mark.parametrize(
    ("per_s", "text"),
    [
        *((0, "—"), (412.4, "412/s"), (4.24, "4.2/s"), (0.5, "30/min"), (0.001, "<1/min")),
        *((9_999, "9,999/s"), (9_999.6, "10.0k/s"), (11_391, "11.4k/s"), (99_960, "100k/s")),
    ],
)
def test_rates(per_s, text):
    """Per second from one on, else per minute."""
    assert formats.rate(per_s) == text


def test_a_hundred_percent_means_all():
    """Rounding never claims the end before everything has ended."""
    assert formats.percent(99_999, 100_000) == "99.9%"
    assert formats.percent(100_000, 100_000) == "100%"
    assert formats.percent(0, 0) == "—"


def test_bars_and_sparks_have_their_width():
    """A bar fills only at the end; a spark is one run, the newest value at the right."""
    for ended in (0, 1, 33, 99):
        assert len(formats.bar(ended, 100, 20)) == 20
        assert formats.bar(ended, 100, 20)[-1] != "█"
    assert formats.bar(100, 100, 20) == "█" * 20
    assert formats.bar(5, 0, 4, ASCII) == "...."
    assert formats.spark((1.0, 8.0), 4) == "  ▁█"
    assert formats.spark((), 3) == "   "
    graph = formats.graph((1.0, 2.0, 4.0), 5, 2, UNICODE)
    assert [len(line) for line in graph] == [5, 5]
    assert graph[-1].endswith("▄██")


@pytest.mark.parametrize(
    ("text", "width", "cut"),
    [
        ("/music/a", 20, "/music/a"),
        ("/music/Nina Simone/Pastel Blues [Live]", 30, "…/Pastel Blues [Live]"),
        ("x" * 50, 10, "…" + "x" * 9),
        ("/a/音楽音楽音楽/第一", 12, "…/第一"),
        ("/a/音楽音楽音楽/第一", 18, "…音楽音楽音楽/第一"),
        ("https://a.example/soups/pistou", 25, "a.example/soups/pistou"),
        ("https://a.example/soups/pistou", 20, "…/soups/pistou"),
    ],
)
def test_paths_are_cut_at_the_left(text, width, cut):
    """At a separator where that wastes little, else in the name; wide characters count twice."""
    assert formats.cut_left(text, width) == cut
    assert cell_len(formats.cut_left(text, width)) <= width


def test_text_is_wrapped_in_cells():
    """Every line fits, and nothing is lost."""
    for text in ("a b c " * 30, "x" * 95, "音楽" * 40, "e\u0301" * 60):
        lines = formats.wrap(text, 30)
        assert all(cell_len(line) <= 30 for line in lines)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_path_is_wrapped_behind_a_folder():
    """Names stay whole as far as that wastes less than half a line."""
    path = "/srv/music/Camlu Ste/1994 - Nader Anste/11 - Marbello.m4a"
    names = ["/srv/music/Camlu ", "Ste/1994 - Nader ", "Anste/11 -", "Marbello.m4a"]
    assert formats.wrap(path, 17) == [name.strip() for name in names]
    assert formats.wrap(path, 14)[:3] == ["/srv/music/", "Camlu Ste/1994", "- Nader Anste/"]
    assert formats.wrap("a word that fits", 11) == ["a word that", "fits"]
    assert formats.wrap("/x" + "a" * 9 + "/y", 10) == ["/x" + "a" * 8, "a/y"]


def test_what_failed_on_another_day_tells_the_day():
    """A time of day alone would be taken for one of today."""
    assert formats.when(fakes.AT_S) == "09:41"
    assert formats.when(fakes.AT_S - 86_400) == "12-31"
    row = job_rows.error_row(msgspec.structs.replace(fakes.FakeClient().error(0), at_s=0.0))
    assert row.cells[0] == "01-01"


def test_what_is_cut_in_ascii():
    """A path that was cut at the left is not taken for one of the home directory."""
    assert formats.cut_left("/music/Nina Simone/01.mp3", 12, ASCII) == ".../01.mp3"
    assert formats.cut_right("Nina Simone", 8, ASCII) == "Nina..."
    assert [formats.cut_right("abcdef", n, ASCII) for n in range(5)] == [
        "",
        ".",
        "..",
        "...",
        "a...",
    ]
    assert [formats.cut_left("abcdef", n, ASCII) for n in (1, 3, 4)] == [".", "...", "...f"]


@pytest.mark.parametrize("width", [60, 80, 100, 120, 160])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
@pytest.mark.parametrize("state", [fakes.running, fakes.hot_in_ascii, fakes.full])
def test_header_lines_fit(width, glyphs, state):
    """The lines at the top never exceed the width; ASCII is ASCII."""
    snapshot = state()
    block = [
        *view.header(snapshot, width, glyphs, attached=True),
        *view.banner(snapshot, width, glyphs),
        *view.banner(snapshot, width, glyphs, lost=True),
        view.failure_line(snapshot.newest_failure, width, glyphs),
        view.slots_rule(snapshot, width, glyphs),
    ]
    for line in block:
        assert cell_len(flat(line)) <= width
        assert glyphs is UNICODE or flat(line).isascii()


@pytest.mark.parametrize(
    ("name", "told", "width", "titled"),
    [
        ("jobs", "12", 40, "jobs  12"),
        ("a very long name", "12  3 marked", 25, "a very lon…  12  3 marked"),
        ("a very long name", "12  3 marked  sort: try", 24, "a very…  12  3 marked…"),
        ("名前がとても長い", "12", 12, "名前が…  12"),
    ],
)
def test_a_long_name_gives_way_to_what_is_told_of_the_list(name, told, width, titled):
    """Down to a third of the room; then what is told is cut, too."""
    assert formats.titled(name, told, width) == titled
    assert cell_len(titled) <= width


@pytest.mark.parametrize(
    ("command", "rows"),
    [
        ("scan x", ["what a field is", "for, in words", "looking…", "$ scan x"]),
        ("abc " * 11, ["what a field is…", "looking…", "$ abc abc abc", *["abc abc abc abc"] * 2]),
    ],
)
def test_what_a_field_is_for_has_the_lines_that_the_command_leaves(command, rows):
    """It is cut only where the command needs them, and then with a sign."""
    beside = launch_view.Beside(help="what a field is for, in words", command=command)
    lines = launch_view.lines(beside, 18, 5, UNICODE)
    assert [flat(line).strip() for line in lines] == rows


@pytest.mark.parametrize(
    ("seen", "sign", "tone"),
    [
        (Preview(ok=True, text="9 files"), "✓", "ok"),
        (Preview(ok=True, text="no files", doubt=True), "!", "warn"),
        (Preview(ok=False, text="no folder"), "✗", "bad"),
    ],
)
def test_a_look_is_marked_by_what_it_means_for_the_launch(seen, sign, tone):
    """What may be launched and is likely a slip has neither the sign of success nor of failure."""
    lines = launch_view.lines(launch_view.Beside(preview=seen), 40, 5, UNICODE)
    assert ((f" {sign} {seen.text}", tone),) in lines


@pytest.mark.parametrize(("width", "said"), [(80, "data in …/soniq-tui/demo"), (60, "data in")])
def test_the_title_tells_of_a_data_directory_that_is_not_the_usual_one(width, said):
    """In a demo nobody shall take what is started for a batch of the own library."""
    line = flat(view.header(fakes.running(), width, place="/home/ada/.cache/soniq-tui/demo")[0])
    assert said in line
    assert cell_len(line) <= width
    assert "data in" not in flat(view.header(fakes.running(), width)[0])


def test_before_the_engine_is_there():
    """The first paint says that the engine is starting."""
    assert "starting the engine" in flat(view.header(None, 80)[0])


def test_the_state_word():
    """Live, waiting, paused, idle, held or frozen, each with its sign."""
    waiting = fakes.running(queues=fakes.queues(0), slots=())
    halted = tuple(
        msgspec.structs.replace(batch, state=BatchState.PAUSED) for batch in waiting.batches
    )
    paused = msgspec.structs.replace(waiting, batches=halted)
    assert state_of(waiting, UNICODE, frozen=False)[0] == "· waiting"
    assert state_of(fakes.running(), UNICODE, frozen=False)[0] == "▶ live"
    assert state_of(fakes.running(), UNICODE, frozen=True)[0] == "⏸ frozen"
    assert state_of(paused, UNICODE, frozen=False)[0] == "⏸ paused"
    assert state_of(fakes.idle(), UNICODE, frozen=False)[0] == "· idle"
    assert state_of(fakes.held_up(), UNICODE, frozen=False)[0] == "⏸ paused"
    both = msgspec.structs.replace(fakes.held_up(), queues=fakes.queues(0))
    assert state_of(both, UNICODE, frozen=False)[0] == "· waiting"
    assert "held" in state_of(fakes.running(banner="disk full"), UNICODE, frozen=False)[0]
    assert state_of(fakes.running(), UNICODE, frozen=False, lost=True)[0] == "✗ lost"


@pytest.mark.parametrize(
    ("totals", "growing", "cells"),
    [((60,), False, 10), ((1_000_000, 60), True, 20), ((), False, 10)],
)
def test_names_of_batches_have_the_room_that_numbers_never_need(totals, growing, cells):
    """The column is as wide as the largest number may become, so that it stands still."""
    found = [
        fakes.batch(i, items=Items(total, 5, 0, 0), growing=growing)
        for i, total in enumerate(totals)
    ]
    columns = rows.batch_columns(fakes.running(batches=tuple(found)))
    assert next(c.width for c in columns if c.sort == "done") == cells


def test_batch_rows_tell_what_is_known():
    """A growing total and its end are guesses; a paused batch has no rate; newest first."""
    listed = rows.batch_rows(fakes.running())
    assert [row.id for row in listed] == [1, 2, 3]
    assert listed[1].cells[3:6] == ("812/~9,000", "14/s", "~9m45s")
    assert listed[2].cells[3:6] == ("11/50", "—", "paused")
    failed = rows.batch_row(fakes.batch(state=BatchState.FAILED, error="root \x1b[2Jis gone"))
    assert failed.mark == "✗"
    assert "root ␛[2Jis gone" in failed.cells


def test_slot_rows_tell_idle_and_draining():
    """An idle slot says so, a draining one too."""
    slot = fakes.slots()[0]
    replace = msgspec.structs.replace
    assert rows.slot_row(replace(slot, job_id=None)).cells[2] == "idle"
    assert rows.slot_row(replace(slot, job_id=None, draining=True)).cells[2] == "draining"
    assert rows.slot_row(replace(slot, draining=True)).cells[-1] == "draining"
    assert rows.slot_row(replace(slot, state=JobState.PAUSING)).cells[-1] == "pausing"


def test_slot_rows_tell_what_a_job_does():
    """What a job says it does stands with its step; without that the step stands alone."""
    slot = msgspec.structs.replace(
        fakes.slots()[0], doing="model 312 tokens, 14/s\x1b", done=2, total=4
    )
    assert rows.slot_row(slot).cells[-2:] == ("2/4 model 312 tokens, 14/s␛",) * 2
    assert (
        rows.slot_row(msgspec.structs.replace(slot, doing="", stage="scrape")).cells[-1] == "scrape"
    )


def test_slot_rows_tell_what_was_asked_and_when():
    """A stopped job says so; one that shall stop says for how long; cancelling goes before both."""
    replace = msgspec.structs.replace
    slot = replace(fakes.slots()[0], frozen=True)
    row = rows.slot_row(slot)
    assert (row.mark, row.cells[-1]) == ("⏸", "stopped")
    ending = replace(slot, state=JobState.CANCELLING)
    assert rows.slot_row(ending, UNICODE, 3.4).cells[-1] == "cancelling 3s"
    pausing = replace(slot, frozen=False, state=JobState.PAUSING)
    assert rows.slot_row(pausing, UNICODE, 12.0).cells[-1] == "pausing 12s"
    assert job_rows.job_row(fakes.FakeClient().job_row(0), stopped=True).cells[-1] == "stopped"


@pytest.mark.parametrize(
    ("low_s", "high_s", "text"),
    [
        (130.0, 181.0, "2m10s-3m"),
        (41.0, 58.0, "40s-1m"),
        (58.0, 61.0, "1m"),
        (3700.0, 5000.0, "1h02m-1h23m"),
        (0.0, 1.0, "0s"),
    ],
)
def test_a_band_of_times_is_rounded(low_s, high_s, text):
    """The two ends are rounded so that they stay calm; equal ends are one."""
    assert formats.span(low_s, high_s) == text


def test_the_band_stands_where_there_is_room():
    """From 100 columns on the time left is a band; below, and where nobody knows it, one guess."""
    snapshot = fakes.held()
    assert "~2m10s-4m" in flat(view.totals_line(snapshot, 100, UNICODE))
    assert "~2m53s" in flat(view.totals_line(snapshot, 80, UNICODE))
    assert "~2m53s" in flat(view.totals_line(fakes.running(), 100, UNICODE))
    cells = rows.batch_row(snapshot.batches[-1]).cells
    assert cells[5:7] == ("2m53s", "~2m10s-3m")
    assert cells[2] == "/music  +2"


def test_the_header_tells_success_and_the_machine():
    """From 100 columns on median and success rate; temperature and trouble wherever known."""
    snapshot = fakes.held()
    wide = [flat(line) for line in view.header(snapshot, 100, UNICODE)]
    assert "median 2.1ms  good 99.7%" in wide[1]
    assert "free 1.3G  throttled" in wide[0]
    narrow = [flat(line) for line in view.header(snapshot, 80, UNICODE)]
    assert "78 °C" in narrow[0]
    assert "throttled" in narrow[0]
    assert "free" not in narrow[0]


def test_only_queues_in_use_count_as_slots():
    """Slots that no batch can use are not told as idle."""
    assert "slots 8/8" in flat(view.totals_line(fakes.running(), 80, UNICODE))


def test_what_is_held_back_is_said_above_the_slots():
    """A queue that uses fewer slots because the engine holds it back is named with the reason."""
    text = flat(view.slots_rule(fakes.held(), 80, UNICODE))
    assert "extract held at 2: 78 °C · failed 67" in text
    shrunk = fakes.queues()[1]
    idle = msgspec.structs.replace(shrunk, target=1, reason="idle for 30 s")
    assert not waiting.held_back(idle)
    assert waiting.held_back(msgspec.structs.replace(shrunk, target=1, reason="down to 1: 81 °C"))
    assert "slots —" in flat(view.totals_line(fakes.running(queues=()), 80, UNICODE))


def test_the_banner_is_there_only_with_something_to_say():
    """Losing the engine goes before what the engine last said; without either there is no line."""
    assert view.banner(fakes.running(), 80) == []
    assert "disk full" in flat(view.banner(fakes.full(), 80)[0])
    assert "does not answer" in flat(view.banner(fakes.full(), 80, lost=True)[0])


DEEP = "/srv/" + "a-rather-long-name/" * 9 + "data"


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize(
    "text",
    [
        view.LOST,
        f"the disk of {DEEP} is full: free some space; work goes on by itself",
        guards.banner(
            guards.Guards(disk=True), Reading(disk_free_mib=150.0), EngineSettings(), DEEP
        ),
        f"another program holds {DEEP}: end it, or wait for it; work goes on by itself",
    ],
)
def test_a_banner_is_read_to_its_end(text, width, language):
    """Cause and next step stand in two lines at most, wherever the data lies."""
    words.use(language)
    try:
        said = words.told.told(text) if text != view.LOST else ""
        lines = view.banner(fakes.running(banner=said), width, lost=not said)
        meant = said or words._(view.LOST)
        words.use("en")
        shown = " ".join(flat(line)[3:] for line in lines)
        assert len(lines) <= 2
        assert all(cell_len(flat(line)) < width for line in lines)
        assert shown.split()[:2] == meant.split()[:2]
        assert shown.split()[-3:] == meant.split()[-3:]
    finally:
        words.use("en")


def test_a_banner_of_anything_fits():
    """A text without a path that could be cut is cut at its end."""
    lines = view.banner(fakes.running(banner="no room " * 50), 60)
    assert len(lines) == 2
    assert flat(lines[1]).endswith(UNICODE.cut)


def test_what_a_rescan_left_alone_is_done():
    """Files that had not changed count in the header as they do in the row of their batch."""
    line = flat(view.totals_line(fakes.running(items=Items(total=1919, skipped=1900)), 80, UNICODE))
    assert "done 1,900" in line


def test_a_batch_that_waits_hides_not_what_was_done():
    """At rest the header counts what is listed, as the rule does; at work what is at work."""
    ended = fakes.batch(1, state=BatchState.DONE, items=Items(total=1000, done=990, failed=10))
    waits = fakes.batch(2, state=BatchState.PAUSED, items=Items())
    now = fakes.running(batches=(ended, waits), items=Items(), slots=(), queues=fakes.queues(0))
    line = flat(view.totals_line(now, 100, UNICODE))
    assert "done 990 " in line
    assert "failed 10 " in line
    assert "good 99.0%" in line
    working = (ended, msgspec.structs.replace(waits, state=BatchState.RUNNING))
    at_work = msgspec.structs.replace(now, batches=working)
    assert "done 0 " in flat(view.totals_line(at_work, 100, UNICODE))


def test_an_idle_engine_tells_no_old_load():
    """What its processor did last is not what it does now."""
    host = msgspec.structs.replace(fakes.held().host, cpu_percent=96.0)
    at_rest = msgspec.structs.replace(fakes.idle(), host=host)
    assert "96%" in flat(view.header(fakes.running(host=host), 80)[0])
    assert "96%" not in flat(view.header(at_rest, 80)[0])
    unknown = fakes.running(host=msgspec.structs.replace(host, cpu_percent=None))
    assert "  cpu    —  " in flat(view.header(unknown, 80)[0]), "not yet measured, and no gap"


def test_what_failed_since_one_looked():
    """Beside the sum, in both places where it stands; nothing where nothing is new."""
    now = fakes.running(failures=67)
    assert "failed 67 · 2 new" in flat(view.slots_rule(now, 80, new=2))
    assert "new" not in flat(view.slots_rule(now, 80))
    assert "failed 67 · 2 new" in flat(dash_blocks.cause_lines(now, (), 48, 3, UNICODE, new=2)[0])


def test_queue_rows_tell_slots_and_why():
    """Those in use first; held back, held by hand, draining and unused each look different."""
    found = {row.id: row for row in queue_rows.queue_rows(fakes.held())}
    assert list(found)[-2:] == ["scan", "maintenance"]
    assert found["scan"].muted
    assert found["extract"].cells[2] == "2/5 held at 2: 78 °C"
    assert found["extract"].cells[7] == "autoscale"
    assert (found["scrape"].mark, found["scrape"].cells[7]) == ("⏸", "held")
    assert found["insert"].cells[2] == "2 -> 1 (1 draining)"
    few = msgspec.structs.replace(fakes.queues()[1], target=2, reason="idle for 30 s", active=0)
    assert queue_rows.slots_text(few, 0) == "0/5 uses 2"
    newest = flat(queue_rows.scale_lines(fakes.held(), 80, 2, UNICODE)[0])
    assert "extract     3 -> 2  78 °C" in newest


def test_no_row_holds_raw_foreign_text():
    """Every cell of every row has passed the gate for foreign text."""
    client = fakes.FakeClient(names=fakes.HOSTILE)
    found = [*rows.batch_rows(fakes.hostile()), *rows.slot_rows(fakes.hostile())]
    for number in range(len(fakes.HOSTILE)):
        found.append(job_rows.job_row(client.job_row(number)))
        found.append(job_rows.cause_row(client.cause(number)))
        found.append(job_rows.error_row(client.error(number)))
    text = "".join(cell for row in found for cell in row.cells)
    assert all(ord(c) >= 0x20 and not 0x7F <= ord(c) <= 0x9F and c != "\u202e" for c in text)
    assert "Artist [Live] (1999)" in text


def test_the_side_column_fits():
    """The second column stays within its cells and lines."""
    client = fakes.FakeClient(names=fakes.HOSTILE)
    causes = tuple(client.cause(i) for i in range(12))
    for upper in (2, 6, 20):
        block = dash_blocks.side_lines(fakes.running(), causes, 48, upper, UNICODE)
        assert flat(block[upper]).startswith(" ── queues")
        assert len(block) == upper + 5
        assert all(cell_len(flat(line)) <= 48 for line in block)


def test_causes_of_several_batches_have_their_numbers():
    """Beside each other; where there is one batch its number says nothing."""
    client = fakes.FakeClient()
    replace = msgspec.structs.replace
    causes = (replace(client.cause(0), batch_id=12), client.cause(1))
    texts = [
        flat(line) for line in dash_blocks.cause_lines(fakes.running(), causes, 60, 3, UNICODE)[1:]
    ]
    assert texts[0].startswith(f" {UNICODE.failed}     24 #12 corrupt: ")
    assert texts[1].startswith(f" {UNICODE.failed}     23 #1  unsupported: ")
    alone = replace(fakes.running(), batches=fakes.running().batches[-1:])
    (text,) = (
        flat(line) for line in dash_blocks.cause_lines(alone, causes[1:], 60, 3, UNICODE)[1:]
    )
    assert text.startswith(f" {UNICODE.failed}     23 unsupported: ")


@pytest.mark.parametrize(
    ("room", "batches", "slots", "share"),
    [(19, 3, 8, 3), (19, 20, 8, 8), (19, 20, 40, 3), (45, 4, 8, 4), (8, 5, 8, 3), (19, 0, 4, 1)],
)
def test_batches_and_slots_share_the_room(room, batches, slots, share):
    """Slots come first, but three batches are always seen."""
    assert batch_share(room, batches, slots) == share


def test_the_table_of_keys_is_sound():
    """No key means two things on one screen, and every id is there once."""
    assert clashes() == []
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)


def test_the_footer_keeps_help_and_quit():
    """However narrow, help and quit stay; nothing is cut."""
    offers = sorted((a for a in ACTIONS if a.rank and a.works_on("dash")), key=lambda a: a.rank)
    for width in (20, 40, 80, 160):
        text = flat(footer_line(fitting([(a, a.key, a.label) for a in offers], width)))
        assert "? help" in text
        assert "q quit" in text
        assert cell_len(text) <= width


@pytest.mark.parametrize(
    ("environ", "theme", "ascii_only"),
    [
        ({"TERM": "xterm-256color", "LANG": "C.UTF-8"}, "soniq-dark", False),
        ({"TERM": "linux", "LANG": "de_DE.utf8"}, "ansi", True),
        ({"TERM": "xterm", "NO_COLOR": "1", "LC_ALL": "C"}, "mono", True),
        ({"TERM": "xterm", "COLORFGBG": "0;15", "LANG": "en_US.UTF-8"}, "soniq-light", False),
    ],
)
def test_the_terminal_decides_theme_and_glyphs(environ, theme, ascii_only):
    """NO_COLOR, the Linux console and a light background are seen from the environment."""
    assert environment.wanted_theme(environ) == theme
    assert environment.wants_ascii(environ) is ascii_only


def test_items_text():
    """Failed items are marked."""
    assert job_rows.items_text(Items(total=200, done=10, failed=2)) == "12/200 2!"
    assert job_rows.items_text(Items()) == ""


def test_a_job_that_failed_in_part_says_how_many():
    """A job of 200 files with 3 broken ones reads "3 failed", one that failed whole "failed"."""
    job = fakes.FakeClient(jobs=1).job_row(0)
    part = msgspec.structs.replace(job, state=JobState.FAILED, items=Items(200, 197, 0, 3))
    whole = msgspec.structs.replace(job, state=JobState.FAILED, items=Items(1, 0, 0, 1))
    assert job_rows.state_text(part) == "3 failed"
    assert job_rows.state_text(whole) == "failed"


def test_where_all_failures_are_new_their_number_is_enough():
    """It would stand there twice."""
    assert view.failed_text(7, 7, UNICODE) == "failed 7"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_newest_failure_is_told_before_the_key(width):
    """Why it failed is worth more room than which key shows it; the count is always there."""
    newest = msgspec.structs.replace(
        fakes.running().newest_failure, item="/m/" + "x" * 200, reason="unable to read full data"
    )
    line = flat(view.failure_line(newest, width))
    assert cell_len(line) < width
    assert "(22 like it)" in line or "(23 like it)" in line
    assert ("opens" in line) is (width == 120)
    assert width == 60 or "corrupt: unable to read full data" in line


def test_a_try_stands_apart_from_the_number_beside_it():
    """``1 3/4 picture`` would be one and three quarters."""
    slot = msgspec.structs.replace(fakes.slots()[0], attempt=0, doing="picture", done=3, total=4)
    cells = rows.slot_row(slot).cells
    tried = formats.fit(cells[4], rows.SLOT_COLUMNS[4].width, right=True)
    assert f"{tried} {cells[5]}" == " 1  3/4 picture"
