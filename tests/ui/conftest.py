"""Scrubs what would change a picture, before Textual is imported: themes, colours, time zone."""

import os
import time
from collections.abc import Iterator

_OURS = "TEXTUAL_SNAPSHOT"  # the picture plugin speaks with its workers through the environment
for _name in [n for n in os.environ if n.startswith("TEXTUAL") and not n.startswith(_OURS)]:
    del os.environ[_name]
for _name in ("NO_COLOR", "COLORTERM", "COLORFGBG", "SSH_CONNECTION", "SSH_TTY", "TMUX"):
    os.environ.pop(_name, None)
os.environ.update({"TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "UTC"})
os.environ.pop("LC_ALL", None)
time.tzset()

import pytest  # noqa: E402  the scrubbing has to come first

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
