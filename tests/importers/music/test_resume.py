"""Discovery that is stopped or dies, and goes on."""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from soniq_tui.importers.base import Stopped
from soniq_tui.importers.music.discovery import discover
from soniq_tui.importers.music.words import Root
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.library import (
    below,
    discovered,
    found_in,
    many,
    root_of,
    scan,
    tree,
    vanished_in,
)


class CrashError(Exception):
    """The process dies."""


class Journal:
    """What survives: what was handed over with a checkpoint, or at the end."""

    def __init__(self, root: Root) -> None:
        self.payload = root
        self.spawned: list[dict[str, Any]] = []
        self.counts: Counter[str] = Counter()
        self.failed: list[str] = []

    def take(self, ctx: FakeContext) -> None:
        self.spawned += ctx.spawned
        self.counts.update(ctx.counts)
        self.failed += [item for item, _, _ in ctx.failed]
        ctx.spawned, ctx.failed = [], []
        ctx.counts = dict.fromkeys(ctx.counts, 0)


class Fragile(FakeContext):
    """A context whose process dies right after, or right before, its ``lives``-th checkpoint."""

    def __init__(self, data: Path, journal: Journal, lives: int, *, after: bool) -> None:
        super().__init__(data)
        self.journal, self.lives, self.after = journal, lives, after

    def checkpoint(self, payload: msgspec.Struct) -> None:
        self.lives -= 1
        if self.lives <= 0 and not self.after:
            raise CrashError
        self.journal.take(self)
        self.journal.payload = msgspec.msgpack.decode(msgspec.msgpack.encode(payload), type=Root)
        if self.lives <= 0:
            raise CrashError


def survive(data: Path, root: Root, lives: int, *, after: bool) -> Journal:
    """Discover with a crash at every ``lives``-th checkpoint until it ends."""
    journal = Journal(root)
    while True:
        ctx = Fragile(data, journal, lives, after=after)
        try:
            ended(discover.run(journal.payload, ctx))
        except CrashError:
            # Dying before the first checkpoint would go on for ever: let it live longer.
            lives += not after and journal.payload == root
            continue
        journal.take(ctx)
        return journal


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("follow", [True, False])
def test_crash_at_any_checkpoint(
    data: Path,
    music: Path,
    forbidden: set[bytes],
    monkeypatch: pytest.MonkeyPatch,
    *,
    after: bool,
    follow: bool,
) -> None:
    """After a crash at any checkpoint each file is handed over, skipped or failed exactly once."""
    monkeypatch.setattr(discover, "CHUNK_FILES", 7)
    monkeypatch.setattr(discover, "SETTLE_FILES", 5)
    monkeypatch.setattr(discover, "SETTLE_S", 0)
    names = [f"{a}/{b}/{n}.mp3" for a in "pqr" for b in "xyz" for n in range(6)]
    root = tree(music, *names, *(f"big/{n:03}.mp3" for n in range(30)), "no/x.mp3", "zz/x.mp3")
    root_job = root_of(root, follow_symlinks=follow)
    scan(data, root_job, broken={b"3.mp3": "corrupt"})
    for number, file in enumerate(sorted(music.rglob("*.mp3"))):
        if number % 3 and file.name != "3.mp3":
            file.write_bytes(b"changed!")
    (music / "p/x/0.mp3").unlink()
    (music / "a-link").symlink_to("q")
    (music / "q" / "up").symlink_to("..")
    (music / "r" / ".ndignore").mkdir()
    forbidden |= {root + b"/no", root + b"/q/y", root + b"/zz"}
    whole = Journal(root_job)
    whole.take(discovered(data, root_job))
    assert len(whole.failed) == (9 if follow else 12)
    for lives in range(1 if after else 2, 12):
        journal = survive(data, root_job, lives, after=after)
        assert found_in(journal.spawned) == found_in(whole.spawned)
        assert journal.counts == whole.counts
        assert journal.failed == whole.failed
        assert set(vanished_in(journal.spawned)) == set(vanished_in(whole.spawned))


def test_stop(data: Path, music: Path) -> None:
    """Asked to stop it stops soon, with nothing booked that no checkpoint tells."""
    root = root_of(tree(music, *many(600, 6)))
    ctx = FakeContext(data, stop_at=300)
    with pytest.raises(Stopped):
        ended(discover.run(root, ctx))
    rest = FakeContext(data)
    ended(discover.run(ctx.checkpoints[-1], rest))  # type: ignore[arg-type]
    assert len(found_in(ctx.spawned)) + len(found_in(rest.spawned)) == 600
    assert len(set(found_in(ctx.spawned + rest.spawned))) == 600


def test_changes_while_stopped(data: Path, music: Path) -> None:
    """When the folder of the cursor is gone at the restart the walk goes on behind it."""
    root = root_of(tree(music, *many(600, 6)))
    first = discovered(data, root)
    cursor: Any = next(c for c in first.checkpoints if c.cursor[0] == b"001")
    (music / "001").rename(music / "001gone")
    rest = FakeContext(data)
    ended(discover.run(cursor, rest))
    assert {p.split(b"/")[0] for p in below(root.path, rest.spawned)} == {
        *(b"001gone", b"002", b"003", b"004", b"005"),
    }


def test_many_vanished(data: Path, music: Path) -> None:
    """Gone files are handed over in portions that a job can carry, also across crashes."""
    root = tree(music, *many(1200, 3))
    scan(data, root_of(root))
    for file in music.glob("00[01]/*.mp3"):
        file.unlink()
    for lives in (None, 2, 3, 4, 5):
        root_job = root_of(root, force=True)
        journal = Journal(root_job)
        if lives is None:
            journal.take(discovered(data, root_job))
        else:
            journal = survive(data, root_job, lives, after=True)
        parts = [s["payload"].vanished for s in journal.spawned if s["payload"].vanished]
        assert len({path for part in parts for path in part}) == 800
        assert all(len(part) <= discover.VANISHED_FILES for part in parts)
        assert len(found_in(journal.spawned)) == 400
