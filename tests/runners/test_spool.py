"""Large data between stages."""

import pytest

from soniq_tui.runners import spool
from soniq_tui.runners.spool import Keeper


def test_what_was_written_is_read(tmp_path):
    """Data comes back as it was, under a name that tells job, run and number."""
    data = bytes(range(256)) * 4000
    assert spool.write(tmp_path, 12, 3, 0, data) == "12-3-0"
    assert spool.read(tmp_path, "12-3-0") == data
    assert spool.write(tmp_path, 12, 3, 1, b"") == "12-3-1"
    assert spool.read(tmp_path, "12-3-1") == b""
    cleared = tmp_path / "cleared"  # as a log-out does it
    spool.write(cleared, 1, 1, 0, data)
    assert (spool.read(cleared, "1-1-0"), cleared.stat().st_mode & 0o777) == (data, 0o700)


@pytest.mark.parametrize(
    "name", ["", "1-2", "../1-2-3", "/etc/passwd", "1-2-3\n", "1-2-3/", "a1-2-3", "1-2-3.part"]
)
def test_other_names_are_refused(tmp_path, name):
    """A name that no stage was given leads nowhere, least of all out of the folder."""
    with pytest.raises(ValueError, match="not the name"):
        spool.read(tmp_path, name)


def test_a_missing_file_is_told_apart(tmp_path):
    """A file that is gone is FileNotFoundError, which sends its job back."""
    with pytest.raises(FileNotFoundError):
        spool.read(tmp_path, "1-1-0")


def test_sweeping_keeps_what_belongs_to_live_jobs(tmp_path):
    """Files of dead jobs go, those of live ones are told by job, strangers are left alone."""
    for job, fence, number in [(1, 1, 0), (1, 1, 1), (2, 1, 0), (12, 4, 0)]:
        spool.write(tmp_path, job, fence, number, b"x")
    (tmp_path / "slots.board").touch()
    (tmp_path / "1-1").touch()
    kept = Keeper(tmp_path).sweep({1, 12})
    assert {job: sorted(names) for job, names in kept.items()} == {
        1: ["1-1-0", "1-1-1"],
        12: ["12-4-0"],
    }
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "1-1", "1-1-0", "1-1-1", "12-4-0", "slots.board",
    ]  # fmt: skip


def test_deleting_is_content_with_what_is_gone(tmp_path):
    """Deleting twice is no error, and names that are not ours delete nothing."""
    name = spool.write(tmp_path, 1, 1, 0, b"x")
    (tmp_path / "slots.board").touch()
    keeper = Keeper(tmp_path)
    for _ in range(2):
        keeper.delete([name, "slots.board", "../room"])
    assert [p.name for p in tmp_path.iterdir()] == ["slots.board"]


def test_the_files_of_one_run_are_dropped_together(tmp_path):
    """Dropping a run takes all its files, and none of another run or of a job like it."""
    for job, fence in [(1, 1), (1, 2), (11, 1), (1, 11)]:
        spool.write(tmp_path, job, fence, 0, b"x")
        spool.write(tmp_path, job, fence, 10, b"x")
    spool.drop_run(tmp_path, 1, 1)
    left = sorted(p.name for p in tmp_path.iterdir())
    assert left == ["1-11-0", "1-11-10", "1-2-0", "1-2-10", "11-1-0", "11-1-10"]
