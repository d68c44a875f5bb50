"""What shall become of the work that is running when the person leaves?"""

from typing import ClassVar

from rich.cells import cell_len

from soniq_tui.model.snapshot import Snapshot
from soniq_tui.ui import formats
from soniq_tui.ui.action_context import ActionContext, open_batches, stopped_jobs
from soniq_tui.ui.screens.question import Question, wrapped
from soniq_tui.ui.view import EMPTY, Line
from soniq_tui.words import _, many, mark


def work_text(snapshot: Snapshot | None) -> str:
    """Return what there is to do: ``2 jobs running, 3 stopped where they are, 40 waiting``."""
    if snapshot is None:
        return _("work running")
    stopped = len(stopped_jobs(snapshot))
    running = max(0, snapshot.active - stopped)
    words = [many("{n} job running", "{n} jobs running", running)]
    if stopped:
        text = many("{n} stopped where it is", "{n} stopped where they are", stopped)
        words.append(text)
    return ", ".join([*words, many("{n} waiting", "{n} waiting", snapshot.depth)])


ANSWERS = (
    (mark("detach"), mark("closes this screen only; the work goes on; enter does this")),
    (mark("finish"), mark("lets what runs end, then stops; the rest goes on at the next start")),
    (mark("stop"), mark("stops now; the work is kept and goes on at the next start")),
)
"""What may become of the work, the harmless first."""


ENDED = mark("All work has ended; nothing is left to wait for.")
RESTS = mark("Nothing runs any more; what is paused is kept.")


class Leaving(Question):
    """Gives ``finish``, ``stop``, ``detach``, ``quit`` when no work is left, or nothing to stay.

    It follows the work while it is open. Keys keep what they mean: those that leave do so to the
    end, and no line moves.
    """

    where = "quit"
    live = True
    title_text = mark("quit")
    over_text: ClassVar[tuple[str, str]] = (mark("leave"), mark("closes the console"))
    """The answer when all work has ended, and what it means."""

    def __init__(self, now: ActionContext) -> None:
        super().__init__([])
        self._can_detach = now.can_detach

    def take(self, snapshot: Snapshot) -> None:  # noqa: ARG002  it looks at what is newest
        """Tell what there is to do now; what is the same is not painted again."""
        self.redraw()

    @property
    def ended(self) -> bool:
        """Whether no work is left that the answers could mean."""
        return not self.console.at_work

    def asked(self, width: int) -> list[Line]:
        """Return what there is to do, and what each answer means."""
        now = self.console.latest
        answers = ANSWERS if self._can_detach else ANSWERS[1:]
        note: Line = ((" " + _("Nothing is lost whatever you choose:"), ""),)
        at_work = _told(work_text(now), note, answers, width)
        if not self.ended:
            return at_work
        text = _(RESTS) if open_batches(now) else _(ENDED)
        lines = _told(text, EMPTY, (self.over_text,), width)
        return lines + [EMPTY] * (len(at_work) - len(lines))

    def offered(self, now: ActionContext) -> list[tuple[str, str]]:
        """Return keys and answers; when all has ended those that leave do the same."""
        offered = super().offered(now)
        if not self.ended:
            return offered
        *leaving, stay = offered
        return [(" ".join(key for key, _name in leaving), _(self.over_text[0])), stay]

    @property
    def insisted(self) -> str:
        """What Ctrl+C twice chooses: the answer that asks least of the work."""
        return self.meant("detach" if self._can_detach else "stop")

    def meant(self, answer: str) -> str:
        """Return what an answer comes to by now."""
        return "quit" if self.ended else answer

    def do_quit_finish(self) -> None:
        """Finish what runs, then stop."""
        self.dismiss(self.meant("finish"))

    def do_quit_stop(self) -> None:
        """Stop now."""
        self.dismiss(self.meant("stop"))

    def do_quit_detach(self) -> None:
        """Leave the screen only."""
        self.dismiss(self.meant("detach"))

    def do_quit_stay(self) -> None:
        """Stay."""
        self.dismiss("")


def _told(state: str, note: Line, answers: tuple[tuple[str, str], ...], width: int) -> list[Line]:
    lines = [part for line in (((f" {state}", "strong"),), note) for part in wrapped(line, width)]
    room = max(cell_len(_(word)) for word, _text in answers) + 2
    for word, text in answers:
        head = formats.fit(_(word), room)
        for part in formats.wrap(_(text), width - room - 1):
            lines.append(((f" {head}{part}", ""),))
            head = " " * room
    return lines


class Ending(Leaving):
    """Stop the engine that this console is attached to? Gives ``finish``, ``stop`` or nothing."""

    where = "end"
    title_text = mark("stop the engine")
    over_text = (mark("stop"), mark("stops the engine; nothing is interrupted"))

    def __init__(self, now: ActionContext) -> None:
        super().__init__(now)
        self._can_detach = False  # that would leave the engine as it is

    @property
    def insisted(self) -> str:
        """Ctrl+C twice leaves this console, not the engine."""
        return ""

    def meant(self, answer: str) -> str:
        """Return the answer: the engine is asked to end either way."""
        return answer
