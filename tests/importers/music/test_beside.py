"""Pictures, cue sheets and lyrics beside the music: noted, and looked at again when they change."""

import os
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import discover, stamps
from soniq_tui.importers.music.discovery.pending import Pending, Place, Renamed
from soniq_tui.importers.music.sides import beside, folder_cover
from soniq_tui.importers.music.words import Chunk, FileRef, Folder, Moved
from soniq_tui.model.job import MAX_PAYLOAD_BYTES
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.library import (
    below,
    discovered,
    insert,
    read,
    root_of,
    scan,
    seen,
    tree,
)


def folders(ctx: FakeContext) -> dict[bytes, Folder]:
    return {f.path: f for spawn in ctx.spawned for f in spawn["payload"].folders}


def test_same_names_as_covers() -> None:
    """What is noted as a picture is what would be taken as a cover."""
    assert {stem + ending for stem in beside.STEMS for ending in beside.PICTURES} == set(
        folder_cover.RANKS
    )


def test_what_belongs(data: Path, music: Path) -> None:
    """Covers, cue sheets and lyrics are noted whatever their case; nothing else is."""
    root = tree(
        music,
        *("a/1.mp3", "a/Cover.JPG", "a/folder.png", "a/x.CUE", "a/1.lrc", "a/back.jpg"),
        *("a/cover.txt", "a/.cover.jpg", "a/front.webp/", "b/1.mp3"),
    )
    (music / "a/album.jpeg").symlink_to("Cover.JPG")
    found = folders(discovered(data, root_of(root)))
    assert found[root + b"/a"].beside == (b"1.lrc", b"Cover.JPG", b"folder.png", b"x.CUE")
    assert found[root + b"/a"].signature != 0
    assert found[root + b"/b"] == Folder(root + b"/b", found[root + b"/b"].files, (), 0)


CHANGES = {
    "new": lambda a: (a / "front.png").write_bytes(b"new"),
    "larger": lambda a: (a / "cover.jpg").write_bytes(b"a larger picture"),
    "newer": lambda a: os.utime(a / "cover.jpg", ns=(1, 1)),
    "gone": lambda a: (a / "cover.jpg").unlink(),
    "renamed": lambda a: (a / "cover.jpg").rename(a / "folder.jpg"),
    "lyrics": lambda a: (a / "1.lrc").write_bytes(b"other words"),
}


@pytest.mark.parametrize("how", CHANGES)
def test_change_has_the_folder_read(data: Path, music: Path, how: str) -> None:
    """When something beside the music changes all of its folder is read once, nothing else."""
    root = tree(music, "a/1.mp3", "a/2.mp3", "a/cover.jpg", "a/1.lrc", "b/1.mp3", "b/cover.jpg")
    scan(data, root_of(root))
    assert not discovered(data, root_of(root)).spawned
    CHANGES[how](music / "a")
    ctx, _ = scan(data, root_of(root))
    assert below(root, ctx.spawned) == [b"a/1.mp3", b"a/2.mp3"]
    assert not discovered(data, root_of(root)).spawned


def test_disc_shows_the_picture_of_its_album(data: Path, music: Path) -> None:
    """The folder of a disc without a picture has that of the folder above; no other folder has."""
    root = tree(
        music,
        *("A/CD1/1.mp3", "A/CD 2/1.mp3", "A/CD 2/front.jpg", "A/Live/1.mp3", "A/CD1/x.cue"),
        *("A/cover.jpg", "A/1.lrc"),
    )
    ctx, _ = scan(data, root_of(root))
    found = {path[len(root) + 1 :]: folder.beside for path, folder in folders(ctx).items()}
    assert found == {
        b"A/CD1": (b"../cover.jpg", b"x.cue"),
        b"A/CD 2": (b"front.jpg",),
        b"A/Live": (),
    }
    (music / "A/cover.jpg").write_bytes(b"another picture")
    assert seen(data, root) == [b"A/CD1/1.mp3"]


def test_set_moves(data: Path, music: Path) -> None:
    """A set of discs that moves with its picture is not read again."""
    root = tree(music, "a/Set/CD1/1.mp3", "a/Set/CD2/1.mp3", "a/Set/cover.jpg", "b/")
    scan(data, root_of(root))
    (music / "a/Set").rename(music / "b/Set")
    ctx, done = scan(data, root_of(root))
    assert (below(root, ctx.spawned), done) == ([], 2)
    assert not discovered(data, root_of(root)).spawned


def test_broken_files_are_not_opened_for_a_picture(data: Path, music: Path) -> None:
    """A known broken file stays one when the picture beside it changes."""
    root = tree(music, "a/1.mp3", "a/cover.jpg")
    scan(data, root_of(root), broken={b"1.mp3": "corrupt"})
    (music / "a/cover.jpg").write_bytes(b"another picture")
    ctx, _ = scan(data, root_of(root), broken={b"1.mp3": "corrupt"})
    assert not ctx.spawned
    assert len(ctx.failed) == 1


@pytest.mark.parametrize("at", range(3))
def test_crash_within_a_folder(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """Resumed within a folder whose picture changed, the rest of it is read as well."""
    monkeypatch.setattr(discover, "CHUNK_FILES", 10)
    root = tree(music, *(f"a/{n:02}.mp3" for n in range(35)), "a/cover.jpg", "b/1.mp3")
    scan(data, root_of(root))
    (music / "a/cover.jpg").write_bytes(b"another picture")
    first = discovered(data, root_of(root))
    assert len(below(root, first.spawned)) == 35
    handed = first.spawned[: at + 1]
    for spawn in handed:  # all of it is in the catalogue
        insert(data, read(spawn["payload"], {}))
    rest = FakeContext(data)
    ended(discover.run(first.checkpoints[at], rest))  # type: ignore[arg-type]
    assert len(below(root, handed) + below(root, rest.spawned)) == 35


def test_limit_within_a_folder(data: Path, music: Path) -> None:
    """A folder that a limit cuts in two is read to its end by the next scan."""
    root = tree(music, *(f"a/{n:02}.mp3" for n in range(9)), "a/cover.jpg")
    scan(data, root_of(root))
    (music / "a/cover.jpg").write_bytes(b"another picture")
    ctx, _ = scan(data, root_of(root, limit=4))
    assert len(below(root, ctx.spawned)) == 4
    assert len(seen(data, root)) == 5


@pytest.mark.parametrize("left_out", [{"exclude": ("2.mp3",)}, {"include": ("*1.mp3",)}])
def test_files_that_are_left_out_see_it_later(
    data: Path, music: Path, left_out: dict[str, tuple[str, ...]]
) -> None:
    """A scan of some files of a folder does not hide its new picture from the others."""
    root = tree(music, "a/1.mp3", "a/2.mp3", "a/cd/2.mp3", "b/2.mp3")
    scan(data, root_of(root))
    (music / "a/cover.jpg").write_bytes(b"picture")
    os.utime(music / "a/cover.jpg", (9, 9))
    assert seen(data, root, **left_out) == [b"a/1.mp3"]
    scan(data, root_of(root, **left_out))
    assert seen(data, root, **left_out) == []
    assert seen(data, root) == [b"a/2.mp3"]
    scan(data, root_of(root))
    assert seen(data, root) == []


def test_bounds(data: Path, music: Path) -> None:
    """However much lies beside the music a job can carry it, and each song has its lyrics."""
    songs = [f"a/{n:03}{'x' * 150}" for n in range(300)]
    root = tree(
        music,
        *(f"{song}.mp3" for song in songs),
        *(f"{song}.lrc" for song in songs),
        *(f"a/{n:03}{'y' * 200}.cue" for n in range(100)),
        *(f"{n:03}/{'z' * 200}{k}.cue" for n in range(100) for k in range(30)),
        *(f"{n:03}/1.mp3" for n in range(100)),
    )
    ctx = discovered(data, root_of(root))
    assert len(below(root, ctx.spawned)) == 400
    for spawn in ctx.spawned:
        assert len(msgspec.msgpack.encode(spawn["payload"])) <= MAX_PAYLOAD_BYTES
        for folder in spawn["payload"].folders:
            cues = [name for name in folder.beside if name.endswith(b".cue")]
            assert len(cues) <= beside.NAMES_MOST
            assert sum(map(len, cues)) <= beside.NAME_BYTES_MOST
            if folder.path.endswith(b"/a"):
                for file in folder.files:
                    assert file.name.replace(b".mp3", b".lrc") in folder.beside


@pytest.mark.parametrize("sides", [0, 1, 9, 64])
@pytest.mark.parametrize("length", [1, 60, 90, 4000])
def test_bounds_of_singles_that_moved(length: int, sides: int) -> None:
    """Moved files to be read as well, each in its folder, with the largest numbers there are."""
    most = 2**63 - 1
    pending = Pending(discover.CHUNK_FILES, discover.CHUNK_BYTES)
    names = beside.Names(tuple(b"%d.cue" % n for n in range(sides)))
    for number in range(discover.CHUNK_FILES + 1):
        path = b"/m/%03d" % number + b"y" * length
        file = FileRef(b"1.mp3", *(most,) * 6)
        move = Moved(most, path + b"/1.mp3", *(most,) * 5)
        if not pending.add(Place(path, names, most), Renamed(move, file)):
            break
    chunk = Chunk(root=b"r" * 4096, folders=pending.folders, moved=tuple(pending.moved))
    assert len(chunk.moved) == number
    assert len(msgspec.msgpack.encode(chunk)) <= MAX_PAYLOAD_BYTES


def aged(monkeypatch: pytest.MonkeyPatch, file: Path, age_ns: int) -> None:
    """Let a file be of that age, whatever the time is."""
    stat = file.stat()
    new = max(stat.st_mtime_ns, stat.st_ctime_ns)
    monkeypatch.setattr(stamps, "now_ns", lambda: new + age_ns)


@pytest.mark.parametrize(
    ("age_ms", "whole", "again"),
    [
        (1, False, True),
        (19, False, True),
        (21, False, False),
        (21, True, True),
        (1_999, True, True),
        (2_001, True, False),
        (-1_000, False, True),
        (-61_000, False, False),
    ],
)
def test_too_new_to_tell(
    data: Path,
    music: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    age_ms: int,
    whole: bool,
    again: bool,
) -> None:
    """A file so new that a change could leave the same stamps is read by the next scan, once."""
    root = tree(music, "a.mp3")
    if whole:
        now_s = int(time.time())
        os.utime(music / "a.mp3", ns=(0, now_s * 1_000_000_000))
    aged(monkeypatch, music / "a.mp3", age_ms * 1_000_000)
    scan(data, root_of(root))
    monkeypatch.setattr(stamps, "now_ns", lambda: time.time_ns() + 3_600_000_000_000)
    ctx, _ = scan(data, root_of(root))
    assert below(root, ctx.spawned) == ([b"a.mp3"] if again else [])
    assert not discovered(data, root_of(root)).spawned


def test_picture_too_new_to_tell(data: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So is a folder with a picture that new."""
    root = tree(music, "a.mp3", "cover.jpg")
    (music / "a.mp3").chmod(0o600)
    monkeypatch.setattr(stamps, "racy", lambda stat: stat.st_size == 2)
    scan(data, root_of(root))
    monkeypatch.setattr(stamps, "racy", lambda _: False)
    assert below(root, scan(data, root_of(root))[0].spawned) == [b"a.mp3"]
    assert not discovered(data, root_of(root)).spawned


def test_catalogue_of_an_older_version(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the writer has brought an older catalogue up to date all files count as new."""
    root = tree(music, "a.mp3")
    scan(data, root_of(root))
    monkeypatch.setattr(store, "VERSION", store.VERSION + 1)
    found: Any = discovered(data, root_of(root))
    assert below(root, found.spawned) == [b"a.mp3"]
