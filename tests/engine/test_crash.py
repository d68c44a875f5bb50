"""What was acknowledged is there, wherever the process was killed."""

import signal
from pathlib import Path

import pytest

from soniq_tui.engine.journal import Journal
from soniq_tui.model.events import JobAdmitted
from tests.engine.journals import a_job, admitted, in_a_fork, rows


def run(path: Path, at: str) -> tuple[int, list[int]]:
    """Return how the writer ended, and what it was told to be safe."""
    safe = path.with_name("safe")

    async def write() -> None:
        def told(_what: object) -> None:
            pass

        journal = Journal(path, on_stored=told, on_failure=told, on_blocked=told)
        await journal.written(admitted())
        with safe.open("w", 1) as file:
            for number in range(1, 20):
                await journal.written([JobAdmitted(job=a_job(number))])
                file.write(f"{number}\n")
        await journal.close()

    status = in_a_fork(write, at)
    return status, [int(line) for line in safe.read_text().split()]


@pytest.mark.parametrize(
    ("point", "unknown"),
    [
        ("journal.before_begin", 0),
        ("journal.before_commit", 0),
        ("journal.after_commit", 1),
        ("journal.before_answer", 1),
    ],
)
@pytest.mark.parametrize("turn", [2, 7])
def test_killed_at_a_point(tmp_path: Path, point: str, unknown: int, turn: int) -> None:
    """No acknowledged fact is missing after a kill; at most the one in hand is there besides."""
    path = tmp_path / "journal.db"
    status, told = run(path, f"{point}:{turn}")
    assert status == -signal.SIGKILL
    assert told == list(range(1, turn - 1))
    found = [row[0] for row in rows(path, "SELECT id FROM job ORDER BY id")]
    assert found == list(range(1, turn - 1 + unknown))
    assert rows(path, "PRAGMA integrity_check") == [("ok",)]


def test_not_killed(tmp_path: Path) -> None:
    """A point that is never passed kills nobody."""
    assert run(tmp_path / "journal.db", "nowhere") == (0, list(range(1, 20)))
