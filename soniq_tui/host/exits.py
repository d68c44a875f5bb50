"""How a run ends: exit statuses by signal, an error as one line. Light: the console imports it."""

import signal

from soniq_tui.errors import SoniqError
from soniq_tui.host import out
from soniq_tui.model.text import shown
from soniq_tui.words.told import told

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
"""Exit status by the signal that ended a run."""


def explain(error: SoniqError) -> int:
    """Print one line for an error and return its exit status."""
    out.warn(f"soniq-tui: {shown(told(str(error), whole=True))}")
    return error.exit_status
