"""Settles what would change a picture, before Textual is imported: kind of terminal, time zone."""

import os
import time
from collections.abc import Iterator

os.environ.update({"TERM": "xterm-256color", "TZ": "UTC"})
time.tzset()

import pytest  # noqa: E402  that has to come first

from soniq_tui import words  # noqa: E402
from soniq_tui.ui import formats, keys  # noqa: E402
from soniq_tui.ui.environment import prepare  # noqa: E402
from tests.e2e.warm import WARM  # noqa: E402
from tests.ui import fakes  # noqa: E402

prepare()
assert keys.ACTIONS, "what names a key reads the table that this fills, app or not"


@pytest.fixture(scope="session", autouse=True)
def _warm() -> Iterator[None]:
    """End what begins consoles together with the tests."""
    yield
    WARM.end()


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what the fakes tell of have been today."""
    monkeypatch.setattr(formats, "wall_s", lambda: fakes.AT_S)


@pytest.fixture
def french() -> Iterator[None]:
    """Have people read French meanwhile."""
    words.use("fr")
    yield
    words.use("en")
