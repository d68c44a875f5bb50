"""Questions of commands that take something away: asked on a terminal, and nowhere else."""

import sys

from soniq_tui.errors import UsageError
from soniq_tui.host import out
from soniq_tui.words import _, labelled


def can_ask() -> bool:
    """Say whether somebody can read a question and answer it."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def sure(question: str, kept: str, *, silent: bool = False) -> bool:
    """Ask before something is taken away; where nobody agrees say that it is ``kept``.

    Raises:
        UsageError: nobody can be asked, or all is to be ``silent``.
    """
    if silent or not can_ask():
        raise UsageError(labelled(kept, _("nobody can be asked here; --yes does it")))
    if agreed(question):
        return True
    out.say(kept + "\n")
    return False


def agreed(question: str) -> bool:
    """Ask on the terminal; whatever is no yes is a no."""
    out.say(question)
    yes = _("yes")
    return sys.stdin.readline().strip().lower() in {"y", "yes", yes, yes[0]}
