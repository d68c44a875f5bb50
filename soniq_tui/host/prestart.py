"""The process that starts all others, begun as soon as it is known where work will be.

It takes as long to be ready as the engine does, so neither is to wait for the other's imports.
"""

from contextlib import suppress
from pathlib import Path

from soniq_tui.host import room as rooms
from soniq_tui.host.lock import holder
from soniq_tui.runners.starting import Started, mark_of, start

_begun: dict[str, Started] = {}
"""By its mark; there is one at most."""


def begin(data_dir: Path, importer: str) -> None:
    """Start it for a host that is about to be, unless there is one; what fails is told later."""
    with suppress(OSError):
        if holder(data_dir) is None:
            from soniq_tui.runners import forked  # here: whoever finds a host needs none of it

            mark = mark_of(rooms.choose(data_dir)[0] / rooms.BOARD, 1)
            _begun[mark] = forked.start(mark, importer) or start(mark, importer)


def take(board: Path) -> Started | None:
    """Return it to the host that works with this board; one begun for another place is ended."""
    found = _begun.pop(mark_of(board, 1), None)
    drop()
    return found


def drop() -> None:
    """End it: this process is not the host after all."""
    while _begun:
        _begun.popitem()[1].end()
