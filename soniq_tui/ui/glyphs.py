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

    def of_job(self, state: JobState) -> tuple[str, str]:
        """Return the sign and the tone of a job's state."""
        return _pick(self, _JOB[state])

    def of_batch(self, state: BatchState) -> tuple[str, str]:
        """Return the sign and the tone of a batch's state."""
        return _pick(self, _BATCH[state])


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

_RUNNING, _DONE, _FAILED, _PAUSED, _QUEUED = "running", "done", "failed", "paused", "queued"
_TONES = {
    _RUNNING: "accent",
    _DONE: "ok",
    _FAILED: "bad",
    _PAUSED: "warn",
    _QUEUED: "muted",
}
_JOB = {
    JobState.QUEUED: _QUEUED,
    JobState.RUNNING: _RUNNING,
    JobState.PAUSING: _PAUSED,
    JobState.PAUSED: _PAUSED,
    JobState.CANCELLING: _FAILED,
    JobState.DONE: _DONE,
    JobState.SKIPPED: _DONE,
    JobState.FAILED: _FAILED,
    JobState.CANCELLED: _FAILED,
    JobState.SET_ASIDE: _FAILED,
}
_BATCH = {
    BatchState.RUNNING: _RUNNING,
    BatchState.PAUSING: _PAUSED,
    BatchState.PAUSED: _PAUSED,
    BatchState.CANCELLING: _FAILED,
    BatchState.CANCELLED: _FAILED,
    BatchState.DONE: _DONE,
    BatchState.FAILED: _FAILED,
}


def _pick(glyphs: Glyphs, name: str) -> tuple[str, str]:
    sign: str = getattr(glyphs, name)
    return sign, _TONES[name]
