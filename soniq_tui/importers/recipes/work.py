"""What one run of the scraper is to do, and how it tells of it: in lines on standard output."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec

MARK = ">>> "
TOKENS_EVERY_S = 1.0


@dataclass(slots=True)
class Work:
    """What one run of the scraper is to do, as its command line says."""

    mode: str = "url"
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
    ignored: object = None
    """What other programs' command lines have and this needs not."""
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

    def of_model(self, event: str, **more: object) -> None:
        """Say how far a question to a model is; of tokens once a second at most."""
        now_s = time.monotonic()
        if event != "tokens" or now_s - self.told_s > TOKENS_EVERY_S:
            self.told_s = now_s if event == "tokens" else self.told_s
            self.event(event, **more)
