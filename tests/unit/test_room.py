"""The room in which stages hand each other things, and who may remove it."""

import os
from pathlib import Path

import pytest

from soniq_tui.host import room as rooms


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rooms, "PLACES", (tmp_path,))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    found, _ = rooms.prepare(tmp_path / "data")
    rooms.open_board(found).close()
    return found


def test_a_room_stays_that_another_host_is_in(room: Path) -> None:
    """A data directory was removed and made anew: two hosts have the same room for a moment."""
    mine, theirs = rooms.hold(room), rooms.hold(room)
    os.close(mine)
    rooms.leave(room)
    assert (room / rooms.BOARD).exists()
    os.close(theirs)
    rooms.leave(room)
    assert not room.exists()


def test_a_room_that_is_gone_is_left_and_made_anew(room: Path) -> None:
    """Another host may remove it between two looks."""
    rooms.leave(room)
    rooms.leave(room)
    assert not room.exists()
    os.close(rooms.hold(room))
    assert room.stat().st_mode & 0o777 == 0o700
