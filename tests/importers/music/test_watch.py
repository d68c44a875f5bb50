"""Watching: what changes on a real disk comes to the catalogue while the stage goes on."""

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from soniq_tui.importers.base import Stopped
from soniq_tui.importers.music import store
from soniq_tui.importers.music.discovery import disks, listen, watch
from soniq_tui.importers.music.words import Root, fault_mark
from soniq_tui.model.job import ErrorKind
from tests.importers.fakes import FakeContext, ended
from tests.importers.music.library import end_scan, insert, many, read, root_of, scan, tree

SOON_S = 5.0


class Engine(FakeContext):
    """A context that has all done at once that the stage hands over, until it is told to stop."""

    def __init__(self, data: Path, broken: dict[bytes, str] | None = None) -> None:
        super().__init__(data)
        self.broken = broken or {}
        self.stopping = threading.Event()
        self.beats: list[float] = []
        """On a clock that stands still while this context writes: then the stage is not silent."""
        self.wrote_s = 0.0
        self.all: list[dict[str, Any]] = []

    def progress(self, done: int, total: int) -> None:
        self.beats.append(time.monotonic() - self.wrote_s)
        if self.stopping.is_set():
            raise Stopped

    def checkpoint(self, payload: msgspec.Struct) -> None:
        began_s = time.monotonic()
        super().checkpoint(msgspec.msgpack.decode(msgspec.msgpack.encode(payload), type=Root))
        spawned, self.spawned = self.spawned, []
        for spawn in spawned:
            if spawn["stage"] == "close":
                end_scan(self.data_dir)
                self.all.append(spawn)
            else:
                self.all.append(spawn)  # who sees what is written counts what was read
                insert(self.data_dir, read(spawn["payload"], self.broken))
        self.wrote_s += time.monotonic() - began_s

    def read_files(self) -> list[bytes]:
        chunks = [spawn["payload"] for spawn in self.all if spawn["stage"] == "extract"]
        return [f.path + b"/" + file.name for c in chunks for f in c.folders for file in f.files]


class Watched:
    """A watch that runs in a thread."""

    def __init__(self, root: Root, engine: Engine) -> None:
        self.engine = engine
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, args=(root,), daemon=True)
        self.thread.start()
        self.until(lambda: any(getattr(p, "settled", False) for p in engine.checkpoints))

    def _run(self, root: Root) -> None:
        try:
            ended(watch.run(root, self.engine))
        except Stopped:
            pass
        except BaseException as exc:  # noqa: BLE001  shown by the test
            self.error = exc

    def until(self, true: Callable[[], bool], within_s: float = SOON_S) -> None:
        end_s = time.monotonic() + within_s
        while not true():
            assert self.error is None, repr(self.error)
            assert time.monotonic() < end_s, "it did not come true"
            time.sleep(0.02)

    def stop(self) -> None:
        self.engine.stopping.set()
        self.thread.join(5)
        assert not self.thread.is_alive()
        assert self.error is None, repr(self.error)


@pytest.fixture(autouse=True)
def _hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "QUIET_S", 0.2)
    monkeypatch.setattr(watch, "LOOK_S", 0.2)
    monkeypatch.setattr(listen, "BEAT_MS", 100)


@pytest.fixture
def watched(data: Path, music: Path) -> Iterator[Callable[..., Watched]]:
    running: list[Watched] = []

    def start(
        *names: str, root: Root | None = None, engine: Engine | None = None, **options: Any
    ) -> Watched:
        path = tree(music, *names)
        root = root or root_of(path, watch=True, **options)
        running.append(Watched(root, engine or Engine(data)))
        return running[-1]

    yield start
    for each in running:
        each.engine.stopping.set()
        each.thread.join(5)


def there(data: Path, music: Path) -> dict[str, int]:
    """Return the number of each file that is there, by its path below the music."""
    rows = store.writer(data).execute("SELECT path, id FROM file WHERE NOT missing").fetchall()
    return {os.fsdecode(path)[len(str(music)) + 1 :]: number for path, number in rows}


def test_changes(data: Path, music: Path, watched: Callable[..., Watched]) -> None:
    """New, changed, deleted and moved files and folders are seen within seconds."""
    run = watched("a/1.mp3", "a/2.mp3", "b/1.mp3")
    assert there(data, music) == {"a/1.mp3": 1, "a/2.mp3": 2, "b/1.mp3": 3}
    (music / "a/3.mp3").write_bytes(b"new")
    run.until(lambda: "a/3.mp3" in there(data, music))
    (music / "c/d").mkdir(parents=True)
    (music / "c/d/1.mp3").write_bytes(b"in a new folder")
    run.until(lambda: "c/d/1.mp3" in there(data, music))
    reads = len(run.engine.read_files())
    assert reads == 5
    os.utime(music / "a/1.mp3", ns=(5, 5))
    run.until(lambda: len(run.engine.read_files()) > reads)
    (music / "a/2.mp3").unlink()
    run.until(lambda: "a/2.mp3" not in there(data, music))
    (music / "c").rename(music / "b/moved")
    run.until(lambda: there(data, music).get("b/moved/d/1.mp3") == 5)
    shutil.rmtree(music / "b")
    run.until(lambda: set(there(data, music)) == {"a/1.mp3", "a/3.mp3"})
    assert len(run.engine.read_files()) == reads + 1
    assert not run.engine.failed
    run.stop()
    gaps = [b - a for a, b in zip(run.engine.beats, run.engine.beats[1:], strict=False)]
    assert max(gaps) < 1


def test_a_change_under_another_name(
    data: Path, music: Path, watched: Callable[..., Watched]
) -> None:
    """A file that is changed where it lies is read again under all its names."""
    root = tree(music, "a/1.mp3", "c/3.mp3", "b/")
    (music / "b/2.mp3").hardlink_to(music / "a/1.mp3")
    run = watched()
    store.writer(data).execute(
        "INSERT INTO file SELECT 9, CAST(path || x'0039' AS BLOB), 0, 0, 0, inode, 0, 1, 1.0, 0"
        " FROM file WHERE id = 1"
    )
    with (music / "a/1.mp3").open("ab") as file:
        file.write(b"more")
    run.until(lambda: len(run.engine.read_files()) == 5)
    assert sorted(run.engine.read_files()[3:]) == [root + b"/a/1.mp3", root + b"/b/2.mp3"]
    run.stop()


def test_watches_some(data: Path, music: Path, watched: Callable[..., Watched]) -> None:
    """With globs what they let in is followed, when it goes, too; nothing else is looked at."""
    run = watched("a/1.mp3", "a/1.ogg", "a/2.mp3", include=("*.mp3",))
    (music / "a/1.mp3").unlink()
    (music / "a/1.ogg").unlink()
    run.until(lambda: set(there(data, music)) == {"a/2.mp3"})
    (music / "a/2.mp3").rename(music / "a/3.mp3")
    (music / "a/3.ogg").write_bytes(b"x")
    run.until(lambda: there(data, music) == {"a/3.mp3": 2})
    run.stop()


def test_goes_and_comes_and_goes(data: Path, music: Path, watched: Callable[..., Watched]) -> None:
    """The same file may go and come back any number of times: no job takes another for itself."""
    run = watched(*many(10))
    file, away = music / "000/00003.mp3", music.parent / "away.mp3"
    for _ in range(3):
        file.rename(away)
        run.until(lambda: len(there(data, music)) == 9)
        away.rename(file)
        run.until(lambda: len(there(data, music)) == 10)
    run.stop()
    keys = [spawn["key"] for spawn in run.engine.all]
    assert len(set(keys)) == len(keys)


def test_pictures_and_marks(data: Path, music: Path, watched: Callable[..., Watched]) -> None:
    """A cover has its folder and those of its discs read, a mark is heeded, the rest is nothing."""
    run = watched("a/1.mp3", "a/CD1/1.mp3", "b/1.mp3", "b/c/1.mp3")
    read_first = len(run.engine.read_files())
    (music / "a/cover.jpg").write_bytes(b"picture")
    run.until(lambda: len(run.engine.read_files()) == read_first + 2)
    rounds = len(run.engine.checkpoints)
    (music / "a/notes.txt").write_bytes(b"text")
    (music / ".hidden").mkdir()
    (music / ".hidden/1.mp3").write_bytes(b"x")
    (music / "b/.nomedia").touch()
    run.until(lambda: len(run.engine.checkpoints) > rounds)
    (music / "b/c/2.mp3").write_bytes(b"ignored")
    (music / "a/2.mp3").write_bytes(b"seen")
    run.until(lambda: "a/2.mp3" in there(data, music))
    assert {"b/c/2.mp3", ".hidden/1.mp3"}.isdisjoint(there(data, music))
    run.stop()


def test_name_that_is_no_text(data: Path, music: Path, watched: Callable[..., Watched]) -> None:
    """Names that watchfiles cannot tell have all walked, and the watch goes on."""
    run = watched("a/1.mp3")
    for name in (b"caf\xe9.mp3", b"\xff.mp3"):
        (music / os.fsdecode(name)).write_bytes(b"x")
        run.until(lambda name=name: os.fsdecode(name) in there(data, music))  # type: ignore[misc]
    (music / "a/2.mp3").write_bytes(b"x")
    run.until(lambda: "a/2.mp3" in there(data, music))
    run.stop()
    assert not run.engine.failed


def test_closes(data: Path, music: Path, watched: Callable[..., Watched]) -> None:
    """What a scan does at its end is done when the catalogue has come to rest, and not again."""
    run = watched("a/1.mp3")
    run.until(lambda: [s["stage"] for s in run.engine.all].count("close") == 1)
    (music / "a/2.mp3").write_bytes(b"x")
    run.until(lambda: [s["stage"] for s in run.engine.all].count("close") == 2)
    searched = "SELECT count(*) FROM search"
    assert store.writer(data).execute(searched).fetchone() == (2,)
    time.sleep(1)
    assert [s["stage"] for s in run.engine.all].count("close") == 2
    run.stop()


def test_resumed(data: Path, music: Path, watched: Callable[..., Watched]) -> None:
    """After a stop all is walked again, counted once, then watched again."""
    first = watched("a/1.mp3", "a/2.mp3", "no/x.mp3")
    assert first.engine.counts["found"] == 0
    first.stop()
    (music / "a/3.mp3").write_bytes(b"while nobody watched")
    (music / "a/2.mp3").unlink()
    payload: Any = first.engine.checkpoints[-1]
    second = watched(root=payload)
    second.until(lambda: set(there(data, music)) == {"a/1.mp3", "a/3.mp3", "no/x.mp3"})
    assert second.engine.counts == {"done": 0, "skipped": 0, "found": 0}
    (music / "a/4.mp3").write_bytes(b"x")
    second.until(lambda: "a/4.mp3" in there(data, music))
    second.stop()


def test_crashed_half_way(data: Path, music: Path, watched: Callable[..., Watched]) -> None:
    """After a crash within the first walk what lies before the cursor is looked at as well."""
    root = root_of(tree(music, "a/1.mp3", "b/1.mp3"), watch=True)
    run = watched(root=msgspec.structs.replace(root, cursor=(b"a", b"1.mp3")))
    run.until(lambda: set(there(data, music)) == {"a/1.mp3", "b/1.mp3"})
    run.stop()


def test_disk_goes_away(data: Path, music: Path, watched: Callable[..., Watched]) -> None:
    """When the folder is gone nothing is marked and it is told once; back again all goes on."""
    run = watched(*many(30))
    music.rename(music.parent / "unplugged")
    run.until(lambda: bool(run.engine.failed))
    time.sleep(1)
    assert [(f[0], f[1]) for f in run.engine.failed] == [(str(music), ErrorKind.VANISHED)]
    assert len(there(data, music)) == 30
    (music.parent / "unplugged").rename(music)
    (music / "new.mp3").write_bytes(b"x")
    run.until(lambda: "new.mp3" in there(data, music))
    assert len(there(data, music)) == 31
    run.until(lambda: not run.engine.failed)
    run.stop()


@pytest.mark.parametrize("why", ["mount", "limit"])
def test_deaf(
    data: Path,
    music: Path,
    watched: Callable[..., Watched],
    monkeypatch: pytest.MonkeyPatch,
    why: str,
) -> None:
    """Where nothing can be heard all is walked from time to time, and that is said."""
    monkeypatch.setattr(watch, "SWEEP_S", 0.5)
    if why == "mount":
        monkeypatch.setattr(listen.disks, "notifies", lambda _: False)
        monkeypatch.setattr(listen.disks, "kind", lambda _: "nfs4")
    else:
        import watchfiles

        def full(*_: object, **__: object) -> Iterator[object]:
            raise OSError(errno.ENOSPC, "OS file watch limit reached.")
            yield

        monkeypatch.setattr(watchfiles, "watch", full)
    run = watched("a/1.mp3")
    (music / "a/2.mp3").write_bytes(b"x")
    run.until(lambda: "a/2.mp3" in there(data, music))
    (music / "a/1.mp3").unlink()
    run.until(lambda: set(there(data, music)) == {"a/2.mp3"})
    run.stop()
    ((item, kind, reason),) = run.engine.failed
    assert (item, kind) == (str(music), ErrorKind.UNSUPPORTED)
    assert ("nfs4 does not tell" in reason) == (why == "mount")
    assert ("fs.inotify.max_user_watches is" in reason) == (why == "limit")


def test_broken_files_are_told_once(
    data: Path, music: Path, watched: Callable[..., Watched]
) -> None:
    """A file that cannot be read fails once, not at each round."""
    engine = Engine(data, broken={b"2.mp3": "corrupt"})
    run = watched("a/1.mp3", "a/2.mp3", engine=engine)
    (music / "a/3.mp3").write_bytes(b"x")
    run.until(lambda: "a/3.mp3" in there(data, music))
    run.stop()
    assert sorted(engine.read_files()) == [os.fsencode(music / f"a/{n}.mp3") for n in (1, 2, 3)]


def test_what_was_known_to_be_broken_counts_until_it_is_mended(
    data: Path, music: Path, watched: Callable[..., Watched]
) -> None:
    """It is told at the beginning, stands while it is as it was, also after a restart."""
    engine = Engine(data, broken={b"bad.mp3": "corrupt", b"worse.mp3": "corrupt"})
    scan(data, root_of(tree(music, "a/1.mp3", "a/bad.mp3", "a/worse.mp3")), broken=engine.broken)
    run = watched(engine=engine)

    def failed() -> list[str]:
        return sorted(item.rpartition("/")[2] for item, *_ in engine.failed)

    assert failed() == ["bad.mp3", "worse.mp3"]
    (music / "a/2.mp3").write_bytes(b"x")
    run.until(lambda: "a/2.mp3" in there(data, music))
    run.stop()
    assert failed() == ["bad.mp3", "worse.mp3"]
    engine.stopping.clear()
    run = watched(root=engine.checkpoints[-1], engine=engine)
    engine.broken = {b"worse.mp3": "corrupt"}
    (music / "a/bad.mp3").write_bytes(b"another")
    run.until(lambda: "a/bad.mp3" in there(data, music))
    run.until(lambda: failed() == ["worse.mp3"])
    read = len(engine.read_files())
    (music / "a/worse.mp3").chmod(0o600)
    run.until(lambda: len(engine.read_files()) > read)  # its job tells it now
    run.until(lambda: not failed())
    run.stop()
    assert [file.told for spawn in engine.all if spawn["stage"] == "extract"
            for folder in spawn["payload"].folders for file in folder.files
            if file.name == b"worse.mp3"] == [0]  # fmt: skip


@pytest.mark.parametrize("kind", ["corrupt", "unreadable"])
def test_what_the_jobs_of_a_watch_tell_is_not_told_by_its_walks(
    data: Path, music: Path, watched: Callable[..., Watched], kind: str
) -> None:
    """By a version before they told all; a file that may be read by now is for a job, as ever."""
    broken = {b"bad.mp3": kind}
    root = msgspec.structs.replace(root_of(tree(music, "a/1.mp3", "a/bad.mp3")), settled=True)
    scan(data, msgspec.structs.replace(root, settled=False), broken=broken)
    engine = Engine(data, broken=broken)
    begun = 0.0 if kind == "corrupt" else time.time()
    run = watched(root=msgspec.structs.replace(root, began_s=begun), engine=engine)
    (music / "a/2.mp3").write_bytes(b"x")
    run.until(lambda: "a/2.mp3" in there(data, music))
    run.stop()
    assert not engine.failed


def test_what_is_not_there_is_taken_back_when_it_is(
    data: Path, music: Path, watched: Callable[..., Watched]
) -> None:
    """That much is missing is told as it is now, one time, and no more when all is back."""
    run = watched(*(f"x/{name}" for name in many(20, 2)), *(f"{n % 2}/{n}.mp3" for n in range(21)))
    away = music.parent / "away"
    away.mkdir()

    def told() -> list[str]:
        return [reason.partition(" known")[0] for *_, reason in run.engine.failed]

    (music / "x").rename(away / "x")
    run.until(lambda: told() == ["20 of 41"])
    (music / "1").rename(away / "1")
    run.until(lambda: told() == ["30 of 41"])
    (away / "1").rename(music / "1")
    run.until(lambda: told() == ["20 of 41"])
    assert run.engine.counts["found"] == 1
    (away / "x").rename(music / "x")
    run.until(lambda: told() == [])
    assert run.engine.counts["found"] == 0
    assert len(there(data, music)) == 41
    run.stop()


def test_a_disk_below_the_root_comes_back_unheard(
    data: Path, music: Path, watched: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel tells of no mount; after it what changes on that disk is heard as before."""
    monkeypatch.setattr(watch, "SWEEP_S", 0.5)
    run = watched(*(f"x/{name}" for name in many(20, 2)), *(f"a/{n}.mp3" for n in range(21)))
    away = music.parent / "away"
    (music / "x").rename(away)
    run.until(lambda: len(run.engine.failed) == 1)
    listening: list[bytes] = []
    hear = watch.Listener

    def listener(root: bytes) -> listen.Listener:
        listening.append(root)
        return hear(root)

    monkeypatch.setattr(watch, "Listener", listener)
    with monkeypatch.context() as unheard:
        unheard.setattr(watch.Watch, "_folders", lambda *_: {})
        away.rename(music / "x")
        run.until(lambda: not run.engine.failed)
        assert listening
    (music / "x/000/new.mp3").write_bytes(b"x")
    run.until(lambda: "x/000/new.mp3" in there(data, music))
    run.stop()


def test_a_disk_that_is_mounted_or_not_below_the_root(
    data: Path, music: Path, watched: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All is walked soon, though nothing was heard and nothing is in doubt; then it is heard."""
    mounts: list[frozenset[tuple[bytes, str]]] = [frozenset()]
    looks: list[None] = []
    monkeypatch.setattr(disks, "below", lambda _: looks.append(None) or mounts[-1])
    run = watched("a/1.mp3")
    listening: list[bytes] = []
    hear = watch.Listener
    monkeypatch.setattr(watch, "Listener", lambda root: listening.append(root) or hear(root))
    with monkeypatch.context() as unheard:
        unheard.setattr(watch.Watch, "_folders", lambda *_: {})
        tree(music, "x/2.mp3")
        mounts.append(frozenset({(os.fsencode(music / "x"), "8:1")}))
        run.until(lambda: "x/2.mp3" in there(data, music))
    assert len(listening) == 1
    looked = len(looks)
    run.until(lambda: len(looks) > looked + 3)
    assert len(listening) == 1
    run.stop()


def test_a_disk_that_is_back_before_anybody_looks(
    data: Path, music: Path, watched: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is mounted or unmounted has the disks looked at, and all is listened to anew."""
    mounts = [frozenset({(os.fsencode(music / "x"), "8:1")})]
    changes = ["unmounted"]
    looked = threading.Event()

    def changed(_: disks.Mounting) -> bool:
        if not looked.is_set() or not changes:
            return False
        mounts.append(frozenset() if changes.pop() == "unmounted" else mounts[0])
        return True

    monkeypatch.setattr(watch, "LOOK_S", 60.0)
    monkeypatch.setattr(disks, "below", lambda _: mounts[-1])
    monkeypatch.setattr(disks.Mounting, "changed", changed)
    run = watched("a/1.mp3")
    listening: list[bytes] = []
    hear = watch.Listener
    monkeypatch.setattr(watch, "Listener", lambda root: listening.append(root) or hear(root))
    looked.set()
    run.until(lambda: len(listening) == 1)
    changes.append("mounted")
    run.until(lambda: len(listening) == 2)
    run.stop()


class Failing(Engine):
    """All jobs look for their files in vain, as long as the disk is away."""

    lost = 0
    away = False

    def checkpoint(self, payload: msgspec.Struct) -> None:
        if self.away:
            self.lost += len(self.spawned)
            self.spawned = []
        super().checkpoint(payload)


@pytest.mark.parametrize("unplugged", [True, False])
def test_what_was_handed_over_while_the_disk_was_away(
    data: Path, music: Path, watched: Callable[..., Watched], monkeypatch: pytest.MonkeyPatch,
    *, unplugged: bool,
) -> None:  # fmt: skip
    """Nothing came of it, so it is handed over again when the disk is back: root, or below it."""
    mounts: list[frozenset[tuple[bytes, str]]] = [frozenset()]
    monkeypatch.setattr(disks, "below", lambda _: mounts[-1])
    engine = Failing(data)
    run = watched("a/1.mp3", "a/2.mp3", engine=engine)
    engine.away = True
    (music / "a/1.mp3").rename(music / "a/moved.mp3")
    (music / "a/new.mp3").write_bytes(b"new")
    run.until(lambda: engine.lost > 0)
    engine.away = False
    if unplugged:
        mounts.append(frozenset({(os.fsencode(music / "a"), "8:1")}))
    else:
        music.rename(music.parent / "away")
        (music.parent / "away").rename(music)
    run.until(lambda: set(there(data, music)) == {"a/2.mp3", "a/moved.mp3", "a/new.mp3"})
    run.stop()


def test_faults_of_others_stand(
    data: Path, music: Path, watched: Callable[..., Watched], forbidden: set[bytes]
) -> None:
    """A folder that can be read by now counts no more; one that was not looked at stays booked."""
    root = tree(music, "a/1.mp3", "b/1.mp3", "c/d/1.mp3")
    forbidden |= {root + b"/a", root + b"/b", root + b"/c/d"}
    run = watched("c/1.mp3")
    run.until(lambda: len(run.engine.failed) == 3)
    forbidden.discard(root + b"/a")
    (music / "a/2.mp3").write_bytes(b"x")
    (music / "a").chmod(0o700)
    run.until(lambda: "a/2.mp3" in there(data, music))
    stand = [str(music / "b"), str(music / "c/d")]
    run.until(lambda: [item for item, *_ in run.engine.failed] == stand)
    for name in ("c/2.mp3", "c/3.mp3"):  # when there is word of the second, the first is done with
        (music / name).write_bytes(b"x")
        run.until(lambda: name in there(data, music))  # noqa: B023  waited for at once
    assert [item for item, *_ in run.engine.failed] == stand
    run.stop()


def test_an_earlier_run_has_booked_no_more(
    data: Path, music: Path, watched: Callable[..., Watched], forbidden: set[bytes]
) -> None:
    """What an earlier run of the job has booked is taken back by one that goes on with it."""
    root = tree(music, "a/1.mp3", "b/1.mp3")
    forbidden.add(root + b"/a")
    first = watched("a/1.mp3")
    first.stop()
    assert len(first.engine.failed) == 1
    engine = Engine(data)
    engine.failed, engine.counts["found"] = first.engine.failed, 1
    payload: Any = first.engine.checkpoints[-1]
    watched(root=payload, engine=engine).stop()
    assert [item for item, *_ in engine.failed] == [str(music / "a")]
    assert engine.counts["found"] == 1


def test_the_same_fault_is_not_told_again(
    data: Path, music: Path, watched: Callable[..., Watched]
) -> None:
    """A broken file that is touched, or goes and comes back, is marked as told, unless changed."""
    engine = Engine(data, broken={b"bad.mp3": "corrupt"})
    run = watched(*many(10), "000/bad.mp3", engine=engine)
    bad, away = music / "000/bad.mp3", music.parent / "bad.mp3"

    def told() -> list[bool]:
        chunks = [spawn["payload"] for spawn in engine.all if spawn["stage"] == "extract"]
        refs = [file for c in chunks for f in c.folders for file in f.files]
        return [file.told == fault_mark("corrupt", "no good") for file in refs
                if file.name == b"bad.mp3"]  # fmt: skip

    assert told() == [False]
    bad.chmod(0o600)
    run.until(lambda: told() == [False, True])
    bad.rename(away)
    run.until(lambda: not store.broken(data, bytes(music)))
    away.rename(bad)
    run.until(lambda: told() == [False, True, True])
    run.until(lambda: bool(store.broken(data, bytes(music))))
    bad.write_bytes(b"another content")
    run.until(lambda: told() == [False, True, True, False])
    run.stop()


def test_folders_to_walk(data: Path, music: Path) -> None:
    """Changes come down to few folders: the topmost that are there, as deep as needed."""
    root = tree(music, "a/b/1.mp3", "a/b/c/1.mp3", "d/1.mp3", "e/.ndignore")
    watching = watch.Watch(root_of(root, watch=True), FakeContext(data))

    def folders(*names: str) -> dict[str, bool] | None:
        found = watching._folders({root + b"/" + os.fsencode(name) for name in names})
        return found and {os.fsdecode(path[len(root) + 1 :]): deep for path, deep in found.items()}

    assert folders("a/b/1.mp3", "d/1.mp3") == {"a/b": False, "d": False}
    assert folders("a/b", "a/b/c/1.mp3") == {"a/b": True}
    assert folders("a/x/y/z.mp3") == {"a": False, "a/x": True}
    assert folders("e/.ndignore") == {"e": True}
    assert folders(".git/x.mp3", "a/.x/y/z.mp3", "a/.1.mp3", "../other.mp3") == {}
    assert folders("gone.mp3") == {"": False, "gone.mp3": True}
    (music / "note.txt").write_bytes(b"")
    assert folders("note.txt") == {}
    assert folders(*(str(n) for n in range(watch.CHANGED_MOST + 1))) is None
    assert watching._folders({root}) is None


def test_asks_the_catalogue_once(data: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is owing takes all albums to be looked at: it is asked once after each change."""
    root = root_of(tree(music, "a/1.mp3"), watch=True)
    scan(data, root)
    asked: list[str] = []

    class Asked(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            asked.append(name)
            return super().__getitem__(name)

    monkeypatch.setattr(watch, "SQL", Asked(store.SQL))
    ctx = FakeContext(data)
    catalogue = watch._Catalogue(ctx)
    for _ in range(5):
        catalogue.look(root)
    assert asked.count("owing") == 1
    store.writer(data).execute("UPDATE album SET settled = 0")
    for _ in range(5):
        catalogue.look(root)
    assert asked.count("owing") == 2
    assert [spawn["stage"] for spawn in ctx.spawned] == ["close"]
    end_scan(data)
    for _ in range(5):
        catalogue.look(root)
    store.writer(data).execute("UPDATE album SET settled = 0")
    for _ in range(5):
        catalogue.look(root)
    assert [spawn["stage"] for spawn in ctx.spawned] == ["close", "close"]
    catalogue.close()


def test_asks_again_where_more_changed_before_it_looked(data: Path, music: Path) -> None:
    """Between two looks all was put in order, and the same is owing again: of a later change."""
    root = root_of(tree(music, "a/1.mp3"), watch=True)
    scan(data, root)
    ctx = FakeContext(data)
    catalogue = watch._Catalogue(ctx)

    def change() -> int:
        store.writer(data).execute("UPDATE album SET settled = 0")
        for _ in range(3):
            catalogue.look(root)
        return len(ctx.spawned)

    assert change() == 1
    assert change() == 1, "it has its turn to come"
    end_scan(data)
    assert change() == 2
    catalogue.close()
