"""The host lets go of everything, however it ends."""

import asyncio
import errno
import fcntl
import os
import signal
import subprocess
import threading
from pathlib import Path

import pytest

from soniq_tui.engine.dispatch import Dispatcher
from soniq_tui.engine.engine import Engine
from soniq_tui.errors import DataDirError, EngineError, HostBusyError, JournalError
from soniq_tui.host import host as hosts
from soniq_tui.host import lock as locks
from soniq_tui.host import prestart
from soniq_tui.host import room as rooms
from soniq_tui.host.host import Host
from soniq_tui.host.lock import HostLock, holder
from soniq_tui.model.commands import Reply
from soniq_tui.model.settings import Settings
from soniq_tui.runners.board import Board


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    room = tmp_path / "run"
    room.mkdir()
    monkeypatch.setattr(rooms, "PLACES", ())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(room))
    return Settings(data_dir=str(tmp_path / "data"))


def nothing_is_held(settings: Settings) -> None:
    """Check that another host could begin at once and finds nothing of this one."""
    assert holder(settings.data_path) is None
    HostLock(settings.data_path).release()
    assert not list(Path(os.environ["XDG_RUNTIME_DIR"]).iterdir())
    for thread in threading.enumerate():
        if thread.name == "journal" or thread.name.startswith("reader"):
            thread.join(10)  # it was told to end, and nobody has waited for it
            assert not thread.is_alive()


def damage(settings: Settings) -> None:
    """Put something there that is no journal."""
    settings.data_path.mkdir()
    (settings.data_path / "journal.db").write_bytes(b"no database" * 1000)


async def test_a_host_comes_and_goes(settings: Settings) -> None:
    """Inside the context the data directory is held, afterwards it is free."""
    async with Host(settings):
        assert holder(settings.data_path) == os.getpid()
        with pytest.raises(HostBusyError, match=f"process {os.getpid()}"):
            HostLock(settings.data_path)
    nothing_is_held(settings)


async def test_a_damaged_journal_releases_everything(settings: Settings) -> None:
    """A host that fails while it opens its journal holds nothing afterwards."""
    damage(settings)
    with pytest.raises(JournalError, match="damaged"):
        await Host(settings).__aenter__()
    nothing_is_held(settings)


async def test_a_failed_restore_releases_everything(settings: Settings, monkeypatch) -> None:
    """A host that fails after its journal is open closes that too."""

    async def fail(*_: object) -> None:
        raise JournalError("as if")

    monkeypatch.setattr(Engine, "restore", fail)
    with pytest.raises(JournalError, match="as if"):
        await Host(settings).__aenter__()
    nothing_is_held(settings)


def environ_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_a_template_begun_early_is_the_hosts(settings: Settings) -> None:
    """What was started before the engine's imports is taken over by the host, and ends with it."""
    prestart.begin(settings.data_path, "music")
    ((mark, begun),) = prestart._begun.items()
    async with Host(settings, soon=True) as host:
        assert prestart._begun == {}
        assert host.engine is not None
        environ = environ_of(begun.process.pid)
        assert f"CHILD_OF_SONIQ={mark}".encode() in environ.split(b"\0")
        assert begun.process.poll() is None
    assert begun.process.returncode == 0


async def test_a_template_begun_for_another_place_is_ended(
    settings: Settings, tmp_path: Path
) -> None:
    """One that was begun for another data directory is no template of this host."""
    prestart.begin(tmp_path / "other", "music")
    (begun,) = prestart._begun.values()
    async with Host(settings):
        assert begun.process.returncode == -signal.SIGKILL


async def test_none_is_begun_beside_a_host(settings: Settings) -> None:
    """Where an engine is at work already nothing is started."""
    async with Host(settings):
        prestart.begin(settings.data_path, "music")
        assert prestart._begun == {}


async def test_a_failed_start_keeps_what_an_earlier_host_left_in_memory(
    settings: Settings,
) -> None:
    """What stages of an interrupted batch handed each other survives a start that fails."""
    damage(settings)
    room, _ = rooms.prepare(settings.data_path)
    (room / "1-1-0").touch()
    with pytest.raises(JournalError):
        await Host(settings).__aenter__()
    assert (room / "1-1-0").exists()


async def test_an_engine_that_fails_is_told_of_and_let_go(settings: Settings, monkeypatch) -> None:
    """A bug in the engine ends in one error that names the log; nothing hangs or stays held."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("as if")

    monkeypatch.setattr(Dispatcher, "dispatch", fail)
    with pytest.raises(EngineError, match=r"ZeroDivisionError: as if.*soniq\.log"):
        async with Host(settings) as host:
            await host.failed
    assert "ZeroDivisionError" in (settings.data_path / "soniq.log").read_text()
    nothing_is_held(settings)


def test_looking_does_not_keep_a_host_away(tmp_path: Path, monkeypatch) -> None:
    """Who asks for the holder shares the lock for a moment; a host tries again meanwhile."""
    fd = os.open(tmp_path / locks.NAME, os.O_RDWR | os.O_CREAT)
    fcntl.flock(fd, fcntl.LOCK_SH)
    monkeypatch.setattr(locks.time, "sleep", lambda _: fcntl.flock(fd, fcntl.LOCK_UN))
    lock = HostLock(tmp_path)
    assert holder(tmp_path) == os.getpid()
    lock.release()
    os.close(fd)


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """Places that have no room left; a test adds to them."""
    places: set[Path] = set()
    statvfs = os.statvfs

    def seen(place: Path) -> os.statvfs_result:
        found = list(statvfs(place))
        if Path(place) in places:
            found[3] = found[4] = 0  # f_bfree, f_bavail
        return os.statvfs_result(found)

    monkeypatch.setattr(rooms.os, "statvfs", seen)
    return places


async def test_a_full_place_is_passed_over(
    settings: Settings, tmp_path: Path, full: set[Path]
) -> None:
    """Where memory is full the data directory serves; it goes again with the host."""
    run = tmp_path / "run"
    full.add(run)
    async with Host(settings):
        assert not list(run.iterdir())
        assert list(settings.data_path.glob("soniq-*/slots.board"))
    full.add(settings.data_path)  # the last resort, whatever it has
    async with Host(settings):
        assert list(settings.data_path.glob("soniq-*/slots.board"))
    nothing_is_held(settings)
    assert not list(settings.data_path.glob("soniq-*"))


async def test_no_room_for_the_board_is_an_error(settings: Settings, monkeypatch) -> None:
    """A place that fills up meanwhile is named in one error; nothing is killed by SIGBUS."""

    def fail(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", fail)
    with pytest.raises(DataDirError, match=r"run/soniq-.*No space left"):
        await Host(settings).__aenter__()
    nothing_is_held(settings)


async def test_a_room_in_another_place_is_taken_over(
    settings: Settings, tmp_path: Path, full: set[Path]
) -> None:
    """What an earlier host left where no room is any more: its board is read, its files move."""
    settings.data_path.mkdir()
    old, others = rooms.prepare(settings.data_path)
    assert (old.parent, others) == (tmp_path / "run", [])
    board = rooms.open_board(old)
    board.wipe()
    board.begin(3, job_id=7, fence=2)
    board.close()
    (old / "7-1-0").write_bytes(b"kept")
    full.add(old.parent)
    room, others = rooms.prepare(settings.data_path)
    assert (room.parent, others) == (settings.data_path, [old])
    board = rooms.open_board(room)
    begun = rooms.take_over(board, others)
    board.close()
    assert [(each.job_id, each.fence) for each in begun.values()] == [(7, 2)]
    assert not old.exists()
    assert (room / "7-1-0").read_bytes() == b"kept"
    rooms.leave(room)
    assert room.exists()
    full.clear()
    assert rooms.prepare(settings.data_path) == (room, [])  # nothing is moved without need


def test_a_tmpfs_that_is_full_kills_nobody(tmp_path: Path) -> None:
    """On a real file system without a free block a board is an error, not SIGBUS."""
    place = tmp_path / "tiny"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(place)]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        with pytest.raises(OSError, match="No space left"):
            Board(place / "slots.board")
    finally:
        subprocess.run(["umount", str(place)], check=True)


async def test_a_death_is_logged_by_the_next_host(settings: Settings) -> None:
    """Who takes over after a death says so in the log; after an end in order nobody does."""
    log = settings.data_path / "soniq.log"
    async with Host(settings):
        pass
    async with Host(settings):
        pass
    assert "died" not in log.read_text()
    (settings.data_path / locks.NAME).write_text('{"pid": 1, "started": 1, "boot": "x"}')
    async with Host(settings):
        pass
    assert "the last host died; 0 jobs had begun, 0 batches are left to finish" in log.read_text()


async def test_a_batch_on_its_way_is_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that works on until nothing is left to do has not done what was just asked for."""
    monkeypatch.setattr(hosts, "CALM_S", 0.0)
    planned = asyncio.Event()

    async def coming() -> Reply:
        await planned.wait()
        return Reply()

    async with Host(settings) as host:
        sender = asyncio.create_task(host.client._orders.arrivals.see_through(coming()))
        await asyncio.sleep(0)
        sender.cancel()
        idle = asyncio.create_task(host.until_idle())
        await asyncio.sleep(0.01)
        assert not idle.done()
        planned.set()
        await idle
