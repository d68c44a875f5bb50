"""Which spool files each job holds, and which of them nobody needs once the journal is written."""

from collections.abc import Callable, Mapping

from soniq_tui.model.events import BatchEmptied, Event, JobChanged
from soniq_tui.model.job import TERMINAL, JobState, Outcome


class Spools:
    """The books of the spool. Pure: files are deleted by whoever asked, after the commit.

    Args:
        is_live: tells of a job's id whether the job has not ended.
    """

    def __init__(self, is_live: Callable[[int], bool]) -> None:
        self._is_live = is_live
        self._held: dict[int, list[str]] = {}

    def restored(self, names: Mapping[int, list[str]]) -> None:
        """Take over what an earlier host left, by job."""
        self._held |= {job_id: held for job_id, held in names.items() if self._is_live(job_id)}

    def after(self, job_id: int, outcome: Outcome) -> list[str]:
        """Note what a run left for the next stage; return the files it made obsolete."""
        held = self._held.pop(job_id, [])
        made = list(outcome.spools)
        if outcome.back:
            return [*held, *made]
        if outcome.state is JobState.DONE:
            held, made = made, held
        if held:
            self._held[job_id] = held  # a stage that runs again needs what it was given
        return made

    def released(self, events: list[Event]) -> list[str]:
        """Forget jobs that ended with these events; return their files."""
        ended: list[int] = []
        for event in events:
            if isinstance(event, JobChanged) and event.job.state in TERMINAL:
                ended.append(event.job.id)
            elif isinstance(event, BatchEmptied):
                ended += [job_id for job_id in self._held if not self._is_live(job_id)]
        return [name for job_id in ended for name in self._held.pop(job_id, [])]
