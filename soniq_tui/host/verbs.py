"""What a script or a person asks of the engine in one line: pause, cancel, slots and the like.

Where an engine runs it is asked. Where none runs, one begins that starts no job: it writes down
what was asked, and the next host finds it so.
"""

import asyncio

from msgspec.structs import replace

from soniq_tui.errors import EngineError, UsageError
from soniq_tui.host import attach, out
from soniq_tui.host.lock import checked, holder
from soniq_tui.model.bounds import INT_MOST
from soniq_tui.model.commands import (
    Cancel,
    Command,
    Forget,
    Pause,
    Reply,
    Resize,
    Resume,
    Retry,
    SetPriority,
    ShiftPriority,
    Target,
)
from soniq_tui.model.filters import Reader, in_english
from soniq_tui.model.job import BATCH_ENDED
from soniq_tui.model.ports import Client
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import BatchView, View
from soniq_tui.model.text import shown
from soniq_tui.words import _, labelled, many, mark, spelt, steps, typed
from soniq_tui.words.told import told

ALL = "all"
LATER = mark("'soniq-tui resume' goes on")


def target_of(word: str | None, jobs: tuple[int, ...] = (), text: str | None = None) -> Target:
    """Return what a command line means: ``BATCH`` is a number or ``all``, or jobs are named.

    Raises:
        UsageError: it means nothing, or two things at once.
    """
    if text is not None and not text.strip():
        raise UsageError(_("--filter wants words, such as 'state:failed queue:extract'"))
    if jobs:
        if word is not None or text is not None:
            raise UsageError(
                _("a job is named by its number alone; leave out the batch and --filter")
            )
        return Target(jobs=jobs)
    if word is None and text is None:
        raise UsageError(_("say what is meant: a batch, 'all', --job N or --filter TEXT"))
    if word is None or word == ALL:
        return Target(text=text or "")
    try:
        return Target(batches=(int(word),), text=text or "")
    except ValueError as exc:
        text = _("{name} is no batch: give a number, or 'all'")
        raise UsageError(text.format(name=repr(word[:60]))) from exc


def run(settings: Settings, command: Command) -> int:
    """Carry a command out and say in one line what came of it; return the exit status.

    Raises:
        UsageError: there is no such batch or queue.
        EngineError: the engine cannot be asked.
    """
    target: Target | None = getattr(command, "target", None)
    if target is not None and target.text:
        command, target = read(command, target)
    _refuse_beyond(command, target)
    checked(settings.data_path)
    fresh = holder(settings.data_path) is None and not settings.journal_path.exists()
    if target is not None and fresh:  # nothing is made only to say so
        _refuse_unknown(target)
        out.say(_("there is no batch") + "\n")
        return 0
    out.say(out.hinted(shown(asyncio.run(_run(settings, command, target)))) + "\n")
    return 0


def read(command: Command, target: Target) -> tuple[Command, Target]:
    """Return a command whose filter an engine knows: it was typed in the language in use."""
    reader = Reader(typed.values, typed.reasons, typed.figures)
    target = replace(target, text=in_english(target.text, View.JOBS, reader))
    return replace(command, target=target), target


def _refuse_beyond(command: Command, target: Target | None) -> None:
    """Refuse numbers that neither the socket nor the journal could hold."""
    if target is not None and not all(0 < i <= INT_MOST for i in (*target.batches, *target.jobs)):
        _refuse_unknown(target)
    match command:
        case SetPriority(priority=number) | ShiftPriority(step=number) | Resize(slots=number) if (
            abs(number) > INT_MOST
        ):
            text = _("{number} is out of bounds")
            raise UsageError(text.format(number=shown(str(number), 60)))


def _refuse_unknown(target: Target) -> None:
    if target.batches:
        raise no_batch(target.batches[0])
    if target.jobs:
        raise no_job(next((i for i in target.jobs if not 0 < i <= INT_MOST), target.jobs[0]))


def known(batch_id: int | None) -> None:
    """Refuse the number of a batch that cannot be one; None: nobody named one.

    Raises:
        UsageError: neither the socket nor the journal could hold it.
    """
    if batch_id is not None and not 0 < batch_id <= INT_MOST:
        raise no_batch(batch_id)


def no_job(job_id: int) -> UsageError:
    """Return what to say of a job that is not there."""
    text = _("there is no job {id}; 'soniq-tui jobs' lists them")
    return UsageError(text.format(id=shown(str(job_id), 60)))


def no_batch(batch_id: int) -> UsageError:
    """Return what to say of a batch that is not there."""
    text = _("there is no batch {id}; 'soniq-tui status' names them")
    return UsageError(text.format(id=shown(str(batch_id), 60)))


async def _run(settings: Settings, command: Command, target: Target | None) -> str:
    seat = await attach.take(settings, dispatch=False)
    try:
        if target is None:
            return told((await seat.client.send(command)).text)
        if target.jobs or target.text:
            return await _to_jobs(seat.client, command, target, works=seat.host is None)
        return await _to_batches(seat.client, command, target, works=seat.host is None)
    except OSError as exc:
        text = _("{why}; 'soniq-tui status' tells what became of it")
        raise EngineError(text.format(why=exc)) from exc
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
        return told(reply.text)
    if not reply.affected:
        return _("nothing to do: no such job is in a state in which that can be done")
    return _done(command, reply, works=works)


def _possible(command: Command, *, works: bool) -> Command:
    """Leave no time to take a cancel back where nobody would be there to do it."""
    return command if works or not isinstance(command, Cancel) else replace(command, undo_s=0.0)


def _done(command: Command, reply: Reply, *, works: bool) -> str:
    """Return what was done with single jobs."""
    n = reply.affected
    after = ""
    match command:
        case Pause(hard=True):
            text = many("{n} job stopped where they are", "{n} jobs stopped where they are", n)
        case Pause():
            text = many("{n} job paused", "{n} jobs paused", n)
        case Resume():
            text = many("{n} job taken up again", "{n} jobs taken up again", n)
            after = _later(works=works)
        case Retry():
            text = many("{n} job queued again", "{n} jobs queued again", n)
            after = _later(works=works)
        case Cancel():
            text = many("{n} job cancelled", "{n} jobs cancelled", n)
            after = _undo_words(command.undo_s) if command.undo_s and works else ""
        case _:
            text = many("{n} job changed", "{n} jobs changed", n)
            return labelled(text, told(reply.text))
    return _then(text, after)


def _later(*, works: bool) -> str:
    return "" if works else _(LATER)


def _undo_words(undo_s: float) -> str:
    return _("'soniq-tui undo' takes it back for {n} s").format(n=spelt(f"{undo_s:g}"))


def _then(said: str, after: str) -> str:
    return steps([said, after]) if after else said


async def _to_batches(client: Client, command: Command, target: Target, *, works: bool) -> str:
    views = {batch.id: batch for batch in (await client.snapshot()).batches}
    meant = [views[i] for i in target.batches or views if i in views and not _over(views[i])]
    if not meant and not isinstance(command, Retry):
        if not target.batches:
            return _("no batch is open")
        report = await client.report(target.batches[0])
        if report is None:
            _refuse_unknown(target)
        elif report.state not in BATCH_ENDED:
            return await _stuck(client, target.batches[0])
        return _("batch {id} has ended already").format(id=target.batches[0])
    if isinstance(command, Retry) and await client.report(target.batches[0]) is None:
        _refuse_unknown(target)
    reply = await client.send(_possible(command, works=works))
    return _words(command, reply, _name(target, meant), meant, works=works)


async def _stuck(client: Client, batch_id: int) -> str:
    """Return why a batch is open that the engine does not work on, and what can be done.

    Raises:
        UsageError: the engine that is asked was begun for other batches.
    """
    reply = await client.send(Forget(batches=(batch_id,), dry_run=True))
    after = _("'soniq-tui forget {id}' removes it").format(id=batch_id)
    return _then(told(reply.text), after)


def _over(batch: BatchView) -> bool:
    return batch.ended_at_s is not None


def _name(target: Target, meant: list[BatchView]) -> str:
    if target.batches:
        return _("batch {id}").format(id=target.batches[0])
    return many("{n} batch", "{n} batches", len(meant))


def _words(
    command: Command, reply: Reply, name: str, meant: list[BatchView], *, works: bool
) -> str:
    if isinstance(command, Pause | Cancel):
        return _stopped(command, name, meant, works=works)
    match command:
        case Resume():
            return _then(_("{name} taken up again").format(name=name), _later(works=works))
        case SetPriority(priority=priority):
            return labelled(name, _("priority {n}").format(n=priority))
        case Retry() if reply.ok:
            n = reply.affected
            jobs = many("{n} job queued again", "{n} jobs queued again", n)
            return _then(labelled(name, jobs), _later(works=works))
    return labelled(name, told(reply.text))


def _stopped(command: Pause | Cancel, name: str, meant: list[BatchView], *, works: bool) -> str:
    """Return what becomes of batches that go no further."""
    count = sum(batch.running for batch in meant)
    if isinstance(command, Cancel):
        done, undo = _("{name} cancelled"), command.undo_s and works
        text = many("{n} running job stops", "{n} running jobs stop", count)
        if not undo:
            text = many(
                "{n} running job stops within 2 s", "{n} running jobs stop within 2 s", count
            )
        after = _undo_words(command.undo_s) if undo else ""
    else:
        done, after = _("{name} paused"), ""
        text = many(
            "{n} running job stops at the next item",
            "{n} running jobs stop at the next item",
            count,
        )
        if command.hard:
            text = many(
                "{n} running job stopped where they are; 'soniq-tui unpause' lets them go on",
                "{n} running jobs stopped where they are; 'soniq-tui unpause' lets them go on",
                count,
            )
    said = done.format(name=name)
    if count:
        said = labelled(said, text)
    return _then(said, after)
