"""Which runs of stages are written down one by one, and how they read. Pure."""

from soniq_tui.model.details import AttemptRow
from soniq_tui.model.events import AttemptEnded
from soniq_tui.model.job import Job, JobState, Outcome

LONG_S = 1.0
"""A run that took longer is worth a row; of a short one that went well there is nothing to tell."""
REASON_CHARS = 500


def is_kept(started: Job, outcome: Outcome) -> bool:
    """Return whether a run is written down: what failed, what had failed before, what took long."""
    return (
        outcome.run_s > LONG_S
        or started.attempt > 0
        or started.retries > 0
        or outcome.state is not JobState.DONE
    )


def ended(started: Job, outcome: Outcome, now: Job, now_at_s: float) -> AttemptEnded:
    """Return the fact that a run of ``started`` ended; ``now`` is its job after it."""
    failed = outcome.state is JobState.FAILED
    return AttemptEnded(
        job_id=started.id,
        attempt=AttemptRow(
            fence=started.fence,
            stage=started.stage,
            attempt=started.attempt,
            state=outcome.state,
            again=failed and now.state is JobState.QUEUED,
            at_s=now_at_s,
            run_s=outcome.run_s,
            reason=outcome.reason[:REASON_CHARS],
        ),
    )
