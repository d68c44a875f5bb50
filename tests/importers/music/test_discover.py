"""Discovery on real trees: chunks, what cannot be read, and what is known."""

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from soniq_tui.importers.music.discovery import discover, walk
from soniq_tui.model.job import MAX_PAYLOAD_BYTES, ErrorKind
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.library import (
    below,
    discovered,
    found_in,
    many,
    root_of,
    scan,
    seen,
    tree,
    vanished_in,
)


def test_chunks(data: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks hold whole folders of about so many files; a larger folder is split."""
    monkeypatch.setattr(discover, "CHUNK_FIRST", 200)
    monkeypatch.setattr(discover, "CHUNK_FILES", 200)
    names = [f"{f}/{n}.mp3" for f, size in (("a", 150), ("b", 60), ("c", 450)) for n in range(size)]
    ctx = discovered(data, root_of(tree(music, *names)))
    shape = [[len(f.files) for f in s["payload"].folders] for s in ctx.spawned]
    assert shape == [[150], [60], [200], [200], [50]]
    assert [s["items"] for s in ctx.spawned] == [150, 60, 200, 200, 50]
    assert {s["stage"] for s in ctx.spawned} == {"extract"}
    assert ctx.spawned[0]["label"] == f"{music}/a"
    assert len({s["key"] for s in ctx.spawned}) == 5
    assert ctx.counts["found"] == 0


def test_what_is_not_opened_again_is_in_no_job(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of files to be read a job has as many, however many are known to be broken beside them."""
    monkeypatch.setattr(discover, "CHUNK_FIRST", 3)
    monkeypatch.setattr(discover, "CHUNK_FILES", 3)
    root = tree(music, *(f"a/{n}.mp3" for n in range(6)))
    scan(data, root_of(root), broken=dict.fromkeys((b"0.mp3", b"1.mp3", b"2.mp3"), "corrupt"))
    for n in (3, 4, 5):
        (music / f"a/{n}.mp3").write_bytes(b"changed")
    ctx = discovered(data, root_of(root))
    assert [s["items"] for s in ctx.spawned] == [3]
    assert len(ctx.failed) == 3


def test_a_chunk_tells_of_how_many_folders_it_is(data: Path, music: Path) -> None:
    """What failed in it may lie in another than the one that it is called after."""
    names = [f"{folder}/{n}.mp3" for folder in "abc" for n in range(3)]
    (spawn,) = discovered(data, root_of(tree(music, *names))).spawned
    assert spawn["label"] == f"{music}/a +2"


def test_a_folder_with_nothing_to_read_counts_as_the_one_called_after(
    data: Path, music: Path
) -> None:
    """A chunk may begin with a file that has only another name."""
    root = tree(music, "a/old.mp3")
    scan(data, root_of(root))
    (music / "a/old.mp3").rename(music / "a/0.mp3")
    (spawn,) = discovered(data, root_of(tree(music, "b/1.mp3", "c/2.mp3"))).spawned
    assert spawn["label"] == f"{music}/a +2"


def test_chunks_grow(data: Path, music: Path) -> None:
    """The first chunks are small, so that rows are there at once; later ones are not."""
    ctx = discovered(data, root_of(tree(music, *many(4000, 400))))
    sizes = [s["items"] for s in ctx.spawned]
    assert sizes[:2] == [100, 100]
    assert sizes[-2] == 600
    assert sum(sizes) == 4000


def test_keys_are_deterministic(data: Path, music: Path) -> None:
    """The same files give the same keys, so that a journal admits a chunk once."""
    root = root_of(tree(music, *many(300)))
    first, second = discovered(data, root), discovered(data, root)
    assert [s["key"] for s in first.spawned] == [s["key"] for s in second.spawned]


def test_payload_bound(data: Path, music: Path) -> None:
    """Names of any length never make a chunk larger than what a job may carry."""
    root = tree(music, *(f"{'d' * 200}/{'e' * 200}/{n:03}{'x' * 240}.mp3" for n in range(400)))
    ctx = discovered(data, root_of(root))
    assert len(found_in(ctx.spawned)) == 400
    for spawn in ctx.spawned:
        assert len(msgspec.msgpack.encode(spawn["payload"])) <= MAX_PAYLOAD_BYTES


@pytest.mark.parametrize("at", [0, 1, -1])
def test_limit(data: Path, music: Path, at: int) -> None:
    """With a limit as many files are handed over, whenever it is restarted, and none is gone."""
    root = tree(music, *many(450, 3))
    scan(data, root_of(root, limit=1))
    ctx = discovered(data, root_of(root, limit=230))
    assert len(found_in(ctx.spawned)) == 230
    again = FakeContext(data)
    restart: Any = ctx.checkpoints[at]
    ended(discover.run(restart, again))
    assert len(found_in(again.spawned)) == 230 - restart.found


def test_unreadable_folder(data: Path, music: Path, forbidden: set[bytes]) -> None:
    """A folder that cannot be read is one failed item, and the walk goes on."""
    root = tree(music, "a/x.mp3", "b/x.mp3", "c/x.mp3")
    forbidden.add(root + b"/b")
    ctx = discovered(data, root_of(root))
    assert below(root, ctx.spawned) == [b"a/x.mp3", b"c/x.mp3"]
    assert ctx.failed == [(f"{music}/b", ErrorKind.UNREADABLE, "Permission denied")]
    assert ctx.counts["found"] == 1


def test_unreadable_folder_is_not_gone(data: Path, music: Path, forbidden: set[bytes]) -> None:
    """Known files below a folder that cannot be read are not called gone."""
    root = tree(music, "a/x.mp3", "b/x.mp3")
    scan(data, root_of(root))
    forbidden.add(root + b"/b")
    assert not vanished_in(discovered(data, root_of(root)).spawned)


def test_root_is_not_there(data: Path, music: Path) -> None:
    """A root that is not there is a failure, and nothing of it is called gone."""
    root = tree(music, "a.mp3", "b.mp3")
    scan(data, root_of(root))
    music.rename(music.parent / "elsewhere")
    ctx = discovered(data, root_of(root))
    assert [(f[0], f[1]) for f in ctx.failed] == [(str(music), ErrorKind.VANISHED)]
    assert not ctx.spawned


def test_unchanged_files_are_skipped(data: Path, music: Path) -> None:
    """A file that is as it was is counted as skipped and not handed over."""
    root = root_of(tree(music, *many(450, 7)))
    _, done = scan(data, root)
    assert done == 450
    ctx = discovered(data, root)
    assert not ctx.spawned
    assert ctx.counts == {"done": 0, "skipped": 450, "found": 450}


@pytest.mark.parametrize("how", ["size", "mtime", "ctime", "inode"])
def test_changed_files_are_read(data: Path, music: Path, how: str) -> None:
    """A change of size, mtime, ctime or inode alone has a file read again."""
    root = tree(music, "a.mp3", "b.mp3")
    scan(data, root_of(root))
    file = music / "a.mp3"
    before = file.stat()
    if how == "size":
        file.write_bytes(b"longer than before")
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif how == "mtime":
        os.utime(file, ns=(1, 1))
    elif how == "ctime":
        file.chmod(0o600)
        file.chmod(0o640)
    else:
        (music / "new").write_bytes(file.read_bytes())
        os.utime(music / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
        (music / "new").rename(file)
    ctx = discovered(data, root_of(root))
    assert below(root, ctx.spawned) == [b"a.mp3"]
    assert ctx.counts["skipped"] == 1


def test_force(data: Path, music: Path) -> None:
    """With force every file is handed over again."""
    root = tree(music, "a.mp3", "b.mp3")
    scan(data, root_of(root), broken={b"b.mp3": "corrupt"})
    assert seen(data, root, force=True) == [b"a.mp3", b"b.mp3"]


def test_known_broken(data: Path, music: Path) -> None:
    """A file known to be broken is told at once, and no job is made of it until it changes."""
    root = tree(music, "a.mp3", "b.mp3")
    scan(data, root_of(root), broken={b"b.mp3": "corrupt"})
    ctx = discovered(data, root_of(root))
    assert ctx.failed == [(str(music / "b.mp3"), ErrorKind.CORRUPT, "no good")]
    assert not ctx.spawned
    assert ctx.counts == {"done": 0, "skipped": 1, "found": 2}
    (music / "b.mp3").write_bytes(b"mended")
    assert seen(data, root) == [b"b.mp3"]


def test_passing_fault_is_tried_again(data: Path, music: Path) -> None:
    """A file that could not be read for permissions is tried again though it is unchanged."""
    root = tree(music, "a.mp3")
    scan(data, root_of(root), broken={b"a.mp3": "unreadable"})
    assert seen(data, root) == [b"a.mp3"]


def test_track_that_broke(data: Path, music: Path) -> None:
    """A track whose file was spoilt fails at each scan and is never taken for unchanged."""
    root = tree(music, "a.mp3")
    scan(data, root_of(root))
    (music / "a.mp3").write_bytes(b"spoilt")
    scan(data, root_of(root), broken={b"a.mp3": "corrupt"})
    ctx = discovered(data, root_of(root))
    assert [item for item, *_ in ctx.failed] == [str(music / "a.mp3")]
    assert not ctx.spawned
    assert not ctx.counts["skipped"]


def test_a_retry_reads_what_was_told_unread(data: Path, music: Path) -> None:
    """And nothing that a job of the same scan found broken, which has a retry of its own."""
    root = tree(music, "a/1.mp3", "a/bad.mp3", "b/2.mp3")
    bad = {b"bad.mp3": "corrupt", b"new.mp3": "corrupt", b"denied.mp3": "unreadable"}
    scan(data, root_of(root), broken=bad)
    tree(music, "a/new.mp3", "a/denied.mp3")
    first, _ = scan(data, root_of(root), broken=bad)
    assert [item for item, *_ in first.failed] == [str(music / "a/bad.mp3")]
    again = FakeContext(data, retries=1)
    ended(discover.run(first.checkpoints[-1], again))
    assert below(root, again.spawned) == [b"a/bad.mp3"]
    assert not again.failed
    assert again.counts == dict.fromkeys(again.counts, 0)


def test_many_known_broken_are_told_part_by_part(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many lie in one folder."""
    monkeypatch.setattr(discover, "FAULTS_MOST", 2)
    root = tree(music, *(f"{n}.mp3" for n in range(5)))
    scan(data, root_of(root), broken={b"%d.mp3" % n: "corrupt" for n in range(5)})
    told: list[tuple[int, int]] = []
    ctx = FakeContext(data)
    ctx.checkpoint = lambda root: told.append((len(ctx.failed), root.found))
    ended(discover.run(root_of(root), ctx))
    assert sorted(set(told)) == [(2, 2), (4, 4), (5, 5)]
    assert len(ctx.failed) == 5


def test_odd_numbers(data: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inodes above 2**63 and times beyond 2262, as some file systems have, are kept and known."""
    tree(music, "a.mp3")
    old = (music / "a.mp3").stat()
    values = {
        "st_ino": 2**64 - 5,
        "st_mtime_ns": 2**63 + 7,
        **{n: getattr(old, n) for n in ("st_size", "st_ctime_ns", "st_dev", "st_mode")},
    }
    stat = type("Stat", (), values)
    entry = type("Entry", (), {"stat": lambda *_, **__: stat, "name": b"a.mp3"})()
    met = walk.Met(os.fsencode(music), [entry], [])
    monkeypatch.setattr(discover, "Walk", lambda *_: iter([met]))
    root = root_of(os.fsencode(music))
    _, done = scan(data, root)
    assert done == 1
    ctx = discovered(data, root)
    assert ctx.counts["skipped"] == 1
    assert not ctx.spawned


def test_retry_goes_over_faults(data: Path, music: Path, forbidden: set[bytes]) -> None:
    """Queued again by a person, discovery goes over what it could not read, and nothing else."""
    root = tree(music, "a.mp3", "no/x.mp3", "no/below/y.mp3", "zz/z.mp3")
    scan(data, root_of(root))
    (music / "no" / "new.mp3").write_bytes(b"new")
    (music / "zz" / "new.mp3").write_bytes(b"new")
    forbidden.add(root + b"/no")
    first = discovered(data, root_of(root))
    assert [item for item, _, _ in first.failed] == [f"{music}/no"]
    forbidden.clear()
    again = FakeContext(data, retries=1)
    ended(discover.run(first.checkpoints[-1], again))  # type: ignore[arg-type]
    assert below(root, again.spawned) == [b"no/new.mp3"]
    assert again.counts == {"done": 0, "skipped": 0, "found": 0}
    assert not again.failed
    third = FakeContext(data, retries=2)
    ended(discover.run(again.checkpoints[-1], third))  # type: ignore[arg-type]
    assert not third.spawned


def test_retry_that_fails_again(data: Path, music: Path, forbidden: set[bytes]) -> None:
    """A folder that still cannot be read fails again and can be retried again."""
    root = tree(music, "a.mp3", "no/x.mp3")
    forbidden.add(root + b"/no")
    first = discovered(data, root_of(root))
    again = FakeContext(data, retries=1)
    ended(discover.run(first.checkpoints[-1], again))  # type: ignore[arg-type]
    assert [item for item, _, _ in again.failed] == [f"{music}/no"]
    assert not again.checkpoints, "what is to be gone over is still the same"


def test_faults_without_number(data: Path, music: Path, forbidden: set[bytes]) -> None:
    """However many folders cannot be read, a checkpoint stays small and a retry sees them all."""
    names = [f"{n:04}-{'x' * 60}" for n in range(600)]
    root = tree(music, "a.mp3", *(f"{name}/x.mp3" for name in names), "zz.mp3")
    forbidden |= {root + b"/" + name.encode() for name in names}
    first = discovered(data, root_of(root))
    assert len(first.failed) == 600
    last = first.checkpoints[-1]
    assert len(msgspec.msgpack.encode(last)) < MAX_PAYLOAD_BYTES // 2
    assert last.again == (root,)  # type: ignore[attr-defined]
    forbidden.clear()
    again = FakeContext(data, retries=1)
    ended(discover.run(last, again))  # type: ignore[arg-type]
    assert len([path for path in found_in(again.spawned) if path.endswith(b"/x.mp3")]) == 600
