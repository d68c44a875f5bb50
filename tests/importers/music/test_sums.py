"""A folder that is as its sum says is not looked at file by file; all else is as without sums."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import disks, halves, sums
from soniq_tui.importers.music.discovery.known import Known
from soniq_tui.importers.music.discovery.moves import Moves
from soniq_tui.importers.music.discovery.pending import Fault
from soniq_tui.importers.music.discovery.walk import Walk
from soniq_tui.importers.music.words import FileRef
from tests.importers.fakes import FakeContext
from tests.importers.music.library import discovered, insert, read, root_of, scan, tree
from tests.importers.music.test_halves import NAMES, change, said


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Let go of the catalogues that were written."""
    yield
    store.close()


def sum_up(data: Path) -> None:
    """Do what the end of another scan does; the first one has ended."""
    sums.sum_up(store.writer(data), FakeContext(data))


def valid(data: Path, root: bytes) -> set[bytes]:
    """Return the folders below a root that have true sums."""
    ctx = FakeContext(data)
    found = sums.load(root_of(root), ctx).valid if sums.outline(root_of(root), ctx) else {}
    return {path[len(root) + 1 :] for path in found}


def execute(data: Path, statement: str, *values: Any) -> None:
    store.writer(data).execute(statement, values)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("changed", [True, False])
def test_the_same_is_found(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch, processes: int, changed: bool
) -> None:
    """All that is handed over, counted and told is the same with sums and without."""
    monkeypatch.setattr(halves, "KNOWN_LEAST", 2)
    monkeypatch.setattr(disks, "rotating", lambda _: False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processes)))
    root = tree(music, *NAMES)
    scan(data, root_of(root), broken={b"3.mp3": "corrupt"})
    sum_up(data)
    if changed:
        change(music)
        (music / "lib/AC-X/a/3.mp3").write_bytes(b"mended")
        (music / "lib/AC-X/b/3.mp3").unlink()
    halved: list[Any] = []
    real = halves.Half.__init__
    monkeypatch.setattr(halves.Half, "__init__", lambda *a, **k: halved.append(a) or real(*a, **k))
    assert valid(data, root)
    with_sums = said(discovered(data, root_of(root)))
    assert len(halved) == processes - 1
    monkeypatch.setattr(sums, "outline", lambda *_: None)
    assert said(discovered(data, root_of(root))) == with_sums


def test_a_half_has_the_sums_of_all_that_it_meets(data: Path, music: Path) -> None:
    """Wherever a root is cut; and no others, but where names of folders go on with "-" or " "."""
    root = tree(music, *NAMES, "top.mp3", "lib/B-/a/1.mp3")
    scan(data, root_of(root))
    sum_up(data)
    ctx, whole = FakeContext(data), sums.load(root_of(root), FakeContext(data)).valid
    more = set()
    for folder in whole.keys() - {root}:
        at = sums.names_below(folder, root)
        for part in (sums.Part(at, behind=False), sums.Part(at, behind=True)):
            half = sums.load(root_of(root), ctx, part).valid
            own = {path: sum_ for path, sum_ in whole.items() if sums.belongs(path, root, part)}
            assert own.items() <= half.items()
            if half.keys() - own.keys() - {root}:
                more.add(at[:2])
    assert more == {(b"lib", name) for name in (b"AC", b"AC DC", b"AC-X", b"B", b"B-")}


def test_the_other_half_is_known_to_whoever_does_its_work(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the other process ends before it has met anything no file of its half seems new."""
    monkeypatch.setattr(halves, "KNOWN_LEAST", 2)
    monkeypatch.setattr(disks, "rotating", lambda _: False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    root = tree(music, *(f"{artist}/{n}.mp3" for artist in "abcd" for n in range(3)))
    scan(data, root_of(root), broken={b"2.mp3": "corrupt"})
    sum_up(data)
    (music / "d/1.mp3").unlink()
    one = said(discovered(data, root_of(root)))
    lost: list[halves.Half] = []

    def note(half: halves.Half) -> None:
        lost.append(half)

    monkeypatch.setattr(halves._Other, "run", lambda *_: os._exit(1))
    monkeypatch.setattr(halves.Half, "lost", note)
    assert said(discovered(data, root_of(root))) == one
    assert lost


def test_the_other_half_is_known_as_it_is_when_it_is_taken_over() -> None:
    """Somebody may have written there since this half began; what is met already stays so."""
    at = sums.Part((b"b",), behind=True)
    one = sums.Sums({b"/m/a": (1, b"", 0)}, set())
    assert one.is_known(b"/m/a")
    other = sums.Sums({b"/m/a": (1, b"", 0), b"/m/c": (1, b"", 0)}, {b"/m/a/x", b"/m/d"})
    one.take(other, b"/m", at)
    assert one.unmet() == {b"/m/c", b"/m/d"}


def test_broken_files_are_told_from_others_by_name(data: Path, music: Path) -> None:
    """Not each from each: a folder may hold tens of thousands of them."""

    class Entry:
        def __init__(self, entry: os.DirEntry[bytes]) -> None:
            self.name, self.stat = entry.name, entry.stat

        __hash__ = None

        def __eq__(self, _: object) -> bool:
            raise AssertionError("compared with another one")

    root = tree(music, *(f"a/{n}.mp3" for n in range(5)))
    bad = {b"%d.mp3" % n: "corrupt" for n in (1, 3)}
    scan(data, root_of(root), broken=bad)
    sum_up(data)
    (music / "a/3.mp3").write_bytes(b"another")
    ctx = FakeContext(data)
    (met,) = (met for met in Walk(root, root_of(root).options) if met.files)
    with closing(Known(root_of(root), ctx, known=sums.load(root_of(root), ctx))) as known:
        found = known.changes(replace(met, files=[Entry(file) for file in met.files]))
    assert [(at, type(each)) for at, each in found.files] == [(1, Fault), (3, FileRef)]
    assert (found.total, known.met) == (5, 5)


def test_no_row_is_loaded_where_nothing_changed(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of unchanged folders no row is asked for, and of a changed one its own."""
    root = tree(music, *NAMES)
    scan(data, root_of(root))
    sum_up(data)
    loaded: list[bytes] = []
    real = Known._load_folder
    monkeypatch.setattr(Known, "_load_folder", lambda k, f: loaded.append(f) or real(k, f))
    monkeypatch.setattr(Known, "_load", lambda *_, **__: pytest.fail("all rows were loaded"))
    assert discovered(data, root_of(root)).counts["skipped"] == len(NAMES) - 1
    assert loaded == []
    (music / "lib/B/b/1.mp3").write_bytes(b"changed")
    (music / "lib/Zed/a").rename(music / "gone")
    discovered(data, root_of(root))
    assert loaded == [root + b"/lib/B/b", root + b"/lib/Zed/a"]


def test_where_all_sums_are_true_nothing_is_written(data: Path, music: Path) -> None:
    """A scan that finds nothing new costs a card no write."""
    root = tree(music, *NAMES)
    scan(data, root_of(root))
    sum_up(data)
    before = store.writer(data).total_changes
    sum_up(data)
    assert store.writer(data).total_changes == before


def test_sums_that_cannot_be_made_hold_nobody_up(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes next can, and they are made another time."""
    root = tree(music, *NAMES)
    with monkeypatch.context() as failing:
        broken = sums.SQL["make"].replace("COMMIT", "SELECT 1 FROM nowhere; COMMIT")
        failing.setitem(sums.SQL, "make", broken)
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            scan(data, root_of(root))
    assert not valid(data, root)
    (music / NAMES[0]).write_bytes(b"changed")
    assert scan(data, root_of(root))[1] == 1
    sum_up(data)
    assert valid(data, root)


def test_the_first_scan_makes_none(data: Path, music: Path) -> None:
    """A first import does without; the next scan makes them, and a third can use them."""
    root = tree(music, "a/1.mp3", "b/1.mp3")
    scan(data, root_of(root))
    assert valid(data, root) == set()
    scan(data, root_of(root))
    assert valid(data, root) == {b"a", b"b"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE file SET size = size + 1 WHERE path = ?",
        "UPDATE file SET mtime_ns = 1 WHERE path = ?",
        "UPDATE file SET ctime_ns = ctime_ns - 1 WHERE path = ?",
        "UPDATE file SET inode = 0 WHERE path = ?",
        "UPDATE file SET missing = 1 WHERE path = ?",
        "UPDATE file SET beside = 7 WHERE path = ?",
        "UPDATE file SET path = CAST(path || x'00' || '7' AS BLOB), missing = 1 WHERE path = ?",
        "DELETE FROM file WHERE path = ?",
    ],
)
def test_whatever_changes_a_row_makes_its_sum_untrue(
    data: Path, music: Path, statement: str
) -> None:
    """Until it is made anew, when it says what the rows say then."""
    root = tree(music, "a/1.mp3", "a/2.mp3", "b/1.mp3")
    scan(data, root_of(root))
    sum_up(data)
    assert valid(data, root) == {b"a", b"b"}
    execute(data, statement, root + b"/a/1.mp3")
    assert valid(data, root) == {b"b"}
    found = discovered(data, root_of(root))
    assert found.counts["skipped"] == 2
    sum_up(data)
    assert valid(data, root) == {b"a", b"b"}
    again = discovered(data, root_of(root))
    assert said(again) == said(found)


def test_a_row_that_is_moved_touches_both_folders(data: Path, music: Path) -> None:
    """Where it was and where it is now."""
    root = tree(music, "a/1.mp3", "b/1.mp3", "c/1.mp3")
    scan(data, root_of(root))
    sum_up(data)
    execute(data, "UPDATE file SET path = ? WHERE path = ?", root + b"/b/2.mp3", root + b"/a/1.mp3")
    assert valid(data, root) == {b"c"}
    sum_up(data)
    assert valid(data, root) == {b"b", b"c"}


def test_new_rows_have_no_sum(data: Path, music: Path) -> None:
    """Nor have those that were given the number of one that was forgotten."""
    root = tree(music, "a/1.mp3", "b/1.mp3")
    scan(data, root_of(root))
    sum_up(data)
    tree(music, "c/1.mp3")
    for spawn in discovered(data, root_of(root)).spawned:
        insert(data, read(spawn["payload"], {}))
    assert valid(data, root) == {b"a", b"b"}
    sum_up(data)
    assert valid(data, root) == {b"a", b"b", b"c"}
    execute(data, "DELETE FROM file WHERE path >= ?", root + b"/b/")
    tree(music, "d/1.mp3", "e/1.mp3")
    with store.transaction(store.writer(data)):
        for number, name in ((2, b"/d/1.mp3"), (3, b"/e/1.mp3")):
            execute(
                data,
                "INSERT INTO file (id, path, size, mtime_ns, ctime_ns, inode, device) "
                "VALUES (?, ?, 1, 1, 1, 1, 1)",
                number,
                root + name,
            )
    assert valid(data, root) == {b"a"}
    unmet = sums.load(root_of(root), FakeContext(data))
    assert {root + b"/d", root + b"/e"} <= unmet.unmet()


def test_a_folder_that_is_back_is_found_again(data: Path, music: Path, tmp_path: Path) -> None:
    """Its files have the stamps they had; that they were missing must not be lost on anybody."""
    names = [f"a/{n}.mp3" for n in range(30)] + ["b/1.mp3"]
    root = tree(music, *names)
    scan(data, root_of(root))
    sum_up(data)
    (music / "b").rename(tmp_path / "away")
    scan(data, root_of(root))
    assert store.known(data, root)[root + b"/b/1.mp3"][4] == 1
    sum_up(data)
    (tmp_path / "away").rename(music / "b")
    scan(data, root_of(root))
    assert store.known(data, root)[root + b"/b/1.mp3"][4] == 0


@pytest.mark.parametrize(
    "how", [{"force": True}, {"limit": 3}, {"include": ("*.mp3",)}, {"follow_symlinks": True}]
)
def test_partial_and_forced_scans_do_without(data: Path, music: Path, how: dict[str, Any]) -> None:
    """A sum stands for a whole folder whose files are compared as they are."""
    root = tree(music, "a/1.mp3")
    scan(data, root_of(root))
    sum_up(data)
    assert sums.outline(root_of(root), FakeContext(data)) == (1, root + b"/a")
    assert sums.outline(root_of(root, **how), FakeContext(data)) is None


def test_names_and_numbers_are_told_apart() -> None:
    """What moves a byte from one place to another makes another digest."""
    first, second = sums.packed(1, 2, 3, 4), sums.packed(5, 6, 7, 8)
    whole = sums.digest([b"a", b"b"], [first, second])
    assert whole != sums.digest([b"b", b"a"], [first, second])
    assert whole != sums.digest([b"a", b"b"], [second, first])
    assert sums.digest([b"ab"], [first]) != sums.digest([b"a"], [first])


def test_digests_stay_what_catalogues_hold() -> None:
    """A digest made another way would have each folder of every catalogue compared by rows."""
    numbers = [sums.packed(3, 1_700_000_000_000_000_001, -1, 2**63 - 1), sums.packed(4, 5, 6, 7)]
    found = sums.digest([b"a.mp3", b"b.mp3"], numbers)
    assert found.hex() == "95d4b49cf7e2700a325863e13d9a111b"


def test_sums_and_what_makes_them_untrue_are_of_one_moment(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another scan ends between the two questions an old sum does not pass for a new one."""
    root = tree(music, "a/1.mp3", "b/1.mp3")
    scan(data, root_of(root))
    sum_up(data)
    execute(data, "UPDATE file SET missing = 1 WHERE path = ?", root + b"/a/1.mp3")
    real = Moves.query

    def query(self: Moves, text: str, values: tuple[bytes | int, ...] = ()) -> Any:
        if text == sums.SQL["stale"]:
            sum_up(data)
        return real(self, text, values)

    monkeypatch.setattr(Moves, "query", query)
    assert valid(data, root) == {b"b"}
