"""Known files that are gone, and when they are rather thought to be unmounted."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.base import Stopped
from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import disks, halves, sums, vanished
from soniq_tui.importers.music.discovery.discover import Discovery
from soniq_tui.importers.music.discovery.handed import Handed
from soniq_tui.importers.music.words import Extracted
from soniq_tui.model.job import ErrorKind
from tests.importers.fakes import FakeContext
from tests.importers.music.library import (
    below,
    discovered,
    insert,
    many,
    root_of,
    scan,
    tree,
    vanished_in,
)


def test_vanished(data: Path, music: Path) -> None:
    """Known files that are gone are handed over to be marked, as no items; then they are quiet."""
    root = tree(music, *many(10))
    scan(data, root_of(root))
    (music / "000/00003.mp3").unlink()
    ctx, _ = scan(data, root_of(root))
    (spawn,) = ctx.spawned
    assert vanished_in(ctx.spawned) == [root + b"/000/00003.mp3"]
    assert (spawn["items"], spawn["label"]) == (0, f"1 vanished file of {music}")
    assert ctx.counts["found"] == 9
    assert not discovered(data, root_of(root)).spawned
    assert store.known(data, root)[root + b"/000/00003.mp3"][4] == 1


@pytest.mark.parametrize("changed", [False, True])
def test_vanished_comes_back(data: Path, music: Path, *, changed: bool) -> None:
    """A missing file that is there again is no longer missing; unchanged it need not be read."""
    root = tree(music, *many(10))
    scan(data, root_of(root))
    insert(data, Extracted(vanished=(root + b"/000/00003.mp3",)))
    assert any(row[4] for row in store.known(data, root).values())
    if changed:
        (music / "000/00003.mp3").write_bytes(b"changed")
    ctx, done = scan(data, root_of(root))
    assert (below(root, ctx.spawned), done) == ([b"000/00003.mp3"] if changed else [], 1)
    assert not any(row[4] for row in store.known(data, root).values())
    assert not discovered(data, root_of(root)).spawned


def test_file_became_a_folder(data: Path, music: Path) -> None:
    """A known file in whose place is a folder now is gone."""
    root = tree(music, *many(10))
    scan(data, root_of(root))
    (music / "000/00003.mp3").unlink()
    tree(music, "000/00003.mp3/x.mp3")
    ctx = discovered(data, root_of(root))
    assert vanished_in(ctx.spawned) == [root + b"/000/00003.mp3"]


def test_limited_walk_marks_nothing(data: Path, music: Path) -> None:
    """A walk that may end before the end calls nothing gone."""
    root = tree(music, *many(10))
    scan(data, root_of(root))
    (music / "000/00003.mp3").unlink()
    assert not discovered(data, root_of(root, limit=99)).spawned


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        ({"include": ("*",)}, ["a/1.mp3", "a/1.ogg", "b/c/2.mp3"]),
        ({"include": ("*.mp3",)}, ["a/1.mp3", "b/c/2.mp3"]),
        ({"include": ("b/*",)}, ["b/c/2.mp3"]),
        ({"exclude": ("c",)}, ["a/1.mp3", "a/1.ogg"]),
        ({"exclude": ("b/c/",), "include": ("*.mp3",)}, ["a/1.mp3"]),
        ({"exclude": ("*1.*",)}, ["b/c/2.mp3"]),
    ],
)
def test_walk_of_some_marks_some(
    data: Path, music: Path, options: dict[str, Any], gone: list[str]
) -> None:
    """With globs only that is called gone which they let in, deleted or moved out of it."""
    root = tree(music, "a/1.mp3", "a/1.ogg", "a/3.mp3", "b/c/2.mp3", "b/4.mp3", "c.ogg", "d.mp3")
    scan(data, root_of(root))
    for name in ("a/1.mp3", "a/1.ogg", "b/c/2.mp3"):
        (music / name).unlink()
    ctx = discovered(data, root_of(root, **options))
    assert vanished_in(ctx.spawned) == [root + b"/" + os.fsencode(name) for name in gone]
    assert not ctx.failed


def test_guard_counts_what_is_let_in(data: Path, music: Path) -> None:
    """What globs leave out says nothing of whether the disk is there."""
    root = tree(music, *many(30, 1, ".ogg"), *many(30, 1, ".mp3"))
    scan(data, root_of(root))
    for n in range(10):
        (music / f"000/{n:05}.mp3").unlink()
    ctx = discovered(data, root_of(root, include=("*.mp3",)))
    assert not ctx.spawned
    assert ctx.failed[0][2].startswith("10 of 30 known files are not there")
    assert len(vanished_in(discovered(data, root_of(root, exclude=("x",))).spawned)) == 10


def test_newly_ignored_is_not_gone(data: Path, music: Path) -> None:
    """Files that are there but ignored by now are not called gone."""
    root = tree(music, "a/1.mp3", "b/2.mp3")
    scan(data, root_of(root))
    (music / "b/.nomedia").touch()
    assert not discovered(data, root_of(root)).spawned


def test_other_roots_are_left_alone(data: Path, tmp_path: Path) -> None:
    """Only files below the root can be gone: not those of a sibling whose name begins alike."""
    one = tree(tmp_path / "m", "a.mp3")
    two = tree(tmp_path / "m0", "b.mp3")
    tree(tmp_path / "m.x", "b.mp3")
    for root in (one, two):
        scan(data, root_of(root))
    (tmp_path / "m0/b.mp3").unlink()
    assert not discovered(data, root_of(one)).spawned
    assert set(store.known(data, one)) == {one + b"/a.mp3"}


def test_vanished_broken_file(data: Path, music: Path) -> None:
    """A broken file that is gone is forgotten."""
    root = tree(music, *many(8))
    scan(data, root_of(root), broken={b"00003.mp3": "corrupt"})
    (music / "000/00003.mp3").unlink()
    scan(data, root_of(root))
    assert not store.broken(data, root)


def test_guard(data: Path, music: Path) -> None:
    """When more than a quarter of 20 or more known files is gone nothing is marked."""
    root = tree(music, *many(40, 4))
    scan(data, root_of(root))
    for n in range(0, 40, 4):
        (music / f"000/{n:05}.mp3").unlink()
    assert len(vanished_in(discovered(data, root_of(root)).spawned)) == 10
    (music / "001/00001.mp3").unlink()
    ctx = discovered(data, root_of(root))
    assert not ctx.spawned
    reason = (
        "11 of 40 known files are not there: is the disk mounted? Nothing was marked missing. "
        "If they are really gone, scan again with --force"
    )
    assert ctx.failed == [(str(music), ErrorKind.VANISHED, reason)]
    assert ctx.counts["found"] == 30
    forced = discovered(data, root_of(root, force=True))
    assert len(vanished_in(forced.spawned)) == 11
    assert not forced.failed


SAID = "40 of 44 known files are not there: is the disk mounted?"
"""Of 40 files in folders and 4 loose ones, each tenth of them broken, when the folders are gone."""


@pytest.mark.parametrize(
    "how", ["plain", "sums", "halves", "lost half", "watch", "handed over", "all handed over"]
)
def test_guard_counts_broken_files_on_both_sides(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Files that cannot be read are among those that are gone, and among those that were known."""
    root = tree(music, *many(40, 4), *(f"{n}.mp3" for n in range(4)))
    bad = {b"%05d.mp3" % n: "corrupt" for n in range(0, 40, 10)} | {b"3.mp3": "corrupt"}
    scan(data, root_of(root), broken=bad)
    if how == "sums":
        sums.sum_up(store.writer(data), FakeContext(data))
    if "half" in how or how == "halves":
        monkeypatch.setattr(halves, "KNOWN_LEAST", 2)
        monkeypatch.setattr(disks, "rotating", lambda _: False)
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
        monkeypatch.setattr(halves, "cut", lambda *_: (b"001",))
    if how == "lost half":
        monkeypatch.setattr(halves._Other, "run", lambda _: os._exit(1))
    only, handed = None, None
    if how in {"watch", "handed over"}:
        only, handed = {root: False} | {root + b"/%03d" % n: True for n in range(4)}, Handed()
    if "handed over" in how:  # and not yet in the catalogue, or not as it is by now
        handed = handed or Handed()
        (path, row), (other, (size, *more)), *_ = store.known(data, root).items()
        handed |= {path: row, other: (size + 1, *more)}
        store.writer(data).execute("DELETE FROM file WHERE path = ?", (path,))
    for n in range(4):
        shutil.rmtree(music / f"{n:03}")
    ctx = FakeContext(data)
    Discovery(root_of(root), ctx, only=only, handed=handed).run()
    assert not vanished_in(ctx.spawned)
    told = [reason[: len(SAID)] for *_, reason in ctx.failed]
    assert [reason for reason in told if reason != "no good"] == [SAID]


@pytest.mark.parametrize("alone", [True, False])
def test_what_is_about_to_get_its_new_name_is_neither_gone_nor_known_twice(
    data: Path, music: Path, *, alone: bool
) -> None:
    """Until a move is written a watch that looks again counts the file once, where it is now."""
    root = tree(music, *many(40, 4))
    scan(data, root_of(root))
    only, handed = {root + b"/%03d" % n: True for n in range(4)} if alone else None, Handed()

    def looked() -> FakeContext:
        ctx = FakeContext(data)
        Discovery(root_of(root), ctx, only=only, handed=handed).run()
        return ctx

    for n in range(0, 40, 2):
        (music / f"{n % 4:03}/{n:05}.mp3").rename(music / f"{n % 4:03}/new{n:05}.mp3")
    moves = looked()
    assert sum(len(spawn["payload"].moved) for spawn in moves.spawned) == 20
    again = looked()
    assert (again.spawned, again.failed) == ([], [])
    for n in range(1, 40, 2):
        (music / f"{n % 4:03}/{n:05}.mp3").unlink()
    ((*_, reason),) = looked().failed
    assert reason.startswith("20 of 40 known files are not there")


def test_what_went_before_it_was_read_is_handed_over_anew(data: Path, music: Path) -> None:
    """A watch knows of it what no catalogue does, and forgets that when it is gone."""
    root, away = tree(music, "a/1.mp3", "a/2.mp3"), music.parent / "away"
    scan(data, root_of(root))
    tree(music, "b/1.mp3")
    handed = Handed()

    def spawned() -> list[Any]:
        ctx = FakeContext(data)
        Discovery(root_of(root), ctx, only={root + b"/b": True}, handed=handed).run()
        return ctx.spawned

    (found,) = spawned()
    assert found["items"] == 1
    assert spawned() == []
    (music / "b").rename(away)
    assert vanished_in(spawned()) == [root + b"/b/1.mp3"]
    away.rename(music / "b")
    assert [each["payload"].folders for each in spawned()] == [found["payload"].folders]


def test_asked_to_stop_while_much_is_looked_for(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many known files were not met, on however slow a disk, it stops soon."""
    root = tree(music, *many(20))
    scan(data, root_of(root))
    shutil.rmtree(music / "000")
    looked: list[bytes] = []

    class Asked(FakeContext):
        def progress(self, done: int, total: int) -> None:
            if looked:
                raise Stopped

    real = vanished.is_gone
    monkeypatch.setattr(vanished, "PROGRESS_FILES", 3)
    monkeypatch.setattr(vanished, "is_gone", lambda path: looked.append(path) or real(path))
    with pytest.raises(Stopped):
        Discovery(root_of(root), Asked(data)).run()
    assert len(looked) == 3


def test_emptied(data: Path, music: Path) -> None:
    """Where no music is left at all nothing is marked, however little it was."""
    root = tree(music, *many(5))
    scan(data, root_of(root))
    shutil.rmtree(music / "000")
    ctx = discovered(data, root_of(root))
    assert (ctx.spawned, [kind for _, kind, _ in ctx.failed]) == ([], [ErrorKind.VANISHED])
    assert len(vanished_in(discovered(data, root_of(root, force=True)).spawned)) == 5
    tree(music, "new.mp3")
    assert len(vanished_in(discovered(data, root_of(root)).spawned)) == 5


def on_another_disk(data: Path, folder: bytes, device: int) -> None:
    """Let the catalogue have the files of a folder on another device."""
    store.writer(data).execute(
        "UPDATE file SET device = ? WHERE path >= ? AND path < ?",
        (device, folder + b"/", folder + b"0"),
    )


NOWHERE = os.makedev(4000, 77)


def test_disk_within_the_root_is_away(data: Path, music: Path) -> None:
    """Files on a disk below the root that is not mounted now are not marked; others are."""
    root = tree(music, *many(40, 4), "disk/1.mp3", "disk/2.mp3")
    scan(data, root_of(root))
    on_another_disk(data, root + b"/disk", NOWHERE)
    for name in ("disk/1.mp3", "disk/2.mp3", "000/00004.mp3"):
        (music / name).unlink()
    ctx = discovered(data, root_of(root))
    assert vanished_in(ctx.spawned) == [root + b"/000/00004.mp3"]
    reason = (
        "2 of 42 known files were on a disk that is not there: is the disk mounted? Nothing of "
        "them was marked missing. If they are really gone, scan again with --force"
    )
    assert ctx.failed == [(str(music), ErrorKind.VANISHED, reason)]
    assert len(vanished_in(discovered(data, root_of(root, force=True)).spawned)) == 3


@pytest.mark.parametrize("why", ["a file is there", "mounted"])
def test_disk_within_the_root_is_there(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    """What is gone from a disk that is there is gone: device numbers change, so files count."""
    root = tree(music, *many(40, 4), "disk/1.mp3", "disk/2.mp3")
    scan(data, root_of(root))
    on_another_disk(data, root + b"/disk", NOWHERE)
    (music / "disk/1.mp3").unlink()
    if why == "mounted":
        (music / "disk/2.mp3").unlink()
        monkeypatch.setattr(disks, "mounted", lambda: {NOWHERE})
    ctx = discovered(data, root_of(root))
    assert vanished_in(ctx.spawned)[0] == root + b"/disk/1.mp3"
    assert not ctx.failed


@pytest.mark.parametrize("force", [False, True])
def test_the_root_goes_away_after_it_was_walked(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch, *, force: bool
) -> None:
    """Nothing is marked missing then, and the root is what is told to be gone."""
    root = tree(music, *many(40, 4))
    scan(data, root_of(root))
    (music / "000/00004.mp3").unlink()
    gone = vanished.gone

    def gone_too(*asked: Any) -> list[bytes]:
        music.rename(music.parent / "away")
        return gone(*asked)

    monkeypatch.setattr(vanished, "gone", gone_too)
    ctx = FakeContext(data)
    only = {root + b"/000": True}
    Discovery(root_of(root, force=force), ctx, only=only, handed=Handed()).run()
    assert vanished_in(ctx.spawned) == []
    said = (str(music), ErrorKind.VANISHED, "No such file or directory")
    assert ctx.failed == [said]
