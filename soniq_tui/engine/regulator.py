"""Guards and scaling together: looks at the machine and says what the engine may use of it."""

import math
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import msgspec

from soniq_tui.engine import guards
from soniq_tui.engine.autoscale import Decision, Machine, QueueLoad, State, decide
from soniq_tui.engine.guards import Guards
from soniq_tui.engine.load import MIB, Load, Reading
from soniq_tui.model.settings import EngineSettings, Scaling

CHILD_MIB = 96.0
"""What a child is taken to need before one was seen: an interpreter with an importer loaded."""
JOB_MIB = 300.0
"""The same for a job of a queue that scales by memory: a scraper with its libraries."""
LEAST_MIB = 16.0
SEEN_KEPT = 64
"""So many of the latest sizes count."""
SHARE = 0.95


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine may use of the machine."""

    decisions: dict[str, Decision]
    """By queue."""
    banner: str = ""
    """Why the engine holds back, one line for people; empty when all is well."""
    may_start: bool = True
    """Whether any job may be started."""


class Regulator:
    """Remembers what guards and scaling need from one look to the next.

    Args:
        settings: the limits.
        load: must be sampled before each look that is to see something new.
        data_dir: its disk is watched.
    """

    def __init__(self, settings: EngineSettings, load: Load, data_dir: Path) -> None:
        self._limits = settings
        self._load = load
        self._data_dir = str(data_dir)
        self._guards = Guards()
        self._states: dict[str, State] = {}
        self._seen: dict[str, deque[float]] = {}
        load.watch_disk(data_dir)

    @property
    def trouble(self) -> str:
        """What the machine suffered from at the last look; empty when it was well."""
        return guards.trouble(self._guards)

    def note_rss(self, queue: str, rss_bytes: float) -> None:
        """Learn what a child, or a job, of a queue took; what cannot be is not learned."""
        if math.isfinite(rss_bytes) and rss_bytes > 0:
            seen = self._seen.setdefault(queue, deque(maxlen=SEEN_KEPT))
            seen.append(max(LEAST_MIB, rss_bytes / MIB))

    def child_mib(self, queue: QueueLoad) -> float:
        """Return what to reckon with for one more: the largest of late where memory decides.

        Elsewhere all but the largest twentieth: one odd file must not stop a pool from growing.
        """
        by_memory = queue.scaling is Scaling.MEMORY
        seen = sorted(self._seen.get(queue.name, ()))
        if not seen:
            return JOB_MIB if by_memory else CHILD_MIB
        return seen[-1] if by_memory else seen[math.ceil(SHARE * len(seen)) - 1]

    def look(self, now_s: float, queues: Sequence[QueueLoad]) -> Verdict:
        """Judge the last sample, and decide of the queues that are scaled; ``now_s``: monotonic."""
        reading = self._load.reading
        self._guards = guards.judge(reading, self._limits, self._guards, now_s)
        decisions = {queue.name: self._decide(reading, queue, now_s) for queue in queues}
        # A queue that is scaled no longer begins anew if it ever is again.
        self._states = {name: decision.state for name, decision in decisions.items()}
        return Verdict(
            decisions=decisions,
            banner=guards.banner(self._guards, reading, self._limits, self._data_dir),
            may_start=self._guards.may_start,
        )

    def _decide(self, reading: Reading, queue: QueueLoad, now_s: float) -> Decision:
        machine = Machine(
            reading=reading,
            guards=self._guards,
            limits=self._limits,
            child_mib=self.child_mib(queue),
        )
        return decide(machine, queue, self._states.get(queue.name, State()), now_s)
