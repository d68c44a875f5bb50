"""One child process as the host sees it: an inbox, a socket, a pidfd and a cell of the board.

Jobs go into the inbox, one or a few at a time; the child takes the next one when it has sent the
answer of the one before, whoever waits for that yet. While jobs are taken back one by one it may
take one of them as well: which they are, only those tell that came back, and the answers.
"""

import asyncio
import signal
import socket
from collections.abc import Callable

import msgspec

from soniq_tui.model.job import Job, Outcome
from soniq_tui.model.ports import Progress
from soniq_tui.runners.board import CELLS, NOTHING, Board, Work
from soniq_tui.runners.held import ChildDiedError, Held
from soniq_tui.runners.inbox import FOLLOWS, INBOX_BYTES, Inbox
from soniq_tui.runners.wire import Done, FromChild, Run, Said, encode


class Cells:
    """Hands out cells of a board."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._free = list(range(CELLS - 1, -1, -1))

    def take(self) -> int:
        """Return a cell nobody has.

        Raises:
            ChildDiedError: there is none.
        """
        if not self._free:
            raise ChildDiedError(f"there are {CELLS:,} child processes already")
        return self._free.pop()

    def take_for(self, job: Job) -> int | None:
        """Take a cell for a job without a child, and say that it is begun; None: there is none."""
        if not self._free:
            return None
        cell = self._free.pop()
        self._board.begin(cell, job.id, job.fence)
        return cell

    def give_back(self, cell: int) -> Work:
        """The child of that cell is gone; returns what it said last."""
        last = self._board.read(cell)
        self._board.clear(cell)
        self._free.append(cell)
        return last


class _Given:
    """A job that a child was given."""

    __slots__ = ("early", "ended", "fence")

    def __init__(self, fence: int) -> None:
        self.fence = fence
        self.early: list[FromChild] = []
        """What came of it before anybody awaited it."""
        self.ended = False
        """Its answer has come."""


class _Id(msgspec.Struct):
    """Of a job, as much as is needed to name it."""

    id: int


class _Named(msgspec.Struct):
    """Of a message to a child, as much as is needed to name its job."""

    job: _Id


class Child(Held):
    """One child process; frees what it holds by itself when the process has ended.

    Args:
        cell: its cell of the board.
        pid: also the number of its process group.
        pidfd: owned, as is ``sock``.
        sock: the host's end of the stream of answers.
        inbox: owned.
        on_gone: called once when the process has ended; returns what it had said last.

    Invariant: ``_given`` are the jobs that the child was given, did not give back, and whose
    :meth:`run` has not ended.
    """

    def __init__(  # noqa: PLR0917  what a process comes with
        self,
        cell: int,
        pid: int,
        pidfd: int,
        sock: socket.socket,
        inbox: Inbox,
        on_gone: Callable[[], Work],
    ) -> None:
        super().__init__(pid, pidfd, sock)
        self.cell = cell
        self.jobs = 0
        """So many it was given and did not give back."""
        self.rss_bytes = 0
        self.last = NOTHING
        """What stood on the board when it ended."""
        self._on_gone = on_gone
        self._timer: asyncio.TimerHandle | None = None
        self._due: tuple[float, Callable[[], None]] | None = None
        """When to call back, by the clock of the loop."""
        self._decoder = msgspec.msgpack.Decoder(FromChild)
        self._given: dict[int, _Given] = {}
        """By job id."""
        self.spoiled = False
        """What still comes from it belongs to a run that was cut short."""
        self._running = 0
        """The id of the job whose answer somebody awaits; 0: nobody does."""
        self._answer: asyncio.Future[Outcome] | None = None
        self._progress: Progress | None = None
        self._inbox = inbox

    # ---------------------------------------------------------------- work

    @property
    def listens(self) -> bool:
        """Whether it can be given a job."""
        return self._channel.is_open

    @property
    def at_work(self) -> bool:
        """Whether it was given a job whose run has not ended."""
        return bool(self._given)

    def has(self, job: Job) -> bool:
        """Whether it was given this job, and its answer is to be awaited."""
        given = self._given.get(job.id)
        return given is not None and given.fence == job.fence and not self.spoiled

    def reserve(self, job: Job) -> bool:
        """Give it a job before :meth:`run` is called for it; return whether it has it now."""
        if self.has(job):
            return True
        body = encode(Run(job=job))
        if self.spoiled or len(body) > INBOX_BYTES or not self._inbox.put(body):
            return False
        self._note(job)
        return True

    def recall(self) -> list[int]:
        """Take back what it has not begun and nobody runs; return the ids of the jobs."""
        back: list[int] = []
        for body in self._inbox.take_back():
            job_id = self._running if body == FOLLOWS else _id_of(body)
            if job_id == self._running:
                self._inbox.put(body)  # it has not got round to it
            else:
                back.append(job_id)
        if self.gone.is_set():
            back = [job_id for job_id, given in self._given.items() if self._unbegun(job_id, given)]
        for job_id in back:
            del self._given[job_id]
        self.jobs -= len(back)
        return back

    def _unbegun(self, job_id: int, given: "_Given") -> bool:
        """Whether a dead child had not begun a job that nobody runs."""
        if given.ended or job_id == self._running:
            return False
        return (job_id, given.fence) != self.last[:2]

    async def run(self, job: Job, progress: Progress) -> Outcome:
        """Run one job: give it to the child if that was not done before, and await the answer.

        Raises:
            ChildDiedError: the process ended before it answered.
        """
        if not self.has(job):
            self._give(job)
        given = self._given[job.id]
        self._running, self._progress = job.id, progress
        answer: asyncio.Future[Outcome] = self._loop.create_future()
        self._answer = answer
        try:
            for message in given.early:
                if not answer.done():
                    self._deliver(message, answer)
            if self.gone.is_set() and not answer.done():
                raise ChildDiedError("ended before it answered")
            return await answer
        finally:
            self._answer = self._progress = None
            self._running = 0
            del self._given[job.id]

    def _give(self, job: Job) -> None:
        if not self.listens or self.spoiled or self._given:
            raise ChildDiedError("ended while it had nothing to do")
        body = encode(Run(job=job))
        if len(body) > INBOX_BYTES or not self._inbox.put(body):
            if not self._inbox.put(FOLLOWS):
                raise ChildDiedError("took nothing though it had nothing to do")
            self._channel.send(Run(job=job))
        self._note(job)

    def _note(self, job: Job) -> None:
        self.busy()
        self.jobs += 1
        self._given[job.id] = _Given(job.fence)

    def _on_frame(self, body: bytes, _fds: list[int]) -> None:
        message = self._decoder.decode(body)
        given = self._given.get(message.job_id)
        if given is None or self.spoiled:
            return
        if isinstance(message, Done):
            self.rss_bytes = message.outcome.rss_bytes
            given.ended = True
        answer = self._answer
        if message.job_id != self._running or answer is None:
            given.early.append(message)
        elif not answer.done():
            self._deliver(message, answer)

    def _deliver(self, message: FromChild, answer: asyncio.Future[Outcome]) -> None:
        if isinstance(message, Done):
            answer.set_result(message.outcome)
        elif self._progress is not None:
            try:
                if isinstance(message, Said):
                    self._progress.said(message.lines)
                else:
                    self._progress.checkpoint(message.part)
            except Exception as exc:  # noqa: BLE001  the engine's own fault: whoever runs the job learns it
                self.spoiled = True
                answer.set_exception(exc)

    # ---------------------------------------------------------------- end

    def after(self, delay_s: float, callback: Callable[[], None]) -> None:
        """Call back later, unless the child ends, gets a job or another callback before."""
        if self.gone.is_set():
            return
        due_s = self._loop.time() + delay_s
        self._due = due_s, callback
        if self._timer is None or self._timer.when() > due_s:
            self._set_timer(due_s)

    def busy(self) -> None:
        """Forget the callback."""
        self._due = None

    def _set_timer(self, due_s: float) -> None:
        """Wake up at a time: one timer for many short jobs, which all call ``after``."""
        self._stop_timer()
        self._timer = self._loop.call_at(due_s, self._on_timer)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timer(self) -> None:
        self._timer = None
        if self._due is None:
            return
        due_s, callback = self._due
        if due_s > self._loop.time():
            self._set_timer(due_s)
        else:
            self._due = None
            callback()

    def retire(self, grace_s: float) -> None:
        """No more jobs: let it end by itself, kill it when it does not."""
        self._channel.close()
        self._inbox.close()
        self.after(grace_s, lambda: self.send_signal(signal.SIGKILL))

    def _died(self) -> None:
        self.busy()
        self._stop_timer()
        super()._died()
        self._inbox.close()
        self.last = self._on_gone()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ChildDiedError("ended before it answered"))


def _id_of(body: bytes) -> int:
    return msgspec.msgpack.decode(body, type=_Named).job.id
