"""What ``forget`` does: says what would go, asks, and has batches that have ended removed.

Where an engine runs it removes them; where none runs, one begins that does only this. Nobody's
engine is held up while a person thinks: it is asked once for what would go and once to do it.
"""

import asyncio
import math
import os
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import NamedTuple

from soniq_tui.errors import EngineError, UsageError
from soniq_tui.host import ask, attach, out
from soniq_tui.host.lock import checked, holder
from soniq_tui.host.verbs import ALL, known, no_batch
from soniq_tui.model.ages import seconds_of
from soniq_tui.model.commands import Forget, Lost
from soniq_tui.model.ports import Client
from soniq_tui.model.settings import Settings
from soniq_tui.model.snapshot import BatchView, Query, View
from soniq_tui.model.text import shown
from soniq_tui.words import _, figure, many, use
from soniq_tui.words.told import label, told

NAMED_MOST = 10
"""So many batches are named, more are counted."""
SWEEP_S = 5.0
"""An engine that was begun for this removes for so long what the batches leave; the next one goes
on. It holds the data directory as long, and who wants to work there waits twice as long."""
KIB, MIB = 1024, 1024 * 1024


class Asked(NamedTuple):
    """What the command line says."""

    batches: tuple[str, ...]
    older: str | None
    dry_run: bool
    yes: bool
    as_json: bool


def command_of(asked: Asked, now_at_s: float) -> Forget:
    """Return what a command line means, as a question for what would go.

    Raises:
        UsageError: it means nothing, or two things at once.
    """
    named = tuple(word for word in asked.batches if word != ALL)
    if asked.older is not None:
        if named:
            raise UsageError(_("name batches or give --older-than, not both"))
        age_s = seconds_of(asked.older.strip())
        if age_s is None:
            text = _("{name} is no age: give 90d, or another number with h, d, w, m or y")
            raise UsageError(text.format(name=repr(asked.older[:60])))
        return Forget(ended_before_s=now_at_s - age_s, dry_run=True)
    if named and len(named) < len(asked.batches):
        raise UsageError(_("name batches or say 'all', not both"))
    if not asked.batches:
        raise UsageError(
            _("say what is meant: batches, 'all' that have ended, or --older-than 90d")
        )
    if not named:
        return Forget(ended_before_s=math.inf, dry_run=True)
    return Forget(batches=tuple(map(_number, named)), dry_run=True)


def _number(word: str) -> int:
    try:
        number = int(word)
    except ValueError as exc:
        text = _("{name} is no batch: give a number, or 'all'")
        raise UsageError(text.format(name=repr(word[:60]))) from exc
    known(number)
    return number


def run(settings: Settings, asked: Asked) -> int:
    """Say what would go, ask and have it removed; return the exit status.

    Raises:
        UsageError: a batch is not there or has not ended, or nobody can be asked.
        EngineError: the engine cannot be asked.
    """
    if asked.as_json:
        use("en")
    command = command_of(asked, time.time())
    lost, named, why = _looked(settings, command, rehearsal=asked.dry_run)
    if not asked.as_json:
        out.say("\n".join([*_plan(lost, named), *filter(None, [why])]) + "\n")
    sure = asked.yes or asked.dry_run or not lost.batches
    question, kept = _("Forget this for good? [y/N] "), _("nothing was forgotten")
    if not sure and not ask.sure(question, kept, silent=asked.as_json):
        return 1
    done = 0
    if lost.batches and not asked.dry_run:
        done, text = asyncio.run(_do(settings, lost.batches))
        if not asked.as_json:
            out.say(text + "\n")
    if asked.as_json:
        out.say_json(
            {
                "forgotten": done,
                "batches": [str(batch_id) for batch_id in lost.batches],
                "jobs": lost.jobs,
                "failures": lost.failures,
                "bytes": lost.bytes,
            }
        )
    return 0


def _looked(
    settings: Settings, command: Forget, *, rehearsal: bool
) -> tuple[Lost, list[BatchView], str]:
    """Return what would go; asks the engine that runs, or one that begins for it."""
    running = holder(checked(settings.data_path)) is not None
    if not running and not settings.journal_path.exists():
        if command.batches:  # nothing is made only to say so
            raise no_batch(command.batches[0])
        return Lost(), [], ""
    if rehearsal and not running and not os.access(settings.data_path, os.W_OK):
        return *_read(settings, command), ""  # no engine can begin there
    return asyncio.run(_look(settings, command))


def _plan(lost: Lost, named: Sequence[BatchView]) -> list[str]:
    """Return what would go and what stays, in lines for people."""
    if not lost.batches:
        return [_("nothing to forget: no such batch has ended")]
    count = len(lost.batches)
    parts = (
        many("{n} batch", "{n} batches", count),
        many("{n} job", "{n} jobs", lost.jobs),
        many("{n} failure", "{n} failures", lost.failures),
    )
    text = _("{things}: about {size} of the journal")
    lines = [text.format(things=", ".join(parts), size=_size(lost.bytes))]
    for batch in named:
        whose = f"{batch.importer} {shown(label(batch.label), 200)}"
        name = _("{batch}: {state}").format(batch=whose, state=_(batch.state))
        lines.append(f"{batch.id:>4}  {name}")
    return [
        *lines,
        _("Nothing of them can be retried then."),
        _("What was imported stays: the library, playlists, recipes."),
        _("The journal uses the room again; where much is free its file gets smaller by and by."),
    ]


def _size(count: int) -> str:
    small = count < MIB
    return f"{figure(count / KIB)} KiB" if small else f"{figure(count / MIB, 1)} MiB"


async def _look(settings: Settings, command: Forget) -> tuple[Lost, list[BatchView], str]:
    """Return what would go, the batches where they are few enough to be named, and why one waits.

    Who forgets a batch that has not ended is told what it waits for.
    """
    seat = await attach.take(settings, dispatch=False)
    try:
        reply = await seat.client.send(command)
        if not reply.ok or reply.lost is None:
            raise EngineError(told(reply.text))
        lost = reply.lost
        few = lost.batches if len(lost.batches) <= NAMED_MOST else ()
        named = [await _batch(seat.client, i) for i in few]
        return lost, [view for view in named if view is not None], shown(told(reply.text))
    except OSError as exc:
        raise EngineError(str(exc)) from exc
    finally:
        await seat.close()


def _read(settings: Settings, command: Forget) -> tuple[Lost, list[BatchView]]:
    """Return what would go by the journal, and the batches where they are few.

    Raises:
        UsageError: a batch is not there, or not any more, or has not ended.
        JournalError: it cannot be read.
    """
    # Only now: who finds an engine need not load one.
    from soniq_tui.engine.forgetting import ended, gone_already, not_ended, weighed
    from soniq_tui.engine.pages import batch_view
    from soniq_tui.engine.reader import JournalFile

    lost = Lost()
    with closing(JournalFile(settings.journal_path)) as file:
        for batch_id, _at_s in ended(file, command.batches, command.ended_before_s):
            lost = weighed(file, lost, batch_id)
        for batch_id in command.batches:
            if batch_id in lost.batches:
                continue
            if (batch := file.batch(batch_id)) is not None:
                raise UsageError(not_ended(batch))
            newest, _job = file.last_ids()
            raise UsageError(gone_already(batch_id)) if batch_id <= newest else no_batch(batch_id)
        few = lost.batches if len(lost.batches) <= NAMED_MOST else ()
        found = [batch for i in few if (batch := file.batch(i)) is not None]
        return lost, list(map(batch_view, found))


async def _batch(client: Client, batch_id: int) -> BatchView | None:
    page = await client.browse(Query(view=View.BATCHES, batch_id=batch_id, limit=1))
    return next((row for row in page.rows if isinstance(row, BatchView)), None)


async def _do(settings: Settings, batches: tuple[int, ...]) -> tuple[int, str]:
    """Have batches removed; return how many were, and what there is to say of it."""
    seat = await attach.take(settings, dispatch=False)
    try:
        reply = await seat.client.send(Forget(batches=batches))
        if not reply.ok:
            raise EngineError(told(reply.text))
        if seat.host is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_S):
                    await seat.host.engine.upkeep.forgetting.swept()
        return reply.affected, told(reply.text)
    except OSError as exc:
        text = _("{why}; 'soniq-tui status' tells what became of it")
        raise EngineError(text.format(why=exc)) from exc
    finally:
        await seat.close()
