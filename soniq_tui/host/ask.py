"""Questions of commands that take something away: asked on a terminal, and nowhere else."""

import sys

from soniq_tui.host import out
from soniq_tui.words import _


def can_ask() -> bool:
    """Say whether somebody can read a question and answer it."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def agreed(question: str) -> bool:
    """Ask on the terminal; whatever is no yes is a no."""
    out.say(question)
    yes = _("yes")
    return sys.stdin.readline().strip().lower() in {"y", "yes", yes, yes[0]}
