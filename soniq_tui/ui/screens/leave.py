"""What shall become of the work that is running when the person leaves?"""

from soniq_tui.model.snapshot import Snapshot
from soniq_tui.ui import formats
from soniq_tui.ui.screens.ask import Ask
from soniq_tui.ui.situation import Situation, stopped_jobs
from soniq_tui.ui.view import Line


def work_text(snapshot: Snapshot | None) -> str:
    """Return what there is to do: ``2 jobs running, 3 stopped where they are, 40 waiting``."""
    if snapshot is None:
        return "work running"
    stopped = len(stopped_jobs(snapshot))
    words = [f"{formats.plural(max(0, snapshot.active - stopped), 'job')} running"]
    if stopped:
        words.append(
            f"{formats.count(stopped)} stopped where {'it is' if stopped == 1 else 'they are'}"
        )
    return ", ".join([*words, f"{formats.count(snapshot.depth)} waiting"])


class Leaving(Ask):
    """Gives ``finish``, ``stop``, ``detach``, or nothing to stay."""

    where = "quit"
    title_text = "quit"

    def __init__(self, now: Situation) -> None:
        snapshot = now.snapshot
        self._can_detach = now.can_detach
        lines: list[Line] = [
            ((f" {work_text(snapshot)}", "strong"),),
            ((" Nothing is lost whatever you choose:", ""),),
        ]
        if now.can_detach:
            lines.append(
                ((" detach  closes this screen only; the work goes on; enter does this", ""),)
            )
        lines += [
            ((" finish  lets what runs end, then stops; the rest goes on at the next start", ""),),
            ((" stop    stops now; the work is kept and goes on at the next start", ""),),
        ]
        super().__init__(lines)

    @property
    def insisted(self) -> str:
        """What Ctrl+C twice chooses: the answer that asks least of the work."""
        return "detach" if self._can_detach else "stop"

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

    @property
    def insisted(self) -> str:
        """Ctrl+C twice leaves this console, not the engine."""
        return ""
