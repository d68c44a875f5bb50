"""How much a walk says is still to come: as much as was known there, wherever it is."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from soniq_tui.importers.base import Stopped
from soniq_tui.importers.music import plan, store
from soniq_tui.importers.music.discovery import discover, disks, halves, outlook, sums
from soniq_tui.importers.music.discovery.ahead import Ahead, known_below
from soniq_tui.importers.music.words import Root, ScanOptions
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.library import discovered, end_scan, insert, read, root_of, scan, tree

NAMES = [f"{artist}/{album}/{n}.mp3" for artist in ("AC", "AC DC", "Zed") for album in "ab"
         for n in range(3)]  # fmt: skip


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let each folder be handed over, and be told of at once; one process walks."""
    monkeypatch.setattr(discover, "SETTLE_MOST_S", -1.0)
    monkeypatch.setattr(outlook, "FIRST_S", -1.0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    yield
    store.close()


def known(data: Path, music: Path, *, summed: bool) -> bytes:
    """Scan a small library; with sums of its folders, as a second scan makes them."""
    root = tree(music, *NAMES)
    scan(data, root_of(root))
    if summed:
        sums.sum_up(store.writer(data), FakeContext(data))
        assert sums.outline(root_of(root), FakeContext(data))
    return root


def likely(ctx: FakeContext) -> list[int | None]:
    """Return at each checkpoint how many files there are likely to be."""
    return [each and each[0] + each[1] for each in ctx.outlooks]


@pytest.mark.parametrize(
    ("folder", "behind"),
    [(b"/m", 8), (b"/m/A", 7), (b"/m/A/x", 5), (b"/m/A B", 4), (b"/m/A B/y", 1), (b"/m/C", 0),
     (b"/m/A A", 5), (b"/n", 0)],
)  # fmt: skip
def test_what_lies_behind_a_folder(folder: bytes, behind: int) -> None:
    """The order is that of the walk: all below "A" comes before "A B"."""
    files = {b"/m/A": 1, b"/m/A/x": 2, b"/m/A B": 1, b"/m/A B/y": 3, b"/m/B": 1}
    assert Ahead(files).behind(folder) == behind


def test_nothing_known() -> None:
    """Of nothing nothing lies ahead."""
    assert Ahead({}).behind(b"/m") == 0


@pytest.mark.parametrize("summed", [True, False])
def test_an_unchanged_library(data: Path, music: Path, summed: bool) -> None:
    """From the first file on it is known how many there are, and in the end nothing is expected."""
    ctx = discovered(data, root_of(known(data, music, summed=summed)))
    assert likely(ctx) == [18] * 6
    assert [each[0] for each in ctx.outlooks] == [3, 6, 9, 12, 15, 18]
    assert ctx.outlooks[-1] == (18, 0, 0)


@pytest.mark.parametrize("summed", [True, False])
def test_what_is_new_and_what_is_gone(data: Path, music: Path, summed: bool) -> None:
    """New files do not eat up what is expected; what is gone is not expected behind its place."""
    root = known(data, music, summed=summed)
    tree(music, *(f"AA/{n}.mp3" for n in range(10)))
    for n in range(3):
        (music / f"AC/b/{n}.mp3").unlink()
    (music / "AC/b").rmdir()
    ctx = discovered(data, root_of(root))
    totals = [each for each in likely(ctx) if each is not None]
    assert totals[0] == 10 + 3 + 15, "the ten were found, and all that is known lies ahead"
    assert totals[1:4] == [10 + 3 + 12] * 3, "what was gone was passed"
    assert ctx.outlooks[-1] == (25, 0, 0)


@pytest.mark.parametrize("summed", [True, False])
def test_broken_and_missing_files(data: Path, music: Path, summed: bool) -> None:
    """What could not be read is there all the same; what is missing is not."""
    root = tree(music, *NAMES)
    scan(data, root_of(root), broken={b"0.mp3": "corrupt"})
    for n in range(3):
        (music / f"Zed/b/{n}.mp3").unlink()
    ctx = discovered(data, root_of(root, force=False))
    for each in ctx.spawned:
        insert(data, read(each["payload"], {b"0.mp3": "corrupt"}))
    end_scan(data)
    rows = {} if summed else {"exclude": ("nothing",)}  # with which sums do not help
    assert (sums.outline(root_of(root, **rows), FakeContext(data)) is not None) is summed
    assert set(likely(discovered(data, root_of(root, **rows)))) == {15}


def test_nobody_knows(data: Path, music: Path) -> None:
    """Of a first scan, of one with a limit and of a retry nothing is expected."""
    root = tree(music, *NAMES)
    first = discovered(data, root_of(root))
    assert first.outlooks
    assert set(first.outlooks) == {None}
    scan(data, root_of(root))
    assert set(discovered(data, root_of(root)).outlooks) != {None}
    tree(music, "new.mp3")
    assert set(discovered(data, root_of(root, limit=5)).outlooks) == {None}
    again = msgspec.structs.replace(root_of(root), again=(root,))
    retry = FakeContext(data, retries=1)
    ended(discover.run(again, retry))
    assert retry.outlooks
    assert set(retry.outlooks) == {None}


def test_a_scan_that_did_not_end(data: Path, music: Path) -> None:
    """When the last scan was cancelled in its midst nobody knows how much it had not met."""
    root = tree(music, *NAMES)
    ctx = discovered(data, root_of(root))
    insert(data, read(ctx.spawned[0]["payload"], {}))
    assert set(discovered(data, root_of(root)).outlooks) == {None}
    assert known_below(data, [root]) == [None]


@pytest.mark.parametrize("summed", [True, False])
def test_going_on_after_a_crash(data: Path, music: Path, summed: bool) -> None:
    """It is told again, of what lies behind the cursor; of a first scan nothing does."""
    root = known(data, music, summed=summed)
    behind = Root(path=root, options=ScanOptions(paths=()), cursor=(b"AC DC", b"a", b"2.mp3"))
    ctx = FakeContext(data)
    ended(discover.run(behind, ctx))
    assert ctx.outlooks == [(3, 6, 0), (6, 3, 0), (9, 0, 0)]
    tree(music, "Zz/1.mp3", "Zz/2.mp3")
    last = msgspec.structs.replace(behind, cursor=(b"Zed", b"b", b"2.mp3"))
    ctx = FakeContext(data)
    ended(discover.run(last, ctx))
    assert ctx.outlooks
    assert set(ctx.outlooks) == {None}


@pytest.fixture
def _halved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "KNOWN_LEAST", 2)
    monkeypatch.setattr(disks, "rotating", lambda _: False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


def has_told(half: halves.Half, ahead: set[int]) -> None:
    """Wait until the other process has told that it has one of these numbers before it."""
    end_s = time.monotonic() + 10
    while half._words[halves._AHEAD] not in ahead:
        assert time.monotonic() < end_s, "the other process tells nothing"
        time.sleep(0.001)


@pytest.mark.usefixtures("_halved")
@pytest.mark.parametrize("summed", [True, False])
@pytest.mark.parametrize("dies", [False, True])
def test_two_processes(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch, summed: bool, dies: bool
) -> None:
    """What the other process has met counts at once and never twice, also when that dies."""
    root = known(data, music, summed=summed)
    monkeypatch.setattr(halves, "TELL_FIRST_S", -1.0)
    monkeypatch.setattr(halves, "TELL_S", -1.0)
    monkeypatch.setattr(halves, "SAME_S", -1.0)
    told: list[tuple[int, int, int]] = []
    real = halves.Half.ahead

    def when_it_has_told(half: halves.Half) -> tuple[int, int, int]:
        if not dies:
            has_told(half, {0})  # it ends by itself, without anybody reading
        told.append(real(half))
        return told[-1]

    monkeypatch.setattr(halves.Half, "ahead", when_it_has_told)
    if dies:
        monkeypatch.setattr(halves._Other, "run", lambda _: os._exit(1))
    ctx = discovered(data, root_of(root))
    assert ctx.counts["skipped"] == 18
    totals = likely(ctx)
    assert {each for each in totals if each is not None} == {18}
    if dies and summed:  # else the cut lies before all of it, and the loss is seen at once
        assert told[0][2] < 0
        assert totals[0] is None
    elif not dies:
        others = told[0][0]
        assert 0 < others < 18
        assert told[0] == (others, others, 0)
        assert ctx.outlooks[0] == (3, 15, others)
        assert ctx.outlooks[-1] == (18, 0, 0)


@pytest.mark.usefixtures("_halved")
def test_the_other_process_dies_when_it_has_told(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had met and not handed over is met again, and is expected once."""
    root = tree(music, *(f"{folder}/{n}.mp3" for folder in "abcd" for n in range(3)))
    scan(data, root_of(root))
    monkeypatch.setattr(halves, "TELL_FIRST_S", -1.0)
    monkeypatch.setattr(halves, "TELL_S", -1.0)
    monkeypatch.setattr(halves, "SAME_S", -1.0)
    monkeypatch.setattr(halves._Other, "_send", lambda *_, **__: os._exit(1))
    real = halves.Half.ahead

    def when_it_has_told(half: halves.Half) -> tuple[int, int, int]:
        has_told(half, {3, 0})  # of "c"; when it is seen that it died it has nothing before it
        return real(half)

    monkeypatch.setattr(halves.Half, "ahead", when_it_has_told)
    ctx = discovered(data, root_of(root))
    assert ctx.outlooks == [(3, 9, 3), (6, 6, 3), (9, 3, 0), (12, 0, 0)]


def test_when_all_was_met_nothing_is_expected(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is gone at the very end is not waited for while it is looked at."""
    root = known(data, music, summed=True)
    monkeypatch.setattr(discover, "SETTLE_MOST_S", 3600.0)
    for n in range(3):
        (music / f"Zed/b/{n}.mp3").unlink()
    assert discovered(data, root_of(root)).outlooks == [(15, 0, 0)]


def test_a_watch_expects_nothing_more(data: Path, music: Path) -> None:
    """Once all was walked nobody knows what else will come."""
    from soniq_tui.importers.music.discovery.watch import Watch

    ctx = FakeContext(data)
    watch = Watch(root_of(tree(music, *NAMES)), ctx)
    ctx.expect(3)
    watch._settle()
    assert ctx.outlooks == [(0, None, 0)]


def test_several_folders(data: Path, music: Path) -> None:
    """What is known of each is told at the launch: they are walked one after another."""
    tree(music, *NAMES)
    paths = tuple(str(music / name) for name in ("AC", "Zed"))
    new = str(music / "AC DC")

    def expected(*paths: str, **options: Any) -> list[int | None]:
        return [job.expected for job in plan.plan(ScanOptions(paths=paths, **options), data).jobs]

    assert expected(*paths) == [None, None]
    for path in paths:
        scan(data, root_of(os.fsencode(path)))
    assert expected(*paths) == [6, 6]
    assert expected(*paths, new) == [6, 6, None]
    assert expected(*paths, limit=3) == [None, None]
    assert expected(paths[0]) == [None], "it says so itself, and no launch waits for it"
    store.close()
    for file in data.glob(f"{store.FILE}*"):
        file.write_bytes(b"no catalogue at all")
    assert expected(*paths) == [None, None]


def test_a_slow_disk_is_told_of_by_time(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few unchanged files are handed over, too, when enough time has passed; else many are."""
    root = known(data, music, summed=True)
    assert len(discovered(data, root_of(root)).checkpoints) == 6
    monkeypatch.setattr(discover, "SETTLE_MOST_S", 3600.0)
    assert len(discovered(data, root_of(root)).checkpoints) == 1
    monkeypatch.setattr(discover, "SETTLE_FILES", 4)
    monkeypatch.setattr(discover, "SETTLE_S", -1.0)
    assert len(discovered(data, root_of(root)).checkpoints) == 3


def test_a_stop_is_not_in_the_way(data: Path, music: Path) -> None:
    """A walk that is stopped has told what lies ahead with what it handed over."""
    root = known(data, music, summed=True)
    ctx = FakeContext(data, stop_at=9)
    with pytest.raises(Stopped):
        ended(discover.run(root_of(root), ctx))
    assert ctx.outlooks == [(3, 15, 0), (6, 12, 0), (9, 9, 0)]


@pytest.mark.parametrize(
    ("other", "said"),
    [(None, (10, 0)), ((5, 3, 20), (35, 3)), ((5, 3, 0), (15, 3)), ((5, 3, -1), (None, 0))],
)
def test_of_two_processes_both_must_know(
    other: tuple[int, int, int] | None, said: tuple[int | None, int]
) -> None:
    """What the other one has met and has before it counts; until it says so nobody guesses."""
    ctx = FakeContext()
    half = None if other is None else SimpleNamespace(ahead=lambda: other)
    tells = outlook.Outlook(SimpleNamespace(ahead=lambda _folder: 10), half)
    tells.tell(ctx, b"/m/a")
    assert (ctx.expected or (None, 0)) == said


def test_nothing_is_reckoned_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most walks are over before anybody could want to know."""
    monkeypatch.setattr(outlook, "FIRST_S", 3600.0)
    ctx = FakeContext()
    outlook.Outlook(SimpleNamespace(ahead=lambda _folder: 10), None).tell(ctx, b"/m/a")
    assert ctx.expected is None
