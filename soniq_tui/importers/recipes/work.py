"""What one run of the scraper is to do, and how it tells of it: in lines on standard output."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

from soniq_tui.importers.recipes.model.listener import Listener

MARK = ">>> "
TOKENS_EVERY_S = 1.0


@dataclass(slots=True)
class Work:
    """What one run of the scraper is to do."""

    url: str = ""
    """Without a login."""
    login: str = ""
    """``user:password`` that stood in the address, or in ``SONIQ_LOGIN``."""
    file: Path | None = None
    text: bool = False
    """The file is a text without markup."""
    folder: Path = Path("data/recipes")
    images: bool = True
    locks: Path | None = None
    credentials: Path | None = None
    refuse_private: bool = False
    update: Path | None = None
    """The file that is to be written over."""
    once: bool = False
    """Save nothing where the same recipe is here."""
    quiet: bool = False
    tries: int = 3
    token: str = ""
    defer: bool = False
    """Leave the model for later: keep the page and say so."""
    structure: bool = False
    """Ask the model whatever rules find."""
    model_once: bool = False
    """Ask it once."""
    model_patient: bool = False
    """Wait for its server, when that says nothing, as for a slow model."""
    model_silences: int = 0
    """So many questions before this one got no word."""
    thaws: int = 0
    """How often this process was stopped and continued."""
    told_s: float = 0.0
    """When tokens were last told of."""

    def thawed(self) -> None:
        """Note that this process was continued."""
        self.thaws += 1

    def say(self, words: str) -> None:
        """Say a line of words."""
        if not self.quiet:
            sys.stdout.write(f"{MARK}{words}\n")
            sys.stdout.flush()

    def event(self, event: str, **more: object) -> None:
        """Say an event."""
        self.say(msgspec.json.encode({"v": 1, "ev": event, **more}).decode())

    def step(self, name: str, words: str) -> None:
        """Say what is done from now on."""
        self.event("step", step=name)
        self.say(words)


class Telling(Listener):
    """Tells of a question to a model in events."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def waits(self, most_s: float, *, there: bool) -> None:
        """See :class:`Listener`."""
        self._work.event("waits" if there else "silence", most_s=round(most_s))

    def reads(self, part: float) -> None:
        """See :class:`Listener`."""
        self._work.event("reads", part=round(part, 3))

    def tokens(self, count: int, rate: float) -> None:
        """See :class:`Listener`; once a second at most."""
        now_s = time.monotonic()
        if now_s - self._work.told_s > TOKENS_EVERY_S:
            self._work.told_s = now_s
            self._work.event("tokens", count=count, rate=round(rate, 1))
