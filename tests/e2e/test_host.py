"""The host lets go of everything, however it ends."""

import fcntl
import os
import threading
from pathlib import Path

import pytest

from soniq_tui.engine.dispatch import Dispatcher
from soniq_tui.engine.engine import Engine
from soniq_tui.errors import EngineError, HostBusyError, JournalError
from soniq_tui.host import host as hosts
from soniq_tui.host import lock as locks
from soniq_tui.host.host import Host, _memory_room
from soniq_tui.host.lock import HostLock, holder
from soniq_tui.model.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    room = tmp_path / "run"
    room.mkdir()
    monkeypatch.setattr(hosts, "PLACES", ())
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(room))
    return Settings(data_dir=str(tmp_path / "data"))


def nothing_is_held(settings: Settings) -> None:
    """Check that another host could begin at once and finds nothing of this one."""
    assert holder(settings.data_path) is None
    HostLock(settings.data_path).release()
    assert not list(Path(os.environ["XDG_RUNTIME_DIR"]).iterdir())
    names = {thread.name for thread in threading.enumerate()}
    assert not {name for name in names if name == "journal" or name.startswith("reader")}


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


async def test_a_failed_start_keeps_what_an_earlier_host_left_in_memory(
    settings: Settings,
) -> None:
    """What stages of an interrupted batch handed each other survives a start that fails."""
    damage(settings)
    (_memory_room(settings.data_path) / "1-1-0").touch()
    with pytest.raises(JournalError):
        await Host(settings).__aenter__()
    assert (_memory_room(settings.data_path) / "1-1-0").exists()


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
