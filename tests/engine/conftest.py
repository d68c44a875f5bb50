"""A blocking call of ours on the event loop fails the test; journals fail when told to."""

import inspect
from collections.abc import Iterator

import pytest
from blockbuster import blockbuster_ctx

from soniq_tui.engine import journal
from tests.engine.faults import Faults, Faulty


@pytest.fixture(autouse=True)
def no_blocking(request: pytest.FixtureRequest) -> Iterator[None]:
    if not inspect.iscoroutinefunction(request.function):
        yield
        return
    with blockbuster_ctx("soniq_tui") as blocking:
        for function in blocking.functions.values():
            # The journal is opened before anything runs, so there is nobody to hold up.
            function.can_block_in("soniq_tui/engine/journal.py", "__init__")
            # /proc is answered by the kernel at once.
            function.can_block_in("soniq_tui/engine/load.py", {"__init__", "sample"})
        yield


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    """Let what a journal asks of its file fail as one says."""
    found = Faults()
    for name in ("connect", "reconnect"):
        real = getattr(journal, name)
        monkeypatch.setattr(journal, name, lambda path, real=real: Faulty(real(path), found))
    return found
