"""A system that allows no further thread, or no further process."""

import threading
from pathlib import Path

import pytest

from soniq_tui.engine.journal import Journal
from soniq_tui.engine.threads import Threads
from soniq_tui.errors import EngineError


def allow(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let only so many further threads be started."""
    start, left = threading.Thread.start, [count]

    def start_if_allowed(thread: threading.Thread) -> None:
        if not left[0]:
            raise RuntimeError("can't start new thread")
        left[0] -= 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_if_allowed)


def test_one_thread_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no second thread can be had, the first does one thing after the other."""
    allow(1, monkeypatch)
    began = threading.Event()
    with Threads(2) as threads:
        threads.begin()
        calls = [threads.submit(began.wait, 0.01), threads.submit(lambda: 2)]
        assert [call.result() for call in calls] == [False, 2]


def test_no_thread_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none the reason is told with the next step, and nothing is run later."""
    ran: list[int] = []
    with monkeypatch.context() as patch:
        allow(0, patch)
        threads = Threads(2)
        with pytest.raises(EngineError, match=r"no further process or thread: .* raise the limit"):
            threads.submit(ran.append, 1)
    threads.submit(ran.append, 2).result()
    threads.shutdown()
    assert ran == [2]


async def test_no_thread_for_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its thread the journal is closed again, and the reason is told."""
    allow(0, monkeypatch)
    path = tmp_path / "journal.db"
    with pytest.raises(EngineError, match="no further process or thread"):
        Journal(path, on_stored=print, on_failure=print)
    assert not path.with_name("journal.db-wal").exists()  # whoever closes last folds it away
