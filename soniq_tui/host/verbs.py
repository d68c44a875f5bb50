"""What a script or a person asks of the engine in one line: pause, cancel, slots and the like.

Where an engine runs it is asked. Where none runs, one begins that starts no job: it writes down
what was asked, and the next host finds it so.
"""

import asyncio

from msgspec.structs import replace

from soniq_tui.errors import EngineError, UsageError
from soniq_tui.host import attach, out
from soniq_tui.host.lock import checked, holder
from soniq_tui.model.commands import (
    Cancel,
    Command,
    Pause,
    Reply,
    Resize,
    Resume,
    Retry,
    SetPriority,
    ShiftPriority,
    Target,
)
from soniq_tui.model.ports import Client
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import BatchView
from soniq_tui.model.text import shown

ALL = "all"
INT_MOST = 2**63 - 1
"""What the journal can hold."""
LATER = "'soniq-tui resume' goes on"


def target_of(word: str | None, jobs: tuple[int, ...] = (), text: str | None = None) -> Target:
    """Return what a command line means: ``BATCH`` is a number or ``all``, or jobs are named.

    Raises:
        UsageError: it means nothing, or two things at once.
    """
    if text is not None and not text.strip():
        raise UsageError("--filter wants words, such as 'state:failed queue:extract'")
    if jobs:
        if word is not None or text is not None:
            raise UsageError("a job is named by its number alone; leave out the batch and --filter")
        return Target(jobs=jobs)
    if word is None and text is None:
        raise UsageError("say what is meant: a batch, 'all', --job N or --filter TEXT")
    if word is None or word == ALL:
        return Target(text=text or "")
    try:
        return Target(batches=(int(word),), text=text or "")
    except ValueError as exc:
        raise UsageError(f"{word[:60]!r} is no batch: give a number, or 'all'") from exc


def run(settings: Settings, command: Command) -> int:
    """Carry a command out and say in one line what came of it; return the exit status.

    Raises:
        UsageError: there is no such batch or queue.
        EngineError: the engine cannot be asked.
    """
    target: Target | None = getattr(command, "target", None)
    _refuse_beyond(command, target)
    fresh = holder(settings.data_path) is None and not _has_journal(settings)
    if target is not None and fresh:  # nothing is made only to say so
        _refuse_unknown(target)
        out.say("there is no batch\n")
        return 0
    out.say(shown(asyncio.run(_run(settings, command, target))) + "\n")
    return 0


def _has_journal(settings: Settings) -> bool:
    return (checked(settings.data_path) / "journal.db").exists()


def _refuse_beyond(command: Command, target: Target | None) -> None:
    """Refuse numbers that neither the socket nor the journal could hold."""
    if target is not None and not all(0 < i <= INT_MOST for i in (*target.batches, *target.jobs)):
        _refuse_unknown(target)
    match command:
        case SetPriority(priority=number) | ShiftPriority(step=number) | Resize(slots=number) if (
            abs(number) > INT_MOST
        ):
            raise UsageError(f"{shown(str(number), 60)} is out of bounds")


def _refuse_unknown(target: Target) -> None:
    if target.batches:
        raise no_batch(target.batches[0])
    if target.jobs:
        raise no_job(next((i for i in target.jobs if not 0 < i <= INT_MOST), target.jobs[0]))


def no_job(job_id: int) -> UsageError:
    """Return what to say of a job that is not there."""
    return UsageError(f"there is no job {shown(str(job_id), 60)}; 'soniq-tui jobs' lists them")


def no_batch(batch_id: int) -> UsageError:
    """Return what to say of a batch that is not there."""
    name = shown(str(batch_id), 60)
    return UsageError(f"there is no batch {name}; 'soniq-tui status' names them")


async def _run(settings: Settings, command: Command, target: Target | None) -> str:
    seat = await attach.take(settings, dispatch=False)
    try:
        if target is None:
            return (await seat.client.send(command)).text
        if target.jobs or target.text:
            return await _to_jobs(seat.client, command, target, works=seat.host is None)
        return await _to_batches(seat.client, command, target, works=seat.host is None)
    except OSError as exc:
        raise EngineError(f"{exc}; 'soniq-tui status' tells what became of it") from exc
    finally:
        await seat.close()


async def _to_jobs(client: Client, command: Command, target: Target, *, works: bool) -> str:
    """Carry out what is meant for single jobs, or for those that a filter finds."""
    for number in target.batches:
        if await client.report(number) is None:
            raise no_batch(number)
    for number in target.jobs:
        if await client.job(number) is None:
            raise no_job(number)
    reply = await client.send(_possible(command, works=works))
    if not reply.ok:
        return reply.text
    if not reply.affected:
        return "nothing to do: no such job is in a state in which that can be done"
    jobs = "1 job" if reply.affected == 1 else f"{reply.affected:,} jobs"
    return f"{jobs} {_done(command, reply, works=works)}"


def _possible(command: Command, *, works: bool) -> Command:
    """Leave no time to take a cancel back where nobody would be there to do it."""
    return command if works or not isinstance(command, Cancel) else replace(command, undo_s=0.0)


def _done(command: Command, reply: Reply, *, works: bool) -> str:
    """Return what was done with single jobs."""
    later = "" if works else f"; {LATER}"
    words = {
        Pause: "stopped where they are" if getattr(command, "hard", False) else "paused",
        Resume: f"taken up again{later}",
        Retry: f"queued again{later}",
    }
    if isinstance(command, Cancel):
        return "cancelled" + (_undo_words(command.undo_s) if command.undo_s and works else "")
    return words.get(type(command)) or f"changed: {reply.text}"


def _undo_words(undo_s: float) -> str:
    return f"; 'soniq-tui undo' takes it back for {undo_s:g} s"


async def _to_batches(client: Client, command: Command, target: Target, *, works: bool) -> str:
    views = {batch.id: batch for batch in (await client.snapshot()).batches}
    meant = [views[i] for i in target.batches or views if i in views and not _over(views[i])]
    if not meant and not isinstance(command, Retry):
        if not target.batches:
            return "no batch is open"
        report = await client.report(target.batches[0])
        if report is None:
            _refuse_unknown(target)
        return f"batch {target.batches[0]} has ended already"
    if isinstance(command, Retry) and await client.report(target.batches[0]) is None:
        _refuse_unknown(target)
    reply = await client.send(_possible(command, works=works))
    return _words(command, reply, _name(target, meant), meant, works=works)


def _over(batch: BatchView) -> bool:
    return batch.ended_at_s is not None


def _name(target: Target, meant: list[BatchView]) -> str:
    if target.batches:
        return f"batch {target.batches[0]}"
    return "1 batch" if len(meant) == 1 else f"{len(meant)} batches"


def _words(
    command: Command, reply: Reply, name: str, meant: list[BatchView], *, works: bool
) -> str:
    if isinstance(command, Pause | Cancel):
        return f"{name} {_stopped(command, meant, works=works)}"
    match command:
        case Resume():
            return f"{name} taken up again" + ("" if works else f"; {LATER}")
        case SetPriority(priority=priority):
            return f"{name}: priority {priority}"
        case Retry() if reply.ok:
            jobs = "1 job" if reply.affected == 1 else f"{reply.affected:,} jobs"
            return f"{name}: {jobs} queued again" + ("" if works else f"; {LATER}")
    return f"{name}: {reply.text}"


def _stopped(command: Pause | Cancel, meant: list[BatchView], *, works: bool) -> str:
    """Return what becomes of batches that go no further."""
    count = sum(batch.running for batch in meant)
    running = "1 running job stops" if count == 1 else f"{count:,} running jobs stop"
    if isinstance(command, Cancel):
        undo = _undo_words(command.undo_s) if command.undo_s and works else ""
        within = "" if undo else " within 2 s"
        return "cancelled" + (f": {running}{within}" if count else "") + undo
    if command.hard and count:
        jobs = "1 running job" if count == 1 else f"{count:,} running jobs"
        return f"paused: {jobs} stopped where they are; 'soniq-tui unpause' lets them go on"
    return "paused" + (f": {running} at the next item" if count else "")
