"""The slot board."""

import os
import subprocess
import sys
import time

import pytest

from soniq_tui.model.job import Begun
from soniq_tui.runners import board
from soniq_tui.runners.board import (
    CANCEL,
    CELLS,
    GO,
    NOTHING,
    PAUSE,
    Board,
    address,
)
from soniq_tui.runners.processes import Process


@pytest.fixture
def path(tmp_path):
    """Where the board lies."""
    return tmp_path / "board"


@pytest.fixture
def boards(path):
    """The same board as the host and a child have it."""
    host, child = Board(path), Board(path)
    yield host, child
    host.close()
    child.close()


def test_what_a_child_writes_the_host_reads(boards):
    """Job, fence, item and total pass from one mapping to the other at once."""
    host, child = boards
    assert host.read(5) == (0, 0, 0, 0)
    child.begin(5, 2**40, 3)
    assert host.read(5) == (2**40, 3, 0, 0)
    child.step(5, 17, 200, 0)
    assert host.read(5) == (2**40, 3, 17, 200)
    child.begin(5, 2**40 + 1, 1)
    assert host.read(5) == (2**40 + 1, 1, 0, 0)
    child.ended(5)
    assert host.read(5).job_id == 0


def test_the_flag_survives_the_beginning_of_a_job(boards):
    """A stop that was asked for before the child began is seen at its first step."""
    host, child = boards
    mine = address(1, 1)
    host.flag(7, 1, 1, CANCEL)
    child.begin(7, 1, 1)
    assert child.step(7, 0, 10, mine) == CANCEL
    host.flag(7, 1, 1, PAUSE)
    assert child.step(7, 2**32 - 1, 2**32 - 1, mine) == PAUSE
    host.flag(7, 1, 1, GO)
    assert child.step(7, 1, 10, mine) == GO


@pytest.mark.parametrize("flag", [PAUSE, CANCEL])
def test_a_flag_stops_only_the_start_of_the_job_that_it_names(boards, flag):
    """A child that went on to another job, or the same one again, is not meant."""
    host, child = boards
    assert child.step(7, 0, 10, address(2**40, 3)) == GO
    host.flag(7, 2**40, 3, flag)
    assert child.step(7, 1, 10, address(2**40, 3)) == flag
    for other in ((2**40 + 1, 3), (2**40, 4), (2**40, 2), (1, 3), (2**40 - 1, 2**16 + 3)):
        assert child.step(7, 1, 10, address(*other)) == GO


def test_cells_do_not_touch_each_other(boards):
    """Every cell, the last one included, keeps what is its own."""
    host, child = boards
    for cell in range(CELLS):
        host.flag(cell, cell + 1, cell + 2, cell % 3)
        child.begin(cell, cell + 1, cell + 2)
        child.step(cell, cell + 3, cell + 4, 0)
    for cell in range(CELLS):
        assert host.read(cell) == (cell + 1, cell + 2, cell + 3, cell + 4)
        assert child.step(cell, 0, 0, address(cell + 1, cell + 2)) == cell % 3


def test_a_cell_beyond_the_last_is_refused(boards):
    """Nobody writes beside the board."""
    host, child = boards
    with pytest.raises(IndexError):
        child.begin(CELLS, 1, 1)
    with pytest.raises(IndexError):
        host.flag(CELLS, 1, 1, GO)


def test_the_board_of_an_earlier_host_is_taken_over(path):
    """A file that is there is used as it is, whatever its size."""
    path.write_bytes(bytes(64) + b"\x01" + bytes(63))
    taken_over = Board(path)
    assert taken_over.read(0) == (1, 0, 0, 0)
    assert taken_over.read(CELLS - 1) == (0, 0, 0, 0)
    taken_over.close()
    assert path.stat().st_mode & 0o777 in {0o600, 0o644, 0o664}


def test_what_was_begun_and_not_ended_is_told(path, boards):
    """Another host reads which jobs were being run, where they were, and by which processes."""
    host, child = boards
    host.wipe()
    child.template(Process(50, 500))
    for cell, pid in ((0, 60), (3, 61), (CELLS - 1, 62)):
        child.enter(cell, Process(pid, pid * 10))
        child.begin(cell, pid + 1000, 2)
        child.step(cell, 7, 200, 0)
    child.ended(3)
    another = Board(path)
    assert another.begun() == [
        Begun(job_id=1060, fence=2, position=7, total=200),
        Begun(job_id=1062, fence=2, position=7, total=200),
    ]
    assert another.processes() == [(50, 500), (60, 600), (61, 610), (62, 620)]
    another.clear(0)
    assert [one.job_id for one in another.begun()] == [1062]
    another.wipe()
    assert another.begun() == another.processes() == []
    assert host.read(CELLS - 1) == NOTHING
    another.close()


def test_a_board_of_another_boot_accuses_nobody(path, boards, monkeypatch):
    """After a reboot process ids mean nothing, and no job is to blame for the machine's end."""
    host, child = boards
    host.wipe()
    child.template(Process(50, 500))
    child.begin(1, 9, 1)
    assert len(host.begun()) == len(host.processes()) == 1
    monkeypatch.setattr(board, "boot_digest", lambda: 1)
    assert host.begun() == host.processes() == []
    host.wipe()
    assert host.read(1) == NOTHING


def test_a_board_that_nobody_wiped_accuses_nobody(boards):
    """One of an older format, or a new one, tells nothing of earlier hosts."""
    host, child = boards
    child.begin(1, 9, 1)
    assert host.begun() == host.processes() == []


def test_cells_before_the_first_are_refused(boards):
    """The head is not taken for a cell."""
    with pytest.raises(IndexError):
        boards[1].begin(-1, 1, 1)


def test_the_file_is_private(path):
    """A new board can be read by its owner alone."""
    Board(path).close()
    assert path.stat().st_mode & 0o077 == 0


def test_numbers_are_never_seen_half_written(boards, path):
    """A reader beside a busy writer sees pairs that belong together, whatever the moment."""
    host, _ = boards
    code = (
        "import sys, pathlib; from soniq_tui.runners.board import Board\n"
        "board = Board(pathlib.Path(sys.argv[1]))\n"
        "board.begin(0, 7, 7)\n"
        "print(flush=True)\n"
        "for i in range(1, 10**9):\n"
        "    board.step(0, i % 2**24 * 255, i % 2**24 * 255, 0)\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    args = [sys.executable, "-P", "-c", code, str(path)]
    with subprocess.Popen(args, env=env, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        seen, last, until_s = set(), -1, time.monotonic() + 20
        while len(seen) < 1000 and time.monotonic() < until_s:
            work = host.read(0)
            assert work.done == work.total
            if work.done == last:  # the writer has no processor: it may have this one
                time.sleep(0.0001)
            last = work.done
            seen.add(last)
        writer.kill()
    assert len(seen) == 1000
