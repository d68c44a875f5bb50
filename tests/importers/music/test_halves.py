"""Two processes that walk a library come to the same as one."""

import io
import os
import pickle
import select
import signal
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from soniq_tui.importers.base import Stopped
from soniq_tui.importers.music.discovery import discover, disks, halves
from soniq_tui.importers.music.words import Chunk
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.library import discovered, root_of, scan, tree


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few files be many, and the disk be none that turns."""
    monkeypatch.setattr(halves, "KNOWN_LEAST", 2)
    monkeypatch.setattr(disks, "rotating", lambda _: False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


NAMES = [
    *(f"lib/{artist}/{album}/{n}.mp3" for artist in ("AC", "AC DC", "AC-X", "B", "Zed")
      for album in ("a", "b") for n in range(4)),
    "lib/B/a/cover.jpg",
]  # fmt: skip


def change(music: Path) -> None:
    """Change something of each kind in both halves."""
    for artist in ("AC", "B", "Zed"):
        (music / f"lib/{artist}/a/1.mp3").write_bytes(b"changed")
        (music / f"lib/{artist}/b/2.mp3").unlink()
        (music / f"lib/{artist}/new.mp3").write_bytes(b"new")
    (music / "lib/B/a/cover.jpg").write_bytes(b"another")
    (music / "lib/AC/b/1.mp3").rename(music / "lib/Zed/b/moved.mp3")
    (music / "lib/Zed/b/1.mp3").rename(music / "lib/AC/b/moved.mp3")
    tree(music, "before/1.mp3", "zz/1.mp3", "lib/Zed 2/1.mp3", "lib/AB/1.mp3", "0.mp3")


def said(ctx: FakeContext) -> Any:
    chunks: list[Chunk] = [spawn["payload"] for spawn in ctx.spawned]
    return (
        [(f.path, f.files, f.beside, f.signature) for c in chunks for f in c.folders],
        [moved for c in chunks for moved in c.moved],
        sorted(path for c in chunks for path in c.vanished),
        ctx.counts,
        ctx.failed,
        [spawn["key"] for spawn in ctx.spawned],
    )


def both(data: Path, root: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, int]:
    """Return what one process says and what two say, and how often there were two."""
    halved = []
    real = halves.Half.__init__

    def init(self: halves.Half, *args: Any, **how: Any) -> None:
        halved.append(args)
        real(self, *args, **how)

    ended_early = []
    lost = halves.Lost.__init__

    with monkeypatch.context() as patched:
        patched.setattr(halves.Half, "__init__", init)
        patched.setattr(
            halves.Lost, "__init__", lambda self, *a: ended_early.append(1) or lost(self, *a)
        )
        two = said(discovered(data, root))
        assert not ended_early, "the other process died, and one did the work of both"
        patched.setattr(halves, "cut", lambda *_: None)
        return said(discovered(data, root)), two, len(halved)


@pytest.mark.parametrize("forbid", [(), ("lib/Zed/a",), ("lib/AC/b", "lib/B")])
def test_same_as_one(
    data: Path,
    music: Path,
    monkeypatch: pytest.MonkeyPatch,
    forbidden: set[bytes],
    forbid: tuple[str, ...],
) -> None:
    """All that is handed over, counted and told is the same, in the same order."""
    root = tree(music, *NAMES)
    scan(data, root_of(root), broken={b"3.mp3": "corrupt"})
    change(music)
    forbidden |= {root + b"/" + os.fsencode(name) for name in forbid}
    one, two, halved = both(data, root_of(root), monkeypatch)
    assert halved == 1
    assert one == two


@pytest.mark.parametrize(
    "names",
    [
        ["a/1.mp3", "b/1.mp3", "c.mp3"],
        ["a/1.mp3", "a b/1.mp3", "a b/2.mp3"],
        ["a/1.mp3"],
        ["1.mp3", "2.mp3"],
        ["x/a/1.mp3", "x/b/1.mp3"],
        ["x y/a/1.mp3", "x y/b/1.mp3", "x/z/bad.mp3"],
        ["a/b/1.mp3", "a/b/c/1.mp3", "a/b/d/1.mp3"],
    ],
)
def test_any_shape(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    """Wherever a library divides, or does not, nothing is met twice or left out."""
    root = tree(music, *names)
    scan(data, root_of(root), broken={b"bad.mp3": "corrupt"})
    one, two, _ = both(data, root_of(root), monkeypatch)
    assert one == two
    assert not one[0]


def test_unchanged(data: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an unchanged library nothing is said but how much it is."""
    root = tree(music, *NAMES)
    scan(data, root_of(root))
    one, two, halved = both(data, root_of(root), monkeypatch)
    assert (one, halved) == (two, 1)
    assert two[3] == {"done": 0, "skipped": 40, "found": 40}


@pytest.mark.parametrize("after", [0, 1, 3])
def test_other_process_dies(
    data: Path, music: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """When the other process is killed the first one does its work."""
    root = tree(music, *NAMES)
    scan(data, root_of(root))
    change(music)
    monkeypatch.setattr(halves, "FOLDERS_MOST", 1)
    one, two, _ = both(data, root_of(root), monkeypatch)
    assert one == two
    real = halves._Other._send
    sent = []

    def send(self: Any, **how: bool) -> None:
        if len(sent) == after:
            os.kill(os.getpid(), signal.SIGKILL)
        sent.append(1)
        real(self, **how)

    monkeypatch.setattr(halves._Other, "_send", send)
    died = said(discovered(data, root_of(root)))
    assert [folder[0] for folder in died[0]] == [folder[0] for folder in one[0]]
    assert died[4] == one[4]
    # Told twice of a file that moved out of the other half: its row has the new name by then.
    assert set(died[3]) - {bytes(music / "lib/Zed/b/1.mp3")} == set(one[3])


def test_it_goes_on_while_nobody_takes_what_it_tells(
    data: Path, music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first process is far from the cut, and the other has more to tell than a pipe holds."""
    names = [f"{half}/{'x' * 200} {n}/{n}.mp3" for half in "ab" for n in range(400)]
    root = tree(music, *names)
    at_its_end = tmp_path / "at its end"
    real = halves.Known.rest

    def rest(self: halves.Known) -> halves.Rest:
        at_its_end.touch()
        return real(self)

    monkeypatch.setattr(halves.Known, "rest", rest)
    with halves.Half(root_of(root), FakeContext(data), (b"b",), summed=False) as half:
        until_s = time.monotonic() + 10
        while not at_its_end.exists():
            assert time.monotonic() < until_s, "it waits for somebody who does not come"
            time.sleep(0.01)
        told = list(half.tidings())
    assert len(pickle.dumps(told)) > 64 * 1024
    folders = sorted(os.fsencode(music / name.rpartition("/")[0]) for name in names[400:])
    assert [each.path for each in told[:-1]] == folders


def test_it_waits_when_there_is_much_to_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not taken has its bounds, and nothing is lost at them."""
    most, each = 50_000, 10_000
    monkeypatch.setattr(halves, "UNTAKEN_MOST", most)
    monkeypatch.setattr(halves, "WRITE_BYTES", 7_777)
    waits = threading.Event()

    def until_taken(*ends: Any) -> Any:
        waits.set()
        return select.select(*ends)

    monkeypatch.setattr(halves, "select", SimpleNamespace(select=until_taken))
    read, write = os.pipe()
    words = memoryview(bytearray(24)).cast("q")
    other = halves._Other(root_of(b"/music"), FakeContext(), (b"b",), write, words, summed=False)
    folders = [b"%03d" % n + b"x" * each for n in range(100)]

    def tell() -> None:
        for folder in folders:
            other._tidings = [halves.Same(folder, b"1.mp3", 1)]
            other._send()
        other._send(whole=True)
        os.close(write)

    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    assert waits.wait(10)
    assert most < len(other._untaken) < most + 2 * each
    with os.fdopen(read, "rb") as pipe:
        told = io.BytesIO(pipe.read())
    telling.join(10)
    found = []
    while length := told.read(halves._LENGTH.size):
        found += pickle.loads(told.read(*halves._LENGTH.unpack(length)))  # noqa: S301  our own
    assert [same.path for same in found] == folders


def test_no_more_processes(data: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system allows no other process the first one does all of the work."""
    root = tree(music, *NAMES)
    scan(data, root_of(root))
    change(music)
    one, two, _ = both(data, root_of(root), monkeypatch)
    assert one == two

    def fork() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", fork)
    alone = said(discovered(data, root_of(root)))
    assert alone[:1] + alone[3:6] == one[:1] + one[3:6]


def test_stopped(data: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked to stop, no other process is left."""
    root = tree(music, *NAMES)
    scan(data, root_of(root))
    pids = []
    real = os.fork

    def fork() -> int:
        pids.append(real())
        return pids[-1]

    monkeypatch.setattr(os, "fork", fork)
    with pytest.raises(Stopped):
        ended(discover.run(root_of(root), FakeContext(data, stop_at=0)))
    (pid,) = pids
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
