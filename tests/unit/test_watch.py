"""``watch``: what ends it, and what does not."""

import asyncio
import signal
from pathlib import Path

import pytest

from soniq_tui.api.client import RemoteClient
from soniq_tui.host import watch
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import Snapshot

BEFORE = {signal.SIGHUP: signal.SIG_IGN, signal.SIGTERM: signal.SIG_DFL}
"""As ``nohup`` starts a program."""


class Engine:
    """A client of an engine that has nothing to do."""

    def __init__(self) -> None:
        self.seen: dict[int, object] = {}

    async def snapshot(self) -> Snapshot:
        self.seen = {number: signal.getsignal(number) for number in BEFORE}
        return Snapshot()

    async def close(self) -> None:
        pass


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    found = Engine()

    async def connect(folder: Path) -> Engine:
        return found

    monkeypatch.setattr(RemoteClient, "connect", connect)
    return found


def test_what_is_ignored_stays_ignored(engine: Engine, tmp_path: Path) -> None:
    """A hang-up does not end what was begun to outlive the terminal; then all is as before."""
    known = {number: signal.signal(number, handler) for number, handler in BEFORE.items()}
    try:
        asyncio.run(watch._watch(Settings(data_dir=str(tmp_path)), None, None))
        assert {number: signal.getsignal(number) for number in BEFORE} == BEFORE
    finally:
        for number, handler in known.items():
            signal.signal(number, handler)
    assert engine.seen[signal.SIGHUP] is signal.SIG_IGN
    assert engine.seen[signal.SIGTERM] is not signal.SIG_DFL
