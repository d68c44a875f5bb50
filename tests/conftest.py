"""Every test begins in the same world, and leaves nothing of itself behind.

What a person's shell would change (settings, colours, folders) is taken out before anything of ours
is imported, also for the processes that tests start.
"""

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.leftovers import processes, room_in_memory

for _name in list(os.environ):
    # The snapshot plugin tells its workers by TEXTUAL_SNAPSHOT_* where they may write.
    if _name.startswith(("SONIQ_", "TEXTUAL", "XDG_")) and "SNAPSHOT" not in _name:
        del os.environ[_name]
os.environ.pop("NO_COLOR", None)
_HOME = tempfile.mkdtemp(prefix="soniq-tests-")
_RUN = Path(_HOME, "run")
_RUN.mkdir(mode=0o700)
_MARK = uuid.uuid4().hex
# Not XDG_RUNTIME_DIR alone: /dev/shm would be shared with whatever else runs on this machine.
os.environ.update({"HOME": _HOME, "XDG_RUNTIME_DIR": str(_RUN), "TESTS_OF_SONIQ": _MARK})
GONE_S = 5.0
"""So long a process that is ending may take until it is gone."""


@pytest.fixture(scope="session", autouse=True)
def _nothing_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No process outlives the session; home and what interrupted runs left are taken away."""
    yield
    until_s = time.monotonic() + GONE_S
    while (left := processes(_MARK)) and time.monotonic() < until_s:
        time.sleep(0.05)
    shutil.rmtree(_HOME, ignore_errors=True)
    for lock in tmp_path_factory.getbasetemp().rglob("host.lock"):
        shutil.rmtree(room_in_memory(lock.parent), ignore_errors=True)
    assert not left, f"processes left behind: {left}"
