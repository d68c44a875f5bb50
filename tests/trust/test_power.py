"""The power goes 30 times: what was promised is there when it comes back."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.trust.ledger import Trial
from tests.trust.mounts import cut_disk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CUTS = 30


def test_power_cuts(trial: Callable[..., Trial], tmp_path: Path) -> None:
    """After each of 30 power cuts every promised job is there, and in the end all are done.

    The host is frozen a moment before the cut: else an answer could race with the cut itself, and
    the loss of a promise that nobody had made yet would count.
    """
    chance = random.Random(30)
    with cut_disk(tmp_path) as disk:
        tried = trial(data=disk.place / "data")
        for _ in range(CUTS):
            assert tried.start()
            for _ in range(chance.randint(1, 4)):
                assert tried.submit(chance.choice([1, 20, 60]), 4.0)
                time.sleep(chance.uniform(0.0, 0.1))
            os.kill(tried.alive().pid, signal.SIGSTOP)
            time.sleep(0.03)
            disk.cut()
            tried.kill()
            disk.unmount()
            disk.mount()
        assert tried.start()
        tried.finish()
        tried.judge()
