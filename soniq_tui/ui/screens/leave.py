"""What shall become of the work that is running when the person leaves?"""

from rich.cells import cell_len

from soniq_tui.model.snapshot import Snapshot
from soniq_tui.ui import formats
from soniq_tui.ui.screens.ask import Ask
from soniq_tui.ui.situation import Situation, stopped_jobs
from soniq_tui.ui.view import Line
from soniq_tui.words import _, many, mark


def work_text(snapshot: Snapshot | None) -> str:
    """Return what there is to do: ``2 jobs running, 3 stopped where they are, 40 waiting``."""
    if snapshot is None:
        return _("work running")
    stopped = len(stopped_jobs(snapshot))
    running = max(0, snapshot.active - stopped)
    words = [many("{n} job running", "{n} jobs running", running).format(n=formats.count(running))]
    if stopped:
        text = many("{n} stopped where it is", "{n} stopped where they are", stopped)
        words.append(text.format(n=formats.count(stopped)))
    waiting = many("{n} waiting", "{n} waiting", snapshot.depth)
    return ", ".join([*words, waiting.format(n=formats.count(snapshot.depth))])


ANSWERS = (
    (mark("detach"), mark("closes this screen only; the work goes on; enter does this")),
    (mark("finish"), mark("lets what runs end, then stops; the rest goes on at the next start")),
    (mark("stop"), mark("stops now; the work is kept and goes on at the next start")),
)
"""What may become of the work, the harmless first."""


class Leaving(Ask):
    """Gives ``finish``, ``stop``, ``detach``, or nothing to stay."""

    where = "quit"
    title_text = mark("quit")

    def __init__(self, now: Situation) -> None:
        self._can_detach = now.can_detach
        lines: list[Line] = [
            ((f" {work_text(now.snapshot)}", "strong"),),
            ((" " + _("Nothing is lost whatever you choose:"), ""),),
        ]
        super().__init__(lines)

    def asked(self, width: int) -> list[Line]:
        """Return what there is to do, and what each answer means."""
        answers = ANSWERS if self._can_detach else ANSWERS[1:]
        room = max(cell_len(_(word)) for word, _text in answers) + 2
        lines = super().asked(width)
        for word, text in answers:
            head = formats.fit(_(word), room)
            for part in formats.wrap(_(text), width - room - 1):
                lines.append(((f" {head}{part}", ""),))
                head = " " * room
        return lines

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
    title_text = mark("stop the engine")

    @property
    def insisted(self) -> str:
        """Ctrl+C twice leaves this console, not the engine."""
        return ""
