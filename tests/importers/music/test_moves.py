"""Files under new names: their rows follow, and nothing is read."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import discover, disks
from soniq_tui.importers.music.discovery.moves import Moves
from soniq_tui.importers.music.discovery.stamps import numbers
from soniq_tui.importers.music.words import Extracted, FileRef, Moved
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.library import (
    below,
    discovered,
    found_in,
    insert,
    many,
    read,
    root_of,
    scan,
    tree,
    vanished_in,
)
from tests.importers.music.shelf import shelve, song


def ids(data: Path) -> dict[bytes, tuple[int, int, str]]:
    """Return number, whether it is missing and title of each file, by path."""
    connection = store.writer(data)
    rows = connection.execute(
        "SELECT file.path, file.id, missing, title FROM file JOIN track ON file_id = file.id"
    )
    return {path: (number, missing, title) for path, number, missing, title in rows}


def moved_in(spawned: list[dict[str, Any]]) -> list[bytes]:
    return [moved.path for spawn in spawned for moved in spawn["payload"].moved]


def test_album_moves(data: Path, music: Path) -> None:
    """A folder of 1,000 files that moves is not read again, and all numbers stay."""
    names = [f"a/Album/{n:04}.mp3" for n in range(1000)]
    root = tree(music, *names, "a/Album/cover.jpg", "b/x.mp3")
    scan(data, root_of(root))
    before = ids(data)
    (music / "a/Album").rename(music / "b/Elsewhere")
    ctx, done = scan(data, root_of(root))
    assert not found_in(ctx.spawned)
    assert not vanished_in(ctx.spawned)
    assert len(moved_in(ctx.spawned)) == done == sum(s["items"] for s in ctx.spawned) == 1000
    assert ids(data) == {
        path.replace(b"a/Album", b"b/Elsewhere"): row for path, row in before.items()
    }
    again = discovered(data, root_of(root))
    assert not again.spawned
    assert again.counts["skipped"] == 1001


def test_moves_take_few_statements(data: Path) -> None:
    """Files that moved take fewer statements each than files that are new."""
    tracks = [song(f"Song {n}", f"Artist {n % 5}", number=n) for n in range(100)]
    shelve(data, *tracks)
    rows = store.writer(data).execute("SELECT id, path FROM file").fetchall()
    own = {track.path: track for track in tracks}
    moved = tuple(
        Moved(
            number, b"/elsewhere" + path, own[path].size, own[path].mtime_ns, 1, own[path].inode, 1
        )
        for number, path in rows
    )
    said: list[str] = []
    store.writer(data).set_trace_callback(said.append)
    shelve(data, moved=moved, end=False)
    store.writer(data).set_trace_callback(None)
    assert all(path.startswith(b"/elsewhere/m/") for path in ids(data))
    assert len(set(said)) <= 4 * len(moved)  # triggers repeat what they are for


def test_whole_library_moves(data: Path, tmp_path: Path) -> None:
    """When the top folder has another name nothing is read and nobody asks for a lost disk."""
    old = tree(tmp_path / "old", *many(60, 5), "000/cover.png")
    scan(data, root_of(old))
    before = ids(data)
    (tmp_path / "old").rename(tmp_path / "new")
    new = os.fsencode(tmp_path / "new")
    ctx, done = scan(data, root_of(new))
    assert (found_in(ctx.spawned), done, ctx.failed) == ([], 60, [])
    assert {row[0] for row in ids(data).values()} == {row[0] for row in before.values()}
    assert all(path.startswith(new + b"/") for path in ids(data))
    assert not discovered(data, root_of(new)).spawned


def test_broken_files_of_a_library_that_moves(data: Path, tmp_path: Path) -> None:
    """What is wrong with them is told of where they lie now; not so where a link is left."""
    old = tree(tmp_path / "old", "a/1.mp3", "a/bad.mp3", "a/worse.mp3", "a/gone.mp3")
    broken = dict.fromkeys((b"bad.mp3", b"worse.mp3", b"gone.mp3"), "corrupt")
    scan(data, root_of(old), broken)
    shutil.copytree(tmp_path / "old", tmp_path / "new", copy_function=os.link)
    (tmp_path / "new/a/gone.mp3").unlink()
    (tmp_path / "old/a/bad.mp3").unlink()
    new = os.fsencode(tmp_path / "new")
    scan(data, root_of(new), broken)
    left = {path[len(new) - 3 :] for path in store.broken(data, os.fsencode(tmp_path))}
    assert left == {
        *(b"new/a/bad.mp3", b"new/a/worse.mp3"),
        *(b"old/a/worse.mp3", b"old/a/gone.mp3"),
    }


def test_most_of_a_root_moves(data: Path, music: Path) -> None:
    """Moved files are not gone, however many they are of a root."""
    root = tree(music, *many(100, 4))
    scan(data, root_of(root))
    for n in range(4):
        (music / f"{n:03}").rename(music / f"x{n}")
    ctx = discovered(data, root_of(root))
    assert (len(moved_in(ctx.spawned)), vanished_in(ctx.spawned), ctx.failed) == (100, [], [])


def test_missing_file_comes_back_elsewhere(data: Path, music: Path) -> None:
    """A file that was missing is known again under another name."""
    root = tree(music, "a/1.mp3", "a/2.mp3")
    scan(data, root_of(root))
    insert(data, Extracted(vanished=(root + b"/a/1.mp3",)))
    (music / "a/1.mp3").rename(music / "new.mp3")
    ctx, done = scan(data, root_of(root))
    assert (found_in(ctx.spawned), done) == ([], 1)
    assert ids(data)[root + b"/new.mp3"] == (1, 0, "1.mp3")


def test_moved_away_and_back(data: Path, music: Path) -> None:
    """A file that was moved and changed, and is moved back unchanged, is the one it was last."""
    root = tree(music, "a/1.mp3", "a/2.mp3")
    scan(data, root_of(root))
    (music / "a/1.mp3").rename(music / "new.mp3")
    (music / "new.mp3").write_bytes(b"changed")
    scan(data, root_of(root))
    number, *_ = ids(data)[root + b"/new.mp3"]
    (music / "new.mp3").rename(music / "a/1.mp3")
    scan(data, root_of(root))
    assert ids(data)[root + b"/a/1.mp3"] == (number, 0, "new.mp3")


SHUFFLES = {
    "swap": [("a", "t"), ("b", "a"), ("t", "b")],
    "chain down": [("c", "d"), ("b", "c"), ("a", "b")],
    "chain up": [("b", "a"), ("c", "b")],
    "ring": [("a", "t"), ("b", "a"), ("c", "b"), ("t", "c")],
    "onto another": [("c", "a")],
    "onto another, later": [("a", "c")],
}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("chunk", [1, 200])
@pytest.mark.parametrize("how", SHUFFLES)
def test_names_change_places(
    data: Path,
    music: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    how: str,
    chunk: int,
    backwards: bool,
) -> None:
    """Swapped and shifted names keep their numbers, whichever chunk is written first."""
    root = tree(music, "a.mp3", "b.mp3", "c.mp3", "z.mp3")
    scan(data, root_of(root))
    for old, new in SHUFFLES[how]:
        (music / f"{old}.mp3").rename(music / f"{new}.mp3")
    monkeypatch.setattr(discover, "CHUNK_FILES", chunk)
    ctx = discovered(data, root_of(root))
    assert not found_in(ctx.spawned)
    for spawn in reversed(ctx.spawned) if backwards else ctx.spawned:
        insert(data, read(spawn["payload"], {}))
    was = {"a": 1, "b": 2, "c": 3, "z": 4}
    for old, new in SHUFFLES[how]:
        was[new] = was.pop(old)
    now = {path: row for path, row in ids(data).items() if not row[1]}
    titles = {1: "a.mp3", 2: "b.mp3", 3: "c.mp3", 4: "z.mp3"}
    assert now == {
        root + f"/{name}.mp3".encode(): (number, 0, titles[number]) for name, number in was.items()
    }
    assert not discovered(data, root_of(root)).spawned


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(("old", "new"), [("a", "b"), ("b", "a")])
def test_another_file_in_the_old_place(
    data: Path,
    music: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    old: str,
    new: str,
    backwards: bool,
) -> None:
    """A file put where another one was keeps that one's number, whatever is written first."""
    monkeypatch.setattr(discover, "CHUNK_FILES", 1)
    root = tree(music, f"{old}.mp3")
    scan(data, root_of(root))
    (music / f"{old}.mp3").rename(music / f"{new}.mp3")
    (music / f"{old}.mp3").write_bytes(b"another one")
    ctx = discovered(data, root_of(root))
    assert sorted(below(root, ctx.spawned)) == [b"a.mp3", b"b.mp3"]
    for spawn in reversed(ctx.spawned) if backwards else ctx.spawned:
        insert(data, read(spawn["payload"], {}))
    assert ids(data)[root + f"/{old}.mp3".encode()] == (1, 0, f"{old}.mp3")
    assert ids(data)[root + f"/{new}.mp3".encode()] == (2, 0, f"{new}.mp3")
    assert not discovered(data, root_of(root)).spawned


def test_row_that_is_another_file_by_now(data: Path, music: Path) -> None:
    """A move that was seen before its row became another file is left out, and seen anew."""
    root = tree(music, "a.mp3")
    scan(data, root_of(root))
    (music / "a.mp3").rename(music / "b.mp3")
    late = discovered(data, root_of(root))
    (music / "a.mp3").write_bytes(b"another one")
    scan(data, root_of(root))
    for spawn in late.spawned:
        insert(data, read(spawn["payload"], {}))
    assert ids(data)[root + b"/a.mp3"][2] == "a.mp3"
    assert ids(data)[root + b"/b.mp3"][2] == "b.mp3"
    scan(data, root_of(root))
    assert not discovered(data, root_of(root)).spawned


def test_hard_links_are_files_of_their_own(data: Path, music: Path) -> None:
    """A second name of a known file is no move, and two names that move keep two numbers."""
    root = tree(music, "a/1.mp3")
    scan(data, root_of(root))
    os.link(music / "a/1.mp3", music / "a/2.mp3")
    assert sorted(below(root, scan(data, root_of(root))[0].spawned)) == [b"a/1.mp3", b"a/2.mp3"]
    (music / "a").rename(music / "z")
    ctx, done = scan(data, root_of(root))
    assert (found_in(ctx.spawned), done) == ([], 2)
    assert {path[-8:]: row[0] for path, row in ids(data).items()} == {
        b"/z/1.mp3": 1,
        b"/z/2.mp3": 2,
    }


def test_a_name_that_has_its_row_takes_no_other(data: Path, music: Path) -> None:
    """Of two names of one file one goes: the other keeps its own number, alike as they are."""
    root = tree(music, "a/1.mp3", "b/")
    (music / "b/1.mp3").hardlink_to(music / "a/1.mp3")
    scan(data, root_of(root))
    (music / "a/1.mp3").unlink()
    moves = Moves(data, follow=False)
    file = FileRef(b"1.mp3", *numbers((music / "b/1.mp3").stat()))
    assert moves.elsewhere(root + b"/b/1.mp3", file) is None
    (music / "b/1.mp3").rename(music / "c.mp3")
    new = root + b"/c.mp3"
    found = moves.elsewhere(new, FileRef(b"c.mp3", *numbers((music / "c.mp3").stat())))
    moves.close()
    assert found is not None
    assert found.path == new


def test_many_hard_links(data: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names a file has and gets, each old one is looked at once, and numbers stay."""
    old = [f"a/{n:03}.mp3" for n in range(100)]
    root = tree(music, old[0])
    for name in old[1:]:
        (music / name).hardlink_to(music / old[0])
    scan(data, root_of(root))
    before = ids(data)
    (music / "b").mkdir()
    for n in range(100):
        (music / f"b/{n:03}.mp3").hardlink_to(music / old[0])
    for name in old[50:]:
        (music / name).unlink()
    asked = []
    real = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path: (asked.append(path), real(path))[1])
    ctx = discovered(data, root_of(root))
    monkeypatch.undo()
    assert len(asked) <= 200
    found = moved_in(ctx.spawned)
    assert len(found) == len(set(found)) == 50
    for spawn in ctx.spawned:
        insert(data, read(spawn["payload"], {}))
    gone = {before[root + b"/" + name.encode()] for name in old[50:]}
    assert {ids(data)[path] for path in found} == gone


@pytest.mark.parametrize("how", ["copied", "tagged"])
def test_no_move(data: Path, music: Path, how: str) -> None:
    """A copy, or a file that was changed as well, is read."""
    root = tree(music, "a.mp3", "k.mp3")
    scan(data, root_of(root))
    if how == "copied":
        shutil.copy2(music / "a.mp3", music / "b.mp3")
        (music / "a.mp3").unlink()
    else:
        (music / "a.mp3").rename(music / "b.mp3")
        os.utime(music / "b.mp3", ns=(1, 1))
    assert below(root, discovered(data, root_of(root)).spawned) == [b"b.mp3"]


def test_left_a_link_behind(data: Path, music: Path) -> None:
    """A file that moved and left a link to it in its old place has moved."""
    root = tree(music, "a.mp3")
    scan(data, root_of(root))
    (music / "a.mp3").rename(music / "b.mp3")
    (music / "a.mp3").symlink_to("b.mp3")
    assert moved_in(discovered(data, root_of(root)).spawned) == [root + b"/b.mp3"]


def test_old_place_cannot_be_looked_at(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing has moved from where nobody may look."""
    root = tree(music, "a/1.mp3", "b/2.mp3")
    scan(data, root_of(root))
    (music / "a/1.mp3").rename(music / "b/1.mp3")
    real = os.lstat

    def lstat(path: Any, **options: Any) -> os.stat_result:
        if path == root + b"/a/1.mp3":
            raise PermissionError(13, "Permission denied")
        return real(path, **options)

    monkeypatch.setattr(os, "lstat", lstat)
    assert below(root, discovered(data, root_of(root)).spawned) == [b"b/1.mp3"]


@pytest.mark.parametrize(
    ("change", "read_again"),
    [("none", False), ("cover", True), ("no cover", True), ("lyrics", True)],
)
def test_moved_beside_other_things(
    data: Path, music: Path, *, change: str, read_again: bool
) -> None:
    """A moved file beside other pictures or lyrics is read, keeps its number and counts once."""
    root = tree(music, "a/1.mp3", "a/cover.jpg")
    scan(data, root_of(root))
    (music / "a").rename(music / "b")
    if change == "cover":
        (music / "b/cover.jpg").write_bytes(b"another picture")
    elif change == "no cover":
        (music / "b/cover.jpg").unlink()
    elif change == "lyrics":
        (music / "b/1.lrc").write_bytes(b"la")
    ctx, done = scan(data, root_of(root))
    assert found_in(ctx.spawned) == ([root + b"/b/1.mp3"] if read_again else [])
    assert done == sum(spawn["items"] for spawn in ctx.spawned) == 1
    assert list(ids(data)) == [root + b"/b/1.mp3"]
    assert ids(data)[root + b"/b/1.mp3"][0] == 1
    assert not discovered(data, root_of(root)).spawned


def test_song_leaves_its_lyrics(data: Path, music: Path) -> None:
    """A song renamed beside lyrics is read: they may belong to its old name, or to its new one."""
    root = tree(music, "a/1.mp3", "a/1.lrc", "b/1.mp3", "b/cover.jpg")
    scan(data, root_of(root))
    (music / "a/1.mp3").rename(music / "a/2.mp3")
    (music / "b/1.mp3").rename(music / "b/2.mp3")
    ctx = discovered(data, root_of(root))
    assert below(root, ctx.spawned) == [b"a/2.mp3"]
    assert moved_in(ctx.spawned) == [root + b"/a/2.mp3", root + b"/b/2.mp3"]


def test_force_reads_what_moved(data: Path, music: Path) -> None:
    """With force a moved file is read, and keeps its number."""
    root = tree(music, "a.mp3")
    scan(data, root_of(root))
    (music / "a.mp3").rename(music / "b.mp3")
    ctx, done = scan(data, root_of(root, force=True))
    assert (below(root, ctx.spawned), done) == ([b"b.mp3"], 1)
    assert ids(data)[root + b"/b.mp3"] == (1, 0, "b.mp3")


@pytest.mark.parametrize("lives", range(4))
def test_crash_while_much_has_moved(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch, lives: int
) -> None:
    """Resumed in the midst of moved files, before any was written, none of them counts as gone."""
    monkeypatch.setattr(discover, "CHUNK_FILES", 10)
    root = tree(music, *many(50, 5))
    scan(data, root_of(root))
    for n in range(5):
        (music / f"{n:03}").rename(music / f"x{n}")
    first = discovered(data, root_of(root))
    rest = FakeContext(data)
    ended(discover.run(first.checkpoints[lives], rest))  # type: ignore[arg-type]
    handed = first.spawned[: lives + 1] + rest.spawned
    assert (len(set(moved_in(handed))), vanished_in(handed), rest.failed) == (50, [], [])


def test_inodes_that_do_not_last(data: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where inode numbers are made up a file with another one is still the same file."""
    monkeypatch.setattr(disks, "lasting_inodes", lambda _: False)
    root = tree(music, "a.mp3", "b.mp3")
    scan(data, root_of(root))
    rows = store.writer(data).execute("SELECT inode FROM file").fetchall()
    assert rows == [(0,), (0,)]
    ctx = discovered(data, root_of(root))
    assert (ctx.spawned, ctx.counts["skipped"]) == ([], 2)
    (music / "a.mp3").rename(music / "c.mp3")
    assert below(root, discovered(data, root_of(root)).spawned) == [b"c.mp3"]
