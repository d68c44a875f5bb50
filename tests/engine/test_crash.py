"""What was acknowledged is there, wherever the process was killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.journals import rows

WRITER = """
import asyncio, sys
from pathlib import Path
from soniq_tui.engine.journal import Journal
from tests.engine.journals import a_job, admitted
from soniq_tui.model.events import JobAdmitted

async def main():
    told = lambda what: None
    journal = Journal(Path(sys.argv[1]), on_stored=told, on_failure=told, on_blocked=told)
    await journal.written(admitted())
    for number in range(1, 20):
        await journal.written([JobAdmitted(job=a_job(number))])
        print(number, flush=True)
    await journal.close()

asyncio.run(main())
"""


def run(path: Path, at: str) -> tuple[int, list[int]]:
    """Return how the writer ended, and what it was told to be safe."""
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "TEST_SONIQ_CRASH_AT": at, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", WRITER, path],
        env=env,
        stdout=subprocess.PIPE,
        timeout=50,
        check=False,
    )
    return done.returncode, [int(line) for line in done.stdout.split()]


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
