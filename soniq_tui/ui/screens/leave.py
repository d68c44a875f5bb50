"""What shall become of the work that is running when the person leaves?"""

from soniq_tui.ui import formats
from soniq_tui.ui.screens.ask import Ask
from soniq_tui.ui.situation import Situation
from soniq_tui.ui.view import Line


class Leaving(Ask):
    """Gives ``finish``, ``stop``, ``detach``, or nothing to stay."""

    where = "quit"
    title_text = "quit"

    def __init__(self, now: Situation) -> None:
        snapshot = now.snapshot
        runs = formats.plural(snapshot.active, "job") if snapshot else "work"
        waits = formats.count(snapshot.depth) if snapshot else "0"
        head = f" {runs} running, {waits} waiting. Nothing is lost whatever you choose:"
        lines: list[Line] = [((head, ""),)]
        if now.can_detach:
            lines.append(
                ((" detach  closes this screen only; the work goes on; enter does this", ""),)
            )
        lines += [
            ((" finish  lets what runs end, then stops; the rest goes on at the next start", ""),),
            ((" stop    stops now; the work is kept and goes on at the next start", ""),),
        ]
        super().__init__(lines)

    def do_quit_finish(self) -> None:
        """Finish what runs, then stop."""
        self.dismiss("finish")

    def do_quit_stop(self) -> None:
        """Stop now."""
        self.dismiss("stop")

    def do_quit_detach(self) -> None:
        """Leave the screen only."""
        self.dismiss("detach")

    def do_quit_stay(self) -> None:
        """Stay."""
        self.dismiss("")


class Ending(Leaving):
    """Stop the engine that this console is attached to? Gives ``finish``, ``stop`` or nothing."""

    where = "end"
    title_text = "stop the engine"
