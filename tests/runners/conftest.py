"""A room with children that know the importer ``trial``; leaves no process behind."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from soniq_tui.runners import template_client
from tests.runners.nursery import NURSERY
from tests.runners.room import Room, offer, state_of


@pytest.fixture(scope="session", autouse=True)
def _nursery() -> Iterator[None]:
    """End what begins templates together with the tests."""
    yield
    NURSERY.end()


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Templates begin as forks; tests of how they start and end have another one of this name."""
    NURSERY.open()  # else the first test that begins one would have that left behind
    monkeypatch.setattr(template_client, "start", NURSERY.start)


@pytest.fixture
def offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Processes started from now on find the importer ``trial``."""
    path = offer(tmp_path / "offer")
    monkeypatch.setenv("PYTHONPATH", path)
    return path


@pytest.fixture
async def room(tmp_path: Path, offered: str, starts: None) -> AsyncIterator[Room]:
    """A room; when the test ends nothing of it may be left."""
    (tmp_path / "room").mkdir()
    room = Room(tmp_path / "room")
    yield room
    template, children = room.template.pid, [pid for r in room.runners for pid in r.pids()]
    await room.close()
    left = [pid for pid in (template, *children) if pid and state_of(pid)]
    assert not left, f"processes of {os.getpid()} are left: {left}"
