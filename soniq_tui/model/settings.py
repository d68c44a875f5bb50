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

    LOOP = "loop"
    """Beside the engine, on its event loop: for what only waits for others."""
    POOL = "pool"
    """In child processes, one for each slot."""
    WRITER = "writer"
    """In the one child that writes the catalogue."""


class Scaling(StrEnum):
    """How the engine chooses the slots in use of a queue."""

    FIXED = "fixed"
    """All of them, until somebody has it scaled by hand: then as with ``cpu``."""
    CPU = "cpu"
    """From one up to ``slots``: by backlog and idleness, held back by heat and memory."""
    MEMORY = "memory"
    """As many as fit into free memory, by what one of them was seen to take."""


class OnStart(StrEnum):
    """What a console or ``serve`` does with what an earlier host left."""

    RESUME = "resume"
    """Goes on with it."""
    ASK = "ask"
    """Leaves it paused until someone resumes it."""


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
    """Where its jobs run: ``loop``, in the engine, for what only waits for others; ``pool``, in
    child processes; ``writer``, in the one child that writes the catalogue."""
    depth_limit: Annotated[int, Meta(ge=0)] = 0
    """The stage before waits while this many jobs are here; 0: no limit."""
    scaling: Scaling = Scaling.FIXED
    """How many of its slots are in use: ``fixed``, all; ``cpu``, from one up, by backlog, heat and
    memory; ``memory``, as many as fit into what is free."""
    lane_limit: Annotated[int, Meta(ge=0)] = 0
    """How many jobs of one lane (one web site) run at once; 0: no limit."""
    lane_delay_s: Seconds = 0.0
    """Seconds from the start of a job to that of the next one of its lane."""
    time_limit_s: Seconds = 7200.0
    """Seconds that a stage may run; then it is asked to stop, and killed if it does not; 0: no
    limit."""


def default_queues() -> dict[str, QueueSettings]:
    """Return the queues that exist when nobody configured any."""
    loop, cpu, memory = Place.LOOP, Scaling.CPU, Scaling.MEMORY
    return {
        "scan": QueueSettings(slots=1, priority=20),
        "watch": QueueSettings(slots=4, priority=20, time_limit_s=0),
        "extract": QueueSettings(slots=cores(), priority=20, scaling=cpu),
        # Grouping and inserting: one child writes the catalogue, so that nobody waits for a lock.
        # The depth limits bound what waits in the spool: 32 chunks of 200 tracks are some 8 MB.
        "batch": QueueSettings(slots=1, priority=25, place=Place.WRITER, depth_limit=32),
        "insert": QueueSettings(slots=1, priority=30, place=Place.WRITER, depth_limit=32),
        "scrape": QueueSettings(
            slots=8,
            priority=20,
            place=loop,
            scaling=memory,
            lane_limit=1,
            time_limit_s=600,
        ),
        "fetch": QueueSettings(slots=8, priority=20, place=loop, lane_limit=1, lane_delay_s=1.0),
        "llm": QueueSettings(slots=1, priority=10, place=loop, time_limit_s=3600),
        "vector": QueueSettings(slots=cores(), priority=10, scaling=cpu),
        "covers": QueueSettings(slots=2, priority=0, scaling=cpu),
        "deferred": QueueSettings(slots=1, priority=-10),
        "maintenance": QueueSettings(slots=1, priority=-20),
    }


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the engine works."""

    undo_s: Seconds = 5.0
    """Seconds in which a cancel in the console can be taken back."""
    kill_grace_s: Seconds = 1.5
    """Seconds from being asked to stop to being killed."""
    max_attempts: Count = 3
    """How often a stage is started before its job has failed."""
    max_jobs_per_child: Count = 500
    """A child process is replaced after this many jobs."""
    max_memory_per_child_mib: Count = 500
    """A child process is replaced when after a job it has more MiB of resident memory."""
    child_idle_s: Seconds = 30.0
    """A child process that had nothing to do for so many seconds is ended."""
    nice: Annotated[int, Meta(ge=0, le=19)] = 10
    """Niceness of child processes, so that screen, SSH and playback come first; those that do not
    write the catalogue are 9 nicer."""
    limit_grace_s: Seconds = 10.0
    """Seconds from being asked to stop at its time limit to being killed."""
    host_deaths_most: Count = 3
    """A job is set aside when the host has died so often while it was at the same item."""
    min_free_disk_mib: Annotated[int, Meta(ge=0)] = 200
    """Nothing is started while the disk of the data directory has less room, in MiB; goes on by
    itself."""
    min_free_memory_mib: Annotated[int, Meta(ge=0)] = 256
    """No slot is added that would leave less memory available, in MiB."""
    warm_c: float = 75.0
    """No slot is added while the processor is warmer; in degrees Celsius."""
    hot_c: float = 80.0
    """Slots are given up one by one while the processor is hotter; from 5 degrees above nothing is
    started until it is cooler than ``engine.warm_c``."""
    machine_root: str = "/"
    """Where ``proc`` and ``sys`` are found; another folder serves to try the guards out."""
    backup_every_min: Annotated[int, Meta(ge=0, le=525_600)] = 60
    """Minutes of work after which the journal is copied to ``journal.backup.db``; 0: never."""
    history_days: Annotated[int, Meta(ge=1, le=36_500)] = 30
    """For how many days it is kept what was done minute by minute."""
    keep_days: Annotated[int, Meta(ge=0, le=36_500)] = 0
    """Batches that ended more than so many days ago are forgotten, with their jobs and failures,
    which can then no longer be retried; what they brought stays. 0: all are kept."""
    on_start: OnStart = OnStart.RESUME
    """What a console or ``serve`` does with what an earlier host left: ``resume`` or ``ask``."""
    stay: bool = False
    """A detached engine stays when its last batch has ended."""


THEME_NAMES = ("soniq-dark", "soniq-light", "ansi", "high-contrast", "mono")
GLYPH_NAMES = ("unicode", "ascii")


class UiSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the console looks."""

    theme: str = ""
    """``soniq-dark``, ``soniq-light``, ``ansi``, ``high-contrast`` or ``mono``; empty: what was
    last chosen by ``t``, else by the terminal."""
    glyphs: str = ""
    """``unicode`` or ``ascii``; empty: what was last chosen by ``T``, else by the terminal."""
    mouse: bool | None = None
    """Not set: what was last chosen by ``m``, else on at the machine itself and off over SSH."""
    language: str = ""
    """``en`` or ``fr``, of console and commands; empty: what was last chosen in the console, else
    by LC_ALL, LC_MESSAGES or LANG. What programs read (``--json``, lists in a pipe) is English."""
    keys: str = ""
    """File with keys of your own; empty: ``keys.toml`` beside ``config.toml``."""


class RecordSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of what the console sees, for ``soniq-tui replay``."""

    folder: str = ""
    """Consoles and commands that work record here, each into a new file; empty: only with
    ``--record``."""
    keep: Count = 10
    """How many recordings stay in the folder; the oldest goes when a new one begins."""
    most_mib: Annotated[int, Meta(ge=1, le=1024)] = 64
    """A recording ends when its file has so many MiB; an hour of work takes about 5."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be configured."""

    data_dir: str = ""
    """Where journal and catalogue live; empty: the XDG data directory."""
    log_level: str = "info"
    """``debug``, ``info``, ``warning`` or ``error``."""
    llm_url: str = ""
    """Where a language model speaks OpenAI's chat completions, ``http://localhost:11434/v1`` for
    Ollama; empty: recipes are found by rules alone."""
    llm_model: str = ""
    """The model's name there."""
    llm_key: str = ""
    """The key that the endpoint asks for; better as ``SONIQ_LLM_KEY`` than in a file."""
    llm_wait_s: Seconds = 0.0
    """Seconds to wait for the first word of its answer; 0: three minutes, and one more for each
    thousand characters that it has to read, twenty at the most."""
    host_gap_s: Seconds = 1.0
    """Seconds that a scraper waits between an answer of a site and its next question to it."""
    page_timeout_s: Annotated[float, Meta(ge=0.1)] = 20.0
    """Seconds that a page may take; half of them until it begins, and from one piece to the
    next."""
    engine: EngineSettings = EngineSettings()
    ui: UiSettings = UiSettings()
    record: RecordSettings = RecordSettings()
    queues: dict[str, QueueSettings] = msgspec.field(default_factory=default_queues)

    @property
    def data_path(self) -> Path:
        """The data directory as a path."""
        return Path(self.data_dir)

    @property
    def journal_path(self) -> Path:
        """Where the journal lies."""
        return Path(self.data_dir) / "journal.db"
