"""Every setting, with its default. ``config.py`` fills these from file, environment and flags."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(ge=0)]


class Place(StrEnum):
    """Where the jobs of a queue run."""

    POOL = "pool"
    """In child processes, one for each slot."""
    WRITER = "writer"
    """In the one child that writes the catalogue."""


def cores() -> int:
    """Return how many cores this process may use, at most 4: the pool's default size."""
    return min(4, len(os.sched_getaffinity(0)))


class QueueSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One queue."""

    slots: Annotated[int, Meta(ge=1, le=64)] = 1
    """How many jobs of it run at once."""
    priority: Annotated[int, Meta(ge=-100, le=100)] = 0
    """Queues with a larger number are served first."""
    place: Place = Place.POOL
    """Where its jobs run: ``pool`` or ``writer``."""
    depth_limit: Annotated[int, Meta(ge=0)] = 0
    """The stage before waits while this many jobs are here; 0: no limit."""


def default_queues() -> dict[str, QueueSettings]:
    """Return the queues that exist when nobody configured any."""
    return {
        "scan": QueueSettings(slots=1, priority=20),
        "extract": QueueSettings(slots=cores(), priority=20),
        # Grouping and inserting: one child writes the catalogue, so that nobody waits for a lock.
        # The depth limits bound what waits in the spool: 32 chunks of 200 tracks are some 8 MB.
        "batch": QueueSettings(slots=1, priority=25, place=Place.WRITER, depth_limit=32),
        "insert": QueueSettings(slots=1, priority=30, place=Place.WRITER, depth_limit=32),
    }


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the engine works."""

    undo_s: Seconds = 5.0
    """How long a cancel in the console can be taken back."""
    kill_grace_s: Seconds = 1.5
    """From being asked to stop to being killed."""
    max_attempts: Count = 3
    """How often a stage is started before its job has failed."""
    max_jobs_per_child: Count = 500
    """A child process is replaced after this many jobs."""
    max_memory_per_child_mib: Count = 500
    """A child process is replaced when its resident memory exceeds this after a job."""
    child_idle_s: Seconds = 30.0
    """A child process that had nothing to do for this long is ended."""
    nice: Annotated[int, Meta(ge=0, le=19)] = 10
    """Niceness of child processes, so that screen, SSH and playback come first."""


class UiSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the console looks."""

    theme: str = ""
    """Name of a theme; empty: chosen by the terminal."""
    glyphs: str = ""
    """``unicode`` or ``ascii``; empty: chosen by the terminal."""
    mouse: bool | None = None
    """None: on at the machine itself, off over SSH."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be configured."""

    data_dir: str = ""
    """Where journal and catalogue live; empty: the XDG data directory."""
    log_level: str = "info"
    """``debug``, ``info``, ``warning`` or ``error``."""
    engine: EngineSettings = EngineSettings()
    ui: UiSettings = UiSettings()
    queues: dict[str, QueueSettings] = msgspec.field(default_factory=default_queues)

    @property
    def data_path(self) -> Path:
        """The data directory as a path."""
        return Path(self.data_dir)
