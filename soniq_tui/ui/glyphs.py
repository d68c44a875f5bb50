"""The two sets of signs the screens are drawn with: Unicode (no emoji) and plain ASCII."""

from dataclasses import dataclass

from soniq_tui.model.job import BatchState, JobState


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of signs; each is one cell wide, but for the one that stands for what is cut."""

    name: str
    running: str
    done: str
    failed: str
    paused: str
    queued: str
    retry: str
    unknown: str
    cut: str
    """Not ``~`` in ASCII: a path that begins with it would be one of the home directory."""
    rule: str
    dot: str
    degree: str
    bar_full: str
    bar_empty: str
    bar_parts: str
    """Eighths of a cell from empty on; two characters where the set has no fractions."""
    spark: str
    """From nothing to full."""

    def of(self, state: JobState | BatchState) -> tuple[str, str]:
        """Return the sign and the tone of a job's or a batch's state."""
        name = _STATES[str(state)]
        sign: str = getattr(self, name)
        return sign, _TONES[name]


UNICODE = Glyphs(
    name="unicode",
    running="▶",
    done="✓",
    failed="✗",
    paused="⏸",
    queued="·",
    retry="↻",
    unknown="—",
    cut="…",
    rule="─",
    dot="·",
    degree="°C",
    bar_full="█",
    bar_empty="░",
    bar_parts=" ▏▎▍▌▋▊▉",
    spark=" ▁▂▃▄▅▆▇█",
)
ASCII = Glyphs(
    name="ascii",
    running=">",
    done="+",
    failed="x",
    paused="=",
    queued=".",
    retry="r",
    unknown="-",
    cut="...",
    rule="-",
    dot=".",
    degree="C",
    bar_full="#",
    bar_empty=".",
    bar_parts=" -",
    spark=" ._-=+*%#",
)
SETS = {"unicode": UNICODE, "ascii": ASCII}

_TONES = {"running": "accent", "done": "ok", "failed": "bad", "paused": "warn", "queued": "muted"}
_STATES = {
    JobState.QUEUED.value: "queued",
    JobState.RUNNING.value: "running",
    JobState.PAUSING.value: "paused",
    JobState.PAUSED.value: "paused",
    JobState.CANCELLING.value: "failed",
    JobState.DONE.value: "done",
    JobState.SKIPPED.value: "done",
    JobState.FAILED.value: "failed",
    JobState.CANCELLED.value: "failed",
    JobState.SET_ASIDE.value: "failed",
}
"""Which sign; states of batches have the words of those of jobs."""
