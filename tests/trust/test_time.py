"""The host stands still, the clock jumps: nobody takes that for a death or a time limit."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trust.ledger import Trial

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


def test_host_stopped(trial: Callable[..., Trial]) -> None:
    """A host that was stopped for a while goes on where it was; no attempt is burnt, none lost."""
    tried = trial()
    assert tried.start()
    assert tried.submit(300, 10.0)
    for _ in range(5):
        time.sleep(0.2)
        os.kill(tried.alive().pid, signal.SIGSTOP)
        time.sleep(1.0)
        os.kill(tried.alive().pid, signal.SIGCONT)
    tried.finish()
    tried.judge()
    starts = [e for e in tried.lines() if e.kind == "start"]
    assert len(starts) == 2 * sum(tried.acked.values())


@pytest.mark.parametrize("jump_s", [-400_000_000, -3600, 3600, 400_000_000])
def test_clock_jumps(
    trial: Callable[..., Trial], tmp_path: Path, faults: Path, jump_s: int
) -> None:
    """The clock jumps by an hour or by 12 years, also across a restart: work goes on."""
    tried = trial(LD_PRELOAD=os.fspath(faults), FAULTS=os.fspath(tmp_path / "faults"))
    (tmp_path / "faults").write_text("0 0")
    assert tried.start()
    assert tried.submit(150, 4.0)
    time.sleep(0.3)
    (tmp_path / "faults").write_text(f"0 {jump_s}")
    assert tried.submit(50, 4.0)
    time.sleep(0.3)
    tried.kill()
    assert tried.start()
    (tmp_path / "faults").write_text("0 0")
    tried.finish()
    tried.judge()
    db = sqlite3.connect(tried.data / "journal.db")
    (worst,) = db.execute("SELECT max(worked_s) FROM batch").fetchone()
    db.close()
    assert 0 < worst < 60, "time worked does not come from the wall clock"
