"""Named points at which a test can have the process killed, as by ``kill -9``.

``TEST_SONIQ_CRASH_AT=journal.before_commit:3`` kills at the third pass of that point. The name of
the variable does not begin as those of settings do: it is none.
"""

import os
import signal

_NAME, _, _PASS = os.environ.get("TEST_SONIQ_CRASH_AT", "").partition(":")
_left = int(_PASS or 1)


def at(name: str) -> None:
    """End the process here if this is the pass of the point that was asked for."""
    global _left  # noqa: PLW0603  a count of one process, which ends with it
    if name == _NAME:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
