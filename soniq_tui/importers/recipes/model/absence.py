"""What one recipe learnt of a model that does not answer, for all others.

The stage that asks runs in the host, whatever process each recipe has: so this lies in its memory,
and is gone with it. It is believed for a minute at the most, then one recipe asks again; and what
another batch learnt, or one that a person has tried again since, does not count for a launch.
"""

import logging
import time
from collections.abc import Callable

import msgspec

PAUSE_S, LONGEST_PAUSE_S = 10.0, 60.0
"""So long nobody asks; twice as long each time, up to so long."""
PATIENCE_S = 25.0
"""So long it is waited for by recipes that can do without; a program that is started anew is there
again by then."""
IN_A_ROW = 3
"""So many questions that got no word are no fault of theirs."""
STALE_S = 600.0
"""When nobody has asked for so long, nothing is known."""
log = logging.getLogger(__name__)


class Known(msgspec.Struct, frozen=True):
    """What is known of a model that does not answer."""

    since: str
    """When it was first asked in vain, of today, or with the day."""
    wait_s: float
    """In so long somebody asks again."""
    unreachable: bool
    """Nobody is there; False: somebody is, who says nothing that could be used."""
    lasts: bool
    """It has been so for so long that who can do without it does."""

    @property
    def reason(self) -> str:
        """In words."""
        return f"the language model has not answered since {self.since}"


class Absence:
    """Whether it makes sense to ask the model now.

    Args:
        clock: seconds that pass.
        now: seconds since 1970.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time
    ) -> None:
        self._clock, self._now = clock, now
        self._in_vain = self._silences = self._pauses = 0
        self._unreachable = self._told = False
        self._since_s = self._last_s = self._until_s = 0.0
        self._since = ""
        self._askers = set[str]()
        self.proven = False
        """It has answered, and has not kept silent since: one that is silent now may be busy."""

    @property
    def doubted(self) -> bool:
        """Whether the last question got no word."""
        return bool(self._in_vain) and self._clock() - self._last_s < STALE_S

    @property
    def silences(self) -> int:
        """How many questions were waited for in vain since it last answered."""
        return self._silences if self.doubted else 0

    @property
    def away(self) -> bool:
        """Whether nobody was there for the last question."""
        return self.doubted and self._unreachable

    def known(self, asker: str) -> Known | None:
        """Return what one who would ask need not find out; None: ask.

        Args:
            asker: a launch, or what a person tried again of it; the first recipe of each asks.
        """
        now_s = self._clock()
        if not self.doubted or asker not in self._askers or now_s >= self._until_s:
            return None
        return Known(
            since=self._since,
            wait_s=self._until_s - now_s,
            unreachable=self._unreachable,
            lasts=not self._unreachable or now_s - self._since_s >= PATIENCE_S,
        )

    def answered(self) -> None:
        """Note that somebody is there, whatever he says."""
        if self._told:
            log.info("the language model answers again")
        self.proven = True
        self._forget()

    def in_vain(
        self, asker: str, reason: str, took_s: float, *, unreachable: bool, silent: bool = False
    ) -> None:
        """Note that a question got no word.

        Args:
            asker: see :meth:`known`.
            reason: why, in words.
            took_s: how long it took to find out.
            unreachable: nobody is there; else it may be the fault of the question.
            silent: it was taken, and waited for in vain.
        """
        if not self.doubted:
            self._forget()
            self._since_s = self._clock() - took_s
            self._since = _spoken(self._now() - took_s, self._now())
        self._in_vain += 1
        self._silences += silent
        self._unreachable = unreachable
        self.proven &= not unreachable
        self._last_s = self._clock()
        self._askers.add(asker)
        if not unreachable and self._in_vain < IN_A_ROW:
            return
        if self._last_s >= self._until_s:  # several may have asked at once
            self._until_s = self._last_s + min(LONGEST_PAUSE_S, PAUSE_S * 2.0**self._pauses)
            self._pauses = min(self._pauses + 1, 30)
        if not self._told:
            log.warning("the language model has not answered since %s: %s", self._since, reason)
            self._told = True

    def _forget(self) -> None:
        self._in_vain = self._silences = self._pauses = 0
        self._unreachable = self._told = False
        self._until_s = 0.0
        self._askers.clear()


def _spoken(at_s: float, now_s: float) -> str:
    """Return a moment as people here write it."""
    at, now = time.localtime(at_s), time.localtime(now_s)
    return time.strftime("%H:%M" if at[:3] == now[:3] else "%Y-%m-%d %H:%M", at)
