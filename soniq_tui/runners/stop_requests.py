"""What jobs were asked to do while they run: stop, cancel, or go on after all."""

from soniq_tui.model.job import Job, JobState, Outcome
from soniq_tui.runners.board import CANCEL, GO


class StopRequests:
    """The newest wish for each job; one for an older start of the job counts for nothing."""

    def __init__(self) -> None:
        self._wishes: dict[int, tuple[int, int]] = {}
        """By job id: the fence of its start, and the value of the flag."""

    def put(self, job: Job, flag: int) -> None:
        """Remember what a job is to do."""
        self._wishes[job.id] = job.fence, flag

    def flag(self, job: Job) -> int:
        """Return what a job is to do: a value of the board's flag."""
        fence, flag = self._wishes.get(job.id, (job.fence, GO))
        return flag if fence == job.fence else GO

    def stopped(self, job: Job) -> Outcome | None:
        """Return what a job comes to that was asked to stop before it began."""
        flag = self.flag(job)
        if flag == GO:
            return None
        return Outcome(state=JobState.CANCELLED if flag == CANCEL else JobState.PAUSED)

    def forget(self, job: Job) -> None:
        """The job has stopped."""
        self._wishes.pop(job.id, None)
