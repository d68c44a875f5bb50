"""``python -m soniq_tui`` is ``soniq-tui``."""

from soniq_tui.cli import main

main()
